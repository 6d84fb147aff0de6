// SPDX-License-Identifier: GPL-2.0-only
/* A blob while it is written: bytes that grow, tables that start aligned. */
#include <string.h>

#include "blobout.h"
#include "match.h"

static void reserve(struct blobout *o, size_t bytes)
{
	uint8_t *grown;
	size_t cap = o->cap ?: 4096;

	if (o->cap - o->size >= bytes)
		return;
	while (cap - o->size < bytes)
		cap *= 2;
	grown = arena_alloc(o->arena, cap);
	if (o->size)
		memcpy(grown, o->bytes, o->size);
	o->bytes = grown;
	o->cap = cap;
}

struct bkh_span blobout_table(struct blobout *o, const void *data, size_t count, size_t size)
{
	struct bkh_span span;

	/* The tail of the buffer is zero, so padding needs no care. */
	reserve(o, count * size + 16);
	o->size = (o->size + 7) & ~(size_t)7;
	span.off = o->size;
	span.count = count;
	if (count)
		memcpy(o->bytes + o->size, data, count * size);
	o->size += count * size;
	return span;
}

uint32_t pool_add(struct pool *pool, struct arena *a, const char *s)
{
	size_t len = strlen(s) + 1;
	uint32_t number;
	bool is_new;

	pool->strings.arena = a;
	number = intern(&pool->strings, s, len, &is_new);
	if (is_new) {
		set_add(a, &pool->offsets, pool->bytes.n);
		for (; len--; s++)
			*vec_push(a, &pool->bytes) = *s;
	}
	return pool->offsets.v[number];
}

/* What ends a component in the text of a rule. */
static bool ends_name(char c)
{
	return !c || strchr("/ \t,{}\"'", c);
}

/* Components in the texts of rules; offsets by number. */
static void index_pool(const struct pool *pool, struct arena *a, struct interner *words,
		       struct set *offsets)
{
	const char *bytes = pool->bytes.v;
	size_t i, start = 0;
	bool is_new;

	for (i = 0; i < pool->bytes.n; i++) {
		if (!ends_name(bytes[i]))
			continue;
		intern(words, bytes + start, i - start, &is_new);
		if (is_new)
			set_add(a, offsets, start);
		start = i + 1;
	}
}

static uint32_t append(struct pool *pool, struct arena *a, const uint8_t *name, uint32_t len)
{
	uint32_t off = pool->bytes.n;

	while (len--)
		*vec_push(a, &pool->bytes) = *name++;
	return off;
}

/* Offsets of the literals that are used, by name. Most stand in a rule as they are. */
static uint32_t *put_names(struct blobout *o, struct pool *strings, const struct automaton *m)
{
	uint32_t *offsets = arena_array(o->arena, m->names.all.n, sizeof(*offsets));
	bool *done = arena_alloc(o->arena, m->names.all.n);
	struct interner words = { .arena = o->arena };
	struct set at = { 0 };
	size_t i, k;

	index_pool(strings, o->arena, &words, &at);
	for (i = 0; i < m->tables.n; i++) {
		for (k = 0; k < m->tables.v[i].n_edges; k++) {
			uint32_t name = m->tables.v[i].edges[k].name, word;
			const struct interned *s = &m->names.all.v[name];

			if (done[name])
				continue;
			done[name] = true;
			word = intern_find(&words, s->data, s->len);
			offsets[name] = word != INTERN_NONE ? at.v[word] :
					append(strings, o->arena, s->data, s->len);
		}
	}
	return offsets;
}

static bool is_absorbing(const struct automaton *m, uint32_t table)
{
	const struct automaton_table *t = &m->tables.v[table];

	return !t->n_edges && t->dfa == BKH_NONE && t->fallback == BKH_NONE &&
	       m->states.v[t->other].table == table;
}

static void put_states(struct blobout *o, struct bkh_blob_hdr *hdr, const struct automaton *m)
{
	struct bkh_state *states = arena_array(o->arena, m->states.n, sizeof(*states));
	size_t i;

	for (i = 0; i < m->states.n; i++) {
		const struct automaton_state *s = &m->states.v[i];

		states[i].key = bkh_key(s->table, 0);
		if (!m->tables.v[s->table].n_edges)
			states[i].key |= BKH_STATE_BARE;
		states[i].accept = s->accept;
	}
	hdr->states = blobout_table(o, states, m->states.n, sizeof(*states));
}

static void put_tables(struct blobout *o, struct bkh_blob_hdr *hdr, const struct automaton *m)
{
	struct bkh_table *tables = arena_array(o->arena, m->tables.n, sizeof(*tables));
	size_t i;

	for (i = 0; i < m->tables.n; i++) {
		const struct automaton_table *t = &m->tables.v[i];

		tables[i] = (struct bkh_table){
			.dfa = t->dfa,
			.other = t->other,
			.fallback = t->fallback,
			.flags = (t->n_edges ? BKH_TABLE_EDGES : 0) |
				 (is_absorbing(m, i) ? BKH_TABLE_ABSORBING : 0),
		};
	}
	hdr->tables = blobout_table(o, tables, m->tables.n, sizeof(*tables));
	put_states(o, hdr, m);
}

