/* SPDX-License-Identifier: GPL-2.0-only */
/* Answers of a server in the box, and sockets that leave it. */
#ifndef SELFTEST_EGRESS_SERVING_H
#define SELFTEST_EGRESS_SERVING_H

#include "box.h"

/* @b: in namespace "box"; its policy lets it serve tcp 80, udp 5353 and sctp 5353. */
#define SERVING_POINTS	6
void serving(struct box *b);

/* Ends and removes the box, whose policy is @policy. */
#define LENT_POINTS	4
void lent(struct box *b, const char *policy);

#endif /* SELFTEST_EGRESS_SERVING_H */
