// SPDX-License-Identifier: GPL-2.0-only
/* Odder ways to get a packet out: options, headers, devices. */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <net/ethernet.h>
#include <net/if.h>
#include <netinet/icmp6.h>
#include <netinet/in.h>
#include <netinet/ip.h>
#include <netinet/ip6.h>
#include <netinet/ip_icmp.h>
#include <netinet/tcp.h>
#include <netinet/udp.h>
#include <netpacket/packet.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>
#include <linux/if_tun.h>

#include "addr.h"
#include "host.h"
#include "net_acts.h"
#include "uring.h"
#include "way_acts.h"

#define IPV6_HDRINCL	36	/* of linux/in6.h */
#define ROUTING_MAX	40

static int result(long r)
{
	return r < 0 ? errno : 0;
}

static const struct sockaddr *sa(const struct args *a)
{
	return (const struct sockaddr *)&a->addr;
}

/* Three bytes of head, a pointer to the first address, and one address. */
static size_t make_option(unsigned char *at, int kind)
{
	struct sockaddr_storage hop = addr(HOP, 0);

	memset(at, 0, 8);
	at[0] = kind;
	at[1] = 7;
	at[2] = 4;
	if (kind != OPTION_RECORD)
		memcpy(at + 3, &((struct sockaddr_in *)&hop)->sin_addr, 4);
	at[7] = IPOPT_NOP;
	return 8;
}

/* To the end in two segments: the last first, as segment routing has it. */
static size_t make_routing(unsigned char *at, int type, const struct sockaddr_storage *end)
{
	struct sockaddr_storage hop = addr(HOP6, 0);
	const struct in6_addr *first = &((struct sockaddr_in6 *)&hop)->sin6_addr;

	memset(at, 0, ROUTING_MAX);
	at[2] = type;
	at[3] = 1;
	if (type == 2) {
		at[1] = 2;
		memcpy(at + 8, first, 16);
		return 24;
	}
	at[1] = 4;
	at[4] = 1;
	memcpy(at + 8, &((const struct sockaddr_in6 *)end)->sin6_addr, 16);
	memcpy(at + 24, first, 16);
	return 40;
}

static size_t make_header(unsigned char *at, const struct args *a, int *level, int *name)
{
	bool v6 = a->addr.ss_family == AF_INET6;

	*level = v6 ? IPPROTO_IPV6 : IPPROTO_IP;
	*name = v6 ? IPV6_RTHDR : a->n[0] == BY_MESSAGE ? IP_RETOPTS : IP_OPTIONS;
	return v6 ? make_routing(at, a->n[1], &a->addr) : make_option(at, a->n[1]);
}

static int set_header(int fd, const struct args *a)
{
	unsigned char header[ROUTING_MAX];
	int level, name;
	size_t len = make_header(header, a, &level, &name);

	return setsockopt(fd, level, name, header, len);
}

static int unset_header(int fd, const struct args *a)
{
	bool v6 = a->addr.ss_family == AF_INET6;

	return setsockopt(fd, v6 ? IPPROTO_IPV6 : IPPROTO_IP, v6 ? IPV6_RTHDR : IP_OPTIONS,
			  NULL, 0);
}

int send_with(int fd, const struct args *a, int level, int type, const void *data, size_t len)
{
	char room[CMSG_SPACE(64)] = { 0 };
	struct iovec iov = { (void *)"x", 1 };
	struct msghdr m = {
		.msg_name = (void *)&a->addr, .msg_namelen = addr_len(&a->addr),
		.msg_iov = &iov, .msg_iovlen = 1,
		.msg_control = room, .msg_controllen = CMSG_SPACE(len),
	};
	struct cmsghdr *c = CMSG_FIRSTHDR(&m);

	c->cmsg_level = level;
	c->cmsg_type = type;
	c->cmsg_len = CMSG_LEN(len);
	memcpy(CMSG_DATA(c), data, len);
	return result(sendmsg(fd, &m, 0));
}

