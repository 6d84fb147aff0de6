// SPDX-License-Identifier: GPL-2.0-only
/* mount and pivot-root: every call that changes the tree of mounts. */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>
#include <linux/btrfs.h>
#include <linux/mount.h>

#include "preset.h"
#include "tap.h"
#include "volumes.h"

#define AT	TOP "/at"	/* a folder */
#define MOUNTED	TOP "/mounted"	/* and a mount */

#define IA32_MOUNT	21
#define IA32_UMOUNT	22
#define IA32_UMOUNT2	52
#define IA32_PIVOT_ROOT	217
#define IA32_OPEN_TREE	428

/* In mounts of its own, so that the host's stay; n[3]: and a user namespace. */
static int apart(const struct args *a)
{
	int flags = a->n[3] ? CLONE_NEWUSER : 0;

	if (unshare(CLONE_NEWNS | flags))
		return errno;
	if (!flags)
		return 0;
	write_file("/proc/self/setgroups", "deny");
	return write_file("/proc/self/uid_map", "0 0 1");
}

/* n[0]: flags */
static int act_mount(const struct args *a)
{
	int error = apart(a);

	return error ? error :
	       errno_of(mount(a->path, a->path2, "tmpfs", a->n[0], NULL));
}

static int act_remount(const struct args *a)
{
	int error = apart(a);

	return error ? error :
	       errno_of(mount(NULL, a->path2, NULL, a->n[0], "mode=0755"));
}

static int act_mount_32(const struct args *a)
{
	static char type[] = "tmpfs", at[] = AT;
	int error = apart(a);

	return error ? error :
	       errno_of(ia32_call(IA32_MOUNT, (long)type, (long)at, (long)type, 0, 0));
}

static int act_umount(const struct args *a)
{
	int error = apart(a);

	return error ? error : errno_of(umount2(a->path, a->n[0]));
}

static int act_umount_32(const struct args *a)
{
	static char at[] = MOUNTED;
	int error = apart(a);

	if (error)
		return error;
	return errno_of(ia32_call(a->n[0], (long)at, 0, 0, 0, 0));
}

static int act_open_tree(const struct args *a)
{
	return errno_of(syscall(SYS_open_tree, AT_FDCWD, a->path, a->n[0]));
}

static int act_open_tree_32(const struct args *a)
{
	static char at[] = MOUNTED;

	(void)a;
	return errno_of(ia32_call(IA32_OPEN_TREE, AT_FDCWD, (long)at,
				  OPEN_TREE_CLONE, 0, 0));
}

static int act_fsopen(const struct args *a)
{
	int error = a->n[3] ? apart(a) : 0;

	return error ? error : errno_of(syscall(SYS_fsopen, a->path, 0));
}

static int act_fspick(const struct args *a)
{
	return errno_of(syscall(SYS_fspick, AT_FDCWD, a->path, 0));
}

static int act_fsconfig(const struct args *a)
{
	return errno_of(syscall(SYS_fsconfig, a->fd, a->n[0], NULL, NULL, 0));
}

static int act_fsmount(const struct args *a)
{
	return errno_of(syscall(SYS_fsmount, a->fd, 0, 0));
}

static int act_move_mount(const struct args *a)
{
	int error = apart(a);

	return error ? error :
	       errno_of(syscall(SYS_move_mount, a->fd, "", AT_FDCWD, a->path,
				MOVE_MOUNT_F_EMPTY_PATH));
}

static int act_mount_setattr(const struct args *a)
{
	struct mount_attr attr = { .attr_set = MOUNT_ATTR_NODEV };
	int error = apart(a);

	return error ? error :
	       errno_of(syscall(SYS_mount_setattr, AT_FDCWD, a->path, 0, &attr,
				sizeof(attr)));
}

static int fs_context(void)
{
	return syscall(SYS_fsopen, "tmpfs", FSOPEN_CLOEXEC);
}

static int made_context(void)
{
	int fd = fs_context();

	return syscall(SYS_fsconfig, fd, FSCONFIG_CMD_CREATE, NULL, NULL, 0) ? -1 : fd;
}

static int picked_context(void)
{
	return syscall(SYS_fspick, AT_FDCWD, MOUNTED, FSPICK_CLOEXEC);
}

