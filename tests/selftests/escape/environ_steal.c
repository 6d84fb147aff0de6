// SPDX-License-Identifier: GPL-2.0-only
/*
 * Tokens and passwords stand in the environment of the host's processes, and
 * in a shared pid namespace /proc/PID/environ shows them. MITRE ATT&CK T1552.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>
#include <linux/capability.h>

#include "escape.h"

static int attempt(const struct args *a)
{
	char path[64], text[4096];
	ssize_t n;
	int fd;

	snprintf(path, sizeof(path), "/proc/%ld/environ", a->n[0]);
	fd = open(path, O_RDONLY);
	if (fd < 0)
		return errno;
	n = read(fd, text, sizeof(text));
	if (n < 0)
		return errno;
	return memmem(text, n, "BULKHEAD_KO=", 12) ? 0 : ENOENT;
}

const struct escape environ_steal[] = {
	{ "the environment of a host's process",
	  { .caps = CAP(CAP_SYS_PTRACE), .host_pid = true }, victim_start,
	  .attempt = attempt, .restore = victim_stop, .error = EACCES,
	  .act = BULKHEAD_ACT_PTRACE, .rule = "preset ptrace" },
	{ NULL }
};