static int datagram_by(const struct args *a)
{
	int fd = socket(a->addr.ss_family, SOCK_DGRAM, 0), level, type;
	unsigned char header[ROUTING_MAX];
	size_t len;

	if (fd < 0)
		return errno;
	if (a->n[0] == BY_MESSAGE) {
		len = make_header(header, a, &level, &type);
		return send_with(fd, a, level, type, header, len);
	}
	if (set_header(fd, a))
		return errno;
	return result(sendto(fd, "x", 1, 0, sa(a), addr_len(&a->addr)));
}

static int connect_by(const struct args *a)
{
	int fd = socket(a->addr.ss_family, SOCK_STREAM | SOCK_NONBLOCK, 0);

	if (fd < 0 || set_header(fd, a))
		return errno;
	return connect(fd, sa(a), addr_len(&a->addr)) && errno != EINPROGRESS ? errno : 0;
}

/* The end of it is abrupt, and without the header: one packet is what counts. */
static int send_later(const struct args *a)
{
	struct linger linger = { .l_onoff = 1 };
	int fd = socket(a->addr.ss_family, SOCK_STREAM, 0), error;

	if (fd < 0 || connect(fd, sa(a), addr_len(&a->addr)) || set_header(fd, a))
		return errno;
	error = result(send(fd, "x", 1, 0));
	if (unset_header(fd, a) || setsockopt(fd, SOL_SOCKET, SO_LINGER, &linger, sizeof(linger)))
		return errno;
	close(fd);
	return error;
}

#define TUNNEL "bh-ipip"

static int lay_tunnel(const struct args *a)
{
	char out[256];

	if (RUN(out, "/usr/sbin/ip", "link", "add", TUNNEL, "type", "ipip", "remote", HOP,
		"local", a->path2))
		return EOPNOTSUPP;
	return RUN(out, "/usr/sbin/ip", "link", "set", TUNNEL, "up") ||
	       RUN(out, "/usr/sbin/ip", "route", "add", a->path, "dev", TUNNEL,
		   "src", a->path2) ? EIO : 0;
}

static int remove_tunnel(void)
{
	char out[256];

	return RUN(out, "/usr/sbin/ip", "link", "del", TUNNEL) ? EIO : 0;
}

int act_tunnel(const struct args *a)
{
	int error = lay_tunnel(a);

	return error ? error : remove_tunnel();
}

int act_tunnel_later(const struct args *a)
{
	struct linger linger = { .l_onoff = 1 };
	int fd = socket(AF_INET, SOCK_STREAM, 0), error;

	if (fd < 0 || connect(fd, sa(a), addr_len(&a->addr)))
		return errno;
	error = lay_tunnel(a);
	if (error)
		return error;
	error = result(send(fd, "x", 1, 0));
	if (remove_tunnel() || setsockopt(fd, SOL_SOCKET, SO_LINGER, &linger, sizeof(linger)))
		return EIO;
	close(fd);
	return error;
}

#define VXLAN "bh-vxlan"

/* Of a process in a network namespace of its own, to which the tunnel came. */
static int send_by_vxlan(const struct args *a)
{
	char out[256];
	int fd;

	if (RUN(out, "/usr/sbin/ip", "addr", "add", "10.9.0.9/24", "dev", VXLAN) ||
	    RUN(out, "/usr/sbin/ip", "link", "set", VXLAN, "addrgenmode", "none", "up") ||
	    RUN(out, "/usr/sbin/ip", "neigh", "add", a->path, "lladdr", "02:00:00:00:00:02",
		"dev", VXLAN))
		return EIO;
	fd = socket(AF_INET, SOCK_DGRAM, 0);
	if (fd < 0 || sendto(fd, "x", 1, 0, sa(a), addr_len(&a->addr)) < 0)
		return errno;
	/* A namespace's end takes its time, and the tunnel still sends. */
	return RUN(out, "/usr/sbin/ip", "link", "del", VXLAN) ? EIO : 0;
}

