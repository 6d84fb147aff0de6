// SPDX-License-Identifier: GPL-2.0-only
/* A control group as a user names it on the command line. */
#include <errno.h>
#include <string.h>

#include "cgroup_arg.h"
#include "lib/cleanup.h"
#include "output.h"

int find_mount(char **mount)
{
	int err = cgroup_mount(mount);

	if (!err)
		return STATUS_OK;
	if (err != -ENOENT)
		return complain(STATUS_REFUSED, "can't read /proc/self/mountinfo: %s",
				strerror(-err));
	complain(STATUS_REFUSED, "cgroup v2 is mounted nowhere");
	advise("mount it: mount -t cgroup2 none /sys/fs/cgroup");
	return STATUS_REFUSED;
}

static int complain_ambiguous(const char *spec, char *other)
{
	char *path cleanup_free = printable(other ? other : "");

	complain(STATUS_REFUSED, "more than one container's id starts with '%s'", spec);
	if (other)
		advise("one is %s; give more of the id", path);
	free(other);
	return STATUS_REFUSED;
}

int find_cgroup(struct cgroup *cg, const char *spec)
{
	char *mount cleanup_free = NULL;
	char *other = NULL;
	int status, err;

	status = find_mount(&mount);
	if (status)
		return status;
	err = cgroup_find(cg, mount, spec, &other);
	switch (err) {
	case 0:
		return STATUS_OK;
	case -ENOTUNIQ:
		return complain_ambiguous(spec, other);
	case -ENOENT:
		complain(STATUS_REFUSED, "no cgroup and no container '%s'", spec);
		advise("give a path below %s, or the first characters of a container's id", mount);
		return STATUS_REFUSED;
	default:
		return complain(STATUS_REFUSED, "can't look at cgroup '%s': %s", spec,
				strerror(-err));
	}
}
