// SPDX-License-Identifier: GPL-2.0-only
/*
 * Take a descriptor that a host's process has open, in a shared pid namespace:
 * a socket, a directory of the host's, a log. pidfd_getfd(2) asks for
 * ptrace's rights and no more. MITRE ATT&CK T1611.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>
#include <linux/capability.h>

#include "escape.h"

static int attempt(const struct args *a)
{
	int pidfd = syscall(SYS_pidfd_open, a->n[0], 0), fd;
	char text[64] = "";

	if (pidfd < 0)
		return errno;
	fd = syscall(SYS_pidfd_getfd, pidfd, 99, 0);
	if (fd < 0)
		return errno;
	return pread(fd, text, sizeof(text) - 1, 0) < 0 ? errno : is_secret(text);
}

const struct escape pidfd_getfd[] = {
	{ "a descriptor of a host's process",
	  { .caps = CAP(CAP_SYS_PTRACE), .host_pid = true }, victim_start,
	  .attempt = attempt, .restore = victim_stop, .error = EPERM,
	  .act = BULKHEAD_ACT_PTRACE, .rule = "preset ptrace" },
	{ NULL }
};
