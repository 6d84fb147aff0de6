// SPDX-License-Identifier: GPL-2.0-only
/*
 * The hash of domains, how domains come with cgroups and go with them, and the
 * switch from one ruleset to the next.
 */
#include <linux/rcupdate.h>
#include <linux/slab.h>
#include <linux/timekeeping.h>

#include "domain.h"
#include "drift.h"
#include "event.h"
#include "forming.h"
#include "log.h"
#include "nets.h"

DEFINE_STATIC_KEY_FALSE(bkh_bound);
DEFINE_SPINLOCK(bkh_domain_lock);
unsigned int bkh_epoch __read_mostly;
unsigned long bkh_era __read_mostly;
struct hlist_head bkh_domain_hash[1 << BKH_DOMAIN_BITS];

/* Rulesets that domains have a slot for. Under bkh_domain_lock. */
static struct bkh_ruleset *slots[2];

/* Scratch for cgroup paths. Under bkh_domain_lock. */
static char path_buf[PATH_MAX];

/* Memory taken in advance, for where none can be asked for. */
struct pool {
	struct hlist_head domains;
	struct list_head stacks;
	unsigned int nr_domains;
	unsigned int nr_stacks;
};

/*
 * For the next cgroup to be made: a domain, and a stack for either slot. The
 * making of cgroups is serialised by the kernel. Under bkh_domain_lock.
 */
static struct pool newborn = { .stacks = LIST_HEAD_INIT(newborn.stacks) };

static struct bkh_domain *pool_take_domain(struct pool *pool)
{
	struct bkh_domain *d;

	if (!pool->nr_domains)
		return NULL;
	d = hlist_entry(pool->domains.first, struct bkh_domain, node);
	hlist_del(&d->node);
	pool->nr_domains--;
	return d;
}

static struct bkh_stack *pool_take_stack(struct pool *pool)
{
	struct bkh_stack *stack;

	if (!pool->nr_stacks)
		return NULL;
	stack = list_first_entry(&pool->stacks, struct bkh_stack, node);
	list_del(&stack->node);
	pool->nr_stacks--;
	return stack;
}

static void pool_free(struct pool *pool)
{
	struct bkh_stack *stack;
	struct bkh_domain *d;

	while ((d = pool_take_domain(pool)))
		kfree(d);
	while ((stack = pool_take_stack(pool)))
		kfree(stack);
}

/* Fill @pool up to these numbers. May sleep; the caller owns the pool. */
static int pool_fill(struct pool *pool, unsigned int domains,
		     unsigned int stacks)
{
	while (pool->nr_domains < domains) {
		struct bkh_domain *d = kzalloc(sizeof(*d), GFP_KERNEL_ACCOUNT);

		if (!d)
			return -ENOMEM;
		hlist_add_head(&d->node, &pool->domains);
		pool->nr_domains++;
	}
	while (pool->nr_stacks < stacks) {
		struct bkh_stack *s = kzalloc(sizeof(*s), GFP_KERNEL_ACCOUNT);

		if (!s)
			return -ENOMEM;
		list_add(&s->node, &pool->stacks);
		pool->nr_stacks++;
	}
	return 0;
}

/* Hand what @from has over to @to, as far as @to lacks it. */
static void pool_move(struct pool *to, struct pool *from,
		      unsigned int domains, unsigned int stacks)
{
	while (to->nr_domains < domains && from->nr_domains) {
		hlist_add_head(&pool_take_domain(from)->node, &to->domains);
		to->nr_domains++;
	}
	while (to->nr_stacks < stacks && from->nr_stacks) {
		list_add(&pool_take_stack(from)->node, &to->stacks);
		to->nr_stacks++;
	}
}

