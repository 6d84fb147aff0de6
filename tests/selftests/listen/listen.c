// SPDX-License-Identifier: GPL-2.0-only
/* Serving: the ports a container may bind and listen on. */
#define _GNU_SOURCE
#include <errno.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>
#include <linux/bulkhead.h>

#include "acts.h"
#include "addr.h"
#include "host.h"
#include "suite.h"
#include "tap.h"
#include "trial.h"

#define DEFAULT		"default: deny"
#define DENIED(a, r)	.error = EACCES, \
	.want = { .act = BULKHEAD_ACT_##a, .rule = r }
#define AT(a, p, ...)	{ .addr = addr(a, p), .n = { __VA_ARGS__ } }

static const char served_yaml[] =
"bulkhead: 1\n"
"policy: served\n"
"mode: enforce\n"
"listen:\n"
"  default: deny\n"
"  rules:\n"
"    - allow tcp 80, 8000-8010\n"
"    - deny tcp 8005\n"
"    - allow tcp 90 on 127.0.0.1\n"
"    - allow tcp 91 on ::1\n"
"    - allow udp 53\n";

static const char any_port_yaml[] =
"bulkhead: 1\n"
"policy: any-port\n"
"mode: enforce\n"
"listen:\n"
"  default: deny\n"
"  rules: [\"allow tcp 0\", \"allow udp 0\"]\n";

static const char some_denied_yaml[] =
"bulkhead: 1\n"
"policy: some-denied\n"
"mode: enforce\n"
"listen:\n"
"  default: allow\n"
"  rules:\n"
"    - deny tcp 22 on 127.0.0.1\n"
"    - deny tcp 23 on 0.0.0.0/0\n"
"    - deny tcp 25 on ::1\n";

/* listen() without bind(): the kernel picks a port. */
static int act_listen(const struct args *a)
{
	int fd = socket(a->addr.ss_family, SOCK_STREAM, 0);

	return fd < 0 || listen(fd, 1) ? errno : 0;
}

static int act_bind_listen(const struct args *a)
{
	int fd = socket(a->addr.ss_family, SOCK_STREAM, 0), one = 1;

	if (fd < 0)
		return errno;
	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one));
	if (bind(fd, (void *)&a->addr, addr_len(&a->addr)) || listen(fd, 1))
		return errno;
	return 0;
}

/* An IPv4 bind that does not say so: Linux takes AF_UNSPEC and any address. */
static int act_bind_unspec(const struct args *a)
{
	struct sockaddr_in s;
	int fd = socket(AF_INET, SOCK_STREAM, 0);

	memcpy(&s, &a->addr, sizeof(s));
	s.sin_family = AF_UNSPEC;
	return fd < 0 || bind(fd, (void *)&s, sizeof(s)) ? errno : 0;
}

/* A client: its port is the kernel's choice, and serves nobody. */
static int act_client(const struct args *a)
{
	int fd = socket(AF_INET, SOCK_DGRAM, 0);

	return fd < 0 || connect(fd, (void *)&a->addr, addr_len(&a->addr)) ||
	       send(fd, "x", 1, 0) < 0 ? errno : 0;
}

