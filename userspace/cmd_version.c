// SPDX-License-Identifier: GPL-2.0-only
/* bulkhead version: of the command, and of the module if it is loaded. */
#include <errno.h>
#include <getopt.h>

#include <json-c/json.h>
#include <linux/bulkhead.h>

#include "lib/cleanup.h"
#include "output.h"

static void print_versions(const struct client *c, int err)
{
	printf("bulkhead %s, ABI %d\n", BULKHEAD_VERSION, BULKHEAD_ABI);
	if (c->abi)
		printf("module   %s, ABI %u\n", c->version[0] ? c->version : "?", c->abi);
	else if (err == -ENOENT)
		puts("module   not loaded");
	else
		printf("module   won't say: %s\n", c->why[0] ? c->why : "no answer");
}

static int print_versions_json(const struct client *c)
{
	struct json_object *obj = json_object_new_object(), *module = NULL;

	json_add(obj, "version", BULKHEAD_VERSION);
	json_add_number(obj, "abi", BULKHEAD_ABI);
	if (c->abi) {
		module = json_object_new_object();
		json_add(module, "version", c->version);
		json_add_number(module, "abi", c->abi);
	}
	json_object_object_add(obj, "module", module);
	return print_json(obj);
}

static int run_version(int argc, char **argv)
{
	struct client c cleanup_with(client_close) = { 0 };
	int err, status = no_flags(&cmd_version, argc, argv);

	if (status >= 0)
		return status;
	if (optind < argc)
		return usage_error(&cmd_version, "takes no operand");
	err = client_open(&c);
	if (want_json)
		return print_versions_json(&c);
	print_versions(&c, err);
	return STATUS_OK;
}

const struct command cmd_version = {
	.name = "version",
	.args = "",
	.what = "Show the version and ABI of this command, and of the module if it is loaded.",
	.run = run_version,
};
