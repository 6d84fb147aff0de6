// SPDX-License-Identifier: GPL-2.0-only
/* Use of capabilities, in the initial and in any other user namespace. */
#include <linux/capability.h>
#include <linux/security.h>

#include "hooks.h"
#include "judge.h"

/*
 * Reached only with a capability that the kernel's own check has granted. May
 * be called in atomic context.
 */
static int bkh_capable(const struct cred *cred, struct user_namespace *ns,
		       int cap, unsigned int opts)
{
	if (!static_branch_unlikely(&bkh_bound))
		return 0;
	return bkh_judge_capable(cap, opts & CAP_OPT_NOAUDIT);
}

static struct bkh_hook hooks[] = {
	BKH_HOOK(capable, bkh_capable),
};

struct bkh_hook_set bkh_cap_hooks = BKH_HOOK_SET(hooks);
