// SPDX-License-Identifier: GPL-2.0-only
/*
 * One letter to /proc/sysrq-trigger kills, crashes or reboots the host. The
 * letter here sets the console's log level, which nobody misses. Engines mask
 * the file for that. Edwards and Freeman, "A Compendium of Container Escapes",
 * Black Hat USA 2019.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "escape.h"
#include "host.h"

#define LEVELS	"/proc/sys/kernel/printk"
#define SWITCH	"/proc/sys/kernel/sysrq"

static char levels[64], allowed[64];

static void remember(struct args *a)
{
	(void)a;
	read_file(LEVELS, levels, sizeof(levels));
	read_file(SWITCH, allowed, sizeof(allowed));
	write_file(SWITCH, "1");
}

static void put_back(void)
{
	write_file(LEVELS, levels);
	write_file(SWITCH, allowed);
}

static int trigger(const struct args *a)
{
	(void)a;
	return write_file("/proc/sysrq-trigger", "3");
}

static bool level_changed(void)
{
	char now[64];

	read_file(LEVELS, now, sizeof(now));
	return atoi(now) == 3;
}

static int turn_on(const struct args *a)
{
	(void)a;
	return write_file(SWITCH, "511");
}

static bool turned_on(void)
{
	char now[64];

	read_file(SWITCH, now, sizeof(now));
	return atoi(now) == 511;
}

const struct escape sysrq[] = {
	{ "sysrq-trigger", { .caps = ALL_CAPS }, remember, .attempt = trigger,
	  .escaped = level_changed, .restore = put_back, .error = EACCES,
	  .act = BULKHEAD_ACT_OPEN, .rule = "preset sysrq" },
	{ "kernel.sysrq", { .caps = ALL_CAPS }, remember, .attempt = turn_on,
	  .escaped = turned_on, .restore = put_back, .error = EACCES,
	  .act = BULKHEAD_ACT_OPEN, .rule = "preset sysrq" },
	{ NULL }
};
