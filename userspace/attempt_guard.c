// SPDX-License-Identifier: GPL-2.0-only
/* What the doctor tries: a capability, and acts upon what is outside. */
#include <errno.h>
#include <linux/sched.h>
#include <signal.h>
#include <stdio.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "attempt.h"

static int result(long r)
{
	return r < 0 ? errno : 0;
}

/* A higher priority takes CAP_SYS_NICE. */
static int try_nice(const struct scene *s)
{
	(void)s;
	return result(setpriority(PRIO_PROCESS, 0, -1));
}

static int try_clone(const struct scene *s)
{
	struct clone_args args = {
		.flags = CLONE_INTO_CGROUP,
		.exit_signal = SIGCHLD,
		.cgroup = s->cgroup,
	};
	long pid = syscall(SYS_clone3, &args, sizeof(args));

	if (!pid)
		_exit(0);
	return result(pid);
}

/* What a tracer may see of another task. */
static int try_trace(const struct scene *s)
{
	char path[64], link[64];

	snprintf(path, sizeof(path), "/proc/%d/exe", (int)s->outsider);
	return result(readlink(path, link, sizeof(link)));
}

static int try_kill(const struct scene *s)
{
	return result(kill(s->outsider, 0));
}

const struct attempt attempts_guard[] = {
	{ .act = BULKHEAD_ACT_CAPABLE, .hook = "capable", .run = try_nice,
	  .rule = "deny sys_nice", .refused = EACCES },
	{ .act = BULKHEAD_ACT_CGROUP, .hook = "task_alloc", .run = try_clone,
	  .rule = "preset cgroup-escape", .refused = EACCES },
	{ .act = BULKHEAD_ACT_PTRACE, .hook = "ptrace_access_check", .run = try_trace,
	  .rule = "preset ptrace", .refused = EACCES },
	{ .act = BULKHEAD_ACT_SIGNAL, .hook = "task_kill", .run = try_kill,
	  .rule = "preset signal", .refused = EPERM },
	{ 0 },
};

const struct unshown hooks_unshown[] = {
	{ "bprm_creds_for_exec", "prepares what bprm_check_security decides" },
	{ "kernel_load_data", "capable refuses before it" },
	{ "kernel_read_file", "capable refuses before it" },
	{ "kernfs_init_security", "refuses only where memory is short" },
	{ "sb_remount", "sb_mount or capable refuses before it" },
	{ "task_movememory", "ptrace_access_check refuses before it" },
	{ "tun_dev_attach", "tun_dev_create or tun_dev_open refuses before it" },
	{ 0 },
};
