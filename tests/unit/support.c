// SPDX-License-Identifier: GPL-2.0-only
/* What all unit tests share: a repeatable random source, policies from text. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "load.h"
#include "support.h"

uint64_t test_seed(void)
{
	const char *s = getenv("BULKHEAD_SEED");

	return s ? strtoull(s, NULL, 0) : 20240229;
}

struct rng rng_of(uint64_t seed)
{
	return (struct rng){ seed };
}

/* splitmix64 */
uint64_t rng_next(struct rng *r)
{
	uint64_t z = r->state += 0x9e3779b97f4a7c15ULL;

	z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9ULL;
	z = (z ^ (z >> 27)) * 0x94d049bb133111ebULL;
	return z ^ (z >> 31);
}

uint32_t rng_below(struct rng *r, uint32_t n)
{
	return (rng_next(r) >> 32) % n;
}

void text_add(struct text *t, const char *fmt, ...)
{
	va_list ap, again;
	int n;

	va_start(ap, fmt);
	va_copy(again, ap);
	n = vsnprintf(NULL, 0, fmt, ap);
	va_end(ap);
	if (t->len + n + 1 > t->cap) {
		t->cap = (t->len + n + 1) * 2;
		t->s = realloc(t->s, t->cap);
		assert_non_null(t->s);
	}
	vsnprintf(t->s + t->len, n + 1, fmt, again);
	va_end(again);
	t->len += n;
}

void text_reset(struct text *t)
{
	t->len = 0;
	if (t->s)
		t->s[0] = '\0';
}

void text_free(struct text *t)
{
	free(t->s);
	*t = (struct text){ 0 };
}

bool try_compile_text(struct compiled *c, const char *yaml, struct diag *d)
{
	struct ruleset *rs;
	int err = ruleset_load_text(&rs, "/test/policy.yaml", yaml, strlen(yaml), d);

	if (err)
		return false;
	err = ruleset_compile(rs, &c->image, &c->size, d);
	ruleset_free(rs);
	if (err)
		return false;
	policy_at(&c->policy, c->image, 0);
	return true;
}

void compile_text(struct compiled *c, const char *yaml)
{
	struct diag d;
	bool ok;

	diag_init(&d);
	ok = try_compile_text(c, yaml, &d);
	if (!ok) {
		diag_print(&d, stderr, false);
		fprintf(stderr, "%.4000s\n", yaml);
	}
	diag_clear(&d);
	assert_true(ok);
}

void compiled_free(struct compiled *c)
{
	free(c->image);
	memset(c, 0, sizeof(*c));
}
