// SPDX-License-Identifier: GPL-2.0-only
/*
 * Changing the mount tree, and making namespaces of users. Calls that have no
 * hook of their own (open_tree, fsopen, mount_setattr and the like) need
 * CAP_SYS_ADMIN: see hooks_cap.c.
 */
#include <linux/cred.h>
#include <linux/fs.h>
#include <linux/path.h>

#include "hooks.h"
#include "judge.h"

/* May sleep, like all here; no path is looked up. */
static int judge(enum bkh_preset preset, enum bulkhead_act act,
		 const struct path *path)
{
	const struct bkh_request r = {
		.act = act,
		.path = path,
		.error = -EPERM,
	};

	if (!static_branch_unlikely(&bkh_bound))
		return 0;
	return bkh_judge_preset(preset, &r);
}

static int bkh_sb_mount(const char *dev_name, const struct path *path,
			const char *type, unsigned long flags, void *data)
{
	return judge(BKH_PRESET_MOUNT, BULKHEAD_ACT_MOUNT, path);
}

static int bkh_sb_remount(struct super_block *sb, void *mnt_opts)
{
	return judge(BKH_PRESET_MOUNT, BULKHEAD_ACT_MOUNT, NULL);
}

static int bkh_sb_umount(struct vfsmount *mnt, int flags)
{
	const struct path path = { .mnt = mnt, .dentry = mnt->mnt_root };

	return judge(BKH_PRESET_MOUNT, BULKHEAD_ACT_UMOUNT, &path);
}

static int bkh_move_mount(const struct path *from, const struct path *to)
{
	return judge(BKH_PRESET_MOUNT, BULKHEAD_ACT_MOUNT, to);
}

static int bkh_sb_pivotroot(const struct path *old_path,
			    const struct path *new_path)
{
	return judge(BKH_PRESET_PIVOT_ROOT, BULKHEAD_ACT_PIVOT_ROOT, new_path);
}

static int bkh_userns_create(const struct cred *cred)
{
	return judge(BKH_PRESET_USERNS, BULKHEAD_ACT_USERNS, NULL);
}

static struct bkh_hook hooks[] = {
	BKH_HOOK(sb_mount, bkh_sb_mount),
	BKH_HOOK(sb_remount, bkh_sb_remount),
	BKH_HOOK(sb_umount, bkh_sb_umount),
	BKH_HOOK(move_mount, bkh_move_mount),
	BKH_HOOK(sb_pivotroot, bkh_sb_pivotroot),
	BKH_HOOK(userns_create, bkh_userns_create),
};

struct bkh_hook_set bkh_mount_hooks = BKH_HOOK_SET(hooks);
