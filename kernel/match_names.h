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
 * The state behind a name that is none of the literals of table @t's own: by
 * those of the table that it leans on, by patterns, or what it has for the rest.
 * @tail is bkh_name_tail() of @name.
 */
u32 bkh_step_aside(const struct bkh_policy *p, const struct bkh_table *t,
		   const u8 *name, u32 len, u64 tail);

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
static __always_inline u64 bkh_short_name(const u8 *name, size_t len, bool whole)
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

/* The last eight bytes of a name, zeros before them where it has fewer. */
static __always_inline u64 bkh_name_tail(const u8 *name, size_t len,
					 bool whole)
{
	if (len >= 8)
		return bkh_load64(name + len - 8);
#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
	return bkh_short_name(name, len, whole) << (64 - 8 * len);
#else
	return bkh_short_name(name, len, whole) >> (64 - 8 * len);
#endif
}

static __always_inline const struct bkh_edge *
bkh_edge_home(const struct bkh_policy *p, u32 key, u64 hash)
{
	return &p->edges[bkh_edge_slot(key, hash) & p->edge_mask];
}

/*
 * Whether a name of up to eight bytes is the literal that its table and length
 * make @key; then @state is what it leads to. The verifier has seen to it that
 * chains end, and that eight bytes are there of each literal.
 */
static __always_inline bool
bkh_step_short(const struct bkh_policy *p, u32 key, const u8 *name, size_t len,
	       bool whole, unsigned long *state)
{
	const u64 mask = bkh_name_masks[len];
	const u64 word = bkh_short_name(name, len, whole);
	const struct bkh_edge *e = bkh_edge_home(p, key, word);

	while (unlikely(e->key != key) ||
	       unlikely((bkh_load64(p->strings + e->name) & mask) != word)) {
		if (likely(!e->chain))
			return false;
		e += e->chain;
	}
	*state = e->next;
	return true;
}

static __always_inline u64 bkh_long_hash(const u8 *name, size_t len)
{
	u64 hash = bkh_hash_ends(bkh_load64(name), bkh_load64(name + len - 8));

	if (unlikely(len > 16))
		hash ^= bkh_hash_middle(name, len);
	return hash;
}

static __always_inline bool bkh_is_long(const u8 *s, const u8 *name, size_t len)
{
	return likely(bkh_load64(s) == bkh_load64(name)) &&
	       likely(bkh_load64(s + len - 8) == bkh_load64(name + len - 8)) &&
	       (likely(len <= 16) || !memcmp(s, name, len));
}

/* The same for 9 bytes to BKH_COMPONENT_MAX. */
static __always_inline bool
bkh_step_long(const struct bkh_policy *p, u32 key, const u8 *name, size_t len,
	      unsigned long *state)
{
	const struct bkh_edge *e = bkh_edge_home(p, key, bkh_long_hash(name, len));

	while (unlikely(e->key != key) ||
	       unlikely(!bkh_is_long((const u8 *)p->strings + e->name, name, len))) {
		if (likely(!e->chain))
			return false;
		e += e->chain;
	}
	*state = e->next;
	return true;
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
		u32 key = p->states[state].key;
		const struct bkh_table *t;
		struct bkh_name at_cursor;
		const u8 *name;
		size_t len;

		cursor -= at.size;
		at_cursor = at.get(cursor);
		name = at_cursor.name;
		len = at_cursor.len;
		if (unlikely(key & BKH_STATE_BARE)) {
			/* Nothing below makes a difference: spare the rest. */
			t = &p->tables[bkh_key_table(key)];
			if (t->flags & BKH_TABLE_ABSORBING)
				return t->other;
		} else if (likely(len <= 8)) {
			key += len;
			if (likely(bkh_step_short(p, key, name, len,
						  at.whole_words, &state)))
				continue;
		} else if (likely(len <= 16) ||
			   (len <= BKH_COMPONENT_MAX &&
			    bkh_names_hold(&at, context))) {
			key += len;
			if (likely(bkh_step_long(p, key, name, len, &state)))
				continue;
		}
		t = &p->tables[bkh_key_table(key)];
		if (likely((t->fallback & t->dfa) == BKH_NONE)) {
			state = t->other;
			continue;
		}
		if (unlikely(!bkh_names_hold(&at, context)))
			break;
		state = bkh_step_aside(p, t, name, len,
				       bkh_name_tail(name, len, at.whole_words));
	}
	return state;
}

#endif /* BKH_MATCH_NAMES_H */
