// SPDX-License-Identifier: GPL-2.0-only
/*
 * Files: what a policy says of paths is what a container can do to files.
 *
 * The box lives in the host's mount namespace and in the host's root; jail.c
 * has one with a root of its own.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>
#include <linux/bulkhead.h>

#include "file_acts.h"
#include "handed.h"
#include "host.h"
#include "jail.h"
#include "policy.h"
#include "reach.h"
#include "suite.h"
#include "tap.h"
#include "trial.h"

#define DEFAULT		"default: deny"
#define R		BULKHEAD_PERM_READ
#define W		BULKHEAD_PERM_WRITE
#define A		BULKHEAD_PERM_APPEND
#define C		BULKHEAD_PERM_CREATE
#define D		BULKHEAD_PERM_DELETE
#define L		BULKHEAD_PERM_LINK
#define N		BULKHEAD_PERM_NODE
#define O		BULKHEAD_PERM_OWN

#define WANT(a, p, r)	.error = EACCES, \
	.want = { .act = BULKHEAD_ACT_##a, .perms = p, .rule = r }
#define DEEP(a)		.error = EACCES, .want = {			\
	.act = BULKHEAD_ACT_##a, .rule = DEFAULT, .path = ANY_PATH,	\
	.reason = BULKHEAD_REASON_TOO_LONG }

/* Set-up of a trial: path is a file, an empty folder, or absent. */
static void a_file(const struct args *a)
{
	put_file(a->path, "content of a file\n");
	chmod(a->path, 0644);
	if (*a->path2)
		unlink(a->path2);
}

static void a_folder(const struct args *a)
{
	mkdir(a->path, 0755);
}

static void absent(const struct args *a)
{
	remove(a->path);
}

static void two_files(const struct args *a)
{
	put_file(a->path, "content of a file\n");
	put_file(a->path2, "content of another\n");
}

/* At path, and where path2 leads n[0] levels down; there only it has a name. */
static void deep_file(const struct args *a)
{
	int home = open(".", O_PATH | O_CLOEXEC);

	put_file(a->path, "content of a file\n");
	if (home < 0 || deep_folder(a->path2, a->n[0]) || (unlink("new") && errno != ENOENT))
		bail("a deep folder: %m");
	put_file("leaf", "content of a file\n");
	if (fchdir(home))
		bail("return: %m");
	close(home);
}

/* A rename's twin has moved it. */
static void moved_back(const struct args *a)
{
	rename(a->path2, a->path);
}

