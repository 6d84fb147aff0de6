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

static inline bool bkh_on_cgroupfs(const struct dentry *dentry)
{
	unsigned long magic = dentry->d_sb->s_magic;

	return magic == CGROUP2_SUPER_MAGIC || magic == CGROUP_SUPER_MAGIC;
}

/* On one of the trees by which the kernel shows itself. */
static inline bool bkh_on_special_tree(const struct dentry *dentry)
{
	switch (dentry->d_sb->s_magic) {
	case PROC_SUPER_MAGIC:
	case SYSFS_MAGIC:
	case CGROUP_SUPER_MAGIC:
	case CGROUP2_SUPER_MAGIC:
	case DEBUGFS_MAGIC:
	case TRACEFS_MAGIC:
	case EFIVARFS_MAGIC:
	case PSTOREFS_MAGIC:
	case SECURITYFS_MAGIC:
	case BPF_FS_MAGIC:
	case BINFMTFS_MAGIC:
	case SELINUX_MAGIC:
	case SMACK_MAGIC:
	case RDTGROUP_SUPER_MAGIC:
	case BKH_CONFIGFS_MAGIC:
		return true;
	default:
		return false;
	}
}

/* Whether a preset may have a say: a device, or on one of the special trees. */
static inline bool bkh_is_special(const struct path *path)
{
	/* Devices, and with them pipes and sockets. */
	return unlikely(d_is_special(path->dentry)) ||
	       bkh_on_special_tree(path->dentry);
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
