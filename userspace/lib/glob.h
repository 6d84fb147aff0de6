/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Globs as rules write them: braces expanded, checked, split at the slashes.
 * Owns nothing: the arena does.
 */
#ifndef BULKHEAD_GLOB_H
#define BULKHEAD_GLOB_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct arena;
struct diag;
struct yaml_node;

/* What one written glob may stand for. */
#define GLOB_EXPANSIONS_MAX	1024

enum glob_part_kind {
	GLOB_LITERAL,	/* a name */
	GLOB_PATTERN,	/* *, ?, [] among other bytes */
	GLOB_ANY,	/* a star alone: any name */
	GLOB_DEEP,	/* two stars: any number of names */
};

/* One component. @text of a literal has no escapes left. */
struct glob_part {
	enum glob_part_kind kind;
	const char *text;
	size_t len;
};

/* No two GLOB_DEEP in a row; none at all for the path "/". */
struct glob {
	const char *text;
	const struct glob_part *parts;
	size_t n;
};

struct globs {
	const struct glob **v;
	size_t n, cap;
};

/* One byte of a pattern: a set of bytes, or any run of bytes. */
struct glob_element {
	bool star;
	uint32_t set[8];
};

static inline bool glob_element_has(const struct glob_element *e, unsigned char c)
{
	return e->set[c / 32] >> (c % 32) & 1;
}

/**
 * glob_list - read globs that commas separate
 * @a: owner of all
 * @d: errors, with the column
 * @scalar: text that holds them
 * @off: where in it they start; they go on to its end
 * @out: added to, as they stand, braces expanded
 *
 * Return: whether all were sound.
 */
bool glob_list(struct arena *a, struct diag *d, const struct yaml_node *scalar, size_t off,
	       struct globs *out);

/* Elements of a GLOB_PATTERN; at most part->len of them. Returns how many. */
size_t glob_elements(const struct glob_part *part, struct glob_element *out);

#endif /* BULKHEAD_GLOB_H */
