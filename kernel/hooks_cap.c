// SPDX-License-Identifier: GPL-2.0-only
/* Use of capabilities, in the initial and in any other user namespace. */
#include <linux/capability.h>
#include <linux/cred.h>
#include <linux/pid_namespace.h>
#include <linux/sched.h>
#include <linux/security.h>

#include "drift.h"
#include "hooks.h"
#include "judge.h"
#include "permit.h"
#include "syscall.h"

/*
 * An override is in force: the kernel acts in the task's place, as overlayfs
 * does with the mounter's credentials. Those that a descriptor was opened with
 * are still the task's doing, and io_uring lends a task what it had before.
 */
static bool is_borrowed(const struct cred *cred)
{
	return cred == current_cred() && cred != current_real_cred() &&
	       !bkh_current_uses_uring();
}

/* What a call is guarded by, and told as. */
static const struct guarded_call {
	enum bkh_preset preset;
	enum bulkhead_act act;
} guarded_calls[] = {
	[BKH_CALL_MOUNT] = { BKH_PRESET_MOUNT, BULKHEAD_ACT_MOUNT },
	[BKH_CALL_SETNS] = { BKH_PRESET_SETNS, BULKHEAD_ACT_SETNS },
	[BKH_CALL_MODULE] = { BKH_PRESET_MODULE, BULKHEAD_ACT_MODULE },
	[BKH_CALL_KEXEC] = { BKH_PRESET_KEXEC, BULKHEAD_ACT_KEXEC },
	[BKH_CALL_REBOOT] = { BKH_PRESET_KEXEC, BULKHEAD_ACT_KEXEC },
	[BKH_CALL_HANDLE] = { BKH_PRESET_OPEN_BY_HANDLE, BULKHEAD_ACT_HANDLE },
	[BKH_CALL_MADVISE] = { BKH_PRESET_PTRACE, BULKHEAD_ACT_PTRACE },
};

/*
 * A capability that a call asks for on its way to what a preset guards and no
 * other hook sees.
 */
static int guard_call(int cap, bool quiet)
{
	enum bkh_call call = bkh_current_call();
	struct bkh_request r = { .cap = cap, .quiet = quiet, .error = -EPERM };

	if (call >= ARRAY_SIZE(guarded_calls) || !guarded_calls[call].act)
		return 0;
	/* In a pid namespace of its own it ends that one's init. */
	if (call == BKH_CALL_REBOOT &&
	    task_active_pid_ns(current) != &init_pid_ns)
		return 0;
	/*
	 * Since 6.14 CAP_PERFMON lets one read another's memory layout where
	 * ptrace's guard has just said no, and told of it.
	 */
	if (call == BKH_CALL_MADVISE)
		r.quiet = true;
	r.act = guarded_calls[call].act;
	return bkh_judge_preset(guarded_calls[call].preset, &r);
}

/* The capabilities that those calls ask for. */
#define GUARDED_CAPS							\
	(BIT_ULL(CAP_SYS_ADMIN) | BIT_ULL(CAP_SYS_MODULE) |		\
	 BIT_ULL(CAP_SYS_BOOT) | BIT_ULL(CAP_DAC_READ_SEARCH) |		\
	 BIT_ULL(CAP_PERFMON))

static bool is_guarded(int cap)
{
	return GUARDED_CAPS >> cap & 1;
}

/* For the current task; what calls ask for those capabilities is in doubt. */
static __always_inline bool is_permitted(int cap)
{
	const struct bkh_stack *stack = bkh_permit_begin();
	bool yes = !stack || (stack->caps & ~GUARDED_CAPS) >> cap & 1;

	bkh_permit_end();
	return yes;
}

static noinline int judge(const struct cred *cred, int cap, bool quiet)
{
	int err;

	/* Whoever asks is about to set the clock. */
	if (unlikely(cap == CAP_SYS_TIME))
		bkh_drift_sample();
	if (is_borrowed(cred))
		return 0;
	err = bkh_judge_capable(cap, quiet);
	if (!err && is_guarded(cap))
		err = guard_call(cap, quiet);
	return err;
}

/*
 * Reached only with a capability that the kernel's own check has granted. May
 * be called in atomic context.
 */
static int bkh_capable(const struct cred *cred, struct user_namespace *ns,
		       int cap, unsigned int opts)
{
	if (!static_branch_unlikely(&bkh_bound) ||
	    (likely(cap != CAP_SYS_TIME) && is_permitted(cap)))
		return 0;
	return judge(cred, cap, opts & CAP_OPT_NOAUDIT);
}

static struct bkh_hook hooks[] = {
	BKH_HOOK(capable, bkh_capable),
};

struct bkh_hook_set bkh_cap_hooks = BKH_HOOK_SET(hooks);
