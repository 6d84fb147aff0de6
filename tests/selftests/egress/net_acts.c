// SPDX-License-Identifier: GPL-2.0-only
/* Ways to get a packet out. */
#define _GNU_SOURCE
#include <errno.h>
#include <netinet/icmp6.h>
#include <netinet/in.h>
#include <netinet/ip.h>
#include <netinet/ip6.h>
#include <netinet/ip_icmp.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "addr.h"
#include "host.h"
#include "net_acts.h"

#ifndef IPPROTO_SCTP
#define IPPROTO_SCTP		132
#endif
#define SCTP_SOCKOPT_CONNECTX	110	/* of linux/sctp.h */
#define IPV6_HDRINCL		36	/* of linux/in6.h */

static int result(long r)
{
	return r < 0 ? errno : 0;
}

/* A connection that has begun is one that was not refused. */
static int begun(long r)
{
	return r < 0 && errno != EINPROGRESS ? errno : 0;
}

static const struct sockaddr *sa(const struct args *a)
{
	return (const struct sockaddr *)&a->addr;
}

int act_connected_udp(const struct args *a)
{
	int fd = socket(a->addr.ss_family, SOCK_DGRAM, 0);

	if (fd < 0 || connect(fd, sa(a), addr_len(&a->addr)))
		return errno;
	return result(send(fd, "x", 1, 0));
}

static int stream(const struct args *a)
{
	return socket(a->addr.ss_family, SOCK_STREAM | SOCK_NONBLOCK, a->n[0]);
}

int act_fastopen_sendto(const struct args *a)
{
	int fd = stream(a);

	return fd < 0 ? errno : begun(sendto(fd, "x", 1, MSG_FASTOPEN, sa(a),
					     addr_len(&a->addr)));
}

static int fastopen_by(int fd, const struct args *a)
{
	struct iovec iov = { (void *)"x", 1 };
	struct msghdr m = {
		.msg_name = (void *)&a->addr, .msg_namelen = addr_len(&a->addr),
		.msg_iov = &iov, .msg_iovlen = 1,
	};

	return fd < 0 ? errno : begun(sendmsg(fd, &m, MSG_FASTOPEN));
}

int act_fastopen_sendmsg(const struct args *a)
{
	return fastopen_by(stream(a), a);
}

int act_sendto_unspec(const struct args *a)
{
	struct sockaddr_storage s = a->addr;
	int fd = socket(AF_INET, SOCK_DGRAM, 0);

	s.ss_family = AF_UNSPEC;
	return fd < 0 ? errno : result(sendto(fd, "x", 1, 0, (void *)&s,
					      sizeof(struct sockaddr_in)));
}

int act_sendto_cross(const struct args *a)
{
	int fd = socket(AF_INET6, SOCK_DGRAM, 0);

	return fd < 0 ? errno : result(sendto(fd, "x", 1, 0, sa(a),
					      sizeof(struct sockaddr_in)));
}

/* Enough of a TCP or UDP header for who looks at ports and flags. */
static size_t transport(unsigned char *at, const struct args *a, uint16_t port)
{
	memset(at, 0, 20);
	at[1] = 99;			/* source port 99 */
	memcpy(at + 2, &port, 2);
	if (a->n[0] == IPPROTO_UDP) {
		at[5] = 8;		/* length */
		return 8;
	}
	at[12] = 5 << 4;		/* data offset */
	at[13] = a->n[1];
	at[14] = 0x20;			/* window */
	return 20;
}

static int raw_by(int fd, const struct args *a)
{
	const struct sockaddr_in *to = (const void *)&a->addr;
	struct {
		struct iphdr ip;
		unsigned char rest[20];
	} p = { .ip = { .version = 4, .ihl = 5, .ttl = 64, .protocol = a->n[0],
			.daddr = to->sin_addr.s_addr } };
	size_t len = sizeof(p.ip) + transport(p.rest, a, to->sin_port);

	if (a->n[2]) {
		p.ip.frag_off = htons(IP_MF);
		len = sizeof(p.ip) + a->n[2];
	}
	return fd < 0 ? errno : result(sendto(fd, &p, len, 0, sa(a), sizeof(*to)));
}