int bkh_domain_reserve(void)
{
	struct pool fresh = { .stacks = LIST_HEAD_INIT(fresh.stacks) };
	unsigned long flags;
	int err;

	err = pool_fill(&fresh, 1, 2);
	if (!err) {
		spin_lock_irqsave(&bkh_domain_lock, flags);
		pool_move(&newborn, &fresh, 1, 2);
		spin_unlock_irqrestore(&bkh_domain_lock, flags);
	}
	pool_free(&fresh);
	return err;
}

static bool stack_is(const struct bkh_stack *stack,
		     const struct bkh_selection *sel)
{
	const struct bkh_policy *all = stack->ruleset->image->policies;
	u32 i;

	if (stack->closed != sel->overflow)
		return false;
	if (stack->closed)
		return true;
	if (stack->count != sel->count)
		return false;
	for (i = 0; i < sel->count; i++)
		if (stack->policies[i] != &all[sel->policies[i]])
			return false;
	return true;
}

/* Add a policy, and take from what all of them allow. */
static void stack_push(struct bkh_stack *stack, const struct bkh_policy *p)
{
	unsigned int i;

	stack->policies[stack->count++] = p;
	stack->caps &= p->hdr->caps;
	stack->drift |= p->hdr->drift;
	for (i = 0; i < BKH_FAMILIES; i++)
		stack->sockets[i] &= p->hdr->socket_allow[i];
}

/* The ruleset's stack for a selection, made if need be; NULL: no memory. */
static struct bkh_stack *stack_get_locked(struct bkh_ruleset *rs,
					  const struct bkh_selection *sel,
					  struct pool *pool)
{
	struct bkh_stack *stack;
	u32 i;

	lockdep_assert_held(&bkh_domain_lock);
	list_for_each_entry(stack, &rs->stacks, node)
		if (stack_is(stack, sel))
			return stack;
	stack = pool_take_stack(pool);
	if (!stack)
		return NULL;
	stack->ruleset = rs;
	stack->closed = sel->overflow;
	if (!sel->overflow) {
		stack->caps = ~0ULL;
		memset(stack->sockets, 0xff, sizeof(stack->sockets));
		for (i = 0; i < sel->count; i++)
			stack_push(stack, &rs->image->policies[sel->policies[i]]);
	}
	list_add(&stack->node, &rs->stacks);
	return stack;
}

static void domain_add_locked(struct bkh_domain *d, u64 cgid)
{
	lockdep_assert_held(&bkh_domain_lock);
	d->cgid = cgid;
	bkh_drift_born_locked(d);
	spin_lock_init(&d->lock);
	bkh_event_init_domain(d);
	hlist_add_head_rcu(&d->node, bkh_domain_bucket(cgid));
}

/*
 * Give a cgroup what the ruleset in @slot has for it. Repeatable.
 *
 * Return: 0, -EAGAIN if the pool ran out.
 */
static int place_locked(struct cgroup *cgrp, int slot, struct pool *pool)
{
	u64 cgid = cgroup_id(cgrp);
	struct bkh_stack *stack = NULL;
	struct bkh_selection sel;
	struct bkh_domain *d;

	lockdep_assert_held(&bkh_domain_lock);
	if (!slots[slot])
		return 0;
	bkh_ruleset_select(slots[slot], cgrp, path_buf, &sel);
	d = bkh_domain_find(cgid);
	if (sel.count || sel.overflow) {
		stack = stack_get_locked(slots[slot], &sel, pool);
		if (!stack)
			return -EAGAIN;
		if (!d) {
			d = pool_take_domain(pool);
			if (!d)
				return -EAGAIN;
			domain_add_locked(d, cgid);
		}
		d->anchor_level[slot] = sel.overflow ? cgrp->level :
						       sel.anchor_level;
		d->flags[slot] = sel.flags;
		if (sel.overflow)
			d->flags[slot] |= BULKHEAD_DOMAIN_CLOSED;
	}
	if (d)
		rcu_assign_pointer(d->stack[slot], stack);
	return 0;
}

