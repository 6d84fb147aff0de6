// SPDX-License-Identifier: GPL-2.0-only
/*
 * The verifier of compiled policies: everything match.c relies on is checked
 * here, once; what match_net.c relies on, in blob_net.c. Treats its input as
 * hostile: every offset is bounded before it is followed, and the work is
 * bounded by the size of the blob.
 */
#include "blob_verify.h"

_Static_assert((BKH_IMAGE_MAX - sizeof(struct bkh_blob_hdr)) /
	       sizeof(struct bkh_table) < BKH_NONE >> BKH_KEY_TABLE_SHIFT,
	       "a key holds any table, and the last is none");

/* Bytes of byte automata looked at, per byte of blob: they may share data. */
#define DFA_WORK_FACTOR 16

static bool name_ok(const char *name)
{
	u32 i;

	if (!name[0])
		return false;
	for (i = 0; i < BKH_NAME_MAX && name[i]; i++) {
		char c = name[i];

		if (!((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') ||
		      c == '.' || c == '_' || c == '-' || c == '@'))
			return false;
	}
	if (i == BKH_NAME_MAX)
		return false;
	for (; i < BKH_NAME_MAX; i++)
		if (name[i])
			return false;
	return true;
}

static bool verify_header(struct bkh_verifier *v, size_t size)
{
	const struct bkh_blob_hdr *h = v->hdr;

	if (size < sizeof(*h) || h->magic != BKH_BLOB_MAGIC)
		return fail(v, "not a compiled policy");
	if (h->version != BKH_BLOB_VERSION)
		return fail(v, "compiled policy of another version");
	if (h->size != size || size > BKH_IMAGE_MAX || size & 7)
		return fail(v, "policy size is wrong");
	if (h->mode >= __BKH_MODE_MAX || h->drift > 1 ||
	    h->sections >> __BKH_SECTION_MAX ||
	    h->sections & (1U << BKH_SECTION_PRESET))
		return fail(v, "policy header is wrong");
	if (!name_ok(h->name))
		return fail(v, "policy name is wrong");
	if (h->perm_default & ~BULKHEAD_PERM_ALL)
		return fail(v, "unknown permission in the default");
	return true;
}

static bool verify_spans(struct bkh_verifier *v)
{
	const struct bkh_blob_hdr *h = v->hdr;

	if (!span_fits(h->size, &h->strings, 1) ||
	    !span_fits(h->size, &h->rules, sizeof(struct bkh_rule)) ||
	    !span_fits(h->size, &h->states, sizeof(struct bkh_state)) ||
	    !span_fits(h->size, &h->tables, sizeof(struct bkh_table)) ||
	    !span_fits(h->size, &h->edges, sizeof(struct bkh_edge)) ||
	    !span_fits(h->size, &h->dfas, sizeof(struct bkh_dfa)) ||
	    !span_fits(h->size, &h->accepts, sizeof(struct bkh_accept)) ||
	    !span_fits(h->size, &h->rule_list, sizeof(u32)) ||
	    !span_fits(h->size, &h->dfa_data, 1) ||
	    !span_fits(h->size, &h->socket_rules,
		       sizeof(struct bkh_socket_rule)))
		return fail(v, "policy table out of bounds");
	return true;
}

static bool verify_rules(struct bkh_verifier *v)
{
	const struct bkh_rule *r = span_at(v, &v->hdr->rules);
	const char *strings = span_at(v, &v->hdr->strings);
	u32 n = v->hdr->strings.count;
	u32 i;

	if (!n || strings[n - 1])
		return fail(v, "string pool is not terminated");
	if (v->hdr->rules.count > BKH_RULES_MAX)
		return fail(v, "too many rules");
	for (i = 0; i < v->hdr->rules.count; i++) {
		relax_at(i);
		if (r[i].file >= n || r[i].text >= n ||
		    r[i].section >= __BKH_SECTION_MAX ||
		    r[i].action > BULKHEAD_VERDICT_DENY ||
		    r[i].is_default > 1 || r[i].reserved)
			return fail(v, "rule table is wrong");
	}
	return true;
}

/* Whatever is refused by a default has a default's line to show for it. */
static bool verify_defaults(struct bkh_verifier *v)
{
	const struct bkh_blob_hdr *h = v->hdr;
	u32 refused = BULKHEAD_PERM_ALL & ~h->perm_default;
	u32 i;

	for (i = 0; i < __BKH_SECTION_MAX; i++) {
		bool governed = h->sections & (1U << i);

		if (governed ? !rule_ok(v, h->default_rule[i]) :
			       h->default_rule[i] != BKH_NONE)
			return fail(v, "section without its default");
	}
	if (h->sections & (1U << BKH_SECTION_EXEC))
		refused &= ~BULKHEAD_PERM_EXEC;
	if (refused && !(h->sections & (1U << BKH_SECTION_FILE)))
		return fail(v, "permissions refused without a section");
	if (h->drift && !rule_ok(v, h->drift_rule))
		return fail(v, "drift without its rule");
	if (h->presets >> __BKH_PRESET_MAX)
		return fail(v, "unknown preset");
	for (i = 0; i < __BKH_PRESET_MAX; i++)
		if (h->presets >> i & 1 && !rule_ok(v, h->preset_rules[i]))
			return fail(v, "preset without its rule");
	return true;
}

static bool verify_caps(struct bkh_verifier *v)
{
	const struct bkh_blob_hdr *h = v->hdr;
	u32 i;

	if (!(h->sections & (1U << BKH_SECTION_CAPABILITY)))
		return h->caps == ~0ULL ? true :
		       fail(v, "capabilities refused without a section");
	for (i = 0; i < BKH_CAPS; i++)
		if (!rule_ok(v, h->cap_rules[i]))
			return fail(v, "capability without its rule");
	return true;
}

static bool verify_sockets(struct bkh_verifier *v)
{
	const struct bkh_blob_hdr *h = v->hdr;
	const struct bkh_socket_rule *r = span_at(v, &h->socket_rules);
	u32 i;

	if (!(h->sections & (1U << BKH_SECTION_SOCKET))) {
		for (i = 0; i < BKH_FAMILIES; i++)
			if (h->socket_allow[i] != 0xffff)
				return fail(v, "sockets refused without a section");
	}
	for (i = 0; i < h->socket_rules.count; i++)
		if (r[i].family >= BKH_FAMILIES || !rule_ok(v, r[i].rule))
			return fail(v, "socket rule is wrong");
	return true;
}

static bool verify_accepts(struct bkh_verifier *v)
{
	const struct bkh_blob_hdr *h = v->hdr;
	const struct bkh_accept *a = span_at(v, &h->accepts);
	const u32 *list = span_at(v, &h->rule_list);
	u32 i;

	if (!h->accepts.count || a[0].allow || a[0].deny)
		return fail(v, "first accept is not empty");
	for (i = 0; i < h->accepts.count; i++) {
		u32 spoken = a[i].allow | a[i].deny;

		relax_at(i);
		if (spoken & ~BULKHEAD_PERM_ALL || a[i].allow & a[i].deny ||
		    a[i].rules > h->rule_list.count ||
		    bkh_count_bits(spoken) >
			    h->rule_list.count - a[i].rules)
			return fail(v, "accept is wrong");
	}
	for (i = 0; i < h->rule_list.count; i++) {
		relax_at(i);
		if (!rule_ok(v, list[i]))
			return fail(v, "rule list is wrong");
	}
	return true;
}

static u32 state_table(const struct bkh_state *s)
{
	return bkh_key_table(s->key);
}

static bool state_ok(const struct bkh_blob_hdr *h, const struct bkh_table *t,
		     const struct bkh_state *s)
{
	u32 table = state_table(s);
	u32 bare;

	if (table >= h->tables.count)
		return false;
	bare = t[table].flags & BKH_TABLE_EDGES ? 0 : BKH_STATE_BARE;
	return s->key == (bkh_key(table, 0) | bare) &&
	       s->accept < h->accepts.count;
}

static bool verify_states(struct bkh_verifier *v)
{
	const struct bkh_blob_hdr *h = v->hdr;
	const struct bkh_state *s = span_at(v, &h->states);
	const struct bkh_table *t = span_at(v, &h->tables);
	u32 i;

	if (h->states.count <= BKH_STATE_START || !h->tables.count)
		return fail(v, "path automaton is empty");
	for (i = 0; i < h->states.count; i++) {
		relax_at(i);
		if (!state_ok(h, t, &s[i]))
			return fail(v, "path state is wrong");
	}
	if (s[BKH_STATE_DEAD].accept ||
	    t[state_table(&s[BKH_STATE_DEAD])].other != BKH_STATE_DEAD ||
	    !(t[state_table(&s[BKH_STATE_DEAD])].flags &
	      BKH_TABLE_ABSORBING))
		return fail(v, "dead state is alive");
	return true;
}

static bool verify_tables(struct bkh_verifier *v)
{
	const struct bkh_blob_hdr *h = v->hdr;
	const struct bkh_state *s = span_at(v, &h->states);
	const struct bkh_table *t = span_at(v, &h->tables);
	u32 i;

	for (i = 0; i < h->tables.count; i++) {
		relax_at(i);
		if (t[i].other >= h->states.count ||
		    (t[i].dfa != BKH_NONE && t[i].dfa >= h->dfas.count) ||
		    (t[i].fallback != BKH_NONE &&
		     t[i].fallback >= h->tables.count) ||
		    t[i].flags & ~(BKH_TABLE_EDGES | BKH_TABLE_ABSORBING))
			return fail(v, "path table is wrong");
		if (t[i].flags & BKH_TABLE_ABSORBING &&
		    (t[i].flags & BKH_TABLE_EDGES || t[i].dfa != BKH_NONE ||
		     t[i].fallback != BKH_NONE || state_table(&s[t[i].other]) != i))
			return fail(v, "absorbing table has ways out");
	}
	return true;
}

static bool same_edge(const u8 *names, const struct bkh_edge *a,
		      const struct bkh_edge *b)
{
	u32 len = bkh_edge_len(a);

	return a->key == b->key &&
	       !memcmp(names + a->name, names + b->name, len);
}

/* Found from its home, and no twin before it. Chains are known to ascend. */
static bool edge_reachable(struct bkh_verifier *v, const struct bkh_edge *edges,
			   u32 cell, const u8 *names)
{
	const struct bkh_edge *e = &edges[cell];
	u64 hash = bkh_name_hash(names + e->name, bkh_edge_len(e));
	u32 i = bkh_edge_slot(e->key, hash) & (v->hdr->edge_homes - 1);
	u32 n = 0;

	while (i != cell) {
		if (++n > PROBE_MAX || ++v->probes > v->hdr->size)
			return false;
		if (edges[i].key == BKH_NONE || same_edge(names, &edges[i], e))
			return false;
		if (!edges[i].chain)
			return false;
		i += edges[i].chain;
	}
	return true;
}

/* To a cell that lies ahead and is no home. */
static bool chain_ok(const struct bkh_blob_hdr *h, u32 cell, u32 chain)
{
	return !chain || (chain < h->edges.count - cell &&
			  cell + chain >= h->edge_homes);
}

static bool edge_ok(const struct bkh_verifier *v, const struct bkh_edge *e)
{
	const struct bkh_blob_hdr *h = v->hdr;
	const struct bkh_table *t = span_at(v, &h->tables);
	const u8 *name = (const u8 *)span_at(v, &h->strings) + e->name;
	u32 table = bkh_key_table(e->key), len = bkh_edge_len(e);

	if (table >= h->tables.count || e->next >= h->states.count ||
	    !(t[table].flags & BKH_TABLE_EDGES))
		return false;
	if (!len || e->name > h->strings.count ||
	    (len < 8 ? 8 : len) > h->strings.count - e->name)
		return false;
	return !memchr(name, '/', len) && !memchr(name, 0, len);
}

static bool verify_edges(struct bkh_verifier *v)
{
	const struct bkh_blob_hdr *h = v->hdr;
	const struct bkh_edge *e = span_at(v, &h->edges);
	const u8 *names = span_at(v, &h->strings);
	u32 i;

	if (!is_power_of_two(h->edge_homes) || h->edge_homes > h->edges.count)
		return fail(v, "literal hash has a wrong size");
	for (i = 0; i < h->edges.count; i++) {
		relax_at(i);
		if (e[i].key == BKH_NONE ? e[i].chain : !edge_ok(v, &e[i]))
			return fail(v, "literal is wrong");
		if (!chain_ok(h, i, e[i].chain))
			return fail(v, "chain of literals goes astray");
	}
	for (i = 0; i < h->edges.count; i++) {
		relax_at(i);
		if (e[i].key != BKH_NONE && !edge_reachable(v, e, i, names))
			return fail(v, "literal can't be found");
	}
	return true;
}

/* @n bytes at blob offset @off lie in the automata's data. */
static bool in_dfa_data(const struct bkh_verifier *v, u32 off, u64 n, u32 align)
{
	const struct bkh_span *s = &v->hdr->dfa_data;

	return !(off & (align - 1)) && off >= s->off &&
	       off - s->off <= s->count && n <= s->count - (off - s->off);
}

static bool suffix_ok(const struct bkh_verifier *v, const struct bkh_dfa *d)
{
	return d->n_classes && d->n_classes <= BKH_SUFFIX_MAX &&
	       d->final < v->hdr->states.count;
}

static bool dfa_ok(struct bkh_verifier *v, const struct bkh_dfa *d)
{
	u64 n_trans = (u64)d->n_states * d->n_classes;
	const u16 *trans = (const u16 *)(v->base + d->trans);
	const u32 *final = (const u32 *)(v->base + d->final);
	u64 i;

	if (!d->n_states)
		return suffix_ok(v, d);
	if (!d->n_classes || d->n_classes > 256 ||
	    !in_dfa_data(v, d->classes, 256, 1) ||
	    !in_dfa_data(v, d->trans, n_trans * sizeof(u16), sizeof(u16)) ||
	    !in_dfa_data(v, d->final, d->n_states * sizeof(u32), sizeof(u32)))
		return false;
	v->dfa_work += 256 + n_trans + d->n_states;
	if (v->dfa_work > (u64)v->hdr->size * DFA_WORK_FACTOR)
		return false;
	for (i = 0; i < 256; i++)
		if (v->base[d->classes + i] >= d->n_classes)
			return false;
	for (i = 0; i < n_trans; i++) {
		relax_at(i);
		if (trans[i] >= d->n_states)
			return false;
	}
	for (i = 0; i < d->n_states; i++)
		if (final[i] >= v->hdr->states.count)
			return false;
	return true;
}

static bool verify_dfas(struct bkh_verifier *v)
{
	const struct bkh_dfa *d = span_at(v, &v->hdr->dfas);
	u32 i;

	for (i = 0; i < v->hdr->dfas.count; i++) {
		relax_at(i);
		if (!dfa_ok(v, &d[i]))
			return fail(v, "byte automaton is wrong");
	}
	return true;
}

bool bkh_blob_verify(const void *data, size_t size, const char **why)
{
	struct bkh_verifier v = { .base = data, .hdr = data };

	if (verify_header(&v, size) && verify_spans(&v) && verify_rules(&v) &&
	    verify_defaults(&v) && verify_caps(&v) && verify_sockets(&v) &&
	    verify_accepts(&v) && verify_states(&v) && verify_tables(&v) &&
	    verify_edges(&v) && verify_dfas(&v) &&
	    bkh_net_verify(&v, &v.hdr->egress, BKH_SECTION_EGRESS) &&
	    bkh_net_verify(&v, &v.hdr->listen, BKH_SECTION_LISTEN))
		return true;
	*why = v.why;
	return false;
}
