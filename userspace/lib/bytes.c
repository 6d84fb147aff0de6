// SPDX-License-Identifier: GPL-2.0-only
/*
 * Patterns of one component to one deterministic automaton over bytes: a tree
 * of their elements, then sets of its nodes as states.
 */
#include <string.h>

#include "bytes.h"
#include "intern.h"

/* Being at a node implies being at its star child, which is never left. */
struct byte_node {
	struct glob_element element;	/* that leads here */
	uint32_t star;			/* child, 0: none */
	struct set children;
	struct set patterns;		/* that end here */
};

struct builder {
	struct arena *arena;
	vec_of(struct byte_node) nodes;
	struct interner sets;
	uint8_t representative[256];	/* by class */
	struct byte_dfa *dfa;
};

static uint32_t child_by(struct builder *b, uint32_t parent, const struct glob_element *e)
{
	struct byte_node *node = &b->nodes.v[parent];
	uint32_t child;
	size_t i;

	if (e->star && node->star)
		return node->star;
	for (i = 0; !e->star && i < node->children.n; i++) {
		child = node->children.v[i];
		if (!memcmp(b->nodes.v[child].element.set, e->set, sizeof(e->set)))
			return child;
	}
	child = b->nodes.n;
	vec_push(b->arena, &b->nodes)->element = *e;
	node = &b->nodes.v[parent];
	if (e->star)
		node->star = child;
	else
		set_add(b->arena, &node->children, child);
	return child;
}

static void add_pattern(struct builder *b, const struct glob_part *part, uint32_t pattern)
{
	struct glob_element *elements = arena_array(b->arena, part->len, sizeof(*elements));
	size_t i, n = glob_elements(part, elements);
	uint32_t node = 0;

	for (i = 0; i < n; i++)
		node = child_by(b, node, &elements[i]);
	set_add(b->arena, &b->nodes.v[node].patterns, pattern);
}

/* Bytes that no element tells apart share a class. */
static void split_classes(struct builder *b, const struct glob_element *e)
{
	uint8_t inside[256], *classes = b->dfa->classes;
	bool split[256] = { false };
	bool seen_in[256] = { false }, seen_out[256] = { false };
	unsigned int c;

	for (c = 0; c < 256; c++) {
		if (glob_element_has(e, c))
			seen_in[classes[c]] = true;
		else
			seen_out[classes[c]] = true;
	}
	for (c = 0; c < 256; c++) {
		uint8_t class = classes[c];

		if (!seen_in[class] || !seen_out[class] || !glob_element_has(e, c))
			continue;
		if (!split[class]) {
			split[class] = true;
			inside[class] = b->dfa->n_classes++;
		}
		classes[c] = inside[class];
	}
}

static void find_classes(struct builder *b)
{
	struct interner seen = { .arena = b->arena };
	unsigned int c;
	bool is_new;
	size_t i;

	b->dfa->n_classes = 1;
	for (i = 1; i < b->nodes.n; i++) {
		const struct glob_element *e = &b->nodes.v[i].element;

		if (e->star)
			continue;
		intern(&seen, e->set, sizeof(e->set), &is_new);
		if (is_new)
			split_classes(b, e);
	}
	for (c = 256; c--;)
		b->representative[b->dfa->classes[c]] = c;
}

static void add_closed(struct builder *b, struct set *set, uint32_t node)
{
	set_add(b->arena, set, node);
	if (b->nodes.v[node].star)
		add_closed(b, set, b->nodes.v[node].star);
}

static uint32_t state_of(struct builder *b, struct set *set)
{
	set_normalize(set);
	return intern(&b->sets, set->v, set->n * sizeof(*set->v), NULL);
}

