// SPDX-License-Identifier: GPL-2.0-only
/*
 * Times, extended attributes, ACLs, inode flags: the kernel doesn't tell by
 * which path they change, so every name counts that the file has where the
 * task is. And what changes them by the way needs no permission of its own.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/xattr.h>
#include <unistd.h>
#include <linux/bulkhead.h>
#include <linux/fs.h>
#include <linux/fsverity.h>

#include "acts.h"
#include "host.h"
#include "suite.h"
#include "tap.h"
#include "trial.h"
#include "uring.h"

#define A_		TOP "/attr"
#define XATTR		"trusted.bulkhead"
#define FAT_SET_ATTRIBUTES	_IOW('r', 0x11, __u32)
#define DEFAULT		"default: deny"
#define DENIED		.error = EACCES, .want = { .act = BULKHEAD_ACT_SETATTR,	\
	.perms = BULKHEAD_PERM_OWN, .rule = DEFAULT }
/* By another name than the one that it was tried by. */
#define DENIED_AT(p)	.error = EACCES, .want = { .act = BULKHEAD_ACT_SETATTR,	\
	.perms = BULKHEAD_PERM_OWN, .rule = DEFAULT, .path = p }
#define TOO_LONG	.error = EACCES, .want = { .act = BULKHEAD_ACT_SETATTR,	\
	.reason = BULKHEAD_REASON_TOO_LONG, .rule = DEFAULT, .path = ANY_PATH }
#define UNREACHABLE	.error = EACCES, .want = { .act = BULKHEAD_ACT_SETATTR,	\
	.reason = BULKHEAD_REASON_UNREACHABLE, .rule = DEFAULT, .path = ANY_PATH }

static const char attributes_yaml[] =
"bulkhead: 1\n"
"policy: attributes\n"
"mode: enforce\n"
"presets: {except: [io-uring]}\n"
"file:\n"
"  default: deny\n"
"  rules:\n"
"    - allow rwcdo " A_ "/own/**\n"
"    - allow rw " A_ "/rw/**\n"
"    - allow rwo " A_ "/half/**, " A_ "/whole1/**, " A_ "/whole2/**\n"
"    - allow rw " A_ "/source/**\n"
"    - allow rwo " A_ "/many/**, " A_ "/more/**\n"
"    - allow rwcdo " A_ "/ov/own*\n"
"    - allow rwcd " A_ "/ov/rw*\n";

static int result(long r)
{
	return r < 0 ? errno : 0;
}

static const struct timespec past[2] = { { 1000000, 0 }, { 1000000, 0 } };

static int act_times(const struct args *a)
{
	return result(utimensat(AT_FDCWD, a->path, past, 0));
}

static int act_touch(const struct args *a)
{
	return result(utimensat(AT_FDCWD, a->path, NULL, 0));
}

static int act_atime(const struct args *a)
{
	const struct timespec t[2] = { { 0, UTIME_NOW }, { 0, UTIME_OMIT } };

	return result(utimensat(AT_FDCWD, a->path, t, 0));
}

static int act_link_times(const struct args *a)
{
	return result(utimensat(AT_FDCWD, a->path, past, AT_SYMLINK_NOFOLLOW));
}

static int act_futimens(const struct args *a)
{
	int fd = open(a->path, O_RDWR);

	return fd < 0 ? errno : result(futimens(fd, past));
}

/* O_PATH opens without a word; what is done by it is judged. */
static int by_proc(const struct args *a, char link[64])
{
	int fd = open(a->path, O_PATH);

	snprintf(link, 64, "/proc/self/fd/%d", fd);
	return fd;
}

static int act_times_by_proc(const struct args *a)
{
	char link[64];

	return by_proc(a, link) < 0 ? errno :
	       result(utimensat(AT_FDCWD, link, past, 0));
}

static int act_chmod_by_proc(const struct args *a)
{
	char link[64];

	return by_proc(a, link) < 0 ? errno : result(chmod(link, 0600));
}

static int act_xattr(const struct args *a)
{
	return result(setxattr(a->path, XATTR, "x", 1, 0));
}

