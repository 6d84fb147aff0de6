// SPDX-License-Identifier: GPL-2.0-only
/*
 * The path automaton: sets of trie nodes become states, a component at a time.
 *
 * A set is kept without the nodes that nothing goes on from: they count in the
 * accept of the state that reached them, and not in its ways out. So states
 * with the same ways out share a table from the start.
 */
#include <stdlib.h>
#include <string.h>

#include "automaton.h"
#include "bytes.h"
#include "diag.h"
#include "trie.h"

struct builder {
	struct arena *arena;
	struct automaton *out;
	const struct rule *const *rules;
	struct trie trie;
	struct interner sets;		/* by table: its nodes */
	struct interner states;		/* (table, accept) */
	struct set done;		/* by table: is it filled in? */
	size_t edges, dfa_bytes, work;
	const struct rule *too_complex;
	struct set reached;		/* scratch of the innermost loops */
	struct interner pattern_sets;	/* lists of names of patterns */
	vec_of(struct byte_dfa) dfas;	/* by number of the list */
};

/* The nodes of a table. */
struct nodes {
	const uint32_t *v;
	size_t n;
};

/* Everything there is to say about a table while it is filled in. */
struct expansion {
	uint32_t table;
	struct nodes nodes;
	struct set stay;		/* closed: nodes reached by any name */
	struct set literals;		/* names */
	struct set targets;		/* by pattern: the child */
	const struct byte_dfa *dfa;	/* null: no pattern */
};

static const struct trie_node *node_at(const struct builder *b, uint32_t node)
{
	return &b->trie.nodes.v[node];
}

static void add_closed(struct builder *b, struct set *set, uint32_t node)
{
	set_add(b->arena, set, node);
	if (node_at(b, node)->deep)
		set_add(b->arena, set, node_at(b, node)->deep);
}

/* Best rule so far for each permission; BKH_NONE: none. */
struct best {
	uint32_t allow[BULKHEAD_PERM_COUNT];
	uint32_t deny[BULKHEAD_PERM_COUNT];
};

static void best_add(struct builder *b, struct best *best, uint32_t number)
{
	const struct rule *rule = b->rules[number];
	uint32_t *list = rule->action == BULKHEAD_VERDICT_DENY ? best->deny : best->allow;
	unsigned int bit;

	for (bit = 0; bit < BULKHEAD_PERM_COUNT; bit++)
		if (rule->perms >> bit & 1 && number < list[bit])
			list[bit] = number;
}

static void best_add_node(struct builder *b, struct best *best, uint32_t node)
{
	const struct set *rules = &node_at(b, node)->rules;
	size_t i;

	for (i = 0; i < rules->n; i++)
		best_add(b, best, rules->v[i]);
}

static bool best_has(struct builder *b, const struct best *best, uint32_t node)
{
	const struct set *rules = &node_at(b, node)->rules;
	unsigned int bit;
	size_t i;

	for (i = 0; i < rules->n; i++)
		for (bit = 0; bit < BULKHEAD_PERM_COUNT; bit++)
			if (best->deny[bit] == rules->v[i] ||
			    (best->deny[bit] == BKH_NONE && best->allow[bit] == rules->v[i]))
				return true;
	return false;
}

static bool is_tail(struct builder *b, uint32_t node)
{
	return node_at(b, node)->is_deep && !trie_goes_on(node_at(b, node));
}

/*
 * A closing `**` holds for good. Of several that hold at once only those count
 * that decide something; without this, n rules that deny all below some name
 * at any depth would make 2^n states.
 */
static void drop_idle_tails(struct builder *b, struct set *set)
{
	struct best best;
	size_t i, n = 0, tails = 0;

	memset(&best, 0xff, sizeof(best));
	for (i = 0; i < set->n; i++) {
		if (!is_tail(b, set->v[i]))
			continue;
		best_add_node(b, &best, set->v[i]);
		tails++;
	}
	if (tails < 2)
		return;
	for (i = 0; i < set->n; i++)
		if (!is_tail(b, set->v[i]) || best_has(b, &best, set->v[i]))
			set->v[n++] = set->v[i];
	set->n = n;
}

