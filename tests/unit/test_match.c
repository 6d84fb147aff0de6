// SPDX-License-Identifier: GPL-2.0-only
/* The path automaton against the oracle, on random policies and paths. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "names.h"
#include "oracle.h"
#include "support.h"

#define RULES_MAX	24
#define GLOB_MAX	256

/* Few and similar, so that rules overlap. */
static const char *const literals[] = {
	"a", "b", "c", "ab", "ba", "abc", "a.b", "b.c", "aab", "bin", "lib", "etc",
};

static const char *const patterns[] = {
	"a*", "*b", "*a*", "?", "??", "[ab]", "[!a]", "[^b]*", "a?c", "*.c", "*.b", "[a-c]b",
	"b[a-b]*", "*", "a*b*c", "[]a]*", "\\*", "l*", "*n", "[a\\-c]?",
};

struct policy_text {
	struct oracle_path_rule rules[RULES_MAX];
	char globs[RULES_MAX][4][GLOB_MAX];
	unsigned int n;
	bool default_allow;
	struct text yaml;
};

static const char *pick(struct rng *r, const char *const *from, size_t n)
{
	return from[rng_below(r, n)];
}

#define PICK(r, from) pick(r, from, sizeof(from) / sizeof(from[0]))

static void random_glob(struct rng *r, char out[GLOB_MAX])
{
	unsigned int i, depth = rng_below(r, 5);
	bool deep = false;

	strcpy(out, depth ? "" : "/");
	for (i = 0; i < depth; i++) {
		unsigned int kind = rng_below(r, 10);

		strcat(out, "/");
		if (kind < 2 && !deep) {
			strcat(out, "**");
			deep = true;
			continue;
		}
		deep = false;
		strcat(out, kind < 6 ? PICK(r, literals) : PICK(r, patterns));
	}
}

static void random_path(struct rng *r, char out[GLOB_MAX])
{
	unsigned int i, depth = rng_below(r, 6);

	strcpy(out, depth ? "" : "/");
	for (i = 0; i < depth; i++) {
		strcat(out, "/");
		if (rng_below(r, 4))
			strcat(out, PICK(r, literals));
		else
			sprintf(out + strlen(out), "%c%c", "abc*]-.x"[rng_below(r, 8)],
				"abcln"[rng_below(r, 5)]);
	}
}

static void random_policy(struct rng *r, struct policy_text *p)
{
	unsigned int line = 7, i, k;
	char letters[PERM_LETTERS_MAX];

	text_reset(&p->yaml);
	p->n = rng_below(r, RULES_MAX);
	p->default_allow = rng_below(r, 2);
	text_add(&p->yaml, "bulkhead: 1\npolicy: p\nmode: enforce\nfile:\n  default: %s\n  rules:%s\n",
		 p->default_allow ? "allow" : "deny", p->n ? "" : " []");
	for (i = 0; i < p->n; i++) {
		struct oracle_path_rule *rule = &p->rules[i];

		rule->allow = rng_below(r, 2);
		rule->perms = 1U << rng_below(r, BULKHEAD_PERM_COUNT);
		if (rng_below(r, 2))
			rule->perms |= rng_below(r, BULKHEAD_PERM_ALL) & rng_below(r, 1024);
		rule->n_globs = 1 + rng_below(r, 4);
		rule->line = line++;
		text_add(&p->yaml, "    - '%s %s", rule->allow ? "allow" : "deny",
			 perm_letters(rule->perms, letters));
		for (k = 0; k < rule->n_globs; k++) {
			random_glob(r, p->globs[i][k]);
			rule->globs[k] = p->globs[i][k];
			text_add(&p->yaml, "%s%s", k ? ", " : " ", rule->globs[k]);
		}
		text_add(&p->yaml, "'\n");
	}
}

static bool check_path(const struct policy_text *p, const struct bkh_policy *policy,
		       const char *path)
{
	uint32_t state = match_path(policy, path);
	unsigned int bit;

	for (bit = 0; bit < BULKHEAD_PERM_COUNT; bit++) {
		bool want = p->default_allow;
		unsigned int line = oracle_path(p->rules, p->n, path, 1U << bit, &want);
		struct bkh_verdict v = bkh_path_verdict(policy, state, 1U << bit);
		unsigned int got_line = policy->rules[v.rule].line;

		if (v.allow == want && v.by_default == !line && got_line == (line ? line : 5) &&
		    (bkh_path_perms(policy, state) >> bit & 1) == want)
			continue;
		fprintf(stderr, "%s bit %u: want %s by line %u, got %s by line %u\n%s", path, bit,
			want ? "allow" : "deny", line, v.allow ? "allow" : "deny", got_line,
			p->yaml.s);
		return false;
	}
	return true;
}

static void test_random_policies(void **state)
{
	struct policy_text *p = calloc(1, sizeof(*p));
	unsigned int round, i;

	(void)state;
	for (round = 0; round < 1500; round++) {
		struct rng r = rng_of(test_seed() + round);
		struct compiled c;
		bool ok = true;

		random_policy(&r, p);
		compile_text(&c, p->yaml.s);
		for (i = 0; i < 60 && ok; i++) {
			char path[GLOB_MAX];

			random_path(&r, path);
			ok = check_path(p, &c.policy, path);
		}
		compiled_free(&c);
		if (!ok)
			fail_msg("BULKHEAD_SEED=%llu",
				 (unsigned long long)(test_seed() + round));
	}
	text_free(&p->yaml);
	free(p);
}

/* cgroup patterns are matched by another function: the same meaning. */
static void test_glob_match(void **state)
{
	struct rng r = rng_of(test_seed());
	unsigned int i;

	(void)state;
	for (i = 0; i < 200000; i++) {
		char glob[GLOB_MAX], path[GLOB_MAX];

		random_glob(&r, glob);
		random_path(&r, path);
		if (bkh_glob_match(glob, path) != oracle_glob(glob, path))
			fail_msg("'%s' on '%s': want %d; BULKHEAD_SEED=%llu", glob, path,
				 oracle_glob(glob, path), (unsigned long long)test_seed());
	}
}

/* More than one permission: refused if one is, and the rule is the lowest refused one's. */
static void test_combined(void **state)
{
	struct compiled c;
	struct bkh_verdict v;

	(void)state;
	compile_text(&c, "bulkhead: 1\npolicy: p\nmode: enforce\nfile:\n  default: deny\n  rules:\n"
			 "  - allow rw /a\n  - deny w /a\n");
	v = bkh_path_verdict(&c.policy, match_path(&c.policy, "/a"),
			     BULKHEAD_PERM_READ | BULKHEAD_PERM_WRITE);
	assert_false(v.allow);
	assert_int_equal(c.policy.rules[v.rule].line, 8);
	v = bkh_path_verdict(&c.policy, match_path(&c.policy, "/a"), BULKHEAD_PERM_READ);
	assert_true(v.allow);
	assert_int_equal(c.policy.rules[v.rule].line, 7);
	compiled_free(&c);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_random_policies),
		cmocka_unit_test(test_glob_match),
		cmocka_unit_test(test_combined),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