static int act_fxattr(const struct args *a)
{
	int fd = open(a->path, O_RDWR);

	return fd < 0 ? errno : result(fsetxattr(fd, XATTR, "x", 1, 0));
}

static int act_lxattr(const struct args *a)
{
	return result(lsetxattr(a->path, XATTR, "x", 1, 0));
}

/* By numbers and layouts that the headers here don't have yet. */
#define SETXATTRAT		463	/* since 6.13 */
#define REMOVEXATTRAT		466
#define FILE_SETATTR		469	/* since 6.17 */

static int act_setxattrat(const struct args *a)
{
	const struct { uint64_t value; uint32_t size, flags; } x = {
		(uintptr_t)"x", 1, 0,
	};

	return result(syscall(SETXATTRAT, AT_FDCWD, a->path, 0, XATTR, &x, sizeof(x)));
}

static int act_setxattrat_fd(const struct args *a)
{
	const struct { uint64_t value; uint32_t size, flags; } x = {
		(uintptr_t)"x", 1, 0,
	};
	int fd = open(a->path, O_RDONLY);

	return fd < 0 ? errno : result(syscall(SETXATTRAT, fd, "", AT_EMPTY_PATH,
					       XATTR, &x, sizeof(x)));
}

static int act_removexattrat(const struct args *a)
{
	return result(syscall(REMOVEXATTRAT, AT_FDCWD, a->path, 0, XATTR));
}

/* No flag of all those that there are. */
static int act_file_setattr(const struct args *a)
{
	const struct { uint64_t flags; uint32_t hint, pieces, project, cow; } x = { 0 };

	return result(syscall(FILE_SETATTR, AT_FDCWD, a->path, &x, sizeof(x), 0));
}

static int act_remove_xattr(const struct args *a)
{
	return result(removexattr(a->path, XATTR));
}

static int act_uring_fxattr(const struct args *a)
{
	struct io_uring_sqe sqe = {
		.opcode = 41 /* IORING_OP_FSETXATTR */,
		.fd = open(a->path, O_RDWR),
		.addr = (uintptr_t)XATTR,
		.off = (uintptr_t)"x",
		.len = 1,
	};

	return sqe.fd < 0 ? errno : -uring_do(&sqe, -1);
}

/* user::rwx, group::r--, other::--- */
static const struct {
	uint32_t version;
	struct { uint16_t tag, perm; uint32_t id; } entry[3];
} acl = { 2, { { 1, 7, -1U }, { 4, 4, -1U }, { 0x20, 0, -1U } } };

static int act_acl(const struct args *a)
{
	return result(setxattr(a->path, "system.posix_acl_access", &acl,
			       sizeof(acl), 0));
}

static int act_remove_acl(const struct args *a)
{
	return result(removexattr(a->path, "system.posix_acl_access"));
}

static int act_flags(const struct args *a)
{
	int flags = FS_NODUMP_FL, fd = open(a->path, O_RDONLY);

	return fd < 0 ? errno : result(ioctl(fd, FS_IOC_SETFLAGS, &flags));
}

/* What is odd about a file system's own call, its errno tells: tmpfs has none. */
static int act_fs_call(const struct args *a)
{
	static char room[4096];
	int fd = open(a->path, O_RDONLY);

	return fd < 0 ? errno : result(ioctl(fd, a->n[0], room));
}

static int act_write(const struct args *a)
{
	int fd = open(a->path, O_RDWR | a->n[0]);

	return fd < 0 ? errno : result(write(fd, "x", 1));
}

static int act_truncate(const struct args *a)
{
	return result(truncate(a->path, 1));
}

/* What is a task's own and has no name. */
static int act_memfd_times(const struct args *a)
{
	int fd = memfd_create("times", 0), pipes[2];

	(void)a;
	if (fd < 0 || pipe(pipes) || futimens(fd, past))
		return errno;
	return result(futimens(pipes[1], NULL));
}

static int act_deleted_times(const struct args *a)
{
	int fd = open(a->path, O_RDWR);

	return fd < 0 || unlink(a->path) ? errno : result(futimens(fd, past));
}

static void a_file(const struct args *a)
{
	put_file(a->path, "content of a file\n");
}

