// SPDX-License-Identifier: GPL-2.0-only
/*
 * What counts as a container's own loopback, and packets that hide what they
 * are. Two network namespaces: the box is in "box", at 10.9.0.1.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/ip.h>
#include <netinet/ip6.h>
#include <netinet/udp.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>
#include <linux/bulkhead.h>

#include "acts.h"
#include "addr.h"
#include "host.h"
#include "loopback.h"
#include "netns.h"
#include "tap.h"
#include "trial.h"

#define WORLD		"10.9.0.2"
#define WORLD6		"fd09::2"
#define IPV6_HDRINCL	36	/* of linux/in6.h */
#define LISTED		"default: deny # of egress"
#define OPEN		"default: allow # of egress"
#define TO(a, p, ...)	{ .addr = addr(a, p), .n = { __VA_ARGS__ } }
#define DENIED(a, r)	.error = EACCES, \
	.want = { .act = BULKHEAD_ACT_##a, .rule = r }

static const char nothing_yaml[] =
"bulkhead: 1\n"
"policy: nothing\n"
"mode: enforce\n"
"egress:\n"
"  default: deny # of egress\n";

static const char most_yaml[] =
"bulkhead: 1\n"
"policy: most\n"
"mode: enforce\n"
"egress:\n"
"  default: allow # of egress\n"
"  rules:\n"
"    - deny udp 9000 to 127.0.0.0/8\n"
"    - deny udp 9001 to ::1\n";

/* A datagram whose header, made by hand, says addr; to the host at path. */
static int act_raw_to(const struct args *a)
{
	const struct sockaddr_in *to = (const void *)&a->addr;
	struct sockaddr_in by = { .sin_family = AF_INET };
	struct {
		struct iphdr ip;
		struct udphdr udp;
	} p = {
		.ip = { .version = 4, .ihl = 5, .ttl = 64, .protocol = IPPROTO_UDP,
			.daddr = to->sin_addr.s_addr },
		.udp = { .source = htons(99), .dest = to->sin_port,
			 .len = htons(sizeof(p.udp)) },
	};
	int fd = socket(AF_INET, SOCK_RAW, IPPROTO_RAW);

	inet_pton(AF_INET, a->path, &by.sin_addr);
	return fd < 0 || sendto(fd, &p, sizeof(p), 0, (void *)&by, sizeof(by)) < 0 ?
	       errno : 0;
}

enum { NO_OPTIONS, LONG_OPTIONS, NO_NEXT };

/* IPv6 by hand, where nobody can see what is in it. n[0]: why. */
static int act_raw6_hidden(const struct args *a)
{
	struct {
		struct ip6_hdr ip;
		struct ip6_frag frag;
		unsigned char options[8];
	} p = { 0 };
	size_t len = sizeof(p.frag) + (a->n[0] == LONG_OPTIONS ? 8 : 0);
	int fd = socket(AF_INET6, SOCK_RAW, IPPROTO_RAW), one = 1;

	p.ip.ip6_flow = htonl(6U << 28);
	p.ip.ip6_plen = htons(len);
	p.ip.ip6_nxt = a->n[0] == NO_NEXT ? IPPROTO_NONE : IPPROTO_FRAGMENT;
	p.ip.ip6_hlim = 64;
	p.ip.ip6_dst = ((const struct sockaddr_in6 *)&a->addr)->sin6_addr;
	p.frag.ip6f_nxt = IPPROTO_DSTOPTS;
	p.frag.ip6f_offlg = IP6F_MORE_FRAG;
	p.options[0] = IPPROTO_UDP;
	p.options[1] = 200;	/* of eight bytes */
	if (fd < 0 || setsockopt(fd, IPPROTO_IPV6, IPV6_HDRINCL, &one, sizeof(one)))
		return errno;
	return sendto(fd, &p, sizeof(p.ip) + len, 0, (void *)&a->addr,
		      sizeof(struct sockaddr_in6)) < 0 ? errno : 0;
}

static void own(struct box *b)
{
	const struct trial t[] = {
		{ "own loopback", act_sendto, TO("127.0.0.1", 9000) },
		{ "own loopback by the address of nobody", act_sendto,
		  TO("0.0.0.0", 9000) },
		{ "own loopback by the IPv6 address of nobody", act_sendto,
		  TO("::", 9000) },
		{ "tcp to the address of nobody", act_connect, TO("0.0.0.0", 8080) },
		{ "tcp to the IPv6 address of nobody", act_connect, TO("::", 8080) },
		{ "elsewhere", act_sendto, TO(WORLD, 9000), DENIED(SEND, LISTED) },
		{ "raw, to the own loopback", act_raw_to,
		  { "127.0.0.1", .addr = addr("127.0.0.1", 9000) } },
		{ "raw, to a neighbour's loopback", act_raw_to,
		  { WORLD, .addr = addr("127.0.0.1", 9000) }, DENIED(PACKET, LISTED) },
		{ "raw, to a neighbour as nobody", act_raw_to,
		  { WORLD, .addr = addr("0.0.0.0", 9000) }, DENIED(PACKET, LISTED) },
	};

	trials_run(b, "nothing", t, ARRAY_SIZE(t));
}
#define OWN	9

static void hidden(struct box *b)
{
	const struct trial t[] = {
		{ "loopback, denied by name, by the address of nobody", act_sendto,
		  TO("0.0.0.0", 9000), .error = EACCES,
		  .want = { .act = BULKHEAD_ACT_PACKET, .rule = "deny udp 9000",
			    .addr = addr("127.0.0.1", 9000) } },
		{ "the same by the IPv6 one", act_sendto, TO("::", 9001), .error = EACCES,
		  .want = { .act = BULKHEAD_ACT_PACKET, .rule = "deny udp 9001",
			    .addr = addr("::1", 9001) } },
		{ "raw IPv6 that ends before it says what it is", act_raw6_hidden,
		  TO(WORLD6, 0, NO_OPTIONS), DENIED(PACKET, OPEN) },
		{ "raw IPv6 with options beyond its end", act_raw6_hidden,
		  TO(WORLD6, 0, LONG_OPTIONS), DENIED(PACKET, OPEN) },
		{ "raw IPv6 that holds nothing, and says so", act_raw6_hidden,
		  TO(WORLD6, 0, NO_NEXT) },
	};

	trials_run(b, "most", t, ARRAY_SIZE(t));
}
#define HIDDEN	5

/* The host's loopback is not the container's. */
static void on_the_host(struct box *b)
{
	const struct trial t[] = {
		{ "host network: the address of nobody", act_sendto,
		  TO("0.0.0.0", 9000), DENIED(SEND, LISTED) },
		{ "host network: the IPv6 address of nobody", act_sendto,
		  TO("::", 9000), DENIED(SEND, LISTED) },
	};

	trials_run(b, "nothing", t, ARRAY_SIZE(t));
}
#define ON_THE_HOST	2

const unsigned int loopback_points = TRIAL_POINTS * (OWN + HIDDEN + ON_THE_HOST);

static void in_box(const char *policy, const char *net,
		   void (*trials)(struct box *))
{
	struct args to = { 0 };
	struct box b;

	box_open(&b, "bh-loopback");
	if (net) {
		strcpy(to.path2, net);
		errno = box_become(&b, act_netns, &to);
		if (errno)
			bail("enter %s: %m", net);
		outside_enters(act_netns, &to);
	}
	box_confine(&b, policy);
	trials(&b);
	outside_enters(NULL, NULL);
	box_close(&b);
}

void loopback(void)
{
	static const struct server_port ports[] = { { SOCK_STREAM, 0, 8080 } };
	struct server server;
	char out[256];

	RUN(out, "ifconfig", "lo", "up");
	netns_make("box");
	netns_make("world");
	netns_veth("veth0", "box", "world");
	netns_addr("box", "veth0", "10.9.0.1", 24);
	netns_addr("world", "veth0", WORLD, 24);
	netns_addr("box", "veth0", "fd09::1", 64);
	netns_addr("world", "veth0", WORLD6, 64);
	server_start(&server, "box", ports, ARRAY_SIZE(ports));
	apply("nothing", nothing_yaml);
	apply("most", most_yaml);
	in_box("nothing", TOP "/net/box", own);
	in_box("most", TOP "/net/box", hidden);
	in_box("nothing", NULL, on_the_host);
	server_stop(&server);
}
