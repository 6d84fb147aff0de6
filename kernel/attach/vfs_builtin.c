// SPDX-License-Identifier: GPL-2.0-only
/*
 * Built in, the compiler knows of mounts what the module has to find out: see
 * vfs.c. The one file that includes the kernel's fs/mount.h.
 */
#include <linux/build_bug.h>
#include <linux/fs.h>
#include <linux/init.h>
#include <linux/version.h>

#include "fs/mount.h"

#include "attach/vfs.h"

seqlock_t *bkh_mount_lock __ro_after_init = &mount_lock;

unsigned int bkh_mnt_ns_offset __ro_after_init = offsetof(struct mount, mnt_ns);

static const struct bkh_mount *of_real(const struct mount *m)
{
	return (const struct bkh_mount *)m;
}

/* 6.17, "change the locking and the way of linking of a superblock's mounts" */
#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 17, 0)
const struct bkh_mount *bkh_mounts_first(const struct super_block *sb)
{
	return of_real(READ_ONCE(sb->s_mounts));
}

const struct bkh_mount *bkh_mounts_next(const struct bkh_mount *m)
{
	const struct mount *real = container_of(&m->mnt, struct mount, mnt);

	return of_real(READ_ONCE(real->mnt_next_for_sb));
}
#else
static const struct bkh_mount *of_link(const struct super_block *sb,
				       const struct list_head *link)
{
	if (link == &sb->s_mounts)
		return NULL;
	return of_real(list_entry(link, struct mount, mnt_instance));
}

const struct bkh_mount *bkh_mounts_first(const struct super_block *sb)
{
	return of_link(sb, READ_ONCE(sb->s_mounts.next));
}

const struct bkh_mount *bkh_mounts_next(const struct bkh_mount *m)
{
	const struct mount *real = container_of(&m->mnt, struct mount, mnt);

	return of_link(m->mnt.mnt_sb, READ_ONCE(real->mnt_instance.next));
}
#endif

int bkh_vfs_attach(void)
{
	BUILD_BUG_ON(offsetof(struct bkh_mount, mnt_parent) !=
		     offsetof(struct mount, mnt_parent));
	BUILD_BUG_ON(offsetof(struct bkh_mount, mnt_mountpoint) !=
		     offsetof(struct mount, mnt_mountpoint));
	BUILD_BUG_ON(offsetof(struct bkh_mount, mnt) !=
		     offsetof(struct mount, mnt));
	return 0;
}
