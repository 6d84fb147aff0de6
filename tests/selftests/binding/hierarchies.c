// SPDX-License-Identifier: GPL-2.0-only
/*
 * Other hierarchies of cgroups count their ids from one, too, and call their
 * groups as they like: what happens there concerns no domain.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>
#include <linux/bulkhead.h>

#include "control.h"
#include "parts.h"

#define OLD_	TOP "/v1"
#define TRIES	2000

static uint64_t make_old(const char *name)
{
	char path[128];
	struct stat st;

	snprintf(path, sizeof(path), OLD_ "/%s", name);
	if (mkdir(path, 0755) || stat(path, &st))
		bail("mkdir %s: %m", path);
	return st.st_ino;
}

static void remove_old(const char *name)
{
	char path[128];

	snprintf(path, sizeof(path), OLD_ "/%s", name);
	if (rmdir(path))
		bail("rmdir %s: %m", path);
}

/* Other controllers take other numbers of ids: steps alike need not meet. */
static void make_odd_step(const char *name, int n)
{
	static const char *const controllers[] = {
		"-pids", "+cpu", "+memory", "+pids", "-cpu", "+io", "-memory", "+cpu",
		"-io", "-cpu",
	};
	char inner[128];

	/* One a write: a kernel without one of them would refuse them all. */
	snprintf(inner, sizeof(inner), CGROUPS "/%s/cgroup.subtree_control", name);
	write_file(inner, controllers[n % ARRAY_SIZE(controllers)]);
	snprintf(inner, sizeof(inner), "%s/odd", name);
	cgroup_make(inner);
	cgroup_remove(inner);
}

/*
 * Make groups in both until one of each has the same id: whoever is behind
 * makes the next. Ids aren't used again.
 */
static void make_twins(const char *name)
{
	uint64_t own = cgroup_make(name), other = make_old("twin");
	int tries = 0;

	/* Or the steps could not differ. */
	write_file(CGROUPS "/cgroup.subtree_control", "+pids");
	write_file(CGROUPS "/cgroup.subtree_control", "+cpu");
	write_file(CGROUPS "/cgroup.subtree_control", "+memory");
	write_file(CGROUPS "/cgroup.subtree_control", "+io");
	while (own != other) {
		if (own > other) {
			remove_old("twin");
			other = make_old("twin");
			continue;
		}
		/* To get here first takes as long as there were cgroups before. */
		if (tries++ == TRIES)
			bail("no two groups with the same id: %llu, %llu",
			     (unsigned long long)own, (unsigned long long)other);
		make_odd_step(name, tries);
		cgroup_remove(name);
		own = cgroup_make(name);
	}
}

static uint32_t domains_now(void)
{
	struct control_status status;

	if (control_status(&status))
		bail("no status");
	return status.domains;
}

/* In a child: into the twin of a bound cgroup, in the other hierarchy. */
static int act_join_old(const struct args *a)
{
	struct control_status before, after;

	(void)a;
	if (control_status(&before) || write_file(OLD_ "/twin/cgroup.procs", "0") ||
	    control_status(&after))
		return EIO;
	return after.forming == before.forming ? 0 : EPERM;
}

void hierarchies(void)
{
	const struct args none = { 0 };
	struct control_domain d;
	uint32_t before;
	struct box b;

	mount_at("none", OLD_, "cgroup", 0, "none,name=bulkhead-test");
	before = domains_now();
	make_old("bh-pat-old");
	ok(domains_now() == before, "no pattern binds a group of another hierarchy");
	remove_old("bh-pat-old");
	make_twins("bh-pat-v");
	box_open(&b, "bh-pat-v");
	ok(!box_exec(&b, HELPER), "a box, whose cgroup has a twin of the same id");
	ok(!forked(act_join_old, &none, NULL), "who joins the twin does not form");
	remove_old("twin");
	ok(!control_domain(b.id, &d) && !(d.flags & BULKHEAD_DOMAIN_DEAD),
	   "the twin is removed: the domain is there, and alive");
	confined(&b, "and the box is confined still");
	box_close(&b);
	umount2(OLD_, 0);
}
