/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The decision: requests matched against a verified blob.
 *
 * No locks, no allocation, no sleep, no notion of a current task: the callers
 * pass everything in. The same source in module, command, tests, fuzzers. The
 * blob must have passed bkh_blob_verify(); nothing is checked again.
 */
#ifndef BKH_MATCH_H
#define BKH_MATCH_H

#include "blob.h"

/**
 * struct bkh_net_view - the ports and addresses of a section, at hand
 * @net: its head
 * @prefixes: and what follows: its tables
 * @denies: some rule denies. Where none does, what is allowed to any address
 *	is allowed to each.
 */
struct bkh_net_view {
	const struct bkh_net *net;
	const struct bkh_prefix *prefixes;
	const struct bkh_net_class *classes;
	const struct bkh_port_table *tables;
	const struct bkh_port_page *pages;
	const struct bkh_net_verdict *verdicts;
	bool denies;
};

/**
 * struct bkh_policy - a verified blob, its tables at hand
 * @net: of egress and of listen
 *
 * Owned by whoever owns the blob; const once published.
 */
struct bkh_policy {
	const struct bkh_blob_hdr *hdr;
	const struct bkh_state *states;
	const struct bkh_table *tables;
	const struct bkh_edge *edges;
	const struct bkh_dfa *dfas;
	u32 edge_mask;
	u32 perm_default;
	const struct bkh_accept *accepts;
	const u32 *rule_list;
	const struct bkh_rule *rules;
	const char *strings;
	struct bkh_net_view net[2];
};

/**
 * struct bkh_verdict - the answer to a request
 * @rule: index into the policy's rule table
 * @allow: whether the policy allows it, mode aside
 * @by_default: no rule spoke; the section's default did
 */
struct bkh_verdict {
	u32 rule;
	bool allow;
	bool by_default;
};

/**
 * struct bkh_name - a path component
 * @name: bytes; need not be zero-terminated
 * @len: 1 to BKH_COMPONENT_MAX
 */
struct bkh_name {
	const u8 *name;
	u32 len;
};

/* Fill @p from a verified blob. */
void bkh_policy_init(struct bkh_policy *p, const void *blob);

/* For bkh_policy_init(): fill @v from a section of the blob. */
void bkh_net_init(struct bkh_net_view *v, const void *blob,
		  const struct bkh_net *net);

/* Hash of a component; @len isn't 0. */
u64 bkh_name_hash(const u8 *name, u32 len);

/* Bits set in a mask of permissions; few enough for the plain way. */
static inline u32 bkh_count_bits(u32 mask)
{
	u32 n = 0;

	for (; mask; mask &= mask - 1)
		n++;
	return n;
}

/* 2^64 divided by the golden ratio, odd: spreads short names well. */
#define BKH_HASH_FACTOR 0x9e3779b97f4a7c15ULL

/*
 * Home cell of a literal, before masking: the top of the product, where every
 * bit of name and key counts, comes lowest.
 */
static inline u32 bkh_edge_slot(u32 key, u64 hash)
{
	return __builtin_bswap64((hash ^ (key * 0x9e3779b1U)) *
				 BKH_HASH_FACTOR);
}

/* Home slot of a prefix, before masking. */
u32 bkh_prefix_slot(const u8 addr[16], u32 len);

/**
 * bkh_match_path - walk the path automaton
 * @p: policy
 * @names: components, the leaf first: names[n - 1] is the one below the root
 * @n: number of components; 0 is the path "/"
 *
 * Return: a state, for bkh_path_verdict() and bkh_path_allows().
 */
u32 bkh_match_path(const struct bkh_policy *p, const struct bkh_name *names,
		   u32 n);

/* The permissions of @state: everything the policy allows there. */
static inline u32 bkh_path_perms(const struct bkh_policy *p,
				 unsigned long state)
{
	const struct bkh_accept *a = &p->accepts[p->states[state].accept];

	return a->allow | (p->perm_default & ~a->deny);
}

/**
 * bkh_path_verdict - judge permissions in a state
 * @p: policy
 * @state: from bkh_match_path()
 * @perms: BULKHEAD_PERM_*, at least one
 *
 * Return: allowed only if every one of @perms is. The rule is the one that
 * decided the lowest refused permission, or the lowest of @perms if none is.
 */
struct bkh_verdict bkh_path_verdict(const struct bkh_policy *p, u32 state,
				    u32 perms);

/* Index of the table that a state goes on with. */
static inline u32 bkh_state_table(const struct bkh_policy *p, u32 state)
{
	return bkh_key_table(p->states[state].key);
}

/* The path rules below two states are the same. */
static inline bool bkh_same_subtree(const struct bkh_policy *p, u32 a, u32 b)
{
	return p->states[a].key == p->states[b].key;
}

/* @cap is a CAP_*, below BKH_CAPS. */
struct bkh_verdict bkh_cap_verdict(const struct bkh_policy *p, u32 cap);

/* Any @family and @type: what is out of range is judged by the default. */
struct bkh_verdict bkh_socket_verdict(const struct bkh_policy *p, u32 family,
				      u32 type);

/**
 * bkh_net_verdict - judge a port
 * @p: policy
 * @section: BKH_SECTION_EGRESS or BKH_SECTION_LISTEN, and governed by @p
 * @proto: enum bkh_proto
 * @addr: 128 bits, IPv4 as ::ffff:a.b.c.d
 * @v4: whether it is one of those
 * @port: host order
 */
struct bkh_verdict bkh_net_verdict(const struct bkh_policy *p,
				   enum bkh_section section,
				   enum bkh_proto proto, const u8 addr[16],
				   bool v4, u16 port);

/**
 * bkh_net_allows - whether a port is allowed, in fewer steps
 * @p: policy that governs @section
 * @section: BKH_SECTION_EGRESS or BKH_SECTION_LISTEN
 * @proto: enum bkh_proto
 * @v4: IPv4 address, host order
 * @port: host order
 *
 * Return: what bkh_net_verdict() says for that address.
 */
bool bkh_net_allows(const struct bkh_policy *p, enum bkh_section section,
		    enum bkh_proto proto, u32 v4, u16 port);

/* The same for an IPv6 address that is none of IPv4: its halves, host order. */
bool bkh_net_allows_v6(const struct bkh_policy *p, enum bkh_section section,
		       enum bkh_proto proto, u64 hi, u64 lo, u16 port);

/* enum bkh_proto of an IPPROTO_*. */
enum bkh_proto bkh_proto_of(u32 ipproto);

static inline bool bkh_governs(const struct bkh_policy *p,
			       enum bkh_section section)
{
	return p->hdr->sections & (1U << section);
}

/* Whether an escape guard is on. */
static inline bool bkh_guards(const struct bkh_policy *p, u32 preset)
{
	return p->hdr->presets >> preset & 1;
}

/**
 * bkh_glob_match - match a whole path against one glob
 * @glob: zero-terminated; the syntax of file rules, braces expanded
 * @path: zero-terminated, absolute
 *
 * For cgroup patterns: few, matched when a cgroup is made. Time is bounded by
 * the product of the lengths.
 */
bool bkh_glob_match(const char *glob, const char *path);

#endif /* BKH_MATCH_H */
