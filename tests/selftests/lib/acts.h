/* SPDX-License-Identifier: GPL-2.0-only */
/* Acts that several suites try. Each returns 0 or an errno. */
#ifndef SELFTEST_ACTS_H
#define SELFTEST_ACTS_H

#include "box.h"

/* open(path, n[0]); closes it again. */
int act_open(const struct args *a);

/* open(path, O_RDONLY). */
int act_read(const struct args *a);

/* Execute path with the arguments "exit 0": a copy of the suite does. */
int act_exec(const struct args *a);

/*
 * Have the dynamic loader run path with the argument "help". What it can't map
 * it says on stderr, and with an exit status of its own.
 */
#define LD_SO		"/lib64/ld-linux-x86-64.so.2"
#define LD_SO_FAILS	127
int act_ld_so(const struct args *a);

/* socket(n[0], n[1], n[2]). */
int act_socket(const struct args *a);

/* A TCP connection to addr; n[0]: the protocol if not TCP. */
int act_connect(const struct args *a);

/* A datagram to addr by sendto; n[0]: from this port; n[1]: protocol if not UDP. */
int act_sendto(const struct args *a);

/* bind(addr) of a socket of type n[0], protocol n[1]. */
int act_bind(const struct args *a);

/* sethostname(what it is): needs CAP_SYS_ADMIN. */
int act_hostname(const struct args *a);

/* Wait for all children to end. */
int act_reap(const struct args *a);

/* Nothing at all: to see that a task still answers. */
int act_nothing(const struct args *a);

#endif /* SELFTEST_ACTS_H */
