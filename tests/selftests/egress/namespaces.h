/* SPDX-License-Identifier: GPL-2.0-only */
/* Packets are judged in namespaces that were there and in those that come; or none are sent. */
#ifndef SELFTEST_EGRESS_NAMESPACES_H
#define SELFTEST_EGRESS_NAMESPACES_H

struct sockaddr_storage;

/* One of the suite's own in a namespace, connected if there is a peer. Bails out. */
int foreign_socket(const char *ns, int type, int protocol,
		   const struct sockaddr_storage *peer);

/* No box is open. @policy denies tcp 8080 everywhere, @yaml is its text. */
#define NAMESPACES_POINTS	36
void namespaces(const char *policy, const char *yaml);

#endif /* SELFTEST_EGRESS_NAMESPACES_H */
