// SPDX-License-Identifier: GPL-2.0-only
/* Command lines: options and help, from the command table alone. */
#include <ctype.h>
#include <errno.h>
#include <getopt.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "command.h"

#define FLAGS_MAX 16

/* Above any key that a flag may have. */
#define KEY_JSON 0x100
#define KEY_HELP 0x101

bool want_json;

static void add_flag(struct option *opt, const struct flag *f, char *shorts)
{
	*opt = (struct option){
		.name = f->name,
		.has_arg = f->arg ? required_argument : no_argument,
		.val = f->key,
	};
	if (isalpha((unsigned char)f->key))
		sprintf(shorts + strlen(shorts), "%c%s", f->key, f->arg ? ":" : "");
}

int next_flag(const struct command *cmd, int argc, char **argv, char **value)
{
	struct option options[FLAGS_MAX + 3] = {
		{ .name = "json", .val = KEY_JSON },
		{ .name = "help", .val = KEY_HELP },
	};
	char shorts[2 * FLAGS_MAX + 4] = "";
	const struct flag *f;
	int n = 2, key;

	/* A leading '+' ends the options at the first operand. */
	sprintf(shorts, "%sh", cmd->passes_on ? "+" : "");
	for (f = cmd->flags; f && f->name && n < FLAGS_MAX; f++)
		add_flag(&options[n++], f, shorts);

	while ((key = getopt_long(argc, argv, shorts, options, NULL)) == KEY_JSON)
		want_json = true;
	*value = optarg;
	switch (key) {
	case -1:
		return FLAG_END;
	case '?':
		fprintf(stderr, "see: bulkhead %s --help\n", cmd->name);
		return FLAG_USAGE;
	case 'h':
	case KEY_HELP:
		print_help(cmd);
		return FLAG_HELP;
	default:
		return key;
	}
}

int no_flags(const struct command *cmd, int argc, char **argv)
{
	char *value;
	int key = next_flag(cmd, argc, argv, &value);

	return key == FLAG_END ? -1 : flag_status(key);
}

bool parse_number(const struct command *cmd, const char *word, unsigned long max,
		  unsigned long *out)
{
	unsigned long number;
	char *end;

	errno = 0;
	number = strtoul(word, &end, 10);
	if (errno || end == word || *end || !isdigit((unsigned char)word[0]) || number > max) {
		usage_error(cmd, "'%s' is no number from 0 to %lu", word, max);
		return false;
	}
	*out = number;
	return true;
}

int usage_error(const struct command *cmd, const char *fmt, ...)
{
	va_list ap;

	fprintf(stderr, "bulkhead %s: ", cmd->name);
	va_start(ap, fmt);
	vfprintf(stderr, fmt, ap);
	va_end(ap);
	fprintf(stderr, "\nusage: bulkhead %s%s%s\n", cmd->name, cmd->args[0] ? " " : "",
		cmd->args);
	return STATUS_USAGE;
}

static void print_flag(const struct flag *f)
{
	char name[64];

	snprintf(name, sizeof(name), "--%s%s%s", f->name, f->arg ? " " : "",
		 f->arg ? f->arg : "");
	if (isalpha((unsigned char)f->key))
		printf("  -%c, %-28s %s\n", f->key, name, f->what);
	else
		printf("      %-28s %s\n", name, f->what);
}

void print_help(const struct command *cmd)
{
	static const struct flag common[] = {
		{ .name = "json", .what = "write JSON" },
		{ .name = "help", .what = "show this", .key = 'h' },
	};
	const struct flag *f;

	printf("usage: bulkhead %s%s%s\n\n%s\n\noptions:\n", cmd->name, cmd->args[0] ? " " : "",
	       cmd->args, cmd->what);
	for (f = cmd->flags; f && f->name; f++)
		print_flag(f);
	print_flag(&common[0]);
	print_flag(&common[1]);
}
