// SPDX-License-Identifier: GPL-2.0-only
/*
 * Guards: what keeps a task in its cgroup and its hands off its neighbours.
 * And where the making of a cgroup can still be refused.
 */
#include <linux/cgroup.h>
#include <linux/kernfs.h>
#include <linux/ptrace.h>
#include <linux/sched.h>
#include <linux/sched/signal.h>

#include "domain.h"
#include "hooks.h"
#include "judge.h"

/* Cloning straight into another cgroup is a way out of one's own. */
static int bkh_task_alloc(struct task_struct *task, unsigned long clone_flags)
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

/* May be atomic. The kernel's own signals don't come here. */
static int bkh_task_kill(struct task_struct *p, struct kernel_siginfo *info,
			 int sig, const struct cred *cred)
{
	const struct bkh_request r = {
		.act = BULKHEAD_ACT_SIGNAL,
		.target = p->pid,
		.error = -EPERM,
	};

	if (!static_branch_unlikely(&bkh_bound))
		return 0;
	return bkh_judge_target(BKH_PRESET_SIGNAL, p, &r);
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

static struct bkh_hook hooks[] = {
	BKH_HOOK(task_alloc, bkh_task_alloc),
	BKH_HOOK(ptrace_access_check, bkh_ptrace_access_check),
	BKH_HOOK(task_kill, bkh_task_kill),
	BKH_HOOK(kernfs_init_security, bkh_kernfs_init_security),
};

struct bkh_hook_set bkh_guard_hooks = BKH_HOOK_SET(hooks);
