// SPDX-License-Identifier: GPL-2.0-only
/*
 * A box whose root is F "/jail": rules speak of paths as it sees them, and of
 * nothing else. What it can reach without a path is closed to it.
 */
#include <errno.h>
#include <linux/bulkhead.h>

#include "file_acts.h"
#include "host.h"
#include "jail.h"
#include "policy.h"
#include "tap.h"
#include "trial.h"

#define R		BULKHEAD_PERM_READ
#define SECRET		"deny r /secret"
#define UNREACHABLE(a, r)	.error = EACCES,			\
	.want = { .act = BULKHEAD_ACT_##a, .rule = r,			\
		  .reason = BULKHEAD_REASON_UNREACHABLE, .path = ANY_PATH }

static const struct trial rooted[] = {
	{ "own root: read", act_read_jailed, { "/public", F "/jail" } },
	{ "own root: denied", act_read_jailed, { "/secret", F "/jail" },
	  .error = EACCES,
	  .want = { .act = BULKHEAD_ACT_OPEN, .perms = R, .rule = SECRET } },
	{ "own root: no way out by dots", act_read_jailed,
	  { "/../../../../secret", F "/jail" }, .error = EACCES,
	  .want = { .act = BULKHEAD_ACT_OPEN, .perms = R, .rule = SECRET,
		    .path = "/secret" } },
	{ "a folder of another mount namespace", act_openat_kept,
	  { "public", F "/jail" }, UNREACHABLE(OPEN, "default: allow") },
	{ "chroot to a folder of its own", act_chroot_jailed, { "/inner", F "/jail" } },
	{ "chroot to a folder of another mount namespace", act_chroot_kept,
	  { "", F "/jail" }, UNREACHABLE(CHROOT, "default: allow") },
};

static const struct trial detached[] = {
	{ "a detached mount", act_openat_kept, { "public", F "/jail" },
	  UNREACHABLE(OPEN, "default: allow") },
	{ "chroot to a detached mount", act_chroot_kept, { "", F "/jail" },
	  UNREACHABLE(CHROOT, "default: allow") },
};

unsigned int jail_points(void)
{
	return TRIAL_POINTS * (ARRAY_SIZE(rooted) + ARRAY_SIZE(detached));
}

/* @keep: what the task takes along from before it was confined. */
static void jail_box(const char *cgroup, act_fn keep, act_fn enter,
		     const struct trial *t, unsigned int n)
{
	const struct args args = { .path2 = F "/jail" };
	struct box b;

	box_open(&b, cgroup);
	errno = box_become(&b, keep, &args);
	if (errno)
		bail("keep a folder: %m");
	errno = box_become(&b, enter, &args);
	if (errno)
		bail("enter the jail: %m");
	box_confine(&b, "jail");
	trials_run(&b, "jail", t, n);
	box_close(&b);
}

void jail(void)
{
	make_dir(F "/jail/inner");
	put_file(F "/jail/public", "public\n");
	put_file(F "/jail/secret", "secret\n");
	put_file(F "/jail/inner/secret", "secret\n");
	jail_box("bh-jail", act_keep, act_pivot, rooted, ARRAY_SIZE(rooted));
	jail_box("bh-detached", act_keep_detached, act_nothing, detached,
		 ARRAY_SIZE(detached));
}
