/* SPDX-License-Identifier: GPL-2.0-only */
/* A rule's text, word by word; commas are words. */
#ifndef BULKHEAD_WORDS_H
#define BULKHEAD_WORDS_H

#include <stdbool.h>
#include <string.h>

#include "yaml.h"

struct arena;
struct diag;

struct words {
	struct arena *arena;
	struct diag *diag;
	const struct yaml_node *scalar;
	size_t off;
};

/* @len is 0 at the end. */
struct word {
	const char *s;
	size_t len;
};

static inline struct word words_peek(struct words *w)
{
	const char *s = w->scalar->text;
	struct word word;

	w->off += strspn(s + w->off, " \t\n");
	word.s = s + w->off;
	word.len = *word.s == ',' ? 1 : strcspn(word.s, " \t\n,");
	return word;
}

static inline struct word words_next(struct words *w)
{
	struct word word = words_peek(w);

	w->off += word.len;
	return word;
}

static inline bool word_is(const struct word *word, const char *s)
{
	return word->len == strlen(s) && !memcmp(word->s, s, word->len);
}

static inline struct loc word_part(const struct words *w, const struct word *word, size_t off,
				   size_t len)
{
	return yaml_part(w->scalar, word->s - w->scalar->text + off, len);
}

static inline struct loc word_loc(const struct words *w, const struct word *word)
{
	return word_part(w, word, 0, word->len ?: 1);
}

#endif /* BULKHEAD_WORDS_H */
