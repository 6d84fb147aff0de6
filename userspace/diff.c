// SPDX-License-Identifier: GPL-2.0-only
/*
 * What differs between two images. Rules are compared as written, section by
 * section: one that merely moved to another line is no difference.
 */
#include <stdlib.h>
#include <string.h>

#include <json-c/json.h>

#include "diff.h"
#include "lib/cleanup.h"
#include "lib/escape.h"
#include "lib/names.h"
#include "output.h"

/* A difference: a rule of one policy that the other lacks. */
typedef void (*rule_fn)(const struct bkh_policy *p, uint32_t rule, char sign, void *arg);

/* Keys that sort by section, then by text. */
struct key {
	uint32_t rule;
	uint8_t section;
	const char *text;
};

static int by_key(const void *a, const void *b)
{
	const struct key *x = a, *y = b;

	return x->section != y->section ? x->section - y->section : strcmp(x->text, y->text);
}

static struct key *sorted_keys(const struct bkh_policy *p)
{
	size_t i, n = p ? policy_rules(p) : 0;
	struct key *keys = calloc(n + 1, sizeof(*keys));

	if (!keys)
		exit(complain_oom());
	for (i = 0; i < n; i++)
		keys[i] = (struct key){
			.rule = i,
			.section = p->rules[i].section,
			.text = p->strings + p->rules[i].text,
		};
	qsort(keys, n, sizeof(*keys), by_key);
	return keys;
}

/* Merge of the two sorted lists; either policy may be null. */
static void diff_rules(const struct bkh_policy *from, const struct bkh_policy *to, rule_fn fn,
		       void *arg)
{
	size_t n = from ? policy_rules(from) : 0, m = to ? policy_rules(to) : 0;
	struct key *old = sorted_keys(from), *new = sorted_keys(to);
	size_t i = 0, j = 0;
	int order;

	while (i < n || j < m) {
		order = i == n ? 1 : j == m ? -1 : by_key(&old[i], &new[j]);
		if (order < 0)
			fn(from, old[i].rule, '-', arg);
		if (order > 0)
			fn(to, new[j].rule, '+', arg);
		i += order <= 0;
		j += order >= 0;
	}
	free(old);
	free(new);
}

/* Each pair of policies of one name; either of a pair may be null. */
typedef void (*policy_fn)(const struct bkh_policy *from, const struct bkh_policy *to, void *arg);

static void diff_policies(const struct image *from, const struct image *to, policy_fn fn, void *arg)
{
	size_t i = 0, j = 0;
	int order;

	while (i < from->n || j < to->n) {
		order = i == from->n ? 1 :
			j == to->n   ? -1 :
				       strcmp(image_name(from, i), image_name(to, j));
		fn(order <= 0 ? &from->policies[i] : NULL, order >= 0 ? &to->policies[j] : NULL,
		   arg);
		i += order <= 0;
		j += order >= 0;
	}
}

static const char *change_of(const struct bkh_policy *from, const struct bkh_policy *to)
{
	if (!from)
		return "added";
	if (!to)
		return "removed";
	return policy_equal(from, to) ? "unchanged" : "changed";
}

static const char *mode_of(const struct bkh_policy *p)
{
	return names_get(&names_mode, p->hdr->mode);
}

static void print_rule_change(const struct bkh_policy *p, uint32_t rule, char sign, void *arg)
{
	const struct bkh_rule *r = &p->rules[rule];
	char start[32];

	(void)arg;
	snprintf(start, sizeof(start), "    %c ", sign);
	print_colored(sign == '+' ? COLOR_GREEN : COLOR_RED, start);
	printf("%s: ", names_get(&names_section, r->section));
	print_rule(p, rule, "");
	putchar('\n');
}

static void print_policy_change(const struct bkh_policy *from, const struct bkh_policy *to,
				void *arg)
{
	const struct bkh_policy *p = to ? to : from;

	(void)arg;
	printf("  policy %s (%s): %s\n", p->hdr->name, mode_of(p), change_of(from, to));
	if (from && to && from->hdr->mode != to->hdr->mode)
		printf("    mode: %s -> %s\n", mode_of(from), mode_of(to));
	if (from && to)
		diff_rules(from, to, print_rule_change, NULL);
}

