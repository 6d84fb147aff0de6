// SPDX-License-Identifier: GPL-2.0-only
/*
 * process_vm_writev() into a host's process, in a shared pid namespace: no
 * attaching, nothing stops, nobody notices. Brad Spengler, "False Boundaries
 * and Arbitrary Code Execution", 2011 (CAP_SYS_PTRACE); MITRE ATT&CK T1055.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <sys/uio.h>
#include <linux/capability.h>

#include "escape.h"

static int attempt(const struct args *a)
{
	long word = SPOILT_WORD;
	struct iovec here = { &word, sizeof(word) };
	struct iovec there = { (void *)&victim_word, sizeof(word) };

	return process_vm_writev(a->n[0], &here, 1, &there, 1, 0) < 0 ? errno : 0;
}

const struct escape vm_writev[] = {
	{ "process_vm_writev() into a host's process",
	  { .caps = CAP(CAP_SYS_PTRACE), .host_pid = true }, victim_start,
	  .attempt = attempt, .escaped = victim_word_spoilt,
	  .restore = victim_stop, .error = EPERM, .act = BULKHEAD_ACT_PTRACE,
	  .rule = "preset ptrace" },
	{ NULL }
};
