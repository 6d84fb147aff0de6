/* SPDX-License-Identifier: GPL-2.0-only */
/* The file that a user opened, where a stacked file system put its own behind. */
#ifndef BKH_COMPAT_LINUX_FS_H
#define BKH_COMPAT_LINUX_FS_H

#include_next <linux/fs.h>
#include <linux/version.h>

/*
 * 6.5, "fs: use backing_file container for internal files with "fake" f_path"
 * gave them a mode of their own; before, they alone were not accounted.
 */
#ifndef FMODE_BACKING
#define FMODE_BACKING FMODE_NOACCOUNT
#endif

/* 6.9, "fs: Add new RWF_NOAPPEND flag for pwritev2()" */
#ifndef RWF_NOAPPEND
#define RWF_NOAPPEND 0x00000020
#endif

/*
 * 6.7, "fs: create helper file_user_path() for user displayed mapped file
 * path": only from then on f_path is another one.
 */
#if LINUX_VERSION_CODE < KERNEL_VERSION(6, 7, 0)
static inline const struct path *file_user_path(const struct file *f)
{
	return &f->f_path;
}
#endif

#endif /* BKH_COMPAT_LINUX_FS_H */
