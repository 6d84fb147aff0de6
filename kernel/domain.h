/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Domains: what is in force for one cgroup. Found by cgroup id in one hash
 * probe, made in the kernel when the cgroup is made, freed when the cgroup is
 * released (sockets may outlive its directory).
 *
 * bkh_domain_lock (irq-safe, innermost but for forming's lock) guards the
 * hash, the stacks' lists and the two slots. Readers hold rcu_read_lock().
 */
#ifndef BKH_DOMAIN_H
#define BKH_DOMAIN_H

#include <linux/atomic.h>
#include <linux/cgroup.h>
#include <linux/hash.h>
#include <linux/jump_label.h>
#include <linux/rculist.h>
#include <linux/sched.h>
#include <linux/spinlock.h>
#include <linux/types.h>

#include "ruleset.h"

/* Tokens of one class of events; see event.c. Under the domain's lock. */
struct bkh_bucket {
	u64 refilled;		/* nanoseconds, monotonic */
	u32 tokens;
};

/**
 * struct bkh_domain - one bound cgroup
 * @node: in the hash; first, which spares a lookup some arithmetic
 * @cgid: cgroup id
 * @stack: by slot; NULL: not bound there
 * @forming: tasks in the cgroup that are still being set up
 * @anchor_level: by slot: depth of the container's border in the cgroup tree
 * @flags: by slot: BULKHEAD_DOMAIN_*
 * @dead: the cgroup is removed; sockets may be left
 * @born: seconds and nanoseconds since the epoch, coarse clock
 * @born_ahead: by how much that was ahead of the time since boot
 * @set_back: nanoseconds, 0 or less: the clock's furthest way back since then
 * @lock: guards what follows; taken on denials only
 */
struct bkh_domain {
	struct hlist_node node;
	u64 cgid;
	struct bkh_stack __rcu *stack[2];
	atomic_t forming;
	int anchor_level[2];
	u32 flags[2];
	bool dead;
	struct timespec64 born;
	s64 born_ahead;
	s64 set_back;
	spinlock_t lock;
	struct bkh_bucket buckets[2];
	u64 sequence;
	u64 denied;
	u64 audited;
	u64 lost;
	struct rcu_head rcu;
};

/* Off while the ruleset binds nothing: then a hook is its call and a NOP. */
DECLARE_STATIC_KEY_FALSE(bkh_bound);

extern spinlock_t bkh_domain_lock;

/* Index of the slot in force. */
extern unsigned int bkh_epoch;

/*
 * As long as it stays the same, so does what is in force for each cgroup that
 * has a domain, and no other cgroup takes the address of one. Read it, by
 * smp_load_acquire(), before what is remembered with it.
 */
extern unsigned long bkh_era;

/*
 * With 100,000 bound cgroups most are alone in their buckets, which take a MiB
 * on every host. At 2^14 they would be six in each, four instructions apiece;
 * buckets that grow would cost every lookup two more than these.
 */
#define BKH_DOMAIN_BITS 17
extern struct hlist_head bkh_domain_hash[1 << BKH_DOMAIN_BITS];

/*
 * Ids ascend by the number of files that a cgroup comes with, often an even
 * one: multiplied, they spread over all buckets.
 */
static inline struct hlist_head *bkh_domain_bucket(u64 cgid)
{
	return &bkh_domain_hash[(u32)cgid * GOLDEN_RATIO_32 >>
				(32 - BKH_DOMAIN_BITS)];
}

static inline struct bkh_domain *bkh_domain_find(u64 cgid)
{
	struct bkh_domain *d;

	hlist_for_each_entry_rcu(d, bkh_domain_bucket(cgid), node,
				 lockdep_is_held(&bkh_domain_lock))
		if (d->cgid == cgid)
			return d;
	return NULL;
}

static inline const struct bkh_stack *bkh_domain_stack(struct bkh_domain *d)
{
	/* The address depends on the epoch, which orders the two loads. */
	return rcu_dereference(d->stack[READ_ONCE(bkh_epoch)]);
}


/**
 * bkh_domains_switch - put a ruleset in force on the whole host
 * @rs: ruleset, or NULL for none
 *
 * Under bkh_ruleset_mutex. When it returns, nobody uses the old ruleset.
 * May sleep.
 *
 * Return: 0; -ENOMEM, and nothing changed (never for NULL).
 */
int bkh_domains_switch(struct bkh_ruleset *rs);

/* A cgroup of that id exists in the default hierarchy, and isn't its root. */
bool bkh_cgroup_is_live(u64 cgid);

/*
 * The path of a cgroup, into PATH_MAX bytes. False if it is too long for that:
 * then they hold a part of it. Any context.
 */
bool bkh_cgroup_path(struct cgroup *cgrp, char *path);

/*
 * Make sure that the next cgroup can get a domain; 0 or -ENOMEM. Called where
 * the making of a cgroup can still be refused. May sleep.
 */
int bkh_domain_reserve(void);

/* Tracepoint probes; atomic. */
void bkh_on_cgroup_mkdir(void *data, struct cgroup *cgrp, const char *path);
void bkh_on_cgroup_rmdir(void *data, struct cgroup *cgrp, const char *path);
void bkh_on_cgroup_release(void *data, struct cgroup *cgrp, const char *path);

/* Live domains with a policy; a snapshot. */
unsigned int bkh_domains_count(void);

/* Frees what is left; no reader, no probe, no ruleset any more. May sleep. */
void bkh_domains_exit(void);

#endif /* BKH_DOMAIN_H */