void bkh_on_cgroup_mkdir(void *data, struct cgroup *cgrp, const char *path)
{
	unsigned long flags;
	int slot, err = 0;

	if (cgrp->root != &cgrp_dfl_root)
		return;
	spin_lock_irqsave(&bkh_domain_lock, flags);
	for (slot = 0; slot < 2; slot++)
		err |= place_locked(cgrp, slot, &newborn);
	bkh_drift_inherit_locked(cgrp);
	spin_unlock_irqrestore(&bkh_domain_lock, flags);
	/* bkh_domain_reserve() came before, or the mkdir had failed. */
	if (err)
		bkh_err("no memory was kept for cgroup %llu\n",
			cgroup_id(cgrp));
}

/* Ids count within a hierarchy: those of others are not ours. */
static struct bkh_domain *domain_of_locked(struct cgroup *cgrp)
{
	lockdep_assert_held(&bkh_domain_lock);
	if (cgrp->root != &cgrp_dfl_root)
		return NULL;
	return bkh_domain_find(cgroup_id(cgrp));
}

void bkh_on_cgroup_rmdir(void *data, struct cgroup *cgrp, const char *path)
{
	struct bkh_domain *d;
	unsigned long flags;

	spin_lock_irqsave(&bkh_domain_lock, flags);
	d = domain_of_locked(cgrp);
	if (d)
		WRITE_ONCE(d->dead, true);
	spin_unlock_irqrestore(&bkh_domain_lock, flags);
}

static void next_era_locked(void)
{
	lockdep_assert_held(&bkh_domain_lock);
	/* Who reads the new number sees what is new about it. */
	smp_store_release(&bkh_era, bkh_era + 1);
}

void bkh_on_cgroup_release(void *data, struct cgroup *cgrp, const char *path)
{
	struct bkh_domain *d;
	unsigned long flags;

	spin_lock_irqsave(&bkh_domain_lock, flags);
	d = domain_of_locked(cgrp);
	if (d) {
		/* Its address may be that of the next one. */
		next_era_locked();
		hlist_del_rcu(&d->node);
		kfree_rcu(d, rcu);
	}
	spin_unlock_irqrestore(&bkh_domain_lock, flags);
}

static int fill_one(struct cgroup *cgrp, int slot, struct pool *pool)
{
	int err = pool_fill(pool, 1, 1);

	if (err)
		return err;
	spin_lock_irq(&bkh_domain_lock);
	err = place_locked(cgrp, slot, pool);
	spin_unlock_irq(&bkh_domain_lock);
	cond_resched();
	return err;
}

/*
 * All cgroups that are there; those made meanwhile place themselves. The walk
 * goes on from one that may be dead by then, but has not been freed.
 */
static int fill(int slot)
{
	struct cgroup_subsys_state *root = &cgrp_dfl_root.cgrp.self, *css;
	struct pool pool = { .stacks = LIST_HEAD_INIT(pool.stacks) };
	int err = 0;

	rcu_read_lock();
	css_for_each_descendant_pre(css, root) {
		/* The reference holds off the release, which frees domains. */
		if (css == root || !css_tryget(css))
			continue;
		rcu_read_unlock();
		err = fill_one(container_of(css, struct cgroup, self), slot,
			       &pool);
		rcu_read_lock();
		css_put(css);
		if (err)
			break;
	}
	rcu_read_unlock();
	pool_free(&pool);
	return err;
}

static void clear_bucket_locked(struct hlist_head *bucket, int slot)
{
	struct hlist_node *next;
	struct bkh_domain *d;

	lockdep_assert_held(&bkh_domain_lock);
	hlist_for_each_entry_safe(d, next, bucket, node) {
		RCU_INIT_POINTER(d->stack[slot], NULL);
		if (rcu_access_pointer(d->stack[!slot]))
			continue;
		hlist_del_rcu(&d->node);
		kfree_rcu(d, rcu);
	}
}

/* Buckets to clear in one go, with interrupts off. */
#define CLEAR_AT_ONCE 256

