// SPDX-License-Identifier: GPL-2.0-only
/*
 * The wrappers for kernels from 6.12 on, one for each hook that is planted
 * anywhere in this module: a wrapper has to have its hook's own type. They
 * count as sleepers, because the function behind may sleep.
 */
#include <linux/binfmts.h>
#include <linux/fs.h>
#include <linux/kernel_read_file.h>
#include <linux/key.h>
#include <linux/net.h>
#include <linux/security.h>

#include "attach/chain.h"
#include "attach/hooks.h"

#ifdef BKH_STATIC_CALLS

/* A declaration and two static calls, of the type that the hook has. */
#define CHAIN_CALLS(NAME)						\
	DEFINE_STATIC_CALL_NULL(bkh_first_##NAME,			\
		*((union security_list_options *)NULL)->NAME);		\
	DEFINE_STATIC_CALL_NULL(bkh_then_##NAME,			\
		*((union security_list_options *)NULL)->NAME)

#define CHAIN_ENTRY(NAME)						\
	struct bkh_chain bkh_chain_##NAME = {				\
		.function = { .NAME = chain_##NAME },			\
		.first_key = &STATIC_CALL_KEY(bkh_first_##NAME),	\
		.first_trampoline = &STATIC_CALL_TRAMP(bkh_first_##NAME),\
		.then_key = &STATIC_CALL_KEY(bkh_then_##NAME),		\
		.then_trampoline = &STATIC_CALL_TRAMP(bkh_then_##NAME),	\
	}

#define CHAIN(NAME, PROTO, ARGS)					\
	CHAIN_CALLS(NAME);						\
	static int chain_##NAME PROTO					\
	{								\
		int err;						\
									\
		bkh_hook_enter();					\
		err = static_call(bkh_first_##NAME) ARGS;		\
		if (!err)						\
			err = static_call(bkh_then_##NAME) ARGS;	\
		bkh_hook_exit();					\
		return err;						\
	}								\
	CHAIN_ENTRY(NAME)

#define CHAIN_VOID(NAME, PROTO, ARGS)					\
	CHAIN_CALLS(NAME);						\
	static void chain_##NAME PROTO					\
	{								\
		bkh_hook_enter();					\
		static_call(bkh_first_##NAME) ARGS;			\
		static_call(bkh_then_##NAME) ARGS;			\
		bkh_hook_exit();					\
	}								\
	CHAIN_ENTRY(NAME)

CHAIN(file_open, (struct file *file), (file));
CHAIN(file_permission, (struct file *file, int mask), (file, mask));
CHAIN(file_receive, (struct file *file), (file));
CHAIN(file_truncate, (struct file *file), (file));
CHAIN(file_fcntl, (struct file *file, unsigned int cmd, unsigned long arg),
	(file, cmd, arg));
CHAIN(file_mprotect, (struct vm_area_struct *vma, unsigned long reqprot,
		      unsigned long prot), (vma, reqprot, prot));
CHAIN(mmap_file, (struct file *file, unsigned long reqprot, unsigned long prot,
		  unsigned long flags), (file, reqprot, prot, flags));
CHAIN(path_unlink, (const struct path *dir, struct dentry *dentry),
	(dir, dentry));
CHAIN(path_rmdir, (const struct path *dir, struct dentry *dentry),
	(dir, dentry));
CHAIN(path_mkdir, (const struct path *dir, struct dentry *dentry, umode_t mode),
	(dir, dentry, mode));
CHAIN(path_mknod, (const struct path *dir, struct dentry *dentry, umode_t mode,
		   unsigned int dev), (dir, dentry, mode, dev));
CHAIN(path_symlink, (const struct path *dir, struct dentry *dentry,
		     const char *target), (dir, dentry, target));
CHAIN(path_link, (struct dentry *old_dentry, const struct path *new_dir,
		  struct dentry *new_dentry),
	(old_dentry, new_dir, new_dentry));
CHAIN(path_rename, (const struct path *old_dir, struct dentry *old_dentry,
		    const struct path *new_dir, struct dentry *new_dentry,
		    unsigned int flags),
	(old_dir, old_dentry, new_dir, new_dentry, flags));
CHAIN(path_truncate, (const struct path *path), (path));
CHAIN(path_chmod, (const struct path *path, umode_t mode), (path, mode));
CHAIN(path_chown, (const struct path *path, kuid_t uid, kgid_t gid),
	(path, uid, gid));
CHAIN(inode_setattr, (BKH_INODE_SETATTR_ARGS), (idmap, dentry, attr));
CHAIN(inode_setxattr, (struct bkh_idmap *idmap, struct dentry *dentry,
		       const char *name, const void *value, size_t size,
		       int flags), (idmap, dentry, name, value, size, flags));
CHAIN(inode_removexattr, (struct bkh_idmap *idmap, struct dentry *dentry,
			  const char *name), (idmap, dentry, name));
CHAIN(inode_set_acl, (struct bkh_idmap *idmap, struct dentry *dentry,
		      const char *name, struct posix_acl *acl),
	(idmap, dentry, name, acl));
CHAIN(inode_remove_acl, (struct bkh_idmap *idmap, struct dentry *dentry,
			 const char *name), (idmap, dentry, name));
#ifdef BKH_HAVE_INODE_FILE_SETATTR
CHAIN(inode_file_setattr, (struct dentry *dentry, struct file_kattr *fa),
	(dentry, fa));
#endif
CHAIN(inode_create, (struct inode *dir, struct dentry *dentry, umode_t mode),
	(dir, dentry, mode));
CHAIN(inode_unlink, (struct inode *dir, struct dentry *dentry), (dir, dentry));
CHAIN(path_chroot, (const struct path *path), (path));
CHAIN(bprm_creds_for_exec, (struct linux_binprm *bprm), (bprm));
CHAIN(bprm_check_security, (struct linux_binprm *bprm), (bprm));
CHAIN_VOID(bprm_committing_creds, (const struct linux_binprm *bprm), (bprm));
CHAIN(capable, (const struct cred *cred, struct user_namespace *ns, int cap,
		unsigned int opts), (cred, ns, cap, opts));
CHAIN(socket_create, (int family, int type, int protocol, int kern),
	(family, type, protocol, kern));
CHAIN(socket_connect, (struct socket *sock, struct sockaddr *addr, int len),
	(sock, addr, len));
CHAIN(socket_sendmsg, (struct socket *sock, struct msghdr *msg, int size),
	(sock, msg, size));
CHAIN(socket_bind, (struct socket *sock, struct sockaddr *addr, int len),
	(sock, addr, len));
CHAIN(socket_listen, (struct socket *sock, int backlog), (sock, backlog));
CHAIN(socket_setsockopt, (struct socket *sock, int level, int optname),
	(sock, level, optname));
CHAIN(sctp_bind_connect, (struct sock *sk, int optname,
			  struct sockaddr *address, int len),
	(sk, optname, address, len));
CHAIN(tun_dev_create, (void), ());
CHAIN(tun_dev_attach_queue, (void *security), (security));
CHAIN(tun_dev_attach, (struct sock *sk, void *security), (sk, security));
CHAIN(tun_dev_open, (void *security), (security));
CHAIN(task_alloc, (struct task_struct *task, bkh_clone_flags flags),
	(task, flags));
CHAIN(ptrace_access_check, (struct task_struct *child, unsigned int mode),
	(child, mode));
CHAIN(task_kill, (struct task_struct *task, struct kernel_siginfo *info,
		  int sig, const struct cred *cred), (task, info, sig, cred));
CHAIN(kernfs_init_security, (struct kernfs_node *dir, struct kernfs_node *kn),
	(dir, kn));
CHAIN(file_ioctl, (struct file *file, unsigned int cmd, unsigned long arg),
	(file, cmd, arg));
CHAIN(file_ioctl_compat, (struct file *file, unsigned int cmd,
			  unsigned long arg), (file, cmd, arg));
CHAIN(sb_mount, (const char *dev_name, const struct path *path,
		 const char *type, unsigned long flags, void *data),
	(dev_name, path, type, flags, data));
CHAIN(sb_remount, (struct super_block *sb, void *mnt_opts), (sb, mnt_opts));
CHAIN(sb_umount, (struct vfsmount *mnt, int flags), (mnt, flags));
CHAIN(sb_pivotroot, (const struct path *old_path, const struct path *new_path),
	(old_path, new_path));
CHAIN(path_notify, (const struct path *path, u64 mask, unsigned int obj_type),
	(path, mask, obj_type));
CHAIN(move_mount, (const struct path *from, const struct path *to),
	(from, to));
CHAIN(userns_create, (const struct cred *cred), (cred));
CHAIN(kernel_read_file, (struct file *file, enum kernel_read_file_id id,
			 bool contents), (file, id, contents));
CHAIN(kernel_load_data, (enum kernel_load_data_id id, bool contents),
	(id, contents));
#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 15, 0)
CHAIN(bpf, (int cmd, union bpf_attr *attr, unsigned int size, bool kernel),
	(cmd, attr, size, kernel));
CHAIN(perf_event_open, (int type), (type));
#else
CHAIN(bpf, (int cmd, union bpf_attr *attr, unsigned int size),
	(cmd, attr, size));
CHAIN(perf_event_open, (struct perf_event_attr *attr, int type), (attr, type));
#endif
CHAIN(inode_init_security_anon, (struct inode *inode, const struct qstr *name,
				 const struct inode *context),
	(inode, name, context));
CHAIN(key_alloc, (struct key *key, const struct cred *cred,
		  unsigned long flags), (key, cred, flags));
CHAIN(key_permission, (key_ref_t key_ref, const struct cred *cred,
		       enum key_need_perm need_perm),
	(key_ref, cred, need_perm));
CHAIN(syslog, (int type), (type));
CHAIN(unix_stream_connect, (struct sock *sock, struct sock *other,
			    struct sock *newsk), (sock, other, newsk));
CHAIN(unix_may_send, (struct socket *sock, struct socket *other),
	(sock, other));
CHAIN(task_setrlimit, (struct task_struct *task, unsigned int resource,
		       struct rlimit *new_rlim), (task, resource, new_rlim));
CHAIN(task_setnice, (struct task_struct *task, int nice), (task, nice));
CHAIN(task_setioprio, (struct task_struct *task, int ioprio), (task, ioprio));
CHAIN(task_setscheduler, (struct task_struct *task), (task));
CHAIN(task_movememory, (struct task_struct *task), (task));

#endif /* BKH_STATIC_CALLS */