static void served(struct box *b)
{
	const struct trial t[] = {
		{ "tcp", act_bind_listen, AT("0.0.0.0", 80) },
		{ "tcp, no rule", act_bind, AT("0.0.0.0", 81, SOCK_STREAM),
		  DENIED(BIND, DEFAULT) },
		{ "tcp6", act_bind_listen, AT("::", 80) },
		{ "tcp6, no rule", act_bind, AT("::", 81, SOCK_STREAM),
		  DENIED(BIND, DEFAULT) },
		{ "a port of a range", act_bind, AT("0.0.0.0", 8010, SOCK_STREAM) },
		{ "deny beats allow", act_bind, AT("0.0.0.0", 8005, SOCK_STREAM),
		  DENIED(BIND, "deny tcp 8005") },
		{ "on one address", act_bind_listen, AT("127.0.0.1", 90) },
		{ "on any address where one is named", act_bind,
		  AT("0.0.0.0", 90, SOCK_STREAM), DENIED(BIND, DEFAULT) },
		{ "on one IPv6 address", act_bind_listen, AT("::1", 91) },
		{ "on any IPv6 address where one is named", act_bind,
		  AT("::", 91, SOCK_STREAM), DENIED(BIND, DEFAULT) },
		{ "udp", act_bind, AT("0.0.0.0", 53, SOCK_DGRAM) },
		{ "udp, no rule", act_bind, AT("0.0.0.0", 54, SOCK_DGRAM),
		  DENIED(BIND, DEFAULT) },
		{ "udp, a port that tcp may serve", act_bind,
		  AT("0.0.0.0", 80, SOCK_DGRAM), DENIED(BIND, DEFAULT) },
		{ "an address of no family", act_bind_unspec, AT("0.0.0.0", 81),
		  DENIED(BIND, DEFAULT) },
		{ "bind to any port, no rule", act_bind, AT("0.0.0.0", 0, SOCK_STREAM) },
		{ "bind to any port, udp, no rule", act_bind, AT("0.0.0.0", 0, SOCK_DGRAM) },
		{ "bind to any port and listen, no rule", act_bind_listen, AT("0.0.0.0", 0),
		  DENIED(LISTEN, DEFAULT) },
		{ "listen without bind, no rule", act_listen, AT("0.0.0.0", 0),
		  DENIED(LISTEN, DEFAULT) },
		{ "listen without bind, IPv6, no rule", act_listen, AT("::", 0),
		  DENIED(LISTEN, DEFAULT) },
		{ "a client does not serve", act_client, AT("127.0.0.1", 9) },
		{ "a raw socket has no port to serve", act_bind,
		  AT("127.0.0.1", 81, SOCK_RAW, IPPROTO_ICMP) },
		{ "a family that would pass the rules by", act_socket,
		  { .n = { AF_PACKET, SOCK_RAW } }, .error = EACCES, .want = {
			.act = BULKHEAD_ACT_SOCKET, .family = AF_PACKET,
			.type = SOCK_RAW, .rule = DEFAULT } },
	};

	trials_run(b, "served", t, ARRAY_SIZE(t));
}
#define SERVED		22

static void any_port(struct box *b)
{
	const struct trial t[] = {
		{ "port 0 allowed: bind", act_bind, AT("0.0.0.0", 0, SOCK_STREAM) },
		{ "port 0 allowed: bind and listen", act_bind_listen, AT("0.0.0.0", 0) },
		{ "port 0 allowed: listen", act_listen, AT("0.0.0.0", 0) },
		{ "port 0 allowed: udp6", act_bind, AT("::", 0, SOCK_DGRAM) },
		{ "port 0 allowed: no other", act_bind, AT("0.0.0.0", 7000, SOCK_STREAM),
		  DENIED(BIND, DEFAULT) },
	};

	trials_run(b, "any-port", t, ARRAY_SIZE(t));
}
#define ANY_PORT	5

/* Who serves on every address serves on the one that is denied. */
static void some_denied(struct box *b)
{
	const struct trial t[] = {
		{ "all but one address: any", act_bind, AT("0.0.0.0", 24, SOCK_STREAM) },
		{ "the address", act_bind, AT("127.0.0.1", 22, SOCK_STREAM),
		  DENIED(BIND, "deny tcp 22 on 127.0.0.1") },
		{ "another one", act_bind, AT("127.0.0.2", 22, SOCK_STREAM) },
		{ "all of them", act_bind, AT("0.0.0.0", 22, SOCK_STREAM),
		  DENIED(BIND, "deny tcp 22 on 127.0.0.1") },
		{ "all of them and IPv6's", act_bind, AT("::", 22, SOCK_STREAM),
		  DENIED(BIND, "deny tcp 22 on 127.0.0.1") },
		{ "all of IPv4, all of which is denied", act_bind,
		  AT("::", 23, SOCK_STREAM), DENIED(BIND, "deny tcp 23 on 0.0.0.0/0") },
		{ "IPv4's, where one of IPv6 is denied", act_bind,
		  AT("0.0.0.0", 25, SOCK_STREAM) },
		{ "IPv6's, where one is denied", act_bind, AT("::", 25, SOCK_STREAM),
		  DENIED(BIND, "deny tcp 25 on ::1") },
	};

	trials_run(b, "some-denied", t, ARRAY_SIZE(t));
}
#define SOME_DENIED	8

unsigned int suite_points(void)
{
	return TRIAL_POINTS * (SERVED + ANY_PORT + SOME_DENIED) + 1;
}

static void in_box(const char *policy, void (*trials)(struct box *))
{
	struct box b;

	box_open(&b, "bh-listen");
	box_confine(&b, policy);
	trials(&b);
	box_close(&b);
}

void suite(void)
{
	char out[256];

	RUN(out, "ifconfig", "lo", "up");
	apply("served", served_yaml);
	apply("any-port", any_port_yaml);
	apply("some-denied", some_denied_yaml);
	events_open();
	in_box("served", served);
	in_box("any-port", any_port);
	in_box("some-denied", some_denied);
	no_more_events();
	events_close();
}
