// SPDX-License-Identifier: GPL-2.0-only
/* bulkhead show: a policy as the kernel holds it, rule by rule. */
#include <getopt.h>
#include <string.h>

#include <json-c/json.h>

#include "cgroup_arg.h"
#include "domain.h"
#include "lib/cleanup.h"
#include "lib/escape.h"
#include "lib/names.h"
#include "output.h"

/* What is shown: policies, and the domain they are in force for, if any. */
struct view {
	struct image img;
	uint64_t generation;
	struct client_domains domains;
	const struct client_domain *domain;
	const struct bkh_policy *policies[BKH_STACK_MAX];
	size_t n;
};

static void view_clear(struct view *v)
{
	if (v->img.hdr)
		image_close(&v->img);
	client_domains_free(&v->domains);
}

static void print_section_rules(const struct bkh_policy *p, enum bkh_section section)
{
	uint32_t i;

	for (i = 0; i < policy_rules(p); i++) {
		if (p->rules[i].section != section)
			continue;
		fputs("  ", stdout);
		print_rule(p, i, "");
		putchar('\n');
	}
}

static void print_presets(const struct bkh_policy *p)
{
	unsigned int i, lifted = 0;

	fputs("presets\n ", stdout);
	for (i = 0; i < __BKH_PRESET_MAX; i++) {
		if (p->hdr->presets >> i & 1)
			printf(" %s", names_get(&names_preset, i));
		else
			lifted++;
	}
	if (lifted)
		fputs("\n  lifted:", stdout);
	for (i = 0; i < __BKH_PRESET_MAX; i++)
		if (!(p->hdr->presets >> i & 1))
			printf(" %s", names_get(&names_preset, i));
	putchar('\n');
}

static void print_bindings(const struct image *img, const struct bkh_policy *p)
{
	const struct bkh_binding *b;
	const char *pattern;
	size_t i, j;

	for (i = 0; i < image_bindings(img); i++) {
		b = image_binding(img, i);
		if (&img->policies[b->policy] != p)
			continue;
		pattern = image_pattern(img, b);
		fputs("bound by  ", stdout);
		escape_word(stdout, pattern, strlen(pattern));
		for (j = 0; j < b->alternatives.count; j++)
			printf("%s%s", j ? ", " : ", or in its place: ",
			       image_alternative(img, b, j));
		putchar('\n');
	}
}

static void print_policy(const struct view *v, const struct bkh_policy *p)
{
	unsigned int i;

	print_colored(COLOR_BOLD, p->hdr->name);
	printf(", %s, generation %llu\n", names_get(&names_mode, p->hdr->mode),
	       (unsigned long long)v->generation);
	print_bindings(&v->img, p);
	for (i = 0; i < BKH_SECTION_PRESET; i++) {
		printf("%s%s\n", names_get(&names_section, i),
		       bkh_governs(p, i) ? "" : ": not governed");
		print_section_rules(p, i);
	}
	print_presets(p);
}

static struct json_object *section_json(const struct bkh_policy *p, enum bkh_section section)
{
	struct json_object *obj = json_object_new_object();
	struct json_object *rules = json_object_new_array(), *rule;
	uint32_t i;

	for (i = 0; i < policy_rules(p); i++) {
		if (p->rules[i].section != section)
			continue;
		rule = rule_json(p, i);
		json_add_number(rule, "index", i);
		json_add(rule, "action", names_get(&names_action, p->rules[i].action));
		json_add_bool(rule, "default", p->rules[i].is_default);
		json_object_array_add(rules, rule);
	}
	json_add_bool(obj, "governed", bkh_governs(p, section));
	json_object_object_add(obj, "rules", rules);
	return obj;
}

static struct json_object *presets_json(const struct bkh_policy *p)
{
	struct json_object *list = json_object_new_array();
	unsigned int i;

	for (i = 0; i < __BKH_PRESET_MAX; i++)
		if (p->hdr->presets >> i & 1)
			json_object_array_add(list,
					      json_object_new_string(names_get(&names_preset, i)));
	return list;
}

