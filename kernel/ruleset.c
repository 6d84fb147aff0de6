// SPDX-License-Identifier: GPL-2.0-only
/*
 * The ruleset in force, and how the next one takes its place.
 * bkh_ruleset_mutex serialises all changes.
 */
#include <linux/bulkhead.h>
#include <linux/cgroup.h>
#include <linux/fs.h>
#include <linux/mm.h>
#include <linux/module.h>
#include <linux/slab.h>
#include <linux/sort.h>
#include <linux/string.h>

#include "domain.h"
#include "ruleset.h"

DEFINE_MUTEX(bkh_ruleset_mutex);

/* In force; NULL before the first apply. Under bkh_ruleset_mutex. */
static struct bkh_ruleset *current_ruleset;

/* The module is on its way out: nothing comes into force any more. */
static bool dropped;

static const struct bkh_explicit *find_explicit(const struct bkh_ruleset *rs,
						u64 cgid)
{
	u32 low = 0, high = rs->explicit_count;

	while (low < high) {
		u32 mid = low + (high - low) / 2;

		if (rs->explicit[mid].cgid == cgid)
			return &rs->explicit[mid];
		if (cgid < rs->explicit[mid].cgid)
			high = mid;
		else
			low = mid + 1;
	}
	return NULL;
}

static void select_policy(struct bkh_selection *sel, u32 policy)
{
	u32 i;

	for (i = 0; i < sel->count; i++)
		if (sel->policies[i] == policy)
			return;
	if (sel->count == BKH_STACK_MAX)
		sel->overflow = true;
	else
		sel->policies[sel->count++] = policy;
}

/* The administrator's pattern lists what may stand in for its policy. */
static bool replaces(const struct bkh_image *image,
		     const struct bkh_binding *b,
		     const struct bkh_explicit *explicit)
{
	u32 i;

	if (!explicit)
		return false;
	for (i = 0; i < b->alternatives.count; i++)
		if (image->list[b->alternatives.off + i] == explicit->policy)
			return true;
	return false;
}

/* Bindings of one cgroup by itself; returns BULKHEAD_DOMAIN_* of the kinds. */
static u32 select_own(const struct bkh_ruleset *rs, u64 cgid, const char *path,
		      struct bkh_selection *sel)
{
	const struct bkh_explicit *explicit = find_explicit(rs, cgid);
	const struct bkh_image *image = rs->image;
	u32 flags = 0;
	u32 i;

	for (i = 0; i < image->hdr->bindings.count; i++) {
		const struct bkh_binding *b = &image->bindings[i];

		if (!bkh_glob_match(image->strings + b->pattern, path))
			continue;
		flags |= BULKHEAD_DOMAIN_PATTERN;
		if (!replaces(image, b, explicit))
			select_policy(sel, b->policy);
	}
	if (explicit) {
		flags |= BULKHEAD_DOMAIN_EXPLICIT;
		select_policy(sel, explicit->policy);
	}
	return flags;
}

void bkh_ruleset_select(const struct bkh_ruleset *rs, struct cgroup *cgrp,
			char *path, struct bkh_selection *sel)
{
	char *end = path;
	int level;

	memset(sel, 0, sizeof(*sel));
	if (!bkh_cgroup_path(cgrp, path)) {
		sel->overflow = true;
		return;
	}
	for (level = 1; level <= cgrp->level; level++) {
		struct cgroup *ancestor = cgroup_ancestor(cgrp, level);
		u32 flags;
		char next;

		end = strchrnul(end + 1, '/');
		next = *end;
		*end = '\0';
		flags = select_own(rs, cgroup_id(ancestor), path, sel);
		*end = next;
		if (flags)
			sel->anchor_level = level;
		sel->flags |= level == cgrp->level ? flags :
			      flags ? BULKHEAD_DOMAIN_INHERITED : 0;
	}
}

static int compare_explicit(const void *a, const void *b)
{
	const struct bkh_explicit *x = a, *y = b;

	return x->cgid < y->cgid ? -1 : x->cgid > y->cgid;
}

