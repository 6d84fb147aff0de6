// SPDX-License-Identifier: GPL-2.0-only
/*
 * Egress: what a container may reach, however it goes about it.
 *
 * Two network namespaces and a veth between them: the box is in "box", what it
 * wants to reach answers in "world", at 10.9.0.2, 10.9.0.3 and fd09::2.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>
#include <linux/bulkhead.h>

#include "addr.h"
#include "again.h"
#include "host.h"
#include "namespaces.h"
#include "net_acts.h"
#include "netns.h"
#include "peers.h"
#include "serving.h"
#include "suite.h"
#include "tap.h"
#include "trial.h"
#include "ways.h"
#include "wire.h"

#define WORLD		"10.9.0.2"
#define WORLD_TOO	"10.9.0.3"
#define WORLD6		"fd09::2"
#define MAPPED		"::ffff:10.9.0.2"
#define DEFAULT		"default: deny # of egress"
#define DENIED(a, r)	.error = EACCES, \
	.want = { .act = BULKHEAD_ACT_##a, .rule = r }

/* What is listed, and nothing else. */
static const char only_yaml[] =
"bulkhead: 1\n"
"policy: only\n"
"mode: enforce\n"
"egress:\n"
"  default: deny # of egress\n"
"  rules:\n"
"    - allow tcp 443\n"
"    - allow udp 53 to " WORLD ", " WORLD6 "\n"
"    - allow tcp 1000-1100 to 10.9.0.0/30\n"
"    - deny tcp 1050 to 10.9.0.0/24\n"
"    - allow tcp 1200 to fd09::/64\n"
"    - allow icmp 8 to " WORLD "\n"
"    - allow sctp 443\n"
"listen:\n"
"  default: deny # of listen\n"
"  rules: [allow udp 5353, allow sctp 5353, allow tcp 80]\n";

/* What is listed is denied: for what no list could name. */
static const char but_yaml[] =
"bulkhead: 1\n"
"policy: but\n"
"mode: enforce\n"
"egress:\n"
"  default: allow # of egress\n"
"  rules:\n"
"    - deny tcp 8080\n"
"    - deny udp 9000\n"
"    - deny icmp 13\n"
"    - deny icmp 129\n";

static const struct server_port ports[] = {
	{ SOCK_STREAM, 0, 443 }, { SOCK_STREAM, 0, 8080 },
	{ SOCK_STREAM, 0, 1000 }, { SOCK_STREAM, 0, 1050 },
	{ SOCK_STREAM, 0, 1200 }, { SOCK_STREAM, IPPROTO_MPTCP, 8443 },
	{ SOCK_DGRAM, 0, 53 }, { SOCK_DGRAM, 0, 9000 },
	{ SOCK_DGRAM, 0, 40000 },
	{ SOCK_STREAM, IPPROTO_SCTP, 443 }, { SOCK_STREAM, IPPROTO_SCTP, 8080 },
};

#define TO(a, p, ...)	{ .addr = addr(a, p), .n = { __VA_ARGS__ } }

