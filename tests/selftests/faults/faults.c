// SPDX-License-Identifier: GPL-2.0-only
/*
 * Faults: whatever the module does, with each of its allocations failing in
 * turn. Nothing crashes and nothing stays behind; what failed is reported;
 * the old ruleset is in force until the new one is, all the time; and when
 * nothing fails any more, all works.
 */
#include <errno.h>
#include <stdio.h>

#include "acts.h"
#include "host.h"
#include "inject.h"
#include "parts.h"
#include "suite.h"
#include "tap.h"
#include "watch.h"

unsigned int suite_points(void)
{
	return MODULE_POINTS + RULESET_POINTS + EVENT_POINTS + TASK_POINTS;
}

struct control_status status_now(void)
{
	struct control_status s;

	errno = control_status(&s);
	if (errno)
		bail("status: %m");
	return s;
}

bool same_but_generation(const struct control_status *was)
{
	struct control_status now = status_now();

	if (now.policies == was->policies && now.bindings == was->bindings &&
	    now.domains == was->domains && now.forming == was->forming &&
	    now.closed == was->closed && now.planted_hooks == now.planned_hooks)
		return true;
	diag("policies %u, %u; bindings %u, %u; domains %u, %u; forming %u, %u; closed %llu, %llu; hooks %u of %u",
	     was->policies, now.policies, was->bindings, now.bindings, was->domains,
	     now.domains, was->forming, now.forming, (unsigned long long)was->closed,
	     (unsigned long long)now.closed, now.planted_hooks, now.planned_hooks);
	return false;
}

bool denied(struct box *b, const char *path)
{
	struct args a = { .n = { 0 } };
	int error;

	snprintf(a.path, sizeof(a.path), "%s", path);
	error = box_do(b, act_read, &a, NULL);
	if (error && error != EACCES)
		bail("read %s in %s: errno %d", path, b->cgroup, error);
	return error;
}

void suite(void)
{
	copy_self(HELPER);
	inject_set_up();
	watch_set_up();
	ruleset_set_up();
	load_ordeal();
	watch_start();
	ruleset_ordeals();
	event_ordeals();
	task_ordeals();
	watch_stop();
	unload_ordeal();
}
