/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * All globs of a policy as one tree of components: a nondeterministic
 * automaton whose states are the nodes. Being at a node implies being at its
 * deep child (`**` may match nothing), and a deep node is never left.
 */
#ifndef BULKHEAD_TRIE_H
#define BULKHEAD_TRIE_H

#include <stdbool.h>
#include <stdint.h>

#include "glob.h"
#include "intern.h"
#include "set.h"

#define TRIE_ROOT	0
#define TRIE_NONE	0	/* nobody's child */

/* @name: number of the literal or of the pattern among the trie's names. */
struct trie_edge {
	uint32_t name;
	uint32_t child;
};

struct trie_edges {
	struct trie_edge *v;
	size_t n, cap;
};

struct trie_node {
	bool is_deep;
	uint32_t any;
	uint32_t deep;
	struct trie_edges literals;
	struct trie_edges patterns;
	struct set rules;	/* that end here */
	uint32_t sample;	/* a rule that goes through here, for messages */
};

struct trie {
	struct arena *arena;
	vec_of(struct trie_node) nodes;
	struct interner names;
	struct interner children;	/* (parent, name, is pattern) */
	struct set child_of;		/* by number in @children: the node */
	uint32_t *merged;		/* by node: the one that stands for it */
};

void trie_init(struct trie *t, struct arena *a);

/* @rule is any number; lower ones count first. */
void trie_add(struct trie *t, const struct glob *glob, uint32_t rule);

/*
 * Merge nodes below which all is the same. From then on the children of nodes
 * are merged ones, and nothing may be added.
 */
void trie_merge(struct trie *t);

/* The literal child of that name, or TRIE_NONE. */
uint32_t trie_child(const struct trie *t, uint32_t parent, uint32_t name);

/* Does anything go on from here? */
static inline bool trie_goes_on(const struct trie_node *node)
{
	return node->any || node->deep || node->literals.n || node->patterns.n;
}

#endif /* BULKHEAD_TRIE_H */
