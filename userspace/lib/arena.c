// SPDX-License-Identifier: GPL-2.0-only
/* Memory that is freed all at once. An arena owns every byte it gave out. */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "arena.h"

/* Sanitizers see each allocation when every one has a chunk of its own. */
#ifdef __SANITIZE_ADDRESS__
static const size_t chunk_min = 1;
#else
static const size_t chunk_min = 65536;
#endif

#define ALIGN		_Alignof(max_align_t)

struct arena_chunk {
	struct arena_chunk *next;
	size_t size;
	_Alignas(max_align_t) char bytes[];
};

void arena_share_catch(struct arena *a, const struct arena *from)
{
	memcpy(&a->oom, &from->oom, sizeof(a->oom));
}

void arena_free(struct arena *a)
{
	struct arena_chunk *c = a->chunks;

	while (c) {
		struct arena_chunk *next = c->next;

		free(c);
		c = next;
	}
	a->chunks = NULL;
	a->used = 0;
}

static void new_chunk(struct arena *a, size_t size)
{
	size_t bytes = size < chunk_min ? chunk_min : size;
	struct arena_chunk *c;

	c = calloc(1, sizeof(*c) + bytes);
	if (!c)
		longjmp(a->oom, 1);
	c->size = bytes;
	c->next = a->chunks;
	a->chunks = c;
	a->used = 0;
}

void *arena_alloc(struct arena *a, size_t size)
{
	size_t start = (a->used + ALIGN - 1) & ~(ALIGN - 1);

	if (size > SIZE_MAX / 2)
		longjmp(a->oom, 1);
	if (!a->chunks || start > a->chunks->size || a->chunks->size - start < size ||
	    chunk_min == 1) {
		new_chunk(a, size);
		start = 0;
	}
	a->used = start + size;
	return a->chunks->bytes + start;
}

void *arena_array(struct arena *a, size_t n, size_t size)
{
	size_t bytes;

	if (__builtin_mul_overflow(n, size, &bytes))
		longjmp(a->oom, 1);
	return arena_alloc(a, bytes);
}

char *arena_strndup(struct arena *a, const char *s, size_t len)
{
	char *copy = arena_alloc(a, len + 1);

	memcpy(copy, s, len);
	return copy;
}

char *arena_strdup(struct arena *a, const char *s)
{
	return arena_strndup(a, s, strlen(s));
}

char *arena_printf(struct arena *a, const char *fmt, ...)
{
	va_list ap, again;
	char *s;
	int len;

	va_start(ap, fmt);
	va_copy(again, ap);
	len = vsnprintf(NULL, 0, fmt, ap);
	s = arena_alloc(a, len < 0 ? 1 : (size_t)len + 1);
	if (len >= 0)
		vsnprintf(s, (size_t)len + 1, fmt, again);
	va_end(again);
	va_end(ap);
	return s;
}

void *arena_grow(struct arena *a, void *old, size_t *cap, size_t size)
{
	size_t new_cap = *cap ? *cap * 2 : 8;
	void *new = arena_array(a, new_cap, size);

	if (*cap)
		memcpy(new, old, *cap * size);
	*cap = new_cap;
	return new;
}
