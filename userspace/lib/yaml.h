/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * YAML to a tree in which every node knows its place.
 *
 * Only what policies need: scalars, sequences, mappings, one document a file.
 * Anchors, aliases, tags and merge keys are refused: they hide where a rule
 * comes from.
 */
#ifndef BULKHEAD_YAML_H
#define BULKHEAD_YAML_H

#include <stdbool.h>
#include <stddef.h>

#include "source.h"

struct arena;
struct diag;

enum yaml_kind {
	YAML_SCALAR,
	YAML_SEQUENCE,
	YAML_MAPPING,
};

/**
 * struct yaml_node - a node of the tree
 * @kind: what it is
 * @exact: byte n of @text stands at column loc.col + n of loc.line
 * @loc: where it starts
 * @text: scalar, zero-terminated
 * @len: its bytes
 * @items: of a sequence; of a mapping the values
 * @keys: of a mapping; scalars, no two alike
 * @n: number of @items
 */
struct yaml_node {
	enum yaml_kind kind;
	bool exact;
	struct loc loc;
	const char *text;
	size_t len;
	struct yaml_node **items;
	struct yaml_node **keys;
	size_t n;
};

/* Return: the tree, or null with errors in @d. */
struct yaml_node *yaml_parse(struct arena *a, const struct source *src, struct diag *d);

/* Place of @len bytes at @off of a scalar; all of it if that is unknown. */
struct loc yaml_part(const struct yaml_node *scalar, size_t off, size_t len);

const char *yaml_kind_name(enum yaml_kind kind);

#endif /* BULKHEAD_YAML_H */
