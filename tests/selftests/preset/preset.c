// SPDX-License-Identifier: GPL-2.0-only
/* Every preset: denied by name, allowed when lifted, allowed outside. */
#define _GNU_SOURCE
#include <errno.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "preset.h"
#include "suite.h"
#include "tap.h"

static const char on_yaml[] =
"bulkhead: 1\n"
"policy: all\n"
"mode: enforce\n";

#define PRESETS		22
#define GUARD_POINTS	(TRIAL_POINTS + 1)

static const struct {
	const struct guard *guards;
	unsigned int n;
} sets[] = {
	{ mount_guards, ARRAY_SIZE(mount_guards) },
	{ task_guards, ARRAY_SIZE(task_guards) },
	{ call_guards, ARRAY_SIZE(call_guards) },
	{ file_guards, ARRAY_SIZE(file_guards) },
	{ socket_guards, ARRAY_SIZE(socket_guards) },
	{ handle_guards, ARRAY_SIZE(handle_guards) },
};

long ia32_call(long nr, long a, long b, long c, long d, long e)
{
	long result;

	asm volatile("int $0x80" : "=a" (result)
		     : "a" (nr), "b" (a), "c" (b), "d" (c), "S" (d), "D" (e)
		     : "memory", "cc", "r8", "r9", "r10", "r11");
	if ((int)result >= 0)
		return result;
	errno = -(int)result;
	return -1;
}

int own_mounts(void)
{
	return unshare(CLONE_NEWNS) ? errno : 0;
}

typedef void (*guard_fn)(const struct guard *g);

static void each_guard(guard_fn fn)
{
	unsigned int i, j;

	for (i = 0; i < ARRAY_SIZE(sets); i++)
		for (j = 0; j < sets[i].n; j++)
			fn(&sets[i].guards[j]);
}

static unsigned int points, guards;

static void count(const struct guard *g)
{
	points += GUARD_POINTS * g->n;
	guards++;
}

unsigned int suite_points(void)
{
	each_guard(count);
	return points + 2 + TRIAL_POINTS * harmless_count;
}

static void policy_without(const struct guard *g)
{
	char name[64], yaml[256];

	snprintf(name, sizeof(name), "no-%s", g->name);
	snprintf(yaml, sizeof(yaml),
		 "bulkhead: 1\npolicy: %s\nmode: enforce\npresets: {except: [%s]}\n",
		 name, g->name);
	add_policy(name, yaml);
}

static void open_box(struct box *b, const char *policy, const struct guard *g)
{
	box_open(b, "bh-preset");
	errno = g->enter ? box_become(b, g->enter, &g->entered) : 0;
	if (errno)
		bail("%s: ready the box: %m", g->name);
	box_confine(b, policy);
}

static void try_guard(const struct guard *g)
{
	char without[64];
	struct box b;
	unsigned int i;

	snprintf(without, sizeof(without), "no-%s", g->name);
	if (g->begin)
		g->begin();
	outside_enters(g->enter, &g->entered);
	open_box(&b, "all", g);
	trials_run(&b, "all", g->trials, g->n);
	box_close(&b);
	open_box(&b, without, g);
	for (i = 0; i < g->n; i++)
		trial_allowed(&b, &g->trials[i]);
	box_close(&b);
	outside_enters(NULL, NULL);
	if (g->end)
		g->end();
}

/* Guards must not be in the way of what any container does. */
static void try_harmless(void)
{
	struct box b;

	harmless_begin();
	box_open(&b, "bh-preset");
	box_confine(&b, "all");
	trials_run(&b, "all", harmless, harmless_count);
	box_close(&b);
	harmless_end();
}

void suite(void)
{
	ok(guards == PRESETS, "%u presets, each with a guard here", PRESETS);
	each_guard(policy_without);
	apply("all", on_yaml);
	events_open();
	each_guard(try_guard);
	try_harmless();
	no_more_events();
	events_close();
}
