// SPDX-License-Identifier: GPL-2.0-only
/*
 * Ways to put content into a file without write(): the kernel copies, shares,
 * swaps or stores it. What is put there is what was there before, so that it
 * runs wherever it may: only the file's change time can tell.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>
#include <linux/aio_abi.h>
#include <linux/bulkhead.h>
#include <linux/falloc.h>
#include <linux/fs.h>

#include "acts.h"
#include "host.h"
#include "image.h"
#include "tap.h"
#include "uring.h"
#include "ways.h"

struct files {
	int in, out;
	off_t size;
};

static int result(long r)
{
	return r < 0 ? errno : 0;
}

static int by_copy_range(const struct files *f)
{
	ssize_t n;

	do
		n = copy_file_range(f->in, NULL, f->out, NULL, f->size, 0);
	while (n > 0);
	return result(n);
}

static int by_sendfile(const struct files *f)
{
	ssize_t n;

	do
		n = sendfile(f->out, f->in, NULL, f->size);
	while (n > 0);
	return result(n);
}

static int by_splice(const struct files *f)
{
	int pipes[2];
	ssize_t n;

	if (pipe(pipes))
		return errno;
	while ((n = splice(f->in, NULL, pipes[1], NULL, 65536, 0)) > 0)
		while (n > 0) {
			ssize_t moved = splice(pipes[0], NULL, f->out, NULL, n, 0);

			if (moved <= 0)
				return errno;
			n -= moved;
		}
	return result(n);
}

static int by_clone(const struct files *f)
{
	return result(ioctl(f->out, FICLONE, f->in));
}

static int by_clone_range(const struct files *f)
{
	struct file_clone_range range = { .src_fd = f->in };

	return result(ioctl(f->out, FICLONERANGE, &range));
}

/* The kernel compares first: nothing changes but where it lies. */
static int by_dedupe(const struct files *f)
{
	char room[sizeof(struct file_dedupe_range) +
		  sizeof(struct file_dedupe_range_info)] = { 0 };
	struct file_dedupe_range *range = (void *)room;

	range->src_length = f->size & ~65535L;
	range->dest_count = 1;
	range->info[0].dest_fd = f->out;
	if (ioctl(f->in, FIDEDUPERANGE, range))
		return errno;
	return range->info[0].status == FILE_DEDUPE_RANGE_SAME ? 0 : EIO;
}

/* The last byte is of the ELF file's tables, which nobody reads. */
static char last = 'x';

static int by_aio(const struct files *f)
{
	struct iocb cb = {
		.aio_lio_opcode = IOCB_CMD_PWRITE,
		.aio_fildes = f->out,
		.aio_buf = (uintptr_t)&last,
		.aio_nbytes = 1,
		.aio_offset = f->size - 1,
	}, *cbs[] = { &cb };
	struct io_event done;
	aio_context_t ctx = 0;

	if (syscall(SYS_io_setup, 1, &ctx) || syscall(SYS_io_submit, ctx, 1, cbs) != 1 ||
	    syscall(SYS_io_getevents, ctx, 1, 1, &done, NULL) != 1)
		return errno;
	return done.res == 1 ? 0 : EIO;
}

static int by_uring(const struct files *f)
{
	const struct io_uring_sqe sqe = {
		.opcode = IORING_OP_WRITE,
		.fd = f->out,
		.addr = (uintptr_t)&last,
		.len = 1,
		.off = f->size - 1,
	};
	int n = uring_do(&sqe, -1);

	return n < 0 ? -n : n == 1 ? 0 : EIO;
}

/* tmpfs takes no note of a store to a page that was read before. */
static int by_vm_writev(const struct files *f)
{
	char *p = mmap(NULL, f->size, PROT_READ | PROT_WRITE, MAP_SHARED, f->out, 0);
	char c = p == MAP_FAILED ? 0 : *(volatile char *)&p[f->size - 1];
	struct iovec here = { &c, 1 }, there = { &p[f->size - 1], 1 };

	if (p == MAP_FAILED || process_vm_writev(getpid(), &here, 1, &there, 1, 0) != 1)
		return errno;
	return result(munmap(p, f->size));
}

static int by_punching(const struct files *f)
{
	return result(fallocate(f->out, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE,
				f->size - 1, 1));
}

typedef int (*way)(const struct files *f);

enum {
	COPY_RANGE, SENDFILE, SPLICE, CLONE, CLONE_RANGE, DEDUPE, AIO, URING, VM_WRITEV,
	PUNCHING,
};

static const way ways[] = {
	[COPY_RANGE] = by_copy_range, [SENDFILE] = by_sendfile, [SPLICE] = by_splice,
	[CLONE] = by_clone, [CLONE_RANGE] = by_clone_range, [DEDUPE] = by_dedupe,
	[AIO] = by_aio, [URING] = by_uring, [VM_WRITEV] = by_vm_writev,
	[PUNCHING] = by_punching,
};

/* A ring lets go of a file a moment after it said that it has written. */
static int exec_when_closed(const struct args *a)
{
	int tries, error = ETXTBSY;

	for (tries = 0; tries < 400 && error == ETXTBSY; tries++) {
		error = act_exec(a);
		if (error == ETXTBSY)
			usleep(10000);
	}
	return error;
}

