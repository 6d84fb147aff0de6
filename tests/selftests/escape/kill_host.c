// SPDX-License-Identifier: GPL-2.0-only
/*
 * Root beside the host's processes (--pid=host) may kill any of them: the
 * agent that watches it, the runtime, a neighbour. MITRE ATT&CK T1489, T1562.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <signal.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "escape.h"

static int by_kill(const struct args *a)
{
	return kill(a->n[0], SIGKILL) ? errno : 0;
}

static int by_pidfd(const struct args *a)
{
	int pidfd = syscall(SYS_pidfd_open, a->n[0], 0);

	return pidfd < 0 || syscall(SYS_pidfd_send_signal, pidfd, SIGKILL, NULL, 0) ?
	       errno : 0;
}

const struct escape kill_host[] = {
	{ "a host's process killed", { .host_pid = true }, victim_start,
	  .attempt = by_kill, .escaped = victim_is_dead, .restore = victim_stop,
	  .error = EPERM, .act = BULKHEAD_ACT_SIGNAL, .rule = "preset signal" },
	{ "a host's process killed by its pidfd", { .host_pid = true },
	  victim_start, .attempt = by_pidfd, .escaped = victim_is_dead,
	  .restore = victim_stop, .error = EPERM, .act = BULKHEAD_ACT_SIGNAL,
	  .rule = "preset signal" },
	{ NULL }
};
