/* SPDX-License-Identifier: GPL-2.0-only */
/* Socket addresses. Trials that have some are made in functions. */
#ifndef SELFTEST_ADDR_H
#define SELFTEST_ADDR_H

#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/un.h>

/* From text; bails out when it is none. */
struct sockaddr_storage addr(const char *text, unsigned int port);

static inline socklen_t addr_len(const struct sockaddr_storage *s)
{
	return s->ss_family == AF_INET ? sizeof(struct sockaddr_in) :
	       s->ss_family == AF_INET6 ? sizeof(struct sockaddr_in6) :
	       sizeof(sa_family_t);
}

/*
 * A path, or a name in the abstract namespace: with "@" for its first byte;
 * bails out when it is too long. Return: the length of the address.
 */
socklen_t addr_unix(struct sockaddr_un *un, const char *name);

#endif /* SELFTEST_ADDR_H */
