// SPDX-License-Identifier: GPL-2.0-only
/*
 * io_uring by hand: one request on a ring of its own, or several on one kept.
 * The one kept is used by children that are forked one after another; liburing
 * keeps its place in a ring in memory that each of them has a copy of.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "uring.h"

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

static int ring_open(struct ring *r, uint32_t flags)
{
	memset(r, 0, sizeof(*r));
	r->p.flags = flags;
	r->p.sq_thread_idle = 60000;
	r->fd = syscall(SYS_io_uring_setup, 2, &r->p);
	if (r->fd < 0)
		return -errno;
	r->sq = ring_map(r, r->p.sq_off.array + r->p.sq_entries * 4,
			 IORING_OFF_SQ_RING);
	r->cq = ring_map(r, r->p.cq_off.cqes +
			 r->p.cq_entries * sizeof(struct io_uring_cqe),
			 IORING_OFF_CQ_RING);
	r->sqes = ring_map(r, r->p.sq_entries * sizeof(*r->sqes), IORING_OFF_SQES);
	return r->sq == MAP_FAILED || r->cq == MAP_FAILED ||
	       r->sqes == MAP_FAILED ? -errno : 0;
}

static int submit(struct ring *r, const struct io_uring_sqe *sqe)
{
	uint32_t *head = (uint32_t *)(r->cq + r->p.cq_off.head);
	uint32_t *tail = (uint32_t *)(r->sq + r->p.sq_off.tail);
	uint32_t slot = *tail % r->p.sq_entries;
	unsigned int flags = IORING_ENTER_GETEVENTS;
	struct io_uring_cqe *done;
	int result;

	if (r->p.flags & IORING_SETUP_SQPOLL)
		flags |= IORING_ENTER_SQ_WAKEUP;
	r->sqes[slot] = *sqe;
	((uint32_t *)(r->sq + r->p.sq_off.array))[slot] = slot;
	__atomic_store_n(tail, *tail + 1, __ATOMIC_RELEASE);
	errno = EIO;
	if (syscall(SYS_io_uring_enter, r->fd, 1, 1, flags, NULL, 0) != 1)
		return -errno;
	done = (struct io_uring_cqe *)(r->cq + r->p.cq_off.cqes);
	result = done[*head % r->p.cq_entries].res;
	__atomic_store_n(head, *head + 1, __ATOMIC_RELEASE);
	return result;
}

int uring_do(const struct io_uring_sqe *sqe, int file)
{
	struct ring r;
	int error = ring_open(&r, 0);

	if (!error && file >= 0 &&
	    syscall(SYS_io_uring_register, r.fd, IORING_REGISTER_FILES, &file, 1))
		error = -errno;
	if (!error)
		error = submit(&r, sqe);
	if (r.fd >= 0)
		close(r.fd);
	return error;
}

static struct ring kept;

int uring_keep(uint32_t flags)
{
	return ring_open(&kept, flags);
}

int uring_do_kept(const struct io_uring_sqe *sqe)
{
	return submit(&kept, sqe);
}

int uring_fix_kept(const int *files, unsigned int n)
{
	return syscall(SYS_io_uring_register, kept.fd, IORING_REGISTER_FILES, files, n) ?
	       -errno : 0;
}

int uring_read_fixed(int file)
{
	char c;
	const struct io_uring_sqe sqe = {
		.opcode = IORING_OP_READ,
		.flags = IOSQE_FIXED_FILE,
		.addr = (uintptr_t)&c,
		.len = 1,
	};
	int n = file < 0 ? uring_do_kept(&sqe) : uring_do(&sqe, file);

	return n < 0 ? -n : n == 1 ? 0 : EIO;
}

int uring_kept_fd(void)
{
	return kept.fd;
}
