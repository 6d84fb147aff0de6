/* SPDX-License-Identifier: GPL-2.0-only */
/* Addresses of flows: 128 bits, IPv4 as ::ffff:a.b.c.d; and whose a socket is. */
#ifndef BKH_FLOW_H
#define BKH_FLOW_H

#include <linux/in6.h>
#include <linux/string.h>
#include <linux/types.h>
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

/* The cgroup that made a socket. Under RCU. */
static inline struct cgroup *bkh_sock_cgroup(const struct sock *sk)
{
	/* The cast drops a const that sock_cgroup_ptr() doesn't know. */
	return sock_cgroup_ptr((struct sock_cgroup_data *)&sk->sk_cgrp_data);
}

#endif /* BKH_FLOW_H */