int act_vxlan(const struct args *a)
{
	int ready[2], go[2], status;
	char out[256], pid[16], byte;
	pid_t child;

	if (pipe(ready) || pipe(go))
		return errno;
	child = fork();
	if (!child) {
		alarm(30 * slowness());
		if (unshare(CLONE_NEWNET) || write(ready[1], "x", 1) != 1 ||
		    read(go[0], &byte, 1) != 1)
			_exit(EIO);
		_exit(send_by_vxlan(a));
	}
	snprintf(pid, sizeof(pid), "%d", child);
	if (child < 0 || read(ready[0], &byte, 1) != 1)
		return EIO;
	if (RUN(out, "/usr/sbin/ip", "link", "add", VXLAN, "type", "vxlan", "id", "7", "remote",
		HOP, "local", a->path2, "dstport", VXLAN_PORT) ||
	    RUN(out, "/usr/sbin/ip", "link", "set", VXLAN, "netns", pid)) {
		kill(child, SIGKILL);
		waitpid(child, NULL, 0);
		return EOPNOTSUPP;
	}
	if (write(go[1], "x", 1) != 1 || waitpid(child, &status, 0) != child)
		return errno;
	return WIFEXITED(status) ? WEXITSTATUS(status) : EIO;
}

/* Return: the socket, or a negative errno. */
static int served_port(const struct args *a)
{
	struct sockaddr_storage from = addr(a->path2, 5353);
	/* Else an association lingers, and the next one between these ports hangs. */
	const struct linger abort = { .l_onoff = 1 };
	const struct timeval patience = { .tv_sec = 2 * slowness() };
	int fd = socket(AF_INET, SOCK_SEQPACKET, IPPROTO_SCTP), one = 1;

	if (fd < 0 || setsockopt(fd, SOL_SOCKET, SO_LINGER, &abort, sizeof(abort)) ||
	    setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof(patience)))
		return -errno;
	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one));
	return bind(fd, (void *)&from, addr_len(&from)) ? -errno : fd;
}

static int connect_from_served(const struct args *a)
{
	int fd = served_port(a), error;

	if (fd < 0)
		return -fd;
	error = result(connect(fd, sa(a), addr_len(&a->addr)));
	close(fd);
	return error;
}

int act_sctp_from_served(const struct args *a)
{
	int fd, tries, error = 0;

	if (!a->n[0]) {
		fd = served_port(a);
		return fd < 0 ? -fd : result(sendto(fd, "x", 1, MSG_DONTWAIT, sa(a),
						    addr_len(&a->addr)));
	}
	/* Whoever listens may have its hands full, and one of another before. */
	for (tries = 0; tries < 20; tries++) {
		error = connect_from_served(a);
		if (error != ECONNREFUSED && error != EINPROGRESS)
			break;
		sleep_ms(100);
	}
	return error;
}

int act_option(const struct args *a)
{
	return datagram_by(a);
}

int act_option_connect(const struct args *a)
{
	return connect_by(a);
}

int act_option_later(const struct args *a)
{
	return send_later(a);
}

int act_routing(const struct args *a)
{
	return datagram_by(a);
}

int act_routing_connect(const struct args *a)
{
	return connect_by(a);
}

int act_routing_later(const struct args *a)
{
	return send_later(a);
}

static size_t make_udp(unsigned char *at, uint16_t port)
{
	struct udphdr udp = { .source = htons(99), .dest = port, .len = htons(sizeof(udp)) };

	memcpy(at, &udp, sizeof(udp));
	return sizeof(udp);
}

int act_raw_option(const struct args *a)
{
	const struct sockaddr_in *to = (const void *)&a->addr;
	struct {
		struct iphdr ip;
		unsigned char rest[32];
	} p = { .ip = { .version = 4, .ihl = 5, .ttl = 64, .protocol = IPPROTO_UDP,
			.daddr = to->sin_addr.s_addr } };
	int fd = socket(AF_INET, SOCK_RAW, IPPROTO_RAW);
	size_t len = 0;

	if (a->n[0]) {
		len = make_option(p.rest, a->n[0]);
		p.ip.ihl += len / 4;
	}
	len += make_udp(p.rest + len, to->sin_port);
	if (a->n[1])
		p.ip.ihl = a->n[1];
	return fd < 0 ? errno : result(sendto(fd, &p, sizeof(p.ip) + len, 0, sa(a), sizeof(*to)));
}

