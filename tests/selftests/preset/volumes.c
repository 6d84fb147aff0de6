// SPDX-License-Identifier: GPL-2.0-only
/* A file system of btrfs, and what its own calls do to it. btrfs-ioctl(2). */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <unistd.h>
#include <linux/btrfs.h>

#include "host.h"
#include "image.h"
#include "tap.h"
#include "volumes.h"

#define IMAGE	TOP "/btrfs.img"
#define SPARE	TOP "/spare.img"

static char spare[64];

static int result(long r)
{
	return r < 0 ? errno : 0;
}

static int volume(void)
{
	return open(VOLUME, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
}

/* Both forms of a call: the new one has flags, and another place for the name. */
static int call(unsigned long nr, const char *name, int fd)
{
	struct btrfs_ioctl_vol_args old = { .fd = fd };
	struct btrfs_ioctl_vol_args_v2 new = { .fd = fd };

	bool is_new = nr == BTRFS_IOC_SNAP_CREATE_V2 || nr == BTRFS_IOC_SUBVOL_CREATE_V2 ||
		      nr == BTRFS_IOC_SNAP_DESTROY_V2;
	int at = volume(), error;

	snprintf(old.name, sizeof(old.name), "%s", name);
	snprintf(new.name, sizeof(new.name), "%s", name);
	error = result(ioctl(at, nr, is_new ? (void *)&new : (void *)&old));
	close(at);
	return error;
}

int act_make_volume(const struct args *a)
{
	int of = *a->path2 ? openat(volume(), a->path2, O_RDONLY | O_DIRECTORY) : 0;

	return of < 0 ? errno : call(a->n[0], a->path, of);
}

int act_remove_volume(const struct args *a)
{
	return call(a->n[0], a->path, 0);
}

int act_add_disk(const struct args *a)
{
	return call(BTRFS_IOC_ADD_DEV, a->path, 0);
}

void volume_there(const struct args *a)
{
	errno = call(BTRFS_IOC_SUBVOL_CREATE, a->path, 0);
	if (errno && errno != EEXIST)
		bail("make a subvolume: %m");
}

void volume_absent(const struct args *a)
{
	errno = call(BTRFS_IOC_SNAP_DESTROY, a->path, 0);
	if (errno && errno != ENOENT)
		bail("remove a subvolume: %m");
}

void disk_absent(const struct args *a)
{
	/* It isn't found where it was not added. */
	call(BTRFS_IOC_RM_DEV, a->path, 0);
}

const char *spare_disk(void)
{
	return spare;
}

void volume_begin(void)
{
	char out[512];

	image_mount(IMAGE, "btrfs", VOLUME);
	volume_there(&(struct args){ "old" });
	if (RUN(out, "truncate", "-s", "128M", SPARE) ||
	    RUN(out, "busybox", "losetup", "-f"))
		bail("no loop device: %s", out);
	snprintf(spare, sizeof(spare), "%.*s", (int)strcspn(out, "\n"), out);
	if (RUN(out, "busybox", "losetup", spare, SPARE))
		bail("a spare disk: %s", out);
}

void volume_end(void)
{
	char out[512];

	image_umount(IMAGE, VOLUME);
	if (RUN(out, "busybox", "losetup", "-d", spare))
		bail("free %s: %s", spare, out);
	unlink(SPARE);
}