/* The application gets a clean answer, and the event names its process. */
static void judged_at_the_call(struct box *b)
{
	const struct trial t[] = {
		{ "tcp", act_connect, TO(WORLD, 443) },
		{ "tcp, no rule", act_connect, TO(WORLD, 8080), DENIED(CONNECT, DEFAULT) },
		{ "tcp6", act_connect, TO(WORLD6, 443) },
		{ "tcp6, no rule", act_connect, TO(WORLD6, 8080), DENIED(CONNECT, DEFAULT) },
		{ "tcp to an IPv4-mapped address", act_connect, TO(MAPPED, 443) },
		{ "tcp to an IPv4-mapped address, no rule", act_connect,
		  TO(MAPPED, 8080), DENIED(CONNECT, DEFAULT) },
		{ "a port of a range, an address of a network", act_connect,
		  TO(WORLD, 1000) },
		{ "IPv4-mapped: the IPv4 network's rule", act_connect, TO(MAPPED, 1000) },
		{ "deny beats allow, though the network is larger", act_connect,
		  TO(WORLD, 1050), DENIED(CONNECT, "deny tcp 1050") },
		{ "an IPv6 network", act_connect, TO(WORLD6, 1200) },
		{ "an IPv6 network's port, to an IPv4 address", act_connect,
		  TO(WORLD, 1200), DENIED(CONNECT, DEFAULT) },
		{ "mptcp, no rule", act_connect, TO(WORLD, 8443, IPPROTO_MPTCP),
		  DENIED(CONNECT, DEFAULT) },
		{ "mptcp", act_connect, TO(WORLD, 443, IPPROTO_MPTCP) },
		{ "udp", act_sendto, TO(WORLD, 53) },
		{ "udp, no rule", act_sendto, TO(WORLD, 9000), DENIED(SEND, DEFAULT) },
		{ "udp, allowed port of another address", act_sendto,
		  TO(WORLD_TOO, 53), DENIED(SEND, DEFAULT) },
		{ "udp6", act_sendto, TO(WORLD6, 53) },
		{ "udp6, no rule", act_sendto, TO(WORLD6, 9000), DENIED(SEND, DEFAULT) },
		{ "udp to an IPv4-mapped address, no rule", act_sendto,
		  TO(MAPPED, 9000), DENIED(SEND, DEFAULT) },
		{ "connected udp", act_connected_udp, TO(WORLD, 53) },
		{ "connected udp, no rule", act_connected_udp, TO(WORLD, 9000),
		  DENIED(CONNECT, DEFAULT) },
		{ "udp, address of no family", act_sendto_unspec, TO(WORLD, 9000),
		  DENIED(SEND, DEFAULT) },
		{ "udp, IPv4 address by an IPv6 socket", act_sendto_cross,
		  TO(WORLD, 9000), DENIED(SEND, DEFAULT) },
		{ "tcp fast open by sendto", act_fastopen_sendto, TO(WORLD, 443) },
		{ "tcp fast open by sendto, no rule", act_fastopen_sendto,
		  TO(WORLD, 8080), DENIED(SEND, DEFAULT) },
		{ "tcp fast open by sendmsg", act_fastopen_sendmsg, TO(WORLD, 443) },
		{ "tcp fast open by sendmsg, no rule", act_fastopen_sendmsg,
		  TO(WORLD, 8080), DENIED(SEND, DEFAULT) },
		{ "tcp6 fast open by sendmsg, no rule", act_fastopen_sendmsg,
		  TO(WORLD6, 8080), DENIED(SEND, DEFAULT) },
		{ "sctp", act_connect, TO(WORLD, 443, IPPROTO_SCTP) },
		{ "sctp, no rule", act_connect, TO(WORLD, 8080, IPPROTO_SCTP),
		  DENIED(CONNECT, DEFAULT) },
		{ "sctp address list, no rule", act_sctp_connectx, TO(WORLD, 8080),
		  DENIED(CONNECT, DEFAULT) },
		{ "loopback of its own namespace", act_connect, TO("127.0.0.1", 8080) },
		{ "loopback of its own namespace, IPv6", act_connect, TO("::1", 8080) },
		{ "loopback of its own namespace, udp", act_sendto, TO("127.0.0.1", 9000) },
		{ "a reply from a served port", act_sendto, TO(WORLD, 40000, 5353) },
		{ "raw, its own header: what it says is allowed", act_raw,
		  TO(WORLD, 443, IPPROTO_TCP, TCP_SYN) },
		{ "raw, its own header, no rule", act_raw,
		  TO(WORLD, 8080, IPPROTO_TCP, TCP_SYN), DENIED(PACKET, DEFAULT) },
		{ "raw, a protocol that no rule can name", act_raw,
		  TO(WORLD, 0, IPPROTO_GRE), DENIED(PACKET, DEFAULT) },
		{ "raw, ICMP of no type", act_raw_empty,
		  TO(WORLD, 0, IPPROTO_ICMP), DENIED(PACKET, DEFAULT) },
	};

	trials_run(b, "only", t, ARRAY_SIZE(t));
}
#define AT_THE_CALL	39

/*
 * What the call does not show, the packet does. Where the call already shows
 * the destination, the refusal may come from either.
 */