/* @scratch spares the arena: sets are copied when they are interned. */
static uint32_t next_state(struct builder *b, uint32_t state, uint8_t byte, struct set *scratch)
{
	const uint32_t *from = b->sets.all.v[state].data;
	size_t i, k, n = b->sets.all.v[state].len / sizeof(*from);

	scratch->n = 0;
	for (i = 0; i < n; i++) {
		const struct byte_node *node = &b->nodes.v[from[i]];

		if (node->element.star)
			set_add(b->arena, scratch, from[i]);
		for (k = 0; k < node->children.n; k++) {
			uint32_t child = node->children.v[k];

			if (glob_element_has(&b->nodes.v[child].element, byte))
				add_closed(b, scratch, child);
		}
	}
	return state_of(b, scratch);
}

static bool find_states(struct builder *b, struct set *trans)
{
	struct set scratch = { 0 };
	uint32_t state, class;

	add_closed(b, &scratch, 0);
	state_of(b, &scratch);
	for (state = 0; state < b->sets.all.n; state++) {
		if (b->sets.all.n > BYTES_STATES_MAX)
			return false;
		for (class = 0; class < b->dfa->n_classes; class++)
			set_add(b->arena, trans,
				next_state(b, state, b->representative[class], &scratch));
	}
	return true;
}

static void find_matches(struct builder *b, uint32_t state)
{
	const uint32_t *nodes = b->sets.all.v[state].data;
	size_t i, k, n = b->sets.all.v[state].len / sizeof(*nodes);
	struct set *matches = &b->dfa->matches[state];

	for (i = 0; i < n; i++) {
		const struct set *patterns = &b->nodes.v[nodes[i]].patterns;

		for (k = 0; k < patterns->n; k++)
			set_add(b->arena, matches, patterns->v[k]);
	}
	set_normalize(matches);
}

/* The one byte that @e stands for, -1: there are more. */
static int only_byte(const struct glob_element *e)
{
	int c, found = -1;

	for (c = 0; c < 256; c++) {
		if (!glob_element_has(e, c))
			continue;
		if (found >= 0)
			return -1;
		found = c;
	}
	return found;
}

static void find_suffix(struct builder *b, const struct glob_part *part)
{
	struct glob_element *elements = arena_array(b->arena, part->len, sizeof(*elements));
	size_t i, n = glob_elements(part, elements);
	uint8_t *end = b->dfa->suffix + BKH_SUFFIX_MAX;

	if (!elements[0].star || n < 2 || n - 1 > BKH_SUFFIX_MAX)
		return;
	for (i = 1; i < n; i++) {
		int c = elements[i].star ? -1 : only_byte(&elements[i]);

		if (c < 0)
			return;
		end[(int)i - (int)n] = c;
	}
	b->dfa->suffix_len = n - 1;
}

bool byte_dfa_build(struct arena *a, struct byte_dfa *dfa, const struct glob_part *patterns,
		    size_t n)
{
	struct builder b = { .arena = a, .sets.arena = a, .dfa = dfa };
	struct set trans = { 0 };
	size_t i;

	memset(dfa, 0, sizeof(*dfa));
	dfa->classes = arena_alloc(a, 256);
	vec_push(a, &b.nodes);
	for (i = 0; i < n; i++)
		add_pattern(&b, &patterns[i], i);
	if (n == 1)
		find_suffix(&b, patterns);
	find_classes(&b);
	if (!find_states(&b, &trans))
		return false;
	dfa->n_states = b.sets.all.n;
	dfa->trans = arena_array(a, trans.n, sizeof(*dfa->trans));
	for (i = 0; i < trans.n; i++)
		dfa->trans[i] = trans.v[i];
	dfa->matches = arena_array(a, dfa->n_states, sizeof(*dfa->matches));
	for (i = 0; i < dfa->n_states; i++)
		find_matches(&b, i);
	return true;
}

uint32_t byte_dfa_run(const struct byte_dfa *dfa, const uint8_t *name, size_t len)
{
	uint32_t state = 0;
	size_t i;

	for (i = 0; i < len; i++)
		state = dfa->trans[state * dfa->n_classes + dfa->classes[name[i]]];
	return state;
}
