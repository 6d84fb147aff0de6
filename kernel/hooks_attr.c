// SPDX-License-Identifier: GPL-2.0-only
/*
 * Attributes that change without the kernel telling by which path: times,
 * extended attributes, ACLs, inode flags. Owner and mode have hooks with one.
 */
#include <linux/capability.h>
#include <linux/cred.h>
#include <linux/fs.h>
#include <linux/xattr.h>

#include "hooks.h"
#include "judge.h"
#include "syscall.h"

/*
 * Not where a stacked file system changes its layer for the task: it does so
 * with its mounter's credentials. Those that io_uring lends are the task's.
 */
static bool is_for_the_task(void)
{
	return current_cred() == current_real_cred() ||
	       bkh_current_uses_uring();
}

static int judge_attr(struct dentry *dentry)
{
	if (!static_branch_unlikely(&bkh_bound) || !is_for_the_task())
		return 0;
	return bkh_judge_dentry(BULKHEAD_ACT_SETATTR, dentry,
				BULKHEAD_PERM_OWN);
}

/* Of all changes that come by here, only utimensat() and its kin set these. */
static int bkh_inode_setattr(BKH_INODE_SETATTR_ARGS)
{
	if (!(attr->ia_valid & (ATTR_TIMES_SET | ATTR_TOUCH)))
		return 0;
	return judge_attr(dentry);
}

static int bkh_inode_setxattr(struct bkh_idmap *idmap, struct dentry *dentry,
			      const char *name, const void *value, size_t size,
			      int flags);
static int bkh_inode_removexattr(struct bkh_idmap *idmap, struct dentry *dentry,
				 const char *name);

#ifdef BKH_HAVE_INODE_SET_ACL
static int bkh_inode_set_acl(struct bkh_idmap *idmap, struct dentry *dentry,
			     const char *name, struct posix_acl *acl)
{
	return judge_attr(dentry);
}

static int bkh_inode_remove_acl(struct bkh_idmap *idmap, struct dentry *dentry,
				const char *name)
{
	return judge_attr(dentry);
}
#endif

#ifdef BKH_HAVE_INODE_FILE_SETATTR
static int bkh_inode_file_setattr(struct dentry *dentry, struct file_kattr *fa)
{
	return judge_attr(dentry);
}
#endif

enum { SETXATTR, REMOVEXATTR };

static struct bkh_hook hooks[] = {
	[SETXATTR] = BKH_HOOK(inode_setxattr, bkh_inode_setxattr),
	[REMOVEXATTR] = BKH_HOOK(inode_removexattr, bkh_inode_removexattr),
	BKH_HOOK(inode_setattr, bkh_inode_setattr),
#ifdef BKH_HAVE_INODE_SET_ACL
	BKH_HOOK(inode_set_acl, bkh_inode_set_acl),
	BKH_HOOK(inode_remove_acl, bkh_inode_remove_acl),
#endif
#ifdef BKH_HAVE_INODE_FILE_SETATTR
	BKH_HOOK(inode_file_setattr, bkh_inode_file_setattr),
#endif
};

struct bkh_hook_set bkh_attr_hooks = BKH_HOOK_SET(hooks);

#ifdef BKH_XATTR_HOOKS_ASK_CAP
static bool is_security(const char *name)
{
	return !strncmp(name, XATTR_SECURITY_PREFIX, XATTR_SECURITY_PREFIX_LEN);
}

/*
 * These kernels take a hook's word for that the capability was asked for, and
 * ask for it themselves only where no LSM has the hook. Where one is before
 * us, it did; else it is up to us, for every task on the host.
 */
static int ask_sys_admin(const struct dentry *dentry)
{
	return ns_capable(dentry->d_sb->s_user_ns, CAP_SYS_ADMIN) ? 0 : -EPERM;
}

static int ask_set(struct dentry *dentry, const char *name)
{
	/* For file capabilities the VFS has asked. */
	if (!is_security(name) || !strcmp(name, XATTR_NAME_CAPS) ||
	    !bkh_hook_is_first(&hooks[SETXATTR]))
		return 0;
	return ask_sys_admin(dentry);
}

static int ask_remove(struct bkh_idmap *idmap, struct dentry *dentry,
		      const char *name)
{
	if (!is_security(name) || !bkh_hook_is_first(&hooks[REMOVEXATTR]))
		return 0;
	if (strcmp(name, XATTR_NAME_CAPS))
		return ask_sys_admin(dentry);
	return capable_wrt_inode_uidgid(idmap, d_inode(dentry), CAP_SETFCAP) ?
	       0 : -EPERM;
}
#else
static int ask_set(struct dentry *dentry, const char *name)
{
	return 0;
}

static int ask_remove(struct bkh_idmap *idmap, struct dentry *dentry,
		      const char *name)
{
	return 0;
}
#endif

static int bkh_inode_setxattr(struct bkh_idmap *idmap, struct dentry *dentry,
			      const char *name, const void *value, size_t size,
			      int flags)
{
	int err = ask_set(dentry, name);

	return err ? err : judge_attr(dentry);
}

static int bkh_inode_removexattr(struct bkh_idmap *idmap, struct dentry *dentry,
				 const char *name)
{
	int err = ask_remove(idmap, dentry, name);

	return err ? err : judge_attr(dentry);
}
