// SPDX-License-Identifier: GPL-2.0-only
/* Judgement of file acts: by path, for code, and for moves between names. */
#include <linux/fs.h>
#include <linux/rcupdate.h>

#include "drift.h"
#include "judge.h"
#include "path.h"
#include "permit.h"
#include "special.h"

/* Permissions that tell what may be done with a file's content. */
#define CONTENT_PERMS (BULKHEAD_PERM_READ | BULKHEAD_PERM_WRITE |	\
		       BULKHEAD_PERM_APPEND | BULKHEAD_PERM_EXEC |	\
		       BULKHEAD_PERM_MMAP | BULKHEAD_PERM_OWN)

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

/* Which acts take a path, rather than a descriptor that somebody else opened. */
static bool takes_path(enum bulkhead_act act)
{
	switch (act) {
	case BULKHEAD_ACT_RECEIVE:
	case BULKHEAD_ACT_MMAP:
	case BULKHEAD_ACT_WRITE:
	case BULKHEAD_ACT_SETATTR:
		return false;
	default:
		return true;
	}
}

/*
 * A folder of another mount namespace is a way into that one, whether or not
 * files are governed.
 */
static int refuse_elsewhere(const struct bkh_subject *s,
			    const struct bkh_policy *p,
			    const struct bkh_request *r)
{
	if (!bkh_guards(p, BKH_PRESET_SETNS) || !takes_path(r->act))
		return 0;
	return bkh_refuse(s, p, p->hdr->preset_rules[BKH_PRESET_SETNS],
			  BULKHEAD_REASON_PRESET, r);
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
			err = bkh_refuse(s, p, default_rule(p, r->perms), reason, r);
		else if (reason == BULKHEAD_REASON_UNREACHABLE)
			err = refuse_elsewhere(s, p, r);
	}
	return err;
}