/* An empty header of options: padding of six bytes. */
static size_t make_padding(unsigned char *at, int next)
{
	const unsigned char header[8] = { next, 0, 1, 4 };

	memcpy(at, header, sizeof(header));
	return sizeof(header);
}

int act_raw_headers(const struct args *a)
{
	const struct sockaddr_in6 *to = (const void *)&a->addr;
	struct {
		struct ip6_hdr ip;
		unsigned char rest[64];
	} p = { 0 };
	size_t len;

	if (a->n[0] < 0) {
		p.ip.ip6_nxt = IPPROTO_HOPOPTS;
		len = make_padding(p.rest, IPPROTO_DSTOPTS);
		len += make_padding(p.rest + len, IPPROTO_UDP);
	} else {
		p.ip.ip6_nxt = IPPROTO_ROUTING;
		len = make_routing(p.rest, a->n[0], &a->addr);
		p.rest[0] = IPPROTO_UDP;
	}
	len += make_udp(p.rest + len, to->sin6_port);
	return send_raw6(&p.ip, len, a);
}

static int send_fragment_v4(const struct args *a)
{
	const struct sockaddr_in *to = (const void *)&a->addr;
	struct {
		struct iphdr ip;
		unsigned char rest[16];
	} p = { .ip = { .version = 4, .ihl = 5, .ttl = 64, .protocol = IPPROTO_UDP,
			.frag_off = htons(IP_MF | a->n[0] / 8),
			.daddr = to->sin_addr.s_addr } };
	int fd = socket(AF_INET, SOCK_RAW, IPPROTO_RAW);

	make_udp(p.rest, to->sin_port);
	return fd < 0 ? errno : result(sendto(fd, &p, sizeof(p), 0, sa(a), sizeof(*to)));
}

static int send_fragment_v6(const struct args *a)
{
	const struct sockaddr_in6 *to = (const void *)&a->addr;
	struct {
		struct ip6_hdr ip;
		struct ip6_frag fragment;
		unsigned char rest[16];
	} p = { .ip = { .ip6_nxt = IPPROTO_FRAGMENT },
		.fragment = { .ip6f_nxt = IPPROTO_UDP,
			      .ip6f_offlg = htons(a->n[0] | 1) } };

	make_udp(p.rest, to->sin6_port);
	return send_raw6(&p.ip, sizeof(p) - sizeof(p.ip), a);
}

int act_raw_fragment(const struct args *a)
{
	return a->addr.ss_family == AF_INET6 ? send_fragment_v6(a) : send_fragment_v4(a);
}

int act_device(const struct args *a)
{
	struct in_pktinfo info = { .ipi_ifindex = if_nametoindex(a->path) };
	int fd = socket(AF_INET, SOCK_DGRAM, 0);

	if (fd < 0)
		return errno;
	if (a->n[0] == BY_MESSAGE)
		return send_with(fd, a, IPPROTO_IP, IP_PKTINFO, &info, sizeof(info));
	if (setsockopt(fd, SOL_SOCKET, SO_BINDTODEVICE, a->path, strlen(a->path) + 1))
		return errno;
	return result(sendto(fd, "x", 1, 0, sa(a), addr_len(&a->addr)));
}

int act_again(const struct args *a)
{
	struct sockaddr_storage first = addr(a->path2, a->n[0]);
	struct sockaddr none = { .sa_family = AF_UNSPEC };
	int fd = socket(AF_INET, a->n[1], 0);

	if (fd < 0 || connect(fd, (void *)&first, addr_len(&first)) ||
	    connect(fd, &none, sizeof(none)) || connect(fd, sa(a), addr_len(&a->addr)))
		return errno;
	return result(send(fd, "x", 1, 0));
}

