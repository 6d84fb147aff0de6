// SPDX-License-Identifier: GPL-2.0-only
/* Sockets: families and types that the policy names, and the own loopback. */
#define _GNU_SOURCE
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>
#include <linux/bulkhead.h>
#include <netinet/in.h>

#include "acts.h"
#include "host.h"
#include "loopback.h"
#include "suite.h"
#include "tap.h"
#include "trial.h"

#define DENIED(f, t, r)	.error = EACCES, .want = {			\
	.act = BULKHEAD_ACT_SOCKET, .family = f, .type = t, .rule = r }
#define DEFAULT		"default: deny"

static const char sockets_yaml[] =
"bulkhead: 1\n"
"policy: sockets\n"
"mode: enforce\n"
"socket:\n"
"  default: deny\n"
"  allow: [inet/stream, inet6/stream, inet/dgram, unix, netlink]\n"
"  deny: [unix/dgram]\n";

static const char open_yaml[] =
"bulkhead: 1\n"
"policy: open-sockets\n"
"mode: enforce\n"
"socket:\n"
"  default: allow\n"
"  allow: [packet/raw]\n";

static int act_pair(const struct args *a)
{
	int pair[2];

	return socketpair(a->n[0], a->n[1], a->n[2], pair) ? errno : 0;
}

#define S(...)	act_socket, { .n = { __VA_ARGS__ } }
#define NB	(SOCK_NONBLOCK | SOCK_CLOEXEC)

static const struct trial trials[] = {
	{ "inet/stream", S(AF_INET, SOCK_STREAM) },
	{ "inet6/stream", S(AF_INET6, SOCK_STREAM) },
	{ "inet/dgram", S(AF_INET, SOCK_DGRAM) },
	{ "flags are no part of the type", S(AF_INET, SOCK_STREAM | NB) },
	{ "inet6/dgram, not named", S(AF_INET6, SOCK_DGRAM),
	  DENIED(AF_INET6, SOCK_DGRAM, DEFAULT) },
	{ "inet/raw, not named", S(AF_INET, SOCK_RAW, IPPROTO_ICMP),
	  DENIED(AF_INET, SOCK_RAW, DEFAULT) },
	{ "packet, not named", S(AF_PACKET, SOCK_RAW),
	  DENIED(AF_PACKET, SOCK_RAW, DEFAULT) },
	{ "packet/dgram with flags", S(AF_PACKET, SOCK_DGRAM | NB),
	  DENIED(AF_PACKET, SOCK_DGRAM, DEFAULT) },
	{ "netlink, any type", S(AF_NETLINK, SOCK_RAW) },
	{ "unix, any type", S(AF_UNIX, SOCK_SEQPACKET) },
	{ "unix/dgram, denied by name", S(AF_UNIX, SOCK_DGRAM),
	  DENIED(AF_UNIX, SOCK_DGRAM, "deny: [unix/dgram]") },
	{ "socketpair", act_pair, { .n = { AF_UNIX, SOCK_STREAM } } },
	{ "socketpair, denied by name", act_pair, { .n = { AF_UNIX, SOCK_DGRAM } },
	  DENIED(AF_UNIX, SOCK_DGRAM, "deny: [unix/dgram]") },
};

#define UNNAMED		"default: allow"

/* What no default allows. */
static const struct trial open_trials[] = {
	{ "default allow: inet/stream", S(AF_INET, SOCK_STREAM) },
	{ "default allow: netlink/raw", S(AF_NETLINK, SOCK_RAW) },
	{ "default allow: unix", S(AF_UNIX, SOCK_DGRAM) },
	{ "default allow: inet/raw", S(AF_INET, SOCK_RAW, IPPROTO_ICMP),
	  DENIED(AF_INET, SOCK_RAW, UNNAMED) },
	{ "default allow: inet6/raw", S(AF_INET6, SOCK_RAW, IPPROTO_ICMPV6),
	  DENIED(AF_INET6, SOCK_RAW, UNNAMED) },
	{ "default allow: alg", S(AF_ALG, SOCK_SEQPACKET),
	  DENIED(AF_ALG, SOCK_SEQPACKET, UNNAMED) },
	{ "default allow: vsock", S(AF_VSOCK, SOCK_STREAM),
	  DENIED(AF_VSOCK, SOCK_STREAM, UNNAMED) },
	{ "default allow: packet, named", S(AF_PACKET, SOCK_RAW) },
	{ "default allow: packet, of a type not named", S(AF_PACKET, SOCK_DGRAM),
	  DENIED(AF_PACKET, SOCK_DGRAM, UNNAMED) },
};

static void in_box(const char *policy, const struct trial *t, size_t n)
{
	struct box b;

	box_open(&b, "bh-socket");
	box_confine(&b, policy);
	trials_run(&b, policy, t, n);
	box_close(&b);
}

unsigned int suite_points(void)
{
	return TRIAL_POINTS * (ARRAY_SIZE(trials) + ARRAY_SIZE(open_trials)) +
	       loopback_points + 1;
}

void suite(void)
{
	apply("sockets", sockets_yaml);
	apply("open-sockets", open_yaml);
	events_open();
	in_box("sockets", trials, ARRAY_SIZE(trials));
	in_box("open-sockets", open_trials, ARRAY_SIZE(open_trials));
	loopback();
	no_more_events();
	events_close();
}
