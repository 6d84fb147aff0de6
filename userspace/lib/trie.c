// SPDX-License-Identifier: GPL-2.0-only
/* All globs of a policy as one tree of components. */
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
