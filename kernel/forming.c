// SPDX-License-Identifier: GPL-2.0-only
/*
 * Which tasks are forming, and which were confined before. `lock` guards the
 * hash and the entries; readers hold rcu_read_lock().
 */
#include <linux/bitmap.h>
#include <linux/cgroup.h>
#include <linux/hash.h>
#include <linux/hashtable.h>
#include <linux/sched/signal.h>
#include <linux/slab.h>
#include <linux/threads.h>
#include <linux/timekeeping.h>
#include <linux/vmalloc.h>

#include "event.h"
#include "forming.h"

/* One forming thread. One entry a thread: all adding looks first, under lock. */
struct forming {
	struct hlist_node node;
	const struct task_struct *task;	/* never followed; outlives the entry */
	struct bkh_domain *domain;	/* of its cgroup; its count keeps it */
	u64 since;			/* nanoseconds, monotonic */
	pid_t pid;
	bool arms;			/* the execution under way arms it */
	struct rcu_head rcu;
};

static DEFINE_HASHTABLE(table, 8);
static DEFINE_SPINLOCK(lock);
static atomic_t total = ATOMIC_INIT(0);

/*
 * One bit per thread that was ever judged: the host may move a confined task
 * from one bound cgroup to another, and that must not loosen it again. It
 * outlives the thread, since one that executes takes over its leader's number
 * when the leader is gone. Whoever gets the number next is born without.
 */
static unsigned long *confined;

static struct forming *find(const struct task_struct *task)
{
	struct forming *f;

	hash_for_each_possible_rcu(table, f, node, (unsigned long)task,
				   lockdep_is_held(&lock))
		if (f->task == task)
			return f;
	return NULL;
}

bool bkh_forming_has(const struct bkh_domain *d, const struct task_struct *task)
{
	const struct forming *f = find(task);

	return f && f->domain == d;
}

static void remove_locked(struct forming *f)
{
	lockdep_assert_held(&lock);
	hash_del_rcu(&f->node);
	atomic_dec(&f->domain->forming);
	atomic_dec(&total);
	kfree_rcu(f, rcu);
}

static void mark_confined(const struct task_struct *task)
{
	set_bit(task->pid, confined);
}

static void unmark_confined(const struct task_struct *task)
{
	if (test_bit(task->pid, confined))
		clear_bit(task->pid, confined);
}

/*
 * Workers of io_uring act for a task, they never execute. Without memory the
 * task is confined at once, which is the safe mistake. One that bkh_on_fork()
 * confines without the lock stays so: see there.
 */
static void add_locked(const struct task_struct *task, struct bkh_domain *d,
		       const struct forming *former)
{
	struct forming *f = NULL;

	lockdep_assert_held(&lock);
	if (READ_ONCE(task->flags) & (PF_IO_WORKER | PF_USER_WORKER))
		return;
	if (atomic_read(&total) < BKH_FORMING_MAX)
		f = kmalloc(sizeof(*f), GFP_ATOMIC | __GFP_NOWARN);
	if (!f) {
		bkh_event_count_closed();
		mark_confined(task);
		return;
	}
	atomic_inc(&total);
	/* Pairs with bkh_on_fork(). */
	smp_mb__after_atomic();
	if (test_bit(task->pid, confined)) {
		atomic_dec(&total);
		kfree(f);
		return;
	}
	*f = (struct forming){
		.task = task,
		.domain = d,
		.since = former ? former->since : ktime_get_ns(),
		.pid = task->pid,
		.arms = former && former->arms,
	};
	atomic_inc(&d->forming);
	hash_add_rcu(table, &f->node, (unsigned long)task);
}

/* Bound in the slot in force: an empty domain confines nobody. */
static struct bkh_domain *bound_domain(struct cgroup *cgrp)
{
	struct bkh_domain *d = bkh_domain_find(cgroup_id(cgrp));

	return d && bkh_domain_stack(d) ? d : NULL;
}

