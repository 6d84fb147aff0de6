/* SPDX-License-Identifier: GPL-2.0-only */
/* Ways to get a packet out. Each returns 0 or an errno. */
#ifndef SELFTEST_EGRESS_NET_ACTS_H
#define SELFTEST_EGRESS_NET_ACTS_H

#include <netinet/ip6.h>

#include "acts.h"

/* A UDP socket, connected to addr, then a datagram. */
int act_connected_udp(const struct args *a);

/* TCP Fast Open: a connection made by sending. n[0]: protocol. */
int act_fastopen_sendto(const struct args *a);
int act_fastopen_sendmsg(const struct args *a);

/* A datagram to an IPv4 addr that says AF_UNSPEC, or by an IPv6 socket. */
int act_sendto_unspec(const struct args *a);
int act_sendto_cross(const struct args *a);

/*
 * Raw, with a header of its own: protocol n[0] to addr; n[1]: TCP flags; n[2]:
 * only this much behind the IP header, as a fragment.
 */
int act_raw(const struct args *a);
int act_raw6(const struct args *a);

/* Send to addr what is behind @ip, which says what that is. */
int send_raw6(struct ip6_hdr *ip, size_t payload, const struct args *a);

/* The header alone, which says that protocol n[0] follows. */
int act_raw_empty(const struct args *a);

/* Raw without one: an ICMP message of type n[0]. */
int act_icmp(const struct args *a);
int act_icmp6(const struct args *a);

/* SCTP: addr by the address list of sctp_connectx(). */
int act_sctp_connectx(const struct args *a);

/* A socket that was handed over, or a fresh one for the twin outside. */
int act_fd_connect(const struct args *a);
int act_fd_send(const struct args *a);
int act_fd_sendto(const struct args *a);
int act_fd_fastopen(const struct args *a);
int act_fd_raw(const struct args *a);		/* as act_raw() */

#define TCP_SYN		0x02
#define TCP_ACK		0x10

#endif /* SELFTEST_EGRESS_NET_ACTS_H */
