// SPDX-License-Identifier: GPL-2.0-only
/*
 * Addresses that a peer adds once it is connected; sockets that one domain
 * makes and another uses; and what nobody's program sends.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/ip_icmp.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>
#include <linux/bulkhead.h>

#include "acts.h"
#include "addr.h"
#include "event.h"
#include "host.h"
#include "netns.h"
#include "peers.h"
#include "tap.h"
#include "trial.h"
#include "way_acts.h"
#include "wire.h"

#define WORLD		"10.9.0.2"
#define DEFAULT		"default: deny # of egress"
#define HELD		8444
#define HELD_SCTP	8445
#define HELD_ASCONF	8446
#define DSTADDRV4	7		/* of linux/sctp.h, likewise */
#define CONNECTX	110
#define BINDX_ADD	100
#define PATIENCE_MS	3000
#define LEFT_FD		9
#define LEFT_TOO_FD	10

static int begun(long r)
{
	return r < 0 && errno != EINPROGRESS ? errno : 0;
}

/* Both addresses in one list. */
static int act_list(const struct args *a)
{
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, IPPROTO_SCTP);
	struct sockaddr_storage hop = addr(HOP, 443);
	struct sockaddr_in list[2];

	memcpy(&list[0], &a->addr, sizeof(list[0]));
	memcpy(&list[1], &hop, sizeof(list[1]));
	return fd < 0 ? errno : begun(setsockopt(fd, IPPROTO_SCTP, CONNECTX, list, sizeof(list)));
}

/* Ends at once, without a word to any address but the first. */
static int linger(int fd)
{
	struct linger none = { .l_onoff = 1 };

	poll(NULL, 0, PATIENCE_MS * slowness());
	if (setsockopt(fd, SOL_SOCKET, SO_LINGER, &none, sizeof(none)))
		return errno;
	close(fd);
	return 0;
}

/* One in the name, the other in a control message. The kernel tries both in time. */
static int act_message(const struct args *a)
{
	int fd = socket(AF_INET, SOCK_SEQPACKET, IPPROTO_SCTP);
	struct sockaddr_storage hop = addr(HOP, HELD_SCTP);
	int error = fd < 0 ? errno :
		    send_with(fd, a, IPPROTO_SCTP, DSTADDRV4,
			      &((struct sockaddr_in *)&hop)->sin_addr, sizeof(struct in_addr));

	return error ? error : linger(fd);
}

static int act_mptcp(const struct args *a)
{
	int fd = socket(AF_INET, SOCK_STREAM, IPPROTO_MPTCP);

	if (fd < 0 || connect(fd, (void *)&a->addr, addr_len(&a->addr)) ||
	    send(fd, "x", 1, 0) < 0)
		return errno;
	return linger(fd);
}

/* The peer adds an address of its own while this lasts: a chunk called ASCONF. */
static int act_asconf(const struct args *a)
{
	int fd = socket(AF_INET, SOCK_STREAM, IPPROTO_SCTP);

	return fd < 0 || connect(fd, (void *)&a->addr, addr_len(&a->addr)) ? errno : linger(fd);
}

/*
 * The kernel tries again, and so denies more than once. Return: how often; -1
 * if another event came.
 */
static int denied_hops(const struct box *b, unsigned int port)
{
	const struct want want = {
		.policy = "ways", .rule = DEFAULT, .act = BULKHEAD_ACT_PACKET,
		.cgroup = b->id, .pid = ANY_PID, .addr = addr(HOP, port),
	};
	struct event e;
	int n = 0;

	while (event_next(&e, n ? 300 : 1500)) {
		if (!event_is(&e, &want))
			return -1;
		n++;
	}
	return n;
}

/* On a busy machine a peer's word may come when the connection has gone. */
#define TRIES 5

static int denied_in_time(struct box *b, act_fn act, const struct args *args,
			  unsigned int port)
{
	unsigned int i;
	int hops = 0;

	for (i = 0; i < TRIES && !hops; i++) {
		int error = box_do(b, act, args, NULL);

		if (error) {
			diag("inside: %s", strerror(error));
			return -1;
		}
		hops = denied_hops(b, port);
	}
	return hops;
}

