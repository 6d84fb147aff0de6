// SPDX-License-Identifier: GPL-2.0-only
/* Ways from an append-only descriptor to what is in the file already. */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>
#include <linux/aio_abi.h>
#include <linux/falloc.h>

#include "file_acts.h"
#include "uring.h"

#define RWF_NOAPPEND_	0x20	/* since 6.9 */
#define IA32_FALLOCATE	324
#define IA32_WRITE	4
#define IA32_PWRITEV2	379
#define PUNCH		(FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE)

static char line[] = "line\n";

static int result(long r)
{
	return r < 0 ? errno : 0;
}

static int append_fd(const struct args *a, int also)
{
	return open(a->path, also | O_APPEND);
}

int act_append(const struct args *a)
{
	int fd = append_fd(a, O_WRONLY);

	return fd < 0 ? errno : result(write(fd, line, 5));
}

/* Each of these goes to the end, whatever the offset says. */
int act_append_ways(const struct args *a)
{
	struct iovec v = { line, 5 };
	int fd = append_fd(a, O_WRONLY);

	if (fd < 0 || pwrite(fd, line, 5, 0) < 0 || writev(fd, &v, 1) < 0 ||
	    pwritev(fd, &v, 1, 0) < 0)
		return errno;
	return result(syscall(SYS_pwritev2, fd, &v, 1, 0, 0, 0));
}

int act_append_disregard(const struct args *a)
{
	struct iovec v = { line, 5 };
	int fd = append_fd(a, O_WRONLY);

	if (fd < 0)
		return errno;
	if (syscall(SYS_pwritev2, fd, &v, 1, 0, 0, RWF_NOAPPEND_) >= 0)
		return 0;
	/* Older kernels don't know of it; but we judge before they say so. */
	return errno == EOPNOTSUPP ? 0 : errno;
}

int act_append_punch(const struct args *a)
{
	int fd = append_fd(a, O_WRONLY);

	return fd < 0 ? errno : result(fallocate(fd, PUNCH, 0, 4096));
}

/*
 * By the door that 32-bit programs take, the descriptor first; the stack's red
 * zone is spared. Return: an errno, 0 if it worked.
 */
static int call_32(long call, int fd, long c, long d, long si, long di, long bp)
{
	long r;

	asm volatile("sub $128, %%rsp\n\tpush %%rbp\n\tmov %k[bp], %%ebp\n\t"
		     "int $0x80\n\tpop %%rbp\n\tadd $128, %%rsp"
		     : "=a" (r)
		     : "0" (call), "b" (fd), "c" (c), "d" (d), "S" (si), "D" (di),
		       [bp] "r" (bp)
		     : "memory", "cc", "r8", "r9", "r10", "r11");
	return (int)r < 0 ? -(int)r : 0;
}

int act_append_punch_32(const struct args *a)
{
	int fd = append_fd(a, O_WRONLY);

	return fd < 0 ? errno : call_32(IA32_FALLOCATE, fd, PUNCH, 0, 0, 4096, 0);
}

/* Where a 32-bit call finds it: below 4 GiB, as all of the program is. */
static struct {
	uint32_t base, len;
} line_32;

static int pwritev2_32(int fd, int flags)
{
	line_32.base = (uintptr_t)line;
	line_32.len = 5;
	return call_32(IA32_PWRITEV2, fd, (uintptr_t)&line_32, 1, 0, 0, flags);
}

int act_append_32(const struct args *a)
{
	int fd = append_fd(a, O_WRONLY), error;

	if (fd < 0)
		return errno;
	error = call_32(IA32_WRITE, fd, (uintptr_t)line, 5, 0, 0, 0);
	return error ? error : pwritev2_32(fd, 0);
}

int act_append_disregard_32(const struct args *a)
{
	int fd = append_fd(a, O_WRONLY), error;

	if (fd < 0)
		return errno;
	error = pwritev2_32(fd, RWF_NOAPPEND_);
	return error == EOPNOTSUPP ? 0 : error;
}

/* XFS's ioctls, which every file system took over. */
int act_append_punch_ioctl(const struct args *a)
{
	struct space_resv_ {
		int16_t type, whence;
		int64_t start, len;
		int32_t sysid;
		uint32_t pid;
		int32_t pad[4];
	} hole = { .len = 4096 };
	int fd = append_fd(a, O_WRONLY);

	return fd < 0 ? errno :
	       result(ioctl(fd, _IOW('X', 43, struct space_resv_), &hole));
}

int act_append_punch_uring(const struct args *a)
{
	const struct io_uring_sqe sqe = {
		.opcode = IORING_OP_FALLOCATE,
		.fd = append_fd(a, O_WRONLY),
		.addr = 4096,
		.len = PUNCH,
	};

	return sqe.fd < 0 ? errno : -uring_do(&sqe, -1);
}

int act_append_uring(const struct args *a)
{
	const struct io_uring_sqe sqe = {
		.opcode = IORING_OP_WRITE,
		.fd = append_fd(a, O_WRONLY),
		.addr = (uintptr_t)line,
		.len = 5,
		.off = (uint64_t)-1,
	};
	int n = sqe.fd < 0 ? -errno : uring_do(&sqe, -1);

	return n < 0 ? -n : 0;
}

int act_append_aio(const struct args *a)
{
	struct iocb cb = {
		.aio_lio_opcode = IOCB_CMD_PWRITE,
		.aio_fildes = append_fd(a, O_WRONLY),
		.aio_buf = (uintptr_t)line,
		.aio_nbytes = 5,
	};
	struct iocb *cbs[] = { &cb };
	aio_context_t ctx = 0;
	struct io_event done;

	if ((int)cb.aio_fildes < 0 || syscall(SYS_io_setup, 1, &ctx))
		return errno;
	if (syscall(SYS_io_submit, ctx, 1, cbs) != 1)
		return errno;
	if (syscall(SYS_io_getevents, ctx, 1, 1, &done, NULL) != 1)
		return errno;
	return done.res < 0 ? -done.res : 0;
}

int act_clear_append(const struct args *a)
{
	int fd = append_fd(a, O_WRONLY);

	return fd < 0 ? errno : result(fcntl(fd, F_SETFL, 0));
}

int act_append_ftruncate(const struct args *a)
{
	int fd = append_fd(a, O_WRONLY);

	return fd < 0 ? errno : result(ftruncate(fd, 0));
}

int act_append_mmap(const struct args *a)
{
	int fd = append_fd(a, O_RDWR);
	char *p;

	if (fd < 0)
		return errno;
	p = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	return p == MAP_FAILED ? errno : 0;
}

int act_append_mprotect(const struct args *a)
{
	int fd = append_fd(a, O_RDWR);
	char *p;

	if (fd < 0)
		return errno;
	p = mmap(NULL, 4096, PROT_READ, MAP_SHARED, fd, 0);
	if (p == MAP_FAILED)
		return errno;
	return result(mprotect(p, 4096, PROT_READ | PROT_WRITE));
}

int act_append_reopen(const struct args *a)
{
	int fd = append_fd(a, O_WRONLY);
	char link[64];

	if (fd < 0)
		return errno;
	snprintf(link, sizeof(link), "/proc/self/fd/%d", fd);
	return result(open(link, O_WRONLY));
}