/* @task is in @cgrp now; where it was before, only our own books tell. */
static void moved_locked(struct task_struct *task, struct cgroup *cgrp)
{
	struct bkh_domain *d = bound_domain(cgrp);
	struct forming *f = find(task);

	/* Whoever sees the slot sees whom it marked: pairs with the switch. */
	smp_rmb();
	/* The kernel passes these by, and their exit has been told already. */
	if (READ_ONCE(task->flags) & PF_EXITING)
		return;
	if (f && f->domain == d)
		return;
	if (d && !test_bit(task->pid, confined))
		add_locked(task, d, f);
	if (f)
		remove_locked(f);
}

void bkh_on_attach_task(void *data, struct cgroup *dst, const char *path,
			struct task_struct *leader, bool threadgroup)
{
	struct task_struct *t = leader;
	unsigned long flags;

	if (!static_branch_unlikely(&bkh_bound) || dst->root != &cgrp_dfl_root)
		return;
	rcu_read_lock();
	spin_lock_irqsave(&lock, flags);
	do {
		moved_locked(t, dst);
	} while (threadgroup && (t = next_thread(t)) != leader);
	spin_unlock_irqrestore(&lock, flags);
	rcu_read_unlock();
}

/*
 * A child of a forming parent is forming; so is one that a parent outside of
 * every domain clones straight into a bound cgroup.
 */
static bool child_is_forming(struct task_struct *parent)
{
	struct bkh_domain *d = bound_domain(task_dfl_cgroup(parent));

	return d ? bkh_is_forming(d, parent) : !test_bit(parent->pid, confined);
}

/*
 * Others see the child already, and may have moved it meanwhile without
 * knowing what its parent is. It hasn't run yet, so the last word is ours.
 */
static void born_locked(struct task_struct *parent, struct task_struct *child)
{
	struct bkh_domain *d = bound_domain(task_dfl_cgroup(child));
	struct forming *f = find(child);

	if (!child_is_forming(parent)) {
		if (f)
			remove_locked(f);
		mark_confined(child);
		return;
	}
	unmark_confined(child);
	if (d && !f)
		add_locked(child, d, NULL);
}

/*
 * Where nothing is forming, a fork in a container needs no lock: the child is
 * confined like its parent, and what the lock is for, somebody else's entry for
 * the child, isn't there. Whoever adds one counts it before he looks for the
 * child's mark, here the mark comes before the look at the count, and a full
 * barrier stands between the two on either side. So at least one of them sees
 * the other: he drops his entry, or we take the lock and remove it.
 */
static bool born_confined(struct task_struct *parent, struct task_struct *child)
{
	if (atomic_read(&total) || child_is_forming(parent))
		return false;
	mark_confined(child);
	/* Pairs with add_locked(). */
	smp_mb__after_atomic();
	return !atomic_read(&total);
}

void bkh_on_fork(void *data, struct task_struct *parent,
		 struct task_struct *child)
{
	unsigned long flags;

	unmark_confined(child);
	if (!static_branch_unlikely(&bkh_bound))
		return;
	rcu_read_lock();
	if ((test_bit(parent->pid, confined) ||
	     bound_domain(task_dfl_cgroup(child))) &&
	    !born_confined(parent, child)) {
		spin_lock_irqsave(&lock, flags);
		born_locked(parent, child);
		spin_unlock_irqrestore(&lock, flags);
	}
	rcu_read_unlock();
}

static void forget(const struct task_struct *task)
{
	struct forming *f;
	unsigned long flags;

	if (!atomic_read(&total))
		return;
	spin_lock_irqsave(&lock, flags);
	f = find(task);
	if (f)
		remove_locked(f);
	spin_unlock_irqrestore(&lock, flags);
}

BKH_PROBE_EXIT(bkh_on_exit)
{
	forget(task);
}

static void set_arms(bool arms)
{
	struct forming *f;
	unsigned long flags;

	if (!atomic_read(&total))
		return;
	spin_lock_irqsave(&lock, flags);
	f = find(current);
	if (f)
		f->arms = arms;
	spin_unlock_irqrestore(&lock, flags);
}

void bkh_forming_exec_begin(void)
{
	set_arms(false);
}

void bkh_forming_exec_arms(void)
{
	set_arms(true);
}

bool bkh_forming_exec_is_arming(void)
{
	const struct forming *f;
	bool arming;

	rcu_read_lock();
	f = find(current);
	arming = f && f->arms;
	rcu_read_unlock();
	return arming;
}