/* One policy's word on @perms at @state. */
static int judge_state(const struct bkh_subject *s, const struct bkh_policy *p,
		       u32 state, u32 perms, const struct bkh_request *r)
{
	struct bkh_request refused = *r;

	refused.perms = perms & ~bkh_path_perms(p, state);
	return bkh_refuse(s, p, bkh_path_verdict(p, state, perms).rule,
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
	int err = 0;

	if (unlikely(s->stack->closed))
		return bkh_refuse_closed(s, r);
	if (unlikely(bkh_is_special(r->path->dentry)))
		err = bkh_judge_special(s, r);
	if (err)
		return err;
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

static bool stack_governs(const struct bkh_stack *stack, u32 perms)
{
	u32 i;

	for (i = 0; i < stack->count; i++)
		if (governs_perms(stack->policies[i], perms))
			return true;
	return false;
}

static int judge_names(const struct bkh_subject *s, const struct bkh_names *names,
		       struct path *path, struct bkh_request *r)
{
	int err = 0;
	u32 i;

	for (i = 0; i < s->stack->count && !err; i++) {
		const struct bkh_policy *p = s->stack->policies[i];

		path->mnt = names->mnt[i];
		if (!allows(p, names->states[i], r->perms))
			err = judge_state(s, p, names->states[i], r->perms, r);
	}
	return err;
}

/* Where no rule asks: a socket is taken by its path, and not from elsewhere. */
static int judge_elsewhere(const struct bkh_subject *s,
			   enum bulkhead_reason reason,
			   const struct bkh_request *r)
{
	if (r->act != BULKHEAD_ACT_UNIX ||
	    reason != BULKHEAD_REASON_UNREACHABLE)
		return 0;
	return refuse_pathless(s, reason, r);
}

/* Presets know the file by itself, rules by its names. */
static int judge_nameless(const struct bkh_subject *s, struct dentry *dentry,
			  struct bkh_request *r)
{
	bool special = bkh_on_special_tree(dentry);
	bool governed = stack_governs(s->stack, r->perms);
	struct path path = { .dentry = dentry };
	enum bulkhead_reason reason;
	struct bkh_names names;
	int err = 0;

	if (!special && !governed && r->act != BULKHEAD_ACT_UNIX)
		return 0;
	reason = bkh_path_names(dentry, s->stack, r->perms, &names);
	path.mnt = names.any;
	r->path = &path;
	if (special)
		err = bkh_judge_special(s, r);
	if (err)
		return err;
	if (!names.any)
		r->path = NULL;
	if (!governed)
		return judge_elsewhere(s, reason, r);
	if (reason != BULKHEAD_REASON_RULE)
		return refuse_pathless(s, reason, r);
	return judge_names(s, &names, &path, r);
}

int bkh_judge_dentry(enum bulkhead_act act, struct dentry *dentry, u32 perms)
{
	struct bkh_request r = {
		.act = act,
		.perms = perms,
		.error = -EACCES,
	};
	struct bkh_subject s;
	int err = 0;

	rcu_read_lock();
	if (bkh_subject_current(&s)) {
		if (s.stack->closed)
			err = bkh_refuse_closed(&s, &r);
		else if (!bkh_sb_is_internal(dentry->d_sb))
			err = judge_nameless(&s, dentry, &r);
	}
	rcu_read_unlock();
	return err;
}

static int judge_drift(const struct bkh_subject *s, const struct file *file,
		       const struct bkh_request *r)
{
	int err = 0;
	u32 i;

	if (!s->stack->drift || !bkh_drift_changed(s->domain, file))
		return 0;
	for (i = 0; i < s->stack->count && !err; i++) {
		const struct bkh_policy *p = s->stack->policies[i];

		if (p->hdr->drift)
			err = bkh_refuse(s, p, p->hdr->drift_rule,
				     BULKHEAD_REASON_DRIFT, r);
	}
	return err;
}

void bkh_note_store(const struct file *file)
{
	struct bkh_subject s;

	rcu_read_lock();
	if (bkh_subject_current(&s) && s.stack->drift)
		bkh_drift_on_store(file);
	rcu_read_unlock();
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

/* As judge_drift(), for whoever @stack is in force for. */
static noinline bool permits_drift(const struct bkh_stack *stack,
				   struct file *file)
{
	struct bkh_domain *d =
		bkh_domain_find(cgroup_id(task_dfl_cgroup(current)));

	/* Moved meanwhile. */
	if (!d || bkh_permit_stack_of(d) != stack)
		return false;
	return !bkh_drift_changed(d, file);
}

/* Ends what bkh_permit_begin() began. */
static noinline bool code_bound(struct file *file, u32 perms,
				const struct bkh_stack *stack)
{
	const struct path *path = file_user_path(file);
	bool yes = bkh_permits_path(stack, path->mnt, path->dentry, perms) &&
		   (!stack->drift || permits_drift(stack, file));

	bkh_permit_end();
	return yes;
}

bool bkh_permits_code(struct file *file, u32 perms)
{
	const struct bkh_stack *stack = bkh_permit_begin();

	if (stack)
		return code_bound(file, perms, stack);
	bkh_permit_end();
	return true;
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

/* One policy's word on a move; @r is scratch for its report. */
typedef int (*move_judge)(const struct bkh_subject *s, const struct bkh_move *m,
			  const struct move_states *st, u32 i,
			  struct bkh_request *r);

/*
 * A file's new name may not grant what the old one doesn't, or rules would hold
 * until somebody renames it. Names the rule that keeps the old one from that.
 */
static int judge_wider(const struct bkh_subject *s, const struct bkh_policy *p,
		       u32 from, u32 to, struct bkh_request *r)
{
	u32 wider = bkh_path_perms(p, to) & ~bkh_path_perms(p, from) &
		    CONTENT_PERMS;

	if (!wider)
		return 0;
	r->perms = wider;
	return bkh_refuse(s, p, bkh_path_verdict(p, from, wider).rule,
			  BULKHEAD_REASON_WIDER, r);
}

static int judge_rename_one(const struct bkh_subject *s,
			    const struct bkh_move *m,
			    const struct move_states *st, u32 i,
			    struct bkh_request *r)
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
	if (err)
		return err;
	if (!m->is_dir)
		return judge_wider(s, p, st->from[i], st->to[i], r);
	if (bkh_same_subtree(p, st->from[i], st->to[i]))
		return 0;
	/* What lies below would come under other rules by its new name. */
	return bkh_refuse(s, p, default_rule(p, at_target),
		      BULKHEAD_REASON_SUBTREE, r);
}

static int judge_link_one(const struct bkh_subject *s, const struct bkh_move *m,
			  const struct move_states *st, u32 i,
			  struct bkh_request *r)
{
	const struct bkh_policy *p = s->stack->policies[i];
	int err = 0;

	r->path = m->to;
	r->perms = BULKHEAD_PERM_LINK;
	if (!allows(p, st->to[i], BULKHEAD_PERM_LINK))
		err = judge_state(s, p, st->to[i], BULKHEAD_PERM_LINK, r);
	return err ? err : judge_wider(s, p, st->from[i], st->to[i], r);
}

static int judge_move(const struct bkh_subject *s, const struct bkh_move *m,
		      move_judge one, struct bkh_request *r)
{
	struct move_states st;
	enum bulkhead_reason reason;
	int err = 0;
	u32 i;

	r->path = m->from;
	if (s->stack->closed)
		return bkh_refuse_closed(s, r);
	/* Both names are on one file system. */
	if (unlikely(bkh_is_special(m->from->dentry)))
		err = bkh_judge_special(s, r);
	if (err)
		return err;
	reason = bkh_path_states(m->from, s->stack, st.from);
	if (reason != BULKHEAD_REASON_RULE)
		return refuse_pathless(s, reason, r);
	r->path = m->to;
	reason = bkh_path_states(m->to, s->stack, st.to);
	if (reason != BULKHEAD_REASON_RULE)
		return refuse_pathless(s, reason, r);
	for (i = 0; i < s->stack->count && !err; i++)
		err = one(s, m, &st, i, r);
	return err;
}

static int judge_current_move(const struct bkh_move *m, move_judge one,
			      struct bkh_request *r)
{
	struct bkh_subject s;
	int err = 0;

	rcu_read_lock();
	if (bkh_subject_current(&s))
		err = judge_move(&s, m, one, r);
	rcu_read_unlock();
	return err;
}

int bkh_judge_rename(const struct bkh_move *move)
{
	struct bkh_request r = {
		.act = BULKHEAD_ACT_RENAME,
		.perms = BULKHEAD_PERM_DELETE,
		.error = -EACCES,
	};

	return judge_current_move(move, judge_rename_one, &r);
}

int bkh_judge_link(const struct bkh_move *move)
{
	struct bkh_request r = {
		.act = BULKHEAD_ACT_LINK,
		.perms = BULKHEAD_PERM_LINK,
		.error = -EACCES,
	};

	return judge_current_move(move, judge_link_one, &r);
}
