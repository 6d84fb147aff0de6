// SPDX-License-Identifier: GPL-2.0-only
/* What the compiler promises beside the right verdicts: sharing, size, speed. */
#include <stdio.h>
#include <string.h>

#include "support.h"

#define HEAD	"bulkhead: 1\npolicy: p\nmode: enforce\nfile:\n  default: deny\n  rules:\n"

static u32 table_at(const struct compiled *c, const char *path)
{
	return bkh_state_table(&c->policy, match_path(&c->policy, path));
}

static bool allowed(const struct compiled *c, const char *path, u32 perms)
{
	return bkh_path_verdict(&c->policy, match_path(&c->policy, path), perms).allow;
}

/* A rename across these is fine only if the rules below are the same. */
static void test_same_subtree(void **state)
{
	struct compiled c;

	(void)state;
	compile_text(&c, HEAD "  - allow rw /data/**, /spool/**\n  - deny r /data/x/secret\n"
			 "  - allow r /a/conf/x, /b/conf/x\n");
	assert_int_equal(table_at(&c, "/data/y"), table_at(&c, "/data/y/z"));
	assert_int_equal(table_at(&c, "/spool/y"), table_at(&c, "/data/y"));
	assert_int_not_equal(table_at(&c, "/data/x"), table_at(&c, "/data/y"));
	assert_int_equal(table_at(&c, "/a"), table_at(&c, "/b"));
	assert_int_equal(table_at(&c, "/nowhere"), table_at(&c, "/else/where"));
	compiled_free(&c);
}

static void test_absorbing(void **state)
{
	struct compiled c;

	(void)state;
	compile_text(&c, HEAD "  - allow r /data/**\n");
	assert_true(c.policy.tables[table_at(&c, "/data/x")].flags & BKH_TABLE_ABSORBING);
	assert_true(c.policy.tables[table_at(&c, "/nope")].flags & BKH_TABLE_ABSORBING);
	assert_false(c.policy.tables[table_at(&c, "/")].flags & BKH_TABLE_ABSORBING);
	compiled_free(&c);
}

static void test_deep_is_zero_or_more(void **state)
{
	struct compiled c;

	(void)state;
	compile_text(&c, HEAD "  - allow r /x/**, /a/**/b\n  - allow w /**\n");
	assert_true(allowed(&c, "/x", BULKHEAD_PERM_READ));
	assert_true(allowed(&c, "/x/y/z", BULKHEAD_PERM_READ));
	assert_true(allowed(&c, "/a/b", BULKHEAD_PERM_READ));
	assert_true(allowed(&c, "/a/x/y/b", BULKHEAD_PERM_READ));
	assert_false(allowed(&c, "/a", BULKHEAD_PERM_READ));
	assert_true(allowed(&c, "/", BULKHEAD_PERM_WRITE));
	compiled_free(&c);
}

/* Who may write may append; who must not append must not write. */
static void test_implied(void **state)
{
	struct compiled c;

	(void)state;
	compile_text(&c, HEAD "  - allow w /w\n  - allow a /a\n  - allow wa /da, /dw\n"
			 "  - deny a /da\n  - deny w /dw\n  - allow x /x\n  - allow m /dx\n"
			 "  - deny x /dx\n");
	assert_true(allowed(&c, "/w", BULKHEAD_PERM_APPEND));
	assert_false(allowed(&c, "/a", BULKHEAD_PERM_WRITE));
	assert_false(allowed(&c, "/da", BULKHEAD_PERM_WRITE));
	assert_false(allowed(&c, "/dw", BULKHEAD_PERM_APPEND));
	assert_true(allowed(&c, "/x", BULKHEAD_PERM_MMAP));
	assert_false(allowed(&c, "/dx", BULKHEAD_PERM_MMAP));
	compiled_free(&c);
}

