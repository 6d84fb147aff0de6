/* SPDX-License-Identifier: GPL-2.0-only */
/* Patterns of one component to one deterministic automaton over bytes. */
#ifndef BULKHEAD_BYTES_H
#define BULKHEAD_BYTES_H

#include <stdbool.h>
#include <stdint.h>

#include "blob.h"
#include "glob.h"
#include "set.h"

/* Indices are u16, and a policy that needs more has something else in mind. */
#define BYTES_STATES_MAX	16384

/**
 * struct byte_dfa - the automaton
 * @classes: [256], class of each byte
 * @n_classes: number of classes
 * @n_states: number of states, 0 being the start
 * @trans: [n_states][n_classes]
 * @matches: by state: the patterns that end here, ascending
 * @suffix: where the one pattern is a star and up to so many bytes: those, at its end
 * @suffix_len: how many, 0: it is none of these
 */
struct byte_dfa {
	uint8_t *classes;
	uint32_t n_classes;
	uint32_t n_states;
	uint16_t *trans;
	struct set *matches;
	uint8_t suffix[BKH_SUFFIX_MAX];
	uint32_t suffix_len;
};

/* Return: false if it would get too large. */
bool byte_dfa_build(struct arena *a, struct byte_dfa *dfa, const struct glob_part *patterns,
		    size_t n);

/* The state that a name leads to. */
uint32_t byte_dfa_run(const struct byte_dfa *dfa, const uint8_t *name, size_t len);

#endif /* BULKHEAD_BYTES_H */
