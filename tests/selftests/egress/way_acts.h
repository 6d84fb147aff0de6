/* SPDX-License-Identifier: GPL-2.0-only */
/* Odder ways to get a packet out. Each returns 0 or an errno. */
#ifndef SELFTEST_EGRESS_WAY_ACTS_H
#define SELFTEST_EGRESS_WAY_ACTS_H

#include "acts.h"

/* The hop that source routes lead by, other than where they end. */
#define HOP	"10.9.0.3"
#define HOP6	"fd09::3"

/* What an act sends by: n[0] of the acts below. */
enum by {
	BY_SOCKET,		/* an option of the socket */
	BY_MESSAGE,		/* a control message of the one datagram */
};

/* IPv4 options, n[1]: a datagram to addr. */
#define OPTION_RECORD	7
#define OPTION_LOOSE	131
#define OPTION_STRICT	137
int act_option(const struct args *a);

/* The same: a TCP connection; and one that is there before the option is. */
int act_option_connect(const struct args *a);
int act_option_later(const struct args *a);

/* Lay an ipip tunnel to HOP, from path2, on the way to path, and remove it. */
int act_tunnel(const struct args *a);

/*
 * A datagram to addr, which is path, from a network namespace that has a VXLAN
 * tunnel to HOP, whose own socket is here, at path2.
 */
#define VXLAN_PORT "4789"
int act_vxlan(const struct args *a);

/* To addr from path2, port 5353, of SCTP: by connect(), if n[0], or by a message. */
int act_sctp_from_served(const struct args *a);

/* A TCP connection to addr, which is path, that goes on by that tunnel. */
int act_tunnel_later(const struct args *a);

/* An IPv6 routing header of type n[1], 2 or 4: a datagram to addr by HOP6. */
int act_routing(const struct args *a);
int act_routing_connect(const struct args *a);
int act_routing_later(const struct args *a);

/*
 * Raw UDP, headers by hand: n[0]: an IPv4 option, or the IPv6 header, -1 for
 * hop-by-hop and destination options; n[1]: the IHL if it lies.
 */
int act_raw_option(const struct args *a);
int act_raw_headers(const struct args *a);

/* Raw UDP: a fragment that begins at byte n[0], and more to come. */
int act_raw_fragment(const struct args *a);

/* A datagram to addr by the device path: n[0]. */
int act_device(const struct args *a);

/* To addr, at last: after an association with path2 and n[0] was dissolved. */
int act_again(const struct args *a);

/* Connected without a packet: needs CAP_NET_ADMIN. */
int act_repair(const struct args *a);

/* A DCCP connection to addr. */
int act_dccp(const struct args *a);

/* A ping socket: an echo to addr. */
int act_ping(const struct args *a);

/* By io_uring: a connection; a datagram. n[0]: by the kernel's own thread. */
int act_ring_connect(const struct args *a);
int act_ring_send(const struct args *a);

/* A tun device of the name path, made or attached to. */
int act_tun(const struct args *a);

/* A queue of a tun device that was handed over: take it up. */
int act_fd_queue(const struct args *a);

/* A packet socket that was handed over: a frame to the device path. */
int act_fd_packet(const struct args *a);

/* One byte to addr, with a control message of up to 64 bytes. Return: an errno, or 0. */
int send_with(int fd, const struct args *a, int level, int type, const void *data, size_t len);

#endif /* SELFTEST_EGRESS_WAY_ACTS_H */
