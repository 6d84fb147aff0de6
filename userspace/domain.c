// SPDX-License-Identifier: GPL-2.0-only
/* A domain, as list and show present it. */
#include <string.h>

#include <json-c/json.h>
#include <linux/bulkhead.h>

#include "domain.h"

/* By bit of BULKHEAD_A_DOMAIN_FLAGS. */
static const char *const flag_names[] = { "pattern", "explicit", "inherited", "closed", "dead" };

#define N_FLAGS (sizeof(flag_names) / sizeof(flag_names[0]))

const char *domain_flags(uint32_t flags)
{
	static char text[64];
	size_t i;

	text[0] = '\0';
	for (i = 0; i < N_FLAGS; i++) {
		if (!(flags >> i & 1))
			continue;
		if (text[0])
			strcat(text, ",");
		strcat(text, flag_names[i]);
	}
	return text[0] ? text : "-";
}

static void add_policies(struct table *t, const struct client_domain *d)
{
	char text[BKH_STACK_MAX * (BKH_NAME_MAX + 1) + 1] = "";
	size_t i;

	for (i = 0; i < d->n_policies; i++) {
		if (i)
			strcat(text, ",");
		strcat(text, d->policies[i]);
	}
	table_add(t, text[0] ? text : "-");
}

void domain_row(struct table *t, const struct client_domain *d)
{
	if (d->path[0])
		table_add(t, d->path);
	else
		table_addf(t, "id %llu", (unsigned long long)d->cgroup_id);
	add_policies(t, d);
	table_add(t, domain_flags(d->flags));
	table_addf(t, "%u", d->forming);
	table_addf(t, "%llu", (unsigned long long)d->denied);
	table_addf(t, "%llu", (unsigned long long)d->audited);
	table_addf(t, "%llu", (unsigned long long)d->lost);
}

static struct json_object *flags_json(uint32_t flags)
{
	struct json_object *list = json_object_new_array();
	size_t i;

	for (i = 0; i < N_FLAGS; i++)
		if (flags >> i & 1)
			json_object_array_add(list, json_object_new_string(flag_names[i]));
	return list;
}

struct json_object *domain_json(const struct client_domain *d)
{
	struct json_object *obj = json_object_new_object();
	struct json_object *policies = json_object_new_array();
	size_t i;

	for (i = 0; i < d->n_policies; i++)
		json_object_array_add(policies, json_object_new_string(d->policies[i]));
	json_add(obj, "cgroup", d->path);
	json_add_number(obj, "cgroup_id", d->cgroup_id);
	json_object_object_add(obj, "policies", policies);
	json_object_object_add(obj, "flags", flags_json(d->flags));
	json_add_number(obj, "forming", d->forming);
	json_add_number(obj, "denied", d->denied);
	json_add_number(obj, "audited", d->audited);
	json_add_number(obj, "lost", d->lost);
	return obj;
}
