// SPDX-License-Identifier: GPL-2.0-only
/*
 * Ways around what connect() says. What is decided for each, and where:
 *
 * IPv4 source routes	refused by any policy with egress rules or the guard of
 *			metadata-service: the packet goes on from its
 *			destination. At the call if it is the
 *			socket's option, at the packet if it is a message's, or
 *			comes after the connection. Other options: pass
 * IPv6 routing headers	the same, of all types
 * IPv6 other headers	read past, to the ports
 * fragments		the kernel's own are made behind the check; of those by
 *			hand the first has the ports, the others have none and
 *			are judged by the default
 * tunnels		the packet outside is judged as well as the one inside
 * a device by name	loopback's pass ends where the packet leaves by another
 *			device than loopback
 * AF_UNSPEC		the next connect() is judged like the first
 * TCP repair		connect() is judged, whether or not it sends
 * ping sockets		at the packet, by type
 * UDP-lite		as UDP, by its own rules
 * DCCP			by the default: no rule can name it
 * sendmmsg		each message
 * io_uring		at the call, in the worker, too
 * packet, vsock, XDP,	families whose packets pass the rules by: refused by a
 * SMC and the like	policy with egress or listen rules that doesn't name
 *			them, and so is sending by one that was handed over
 * tun			as a packet socket, made or attached to
 * SCTP, MPTCP		later addresses: at the packet, see peers.c
 * replies of the	pass: resets, ICMP, echo replies: see peers.c
 * kernel
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>
#include <linux/bulkhead.h>
#include <linux/if_tun.h>
#include <net/if.h>

#include "acts.h"
#include "addr.h"
#include "event.h"
#include "host.h"
#include "netns.h"
#include "shapes.h"
#include "tap.h"
#include "trial.h"
#include "way_acts.h"
#include "ways.h"
#include "wire.h"

#define WORLD		"10.9.0.2"
#define WORLD6		"fd09::2"
#define LOCAL		"10.9.0.1"
#define DEFAULT		"default: deny # of egress"
#define DENIED(a, r, ...) .error = EACCES, \
	.want = { .act = BULKHEAD_ACT_##a, .rule = r, __VA_ARGS__ }
#define GUARD		"preset metadata-service", .reason = BULKHEAD_REASON_PRESET
#define TO(a, p, ...)	{ .addr = addr(a, p), .n = { __VA_ARGS__ } }
#define FROM(a, p, ...)	{ .path2 = LOCAL, .addr = addr(a, p), .n = { __VA_ARGS__ } }
#define LINK		"veth0"
#define TUN_NEW		"tun5"
#define TUN_THERE	"tun7"
#define TUN_QUEUED	"tun8"

static const char ways_yaml[] =
"bulkhead: 1\n"
"policy: ways\n"
"mode: enforce\n"
"presets: {except: [io-uring]}\n"
"egress:\n"
"  default: deny # of egress\n"
"  rules:\n"
"    - allow tcp 443 to " WORLD ", " WORLD6 "\n"
"    - allow tcp 8444 to " WORLD "\n"
"    - allow udp 53 to " WORLD ", " WORLD6 "\n"
"    - allow udplite 53 to " WORLD "\n"
"    - allow icmp 8 to " WORLD "\n"
"    - allow sctp 443, 8445, 8446 to " WORLD "\n"
"listen:\n"
"  default: deny # of listen\n"
"  rules: [allow sctp 5353]\n";

static const char named_yaml[] =
"bulkhead: 1\n"
"policy: named\n"
"mode: enforce\n"
"socket: {default: allow, allow: [packet, vsock]}\n"
"egress: {default: deny}\n";

/* Of its presets one is about addresses. */
static const char presets_yaml[] =
"bulkhead: 1\n"
"policy: presets-alone\n"
"mode: enforce\n";

/* What TCP couldn't send it tries again, and is denied again, until the end. */
static bool later_agrees(const struct trial *t)
{
	bool agrees = wire_agrees_on_routed(t);

	if (t->want.rule)
		events_drop(300);
	return agrees;
}

