// SPDX-License-Identifier: GPL-2.0-only
/*
 * Port tables by address. Verdicts are numbered by precedence: denials in
 * order, allowances in order, the default. So of all rules that hold for a
 * port, the one with the lowest verdict decides, and a class of a prefix is
 * that of the prefix around it with its own rules painted over.
 */
#include <string.h>
#include <linux/bulkhead.h>

#include "diag.h"
#include "ports.h"

#define PAGES_MAX	65536
#define VERDICTS_MAX	65536

/* A port table while it is painted; pages are unpacked when they are touched. */
struct canvas {
	struct bkh_port_table table;
	struct bkh_port_page pages[256];
	bool touched[256];
};

struct builder {
	struct arena *arena;
	struct ports *out;
	const struct net_rule *rules;
	size_t n;
	uint16_t *verdict_of;	/* by rule */
	struct interner prefixes;
	struct canvas *canvas;
};

static void number_verdicts(struct builder *b, struct net_rule fallback)
{
	bool allows = fallback.rule->action == BULKHEAD_VERDICT_ALLOW;
	unsigned int pass;
	size_t i;

	b->verdict_of = arena_array(b->arena, b->n, sizeof(*b->verdict_of));
	for (pass = 0; pass < 2; pass++) {
		uint8_t action = pass ? BULKHEAD_VERDICT_ALLOW : BULKHEAD_VERDICT_DENY;

		for (i = 0; i < b->n; i++) {
			if (b->rules[i].rule->action != action)
				continue;
			b->verdict_of[i] = b->out->verdicts.n;
			*vec_push(b->arena, &b->out->verdicts) = (struct bkh_net_verdict){
				b->rules[i].id, pass ? BKH_NET_ALLOW : 0 };
		}
	}
	*vec_push(b->arena, &b->out->verdicts) = (struct bkh_net_verdict){
		fallback.id, BKH_NET_DEFAULT | (allows ? BKH_NET_ALLOW : 0) };
}

/* Number of the table in which the default decides every port. */
static uint32_t empty_table(struct builder *b)
{
	struct bkh_port_page page;
	struct bkh_port_table table;
	uint32_t number;
	unsigned int i;

	for (i = 0; i < 256; i++)
		page.verdict[i] = b->out->verdicts.n - 1;
	number = intern(&b->out->pages, &page, sizeof(page), NULL);
	for (i = 0; i < 256; i++)
		table.page[i] = number;
	return intern(&b->out->tables, &table, sizeof(table), NULL);
}

static void canvas_load(struct builder *b, uint32_t table)
{
	struct canvas *c = b->canvas;

	memcpy(&c->table, b->out->tables.all.v[table].data, sizeof(c->table));
	memset(c->touched, 0, sizeof(c->touched));
}

static uint16_t *canvas_page(struct builder *b, unsigned int page)
{
	struct canvas *c = b->canvas;

	if (!c->touched[page])
		memcpy(&c->pages[page], b->out->pages.all.v[c->table.page[page]].data,
		       sizeof(c->pages[page]));
	c->touched[page] = true;
	return c->pages[page].verdict;
}

static void canvas_paint(struct builder *b, const struct port_range *range, uint16_t verdict)
{
	unsigned int page, low;

	for (page = range->lo >> 8; page <= range->hi >> 8; page++) {
		unsigned int from = page == range->lo >> 8 ? range->lo & 255 : 0;
		unsigned int to = page == range->hi >> 8 ? range->hi & 255 : 255;
		uint16_t *verdicts = canvas_page(b, page);

		for (low = from; low <= to; low++)
			if (verdict < verdicts[low])
				verdicts[low] = verdict;
	}
}

static uint32_t canvas_store(struct builder *b)
{
	struct canvas *c = b->canvas;
	unsigned int i;

	for (i = 0; i < 256; i++)
		if (c->touched[i])
			c->table.page[i] = intern(&b->out->pages, &c->pages[i],
						  sizeof(c->pages[i]), NULL);
	return intern(&b->out->tables, &c->table, sizeof(c->table), NULL);
}

static bool any_about(const struct builder *b, const struct set *rules, enum bkh_proto proto)
{
	size_t i;

	for (i = 0; i < rules->n; i++)
		if (b->rules[rules->v[i]].rule->proto == proto)
			return true;
	return false;
}

/* The class @around with @rules painted over. */
static uint32_t paint_class(struct builder *b, struct bkh_net_class around,
			    const struct set *rules)
{
	enum bkh_proto proto;
	size_t i, k;

	for (proto = 0; proto < BKH_PROTO_OTHER; proto++) {
		if (!any_about(b, rules, proto))
			continue;
		canvas_load(b, around.ports[proto]);
		for (i = 0; i < rules->n; i++) {
			const struct rule *rule = b->rules[rules->v[i]].rule;

			for (k = 0; rule->proto == proto && k < rule->ranges.n; k++)
				canvas_paint(b, &rule->ranges.v[k], b->verdict_of[rules->v[i]]);
		}
		around.ports[proto] = canvas_store(b);
	}
	return intern(&b->out->classes, &around, sizeof(around), NULL);
}

static struct bkh_net_class class_at(const struct builder *b, uint32_t number)
{
	return *(const struct bkh_net_class *)b->out->classes.all.v[number].data;
}

