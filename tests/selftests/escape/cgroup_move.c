// SPDX-License-Identifier: GPL-2.0-only
/*
 * Root that sees the cgroup tree writes its own number into another group's
 * cgroup.procs: out of its limits, and out of all that is bound to its group.
 * Gao et al., "Houdini's Escape: Breaking the Resource Rein of Linux Control
 * Groups", CCS 2019.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>
#include <linux/capability.h>

#include "escape.h"
#include "host.h"

#define FREE	"bh-escaped"

static void make_free(struct args *a)
{
	(void)a;
	cgroup_make(FREE);
}

static void remove_free(void)
{
	cgroup_remove(FREE);
}

/* He is out where the kernel says so. */
static int move(const char *procs)
{
	char text[256];
	int error = write_file(procs, "0");

	if (error)
		return error;
	read_file("/proc/self/cgroup", text, sizeof(text));
	return strstr(text, "/" FREE) ? 0 : EIO;
}

static int by_own_mount(const struct args *a)
{
	(void)a;
	mkdir("/tmp/cgroup", 0755);
	if (mount("cgroup2", "/tmp/cgroup", "cgroup2", 0, NULL))
		return errno;
	return move("/tmp/cgroup/" FREE "/cgroup.procs");
}

static int by_hosts_mount(const struct args *a)
{
	(void)a;
	return move("/mnt/cgroup/" FREE "/cgroup.procs");
}

const struct escape cgroup_move[] = {
	{ "out of the cgroup by a tree that it mounts",
	  { .caps = CAP(CAP_SYS_ADMIN), .host_cgroup = true }, make_free,
	  .attempt = by_own_mount, .restore = remove_free, .error = EPERM,
	  .act = BULKHEAD_ACT_MOUNT, .rule = "preset mount" },
	{ "out of the cgroup by the host's tree",
	  { .volumes = { CGROUPS, "/mnt/cgroup" }, .host_cgroup = true }, make_free,
	  .attempt = by_hosts_mount, .restore = remove_free, .error = EACCES,
	  .act = BULKHEAD_ACT_CGROUP, .rule = "preset cgroup-escape" },
	{ NULL }
};
