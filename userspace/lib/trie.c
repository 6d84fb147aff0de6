// SPDX-License-Identifier: GPL-2.0-only
/* All globs of a policy as one tree of components. */
#include <stdlib.h>

#include "trie.h"

static uint32_t new_node(struct trie *t, uint32_t rule)
{
	struct trie_node *node = vec_push(t->arena, &t->nodes);

	node->sample = rule;
	return t->nodes.n - 1;
}

void trie_init(struct trie *t, struct arena *a)
{
	*t = (struct trie){ .arena = a, .names.arena = a, .children.arena = a };
	new_node(t, 0);
}

static uint32_t named_child(struct trie *t, uint32_t parent, const struct glob_part *part,
			    uint32_t rule)
{
	bool pattern = part->kind == GLOB_PATTERN, is_new;
	uint32_t name = intern(&t->names, part->text, part->len, NULL);
	uint32_t key[3] = { parent, name, pattern };
	uint32_t number = intern(&t->children, key, sizeof(key), &is_new);
	struct trie_node *node;
	struct trie_edge *edge;

	if (!is_new)
		return t->child_of.v[number];
	set_add(t->arena, &t->child_of, new_node(t, rule));
	node = &t->nodes.v[parent];
	edge = vec_push(t->arena, pattern ? &node->patterns : &node->literals);
	edge->name = name;
	edge->child = t->child_of.v[number];
	return edge->child;
}

static uint32_t any_child(struct trie *t, uint32_t parent, uint32_t rule)
{
	uint32_t child = t->nodes.v[parent].any;

	if (!child) {
		child = new_node(t, rule);
		t->nodes.v[parent].any = child;
	}
	return child;
}

static uint32_t deep_child(struct trie *t, uint32_t parent, uint32_t rule)
{
	uint32_t child = t->nodes.v[parent].deep;

	if (!child) {
		child = new_node(t, rule);
		t->nodes.v[child].is_deep = true;
		t->nodes.v[parent].deep = child;
	}
	return child;
}

void trie_add(struct trie *t, const struct glob *glob, uint32_t rule)
{
	uint32_t node = TRIE_ROOT;
	struct set *rules;
	size_t i;

	for (i = 0; i < glob->n; i++) {
		const struct glob_part *part = &glob->parts[i];

		if (part->kind == GLOB_ANY)
			node = any_child(t, node, rule);
		else if (part->kind == GLOB_DEEP)
			node = deep_child(t, node, rule);
		else
			node = named_child(t, node, part, rule);
	}
	rules = &t->nodes.v[node].rules;
	if (!rules->n || rules->v[rules->n - 1] != rule)
		set_add(t->arena, rules, rule);
}

static int by_name(const void *a, const void *b)
{
	const struct trie_edge *x = a, *y = b;

	return x->name < y->name ? -1 : x->name > y->name;
}

static void merge_edges(struct trie *t, struct trie_edges *edges, struct set *key)
{
	size_t i;

	if (edges->n > 1)
		qsort(edges->v, edges->n, sizeof(*edges->v), by_name);
	set_add(t->arena, key, edges->n);
	for (i = 0; i < edges->n; i++) {
		edges->v[i].child = t->merged[edges->v[i].child];
		set_add(t->arena, key, edges->v[i].name);
		set_add(t->arena, key, edges->v[i].child);
	}
}

/* All that matters about a node, once its children are merged. */
static void merge_node(struct trie *t, struct trie_node *node, struct set *key)
{
	size_t i;

	node->any = t->merged[node->any];
	node->deep = t->merged[node->deep];
	key->n = 0;
	set_add(t->arena, key, node->is_deep);
	set_add(t->arena, key, node->any);
	set_add(t->arena, key, node->deep);
	merge_edges(t, &node->literals, key);
	merge_edges(t, &node->patterns, key);
	for (i = 0; i < node->rules.n; i++)
		set_add(t->arena, key, node->rules.v[i]);
}

void trie_merge(struct trie *t)
{
	struct interner shapes = { .arena = t->arena };
	struct set first = { 0 }, key = { 0 };
	uint32_t i, number;
	bool is_new;

	t->merged = arena_array(t->arena, t->nodes.n, sizeof(*t->merged));
	/* Children are younger than their parents. */
	for (i = t->nodes.n; i-- > 1;) {
		merge_node(t, &t->nodes.v[i], &key);
		number = intern(&shapes, key.v, key.n * sizeof(*key.v), &is_new);
		if (is_new)
			set_add(t->arena, &first, i);
		t->merged[i] = first.v[number];
	}
	merge_node(t, &t->nodes.v[TRIE_ROOT], &key);
}

uint32_t trie_child(const struct trie *t, uint32_t parent, uint32_t name)
{
	const struct trie_edges *edges = &t->nodes.v[parent].literals;
	struct trie_edge key = { name, 0 };
	const struct trie_edge *found;

	if (!edges->n)
		return TRIE_NONE;
	found = bsearch(&key, edges->v, edges->n, sizeof(key), by_name);
	return found ? found->child : TRIE_NONE;
}