static bool tunnel_agrees(const struct trial *t)
{
	bool agrees = wire_agrees_on_tunnelled(t);

	if (t->want.rule)
		events_drop(300);
	return agrees;
}

/* A packet that names the way it takes, or takes one inside of another. */
static void routed(struct box *b)
{
	const struct trial t[] = {
		{ "an option that records the route", act_option,
		  TO(WORLD, 53, BY_SOCKET, OPTION_RECORD) },
		{ "a loose source route", act_option, TO(WORLD, 53, BY_SOCKET, OPTION_LOOSE),
		  DENIED(SEND, DEFAULT) },
		{ "a strict source route", act_option, TO(WORLD, 53, BY_SOCKET, OPTION_STRICT),
		  DENIED(SEND, DEFAULT) },
		{ "a source route of one message", act_option,
		  TO(WORLD, 53, BY_MESSAGE, OPTION_LOOSE),
		  DENIED(PACKET, DEFAULT, .addr = addr(HOP, 53)) },
		{ "tcp with a source route", act_option_connect,
		  TO(WORLD, 443, BY_SOCKET, OPTION_LOOSE), DENIED(CONNECT, DEFAULT) },
		{ "tcp, source routed once it is connected", act_option_later,
		  TO(WORLD, 443, BY_SOCKET, OPTION_LOOSE),
		  .want = { .act = BULKHEAD_ACT_PACKET, .rule = DEFAULT },
		  .after = later_agrees },
		{ "a routing header of type 2", act_routing, TO(WORLD6, 53, BY_SOCKET, 2),
		  DENIED(SEND, DEFAULT) },
		{ "segment routing", act_routing, TO(WORLD6, 53, BY_SOCKET, 4),
		  DENIED(SEND, DEFAULT) },
		{ "a routing header of one message", act_routing, TO(WORLD6, 53, BY_MESSAGE, 2),
		  DENIED(PACKET, DEFAULT, .addr = addr(HOP6, 53)) },
		{ "tcp with segment routing", act_routing_connect, TO(WORLD6, 443, BY_SOCKET, 4),
		  DENIED(CONNECT, DEFAULT) },
		{ "tcp, segment routed once it is connected", act_routing_later,
		  TO(WORLD6, 443, BY_SOCKET, 4),
		  .want = { .act = BULKHEAD_ACT_PACKET, .rule = DEFAULT,
			    .addr = addr(HOP6, 443) },
		  .after = later_agrees },
	};

	wire_trials(b, "ways", t, ARRAY_SIZE(t));
}
#define ROUTED		11

/* A kernel without such tunnels says so to both. */
static void tunnelled(struct box *b)
{
	const struct args to = { .path = WORLD, .path2 = LOCAL };
	int missing = outside_do(act_tunnel, &to);
	const struct trial t = {
		"tcp, once it is connected, by a tunnel", act_tunnel_later,
		{ .addr = addr(WORLD, 443), .path = WORLD, .path2 = LOCAL },
		.error = missing, .outside = missing,
		.want = { .act = BULKHEAD_ACT_PACKET, .rule = missing ? NULL : DEFAULT,
			  .protocol = IPPROTO_IPIP, .addr = addr(HOP, 0) },
		.after = missing ? wire_has_no_say : tunnel_agrees,
	};

	if (missing)
		diag("this kernel has no tunnels of IPv4 in IPv4");
	wire_trials(b, "ways", &t, 1);
}

static bool vxlan_agrees(const struct trial *t)
{
	unsigned int n = wire_count(atoi(VXLAN_PORT), NULL);

	/* The device's own news to its neighbours are refused as well. */
	if (t->want.rule)
		events_drop(300);
	if (!t->want.rule == !!n)
		return true;
	diag("%u packets of the tunnel on the wire", n);
	return false;
}

