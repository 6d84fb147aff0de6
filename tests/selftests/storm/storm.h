/* SPDX-License-Identifier: GPL-2.0-only */
/* The storm's parts, and the tally that all of its processes share. */
#ifndef STORM_H
#define STORM_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "box.h"
#include "host.h"

#define SECRET		TOP "/secret"
#define PUBLIC		TOP "/public"
#define FORBIDDEN	TOP "/forbidden"	/* a program */
#define NOWHERE		TOP "/nowhere"
#define TALLY		TOP "/tally"

#define ROOM		"bh-storm"		/* cgroup above all of them */
#define POLICY		"stormy"
#define CONTAINERS	64
#define LAST_CPU	"/sys/devices/system/cpu/cpu1/online"

/**
 * struct tally - what came of all acts, in a file that everybody maps
 * @begun: forbidden acts about to be tried
 * @refused: those that came back refused
 * @killed: processes that may have died between the two
 * @worked: allowed acts that worked
 * @let_through: forbidden acts that did not fail as they have to
 * @held_back: allowed acts that failed
 * @starved: acts that failed for want of memory
 * @unfit: acts that starved where memory is short for nobody
 * @wrong_act: letter of the last act that went wrong, and its errno
 * @delivered: denials that the quick reader was told of
 * @strange: events that no act of ours can have caused
 */
struct tally {
	_Atomic bool stop, drained;
	_Atomic unsigned long begun, refused, killed;
	_Atomic unsigned long worked, let_through, held_back, starved, unfit;
	_Atomic int wrong_act, wrong_error;
	_Atomic unsigned long lives, cgroups, cpus, replaced;
	_Atomic unsigned long group_kills, global_kills;
	_Atomic unsigned long delivered, strange, overruns;
	_Atomic unsigned long slow_read, slow_overruns, out_of_order;
	_Atomic bool scarce;	/* memory is short on the whole host */
};

extern struct tally *tally;

/* Map TALLY. Return: 0 or an errno. */
int tally_map(void);

/* A process that runs @what(@n) with the suite's rights, outside. */
pid_t start_process(void (*what)(unsigned int), unsigned int n);

/* Acts: what a container's process, already confined, does until it ends. */
int act_work(const struct args *a);
int act_hog(const struct args *a);
int act_flood(const struct args *a);	/* more at once than may be told of */

/* Read SECRET on CPU n[0]. */
int act_read_there(const struct args *a);

/* Into cgroup ROOM/@name, then execute the helper, which calls @act. */
pid_t start_contained(const char *name, act_fn act, unsigned int n);

/* Processes outside. */
void run_engine(unsigned int n);	/* containers, one after another */
void run_maker(unsigned int n);		/* cgroups, nested, nobody in them */
void run_cpus(unsigned int n);		/* the last CPU, away and back */
void run_group_hogs(unsigned int n);	/* killed for the limit of a cgroup */
void run_global_hogs(unsigned int n);	/* killed for the whole host, n times */
void run_quick_reader(unsigned int n);
void run_slow_reader(unsigned int n);

/* What the host can still give, without what the kernel keeps for itself. */
unsigned long free_kib(void);

/* A member of the group that never reads. Return: a descriptor. */
int sleeping_reader(void);

/* Whether there was more for @sock than it had room for; asked once. */
bool overran(int sock);

#endif /* STORM_H */