static struct json_object *bindings_json(const struct image *img, const struct bkh_policy *p)
{
	struct json_object *list = json_object_new_array();
	const struct bkh_binding *b;
	size_t i;

	for (i = 0; i < image_bindings(img); i++) {
		b = image_binding(img, i);
		if (&img->policies[b->policy] == p)
			json_object_array_add(list,
					      json_object_new_string(image_pattern(img, b)));
	}
	return list;
}

static struct json_object *policy_json(const struct view *v, const struct bkh_policy *p)
{
	struct json_object *obj = json_object_new_object();
	unsigned int i;

	json_add(obj, "policy", p->hdr->name);
	json_add(obj, "mode", names_get(&names_mode, p->hdr->mode));
	json_add_bool(obj, "drift_denied", p->hdr->drift);
	json_object_object_add(obj, "patterns", bindings_json(&v->img, p));
	for (i = 0; i < BKH_SECTION_PRESET; i++)
		json_object_object_add(obj, names_get(&names_section, i), section_json(p, i));
	json_object_object_add(obj, "presets", presets_json(p));
	return obj;
}

static void print_view(const struct view *v)
{
	static const char *const headings[] = { "CGROUP", "POLICIES", "BOUND", "FORMING", "DENIED",
						"AUDITED", "LOST" };
	struct table t cleanup_table;
	size_t i;

	table_init(&t, 7, headings);
	if (v->domain)
		domain_row(&t, v->domain);
	table_print(&t);
	for (i = 0; i < v->n; i++) {
		if (v->domain || i)
			putchar('\n');
		print_policy(v, v->policies[i]);
	}
}

static int print_view_json(const struct view *v)
{
	struct json_object *obj = json_object_new_object();
	struct json_object *list = json_object_new_array();
	size_t i;

	json_add_number(obj, "generation", v->generation);
	if (v->domain)
		json_object_object_add(obj, "domain", domain_json(v->domain));
	for (i = 0; i < v->n; i++)
		json_object_array_add(list, policy_json(v, v->policies[i]));
	json_object_object_add(obj, "policies", list);
	return print_json(obj);
}

static int view_domain(struct view *v, struct client *c, const char *spec)
{
	struct cgroup cg cleanup_with(cgroup_clear) = { 0 };
	int err, status = find_cgroup(&cg, spec);
	size_t i;

	if (status) {
		advise("nor is a policy called that: see bulkhead list");
		return status;
	}
	err = client_domains(c, &v->domains);
	if (err)
		return complain_client(c, err, "can't read the domains");
	for (i = 0; i < v->domains.n && !v->domain; i++)
		if (v->domains.v[i].cgroup_id == cg.id)
			v->domain = &v->domains.v[i];
	if (!v->domain) {
		complain(STATUS_REFUSED, "no policy is in force for %s", cg.path);
		advise("bind one: bulkhead bind %s POLICY", cg.path);
		return STATUS_REFUSED;
	}
	for (i = 0; i < v->domain->n_policies; i++) {
		v->policies[v->n] = image_policy(&v->img, v->domain->policies[i]);
		v->n += !!v->policies[v->n];
	}
	return STATUS_OK;
}

static int run_show(int argc, char **argv)
{
	struct client c cleanup_with(client_close) = { 0 };
	struct view v cleanup_with(view_clear) = { 0 };
	int status = no_flags(&cmd_show, argc, argv);

	if (status >= 0)
		return status;
	if (argc - optind != 1)
		return usage_error(&cmd_show, "wants a policy, a cgroup, or a container's id");
	status = open_module(&c);
	if (!status)
		status = open_kernel_image(&c, &v.img, &v.generation);
	if (status)
		return status;
	v.policies[0] = image_policy(&v.img, argv[optind]);
	if (v.policies[0])
		v.n = 1;
	else
		status = view_domain(&v, &c, argv[optind]);
	if (status)
		return status;
	if (want_json)
		return print_view_json(&v);
	print_view(&v);
	return STATUS_OK;
}

const struct command cmd_show = {
	.name = "show",
	.args = "POLICY|CGROUP|CONTAINER",
	.what = "Show policies as the kernel holds them: each rule, with its file and line.",
	.run = run_show,
};
