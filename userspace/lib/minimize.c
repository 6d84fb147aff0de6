// SPDX-License-Identifier: GPL-2.0-only
/*
 * States that no path tells apart become one, by refinement: all tables start
 * out alike, and are split as long as two that are together lead apart. So two
 * directories have the same table exactly when the rules below are the same,
 * which is what a rename asks for.
 */
#include <string.h>

#include "automaton.h"
#include "set.h"

/*
 * Each round looks at everything once, and there are as many as the deepest
 * difference has levels. Policies need a dozen.
 */
#define ROUNDS_MAX	64

struct minimizer {
	struct arena *arena;
	struct automaton *m;
	uint32_t *class;	/* by table */
	uint32_t n_classes;
	struct interner states;	/* (class of the table, accept) */
	struct set key;		/* scratch */
};

/* A table that only leans on another is that other one. */
static uint32_t resolve(const struct automaton *m, uint32_t table)
{
	const struct automaton_table *t = &m->tables.v[table];

	return !t->n_edges && t->fallback != BKH_NONE ? t->fallback : table;
}

static uint32_t state_class(struct minimizer *z, uint32_t state)
{
	const struct automaton_state *s = &z->m->states.v[state];
	struct automaton_state key = { z->class[resolve(z->m, s->table)], s->accept };

	return intern(&z->states, &key, sizeof(key), NULL);
}

static void add(struct minimizer *z, uint32_t word)
{
	set_add(z->arena, &z->key, word);
}

/* Byte automata are alike if their data is; @finals is by class, below. */
static void add_dfa(struct minimizer *z, const struct automaton_dfa *d)
{
	uint32_t i;

	/* The data of equal lists of patterns is one and the same. */
	add(z, (uintptr_t)d->trans >> 32);
	add(z, (uintptr_t)d->trans);
	for (i = 0; i < d->n_states; i++)
		add(z, state_class(z, d->final[i]));
}

/* All that the classes, as they are now, let one see of a table. */
static void describe(struct minimizer *z, uint32_t table)
{
	const struct automaton_table *t = &z->m->tables.v[table];
	uint32_t i;

	z->key.n = 0;
	add(z, state_class(z, t->other));
	add(z, t->fallback == BKH_NONE ? BKH_NONE : z->class[t->fallback]);
	add(z, t->n_edges);
	for (i = 0; i < t->n_edges; i++) {
		add(z, t->edges[i].name);
		add(z, state_class(z, t->edges[i].next));
	}
	if (t->dfa != BKH_NONE)
		add_dfa(z, &z->m->dfas.v[t->dfa]);
}

/* Return: whether something was split. */
static bool refine(struct minimizer *z)
{
	struct interner shapes = { .arena = z->arena };
	uint32_t *next = arena_array(z->arena, z->m->tables.n, sizeof(*next));
	uint32_t before = z->n_classes, i;

	z->states = (struct interner){ .arena = z->arena };
	for (i = 0; i < z->m->tables.n; i++) {
		describe(z, i);
		/* Whoever was apart stays apart. */
		add(z, z->class[i]);
		next[i] = intern(&shapes, z->key.v, z->key.n * sizeof(*z->key.v), NULL);
	}
	z->class = next;
	z->n_classes = shapes.all.n;
	return z->n_classes != before;
}

struct renumbering {
	uint32_t *table;	/* new number, by old one */
	uint32_t *state;
	uint32_t *dfa;
};

/* New states in order of the old ones; 0 and 1 stay what they are. */
static void renumber_states(struct minimizer *z, struct renumbering *r,
			    const struct automaton_state *old, size_t n)
{
	struct interner seen = { .arena = z->arena };
	struct automaton *m = z->m;
	size_t i;

	for (i = 0; i < n; i++) {
		struct automaton_state s = { r->table[resolve(m, old[i].table)], old[i].accept };
		bool is_new;
		uint32_t number = intern(&seen, &s, sizeof(s), &is_new);

		/* The start may look like the dead state; it keeps its number. */
		if (i == BKH_STATE_START && !is_new)
			number = intern(&seen, "start", 5, &is_new);
		if (is_new)
			*vec_push(z->arena, &m->states) = s;
		r->state[i] = number;
	}
}

static void renumber_edges(struct minimizer *z, struct automaton_table *t,
			   const struct renumbering *r)
{
	struct automaton_edge *edges = arena_array(z->arena, t->n_edges, sizeof(*edges));
	uint32_t i;

	for (i = 0; i < t->n_edges; i++)
		edges[i] = (struct automaton_edge){ t->edges[i].name,
			r->state[t->edges[i].next] };
	t->edges = edges;
}

static void renumber_dfa(struct minimizer *z, struct automaton_table *t,
			 const struct renumbering *r, const struct automaton_dfa *old)
{
	struct automaton_dfa dfa;
	uint32_t i, *final;

	if (t->dfa == BKH_NONE)
		return;
	if (r->dfa[t->dfa] == BKH_NONE) {
		dfa = old[t->dfa];
		final = arena_array(z->arena, dfa.n_states, sizeof(*final));
		for (i = 0; i < dfa.n_states; i++)
			final[i] = r->state[dfa.final[i]];
		dfa.final = final;
		r->dfa[t->dfa] = z->m->dfas.n;
		*vec_push(z->arena, &z->m->dfas) = dfa;
	}
	t->dfa = r->dfa[t->dfa];
}

/* One table for each class: the first one, with all it names renumbered. */
static void rebuild(struct minimizer *z)
{
	struct automaton *m = z->m, old = *m;
	uint32_t *first = arena_array(z->arena, z->n_classes, sizeof(*first));
	struct renumbering r = {
		arena_array(z->arena, old.tables.n, sizeof(uint32_t)),
		arena_array(z->arena, old.states.n, sizeof(uint32_t)),
		arena_array(z->arena, old.dfas.n, sizeof(uint32_t)),
	};
	struct set kept = { 0 };
	size_t i;

	memset(first, 0xff, z->n_classes * sizeof(*first));
	memset(r.dfa, 0xff, old.dfas.n * sizeof(*r.dfa));
	for (i = 0; i < old.tables.n; i++) {
		if (first[z->class[i]] == BKH_NONE && resolve(&old, i) == i) {
			first[z->class[i]] = kept.n;
			set_add(z->arena, &kept, i);
		}
	}
	for (i = 0; i < old.tables.n; i++)
		r.table[i] = first[z->class[resolve(&old, i)]];
	memset(&m->states, 0, sizeof(m->states));
	renumber_states(z, &r, old.states.v, old.states.n);
	memset(&m->tables, 0, sizeof(m->tables));
	memset(&m->dfas, 0, sizeof(m->dfas));
	for (i = 0; i < kept.n; i++) {
		struct automaton_table t = old.tables.v[kept.v[i]];

		t.other = r.state[t.other];
		if (t.fallback != BKH_NONE)
			t.fallback = r.table[t.fallback];
		renumber_edges(z, &t, &r);
		renumber_dfa(z, &t, &r, old.dfas.v);
		*vec_push(z->arena, &m->tables) = t;
	}
}

void automaton_minimize(struct arena *a, struct automaton *m)
{
	struct minimizer z = { .arena = a, .m = m, .n_classes = 1 };
	unsigned int round = 0;

	z.class = arena_array(a, m->tables.n, sizeof(*z.class));
	while (refine(&z))
		if (++round == ROUNDS_MAX)
			return;
	rebuild(&z);
}
