/* SPDX-License-Identifier: GPL-2.0-only */
/* A file system of btrfs, and what its own calls do to it. */
#ifndef SELFTEST_PRESET_VOLUMES_H
#define SELFTEST_PRESET_VOLUMES_H

#include "box.h"

#define VOLUME	TOP "/btrfs"

void volume_begin(void);
void volume_end(void);

/* In VOLUME: path becomes a subvolume, of path2 a snapshot; n[0]: by which call. */
int act_make_volume(const struct args *a);
/* path is removed. */
int act_remove_volume(const struct args *a);
/* The disk path becomes a part of it. */
int act_add_disk(const struct args *a);

/* Before each: path is there, or isn't. */
void volume_there(const struct args *a);
void volume_absent(const struct args *a);
void disk_absent(const struct args *a);

/* A disk to add, as a path. Once volume_begin() was called. */
const char *spare_disk(void);

#endif /* SELFTEST_PRESET_VOLUMES_H */
