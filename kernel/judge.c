// SPDX-License-Identifier: GPL-2.0-only
/*
 * Judgement: a request against every policy of a domain. The first policy
 * that enforces a refusal decides; those in audit mode only report.
 */
#include <linux/fs.h>
#include <linux/rcupdate.h>
#include <linux/string.h>

#include "judge.h"
#include "path.h"

/* Permissions that tell what may be done with a file's content. */
#define CONTENT_PERMS (BULKHEAD_PERM_READ | BULKHEAD_PERM_WRITE |	\
		       BULKHEAD_PERM_APPEND | BULKHEAD_PERM_EXEC |	\
		       BULKHEAD_PERM_MMAP | BULKHEAD_PERM_OWN)

bool bkh_current_is_confined(void)
{
	struct bkh_subject s;
	bool confined;

	rcu_read_lock();
	confined = bkh_subject_current(&s);
	rcu_read_unlock();
	return confined;
}

/* Report that @p doesn't allow @r; the errno if that is enforced. */
static int refuse(const struct bkh_subject *s, const struct bkh_policy *p,
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

/* What the domain's policies are could not be determined: all is denied. */
static int refuse_closed(const struct bkh_subject *s,
			 const struct bkh_request *r)
{
	return refuse(s, NULL, BKH_NONE, BULKHEAD_REASON_MEMORY, r);
}

static bool governs_perms(const struct bkh_policy *p, u32 perms)
{
	if (bkh_governs(p, BKH_SECTION_FILE))
		return true;
	return (perms & BULKHEAD_PERM_EXEC) && bkh_governs(p, BKH_SECTION_EXEC);
}

/* The line to show when no path could be matched: the section's default. */
static u32 default_rule(const struct bkh_policy *p, u32 perms)
{
	if ((perms & BULKHEAD_PERM_EXEC) && bkh_governs(p, BKH_SECTION_EXEC))
		return p->hdr->default_rule[BKH_SECTION_EXEC];
	return p->hdr->default_rule[BKH_SECTION_FILE];
}

/* No path: refused by each policy that has a say in files. */
static int refuse_pathless(const struct bkh_subject *s,
			   enum bulkhead_reason reason,
			   const struct bkh_request *r)
{
	int err = 0;
	u32 i;

	for (i = 0; i < s->stack->count && !err; i++) {
		const struct bkh_policy *p = s->stack->policies[i];

		if (governs_perms(p, r->perms))
			err = refuse(s, p, default_rule(p, r->perms), reason, r);
	}
	return err;
}

/* One policy's word on @perms at @state. */
static int judge_state(const struct bkh_subject *s, const struct bkh_policy *p,
		       u32 state, u32 perms, const struct bkh_request *r)
{
	struct bkh_request refused = *r;

	refused.perms = perms & ~bkh_path_perms(p, state);
	return refuse(s, p, bkh_path_verdict(p, state, perms).rule,
		      BULKHEAD_REASON_RULE, &refused);
}

static inline bool allows(const struct bkh_policy *p, u32 state, u32 perms)
{
	return !(perms & ~bkh_path_perms(p, state));
}

static int judge_perms(const struct bkh_subject *s, const struct bkh_request *r)
{
	u32 states[BKH_STACK_MAX];
	enum bulkhead_reason reason;
	int err = 0;
	u32 i;

	reason = bkh_path_states(r->path, s->stack, states);
	if (unlikely(reason != BULKHEAD_REASON_RULE))
		return refuse_pathless(s, reason, r);
	for (i = 0; i < s->stack->count && !err; i++) {
		const struct bkh_policy *p = s->stack->policies[i];

		if (unlikely(!allows(p, states[i], r->perms)))
			err = judge_state(s, p, states[i], r->perms, r);
	}
	return err;
}

/*
 * Pipes and memfds are a task's own, an overlay's layers were judged by the
 * overlay's path; but nothing of it is a name to run code by.
 */
static int judge_internal(const struct bkh_subject *s,
			  const struct bkh_request *r)
{
	if (!(r->perms & (BULKHEAD_PERM_EXEC | BULKHEAD_PERM_MMAP)))
		return 0;
	return refuse_pathless(s, BULKHEAD_REASON_FILELESS, r);
}

static int judge_request(const struct bkh_subject *s,
			 const struct bkh_request *r)
{
	if (unlikely(s->stack->closed))
		return refuse_closed(s, r);
	if (bkh_path_is_internal(r->path))
		return judge_internal(s, r);
	return judge_perms(s, r);
}

int bkh_judge_path(enum bulkhead_act act, const struct path *path, u32 perms)
{
	const struct bkh_request r = {
		.act = act,
		.path = path,
		.perms = perms,
		.error = -EACCES,
	};
	struct bkh_subject s;
	int err = 0;

	rcu_read_lock();
	if (bkh_subject_current(&s))
		err = judge_request(&s, &r);
	rcu_read_unlock();
	return err;
}

/* Equal times count as changed: the clock is as coarse as a tick. */
static bool changed_since(const struct inode *inode,
			  const struct timespec64 *time)
{
	struct timespec64 changed = inode_get_ctime(inode);

	return timespec64_compare(&changed, time) >= 0;
}

/*
 * Drift: the file changed after the domain was born. An overlay's own inode
 * hears of some changes late, so the layer's is asked, too.
 */
static int judge_drift(const struct bkh_subject *s, struct file *file,
		       const struct bkh_request *r)
{
	int err = 0;
	u32 i;

	if (!changed_since(file_inode(file), &s->domain->born) &&
	    !changed_since(d_real_inode(file->f_path.dentry),
			   &s->domain->born))
		return 0;
	for (i = 0; i < s->stack->count && !err; i++) {
		const struct bkh_policy *p = s->stack->policies[i];

		if (p->hdr->drift)
			err = refuse(s, p, p->hdr->drift_rule,
				     BULKHEAD_REASON_DRIFT, r);
	}
	return err;
}

static int judge_code(const struct bkh_subject *s, struct file *file,
		      enum bulkhead_act act, u32 perms)
{
	const struct bkh_request r = {
		.act = act,
		.path = file_user_path(file),
		.perms = perms,
		.error = -EACCES,
	};
	int err;

	err = judge_request(s, &r);
	return err ? err : judge_drift(s, file, &r);
}

int bkh_judge_code(enum bulkhead_act act, struct file *file, u32 perms)
{
	struct bkh_subject s;
	int err = 0;

	rcu_read_lock();
	if (bkh_subject_current(&s))
		err = judge_code(&s, file, act, perms);
	rcu_read_unlock();
	return err;
}

int bkh_judge_forming_exec(const struct bkh_subject *s, struct file *file)
{
	return judge_code(s, file, BULKHEAD_ACT_EXEC, BULKHEAD_PERM_EXEC);
}

/* Both names of a move, matched. */
struct move_states {
	u32 from[BKH_STACK_MAX];
	u32 to[BKH_STACK_MAX];
};

static int match_move(const struct bkh_subject *s, const struct bkh_move *m,
		      struct bkh_request *r, struct move_states *st, bool *done)
{
	enum bulkhead_reason reason;

	*done = true;
	if (s->stack->closed)
		return refuse_closed(s, r);
	reason = bkh_path_states(m->from, s->stack, st->from);
	if (reason != BULKHEAD_REASON_RULE) {
		r->path = m->from;
		return refuse_pathless(s, reason, r);
	}
	r->path = m->to;
	reason = bkh_path_states(m->to, s->stack, st->to);
	if (reason != BULKHEAD_REASON_RULE)
		return refuse_pathless(s, reason, r);
	*done = false;
	return 0;
}

static int judge_rename_one(const struct bkh_subject *s,
			    const struct bkh_move *m, struct bkh_request *r,
			    const struct move_states *st, u32 i)
{
	const struct bkh_policy *p = s->stack->policies[i];
	u32 at_target = BULKHEAD_PERM_CREATE;
	int err = 0;

	if (m->replaces)
		at_target |= BULKHEAD_PERM_DELETE;
	r->path = m->from;
	r->perms = BULKHEAD_PERM_DELETE;
	if (!allows(p, st->from[i], BULKHEAD_PERM_DELETE))
		err = judge_state(s, p, st->from[i], BULKHEAD_PERM_DELETE, r);
	if (err)
		return err;
	r->path = m->to;
	r->perms = at_target;
	if (!allows(p, st->to[i], at_target))
		err = judge_state(s, p, st->to[i], at_target, r);
	if (err || !m->is_dir ||
	    bkh_same_subtree(p, st->from[i], st->to[i]))
		return err;
	/* What lies below would come under other rules by its new name. */
	return refuse(s, p, default_rule(p, at_target),
		      BULKHEAD_REASON_SUBTREE, r);
}

int bkh_judge_rename(const struct bkh_move *move)
{
	struct bkh_request r = {
		.act = BULKHEAD_ACT_RENAME,
		.perms = BULKHEAD_PERM_DELETE,
		.path = move->from,
		.error = -EACCES,
	};
	struct move_states st;
	struct bkh_subject s;
	bool done;
	int err = 0;
	u32 i;

	rcu_read_lock();
	if (!bkh_subject_current(&s))
		goto out;
	err = match_move(&s, move, &r, &st, &done);
	for (i = 0; !done && i < s.stack->count && !err; i++)
		err = judge_rename_one(&s, move, &r, &st, i);
out:
	rcu_read_unlock();
	return err;
}

static int judge_link_one(const struct bkh_subject *s, struct bkh_request *r,
			  const struct move_states *st, u32 i)
{
	const struct bkh_policy *p = s->stack->policies[i];
	u32 old = bkh_path_perms(p, st->from[i]) & CONTENT_PERMS;
	u32 new = bkh_path_perms(p, st->to[i]) & CONTENT_PERMS;
	int err = 0;

	r->perms = BULKHEAD_PERM_LINK;
	if (!allows(p, st->to[i], BULKHEAD_PERM_LINK))
		err = judge_state(s, p, st->to[i], BULKHEAD_PERM_LINK, r);
	if (err || !(new & ~old))
		return err;
	/* Name the rule that keeps the old name from what the new one grants. */
	r->perms = new & ~old;
	return refuse(s, p, bkh_path_verdict(p, st->from[i], r->perms).rule,
		      BULKHEAD_REASON_WIDER, r);
}

int bkh_judge_link(const struct bkh_move *move)
{
	struct bkh_request r = {
		.act = BULKHEAD_ACT_LINK,
		.perms = BULKHEAD_PERM_LINK,
		.path = move->from,
		.error = -EACCES,
	};
	struct move_states st;
	struct bkh_subject s;
	bool done;
	int err = 0;
	u32 i;

	rcu_read_lock();
	if (!bkh_subject_current(&s))
		goto out;
	err = match_move(&s, move, &r, &st, &done);
	for (i = 0; !done && i < s.stack->count && !err; i++)
		err = judge_link_one(&s, &r, &st, i);
out:
	rcu_read_unlock();
	return err;
}

static int judge_cap(const struct bkh_subject *s, const struct bkh_request *r)
{
	int err = 0;
	u32 i;

	if (unlikely(s->stack->closed))
		return refuse_closed(s, r);
	for (i = 0; i < s->stack->count && !err; i++) {
		const struct bkh_policy *p = s->stack->policies[i];

		if (unlikely(!(p->hdr->caps >> r->cap & 1)))
			err = refuse(s, p, bkh_cap_verdict(p, r->cap).rule,
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

static int judge_sock(const struct bkh_subject *s, const struct bkh_request *r)
{
	int err = 0;
	u32 i;

	if (s->stack->closed)
		return refuse_closed(s, r);
	for (i = 0; i < s->stack->count && !err; i++) {
		const struct bkh_policy *p = s->stack->policies[i];
		struct bkh_verdict v = bkh_socket_verdict(p, r->family, r->type);

		if (!v.allow)
			err = refuse(s, p, v.rule, BULKHEAD_REASON_RULE, r);
	}
	return err;
}

int bkh_judge_socket(u16 family, u16 type, u16 protocol)
{
	const struct bkh_request r = {
		.act = BULKHEAD_ACT_SOCKET,
		.family = family,
		.type = type,
		.protocol = protocol,
		.error = -EACCES,
	};
	struct bkh_subject s;
	int err = 0;

	rcu_read_lock();
	if (bkh_subject_current(&s))
		err = judge_sock(&s, &r);
	rcu_read_unlock();
	return err;
}

static bool is_loopback(const struct bkh_flow *flow)
{
	static const u8 v6[16] = { [15] = 1 };

	/* The address of nobody stands for it when connecting. */
	if (!memchr_inv(flow->addr + 12, 0, 4) &&
	    (flow->v4 || !memchr_inv(flow->addr, 0, 12)))
		return true;
	return flow->v4 ? flow->addr[12] == 127 :
			  !memcmp(flow->addr, v6, sizeof(v6));
}

/* From a port that the policy names as one to serve: a reply. */
static bool is_reply(const struct bkh_policy *p, const struct bkh_flow *flow)
{
	struct bkh_verdict v;

	if (flow->proto != BKH_PROTO_UDP && flow->proto != BKH_PROTO_UDPLITE)
		return false;
	if (!flow->source_port || !bkh_governs(p, BKH_SECTION_LISTEN))
		return false;
	v = bkh_net_verdict(p, BKH_SECTION_LISTEN, flow->proto, flow->source,
			    flow->v4, flow->source_port);
	return v.allow && !v.by_default;
}

/* What the default would refuse may still be the container's own loopback. */
static bool is_excused(const struct bkh_policy *p, const struct bkh_flow *flow)
{
	return (flow->own_net && is_loopback(flow)) || is_reply(p, flow);
}

static void describe_flow(struct bkh_request *r, const struct bkh_flow *flow)
{
	r->act = flow->act;
	r->family = flow->family;
	r->type = flow->type;
	r->protocol = flow->protocol;
	r->v4 = flow->v4;
	memcpy(r->addr, flow->addr, sizeof(r->addr));
	r->port = flow->port;
	r->error = -EACCES;
}

static int judge_flow(const struct bkh_subject *s, enum bkh_section section,
		      const struct bkh_flow *flow)
{
	struct bkh_request r = {};
	int err = 0;
	u32 i;

	if (unlikely(s->stack->closed)) {
		describe_flow(&r, flow);
		return refuse_closed(s, &r);
	}
	for (i = 0; i < s->stack->count && !err; i++) {
		const struct bkh_policy *p = s->stack->policies[i];
		struct bkh_verdict v;

		if (!bkh_governs(p, section))
			continue;
		v = bkh_net_verdict(p, section, flow->proto, flow->addr,
				    flow->v4, flow->port);
		if (likely(v.allow && !flow->opaque))
			continue;
		if (section == BKH_SECTION_EGRESS && v.by_default &&
		    !flow->opaque && is_excused(p, flow))
			continue;
		describe_flow(&r, flow);
		err = refuse(s, p, v.rule, BULKHEAD_REASON_RULE, &r);
	}
	return err;
}

int bkh_judge_egress(const struct bkh_subject *s, const struct bkh_flow *flow)
{
	return judge_flow(s, BKH_SECTION_EGRESS, flow);
}

int bkh_judge_listen(const struct bkh_flow *flow)
{
	struct bkh_subject s;
	int err = 0;

	rcu_read_lock();
	if (bkh_subject_current(&s))
		err = judge_flow(&s, BKH_SECTION_LISTEN, flow);
	rcu_read_unlock();
	return err;
}

static int judge_guard(const struct bkh_subject *s, enum bkh_preset preset,
		       const struct bkh_request *r)
{
	int err = 0;
	u32 i;

	if (s->stack->closed)
		return refuse_closed(s, r);
	for (i = 0; i < s->stack->count && !err; i++) {
		const struct bkh_policy *p = s->stack->policies[i];

		if (p->hdr->presets >> preset & 1)
			err = refuse(s, p, p->hdr->preset_rules[preset],
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
		err = judge_guard(&s, preset, r);
	rcu_read_unlock();
	return err;
}

/* @target lives below the nearest cgroup above us that is bound by itself. */
static bool within_border(const struct bkh_subject *s,
			  struct task_struct *target)
{
	struct cgroup *own = task_dfl_cgroup(current);
	struct cgroup *other = task_dfl_cgroup(target);
	struct cgroup *border =
		cgroup_ancestor(own, s->domain->anchor_level[s->slot]);
	struct bkh_domain *d;

	if (!border || !cgroup_is_descendant(other, border))
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
	if (bkh_subject_current(&s) && !within_border(&s, target))
		err = judge_guard(&s, preset, r);
	rcu_read_unlock();
	return err;
}
