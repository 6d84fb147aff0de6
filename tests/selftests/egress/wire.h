/* SPDX-License-Identifier: GPL-2.0-only */
/* What came over the wire: an ear at the world's end of the veth. */
#ifndef SELFTEST_EGRESS_WIRE_H
#define SELFTEST_EGRESS_WIRE_H

#include "trial.h"

/* Listen to what @link of namespace @ns receives. Bails out. */
void wire_open(const char *ns, const char *link);
void wire_close(void);

/* As trial.again: what came so far doesn't count. */
void wire_forget(const struct args *a);

/*
 * Packets since then that are no mere upkeep of the link: to this port, or,
 * with port 0, all that aren't TCP; to this address only, if it is given. Of
 * TCP those that open a connection: some other may still be ending.
 */
unsigned int wire_count(unsigned int port, const struct sockaddr_storage *to);

/* As trial.after: whether what was refused stayed off the wire, and what was allowed went. */
bool wire_agrees(const struct trial *t);

/* The same, of all that TCP sends. */
bool wire_agrees_on_any(const struct trial *t);

/* The same of packets that carry more than the fixed header of IP. */
bool wire_agrees_on_routed(const struct trial *t);

/* The same of packets of IPv4 that are inside of others. */
bool wire_agrees_on_tunnelled(const struct trial *t);

/* Where nothing of either needs to come by here. */
bool wire_has_no_say(const struct trial *t);

/* trials_run() for acts whose packets have to come by here. */
void wire_trials(struct box *b, const char *policy, const struct trial *t, unsigned int n);

#endif /* SELFTEST_EGRESS_WIRE_H */