static uint32_t accept_of(struct builder *b, const struct set *set)
{
	struct automaton_accept accept = { 0 };
	struct best best;
	unsigned int bit, n = 0;
	size_t i;

	memset(&best, 0xff, sizeof(best));
	for (i = 0; i < set->n; i++)
		best_add_node(b, &best, set->v[i]);
	for (bit = 0; bit < BULKHEAD_PERM_COUNT; bit++) {
		if (best.deny[bit] != BKH_NONE) {
			accept.deny |= 1U << bit;
			accept.rules[n++] = best.deny[bit];
		} else if (best.allow[bit] != BKH_NONE) {
			accept.allow |= 1U << bit;
			accept.rules[n++] = best.allow[bit];
		}
	}
	return intern(&b->out->accepts, &accept, sizeof(accept), NULL);
}

static uint32_t table_of(struct builder *b, const struct set *set)
{
	uint32_t number;
	bool is_new;

	number = intern(&b->sets, set->v, set->n * sizeof(*set->v), &is_new);
	if (is_new) {
		*vec_push(b->arena, &b->out->tables) = (struct automaton_table){
			.dfa = BKH_NONE, .fallback = BKH_NONE };
		set_add(b->arena, &b->done, false);
	}
	return number;
}

/* Make a set of nodes a state. Changes the set. */
static uint32_t state_of(struct builder *b, struct set *set)
{
	struct automaton_state state;
	uint32_t number;
	size_t i, n = 0;
	bool is_new;

	set_normalize(set);
	drop_idle_tails(b, set);
	state.accept = accept_of(b, set);
	for (i = 0; i < set->n; i++)
		if (node_at(b, set->v[i])->is_deep || trie_goes_on(node_at(b, set->v[i])))
			set->v[n++] = set->v[i];
	set->n = n;
	state.table = table_of(b, set);
	number = intern(&b->states, &state, sizeof(state), &is_new);
	if (is_new)
		*vec_push(b->arena, &b->out->states) = state;
	return number;
}

/* State for the nodes that any name reaches, and those in @more. */
static uint32_t state_with(struct builder *b, const struct expansion *e, const struct set *more)
{
	size_t i;

	b->reached.n = 0;
	for (i = 0; i < e->stay.n; i++)
		set_add(b->arena, &b->reached, e->stay.v[i]);
	for (i = 0; more && i < more->n; i++)
		add_closed(b, &b->reached, more->v[i]);
	return state_of(b, &b->reached);
}

static void find_stay(struct builder *b, struct expansion *e)
{
	size_t i;

	for (i = 0; i < e->nodes.n; i++) {
		const struct trie_node *node = node_at(b, e->nodes.v[i]);

		if (node->is_deep)
			set_add(b->arena, &e->stay, e->nodes.v[i]);
		if (node->any)
			add_closed(b, &e->stay, node->any);
	}
	set_normalize(&e->stay);
}

static void find_literals(struct builder *b, struct expansion *e, bool deep_too)
{
	size_t i, k;

	for (i = 0; i < e->nodes.n; i++) {
		const struct trie_node *node = node_at(b, e->nodes.v[i]);

		for (k = 0; k < node->literals.n && (deep_too || !node->is_deep); k++)
			set_add(b->arena, &e->literals, node->literals.v[k].name);
	}
	set_normalize(&e->literals);
}

/* The byte automaton of a list of patterns; null if it gets too large. */
static const struct byte_dfa *dfa_of(struct builder *b, const struct set *names)
{
	struct glob_part *parts;
	uint32_t number;
	bool is_new;
	size_t i;

	number = intern(&b->pattern_sets, names->v, names->n * sizeof(*names->v), &is_new);
	if (!is_new)
		return &b->dfas.v[number];
	parts = arena_array(b->arena, names->n, sizeof(*parts));
	for (i = 0; i < names->n; i++) {
		const struct interned *name = &b->trie.names.all.v[names->v[i]];

		parts[i] = (struct glob_part){ GLOB_PATTERN, name->data, name->len };
	}
	vec_push(b->arena, &b->dfas);
	return byte_dfa_build(b->arena, &b->dfas.v[number], parts, names->n) ?
	       &b->dfas.v[number] : NULL;
}

