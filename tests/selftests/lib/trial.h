/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A trial: an act in a box, and its twin outside.
 *
 * Denied: the errno, the event with its rule, and nothing else. Allowed: it
 * works, and the next event is another's. Each trial makes two points.
 */
#ifndef SELFTEST_TRIAL_H
#define SELFTEST_TRIAL_H

#include "box.h"
#include "event.h"

struct trial {
	const char *name;
	act_fn act;
	struct args args;
	int error;		/* in the box; 0: the policy allows it */
	struct want want;	/* policy, pid, cgroup, generation are filled in */
	int outside;		/* errno of the twin: 0 but for what is odd */
	void (*again)(const struct args *);	/* set-up before act and twin */
	int fd;			/* to hand over, if above 0 */
	int (*hand)(void);	/* makes one for each of the two */
	bool (*after)(const struct trial *);	/* holds after each; the twin's wants nothing */
	int lacks;		/* the twin's errno where the kernel hasn't got the call */
};

#define TRIAL_POINTS	2

/* @policy: the one in force in @b, whose rules the trials name. */
void trials_run(struct box *b, const char *policy, const struct trial *t,
		unsigned int n);

/* One point: the act without a word of the policy's, in a box that lets it. */
void trial_allowed(struct box *b, const struct trial *t);

/* One point: that no event is left that nobody waited for. */
void no_more_events(void);

#endif /* SELFTEST_TRIAL_H */
