// SPDX-License-Identifier: GPL-2.0-only
/* bulkhead: the policy command. Finds the subcommand and steps aside. */
#include <stdio.h>
#include <string.h>

#include "command.h"
#include "output.h"

const struct command *const commands[] = {
	&cmd_check,
	&cmd_apply,
	&cmd_status,
	&cmd_list,
	&cmd_show,
	&cmd_bind,
	&cmd_unbind,
	&cmd_arm,
	&cmd_explain,
	&cmd_monitor,
	&cmd_run,
	&cmd_doctor,
	&cmd_version,
	&cmd_help,
	NULL,
};

static const struct command *find_command(const char *name)
{
	size_t i;

	if (!strcmp(name, "--help") || !strcmp(name, "-h"))
		return &cmd_help;
	if (!strcmp(name, "--version") || !strcmp(name, "-V"))
		return &cmd_version;
	for (i = 0; commands[i]; i++)
		if (!strcmp(commands[i]->name, name))
			return commands[i];
	return NULL;
}

int main(int argc, char **argv)
{
	const struct command *cmd;
	int status;

	if (argc > 1 && !strcmp(argv[1], "--json")) {
		want_json = true;
		argv++;
		argc--;
	}
	if (argc < 2) {
		fprintf(stderr, "bulkhead: which command? See: bulkhead help\n");
		return STATUS_USAGE;
	}
	cmd = find_command(argv[1]);
	if (!cmd) {
		fprintf(stderr, "bulkhead: no command '%s'. See: bulkhead help\n", argv[1]);
		return STATUS_USAGE;
	}
	status = cmd->run(argc - 1, argv + 1);
	return finish_output(status);
}
