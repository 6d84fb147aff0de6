// SPDX-License-Identifier: GPL-2.0-only
/*
 * Arming: a task that comes from outside is forming until it executes a
 * program, unless that is the runtime's own doing.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>
#include <linux/bulkhead.h>

#include "control.h"
#include "parts.h"

#define MEMFD	"/proc/self/fd/9"

/* The helper, in a memfd at number 9: as runc 1.1 executes itself. */
static int act_memfd_helper(const struct args *a)
{
	int fd = memfd_create("runc", 0), error = copy_to(HELPER, fd);

	(void)a;
	if (error)
		return error;
	if (dup2(fd, 9) < 0)
		return errno;
	return close(fd) ? errno : 0;
}

/* A mount namespace where TOP holds another "runtime" than the host's. */
static int act_own_tree(const struct args *a)
{
	(void)a;
	if (unshare(CLONE_NEWNS) ||
	    mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) ||
	    mount(TOP "/image", TOP "/image", NULL, MS_BIND, NULL) ||
	    chdir(TOP "/image") ||
	    syscall(SYS_pivot_root, ".", ".") || umount2(".", MNT_DETACH))
		return errno;
	return chdir("/") ? errno : 0;
}

static void moved_in(void)
{
	struct control_status status;
	struct control_domain d;
	struct box b;

	box_open(&b, "bh-pat-1");
	ok(!control_domain(b.id, &d) && d.flags == BULKHEAD_DOMAIN_PATTERN &&
	   d.policies == 1, "a pattern binds a cgroup when it is made");
	unconfined(&b, "moved in: forming, its child too");
	ok(!control_forming(b.pid), "moved in: listed as forming");
	ok(!control_status(&status) && status.forming == 2,
	   "status counts it, and the one of old_begin()");
	ok(!box_exec(&b, HELPER), "it executes the entry point");
	confined(&b, "after that it is confined, its child too");
	ok(control_forming(b.pid) == ENOENT, "and no longer listed");
	ok(!box_exec(&b, HELPER), "it executes another program");
	confined(&b, "and stays confined");
	box_close(&b);
}

static void cloned_into(void)
{
	struct box b;

	box_open_cloned(&b, "bh-pat-2");
	unconfined(&b, "cloned straight into it: forming");
	ok(!box_exec(&b, HELPER), "cloned: executes");
	confined(&b, "cloned: confined");
	box_close(&b);
}

static void runtimes(void)
{
	const struct args none = { 0 };
	struct box b;

	box_open(&b, "bh-pat-3");
	errno = box_become(&b, act_memfd_helper, &none);
	if (errno)
		bail("a memfd with the helper: %m");
	ok(!box_exec(&b, MEMFD), "forming: executes a memfd");
	unconfined(&b, "forming still");
	ok(!box_exec(&b, TOP "/runtime"), "forming: executes a setup program");
	unconfined(&b, "forming still");
	ok(!box_exec(&b, HELPER), "forming: executes any other");
	confined(&b, "confined");
	ok(!box_exec(&b, TOP "/runtime"), "confined: executes a setup program");
	confined(&b, "a setup program does not set free");
	box_close(&b);
}

static void impostor(void)
{
	const struct args none = { 0 };
	struct box b;

	make_dir(TOP "/image/" TOP);
	put_file(TOP "/image/" SECRET, "secret\n");
	copy_self(TOP "/image/" TOP "/runtime");
	box_open(&b, "bh-pat-4");
	errno = box_become(&b, act_own_tree, &none);
	if (errno)
		bail("a tree of its own: %m");
	ok(!box_exec(&b, TOP "/runtime"),
	   "executes what has a setup program's path in the image");
	confined(&b, "the image has no setup programs");
	box_close(&b);
}

/* The entry point's execution is the first act that is judged. */
static void entry_point(void)
{
	struct want want = {
		.policy = "gate", .rule = "default: deny", .path = SECRET,
		.act = BULKHEAD_ACT_EXEC, .perms = BULKHEAD_PERM_EXEC,
	};
	struct box b;

	box_open(&b, "bh-gate");
	want.cgroup = b.id;
	want.pid = b.pid;
	chmod(SECRET, 0755);
	ok(box_exec(&b, SECRET) == EACCES && event_wanted(&want),
	   "an entry point that the policy does not list");
	chmod(SECRET, 0644);
	allowed(&b, SECRET, "a refused one does not arm");
	ok(!control_forming(b.pid), "forming still");
	ok(!box_exec(&b, HELPER), "an entry point that it lists");
	denied(&b, SECRET, "gate", CONFINED_RULE, "arms");
	box_close(&b);
}

/* execve() by a thread that is not the first: it takes the first one's place. */
static void *thread_exec(void *unused)
{
	(void)unused;
	execl(HELPER, HELPER, "serve", "3", NULL);
	return NULL;
}

static int act_thread_exec(const struct args *a)
{
	pthread_t thread;

	(void)a;
	if (pthread_create(&thread, NULL, thread_exec, NULL))
		return EAGAIN;
	pthread_join(thread, NULL);
	return ENOEXEC;
}

static void by_thread(void)
{
	const struct args none = { 0 };
	char pid[16];
	struct box b;

	box_open(&b, "bh-pat-t");
	ok(!box_become(&b, act_thread_exec, &none), "a second thread executes");
	confined(&b, "thread: confined");
	b.id = cgroup_make("bh-pat-u");
	snprintf(pid, sizeof(pid), "%d", b.pid);
	ok(!write_file(CGROUPS "/bh-pat-u/cgroup.procs", pid), "thread: moved on");
	confined(&b, "thread: confined still");
	box_close(&b);
	cgroup_remove("bh-pat-u");
}

/* Ten seconds is when status begins to warn. */
static struct box old;
static double old_since;

void old_begin(void)
{
	box_open(&old, "bh-pat-old");
	old_since = seconds();
}

void old_end(void)
{
	struct control_status status;
	char out[4096];

	ok(seconds() - old_since > 9.9 ||
	   (!control_status(&status) && !status.forming_old), "it is not old yet");
	while (seconds() - old_since < 10.5)
		sleep_ms(100);
	ok(!control_status(&status) && status.forming_old == 1,
	   "a task that forms for ten seconds is old");
	RUN(out, "bulkhead", "status");
	ok(strstr(out, "forming"), "bulkhead status says so");
	unconfined(&old, "it is forming still");
	box_close(&old);
}

static void by_hand(void)
{
	struct box b;

	box_open(&b, "bh-pat-5");
	ok(!control_arm(b.pid), "arm a forming task by hand");
	confined(&b, "confined without executing anything");
	ok(control_arm(b.pid), "it can't be armed twice");
	box_close(&b);
}

static void moved_on(void)
{
	char pid[16];
	struct box b;

	box_open(&b, "bh-pat-6");
	box_exec(&b, HELPER);
	b.id = cgroup_make("bh-pat-7");
	snprintf(pid, sizeof(pid), "%d", b.pid);
	ok(!write_file(CGROUPS "/bh-pat-7/cgroup.procs", pid),
	   "the host moves a confined task to another bound cgroup");
	confined(&b, "it is not forming again");
	box_close(&b);
	cgroup_remove("bh-pat-7");
}

void arming(void)
{
	moved_in();
	cloned_into();
	runtimes();
	impostor();
	entry_point();
	by_thread();
	by_hand();
	moved_on();
}
