// SPDX-License-Identifier: GPL-2.0-only
/*
 * Escapes replayed: each first in a container that nothing confines, where it
 * has to work, then in one that has the presets and no other rule.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "escape.h"
#include "event.h"
#include "host.h"
#include "suite.h"
#include "tap.h"
#include "trial.h"

static const char default_yaml[] =
"bulkhead: 1\n"
"policy: default\n"
"mode: enforce\n"
"match:\n"
"  - cgroup: /bh-default\n";

/* For those that a file section stops: it has not to say anything else. */
static const char files_yaml[] =
"bulkhead: 1\n"
"policy: files\n"
"mode: enforce\n"
"match:\n"
"  - cgroup: /bh-files\n"
"file:\n"
"  default: allow\n";

static const char drift_yaml[] =
"bulkhead: 1\n"
"policy: drift\n"
"mode: enforce\n"
"match:\n"
"  - cgroup: /bh-drift\n"
"exec: {default: allow, drift: deny}\n";

#define NAME(name) name
static const struct escape *const techniques[] = { TECHNIQUES(NAME) };

#define POINTS	2

unsigned int suite_points(void)
{
	unsigned int i, n = 0;
	const struct escape *e;

	for (i = 0; i < ARRAY_SIZE(techniques); i++)
		for (e = techniques[i]; e->name; e++)
			n++;
	return n * POINTS + 1;
}

static int play(const struct escape *e, struct box *b, const char *cgroup,
		struct args *a)
{
	unlink(OWNED);
	if (e->prepare)
		e->prepare(a);
	container_open(b, cgroup, &e->spec);
	if (e->during)
		e->during(b, a);
	return e->scene ? e->scene(b, a) : box_do(b, e->attempt, a, NULL);
}

static void end(const struct escape *e, struct box *b)
{
	container_close(b);
	if (e->restore)
		e->restore();
}

/* The kernel starts its helpers in its own time. */
static bool soon_escaped(const struct escape *e)
{
	unsigned int tries = 0;

	while (!e->escaped())
		if (++tries == 100)
			return false;
		else
			sleep_ms(50);
	return true;
}

static void works(const struct escape *e)
{
	struct args a = { 0 };
	struct box b;
	int error = play(e, &b, "bh-open", &a);
	bool out = !error && (!e->escaped || soon_escaped(e));

	if (error)
		diag("unconfined: %s", strerror(error));
	ok(out, "%s: works in a container", e->name);
	end(e, &b);
}

static void is_stopped(const struct escape *e)
{
	const char *policy = e->policy ? e->policy : "default";
	struct args a = { 0 };
	char cgroup[64];
	struct want w;
	struct box b;
	bool said, out;
	int error;

	snprintf(cgroup, sizeof(cgroup), "bh-%s", policy);
	error = play(e, &b, cgroup, &a);
	if (error != e->error)
		diag("confined: %s, want %s", error ? strerror(error) : "success",
		     strerror(e->error));
	w = (struct want){
		.policy = policy, .rule = e->rule, .act = e->act,
		.reason = e->reason ? e->reason : BULKHEAD_REASON_PRESET,
		.pid = ANY_PID, .cgroup = b.id, .path = ANY_PATH,
	};
	said = event_wanted(&w);
	out = e->escaped && e->escaped();
	if (out)
		diag("the host was touched");
	ok(error == e->error && said && !out, "%s: stopped by %s", e->name, e->rule);
	end(e, &b);
	/* An attacker may have tried more than one thing. */
	events_drop(0);
}

static void replay(const struct escape *e)
{
	works(e);
	events_drop(0);
	is_stopped(e);
}

void suite(void)
{
	const struct escape *e;
	unsigned int i;

	apply("default", default_yaml);
	add_policy("drift", drift_yaml);
	apply("files", files_yaml);
	events_open();
	for (i = 0; i < ARRAY_SIZE(techniques); i++)
		for (e = techniques[i]; e->name; e++)
			replay(e);
	no_more_events();
	events_close();
}
