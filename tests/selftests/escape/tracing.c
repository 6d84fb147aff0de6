// SPDX-License-Identifier: GPL-2.0-only
/*
 * tracefs shows what every process of the host does, and its probes read the
 * registers and memory of any. He et al., "Cross Container Attacks: The
 * Bewildered eBPF on Clouds", USENIX Security 2023, does it by eBPF; tracefs
 * needs none.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#include "escape.h"
#include "host.h"

#define ON_HOST	"/sys/kernel/tracing"

/* A probe on the host's kernel, visible to the host. */
static int plant(const char *file)
{
	int fd = open(file, O_WRONLY | O_APPEND | O_CLOEXEC), error;
	static const char probe[] = "p:bh/escape vfs_unlink\n";

	if (fd < 0)
		return errno;
	error = write(fd, probe, sizeof(probe) - 1) < 0 ? errno : 0;
	close(fd);
	return error;
}

static int by_own_mount(const struct args *a)
{
	(void)a;
	mkdir("/tmp/tracing", 0755);
	if (mount("tracefs", "/tmp/tracing", "tracefs", 0, NULL))
		return errno;
	return plant("/tmp/tracing/kprobe_events");
}

static int by_hosts_mount(const struct args *a)
{
	(void)a;
	return plant("/mnt/tracing/kprobe_events");
}

static bool planted(void)
{
	char text[1024];

	read_file(ON_HOST "/kprobe_events", text, sizeof(text));
	return strstr(text, "bh/escape");
}

static void pull_out(void)
{
	write_file(ON_HOST "/kprobe_events", "-:bh/escape\n");
}

const struct escape tracing[] = {
	{ "a kernel probe by tracefs that it mounts", { .caps = ALL_CAPS },
	  .attempt = by_own_mount, .escaped = planted, .restore = pull_out,
	  .error = EPERM, .act = BULKHEAD_ACT_MOUNT, .rule = "preset mount" },
	{ "a kernel probe by tracefs that it was given",
	  { .caps = ALL_CAPS, .volumes = { ON_HOST, "/mnt/tracing" } },
	  .attempt = by_hosts_mount, .escaped = planted, .restore = pull_out,
	  .error = EACCES, .act = BULKHEAD_ACT_OPEN, .rule = "preset sys-firmware" },
	{ NULL }
};
