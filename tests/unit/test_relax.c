// SPDX-License-Identifier: GPL-2.0-only
/* The verifier lets others run inside of one large policy, not only between two. */
static unsigned long relaxed;

/* First, for cmocka has a fail() as well. */
#define relax() (relaxed++)
#define bkh_blob_verify counted_blob_verify
#define bkh_image_verify counted_image_verify
#define bkh_net_verify counted_net_verify
#include "blob.c"
#include "blob_net.c"
#include "blob_image.c"
#undef bkh_blob_verify
#undef bkh_image_verify
#undef bkh_net_verify

#include "support.h"

#define HEAD "bulkhead: 1\npolicy: p\nmode: enforce\nmatch: [{cgroup: /x}]\n"
#define RULES 20000
#define GLOBS 400

/* @grow: a line of it for each number. */
static unsigned long relaxed_by(const char *head, const char *grow, unsigned int n)
{
	struct text yaml = { 0 };
	const char *why = NULL;
	struct compiled c;
	unsigned int i;

	text_add(&yaml, HEAD "%s", head);
	for (i = 0; i < n; i++)
		text_add(&yaml, grow, i % 250, i / 250, i);
	compile_text(&c, yaml.s);
	relaxed = 0;
	assert_true(counted_image_verify(c.image, c.size, &why));
	compiled_free(&c);
	text_free(&yaml);
	return relaxed;
}

/* Rules, their list, states, accepts, and literals twice: each as many as there are files. */
static void test_files(void **state)
{
	unsigned long n = relaxed_by("file:\n  default: deny\n  rules:\n",
				     "  - allow r /srv/a%u/b%u-%u\n", RULES);

	(void)state;
	if (n < 6UL * RULES / 1024)
		fail_msg("%lu times", n);
}

/* One byte automaton of many transitions. */
static void test_globs(void **state)
{
	unsigned long n = relaxed_by("file:\n  default: deny\n  rules:\n",
				     "  - allow r /srv/a%u-%u*\n", GLOBS);

	(void)state;
	if (n < 10)
		fail_msg("%lu times", n);
}

/* Prefixes, twice. */
static void test_ports(void **state)
{
	unsigned long n = relaxed_by("egress:\n  default: deny\n  rules:\n",
				     "  - allow tcp 443 to 10.%u.%u.0/24\n", RULES);

	(void)state;
	if (n < 10)
		fail_msg("%lu times", n);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_files),
		cmocka_unit_test(test_globs),
		cmocka_unit_test(test_ports),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
