// SPDX-License-Identifier: GPL-2.0-only
/*
 * Judgement: a request against every policy of a domain. The first policy
 * that enforces a refusal decides; those in audit mode only report. Here:
 * refusals themselves, capabilities and guards.
 */
#include <linux/pid_namespace.h>
#include <linux/rcupdate.h>

#include "judge.h"
#include "permit.h"

const struct bkh_stack bkh_doubt = { .closed = true };

int bkh_refuse(const struct bkh_subject *s, const struct bkh_policy *p,
	       u32 rule, enum bulkhead_reason reason,
	       const struct bkh_request *r)
{
	struct bkh_finding f = {
		.policy = p,
		.generation = s->stack->ruleset->generation,
		.rule = rule,
		.reason = reason,
		.audit = p && p->hdr->mode == BKH_MODE_AUDIT,
	};

	bkh_event_report(s->domain, &f, r);
	return f.audit ? 0 : r->error;
}

int bkh_refuse_closed(const struct bkh_subject *s, const struct bkh_request *r)
{
	return bkh_refuse(s, NULL, BKH_NONE, BULKHEAD_REASON_MEMORY, r);
}

static int judge_cap(const struct bkh_subject *s, const struct bkh_request *r)
{
	int err = 0;
	u32 i;

	if (unlikely(s->stack->closed))
		return bkh_refuse_closed(s, r);
	for (i = 0; i < s->stack->count && !err; i++) {
		const struct bkh_policy *p = s->stack->policies[i];

		if (unlikely(!(p->hdr->caps >> r->cap & 1)))
			err = bkh_refuse(s, p, bkh_cap_verdict(p, r->cap).rule,
				     BULKHEAD_REASON_RULE, r);
	}
	return err;
}

int bkh_judge_capable(u32 cap, bool quiet)
{
	const struct bkh_request r = {
		.act = BULKHEAD_ACT_CAPABLE,
		.cap = cap,
		.quiet = quiet,
		.error = -EPERM,
	};
	struct bkh_subject s;
	int err = 0;

	rcu_read_lock();
	if (bkh_subject_current(&s))
		err = judge_cap(&s, &r);
	rcu_read_unlock();
	return err;
}

int bkh_judge_guard(const struct bkh_subject *s, enum bkh_preset preset,
		    const struct bkh_request *r)
{
	int err = 0;
	u32 i;

	if (s->stack->closed)
		return bkh_refuse_closed(s, r);
	for (i = 0; i < s->stack->count && !err; i++) {
		const struct bkh_policy *p = s->stack->policies[i];

		if (bkh_guards(p, preset))
			err = bkh_refuse(s, p, p->hdr->preset_rules[preset],
				     BULKHEAD_REASON_PRESET, r);
	}
	return err;
}

int bkh_judge_preset(enum bkh_preset preset, const struct bkh_request *r)
{
	struct bkh_subject s;
	int err = 0;

	rcu_read_lock();
	if (bkh_subject_current(&s))
		err = bkh_judge_guard(&s, preset, r);
	rcu_read_unlock();
	return err;
}

bool bkh_within_border(const struct bkh_subject *s, struct cgroup *cgrp)
{
	struct cgroup *border = cgroup_ancestor(task_dfl_cgroup(current),
						s->domain->anchor_level[s->slot]);

	return border && cgroup_is_descendant(cgrp, border);
}

bool bkh_is_within(const struct bkh_subject *s, struct task_struct *target)
{
	struct cgroup *other = task_dfl_cgroup(target);
	struct bkh_domain *d;

	if (!bkh_within_border(s, other))
		return false;
	d = bkh_domain_find(cgroup_id(other));
	return !d || !bkh_is_forming(d, target);
}

int bkh_judge_target(enum bkh_preset preset, struct task_struct *target,
		     const struct bkh_request *r)
{
	struct bkh_subject s;
	int err = 0;

	rcu_read_lock();
	if (bkh_subject_current(&s) && !bkh_is_within(&s, target))
		err = bkh_judge_guard(&s, preset, r);
	rcu_read_unlock();
	return err;
}

/*
 * An owner that a descriptor's signals go to is named by pid, in the pid
 * namespace of the task. Where that one's init is the container's own, nobody
 * outside has a pid in it.
 */
int bkh_judge_owner(const struct bkh_request *r)
{
	struct task_struct *reaper;
	struct bkh_subject s;
	int err = 0;

	rcu_read_lock();
	reaper = READ_ONCE(task_active_pid_ns(current)->child_reaper);
	if (bkh_subject_current(&s) && !(reaper && bkh_is_within(&s, reaper)))
		err = bkh_judge_guard(&s, BKH_PRESET_SIGNAL, r);
	rcu_read_unlock();
	return err;
}
