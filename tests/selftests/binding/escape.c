// SPDX-License-Identifier: GPL-2.0-only
/* A confined process, root with all capabilities, can't move itself out. */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>
#include <linux/bulkhead.h>
#include <linux/sched.h>

#include "control.h"
#include "parts.h"

#define MIRROR		TOP "/cgroups"	/* the same tree, mounted again */
#define GUARDED(p)	.error = EACCES, .want = {			\
	.act = BULKHEAD_ACT_CGROUP, .reason = BULKHEAD_REASON_PRESET,	\
	.rule = "preset cgroup-escape", .path = p }

/* Writes "0": who writes it moves. */
static int act_move_self(const struct args *a)
{
	return write_file(a->path, "0");
}

static int act_mkdir(const struct args *a)
{
	return mkdir(a->path, 0755) ? errno : 0;
}

static int act_clone_into(const struct args *a)
{
	int status, dir = open(a->path, O_PATH | O_DIRECTORY);
	struct clone_args c = {
		.flags = CLONE_INTO_CGROUP,
		.exit_signal = SIGCHLD,
		.cgroup = dir,
	};
	pid_t pid = dir < 0 ? -1 : syscall(SYS_clone3, &c, sizeof(c));

	if (!pid)
		_exit(0);
	return pid < 0 || waitpid(pid, &status, 0) != pid ? errno : 0;
}

/* By a descriptor of cgroup.procs that somebody opened before. */
static int kept = -1;

static int act_keep_procs(const struct args *a)
{
	kept = open(a->path, O_WRONLY);
	return kept < 0 ? errno : 0;
}

static int act_move_by_kept(const struct args *a)
{
	int error = kept < 0 ? act_keep_procs(a) : 0;

	return error ? error : write(kept, "0", 1) != 1 ? errno : 0;
}

/* The twins leave folders behind. */
static void no_folder(const struct args *a)
{
	rmdir(a->path);
}

static const struct trial trials[] = {
	{ "write to the root's cgroup.procs", act_move_self,
	  { CGROUPS "/cgroup.procs" }, GUARDED(CGROUPS "/cgroup.procs") },
	{ "write to another's cgroup.procs", act_move_self,
	  { CGROUPS "/bh-free/cgroup.procs" },
	  GUARDED(CGROUPS "/bh-free/cgroup.procs") },
	{ "write by another mount of the tree", act_move_self,
	  { MIRROR "/bh-free/cgroup.procs" },
	  GUARDED(MIRROR "/bh-free/cgroup.procs") },
	{ "make a cgroup", act_mkdir, { CGROUPS "/bh-new" },
	  GUARDED(CGROUPS "/bh-new"), .again = no_folder },
	{ "make a cgroup in its own", act_mkdir, { CGROUPS "/bh-pat-e/new" },
	  GUARDED(CGROUPS "/bh-pat-e/new"), .again = no_folder },
	{ "clone into another cgroup", act_clone_into, { CGROUPS "/bh-free" },
	  GUARDED(ANY_PATH) },
	{ "write to a cgroup.procs that was opened before", act_move_by_kept,
	  { CGROUPS "/bh-free/cgroup.procs" }, GUARDED(ANY_PATH) },
	{ "read its own cgroup.procs", act_read, { CGROUPS "/bh-pat-e/cgroup.procs" } },
};

#define LEFT_IN_PLACE	2
const unsigned int escape_points = TRIAL_POINTS * ARRAY_SIZE(trials) + LEFT_IN_PLACE;

void escape(void)
{
	const struct args before = { CGROUPS "/bh-free/cgroup.procs" };
	char procs[256];
	struct box b;

	cgroup_make("bh-free");
	mount_at("cgroup2", MIRROR, "cgroup2", 0, NULL);
	box_open(&b, "bh-pat-e");
	errno = box_become(&b, act_keep_procs, &before);
	if (errno)
		bail("open cgroup.procs: %m");
	errno = control_arm(b.pid);
	if (errno)
		bail("arm: %m");
	trials_run(&b, "bound", trials, ARRAY_SIZE(trials));
	read_file(CGROUPS "/bh-free/cgroup.procs", procs, sizeof(procs));
	ok(!*procs, "nobody is where nobody was let");
	confined(&b, "the box still is");
	no_folder(&(const struct args){ CGROUPS "/bh-pat-e/new" });
	no_folder(&(const struct args){ CGROUPS "/bh-new" });
	box_close(&b);
	umount2(MIRROR, MNT_DETACH);
	cgroup_remove("bh-free");
}
