// SPDX-License-Identifier: GPL-2.0-only
/* Use of capabilities, in the initial and in any other user namespace. */
#include <linux/capability.h>
#include <linux/cred.h>
#include <linux/sched.h>
#include <linux/security.h>

#include "hooks.h"
#include "judge.h"

/*
 * An override is in force: the kernel acts in the task's place, as overlayfs
 * does with the mounter's credentials. Those that a descriptor was opened with
 * are still the task's doing, and io_uring lends a task what it had before.
 */
static bool is_borrowed(const struct cred *cred)
{
	return cred == current_cred() && cred != current_real_cred() &&
	       !current->io_uring && !(current->flags & PF_IO_WORKER);
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
