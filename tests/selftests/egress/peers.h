/* SPDX-License-Identifier: GPL-2.0-only */
/* What peers and other domains bring in, and what the kernel answers by itself. */
#ifndef SELFTEST_EGRESS_PEERS_H
#define SELFTEST_EGRESS_PEERS_H

#include "box.h"

/* Associations and connections that get addresses later. @b: under "ways". */
#define LATER_POINTS	11
void later_addresses(struct box *b);

/* Sockets of two domains in each other's hands; of a domain that was none yet. */
#define OTHERS_POINTS	8
void others_sockets(void);

/* Resets, ICMP and echo replies of a namespace that the box made. */
#define REPLIES_POINTS	4
void kernel_replies(void);

#endif /* SELFTEST_EGRESS_PEERS_H */
