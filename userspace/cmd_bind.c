// SPDX-License-Identifier: GPL-2.0-only
/* bulkhead bind, unbind: one cgroup, by hand. */
#include <getopt.h>

#include <json-c/json.h>

#include "cgroup_arg.h"
#include "lib/cleanup.h"
#include "output.h"

static int report(const char *done, const struct cgroup *cg, const char *policy)
{
	char *path cleanup_free = printable(cg->path);
	struct json_object *obj;

	if (!want_json) {
		printf("%s%s%s %s\n", policy ? policy : "", policy ? " " : "", done, path);
		return STATUS_OK;
	}
	obj = json_object_new_object();
	json_add(obj, "cgroup", cg->path);
	json_add_number(obj, "cgroup_id", cg->id);
	if (policy)
		json_add(obj, "policy", policy);
	return print_json(obj);
}

static int run_bind(int argc, char **argv)
{
	struct client c cleanup_with(client_close) = { 0 };
	struct cgroup cg cleanup_with(cgroup_clear) = { 0 };
	const char *policy;
	int err, status = no_flags(&cmd_bind, argc, argv);

	if (status >= 0)
		return status;
	if (argc - optind != 2)
		return usage_error(&cmd_bind, "wants a cgroup and a policy");
	policy = argv[optind + 1];
	status = open_module(&c);
	if (!status)
		status = find_cgroup(&cg, argv[optind]);
	if (status)
		return status;
	err = client_bind(&c, cg.id, policy);
	return err ? complain_client(&c, err, "can't bind") : report("bound to", &cg, policy);
}

const struct command cmd_bind = {
	.name = "bind",
	.args = "CGROUP POLICY",
	.what = "Bind one cgroup, or container, to a policy. Its tasks are confined at once.",
	.run = run_bind,
};

static int run_unbind(int argc, char **argv)
{
	struct client c cleanup_with(client_close) = { 0 };
	struct cgroup cg cleanup_with(cgroup_clear) = { 0 };
	int err, status = no_flags(&cmd_unbind, argc, argv);

	if (status >= 0)
		return status;
	if (argc - optind != 1)
		return usage_error(&cmd_unbind, "wants a cgroup");
	status = open_module(&c);
	if (!status)
		status = find_cgroup(&cg, argv[optind]);
	if (status)
		return status;
	err = client_unbind(&c, cg.id);
	return err ? complain_client(&c, err, "can't unbind") : report("unbound", &cg, NULL);
}

const struct command cmd_unbind = {
	.name = "unbind",
	.args = "CGROUP",
	.what = "Drop the explicit binding of a cgroup, or container. Patterns hold again.",
	.run = run_unbind,
};