static void judged_at_the_packet(struct box *b)
{
	const struct trial t[] = {
		{ "raw tcp, other port", act_raw, TO(WORLD, 443, IPPROTO_TCP, TCP_SYN) },
		{ "raw tcp that opens a connection", act_raw,
		  TO(WORLD, 8080, IPPROTO_TCP, TCP_SYN), DENIED(PACKET, "deny tcp 8080") },
		{ "raw tcp that pretends to have one", act_raw,
		  TO(WORLD, 8080, IPPROTO_TCP, TCP_ACK), DENIED(PACKET, "deny tcp 8080") },
		{ "raw tcp in a fragment that ends behind the ports", act_raw,
		  TO(WORLD, 8080, IPPROTO_TCP, TCP_SYN, 8),
		  DENIED(PACKET, "deny tcp 8080") },
		{ "raw udp, other port", act_raw, TO(WORLD, 53, IPPROTO_UDP) },
		{ "raw udp", act_raw, TO(WORLD, 9000, IPPROTO_UDP),
		  DENIED(PACKET, "deny udp 9000") },
		{ "raw tcp6", act_raw6, TO(WORLD6, 8080, IPPROTO_TCP, TCP_SYN),
		  DENIED(PACKET, "deny tcp 8080") },
		{ "raw udp6", act_raw6, TO(WORLD6, 9000, IPPROTO_UDP),
		  DENIED(PACKET, "deny udp 9000") },
		{ "raw udp6, other port", act_raw6, TO(WORLD6, 53, IPPROTO_UDP) },
		{ "icmp echo", act_icmp, TO(WORLD, 0, 8) },
		{ "icmp timestamp", act_icmp, TO(WORLD, 0, 13), .error = EACCES,
		  .want = { .act = BULKHEAD_ACT_PACKET, .rule = "deny icmp 13",
			    .addr = addr(WORLD, 13) } },
		{ "icmp6 echo reply", act_icmp6, TO(WORLD6, 0, 129), .error = EACCES,
		  .want = { .act = BULKHEAD_ACT_PACKET, .rule = "deny icmp 129",
			    .addr = addr(WORLD6, 129) } },
		{ "loopback, denied by name", act_connect, TO("127.0.0.1", 8080),
		  DENIED(CONNECT, "deny tcp 8080") },
	};

	trials_run(b, "but", t, ARRAY_SIZE(t));
}
#define AT_THE_PACKET	13

static void handed_over(struct box *b)
{
	struct sockaddr_storage denied = addr(WORLD, 9000), dns = addr(WORLD, 53);
	struct sockaddr_storage denied6 = addr(WORLD6, 9000), dns6 = addr(WORLD6, 53);
	const struct trial t[] = {
		{ "handed over: tcp", act_fd_connect, TO(WORLD, 443),
		  .fd = foreign_socket("box", SOCK_STREAM, 0, NULL) },
		{ "handed over: tcp, no rule", act_fd_connect, TO(WORLD, 8080),
		  DENIED(CONNECT, DEFAULT), .fd = foreign_socket("box", SOCK_STREAM, 0, NULL) },
		{ "handed over: tcp fast open, no rule", act_fd_fastopen, TO(WORLD, 8080),
		  DENIED(SEND, DEFAULT), .fd = foreign_socket("box", SOCK_STREAM, 0, NULL) },
		{ "handed over: udp, no rule", act_fd_sendto, TO(WORLD, 9000),
		  DENIED(SEND, DEFAULT), .fd = foreign_socket("box", SOCK_DGRAM, 0, NULL) },
		{ "handed over: connected udp", act_fd_send, TO(WORLD, 53),
		  .fd = foreign_socket("box", SOCK_DGRAM, 0, &dns) },
		{ "handed over: connected udp, no rule", act_fd_send, TO(WORLD, 9000),
		  DENIED(SEND, DEFAULT), .fd = foreign_socket("box", SOCK_DGRAM, 0, &denied) },
		{ "handed over: connected udp6", act_fd_send, TO(WORLD6, 53),
		  .fd = foreign_socket("box", SOCK_DGRAM, 0, &dns6) },
		{ "handed over: connected udp6, no rule", act_fd_send, TO(WORLD6, 9000),
		  DENIED(SEND, DEFAULT), .fd = foreign_socket("box", SOCK_DGRAM, 0, &denied6) },
		{ "handed over: raw", act_fd_raw, TO(WORLD, 443, IPPROTO_TCP, TCP_SYN),
		  .fd = foreign_socket("box", SOCK_RAW, IPPROTO_RAW, NULL) },
		{ "handed over: raw, no rule", act_fd_raw,
		  TO(WORLD, 8080, IPPROTO_TCP, TCP_SYN), DENIED(PACKET, DEFAULT),
		  .fd = foreign_socket("box", SOCK_RAW, IPPROTO_RAW, NULL) },
	};
	unsigned int i;

	trials_run(b, "only", t, ARRAY_SIZE(t));
	for (i = 0; i < ARRAY_SIZE(t); i++)
		close(t[i].fd);
}
#define HANDED_OVER	10

