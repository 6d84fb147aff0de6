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
#include <linux/hash.h>
#include <linux/in6.h>
#include <linux/socket.h>
#include <linux/path.h>
#include <linux/percpu.h>
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
	if (likely(!stack) || likely(!atomic_read(&d->forming)))
		return stack;
	return &bkh_doubt;
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

/*
 * @perms on a path that no preset has a say in; @stack isn't NULL. Between
 * begin and end.
 */
static __always_inline bool bkh_permits_path(const struct bkh_stack *stack,
					     struct vfsmount *mnt,
					     struct dentry *dentry, u32 perms)
{
	return likely(!bkh_is_special(dentry)) &&
	       bkh_path_permits(mnt, dentry, stack, perms);
}

/* Executing or mapping @file executable, by the current task. */
bool bkh_permits_code(struct file *file, u32 perms);

#define BKH_MEMO_BITS 4

/**
 * struct bkh_memo - destinations that a CPU has permitted of late
 * @cgrp: for whom; NULL while the rest changes hands
 * @era: bkh_era, read before anything else was
 * @stack: in force for @cgrp as long as the era lasts
 * @dests: keys of bkh_dest_key(), each in its slot or nowhere; ~0: none
 *
 * A call's destination is judged again with its packet, and the next datagram
 * goes to one of a few as a rule.
 *
 * Written by tasks alone and with preemption off. So tasks read it whole, and
 * an interrupt meets a cgroup only beside destinations of its own.
 */
struct bkh_memo {
	const struct cgroup *cgrp;
	unsigned long era;
	const struct bkh_stack *stack;
	u64 dests[1 << BKH_MEMO_BITS];
};

DECLARE_PER_CPU(struct bkh_memo, bkh_memo);

/* As struct sockaddr_in begins, so that it is one load there. */
static __always_inline u64 bkh_dest_v4(u16 family, __be32 addr, __be16 port)
{
	return (u64)(__force u32)addr << 32 | (u32)(__force u16)port << 16 |
	       family;
}

/*
 * With the protocol where AF_INET was. A sockaddr that says another family may
 * come out the same: it goes nowhere, since no protocol with ports takes it.
 */
static __always_inline u64 bkh_dest_key(u64 dest, u32 proto)
{
	return dest - AF_INET + proto;
}

static __always_inline unsigned int bkh_dest_slot(u64 key)
{
	return key * GOLDEN_RATIO_64 >> (64 - BKH_MEMO_BITS);
}

/* There is something to recall. Preemption is off. */
static __always_inline bool bkh_remembers(const struct cgroup *cgrp)
{
	return __this_cpu_read(bkh_memo.cgrp) == cgrp &&
	       __this_cpu_read(bkh_memo.era) == READ_ONCE(bkh_era);
}

/* This destination was permitted. Only after bkh_remembers(). */
static __always_inline bool bkh_recalls(u64 key)
{
	return __this_cpu_read(bkh_memo.dests[bkh_dest_slot(key)]) == key;
}

static __always_inline bool bkh_is_bound(struct cgroup *cgrp)
{
	return bkh_domain_find(cgroup_id(cgrp));
}

/*
 * A destination that no preset has a say in: @addr and @port as in a header.
 * Preemption is off.
 */
bool bkh_permits_v4(struct cgroup *cgrp, u16 ipproto, __be32 addr, __be16 port);
bool bkh_permits_v6(struct cgroup *cgrp, u16 ipproto,
		    const struct in6_addr *addr, __be16 port);

#endif /* BKH_PERMIT_H */
