// SPDX-License-Identifier: GPL-2.0-only
/*
 * Descriptors that a task didn't open while it was confined: its own from
 * before, those that somebody outside or in another container hands over, and
 * the fixed files of a ring. Taking one is judged as opening the file is, and
 * so is what it does beyond reading and writing.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>
#include <linux/bulkhead.h>

#include "acts.h"
#include "control.h"
#include "file_acts.h"
#include "handed.h"
#include "host.h"
#include "policy.h"
#include "tap.h"
#include "trial.h"
#include "uring.h"

#define DEFAULT		"default: deny"
#define R		BULKHEAD_PERM_READ
#define W		BULKHEAD_PERM_WRITE
#define PUBLIC		F "/public/a"
#define PRIVATE		F "/private/a"
#define DENIED_AT(e, a, p, at)	.error = e, .want = {			\
	.act = BULKHEAD_ACT_##a, .perms = p, .rule = DEFAULT, .path = at }
/* It doesn't arrive; the event is the one's who would have received it. */
#define NOT_TAKEN(p, at)	DENIED_AT(EBADF, RECEIVE, p, at), .want.pid = ANY_PID

static int result(long r)
{
	return r < 0 ? errno : 0;
}

static int open_public(void)
{
	return open(PUBLIC, O_RDONLY | O_CLOEXEC);
}

static int open_private(void)
{
	return open(PRIVATE, O_RDONLY | O_CLOEXEC);
}

static int open_public_writing(void)
{
	return open(PUBLIC, O_RDWR | O_CLOEXEC);
}

static int path_of_private(void)
{
	return open(PRIVATE, O_PATH | O_CLOEXEC);
}

