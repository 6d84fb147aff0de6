// SPDX-License-Identifier: GPL-2.0-only
/*
 * The decision: requests matched against a verified blob. Pure functions of
 * their arguments; see match.h.
 */
#ifdef __KERNEL__
#include <linux/bitops.h>
#include <linux/in.h>
#include <linux/in6.h>
#include <linux/string.h>
#else
#include <netinet/in.h>
#include <string.h>
#endif

#include <linux/bulkhead.h>

#include "match.h"

#ifndef IPPROTO_UDPLITE
#define IPPROTO_UDPLITE 136
#endif

/* 2^64 divided by the golden ratio, odd: spreads short names well. */
#define HASH_FACTOR 0x9e3779b97f4a7c15ULL

static inline const void *at(const struct bkh_policy *p, u32 off)
{
	return (const u8 *)p->hdr + off;
}

static bool net_denies(const struct bkh_policy *p, const struct bkh_net *net)
{
	const struct bkh_net_verdict *v = at(p, net->verdicts.off);
	u32 i;

	for (i = 0; i < net->verdicts.count; i++)
		if (!(v[i].flags & (BKH_NET_ALLOW | BKH_NET_DEFAULT)))
			return true;
	return false;
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
	p->denies[0] = net_denies(p, &p->hdr->egress);
	p->denies[1] = net_denies(p, &p->hdr->listen);
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

static inline u64 get_be64(const u8 *p)
{
	return (u64)p[0] << 56 | (u64)p[1] << 48 | (u64)p[2] << 40 |
	       (u64)p[3] << 32 | (u64)p[4] << 24 | (u64)p[5] << 16 |
	       (u64)p[6] << 8 | p[7];
}

static inline u32 prefix_slot(u64 hi, u64 lo, u32 len)
{
	return (((hi * HASH_FACTOR) ^ lo ^ len) * HASH_FACTOR) >> 32;
}

u32 bkh_prefix_slot(const u8 addr[16], u32 len)
{
	return prefix_slot(get_be64(addr), get_be64(addr + 8), len);
}

/* The top @len bits of 64; @len may be 0 or more than 64. */
static inline u64 mask64(u32 len)
{
	if (!len)
		return 0;
	return len >= 64 ? ~0ULL : ~0ULL << (64 - len);
}

static const struct bkh_prefix *find_prefix(const struct bkh_policy *p,
					    const struct bkh_net *net,
					    u64 hi, u64 lo, u32 len)
{
	const struct bkh_prefix *table = at(p, net->prefixes.off);
	u32 mask = net->prefixes.count - 1;
	u32 i;

	hi &= mask64(len);
	lo &= len > 64 ? mask64(len - 64) : 0;
	/* The verifier has seen an empty slot, so this ends. */
	for (i = prefix_slot(hi, lo, len);; i++) {
		const struct bkh_prefix *e = &table[i & mask];

		if (e->len == BKH_NONE)
			return NULL;
		if (e->len == len && get_be64(e->addr) == hi &&
		    get_be64(e->addr + 8) == lo)
			return e;
	}
}

/* Longest prefix first: the first hit decides. */
static u32 net_class(const struct bkh_policy *p, const struct bkh_net *net,
		     const u8 *addr, bool v4)
{
	const u64 *lens = v4 ? net->lens4 : net->lens6;
	u64 hi = get_be64(addr), lo = get_be64(addr + 8);
	int w;

	if (!net->prefixes.count)
		return 0;
	for (w = 2; w >= 0; w--) {
		u64 bits = lens[w];

		while (bits) {
			u32 bit = 63 - __builtin_clzll(bits);
			const struct bkh_prefix *e;

			e = find_prefix(p, net, hi, lo, w * 64 + bit);
			if (e)
				return e->class;
			bits &= ~(1ULL << bit);
		}
	}
	return 0;
}

struct bkh_verdict bkh_net_verdict(const struct bkh_policy *p,
				   enum bkh_section section,
				   enum bkh_proto proto, const u8 addr[16],
				   bool v4, u16 port)
{
	const struct bkh_net *net = section == BKH_SECTION_EGRESS ?
				    &p->hdr->egress : &p->hdr->listen;
	const struct bkh_net_class *classes = at(p, net->classes.off);
	const struct bkh_port_table *tables = at(p, net->tables.off);
	const struct bkh_port_page *pages = at(p, net->pages.off);
	const struct bkh_net_verdict *verdicts = at(p, net->verdicts.off);
	u32 table = classes[net_class(p, net, addr, v4)].ports[proto];
	u32 page = tables[table].page[port >> 8];
	const struct bkh_net_verdict *v =
		&verdicts[pages[page].verdict[port & 0xff]];

	return (struct bkh_verdict){
		.rule = v->rule,
		.allow = v->flags & BKH_NET_ALLOW,
		.by_default = v->flags & BKH_NET_DEFAULT,
	};
}

static inline bool class_allows(const struct bkh_policy *p,
				const struct bkh_net *net, u32 class,
				enum bkh_proto proto, u16 port)
{
	const struct bkh_net_class *classes = at(p, net->classes.off);
	const struct bkh_port_table *tables = at(p, net->tables.off);
	const struct bkh_port_page *pages = at(p, net->pages.off);
	const struct bkh_net_verdict *verdicts = at(p, net->verdicts.off);
	u32 page = tables[classes[class].ports[proto]].page[port >> 8];

	return verdicts[pages[page].verdict[port & 0xff]].flags & BKH_NET_ALLOW;
}

/* As net_class(), for ::ffff:a.b.c.d: of the longest prefix of 96 and more. */
static u32 net_class_v4(const struct bkh_policy *p, const struct bkh_net *net,
			u32 v4)
{
	u64 lo = 0xffffULL << 32 | v4;
	u64 bits = net->lens4[1] & ~0xffffffffULL;
	const struct bkh_prefix *e;

	if (!net->prefixes.count)
		return 0;
	if (net->lens4[2] & 1) {
		e = find_prefix(p, net, 0, lo, 128);
		if (e)
			return e->class;
	}
	while (bits) {
		u32 bit = 63 - __builtin_clzll(bits);

		e = find_prefix(p, net, 0, lo, 64 + bit);
		if (e)
			return e->class;
		bits &= ~(1ULL << bit);
	}
	return 0;
}

bool bkh_net_allows(const struct bkh_policy *p, enum bkh_section section,
		    enum bkh_proto proto, u32 v4, u16 port)
{
	bool egress = section == BKH_SECTION_EGRESS;
	const struct bkh_net *net = egress ? &p->hdr->egress : &p->hdr->listen;

	if (!p->denies[!egress] && class_allows(p, net, 0, proto, port))
		return true;
	return class_allows(p, net, net_class_v4(p, net, v4), proto, port);
}

enum bkh_proto bkh_proto_of(u32 ipproto)
{
	switch (ipproto) {
	case IPPROTO_TCP:
	case 262:	/* IPPROTO_MPTCP: TCP on the wire */
		return BKH_PROTO_TCP;
	case IPPROTO_UDP:
		return BKH_PROTO_UDP;
	case IPPROTO_UDPLITE:
		return BKH_PROTO_UDPLITE;
	case IPPROTO_SCTP:
		return BKH_PROTO_SCTP;
	case IPPROTO_ICMP:
	case IPPROTO_ICMPV6:
		return BKH_PROTO_ICMP;
	default:
		return BKH_PROTO_OTHER;
	}
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
