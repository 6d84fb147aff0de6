/* SPDX-License-Identifier: GPL-2.0-only */
/* Pieces that reading a document and reading its sections share. */
#ifndef BULKHEAD_PARSE_H
#define BULKHEAD_PARSE_H

#include "document.h"
#include "names.h"
#include "yaml.h"

struct parser {
	struct arena *arena;
	struct diag *diag;
	struct document *doc;
};

/* A key, and who reads its value. */
struct key {
	const char *name;
	void (*read)(struct parser *p, void *into, const struct yaml_node *key,
		     const struct yaml_node *value);
};

/* Hands each value to its reader; unknown keys are errors. */
void parse_keys(struct parser *p, const struct yaml_node *map, const struct key *keys, size_t n,
		void *into, const char *where);

/* Complain unless @node is of @kind. */
bool parse_expect(struct parser *p, const struct yaml_node *node, enum yaml_kind kind,
		  const char *what);

/* A word out of a table: its number, or -1 after an error. */
int parse_word(struct parser *p, const struct yaml_node *node, const struct names *names,
	       const char *what);

/* Error about a word at @loc, with the nearest known one. */
void parse_unknown(struct parser *p, const struct loc *loc, const struct names *names,
		   const char *what, const char *word, size_t len);

/* One section of a policy or of shared rules. */
void parse_section(struct parser *p, enum bkh_section which, const struct yaml_node *key,
		   const struct yaml_node *value);

#endif /* BULKHEAD_PARSE_H */
