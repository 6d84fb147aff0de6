// SPDX-License-Identifier: GPL-2.0-only
/*
 * The decision: requests matched against a verified blob; addresses and ports
 * are in match_net.c. Pure functions of their arguments; see match.h.
 */
#ifdef __KERNEL__
#include <linux/bitops.h>
#include <linux/string.h>
#else
#include <string.h>
#endif

#include <linux/bulkhead.h>

#include "match.h"

/* 2^64 divided by the golden ratio, odd: spreads short names well. */
#define HASH_FACTOR 0x9e3779b97f4a7c15ULL

static inline const void *at(const struct bkh_policy *p, u32 off)
{
	return (const u8 *)p->hdr + off;
}

void bkh_policy_init(struct bkh_policy *p, const void *blob)
{
	p->hdr = blob;
	p->states = at(p, p->hdr->states.off);
	p->tables = at(p, p->hdr->tables.off);
	p->edges = at(p, p->hdr->edges.off);
	p->edge_mask = p->hdr->edge_homes - 1;
	p->accepts = at(p, p->hdr->accepts.off);
	p->rule_list = at(p, p->hdr->rule_list.off);
	p->rules = at(p, p->hdr->rules.off);
	p->strings = at(p, p->hdr->strings.off);
	bkh_net_init(&p->net[0], blob, &p->hdr->egress);
	bkh_net_init(&p->net[1], blob, &p->hdr->listen);
}

#ifndef __KERNEL__
#define likely(x) __builtin_expect(!!(x), 1)
#define unlikely(x) __builtin_expect(!!(x), 0)
#define noinline
#define __cold
#endif

static inline u64 load64(const u8 *p)
{
	u64 v;

	memcpy(&v, p, sizeof(v));
	return v;
}

static inline u32 load32(const u8 *p)
{
	u32 v;

	memcpy(&v, p, sizeof(v));
	return v;
}

/*
 * A name by its ends: as many bytes from the start and up to the end, which may
 * overlap, so no load leaves the name. How many is a constant wherever it
 * matters: the width.
 */
#define WIDTH_LONG	8	/* from 8 bytes */
#define WIDTH_MIDDLE	4	/* from 4 */
#define WIDTH_SHORT	1	/* the first, the middle, the last */

static __always_inline u64 name_head(const u8 *name, u32 width)
{
	if (width == WIDTH_LONG)
		return load64(name);
	return width == WIDTH_MIDDLE ? load32(name) : name[0];
}

static __always_inline u64 name_tail(const u8 *name, u32 len, u32 width)
{
	if (width == WIDTH_LONG)
		return load64(name + len - 8);
	if (width == WIDTH_MIDDLE)
		return load32(name + len - 4);
	return (u32)name[len >> 1] << 8 | name[len - 1];
}

/* Longer than 16 bytes: what the first and the last 8 don't cover. */
static noinline __cold u32 hash_middle(const u8 *name, u32 len)
{
	u64 h = 0;

	for (; len > 16; len -= 8) {
		name += 8;
		h = (h ^ load64(name)) * HASH_FACTOR;
		h ^= h >> 32;
	}
	return h >> 32;
}

static noinline __cold bool same_middle(const u8 *x, const u8 *y, u32 len)
{
	return !memcmp(x, y, len);
}

/* The top of the product, where every bit of the name counts, comes lowest. */
static __always_inline u32 hash_ends(u64 head, u64 tail)
{
	return __builtin_bswap64((head ^ (tail << 29 | tail >> 35)) *
				 HASH_FACTOR);
}

static __always_inline bool is_edge(const struct bkh_policy *p,
				    const struct bkh_edge *e, const u8 *name,
				    u32 len, u32 width)
{
	const u8 *s = (const u8 *)p->strings + e->name;

	return bkh_edge_len(e) == len &&
	       name_head(s, width) == name_head(name, width) &&
	       name_tail(s, len, width) == name_tail(name, len, width) &&
	       (width != WIDTH_LONG || likely(len <= 16) ||
		same_middle(s, name, len));
}

static __always_inline u32 name_width(u32 len)
{
	if (len >= WIDTH_LONG)
		return WIDTH_LONG;
	return len >= WIDTH_MIDDLE ? WIDTH_MIDDLE : WIDTH_SHORT;
}

/* Not in its home cell. Chains ascend, so this ends. */
static noinline const struct bkh_edge *
find_further(const struct bkh_policy *p, u32 table, u32 cell,
	     const struct bkh_name *name)
{
	u32 width = name_width(name->len);

	do {
		const struct bkh_edge *e = &p->edges[cell];

		if (e->table == table &&
		    is_edge(p, e, name->name, name->len, width))
			return e;
		cell = bkh_edge_chain(e);
	} while (cell);
	return NULL;
}

