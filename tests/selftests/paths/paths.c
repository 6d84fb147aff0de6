// SPDX-License-Identifier: GPL-2.0-only
/*
 * Paths that lie: bytes that terminals and parsers stumble over, lengths at
 * the limits, files that are gone, mounts that no path leads to, a root that
 * was changed, and names that change while they are looked at.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <linux/limits.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>
#include <linux/bulkhead.h>

#include "acts.h"
#include "host.h"
#include "storm.h"
#include "suite.h"
#include "tap.h"
#include "trial.h"

#define R		BULKHEAD_PERM_READ
#define DEFAULT		"default: deny"
#define DENIED_AT(p)	.error = EACCES, .want = { .act = BULKHEAD_ACT_OPEN,	\
	.perms = R, .rule = DEFAULT, .path = p }
#define DENIED		DENIED_AT(NULL)
#define UNREACHABLE	.error = EACCES, .want = { .act = BULKHEAD_ACT_OPEN,	\
	.rule = DEFAULT, .reason = BULKHEAD_REASON_UNREACHABLE, .path = ANY_PATH }

/* Broken UTF-8, what clears a screen, a tab, a quote, what turns text around. */
#define HOSTILE		"a\xff\xfe\xc3(\x1b[2J\t\"\\\xe2\x80\xae\x7f"
#define N255		"1234567890123456789012345678901234567890123456789012345678901234567890"	\
			"1234567890123456789012345678901234567890123456789012345678901234567890"	\
			"1234567890123456789012345678901234567890123456789012345678901234567890"	\
			"123456789012345678901234567890123456789012345"

static const char paths_yaml[] =
"bulkhead: 1\n"
"policy: paths\n"
"mode: enforce\n"
"presets: {except: [mount, userns, pivot-root]}\n"
"file:\n"
"  default: deny\n"
"  rules:\n"
"    - allow rwcd " P "/ok/**\n"
"    - allow c " P "/no/**, " P "/deep/**\n"
"    - allow d " P "/no/gone*\n"
"    - allow r " P "/deep/**/leaf\n"
"    - allow r /inside/public\n"
STORM_RULES;

static int result(long r)
{
	return r < 0 ? errno : 0;
}

/* Make folders below path until n[0] bytes of it are left for "leaf". */
static int act_long(const struct args *a)
{
	char name[256], *path = malloc(PATH_MAX + 1);
	size_t len = strlen(a->path), want = a->n[0];

	strcpy(path, a->path);
	while (len < want - 5) {
		size_t left = want - 5 - len;
		/* A slash and one byte at least have to remain. */
		size_t n = left > 258 ? 255 : left > 256 ? 200 : left - 1;

		memset(name, 'n', n);
		name[n] = 0;
		path[len++] = '/';
		strcpy(path + len, name);
		len += n;
		if (mkdir(path, 0755) && errno != EEXIST)
			return errno;
	}
	strcpy(path + len, "/leaf");
	if (strlen(path) != want)
		return ERANGE;
	if (mknod(path, S_IFREG | 0644, 0) && errno != EEXIST)
		return errno;
	return result(open(path, O_RDONLY));
}

/* n[0] folders of n[1] bytes each, one inside the other. */
static int act_deep(const struct args *a)
{
	char name[256] = { 0 };
	long i;

	memset(name, 'd', a->n[1]);
	if (chdir(a->path))
		return errno;
	for (i = 0; i < a->n[0]; i++)
		if ((mkdir(name, 0755) && errno != EEXIST) || chdir(name))
			return errno;
	if (mknod("leaf", S_IFREG | 0644, 0) && errno != EEXIST)
		return errno;
	return result(open("leaf", O_RDONLY));
}

static int reopen(int fd)
{
	char link[64];

	snprintf(link, sizeof(link), "/proc/self/fd/%d", fd);
	return result(open(link, O_RDONLY));
}

static int act_by_proc(const struct args *a)
{
	int fd = open(a->path, O_PATH);

	return fd < 0 ? errno : reopen(fd);
}