/* What it sends belongs to none of the sender's sockets any more. */
static void tunnelled_from_afar(struct box *b)
{
	const struct args to = { .addr = addr(WORLD, 53), .path = WORLD, .path2 = LOCAL };
	int missing = outside_do(act_vxlan, &to);
	const struct trial t = {
		"a datagram by a tunnel of another namespace", act_vxlan, to,
		.error = missing, .outside = missing,
		.want = { .act = BULKHEAD_ACT_PACKET, .rule = missing ? NULL : DEFAULT,
			  .pid = ANY_PID, .protocol = IPPROTO_UDP, .addr = addr(HOP, 4789) },
		.after = missing ? wire_has_no_say : vxlan_agrees,
	};

	if (missing)
		diag("this kernel has no VXLAN");
	wire_trials(b, "ways", &t, 1);
}

/* An association that begins at the served port is no reply. */
static void served_sctp(struct box *b)
{
	const struct trial t[] = {
		{ "sctp from the served port", act_sctp_from_served, FROM(WORLD, 443, 1) },
		{ "sctp from the served port, no rule", act_sctp_from_served,
		  FROM(WORLD, 8080, 1), DENIED(CONNECT, DEFAULT) },
		{ "the same by a message", act_sctp_from_served, FROM(WORLD, 8080, 0),
		  DENIED(CONNECT, DEFAULT) },
	};

	trials_run(b, "ways", t, ARRAY_SIZE(t));
}
#define SERVED_SCTP	3
#define TUNNELLED	1

static void called(struct box *b)
{
	const struct trial t[] = {
		{ "loopback's address by a device", act_device,
		  { .addr = addr("127.0.0.1", 9000), .path = LINK, .n = { BY_SOCKET } },
		  DENIED(SEND, DEFAULT), .after = wire_has_no_say },
		{ "loopback's address by a device, one message", act_device,
		  { .addr = addr("127.0.0.1", 9000), .path = LINK, .n = { BY_MESSAGE } },
		  DENIED(PACKET, DEFAULT), .after = wire_has_no_say },
		{ "by its device", act_device,
		  { .addr = addr(WORLD, 53), .path = LINK, .n = { BY_SOCKET } } },
		{ "tcp again", act_again,
		  { .addr = addr(WORLD, 443), .path2 = WORLD, .n = { 443, SOCK_STREAM } } },
		{ "tcp again, no rule", act_again,
		  { .addr = addr(WORLD, 8080), .path2 = WORLD, .n = { 443, SOCK_STREAM } },
		  DENIED(CONNECT, DEFAULT) },
		{ "udp again", act_again,
		  { .addr = addr(WORLD, 53), .path2 = WORLD, .n = { 53, SOCK_DGRAM } } },
		{ "udp again, no rule", act_again,
		  { .addr = addr(WORLD, 9000), .path2 = WORLD, .n = { 53, SOCK_DGRAM } },
		  DENIED(CONNECT, DEFAULT) },
		{ "tcp under repair", act_repair, TO(WORLD, 443), .after = wire_agrees_on_any },
		{ "tcp under repair, no rule", act_repair, TO(WORLD, 8080),
		  DENIED(CONNECT, DEFAULT), .after = wire_agrees_on_any },
		{ "ping", act_ping, TO(WORLD, 0) },
		{ "ping, no rule", act_ping, TO(HOP, 0),
		  DENIED(PACKET, DEFAULT, .addr = addr(HOP, 8)) },
		/* The kernel keeps the error to itself. */
		{ "ping6, no rule", act_ping, TO(WORLD6, 0),
		  .want = { .act = BULKHEAD_ACT_PACKET, .rule = DEFAULT,
			    .addr = addr(WORLD6, 128) } },
		{ "raw, a later fragment", act_raw_fragment, TO(WORLD, 0, 8),
		  DENIED(PACKET, DEFAULT) },
		{ "raw6, a later fragment", act_raw_fragment, TO(WORLD6, 0, 8),
		  DENIED(PACKET, DEFAULT) },
		{ "io_uring: tcp", act_ring_connect, TO(WORLD, 443) },
		{ "io_uring: tcp, no rule", act_ring_connect, TO(WORLD, 8080),
		  DENIED(CONNECT, DEFAULT) },
		{ "io_uring: tcp, no rule, by a worker", act_ring_connect, TO(WORLD, 8080, 1),
		  DENIED(CONNECT, DEFAULT, .pid = ANY_PID) },
		{ "io_uring: udp", act_ring_send, TO(WORLD, 53) },
		{ "io_uring: udp, no rule", act_ring_send, TO(WORLD, 9000),
		  DENIED(SEND, DEFAULT) },
		{ "io_uring: udp, no rule, by a worker", act_ring_send, TO(WORLD, 9000, 1),
		  DENIED(SEND, DEFAULT, .pid = ANY_PID) },
	};

	wire_trials(b, "ways", t, ARRAY_SIZE(t));
}
#define CALLED		20

