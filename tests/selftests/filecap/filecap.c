// SPDX-License-Identifier: GPL-2.0-only
/*
 * Capabilities that an execution brings: by file capabilities, by a setuid
 * bit, by the ambient set; in the initial user namespace and in nested ones.
 * What counts is the use, so wherever they come from, only those listed work.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <sys/xattr.h>
#include <unistd.h>
#include <linux/bulkhead.h>
#include <linux/capability.h>

#include "acts.h"
#include "host.h"
#include "suite.h"
#include "tap.h"
#include "trial.h"

#define C_		TOP "/cap"
#define DENIED		.error = EPERM, .want = { .act = BULKHEAD_ACT_CAPABLE,	\
	.capability = CAP_CHOWN, .rule = "deny: [chown, net_bind_service]" }

/* The kernel has another errno for those that may not bind. */
#define NO_PORT		.error = EACCES, .want = { .act = BULKHEAD_ACT_CAPABLE,	\
	.capability = CAP_NET_BIND_SERVICE,					\
	.rule = "deny: [chown, net_bind_service]", .pid = ANY_PID }

static const char filecap_yaml[] =
"bulkhead: 1\n"
"policy: filecap\n"
"mode: enforce\n"
"presets: {except: [userns]}\n"
"capability:\n"
"  default: allow\n"
"  deny: [chown, net_bind_service]\n";

static int result(long r)
{
	return r < 0 ? errno : 0;
}

/* @program is a copy of the suite, which does @what to @path and tells. */
static int run_by(const char *program, const char *what, const char *path)
{
	int status;
	pid_t pid = fork();

	if (!pid) {
		execl(program, program, what, path, NULL);
		_exit(errno);
	}
	if (pid < 0 || waitpid(pid, &status, 0) != pid)
		return errno;
	return WIFEXITED(status) ? WEXITSTATUS(status) : EINTR;
}

static int chown_by(const char *program, const char *path)
{
	return run_by(program, "chown", path);
}

static int become_user(void)
{
	return result(setresgid(1000, 1000, 1000) | setresuid(1000, 1000, 1000));
}

/* An unprivileged user executes path on path2. */
static int act_user_runs(const struct args *a)
{
	int error = become_user();

	return error ? error : chown_by(a->path, a->path2);
}

static int act_root_runs(const struct args *a)
{
	return chown_by(a->path, a->path2);
}

/* A capability kept over setuid and raised as ambient. */
static int become_ambient(unsigned int cap)
{
	struct __user_cap_header_struct h = { _LINUX_CAPABILITY_VERSION_3, 0 };
	struct __user_cap_data_struct d[2] = {
		{ 1U << cap, 1U << cap, 1U << cap },
	};

	if (prctl(PR_SET_KEEPCAPS, 1) || become_user() || syscall(SYS_capset, &h, d))
		return errno;
	return result(prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE, cap, 0, 0));
}

/* Then a plain program. */
static int act_ambient(const struct args *a)
{
	int error = become_ambient(CAP_CHOWN);

	return error ? error : chown_by(a->path, a->path2);
}

/* Root of a user namespace, n[0] namespaces deep, mapping two users. */
static int enter_userns(long depth)
{
	int go[2], done[2], status;
	char c = 0, path[64];
	pid_t helper, self = getpid();

	if (!depth)
		return 0;
	if (pipe(go) || pipe(done))
		return errno;
	helper = fork();
	if (!helper) {
		/* Stays outside, where it may map what it has itself. */
		if (read(go[0], &c, 1) != 1)
			_exit(1);
		snprintf(path, sizeof(path), "/proc/%d/uid_map", self);
		if (write_file(path, "0 0 1001"))
			_exit(2);
		snprintf(path, sizeof(path), "/proc/%d/gid_map", self);
		_exit(write_file(path, "0 0 1001") ? 3 : 0);
	}
	if (unshare(CLONE_NEWUSER) || write(go[1], &c, 1) != 1)
		return errno;
	if (waitpid(helper, &status, 0) != helper || status)
		return EXDEV;
	if (setresgid(0, 0, 0) || setresuid(0, 0, 0))
		return errno;
	return enter_userns(depth - 1);
}

static int act_userns_root_runs(const struct args *a)
{
	int error = enter_userns(a->n[0]);

	return error ? error : chown_by(a->path, a->path2);
}

static int act_userns_user_runs(const struct args *a)
{
	int error = enter_userns(a->n[0]);

	if (!error)
		error = become_user();
	return error ? error : chown_by(a->path, a->path2);
}

static int act_userns_ambient(const struct args *a)
{
	int error = enter_userns(a->n[0]);

	return error ? error : act_ambient(a);
}