/* exec and file share the automaton, and x has its own default. */
static void test_exec_and_file(void **state)
{
	struct compiled c;
	struct bkh_verdict v;

	(void)state;
	compile_text(&c, "bulkhead: 1\npolicy: p\nmode: enforce\n"
			 "exec: {default: allow, rules: [deny /bin/sh]}\n"
			 "file: {default: deny, rules: [allow rx /bin/ls]}\n");
	assert_true(allowed(&c, "/bin/ls", BULKHEAD_PERM_EXEC | BULKHEAD_PERM_READ));
	assert_true(allowed(&c, "/bin/id", BULKHEAD_PERM_EXEC));
	assert_false(allowed(&c, "/bin/id", BULKHEAD_PERM_MMAP));
	assert_false(allowed(&c, "/bin/sh", BULKHEAD_PERM_EXEC));
	v = bkh_path_verdict(&c.policy, match_path(&c.policy, "/bin/id"), BULKHEAD_PERM_EXEC);
	assert_int_equal(c.policy.rules[v.rule].section, BKH_SECTION_EXEC);
	compiled_free(&c);

	compile_text(&c, "bulkhead: 1\npolicy: p\nmode: enforce\n"
			 "exec: {default: deny, rules: [allow /bin/sh]}\n");
	assert_true(allowed(&c, "/anything", BULKHEAD_PERM_ALL & ~BULKHEAD_PERM_EXEC));
	assert_false(allowed(&c, "/anything", BULKHEAD_PERM_EXEC));
	compiled_free(&c);
}

/* Bytes of the image for @n rules of a shape. */
static size_t size_of(const char *shape, unsigned int n)
{
	struct text yaml = { 0 };
	struct compiled c;
	unsigned int i;
	size_t size;

	text_add(&yaml, "%s", HEAD);
	for (i = 0; i < n; i++) {
		char rule[256];

		snprintf(rule, sizeof(rule), shape, i, i);
		text_add(&yaml, "  - %s\n", rule);
	}
	compile_text(&c, yaml.s);
	size = c.size;
	compiled_free(&c);
	text_free(&yaml);
	return size;
}

/* None of the common shapes may grow faster than the number of rules. */
static void test_linear(void **state)
{
	static const char *const shapes[] = {
		"allow r /etc/app/file%u.conf",
		"allow r /srv/site%u/**",
		"allow r /**/name%u",
		"allow r /**/dir%u/name%u",
		"allow r /var/log/app%u*.log",
		"allow r /home/*/app%u/*.conf",
		"deny rw /srv/x%u/**/private%u",
	};
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(shapes) / sizeof(shapes[0]); i++) {
		size_t small = size_of(shapes[i], 200), large = size_of(shapes[i], 1600);

		if (large > small * 11)
			fail_msg("'%s': %zu bytes for 200 rules, %zu for 1600", shapes[i], small,
				 large);
	}
}

/* One rule with many paths needs no more than its paths. */
static void test_many_tails(void **state)
{
	struct text yaml = { 0 };
	struct compiled c;
	unsigned int i;

	(void)state;
	text_add(&yaml, HEAD "  - deny rw ");
	for (i = 0; i < 300; i++)
		text_add(&yaml, "%s/**/.dir%u/**", i ? ", " : "", i);
	text_add(&yaml, "\n");
	compile_text(&c, yaml.s);
	assert_true(c.policy.hdr->states.count < 10);
	assert_false(allowed(&c, "/x/.dir7/y/.dir9", BULKHEAD_PERM_READ));
	compiled_free(&c);
	text_free(&yaml);
}

/* A thousand ordinary rules, as an administrator writes them. */
static void test_size(void **state)
{
	size_t size = size_of("allow r /etc/app/file%u.conf", 1000);

	(void)state;
	if (size > 100 * 1000)
		fail_msg("%zu bytes", size);
}

static u32 probes_to(const struct bkh_policy *p, u32 cell)
{
	const struct bkh_edge *e = &p->edges[cell];
	u64 hash = bkh_name_hash((const u8 *)p->strings + e->name, bkh_edge_len(e));
	u32 i = bkh_edge_slot(e->key, hash) & p->edge_mask;
	u32 n = 1;

	for (; i != cell; i += p->edges[i].chain)
		n++;
	return n;
}

/* A lookup must stay short however many rules there are. */
static void test_probes(void **state)
{
	struct text yaml = { 0 };
	struct compiled c;
	u32 i, used = 0, total = 0, longest = 0, home = 0;

	(void)state;
	text_add(&yaml, "%s", HEAD);
	for (i = 0; i < 4000; i++)
		text_add(&yaml, "  - allow r /srv/site%u/app%u/etc/conf%u, /opt/p%u/lib/x\n", i / 7,
			 i, i % 13, i);
	compile_text(&c, yaml.s);
	for (i = 0; i < c.policy.hdr->edges.count; i++) {
		const struct bkh_edge *e = &c.policy.edges[i];
		u32 probes;

		if (e->key == BKH_NONE)
			continue;
		probes = probes_to(&c.policy, i);
		home += probes == 1;
		used++;
		total += probes;
		if (probes > longest)
			longest = probes;
	}
	if (2 * total > 3 * used || 2 * home < used || longest > 10)
		fail_msg("%u literals, %u at home, %u probes, at most %u", used, home, total,
			 longest);
	compiled_free(&c);
	text_free(&yaml);
}

