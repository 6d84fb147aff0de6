/* SPDX-License-Identifier: GPL-2.0-only */
/* Network namespaces, the veth between two of them, and who answers there. */
#ifndef SELFTEST_NETNS_H
#define SELFTEST_NETNS_H

#include <sys/types.h>

#include "box.h"

/* A new namespace with loopback up, kept at TOP "/net/<name>". */
void netns_make(const char *name);

/* A veth pair: @name in namespace @a and in @b. */
void netns_veth(const char *name, const char *a, const char *b);

/* An address on a link of a namespace; no duplicate address detection. */
void netns_addr(const char *ns, const char *link, const char *text, int prefix);

/* As an act: the task enters the namespace path2. */
int act_netns(const struct args *a);

/*
 * A process in namespace @ns (NULL: ours) that accepts connections and takes
 * datagrams on these ports, both families, until server_stop().
 */
struct server {
	pid_t pid;
};

struct server_port {
	int type, protocol, port;
};

void server_start(struct server *s, const char *ns,
		  const struct server_port *ports, unsigned int n);
void server_stop(struct server *s);

#endif /* SELFTEST_NETNS_H */
