/* SPDX-License-Identifier: GPL-2.0-only */
/* A blob while it is written: bytes that grow, tables that start aligned. */
#ifndef BULKHEAD_BLOBOUT_H
#define BULKHEAD_BLOBOUT_H

#include "automaton.h"
#include "blob.h"
#include "intern.h"
#include "ports.h"

struct blobout {
	struct arena *arena;
	uint8_t *bytes;
	size_t size, cap;
};

/* @count records of @size bytes at the next multiple of eight. */
struct bkh_span blobout_table(struct blobout *o, const void *data, size_t count, size_t size);

/* Zero-terminated strings, each kept once. */
struct pool {
	struct interner strings;
	struct set offsets;	/* by number */
	vec_of(char) bytes;
};

uint32_t pool_add(struct pool *pool, struct arena *a, const char *s);

/*
 * The automaton's tables. @rule_ids: rule entry by the automaton's rules.
 * @strings: has the rules' texts, and gets the
 * names that don't stand there.
 */
void blobout_paths(struct blobout *o, struct bkh_blob_hdr *hdr, const struct automaton *m,
		   const uint32_t *rule_ids, struct pool *strings);

void blobout_ports(struct blobout *o, struct bkh_net *net, const struct ports *ports);

#endif /* BULKHEAD_BLOBOUT_H */
