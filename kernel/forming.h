/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Forming tasks: those that a runtime brought into a bound cgroup and that
 * haven't executed the container's program yet. They are trusted as their
 * host parent was. Few and short-lived: a small hash beside the domains, and
 * a count in each domain so that hooks pay one read.
 *
 * A task that is in neither list nor count is confined: losing an entry can
 * only close.
 */
#ifndef BKH_FORMING_H
#define BKH_FORMING_H

#include <linux/tracepoint.h>
#include <linux/types.h>

#include "domain.h"

struct linux_binprm;
struct task_struct;

/* Slow half of bkh_is_forming(). Caller holds rcu_read_lock(). */
bool bkh_forming_has(const struct bkh_domain *d,
		     const struct task_struct *task);

/* @task, which is in @d's cgroup, is still being set up. Under RCU. */
static inline bool bkh_is_forming(struct bkh_domain *d,
				  const struct task_struct *task)
{
	return unlikely(atomic_read(&d->forming)) && bkh_forming_has(d, task);
}

/* An execution by the current task begins; forget what an earlier one found. */
void bkh_forming_exec_begin(void);

/* The current execution arms the task if it comes to its commit. */
void bkh_forming_exec_arms(void);

/* The current execution was found to arm, by an earlier file of it. */
bool bkh_forming_exec_is_arming(void);

/* The point of no return: arm if it was found so; mark as confined. */
void bkh_forming_exec_commit(void);

/**
 * bkh_forming_arm - confine a forming task by hand
 * @pid: thread, in the initial pid namespace
 *
 * Return: 0, -ESRCH if it isn't forming.
 */
int bkh_forming_arm(pid_t pid);

struct bkh_forming_info {
	pid_t pid;
	u64 cgid;
	u64 age_ms;
};

/**
 * bkh_forming_list - copy out the forming tasks
 * @skip: entries to leave out from the start
 * @info: room for @room entries
 *
 * A snapshot per call. Any context.
 *
 * Return: entries written.
 */
unsigned int bkh_forming_list(unsigned int skip, struct bkh_forming_info *info,
			      unsigned int room);

/* Number of forming tasks, and of those older than BKH_FORMING_OLD_MS. */
void bkh_forming_count(unsigned int *all, unsigned int *old);

/*
 * Forget forming tasks whose cgroup isn't bound any more, so that a later
 * binding confines them at once. After the grace period of a switch.
 */
void bkh_forming_purge(void);

/*
 * Remember that the tasks in cgroups which are bound in @slot and weren't in the
 * other are confined. Those in the rest are known; one that is just coming in
 * isn't yet, and is to form. Any context.
 */
void bkh_forming_mark_confined(int slot);

/* Tracepoint probes; atomic. */
void bkh_on_attach_task(void *data, struct cgroup *dst, const char *path,
			struct task_struct *leader, bool threadgroup);
void bkh_on_fork(void *data, struct task_struct *parent,
		 struct task_struct *child);
BKH_PROBE_EXIT(bkh_on_exit);

int bkh_forming_init(void);

/* No probe runs any more. */
void bkh_forming_exit(void);

#endif /* BKH_FORMING_H */
