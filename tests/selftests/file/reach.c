// SPDX-License-Identifier: GPL-2.0-only
/*
 * Ways to reach a file other than by its path: descriptors of several kinds,
 * calls that copy between them, /proc, links, and what others hold open.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>
#include <linux/bulkhead.h>
#include <linux/fs.h>
#include <linux/openat2.h>

#include "acts.h"
#include "file_acts.h"
#include "host.h"
#include "image.h"
#include "policy.h"
#include "reach.h"
#include "tap.h"
#include "trial.h"
#include "uring.h"

#define DEFAULT		"default: deny"
#define R		BULKHEAD_PERM_READ
#define W		BULKHEAD_PERM_WRITE
#define WANT_AT(a, p, at)	.error = EACCES,			\
	.want = { .act = BULKHEAD_ACT_##a, .perms = p, .rule = DEFAULT, .path = at }
#define WANT(a, p)	WANT_AT(a, p, NULL)

static int result(long r)
{
	return r < 0 ? errno : 0;
}

/* n[0]: flags. */
static int act_by_proc(const struct args *a)
{
	int fd = open(a->path, O_PATH);
	char link[64];

	if (fd < 0)
		return errno;
	snprintf(link, sizeof(link), "/proc/self/fd/%d", fd);
	return result(open(link, a->n[0]));
}

/* path2 below the folder path; n[0]: how to resolve. */
static int act_openat2(const struct args *a)
{
	const struct open_how how = { .flags = O_RDONLY, .resolve = a->n[0] };
	int at = open(a->path, O_PATH | O_DIRECTORY);

	return at < 0 ? errno :
	       result(syscall(SYS_openat2, at, a->path2, &how, sizeof(how)));
}

static int act_handle_of(const struct args *a)
{
	union {
		struct file_handle h;
		char room[sizeof(struct file_handle) + MAX_HANDLE_SZ];
	} u = { .h = { .handle_bytes = MAX_HANDLE_SZ } };
	int mount_id;

	return result(name_to_handle_at(AT_FDCWD, a->path, &u.h, &mount_id, 0));
}

/* Read by a ring what is registered with it as a fixed file. */
static int act_uring_fixed(const struct args *a)
{
	int fd = open(a->path, O_RDONLY);

	return fd < 0 ? errno : uring_read_fixed(fd);
}

/* From path to path2. */
static int open_two(const struct args *a, int fds[2])
{
	fds[0] = open(a->path, O_RDONLY);
	if (fds[0] < 0)
		return errno;
	fds[1] = open(a->path2, O_WRONLY);
	return fds[1] < 0 ? errno : 0;
}

static int act_sendfile(const struct args *a)
{
	int fds[2], error = open_two(a, fds);

	return error ? error : result(sendfile(fds[1], fds[0], NULL, 1));
}

static int act_splice(const struct args *a)
{
	int fds[2], pipes[2], error = open_two(a, fds);

	if (error || pipe(pipes))
		return error ? error : errno;
	if (splice(fds[0], NULL, pipes[1], NULL, 1, 0) != 1)
		return errno;
	return result(splice(pipes[0], NULL, fds[1], NULL, 1, 0));
}

static int act_copy_range(const struct args *a)
{
	int fds[2], error = open_two(a, fds);

	return error ? error :
	       result(copy_file_range(fds[0], NULL, fds[1], NULL, 1, 0));
}

static int act_clone(const struct args *a)
{
	int fds[2], error = open_two(a, fds);

	return error ? error : result(ioctl(fds[1], FICLONE, fds[0]));
}

static int act_clone_range(const struct args *a)
{
	int fds[2], error = open_two(a, fds);
	struct file_clone_range range = { .src_fd = fds[0] };

	return error ? error : result(ioctl(fds[1], FICLONERANGE, &range));
}

