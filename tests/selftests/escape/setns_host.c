// SPDX-License-Identifier: GPL-2.0-only
/*
 * nsenter: into the namespaces of a host's process, and there is no container
 * any more. `docker run --privileged --pid=host ... nsenter -t 1 -a` is that
 * in one line. Duffie Cooley, 2019; MITRE ATT&CK T1611.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <sys/mount.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "escape.h"
#include "host.h"
#include "tap.h"

#define NS_FILE	TOP "/host-uts"

/* In the host's mount namespace its paths are ours. */
static int spoil(void)
{
	return write_file(SECRET, SPOILT_TEXT);
}

static int by_proc(const struct args *a)
{
	char path[64];
	int fd;

	snprintf(path, sizeof(path), "/proc/%ld/ns/mnt", a->n[0]);
	fd = open(path, O_RDONLY);
	if (fd < 0 || setns(fd, CLONE_NEWNS))
		return errno;
	return spoil();
}

static int by_pidfd(const struct args *a)
{
	int fd = syscall(SYS_pidfd_open, a->n[0], 0);

	if (fd < 0 || setns(fd, CLONE_NEWNS | CLONE_NEWUTS))
		return errno;
	return spoil();
}

/* As `ip netns` keeps them: a namespace that is a file. */
static void keep_namespace(struct args *a)
{
	(void)a;
	put_file(NS_FILE, "");
	if (mount("/proc/self/ns/uts", NS_FILE, NULL, MS_BIND, NULL))
		bail("keep a namespace at " NS_FILE ": %m");
}

static void drop_namespace(void)
{
	sethostname("bulkhead-vm", 11);
	umount2(NS_FILE, MNT_DETACH);
}

static int by_file(const struct args *a)
{
	int fd = open("/run/host-uts", O_RDONLY);

	(void)a;
	if (fd < 0 || setns(fd, CLONE_NEWUTS))
		return errno;
	return sethostname("taken", 5) ? errno : 0;
}

static bool renamed(void)
{
	char name[64] = "";

	gethostname(name, sizeof(name) - 1);
	return name[0] == 't';
}

const struct escape setns_host[] = {
	{ "nsenter by /proc/PID/ns", { .caps = ALL_CAPS, .host_pid = true },
	  victim_start, .attempt = by_proc, .escaped = secret_spoilt,
	  .restore = victim_stop, .error = EACCES, .act = BULKHEAD_ACT_PTRACE,
	  .rule = "preset ptrace" },
	{ "nsenter by a pidfd", { .caps = ALL_CAPS, .host_pid = true },
	  victim_start, .attempt = by_pidfd, .escaped = secret_spoilt,
	  .restore = victim_stop, .error = EPERM, .act = BULKHEAD_ACT_PTRACE,
	  .rule = "preset ptrace" },
	{ "nsenter by a namespace that is a file",
	  { .caps = ALL_CAPS, .volumes = { NS_FILE, "/run/host-uts" } },
	  keep_namespace, .attempt = by_file, .escaped = renamed,
	  .restore = drop_namespace, .error = EPERM, .act = BULKHEAD_ACT_SETNS,
	  .rule = "preset setns" },
	{ NULL }
};