int act_repair(const struct args *a)
{
	int fd = socket(AF_INET, SOCK_STREAM, 0), one = 1, off = 0;

	if (fd < 0 || setsockopt(fd, IPPROTO_TCP, TCP_REPAIR, &one, sizeof(one)) ||
	    connect(fd, sa(a), addr_len(&a->addr)))
		return errno;
	/* Ends it by asking the peer for its window. */
	return result(setsockopt(fd, IPPROTO_TCP, TCP_REPAIR, &off, sizeof(off)));
}

#define DCCP_LEVEL	269		/* of linux/socket.h and linux/dccp.h */
#define DCCP_SERVICE	2

int act_dccp(const struct args *a)
{
	int fd = socket(AF_INET, SOCK_DCCP | SOCK_NONBLOCK, IPPROTO_DCCP);
	uint32_t service = htonl(1);

	if (fd < 0 || setsockopt(fd, DCCP_LEVEL, DCCP_SERVICE, &service, sizeof(service)))
		return errno;
	return connect(fd, sa(a), addr_len(&a->addr)) && errno != EINPROGRESS ? errno : 0;
}

int act_ping(const struct args *a)
{
	bool v6 = a->addr.ss_family == AF_INET6;
	struct icmphdr echo = { .type = v6 ? ICMP6_ECHO_REQUEST : ICMP_ECHO };
	int fd = socket(a->addr.ss_family, SOCK_DGRAM, v6 ? IPPROTO_ICMPV6 : IPPROTO_ICMP);

	return fd < 0 ? errno : result(sendto(fd, &echo, sizeof(echo), 0, sa(a),
					      addr_len(&a->addr)));
}

int act_ring_connect(const struct args *a)
{
	int fd = socket(AF_INET, SOCK_STREAM, 0);
	struct io_uring_sqe sqe = {
		.opcode = IORING_OP_CONNECT, .fd = fd,
		.addr = (uintptr_t)&a->addr, .off = addr_len(&a->addr),
		.flags = a->n[0] ? IOSQE_ASYNC : 0,
	};

	return fd < 0 ? errno : -uring_do(&sqe, -1);
}

int act_ring_send(const struct args *a)
{
	int fd = socket(AF_INET, SOCK_DGRAM, 0), done;
	struct iovec iov = { (void *)"x", 1 };
	struct msghdr m = {
		.msg_name = (void *)&a->addr, .msg_namelen = addr_len(&a->addr),
		.msg_iov = &iov, .msg_iovlen = 1,
	};
	struct io_uring_sqe sqe = {
		.opcode = IORING_OP_SENDMSG, .fd = fd, .addr = (uintptr_t)&m, .len = 1,
		.flags = a->n[0] ? IOSQE_ASYNC : 0,
	};

	if (fd < 0)
		return errno;
	done = uring_do(&sqe, -1);
	return done < 0 ? -done : 0;
}

int act_tun(const struct args *a)
{
	struct ifreq ifr = { .ifr_flags = IFF_TUN | IFF_NO_PI };
	int fd = open("/dev/net/tun", O_RDWR | O_CLOEXEC);

	strcpy(ifr.ifr_name, a->path);
	return fd < 0 ? errno : result(ioctl(fd, TUNSETIFF, &ifr));
}

int act_fd_queue(const struct args *a)
{
	struct ifreq ifr = { .ifr_flags = IFF_ATTACH_QUEUE };

	return a->fd < 0 ? EBADF : result(ioctl(a->fd, TUNSETQUEUE, &ifr));
}

int act_fd_packet(const struct args *a)
{
	struct sockaddr_ll to = {
		.sll_family = AF_PACKET, .sll_protocol = htons(ETH_P_IP),
		.sll_ifindex = if_nametoindex(a->path), .sll_halen = 6,
	};
	char bytes[64] = { 0 };

	return a->fd < 0 ? EBADF : result(sendto(a->fd, bytes, sizeof(bytes), 0,
						 (void *)&to, sizeof(to)));
}