/* By a descriptor that may append. */
static int act_clone_appending(const struct args *a)
{
	struct file_clone_range range = { .src_fd = open(a->path, O_RDONLY) };
	int to = open(a->path2, O_WRONLY | O_APPEND);

	if (range.src_fd < 0 || to < 0)
		return ENOENT;
	return result(a->n[0] == FICLONE ? ioctl(to, FICLONE, (int)range.src_fd) :
					   ioctl(to, FICLONERANGE, &range));
}

static int act_self_exe(const struct args *a)
{
	return result(open("/proc/self/exe", a->n[0]));
}

static int act_self_root(const struct args *a)
{
	char path[600];

	snprintf(path, sizeof(path), "/proc/self/root%s", a->path);
	return result(open(path, O_RDONLY));
}

static int act_self_cwd(const struct args *a)
{
	if (chdir(a->path))
		return errno;
	snprintf((char *)a->path2, sizeof(a->path2), "/proc/self/cwd/a");
	return result(open(a->path2, O_RDONLY));
}

/* A file without a name gets one; what it may do must not grow by it. */
static int act_name_tmpfile(const struct args *a)
{
	int fd = open(a->path, O_TMPFILE | O_RDWR, 0644);
	char link[64];

	if (fd < 0)
		return errno;
	snprintf(link, sizeof(link), "/proc/self/fd/%d", fd);
	return result(linkat(AT_FDCWD, link, AT_FDCWD, a->path2,
			     AT_SYMLINK_FOLLOW));
}

static int act_lchown(const struct args *a)
{
	return result(lchown(a->path, 1, 1));
}

static int act_fchown(const struct args *a)
{
	int fd = open(a->path, O_RDONLY);

	return fd < 0 ? errno : result(fchown(fd, 1, 1));
}

static int act_fchownat(const struct args *a)
{
	int fd = open(a->path, O_PATH);

	return fd < 0 ? errno : result(fchownat(fd, "", 1, 1, AT_EMPTY_PATH));
}

static int act_ftruncate(const struct args *a)
{
	int fd = open(a->path, O_RDWR);

	return fd < 0 ? errno : result(ftruncate(fd, 1));
}

/* A message queue, by the call that takes a name without a folder. */
static int act_queue(const struct args *a)
{
	return result(syscall(SYS_mq_open, a->path + strlen(QUEUES "/"), a->n[0],
			      0600, NULL));
}

static int act_no_queue(const struct args *a)
{
	return result(syscall(SYS_mq_unlink, a->path + strlen(QUEUES "/")));
}

/* What was refused has not been made, and is still there. */
static bool is_no_queue(const struct trial *t)
{
	return !t->want.rule || access(t->args.path, F_OK);
}

static bool is_a_queue(const struct trial *t)
{
	return !t->want.rule || !access(t->args.path, F_OK);
}

/* Huge pages are no other memory than that of any memfd, where there are any. */
static int act_huge(const struct args *a)
{
	int fd = memfd_create("huge", MFD_HUGETLB);
	char link[64];

	(void)a;
	if (fd < 0 && errno == ENOSYS)
		return 0;
	snprintf(link, sizeof(link), "/proc/self/fd/%d", fd);
	if (fd < 0 || ftruncate(fd, 0) || futimens(fd, NULL) || fchmod(fd, 0600))
		return errno;
	return result(open(link, O_RDWR));
}

static void a_queue(const struct args *a)
{
	int fd = open(a->path, O_RDONLY | O_CREAT | O_CLOEXEC, 0600);

	if (fd < 0)
		bail("make %s: %m", a->path);
	close(fd);
}

static void no_queue(const struct args *a)
{
	unlink(a->path);
}

static void absent(const struct args *a)
{
	unlink(a->path2);
}

static void old_file(const struct args *a)
{
	unlink(a->path);
	put_file(a->path, "content of a file\n");
	unlink(a->path2);
}

static void other_content(const struct args *a)
{
	put_file(a->path2, "other content\n");
}

/* What was allowed was done, what wasn't was not. */
static bool is_cloned(const struct trial *t)
{
	bool done = !t->want.rule && !t->outside;
	char text[64];

	return !read_file(t->args.path2, text, sizeof(text)) &&
	       !strcmp(text, done ? "content of a file\n" : "other content\n");
}