/* Class 0: rules that name no address. */
static void paint_anywhere(struct builder *b)
{
	struct bkh_net_class class;
	struct set rules = { 0 };
	uint32_t empty = empty_table(b);
	size_t i;

	for (i = 0; i < __BKH_PROTO_MAX; i++)
		class.ports[i] = empty;
	for (i = 0; i < b->n; i++)
		if (!b->rules[i].rule->prefixes.n)
			set_add(b->arena, &rules, i);
	paint_class(b, class, &rules);
}

struct prefix_key {
	uint8_t addr[16];
	uint32_t len;
	uint32_t v4;
};

static struct prefix_key key_of(const uint8_t addr[16], uint32_t len, bool v4)
{
	struct prefix_key key = { .len = len, .v4 = v4 };
	uint32_t i;

	memcpy(key.addr, addr, 16);
	for (i = len; i < 128; i++)
		key.addr[i / 8] &= ~(1U << (7 - i % 8));
	return key;
}

static void add_prefix(struct builder *b, const struct net_prefix *prefix, uint32_t rule)
{
	struct prefix_key key = key_of(prefix->addr, prefix->len, prefix->v4);
	uint64_t *lens = prefix->v4 ? b->out->lens4 : b->out->lens6;
	struct port_prefix *p;
	uint32_t number;
	bool is_new;

	number = intern(&b->prefixes, &key, sizeof(key), &is_new);
	if (is_new) {
		p = vec_push(b->arena, &b->out->prefixes);
		memcpy(p->out.addr, key.addr, 16);
		p->out.len = key.len;
		p->v4 = prefix->v4;
		lens[key.len / 64] |= 1ULL << (key.len % 64);
	}
	set_add(b->arena, &b->out->prefixes.v[number].rules, rule);
}

/*
 * Who serves on no address in particular serves on each. So what may not be
 * served on one of them may not be served on all; and IPv6's also takes IPv4.
 */
static void add_wildcards(struct builder *b, const struct net_prefix *prefix, uint32_t rule)
{
	static const struct net_prefix v4 = { .addr = { [10] = 0xff, 0xff }, .len = 128, .v4 = true };
	static const struct net_prefix v6 = { .len = 128 };

	if (prefix->v4)
		add_prefix(b, &v4, rule);
	add_prefix(b, &v6, rule);
}

static void add_prefixes(struct builder *b, const struct rule *rule, uint32_t number)
{
	bool serves = rule->section == BKH_SECTION_LISTEN;
	size_t k;

	for (k = 0; k < rule->prefixes.n; k++) {
		add_prefix(b, &rule->prefixes.v[k], number);
		if (serves && rule->action == BULKHEAD_VERDICT_DENY)
			add_wildcards(b, &rule->prefixes.v[k], number);
	}
}

/* Class of the longest prefix around @p, which is shorter: it is painted. */
static uint32_t class_around(const struct builder *b, const struct port_prefix *p)
{
	const uint64_t *lens = p->v4 ? b->out->lens4 : b->out->lens6;
	uint32_t len = p->out.len;

	while (len--) {
		struct prefix_key key;
		uint32_t number;

		if (!(lens[len / 64] >> (len % 64) & 1))
			continue;
		key = key_of(p->out.addr, len, p->v4);
		number = intern_find(&b->prefixes, &key, sizeof(key));
		if (number != INTERN_NONE)
			return b->out->prefixes.v[number].out.class;
	}
	return 0;
}

static void paint_prefixes(struct builder *b)
{
	uint32_t len;
	size_t i;

	/* By length, so that the prefix around is there when it is needed. */
	for (len = 0; len <= 128; len++) {
		if (!((b->out->lens4[len / 64] | b->out->lens6[len / 64]) >> (len % 64) & 1))
			continue;
		for (i = 0; i < b->out->prefixes.n; i++) {
			struct port_prefix *p = &b->out->prefixes.v[i];

			if (p->out.len != len)
				continue;
			p->out.class = paint_class(b, class_at(b, class_around(b, p)), &p->rules);
		}
	}
}

bool ports_build(struct arena *a, struct ports *out, const struct net_rule *rules, size_t n,
		 struct net_rule fallback, struct diag *d)
{
	struct builder b = { .arena = a, .out = out, .rules = rules, .n = n,
		.prefixes.arena = a };
	size_t i;

	memset(out, 0, sizeof(*out));
	out->classes.arena = out->tables.arena = out->pages.arena = a;
	if (n >= VERDICTS_MAX) {
		diag_error(d, &rules[VERDICTS_MAX - 1].rule->loc,
			   "more than %d rules in one section", VERDICTS_MAX - 1);
		return false;
	}
	b.canvas = arena_alloc(a, sizeof(*b.canvas));
	number_verdicts(&b, fallback);
	for (i = 0; i < n; i++)
		add_prefixes(&b, rules[i].rule, i);
	paint_anywhere(&b);
	paint_prefixes(&b);
	if (out->pages.all.n <= PAGES_MAX)
		return true;
	diag_error(d, &rules[n - 1].rule->loc,
		   "too complex: the port ranges of this section overlap in too many ways");
	return false;
}
