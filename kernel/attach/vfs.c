// SPDX-License-Identifier: GPL-2.0-only
/* mount_lock and the layout of struct mount: found and checked at load. */
#include <linux/dcache.h>
#include <linux/errno.h>
#include <linux/namei.h>
#include <linux/nsproxy.h>
#include <linux/sched.h>

#include "attach/symbols.h"
#include "attach/vfs.h"
#include "log.h"

seqlock_t *bkh_mount_lock __read_mostly;

unsigned int bkh_mnt_ns_offset __read_mostly;

/* struct mount is larger than this on every kernel that was looked at. */
#define MNT_NS_OFFSET_MAX 288

static const char *const known_mounts[] = { "/", "/proc", "/sys", "/dev" };

/* Where in a mount of our own namespace the pointer to it stands. */
static unsigned int find_ns_offset(const struct bkh_mount *m)
{
	const void *ns = current->nsproxy->mnt_ns;
	unsigned int off;

	for (off = sizeof(*m); off < MNT_NS_OFFSET_MAX; off += sizeof(ns))
		if (*(const void **)((const u8 *)m + off) == ns)
			return off;
	return 0;
}

/*
 * follow_up() goes to a mount's parent by the very fields that the walk
 * reads: both have to agree. The root has no parent; it has a namespace.
 */
static int check_mount(const struct path *path)
{
	const struct bkh_mount *m = bkh_real_mount(path->mnt);
	struct path up = *path;
	unsigned int off;
	bool same = true;

	off = find_ns_offset(m);
	if (!off || (bkh_mnt_ns_offset && bkh_mnt_ns_offset != off))
		return -ENOEXEC;
	bkh_mnt_ns_offset = off;
	if (path->dentry != path->mnt->mnt_root || m->mnt_parent == m)
		return 0;
	path_get(&up);
	same = follow_up(&up) && up.mnt == &m->mnt_parent->mnt &&
	       up.dentry == m->mnt_mountpoint;
	path_put(&up);
	return same ? 1 : -ENOEXEC;
}

/* At least one mount with a parent has to show that all is as expected. */
static int check_layout(void)
{
	unsigned int i;
	int shown = 0;
	int err;

	for (i = 0; i < ARRAY_SIZE(known_mounts); i++) {
		struct path path;

		if (kern_path(known_mounts[i], LOOKUP_FOLLOW, &path))
			continue;
		err = check_mount(&path);
		path_put(&path);
		if (err < 0)
			return err;
		shown += err;
	}
	return shown ? 0 : -ENOEXEC;
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
