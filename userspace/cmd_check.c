// SPDX-License-Identifier: GPL-2.0-only
/* bulkhead check: whether policy files are sound. Needs no root, no module. */
#include <errno.h>
#include <getopt.h>
#include <stdlib.h>

#include <json-c/json.h>

#include "policy_files.h"
#include "output.h"

static struct json_object *message_json(const struct diag_message *m)
{
	struct json_object *obj = json_object_new_object();

	json_add(obj, "severity", diag_severity_name(m->severity));
	if (m->file)
		json_add(obj, "file", m->file);
	if (m->line) {
		json_add_number(obj, "line", m->line);
		json_add_number(obj, "column", m->col);
		json_add_number(obj, "length", m->len);
	}
	json_add(obj, "message", m->text ? m->text : "");
	if (m->source)
		json_add(obj, "source", m->source);
	return obj;
}

static void print_messages_json(const struct diag *d)
{
	struct json_object *list = json_object_new_array();
	size_t i;

	for (i = 0; i < d->n; i++)
		json_object_array_add(list, message_json(&d->messages[i]));
	print_json(list);
}

static void print_verdict(const struct diag *d, const struct loaded *l, bool sound)
{
	diag_print(d, stderr, use_color(stderr));
	if (sound)
		printf("%zu polic%s, no errors, %zu warning%s\n", l->policies,
		       l->policies == 1 ? "y" : "ies", d->warnings, d->warnings == 1 ? "" : "s");
	else
		complain(STATUS_REFUSED, "%zu error%s in the policy", d->errors,
			 d->errors == 1 ? "" : "s");
}

static int run_check(int argc, char **argv)
{
	struct diag d cleanup_diag = { 0 };
	struct loaded l = { 0 };
	int err, status = no_flags(&cmd_check, argc, argv);

	if (status >= 0)
		return status;
	if (optind == argc)
		return usage_error(&cmd_check, "no file or directory named");
	err = compile_policies(argv + optind, argc - optind, &l, &d);
	free(l.data);
	if (err == -ENOMEM)
		return complain_oom();
	if (want_json)
		print_messages_json(&d);
	else
		print_verdict(&d, &l, !err);
	return err ? STATUS_REFUSED : STATUS_OK;
}

const struct command cmd_check = {
	.name = "check",
	.args = "FILE|DIR...",
	.what = "Say whether policy files are sound. Needs neither root nor the module.",
	.run = run_check,
};
