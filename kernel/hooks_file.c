// SPDX-License-Identifier: GPL-2.0-only
/* Opening, making, removing, renaming, linking files, and their attributes. */
#include <linux/dcache.h>
#include <linux/fcntl.h>
#include <linux/fs.h>
#include <linux/kdev_t.h>
#include <linux/sched.h>
#include <linux/stat.h>

#include "hooks.h"
#include "judge.h"
#include "path.h"
#include "permit.h"
#include "special.h"
#include "syscall.h"

/* Writing where only the end is safe from it takes the right to append. */
static u32 write_perm(const struct file *file)
{
	return file->f_flags & O_APPEND ? BULKHEAD_PERM_APPEND :
					  BULKHEAD_PERM_WRITE;
}

/* Flags that change what an open may do to its file. */
#define TELLING_FLAGS (O_APPEND | O_TRUNC | __O_TMPFILE)

static noinline u32 open_perms_by_flags(const struct file *file)
{
	u32 perms = 0;

	if (file->f_mode & FMODE_READ)
		perms |= BULKHEAD_PERM_READ;
	if (file->f_mode & FMODE_WRITE)
		perms |= write_perm(file);
	if (file->f_flags & O_TRUNC)
		perms |= BULKHEAD_PERM_WRITE;
	if (file->f_flags & __O_TMPFILE)
		perms |= BULKHEAD_PERM_CREATE;
	/* Access mode 3 is for ioctl alone; the VFS asks for both, so do we. */
	if (!(file->f_mode & (FMODE_READ | FMODE_WRITE)))
		perms |= BULKHEAD_PERM_READ | BULKHEAD_PERM_WRITE;
	return perms;
}

/* Most often the mode of access is all there is, and has the same bits. */
static inline u32 open_perms(const struct file *file)
{
	u32 perms = (__force u32)(file->f_mode & (FMODE_READ | FMODE_WRITE));

	BUILD_BUG_ON((__force u32)FMODE_READ != BULKHEAD_PERM_READ ||
		     (__force u32)FMODE_WRITE != BULKHEAD_PERM_WRITE);
	if (likely(perms && !(file->f_flags & TELLING_FLAGS)))
		return perms;
	return open_perms_by_flags(file);
}

static noinline int judge_open(struct file *file)
{
	return bkh_judge_path(BULKHEAD_ACT_OPEN, &file->f_path,
			      open_perms(file));
}

/* Ends what bkh_permit_begin() began. An execution: by bprm_check_security. */
static noinline int open_bound(struct file *file, const struct bkh_stack *stack)
{
	bool yes = (file->f_flags & __FMODE_EXEC) ||
		   bkh_permits_path(stack, file->f_path.mnt, file->f_path.dentry,
				    open_perms(file));

	bkh_permit_end();
	return likely(yes) ? 0 : judge_open(file);
}

/* The layer that overlayfs opens again lies behind a file that was judged. */
static int bkh_file_open(struct file *file)
{
	const struct bkh_stack *stack;

	if (!static_branch_unlikely(&bkh_bound) ||
	    (file->f_mode & FMODE_BACKING))
		return 0;
	stack = bkh_permit_begin();
	if (stack)
		return open_bound(file, stack);
	bkh_permit_end();
	return 0;
}

/* To cgroupfs, by a descriptor from before the task was confined. */
static int judge_cgroup_write(struct file *file)
{
	const struct bkh_request r = {
		.act = BULKHEAD_ACT_CGROUP,
		.path = &file->f_path,
		.error = -EACCES,
	};

	return bkh_judge_preset(bkh_cgroupfs_preset(file->f_path.dentry), &r);
}

/*
 * Whatever isn't plain writing may change what is there already: punching
 * holes, by fallocate() or ioctl(), and writes that disregard O_APPEND. Which
 * requests an io_uring carries out can't be seen.
 */
static int judge_append(struct file *file)
{
	if (!S_ISREG(file_inode(file)->i_mode) ||
	    (file->f_mode & FMODE_BACKING))
		return 0;
	if (!bkh_current_uses_uring() && bkh_current_call() == BKH_CALL_WRITE)
		return 0;
	return bkh_judge_path(BULKHEAD_ACT_WRITE, &file->f_path,
			      BULKHEAD_PERM_WRITE);
}

/* Every read and write comes by here, so it leaves at once if it can. */
static int bkh_file_permission(struct file *file, int mask)
{
	int err = 0;

	if (!static_branch_unlikely(&bkh_bound) || !(mask & MAY_WRITE))
		return 0;
	if (unlikely(file->f_flags & O_APPEND))
		err = judge_append(file);
	if (err || likely(!bkh_on_cgroupfs(file->f_path.dentry)))
		return err;
	return judge_cgroup_write(file);
}

/* A ring of others acts with their rights. */
static bool is_ring(const struct file *file)
{
	const struct dentry *dentry = file->f_path.dentry;

	return dentry->d_sb->s_magic == ANON_INODE_FS_MAGIC &&
	       !strcmp(dentry->d_name.name, "[io_uring]");
}

