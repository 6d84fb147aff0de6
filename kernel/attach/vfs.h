/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The private things of the VFS that a path walk needs: mount_lock, the first
 * fields of struct mount, its namespace, and the list of a file system's
 * mounts. All are checked when the module loads.
 */
#ifndef BKH_ATTACH_VFS_H
#define BKH_ATTACH_VFS_H

#include <linux/fs.h>
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

/* Offset of mnt_ns in struct mount. */
extern unsigned int bkh_mnt_ns_offset;

/*
 * The namespace that a mount is in: NULL for one that was detached, an error
 * pointer for one that the kernel keeps to itself (pipes, memfds, the layers
 * of an overlay). For comparison only.
 */
static inline const void *bkh_mount_ns(const struct bkh_mount *m)
{
	return READ_ONCE(*(const void **)((const u8 *)m + bkh_mnt_ns_offset));
}

/*
 * All mounts of a file system, in no order: of every namespace, detached and
 * internal ones. NULL at the end. Under bkh_mount_lock.
 */
const struct bkh_mount *bkh_mounts_first(const struct super_block *sb);
const struct bkh_mount *bkh_mounts_next(const struct bkh_mount *m);

/**
 * bkh_vfs_attach - find mount_lock and check the layout of struct mount
 *
 * May sleep.
 *
 * Return: 0, -ENOEXEC if the kernel is built otherwise than expected.
 */
int bkh_vfs_attach(void);

#endif /* BKH_ATTACH_VFS_H */
