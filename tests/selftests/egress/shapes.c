// SPDX-License-Identifier: GPL-2.0-only
/*
 * Datagrams that the kernel takes to pieces, headers that it puts before the
 * ports, connections that are opened by what is sent first; and sockets that
 * had what they wanted before anything was bound.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>
#include <linux/bulkhead.h>

#include "acts.h"
#include "addr.h"
#include "event.h"
#include "host.h"
#include "netns.h"
#include "shapes.h"
#include "tap.h"
#include "way_acts.h"
#include "wire.h"

#define WORLD		"10.9.0.2"
#define WORLD6		"fd09::2"
#define BOX		"10.9.0.1"
#define SERVED		7777
#define SERVED_OUTSIDE	7778
#define DEFAULT		"default: deny # of egress"
#define DENIED(a, ...)	.error = EACCES, \
	.want = { .act = BULKHEAD_ACT_##a, .rule = DEFAULT, __VA_ARGS__ }
#define TO(a, p, ...)	{ .addr = addr(a, p), .n = { __VA_ARGS__ } }

static int result(long r)
{
	return r < 0 ? errno : 0;
}

static const struct sockaddr *sa(const struct args *a)
{
	return (const struct sockaddr *)&a->addr;
}

/* More than goes into one frame. */
static char large[4000];

static int act_large(const struct args *a)
{
	int fd = socket(a->addr.ss_family, SOCK_DGRAM, 0);

	return fd < 0 ? errno : result(sendto(fd, large, sizeof(large), 0, sa(a),
					      addr_len(&a->addr)));
}

/* One datagram, told in two calls. */
static int act_more(const struct args *a)
{
	int fd = socket(a->addr.ss_family, SOCK_DGRAM, 0);

	if (fd < 0 || sendto(fd, large, 1000, MSG_MORE, sa(a), addr_len(&a->addr)) < 0)
		return errno;
	return result(sendto(fd, large, sizeof(large), 0, sa(a), addr_len(&a->addr)));
}

/* An empty header of IPv6 before the ports: six bytes of padding. */
static const unsigned char padding[8] = { 0, 0, 1, 4 };

/* n[0]: who says so; n[1]: which header. */
static int act_padded(const struct args *a)
{
	int fd = socket(AF_INET6, SOCK_DGRAM, 0);

	if (fd < 0)
		return errno;
	if (a->n[0] == BY_MESSAGE)
		return send_with(fd, a, IPPROTO_IPV6, a->n[1], padding, sizeof(padding));
	if (setsockopt(fd, IPPROTO_IPV6, a->n[1], padding, sizeof(padding)))
		return errno;
	return result(sendto(fd, "x", 1, 0, sa(a), addr_len(&a->addr)));
}

static int act_padded_connect(const struct args *a)
{
	int fd = socket(AF_INET6, SOCK_STREAM, 0);

	if (fd < 0 || setsockopt(fd, IPPROTO_IPV6, a->n[1], padding, sizeof(padding)))
		return errno;
	return result(connect(fd, sa(a), addr_len(&a->addr)));
}

/* Fast Open, by a connect() that need not send anything yet. */
static int act_fastopen_connect(const struct args *a)
{
	int fd = socket(a->addr.ss_family, SOCK_STREAM, 0), one = 1;

	if (fd < 0 || setsockopt(fd, IPPROTO_TCP, TCP_FASTOPEN_CONNECT, &one, sizeof(one)) ||
	    connect(fd, sa(a), addr_len(&a->addr)))
		return errno;
	return result(send(fd, "x", 1, 0));
}

/* The last of three isn't tried any more; why, a call for it alone tells. */
static int act_three_messages(const struct args *a)
{
	struct sockaddr_storage good = addr(a->path, 53);
	struct iovec iov = { (void *)"x", 1 };
	struct msghdr well = {
		.msg_name = &good, .msg_namelen = addr_len(&good), .msg_iov = &iov,
		.msg_iovlen = 1,
	}, ill = well;
	struct mmsghdr m[3] = { { .msg_hdr = well } };
	int fd = socket(AF_INET, SOCK_DGRAM, 0), n;

	ill.msg_name = (void *)&a->addr;
	m[1].msg_hdr = ill;
	m[2].msg_hdr = well;
	n = fd < 0 ? -1 : sendmmsg(fd, m, 3, 0);
	if (n < 0)
		return errno;
	return n == 1 ? result(sendmsg(fd, &ill, 0)) : n == 3 ? 0 : EIO;
}

/* Both times the refusal was told. */
static bool told_twice(const struct trial *t)
{
	struct event e;

	if (t->want.rule && (!event_next(&e, 2000) || e.act != BULKHEAD_ACT_SEND ||
			     e.verdict != BULKHEAD_VERDICT_DENY || e.port != 9000))
		return false;
	return wire_agrees(t);
}

