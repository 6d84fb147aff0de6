// SPDX-License-Identifier: GPL-2.0-only
/*
 * What the doctor tries: times, extended attributes, ACLs and flags of files.
 * Where the file system has none of a kind, the kernel would say so only once
 * it has asked us; so the acts ask first, and end alike in both tasks.
 */
#include <endian.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/fs.h>
#include <linux/posix_acl.h>
#include <linux/posix_acl_xattr.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "attempt.h"

#define FILE_IN(name) DOCTOR_DIR "/" name
#define ACL "system.posix_acl_access"

#ifndef SYS_file_setattr
#define SYS_file_setattr 469
#endif

static int result(long r)
{
	return r < 0 ? errno : 0;
}

static bool lacks(const char *path, const char *name)
{
	return getxattr(path, name, NULL, 0) < 0 && errno != ENODATA;
}

static int try_times(const struct scene *s)
{
	(void)s;
	return result(utimensat(AT_FDCWD, FILE_IN("times"), NULL, 0));
}

static int try_set(const struct scene *s)
{
	(void)s;
	if (lacks(FILE_IN("xattr"), DOCTOR_XATTR))
		return errno;
	return result(setxattr(FILE_IN("xattr"), DOCTOR_XATTR, "x", 1, 0));
}

static int try_remove(const struct scene *s)
{
	(void)s;
	if (getxattr(FILE_IN("no-xattr"), DOCTOR_XATTR, NULL, 0) < 0)
		return errno;
	return result(removexattr(FILE_IN("no-xattr"), DOCTOR_XATTR));
}

/* Says what the file's mode says. */
static int try_set_acl(const struct scene *s)
{
	const struct {
		struct posix_acl_xattr_header head;
		struct posix_acl_xattr_entry entries[3];
	} acl = {
		.head = { htole32(POSIX_ACL_XATTR_VERSION) },
		.entries = {
			{ htole16(ACL_USER_OBJ), htole16(7), htole32(ACL_UNDEFINED_ID) },
			{ htole16(ACL_GROUP_OBJ), 0, htole32(ACL_UNDEFINED_ID) },
			{ htole16(ACL_OTHER), 0, htole32(ACL_UNDEFINED_ID) },
		},
	};

	(void)s;
	if (lacks(FILE_IN("acl"), ACL))
		return errno;
	return result(setxattr(FILE_IN("acl"), ACL, &acl, sizeof(acl), 0));
}

static int try_remove_acl(const struct scene *s)
{
	(void)s;
	return lacks(FILE_IN("no-acl"), ACL) ? errno : result(removexattr(FILE_IN("no-acl"), ACL));
}

/* As chattr does; those that it has. */
static int try_flags(const struct scene *s)
{
	int fd = open(FILE_IN("flags"), O_RDONLY | O_CLOEXEC), flags;

	(void)s;
	if (fd < 0 || ioctl(fd, FS_IOC_GETFLAGS, &flags))
		return errno;
	return result(ioctl(fd, FS_IOC_SETFLAGS, &flags));
}

/* By path, since 6.17. */
static int try_file_setattr(const struct scene *s)
{
	const struct { uint64_t flags; uint32_t others[4]; } none = { 0 };

	(void)s;
	return result(syscall(SYS_file_setattr, AT_FDCWD, FILE_IN("setattr"), &none, sizeof(none),
			      0));
}

#define ATTEMPT(h, name, f, ...) { \
	.act = BULKHEAD_ACT_SETATTR, .hook = h, .run = f, \
	.rule = "deny o " FILE_IN(name), .refused = EACCES, __VA_ARGS__ }
#define OPTIONAL .optional = true

/* Before 6.2 ACLs are judged where other extended attributes are. */
const struct attempt attempts_attr[] = {
	ATTEMPT("inode_setattr", "times", try_times),
	ATTEMPT("inode_setxattr", "xattr", try_set, OPTIONAL),
	ATTEMPT("inode_removexattr", "no-xattr", try_remove, OPTIONAL),
	ATTEMPT("inode_set_acl", "acl", try_set_acl, OPTIONAL),
	ATTEMPT("inode_remove_acl", "no-acl", try_remove_acl, OPTIONAL),
	ATTEMPT("file_ioctl", "flags", try_flags, OPTIONAL),
	ATTEMPT("inode_file_setattr", "setattr", try_file_setattr, OPTIONAL),
	{ 0 },
};