/* Where literals go that find their home taken. */
struct edge_cells {
	struct bkh_edge *cells;
	uint32_t homes;
	uint32_t end;
};

static void put_edge(struct edge_cells *c, uint64_t hash, const struct bkh_edge *edge)
{
	struct bkh_edge *cell = &c->cells[bkh_edge_slot(edge->key, hash) & (c->homes - 1)];

	if (cell->key != BKH_NONE) {
		while (cell->chain)
			cell += cell->chain;
		cell->chain = &c->cells[c->end] - cell;
		cell = &c->cells[c->end++];
	}
	*cell = *edge;
}

#define HOMES_FEW 512

/*
 * Homes for two thirds to four thirds of a literal each, and many where that
 * costs little. Tables near the root come first and so get their homes, for
 * every path goes through them.
 */
static void put_edges(struct blobout *o, struct bkh_blob_hdr *hdr, const struct automaton *m,
		      const uint32_t *names)
{
	struct edge_cells c = { .homes = 1 };
	uint32_t n = 0;
	size_t i, k;

	for (i = 0; i < m->tables.n; i++)
		n += m->tables.v[i].n_edges;
	while (4 * c.homes < 3 * n || (c.homes < 4 * n && c.homes < HOMES_FEW))
		c.homes *= 2;
	c.end = c.homes;
	c.cells = arena_array(o->arena, c.homes + n, sizeof(*c.cells));
	for (i = 0; i < c.homes; i++)
		c.cells[i].key = BKH_NONE;
	for (i = 0; i < m->tables.n; i++) {
		for (k = 0; k < m->tables.v[i].n_edges; k++) {
			const struct automaton_edge *e = &m->tables.v[i].edges[k];
			const struct interned *name = &m->names.all.v[e->name];
			struct bkh_edge edge = { bkh_key(i, name->len), names[e->name], e->next, 0 };

			put_edge(&c, bkh_name_hash(name->data, name->len), &edge);
		}
	}
	hdr->edge_homes = c.homes;
	hdr->edges = blobout_table(o, c.cells, c.end, sizeof(*c.cells));
}

/*
 * The verifier walks every automaton, shared or not, and bounds its work by
 * the size of the blob; sharing stops long before that bound.
 */
#define SHARED_WORK_MAX	4

struct dfa_data {
	struct blobout *out;
	struct interner records;
	struct set offsets;	/* by record */
	uint64_t work;
};

/* Offset of a record in the data of the byte automata. */
static uint32_t put_data(struct dfa_data *data, const void *record, size_t n, size_t size)
{
	struct blobout *o = data->out;
	size_t bytes = n * size;
	uint32_t number, off;
	bool is_new;

	data->work += n;
	number = intern(&data->records, record, bytes, &is_new);
	if (!is_new && data->work < SHARED_WORK_MAX * o->size)
		return data->offsets.v[number];
	/* Equal bytes may be asked for as u8 and as u32: align for both. */
	reserve(o, bytes + 4);
	o->size = (o->size + 3) & ~(size_t)3;
	off = o->size;
	memcpy(o->bytes + o->size, record, bytes);
	o->size += bytes;
	if (is_new)
		set_add(o->arena, &data->offsets, off);
	return off;
}

static struct bkh_dfa suffix_dfa(const struct automaton_dfa *d)
{
	const uint8_t *suffix = d->suffix + BKH_SUFFIX_MAX - d->suffix_len;
	struct bkh_dfa dfa = {
		.final = d->final[automaton_dfa_run(d, suffix, d->suffix_len)],
		.n_classes = d->suffix_len,
	};

	memcpy(dfa.suffix, d->suffix, sizeof(dfa.suffix));
	return dfa;
}

static struct bkh_dfa put_dfa(struct dfa_data *data, const struct automaton_dfa *d)
{
	size_t n_trans = (size_t)d->n_states * d->n_classes;
	struct bkh_dfa dfa = { .n_states = d->n_states, .n_classes = d->n_classes };

	dfa.final = put_data(data, d->final, d->n_states, sizeof(u32));
	dfa.trans = put_data(data, d->trans, n_trans, sizeof(u16));
	dfa.classes = put_data(data, d->classes, 256, 1);
	return dfa;
}

