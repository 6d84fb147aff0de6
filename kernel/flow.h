/* SPDX-License-Identifier: GPL-2.0-only */
/* Addresses of flows: 128 bits, IPv4 as ::ffff:a.b.c.d; and whose a socket is. */
#ifndef BKH_FLOW_H
#define BKH_FLOW_H

#include <linux/in6.h>
#include <linux/string.h>
#include <linux/types.h>
#include <linux/socket.h>
#include <net/ipv6.h>
#include <net/sock.h>

#include "judge.h"

static inline void bkh_addr_set_v4(u8 addr[16], __be32 v4)
{
	memset(addr, 0, 10);
	addr[10] = 0xff;
	addr[11] = 0xff;
	memcpy(addr + 12, &v4, sizeof(v4));
}

static inline void bkh_flow_set_v4(struct bkh_flow *flow, __be32 v4)
{
	bkh_addr_set_v4(flow->addr, v4);
	flow->v4 = true;
}

static inline void bkh_flow_set_v6(struct bkh_flow *flow,
				   const struct in6_addr *v6)
{
	memcpy(flow->addr, v6, sizeof(flow->addr));
	flow->v4 = ipv6_addr_v4mapped(v6);
}

/*
 * Destination or local address as the socket will take it: IPv6 sockets know
 * IPv4 addresses, and IPv4 sockets take AF_UNSPEC for AF_INET.
 */
static inline bool bkh_flow_read(struct bkh_flow *flow, const struct sock *sk,
				 const struct sockaddr *addr, int len)
{
	const struct sockaddr_in6 *in6 = (const struct sockaddr_in6 *)addr;
	const struct sockaddr_in *in = (const struct sockaddr_in *)addr;
	bool v4;

	if (len < (int)offsetofend(struct sockaddr, sa_family))
		return false;
	v4 = addr->sa_family == AF_INET ||
	     (addr->sa_family == AF_UNSPEC && sk->sk_family == AF_INET);
	if (v4 && len >= (int)sizeof(*in)) {
		bkh_flow_set_v4(flow, in->sin_addr.s_addr);
		flow->port = ntohs(in->sin_port);
		return true;
	}
	if (addr->sa_family == AF_INET6 && len >= SIN6_LEN_RFC2133) {
		bkh_flow_set_v6(flow, &in6->sin6_addr);
		flow->port = ntohs(in6->sin6_port);
		return true;
	}
	return false;
}

/*
 * Who answers for what a socket sends: the cgroup that made it, and the task
 * that sends by it, if it got the socket from elsewhere.
 */
struct bkh_senders {
	struct bkh_subject by[2];
	unsigned int count;
};

/* Those of them that are confined. Under RCU. Any context. */
unsigned int bkh_find_senders(const struct sock *sk, struct bkh_senders *s);

/* The cgroup that made a socket. Under RCU. */
static inline struct cgroup *bkh_sock_cgroup(const struct sock *sk)
{
	/* The cast drops a const that sock_cgroup_ptr() doesn't know. */
	return sock_cgroup_ptr((struct sock_cgroup_data *)&sk->sk_cgrp_data);
}

/* What a report says of a socket. */
static inline struct bkh_request
bkh_sock_request(enum bulkhead_act act, const struct sock *sk, int error)
{
	return (struct bkh_request){
		.act = act,
		.family = sk->sk_family,
		.type = sk->sk_type,
		.protocol = sk->sk_protocol,
		.error = error,
	};
}

#endif /* BKH_FLOW_H */