static bool goes_in_time(act_fn act, const struct args *args, unsigned int port,
			 const struct sockaddr_storage *hop)
{
	bool seen = false;
	unsigned int i;

	for (i = 0; i < TRIES && !seen; i++) {
		int error = outside_do(act, args);

		if (error) {
			diag("outside: %s", strerror(error));
			return false;
		}
		seen = wire_count(port, hop);
	}
	return seen;
}

/* Three points. */
static void later(struct box *b, const char *name, act_fn act, unsigned int port)
{
	const struct args args = { .addr = addr(WORLD, port) };
	const struct sockaddr_storage hop = addr(HOP, port);

	wire_forget(NULL);
	ok(denied_in_time(b, act, &args, port) > 0, "%s: the other address is denied", name);
	ok(!wire_count(port, &hop), "%s: nothing goes there", name);
	wire_forget(NULL);
	ok(goes_in_time(act, &args, port, &hop), "%s: outside, it does", name);
}

static void __attribute__((noreturn)) hold(int protocol, int port, int ready)
{
	bool adds = port == HELD_ASCONF;
	struct sockaddr_storage at = addr(adds ? WORLD : "0.0.0.0", port);
	struct sockaddr_storage hop = addr(HOP, port);
	const struct args world = { .path2 = TOP "/net/world" };
	int fd = act_netns(&world) ? -1 : socket(AF_INET, SOCK_STREAM, protocol), one = 1;
	int peer;

	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one));
	if (bind(fd, (void *)&at, addr_len(&at)) || listen(fd, 8) ||
	    write(ready, "", 1) != 1)
		_exit(1);
	/* What comes is kept. */
	while ((peer = accept(fd, NULL, NULL)) >= 0)
		if (adds && setsockopt(peer, IPPROTO_SCTP, BINDX_ADD, &hop, addr_len(&hop)))
			_exit(1);
	_exit(0);
}

/* The one of iproute2, whatever else is called so. */
#define IN_NS(ns, ...) RUN(out, "nsenter", ns, "/usr/sbin/ip", __VA_ARGS__)
#define IN_WORLD(...)	IN_NS("--net=" TOP "/net/world", __VA_ARGS__)
#define IN_BOX(...)	IN_NS("--net=" TOP "/net/box", __VA_ARGS__)

static pid_t start_holding(int protocol, int port)
{
	int ready[2];
	char byte;
	pid_t pid;

	if (pipe(ready))
		bail("pipe: %m");
	pid = fork();
	if (!pid)
		hold(protocol, port, ready[1]);
	close(ready[1]);
	if (read(ready[0], &byte, 1) != 1)
		bail("serve protocol %d", protocol);
	close(ready[0]);
	return pid;
}

static void stop_holding(pid_t pid)
{
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
}

/* The world's MPTCP tells of a second address of its own, the box's takes it. */
static void announce(void)
{
	char out[256];

	if (IN_WORLD("mptcp", "limits", "set", "subflows", "2") ||
	    IN_WORLD("mptcp", "endpoint", "add", HOP, "signal") ||
	    IN_BOX("mptcp", "limits", "set", "subflows", "2", "add_addr_accepted", "2"))
		bail("set MPTCP up: %s", out);
}

/* Both ends take each other's new addresses, without proof of who asks. */
static void allow_asconf(const char *ns)
{
	char out[256];

	if (RUN(out, "nsenter", ns, "sh", "-c", "cd /proc/sys/net/sctp && "
		"echo 1 >addip_enable && echo 1 >addip_noauth_enable"))
		bail("set SCTP up: %s", out);
}

void later_addresses(struct box *b)
{
	const struct trial list = {
		"sctp address list, the second without a rule", act_list,
		{ .addr = addr(WORLD, 443) }, .error = EACCES,
		.want = { .act = BULKHEAD_ACT_CONNECT, .rule = DEFAULT, .addr = addr(HOP, 443) },
	};
	pid_t mptcp, sctp, asconf;

	announce();
	allow_asconf("--net=" TOP "/net/world");
	allow_asconf("--net=" TOP "/net/box");
	mptcp = start_holding(IPPROTO_MPTCP, HELD);
	sctp = start_holding(IPPROTO_SCTP, HELD_SCTP);
	asconf = start_holding(IPPROTO_SCTP, HELD_ASCONF);
	wire_trials(b, "ways", &list, 1);
	later(b, "sctp, an address of a message", act_message, HELD_SCTP);
	later(b, "sctp, an address that the peer adds", act_asconf, HELD_ASCONF);
	later(b, "mptcp, an address of the peer's", act_mptcp, HELD);
	stop_holding(mptcp);
	stop_holding(sctp);
	stop_holding(asconf);
}

