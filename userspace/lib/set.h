/* SPDX-License-Identifier: GPL-2.0-only */
/* Sets of small numbers, as arrays that are sorted when it matters. */
#ifndef BULKHEAD_SET_H
#define BULKHEAD_SET_H

#include <stdint.h>
#include <stdlib.h>

#include "arena.h"

struct set {
	uint32_t *v;
	size_t n, cap;
};

static inline int set_cmp(const void *a, const void *b)
{
	uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;

	return x < y ? -1 : x > y;
}

static inline void set_add(struct arena *a, struct set *s, uint32_t x)
{
	*vec_push(a, s) = x;
}

/* Sort, and drop what is there twice. */
static inline void set_normalize(struct set *s)
{
	size_t i, n = 0;

	if (s->n < 2)
		return;
	qsort(s->v, s->n, sizeof(*s->v), set_cmp);
	for (i = 0; i < s->n; i++)
		if (!n || s->v[n - 1] != s->v[i])
			s->v[n++] = s->v[i];
	s->n = n;
}

#endif /* BULKHEAD_SET_H */
