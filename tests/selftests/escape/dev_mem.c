// SPDX-License-Identifier: GPL-2.0-only
/*
 * A node for /dev/mem reads and writes physical memory: devices and firmware
 * at least, where the kernel keeps its own pages back. Brad Spengler,
 * "False Boundaries and Arbitrary Code Execution", 2011 (CAP_SYS_RAWIO).
 */
#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>
#include <linux/capability.h>

#include "escape.h"

/* The BIOS lies there, which even a strict kernel lets be read. */
#define BIOS	0xf0000

static int peek(const char *path)
{
	int fd = open(path, O_RDONLY);
	char page[4096];

	if (fd < 0)
		return errno;
	return pread(fd, page, sizeof(page), BIOS) == sizeof(page) ? 0 : errno;
}

static int by_own_node(const struct args *a)
{
	(void)a;
	if (mknod("/tmp/mem", S_IFCHR | 0600, makedev(1, 1)))
		return errno;
	return peek("/tmp/mem");
}

static int by_hosts_node(const struct args *a)
{
	(void)a;
	return peek("/dev/mem");
}

const struct escape dev_mem[] = {
	{ "physical memory by a node that it makes",
	  { .caps = CAP(CAP_SYS_RAWIO) }, .attempt = by_own_node,
	  .error = EACCES, .act = BULKHEAD_ACT_MKNOD, .rule = "preset raw-disk" },
	{ "physical memory by the host's node",
	  { .caps = CAP(CAP_SYS_RAWIO), .volumes = { "/dev/mem", "/dev/mem" } },
	  .attempt = by_hosts_node,
	  .error = EACCES, .act = BULKHEAD_ACT_OPEN, .rule = "preset raw-disk" },
	{ NULL }
};