static __always_inline const struct bkh_edge *
find_width(const struct bkh_policy *p, u32 table, const struct bkh_name *name,
	   u32 width)
{
	const u8 *s = name->name;
	u32 len = name->len;
	u32 hash = hash_ends(name_head(s, width), name_tail(s, len, width));
	const struct bkh_edge *e;

	if (width == WIDTH_LONG && unlikely(len > 16))
		hash ^= hash_middle(s, len);
	e = &p->edges[bkh_edge_slot(table, hash) & p->edge_mask];
	if (likely(e->table == table) && likely(is_edge(p, e, s, len, width)))
		return e;
	if (!bkh_edge_chain(e))
		return NULL;
	return find_further(p, table, bkh_edge_chain(e), name);
}

static __always_inline const struct bkh_edge *
find_edge(const struct bkh_policy *p, u32 table, const struct bkh_name *name)
{
	if (name->len >= WIDTH_LONG)
		return find_width(p, table, name, WIDTH_LONG);
	if (name->len >= WIDTH_MIDDLE)
		return find_width(p, table, name, WIDTH_MIDDLE);
	return find_width(p, table, name, WIDTH_SHORT);
}

u32 bkh_name_hash(const u8 *name, u32 len)
{
	u32 width = name_width(len);
	u32 hash = hash_ends(name_head(name, width),
			     name_tail(name, len, width));

	return len > 16 ? hash ^ hash_middle(name, len) : hash;
}

static u32 run_dfa(const struct bkh_policy *p, u32 index,
		   const struct bkh_name *name)
{
	const struct bkh_dfa *dfa =
		(const struct bkh_dfa *)at(p, p->hdr->dfas.off) + index;
	const u8 *classes = at(p, dfa->classes);
	const u16 *trans = at(p, dfa->trans);
	const u32 *final = at(p, dfa->final);
	const u8 *c = name->name, *end = c + name->len;
	const u32 n_classes = dfa->n_classes;
	u32 s = 0;

	while (c < end)
		s = trans[s * n_classes + classes[*c++]];
	return final[s];
}

/* No literal of @t's own is @name. */
static noinline u32 step_aside(const struct bkh_policy *p,
			       const struct bkh_table *t,
			       const struct bkh_name *name)
{
	if (t->fallback != BKH_NONE) {
		const struct bkh_edge *e = find_edge(p, t->fallback, name);

		if (e)
			return e->next;
	}
	if (t->dfa != BKH_NONE)
		return run_dfa(p, t->dfa, name);
	return t->other;
}

u32 bkh_match_path(const struct bkh_policy *p, const struct bkh_name *names,
		   u32 n)
{
	const struct bkh_name *name = names + n;
	u32 state = BKH_STATE_START;

	while (name != names) {
		u32 table = p->states[state].table;
		const struct bkh_table *t = &p->tables[table];
		const struct bkh_edge *e;

		/* Nothing below makes a difference: spare the rest. */
		if (t->flags & BKH_TABLE_ABSORBING)
			return t->other;
		/* Without literals none is found, which is rarer than a test. */
		e = find_edge(p, table, --name);
		if (likely(e))
			state = e->next;
		else if ((t->fallback & t->dfa) == BKH_NONE)
			state = t->other;
		else
			state = step_aside(p, t, name);
	}
	return state;
}

struct bkh_verdict bkh_path_verdict(const struct bkh_policy *p, u32 state,
				    u32 perms)
{
	const struct bkh_accept *a = &p->accepts[p->states[state].accept];
	u32 refused = perms & ~bkh_path_perms(p, state);
	u32 spoken = a->allow | a->deny;
	u32 deciding = refused ? refused : perms;
	u32 bit = deciding & -deciding;
	enum bkh_section section = BKH_SECTION_FILE;
	struct bkh_verdict v = { .allow = !refused };

	if (spoken & bit) {
		v.rule = p->rule_list[a->rules + bkh_count_bits(spoken & (bit - 1))];
		return v;
	}
	if (bit == BULKHEAD_PERM_EXEC && bkh_governs(p, BKH_SECTION_EXEC))
		section = BKH_SECTION_EXEC;
	v.rule = p->hdr->default_rule[section];
	v.by_default = true;
	return v;
}

