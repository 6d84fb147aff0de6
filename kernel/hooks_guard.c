// SPDX-License-Identifier: GPL-2.0-only
/*
 * Guards: what keeps a task in its cgroup and its hands off its neighbours.
 * And where the making of a cgroup can still be refused.
 */
#include <linux/cgroup.h>
#include <linux/cred.h>
#include <linux/fsnotify_backend.h>
#include <linux/kernfs.h>
#include <linux/net.h>
#include <linux/netlink.h>
#include <linux/ptrace.h>
#include <linux/sched.h>
#include <linux/sched/signal.h>
#include <net/sock.h>

#include "domain.h"
#include "flow.h"
#include "hooks.h"
#include "judge.h"

/* Cloning straight into another cgroup is a way out of one's own. */
static int bkh_task_alloc(struct task_struct *task, bkh_clone_flags clone_flags)
{
	static const struct bkh_request r = {
		.act = BULKHEAD_ACT_CGROUP,
		.error = -EACCES,
	};

	if (!static_branch_unlikely(&bkh_bound) ||
	    !(clone_flags & CLONE_INTO_CGROUP))
		return 0;
	return bkh_judge_preset(BKH_PRESET_CGROUP_ESCAPE, &r);
}

/* Atomic. Also /proc/PID/mem, environ, maps, fd and their like. */
static int bkh_ptrace_access_check(struct task_struct *child,
				   unsigned int mode)
{
	const struct bkh_request r = {
		.act = BULKHEAD_ACT_PTRACE,
		.target = child->pid,
		.quiet = mode & PTRACE_MODE_NOAUDIT,
		.error = -EPERM,
	};

	if (!static_branch_unlikely(&bkh_bound))
		return 0;
	return bkh_judge_target(BKH_PRESET_PTRACE, child, &r);
}

/*
 * May be atomic. The kernel's own signals don't come here; those with
 * credentials are sent for a task that isn't the current one.
 */
static int bkh_task_kill(struct task_struct *p, struct kernel_siginfo *info,
			 int sig, const struct cred *cred)
{
	const struct bkh_request r = {
		.act = BULKHEAD_ACT_SIGNAL,
		.target = p->pid,
		.error = -EPERM,
	};

	if (!static_branch_unlikely(&bkh_bound) || cred)
		return 0;
	return bkh_judge_target(BKH_PRESET_SIGNAL, p, &r);
}

/* Changing how another task runs: limits, scheduling, memory placement. */
static int judge_tamper(struct task_struct *p)
{
	const struct bkh_request r = {
		.act = BULKHEAD_ACT_TAMPER,
		.target = p->pid,
		.error = -EPERM,
	};

	if (!static_branch_unlikely(&bkh_bound) || p == current)
		return 0;
	return bkh_judge_target(BKH_PRESET_PTRACE, p, &r);
}

/* Atomic. */
static int bkh_task_setrlimit(struct task_struct *p, unsigned int resource,
			      struct rlimit *new_rlim)
{
	return judge_tamper(p);
}

static int bkh_task_setnice(struct task_struct *p, int nice)
{
	return judge_tamper(p);
}

static int bkh_task_setioprio(struct task_struct *p, int ioprio)
{
	return judge_tamper(p);
}

static int bkh_task_setscheduler(struct task_struct *p)
{
	return judge_tamper(p);
}

static int bkh_task_movememory(struct task_struct *p)
{
	return judge_tamper(p);
}

/*
 * Fanotify opens for its listener what others open. A mark on a whole file
 * system yields the host's files from any one of them, as a handle does.
 */
static int bkh_path_notify(const struct path *path, u64 mask,
			   unsigned int obj_type)
{
	const struct bkh_request r = {
		.act = BULKHEAD_ACT_HANDLE,
		.path = path,
		.error = -EPERM,
	};

	if (!static_branch_unlikely(&bkh_bound) ||
	    obj_type != FSNOTIFY_OBJ_TYPE_SB)
		return 0;
	return bkh_judge_preset(BKH_PRESET_OPEN_BY_HANDLE, &r);
}

/*
 * A directory of the cgroup tree comes into being. Its domain is made by a
 * tracepoint that can't fail, so the memory is laid by here, where a failure
 * fails the mkdir. May sleep.
 */
static int bkh_kernfs_init_security(struct kernfs_node *dir,
				    struct kernfs_node *kn)
{
	int err;

	if (kernfs_type(kn) != KERNFS_DIR ||
	    dir->dir.root != cgrp_dfl_root.kf_root)
		return 0;
	bkh_hook_enter();
	err = bkh_domain_reserve();
	bkh_hook_exit();
	return err;
}

static int refuse_events(const struct sock *sk)
{
	const struct bkh_request r = bkh_sock_request(BULKHEAD_ACT_SOCKET, sk,
						      -EPERM);
	struct bkh_subject s;
	int err = 0;

	rcu_read_lock();
	if (bkh_subject_current(&s))
		err = bkh_refuse(&s, NULL, BKH_NONE, BULKHEAD_REASON_CONTROL,
				 &r);
	rcu_read_unlock();
	return err;
}

/*
 * Events are for the administrator. The kernel asks a subscriber for
 * CAP_SYS_ADMIN; root in a container that was given all may have that, so the
 * joining of generic netlink groups is refused to it. Which group it is can't
 * be seen from here.
 */
static int guard_events(const struct sock *sk)
{
	const struct cred *cred = current_cred();

	if (sk->sk_family != AF_NETLINK || sk->sk_protocol != NETLINK_GENERIC)
		return 0;
	if (cred->user_ns != &init_user_ns ||
	    !cap_raised(cred->cap_effective, CAP_SYS_ADMIN))
		return 0;
	return refuse_events(sk);
}

static int bkh_socket_setsockopt(struct socket *sock, int level, int optname)
{
	if (!static_branch_unlikely(&bkh_bound) || level != SOL_NETLINK ||
	    optname != NETLINK_ADD_MEMBERSHIP)
		return 0;
	return guard_events(sock->sk);
}

int bkh_guard_netlink_bind(const struct sock *sk, const struct sockaddr *addr,
			   int len)
{
	const struct sockaddr_nl *nl = (const struct sockaddr_nl *)addr;

	if (len < (int)sizeof(*nl) || !nl->nl_groups)
		return 0;
	return guard_events(sk);
}

static struct bkh_hook hooks[] = {
	BKH_HOOK(socket_setsockopt, bkh_socket_setsockopt),
	BKH_HOOK(task_alloc, bkh_task_alloc),
	BKH_HOOK(ptrace_access_check, bkh_ptrace_access_check),
	BKH_HOOK(task_kill, bkh_task_kill),
	BKH_HOOK(task_setrlimit, bkh_task_setrlimit),
	BKH_HOOK(task_setnice, bkh_task_setnice),
	BKH_HOOK(task_setioprio, bkh_task_setioprio),
	BKH_HOOK(task_setscheduler, bkh_task_setscheduler),
	BKH_HOOK(task_movememory, bkh_task_movememory),
	BKH_HOOK(path_notify, bkh_path_notify),
	BKH_HOOK(kernfs_init_security, bkh_kernfs_init_security),
};

struct bkh_hook_set bkh_guard_hooks = BKH_HOOK_SET(hooks);
