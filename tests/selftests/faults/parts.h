/* SPDX-License-Identifier: GPL-2.0-only */
/* The parts of the suite, and what they share. */
#ifndef FAULTS_PARTS_H
#define FAULTS_PARTS_H

#include "box.h"
#include "control.h"

#define POLICY	"faulty"
#define AUDITED	"heard"

/* Before and after; bails out. */
struct control_status status_now(void);

/* Hooks, policies, domains: nothing is there that wasn't, and all that was. */
bool same_but_generation(const struct control_status *was);

bool denied(struct box *b, const char *path);

/*
 * Load and unload; the module is loaded when it begins, and when it ends so is
 * the first ruleset.
 */
#define MODULE_POINTS	3
void load_ordeal(void);
void unload_ordeal(void);

/* Apply, bind, unbind, the command. */
#define RULESET_POINTS	6
void ruleset_set_up(void);
void ruleset_put(void);
void ruleset_ordeals(void);

/* Denials and audits, who is told of them, and the worker that tells. */
#define EVENT_POINTS	5
void event_ordeals(void);

/* Tasks and cgroups on their way in. */
#define TASK_POINTS	6
void task_ordeals(void);

/* Make a cgroup: whether it is bound, and holds who comes in. It is removed. */
bool newborn_is_bound(void);

#endif /* FAULTS_PARTS_H */