/* Later kernels have none; what a rule says of it is harmless there. */
static void udplite(struct box *b)
{
	int fd = socket(AF_INET, SOCK_DGRAM, IPPROTO_UDPLITE);
	int missing = fd < 0 ? errno : 0;
	const struct trial t[] = {
		{ "udplite", act_sendto, TO(WORLD, 53, 0, IPPROTO_UDPLITE), .error = missing,
		  .outside = missing, .after = missing ? wire_has_no_say : NULL },
		{ "udplite, no rule", act_sendto, TO(WORLD, 9000, 0, IPPROTO_UDPLITE),
		  .error = missing ? missing : EACCES,
		  .want = { .act = BULKHEAD_ACT_SEND, .rule = missing ? NULL : DEFAULT },
		  .outside = missing, .after = missing ? wire_has_no_say : NULL },
	};

	if (missing)
		diag("this kernel has no UDP-lite: %s", strerror(missing));
	close(fd);
	wire_trials(b, "ways", t, ARRAY_SIZE(t));
}
#define UDPLITE		2

/* Return: the errno of making one here, for families that the kernel may lack. */
static int missing_here(int family, int type, int protocol)
{
	int fd = socket(family, type, protocol), error = fd < 0 ? errno : 0;

	close(fd);
	return error;
}

/* No rule can name it: the default holds. */
static void dccp(struct box *b)
{
	int missing = missing_here(AF_INET, SOCK_DCCP, IPPROTO_DCCP);
	const struct trial t = {
		"dccp", act_dccp, TO(WORLD, 443), .error = missing ? missing : EACCES,
		.want = { .act = BULKHEAD_ACT_CONNECT, .rule = missing ? NULL : DEFAULT,
			  .protocol = IPPROTO_DCCP },
		.outside = missing, .after = missing ? wire_has_no_say : NULL,
	};

	if (missing)
		diag("this kernel has no DCCP: %s", strerror(missing));
	wire_trials(b, "ways", &t, 1);
}
#define DCCP		1

static int packet_socket(void)
{
	return socket(AF_PACKET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
}

/* A queue of a tun device that was let go, and may be taken up again. */
static int idle_queue(void)
{
	struct ifreq ifr = { .ifr_flags = IFF_TUN | IFF_NO_PI | IFF_MULTI_QUEUE, .ifr_name = TUN_QUEUED };
	int fd = open("/dev/net/tun", O_RDWR | O_CLOEXEC);

	if (fd < 0 || ioctl(fd, TUNSETIFF, &ifr))
		return -1;
	ifr.ifr_flags = IFF_DETACH_QUEUE;
	return ioctl(fd, TUNSETQUEUE, &ifr) ? -1 : fd;
}

/* What @make makes in the box's network namespace. */
static int made_in_box(int (*make)(void))
{
	const struct args box = { .path2 = TOP "/net/box" };
	int home = open("/proc/self/ns/net", O_RDONLY | O_CLOEXEC), fd;

	errno = act_netns(&box);
	fd = errno ? -1 : make();
	if (setns(home, CLONE_NEWNET))
		bail("return to the own network namespace: %m");
	close(home);
	return fd;
}

static int box_packet_socket(void)
{
	return made_in_box(packet_socket);
}

static int box_idle_queue(void)
{
	return made_in_box(idle_queue);
}

#define FAMILY(f, t)	act_socket, { .n = { f, t } }
#define UNNAMED(f, t)	.error = EACCES, .want = { .act = BULKHEAD_ACT_SOCKET, \
	.family = f, .type = t, .rule = DEFAULT }, .outside = missing_here(f, t, 0)

