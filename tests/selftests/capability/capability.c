// SPDX-License-Identifier: GPL-2.0-only
/* Capabilities: those that the policy lists, in any user namespace. */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <linux/bulkhead.h>
#include <linux/capability.h>

#include "acts.h"
#include "host.h"
#include "suite.h"
#include "tap.h"
#include "trial.h"

#define FILE_	TOP "/owned"
#define DENIED(c, r)	.error = EPERM, \
	.want = { .act = BULKHEAD_ACT_CAPABLE, .capability = c, .rule = r }

static const char listed_yaml[] =
"bulkhead: 1\n"
"policy: listed\n"
"mode: enforce\n"
"capability:\n"
"  default: deny\n"
"  allow: [chown, net_bind_service]\n";

static const char unlisted_yaml[] =
"bulkhead: 1\n"
"policy: unlisted\n"
"mode: enforce\n"
"capability:\n"
"  default: allow\n"
"  deny: [sys_admin]\n";

static int act_chown(const struct args *a)
{
	return chown(a->path, 1, 1) ? errno : 0;
}

static int act_nice(const struct args *a)
{
	(void)a;
	return nice(-1) == -1 && errno ? errno : 0;
}

static int act_chroot(const struct args *a)
{
	return chroot(a->path) ? errno : 0;
}

/* Of the task itself: root in a user namespace, with a UTS namespace in it. */
static int act_userns(const struct args *a)
{
	(void)a;
	if (unshare(CLONE_NEWUSER | CLONE_NEWUTS))
		return errno;
	write_file("/proc/self/setgroups", "deny");
	return write_file("/proc/self/uid_map", "0 0 1");
}

static int act_hostname_userns(const struct args *a)
{
	/* The box is in one already; the twin outside makes its own. */
	int error = a->n[0] == getppid() ? 0 : act_userns(a);

	return error ? error : act_hostname(a);
}

static const struct trial listed[] = {
	{ "on the list", act_chown, { FILE_ } },
	{ "not on the list: CAP_SYS_ADMIN", act_hostname, { "" },
	  DENIED(CAP_SYS_ADMIN, "default: deny") },
	{ "not on the list: CAP_SYS_NICE", act_nice, { "" },
	  DENIED(CAP_SYS_NICE, "default: deny") },
	{ "not on the list: CAP_SYS_CHROOT", act_chroot, { TOP },
	  DENIED(CAP_SYS_CHROOT, "default: deny") },
};

static const struct trial unlisted[] = {
	{ "not listed, default allow", act_nice, { "" } },
	{ "denied by name", act_hostname, { "" },
	  DENIED(CAP_SYS_ADMIN, "deny: [sys_admin]") },
};

#define IN_USERNS	2

unsigned int suite_points(void)
{
	return TRIAL_POINTS * (ARRAY_SIZE(listed) + ARRAY_SIZE(unlisted) + IN_USERNS) + 1;
}

static void box_trials(const char *policy, const struct trial *t, unsigned int n)
{
	struct box b;

	box_open(&b, "bh-cap");
	box_confine(&b, policy);
	trials_run(&b, policy, t, n);
	box_close(&b);
}

/* The namespace is there before the policy: what counts is the use. */
static void in_user_namespace(void)
{
	const struct args none = { 0 };
	struct box b;

	box_open(&b, "bh-cap");
	errno = box_become(&b, act_userns, &none);
	if (errno)
		bail("user namespace: %m");
	box_confine(&b, "listed");
	{
		const struct trial t[IN_USERNS] = {
			{ "in a user namespace: CAP_SYS_ADMIN", act_hostname_userns,
			  { .n = { b.pid } }, DENIED(CAP_SYS_ADMIN, "default: deny") },
			{ "in a user namespace: no capability", act_nothing, { "" } },
		};

		trials_run(&b, "listed", t, IN_USERNS);
	}
	box_close(&b);
}

void suite(void)
{
	put_file(FILE_, "a file\n");
	apply("listed", listed_yaml);
	apply("unlisted", unlisted_yaml);
	events_open();
	box_trials("listed", listed, ARRAY_SIZE(listed));
	box_trials("unlisted", unlisted, ARRAY_SIZE(unlisted));
	in_user_namespace();
	no_more_events();
	events_close();
}