/* Writing takes the bit from whoever isn't privileged: so the owner is not. */
static void a_setuid_file(const struct args *a)
{
	put_file(a->path, "content of a file\n");
	chmod(a->path, 04777);
}

static int act_write_as_user(const struct args *a)
{
	return setresuid(1000, 1000, 1000) ? errno : act_write(a);
}

static void with_xattr(const struct args *a)
{
	setxattr(a->path, XATTR, "x", 1, 0);
}

static void with_acl(const struct args *a)
{
	setxattr(a->path, "system.posix_acl_access", &acl, sizeof(acl), 0);
}

static const struct trial trials[] = {
	{ "times", act_times, { A_ "/own/a" } },
	{ "times, no rule", act_times, { A_ "/rw/a" }, DENIED },
	{ "touch", act_touch, { A_ "/own/a" } },
	{ "touch, no rule", act_touch, { A_ "/rw/a" }, DENIED },
	{ "access time alone, no rule", act_atime, { A_ "/rw/a" }, DENIED },
	{ "times of a symlink", act_link_times, { A_ "/own/link" } },
	{ "times of a symlink, no rule", act_link_times, { A_ "/rw/link" }, DENIED },
	{ "times by descriptor", act_futimens, { A_ "/own/a" } },
	{ "times by descriptor, no rule", act_futimens, { A_ "/rw/a" }, DENIED },
	{ "times by O_PATH and /proc", act_times_by_proc, { A_ "/own/a" } },
	{ "times by O_PATH and /proc, no rule", act_times_by_proc, { A_ "/rw/a" },
	  DENIED },
	{ "mode by O_PATH and /proc", act_chmod_by_proc, { A_ "/own/a" } },
	{ "mode by O_PATH and /proc, no rule", act_chmod_by_proc, { A_ "/rw/a" },
	  .error = EACCES, .want = { .act = BULKHEAD_ACT_CHMOD,
	  .perms = BULKHEAD_PERM_OWN, .rule = DEFAULT } },
	{ "times of a folder, no rule", act_times, { A_ "/rw" }, DENIED },
	{ "xattr", act_xattr, { A_ "/own/a" } },
	{ "xattr, no rule", act_xattr, { A_ "/rw/a" }, DENIED },
	{ "xattr by descriptor", act_fxattr, { A_ "/own/a" } },
	{ "xattr by descriptor, no rule", act_fxattr, { A_ "/rw/a" }, DENIED },
	{ "xattr of a symlink, no rule", act_lxattr, { A_ "/rw/link" }, DENIED },
	{ "xattr by io_uring", act_uring_fxattr, { A_ "/own/a" } },
	{ "xattr by io_uring, no rule", act_uring_fxattr, { A_ "/rw/a" },
	  .error = EACCES, .want = { .act = BULKHEAD_ACT_SETATTR,
	  .perms = BULKHEAD_PERM_OWN, .rule = DEFAULT, .path = A_ "/rw/a",
	  .pid = ANY_PID } },
	{ "remove an xattr", act_remove_xattr, { A_ "/own/a" },
	  .again = with_xattr },
	{ "remove an xattr, no rule", act_remove_xattr, { A_ "/rw/a" }, DENIED,
	  .again = with_xattr },
	{ "setxattrat", act_setxattrat, { A_ "/own/a" }, .lacks = ENOSYS },
	{ "setxattrat, no rule", act_setxattrat, { A_ "/rw/a" }, DENIED,
	  .lacks = ENOSYS },
	{ "setxattrat by descriptor, no rule", act_setxattrat_fd,
	  { A_ "/rw/a" }, DENIED, .lacks = ENOSYS },
	{ "removexattrat, no rule", act_removexattrat, { A_ "/rw/a" }, DENIED,
	  .again = with_xattr, .lacks = ENOSYS },
	{ "file_setattr", act_file_setattr, { A_ "/own/a" }, .lacks = ENOSYS },
	{ "file_setattr, no rule", act_file_setattr, { A_ "/rw/a" }, DENIED,
	  .lacks = ENOSYS },
	{ "ACL", act_acl, { A_ "/own/a" } },
	{ "ACL, no rule", act_acl, { A_ "/rw/a" }, DENIED },
	{ "remove an ACL", act_remove_acl, { A_ "/own/a" }, .again = with_acl },
	{ "remove an ACL, no rule", act_remove_acl, { A_ "/rw/a" }, DENIED,
	  .again = with_acl },
	{ "inode flags", act_flags, { A_ "/own/a" } },
	{ "inode flags, no rule", act_flags, { A_ "/rw/a" }, DENIED },
	{ "sealing by verity, no rule", act_fs_call,
	  { A_ "/rw/a", "", { FS_IOC_ENABLE_VERITY } }, DENIED, .outside = ENOTTY },
	{ "FAT's attributes, no rule", act_fs_call,
	  { A_ "/rw/a", "", { FAT_SET_ATTRIBUTES } }, DENIED, .outside = ENOTTY },
	{ "writing sets times", act_write, { A_ "/rw/a" } },
	{ "opening truncates", act_write, { A_ "/rw/a", .n = { O_TRUNC } } },
	{ "truncating sets times", act_truncate, { A_ "/rw/a" }, .again = a_file },
	{ "writing removes the setuid bit", act_write_as_user, { A_ "/rw/suid" },
	  .again = a_setuid_file },
	{ "a memfd, a pipe", act_memfd_times, { "" } },
	{ "a deleted file", act_deleted_times, { A_ "/own/gone" }, .again = a_file },
	{ "two names, one not allowed", act_times, { A_ "/half/a" },
	  DENIED_AT(A_ "/source/a") },
	{ "two names, both allowed", act_times, { A_ "/whole1/a" } },
};

