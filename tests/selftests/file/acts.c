// SPDX-License-Identifier: GPL-2.0-only
/* What a container may try to do to files. */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdint.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <sys/un.h>
#include <unistd.h>

#include "file_acts.h"
#include "uring.h"

static int result(long r)
{
	return r < 0 ? errno : 0;
}

int act_create(const struct args *a)
{
	return result(open(a->path, O_WRONLY | O_CREAT | O_EXCL, 0644));
}

int act_mkdir(const struct args *a)
{
	return result(mkdir(a->path, 0755));
}

int act_mkfifo(const struct args *a)
{
	return result(mkfifo(a->path, 0644));
}

int act_mknod(const struct args *a)
{
	return result(mknod(a->path, S_IFCHR | 0600, makedev(1, 3)));
}

int act_mknod_of(const struct args *a)
{
	return result(mknod(a->path, a->n[0] | 0600, makedev(a->n[1], a->n[2])));
}

int act_bind_unix(const struct args *a)
{
	struct sockaddr_un un = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_STREAM, 0);

	if (fd < 0)
		return errno;
	snprintf(un.sun_path, sizeof(un.sun_path), "%.100s", a->path);
	return result(bind(fd, (struct sockaddr *)&un, sizeof(un)));
}

int act_symlink(const struct args *a)
{
	return result(symlink("/nowhere", a->path));
}

int act_unlink(const struct args *a)
{
	return result(unlink(a->path));
}

int act_rmdir(const struct args *a)
{
	return result(rmdir(a->path));
}

int act_rename(const struct args *a)
{
	return result(renameat2(AT_FDCWD, a->path, AT_FDCWD, a->path2, a->n[0]));
}

int act_link(const struct args *a)
{
	return result(link(a->path, a->path2));
}

int act_truncate(const struct args *a)
{
	return result(truncate(a->path, 1));
}

int act_chmod(const struct args *a)
{
	return result(chmod(a->path, 0600));
}

int act_fchmod(const struct args *a)
{
	int fd = open(a->path, O_RDONLY);

	return fd < 0 ? errno : result(fchmod(fd, 0600));
}

#define FCHMODAT2	452

int act_fchmodat2(const struct args *a)
{
	return result(syscall(FCHMODAT2, AT_FDCWD, a->path, 0600, AT_SYMLINK_NOFOLLOW));
}

int act_fchmodat2_empty(const struct args *a)
{
	int fd = open(a->path, O_PATH);

	return fd < 0 ? errno : result(syscall(FCHMODAT2, fd, "", 0600, AT_EMPTY_PATH));
}

int act_chown(const struct args *a)
{
	return result(chown(a->path, 1, 1));
}

/* Kept by the task from before it was confined; its children inherit them. */
static int kept = -1;
static bool jailed;

int act_keep(const struct args *a)
{
	kept = open(a->path2, O_PATH | O_DIRECTORY);
	return result(kept);
}

int act_keep_detached(const struct args *a)
{
	kept = syscall(SYS_open_tree, AT_FDCWD, a->path2, OPEN_TREE_CLONE);
	return result(kept);
}

int act_openat_kept(const struct args *a)
{
	int error = kept < 0 ? act_keep(a) : 0;

	return error ? error : result(openat(kept, a->path, O_RDONLY));
}

int act_chroot_kept(const struct args *a)
{
	int error = kept < 0 ? act_keep(a) : 0;

	if (error || fchdir(kept))
		return error ? error : errno;
	return result(chroot("."));
}

int act_by_handle(const struct args *a)
{
	union {
		struct file_handle h;
		char room[sizeof(struct file_handle) + MAX_HANDLE_SZ];
	} u = { .h = { .handle_bytes = MAX_HANDLE_SZ } };
	int mount_id, at = open(a->path2, O_RDONLY);

	if (at < 0 || name_to_handle_at(AT_FDCWD, a->path, &u.h, &mount_id, 0))
		return errno;
	return result(open_by_handle_at(at, &u.h, O_RDONLY));
}

int act_open_often(const struct args *a)
{
	long n;
	int fd;

	/* Its name is another half of the time. */
	while (chdir(a->path))
		if (errno != ENOENT)
			return errno;
	for (n = 0; n < a->n[0]; n++)
		if (chdir("d"))
			return errno;
	for (n = 0; n < a->n[1]; n++) {
		fd = open(n % 2 ? "n/leaf" : "m/leaf", O_RDONLY);
		if (fd >= 0)
			return EBUSY;
		if (errno != EACCES && errno != ENOENT)
			return errno;
	}
	return 0;
}

/* As in a worker of the kernel, so that another thread acts. */
int act_uring_open(const struct args *a)
{
	const struct io_uring_sqe sqe = {
		.opcode = IORING_OP_OPENAT,
		.flags = IOSQE_ASYNC,
		.fd = AT_FDCWD,
		.addr = (uintptr_t)a->path,
		.open_flags = O_RDONLY,
	};
	int fd = uring_do(&sqe, -1);

	return fd < 0 ? -fd : 0;
}

int act_chroot_read(const struct args *a)
{
	if (chroot(a->path2) || chdir("/"))
		return errno;
	return result(open("/secret", O_RDONLY));
}

int deep_folder(const char *top, long levels)
{
	if (chdir(top))
		return errno;
	for (; levels; levels--)
		if ((mkdir("d", 0755) && errno != EEXIST) || chdir("d"))
			return errno;
	return 0;
}

int act_deep(const struct args *a)
{
	int error = deep_folder(a->path, a->n[0]);

	return error ? error : result(open("leaf", O_WRONLY | O_CREAT, 0644));
}

/* The folders are there, and going to them needs no permission. */
static int go_down(const struct args *a)
{
	long n;

	if (chdir(a->path2))
		return errno;
	for (n = 0; n < a->n[0]; n++)
		if (chdir("d"))
			return errno;
	return 0;
}

int act_rename_down(const struct args *a)
{
	int error = go_down(a);

	return error ? error : result(rename(a->path, "new"));
}

int act_rename_up(const struct args *a)
{
	int error = go_down(a);

	return error ? error : result(rename("leaf", a->path));
}

int act_link_down(const struct args *a)
{
	int error = go_down(a);

	return error ? error : result(link(a->path, "new"));
}

int act_pivot(const struct args *a)
{
	if (unshare(CLONE_NEWNS) || mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL))
		return errno;
	if (mount(a->path2, a->path2, NULL, MS_BIND | MS_REC, NULL) || chdir(a->path2))
		return errno;
	if (syscall(SYS_pivot_root, ".", ".") || umount2(".", MNT_DETACH))
		return errno;
	jailed = true;
	return result(chdir("/"));
}

int act_read_jailed(const struct args *a)
{
	int error = jailed ? 0 : act_pivot(a);

	return error ? error : act_read(a);
}

int act_chroot_jailed(const struct args *a)
{
	int error = jailed ? 0 : act_pivot(a);

	return error ? error : result(chroot(a->path));
}