/* Taking a descriptor from elsewhere is as good as opening the file. */
static int bkh_file_receive(struct file *file)
{
	static const struct bkh_request ring = {
		.act = BULKHEAD_ACT_IO_URING,
		.error = -EPERM,
	};

	if (!static_branch_unlikely(&bkh_bound))
		return 0;
	if (file->f_mode & FMODE_PATH)
		return 0;
	if (is_ring(file))
		return bkh_judge_preset(BKH_PRESET_IO_URING, &ring);
	return bkh_judge_path(BULKHEAD_ACT_RECEIVE, &file->f_path,
			      open_perms(file) & ~BULKHEAD_PERM_CREATE);
}

/* An act on the entry @dentry, which is on @mnt as its directory is. */
struct entry_act {
	enum bulkhead_act act;
	u32 perms;
};

static noinline int judge_entry_long(struct entry_act a, struct vfsmount *mnt,
				     struct dentry *dentry)
{
	const struct path path = { .mnt = mnt, .dentry = dentry };

	return bkh_judge_path(a.act, &path, a.perms);
}

/* Ends what bkh_permit_begin() began. */
static noinline int entry_bound(struct entry_act a, struct vfsmount *mnt,
				struct dentry *dentry,
				const struct bkh_stack *stack)
{
	bool yes = bkh_permits_path(stack, mnt, dentry, a.perms);

	bkh_permit_end();
	return likely(yes) ? 0 : judge_entry_long(a, mnt, dentry);
}

static __always_inline int judge_entry(enum bulkhead_act act,
				       const struct path *dir,
				       struct dentry *dentry, u32 perms)
{
	const struct entry_act a = { .act = act, .perms = perms };
	const struct bkh_stack *stack;

	if (!static_branch_unlikely(&bkh_bound))
		return 0;
	stack = bkh_permit_begin();
	if (stack)
		return entry_bound(a, dir->mnt, dentry, stack);
	bkh_permit_end();
	return 0;
}

static int bkh_path_unlink(const struct path *dir, struct dentry *dentry)
{
	return judge_entry(BULKHEAD_ACT_UNLINK, dir, dentry,
			   BULKHEAD_PERM_DELETE);
}

static int bkh_path_rmdir(const struct path *dir, struct dentry *dentry)
{
	return judge_entry(BULKHEAD_ACT_RMDIR, dir, dentry,
			   BULKHEAD_PERM_DELETE);
}

static int bkh_path_mkdir(const struct path *dir, struct dentry *dentry,
			  umode_t mode)
{
	return judge_entry(BULKHEAD_ACT_MKDIR, dir, dentry,
			   BULKHEAD_PERM_CREATE);
}

/* A node of a guarded device is as good as the device. */
static int judge_node(const struct path *dir, struct dentry *dentry,
		      umode_t mode, dev_t dev)
{
	const struct path path = { .mnt = dir->mnt, .dentry = dentry };
	const struct bkh_request r = {
		.act = BULKHEAD_ACT_MKNOD,
		.path = &path,
		.perms = BULKHEAD_PERM_CREATE | BULKHEAD_PERM_NODE,
		.error = -EACCES,
	};
	enum bkh_preset preset;
	int err = 0;

	if (!static_branch_unlikely(&bkh_bound))
		return 0;
	preset = bkh_device_preset(mode, dev);
	if (preset != BKH_PRESET_NONE)
		err = bkh_judge_preset(preset, &r);
	return err ? err : bkh_judge_path(r.act, &path, r.perms);
}

static int bkh_path_mknod(const struct path *dir, struct dentry *dentry,
			  umode_t mode, unsigned int dev)
{
	if (S_ISCHR(mode) || S_ISBLK(mode))
		return judge_node(dir, dentry, mode,
				  new_decode_dev(dev));
	return judge_entry(BULKHEAD_ACT_CREATE, dir, dentry,
			   BULKHEAD_PERM_CREATE);
}

static int bkh_path_symlink(const struct path *dir, struct dentry *dentry,
			    const char *target)
{
	return judge_entry(BULKHEAD_ACT_SYMLINK, dir, dentry,
			   BULKHEAD_PERM_CREATE);
}

static int bkh_path_link(struct dentry *old_dentry, const struct path *new_dir,
			 struct dentry *new_dentry)
{
	/* A link stays on its mount, so that is the old name's, too. */
	const struct path from = { .mnt = new_dir->mnt, .dentry = old_dentry };
	const struct path to = { .mnt = new_dir->mnt, .dentry = new_dentry };
	const struct bkh_move move = { .from = &from, .to = &to };

	if (!static_branch_unlikely(&bkh_bound))
		return 0;
	return bkh_judge_link(&move);
}

static int judge_rename(const struct path *from, const struct path *to)
{
	const struct bkh_move move = {
		.from = from,
		.to = to,
		.is_dir = d_is_dir(from->dentry),
		.replaces = d_is_positive(to->dentry),
	};

	return bkh_judge_rename(&move);
}