static const struct trial opening[] = {
	{ "read", act_open, { F "/public/a", .n = { O_RDONLY } } },
	{ "read, no rule", act_open, { F "/private/a", .n = { O_RDONLY } },
	  WANT(OPEN, R, DEFAULT) },
	{ "read at depth", act_open, { F "/public/1/2/3/4/5/a" } },
	{ "read at depth, no rule", act_open, { F "/private/1/2/3/4/5/a" },
	  WANT(OPEN, R, DEFAULT) },
	{ "read a folder", act_open, { F "/public", .n = { O_DIRECTORY } } },
	{ "read a folder, no rule", act_open, { F "/private", .n = { O_DIRECTORY } },
	  WANT(OPEN, R, DEFAULT) },
	{ "write what is for reading", act_open, { F "/public/a", .n = { O_WRONLY } },
	  WANT(OPEN, W, DEFAULT) },
	{ "read and write what is for reading", act_open,
	  { F "/public/a", .n = { O_RDWR } }, WANT(OPEN, W, DEFAULT) },
	{ "write", act_open, { F "/write/a", .n = { O_RDWR } } },
	{ "append where writing is allowed", act_open,
	  { F "/write/a", .n = { O_WRONLY | O_APPEND } } },
	{ "a file of the future", act_read, { F "/private/later" },
	  WANT(OPEN, R, DEFAULT), .again = a_file },
	{ "an allowed file of the future", act_read, { F "/public/later" },
	  .again = a_file },
	{ "deny beats allow", act_open, { F "/all/keep/a", .n = { O_WRONLY } },
	  WANT(OPEN, W, "deny w " F "/all/keep/**") },
	{ "deny of w denies a", act_open,
	  { F "/all/keep/a", .n = { O_WRONLY | O_APPEND } },
	  WANT(OPEN, A, "deny w " F "/all/keep/**") },
	{ "deny of w leaves r", act_open, { F "/all/keep/a" } },
	{ "a newline in the name", act_read, { F "/public/new\nline" },
	  .again = a_file },
	{ "a newline in the name, no rule", act_read, { F "/private/new\nline" },
	  WANT(OPEN, R, DEFAULT), .again = a_file },
	{ "a symlink is judged by its target", act_read, { F "/private/to-public" } },
	{ "a symlink to what is denied", act_read, { F "/public/to-private" },
	  .error = EACCES,
	  .want = { .act = BULKHEAD_ACT_OPEN, .perms = R, .rule = DEFAULT,
		    .path = F "/private/a" } },
	{ "dots on the way", act_read, { F "/public/1/../../private/./a" },
	  .error = EACCES,
	  .want = { .act = BULKHEAD_ACT_OPEN, .perms = R, .rule = DEFAULT,
		    .path = F "/private/a" } },
	{ "open by a worker of io_uring", act_uring_open, { F "/public/a" } },
	{ "open by a worker of io_uring, no rule", act_uring_open, { F "/private/a" },
	  .error = EACCES,
	  .want = { .act = BULKHEAD_ACT_OPEN, .perms = R, .rule = DEFAULT,
		    .path = F "/private/a", .pid = ANY_PID } },
	{ "open by handle", act_by_handle, { F "/public/a", F "/public/1/2/3/4/5/a" } },
	{ "open by handle, no rule", act_by_handle, { F "/private/a", F "/public/a" },
	  WANT(OPEN, R, DEFAULT) },
	{ "open for ioctl alone", act_open, { F "/public/a", .n = { 3 } },
	  WANT(OPEN, W, DEFAULT) },
	{ "chroot does not change paths", act_chroot_read,
	  { F "/private/secret", F "/private" }, WANT(OPEN, R, DEFAULT) },
};

