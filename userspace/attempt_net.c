// SPDX-License-Identifier: GPL-2.0-only
/* What the doctor tries: sockets. Ports 1 to 3 of loopback, where nobody listens. */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/genetlink.h>
#include <linux/if_tun.h>
#include <linux/netlink.h>
#include <net/if.h>
#include <netinet/in.h>
#include <netinet/ip.h>
#include <netinet/ip6.h>
#include <netinet/udp.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "attempt.h"

#ifndef IPPROTO_SCTP
#define IPPROTO_SCTP 132
#endif
#define SCTP_SOCKOPT_CONNECTX 110	/* of linux/sctp.h */
#define IPV6_HDRINCL 36			/* of linux/in6.h */

static int result(long r)
{
	return r < 0 ? errno : 0;
}

static struct sockaddr_in loopback(uint16_t port)
{
	return (struct sockaddr_in){
		.sin_family = AF_INET,
		.sin_port = htons(port),
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK),
	};
}

static int try_socket(const struct scene *s)
{
	(void)s;
	return result(socket(AF_UNIX, SOCK_SEQPACKET, 0));
}

static int try_connect(const struct scene *s)
{
	struct sockaddr_in to = loopback(1);
	int fd = socket(AF_INET, SOCK_STREAM, 0);

	(void)s;
	return fd < 0 ? errno : result(connect(fd, (struct sockaddr *)&to, sizeof(to)));
}

static int try_send(const struct scene *s)
{
	struct sockaddr_in to = loopback(1);
	int fd = socket(AF_INET, SOCK_DGRAM, 0);

	(void)s;
	return fd < 0 ? errno :
			result(sendto(fd, "", 1, 0, (struct sockaddr *)&to, sizeof(to)));
}

static int try_sctp(const struct scene *s)
{
	struct sockaddr_in to = loopback(1);
	int fd;

	(void)s;
	/* Asking for the protocol would have the kernel load it. */
	if (access("/proc/net/sctp", F_OK))
		return EPROTONOSUPPORT;
	fd = socket(AF_INET, SOCK_STREAM, IPPROTO_SCTP);
	return fd < 0 ? errno : result(setsockopt(fd, IPPROTO_SCTP, SCTP_SOCKOPT_CONNECTX, &to,
						  sizeof(to)));
}

static struct udphdr datagram(void)
{
	return (struct udphdr){
		.source = htons(2),
		.dest = htons(2),
		.len = htons(sizeof(struct udphdr)),
	};
}

static int send_packet(int fd)
{
	struct {
		struct iphdr ip;
		struct udphdr udp;
	} packet = {
		.ip = { .version = 4, .ihl = 5, .ttl = 1, .protocol = IPPROTO_UDP,
			.daddr = htonl(INADDR_LOOPBACK) },
		.udp = datagram(),
	};
	struct sockaddr_in to = loopback(0);

	return result(sendto(fd, &packet, sizeof(packet), 0, (struct sockaddr *)&to, sizeof(to)));
}

static int try_packet(const struct scene *s)
{
	int fd = socket(AF_INET, SOCK_RAW, IPPROTO_RAW);

	(void)s;
	return fd < 0 ? errno : send_packet(fd);
}

/* By a socket from before, and through the host's own network. */
static int try_packet_host(const struct scene *s)
{
	return send_packet(s->host_raw);
}

static int try_packet_v6(const struct scene *s)
{
	struct {
		struct ip6_hdr ip;
		struct udphdr udp;
	} packet = {
		.ip = { .ip6_vfc = 6 << 4, .ip6_plen = htons(sizeof(struct udphdr)),
			.ip6_nxt = IPPROTO_UDP, .ip6_hlim = 1, .ip6_dst = IN6ADDR_LOOPBACK_INIT },
		.udp = datagram(),
	};
	struct sockaddr_in6 to = { .sin6_family = AF_INET6, .sin6_addr = IN6ADDR_LOOPBACK_INIT };
	int fd = socket(AF_INET6, SOCK_RAW, IPPROTO_RAW), one = 1;

	(void)s;
	if (fd < 0 || setsockopt(fd, IPPROTO_IPV6, IPV6_HDRINCL, &one, sizeof(one)))
		return errno;
	return result(sendto(fd, &packet, sizeof(packet), 0, (struct sockaddr *)&to, sizeof(to)));
}