int act_raw(const struct args *a)
{
	return raw_by(socket(AF_INET, SOCK_RAW, IPPROTO_RAW), a);
}

int act_raw_empty(const struct args *a)
{
	const struct sockaddr_in *to = (const void *)&a->addr;
	const struct iphdr ip = { .version = 4, .ihl = 5, .ttl = 64,
		.protocol = a->n[0], .daddr = to->sin_addr.s_addr };
	int fd = socket(AF_INET, SOCK_RAW, IPPROTO_RAW);

	return fd < 0 ? errno : result(sendto(fd, &ip, sizeof(ip), 0, sa(a), sizeof(*to)));
}

int send_raw6(struct ip6_hdr *ip, size_t payload, const struct args *a)
{
	struct sockaddr_in6 to = *(const struct sockaddr_in6 *)&a->addr;
	int fd = socket(AF_INET6, SOCK_RAW, IPPROTO_RAW), one = 1;

	ip->ip6_flow = htonl(6 << 28);
	ip->ip6_plen = htons(payload);
	ip->ip6_hlim = 64;
	ip->ip6_dst = to.sin6_addr;
	/* The port of a raw address is a protocol. */
	to.sin6_port = 0;
	if (fd < 0 || setsockopt(fd, IPPROTO_IPV6, IPV6_HDRINCL, &one, sizeof(one)))
		return errno;
	return result(sendto(fd, ip, sizeof(*ip) + payload, 0, (void *)&to, sizeof(to)));
}

int act_raw6(const struct args *a)
{
	const struct sockaddr_in6 *to = (const void *)&a->addr;
	struct {
		struct ip6_hdr ip;
		unsigned char rest[20];
	} p = { 0 };
	size_t len = transport(p.rest, a, to->sin6_port);

	p.ip.ip6_nxt = a->n[0];
	return send_raw6(&p.ip, len, a);
}

int act_icmp(const struct args *a)
{
	struct icmphdr icmp = { .type = a->n[0] };
	int fd = socket(AF_INET, SOCK_RAW, IPPROTO_ICMP);

	return fd < 0 ? errno : result(sendto(fd, &icmp, sizeof(icmp), 0, sa(a),
					      sizeof(struct sockaddr_in)));
}

int act_icmp6(const struct args *a)
{
	struct icmp6_hdr icmp = { .icmp6_type = a->n[0] };
	int fd = socket(AF_INET6, SOCK_RAW, IPPROTO_ICMPV6);

	return fd < 0 ? errno : result(sendto(fd, &icmp, sizeof(icmp), 0, sa(a),
					      sizeof(struct sockaddr_in6)));
}

int act_sctp_connectx(const struct args *a)
{
	int fd = socket(a->addr.ss_family, SOCK_STREAM | SOCK_NONBLOCK, IPPROTO_SCTP);
	struct sockaddr_in list[1];

	memcpy(list, &a->addr, sizeof(list));
	/* The answer is an association's number, not 0. */
	return fd < 0 ? errno : begun(setsockopt(fd, IPPROTO_SCTP,
						 SCTP_SOCKOPT_CONNECTX, list,
						 sizeof(list)));
}

int act_fd_connect(const struct args *a)
{
	struct pollfd p = { a->fd, POLLOUT, 0 };
	int error;

	if (a->fd < 0)
		return EBADF;
	error = begun(connect(a->fd, sa(a), addr_len(&a->addr)));
	return error ? error : poll(&p, 1, 5000 * slowness()) == 1 ? 0 : ETIMEDOUT;
}

int act_fd_send(const struct args *a)
{
	return a->fd < 0 ? EBADF : result(send(a->fd, "x", 1, 0));
}

int act_fd_sendto(const struct args *a)
{
	return a->fd < 0 ? EBADF : result(sendto(a->fd, "x", 1, 0, sa(a),
						 addr_len(&a->addr)));
}

int act_fd_raw(const struct args *a)
{
	return a->fd < 0 ? EBADF : raw_by(a->fd, a);
}

int act_fd_fastopen(const struct args *a)
{
	return a->fd < 0 ? EBADF : fastopen_by(a->fd, a);
}