static void shaped(struct box *b)
{
	const struct trial t[] = {
		{ "a datagram in pieces", act_large, TO(WORLD, 53) },
		{ "a datagram in pieces, no rule", act_large, TO(WORLD, 9000), DENIED(SEND) },
		{ "a datagram of IPv6 in pieces", act_large, TO(WORLD6, 53) },
		{ "a datagram of IPv6 in pieces, no rule", act_large, TO(WORLD6, 9000),
		  DENIED(SEND) },
		{ "a datagram by two calls", act_more, TO(WORLD, 53) },
		{ "a datagram by two calls, no rule", act_more, TO(WORLD, 9000),
		  DENIED(SEND) },
		{ "a datagram of IPv6 by two calls", act_more, TO(WORLD6, 53) },
		{ "hop-by-hop options", act_padded, TO(WORLD6, 53, BY_SOCKET, IPV6_HOPOPTS) },
		{ "hop-by-hop options, no rule", act_padded,
		  TO(WORLD6, 9000, BY_SOCKET, IPV6_HOPOPTS), DENIED(SEND) },
		{ "hop-by-hop options of one message", act_padded,
		  TO(WORLD6, 53, BY_MESSAGE, IPV6_HOPOPTS) },
		{ "hop-by-hop options of one message, no rule", act_padded,
		  TO(WORLD6, 9000, BY_MESSAGE, IPV6_HOPOPTS), DENIED(SEND) },
		{ "destination options", act_padded, TO(WORLD6, 53, BY_SOCKET, IPV6_DSTOPTS) },
		{ "destination options of one message", act_padded,
		  TO(WORLD6, 53, BY_MESSAGE, IPV6_DSTOPTS) },
		{ "destination options of one message, no rule", act_padded,
		  TO(WORLD6, 9000, BY_MESSAGE, IPV6_DSTOPTS), DENIED(SEND) },
		{ "tcp with destination options", act_padded_connect,
		  TO(WORLD6, 443, BY_SOCKET, IPV6_DSTOPTS) },
		{ "tcp with destination options, no rule", act_padded_connect,
		  TO(WORLD6, 8080, BY_SOCKET, IPV6_DSTOPTS), DENIED(CONNECT) },
		{ "tcp fast open by connect", act_fastopen_connect, TO(WORLD, 443) },
		{ "tcp fast open by connect, no rule", act_fastopen_connect, TO(WORLD, 8080),
		  DENIED(CONNECT) },
		{ "three messages, the second without a rule", act_three_messages,
		  { .addr = addr(WORLD, 9000), .path = WORLD }, DENIED(SEND),
		  .after = told_twice },
	};

	wire_trials(b, "ways", t, ARRAY_SIZE(t));
}
#define SHAPED		19

/* Of the task itself, before it is confined; the twins have none. */
static int connected = -1, listening = -1;

static int act_connect_before(const struct args *a)
{
	connected = socket(AF_INET, SOCK_STREAM, 0);
	return result(connect(connected, sa(a), addr_len(&a->addr)));
}

static int listen_at(unsigned int port)
{
	struct sockaddr_storage at = addr(BOX, port);
	int fd = socket(AF_INET, SOCK_STREAM, 0), one = 1;

	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one));
	return bind(fd, (void *)&at, addr_len(&at)) || listen(fd, 8) ? -1 : fd;
}

static int act_listen_before(const struct args *a)
{
	(void)a;
	listening = listen_at(SERVED);
	return result(listening);
}

static int act_send_on(const struct args *a)
{
	int error = connected < 0 ? act_connect_before(a) : 0;

	return error ? error : result(send(connected, "x", 1, 0));
}

/* From the world to the box, as an act. */
static int act_call(const struct args *a)
{
	const struct args world = { .path2 = TOP "/net/world" };
	int error = act_netns(&world);

	return error ? error : act_connect(a);
}

/* n[0]: the port for a listener that isn't there yet; somebody calls it then. */
static int act_accept(const struct args *a)
{
	const struct args caller = { .addr = addr(BOX, a->n[0]) };
	int fd = listening < 0 ? listen_at(a->n[0]) : listening;
	struct pollfd p = { fd, POLLIN, 0 };
	char c = 0;

	if (fd < 0 || (listening < 0 && forked(act_call, &caller, NULL)))
		return errno ? errno : ECONNREFUSED;
	if (poll(&p, 1, 3000 * slowness()) != 1)
		return ETIMEDOUT;
	fd = accept(fd, NULL, NULL);
	/* What was accepted answers, too. */
	return fd < 0 ? errno : result(send(fd, &c, 1, MSG_NOSIGNAL));
}

/* Whether the box takes it is what the act will tell. */
static void called_from_world(const struct args *a)
{
	const struct args caller = { .addr = addr(BOX, SERVED) };

	(void)a;
	forked(act_call, &caller, NULL);
}

static void become(struct box *b, act_fn act, const struct args *args)
{
	errno = box_become(b, act, args);
	if (errno)
		bail("ready a task before it is confined: %m");
}

static void from_before(void)
{
	const struct args net = { .path2 = TOP "/net/box" };
	const struct trial t[] = {
		{ "a connection from before goes on", act_send_on, TO(WORLD, 8080) },
		{ "another such connection", act_connect, TO(WORLD, 8080), DENIED(CONNECT) },
		{ "a listener from before goes on", act_accept, { .n = { SERVED_OUTSIDE } },
		  .again = called_from_world },
	};
	struct box own;

	box_open(&own, "bh-before");
	become(&own, act_netns, &net);
	become(&own, act_connect_before, &t[0].args);
	become(&own, act_listen_before, &net);
	box_confine(&own, "ways");
	trials_run(&own, "ways", t, ARRAY_SIZE(t));
	box_close(&own);
}
#define FROM_BEFORE	3

void shapes(struct box *b)
{
	shaped(b);
	from_before();
}

unsigned int shapes_points(void)
{
	return TRIAL_POINTS * (SHAPED + FROM_BEFORE);
}
