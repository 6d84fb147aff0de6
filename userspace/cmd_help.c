// SPDX-License-Identifier: GPL-2.0-only
/* bulkhead help: the command table, for people and for checks against it. */
#include <getopt.h>
#include <string.h>

#include <json-c/json.h>

#include "output.h"

static int summary_width(const char *what)
{
	return strcspn(what, "\n");
}

static void print_commands(void)
{
	size_t i;

	puts("usage: bulkhead COMMAND [OPTION]... [OPERAND]...\n\ncommands:");
	for (i = 0; commands[i]; i++)
		printf("  %-9s %.*s\n", commands[i]->name, summary_width(commands[i]->what),
		       commands[i]->what);
	puts("\nEach takes --json, and --help. Exit status: 0 done, 1 refused or not enforced,\n"
	     "2 wrong usage, 3 module not loaded or of another ABI, 4 not permitted.\n"
	     "See bulkhead(8).");
}

/* One command a line, its long options behind it. */
static void print_table(void)
{
	const struct flag *f;
	size_t i;

	for (i = 0; commands[i]; i++) {
		fputs(commands[i]->name, stdout);
		for (f = commands[i]->flags; f && f->name; f++)
			printf(" --%s", f->name);
		putchar('\n');
	}
}

static int print_commands_json(void)
{
	struct json_object *list = json_object_new_array(), *obj;
	size_t i;

	for (i = 0; commands[i]; i++) {
		obj = json_object_new_object();
		json_add(obj, "command", commands[i]->name);
		json_add(obj, "operands", commands[i]->args);
		json_add(obj, "what", commands[i]->what);
		json_object_array_add(list, obj);
	}
	return print_json(list);
}

static int help_on(const char *name)
{
	size_t i;

	for (i = 0; commands[i]; i++) {
		if (strcmp(commands[i]->name, name))
			continue;
		print_help(commands[i]);
		return STATUS_OK;
	}
	return usage_error(&cmd_help, "no command '%s'", name);
}

static int run_help(int argc, char **argv)
{
	bool table = false;
	char *value;
	int key;

	while ((key = next_flag(&cmd_help, argc, argv, &value)) != FLAG_END) {
		if (key != 'c')
			return flag_status(key);
		table = true;
	}
	if (argc - optind > 1)
		return usage_error(&cmd_help, "wants one command at most");
	if (optind < argc)
		return help_on(argv[optind]);
	if (table)
		print_table();
	else if (want_json)
		return print_commands_json();
	else
		print_commands();
	return STATUS_OK;
}

static const struct flag help_flags[] = {
	{ "commands", NULL, "the command table, one command and its options a line", 'c' },
	{ 0 },
};

const struct command cmd_help = {
	.name = "help",
	.args = "[COMMAND]",
	.what = "Show the commands, or how one of them is used.",
	.flags = help_flags,
	.run = run_help,
};
