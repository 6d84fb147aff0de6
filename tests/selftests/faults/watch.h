/* SPDX-License-Identifier: GPL-2.0-only */
/* A confined process that tries without a pause what is forbidden and what is allowed. */
#ifndef FAULTS_WATCH_H
#define FAULTS_WATCH_H

#include <stdatomic.h>
#include <stdbool.h>

#include "host.h"

#define SECRET		TOP "/secret"
#define PUBLIC		TOP "/public"
#define WATCH		TOP "/watch"	/* the file that all processes map */
#define ROOM		"bh-faults"	/* cgroup; what is in c* there is bound */
#define FORBIDDEN_PORT	9000
#define ALLOWED_PORT	53

/**
 * struct watch - what the process saw
 * @rounds: ended ones, each of all acts
 * @through: forbidden acts that didn't fail as they have to
 * @held_back: allowed acts that failed
 * @left, @reported: what fail_end() said to somebody else, and what he was told
 */
struct watch {
	_Atomic bool stop, pause, pausing;
	_Atomic unsigned long rounds, through, held_back;
	_Atomic unsigned int left;
	_Atomic int reported;
};

extern struct watch *watch;

/* The file is made by watch_set_up(). Return: 0 or an errno. */
int watch_map(void);
void watch_set_up(void);

void watch_start(void);
void watch_stop(void);

/* While it pauses nobody is denied anything but by the suite. */
void watch_pause(bool pause);

/* Let it make a whole round. Return: whether all was well so far. */
bool watch_is_well(void);

#endif /* FAULTS_WATCH_H */