/* @bound: the task's cgroup is. */
static void commit_locked(bool bound)
{
	struct forming *f = find(current);

	if (f && f->arms) {
		remove_locked(f);
		f = NULL;
	}
	/* A thread that executes takes over its leader's pid. */
	if (f)
		f->pid = current->pid;
	else if (bound)
		mark_confined(current);
}

/*
 * What was confined before becomes nothing else by an execution: whoever moves
 * it sees the mark. Most executions in a container are of this kind.
 */
void bkh_forming_exec_commit(void)
{
	unsigned long flags;
	bool bound;

	if (test_bit(current->pid, confined) && !atomic_read(&total))
		return;
	rcu_read_lock();
	bound = bound_domain(task_dfl_cgroup(current));
	if (bound || atomic_read(&total)) {
		spin_lock_irqsave(&lock, flags);
		commit_locked(bound);
		spin_unlock_irqrestore(&lock, flags);
	}
	rcu_read_unlock();
}

void bkh_forming_purge(void)
{
	struct hlist_node *next;
	struct forming *f;
	unsigned long flags;
	int bucket;

	rcu_read_lock();
	spin_lock_irqsave(&lock, flags);
	hash_for_each_safe(table, bucket, next, f, node)
		if (!bkh_domain_stack(f->domain))
			remove_locked(f);
	spin_unlock_irqrestore(&lock, flags);
	rcu_read_unlock();
}

int bkh_forming_arm(pid_t pid)
{
	struct hlist_node *next;
	struct forming *f;
	unsigned long flags;
	int err = -ESRCH;
	int bucket;

	spin_lock_irqsave(&lock, flags);
	hash_for_each_safe(table, bucket, next, f, node) {
		if (f->pid != pid)
			continue;
		set_bit(pid, confined);
		remove_locked(f);
		err = 0;
	}
	spin_unlock_irqrestore(&lock, flags);
	return err;
}

static u64 age_ms(const struct forming *f)
{
	return div_u64(ktime_get_ns() - f->since, NSEC_PER_MSEC);
}

unsigned int bkh_forming_list(unsigned int skip, struct bkh_forming_info *info,
			      unsigned int room)
{
	unsigned int n = 0;
	struct forming *f;
	int bucket;

	rcu_read_lock();
	hash_for_each_rcu(table, bucket, f, node) {
		if (skip) {
			skip--;
			continue;
		}
		if (n == room)
			break;
		info[n++] = (struct bkh_forming_info){
			.pid = f->pid,
			.cgid = f->domain->cgid,
			.age_ms = age_ms(f),
		};
	}
	rcu_read_unlock();
	return n;
}

void bkh_forming_count(unsigned int *all, unsigned int *old)
{
	struct forming *f;
	int bucket;

	*all = 0;
	*old = 0;
	rcu_read_lock();
	hash_for_each_rcu(table, bucket, f, node) {
		++*all;
		*old += age_ms(f) > BKH_FORMING_OLD_MS;
	}
	rcu_read_unlock();
}

void bkh_forming_mark_confined(int slot)
{
	struct task_struct *process, *thread;

	rcu_read_lock();
	for_each_process_thread(process, thread) {
		struct cgroup *cgrp = task_dfl_cgroup(thread);
		struct bkh_domain *d = bkh_domain_find(cgroup_id(cgrp));

		if (d && rcu_access_pointer(d->stack[slot]) &&
		    !rcu_access_pointer(d->stack[!slot]) &&
		    !bkh_is_forming(d, thread))
			mark_confined(thread);
	}
	rcu_read_unlock();
}

int bkh_forming_init(void)
{
	confined = vzalloc(BITS_TO_LONGS(PID_MAX_LIMIT) * sizeof(long));
	return confined ? 0 : -ENOMEM;
}

void bkh_forming_exit(void)
{
	struct hlist_node *next;
	struct forming *f;
	unsigned long flags;
	int bucket;

	spin_lock_irqsave(&lock, flags);
	hash_for_each_safe(table, bucket, next, f, node)
		remove_locked(f);
	spin_unlock_irqrestore(&lock, flags);
	rcu_barrier();
	vfree(confined);
}
