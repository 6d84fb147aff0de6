/* SPDX-License-Identifier: GPL-2.0-only */
/* The command table: what each subcommand is called, takes, and does. */
#ifndef BULKHEAD_COMMAND_H
#define BULKHEAD_COMMAND_H

#include <stdbool.h>
#include <stddef.h>

/* Exit statuses, as bulkhead(8) documents them. */
enum status {
	STATUS_OK,
	STATUS_REFUSED,		/* refused, denied, or not enforced */
	STATUS_USAGE,
	STATUS_NO_MODULE,	/* not loaded, or of another ABI */
	STATUS_NOT_PERMITTED,
};

/* Every subcommand takes --json and --help besides its own. */
struct flag {
	const char *name;
	const char *arg;	/* null: takes none */
	const char *what;
	char key;		/* the short form if it is a letter */
};

struct command {
	const char *name;
	const char *args;
	const char *what;
	const struct flag *flags;	/* ends with a null name; may be null */
	bool passes_on;			/* options end at the first operand */
	int (*run)(int argc, char **argv);
};

/* In the order that help shows them; ends with null. */
extern const struct command *const commands[];

extern const struct command cmd_check, cmd_apply, cmd_status, cmd_list, cmd_show, cmd_bind,
	cmd_unbind, cmd_arm, cmd_explain, cmd_monitor, cmd_run, cmd_doctor, cmd_version,
	cmd_help;

/* --json was given. */
extern bool want_json;

#define FLAG_END -1
#define FLAG_USAGE -2
#define FLAG_HELP -3

/**
 * next_flag - take one option off the command line
 * @value: set to its argument
 *
 * Return: the key of a flag of @cmd. FLAG_END: operands are at optind;
 * FLAG_USAGE: a complaint was printed; FLAG_HELP: the help was.
 */
int next_flag(const struct command *cmd, int argc, char **argv, char **value);

/* Exit status after next_flag() said to stop for another reason than the end. */
static inline int flag_status(int key)
{
	return key == FLAG_HELP ? STATUS_OK : STATUS_USAGE;
}

/* The only options are --json and --help. -1: go on; else: exit status. */
int no_flags(const struct command *cmd, int argc, char **argv);

/* A number of seconds or the like; complains, and returns false, if not. */
bool parse_number(const struct command *cmd, const char *word, unsigned long max,
		  unsigned long *out);

/* Complain about the command line, and show how it should look. */
int usage_error(const struct command *cmd, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));

void print_help(const struct command *cmd);

#endif /* BULKHEAD_COMMAND_H */
