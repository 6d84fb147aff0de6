/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The walk through the path automaton, for match.c and for callers that have
 * their names elsewhere than in an array of struct bkh_name. To be inlined:
 * where names lie, and how far past their ends may be read, costs nothing then.
 */
#ifndef BKH_MATCH_NAMES_H
#define BKH_MATCH_NAMES_H

#ifndef __KERNEL__
#include <string.h>
#ifndef likely
#define likely(x) __builtin_expect(!!(x), 1)
#define unlikely(x) __builtin_expect(!!(x), 0)
#endif
#endif

#include "match.h"

/* By length: the bytes of a word that belong to a name of up to eight. */
extern const u64 bkh_name_masks[9];

static __always_inline u64 bkh_load64(const void *p)
{
	u64 v;

	memcpy(&v, p, sizeof(v));
	return v;
}

/* A name of 9 bytes or more by its ends, which may overlap. */
static __always_inline u64 bkh_hash_ends(u64 head, u64 tail)
{
	return tail ^ (head << 29 | head >> 35);
}

/* Names of more than 16 bytes: for what lies between the ends. */
u64 bkh_hash_middle(const u8 *name, u32 len);

/*
 * The state behind a name that no literal in its home is: by the literals from
 * @chain on (0: none), by the byte automaton, or what the table has for the
 * rest.
 */
u32 bkh_step_aside(const struct bkh_policy *p, u32 table, u32 chain,
		   const u8 *name, u32 len);

static __always_inline const struct bkh_edge *
bkh_edge_home(const struct bkh_policy *p, u32 table, u64 hash)
{
	return &p->edges[bkh_edge_slot(table, hash) & p->edge_mask];
}

static __always_inline bool bkh_edge_may_be(const struct bkh_edge *e, u32 table,
					    u32 len)
{
	return likely(e->table == table) && likely(bkh_edge_len(e) == len);
}

/**
 * struct bkh_names_at - names for bkh_match_names()
 * @size: bytes from one to the next in their array, the leaf being the first
 * @get: the one at @at
 * @hold: whether the length that was got goes with the bytes: then they may be
 *	read one by one. What is matched otherwise has to be thrown away. NULL:
 *	always.
 * @whole_words: eight bytes can be read at any name of up to eight, and sixteen
 *	at any of up to sixteen, whatever length it is said to have
 */
struct bkh_names_at {
	size_t size;
	struct bkh_name (*get)(const void *at);
	bool (*hold)(const void *context);
	bool whole_words;
};

/* A name of up to eight bytes, as a word. */
static __always_inline u64 bkh_short_name(const u8 *name, u32 len, bool whole)
{
	u64 word = 0;

	if (whole)
		return bkh_load64(name) & bkh_name_masks[len];
	memcpy(&word, name, len);
	return word;
}

static __always_inline bool bkh_names_hold(const struct bkh_names_at *at,
					   const void *context)
{
	return !at->hold || at->hold(context);
}

/* The literal @e is a name of up to eight bytes. */
static __always_inline bool bkh_edge_is_short(const struct bkh_policy *p,
					      const struct bkh_edge *e,
					      u32 table, u64 word, u32 len)
{
	/* The verifier has seen to it that eight bytes are there. */
	return bkh_edge_may_be(e, table, len) &&
	       likely((bkh_load64(p->strings + e->name) &
		       bkh_name_masks[len]) == word);
}

static __always_inline u64 bkh_long_hash(const u8 *name, u32 len)
{
	u64 hash = bkh_hash_ends(bkh_load64(name), bkh_load64(name + len - 8));

	if (unlikely(len > 16))
		hash ^= bkh_hash_middle(name, len);
	return hash;
}

static __always_inline bool bkh_edge_is_long(const struct bkh_policy *p,
					     const struct bkh_edge *e,
					     u32 table, const u8 *name, u32 len)
{
	const u8 *s = (const u8 *)p->strings + e->name;

	return bkh_edge_may_be(e, table, len) &&
	       likely(bkh_load64(s) == bkh_load64(name)) &&
	       likely(bkh_load64(s + len - 8) == bkh_load64(name + len - 8)) &&
	       (likely(len <= 16) || !memcmp(s, name, len));
}

/**
 * bkh_match_names - walk the path automaton
 * @p: policy
 * @leaf: array of names
 * @end: of the array; where it is empty, the path is "/"
 * @at: what is to be known of the names; constant
 * @context: for @at->hold
 *
 * Return: a state, for bkh_path_verdict() and bkh_path_perms().
 */
static __always_inline unsigned long
bkh_match_names(const struct bkh_policy *p, const void *leaf, const void *end,
		const struct bkh_names_at at, const void *context)
{
	unsigned long state = BKH_STATE_START;
	const u8 *cursor = end;

	while (cursor != leaf) {
		u32 table = p->states[state].table;
		const struct bkh_table *t;
		struct bkh_name name;
		u32 chain = 0;

		cursor -= at.size;
		name = at.get(cursor);
		if (unlikely(table & BKH_STATE_BARE)) {
			table &= ~BKH_STATE_BARE;
			/* Nothing below makes a difference: spare the rest. */
			if (p->tables[table].flags & BKH_TABLE_ABSORBING)
				return p->tables[table].other;
		} else if (likely(name.len <= 8)) {
			u64 word = bkh_short_name(name.name, name.len,
						  at.whole_words);
			const struct bkh_edge *e = bkh_edge_home(p, table, word);

			if (bkh_edge_is_short(p, e, table, word, name.len)) {
				state = e->next;
				continue;
			}
			chain = bkh_edge_chain(e);
		} else if (likely(name.len <= 16) ||
			   bkh_names_hold(&at, context)) {
			u64 hash = bkh_long_hash(name.name, name.len);
			const struct bkh_edge *e = bkh_edge_home(p, table, hash);

			if (bkh_edge_is_long(p, e, table, name.name,
					     name.len)) {
				state = e->next;
				continue;
			}
			chain = bkh_edge_chain(e);
		}
		t = &p->tables[table];
		if (likely(!chain) && (t->fallback & t->dfa) == BKH_NONE) {
			state = t->other;
			continue;
		}
		if (unlikely(!bkh_names_hold(&at, context)))
			break;
		state = bkh_step_aside(p, table, chain, name.name, name.len);
	}
	return state;
}

#endif /* BKH_MATCH_NAMES_H */
