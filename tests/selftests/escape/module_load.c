// SPDX-License-Identifier: GPL-2.0-only
/*
 * CAP_SYS_MODULE: code of one's own in the kernel of all. Brad Spengler,
 * "False Boundaries and Arbitrary Code Execution", 2011; MITRE ATT&CK
 * T1547.006. The module here is a harmless one of the kernel's own.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>
#include <linux/capability.h>

#include "escape.h"
#include "host.h"
#include "tap.h"

#define MODULE	"/dummy.ko"

/* The attacker brings it along; the host has none of the kind. */
static void bring_module(struct args *a)
{
	char out[512];

	(void)a;
	make_dir(CONTAINER_ROOT);
	RUN(out, "rmmod", "dummy");
	if (RUN(out, "sh", "-c", "f=$(find /lib/modules -name 'dummy.ko*') && "
		"case $f in *.xz) xzcat $f ;; *) cat $f ;; esac >"
		CONTAINER_ROOT MODULE))
		bail("unpack a module: %s", out);
}

static void remove_module(void)
{
	char out[512];

	RUN(out, "rmmod", "dummy");
	RUN(out, "modprobe", "dummy");
}

static bool loaded(void)
{
	return !access("/sys/module/dummy", F_OK);
}

static int by_file(const struct args *a)
{
	int fd = open(MODULE, O_RDONLY);

	(void)a;
	return fd < 0 || syscall(SYS_finit_module, fd, "", 0) ? errno : 0;
}

static int by_buffer(const struct args *a)
{
	int fd = open(MODULE, O_RDONLY);
	struct stat st;
	void *image;

	(void)a;
	if (fd < 0 || fstat(fd, &st))
		return errno;
	image = malloc(st.st_size);
	if (read(fd, image, st.st_size) != st.st_size)
		return EIO;
	return syscall(SYS_init_module, image, st.st_size, "") ? errno : 0;
}

const struct escape module_load[] = {
	{ "a module from a file", { .caps = CAP(CAP_SYS_MODULE) }, bring_module,
	  .attempt = by_file, .escaped = loaded, .restore = remove_module,
	  .error = EPERM, .act = BULKHEAD_ACT_MODULE, .rule = "preset module" },
	{ "a module from memory", { .caps = CAP(CAP_SYS_MODULE) }, bring_module,
	  .attempt = by_buffer, .escaped = loaded, .restore = remove_module,
	  .error = EPERM, .act = BULKHEAD_ACT_MODULE, .rule = "preset module" },
	{ NULL }
};