/* A binding in words: compared by these, and shown so. */
static char *binding_text(const struct image *img, size_t i)
{
	const struct bkh_binding *b = image_binding(img, i);
	FILE *out;
	char *text;
	size_t size, j;

	out = open_memstream(&text, &size);
	if (!out)
		exit(complain_oom());
	fprintf(out, "%s -> %s", image_pattern(img, b), image_name(img, b->policy));
	for (j = 0; j < b->alternatives.count; j++)
		fprintf(out, "%s%s", j ? ", " : " or ", image_alternative(img, b, j));
	if (fclose(out))
		exit(complain_oom());
	return text;
}

struct texts {
	char **v;
	size_t n;
};

static int by_text(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

static void texts_clear(struct texts *t)
{
	size_t i;

	for (i = 0; i < t->n; i++)
		free(t->v[i]);
	free(t->v);
}

static struct texts sorted_bindings(const struct image *img)
{
	struct texts t = { .n = img->hdr ? image_bindings(img) : 0 };
	size_t i;

	t.v = calloc(t.n + 1, sizeof(*t.v));
	if (!t.v)
		exit(complain_oom());
	for (i = 0; i < t.n; i++)
		t.v[i] = binding_text(img, i);
	qsort(t.v, t.n, sizeof(*t.v), by_text);
	return t;
}

typedef void (*binding_fn)(const char *text, char sign, void *arg);

static void diff_bindings(const struct image *from, const struct image *to, binding_fn fn,
			  void *arg)
{
	struct texts old cleanup_with(texts_clear) = sorted_bindings(from);
	struct texts new cleanup_with(texts_clear) = sorted_bindings(to);
	size_t i = 0, j = 0;
	int order;

	while (i < old.n || j < new.n) {
		order = i == old.n ? 1 : j == new.n ? -1 : strcmp(old.v[i], new.v[j]);
		if (order)
			fn(order < 0 ? old.v[i] : new.v[j], order < 0 ? '-' : '+', arg);
		i += order <= 0;
		j += order >= 0;
	}
}

static void print_binding_change(const char *text, char sign, void *arg)
{
	(void)arg;
	fputs("  binding ", stdout);
	escape_line(stdout, text, strlen(text));
	printf(": %s\n", sign == '+' ? "added" : "removed");
}

void print_diff(const struct image *from, const struct image *to)
{
	diff_policies(from, to, print_policy_change, NULL);
	diff_bindings(from, to, print_binding_change, NULL);
}

static void add_rule_change(const struct bkh_policy *p, uint32_t rule, char sign, void *arg)
{
	struct json_object *obj = rule_json(p, rule);

	json_add(obj, "section", names_get(&names_section, p->rules[rule].section));
	json_add(obj, "change", sign == '+' ? "added" : "removed");
	json_object_array_add(arg, obj);
}

static void add_policy_change(const struct bkh_policy *from, const struct bkh_policy *to, void *arg)
{
	const struct bkh_policy *p = to ? to : from;
	struct json_object *obj = json_object_new_object();
	struct json_object *rules = json_object_new_array();

	json_add(obj, "policy", p->hdr->name);
	json_add(obj, "mode", mode_of(p));
	json_add(obj, "change", change_of(from, to));
	if (from && to)
		diff_rules(from, to, add_rule_change, rules);
	json_object_object_add(obj, "rules", rules);
	json_object_array_add(arg, obj);
}

static void add_binding_change(const char *text, char sign, void *arg)
{
	struct json_object *obj = json_object_new_object();

	json_add(obj, "binding", text);
	json_add(obj, "change", sign == '+' ? "added" : "removed");
	json_object_array_add(arg, obj);
}

struct json_object *diff_json(const struct image *from, const struct image *to)
{
	struct json_object *obj = json_object_new_object();
	struct json_object *policies = json_object_new_array();
	struct json_object *bindings = json_object_new_array();

	diff_policies(from, to, add_policy_change, policies);
	diff_bindings(from, to, add_binding_change, bindings);
	json_object_object_add(obj, "policies", policies);
	json_object_object_add(obj, "bindings", bindings);
	return obj;
}
