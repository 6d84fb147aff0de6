// SPDX-License-Identifier: GPL-2.0-only
/*
 * Beside the host's processes (--pid=host), /proc/PID/root of any of them is
 * the host's root directory. MITRE ATT&CK T1611; CIS Docker Benchmark, "Ensure
 * that the host's process namespace is not shared".
 */
#include <errno.h>
#include <stdio.h>
#include <linux/capability.h>

#include "escape.h"
#include "host.h"

static int attempt(const struct args *a)
{
	char path[128];

	snprintf(path, sizeof(path), "/proc/%ld/root" SECRET, a->n[0]);
	return write_file(path, SPOILT_TEXT);
}

const struct escape proc_root[] = {
	{ "/proc/PID/root of a host's process",
	  { .caps = CAP(CAP_SYS_PTRACE), .host_pid = true }, victim_start,
	  .attempt = attempt, .escaped = secret_spoilt, .restore = victim_stop,
	  .error = EACCES, .act = BULKHEAD_ACT_PTRACE, .rule = "preset ptrace" },
	{ NULL }
};
