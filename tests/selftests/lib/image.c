// SPDX-License-Identifier: GPL-2.0-only
/* File systems that a kernel has for disks, each on a loop device of a file. */
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <unistd.h>

#include "host.h"
#include "image.h"
#include "tap.h"

static const struct {
	const char *type, *driver, *mkfs;
} kinds[] = {
	{ "ext2", "ext4", "busybox mke2fs -F" },
	{ "ext4", "ext4", "mkfs.ext4 -q -F" },
	{ "vfat", "vfat", "busybox mkdosfs" },
	{ "xfs", "xfs", "mkfs.xfs --unsupported -q -f" },
	{ "btrfs", "btrfs", "mkfs.btrfs -q -f" },
};

void image_mount(const char *image, const char *type, const char *at)
{
	char out[512], script[512];
	unsigned int i = 0;

	while (strcmp(kinds[i].type, type))
		if (++i == ARRAY_SIZE(kinds))
			bail("nobody knows how to make %s", type);
	make_dir("%s", at);
	snprintf(script, sizeof(script),
		 "rm -f %s && truncate -s 128M %s && %s %s && mount -t %s -o loop %s %s",
		 image, image, kinds[i].mkfs, image, kinds[i].driver, image, at);
	if (RUN(out, "sh", "-c", script))
		bail("a disk of %s: %s", type, out);
}

void image_umount(const char *image, const char *at)
{
	if (umount2(at, 0))
		bail("umount %s: %m", at);
	unlink(image);
}
