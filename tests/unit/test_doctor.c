// SPDX-License-Identifier: GPL-2.0-only
/* The doctor's policy: that it forbids what the doctor tries, and is in every image. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "attempt.h"
#include "image.h"
#include "ruleset.h"
#include "support.h"

static const struct attempt *const topics[] = {
	attempts_file, attempts_attr, attempts_exec, attempts_net, attempts_guard, attempts_preset,
};

#define N_TOPICS (sizeof(topics) / sizeof(topics[0]))

static bool has_rule(const struct bkh_policy *p, const char *text)
{
	size_t i;

	for (i = 0; i < policy_rules(p); i++)
		if (!strcmp(p->strings + p->rules[i].text, text))
			return true;
	return false;
}

static bool is_tried(const char *text)
{
	const struct attempt *a;
	size_t i;

	for (i = 0; i < N_TOPICS; i++)
		for (a = topics[i]; a->hook; a++)
			if (a->rule && !strcmp(a->rule, text))
				return true;
	return false;
}

/* An attempt without its rule could only fail; a rule without one proves nothing. */
static void rules_and_attempts(void **state)
{
	const struct attempt *a;
	struct compiled c;
	size_t i;

	(void)state;
	compile_text(&c, doctor_builtin);
	for (i = 0; i < N_TOPICS; i++)
		for (a = topics[i]; a->hook; a++)
			if (a->rule && !has_rule(&c.policy, a->rule))
				fail_msg("%s: no rule '%s'", a->hook, a->rule);
	for (i = 0; i < policy_rules(&c.policy); i++) {
		const struct bkh_rule *r = &c.policy.rules[i];
		const char *text = c.policy.strings + r->text;

		if (r->action == BULKHEAD_VERDICT_DENY && !r->is_default &&
		    r->section != BKH_SECTION_PRESET && !is_tried(text))
			fail_msg("nothing tries '%s'", text);
	}
	compiled_free(&c);
}

static bool has_attempt(const char *hook)
{
	const struct attempt *a;
	size_t i;

	for (i = 0; i < N_TOPICS; i++)
		for (a = topics[i]; a->hook; a++)
			if (!strcmp(a->hook, hook))
				return true;
	return false;
}

static bool is_unshown(const char *hook)
{
	const struct unshown *u;

	for (u = hooks_unshown; u->hook; u++)
		if (!strcmp(u->hook, hook))
			return true;
	return false;
}

/* One that is planted has an act, or a reason to have none. */
static void every_hook(void **state)
{
	FILE *f = fopen(TOP "/kernel/attach/chains.c", "r");
	char line[256], hook[64];
	int n = 0;

	(void)state;
	assert_non_null(f);
	while (fgets(line, sizeof(line), f)) {
		if (sscanf(line, "CHAIN(%63[a-z_],", hook) != 1 &&
		    sscanf(line, "CHAIN_VOID(%63[a-z_],", hook) != 1)
			continue;
		n++;
		if (has_attempt(hook) == is_unshown(hook))
			fail_msg("%s: %s", hook, has_attempt(hook) ? "an act and a reason for none" :
				 "neither an act nor a reason for none");
	}
	fclose(f);
	assert_true(n > 60);
}

static void attempts_can_fail(void **state)
{
	const struct attempt *a;
	size_t i;

	(void)state;
	for (i = 0; i < N_TOPICS; i++)
		for (a = topics[i]; a->hook; a++) {
			assert_non_null(a->run);
			assert_int_not_equal(a->refused, 0);
			assert_int_not_equal(a->refused, a->works);
		}
}

static void in_every_image(void **state)
{
	const char *path = TOP "/policy/examples/web.yaml";
	const struct bkh_policy *p;
	struct ruleset *rs;
	struct image img;
	const char *why;
	struct diag d;
	size_t i, size;
	void *data;

	(void)state;
	diag_init(&d);
	setenv("BULKHEAD_PATH", TOP "/policy", 1);
	assert_int_equal(ruleset_load(&rs, &path, 1, &d), 0);
	assert_int_equal(ruleset_policies(rs), 1);
	assert_int_equal(ruleset_compile(rs, &data, &size, &d), 0);
	assert_int_equal(image_open(&img, data, size, &why), 0);
	p = image_policy(&img, DOCTOR_POLICY);
	assert_non_null(p);
	assert_true(policy_is_hidden(p));
	assert_false(policy_is_hidden(image_policy(&img, "web")));
	for (i = 0; i < image_bindings(&img); i++)
		assert_string_equal(image_name(&img, image_binding(&img, i)->policy), "web");
	image_close(&img);
	ruleset_free(rs);
	diag_clear(&d);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(rules_and_attempts),
		cmocka_unit_test(every_hook),
		cmocka_unit_test(attempts_can_fail),
		cmocka_unit_test(in_every_image),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
