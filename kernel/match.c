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
#include "match_names.h"

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
	p->dfas = at(p, p->hdr->dfas.off);
	p->perm_default = p->hdr->perm_default;
	p->edge_mask = p->hdr->edge_homes - 1;
	p->accepts = at(p, p->hdr->accepts.off);
	p->rule_list = at(p, p->hdr->rule_list.off);
	p->rules = at(p, p->hdr->rules.off);
	p->strings = at(p, p->hdr->strings.off);
	bkh_net_init(&p->net[0], blob, &p->hdr->egress);
	bkh_net_init(&p->net[1], blob, &p->hdr->listen);
}

#ifndef __KERNEL__
#define noinline
#define __cold
#endif

/* The bytes that are the first ones in memory. */
#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
#define FIRST_BYTES(n) (~0ULL >> (64 - 8 * (n)))
#else
#define FIRST_BYTES(n) (~0ULL << (64 - 8 * (n)))
#endif

const u64 bkh_name_masks[9] = {
	0, FIRST_BYTES(1), FIRST_BYTES(2), FIRST_BYTES(3), FIRST_BYTES(4),
	FIRST_BYTES(5), FIRST_BYTES(6), FIRST_BYTES(7), FIRST_BYTES(8),
};

noinline __cold u64 bkh_hash_middle(const u8 *name, u32 len)
{
	u64 h = 0;

	for (; len > 16; len -= 8) {
		name += 8;
		h = (h ^ bkh_load64(name)) * BKH_HASH_FACTOR;
		h ^= h >> 32;
	}
	return h;
}

u64 bkh_name_hash(const u8 *name, u32 len)
{
	return len <= 8 ? bkh_short_name(name, len, false) :
			  bkh_long_hash(name, len);
}

static inline bool has_suffix(const struct bkh_dfa *dfa, u64 tail)
{
	u64 differs = bkh_load64(dfa->suffix) ^ tail;

	return !(differs & ~bkh_name_masks[BKH_SUFFIX_MAX - dfa->n_classes]);
}

static inline u32 run_dfa(const struct bkh_policy *p, const struct bkh_dfa *dfa,
			  const u8 *c, u32 len)
{
	const u8 *classes = at(p, dfa->classes);
	const u16 *trans = at(p, dfa->trans);
	const u32 *final = at(p, dfa->final);
	const u8 *end = c + len;
	const u32 n_classes = dfa->n_classes;
	u32 s = 0;

	while (c < end)
		s = trans[s * n_classes + classes[*c++]];
	return final[s];
}

static inline u32 step_by_pattern(const struct bkh_policy *p,
				  const struct bkh_table *t, const u8 *name,
				  u32 len, u64 tail)
{
	const struct bkh_dfa *dfa = &p->dfas[t->dfa];

	if (likely(!dfa->n_states))
		return has_suffix(dfa, tail) ? dfa->final : t->other;
	return run_dfa(p, dfa, name, len);
}

static bool step_by_literal(const struct bkh_policy *p, u32 table,
			    const u8 *name, u32 len, unsigned long *state)
{
	const u32 key = bkh_key(table, len);

	if (len <= 8)
		return bkh_step_short(p, key, name, len, false, state);
	return len <= BKH_COMPONENT_MAX &&
	       bkh_step_long(p, key, name, len, state);
}

/* On its own, so that patterns alone need no register saved. */
static noinline u32 step_by_fallback(const struct bkh_policy *p,
				     const struct bkh_table *t, const u8 *name,
				     u32 len, u64 tail)
{
	unsigned long state;

	if (step_by_literal(p, t->fallback, name, len, &state))
		return state;
	if (t->dfa == BKH_NONE)
		return t->other;
	return step_by_pattern(p, t, name, len, tail);
}

noinline u32 bkh_step_aside(const struct bkh_policy *p,
			    const struct bkh_table *t,
			    const u8 *name, u32 len, u64 tail)
{
	if (t->fallback != BKH_NONE)
		return step_by_fallback(p, t, name, len, tail);
	return step_by_pattern(p, t, name, len, tail);
}

static inline struct bkh_name get_name(const void *at)
{
	return *(const struct bkh_name *)at;
}

u32 bkh_match_path(const struct bkh_policy *p, const struct bkh_name *names,
		   u32 n)
{
	const struct bkh_names_at at = {
		.size = sizeof(*names),
		.get = get_name,
	};

	return bkh_match_names(p, names, names + n, at, NULL);
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
