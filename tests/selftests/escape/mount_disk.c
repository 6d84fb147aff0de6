// SPDX-License-Identifier: GPL-2.0-only
/*
 * A privileged container sees the host's disks in /dev and mounts one: the
 * host's files, to read and to write. MITRE ATT&CK T1611; Edwards
 * and Freeman, "A Compendium of Container Escapes", Black Hat USA 2019.
 */
#include <errno.h>
#include <sys/mount.h>

#include "escape.h"
#include "host.h"

static int attempt(const struct args *a)
{
	(void)a;
	if (mount("/dev/disk", "/mnt", "ext4", 0, NULL))
		return errno;
	return write_file("/mnt/secret", SPOILT_TEXT);
}

const struct escape mount_disk[] = {
	{ "the host's disk mounted",
	  { .caps = ALL_CAPS, .volumes = { DISK, "/dev/disk" } }, disk_make,
	  .attempt = attempt, .escaped = disk_spoilt, .restore = disk_remove,
	  .error = EPERM, .act = BULKHEAD_ACT_MOUNT, .rule = "preset mount" },
	{ NULL }
};
