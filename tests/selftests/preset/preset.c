// SPDX-License-Identifier: GPL-2.0-only
/* Every preset: denied by name, allowed when lifted, allowed outside. */
#define _GNU_SOURCE
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>
#include <linux/io_uring.h>

#include "control.h"
#include "preset.h"
#include "suite.h"
#include "tap.h"

static const char on_yaml[] =
"bulkhead: 1\n"
"policy: all\n"
"mode: enforce\n";

static const char told_yaml[] =
"bulkhead: 1\n"
"policy: told\n"
"mode: audit\n";

#define PRESETS		22
#define GUARD_POINTS	(TRIAL_POINTS + 1)
/* Of two policies, and of one in audit mode. */
#define STACK_POINTS	(1 + 2 * TRIAL_POINTS)

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
	return points + 2 + STACK_POINTS + TRIAL_POINTS * (nested_count + harmless_count);
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

/* Presets hold in any user namespace, for those who may make one. */
static void try_nested(void)
{
	struct box b;

	mount_guards[0].begin();
	box_open(&b, "bh-preset");
	box_confine(&b, "no-userns");
	trials_run(&b, "no-userns", nested_trials, nested_count);
	box_close(&b);
	mount_guards[0].end();
}

static int act_ring(const struct args *a)
{
	struct io_uring_params p = { 0 };

	(void)a;
	return errno_of(syscall(SYS_io_uring_setup, 1, &p));
}

#define RING(v)	{							\
	.act = BULKHEAD_ACT_IO_URING, .reason = BULKHEAD_REASON_PRESET,	\
	.rule = "preset io-uring", .verdict = v }

/* What the inner policy lifts, an outer one may still refuse. */
static void try_stack(void)
{
	static const struct trial t = {
		"lifted by the inner of two", act_ring, { "" }, EPERM, RING(0)
	};
	uint64_t outer = cgroup_make("bh-outer");
	struct box b;

	box_open(&b, "bh-outer/in");
	box_confine(&b, "no-io-uring");
	trial_allowed(&b, &t);
	errno = control_bind(outer, "all");
	if (errno)
		bail("bind bh-outer: %m");
	trials_run(&b, "all", &t, 1);
	box_close(&b);
	cgroup_remove("bh-outer");
}

static void try_audit(void)
{
	static const struct trial t = {
		"in audit mode", act_ring, { "" }, 0, RING(BULKHEAD_VERDICT_AUDIT)
	};
	struct box b;

	box_open(&b, "bh-preset");
	box_confine(&b, "told");
	trials_run(&b, "told", &t, 1);
	box_close(&b);
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
	add_policy("told", told_yaml);
	apply("all", on_yaml);
	events_open();
	each_guard(try_guard);
	try_nested();
	try_stack();
	try_audit();
	try_harmless();
	no_more_events();
	events_close();
}