static void put_dfas(struct blobout *o, struct bkh_blob_hdr *hdr, const struct automaton *m)
{
	struct bkh_dfa *dfas = arena_array(o->arena, m->dfas.n, sizeof(*dfas));
	struct dfa_data data = { .out = o, .records.arena = o->arena };
	size_t i;

	hdr->dfa_data = blobout_table(o, NULL, 0, 1);
	for (i = 0; i < m->dfas.n; i++) {
		const struct automaton_dfa *d = &m->dfas.v[i];

		dfas[i] = d->suffix_len ? suffix_dfa(d) : put_dfa(&data, d);
	}
	hdr->dfa_data.count = o->size - hdr->dfa_data.off;
	hdr->dfas = blobout_table(o, dfas, m->dfas.n, sizeof(*dfas));
}

/* Lists of rules: a list is often the beginning of a longer one. */
struct rule_lists {
	struct interner heads;
	struct set at;		/* by head: where it is */
	struct set list;
};

static uint32_t put_list(struct arena *a, struct rule_lists *l, const uint32_t *ids, size_t n)
{
	uint32_t number = intern_find(&l->heads, ids, n * sizeof(*ids));
	uint32_t start = l->list.n;
	size_t i;
	bool is_new;

	if (number != INTERN_NONE)
		return l->at.v[number];
	for (i = 0; i < n; i++) {
		set_add(a, &l->list, ids[i]);
		intern(&l->heads, ids, (i + 1) * sizeof(*ids), &is_new);
		if (is_new)
			set_add(a, &l->at, start);
	}
	return start;
}

static void put_accepts(struct blobout *o, struct bkh_blob_hdr *hdr, const struct automaton *m,
			const uint32_t *rule_ids)
{
	struct bkh_accept *out = arena_array(o->arena, m->accepts.all.n, sizeof(*out));
	struct rule_lists lists = { .heads.arena = o->arena };
	uint32_t ids[BULKHEAD_PERM_COUNT];
	int bits, k;
	size_t i;

	/* The longest first, so that the short ones find themselves in them. */
	for (bits = BULKHEAD_PERM_COUNT; bits > 0; bits--) {
		for (i = 0; i < m->accepts.all.n; i++) {
			const struct automaton_accept *a = m->accepts.all.v[i].data;

			if (__builtin_popcount(a->allow | a->deny) != bits)
				continue;
			for (k = 0; k < bits; k++)
				ids[k] = rule_ids[a->rules[k]];
			out[i].allow = a->allow;
			out[i].deny = a->deny;
			out[i].rules = put_list(o->arena, &lists, ids, bits);
		}
	}
	hdr->accepts = blobout_table(o, out, m->accepts.all.n, sizeof(*out));
	hdr->rule_list = blobout_table(o, lists.list.v, lists.list.n, sizeof(u32));
}

void blobout_paths(struct blobout *o, struct bkh_blob_hdr *hdr, const struct automaton *m,
		   const uint32_t *rule_ids, struct pool *strings)
{
	uint32_t *names = put_names(o, strings, m);

	put_tables(o, hdr, m);
	put_edges(o, hdr, m, names);
	put_accepts(o, hdr, m, rule_ids);
	put_dfas(o, hdr, m);
}

static struct bkh_span put_interned(struct blobout *o, const struct interner *in, size_t size)
{
	uint8_t *all = arena_array(o->arena, in->all.n, size);
	size_t i;

	for (i = 0; i < in->all.n; i++)
		memcpy(all + i * size, in->all.v[i].data, size);
	return blobout_table(o, all, in->all.n, size);
}

static void put_prefixes(struct blobout *o, struct bkh_net *net, const struct ports *ports)
{
	struct bkh_prefix *slots;
	uint32_t count = 2, slot;
	size_t i;

	if (!ports->prefixes.n) {
		net->prefixes = blobout_table(o, NULL, 0, sizeof(*slots));
		return;
	}
	while (count < 2 * ports->prefixes.n)
		count *= 2;
	slots = arena_array(o->arena, count, sizeof(*slots));
	for (i = 0; i < count; i++)
		slots[i].len = BKH_NONE;
	for (i = 0; i < ports->prefixes.n; i++) {
		const struct bkh_prefix *p = &ports->prefixes.v[i].out;

		slot = bkh_prefix_slot(p->addr, p->len) & (count - 1);
		while (slots[slot].len != BKH_NONE)
			slot = (slot + 1) & (count - 1);
		slots[slot] = *p;
	}
	net->prefixes = blobout_table(o, slots, count, sizeof(*slots));
}

void blobout_ports(struct blobout *o, struct bkh_net *net, const struct ports *ports)
{
	memcpy(net->lens4, ports->lens4, sizeof(net->lens4));
	memcpy(net->lens6, ports->lens6, sizeof(net->lens6));
	put_prefixes(o, net, ports);
	net->classes = put_interned(o, &ports->classes, sizeof(struct bkh_net_class));
	net->tables = put_interned(o, &ports->tables, sizeof(struct bkh_port_table));
	net->pages = put_interned(o, &ports->pages, sizeof(struct bkh_port_page));
	net->verdicts = blobout_table(o, ports->verdicts.v, ports->verdicts.n,
				      sizeof(struct bkh_net_verdict));
}