static int try_bind(const struct scene *s)
{
	struct sockaddr_in at = loopback(3);
	int fd = socket(AF_INET, SOCK_STREAM, 0);

	(void)s;
	return fd < 0 ? errno : result(bind(fd, (struct sockaddr *)&at, sizeof(at)));
}

static int try_listen(const struct scene *s)
{
	int fd = socket(AF_INET, SOCK_STREAM, 0);

	(void)s;
	return fd < 0 ? errno : result(listen(fd, 1));
}

/* The group of the family of families, which anybody may join. */
static int try_membership(const struct scene *s)
{
	int fd = socket(AF_NETLINK, SOCK_RAW, NETLINK_GENERIC), group = GENL_ID_CTRL;

	(void)s;
	return fd < 0 ? errno : result(setsockopt(fd, SOL_NETLINK, NETLINK_ADD_MEMBERSHIP,
						  &group, sizeof(group)));
}

static int set_tun(const char *name)
{
	struct ifreq ifr = { .ifr_flags = DOCTOR_TUN_FLAGS };
	int fd;

	if (access(TUN_CLASS, F_OK))
		return errno;
	fd = open("/dev/net/tun", O_RDWR | O_CLOEXEC);
	strcpy(ifr.ifr_name, name);
	return fd < 0 ? errno : result(ioctl(fd, TUNSETIFF, &ifr));
}

/* Ends with the descriptor. */
static int try_tun(const struct scene *s)
{
	(void)s;
	return set_tun("");
}

static int try_tun_there(const struct scene *s)
{
	(void)s;
	return set_tun(DOCTOR_TUN);
}

static int try_tun_queue(const struct scene *s)
{
	struct ifreq ifr = { .ifr_flags = IFF_ATTACH_QUEUE };

	return result(ioctl(s->tun, TUNSETQUEUE, &ifr));
}

#define ATTEMPT(a, h, r, f, ...) { .act = BULKHEAD_ACT_##a, .hook = h, .run = f, .rule = r, \
				   .refused = EACCES, __VA_ARGS__ }

const struct attempt attempts_net[] = {
	ATTEMPT(SOCKET, "socket_create", "deny unix/seqpacket", try_socket),
	ATTEMPT(SOCKET, "tun_dev_create", "deny packet/raw", try_tun, .optional = true),
	ATTEMPT(SOCKET, "tun_dev_open", "deny packet/raw", try_tun_there, .optional = true),
	ATTEMPT(SOCKET, "tun_dev_attach_queue", "deny packet/raw", try_tun_queue, .optional = true),
	ATTEMPT(CONNECT, "socket_connect", "deny tcp 1", try_connect, .works = ECONNREFUSED),
	ATTEMPT(SEND, "socket_sendmsg", "deny udp 1", try_send),
	ATTEMPT(CONNECT, "sctp_bind_connect", "deny sctp 1", try_sctp, .works = ECONNREFUSED,
		.optional = true),
	ATTEMPT(PACKET, "nf-ipv4", "deny udp 2", try_packet),
	ATTEMPT(PACKET, "nf-ipv4-host", "deny udp 2", try_packet_host, .optional = true),
	ATTEMPT(PACKET, "nf-ipv6", "deny udp 2", try_packet_v6, .optional = true),
	ATTEMPT(BIND, "socket_bind", "deny tcp 3", try_bind),
	ATTEMPT(LISTEN, "socket_listen", "deny tcp 0", try_listen),
	{ .act = BULKHEAD_ACT_UNSPEC, .hook = "socket_setsockopt", .run = try_membership,
	  .refused = EPERM },
	{ 0 },
};
