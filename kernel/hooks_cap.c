// SPDX-License-Identifier: GPL-2.0-only
/* Use of capabilities, in the initial and in any other user namespace. */
#include <linux/capability.h>
#include <linux/cred.h>
#include <linux/sched.h>
#include <linux/security.h>

#include "hooks.h"
#include "judge.h"

/*
 * Credentials that aren't the task's own: the kernel acts in its place, as
 * overlayfs does with those of the mounter, or asks about somebody else. But
 * io_uring lends a task credentials that it had before.
 */
static bool is_borrowed(const struct cred *cred)
{
	return cred != current_real_cred() && !current->io_uring &&
	       !(current->flags & PF_IO_WORKER);
}

/*
 * Reached only with a capability that the kernel's own check has granted. May
 * be called in atomic context.
 */
static int bkh_capable(const struct cred *cred, struct user_namespace *ns,
		       int cap, unsigned int opts)
{
	if (!static_branch_unlikely(&bkh_bound) || is_borrowed(cred))
		return 0;
	return bkh_judge_capable(cap, opts & CAP_OPT_NOAUDIT);
}

static struct bkh_hook hooks[] = {
	BKH_HOOK(capable, bkh_capable),
};

struct bkh_hook_set bkh_cap_hooks = BKH_HOOK_SET(hooks);