/* A file that has lost its name while it is open. */
static int act_deleted_reopen(const struct args *a)
{
	int fd = open(a->path, O_PATH);

	return fd < 0 || rename(a->path2, a->path) ? errno : reopen(fd);
}

/* Its name is gone, or with n[0] another's: what it was called counts. */
static int act_unlinked_reopen(const struct args *a)
{
	int fd = open(a->path, O_PATH);

	if (fd < 0 || unlink(a->path) ||
	    (a->n[0] && mknod(a->path, S_IFREG | 0644, 0)))
		return errno;
	return reopen(fd);
}

/* The host renames what is open, so that it has another name. */
static int path_fd(void)
{
	int fd;

	put_file(P "/no/handed", "content of a file\n");
	put_file(P "/ok/handed", "content of a file\n");
	fd = open(P "/no/handed", O_PATH | O_CLOEXEC);
	if (rename(P "/no/handed", P "/ok/handed"))
		return -1;
	return fd;
}

/* Here an allowed file takes over the denied name of one that is gone. */
static int path_fd_replaced(void)
{
	int fd;

	put_file(P "/no/handed", "content of a file\n");
	put_file(P "/ok/handed", "content of a file\n");
	fd = open(P "/no/handed", O_PATH | O_CLOEXEC);
	if (rename(P "/ok/handed", P "/no/handed"))
		return -1;
	return fd;
}

/* And here a denied one takes the name of what was allowed and is gone. */
static int path_fd_displaced(void)
{
	int fd;

	put_file(P "/no/handed", "content of a file\n");
	put_file(P "/ok/handed", "content of a file\n");
	fd = open(P "/ok/handed", O_PATH | O_CLOEXEC);
	if (rename(P "/no/handed", P "/ok/handed"))
		return -1;
	return fd;
}

static int act_reopen(const struct args *a)
{
	return reopen(a->fd);
}

static int act_fsmount(const struct args *a)
{
	int fs = syscall(SYS_fsopen, "tmpfs", 0), at;

	if (fs < 0 || syscall(SYS_fsconfig, fs, 6 /* CREATE */, NULL, NULL, 0))
		return errno;
	at = syscall(SYS_fsmount, fs, 0, 0);
	return at < 0 ? errno :
	       result(openat(at, a->path, O_DIRECTORY | O_RDONLY));
}

static int act_open_tree(const struct args *a)
{
	int at = syscall(SYS_open_tree, AT_FDCWD, a->path, 1 /* CLONE */);

	return at < 0 ? errno : result(openat(at, a->path2, O_RDONLY));
}

/* The name that a mount gets is what counts from then on. */
static int act_move_mount(const struct args *a)
{
	int at = syscall(SYS_open_tree, AT_FDCWD, a->path, 1), error;
	char leaf[600];

	if (at < 0 || syscall(SYS_move_mount, at, "", AT_FDCWD, a->path2, 4))
		return errno;
	snprintf(leaf, sizeof(leaf), "%s/a", a->path2);
	error = result(open(leaf, O_RDONLY));
	umount2(a->path2, MNT_DETACH);
	return error;
}

/* Open what lies on a mount that is gone by then. */
static int act_umounted(const struct args *a)
{
	int at;

	if (mount("gone", a->path, "tmpfs", 0, NULL))
		return errno;
	at = open(a->path, O_PATH | O_DIRECTORY);
	if (at < 0 || mkdirat(at, "d", 0755) || umount2(a->path, MNT_DETACH))
		return errno;
	return result(openat(at, "d", O_RDONLY | O_DIRECTORY));
}

/* Root in a user namespace, whose root folder becomes path. */
static int act_pivot_userns(const struct args *a)
{
	if (unshare(CLONE_NEWUSER | CLONE_NEWNS))
		return errno;
	if (mount(a->path, a->path, NULL, MS_BIND | MS_REC, NULL) || chdir(a->path))
		return errno;
	if (syscall(SYS_pivot_root, ".", ".") || umount2(".", MNT_DETACH) ||
	    chdir("/"))
		return errno;
	return result(open(a->path2, O_RDONLY));
}

