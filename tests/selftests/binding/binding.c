// SPDX-License-Identifier: GPL-2.0-only
/*
 * Binding: which cgroups have a policy, which of their tasks are held to it,
 * and from when on.
 */
#include <errno.h>
#include <stdio.h>
#include <linux/bulkhead.h>

#include "control.h"
#include "parts.h"
#include "suite.h"

static const char bound_yaml[] =
"bulkhead: 1\n"
"policy: bound\n"
"mode: enforce\n"
"presets: {except: [io-uring]}\n"
"match:\n"
"  - cgroup: /bh-pat*\n"
"    alternatives: [other]\n"
"  - cgroup: /bh-deep/**/leaf\n"
"  - cgroup: /bh-class-[a-c][!x-z]?\n"
"  - cgroup: /bh-odd-[]][\\*-\\-]\\?\n"
"file:\n"
"  default: allow\n"
"  rules:\n"
"    - " CONFINED_RULE "\n";

static const char other_yaml[] =
"bulkhead: 1\n"
"policy: other\n"
"mode: enforce\n"
"file:\n"
"  default: allow\n"
"  rules:\n"
"    - deny r " OTHER "\n";

static const char inner_yaml[] =
"bulkhead: 1\n"
"policy: inner\n"
"mode: enforce\n"
"file:\n"
"  default: allow\n"
"  rules:\n"
"    - deny r " INNER "\n";

static const char gate_yaml[] =
"bulkhead: 1\n"
"policy: gate\n"
"mode: enforce\n"
"match:\n"
"  - cgroup: /bh-gate\n"
"exec:\n"
"  default: deny\n"
"  rules: [\"allow " HELPER ", " SCRIPT "\"]\n"
"file:\n"
"  default: allow\n"
"  rules:\n"
"    - deny r " SECRET "\n";

static const char setup_yaml[] =
"bulkhead: 1\n"
"setup: [" TOP "/runtime]\n";

bool denied(struct box *b, const char *path, const char *policy,
	    const char *rule, const char *what)
{
	struct args args = { 0 };
	struct want want = {
		.policy = policy, .rule = rule, .act = BULKHEAD_ACT_OPEN,
		.perms = BULKHEAD_PERM_READ, .path = path, .cgroup = b->id,
	};
	int error;

	snprintf(args.path, sizeof(args.path), "%s", path);
	error = box_do(b, act_read, &args, &want.pid);
	if (error != EACCES)
		diag("error %d", error);
	return ok(error == EACCES && event_wanted(&want), "%s", what);
}

bool allowed(struct box *b, const char *path, const char *what)
{
	struct args args = { 0 };
	int error;

	snprintf(args.path, sizeof(args.path), "%s", path);
	error = box_do(b, act_read, &args, NULL);
	if (error)
		diag("error %d", error);
	return ok(!error, "%s", what);
}

unsigned int suite_points(void)
{
	return ARMING_POINTS + DOMAINS_POINTS + ENTRY_POINTS + MOVES_POINTS +
	       HIERARCHIES_POINTS + escape_points + guard_points +
	       OLD_POINTS + 2;
}

/* What was bound here has ended: nothing may be left of it. */
static void nothing_left(void)
{
	struct control_status s;

	ok(!control_status(&s) && !s.domains && !s.forming,
	   "no domain and no forming task is left");
	if (s.domains || s.forming)
		diag("%u domains, %u forming", s.domains, s.forming);
}

void suite(void)
{
	put_file(SECRET, "secret\n");
	put_file(OTHER, "other\n");
	put_file(INNER, "inner\n");
	copy_self(HELPER);
	copy_self(TOP "/runtime");
	apply("setup", setup_yaml);
	apply("other", other_yaml);
	apply("inner", inner_yaml);
	apply("bound", bound_yaml);
	apply("gate", gate_yaml);
	events_open();
	old_begin();
	arming();
	domains();
	entry();
	moves();
	hierarchies();
	escape();
	guard();
	old_end();
	nothing_left();
	no_more_events();
	events_close();
}