static int detached_mount(void)
{
	int fs = made_context();
	int fd = syscall(SYS_fsmount, fs, FSMOUNT_CLOEXEC, 0);

	close(fs);
	return fd;
}

/* Nobody knows the call on tmpfs. */
static int act_subvolume(const struct args *a)
{
	static char room[4096];
	int fd = open(a->path, O_RDONLY | O_DIRECTORY);

	return fd < 0 ? errno : errno_of(ioctl(fd, a->n[0], room));
}

#define MOUNT_DENIED	DENIED(EPERM, MOUNT, "mount")
#define SUBVOLUME(name, nr) { "btrfs: " name, act_subvolume,		\
			      { MOUNTED, "", { nr } }, MOUNT_DENIED, ENOTTY }
#define MADE(name, of, nr)						\
	{ "btrfs: " name, act_make_volume, { "new", of, { nr } }, MOUNT_DENIED,	\
	  .again = volume_absent }
#define REMOVED(name, nr)						\
	{ "btrfs: " name, act_remove_volume, { "new", "", { nr } }, MOUNT_DENIED,	\
	  .again = volume_there }
#define UMOUNT_DENIED	DENIED(EPERM, UMOUNT, "mount")

static struct trial mount_trials[] = {
	{ "mount: a new file system", act_mount, { "tmpfs", AT }, MOUNT_DENIED },
	{ "mount: bind", act_mount, { MOUNTED, AT, { MS_BIND } }, MOUNT_DENIED },
	{ "mount: bind of all below", act_mount, { "/", AT, { MS_BIND | MS_REC } },
	  MOUNT_DENIED },
	{ "mount: move", act_mount, { MOUNTED, AT, { MS_MOVE } }, MOUNT_DENIED },
	{ "mount: remount", act_remount, { "", MOUNTED, { MS_REMOUNT } },
	  MOUNT_DENIED },
	{ "mount: remount of a bind", act_remount,
	  { "", MOUNTED, { MS_REMOUNT | MS_BIND | MS_NODEV } }, MOUNT_DENIED },
	{ "mount: make shared", act_remount, { "", MOUNTED, { MS_SHARED } },
	  MOUNT_DENIED },
	{ "mount: make private", act_remount, { "", MOUNTED, { MS_PRIVATE } },
	  MOUNT_DENIED },
	{ "mount: make slave", act_remount, { "", MOUNTED, { MS_SLAVE | MS_REC } },
	  MOUNT_DENIED },
	{ "mount: make unbindable", act_remount, { "", MOUNTED, { MS_UNBINDABLE } },
	  MOUNT_DENIED },
	{ "mount by the 32-bit gate", act_mount_32, { "" }, MOUNT_DENIED },
	{ "umount", act_umount, { MOUNTED }, UMOUNT_DENIED },
	{ "umount lazily", act_umount, { MOUNTED, "", { MNT_DETACH } },
	  UMOUNT_DENIED },
	{ "umount by the 32-bit gate", act_umount_32, { "", "", { IA32_UMOUNT } },
	  UMOUNT_DENIED },
	{ "umount2 by the 32-bit gate", act_umount_32, { "", "", { IA32_UMOUNT2 } },
	  UMOUNT_DENIED },
	{ "open_tree: clone", act_open_tree, { MOUNTED, "", { OPEN_TREE_CLONE } },
	  MOUNT_DENIED },
	{ "open_tree: clone all below", act_open_tree,
	  { "/", "", { OPEN_TREE_CLONE | AT_RECURSIVE } }, MOUNT_DENIED },
	{ "open_tree by the 32-bit gate", act_open_tree_32, { "" }, MOUNT_DENIED },
	{ "fsopen", act_fsopen, { "tmpfs" }, MOUNT_DENIED },
	{ "fspick", act_fspick, { MOUNTED }, MOUNT_DENIED },
	{ "fsconfig: create", act_fsconfig, { "", "", { FSCONFIG_CMD_CREATE } },
	  MOUNT_DENIED, .hand = fs_context },
	{ "fsconfig: reconfigure", act_fsconfig,
	  { "", "", { FSCONFIG_CMD_RECONFIGURE } }, MOUNT_DENIED,
	  .hand = picked_context },
	{ "fsmount", act_fsmount, { "" }, MOUNT_DENIED, .hand = made_context },
	{ "move_mount of a detached mount", act_move_mount, { AT }, MOUNT_DENIED,
	  .hand = detached_mount },
	{ "mount_setattr", act_mount_setattr, { MOUNTED }, MOUNT_DENIED },
	MADE("make a snapshot", "old", BTRFS_IOC_SNAP_CREATE),
	MADE("make a snapshot with flags", "old", BTRFS_IOC_SNAP_CREATE_V2),
	MADE("make a subvolume", "", BTRFS_IOC_SUBVOL_CREATE),
	MADE("make a subvolume with flags", "", BTRFS_IOC_SUBVOL_CREATE_V2),
	REMOVED("remove a snapshot", BTRFS_IOC_SNAP_DESTROY),
	REMOVED("remove a snapshot with flags", BTRFS_IOC_SNAP_DESTROY_V2),
	SUBVOLUME("choose the one to mount", BTRFS_IOC_DEFAULT_SUBVOL),
	SUBVOLUME("change its flags", BTRFS_IOC_SUBVOL_SETFLAGS),
	SUBVOLUME("say it was received", BTRFS_IOC_SET_RECEIVED_SUBVOL),
	{ "btrfs: a harmless call of a guarded one's number", act_subvolume,
	  { MOUNTED, "", { BTRFS_IOC_START_SYNC } }, ENOTTY, .outside = ENOTTY },
};