/* A folder kept from before the pivot is nowhere any more. */
static int act_pivot_kept(const struct args *a)
{
	int at = open(P "/ok", O_PATH | O_DIRECTORY), error;
	struct args public = *a;

	snprintf(public.path2, sizeof(public.path2), "/inside/public");
	error = at < 0 ? errno : act_pivot_userns(&public);
	return error ? error : result(openat(at, a->path2, O_RDONLY));
}

static void a_file(const struct args *a)
{
	put_file(a->path, "content of a file\n");
}

static void two_files(const struct args *a)
{
	put_file(a->path, "content of a file\n");
	put_file(a->path2, "content of a file\n");
}

static const struct trial trials[] = {
	{ "hostile bytes", act_read, { P "/ok/" HOSTILE }, .again = a_file },
	{ "hostile bytes, no rule", act_read, { P "/no/" HOSTILE }, DENIED,
	  .again = a_file },
	{ "newlines", act_read, { P "/ok/\n\n" }, .again = a_file },
	{ "newlines, no rule", act_read, { P "/no/\n/ok/\n" }, DENIED },
	{ "255 bytes in a component", act_read, { P "/ok/" N255 }, .again = a_file },
	{ "255 bytes in a component, no rule", act_read, { P "/no/" N255 }, DENIED,
	  .again = a_file },
	{ "a path of 4,095 bytes", act_long, { P "/ok", .n = { PATH_MAX - 1 } } },
	{ "a path of 4,095 bytes, no rule", act_long,
	  { P "/no", .n = { PATH_MAX - 1 } }, DENIED_AT(ANY_PATH) },
	{ "a path of 10,000 bytes", act_deep, { P "/ok", .n = { 40, 250 } } },
	{ "a path of 10,000 bytes, no rule", act_deep, { P "/no", .n = { 40, 250 } },
	  DENIED_AT(ANY_PATH) },
	{ "200 levels down", act_deep, { P "/deep", .n = { 200, 1 } } },
	{ "200 levels down, no rule", act_deep, { P "/no", .n = { 200, 1 } },
	  DENIED_AT(ANY_PATH) },
	{ "by /proc", act_by_proc, { P "/ok/a" }, .again = a_file },
	{ "by /proc, no rule", act_by_proc, { P "/no/a" }, DENIED,
	  .again = a_file },
	{ "deleted, and another in its place", act_deleted_reopen,
	  { P "/ok/old", P "/ok/new" }, .again = two_files },
	{ "deleted", act_unlinked_reopen, { P "/ok/gone" }, .again = a_file },
	{ "deleted, no rule", act_unlinked_reopen, { P "/no/gone" },
	  DENIED, .again = a_file },
	{ "deleted, and another in its place, no rule", act_unlinked_reopen,
	  { P "/no/gone", .n = { true } }, DENIED, .again = a_file },
	{ "replaced under its denied name by an allowed file", act_reopen, { "" },
	  DENIED_AT(P "/no/handed"), .hand = path_fd_replaced },
	{ "replaced under its allowed name by a denied file", act_reopen, { "" },
	  .hand = path_fd_displaced },
	{ "moved to an allowed name", act_reopen, { "" }, .hand = path_fd },
	{ "a new mount without a place", act_fsmount, { "." }, UNREACHABLE },
	{ "a copy of a mount without a place", act_open_tree, { P "/ok", "a" },
	  UNREACHABLE },
	{ "a mount moved to where reading is allowed", act_move_mount,
	  { P "/no/tree", P "/ok/tree" } },
	{ "a mount moved to where it isn't", act_move_mount,
	  { P "/ok/tree", P "/no/tree" }, DENIED_AT(P "/no/tree/a") },
	{ "a mount that is gone", act_umounted, { P "/ok/mnt" }, UNREACHABLE },
	{ "pivot_root in a user namespace", act_pivot_userns,
	  { P "/jail", "/inside/public" } },
	{ "pivot_root in a user namespace, no rule", act_pivot_userns,
	  { P "/jail", "/inside/secret" }, DENIED_AT("/inside/secret") },
	{ "pivot_root: a folder kept from before", act_pivot_kept,
	  { P "/jail", "a" }, UNREACHABLE },
};