static const struct trial appending[] = {
	{ "append", act_append, { F "/log/a.log" } },
	{ "write what is for appending", act_open, { F "/log/a.log", .n = { O_WRONLY } },
	  WANT(OPEN, W, DEFAULT) },
	{ "read what is for appending", act_open, { F "/log/a.log" },
	  WANT(OPEN, R, DEFAULT) },
	{ "clear O_APPEND", act_clear_append, { F "/log/a.log" },
	  WANT(FCNTL, W, DEFAULT) },
	{ "clear O_APPEND where writing is allowed", act_clear_append,
	  { F "/write/a" } },
	{ "ftruncate an append-only descriptor", act_append_ftruncate,
	  { F "/log/a.log" }, WANT(TRUNCATE, W, DEFAULT), .again = a_file },
	{ "map it shared for writing", act_append_mmap, { F "/log/a.both" },
	  WANT(MMAP, W, DEFAULT) },
	{ "map it shared, then make it writable", act_append_mprotect,
	  { F "/log/a.both" }, WANT(MMAP, W, DEFAULT) },
	{ "open it again by /proc", act_append_reopen, { F "/log/a.log" },
	  WANT(OPEN, W, DEFAULT) },
	{ "append and truncate by open", act_open,
	  { F "/log/a.log", .n = { O_WRONLY | O_APPEND | O_TRUNC } },
	  WANT(OPEN, W, DEFAULT), .again = a_file },
	{ "append by each call that writes", act_append_ways, { F "/log/a.log" } },
	{ "write in place, O_APPEND or not", act_append_disregard,
	  { F "/log/a.log" }, WANT(WRITE, W, DEFAULT) },
	{ "write in place where writing is allowed", act_append_disregard,
	  { F "/write/a" } },
	{ "append, as 32-bit programs do", act_append_32, { F "/log/a.log" } },
	{ "write in place, as 32-bit programs do", act_append_disregard_32,
	  { F "/log/a.log" }, WANT(WRITE, W, DEFAULT) },
	{ "punch a hole", act_append_punch, { F "/log/a.log" },
	  WANT(WRITE, W, DEFAULT), .again = a_file },
	{ "punch a hole where writing is allowed", act_append_punch,
	  { F "/write/a" } },
	{ "punch a hole, as 32-bit programs do", act_append_punch_32,
	  { F "/log/a.log" }, WANT(WRITE, W, DEFAULT) },
	{ "punch a hole by ioctl", act_append_punch_ioctl, { F "/log/a.log" },
	  WANT(WRITE, W, DEFAULT) },
	{ "punch a hole by io_uring", act_append_punch_uring, { F "/log/a.log" },
	  .error = EACCES, .want = { .act = BULKHEAD_ACT_WRITE, .perms = W,
	  .rule = DEFAULT, .pid = ANY_PID, .path = F "/log/a.log" } },
	{ "append by io_uring, which could do more", act_append_uring,
	  { F "/log/a.log" }, .error = EACCES, .want = {
	  .act = BULKHEAD_ACT_WRITE, .perms = W, .rule = DEFAULT,
	  .pid = ANY_PID, .path = F "/log/a.log" } },
	{ "append by io_uring where writing is allowed", act_append_uring,
	  { F "/write/a" } },
	{ "append by aio, which could do more", act_append_aio,
	  { F "/log/a.log" }, WANT(WRITE, W, DEFAULT) },
	{ "append by aio where writing is allowed", act_append_aio,
	  { F "/write/a" } },
	{ "map shared where writing is allowed", act_append_mmap, { F "/write/a" } },
};

static const struct trial making[] = {
	{ "create", act_create, { F "/make/written" }, .again = absent },
	{ "create, but what is new may not be written", act_create, { F "/make/a" },
	  WANT(OPEN, W, DEFAULT), .again = absent },
	{ "create, no rule", act_create, { F "/public/new" },
	  WANT(CREATE, C, DEFAULT), .again = absent },
	{ "mkdir", act_mkdir, { F "/make/b" }, .again = absent },
	{ "mkdir, no rule", act_mkdir, { F "/public/new" },
	  WANT(MKDIR, C, DEFAULT), .again = absent },
	{ "symlink", act_symlink, { F "/make/c" }, .again = absent },
	{ "symlink, no rule", act_symlink, { F "/public/new" },
	  WANT(SYMLINK, C, DEFAULT), .again = absent },
	{ "fifo", act_mkfifo, { F "/make/d" }, .again = absent },
	{ "fifo, no rule", act_mkfifo, { F "/public/new" },
	  WANT(CREATE, C, DEFAULT), .again = absent },
	{ "socket", act_bind_unix, { F "/make/e" }, .again = absent },
	{ "socket, no rule", act_bind_unix, { F "/public/new" },
	  WANT(CREATE, C, DEFAULT), .again = absent },
	{ "device node", act_mknod, { F "/all/null" }, .again = absent },
	{ "device node where only creating is allowed", act_mknod, { F "/make/f" },
	  WANT(MKNOD, N, DEFAULT), .again = absent },
	{ "block device node", act_mknod_of, { F "/all/block", .n = { S_IFBLK, 7, 200 } },
	  .again = absent },
	{ "block device node where only creating is allowed", act_mknod_of,
	  { F "/make/f", .n = { S_IFBLK, 7, 200 } }, WANT(MKNOD, N, DEFAULT),
	  .again = absent },
	{ "whiteout", act_mknod_of, { F "/all/gone", .n = { S_IFCHR } },
	  .again = absent },
	{ "whiteout where only creating is allowed", act_mknod_of,
	  { F "/make/f", .n = { S_IFCHR } }, WANT(MKNOD, N, DEFAULT), .again = absent },
	{ "unnamed file", act_open, { F "/all", .n = { O_TMPFILE | O_RDWR } } },
	{ "unnamed file where writing is allowed", act_open,
	  { F "/write", .n = { O_TMPFILE | O_RDWR } }, .error = EACCES,
	  .want = { .act = BULKHEAD_ACT_OPEN, .perms = C, .rule = DEFAULT,
		    .path = ANY_PATH } },
	{ "unlink", act_unlink, { F "/drop/a" }, .again = a_file },
	{ "unlink, no rule", act_unlink, { F "/public/old" },
	  WANT(UNLINK, D, DEFAULT), .again = a_file },
	{ "rmdir", act_rmdir, { F "/drop/b" }, .again = a_folder },
	{ "rmdir, no rule", act_rmdir, { F "/public/folder" },
	  WANT(RMDIR, D, DEFAULT), .again = a_folder },
	{ "truncate", act_truncate, { F "/write/a" } },
	{ "truncate, no rule", act_truncate, { F "/public/a" },
	  WANT(TRUNCATE, W, DEFAULT) },
};

