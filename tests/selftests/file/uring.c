// SPDX-License-Identifier: GPL-2.0-only
/* One request by io_uring, made to run in a worker thread. */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>
#include <linux/io_uring.h>

#include "file_acts.h"

struct ring {
	int fd;
	struct io_uring_params p;
	char *sq, *cq;
	struct io_uring_sqe *sqes;
};

static void *ring_map(const struct ring *r, size_t size, off_t what)
{
	return mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_POPULATE,
		    r->fd, what);
}

static int ring_open(struct ring *r)
{
	memset(r, 0, sizeof(*r));
	r->fd = syscall(SYS_io_uring_setup, 2, &r->p);
	if (r->fd < 0)
		return errno;
	r->sq = ring_map(r, r->p.sq_off.array + r->p.sq_entries * 4,
			 IORING_OFF_SQ_RING);
	r->cq = ring_map(r, r->p.cq_off.cqes +
			 r->p.cq_entries * sizeof(struct io_uring_cqe),
			 IORING_OFF_CQ_RING);
	r->sqes = ring_map(r, r->p.sq_entries * sizeof(*r->sqes), IORING_OFF_SQES);
	return r->sq == MAP_FAILED || r->cq == MAP_FAILED ||
	       r->sqes == MAP_FAILED ? errno : 0;
}

int act_uring_open(const struct args *a)
{
	struct io_uring_cqe *done;
	struct ring r;
	int error = ring_open(&r);

	if (error)
		return error;
	r.sqes[0] = (struct io_uring_sqe){
		.opcode = IORING_OP_OPENAT,
		.flags = IOSQE_ASYNC,
		.fd = AT_FDCWD,
		.addr = (uintptr_t)a->path,
		.open_flags = O_RDONLY,
	};
	((uint32_t *)(r.sq + r.p.sq_off.array))[0] = 0;
	__atomic_store_n((uint32_t *)(r.sq + r.p.sq_off.tail), 1, __ATOMIC_RELEASE);
	if (syscall(SYS_io_uring_enter, r.fd, 1, 1, IORING_ENTER_GETEVENTS, NULL, 0) != 1)
		return errno ? errno : EIO;
	done = (struct io_uring_cqe *)(r.cq + r.p.cq_off.cqes);
	return done->res < 0 ? -done->res : 0;
}