static int act_left(const struct args *a)
{
	int fd = socket(AF_INET, SOCK_DGRAM, 0);

	(void)a;
	return fd < 0 || dup2(fd, LEFT_FD) < 0 ? errno : 0;
}

static int take_left(const struct box *b)
{
	int pidfd = syscall(SYS_pidfd_open, b->pid, 0);
	int fd = syscall(SYS_pidfd_getfd, pidfd, LEFT_FD, 0);

	close(pidfd);
	if (fd < 0)
		bail("take a box's socket: %m");
	return fd;
}

static int act_fd_datagram(const struct args *a)
{
	return a->fd < 0 ? EBADF : sendto(a->fd, "x", 1, 0, (void *)&a->addr,
					  addr_len(&a->addr)) < 0 ? errno : 0;
}

static void open_in_box_ns(struct box *b, const char *cgroup, const char *policy)
{
	const struct args net = { .path2 = TOP "/net/box" };

	box_open(b, cgroup);
	errno = box_become(b, act_netns, &net);
	if (errno)
		bail("move a box to its network namespace: %m");
	if (policy)
		box_confine(b, policy);
}

/* Each of two has its say about the one's socket in the other's hands. */
static void two_domains(void)
{
	const struct args none = { 0 };
	struct box wide, narrow;
	int of_wide, of_narrow;

	open_in_box_ns(&wide, "bh-wide", "ways");
	open_in_box_ns(&narrow, "bh-narrow", "named");
	errno = box_become(&wide, act_left, &none);
	if (!errno)
		errno = box_become(&narrow, act_left, &none);
	if (errno)
		bail("sockets to hand over: %m");
	of_wide = take_left(&wide);
	of_narrow = take_left(&narrow);

	const struct trial by_narrow = {
		"another domain's socket: what the user may not", act_fd_datagram,
		{ .addr = addr(WORLD, 53) }, .error = EACCES, .fd = of_wide,
		.want = { .act = BULKHEAD_ACT_SEND, .rule = "egress: {default: deny}" },
	};
	const struct trial by_wide = {
		"another domain's socket: what its maker may not", act_fd_datagram,
		{ .addr = addr(WORLD, 53) }, .error = EACCES, .fd = of_narrow,
		.want = { .act = BULKHEAD_ACT_PACKET, .rule = "egress: {default: deny}",
			  .policy = "named", .cgroup = narrow.id, .pid = ANY_PID },
		/* The maker's policy holds for the socket wherever it is used. */
		.outside = EACCES, .after = wire_has_no_say,
	};

	wire_trials(&narrow, "named", &by_narrow, 1);
	trials_run(&wide, "ways", &by_wide, 1);
	events_drop(300);
	close(of_wide);
	close(of_narrow);
	box_close(&wide);
	box_close(&narrow);
}

static int act_connect_early(const struct args *a)
{
	struct sockaddr_storage denied = addr(WORLD, 9000), allowed = addr(WORLD, 53);
	int one = socket(AF_INET, SOCK_DGRAM, 0), other = socket(AF_INET, SOCK_DGRAM, 0);

	(void)a;
	if (connect(one, (void *)&denied, addr_len(&denied)) ||
	    connect(other, (void *)&allowed, addr_len(&allowed)))
		return errno;
	return dup2(one, LEFT_FD) < 0 || dup2(other, LEFT_TOO_FD) < 0 ? errno : 0;
}

static int act_send_early(const struct args *a)
{
	return send(a->n[0], "x", 1, 0) < 0 ? errno : 0;
}

/* Its twin makes one of its own. */
static int act_send_fresh(const struct args *a)
{
	int error = fcntl(a->n[0], F_GETFD) < 0 ? act_connect_early(a) : 0;

	return error ? error : act_send_early(a);
}

