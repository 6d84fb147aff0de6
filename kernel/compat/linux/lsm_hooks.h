/* SPDX-License-Identifier: GPL-2.0-only */
/* Types of hook arguments that changed. */
#ifndef BKH_COMPAT_LINUX_LSM_HOOKS_H
#define BKH_COMPAT_LINUX_LSM_HOOKS_H

#include_next <linux/lsm_hooks.h>
#include <linux/types.h>
#include <linux/version.h>

/* 6.6, "security: Constify bprm of bprm_committ{ing,ed}_creds()" */
#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 6, 0)
typedef const struct linux_binprm bkh_committing_bprm;
#else
typedef struct linux_binprm bkh_committing_bprm;
#endif

/* 6.18, "copy_process: pass clone_flags as u64 across calltree" */
#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 18, 0)
typedef u64 bkh_clone_flags;
#else
typedef unsigned long bkh_clone_flags;
#endif

/*
 * 6.15, "security: Propagate caller information in bpf hooks" and "perf/core:
 * Remove unneeded attr of security_perf_event_open()"
 */
#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 15, 0)
#define BKH_HOOK_BPF(FN) \
	int FN(int cmd, union bpf_attr *attr, unsigned int size, bool kernel)
#define BKH_HOOK_PERF_EVENT_OPEN(FN) int FN(int type)
#else
#define BKH_HOOK_BPF(FN) \
	int FN(int cmd, union bpf_attr *attr, unsigned int size)
#define BKH_HOOK_PERF_EVENT_OPEN(FN) \
	int FN(struct perf_event_attr *attr, int type)
#endif

/* 6.2, "security: Create file_truncate hook from path_truncate hook" */
#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 2, 0)
#define BKH_HAVE_FILE_TRUNCATE
#endif

/* 6.2, "fs: pass dentry to set acl method": ACLs went by setxattr before */
#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 2, 0)
#define BKH_HAVE_INODE_SET_ACL
#endif

/* 6.3, "fs: port xattr to mnt_idmap" and its kin */
#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 3, 0)
#define bkh_idmap mnt_idmap
#else
#define bkh_idmap user_namespace
#endif

/* 6.9, "security: Introduce inode_post_setattr hook" and its series */
#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 9, 0)
#define BKH_INODE_SETATTR_ARGS						\
	struct mnt_idmap *idmap, struct dentry *dentry, struct iattr *attr
#else
#define BKH_INODE_SETATTR_ARGS struct dentry *dentry, struct iattr *attr
#endif

/* 6.10, "lsm: fixup the inode xattr capability handling" */
#if LINUX_VERSION_CODE < KERNEL_VERSION(6, 10, 0)
#define BKH_XATTR_HOOKS_ASK_CAP
#endif

/* 6.17, "lsm: introduce new hooks for setting/getting inode fsxattr" */
#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 17, 0)
#define BKH_HAVE_INODE_FILE_SETATTR
#endif

#endif /* BKH_COMPAT_LINUX_LSM_HOOKS_H */
