// SPDX-License-Identifier: GPL-2.0-only
/*
 * What a descriptor is told by fcntl() and ioctl(): its owner and flags, a
 * terminal's keys, a file's attributes, and what file systems offer on top.
 */
#include <linux/btrfs.h>
#include <linux/fcntl.h>
#include <linux/fs.h>
#include <linux/fsverity.h>
#include <linux/ioctl.h>
#include <linux/sched.h>
#include <linux/sockios.h>
#include <linux/stat.h>
#include <asm/ioctls.h>

#include "hooks.h"
#include "judge.h"
#include "special.h"

/* Whom the kernel is to signal when the file has something to tell. */
static int judge_owner(struct file *file)
{
	const struct bkh_request r = {
		.act = BULKHEAD_ACT_SIGNAL,
		.path = &file->f_path,
		.error = -EPERM,
	};

	return bkh_judge_owner(&r);
}

/* Dropping O_APPEND turns the right to append into the right to write. */
static int judge_flags(struct file *file, unsigned long arg)
{
	if (!(file->f_flags & O_APPEND) || (arg & O_APPEND) ||
	    !(file->f_mode & FMODE_WRITE))
		return 0;
	return bkh_judge_path(BULKHEAD_ACT_FCNTL, &file->f_path,
			      BULKHEAD_PERM_WRITE);
}

static int bkh_file_fcntl(struct file *file, unsigned int cmd,
			  unsigned long arg)
{
	if (!static_branch_unlikely(&bkh_bound))
		return 0;
	switch (cmd) {
	case F_SETFL:
		return judge_flags(file, arg);
	case F_SETOWN:
		/* Oneself or nobody is what most want, and no harm. */
		if (!(pid_t)arg || (pid_t)arg == task_tgid_vnr(current))
			return 0;
		fallthrough;
	case F_SETOWN_EX:
		return judge_owner(file);
	default:
		return 0;
	}
}

/* Typing what somebody outside reads, and reading what he writes. */
static int judge_terminal(struct file *file)
{
	const struct bkh_request r = {
		.act = BULKHEAD_ACT_TAMPER,
		.path = &file->f_path,
		.error = -EPERM,
	};

	return bkh_judge_preset(BKH_PRESET_PTRACE, &r);
}

/* A call is told by its letter and number: its size differs between ABIs. */
#define CALL(CMD) (_IOC_TYPE(CMD) << _IOC_NRBITS | _IOC_NR(CMD))

/* As XFS has them, for itself. */
#define XFS_GETPARENTS_BY_HANDLE	_IO('X', 63)
#define XFS_OPEN_BY_HANDLE		_IO('X', 107)
#define XFS_READLINK_BY_HANDLE		_IO('X', 108)
#define XFS_SWAP_EXTENTS		_IO('X', 109)
#define XFS_ATTRLIST_BY_HANDLE		_IO('X', 122)
#define XFS_ATTRMULTI_BY_HANDLE		_IO('X', 123)
/* As ext4, F2FS and FAT have theirs. */
#define EXT4_MOVE_EXTENTS		_IO('f', 15)
#define F2FS_MOVE_RANGE			_IO(0xf5, 9)
#define FAT_SET_ATTRIBUTES		_IOW('r', 0x11, __u32)