static bool find_patterns(struct builder *b, struct expansion *e)
{
	struct set names = { 0 };
	size_t i, k;

	for (i = 0; i < e->nodes.n; i++) {
		const struct trie_node *node = node_at(b, e->nodes.v[i]);

		for (k = 0; k < node->patterns.n; k++) {
			set_add(b->arena, &names, node->patterns.v[k].name);
			set_add(b->arena, &e->targets, node->patterns.v[k].child);
		}
	}
	e->dfa = names.n ? dfa_of(b, &names) : NULL;
	return !names.n || e->dfa;
}

/* Children that patterns matching in @byte_state lead to, added to @to. */
static void add_matches(struct builder *b, const struct expansion *e, uint32_t byte_state,
			struct set *to)
{
	const struct set *matches = &e->dfa->matches[byte_state];
	size_t i;

	for (i = 0; i < matches->n; i++)
		set_add(b->arena, to, e->targets.v[matches->v[i]]);
}

static uint32_t literal_state(struct builder *b, const struct expansion *e, uint32_t name,
			      struct set *scratch)
{
	const struct interned *text = &b->trie.names.all.v[name];
	size_t i;

	scratch->n = 0;
	for (i = 0; i < e->nodes.n; i++) {
		uint32_t child = trie_child(&b->trie, e->nodes.v[i], name);

		if (child != TRIE_NONE)
			set_add(b->arena, scratch, child);
	}
	if (e->dfa)
		add_matches(b, e, byte_dfa_run(e->dfa, text->data, text->len), scratch);
	return state_with(b, e, scratch);
}

uint32_t automaton_dfa_run(const struct automaton_dfa *d, const uint8_t *name, size_t len)
{
	uint32_t state = 0;
	size_t i;

	for (i = 0; i < len; i++)
		state = d->trans[state * d->n_classes + d->classes[name[i]]];
	return state;
}

static void fill_dfa(struct builder *b, struct expansion *e)
{
	const struct byte_dfa *d = e->dfa;
	uint32_t *final = arena_array(b->arena, d->n_states, sizeof(*final));
	struct automaton_dfa *out;
	struct set scratch = { 0 };
	uint32_t i;

	for (i = 0; i < d->n_states; i++) {
		scratch.n = 0;
		add_matches(b, e, i, &scratch);
		final[i] = state_with(b, e, &scratch);
	}
	b->out->tables.v[e->table].dfa = b->out->dfas.n;
	out = vec_push(b->arena, &b->out->dfas);
	*out = (struct automaton_dfa){
		.classes = d->classes,
		.trans = d->trans,
		.final = final,
		.n_states = d->n_states,
		.n_classes = d->n_classes,
		.suffix_len = d->suffix_len,
	};
	memcpy(out->suffix, d->suffix, sizeof(out->suffix));
	b->dfa_bytes += 256 + d->n_states * (d->n_classes * 2 + 4);
}

static int by_edge_name(const void *a, const void *b)
{
	const struct automaton_edge *x = a, *y = b;

	return x->name < y->name ? -1 : x->name > y->name;
}

/* Where a name leads that has no edge in the table itself. */
static uint32_t without_edge(const struct builder *b, const struct automaton_table *t,
			     uint32_t name)
{
	const struct interned *text = &b->trie.names.all.v[name];
	struct automaton_edge key = { name, 0 };
	const struct automaton_edge *edge = NULL;
	const struct automaton_table *lean;
	const struct automaton_dfa *dfa;

	if (t->fallback != BKH_NONE) {
		lean = &b->out->tables.v[t->fallback];
		edge = bsearch(&key, lean->edges, lean->n_edges, sizeof(key), by_edge_name);
	}
	if (edge)
		return edge->next;
	if (t->dfa == BKH_NONE)
		return t->other;
	dfa = &b->out->dfas.v[t->dfa];
	return dfa->final[automaton_dfa_run(dfa, text->data, text->len)];
}

/* Comes last: an edge that leads where the name leads anyway is left out. */
static void fill_edges(struct builder *b, struct expansion *e)
{
	struct automaton_edge *edges = arena_array(b->arena, e->literals.n, sizeof(*edges));
	struct set scratch = { 0 };
	size_t i, n = 0;

	for (i = 0; i < e->literals.n; i++) {
		uint32_t name = e->literals.v[i];
		uint32_t next = literal_state(b, e, name, &scratch);

		if (next != without_edge(b, &b->out->tables.v[e->table], name))
			edges[n++] = (struct automaton_edge){ name, next };
	}
	b->out->tables.v[e->table].edges = edges;
	b->out->tables.v[e->table].n_edges = n;
	b->edges += n;
	b->work += e->literals.n;
}