/* Families by which packets would leave past all rules. */
static void families(struct box *b)
{
	const struct trial t[] = {
		{ "packet", FAMILY(AF_PACKET, SOCK_RAW), UNNAMED(AF_PACKET, SOCK_RAW) },
		{ "packet/dgram", FAMILY(AF_PACKET, SOCK_DGRAM), UNNAMED(AF_PACKET, SOCK_DGRAM) },
		{ "vsock", FAMILY(AF_VSOCK, SOCK_STREAM), UNNAMED(AF_VSOCK, SOCK_STREAM) },
		{ "xdp", FAMILY(AF_XDP, SOCK_RAW), UNNAMED(AF_XDP, SOCK_RAW) },
		{ "smc", FAMILY(AF_SMC, SOCK_STREAM), UNNAMED(AF_SMC, SOCK_STREAM) },
		{ "smc as a protocol", act_socket, { .n = { AF_INET, SOCK_STREAM, 256 } },
		  .error = EACCES, .want = { .act = BULKHEAD_ACT_SOCKET, .family = AF_SMC,
					     .rule = DEFAULT },
		  .outside = missing_here(AF_INET, SOCK_STREAM, 256) },
		{ "netlink", FAMILY(AF_NETLINK, SOCK_RAW) },
		{ "unix", FAMILY(AF_UNIX, SOCK_STREAM) },
		{ "handed over: packet", act_fd_packet, { .path = LINK },
		  .error = EACCES, .want = { .act = BULKHEAD_ACT_SEND, .family = AF_PACKET,
					     .rule = DEFAULT }, .hand = box_packet_socket },
		{ "a tun device", act_tun, { .path = TUN_NEW }, UNNAMED(AF_PACKET, SOCK_RAW) },
		{ "a tun device that is there", act_tun, { .path = TUN_THERE },
		  UNNAMED(AF_PACKET, SOCK_RAW) },
		{ "handed over: a tun device's queue", act_fd_queue,
		  UNNAMED(AF_PACKET, SOCK_RAW), .hand = box_idle_queue },
	};

	trials_run(b, "ways", t, ARRAY_SIZE(t));
}
#define FAMILIES	12

void ways(struct box *b)
{
	routed(b);
	tunnelled(b);
	tunnelled_from_afar(b);
	served_sctp(b);
	called(b);
	udplite(b);
	dccp(b);
	families(b);
	shapes(b);
}

/* By hand, under a policy that allows all but some. */
void ways_but(struct box *b)
{
	const struct trial t[] = {
		{ "raw, recording the route", act_raw_option, TO(WORLD, 53, OPTION_RECORD) },
		{ "raw, recording the route, no rule", act_raw_option,
		  TO(WORLD, 9000, OPTION_RECORD), DENIED(PACKET, "deny udp 9000") },
		{ "raw, source routed", act_raw_option, TO(WORLD, 53, OPTION_LOOSE),
		  DENIED(PACKET, "default: allow # of egress") },
		{ "raw6, options before the ports", act_raw_headers, TO(WORLD6, 53, -1) },
		{ "raw6, options before the ports, no rule", act_raw_headers,
		  TO(WORLD6, 9000, -1), DENIED(PACKET, "deny udp 9000") },
		{ "raw6, a routing header", act_raw_headers, TO(WORLD6, 53, 4),
		  DENIED(PACKET, "default: allow # of egress") },
		{ "raw6, a first fragment", act_raw_fragment, TO(WORLD6, 53, 0) },
		{ "raw6, a first fragment, no rule", act_raw_fragment, TO(WORLD6, 9000, 0),
		  DENIED(PACKET, "deny udp 9000") },
		{ "raw, a first fragment", act_raw_fragment, TO(WORLD, 53, 0) },
		{ "raw, a first fragment, no rule", act_raw_fragment, TO(WORLD, 9000, 0),
		  DENIED(PACKET, "deny udp 9000") },
	};

	wire_trials(b, "but", t, ARRAY_SIZE(t));
}
#define WAYS_BUT	10

