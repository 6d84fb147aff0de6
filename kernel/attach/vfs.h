/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The two private things of the VFS that a path walk needs: mount_lock and
 * the first fields of struct mount. Both are checked when the module loads.
 */
#ifndef BKH_ATTACH_VFS_H
#define BKH_ATTACH_VFS_H

#include <linux/list.h>
#include <linux/mount.h>
#include <linux/seqlock.h>

/* The head of fs/mount.h's struct mount. */
struct bkh_mount {
	struct hlist_node mnt_hash;
	struct bkh_mount *mnt_parent;
	struct dentry *mnt_mountpoint;
	struct vfsmount mnt;
};

extern seqlock_t *bkh_mount_lock;

static inline struct bkh_mount *bkh_real_mount(const struct vfsmount *mnt)
{
	return container_of(mnt, struct bkh_mount, mnt);
}

/**
 * bkh_vfs_attach - find mount_lock and check the layout of struct mount
 *
 * May sleep.
 *
 * Return: 0, -ENOEXEC if the kernel is built otherwise than expected.
 */
int bkh_vfs_attach(void);

#endif /* BKH_ATTACH_VFS_H */