/* On the host's network, loopback is the host's. */
static void on_the_host(struct box *b)
{
	const struct trial t[] = {
		{ "host network: loopback", act_connect, TO("127.0.0.1", 8080),
		  DENIED(CONNECT, DEFAULT) },
		{ "host network: loopback, IPv6", act_connect, TO("::1", 8080),
		  DENIED(CONNECT, DEFAULT) },
		{ "host network: loopback, udp", act_sendto, TO("127.0.0.1", 9000),
		  DENIED(SEND, DEFAULT) },
		{ "host network: an allowed port", act_connect, TO("127.0.0.1", 443) },
	};

	trials_run(b, "only", t, ARRAY_SIZE(t));
}
#define ON_THE_HOST	4

unsigned int suite_points(void)
{
	return TRIAL_POINTS * (AT_THE_CALL + AT_THE_PACKET + HANDED_OVER + ON_THE_HOST) +
	       SERVING_POINTS + LENT_POINTS + ways_points() +
	       LATER_POINTS + OTHERS_POINTS + REPLIES_POINTS +
	       AGAIN_POINTS + REUSE_POINTS + NAMESPACES_POINTS + 1;
}

static void network(struct server servers[3])
{
	char out[256];

	RUN(out, "modprobe", "sctp");
	RUN(out, "ifconfig", "lo", "up");
	netns_make("box");
	netns_make("world");
	netns_veth("veth0", "box", "world");
	netns_addr("box", "veth0", "10.9.0.1", 24);
	netns_addr("world", "veth0", WORLD, 24);
	netns_addr("world", "veth0", WORLD_TOO, 24);
	netns_addr("box", "veth0", "fd09::1", 64);
	netns_addr("world", "veth0", WORLD6, 64);
	server_start(&servers[0], "world", ports, ARRAY_SIZE(ports));
	server_start(&servers[1], "box", ports, ARRAY_SIZE(ports));
	server_start(&servers[2], NULL, ports, ARRAY_SIZE(ports));
}

/* A box in its network namespace; twins go there, too, until close_box(). */
static void open_box(struct box *b, const char *policy)
{
	const struct args net = { .path2 = TOP "/net/box" };

	box_open(b, "bh-egress");
	errno = box_become(b, act_netns, &net);
	if (errno)
		bail("move the box to its network namespace: %m");
	box_confine(b, policy);
	outside_enters(act_netns, &net);
}

static void close_box(struct box *b)
{
	outside_enters(NULL, NULL);
	box_close(b);
}

static void both_boxes(void)
{
	const struct args net = { .path2 = TOP "/net/box" };
	struct box strict, lax;

	box_open(&lax, "bh-lax");
	errno = box_become(&lax, act_netns, &net);
	if (errno)
		bail("move the second box to its network namespace: %m");
	box_confine(&lax, "but");
	open_box(&strict, "only");
	again(&strict, &lax);
	close_box(&strict);
	box_close(&lax);
}

static void from_the_box(void)
{
	struct box b;

	open_box(&b, "only");
	judged_at_the_call(&b);
	handed_over(&b);
	serving(&b);
	close_box(&b);
	open_box(&b, "but");
	judged_at_the_packet(&b);
	ways_but(&b);
	close_box(&b);
	open_box(&b, "ways");
	ways(&b);
	later_addresses(&b);
	close_box(&b);
	others_sockets();
	kernel_replies();
	open_box(&b, "named");
	ways_named(&b);
	close_box(&b);
	open_box(&b, "presets-alone");
	ways_guarded(&b);
	close_box(&b);
	both_boxes();
	open_box(&b, "only");
	outside_enters(NULL, NULL);
	lent(&b, "only");
}

void suite(void)
{
	struct server servers[3];
	struct box b;
	unsigned int i;

	network(servers);
	add_policy("only", only_yaml);
	ways_prepare();
	again_prepare();
	apply("but", but_yaml);
	events_open();
	from_the_box();
	box_open(&b, "bh-egress");
	box_confine(&b, "only");
	on_the_host(&b);
	box_close(&b);
	reuse();
	forget_policies();
	namespaces("but", but_yaml);
	no_more_events();
	wire_close();
	for (i = 0; i < 3; i++)
		server_stop(&servers[i]);
	events_close();
}
