// SPDX-License-Identifier: GPL-2.0-only
/* Drift: change times against a domain's birth, and who could bend them. */
#include <linux/dcache.h>
#include <linux/fs.h>
#include <linux/magic.h>
#include <linux/time64.h>
#include <linux/timekeeping.h>

#include "drift.h"
#include "judge.h"

/* Not in every kernel's magic.h. */
#define BCACHEFS_MAGIC	0xca451a4e
#define JFS_MAGIC	0x3153464a
#define ZFS_MAGIC	0x2fc12fc1

/* By how much the clock of the day was ahead of the time since boot. */
static s64 clock_ahead(void)
{
	return ktime_sub(ktime_mono_to_any(0, TK_OFFS_REAL),
			 ktime_mono_to_any(0, TK_OFFS_BOOT));
}

/* When it was looked at last. Written under bkh_domain_lock. */
static s64 last_ahead;

static void set_back_locked(s64 ahead)
{
	struct bkh_domain *d;
	unsigned int i;

	lockdep_assert_held(&bkh_domain_lock);
	WRITE_ONCE(last_ahead, ahead);
	for (i = 0; i < ARRAY_SIZE(bkh_domain_hash); i++)
		hlist_for_each_entry(d, &bkh_domain_hash[i], node)
			if (ahead - d->born_ahead < d->set_back)
				WRITE_ONCE(d->set_back, ahead - d->born_ahead);
}

/*
 * Whoever sets the clock is asked for CAP_SYS_TIME before, so each state of it
 * gets looked at before the next one comes.
 */
void bkh_drift_sample(void)
{
	s64 ahead = clock_ahead();
	unsigned long flags;

	if (likely(ahead == READ_ONCE(last_ahead)))
		return;
	spin_lock_irqsave(&bkh_domain_lock, flags);
	set_back_locked(ahead);
	spin_unlock_irqrestore(&bkh_domain_lock, flags);
}

void bkh_drift_born_locked(struct bkh_domain *d)
{
	lockdep_assert_held(&bkh_domain_lock);
	ktime_get_coarse_real_ts64(&d->born);
	d->born_ahead = clock_ahead();
	d->set_back = 0;
	if (d->born_ahead != last_ahead)
		set_back_locked(d->born_ahead);
}

void bkh_drift_inherit_locked(struct cgroup *cgrp)
{
	struct bkh_domain *d = bkh_domain_find(cgroup_id(cgrp));
	struct bkh_subject s;

	lockdep_assert_held(&bkh_domain_lock);
	rcu_read_lock();
	if (d && bkh_subject_current(&s) && bkh_within_border(&s, cgrp)) {
		d->born = s.domain->born;
		d->born_ahead = s.domain->born_ahead;
		d->set_back = s.domain->set_back;
	}
	rcu_read_unlock();
}

/*
 * Change times by this kernel's clock that no call sets. FAT and its like have
 * none of their own, those of FUSE and of network file systems are others'.
 */
static bool keeps_change_times(const struct super_block *sb)
{
	switch (sb->s_magic) {
	case BCACHEFS_MAGIC:
	case BTRFS_SUPER_MAGIC:
	case EROFS_SUPER_MAGIC_V1:
	case EXT4_SUPER_MAGIC:
	case F2FS_SUPER_MAGIC:
	case ISOFS_SUPER_MAGIC:
	case JFS_MAGIC:
	case NILFS_SUPER_MAGIC:
	case OVERLAYFS_SUPER_MAGIC:
	case RAMFS_MAGIC:
	case SQUASHFS_MAGIC:
	case TMPFS_MAGIC:
	case XFS_SUPER_MAGIC:
	case ZFS_MAGIC:
		return true;
	default:
		return false;
	}
}

/*
 * Equal times count as changed: the clock is as coarse as a tick, and some
 * file systems cut more off.
 */
static bool inode_changed(struct inode *inode, const struct bkh_domain *d)
{
	struct timespec64 changed = inode_get_ctime(inode);
	struct timespec64 since = d->born;
	s64 set_back = READ_ONCE(d->set_back);

	if (!keeps_change_times(inode->i_sb))
		return true;
	if (unlikely(set_back))
		since = timespec64_add(since, ns_to_timespec64(set_back));
	since = timestamp_truncate(since, inode);
	return timespec64_compare(&changed, &since) >= 0;
}

/* An overlay's own inode hears of some changes late: the layer's counts, too. */
bool bkh_drift_changed(struct bkh_domain *d, const struct file *file)
{
	struct inode *inode = file_inode(file);
	struct inode *real = d_real_inode(file->f_path.dentry);

	bkh_drift_sample();
	return inode_changed(inode, d) ||
	       (real != inode && inode_changed(real, d));
}

/*
 * tmpfs alone doesn't hear of stores to a page that was read before. From here
 * on the file counts as changed, whether or not it will be.
 */
void bkh_drift_on_store(const struct file *file)
{
	struct inode *inode = d_real_inode(file->f_path.dentry);

	if (inode->i_sb->s_magic == TMPFS_MAGIC &&
	    !(inode->i_sb->s_flags & SB_NOUSER))
		inode_set_ctime_current(inode);
}