/* Nobody reads @slot. Drop what it holds, and domains without any policy. */
static void clear(int slot)
{
	unsigned int i;

	spin_lock_irq(&bkh_domain_lock);
	slots[slot] = NULL;
	for (i = 0; i < ARRAY_SIZE(bkh_domain_hash); i++) {
		clear_bucket_locked(&bkh_domain_hash[i], slot);
		if (i % CLEAR_AT_ONCE)
			continue;
		/* What comes into a bucket from here on has nothing in @slot. */
		spin_unlock_irq(&bkh_domain_lock);
		cond_resched();
		spin_lock_irq(&bkh_domain_lock);
	}
	spin_unlock_irq(&bkh_domain_lock);
}

static bool binds_something(const struct bkh_ruleset *rs)
{
	return rs && (rs->image->hdr->bindings.count || rs->explicit_count);
}

int bkh_domains_switch(struct bkh_ruleset *rs)
{
	int slot = !bkh_epoch;
	int err = 0;

	lockdep_assert_held(&bkh_ruleset_mutex);
	/* From here on, cgroups that are made get both slots. */
	spin_lock_irq(&bkh_domain_lock);
	slots[slot] = rs;
	spin_unlock_irq(&bkh_domain_lock);
	if (rs)
		err = fill(slot);
	/* The last that can fail: packets are seen before there are rules. */
	if (!err && binds_something(rs))
		err = bkh_nets_watch();
	if (err) {
		clear(slot);
		synchronize_rcu();
		return err;
	}
	if (binds_something(rs))
		static_branch_enable(&bkh_bound);
	/*
	 * A task that moves itself to where it is already would come into a
	 * bound cgroup as from outside, and form. Children inherit the mark.
	 */
	bkh_forming_mark_confined(slot);
	spin_lock_irq(&bkh_domain_lock);
	/* The switch: everything in the slot is visible before its number. */
	smp_store_release(&bkh_epoch, slot);
	next_era_locked();
	spin_unlock_irq(&bkh_domain_lock);
	synchronize_rcu();
	/* And those that came in behind the marks. */
	bkh_forming_mark_confined(slot);
	/* While the branch is still on: without it nobody sees a task leave. */
	bkh_forming_purge();
	if (!binds_something(rs)) {
		static_branch_disable(&bkh_bound);
		bkh_nets_unwatch();
	}
	clear(!slot);
	return 0;
}

bool bkh_cgroup_is_live(u64 cgid)
{
	struct cgroup *cgrp = cgroup_get_from_id(cgid);
	bool live;

	if (IS_ERR_OR_NULL(cgrp))
		return false;
	live = cgrp->root == &cgrp_dfl_root && cgrp->level > 0;
	cgroup_put(cgrp);
	return live;
}

/*
 * Where it doesn't fit, some kernels return the length that it has, some an
 * error, and some fill all the room and return the length of that.
 */
bool bkh_cgroup_path(struct cgroup *cgrp, char *path)
{
	int len = cgroup_path(cgrp, path, PATH_MAX);

	return len >= 0 && len < PATH_MAX - 1;
}

unsigned int bkh_domains_count(void)
{
	struct bkh_domain *d;
	unsigned int n = 0;
	unsigned int i;

	rcu_read_lock();
	for (i = 0; i < ARRAY_SIZE(bkh_domain_hash); i++)
		hlist_for_each_entry_rcu(d, &bkh_domain_hash[i], node)
			n += bkh_domain_stack(d) && !READ_ONCE(d->dead);
	rcu_read_unlock();
	return n;
}

void bkh_domains_exit(void)
{
	struct hlist_node *next;
	struct bkh_domain *d;
	unsigned int i;

	pool_free(&newborn);
	for (i = 0; i < ARRAY_SIZE(bkh_domain_hash); i++)
		hlist_for_each_entry_safe(d, next, &bkh_domain_hash[i], node) {
			hlist_del(&d->node);
			kfree(d);
		}
	rcu_barrier();
}
