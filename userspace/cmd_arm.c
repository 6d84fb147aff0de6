// SPDX-License-Identifier: GPL-2.0-only
/* bulkhead arm: confine a task that would else stay forming. */
#include <errno.h>
#include <getopt.h>

#include <json-c/json.h>

#include "lib/cleanup.h"
#include "output.h"

static int run_arm(int argc, char **argv)
{
	struct client c cleanup_with(client_close) = { 0 };
	unsigned long pid;
	int err, status = no_flags(&cmd_arm, argc, argv);
	struct json_object *obj;

	if (status >= 0)
		return status;
	if (argc - optind != 1)
		return usage_error(&cmd_arm, "wants the pid of a forming task");
	if (!parse_number(&cmd_arm, argv[optind], INT32_MAX, &pid))
		return STATUS_USAGE;
	status = open_module(&c);
	if (status)
		return status;
	err = client_arm(&c, pid);
	if (err) {
		status = complain_client(&c, err, "can't arm");
		if (err == -ESRCH)
			advise("see which tasks are forming: bulkhead status");
		return status;
	}
	if (!want_json) {
		printf("task %lu is confined\n", pid);
		return STATUS_OK;
	}
	obj = json_object_new_object();
	json_add_number(obj, "pid", pid);
	return print_json(obj);
}

const struct command cmd_arm = {
	.name = "arm",
	.args = "PID",
	.what = "Confine a forming task now, without waiting for it to execute.",
	.run = run_arm,
};