/* The rule to name when there is no end to it. */
static void give_up(struct builder *b, const struct nodes *nodes)
{
	uint32_t node = nodes->n ? nodes->v[nodes->n - 1] : TRIE_ROOT;

	b->too_complex = b->rules[node_at(b, node)->sample];
}

static void expand(struct builder *b, uint32_t table);

/* May the set lean on its deep nodes' table? Those have the rest in common. */
static bool can_lean(struct builder *b, const struct nodes *nodes, struct set *deep)
{
	size_t i;

	for (i = 0; i < nodes->n; i++) {
		const struct trie_node *node = node_at(b, nodes->v[i]);

		if (node->is_deep)
			set_add(b->arena, deep, nodes->v[i]);
		else if (node->any || node->patterns.n)
			return false;
	}
	return deep->n && deep->n < nodes->n;
}

static void lean_on(struct builder *b, struct expansion *e, const struct set *deep)
{
	uint32_t base = table_of(b, deep);
	struct automaton_table *t, *from;

	expand(b, base);
	t = &b->out->tables.v[e->table];
	from = &b->out->tables.v[base];
	t->dfa = from->dfa;
	t->other = from->other;
	t->fallback = from->n_edges ? base : BKH_NONE;
}

/* Fills the table in, unless that was done. Recursion is one level deep. */
static void expand(struct builder *b, uint32_t table)
{
	const struct interned *key = &b->sets.all.v[table];
	struct expansion e = { .table = table,
		.nodes = { key->data, key->len / sizeof(uint32_t) } };
	struct set deep = { 0 };
	uint32_t other;
	bool leans;

	if (b->done.v[table])
		return;
	b->done.v[table] = true;
	find_stay(b, &e);
	leans = can_lean(b, &e.nodes, &deep);
	find_literals(b, &e, !leans);
	if (!find_patterns(b, &e)) {
		give_up(b, &e.nodes);
		return;
	}
	if (leans) {
		lean_on(b, &e, &deep);
	} else {
		other = state_with(b, &e, NULL);
		b->out->tables.v[table].other = other;
		if (e.dfa)
			fill_dfa(b, &e);
	}
	fill_edges(b, &e);
}

static void expand_all(struct builder *b)
{
	uint32_t i;

	for (i = 0; i < b->out->tables.n && !b->too_complex; i++) {
		const struct interned *key = &b->sets.all.v[i];
		struct nodes nodes = { key->data, key->len / sizeof(uint32_t) };

		expand(b, i);
		if (b->out->states.n > AUTOMATON_STATES_MAX || b->edges > AUTOMATON_EDGES_MAX ||
		    b->dfa_bytes > AUTOMATON_DFA_MAX || b->work > AUTOMATON_WORK_MAX)
			give_up(b, &nodes);
	}
}

static void add_start(struct builder *b)
{
	struct set set = { 0 };
	uint32_t state;

	state_of(b, &set);	/* BKH_STATE_DEAD: the empty set */
	add_closed(b, &set, TRIE_ROOT);
	state = state_of(b, &set);
	if (state != BKH_STATE_START)	/* no rule at all: the start is as dead */
		*vec_push(b->arena, &b->out->states) = b->out->states.v[BKH_STATE_DEAD];
}

bool automaton_build(struct arena *a, struct automaton *out, const struct rule *const *rules,
		     size_t n, struct diag *d)
{
	struct builder b = { .arena = a, .out = out, .rules = rules,
		.sets.arena = a, .states.arena = a, .pattern_sets.arena = a };
	size_t i, k;

	memset(out, 0, sizeof(*out));
	out->accepts.arena = a;
	trie_init(&b.trie, a);
	for (i = 0; i < n; i++)
		for (k = 0; k < rules[i]->globs.n; k++)
			trie_add(&b.trie, rules[i]->globs.v[k], i);
	trie_merge(&b.trie);
	add_start(&b);
	expand_all(&b);
	out->names = b.trie.names;
	if (b.too_complex)
		diag_error(d, &b.too_complex->loc,
			   "too complex: the paths of this rule and of others overlap in too many ways; use fewer '**' and '*'");
	else
		automaton_minimize(a, out);
	return !b.too_complex;
}
