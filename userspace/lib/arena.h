/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Memory that is freed all at once. An arena owns every byte it gave out.
 *
 * Nobody checks for a null pointer: when memory runs out, the arena jumps to
 * the place its owner named with arena_catch(), which frees it and answers
 * -ENOMEM. Functions that hold anything else than arena memory must not
 * allocate from an arena while they do.
 */
#ifndef BULKHEAD_ARENA_H
#define BULKHEAD_ARENA_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

struct arena_chunk;

struct arena {
	struct arena_chunk *chunks;
	size_t used;
	jmp_buf oom;
};

/* Nonzero when it returns for the second time: memory ran out. */
#define arena_catch(a) setjmp((a)->oom)

/* Jump to where @from does. */
void arena_share_catch(struct arena *a, const struct arena *from);

void arena_free(struct arena *a);

/* Zeroed, aligned for anything; never null, @size may be 0. */
void *arena_alloc(struct arena *a, size_t size);
void *arena_array(struct arena *a, size_t n, size_t size);
char *arena_strndup(struct arena *a, const char *s, size_t len);
char *arena_strdup(struct arena *a, const char *s);
char *arena_printf(struct arena *a, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));

/* A growing array: declare vec_of(type) and push. */
#define vec_of(type)			\
	struct {			\
		type *v;		\
		size_t n, cap;		\
	}

void *arena_grow(struct arena *a, void *old, size_t *cap, size_t size);

/* Pointer to a new, zeroed element at the end of @vec. */
#define vec_push(a, vec)						\
	({								\
		if ((vec)->n == (vec)->cap)				\
			(vec)->v = arena_grow(a, (vec)->v, &(vec)->cap,	\
					      sizeof(*(vec)->v));	\
		&(vec)->v[(vec)->n++];					\
	})

#endif /* BULKHEAD_ARENA_H */
