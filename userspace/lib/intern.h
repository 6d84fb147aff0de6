/* SPDX-License-Identifier: GPL-2.0-only */
/* Equal bytes get equal numbers, from 0 up. Owns nothing: the arena does. */
#ifndef BULKHEAD_INTERN_H
#define BULKHEAD_INTERN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "arena.h"

struct interned {
	const void *data;
	uint32_t len;
	uint32_t hash;
};

struct interner {
	struct arena *arena;
	vec_of(struct interned) all;
	uint32_t *slots;	/* number + 1; 0 is empty */
	uint32_t mask;
};

/* @is_new may be null. Copies what it has not seen. */
uint32_t intern(struct interner *in, const void *data, size_t len, bool *is_new);

#define INTERN_NONE	UINT32_MAX

/* The number of what was interned before, or INTERN_NONE. */
uint32_t intern_find(const struct interner *in, const void *data, size_t len);

#endif /* BULKHEAD_INTERN_H */
