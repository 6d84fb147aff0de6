/* SPDX-License-Identifier: GPL-2.0-only */
/* Every way around that there is: see the table in ways.c. */
#ifndef SELFTEST_EGRESS_WAYS_H
#define SELFTEST_EGRESS_WAYS_H

#include "box.h"

/* Policies, devices and settings that they take. */
void ways_prepare(void);

/* Of a box under policy "ways", "but", "named" and "presets-alone". */
void ways(struct box *b);
void ways_but(struct box *b);
void ways_named(struct box *b);
void ways_guarded(struct box *b);

unsigned int ways_points(void);

#endif /* SELFTEST_EGRESS_WAYS_H */
