/* SPDX-License-Identifier: GPL-2.0-only */
/* Port tables by address, as blob.h has them, from egress or listen rules. */
#ifndef BULKHEAD_PORTS_H
#define BULKHEAD_PORTS_H

#include "blob.h"
#include "document.h"
#include "intern.h"
#include "set.h"

struct diag;

/* A rule, and its entry in the policy's rule table. */
struct net_rule {
	const struct rule *rule;
	uint32_t id;
};

/* A prefix, its class, and the rules that name it. */
struct port_prefix {
	struct bkh_prefix out;
	bool v4;
	struct set rules;
};

/* Interned records go to the blob in order of their numbers. */
struct ports {
	vec_of(struct port_prefix) prefixes;
	struct interner classes;	/* struct bkh_net_class */
	struct interner tables;		/* struct bkh_port_table */
	struct interner pages;		/* struct bkh_port_page */
	vec_of(struct bkh_net_verdict) verdicts;
	uint64_t lens4[3], lens6[3];
};

/**
 * ports_build - all rules of a section
 * @a: owner of everything
 * @out: result
 * @rules: in the order in which they count
 * @n: number of rules
 * @fallback: the section's default
 * @d: told when there are too many
 *
 * Return: whether there are not.
 */
bool ports_build(struct arena *a, struct ports *out, const struct net_rule *rules, size_t n,
		 struct net_rule fallback, struct diag *d);

#endif /* BULKHEAD_PORTS_H */
