// SPDX-License-Identifier: GPL-2.0-only
/*
 * Traffic that a container does not begin, and traffic that others begin with
 * what is its own.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>
#include <linux/bulkhead.h>

#include "addr.h"
#include "event.h"
#include "host.h"
#include "netns.h"
#include "serving.h"
#include "tap.h"

#define BOX		"10.9.0.1"
#define WORLD		"10.9.0.2"
#define LENT_FD		9

static void __attribute__((noreturn)) answer_stream(int fd)
{
	char byte;
	int peer = accept(fd, NULL, NULL);

	_exit(recv(peer, &byte, 1, 0) != 1 || send(peer, "y", 1, 0) != 1);
}

static void __attribute__((noreturn)) answer_datagram(int fd)
{
	struct sockaddr_storage from;
	socklen_t len = sizeof(from);
	char byte;

	if (recvfrom(fd, &byte, 1, 0, (void *)&from, &len) != 1)
		_exit(1);
	_exit(sendto(fd, "y", 1, 0, (void *)&from, len) != 1);
}

/* Of the task: a child that answers once at addr, a socket of type n[0], protocol n[1]. */
static int act_serve(const struct args *a)
{
	int fd = socket(AF_INET, a->n[0], a->n[1]), one = 1;

	if (fd < 0)
		return errno;
	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one));
	if (bind(fd, (void *)&a->addr, addr_len(&a->addr)) ||
	    (a->n[0] == SOCK_STREAM && listen(fd, 1)))
		return errno;
	if (!fork()) {
		alarm(60 * slowness());
		if (a->n[0] == SOCK_STREAM)
			answer_stream(fd);
		answer_datagram(fd);
	}
	close(fd);
	return 0;
}

/* A question to addr, and the answer. */
static int act_ask(const struct args *a)
{
	int fd = socket(AF_INET, a->n[0], a->n[1]);
	char byte;

	alarm(30 * slowness());
	if (fd < 0 || connect(fd, (void *)&a->addr, addr_len(&a->addr)) ||
	    send(fd, "x", 1, 0) != 1 || recv(fd, &byte, 1, 0) != 1)
		return errno;
	return byte == 'y' ? 0 : EPROTO;
}

void serving(struct box *b)
{
	const struct args world = { .path2 = TOP "/net/world" };
	const struct args stream = { .addr = addr(BOX, 80), .n = { SOCK_STREAM } };
	const struct args sctp = { .addr = addr(BOX, 5353),
				   .n = { SOCK_STREAM, IPPROTO_SCTP } };
	const struct args datagram = { .addr = addr(BOX, 5353), .n = { SOCK_DGRAM } };

	outside_enters(act_netns, &world);
	ok(!box_become(b, act_serve, &stream), "the box serves tcp 80");
	ok(!outside_do(act_ask, &stream), "a client gets its answer");
	ok(!box_become(b, act_serve, &datagram), "the box serves udp 5353");
	ok(!outside_do(act_ask, &datagram), "a client gets its answer");
	ok(!box_become(b, act_serve, &sctp), "the box serves sctp 5353");
	ok(!outside_do(act_ask, &sctp), "a client gets its answer");
	outside_enters(NULL, NULL);
}

/* Of the task: a socket at a number that is known. */
static int act_lend(const struct args *a)
{
	int fd = socket(AF_INET, SOCK_DGRAM, 0);

	(void)a;
	return fd < 0 || dup2(fd, LENT_FD) < 0 ? errno : 0;
}

static int send_by(int fd, int port)
{
	struct sockaddr_storage to = addr(WORLD, port);

	return sendto(fd, "x", 1, 0, (void *)&to, addr_len(&to)) < 0 ? errno : 0;
}

/* An event without a process: the sender is none of the domain's. */
static bool refused(const struct box *b, const char *policy, int fd)
{
	const struct want want = {
		.policy = policy, .rule = "default: deny # of egress",
		.act = BULKHEAD_ACT_PACKET, .cgroup = b->id,
		.addr = addr(WORLD, 9000),
	};

	return send_by(fd, 9000) == EACCES && event_wanted(&want);
}

void lent(struct box *b, const char *policy)
{
	const struct args none = { 0 };
	int pidfd, fd;

	errno = box_become(b, act_lend, &none);
	if (errno)
		bail("a socket to lend: %m");
	pidfd = syscall(SYS_pidfd_open, b->pid, 0);
	fd = syscall(SYS_pidfd_getfd, pidfd, LENT_FD, 0);
	close(pidfd);
	if (fd < 0)
		bail("take the box's socket: %m");
	ok(!send_by(fd, 53), "the box's socket, used outside: what it may reach");
	ok(refused(b, policy, fd), "the box's socket, used outside: no rule");
	box_close(b);
	ok(refused(b, policy, fd), "after its cgroup's end: no rule");
	ok(!send_by(fd, 53), "after its cgroup's end: what it may reach");
	close(fd);
}