/* The upper layer has a name of its own here, which allows nothing. */
static const struct trial overlay[] = {
	{ "overlayfs: times, copied up", act_times, { A_ "/ov/own1" } },
	{ "overlayfs: xattr, copied up", act_xattr, { A_ "/ov/own2" } },
	{ "overlayfs: times again", act_times, { A_ "/ov/own1" } },
	{ "overlayfs: ACL", act_acl, { A_ "/ov/own1" } },
	{ "overlayfs: written, copied up", act_write, { A_ "/ov/rw1" } },
	{ "overlayfs: times, no rule", act_times, { A_ "/ov/rw2" }, DENIED },
	{ "overlayfs: xattr, no rule", act_xattr, { A_ "/ov/rw2" }, DENIED },
	{ "overlayfs: the lower file itself", act_times, { A_ "/lower/own3" },
	  DENIED },
};

/* Descriptors from another place: no name, whatever the file. */
static int kept[] = { -1, -1, -1 };

/* path2, n[1] folders down. */
static int open_below(const struct args *a)
{
	long n;

	if (!a->n[1])
		return open(a->path2, O_RDWR);
	if (chdir(a->path2))
		return -1;
	for (n = 0; n < a->n[1]; n++)
		if (chdir("d"))
			return -1;
	return open(".", O_RDONLY | O_DIRECTORY);
}

static int act_keep(const struct args *a)
{
	kept[a->n[0]] = open_below(a);
	return result(kept[a->n[0]]);
}

static int act_kept_times(const struct args *a)
{
	int error = kept[a->n[0]] < 0 ? act_keep(a) : 0;

	return error ? error : result(futimens(kept[a->n[0]], past));
}

static int act_kept_xattr(const struct args *a)
{
	int error = kept[a->n[0]] < 0 ? act_keep(a) : 0;

	return error ? error : result(fsetxattr(kept[a->n[0]], XATTR, "x", 1, 0));
}

/* A namespace in which A_ "/own" is a file system of its own. */
static int act_leave(const struct args *a)
{
	if (unshare(CLONE_NEWNS) || mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL))
		return errno;
	return result(umount2(a->path, MNT_DETACH));
}

/* So many levels down a file has no name that a path could be. */
#define NO_NAME		2100
#define NO_PATH(why, r)	.error = EACCES, .want = { .act = BULKHEAD_ACT_SETATTR,	\
	.reason = BULKHEAD_REASON_##why, .rule = r, .path = "" }

