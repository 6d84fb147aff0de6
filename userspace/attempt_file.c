// SPDX-License-Identifier: GPL-2.0-only
/* What the doctor tries: acts on files. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "attempt.h"

#define FILE_IN(name) DOCTOR_DIR "/" name

static int result(long r)
{
	return r < 0 ? errno : 0;
}

static int try_open(const struct scene *s)
{
	(void)s;
	return result(open(FILE_IN("open"), O_RDONLY | O_CLOEXEC));
}

int attempt_formed(void)
{
	return try_open(NULL);
}

/* One that isn't let in doesn't arrive: what is left of it is a flag. */
static int try_receive(const struct scene *s)
{
	char room[CMSG_SPACE(sizeof(int))], byte;
	struct iovec iov = { &byte, 1 };
	struct msghdr m = {
		.msg_iov = &iov, .msg_iovlen = 1,
		.msg_control = room, .msg_controllen = sizeof(room),
	};

	if (recvmsg(s->mail, &m, MSG_DONTWAIT | MSG_CMSG_CLOEXEC) != 1)
		return errno ? errno : EIO;
	return m.msg_flags & MSG_CTRUNC ? EACCES : CMSG_FIRSTHDR(&m) ? 0 : ENODATA;
}

static int try_fcntl(const struct scene *s)
{
	return result(fcntl(s->append, F_SETFL, 0));
}

static int try_create(const struct scene *s)
{
	(void)s;
	return result(open(FILE_IN("create"), O_WRONLY | O_CREAT | O_CLOEXEC, 0600));
}

static int try_mkdir(const struct scene *s)
{
	(void)s;
	return result(mkdir(FILE_IN("mkdir"), 0700));
}

/* Of no device that there is. */
static int try_mknod(const struct scene *s)
{
	(void)s;
	return result(mknod(FILE_IN("node"), S_IFCHR | 0600, makedev(0, 0)));
}

static int try_symlink(const struct scene *s)
{
	(void)s;
	return result(symlink("open", FILE_IN("symlink")));
}

static int try_unlink(const struct scene *s)
{
	(void)s;
	return result(unlink(FILE_IN("unlink")));
}

static int try_rmdir(const struct scene *s)
{
	(void)s;
	return result(rmdir(FILE_IN("rmdir")));
}

static int try_rename(const struct scene *s)
{
	(void)s;
	return result(rename(FILE_IN("rename"), FILE_IN("renamed")));
}

static int try_link(const struct scene *s)
{
	(void)s;
	return result(link(FILE_IN("linked"), FILE_IN("link")));
}

static int try_truncate(const struct scene *s)
{
	(void)s;
	return result(truncate(FILE_IN("truncate"), 0));
}

static int try_ftruncate(const struct scene *s)
{
	return result(ftruncate(s->ftruncate, 0));
}

static int try_chmod(const struct scene *s)
{
	(void)s;
	return result(chmod(FILE_IN("chmod"), 0640));
}

static int try_chown(const struct scene *s)
{
	(void)s;
	return result(chown(FILE_IN("chown"), 0, 0));
}

/* To where no path of ours leads. */
static int try_chroot(const struct scene *s)
{
	return fchdir(s->detached) ? errno : result(chroot("."));
}

/* By a descriptor from before: opening for writing is refused elsewhere. */
static int try_cgroup_write(const struct scene *s)
{
	return result(write(s->freezer, "0", 1));
}

static int try_cgroup_open(const struct scene *s)
{
	return result(openat(s->cgroup, "cgroup.procs", O_WRONLY | O_CLOEXEC));
}

static int make_queue(const char *name)
{
	int fd = (int)syscall(SYS_mq_open, name, O_RDONLY | O_CREAT | O_CLOEXEC, 0600, NULL);

	if (fd < 0)
		return errno;
	close(fd);
	return 0;
}

static int remove_queue(const char *name)
{
	return result(syscall(SYS_mq_unlink, name));
}

static int try_mq_open(const struct scene *s)
{
	int error = make_queue(DOCTOR_NEW_QUEUE);

	(void)s;
	return error ? error : remove_queue(DOCTOR_NEW_QUEUE);
}

/* Whoever isn't confined tries second, and leaves nothing behind. */
static int try_mq_unlink(const struct scene *s)
{
	int error = make_queue(DOCTOR_OLD_QUEUE);

	(void)s;
	return error ? error : remove_queue(DOCTOR_OLD_QUEUE);
}

#define ATTEMPT(a, h, r, f) { \
	.act = BULKHEAD_ACT_##a, .hook = h, .run = f, .rule = r, .refused = EACCES }
#define QUEUE_RULE(perm, name) "deny " perm " /dev/mqueue/" name
#define RULE(perm, name) "deny " perm " " FILE_IN(name)

const struct attempt attempts_file[] = {
	ATTEMPT(OPEN, "file_open", RULE("r", "open"), try_open),
	ATTEMPT(RECEIVE, "file_receive", RULE("r", "receive"), try_receive),
	ATTEMPT(FCNTL, "file_fcntl", RULE("w", "append"), try_fcntl),
	ATTEMPT(CREATE, "path_mknod", RULE("c", "create"), try_create),
	ATTEMPT(MKDIR, "path_mkdir", RULE("c", "mkdir"), try_mkdir),
	ATTEMPT(MKNOD, "path_mknod", RULE("n", "node"), try_mknod),
	ATTEMPT(SYMLINK, "path_symlink", RULE("c", "symlink"), try_symlink),
	ATTEMPT(UNLINK, "path_unlink", RULE("d", "unlink"), try_unlink),
	ATTEMPT(RMDIR, "path_rmdir", RULE("d", "rmdir"), try_rmdir),
	ATTEMPT(RENAME, "path_rename", RULE("d", "rename"), try_rename),
	ATTEMPT(LINK, "path_link", RULE("l", "link"), try_link),
	ATTEMPT(TRUNCATE, "path_truncate", RULE("w", "truncate"), try_truncate),
	ATTEMPT(TRUNCATE, "file_truncate", RULE("w", "ftruncate"), try_ftruncate),
	ATTEMPT(CHMOD, "path_chmod", RULE("o", "chmod"), try_chmod),
	ATTEMPT(CHOWN, "path_chown", RULE("o", "chown"), try_chown),
	ATTEMPT(CHROOT, "path_chroot", "default: allow", try_chroot),
	{ .act = BULKHEAD_ACT_CREATE, .hook = "inode_create", .run = try_mq_open,
	  .rule = QUEUE_RULE("c", DOCTOR_NEW_QUEUE), .refused = EACCES, .optional = true },
	{ .act = BULKHEAD_ACT_UNLINK, .hook = "inode_unlink", .run = try_mq_unlink,
	  .rule = QUEUE_RULE("d", DOCTOR_OLD_QUEUE), .refused = EACCES, .optional = true },
	ATTEMPT(CGROUP, "file_permission", "preset cgroup-escape", try_cgroup_write),
	ATTEMPT(CGROUP, "file_open", "preset cgroup-escape", try_cgroup_open),
	{ 0 },
};