static struct bkh_ruleset *ruleset_alloc(struct bkh_image *image,
					 u64 generation, u32 explicit_max)
{
	struct bkh_ruleset *rs;

	rs = kvzalloc(struct_size(rs, explicit, explicit_max), GFP_KERNEL);
	if (!rs)
		return NULL;
	INIT_LIST_HEAD(&rs->stacks);
	rs->generation = generation;
	rs->image = image;
	if (image->hdr->setup != BKH_NONE)
		rs->setup = &image->policies[image->hdr->setup];
	return rs;
}

/* Takes over no image: the caller puts it. */
static void ruleset_free(struct bkh_ruleset *rs)
{
	struct bkh_stack *stack, *next;

	list_for_each_entry_safe(stack, next, &rs->stacks, node)
		kfree(stack);
	kvfree(rs);
}

/* Explicit bindings go on under the new image, by the policy's name. */
static int carry_explicit(struct bkh_ruleset *rs, const struct bkh_ruleset *old,
			  u64 except, const char **why)
{
	u32 i;

	for (i = 0; old && i < old->explicit_count; i++) {
		const struct bkh_explicit *e = &old->explicit[i];
		const struct bkh_policy *p = &old->image->policies[e->policy];
		int policy;

		if (e->cgid == except || !bkh_cgroup_is_live(e->cgid))
			continue;
		policy = bkh_image_find(rs->image, p->hdr->name);
		if (policy < 0) {
			*why = "a cgroup is bound explicitly to a policy that the new ruleset lacks";
			return -ENOENT;
		}
		rs->explicit[rs->explicit_count++] = (struct bkh_explicit){
			.cgid = e->cgid,
			.policy = policy,
		};
	}
	return 0;
}

static int refuse_self(const struct bkh_ruleset *rs, const char **why)
{
	struct bkh_selection sel;
	char *path = kmalloc(PATH_MAX, GFP_KERNEL);

	if (!path)
		return -ENOMEM;
	rcu_read_lock();
	bkh_ruleset_select(rs, task_dfl_cgroup(current), path, &sel);
	rcu_read_unlock();
	kfree(path);
	if (!sel.count && !sel.overflow)
		return 0;
	*why = "this would confine the caller, who could not undo it";
	return -EPERM;
}

static void note_super(struct super_block *sb, void *arg)
{
	*(bool *)arg = true;
}

/*
 * Without a cgroup v2 hierarchy all tasks count as in its root, and a ruleset
 * would be in force that never holds anybody.
 */
static int refuse_v1(const char **why)
{
	struct file_system_type *type = get_fs_type("cgroup2");
	bool mounted = false;

	if (type) {
		iterate_supers_type(type, note_super, &mounted);
		module_put(type->owner);
	}
	if (mounted)
		return 0;
	*why = "no cgroup v2 hierarchy is mounted on this host";
	return -EOPNOTSUPP;
}

static int publish(struct bkh_ruleset *rs, const char **why)
{
	struct bkh_ruleset *old = current_ruleset;
	int err;

	if (dropped) {
		*why = "the module is being disarmed";
		return -ENODEV;
	}
	err = refuse_v1(why);
	if (!err)
		err = refuse_self(rs, why);
	if (!err)
		err = bkh_domains_switch(rs);
	if (err)
		return err;
	current_ruleset = rs;
	if (old) {
		bkh_image_put(old->image);
		ruleset_free(old);
	}
	return 0;
}

int bkh_ruleset_apply(struct bkh_image *image, const u64 *expect,
		      u64 *generation, const char **why)
{
	struct bkh_ruleset *old, *rs;
	u64 last;
	int err;

	mutex_lock(&bkh_ruleset_mutex);
	old = current_ruleset;
	last = old ? old->generation : 0;
	err = -ESTALE;
	*why = "another ruleset was applied in the meantime";
	if (expect && *expect != last)
		goto out;
	err = -ENOMEM;
	*why = "out of memory";
	rs = ruleset_alloc(image, last + 1, old ? old->explicit_count : 0);
	if (!rs)
		goto out;
	err = carry_explicit(rs, old, 0, why);
	if (!err)
		err = publish(rs, why);
	if (err)
		ruleset_free(rs);
	else
		*generation = last + 1;
out:
	mutex_unlock(&bkh_ruleset_mutex);
	return err;
}