static const struct trial owning[] = {
	{ "chmod", act_chmod, { F "/all/a" } },
	{ "chmod, no rule", act_chmod, { F "/public/a" }, WANT(CHMOD, O, DEFAULT) },
	{ "fchmod, no rule", act_fchmod, { F "/public/a" }, WANT(CHMOD, O, DEFAULT) },
	{ "fchmodat2", act_fchmodat2, { F "/all/a" }, .lacks = ENOSYS },
	{ "fchmodat2, no rule", act_fchmodat2, { F "/public/a" },
	  WANT(CHMOD, O, DEFAULT), .lacks = ENOSYS },
	{ "fchmodat2 of an O_PATH descriptor, no rule", act_fchmodat2_empty,
	  { F "/public/a" }, WANT(CHMOD, O, DEFAULT), .lacks = ENOSYS },
	{ "chown", act_chown, { F "/all/a" } },
	{ "chown, no rule", act_chown, { F "/public/a" }, WANT(CHOWN, O, DEFAULT) },
};

static const struct trial renaming[] = {
	{ "rename", act_rename, { F "/all/old", F "/all/new" }, .again = a_file },
	{ "rename out of where deleting is denied", act_rename,
	  { F "/public/old", F "/all/new" }, WANT(RENAME, D, DEFAULT),
	  .again = a_file },
	{ "rename to where creating is denied", act_rename,
	  { F "/all/old", F "/public/new" }, .error = EACCES,
	  .want = { .act = BULKHEAD_ACT_RENAME, .perms = C, .rule = DEFAULT,
		    .path = F "/public/new" }, .again = a_file },
	{ "rename over what may not be deleted", act_rename,
	  { F "/all/old", F "/make/existing" }, .error = EACCES,
	  .want = { .act = BULKHEAD_ACT_RENAME, .perms = D, .rule = DEFAULT,
		    .path = F "/make/existing" }, .again = two_files },
	{ "exchange", act_rename,
	  { F "/all/old", F "/all/new", .n = { 2 /* RENAME_EXCHANGE */ } },
	  .again = two_files },
	{ "exchange with what is protected", act_rename,
	  { F "/all/old", F "/public/old", .n = { 2 } }, .error = EACCES,
	  .want = { .act = BULKHEAD_ACT_RENAME, .rule = DEFAULT,
		    .path = ANY_PATH }, .again = two_files },
	{ "rename to a wider name", act_rename, { F "/all/keep/old", F "/all/new" },
	  .error = EACCES,
	  .want = { .act = BULKHEAD_ACT_RENAME, .reason = BULKHEAD_REASON_WIDER,
		    .perms = W | A, .rule = "deny w " F "/all/keep/**",
		    .path = F "/all/new" }, .again = a_file },
	{ "rename to a narrower name", act_rename, { F "/all/old", F "/all/keep/new" },
	  .again = a_file },
	{ "exchange for a wider name", act_rename,
	  { F "/all/old", F "/all/keep/old", .n = { 2 } }, .error = EACCES,
	  .want = { .act = BULKHEAD_ACT_RENAME, .reason = BULKHEAD_REASON_WIDER,
		    .perms = W | A, .rule = "deny w " F "/all/keep/**",
		    .path = F "/all/old" }, .again = two_files },
	{ "rename a folder", act_rename, { F "/all/one", F "/all/two" },
	  .again = moved_back },
	{ "rename a folder with other rules below", act_rename,
	  { F "/all/tree", F "/all/bush" }, .error = EACCES,
	  .want = { .act = BULKHEAD_ACT_RENAME, .reason = BULKHEAD_REASON_SUBTREE,
		    .rule = DEFAULT, .path = F "/all/bush" },
	  .again = moved_back },
	{ "link", act_link, { F "/link/a", F "/link/b" }, .again = a_file },
	{ "link, no rule", act_link, { F "/link/a", F "/public/b" },
	  .error = EACCES,
	  .want = { .act = BULKHEAD_ACT_LINK, .rule = DEFAULT,
		    .path = F "/public/b" }, .again = a_file },
	{ "link to a wider name", act_link, { F "/link/a", F "/wide/b" },
	  .error = EACCES,
	  .want = { .act = BULKHEAD_ACT_LINK, .reason = BULKHEAD_REASON_WIDER,
		    .rule = DEFAULT, .path = F "/wide/b" }, .again = a_file },
};

