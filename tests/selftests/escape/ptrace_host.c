// SPDX-License-Identifier: GPL-2.0-only
/*
 * Attach to a host's process in a shared pid namespace and make it run what
 * one likes: here a function of its own that it would never call. MITRE ATT&CK
 * T1055.008; Brad Spengler, "False Boundaries and Arbitrary Code Execution",
 * 2011 (CAP_SYS_PTRACE).
 */
#define _GNU_SOURCE
#include <errno.h>
#include <sys/ptrace.h>
#include <sys/user.h>
#include <sys/wait.h>
#include <linux/capability.h>

#include "escape.h"

static int attempt(const struct args *a)
{
	struct user_regs_struct regs;
	int status;

	if (ptrace(PTRACE_ATTACH, a->n[0], 0, 0))
		return errno;
	if (waitpid(a->n[0], &status, __WALL) != a->n[0] ||
	    ptrace(PTRACE_GETREGS, a->n[0], 0, &regs))
		return errno;
	/* No system call is to be restarted; the stack as if called. */
	regs.orig_rax = -1;
	regs.rsp = ((regs.rsp - 256) & ~15UL) - 8;
	regs.rip = (unsigned long)victim_confesses;
	if (ptrace(PTRACE_SETREGS, a->n[0], 0, &regs) ||
	    ptrace(PTRACE_DETACH, a->n[0], 0, 0))
		return errno;
	return 0;
}

const struct escape ptrace_host[] = {
	{ "ptrace of a host's process",
	  { .caps = CAP(CAP_SYS_PTRACE), .host_pid = true }, victim_start,
	  .attempt = attempt, .escaped = owned, .restore = victim_stop,
	  .error = EPERM, .act = BULKHEAD_ACT_PTRACE, .rule = "preset ptrace" },
	{ NULL }
};