/* Without any capability, or with that to bind as an ambient one. */
static int act_user_binds(const struct args *a)
{
	int error = a->n[0] ? become_ambient(CAP_NET_BIND_SERVICE) : become_user();

	return error ? error : run_by(a->path, "bind", "80");
}

/* CAP_DAC_OVERRIDE, which isn't denied. */
static int act_user_reads(const struct args *a)
{
	int error = become_user();

	return error ? error : run_by(a->path, "read", a->path2);
}

static void a_file(const struct args *a)
{
	put_file(a->path2, "of root\n");
	chmod(a->path2, 0600);
	if (chown(a->path2, 0, 0))
		bail("chown %s: %m", a->path2);
}

#define BY(program)	{ C_ "/" program, C_ "/file" }
#define NS(program, depth)	{ C_ "/" program, C_ "/file", .n = { depth } }
#define ON		.again = a_file, .want.pid = ANY_PID

static const struct trial trials[] = {
	{ "root", act_root_runs, BY("plain"), DENIED, ON },
	{ "file capabilities", act_user_runs, BY("caps"), DENIED, ON },
	{ "file capabilities, not denied", act_user_reads, BY("override"),
	  .again = a_file },
	{ "setuid root", act_user_runs, BY("suid"), DENIED, ON },
	{ "ambient", act_ambient, BY("plain"), DENIED, ON },
	{ "a user namespace: root", act_userns_root_runs, NS("plain", 1),
	  DENIED, ON },
	{ "a user namespace: setuid root", act_userns_user_runs, NS("suid", 1),
	  DENIED, ON },
	{ "a nested one: root", act_userns_root_runs, NS("plain", 2), DENIED, ON },
	{ "a nested one: setuid root", act_userns_user_runs, NS("suid", 2),
	  DENIED, ON },
	{ "a user namespace: ambient", act_userns_ambient, NS("plain", 1),
	  DENIED, ON },
	{ "a nested one: ambient", act_userns_ambient, NS("plain", 2), DENIED, ON },
	{ "file capabilities: a port", act_user_binds, { C_ "/bind" }, NO_PORT },
	{ "setuid root: a port", act_user_binds, { C_ "/suid" }, NO_PORT },
	{ "ambient: a port", act_user_binds, { C_ "/plain", .n = { true } }, NO_PORT },
	{ "a user namespace: file capabilities of its own", act_userns_user_runs,
	  NS("nscaps", 1), DENIED, ON },
};

/* Without either the user can't: else the trials above would show nothing. */
static void control_(void)
{
	const struct args args = BY("plain");

	a_file(&args);
	ok(outside_do(act_user_runs, &args) == EPERM &&
	   outside_do(act_user_reads, &args) == EACCES &&
	   outside_do(act_user_binds, &args) == EACCES,
	   "outside: a user without any capability can't");
}

unsigned int suite_points(void)
{
	return TRIAL_POINTS * ARRAY_SIZE(trials) + 2;
}

static void program(const char *name, mode_t mode)
{
	char path[128];

	snprintf(path, sizeof(path), C_ "/%s", name);
	copy_self(path);
	if (chmod(path, mode))
		bail("chmod %s: %m", path);
}

/* @root: of the user namespace that they hold in; 0: the initial one's. */
static void capabilities(const char *name, unsigned int cap, int root)
{
	struct vfs_ns_cap_data data = {
		.magic_etc = (root < 0 ? VFS_CAP_REVISION_2 : VFS_CAP_REVISION_3) |
			     VFS_CAP_FLAGS_EFFECTIVE,
		.data = { { .permitted = 1U << cap } },
		.rootid = root < 0 ? 0 : root,
	};
	char path[128];

	snprintf(path, sizeof(path), C_ "/%s", name);
	if (setxattr(path, "security.capability", &data,
		     root < 0 ? XATTR_CAPS_SZ_2 : XATTR_CAPS_SZ_3, 0))
		bail("file capabilities of %s: %m", path);
}

void suite(void)
{
	struct box b;

	make_dir(C_);
	chmod(TOP, 0755);
	program("plain", 0755);
	program("suid", 04755);
	program("caps", 0755);
	program("nscaps", 0755);
	program("override", 0755);
	capabilities("caps", CAP_CHOWN, -1);
	capabilities("nscaps", CAP_CHOWN, 0);
	program("bind", 0755);
	capabilities("bind", CAP_NET_BIND_SERVICE, -1);
	capabilities("override", CAP_DAC_OVERRIDE, -1);
	apply("filecap", filecap_yaml);
	events_open();
	box_open(&b, "bh-filecap");
	box_confine(&b, "filecap");
	trials_run(&b, "filecap", trials, ARRAY_SIZE(trials));
	control_();
	box_close(&b);
	no_more_events();
	events_close();
}