static const struct trial globs[] = {
	{ "* within a component", act_read, { F "/glob/a.txt" } },
	{ "* matches a leading dot", act_read, { F "/glob/.txt" } },
	{ "* does not cross a slash", act_read, { F "/glob/d/a.txt" },
	  WANT(OPEN, R, DEFAULT) },
	{ "? is one byte", act_read, { F "/glob/qx" } },
	{ "? is not two", act_read, { F "/glob/qxx" }, WANT(OPEN, R, DEFAULT) },
	{ "[a-c]", act_read, { F "/glob/b1" } },
	{ "[a-c] is not d", act_read, { F "/glob/d1" }, WANT(OPEN, R, DEFAULT) },
	{ "[!a-c]", act_read, { F "/glob/d2" } },
	{ "[!a-c] is not b", act_read, { F "/glob/b2" }, WANT(OPEN, R, DEFAULT) },
	{ "{left,right}: left", act_read, { F "/glob/left/x" } },
	{ "{left,right}: right", act_read, { F "/glob/right/x" } },
	{ "{left,right} is no other", act_read, { F "/glob/mid/x" },
	  WANT(OPEN, R, DEFAULT) },
	{ "** is no component", act_read, { F "/glob/any/end" } },
	{ "** is many components", act_read, { F "/glob/any/1/2/3/end" } },
	{ "** ends where it should", act_read, { F "/glob/any/1/2/3/start" },
	  WANT(OPEN, R, DEFAULT) },
	{ "** beside a literal name", act_read, { F "/glob/any/here/end" } },
	{ "** below a literal name", act_read, { F "/glob/any/here/1/end" } },
	{ "the literal name beside **", act_open,
	  { F "/glob/any/here/x", .n = { O_WRONLY } } },
	{ "the literal name beside **, no rule", act_read, { F "/glob/any/here/x" },
	  WANT(OPEN, R, DEFAULT) },
	{ "* and an ending", act_read, { F "/ends/a.pem" } },
	{ "* and another ending", act_read, { F "/ends/a.pen" }, WANT(OPEN, R, DEFAULT) },
	{ "shorter than the ending", act_read, { F "/ends/pem" }, WANT(OPEN, R, DEFAULT) },
	{ "** beside a folder: an ending", act_read, { F "/lean/a.pem" } },
	{ "** beside a folder: another ending", act_read, { F "/lean/a.pen" },
	  WANT(OPEN, R, DEFAULT) },
	{ "** beside a folder: a long name", act_read, { F "/lean/private-key" } },
	{ "** beside a folder: another long name", act_read, { F "/lean/private-kez" },
	  WANT(OPEN, R, DEFAULT) },
	{ "** beside a folder, in it: an ending", act_read, { F "/lean/lib/a.pem" } },
	{ "** beside a folder, in it: its own name", act_read, { F "/lean/lib/x" } },
	{ "** beside a folder, in it: no rule", act_read, { F "/lean/lib/a.pen" },
	  WANT(OPEN, R, DEFAULT) },
};