static int folder_public(void)
{
	return open(F "/public", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
}

static int folder_private(void)
{
	return open(F "/private", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
}

static int path_of_folder_private(void)
{
	return open(F "/private", O_PATH | O_DIRECTORY | O_CLOEXEC);
}

#define HELD	10

/* For a task itself; n[0]: flags. */
static int act_hold(const struct args *a)
{
	int fd = open(a->path, a->n[0]);

	if (fd < 0 || fd == HELD)
		return fd < 0 ? errno : 0;
	if (dup2(fd, HELD) < 0)
		return errno;
	return result(close(fd));
}

/* What a task of another domain opened there and sent, by way of ours. */
static struct box other;

static int by_other(const char *path)
{
	struct args a = { .n = { O_RDONLY } };
	int pidfd = syscall(SYS_pidfd_open, other.pid, 0), fd;

	snprintf(a.path, sizeof(a.path), "%s", path);
	if (pidfd < 0 || box_become(&other, act_hold, &a))
		return -1;
	fd = syscall(SYS_pidfd_getfd, pidfd, HELD, 0);
	close(pidfd);
	return fd;
}

static int public_of_other(void)
{
	return by_other(PUBLIC);
}

static int private_of_other(void)
{
	return by_other(PRIVATE);
}

/* From the descriptor into path. */
static int act_splice(const struct args *a)
{
	int pipes[2], out = open(a->path, O_WRONLY);

	if (out < 0 || pipe(pipes))
		return errno;
	if (splice(a->fd, &(loff_t){ 0 }, pipes[1], NULL, 1, 0) != 1)
		return errno;
	return result(splice(pipes[0], NULL, out, NULL, 1, 0));
}

static int act_sendfile(const struct args *a)
{
	int out = open(a->path, O_WRONLY);

	return out < 0 ? errno : result(sendfile(out, a->fd, &(off_t){ 0 }, 1));
}

static int act_copy_range(const struct args *a)
{
	int out = open(a->path, O_WRONLY);

	return out < 0 ? errno :
	       result(copy_file_range(a->fd, &(loff_t){ 0 }, out, NULL, 1, 0));
}

static int act_reopen(const struct args *a)
{
	char link[64];

	snprintf(link, sizeof(link), "/proc/self/fd/%d", a->fd);
	return result(open(link, a->n[0]));
}

static int act_stat(const struct args *a)
{
	struct stat st;

	return result(fstat(a->fd, &st));
}

static int act_read_fd(const struct args *a)
{
	char c;

	return result(pread(a->fd, &c, 1, 0));
}

static int act_chown_fd(const struct args *a)
{
	return result(fchownat(a->fd, "", 1, 1, AT_EMPTY_PATH));
}

static int act_link_fd(const struct args *a)
{
	return result(linkat(a->fd, "", AT_FDCWD, a->path, AT_EMPTY_PATH));
}

/* path lies in the folder. */
static int act_openat_fd(const struct args *a)
{
	return result(openat(a->fd, a->path, O_RDONLY));
}

static int act_mkdirat_fd(const struct args *a)
{
	return result(mkdirat(a->fd, a->path, 0755));
}

static int act_chdir_fd(const struct args *a)
{
	return fchdir(a->fd) ? errno : result(open(a->path, O_RDONLY));
}

static void no_new(const struct args *a)
{
	(void)a;
	rmdir(F "/private/made");
	rmdir(F "/public/made");
	unlink(F "/link/made");
}

static const struct trial received[] = {
	{ "receive what may be read", act_read_fd, { "" }, .hand = open_public },
	{ "receive what may not be read", act_read_fd, { "" }, .hand = open_private,
	  NOT_TAKEN(R, PRIVATE) },
	{ "receive what may not be written", act_read_fd, { "" },
	  .hand = open_public_writing, NOT_TAKEN(W, PUBLIC) },
	{ "receive what another domain opened", act_read_fd, { "" },
	  .hand = public_of_other },
	{ "receive what another domain opened, no rule", act_read_fd, { "" },
	  .hand = private_of_other, NOT_TAKEN(R, PRIVATE) },
	{ "splice from what was received", act_splice, { F "/write/a" },
	  .hand = open_public },
	{ "splice from what another domain opened", act_splice, { F "/write/a" },
	  .hand = public_of_other },
	{ "splice from what may not be received", act_splice, { F "/write/a" },
	  .hand = open_private, NOT_TAKEN(R, PRIVATE) },
	{ "sendfile from what was received", act_sendfile, { F "/write/a" },
	  .hand = open_public },
	{ "sendfile from what may not be received", act_sendfile, { F "/write/a" },
	  .hand = private_of_other, NOT_TAKEN(R, PRIVATE) },
	{ "copy_file_range from what was received", act_copy_range,
	  { F "/write/a" }, .hand = open_public },
	{ "copy_file_range from what may not be received", act_copy_range,
	  { F "/write/a" }, .hand = open_private, NOT_TAKEN(R, PRIVATE) },
	{ "an O_PATH descriptor: metadata", act_stat, { "" },
	  .hand = path_of_private },
	{ "an O_PATH descriptor: open it", act_reopen, { "" },
	  .hand = path_of_private, DENIED_AT(EACCES, OPEN, R, PRIVATE) },
	{ "an O_PATH descriptor: own it", act_chown_fd, { "" },
	  .hand = path_of_private,
	  DENIED_AT(EACCES, CHOWN, BULKHEAD_PERM_OWN, PRIVATE) },
	{ "an O_PATH descriptor: link it where more is allowed", act_link_fd,
	  { F "/link/made" }, .hand = path_of_private, .again = no_new,
	  DENIED_AT(EACCES, LINK, 0, F "/link/made"),
	  .want.reason = BULKHEAD_REASON_WIDER },
	{ "a folder", act_openat_fd, { "a" }, .hand = folder_public },
	{ "a folder: up from it", act_openat_fd, { "../private/a" },
	  .hand = folder_public, DENIED_AT(EACCES, OPEN, R, PRIVATE) },
	{ "a folder: make another in it", act_mkdirat_fd, { "made" },
	  .hand = folder_public, .again = no_new,
	  DENIED_AT(EACCES, MKDIR, BULKHEAD_PERM_CREATE, F "/public/made") },
	{ "a folder that may not be read", act_openat_fd, { "a" },
	  .hand = folder_private, NOT_TAKEN(R, F "/private") },
	{ "an O_PATH folder: below it", act_openat_fd, { "a" },
	  .hand = path_of_folder_private, DENIED_AT(EACCES, OPEN, R, PRIVATE) },
	{ "an O_PATH folder: go there", act_chdir_fd, { "a" },
	  .hand = path_of_folder_private, DENIED_AT(EACCES, OPEN, R, PRIVATE) },
	{ "an O_PATH folder: make another in it", act_mkdirat_fd, { "made" },
	  .hand = path_of_folder_private, .again = no_new,
	  DENIED_AT(EACCES, MKDIR, BULKHEAD_PERM_CREATE, F "/private/made") },
};

static bool holds;

static int act_hold_before(const struct args *a)
{
	holds = true;
	return act_hold(a);
}

/* Where there is none from before, as in the twin, the act opens it itself. */
static int own(const struct args *a)
{
	return holds || !act_hold(a) ? HELD : -1;
}

static int act_read_own(const struct args *a)
{
	char c;

	return result(pread(own(a), &c, 1, 0));
}

static int act_write_own(const struct args *a)
{
	return result(pwrite(own(a), "x", 1, 0));
}

static int act_truncate_own(const struct args *a)
{
	return result(ftruncate(own(a), 1));
}

static int act_chmod_own(const struct args *a)
{
	return result(fchmod(own(a), 0600));
}

static int act_chown_own(const struct args *a)
{
	return result(fchown(own(a), 1, 1));
}

static int act_reopen_own(const struct args *a)
{
	const struct args again = { .fd = own(a) };

	return act_reopen(&again);
}

#define BEFORE	{ PRIVATE, .n = { O_RDWR } }

static const struct trial before[] = {
	{ "from before: read", act_read_own, BEFORE },
	{ "from before: write", act_write_own, BEFORE },
	{ "from before: ftruncate", act_truncate_own, BEFORE,
	  DENIED_AT(EACCES, TRUNCATE, W, NULL) },
	{ "from before: fchmod", act_chmod_own, BEFORE,
	  DENIED_AT(EACCES, CHMOD, BULKHEAD_PERM_OWN, NULL) },
	{ "from before: fchown", act_chown_own, BEFORE,
	  DENIED_AT(EACCES, CHOWN, BULKHEAD_PERM_OWN, NULL) },
	{ "from before: open it again", act_reopen_own, BEFORE,
	  DENIED_AT(EACCES, OPEN, R, NULL) },
};

/* What another task of the same cgroup holds open. */
static int act_take(const struct args *a)
{
	int pidfd = syscall(SYS_pidfd_open, a->n[0], 0);

	return pidfd < 0 ? errno : result(syscall(SYS_pidfd_getfd, pidfd, HELD, 0));
}

static struct trial taking[] = {
	{ "from before, taken by a neighbour with pidfd_getfd", act_take, { "" },
	  DENIED_AT(EACCES, RECEIVE, R | W, PRIVATE) },
};

/* A ring of the task's own that holds path, if not empty, as its fixed file 0. */
static int act_fix(const struct args *a)
{
	int fd = *a->path ? open(a->path, O_RDONLY | O_CLOEXEC) : -1, error;

	if (*a->path && fd < 0)
		return errno;
	error = uring_keep(0);
	if (!error)
		error = uring_fix_kept(&fd, 1);
	close(fd);
	return -error;
}

static bool fixed;

static int act_fix_before(const struct args *a)
{
	fixed = true;
	return act_fix(a);
}

static int act_read_fixed(const struct args *a)
{
	int error = fixed ? 0 : act_fix(a);

	return error ? error : uring_read_fixed(-1);
}

/* Since 6.8: a fixed file becomes a descriptor like any other. */
#define FIXED_FD_INSTALL	54

static int act_install_fixed(const struct args *a)
{
	const struct io_uring_sqe sqe = {
		.opcode = FIXED_FD_INSTALL,
		.flags = IOSQE_FIXED_FILE,
	};
	int error = fixed ? 0 : act_fix(a), fd;

	if (error)
		return error;
	fd = uring_do_kept(&sqe);
	return fd < 0 ? -fd : 0;
}

/* Open straight into a slot of the ring: there never is a descriptor. */
static int act_open_slot(const struct args *a)
{
	const struct args empty = { 0 };
	const struct io_uring_sqe sqe = {
		.opcode = IORING_OP_OPENAT,
		.flags = a->n[0],
		.fd = AT_FDCWD,
		.addr = (uintptr_t)a->path,
		.open_flags = O_RDONLY,
		.file_index = 1,
	};
	int error = act_fix(&empty);

	if (!error)
		error = -uring_do_kept(&sqe);
	return error ? error : uring_read_fixed(-1);
}

#define BY_RING(a, at)	DENIED_AT(EACCES, a, R, at), .want.pid = ANY_PID

static const struct trial slots[] = {
	{ "into a slot of a ring", act_open_slot, { PUBLIC } },
	{ "into a slot of a ring, no rule", act_open_slot, { PRIVATE },
	  BY_RING(OPEN, PRIVATE) },
	{ "into a slot of a ring by its worker", act_open_slot,
	  { PUBLIC, .n = { IOSQE_ASYNC } } },
	{ "into a slot of a ring by its worker, no rule", act_open_slot,
	  { PRIVATE, .n = { IOSQE_ASYNC } }, BY_RING(OPEN, PRIVATE) },
	{ "a slot made a descriptor", act_install_fixed, { PUBLIC },
	  .lacks = EINVAL },
};

/* A ring from before brings its files along; but they stay in it. */
static const struct trial ring[] = {
	{ "a ring from before: read its fixed file", act_read_fixed, { PRIVATE } },
	{ "a ring from before: make its fixed file a descriptor",
	  act_install_fixed, { PRIVATE }, BY_RING(RECEIVE, PRIVATE), .lacks = EINVAL },
};

unsigned int handed_points(void)
{
	return TRIAL_POINTS * (ARRAY_SIZE(received) + ARRAY_SIZE(before) +
			       ARRAY_SIZE(taking) + ARRAY_SIZE(slots) +
			       ARRAY_SIZE(ring));
}

/* A task that has @keep done before it is confined. */
static void keeper(struct box *b, act_fn keep)
{
	const struct args secret = { PRIVATE, .n = { O_RDWR } };

	box_open(b, "bh-file");
	errno = box_become(b, keep, &secret);
	if (errno)
		bail("keep a file: %m");
	errno = control_arm(b->pid);
	if (errno)
		bail("arm a task: %m");
}

void handed(struct box *b)
{
	struct box own;

	box_open(&other, "bh-other");
	box_confine(&other, "jail");
	trials_run(b, "files", received, ARRAY_SIZE(received));
	box_close(&other);
	trials_run(b, "files", slots, ARRAY_SIZE(slots));
	keeper(&own, act_hold_before);
	trials_run(&own, "files", before, ARRAY_SIZE(before));
	taking[0].args.n[0] = own.pid;
	trials_run(b, "files", taking, ARRAY_SIZE(taking));
	close(own.fd);
	keeper(&own, act_fix_before);
	trials_run(&own, "files", ring, ARRAY_SIZE(ring));
	close(own.fd);
}
