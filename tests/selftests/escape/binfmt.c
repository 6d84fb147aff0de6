// SPDX-License-Identifier: GPL-2.0-only
/*
 * An interpreter registered with binfmt_misc runs whenever anybody executes a
 * file of that kind; outside of user namespaces the table is the host's.
 * SentinelOne, "Shadow SUID for Privilege Persistence", 2019.
 */
#include <errno.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#include "escape.h"
#include "host.h"
#include "tap.h"

#define ON_HOST	TOP "/binfmt"
#define RULE	":bhescape:E::bhx::" HOST_PAYLOAD ":"
#define PROGRAM	TOP "/tool.bhx"

static void mount_table(struct args *a)
{
	(void)a;
	mount_at("binfmt_misc", ON_HOST, "binfmt_misc", 0, NULL);
	put_file(PROGRAM, "a program of another kind\n");
	if (chmod(PROGRAM, 0755))
		bail("chmod " PROGRAM ": %m");
}

static void remove_rule(void)
{
	write_file(ON_HOST "/bhescape", "-1");
	umount2(ON_HOST, MNT_DETACH);
}

static int register_rule(const char *file)
{
	int error = drop_payload();

	return error ? error : write_file(file, RULE);
}

static int by_own_mount(const struct args *a)
{
	(void)a;
	mkdir("/tmp/binfmt", 0755);
	if (mount("binfmt_misc", "/tmp/binfmt", "binfmt_misc", 0, NULL))
		return errno;
	return register_rule("/tmp/binfmt/register");
}

static int by_hosts_mount(const struct args *a)
{
	(void)a;
	return register_rule("/mnt/binfmt/register");
}

/* The host uses a program of its own. */
static bool host_runs_it(void)
{
	char out[256];

	RUN(out, PROGRAM);
	return owned();
}

const struct escape binfmt[] = {
	{ "binfmt_misc that it mounts", { .caps = ALL_CAPS }, mount_table,
	  .attempt = by_own_mount, .escaped = host_runs_it, .restore = remove_rule,
	  .error = EPERM, .act = BULKHEAD_ACT_MOUNT, .rule = "preset mount" },
	{ "binfmt_misc that it was given",
	  { .caps = ALL_CAPS, .volumes = { ON_HOST, "/mnt/binfmt" } }, mount_table,
	  .attempt = by_hosts_mount, .escaped = host_runs_it, .restore = remove_rule,
	  .error = EACCES, .act = BULKHEAD_ACT_OPEN, .rule = "preset proc-kernel" },
	{ NULL }
};