static int bkh_path_rename(const struct path *old_dir,
			   struct dentry *old_dentry,
			   const struct path *new_dir,
			   struct dentry *new_dentry, unsigned int flags)
{
	const struct path from = { .mnt = old_dir->mnt, .dentry = old_dentry };
	const struct path to = { .mnt = new_dir->mnt, .dentry = new_dentry };
	int err;

	if (!static_branch_unlikely(&bkh_bound))
		return 0;
	err = judge_rename(&from, &to);
	if (!err && (flags & RENAME_EXCHANGE))
		err = judge_rename(&to, &from);
	/* It leaves a device node behind, at the old name. */
	if (!err && (flags & RENAME_WHITEOUT))
		err = bkh_judge_path(BULKHEAD_ACT_MKNOD, &from,
				     BULKHEAD_PERM_CREATE |
				     BULKHEAD_PERM_NODE);
	return err;
}

static int bkh_path_truncate(const struct path *path)
{
	if (!static_branch_unlikely(&bkh_bound))
		return 0;
	return bkh_judge_path(BULKHEAD_ACT_TRUNCATE, path, BULKHEAD_PERM_WRITE);
}

#ifdef BKH_HAVE_FILE_TRUNCATE
/* ftruncate(); older kernels call path_truncate for it. */
static int bkh_file_truncate(struct file *file)
{
	return bkh_path_truncate(&file->f_path);
}
#endif

static int bkh_path_chmod(const struct path *path, umode_t mode)
{
	if (!static_branch_unlikely(&bkh_bound))
		return 0;
	return bkh_judge_path(BULKHEAD_ACT_CHMOD, path, BULKHEAD_PERM_OWN);
}

static int bkh_path_chown(const struct path *path, kuid_t uid, kgid_t gid)
{
	if (!static_branch_unlikely(&bkh_bound))
		return 0;
	return bkh_judge_path(BULKHEAD_ACT_CHOWN, path, BULKHEAD_PERM_OWN);
}

static noinline int judge_queue(enum bulkhead_act act, struct dentry *dentry,
				u32 perms)
{
	struct path path;

	/* By another mount of queues than the task's own there was a path. */
	if (!bkh_path_of_queue(dentry, &path))
		return 0;
	return bkh_judge_path(act, &path, perms);
}

/*
 * mq_open() and mq_unlink() tell no path, unlike all else that makes or removes
 * a file. What open() makes at /dev/mqueue has been judged by that name.
 */
static int bkh_inode_create(struct inode *dir, struct dentry *dentry,
			    umode_t mode)
{
	if (!static_branch_unlikely(&bkh_bound) ||
	    likely(dir->i_sb->s_magic != BKH_MQUEUE_MAGIC))
		return 0;
	return judge_queue(BULKHEAD_ACT_CREATE, dentry, BULKHEAD_PERM_CREATE);
}

static int bkh_inode_unlink(struct inode *dir, struct dentry *dentry)
{
	if (!static_branch_unlikely(&bkh_bound) ||
	    likely(dir->i_sb->s_magic != BKH_MQUEUE_MAGIC))
		return 0;
	return judge_queue(BULKHEAD_ACT_UNLINK, dentry, BULKHEAD_PERM_DELETE);
}

/* The capability decides about chroot; here, that it stays in our own tree. */
static int bkh_path_chroot(const struct path *path)
{
	if (!static_branch_unlikely(&bkh_bound))
		return 0;
	return bkh_judge_path(BULKHEAD_ACT_CHROOT, path, 0);
}

static struct bkh_hook hooks[] = {
	BKH_HOOK(file_open, bkh_file_open),
	BKH_HOOK(file_permission, bkh_file_permission),
	BKH_HOOK(file_receive, bkh_file_receive),
	BKH_HOOK(path_unlink, bkh_path_unlink),
	BKH_HOOK(path_rmdir, bkh_path_rmdir),
	BKH_HOOK(path_mkdir, bkh_path_mkdir),
	BKH_HOOK(path_mknod, bkh_path_mknod),
	BKH_HOOK(path_symlink, bkh_path_symlink),
	BKH_HOOK(path_link, bkh_path_link),
	BKH_HOOK(path_rename, bkh_path_rename),
	BKH_HOOK(path_truncate, bkh_path_truncate),
#ifdef BKH_HAVE_FILE_TRUNCATE
	BKH_HOOK(file_truncate, bkh_file_truncate),
#endif
	BKH_HOOK(path_chmod, bkh_path_chmod),
	BKH_HOOK(path_chown, bkh_path_chown),
	BKH_HOOK(path_chroot, bkh_path_chroot),
	BKH_HOOK(inode_create, bkh_inode_create),
	BKH_HOOK(inode_unlink, bkh_inode_unlink),
};

struct bkh_hook_set bkh_file_hooks = BKH_HOOK_SET(hooks);