#define CLONED	.again = other_content, .after = is_cloned

static const struct trial trials[] = {
	{ "O_PATH, then /proc: read", act_by_proc, { F "/public/a" } },
	{ "O_PATH, then /proc: read, no rule", act_by_proc, { F "/private/a" },
	  WANT(OPEN, R) },
	{ "O_PATH, then /proc: write, no rule", act_by_proc,
	  { F "/public/a", .n = { O_WRONLY } }, WANT(OPEN, W) },
	{ "openat2: beneath", act_openat2,
	  { F "/public", "a", .n = { RESOLVE_BENEATH } } },
	{ "openat2: beneath, no rule", act_openat2,
	  { F "/private", "a", .n = { RESOLVE_BENEATH } },
	  WANT_AT(OPEN, R, F "/private/a") },
	{ "openat2: in a root, no rule", act_openat2,
	  { F "/private", "/a", .n = { RESOLVE_IN_ROOT } },
	  WANT_AT(OPEN, R, F "/private/a") },
	{ "openat2: a root whose names are allowed elsewhere", act_openat2,
	  { F "/private", F "/public/a", .n = { RESOLVE_IN_ROOT } },
	  WANT_AT(OPEN, R, F "/private" F "/public/a") },
	{ "a file's handle is metadata", act_handle_of, { F "/private/a" } },
	{ "a fixed file of io_uring", act_uring_fixed, { F "/public/a" } },
	{ "a fixed file of io_uring, no rule", act_uring_fixed, { F "/private/a" },
	  WANT(OPEN, R) },
	{ "sendfile", act_sendfile, { F "/public/a", F "/write/a" } },
	{ "sendfile from what may not be read", act_sendfile,
	  { F "/private/a", F "/write/a" }, WANT(OPEN, R) },
	{ "splice", act_splice, { F "/public/a", F "/write/a" } },
	{ "splice to what may not be written", act_splice,
	  { F "/public/a", F "/public/1/2/3/4/5/a" },
	  WANT_AT(OPEN, W, F "/public/1/2/3/4/5/a") },
	{ "copy_file_range", act_copy_range, { F "/public/a", F "/write/a" } },
	{ "copy_file_range to what may not be written", act_copy_range,
	  { F "/public/a", F "/private/a" }, WANT_AT(OPEN, W, F "/private/a") },
	{ "FICLONE", act_clone, { F "/xfs/from", F "/xfs/to" }, CLONED },
	{ "FICLONE to what may not be written", act_clone,
	  { F "/xfs/from", F "/xfs/shut" }, WANT_AT(OPEN, W, F "/xfs/shut"), CLONED },
	{ "FICLONE from what may not be read", act_clone,
	  { F "/xfs/secret", F "/xfs/to" }, WANT(OPEN, R), CLONED },
	{ "FICLONERANGE", act_clone_range, { F "/xfs/from", F "/xfs/to" }, CLONED },
	{ "FICLONERANGE to what may not be written", act_clone_range,
	  { F "/xfs/from", F "/xfs/shut" }, WANT_AT(OPEN, W, F "/xfs/shut"), CLONED },
	/* The kernel itself has that for no appending, whoever asks. */
	{ "FICLONE to what is for appending", act_clone_appending,
	  { F "/xfs/from", F "/xfs/log", .n = { FICLONE } }, .error = EBADF,
	  .outside = EBADF, CLONED },
	{ "FICLONERANGE to what is for appending", act_clone_appending,
	  { F "/xfs/from", F "/xfs/log", .n = { FICLONERANGE } }, .error = EBADF,
	  .outside = EBADF, CLONED },
	{ "/proc/self/exe", act_self_exe, { .n = { O_RDONLY } },
	  WANT_AT(OPEN, R, ANY_PATH) },
	{ "/proc/self/exe, by O_PATH alone", act_self_exe, { .n = { O_PATH } } },
	{ "/proc/self/root", act_self_root, { F "/public/a" } },
	{ "/proc/self/root, no rule", act_self_root, { F "/private/a" },
	  WANT(OPEN, R) },
	{ "/proc/self/cwd, no rule", act_self_cwd, { F "/private" },
	  WANT_AT(OPEN, R, F "/private/a") },
	{ "name a file without a name", act_name_tmpfile,
	  { F "/wide", F "/wide/named" }, .again = absent },
	{ "name it where links aren't allowed", act_name_tmpfile,
	  { F "/all", F "/all/named" }, .again = absent,
	  WANT_AT(LINK, BULKHEAD_PERM_LINK, F "/all/named") },
	{ "lchown, no rule", act_lchown, { F "/public/to-private" },
	  WANT(CHOWN, BULKHEAD_PERM_OWN) },
	{ "fchown, no rule", act_fchown, { F "/public/a" },
	  WANT(CHOWN, BULKHEAD_PERM_OWN) },
	{ "fchownat of an O_PATH descriptor, no rule", act_fchownat,
	  { F "/public/a" }, WANT(CHOWN, BULKHEAD_PERM_OWN) },
	{ "fchownat of an O_PATH descriptor", act_fchownat, { F "/all/a" } },
	{ "ftruncate", act_ftruncate, { F "/write/a" } },
	{ "rename that leaves a whiteout", act_rename,
	  { F "/all/old", F "/all/new", .n = { 4 /* RENAME_WHITEOUT */ } },
	  .again = old_file },
	{ "rename that leaves a whiteout where nodes aren't allowed", act_rename,
	  { F "/move/old", F "/move/new", .n = { 4 } },
	  WANT(MKNOD, BULKHEAD_PERM_NODE), .again = old_file },
	{ "a message queue", act_queue, { QUEUES "/open" } },
	{ "a message queue, no rule", act_queue, { QUEUES "/shut" }, WANT(OPEN, R) },
	{ "a new message queue", act_queue, { QUEUES "/open-new", .n = { O_CREAT } },
	  .again = no_queue },
	{ "a new message queue, no rule", act_queue,
	  { QUEUES "/seen-new", .n = { O_CREAT } },
	  WANT(CREATE, BULKHEAD_PERM_CREATE), .again = no_queue, .after = is_no_queue },
	{ "an old message queue that needn't be made", act_queue,
	  { QUEUES "/seen", .n = { O_CREAT } }, .again = a_queue },
	{ "remove a message queue", act_no_queue, { QUEUES "/open-old" },
	  .again = a_queue },
	{ "remove a message queue, no rule", act_no_queue, { QUEUES "/seen-old" },
	  WANT(UNLINK, BULKHEAD_PERM_DELETE), .again = a_queue, .after = is_a_queue },
	{ "memory in huge pages", act_huge, { "" } },
	{ "the upper layer of an overlay", act_read, { TOP "/upper/new" },
	  WANT(OPEN, R) },
};

unsigned int reach_points(void)
{
	return TRIAL_POINTS * ARRAY_SIZE(trials);
}

void reach(struct box *b)
{
	make_dir(F "/move");
	make_dir(F "/private" F "/public");
	put_file(F "/private" F "/public/a", "content of a file\n");
	put_file(TOP "/upper/new", "content of a file\n");
	image_mount(TOP "/xfs.img", "xfs", F "/xfs");
	put_file(F "/xfs/from", "content of a file\n");
	put_file(F "/xfs/secret", "content of a file\n");
	a_queue(&(struct args){ QUEUES "/open" });
	a_queue(&(struct args){ QUEUES "/shut" });
	trials_run(b, "files", trials, ARRAY_SIZE(trials));
	unlink(QUEUES "/open");
	unlink(QUEUES "/shut");
	unlink(QUEUES "/open-new");
	unlink(QUEUES "/seen-new");
	unlink(QUEUES "/seen");
	image_umount(TOP "/xfs.img", F "/xfs");
}
