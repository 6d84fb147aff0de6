/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The short way to a yes. What nothing binds, and what every policy in force
 * allows beyond doubt, is let pass here in few instructions, with no request
 * put together. All else is in doubt: the long way (judge.h) then decides from
 * the start, so a wrong doubt costs time and nothing more.
 *
 * With preemption off a CPU is a reader of RCU as well, and that costs two
 * instructions where rcu_read_lock() costs two calls.
 */
#ifndef BKH_PERMIT_H
#define BKH_PERMIT_H

#include <linux/cgroup.h>
#include <linux/path.h>
#include <linux/preempt.h>
#include <linux/sched.h>

#include "domain.h"
#include "path.h"
#include "special.h"

/* In force for nobody: permits nothing. */
extern const struct bkh_stack bkh_doubt;

/*
 * What is in force for a domain; NULL: nothing; bkh_doubt where some task of
 * its cgroup is forming. Under RCU of either kind.
 */
static __always_inline const struct bkh_stack *
bkh_permit_stack_of(struct bkh_domain *d)
{
	const struct bkh_stack *stack;

	/* The address depends on the slot, which orders the two loads. */
	stack = rcu_dereference_check(d->stack[READ_ONCE(bkh_epoch)],
				      rcu_read_lock_any_held());
	if (stack && unlikely(atomic_read(&d->forming)))
		return &bkh_doubt;
	return stack;
}

/* The same for a cgroup. */
static __always_inline const struct bkh_stack *
bkh_permit_stack(struct cgroup *cgrp)
{
	struct bkh_domain *d = bkh_domain_find(cgroup_id(cgrp));

	if (likely(!d))
		return NULL;
	return bkh_permit_stack_of(d);
}

/* For the current task. Preemption is off until bkh_permit_end(). */
static __always_inline const struct bkh_stack *bkh_permit_begin(void)
{
	preempt_disable();
	return bkh_permit_stack(task_dfl_cgroup(current));
}

static __always_inline void bkh_permit_end(void)
{
	preempt_enable();
}

/* @perms on a path that no preset has a say in. Between begin and end. */
static __always_inline bool bkh_permits_perms(const struct bkh_stack *stack,
					      const struct path *path,
					      u32 perms)
{
	return !stack || (!bkh_is_special(path) &&
			  bkh_path_permits(path, stack, perms));
}

/*
 * A destination that no preset has a say in: @addr and @port as in a header.
 * Between begin and end, or under RCU.
 */
bool bkh_permits_v4(const struct bkh_stack *stack, u32 ipproto, __be32 addr,
		    __be16 port);

/* A socket to be made. Between begin and end. */
bool bkh_permits_socket(const struct bkh_stack *stack, u32 family, u32 type);

#endif /* BKH_PERMIT_H */