struct bkh_verdict bkh_cap_verdict(const struct bkh_policy *p, u32 cap)
{
	struct bkh_verdict v = {
		.rule = p->hdr->cap_rules[cap],
		.allow = p->hdr->caps >> cap & 1,
	};

	v.by_default = v.rule ==
		       p->hdr->default_rule[BKH_SECTION_CAPABILITY];
	return v;
}

struct bkh_verdict bkh_socket_verdict(const struct bkh_policy *p, u32 family,
				      u32 type)
{
	const struct bkh_socket_rule *r = at(p, p->hdr->socket_rules.off);
	u32 def = p->hdr->default_rule[BKH_SECTION_SOCKET];
	struct bkh_verdict v = { .rule = def, .by_default = true };
	u32 i;

	if (!bkh_governs(p, BKH_SECTION_SOCKET)) {
		v.allow = true;
		return v;
	}
	if (family >= BKH_FAMILIES || type >= BKH_TYPES) {
		v.allow = p->rules[def].action == BULKHEAD_VERDICT_ALLOW;
		return v;
	}
	v.allow = p->hdr->socket_allow[family] >> type & 1;
	for (i = 0; i < p->hdr->socket_rules.count; i++) {
		bool allows = p->rules[r[i].rule].action ==
			      BULKHEAD_VERDICT_ALLOW;

		if (r[i].family == family && (r[i].types >> type & 1) &&
		    allows == v.allow) {
			v.rule = r[i].rule;
			v.by_default = false;
			break;
		}
	}
	return v;
}

/* One `[...]` at @g against @c; returns what follows it, NULL if it is open. */
static const char *class_match(const char *g, const char *end, u8 c, bool *hit)
{
	bool negate = false, found = false;

	g++;
	if (g < end && (*g == '!' || *g == '^')) {
		negate = true;
		g++;
	}
	for (bool first = true; g < end; first = false) {
		u8 lo, hi;

		if (*g == ']' && !first) {
			*hit = found != negate;
			return g + 1;
		}
		if (*g == '\\' && g + 1 < end)
			g++;
		lo = hi = *g++;
		if (g + 1 < end && *g == '-' && g[1] != ']') {
			g++;
			if (*g == '\\' && g + 1 < end)
				g++;
			hi = *g++;
		}
		found |= c >= lo && c <= hi;
	}
	return NULL;
}

/* One element of a glob against one byte; returns what follows, NULL: no. */
static const char *element_match(const char *g, const char *end, u8 c)
{
	bool hit = false;

	if (g == end)
		return NULL;
	if (*g == '?')
		return g + 1;
	if (*g == '[') {
		g = class_match(g, end, c, &hit);
		return hit ? g : NULL;
	}
	if (*g == '\\' && g + 1 < end)
		g++;
	return (u8)*g == c ? g + 1 : NULL;
}

/* Backtracks to the last star alone, which is enough: time is g times s. */
static bool component_match(const char *g, const char *g_end,
			    const char *s, const char *s_end)
{
	const char *star_g = NULL, *star_s = NULL;

	while (s < s_end) {
		const char *next;

		if (g < g_end && *g == '*') {
			star_g = ++g;
			star_s = s;
			continue;
		}
		next = element_match(g, g_end, *s);
		if (next) {
			g = next;
			s++;
			continue;
		}
		if (!star_g)
			return false;
		g = star_g;
		s = ++star_s;
	}
	while (g < g_end && *g == '*')
		g++;
	return g == g_end;
}

/* End of the component that starts at @s. */
static const char *component_end(const char *s)
{
	const char *slash = strchr(s, '/');

	return slash ? slash : s + strlen(s);
}

/* @s stands on a slash or on the end: the component behind it. */
static const char *component_start(const char *s)
{
	return *s == '/' ? s + 1 : s;
}

bool bkh_glob_match(const char *glob, const char *path)
{
	const char *g = component_start(glob), *s = component_start(path);
	const char *star_g = NULL, *star_s = NULL;

	if (*glob != '/' || *path != '/')
		return false;
	while (*s) {
		const char *g_end = component_end(g);
		const char *s_end = component_end(s);

		if (g_end - g == 2 && !memcmp(g, "**", 2)) {
			g = star_g = component_start(g_end);
			star_s = s;
		} else if (g != g_end && component_match(g, g_end, s, s_end)) {
			g = component_start(g_end);
			s = component_start(s_end);
		} else if (star_g) {
			g = star_g;
			s = star_s = component_start(component_end(star_s));
		} else {
			return false;
		}
	}
	while (!strcmp(g, "**") || !strncmp(g, "**/", 3))
		g = component_start(component_end(g));
	return !*g;
}
