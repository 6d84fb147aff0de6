/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The ruleset in force: one image, one generation, and the explicit bindings.
 *
 * There are two slots; bkh_epoch names the one that hooks read. A new ruleset
 * fills the other slot of every domain first, then one store switches the
 * whole host. Rulesets, their stacks and their policies live until an RCU
 * grace period after that.
 *
 * Lock order: bkh_ruleset_mutex, then bkh_domain_lock (see domain.h).
 */
#ifndef BKH_RULESET_H
#define BKH_RULESET_H

#include <linux/list.h>
#include <linux/mutex.h>
#include <linux/rcupdate.h>
#include <linux/types.h>

#include "image.h"
#include "limits.h"

struct bkh_ruleset;

/**
 * struct bkh_stack - policies in force together, shared by many cgroups
 * @ruleset: the one that owns it
 * @closed: deny everything: the policies could not be determined
 * @drift: some policy denies drift
 * @count: of @policies; 0 if it is closed
 * @caps: capabilities that every one allows
 * @sockets: by family: types that every one allows, as a mask of 1 << SOCK_*
 * @policies: an act must be allowed by every one
 * @node: in the ruleset's list, under bkh_domain_lock
 */
struct bkh_stack {
	const struct bkh_ruleset *ruleset;
	bool closed;
	bool drift;
	u32 count;
	u64 caps;
	const struct bkh_policy *policies[BKH_STACK_MAX];
	u16 sockets[BKH_FAMILIES];
	struct list_head node;
};

struct bkh_explicit {
	u64 cgid;
	u32 policy;
};

struct bkh_ruleset {
	u64 generation;
	struct bkh_image *image;
	const struct bkh_policy *setup;
	struct list_head stacks;
	u32 explicit_count;
	struct bkh_explicit explicit[];	/* sorted by cgid */
};

/**
 * struct bkh_selection - which policies a cgroup gets
 * @count: of @policies, indices into the image
 * @overflow: more than BKH_STACK_MAX, or a path too long to match
 * @flags: BULKHEAD_DOMAIN_*
 * @anchor_level: depth of the nearest cgroup, itself or above, that is bound
 *	by itself: the border of the container
 */
struct bkh_selection {
	u32 count;
	u32 policies[BKH_STACK_MAX];
	bool overflow;
	u32 flags;
	int anchor_level;
};

struct cgroup;

/**
 * bkh_ruleset_select - policies of a cgroup, from patterns and explicit bindings
 * @rs: ruleset
 * @cgrp: cgroup of the default hierarchy
 * @path: scratch of PATH_MAX bytes
 * @sel: result
 *
 * The root cgroup is never bound. Any context.
 */
void bkh_ruleset_select(const struct bkh_ruleset *rs, struct cgroup *cgrp,
			char *path, struct bkh_selection *sel);

extern struct mutex bkh_ruleset_mutex;

/**
 * bkh_ruleset_apply - publish an image as the next generation
 * @image: reference is taken over on success
 * @expect: generation that has to be in force, or NULL
 * @generation: set to the new generation
 * @why: set to a static sentence on failure
 *
 * May sleep. Nothing changes on failure.
 *
 * Return: 0, -ESTALE, -ENOENT (an explicit binding's policy is missing),
 * -EPERM (would confine the caller), -EOPNOTSUPP (no cgroup v2), -ENOMEM.
 */
int bkh_ruleset_apply(struct bkh_image *image, const u64 *expect,
		      u64 *generation, const char **why);

/* Bind a live cgroup to a policy by name, or (NULL) unbind. May sleep. */
int bkh_ruleset_bind(u64 cgid, const char *policy, const char **why);

/* Numbers for status; all zero while nothing was applied. */
struct bkh_ruleset_info {
	u64 generation;
	u32 image_size;
	u32 policies;
	u32 bindings;
};

void bkh_ruleset_info(struct bkh_ruleset_info *info);

/*
 * The image in force, with a reference; NULL while none is. Sets @generation.
 * May sleep.
 */
struct bkh_image *bkh_ruleset_image(u64 *generation);

/* Unbind everything, for good; ahead of unloading. May sleep. */
void bkh_ruleset_drop(void);

#endif /* BKH_RULESET_H */