static const struct trial kept_trials[] = {
	{ "a file without a name here: times", act_kept_times,
	  { "", TOP "/far/a" }, UNREACHABLE },
	{ "a file without a name here: xattr", act_kept_xattr,
	  { "", TOP "/far/a" }, UNREACHABLE },
	{ "one that nobody has a name for: times", act_kept_times,
	  { "", TOP "/far", .n = { 1, NO_NAME } }, NO_PATH(UNREACHABLE, DEFAULT) },
	{ "a guarded one that nobody has a name for: times", act_kept_times,
	  { "", TOP "/bpf", .n = { 2, NO_NAME } },
	  NO_PATH(PRESET, "preset sys-firmware") },
};

/*
 * Each mount of a file system is a name more of what is in it, and each folder
 * above makes them longer. Of 30 names all are read; of 40 the kernel gives up,
 * and what it hasn't read isn't allowed.
 */
#define LEVELS	1900
#define MANY	30
#define MORE	40

static void deep_name(char path[4096], const char *top)
{
	int i, len = sprintf(path, "%s/0", top);

	for (i = 0; i < LEVELS; i++)
		len += sprintf(path + len, "/d");
	sprintf(path + len, "/a");
}

static int act_deep_times(const struct args *a)
{
	char path[4096];

	deep_name(path, a->path);
	return result(utimensat(AT_FDCWD, path, past, 0));
}

static const struct trial many_names[] = {
	{ "many long names, all allowed", act_deep_times, { A_ "/many" } },
	{ "more than are looked at, all allowed", act_deep_times, { A_ "/more" },
	  TOO_LONG },
};

static void make_names(const char *top, int count)
{
	char path[4096], first[64], *slash;
	int i;

	sprintf(first, "%s/0", top);
	for (i = 0; i < count; i++)
		make_dir("%s/%d", top, i);
	mount_at("names", first, "tmpfs", 0, NULL);
	deep_name(path, top);
	for (slash = path + strlen(first) + 1; (slash = strchr(slash, '/')); slash++) {
		*slash = 0;
		if (mkdir(path, 0755))
			bail("a tree of %d levels: %m", LEVELS);
		*slash = '/';
	}
	put_file(path, "content of a file\n");
	for (i = 1; i < count; i++) {
		sprintf(path, "%s/%d", top, i);
		mount_at(first, path, NULL, MS_BIND, NULL);
	}
}

static void remove_names(const char *top, int count)
{
	char path[64];

	while (count--) {
		sprintf(path, "%s/%d", top, count);
		umount2(path, MNT_DETACH);
	}
}

static void many(void)
{
	struct box b;

	make_names(A_ "/many", MANY);
	make_names(A_ "/more", MORE);
	box_open(&b, "bh-attr");
	box_confine(&b, "attributes");
	trials_run(&b, "attributes", many_names, ARRAY_SIZE(many_names));
	box_close(&b);
	remove_names(A_ "/many", MANY);
	remove_names(A_ "/more", MORE);
}

#define PRIVILEGED	3

unsigned int suite_points(void)
{
	return TRIAL_POINTS * (ARRAY_SIZE(trials) + ARRAY_SIZE(overlay) +
			       ARRAY_SIZE(kept_trials) +
			       ARRAY_SIZE(many_names)) +
	       PRIVILEGED + 1;
}

static void make_deep(const char *top)
{
	int n;

	if (chdir(top))
		bail("chdir %s: %m", top);
	for (n = 0; n < NO_NAME; n++)
		if (mkdir("d", 0755) || chdir("d"))
			bail("%d levels below %s: %m", NO_NAME, top);
	if (chdir("/"))
		bail("chdir: %m");
}