static void before_the_binding(void)
{
	const struct trial t[] = {
		{ "made before the binding: udp", act_send_fresh,
		  { .addr = addr(WORLD, 53), .n = { LEFT_TOO_FD } } },
		{ "made before the binding: udp, no rule", act_send_fresh,
		  { .addr = addr(WORLD, 9000), .n = { LEFT_FD } }, .error = EACCES,
		  .want = { .act = BULKHEAD_ACT_PACKET, .rule = DEFAULT } },
	};
	const struct args none = { 0 };
	struct box b;

	open_in_box_ns(&b, "bh-early", NULL);
	errno = box_become(&b, act_connect_early, &none);
	if (errno)
		bail("sockets from before: %m");
	box_confine(&b, "ways");
	wire_trials(&b, "ways", t, ARRAY_SIZE(t));
	box_close(&b);
}

void others_sockets(void)
{
	const struct args net = { .path2 = TOP "/net/box" };

	outside_enters(act_netns, &net);
	two_domains();
	before_the_binding();
	outside_enters(NULL, NULL);
}

static int act_own_net(const struct args *a)
{
	(void)a;
	return unshare(CLONE_NEWNET) ? errno : 0;
}

/* An error that comes back: of a datagram to where nobody listens. */
static int act_unreachable(const struct args *a)
{
	int fd = socket(AF_INET, SOCK_DGRAM, 0);
	char byte;

	alarm(30 * slowness());
	if (fd < 0 || connect(fd, (void *)&a->addr, addr_len(&a->addr)) ||
	    send(fd, "x", 1, 0) < 0)
		return errno == ECONNREFUSED ? EIO : errno;
	return recv(fd, &byte, 1, 0) < 0 ? errno : 0;
}

static int act_echo(const struct args *a)
{
	/* The checksum of nothing but the type. */
	struct icmphdr echo = { .type = ICMP_ECHO, .checksum = htons(0xf7ff) };
	int fd = socket(AF_INET, SOCK_RAW, IPPROTO_ICMP);
	char answer[128];

	alarm(30 * slowness());
	if (fd < 0 || connect(fd, (void *)&a->addr, addr_len(&a->addr)) ||
	    send(fd, &echo, sizeof(echo), 0) < 0)
		return errno;
	return recv(fd, answer, sizeof(answer), 0) > 0 ? 0 : errno;
}

/* The kernel's sockets of this namespace belong to the cgroup of who made it. */
void kernel_replies(void)
{
	const struct args none = { 0 }, world = { .path2 = TOP "/net/world" };
	const struct args closed = { .addr = addr("10.9.1.1", 81) };
	char pid[16], net[64], out[256];
	struct box b;

	box_open(&b, "bh-replies");
	box_confine(&b, "named");
	errno = box_become(&b, act_own_net, &none);
	if (errno)
		bail("a network namespace of the box: %m");
	snprintf(pid, sizeof(pid), "%d", b.pid);
	snprintf(net, sizeof(net), "--net=/proc/%d/ns/net", b.pid);
	if (IN_WORLD("link", "add", "veth1", "type", "veth", "peer", "name",
		  "veth1", "netns", pid) ||
	    IN_WORLD("addr", "add", "10.9.1.2/24", "dev", "veth1") ||
	    IN_WORLD("link", "set", "veth1", "up") ||
	    IN_NS(net, "addr", "add", "10.9.1.1/24", "dev", "veth1") ||
	    IN_NS(net, "link", "set", "veth1", "up"))
		bail("a link to the box: %s", out);
	outside_enters(act_netns, &world);
	ok(outside_do(act_connect, &closed) == ECONNREFUSED, "the kernel resets");
	ok(outside_do(act_unreachable, &closed) == ECONNREFUSED,
	   "the kernel says that nobody listens");
	ok(!outside_do(act_echo, &closed), "the kernel echoes");
	outside_enters(NULL, NULL);
	ok(box_do(&b, act_sendto, &(const struct args){ .addr = addr("10.9.1.2", 9000) },
		  NULL) == EACCES && events_drop(500) == 1, "the box itself sends nothing");
	box_close(&b);
}
