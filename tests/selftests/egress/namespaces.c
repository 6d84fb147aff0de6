// SPDX-License-Identifier: GPL-2.0-only
/*
 * The first binding plants netfilter hooks in all namespaces. Where the owner
 * has left no room for one, nothing of a bound cgroup is sent.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>
#include <sched.h>
#include <sys/socket.h>
#include <unistd.h>
#include <linux/bulkhead.h>

#include "addr.h"
#include "box.h"
#include "control.h"
#include "host.h"
#include "namespaces.h"
#include "net_acts.h"
#include "netns.h"
#include "tap.h"
#include "trial.h"

/* In a namespace; not bound yet. */
static void open_in(struct box *b, const char *cgroup, const char *ns)
{
	struct args net = { 0 };

	snprintf(net.path2, sizeof(net.path2), TOP "/net/%s", ns);
	box_open(b, cgroup);
	errno = box_become(b, act_netns, &net);
	if (errno)
		bail("move a box to namespace %s: %m", ns);
	outside_enters(act_netns, &net);
}

static int log_fd = -1;

static void log_open(void)
{
	log_fd = open("/dev/kmsg", O_RDONLY | O_NONBLOCK | O_CLOEXEC);
	if (log_fd < 0 || lseek(log_fd, 0, SEEK_END) < 0)
		bail("no kernel log: %m");
}

/* How often the kernel's log has said so since the last look. */
static unsigned int warnings(void)
{
	char record[8192];
	unsigned int n = 0;
	ssize_t got;

	while ((got = read(log_fd, record, sizeof(record) - 1)) >= 0) {
		record[got] = 0;
		n += !!strstr(record, "a network namespace has no room for our hooks");
	}
	if (errno != EAGAIN)
		bail("read the kernel log: %m");
	return n;
}

static struct trial opening(const char *name)
{
	return (struct trial){
		name, act_raw,
		{ .addr = addr("127.0.0.1", 8080), .n = { IPPROTO_TCP, TCP_SYN } },
		.error = EACCES,
		.want = { .act = BULKHEAD_ACT_PACKET, .rule = "deny tcp 8080" },
	};
}

static unsigned int bindings(void)
{
	struct control_status s = { 0 };

	if (control_status(&s))
		bail("no status");
	return s.bindings;
}

int foreign_socket(const char *ns, int type, int protocol,
		   const struct sockaddr_storage *peer)
{
	int home = open("/proc/self/ns/net", O_RDONLY | O_CLOEXEC), fd;
	struct args there = { 0 };

	snprintf(there.path2, sizeof(there.path2), TOP "/net/%s", ns);
	errno = act_netns(&there);
	if (errno)
		bail("enter namespace %s: %m", ns);
	fd = socket(peer ? peer->ss_family : AF_INET, type | SOCK_CLOEXEC, protocol);
	if (fd < 0 || (peer && connect(fd, (void *)peer, addr_len(peer))) ||
	    fcntl(fd, F_SETFL, O_NONBLOCK))
		bail("a socket to hand over: %m");
	if (setns(home, 0))
		bail("return to the own network namespace: %m");
	close(home);
	return fd;
}

static int act_listen(const struct args *a)
{
	int fd = socket(AF_INET, SOCK_STREAM, 0);
	int error = listen(fd, 1) ? errno : 0;

	(void)a;
	close(fd);
	return error;
}

/* Below it the kernel has another socket, which it makes by now. */
static int act_mptcp(const struct args *a)
{
	int fd = socket(AF_INET, SOCK_STREAM, IPPROTO_MPTCP);
	int error;

	if (fd < 0)
		return errno;
	error = bind(fd, (void *)&a->addr, addr_len(&a->addr)) ? errno : 0;
	close(fd);
	return error;
}

#define REFUSED(a)	.error = EACCES, \
	.want = { .act = BULKHEAD_ACT_##a, .rule = "default: allow # of egress", \
		  .reason = BULKHEAD_REASON_UNWATCHED }

/* What the policy allows, even that which is connected since before it. */
static void no_room(struct box *b, const char *policy, int tcp, int udp)
{
	const struct sockaddr_storage web = addr("127.0.0.1", 443);
	const struct trial t[] = {
		{ "no room: tcp", act_connect, { .addr = web }, REFUSED(CONNECT) },
		{ "no room: udp", act_sendto, { .addr = addr("127.0.0.1", 53) },
		  REFUSED(SEND) },
		{ "no room: raw", act_raw, { .addr = web, .n = { IPPROTO_TCP, TCP_SYN } },
		  REFUSED(SEND) },
		{ "no room: connected tcp", act_fd_send, { .path = "" }, REFUSED(SEND),
		  .fd = tcp },
		{ "no room: connected udp", act_fd_send, { .path = "" }, REFUSED(SEND),
		  .fd = udp },
		{ "no room: listen", act_listen, { .path = "" }, REFUSED(LISTEN) },
		{ "no room: a socket of the kernel's making", act_mptcp,
		  { .addr = addr("127.0.0.1", 444) }, REFUSED(SOCKET) },
	};

	trials_run(b, policy, t, ARRAY_SIZE(t));
}