static void test_deterministic(void **state)
{
	static const char yaml[] = HEAD "  - allow r /a/**, /b/*c, /**/d\n  - deny w /a/[x-z]*\n";
	struct compiled a, b;

	(void)state;
	compile_text(&a, yaml);
	compile_text(&b, yaml);
	assert_int_equal(a.size, b.size);
	assert_memory_equal(a.image, b.image, a.size);
	compiled_free(&a);
	compiled_free(&b);
}

static u32 state_at(const struct compiled *c, const void *name, u32 len)
{
	const struct bkh_name names[] = { { name, len } };

	return bkh_match_path(&c->policy, names, 1);
}

/* Endings are compared as a word, so short and long names differ. */
static void test_suffixes(void **state)
{
	static const char end[] = "abcdefghi", front[] = "0123456789012345678";
	char yaml[200], name[64];
	struct compiled c;
	int n, k;

	(void)state;
	for (n = 1; n <= 9; n++) {
		snprintf(yaml, sizeof(yaml), "%s  - allow r /*%.*s\n", HEAD, n, end);
		compile_text(&c, yaml);
		assert_int_equal(c.policy.hdr->dfas.count, 1);
		assert_int_equal(!c.policy.dfas[0].n_states, n <= BKH_SUFFIX_MAX);
		for (k = 0; k < 20; k++) {
			snprintf(name, sizeof(name), "/%.*s%.*s", k, front, n, end);
			assert_true(allowed(&c, name, BULKHEAD_PERM_READ));
			strcat(name, "a");
			assert_int_equal(allowed(&c, name, BULKHEAD_PERM_READ), n == 1);
			snprintf(name, sizeof(name), "/%.*sx%.*s", k, front, n - 1, end + 1);
			assert_false(allowed(&c, name, BULKHEAD_PERM_READ));
			snprintf(name, sizeof(name), "/%.*s%.*s", n == 1, front, n - 1, end + 1);
			assert_false(allowed(&c, name, BULKHEAD_PERM_READ));
		}
		compiled_free(&c);
	}
}

/* What such a name adds to its table's key makes another table's. */
static void test_long_names(void **state)
{
	struct text yaml = { 0 };
	struct compiled c;
	u32 i, other, strings;

	(void)state;
	text_add(&yaml, "%s  - allow r /a/b/c/d\n", HEAD);
	for (i = 0; i < 4000; i++)
		text_add(&yaml, "  - allow r /a/name%u\n", i);
	compile_text(&c, yaml.s);
	assert_int_equal(table_at(&c, "/a"), table_at(&c, "/") + 1);
	other = state_at(&c, "x", 1);
	strings = c.policy.hdr->strings.count;
	for (i = 0; i < c.policy.hdr->edges.count; i++) {
		const struct bkh_edge *e = &c.policy.edges[i];
		u32 len = BKH_COMPONENT_MAX + 1 + bkh_edge_len(e);

		if (e->key != BKH_NONE && len <= strings - e->name)
			assert_int_equal(state_at(&c, c.policy.strings + e->name, len), other);
	}
	compiled_free(&c);
	text_free(&yaml);
}

/* Outputs stay as they were when there are errors. */
static void test_untouched(void **state)
{
	struct compiled c = { 0 };
	struct diag d;

	(void)state;
	diag_init(&d);
	assert_false(try_compile_text(&c, "bulkhead: 1\npolicy: p\n", &d));
	assert_null(c.image);
	assert_int_equal(d.errors, 1);
	diag_clear(&d);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_same_subtree),
		cmocka_unit_test(test_suffixes),
		cmocka_unit_test(test_long_names),
		cmocka_unit_test(test_absorbing),
		cmocka_unit_test(test_deep_is_zero_or_more),
		cmocka_unit_test(test_implied),
		cmocka_unit_test(test_exec_and_file),
		cmocka_unit_test(test_linear),
		cmocka_unit_test(test_many_tails),
		cmocka_unit_test(test_size),
		cmocka_unit_test(test_probes),
		cmocka_unit_test(test_deterministic),
		cmocka_unit_test(test_untouched),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
