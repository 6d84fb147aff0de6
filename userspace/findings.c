// SPDX-License-Identifier: GPL-2.0-only
/* What the doctor found: a table and a sum, or JSON. */
#include <stdio.h>
#include <string.h>

#include <json-c/json.h>

#include "findings.h"
#include "lib/names.h"
#include "output.h"

static const char *const outcomes[] = { "stopped", "FAILED", "untried" };

bool finding_is_ours(const struct finding *f)
{
	return !strcmp(f->policy, DOCTOR_POLICY);
}

static const char *error_name(int error)
{
	const char *name = error ? strerrorname_np(error) : "works";

	return name ? name : "?";
}

static bool is_whole(const struct findings *found)
{
	return !found->count[OUTCOME_FAILED] && found->hooks_wanted &&
	       found->hooks_planted == found->hooks_wanted;
}

static void add_reason(struct table *t, const struct finding *f)
{
	bool other = !finding_is_ours(f) && *f->policy;

	table_addf(t, "%s%s%s%s%s", f->why, *f->why && *f->rule ? ": " : "",
		   other ? f->policy : "", other ? ": " : "", f->rule);
}

static void print_table(const struct findings *found)
{
	static const char *const headings[] = { "ACT", "HOOK", "RESULT", "INSIDE", "OUTSIDE", "BY" };
	struct table t cleanup_table;
	const char *act;
	const struct unshown *u;
	size_t i;

	table_init(&t, 6, headings);
	for (i = 0; i < found->n; i++) {
		const struct finding *f = &found->list[i];

		act = names_get(&names_act, f->attempt->act);
		table_add(&t, act && f->attempt->act ? act : "-");
		table_add(&t, f->attempt->hook);
		table_add(&t, outcomes[f->outcome]);
		table_add(&t, error_name(f->inside));
		table_add(&t, error_name(f->outside));
		add_reason(&t, f);
	}
	for (u = hooks_unshown; u->hook; u++) {
		table_add(&t, "-");
		table_add(&t, u->hook);
		table_add(&t, "no-act");
		table_add(&t, "-");
		table_add(&t, "-");
		table_addf(&t, "%s", u->why);
	}
	table_print(&t);
}

int findings_print(const struct findings *found)
{
	bool whole = is_whole(found);

	print_table(found);
	printf("\nhooks     %u of %u planted\nattempts  %zu: %zu stopped, %zu failed, %zu untried, in %.2f s\n",
	       found->hooks_planted, found->hooks_wanted, found->n,
	       found->count[OUTCOME_STOPPED], found->count[OUTCOME_FAILED],
	       found->count[OUTCOME_UNTRIED], found->seconds);
	printf("bulkhead  ");
	print_colored(whole ? COLOR_GREEN : COLOR_RED, whole ? "enforces" : "DOES NOT ENFORCE");
	putchar('\n');
	if (whole)
		return STATUS_OK;
	warn("not all that is forbidden is stopped on this host");
	advise("see what the module says: dmesg | grep bulkhead; then reload it");
	return STATUS_REFUSED;
}

static struct json_object *finding_json(const struct finding *f)
{
	struct json_object *obj = json_object_new_object();
	const char *act = names_get(&names_act, f->attempt->act);

	json_add(obj, "act", act && f->attempt->act ? act : "");
	json_add(obj, "hook", f->attempt->hook);
	json_add(obj, "outcome", f->outcome == OUTCOME_FAILED ? "failed" : outcomes[f->outcome]);
	json_add(obj, "inside", error_name(f->inside));
	json_add(obj, "outside", error_name(f->outside));
	json_add(obj, "policy", f->policy);
	json_add(obj, "rule", f->rule);
	json_add(obj, "why", f->why);
	return obj;
}

static struct json_object *unshown_json(void)
{
	struct json_object *list = json_object_new_array(), *obj;
	const struct unshown *u;

	for (u = hooks_unshown; u->hook; u++) {
		obj = json_object_new_object();
		json_add(obj, "hook", u->hook);
		json_add(obj, "why", u->why);
		json_object_array_add(list, obj);
	}
	return list;
}

int findings_print_json(const struct findings *found)
{
	struct json_object *obj = json_object_new_object(), *list = json_object_new_array();
	bool whole = is_whole(found);
	size_t i;

	for (i = 0; i < found->n; i++)
		json_object_array_add(list, finding_json(&found->list[i]));
	json_add_bool(obj, "enforces", whole);
	json_add_number(obj, "hooks_planted", found->hooks_planted);
	json_add_number(obj, "hooks_wanted", found->hooks_wanted);
	json_add_number(obj, "stopped", found->count[OUTCOME_STOPPED]);
	json_add_number(obj, "failed", found->count[OUTCOME_FAILED]);
	json_add_number(obj, "untried", found->count[OUTCOME_UNTRIED]);
	json_add_number(obj, "milliseconds", found->seconds * 1000);
	json_object_object_add(obj, "attempts", list);
	json_object_object_add(obj, "without_act", unshown_json());
	print_json(obj);
	return whole ? STATUS_OK : STATUS_REFUSED;
}