static void make_all(void)
{
	static const char *const files[] = {
		"own/a", "rw/a", "source/a", "whole1/a", "half/.", "whole2/.",
		"lower/own1", "lower/own2", "lower/own3", "lower/rw1",
		"lower/rw2", "upper/.", "work/.", "ov/.",
	};
	make_files(A_, files, ARRAY_SIZE(files));
	if (symlink(A_ "/rw/a", A_ "/own/link") || symlink(A_ "/own/a", A_ "/rw/link"))
		bail("symlink: %m");
	mount_at(A_ "/source", A_ "/half", NULL, MS_BIND, NULL);
	mount_at(A_ "/whole1", A_ "/whole2", NULL, MS_BIND, NULL);
	mount_at("overlay", A_ "/ov", "overlay", 0, "lowerdir=" A_ "/lower,upperdir="
		 A_ "/upper,workdir=" A_ "/work");
	make_dir(TOP "/far");
	mount_at("far", TOP "/far", "tmpfs", 0, NULL);
	put_file(TOP "/far/a", "content of a file\n");
	make_dir(TOP "/bpf");
	mount_at("bpf", TOP "/bpf", "bpf", 0, NULL);
	make_deep(TOP "/far");
	make_deep(TOP "/bpf");
}

static void become(struct box *b, act_fn act, const struct args *args)
{
	errno = box_become(b, act, args);
	if (errno)
		bail("keep a file: %m");
}

static void nameless(void)
{
	const struct args far = { TOP "/far" }, bpf = { TOP "/bpf" };
	struct box b;
	unsigned int i;

	box_open(&b, "bh-attr");
	for (i = 1; i < ARRAY_SIZE(kept_trials); i++)
		become(&b, act_keep, &kept_trials[i].args);
	become(&b, act_leave, &far);
	become(&b, act_leave, &bpf);
	box_confine(&b, "attributes");
	trials_run(&b, "attributes", kept_trials, ARRAY_SIZE(kept_trials));
	box_close(&b);
}

static int act_security_xattr(const struct args *a)
{
	if (a->n[0] && setresuid(a->n[0], a->n[0], a->n[0]))
		return errno;
	return result(setxattr(a->path, "security.bulkhead", "x", 1, 0));
}

static int act_remove_security_xattr(const struct args *a)
{
	if (a->n[0] && setresuid(a->n[0], a->n[0], a->n[0]))
		return errno;
	return result(removexattr(a->path, a->path2));
}

/* What an owner without privilege may do to attributes that take some. */
static void try_unprivileged(int errors[PRIVILEGED])
{
	const struct args user = { A_ "/owned", "security.bulkhead", .n = { 1000 } };
	const struct args caps = { A_ "/owned", "security.capability", .n = { 1000 } };
	const struct args root = { A_ "/owned", "security.bulkhead" };

	put_file(A_ "/owned", "a user's\n");
	chown(A_ "/owned", 1000, 1000);
	errors[0] = outside_do(act_security_xattr, &user);
	outside_do(act_security_xattr, &root);
	errors[1] = outside_do(act_remove_security_xattr, &user);
	errors[2] = outside_do(act_remove_security_xattr, &caps);
}

/*
 * Before 6.10 a hook of ours keeps the kernel from asking for the capability:
 * then we have to. (With bpf among the LSMs that kernel never asks.)
 */
static void privilege(const int without[PRIVILEGED])
{
	static const char *const names[PRIVILEGED] = {
		"sets a security xattr", "removes one", "removes file capabilities",
	};
	int errors[PRIVILEGED];
	unsigned int i;

	try_unprivileged(errors);
	for (i = 0; i < PRIVILEGED; i++)
		ok(errors[i] == without[i], "outside: a user %s: %s, as without us",
		   names[i], errors[i] ? strerror(errors[i]) : "allowed");
}

void suite(void)
{
	int without[PRIVILEGED];
	struct box b;

	make_all();
	if (module_remove())
		bail("the module can't be removed");
	try_unprivileged(without);
	if (module_insert())
		bail("the module can't be inserted");
	apply("attributes", attributes_yaml);
	events_open();
	box_open(&b, "bh-attr");
	box_confine(&b, "attributes");
	trials_run(&b, "attributes", trials, ARRAY_SIZE(trials));
	trials_run(&b, "attributes", overlay, ARRAY_SIZE(overlay));
	box_close(&b);
	nameless();
	many();
	privilege(without);
	no_more_events();
	umount2(TOP "/far", MNT_DETACH);
	umount2(TOP "/bpf", MNT_DETACH);
	umount2(A_ "/ov", MNT_DETACH);
	umount2(A_ "/half", MNT_DETACH);
	umount2(A_ "/whole2", MNT_DETACH);
	events_close();
}
