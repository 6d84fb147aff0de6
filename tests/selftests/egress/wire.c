// SPDX-License-Identifier: GPL-2.0-only
/* An ear at the world's end of the veth. */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <net/ethernet.h>
#include <net/if.h>
#include <netinet/in.h>
#include <netinet/ip.h>
#include <netinet/ip6.h>
#include <netpacket/packet.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "addr.h"
#include "host.h"
#include "netns.h"
#include "tap.h"
#include "wire.h"

#define TRIALS_MAX	64

static int ear = -1;

void wire_open(const char *ns, const char *link)
{
	struct args args = { 0 };
	struct sockaddr_ll at = { .sll_family = AF_PACKET, .sll_protocol = htons(ETH_P_ALL) };
	int home = open("/proc/self/ns/net", O_RDONLY | O_CLOEXEC);

	snprintf(args.path2, sizeof(args.path2), TOP "/net/%s", ns);
	errno = act_netns(&args);
	if (errno)
		bail("enter %s: %m", ns);
	at.sll_ifindex = if_nametoindex(link);
	ear = socket(AF_PACKET, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, htons(ETH_P_ALL));
	if (ear < 0 || bind(ear, (void *)&at, sizeof(at)))
		bail("listen at %s of %s: %m", link, ns);
	if (setns(home, CLONE_NEWNET))
		bail("return to the own network namespace: %m");
	close(home);
}

void wire_close(void)
{
	close(ear);
	ear = -1;
}

struct packet {
	unsigned char bytes[256];
	size_t len;
	int family, proto, port;
	bool routed;		/* more than the fixed header */
	bool opens;		/* of TCP: a SYN */
	struct sockaddr_storage to;
};

static void read_ports(struct packet *p, size_t at)
{
	if (p->len >= at + 4)
		p->port = p->bytes[at + 2] << 8 | p->bytes[at + 3];
	p->opens = p->proto != IPPROTO_TCP || (p->len > at + 13 && p->bytes[at + 13] & 2);
}

static void read_v4(struct packet *p)
{
	const struct iphdr *ip = (const void *)p->bytes;
	struct sockaddr_in *to = (void *)&p->to;
	size_t at = ip->ihl * 4;

	p->proto = ip->protocol;
	p->routed = ip->ihl > 5;
	*to = (struct sockaddr_in){ .sin_family = AF_INET, .sin_addr.s_addr = ip->daddr };
	read_ports(p, at);
}

/* Hop-by-hop, routing, destination options, fragment: all say what is next. */
static void read_v6(struct packet *p)
{
	const struct ip6_hdr *ip = (const void *)p->bytes;
	struct sockaddr_in6 *to = (void *)&p->to;
	size_t at = sizeof(*ip);

	p->proto = ip->ip6_nxt;
	p->routed = ip->ip6_nxt == IPPROTO_ROUTING;
	*to = (struct sockaddr_in6){ .sin6_family = AF_INET6, .sin6_addr = ip->ip6_dst };
	while (at + 8 <= p->len && (p->proto == 0 || p->proto == 43 || p->proto == 44 ||
				    p->proto == 60)) {
		size_t size = p->proto == 44 ? 8 : (p->bytes[at + 1] + 1) * 8;

		p->proto = p->bytes[at];
		at += size;
	}
	read_ports(p, at);
	/* Neighbours, and groups: the link's own affairs. */
	if (p->proto == IPPROTO_ICMPV6 && p->len > at && p->bytes[at] >= 130)
		p->family = 0;
}

/* Return: false when there is nothing more. Family 0: of no interest. */
static bool next(struct packet *p)
{
	struct sockaddr_ll from = { 0 };
	socklen_t size = sizeof(from);
	ssize_t n;

	memset(p, 0, sizeof(*p));
	n = recvfrom(ear, p->bytes, sizeof(p->bytes), 0, (void *)&from, &size);
	if (n < 0)
		return false;
	p->len = n;
	if (from.sll_pkttype == PACKET_OUTGOING)
		return true;
	if (from.sll_protocol == htons(ETH_P_IP) && n >= (ssize_t)sizeof(struct iphdr)) {
		p->family = AF_INET;
		read_v4(p);
	} else if (from.sll_protocol == htons(ETH_P_IPV6) && n >= (ssize_t)sizeof(struct ip6_hdr)) {
		p->family = AF_INET6;
		read_v6(p);
	}
	return true;
}

void wire_forget(const struct args *a)
{
	struct packet p;

	(void)a;
	while (next(&p))
		;
}

static bool same_address(const struct sockaddr_storage *a, const struct sockaddr_storage *b)
{
	if (a->ss_family != b->ss_family)
		return false;
	return a->ss_family == AF_INET ?
	       !memcmp(&((struct sockaddr_in *)a)->sin_addr,
		       &((struct sockaddr_in *)b)->sin_addr, 4) :
	       !memcmp(&((struct sockaddr_in6 *)a)->sin6_addr,
		       &((struct sockaddr_in6 *)b)->sin6_addr, 16);
}

static unsigned int count(unsigned int port, const struct sockaddr_storage *to, bool any)
{
	unsigned int n = 0;
	struct packet p;

	while (next(&p))
		n += p.family && (any || p.opens) && (port ? p.port == (int)port : p.proto != IPPROTO_TCP) &&
		     (!to || same_address(&p.to, to));
	return n;
}

unsigned int wire_count(unsigned int port, const struct sockaddr_storage *to)
{
	return count(port, to, false);
}

static bool agrees(const struct trial *t, unsigned int n)
{
	if (!t->want.rule == !!n)
		return true;
	diag("%u packets on the wire", n);
	return false;
}

static unsigned int port_of(const struct trial *t)
{
	return ntohs(((const struct sockaddr_in *)&t->args.addr)->sin_port);
}

bool wire_agrees(const struct trial *t)
{
	return agrees(t, count(port_of(t), NULL, false));
}

bool wire_agrees_on_any(const struct trial *t)
{
	return agrees(t, count(port_of(t), NULL, true));
}

bool wire_agrees_on_routed(const struct trial *t)
{
	unsigned int n = 0;
	struct packet p;

	while (next(&p))
		n += p.family && p.routed;
	return agrees(t, n);
}

bool wire_agrees_on_tunnelled(const struct trial *t)
{
	unsigned int n = 0;
	struct packet p;

	while (next(&p))
		n += p.family == AF_INET && p.proto == IPPROTO_IPIP;
	return agrees(t, n);
}

bool wire_has_no_say(const struct trial *t)
{
	(void)t;
	return true;
}

void wire_trials(struct box *b, const char *policy, const struct trial *t, unsigned int n)
{
	struct trial all[TRIALS_MAX];
	unsigned int i;

	if (n > TRIALS_MAX)
		bail("%u trials are too many", n);
	memcpy(all, t, n * sizeof(*t));
	for (i = 0; i < n; i++) {
		all[i].again = wire_forget;
		if (!all[i].after)
			all[i].after = wire_agrees;
	}
	trials_run(b, policy, all, n);
}
