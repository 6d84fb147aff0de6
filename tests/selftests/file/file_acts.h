/* SPDX-License-Identifier: GPL-2.0-only */
/* What a container may try to do to files. Each returns 0 or an errno. */
#ifndef SELFTEST_FILE_FILE_ACTS_H
#define SELFTEST_FILE_FILE_ACTS_H

#include "acts.h"

int act_create(const struct args *a);		/* open(path, O_CREAT | O_EXCL) */
int act_mkdir(const struct args *a);
int act_mkfifo(const struct args *a);
int act_mknod(const struct args *a);		/* /dev/null's numbers */
int act_mknod_of(const struct args *a);		/* n: type, major, minor */
int act_bind_unix(const struct args *a);	/* a socket's name */
int act_symlink(const struct args *a);
int act_unlink(const struct args *a);
int act_rmdir(const struct args *a);
int act_rename(const struct args *a);		/* path to path2, flags n[0] */
int act_link(const struct args *a);		/* path2 becomes a name of path */
int act_truncate(const struct args *a);
int act_chmod(const struct args *a);
int act_fchmod(const struct args *a);
int act_fchmodat2(const struct args *a);		/* by its name alone; since 6.6 */
int act_fchmodat2_empty(const struct args *a);	/* by a descriptor alone */
int act_chown(const struct args *a);

/* Ways from an append-only descriptor to a write. */
int act_clear_append(const struct args *a);	/* fcntl(F_SETFL, 0) */
int act_append_ftruncate(const struct args *a);
int act_append_mmap(const struct args *a);	/* shared, for writing */
int act_append_mprotect(const struct args *a);	/* shared, made writable after */
int act_append_reopen(const struct args *a);	/* /proc/self/fd/N, O_WRONLY */
int act_append_disregard(const struct args *a);	/* pwritev2(RWF_NOAPPEND) */
int act_append_disregard_32(const struct args *a);	/* by int 0x80 */
int act_append_punch(const struct args *a);	/* fallocate() */
int act_append_punch_32(const struct args *a);	/* by int 0x80 */
int act_append_punch_ioctl(const struct args *a);
int act_append_punch_uring(const struct args *a);
int act_append_uring(const struct args *a);	/* a write, by io_uring */
int act_append_aio(const struct args *a);
int act_append(const struct args *a);		/* as it should be */
int act_append_ways(const struct args *a);	/* by each call that writes */
int act_append_32(const struct args *a);	/* by two of them, by int 0x80 */

/*
 * A folder that the task kept from before it was confined: of its mount
 * namespace or of another, or a detached mount. Then path relative to it, or
 * making it the root. The twin outside opens the folder path2 itself.
 */
int act_keep(const struct args *a);
int act_keep_detached(const struct args *a);
int act_openat_kept(const struct args *a);
int act_chroot_kept(const struct args *a);

/* Open path by its file handle, on the mount of the file path2. */
int act_by_handle(const struct args *a);

/*
 * From n[0] folders "d" below path, open n/leaf or m/leaf, whichever is there,
 * n[1] times: EBUSY if one of them could be opened.
 */
int act_open_often(const struct args *a);

/* Open path by io_uring, in a worker thread of the kernel. */
int act_uring_open(const struct args *a);

/* chroot(path2), then read "/secret" there. */
int act_chroot_read(const struct args *a);

/* A chain of n[0] folders below path, then a file there. */
int act_deep(const struct args *a);

/* Make so many folders "d", each in the last, and go there. Return: an errno. */
int deep_folder(const char *top, long levels);

/* path is renamed or linked to "new" there, or what is "leaf" there to path. */
int act_rename_down(const struct args *a);
int act_rename_up(const struct args *a);
int act_link_down(const struct args *a);

/* Of the task itself: a mount namespace whose root is path2. */
int act_pivot(const struct args *a);

/* By path below that root; the twin outside pivots first. */
int act_read_jailed(const struct args *a);
int act_chroot_jailed(const struct args *a);	/* chroot(path) */

#endif /* SELFTEST_FILE_FILE_ACTS_H */
