/* SPDX-License-Identifier: GPL-2.0-only */
/* The parts of the binding suite, each with its number of points. */
#ifndef SELFTEST_BINDING_PARTS_H
#define SELFTEST_BINDING_PARTS_H

#include <stdbool.h>

#include "acts.h"
#include "event.h"
#include "host.h"
#include "tap.h"
#include "trial.h"

/* Every policy here denies one of these files, and allows the rest. */
#define SECRET	TOP "/secret"
#define OTHER	TOP "/other"
#define INNER	TOP "/inner"

#define CONFINED_RULE	"deny r " SECRET

/* One point: reading @path in the box is denied, by policy and rule. */
bool denied(struct box *b, const char *path, const char *policy,
	    const char *rule, const char *what);

/* One point: reading @path in the box works. */
bool allowed(struct box *b, const char *path, const char *what);

/* The same of SECRET and the policy that the pattern names. */
#define confined(b, what)	denied(b, SECRET, "bound", CONFINED_RULE, what)
#define unconfined(b, what)	allowed(b, SECRET, what)

/* arming.c: who is forming, and until when. */
#define ARMING_POINTS	36
void arming(void);

/* A task that forms on while the others run, until it is old. */
#define OLD_POINTS	4
void old_begin(void);
void old_end(void);

/* domains.c: explicit, nested, removed, remade, unbound. */
#define DOMAINS_POINTS	45
void domains(void);

/* entry.c: what is no doing of the runtime. */
#define SCRIPT		TOP "/script"
#define ENTRY_POINTS	13
void entry(void);

/* hierarchies.c: cgroup v1. */
#define HIERARCHIES_POINTS	5
void hierarchies(void);

/* moves.c: of tasks that die, are being born or execute. */
#define MOVES_POINTS	28
void moves(void);

/* escape.c: the ways out of a cgroup. */
extern const unsigned int escape_points;
void escape(void);

/* guard.c: a forming task and its confined neighbours. */
extern const unsigned int guard_points;
void guard(void);

#endif /* SELFTEST_BINDING_PARTS_H */
