// SPDX-License-Identifier: GPL-2.0-only
/* Capabilities: those that the policy lists, in any user namespace. */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>
#include <linux/bulkhead.h>
#include <linux/capability.h>

#include "acts.h"
#include "host.h"
#include "suite.h"
#include "tap.h"
#include "trial.h"

#define FILE_	TOP "/owned"
#define OVERLAY	TOP "/overlay"
#define LAYERS	TOP "/layers"
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
	errno = 0;
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

/* Make another set of credentials, the same as before. */
static int renew_credentials(void)
{
	struct __user_cap_header_struct h = { _LINUX_CAPABILITY_VERSION_3, 0 };
	struct __user_cap_data_struct d[2];

	return syscall(SYS_capget, &h, d) || syscall(SYS_capset, &h, d) ? errno : 0;
}

/*
 * The kernel asks whether the descriptor's opener had CAP_SYS_ADMIN, and shows
 * no page numbers otherwise. n[0]: after the task's credentials were renewed.
 */
static int act_pagemap(const struct args *a)
{
	volatile char here = 1;
	int fd = open("/proc/self/pagemap", O_RDONLY);
	uint64_t entry = 0;
	off_t at = (uintptr_t)&here / getpagesize() * sizeof(entry);

	if (fd < 0 || (a->n[0] && renew_credentials()) || here != 1)
		return errno;
	if (pread(fd, &entry, sizeof(entry), at) != sizeof(entry))
		return errno;
	return entry << 9 ? 0 : EPERM;
}

static int act_mkdir(const struct args *a)
{
	return mkdir(a->path, 0755) ? errno : 0;
}

static int act_create(const struct args *a)
{
	int fd = open(a->path, O_CREAT | O_EXCL | O_WRONLY, 0644);

	return fd < 0 ? errno : 0;
}

static int act_append(const struct args *a)
{
	int fd = open(a->path, O_WRONLY | O_APPEND);

	return fd < 0 || write(fd, "x", 1) != 1 ? errno : 0;
}

static int act_rename(const struct args *a)
{
	return rename(a->path, a->path2) ? errno : 0;
}

static int act_unlink(const struct args *a)
{
	return unlink(a->path) ? errno : 0;
}

/* The lower layer as it was: what either side did is gone. */
static void fresh_overlay(const struct args *a)
{
	static unsigned int n;
	char options[256];

	(void)a;
	n++;
	umount2(OVERLAY, MNT_DETACH);
	make_dir(LAYERS "/upper%u", n);
	make_dir(LAYERS "/work%u", n);
	snprintf(options, sizeof(options), "lowerdir=" LAYERS "/lower,upperdir="
		 LAYERS "/upper%u,workdir=" LAYERS "/work%u", n, n);
	mount_at("overlay", OVERLAY, "overlay", 0, options);
}

static const struct trial listed[] = {
	{ "on the list", act_chown, { FILE_ } },
	{ "not on the list: CAP_SYS_ADMIN", act_hostname, { "" },
	  DENIED(CAP_SYS_ADMIN, "default: deny") },
	{ "not on the list: CAP_SYS_NICE", act_nice, { "" },
	  DENIED(CAP_SYS_NICE, "default: deny") },
	{ "not on the list: CAP_SYS_CHROOT", act_chroot, { TOP },
	  DENIED(CAP_SYS_CHROOT, "default: deny") },
	{ "by a descriptor: CAP_SYS_ADMIN", act_pagemap, { "" },
	  DENIED(CAP_SYS_ADMIN, "default: deny") },
	{ "by a descriptor's old credentials: CAP_SYS_ADMIN", act_pagemap,
	  { .n = { 1 } }, DENIED(CAP_SYS_ADMIN, "default: deny") },
	/* The kernel does these with the capabilities of who has mounted it. */
	{ "overlayfs: make a folder", act_mkdir, { OVERLAY "/folder" },
	  .again = fresh_overlay },
	{ "overlayfs: make a file", act_create, { OVERLAY "/file" },
	  .again = fresh_overlay },
	{ "overlayfs: write to a lower file", act_append, { OVERLAY "/below" },
	  .again = fresh_overlay },
	{ "overlayfs: rename a lower file", act_rename,
	  { OVERLAY "/below", OVERLAY "/renamed" }, .again = fresh_overlay },
	{ "overlayfs: remove a lower file", act_unlink, { OVERLAY "/below" },
	  .again = fresh_overlay },
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
	make_dir(LAYERS "/lower");
	put_file(LAYERS "/lower/below", "lower\n");
	apply("listed", listed_yaml);
	apply("unlisted", unlisted_yaml);
	events_open();
	box_trials("listed", listed, ARRAY_SIZE(listed));
	box_trials("unlisted", unlisted, ARRAY_SIZE(unlisted));
	in_user_namespace();
	umount2(OVERLAY, MNT_DETACH);
	no_more_events();
	events_close();
}