static int from_full(void)
{
	const struct sockaddr_storage dns = addr("127.0.0.1", 53);

	return foreign_socket("full", SOCK_DGRAM, 0, &dns);
}

/* Where others have no room, what has room goes by its rules. */
static void room_here(struct box *b, const char *policy)
{
	const struct trial t[] = {
		{ "room here: tcp", act_connect, { .addr = addr("127.0.0.1", 443) },
		  ECONNREFUSED, .outside = ECONNREFUSED },
		{ "room here: tcp, no rule", act_connect, { .addr = addr("127.0.0.1", 8080) },
		  .error = EACCES, .want = { .act = BULKHEAD_ACT_CONNECT,
		  .rule = "deny tcp 8080" }, .outside = ECONNREFUSED },
	};

	trials_run(b, policy, t, ARRAY_SIZE(t));
}

/* A namespace with room, and a socket that came from the full one. */
static void room_elsewhere(const char *policy)
{
	const struct trial t[] = {
		opening("a namespace that came later"),
		{ "from a namespace without room", act_fd_send, { .path = "" },
		  REFUSED(SEND), .hand = from_full },
	};
	struct box b;

	netns_make("late");
	open_in(&b, "bh-late", "late");
	box_confine(&b, policy);
	trials_run(&b, policy, t, ARRAY_SIZE(t));
	room_here(&b, policy);
	box_close(&b);
}

static const char guarded_yaml[] =
"bulkhead: 1\n"
"policy: guarded\n"
"mode: enforce\n";

static const char unguarded_yaml[] =
"bulkhead: 1\n"
"policy: unguarded\n"
"mode: enforce\n"
"presets: {except: [metadata-service]}\n";

/* Without rules about destinations: it's for the guard of addresses to refuse. */
static void no_rules(const char *policy, struct trial t)
{
	struct box b;

	open_in(&b, "bh-no-rules", "full");
	box_confine(&b, policy);
	trials_run(&b, policy, &t, 1);
	box_close(&b);
}

static void no_room_without_rules(void)
{
	const struct args web = { .addr = addr("127.0.0.1", 443) };

	no_rules("guarded", (struct trial){
		"no room: tcp, by a policy of presets", act_connect, web,
		.error = EACCES, .want = { .act = BULKHEAD_ACT_CONNECT,
		.rule = "preset metadata-service",
		.reason = BULKHEAD_REASON_UNWATCHED } });
	no_rules("unguarded", (struct trial){
		"no room: tcp, by a policy that has no say", act_connect, web });
}

static void room_again(struct box *b, const char *policy, const char *yaml)
{
	const struct args net = { .path2 = TOP "/net/full" };
	const struct trial t[] = {
		opening("a namespace that was full"),
		{ "a namespace that was full: tcp", act_connect,
		  { .addr = addr("127.0.0.1", 443) } },
	};

	netns_empty("full");
	apply(policy, yaml);
	outside_enters(act_netns, &net);
	trials_run(b, policy, t, ARRAY_SIZE(t));
}

/* Once nobody lacks room, nobody is said to; who did and is gone counts no more. */
static void log_is_quiet(const char *policy, const char *yaml)
{
	struct box b;

	apply(policy, yaml);
	ok(!bindings(), "nothing is bound again");
	open_in(&b, "bh-room", "full");
	box_confine(&b, policy);
	ok(!warnings(), "the log is quiet: the other one without room is gone");
	trials_run(&b, policy, &(const struct trial){
		"a namespace that has room: tcp", act_connect,
		{ .addr = addr("127.0.0.1", 443) } }, 1);
	outside_enters(NULL, NULL);
	box_close(&b);
}

void namespaces(const char *policy, const char *yaml)
{
	const struct server_port ports[] = { { SOCK_STREAM, 0, 443 } };
	const struct sockaddr_storage web = addr("127.0.0.1", 443);
	const struct sockaddr_storage dns = addr("127.0.0.1", 53);
	struct server server;
	struct box b;
	int tcp, udp;

	log_open();
	add_policy("guarded", guarded_yaml);
	add_policy("unguarded", unguarded_yaml);
	/* Forgets what was bound to cgroups that are gone. */
	apply(policy, yaml);
	ok(!bindings(), "nothing is bound");
	netns_make("full");
	server_start(&server, "full", ports, ARRAY_SIZE(ports));
	tcp = foreign_socket("full", SOCK_STREAM, 0, &web);
	udp = foreign_socket("full", SOCK_DGRAM, 0, &dns);
	open_in(&b, "bh-full", "full");
	netns_fill("full");
	netns_make("dying");
	netns_veth("dying0", "dying", "full");
	netns_fill("dying");
	box_confine(&b, policy);
	ok(warnings() == 1, "the log says that there is no room");
	no_room(&b, policy, tcp, udp);
	room_elsewhere(policy);
	no_room_without_rules();
	netns_end("dying", "dying0", "full");
	room_again(&b, policy, yaml);
	outside_enters(NULL, NULL);
	box_close(&b);
	log_is_quiet(policy, yaml);
	close(log_fd);
	server_stop(&server);
	close(tcp);
	close(udp);
}