static const struct trial mounts[] = {
	{ "overlayfs: read", act_read, { F "/ov/public" } },
	{ "overlayfs: write, copied up", act_open, { F "/ov/public", .n = { O_RDWR } } },
	{ "overlayfs: no rule", act_read, { F "/ov/secret" }, WANT(OPEN, R, DEFAULT) },
	{ "overlayfs: the lower file itself", act_read, { TOP "/lower/public" },
	  WANT(OPEN, R, DEFAULT) },
	{ "bind mount: the path it is reached by", act_read, { F "/bound/a" } },
	{ "bind mount: the other path", act_read, { F "/inner/a" },
	  WANT(OPEN, R, DEFAULT) },
	{ "bind mount: an allowed file under a denied name", act_read,
	  { F "/hidden/a" }, WANT(OPEN, R, DEFAULT) },
	{ "bind mount: create", act_create, { F "/bound/new" }, .again = absent },
	{ "bind mount: create by the other path", act_create, { F "/inner/new" },
	  WANT(CREATE, C, DEFAULT), .again = absent },
	{ "a hundred folders down", act_deep, { F "/deep", .n = { 100 } } },
	{ "deeper than any rule can say", act_deep, { F "/deep", .n = { 2100 } },
	  .error = EACCES,
	  .want = { .act = BULKHEAD_ACT_MKDIR, .perms = C, .rule = DEFAULT,
		    .reason = BULKHEAD_REASON_TOO_LONG, .path = ANY_PATH } },
	{ "rename to deeper than any rule can say", act_rename_down,
	  { F "/move/old", F "/deep", .n = { 2100 } }, DEEP(RENAME),
	  .again = deep_file },
	{ "rename from deeper than any rule can say", act_rename_up,
	  { F "/move/old", F "/deep", .n = { 2100 } }, DEEP(RENAME),
	  .again = deep_file },
	{ "link to deeper than any rule can say", act_link_down,
	  { F "/move/old", F "/deep", .n = { 2100 } }, DEEP(LINK),
	  .again = deep_file },
};

static const struct { const struct trial *t; unsigned int n; } chapters[] = {
	{ opening, ARRAY_SIZE(opening) }, { appending, ARRAY_SIZE(appending) },
	{ making, ARRAY_SIZE(making) }, { owning, ARRAY_SIZE(owning) },
	{ renaming, ARRAY_SIZE(renaming) }, { globs, ARRAY_SIZE(globs) },
	{ mounts, ARRAY_SIZE(mounts) },
};

unsigned int suite_points(void)
{
	unsigned int i, n = jail_points() + reach_points() + handed_points() + 3;

	for (i = 0; i < ARRAY_SIZE(chapters); i++)
		n += chapters[i].n * TRIAL_POINTS;
	return n;
}