/* The way n[0] from path2 to path, which is executed then. */
static int act_place_exec(const struct args *a)
{
	struct files f = {
		.in = open(a->path2, O_RDONLY | O_CLOEXEC),
		.out = open(a->path, O_RDWR | O_CLOEXEC),
	};
	struct stat st;
	int error;

	if (f.in < 0 || f.out < 0 || fstat(f.out, &st))
		return errno;
	f.size = st.st_size;
	error = ways[a->n[0]](&f);
	close(f.in);
	close(f.out);
	return error ? error : exec_when_closed(a);
}

static int act_exchange_exec(const struct args *a)
{
	return renameat2(AT_FDCWD, a->path2, AT_FDCWD, a->path, RENAME_EXCHANGE) ?
	       errno : act_exec(a);
}

static void written_since(const struct args *a)
{
	unlink(a->path2);
	copy_self(a->path2);
}

#define ON(fs, name, w)	{ D_ "/" fs "/" name, D_ "/" fs "/allowed", .n = { w } }
#define PLACED(fs, name, w)						\
	{ "on " fs ": " name, act_place_exec, ON(fs, name, w), DRIFTED(EXEC, EXEC) }
/* With what was written since. */
#define EXCHANGED(fs)							\
	{ "on " fs ": exchange", act_exchange_exec,			\
	  { D_ "/" fs "/exchange", D_ "/" fs "/written" },		\
	  DRIFTED(EXEC, EXEC), .again = written_since }
/* With another of the image. */
#define SWAPPED(fs)							\
	{ "on " fs ": names exchanged", act_exchange_exec,		\
	  { D_ "/" fs "/swap", D_ "/" fs "/swapped" }, DRIFTED(EXEC, EXEC) }
#define ALLOWED(fs)							\
	{ "of the image: on " fs, act_exec, { D_ "/" fs "/allowed" } }

const struct trial brought[] = {
	ALLOWED("ext4"), ALLOWED("xfs"), ALLOWED("btrfs"),
	{ "of the image: shared on xfs with what it equals", act_place_exec,
	  ON("xfs", "dedupe", DEDUPE) },
	{ "of the image: shared on btrfs with what it equals", act_place_exec,
	  ON("btrfs", "dedupe", DEDUPE) },
};

const unsigned int brought_count = ARRAY_SIZE(brought);

const struct trial placed[] = {
	PLACED("old", "copy_file_range", COPY_RANGE),
	PLACED("old", "sendfile", SENDFILE),
	PLACED("old", "splice", SPLICE),
	PLACED("old", "aio", AIO),
	PLACED("old", "io_uring", URING),
	PLACED("old", "process_vm_writev", VM_WRITEV),
	PLACED("old", "punching", PUNCHING),
	EXCHANGED("old"),
	SWAPPED("old"),
	PLACED("ext4", "copy_file_range", COPY_RANGE),
	PLACED("ext4", "splice", SPLICE),
	PLACED("ext4", "aio", AIO),
	PLACED("ext4", "process_vm_writev", VM_WRITEV),
	PLACED("ext4", "punching", PUNCHING),
	EXCHANGED("ext4"),
	SWAPPED("ext4"),
	PLACED("xfs", "copy_file_range", COPY_RANGE),
	PLACED("xfs", "clone", CLONE),
	PLACED("xfs", "clone_range", CLONE_RANGE),
	PLACED("xfs", "process_vm_writev", VM_WRITEV),
	EXCHANGED("xfs"),
	PLACED("btrfs", "copy_file_range", COPY_RANGE),
	PLACED("btrfs", "clone", CLONE),
	PLACED("btrfs", "clone_range", CLONE_RANGE),
	PLACED("btrfs", "process_vm_writev", VM_WRITEV),
	EXCHANGED("btrfs"),
	SWAPPED("btrfs"),
};

const unsigned int placed_count = ARRAY_SIZE(placed);

static const char *const disks[] = { "ext4", "xfs", "btrfs" };

static void image(const char *fs)
{
	char file[128], at[128];

	snprintf(file, sizeof(file), D_ "/%s.img", fs);
	snprintf(at, sizeof(at), D_ "/%s", fs);
	image_mount(file, fs, at);
	snprintf(at, sizeof(at), D_ "/%s/allowed", fs);
	copy_self(at);
	snprintf(at, sizeof(at), D_ "/%s/swapped", fs);
	copy_self(at);
}

static void programs(const struct trial *t, unsigned int n)
{
	for (; n; n--, t++)
		copy_self(t->args.path);
}

void ways_begin(void)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(disks); i++)
		image(disks[i]);
	copy_self(D_ "/old/swapped");
	programs(brought, ARRAY_SIZE(brought));
	programs(placed, ARRAY_SIZE(placed));
	/* Nothing is written late, at a time of its own. */
	sync();
}

void ways_end(void)
{
	char file[128], at[128];
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(disks); i++) {
		snprintf(file, sizeof(file), D_ "/%s.img", disks[i]);
		snprintf(at, sizeof(at), D_ "/%s", disks[i]);
		image_umount(file, at);
	}
}
