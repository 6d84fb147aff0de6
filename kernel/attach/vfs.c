// SPDX-License-Identifier: GPL-2.0-only
/* mount_lock and the layout of struct mount: found and checked at load. */
#include <linux/dcache.h>
#include <linux/errno.h>
#include <linux/namei.h>
#include <linux/nsproxy.h>
#include <linux/sched.h>
#include <linux/version.h>

#include "attach/symbols.h"
#include "attach/vfs.h"
#include "log.h"

seqlock_t *bkh_mount_lock __read_mostly;

unsigned int bkh_mnt_ns_offset __read_mostly;

/* struct mount is larger than this on every kernel that was looked at. */
#define MNT_NS_OFFSET_MAX 288

static const char *const known_mounts[] = { "/", "/proc", "/sys", "/dev" };

/* Offset of what links the mounts of one file system. */
static unsigned int link_offset __read_mostly;

static const void *field(const struct bkh_mount *m, unsigned int off)
{
	return (const u8 *)m + off;
}

/* Read one word of a mount, at an offset that the headers don't know. */
static unsigned long word(const struct bkh_mount *m, unsigned int off)
{
	return READ_ONCE(*(const unsigned long *)field(m, off));
}

/* 6.17, "change the locking and the way of linking of a superblock's mounts" */
#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 17, 0)
/*
 * A list without a head: s_mounts, then in each mount the next one, and behind
 * that the address of the pointer to this one, whose lowest bit is a flag.
 */
const struct bkh_mount *bkh_mounts_first(const struct super_block *sb)
{
	return (const struct bkh_mount *)READ_ONCE(sb->s_mounts);
}

const struct bkh_mount *bkh_mounts_next(const struct bkh_mount *m)
{
	return (const struct bkh_mount *)word(m, link_offset);
}

static bool points_back(const struct bkh_mount *m, unsigned int off,
			const void *to)
{
	return (word(m, off + sizeof(long)) & ~1UL) == (unsigned long)to;
}

/* Followed from the start, by way of @off, the list comes to @m. */
static bool is_link(const struct bkh_mount *m, unsigned int off)
{
	const void *to = &m->mnt.mnt_sb->s_mounts;
	const struct bkh_mount *at = bkh_mounts_first(m->mnt.mnt_sb);

	while (at && points_back(at, off, to)) {
		if (at == m)
			return true;
		to = field(at, off);
		at = (const struct bkh_mount *)word(at, off);
	}
	return false;
}
#else
static const struct bkh_mount *of_link(const struct super_block *sb,
				       const struct list_head *link)
{
	if (link == &sb->s_mounts)
		return NULL;
	return (const struct bkh_mount *)((const u8 *)link - link_offset);
}

const struct bkh_mount *bkh_mounts_first(const struct super_block *sb)
{
	return of_link(sb, READ_ONCE(sb->s_mounts.next));
}

const struct bkh_mount *bkh_mounts_next(const struct bkh_mount *m)
{
	const struct list_head *link = field(m, link_offset);

	return of_link(m->mnt.mnt_sb, READ_ONCE(link->next));
}

static bool is_link(const struct bkh_mount *m, unsigned int off)
{
	const struct list_head *link;

	list_for_each(link, &m->mnt.mnt_sb->s_mounts)
		if (link == field(m, off))
			return true;
	return false;
}
#endif

/* The namespace comes behind it on every kernel that was looked at. */
static unsigned int find_link_offset(const struct bkh_mount *m)
{
	unsigned int found = 0;
	unsigned int off;

	read_seqlock_excl(bkh_mount_lock);
	for (off = sizeof(*m); off < bkh_mnt_ns_offset && !found;
	     off += sizeof(long))
		if (is_link(m, off))
			found = off;
	read_sequnlock_excl(bkh_mount_lock);
	return found;
}

/* Where in a mount of our own namespace the pointer to it stands. */
static unsigned int find_ns_offset(const struct bkh_mount *m)
{
	unsigned long ns = (unsigned long)current->nsproxy->mnt_ns;
	unsigned int off;

	for (off = sizeof(*m); off < MNT_NS_OFFSET_MAX; off += sizeof(ns))
		if (word(m, off) == ns)
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
	off = find_link_offset(m);
	if (!off || (link_offset && link_offset != off))
		return -ENOEXEC;
	link_offset = off;
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