static const char *const files[] = {
	"public/a", "public/1/2/3/4/5/a", "private/a", "private/1/2/3/4/5/a",
	"private/secret", "write/a", "log/a.log", "log/a.both", "all/a",
	"all/keep/a", "all/one/x", "all/tree/secret/x", "link/a", "wide/a",
	"glob/a.txt", "glob/.txt", "glob/d/a.txt", "glob/qx", "glob/qxx",
	"glob/b1", "glob/d1", "glob/d2", "glob/b2", "glob/left/x",
	"glob/right/x", "glob/mid/x", "glob/any/end", "glob/any/1/2/3/end",
	"glob/any/1/2/3/start", "glob/any/here/end", "glob/any/here/1/end",
	"glob/any/here/x", "ends/a.pem", "ends/a.pen", "ends/pem", "lean/a.pem",
	"lean/a.pen", "lean/private-key", "lean/private-kez", "lean/lib/a.pem",
	"lean/lib/a.pen", "lean/lib/x", "inner/a", "make/.", "drop/.", "deep/.", "move/.",
};

static void make_all(void)
{
	make_files(F, files, ARRAY_SIZE(files));
	if (symlink(F "/public/a", F "/private/to-public") ||
	    symlink(F "/private/a", F "/public/to-private"))
		bail("symlink: %m");
}

static void make_mounts(void)
{
	make_dir(TOP "/lower");
	make_dir(TOP "/upper");
	make_dir(TOP "/work");
	put_file(TOP "/lower/public", "public\n");
	put_file(TOP "/lower/secret", "secret\n");
	mount_at("overlay", F "/ov", "overlay", 0, "lowerdir=" TOP "/lower,upperdir="
		 TOP "/upper,workdir=" TOP "/work");
	mount_at(F "/inner", F "/bound", NULL, MS_BIND, NULL);
	mount_at(F "/public", F "/hidden", NULL, MS_BIND, NULL);
}

#define RACE_DEPTH	1500
#define RACE_OPENS	4000

/*
 * Two names on the way to a file change, so that b/.../n/leaf, which may be
 * read, never is: a walk that saw half of each change would find it.
 */
static void change_names(int deep)
{
	for (;;) {
		renameat(deep, "n", deep, "m");
		rename(F "/race/a", F "/race/b");
		rename(F "/race/b", F "/race/a");
		renameat(deep, "m", deep, "n");
	}
}

/* Return: the folder in which n/leaf is. */
static int make_chain(void)
{
	int at, below, n;

	make_dir(F "/race/a");
	at = open(F "/race/a", O_RDONLY | O_CLOEXEC);
	for (n = 0; n < RACE_DEPTH; n++, at = below) {
		mkdirat(at, "d", 0755);
		below = openat(at, "d", O_RDONLY | O_CLOEXEC);
		close(at);
	}
	mkdirat(at, "n", 0755);
	below = openat(at, "n/leaf", O_WRONLY | O_CREAT | O_CLOEXEC, 0644);
	if (below < 0)
		bail("make a chain of folders: %m");
	close(below);
	return at;
}

static void racing(struct box *b)
{
	const struct args args = { F "/race/a", .n = { RACE_DEPTH, RACE_OPENS / slowness() } };
	int error, deep = make_chain();
	struct event e;
	pid_t mover;
	unsigned int n = 0;

	mover = fork();
	if (!mover)
		change_names(deep);
	error = box_do(b, act_open_often, &args, NULL);
	kill(mover, SIGKILL);
	waitpid(mover, NULL, 0);
	close(deep);
	ok(!error, "a walk never sees half of two renames (%d)", error);
	while (event_next(&e, 200))
		n += e.verdict == BULKHEAD_VERDICT_DENY && e.act == BULKHEAD_ACT_OPEN;
	ok(n, "what was denied meanwhile was reported: %u", n);
}

void suite(void)
{
	struct box b;
	unsigned int i;

	make_all();
	make_mounts();
	add_policy("jail", jail_yaml);
	apply("files", files_yaml);
	events_open();
	box_open(&b, "bh-file");
	box_confine(&b, "files");
	for (i = 0; i < ARRAY_SIZE(chapters); i++)
		trials_run(&b, "files", chapters[i].t, chapters[i].n);
	reach(&b);
	handed(&b);
	racing(&b);
	box_close(&b);
	jail();
	no_more_events();
	umount2(F "/ov", MNT_DETACH);
	events_close();
}
