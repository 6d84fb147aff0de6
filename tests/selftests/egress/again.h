/* SPDX-License-Identifier: GPL-2.0-only */
/* What was permitted once is recalled for the same destination, and for nothing else. */
#ifndef SELFTEST_EGRESS_AGAIN_H
#define SELFTEST_EGRESS_AGAIN_H

#include "box.h"

/* Adds the policies that again() needs. */
void again_prepare(void);

/*
 * @strict and @lax: in namespace "box", bound to policies "only" and "but";
 * @strict is bound otherwise on the way.
 */
#define AGAIN_POINTS	16
void again(struct box *strict, struct box *lax);

/* On the host's network; no box is open. */
#define REUSE_POINTS	2
void reuse(void);

#endif /* SELFTEST_EGRESS_AGAIN_H */
