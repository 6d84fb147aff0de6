// SPDX-License-Identifier: GPL-2.0-only
/* mount_lock and the layout of struct mount, checked at load. */
#include <linux/dcache.h>
#include <linux/errno.h>
#include <linux/namei.h>

#include "attach/symbols.h"
#include "attach/vfs.h"
#include "log.h"

seqlock_t *bkh_mount_lock __read_mostly;

/*
 * follow_up() goes to a mount's parent by the very fields that the walk
 * reads: on a mount that isn't the root both have to agree.
 */
static int check_mount(const char *name)
{
	struct bkh_mount *m;
	struct path path;
	bool same;

	if (kern_path(name, LOOKUP_FOLLOW, &path))
		return -ENOENT;
	m = bkh_real_mount(path.mnt);
	if (path.dentry != path.mnt->mnt_root || m->mnt_parent == m) {
		path_put(&path);
		return -ENOENT;
	}
	same = follow_up(&path) && path.mnt == &m->mnt_parent->mnt &&
	       path.dentry == m->mnt_mountpoint;
	path_put(&path);
	return same ? 0 : -ENOEXEC;
}

static int check_layout(void)
{
	static const char *const known[] = { "/proc", "/sys", "/dev" };
	unsigned int i;
	int err;

	for (i = 0; i < ARRAY_SIZE(known); i++) {
		err = check_mount(known[i]);
		if (err != -ENOENT)
			return err;
	}
	bkh_err("none of /proc, /sys, /dev is a mount to check with\n");
	return -ENOEXEC;
}

int bkh_vfs_attach(void)
{
	size_t size = 0;
	unsigned long addr;
	int err;

	addr = bkh_symbol_find("mount_lock", &rename_lock, &size);
	if (!addr || size < sizeof(seqlock_t)) {
		bkh_err("mount_lock not found\n");
		return -ENOEXEC;
	}
	bkh_mount_lock = (seqlock_t *)addr;
	err = check_layout();
	if (err)
		bkh_err("struct mount is laid out otherwise than expected\n");
	return err;
}
