/* SPDX-License-Identifier: GPL-2.0-only */
/* The path automaton of blob.h, made from all file and exec rules. */
#ifndef BULKHEAD_AUTOMATON_H
#define BULKHEAD_AUTOMATON_H

#include <linux/bulkhead.h>

#include "blob.h"
#include "document.h"
#include "intern.h"

struct diag;

/*
 * Bounds of what one policy may grow into: 50 times what 10,000 ordinary
 * rules need, and still less than a second.
 */
#define AUTOMATON_STATES_MAX	400000
#define AUTOMATON_EDGES_MAX	2000000
#define AUTOMATON_DFA_MAX	(16U << 20)
#define AUTOMATON_WORK_MAX	8000000

/* A literal way out: @name is a number among the trie's names. */
struct automaton_edge {
	uint32_t name;
	uint32_t next;
};

/**
 * struct automaton_table - ways out of a state
 * @dfa: number of the byte automaton, BKH_NONE
 * @other: as in struct bkh_table
 * @fallback: likewise
 * @edges: ascending by name
 */
struct automaton_table {
	uint32_t dfa;
	uint32_t other;
	uint32_t fallback;
	const struct automaton_edge *edges;
	uint32_t n_edges;
};

/**
 * struct automaton_dfa - names that patterns tell apart
 * @final: by byte state, the path state
 * @suffix: of @suffix_len bytes, at its end: what just those names end in that a
 *	pattern matches. Of none: it isn't as simple as that.
 */
struct automaton_dfa {
	const uint8_t *classes;
	const uint16_t *trans;
	uint32_t *final;
	uint32_t n_states;
	uint32_t n_classes;
	uint8_t suffix[BKH_SUFFIX_MAX];
	uint32_t suffix_len;
};

/* @rules: one per bit of allow | deny, lowest bit first. */
struct automaton_accept {
	uint32_t allow;
	uint32_t deny;
	uint32_t rules[BULKHEAD_PERM_COUNT];
};

struct automaton_state {
	uint32_t table;
	uint32_t accept;
};

struct automaton {
	vec_of(struct automaton_state) states;
	vec_of(struct automaton_table) tables;
	vec_of(struct automaton_dfa) dfas;
	struct interner accepts;	/* struct automaton_accept */
	struct interner names;
};

/**
 * automaton_build - all globs at once
 * @a: owner of everything
 * @out: result
 * @rules: file and exec rules in the order in which they count; the rule ids
 *	in accepts are indices into it
 * @n: number of rules
 * @d: told when it is too complex
 *
 * Return: whether it is not.
 */
bool automaton_build(struct arena *a, struct automaton *out, const struct rule *const *rules,
		     size_t n, struct diag *d);

/* The byte state that a name leads to. */
uint32_t automaton_dfa_run(const struct automaton_dfa *d, const uint8_t *name, size_t len);

/* Merge states that no path tells apart. Keeps states 0 and 1. */
void automaton_minimize(struct arena *a, struct automaton *m);

#endif /* BULKHEAD_AUTOMATON_H */
