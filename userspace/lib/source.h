/* SPDX-License-Identifier: GPL-2.0-only */
/* A policy file's text, and places in it. Owns nothing: the arena does. */
#ifndef BULKHEAD_SOURCE_H
#define BULKHEAD_SOURCE_H

#include <stddef.h>

struct arena;

/* Policy files are written by people; the largest seen have 300 KiB. */
#define SOURCE_MAX	(4U << 20)

struct source {
	const char *name;	/* absolute: what a rule's verdict names */
	const char *shown;	/* as the user named it: for messages */
	const char *text;	/* zero-terminated */
	size_t size;
	const size_t *lines;	/* where each one starts */
	size_t n_lines;
};

/* @line and @col count from 1, @col in bytes; 0 where there is no place. */
struct loc {
	const struct source *src;
	unsigned int line;
	unsigned int col;
	unsigned int len;
};

/* Take @text, which the arena must own. */
struct source *source_new(struct arena *a, const char *name, const char *text, size_t size);

/* Read a file. Returns 0 or -errno. */
int source_read(struct source **out, struct arena *a, const char *name);

/* The text of a line without its end; empty when there is no such line. */
const char *source_line(const struct source *src, unsigned int line, size_t *len);

/* @len bytes at offset @off. */
struct loc source_loc(const struct source *src, size_t off, size_t len);

/* @len bytes at @skip bytes behind @loc, on the same line. */
static inline struct loc loc_part(struct loc loc, size_t skip, size_t len)
{
	loc.col += skip;
	loc.len = len;
	return loc;
}

#endif /* BULKHEAD_SOURCE_H */