static void make_mounts(void)
{
	make_dir(AT);
	mount_at("tmpfs", MOUNTED, "tmpfs", 0, NULL);
	make_dir(MOUNTED "/old");
}

static void remove_mounts(void)
{
	if (umount2(MOUNTED, MNT_DETACH))
		bail("umount " MOUNTED ": %m");
}

static void make_volumes(void)
{
	make_mounts();
	volume_begin();
}

static void remove_volumes(void)
{
	volume_end();
	remove_mounts();
}

static int act_pivot_root(const struct args *a)
{
	int error = apart(a);

	if (error)
		return error;
	if (chdir(MOUNTED))
		return errno;
	return errno_of(syscall(SYS_pivot_root, ".", a->path));
}

static int act_pivot_root_32(const struct args *a)
{
	static char here[] = ".";
	int error = apart(a);

	if (error)
		return error;
	if (chdir(MOUNTED))
		return errno;
	return errno_of(ia32_call(IA32_PIVOT_ROOT, (long)here, (long)here, 0, 0, 0));
}

#define PIVOT_DENIED	DENIED(EPERM, PIVOT_ROOT, "pivot-root")

static struct trial pivot_trials[] = {
	{ "pivot_root onto itself", act_pivot_root, { "." }, PIVOT_DENIED },
	{ "pivot_root with a place for the old", act_pivot_root, { "old" },
	  PIVOT_DENIED },
	{ "pivot_root by the 32-bit gate", act_pivot_root_32, { "" }, PIVOT_DENIED },
};

const struct guard mount_guards[2] = {
	{ GUARD("mount", mount_trials), make_volumes, remove_volumes },
	{ GUARD("pivot-root", pivot_trials), make_mounts, remove_mounts },
};

#define NESTED		{ 0, 0, 0, 1 }

/* Of the namespace itself; the kernel shows each its own. */
static int act_own_limit(const struct args *a)
{
	return unshare(CLONE_NEWUSER) ? errno : errno_of(open(a->path, O_WRONLY));
}

const struct trial nested_trials[] = {
	{ "in a user namespace: mount", act_mount, { "tmpfs", AT, NESTED },
	  MOUNT_DENIED },
	{ "in a user namespace: bind", act_mount, { "/proc", AT, { MS_BIND | MS_REC, 0, 0, 1 } },
	  MOUNT_DENIED },
	{ "in a user namespace: fsopen", act_fsopen, { "tmpfs", "", NESTED },
	  MOUNT_DENIED },
	{ "in a user namespace: pivot_root", act_pivot_root, { ".", "", NESTED },
	  PIVOT_DENIED, EINVAL },
	{ "in a user namespace: its limits", act_own_limit,
	  { "/proc/sys/user/max_user_namespaces" } },
};

const unsigned int nested_count = ARRAY_SIZE(nested_trials);
