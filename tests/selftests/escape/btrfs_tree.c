// SPDX-License-Identifier: GPL-2.0-only
/*
 * A search in btrfs's trees finds small files as they lie there, whatever part
 * of the file system a container was given; and a snapshot is all of it again,
 * where no rule on paths expects it. btrfs-ioctl(2), of btrfs-progs.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>
#include <linux/btrfs.h>
#include <linux/btrfs_tree.h>
#include <linux/capability.h>

#include "escape.h"

static int search(const struct args *a)
{
	static struct btrfs_ioctl_search_args s = { .key = {
		.tree_id = BTRFS_FS_TREE_OBJECTID, .max_objectid = UINT64_MAX,
		.max_offset = UINT64_MAX, .max_transid = UINT64_MAX,
		.min_type = BTRFS_EXTENT_DATA_KEY, .max_type = BTRFS_EXTENT_DATA_KEY,
		.nr_items = 64,
	} };
	int hosts = open("/etc/hosts", O_RDONLY);

	(void)a;
	if (ioctl(hosts, BTRFS_IOC_TREE_SEARCH, &s))
		return errno;
	return memmem(s.buf, sizeof(s.buf), SECRET_TEXT, strlen(SECRET_TEXT)) ? 0 : EIO;
}

static int take_snapshot(const struct args *a)
{
	int data = open("/data", O_RDONLY | O_DIRECTORY), fd;
	struct btrfs_ioctl_vol_args v = { .fd = data, .name = "copy" };
	char text[64] = "";

	(void)a;
	if (ioctl(data, BTRFS_IOC_SNAP_CREATE, &v))
		return errno;
	fd = open("/data/copy/secret", O_RDONLY);
	if (fd < 0)
		return errno;
	return read(fd, text, sizeof(text) - 1) < 0 ? errno : is_secret(text);
}

static void prepare(struct args *a)
{
	(void)a;
	image_make("btrfs");
}

const struct escape btrfs_tree[] = {
	{ "the host's files in the trees of btrfs",
	  { .caps = CAP(CAP_SYS_ADMIN),
	    .volumes = { DISK_MOUNT "/hosts", "/etc/hosts" } },
	  prepare, .attempt = search, .restore = disk_remove, .error = EPERM,
	  .act = BULKHEAD_ACT_HANDLE, .rule = "preset open-by-handle" },
	{ "a volume of btrfs by another name",
	  { .caps = CAP(CAP_SYS_ADMIN), .volumes = { DISK_MOUNT, "/data" } },
	  prepare, .attempt = take_snapshot, .restore = disk_remove, .error = EPERM,
	  .act = BULKHEAD_ACT_MOUNT, .rule = "preset mount" },
	{ NULL }
};
