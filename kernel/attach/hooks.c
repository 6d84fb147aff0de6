// SPDX-License-Identifier: GPL-2.0-only
/* What planting and unplanting have in common on all kernels: order and drain. */
#include <linux/delay.h>
#include <linux/mutex.h>
#include <linux/rcupdate.h>

#include "attach/hooks.h"
#include "attach/table.h"
#include "log.h"

DEFINE_PER_CPU(long, bkh_hook_sleepers);

static long count_sleepers(void)
{
	long sum = 0;
	int cpu;

	for_each_possible_cpu(cpu)
		sum += READ_ONCE(per_cpu(bkh_hook_sleepers, cpu));
	return sum;
}

/*
 * No new caller can reach us. Tasks that were preempted in a function of ours
 * pass with RCU-tasks, interrupts and idle CPUs with RCU, sleepers with their
 * count; the second round is for those preempted behind bkh_hook_exit().
 */
static void drain(void)
{
	synchronize_rcu_tasks();
	synchronize_rcu();
	while (count_sleepers())
		msleep(20);
	synchronize_rcu_tasks();
	synchronize_rcu();
}

/* Calls @fn for each hook that is planted, the last one first. */
static void each_planted(struct bkh_hook_set *const *sets, unsigned int count,
			 void (*fn)(struct bkh_hook *hook))
{
	unsigned int s, i;

	for (s = count; s-- > 0;)
		for (i = sets[s]->count; i-- > 0;)
			if (sets[s]->hooks[i].planted)
				fn(&sets[s]->hooks[i]);
}

static void release(struct bkh_hook *hook)
{
	bkh_table_release(hook);
	hook->planted = false;
}

void bkh_hooks_unplant(struct bkh_hook_set *const *sets, unsigned int count)
{
	each_planted(sets, count, bkh_table_cut);
	drain();
	each_planted(sets, count, release);
}

int bkh_hooks_plant(struct bkh_hook_set *const *sets, unsigned int count)
{
	unsigned int s, i;
	int err;

	err = bkh_table_find();
	if (err)
		return err;
	for (s = 0; s < count; s++)
		for (i = 0; i < sets[s]->count; i++) {
			struct bkh_hook *hook = &sets[s]->hooks[i];

			err = bkh_table_plant(hook);
			hook->planted = !err;
			if (err) {
				bkh_err("hook %s could not be planted (%d)\n",
					hook->name, err);
				bkh_hooks_unplant(sets, count);
				return err;
			}
		}
	return 0;
}

bool bkh_hooks_can_unplant(struct bkh_hook_set *const *sets,
			   unsigned int count)
{
	unsigned int s, i;

	for (s = 0; s < count; s++)
		for (i = 0; i < sets[s]->count; i++) {
			const struct bkh_hook *hook = &sets[s]->hooks[i];

			if (!hook->planted || bkh_table_can_cut(hook))
				continue;
			bkh_warn("another module stands on hook %s: unload that first\n",
				 hook->name);
			return false;
		}
	return true;
}

/* Guards the @lost of all hooks. */
static DEFINE_MUTEX(lost_mutex);

/* Each change is said once, by whoever sees it first. */
static bool leads_to(struct bkh_hook *hook)
{
	bool leads;

	rcu_read_lock();
	leads = hook->planted && bkh_table_leads_to(hook);
	rcu_read_unlock();
	if (leads == !hook->lost)
		return leads;
	if (leads)
		bkh_warn("hook %s is called again\n", hook->name);
	else
		bkh_err("hook %s is lost: other code stands in its place, and what it judged is NOT ENFORCED\n",
			hook->name);
	hook->lost = !leads;
	return leads;
}

unsigned int bkh_hooks_count_planted(struct bkh_hook_set *const *sets,
				     unsigned int count)
{
	unsigned int n = 0;
	unsigned int s, i;

	mutex_lock(&lost_mutex);
	for (s = 0; s < count; s++)
		for (i = 0; i < sets[s]->count; i++)
			n += leads_to(&sets[s]->hooks[i]);
	mutex_unlock(&lost_mutex);
	return n;
}
