// SPDX-License-Identifier: GPL-2.0-only
/* bulkhead list: policies in force, and the domains they hold. */
#include <getopt.h>
#include <stdlib.h>
#include <string.h>

#include <json-c/json.h>

#include "domain.h"
#include "lib/cleanup.h"
#include "lib/names.h"
#include "output.h"

struct holdings {
	struct client_status s;
	struct image img;	/* closed while nothing is in force */
	struct client_domains domains;
};

static void holdings_clear(struct holdings *h)
{
	if (h->img.hdr)
		image_close(&h->img);
	client_domains_free(&h->domains);
}

static int gather(struct client *c, struct holdings *h)
{
	uint64_t generation;
	int status, err = client_status(c, &h->s);

	if (err)
		return complain_client(c, err, "can't read the module's state");
	status = h->s.image_size ? open_kernel_image(c, &h->img, &generation) : STATUS_OK;
	if (status)
		return status;
	err = client_domains(c, &h->domains);
	return err ? complain_client(c, err, "can't read the domains") : STATUS_OK;
}

static size_t domains_of(const struct holdings *h, const char *policy)
{
	size_t i, j, n = 0;

	for (i = 0; i < h->domains.n; i++)
		for (j = 0; j < h->domains.v[i].n_policies; j++)
			n += !strcmp(h->domains.v[i].policies[j], policy);
	return n;
}

static size_t patterns_of(const struct image *img, size_t policy)
{
	size_t i, n = 0;

	for (i = 0; i < image_bindings(img); i++)
		n += image_binding(img, i)->policy == policy;
	return n;
}

static void print_policies(const struct holdings *h)
{
	static const char *const headings[] = { "POLICY", "MODE", "RULES", "KIB", "PATTERNS",
						"DOMAINS" };
	struct table t cleanup_table;
	const struct bkh_policy *p;
	size_t i;

	table_init(&t, 6, headings);
	for (i = 0; i < h->img.n; i++) {
		if (policy_is_hidden(&h->img.policies[i]))
			continue;
		p = &h->img.policies[i];
		table_add(&t, p->hdr->name);
		table_add(&t, names_get(&names_mode, p->hdr->mode));
		table_addf(&t, "%zu", policy_written_rules(p));
		table_addf(&t, "%u", (p->hdr->size + 1023) / 1024);
		table_addf(&t, "%zu", patterns_of(&h->img, i));
		table_addf(&t, "%zu", domains_of(h, p->hdr->name));
	}
	table_print(&t);
	if (t.n <= t.columns)
		puts("no policy is in force");
}

static void print_domains(const struct holdings *h)
{
	static const char *const headings[] = { "CGROUP", "POLICIES", "BOUND", "FORMING", "DENIED",
						"AUDITED", "LOST" };
	struct table t cleanup_table;
	size_t i;

	table_init(&t, 7, headings);
	for (i = 0; i < h->domains.n; i++)
		domain_row(&t, &h->domains.v[i]);
	if (t.n > t.columns)
		putchar('\n');
	table_print(&t);
}

static struct json_object *policies_json(const struct holdings *h)
{
	struct json_object *list = json_object_new_array(), *obj;
	const struct bkh_policy *p;
	size_t i;

	for (i = 0; i < h->img.n; i++) {
		if (policy_is_hidden(&h->img.policies[i]))
			continue;
		p = &h->img.policies[i];
		obj = json_object_new_object();
		json_add(obj, "policy", p->hdr->name);
		json_add(obj, "mode", names_get(&names_mode, p->hdr->mode));
		json_add_number(obj, "rules", policy_written_rules(p));
		json_add_number(obj, "bytes", p->hdr->size);
		json_add_number(obj, "patterns", patterns_of(&h->img, i));
		json_add_number(obj, "domains", domains_of(h, p->hdr->name));
		json_object_array_add(list, obj);
	}
	return list;
}

static int print_holdings_json(const struct holdings *h)
{
	struct json_object *obj = json_object_new_object();
	struct json_object *domains = json_object_new_array();
	size_t i;

	for (i = 0; i < h->domains.n; i++)
		json_object_array_add(domains, domain_json(&h->domains.v[i]));
	json_add_number(obj, "generation", h->s.generation);
	json_object_object_add(obj, "policies", policies_json(h));
	json_object_object_add(obj, "domains", domains);
	return print_json(obj);
}

static int run_list(int argc, char **argv)
{
	struct client c cleanup_with(client_close) = { 0 };
	struct holdings h cleanup_with(holdings_clear) = { 0 };
	int status = no_flags(&cmd_list, argc, argv);

	if (status >= 0)
		return status;
	if (optind < argc)
		return usage_error(&cmd_list, "takes no operand");
	status = open_module(&c);
	if (!status)
		status = gather(&c, &h);
	if (status)
		return status;
	if (want_json)
		return print_holdings_json(&h);
	print_policies(&h);
	print_domains(&h);
	return STATUS_OK;
}

const struct command cmd_list = {
	.name = "list",
	.args = "",
	.what = "List the policies in force, and the cgroups they hold.",
	.run = run_list,
};
