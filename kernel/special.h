/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Special files: those that reach the host's kernel or hardware by whatever
 * name they are mounted. Presets guard them, told by superblock and device,
 * not by path.
 */
#ifndef BKH_SPECIAL_H
#define BKH_SPECIAL_H

#include <linux/fs.h>
#include <linux/magic.h>
#include <linux/stat.h>

#include "judge.h"

/* As fs/configfs has it, for itself. */
#define BKH_CONFIGFS_MAGIC 0x62656570

/*
 * A bit for the magic number of each tree that presets guard. The factor is one
 * that keeps the bits of the file systems clear that most files are on.
 */
#define BKH_TREE_SLOT(magic)	((u32)((u32)(magic) * 0x1e1ab097U) >> 26)
#define BKH_TREE_BIT(magic)	BIT_ULL(BKH_TREE_SLOT(magic))
#define BKH_TREE_BITS							\
	(BKH_TREE_BIT(PROC_SUPER_MAGIC) | BKH_TREE_BIT(SYSFS_MAGIC) |	\
	 BKH_TREE_BIT(CGROUP_SUPER_MAGIC) |				\
	 BKH_TREE_BIT(CGROUP2_SUPER_MAGIC) |				\
	 BKH_TREE_BIT(DEBUGFS_MAGIC) | BKH_TREE_BIT(TRACEFS_MAGIC) |	\
	 BKH_TREE_BIT(EFIVARFS_MAGIC) | BKH_TREE_BIT(PSTOREFS_MAGIC) |	\
	 BKH_TREE_BIT(SECURITYFS_MAGIC) | BKH_TREE_BIT(BPF_FS_MAGIC) |	\
	 BKH_TREE_BIT(BINFMTFS_MAGIC) | BKH_TREE_BIT(SELINUX_MAGIC) |	\
	 BKH_TREE_BIT(SMACK_MAGIC) |					\
	 BKH_TREE_BIT(RDTGROUP_SUPER_MAGIC) |				\
	 BKH_TREE_BIT(BKH_CONFIGFS_MAGIC))

static inline bool bkh_on_cgroupfs(const struct dentry *dentry)
{
	unsigned long magic = dentry->d_sb->s_magic;

	return magic == CGROUP2_SUPER_MAGIC || magic == CGROUP_SUPER_MAGIC;
}

/*
 * On one of the trees by which the kernel shows itself. Some other may have the
 * bit of one of those: then a preset is asked in vain.
 */
static __always_inline bool bkh_on_special_tree(const struct dentry *dentry)
{
	return BKH_TREE_BITS >> BKH_TREE_SLOT(dentry->d_sb->s_magic) & 1;
}

/* Whether a preset may have a say: a device, or on one of the special trees. */
static __always_inline bool bkh_is_special(const struct dentry *dentry)
{
	BUILD_BUG_ON(!(DCACHE_SPECIAL_TYPE & DCACHE_WHITEOUT_TYPE));
	/*
	 * Devices, and with them pipes and sockets. One bit rules out the types
	 * that nearly all files are of.
	 */
	if (unlikely(READ_ONCE(dentry->d_flags) & DCACHE_WHITEOUT_TYPE) &&
	    d_is_special(dentry))
		return true;
	return bkh_on_special_tree(dentry);
}

/**
 * bkh_judge_special - the presets' word on a special file
 * @s: who asks
 * @r: a file act, with path and permissions; the path may have no mount
 *
 * Caller holds rcu_read_lock() and has found bkh_is_special(). Process
 * context.
 */
int bkh_judge_special(const struct bkh_subject *s, const struct bkh_request *r);

/* Which preset guards the writing of a file of cgroupfs. */
enum bkh_preset bkh_cgroupfs_preset(const struct dentry *dentry);

/* No preset has a say. */
#define BKH_PRESET_NONE __BKH_PRESET_MAX

/* Which preset guards a device, by its type and number. */
enum bkh_preset bkh_device_preset(umode_t mode, dev_t dev);

#endif /* BKH_SPECIAL_H */