/* What gives files by number, trees of them by another name, or disks. */
static enum bkh_preset fs_call_preset(unsigned int cmd)
{
	switch (CALL(cmd)) {
	case CALL(XFS_GETPARENTS_BY_HANDLE):
	case CALL(XFS_OPEN_BY_HANDLE):
	case CALL(XFS_READLINK_BY_HANDLE):
	case CALL(XFS_ATTRLIST_BY_HANDLE):
	case CALL(XFS_ATTRMULTI_BY_HANDLE):
	/* Two files' contents change places, and no change time tells. */
	case CALL(XFS_SWAP_EXTENTS):
	case CALL(EXT4_MOVE_EXTENTS):
	case CALL(F2FS_MOVE_RANGE):
	/* The tree that small files lie in themselves; and all of a snapshot. */
	case CALL(BTRFS_IOC_TREE_SEARCH):
	case CALL(BTRFS_IOC_SEND):
		return BKH_PRESET_OPEN_BY_HANDLE;
	case CALL(BTRFS_IOC_SNAP_CREATE):
	case CALL(BTRFS_IOC_SNAP_CREATE_V2):
	case CALL(BTRFS_IOC_SNAP_DESTROY):
	case CALL(BTRFS_IOC_SNAP_DESTROY_V2):
	case CALL(BTRFS_IOC_SUBVOL_CREATE):
	/* What is mounted, from the next time on; and whether it is read-only. */
	case CALL(BTRFS_IOC_DEFAULT_SUBVOL):
	case CALL(BTRFS_IOC_SUBVOL_SETFLAGS):
	case CALL(BTRFS_IOC_SET_RECEIVED_SUBVOL):
		return BKH_PRESET_MOUNT;
	/* By its number it could be BTRFS_IOC_START_SYNC, which is harmless. */
	case CALL(BTRFS_IOC_SUBVOL_CREATE_V2):
		return _IOC_DIR(cmd) & _IOC_WRITE ? BKH_PRESET_MOUNT :
						    BKH_PRESET_NONE;
	/* It takes the device by its name, which opens it in nobody's. */
	case CALL(BTRFS_IOC_ADD_DEV):
	case CALL(BTRFS_IOC_DEV_REPLACE):
	case CALL(BTRFS_IOC_RM_DEV):
	case CALL(BTRFS_IOC_RM_DEV_V2):
	case CALL(BTRFS_IOC_RESIZE):
	case CALL(BTRFS_IOC_BALANCE_V2):
		return BKH_PRESET_RAW_DISK;
	default:
		return BKH_PRESET_NONE;
	}
}

/* Devices use the same letters for other ends. */
static int judge_fs_call(struct file *file, unsigned int cmd)
{
	enum bkh_preset preset = fs_call_preset(cmd);
	umode_t mode = file_inode(file)->i_mode;
	const struct bkh_request r = {
		.act = preset == BKH_PRESET_MOUNT ? BULKHEAD_ACT_MOUNT :
						    BULKHEAD_ACT_HANDLE,
		.path = &file->f_path,
		.error = -EPERM,
	};

	if (preset == BKH_PRESET_NONE || !(S_ISREG(mode) || S_ISDIR(mode)))
		return 0;
	return bkh_judge_preset(preset, &r);
}

static int bkh_file_ioctl(struct file *file, unsigned int cmd,
			  unsigned long arg)
{
	if (!static_branch_unlikely(&bkh_bound))
		return 0;
	switch (cmd) {
	case FIOSETOWN:
	case SIOCSPGRP:
		return judge_owner(file);
	case TIOCSTI:
	case TIOCLINUX:
	case TIOCCONS:
		return judge_terminal(file);
	case FS_IOC_SETFLAGS:
	case FS_IOC32_SETFLAGS:
	case FS_IOC_FSSETXATTR:
	case FS_IOC_SETVERSION:
	case FS_IOC32_SETVERSION:
	case FS_IOC_ENABLE_VERITY:
	case FAT_SET_ATTRIBUTES:
		return bkh_judge_path(BULKHEAD_ACT_SETATTR, &file->f_path,
				      BULKHEAD_PERM_OWN);
	default:
		return judge_fs_call(file, cmd);
	}
}

static struct bkh_hook hooks[] = {
	BKH_HOOK(file_fcntl, bkh_file_fcntl),
	BKH_HOOK(file_ioctl, bkh_file_ioctl),
	BKH_HOOK(file_ioctl_compat, bkh_file_ioctl),
};

struct bkh_hook_set bkh_ioctl_hooks = BKH_HOOK_SET(hooks);
