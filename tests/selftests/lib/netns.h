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

/* Leave no room for another hook on IPv4 packets to go out; netns_empty() does. */
void netns_fill(const char *name);
void netns_empty(const char *name);

/*
 * Nothing but its name holds the namespace: take that away, and wait until the
 * veth pair @link, whose other end is in namespace @other, is gone with it.
 */
void netns_end(const char *name, const char *link, const char *other);

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