unsigned int suite_points(void)
{
	return TRIAL_POINTS * ARRAY_SIZE(trials) + STORM_POINTS + 4;
}

static void make_tree(void)
{
	static const char *const folders[] = {
		"ok/tree", "ok/mnt", "no/tree", "no/\n/ok", "deep",
		"jail/inside",
	};
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(folders); i++)
		make_dir(P "/%s", folders[i]);
	put_file(P "/ok/a", "a\n");
	put_file(P "/ok/tree/a", "a\n");
	put_file(P "/no/tree/a", "a\n");
	put_file(P "/no/\n/ok/\n", "a\n");
	put_file(P "/jail/inside/public", "a\n");
	put_file(P "/jail/inside/secret", "a\n");
	chmod(TOP, 0755);
}

static pid_t monitor(const char *out, const char *err, const char *how)
{
	char text[512];
	int tries;
	pid_t pid;

	unlink(err);
	pid = fork();
	if (!pid) {
		dup2(open(out, O_WRONLY | O_CREAT | O_TRUNC, 0644), 1);
		dup2(open(err, O_WRONLY | O_CREAT | O_TRUNC, 0644), 2);
		execlp("bulkhead", "bulkhead", "monitor", "--count", "1",
		       "--timeout", "60", how, NULL);
		_exit(127);
	}
	for (tries = 0; tries < 600; tries++) {
		if (!read_file(err, text, sizeof(text)) && strstr(text, "listening"))
			return pid;
		sleep_ms(50);
	}
	bail("bulkhead monitor doesn't listen: %s", text);
}

/* One line, of bytes that no terminal obeys. */
static bool is_one_plain_line(const char *text)
{
	size_t len = strlen(text), i;

	if (!len || text[len - 1] != '\n')
		return false;
	for (i = 0; i < len - 1; i++)
		if (text[i] < ' ' || text[i] > '~')
			return false;
	return true;
}

/* What the command prints of such a path can be read by man and machine. */
static void printed(struct box *b)
{
	static const char *const how[] = { "--policy=paths", "--json" };
	const struct args args = { P "/no/" HOSTILE "\n" };
	char text[4096];
	unsigned int i;
	int status;

	for (i = 0; i < 2; i++) {
		pid_t pid = monitor(TOP "/mon", TOP "/mon.err", how[i]);

		box_do(b, act_read, &args, NULL);
		waitpid(pid, &status, 0);
		events_drop(200);
		read_file(TOP "/mon", text, sizeof(text));
		ok(!status && is_one_plain_line(text),
		   "the command's output, %s: one line without control bytes", how[i]);
		if (status || !is_one_plain_line(text))
			diag("status %d: %s", status, text);
	}
}

void suite(void)
{
	struct event e;
	struct box b;

	make_tree();
	put_file(P "/no/" HOSTILE "\n", "content of a file\n");
	apply("paths", paths_yaml);
	events_open();
	storm_ready();
	box_open(&b, "bh-paths");
	box_confine(&b, "paths");
	trials_run(&b, "paths", trials, ARRAY_SIZE(trials));
	{
		const struct args args = { P "/no", .n = { 40, 250 } };

		box_do(&b, act_deep, &args, NULL);
		if (!event_next(&e, 2000))
			bail("no event");
		ok(e.path_len > 4000 && e.path_len <= 4096 &&
		   !strncmp(e.path, P "/no/ddd", strlen(P) + 7) &&
		   !strcmp(e.path + e.path_len - 3, "..."),
		   "a path that is too long to print is cut: %u bytes", e.path_len);
	}
	printed(&b);
	storm(&b);
	no_more_events();
	box_close(&b);
	events_close();
}