static int rebind(struct bkh_ruleset *rs, const struct bkh_ruleset *old,
		  u64 cgid, const char *policy, const char **why)
{
	int index, err;

	err = carry_explicit(rs, old, cgid, why);
	if (err)
		return err;
	if (policy) {
		index = bkh_image_find(rs->image, policy);
		if (index < 0) {
			*why = "no such policy in the ruleset";
			return index;
		}
		rs->explicit[rs->explicit_count++] = (struct bkh_explicit){
			.cgid = cgid,
			.policy = index,
		};
	}
	sort(rs->explicit, rs->explicit_count, sizeof(rs->explicit[0]),
	     compare_explicit, NULL);
	return publish(rs, why);
}

static int bind_locked(u64 cgid, const char *policy, const char **why)
{
	struct bkh_ruleset *old = current_ruleset, *rs;
	int err;

	if (!old) {
		*why = "no ruleset is in force";
		return -ENODATA;
	}
	if (!policy && !find_explicit(old, cgid)) {
		*why = "the cgroup is not bound explicitly";
		return -ENOENT;
	}
	if (policy && !bkh_cgroup_is_live(cgid)) {
		*why = "no such cgroup below the root of the cgroup v2 tree";
		return -ENOENT;
	}
	if (policy && old->explicit_count >= BKH_EXPLICIT_MAX) {
		*why = "too many explicit bindings";
		return -E2BIG;
	}
	*why = "out of memory";
	rs = ruleset_alloc(bkh_image_get(old->image), old->generation,
			   old->explicit_count + 1);
	err = rs ? rebind(rs, old, cgid, policy, why) : -ENOMEM;
	if (err) {
		bkh_image_put(old->image);
		if (rs)
			ruleset_free(rs);
	}
	return err;
}

int bkh_ruleset_bind(u64 cgid, const char *policy, const char **why)
{
	int err;

	mutex_lock(&bkh_ruleset_mutex);
	err = bind_locked(cgid, policy, why);
	mutex_unlock(&bkh_ruleset_mutex);
	return err;
}

/* Those that somebody wrote; the command adds some whose names begin so. */
static u32 count_policies(const struct bkh_image *image)
{
	u32 i, n = 0;

	for (i = 0; i < image->count; i++)
		n += image->policies[i].hdr->name[0] != '@';
	return n;
}

void bkh_ruleset_info(struct bkh_ruleset_info *info)
{
	const struct bkh_ruleset *rs;

	memset(info, 0, sizeof(*info));
	mutex_lock(&bkh_ruleset_mutex);
	rs = current_ruleset;
	if (rs) {
		info->generation = rs->generation;
		info->image_size = rs->image->size;
		info->policies = count_policies(rs->image);
		info->bindings = rs->image->hdr->bindings.count +
				 rs->explicit_count;
	}
	mutex_unlock(&bkh_ruleset_mutex);
}

struct bkh_image *bkh_ruleset_image(u64 *generation)
{
	struct bkh_image *image = NULL;

	mutex_lock(&bkh_ruleset_mutex);
	if (current_ruleset) {
		image = bkh_image_get(current_ruleset->image);
		*generation = current_ruleset->generation;
	}
	mutex_unlock(&bkh_ruleset_mutex);
	return image;
}

void bkh_ruleset_drop(void)
{
	struct bkh_ruleset *rs;

	mutex_lock(&bkh_ruleset_mutex);
	dropped = true;
	rs = current_ruleset;
	if (rs) {
		bkh_domains_switch(NULL);
		current_ruleset = NULL;
		bkh_image_put(rs->image);
		ruleset_free(rs);
	}
	mutex_unlock(&bkh_ruleset_mutex);
}
