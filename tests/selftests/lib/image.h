/* SPDX-License-Identifier: GPL-2.0-only */
/* File systems that a kernel has for disks, each on a loop device of a file. */
#ifndef SELFTEST_IMAGE_H
#define SELFTEST_IMAGE_H

/*
 * Make one of @type in the file @image, mount it at @at. "ext2" has small
 * inodes, whose times are in seconds. Bails out, also where the kernel has none.
 */
void image_mount(const char *image, const char *type, const char *at);

/* The loop device goes with the mount. */
void image_umount(const char *image, const char *at);

#endif /* SELFTEST_IMAGE_H */