void ways_named(struct box *b)
{
	const struct trial t[] = {
		{ "packet, named", FAMILY(AF_PACKET, SOCK_RAW) },
		{ "vsock, named", FAMILY(AF_VSOCK, SOCK_STREAM) },
		{ "handed over: packet, named", act_fd_packet, { .path = LINK },
		  .hand = box_packet_socket },
		{ "a tun device, packet named", act_tun, { .path = TUN_NEW } },
		{ "a tun device that is there, packet named", act_tun, { .path = TUN_THERE } },
		{ "handed over: a tun device's queue, packet named", act_fd_queue,
		  .hand = box_idle_queue },
	};

	trials_run(b, "named", t, ARRAY_SIZE(t));
}
#define WAYS_NAMED	6

/* Where it goes in the end nobody knows: to where clouds tell their secrets, maybe. */
void ways_guarded(struct box *b)
{
	const struct trial t[] = {
		{ "presets alone: an option that records the route", act_option,
		  TO(WORLD, 53, BY_SOCKET, OPTION_RECORD) },
		{ "presets alone: a loose source route", act_option,
		  TO(WORLD, 53, BY_SOCKET, OPTION_LOOSE), DENIED(SEND, GUARD) },
		{ "presets alone: a source route of one message", act_option,
		  TO(WORLD, 53, BY_MESSAGE, OPTION_LOOSE),
		  DENIED(PACKET, GUARD, .addr = addr(HOP, 53)) },
		{ "presets alone: tcp with a source route", act_option_connect,
		  TO(WORLD, 443, BY_SOCKET, OPTION_LOOSE), DENIED(CONNECT, GUARD) },
		{ "presets alone: segment routing", act_routing, TO(WORLD6, 53, BY_SOCKET, 4),
		  DENIED(SEND, GUARD) },
	};

	wire_trials(b, "presets-alone", t, ARRAY_SIZE(t));
}
#define WAYS_GUARDED	5

unsigned int ways_points(void)
{
	return TRIAL_POINTS * (ROUTED + 2 * TUNNELLED + SERVED_SCTP + CALLED + UDPLITE + DCCP + FAMILIES +
			       WAYS_BUT + WAYS_NAMED + WAYS_GUARDED) + shapes_points();
}

/*
 * In the box's network namespace: ping for everybody, an SCTP that soon tries
 * what addresses it was told of, and a tun that stays.
 */
static int prepare_box(const struct args *a)
{
	struct ifreq ifr = { .ifr_flags = IFF_TUN | IFF_NO_PI, .ifr_name = TUN_THERE };
	int error = act_netns(a), fd;

	if (!error)
		error = write_file("/proc/sys/net/ipv4/ping_group_range", "0 2147483647");
	if (!error)
		error = write_file("/proc/sys/net/sctp/rto_min", "200");
	if (!error)
		error = write_file("/proc/sys/net/sctp/rto_initial", "400");
	if (!error)
		error = write_file("/proc/sys/net/sctp/hb_interval", "300");
	if (error)
		return error;
	fd = open("/dev/net/tun", O_RDWR | O_CLOEXEC);
	return fd < 0 || ioctl(fd, TUNSETIFF, &ifr) || ioctl(fd, TUNSETPERSIST, 1) ? errno : 0;
}

void ways_prepare(void)
{
	const struct args box = { .path2 = TOP "/net/box" };

	netns_addr("world", LINK, HOP6, 64);
	errno = outside_do(prepare_box, &box);
	if (errno)
		bail("prepare the box's network namespace: %m");
	apply("ways", ways_yaml);
	add_policy("presets-alone", presets_yaml);
	apply("named", named_yaml);
	wire_open("world", LINK);
}
