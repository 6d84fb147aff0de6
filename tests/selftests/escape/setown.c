// SPDX-License-Identifier: GPL-2.0-only
/*
 * The kernel sends a signal in a task's place when a file is ready: F_SETOWN
 * names the victim, F_SETSIG the signal, and no kill() is ever called. fcntl(2)
 * describes it; the signal half of MITRE ATT&CK T1489 without a kill().
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "escape.h"

/* A pair of sockets: what comes in at one end makes its owner hear of it. */
static int notify(int ends[2])
{
	if (fcntl(ends[0], F_SETSIG, SIGTERM) ||
	    fcntl(ends[0], F_SETFL, O_ASYNC | O_NONBLOCK))
		return errno;
	return write(ends[1], "", 1) == 1 ? 0 : errno;
}

static int by_fcntl(const struct args *a)
{
	int ends[2];

	if (socketpair(AF_UNIX, SOCK_STREAM, 0, ends) ||
	    fcntl(ends[0], F_SETOWN, a->n[0]))
		return errno;
	return notify(ends);
}

static int by_ioctl(const struct args *a)
{
	int ends[2], pid = a->n[0];

	if (socketpair(AF_UNIX, SOCK_STREAM, 0, ends) ||
	    ioctl(ends[0], FIOSETOWN, &pid))
		return errno;
	return notify(ends);
}

const struct escape setown[] = {
	{ "a signal that the kernel sends, by F_SETOWN", { .host_pid = true },
	  victim_start, .attempt = by_fcntl, .escaped = victim_is_dead,
	  .restore = victim_stop, .error = EPERM, .act = BULKHEAD_ACT_SIGNAL,
	  .rule = "preset signal" },
	{ "a signal that the kernel sends, by FIOSETOWN", { .host_pid = true },
	  victim_start, .attempt = by_ioctl, .escaped = victim_is_dead,
	  .restore = victim_stop, .error = EPERM, .act = BULKHEAD_ACT_SIGNAL,
	  .rule = "preset signal" },
	{ NULL }
};
