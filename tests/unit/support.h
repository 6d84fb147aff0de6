/* SPDX-License-Identifier: GPL-2.0-only */
/* What all unit tests share: a repeatable random source, policies from text. */
#ifndef BULKHEAD_TEST_SUPPORT_H
#define BULKHEAD_TEST_SUPPORT_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <linux/bulkhead.h>

#include "ask.h"
#include "blob.h"
#include "diag.h"
#include "match.h"

/*
 * The seed is fixed, so a failure is one tomorrow as well; BULKHEAD_SEED
 * chooses another. Failures print it.
 */
uint64_t test_seed(void);

struct rng {
	uint64_t state;
};

struct rng rng_of(uint64_t seed);
uint64_t rng_next(struct rng *r);
uint32_t rng_below(struct rng *r, uint32_t n);

/* A growing string. */
struct text {
	char *s;
	size_t len, cap;
};

void text_add(struct text *t, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
void text_reset(struct text *t);
void text_free(struct text *t);

/* An image of one policy, and that policy. */
struct compiled {
	void *image;
	size_t size;
	struct bkh_policy policy;
};

/* Compile or fail the test, with the messages shown. */
void compile_text(struct compiled *c, const char *yaml);

/* Return: whether it compiled; messages go to @d. */
bool try_compile_text(struct compiled *c, const char *yaml, struct diag *d);

void compiled_free(struct compiled *c);

#endif /* BULKHEAD_TEST_SUPPORT_H */
