// SPDX-License-Identifier: GPL-2.0-only
/* Operations on the network: both ends in one process, so that no switch of tasks is counted. */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdio.h>
#include <sys/socket.h>
#include <unistd.h>

#include "bench.h"

/* What fits the MTU of 1500 bytes; the loopback device gets it as one piece to cut up if it is sent as one. */
#define PACKET_BYTES	1448
#define PACKETS		40
#define CONNECTIONS	8

static int receiver, receiver_too, sender, here, there;
static int connections[CONNECTIONS];
static int nr_connections;

static struct sockaddr_in address_of(uint32_t host, uint16_t port)
{
	return (struct sockaddr_in){
		.sin_family = AF_INET,
		.sin_port = htons(port),
		.sin_addr.s_addr = htonl(host),
	};
}

static int bound_socket(int type, uint32_t host, uint16_t port)
{
	struct sockaddr_in a = address_of(host, port);
	int s = socket(AF_INET, type, 0);
	int one = 1;

	if (s < 0)
		die("socket: %m");
	setsockopt(s, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one));
	if (bind(s, (struct sockaddr *)&a, sizeof(a)))
		die("bind %u: %m", port);
	return s;
}

static int listening_socket(uint32_t host, uint16_t port)
{
	int size = 1 << 20;
	int s = bound_socket(SOCK_STREAM | SOCK_NONBLOCK, host, port);

	setsockopt(s, SOL_SOCKET, SO_RCVBUFFORCE, &size, sizeof(size));
	if (listen(s, 4096))
		die("listen: %m");
	return s;
}

static void close_at_once(int s)
{
	struct linger linger = { .l_onoff = 1 };

	setsockopt(s, SOL_SOCKET, SO_LINGER, &linger, sizeof(linger));
	close(s);
}

static int connected_socket(uint32_t host)
{
	struct sockaddr_in a = address_of(host, PORT_TCP);
	int s = socket(AF_INET, SOCK_STREAM, 0);

	if (s < 0 || connect(s, (struct sockaddr *)&a, sizeof(a)))
		die("connect: %m");
	return s;
}

/* Socket and connection, to a peer in another network namespace, whose kernel answers without its process. */
long run_connect(int reps)
{
	for (int i = 0; i < reps; i++)
		connections[nr_connections++] = connected_socket(PEER);
	return reps;
}

/* A reset leaves no state of TIME_WAIT, which would pile up. */
void tidy_connect(void)
{
	while (nr_connections)
		close_at_once(connections[--nr_connections]);
}

void prepare_udp(void)
{
	if (sender)
		return;
	receiver = bound_socket(SOCK_DGRAM, OWN, PORT_UDP);
	receiver_too = bound_socket(SOCK_DGRAM, OWN_TOO, PORT_UDP);
	sender = socket(AF_INET, SOCK_DGRAM, 0);
	if (sender < 0)
		die("socket: %m");
}

static void send_datagram(int to, uint32_t host)
{
	struct sockaddr_in a = address_of(host, PORT_UDP);
	char buf[64] = "";

	if (sendto(sender, buf, sizeof(buf), 0, (struct sockaddr *)&a, sizeof(a)) != sizeof(buf))
		die("sendto: %m");
	if (recv(to, buf, sizeof(buf), 0) != sizeof(buf))
		die("recv: %m");
}

long run_udp(int reps)
{
	for (int i = 0; i < reps; i++)
		send_datagram(receiver, OWN);
	return reps;
}

/* To two destinations in turn: what is remembered of the last one doesn't help. */
long run_udp_two(int reps)
{
	for (int i = 0; i < reps; i += 2) {
		send_datagram(receiver, OWN);
		send_datagram(receiver_too, OWN_TOO);
	}
	return reps;
}

void prepare_stream(void)
{
	int size = 1 << 20, one = 1;
	int listener;

	if (here)
		return;
	listener = listening_socket(OWN, PORT_TCP);
	here = connected_socket(OWN);
	there = accept(listener, NULL, NULL);
	if (there < 0)
		die("accept: %m");
	setsockopt(here, SOL_SOCKET, SO_SNDBUFFORCE, &size, sizeof(size));
	setsockopt(here, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
	setsockopt(there, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
}

static void pass(int from, int to, char *buf, size_t size)
{
	size_t have = 0;

	if (send(from, buf, size, 0) != (ssize_t)size)
		die("send: %m");
	while (have < size) {
		ssize_t n = recv(to, buf + have, size - have, 0);

		if (n <= 0)
			die("recv: %m");
		have += n;
	}
}

long run_pingpong(int reps)
{
	char buf[64] = "";

	for (int i = 0; i < reps; i++) {
		pass(here, there, buf, sizeof(buf));
		pass(there, here, buf, sizeof(buf));
	}
	return reps;
}


/* In pieces of @size bytes, received at the end, so that acknowledgements are as rare as they are in bulk. */
static void stream(size_t size)
{
	static char buf[PACKETS * PACKET_BYTES];
	size_t have;

	for (have = 0; have < sizeof(buf); have += size)
		if (send(here, buf, size, 0) != (ssize_t)size)
			die("send: %m");
	for (have = 0; have < sizeof(buf);) {
		ssize_t n = recv(there, buf, sizeof(buf) - have, 0);

		if (n <= 0)
			die("recv: %m");
		have += n;
	}
}

/* Offloaded segmentation: the stack sees one large packet, counted as what it is cut into. */
long run_bulk(int reps)
{
	for (int i = 0; i < reps; i++)
		stream(PACKETS * PACKET_BYTES);
	return reps * PACKETS;
}

/* Each packet goes down the stack alone, as Nagle doesn't hold it back. */
long run_packets(int reps)
{
	for (int i = 0; i < reps; i++)
		stream(PACKET_BYTES);
	return reps * PACKETS;
}

bool can_connect(uint16_t port)
{
	struct sockaddr_in a = address_of(PEER, port);
	int s = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
	struct pollfd p = { .fd = s, .events = POLLOUT };
	int error = 0;
	socklen_t size = sizeof(error);
	bool can;

	if (s < 0)
		die("socket: %m");
	can = !connect(s, (struct sockaddr *)&a, sizeof(a)) || errno == EINPROGRESS;
	can = can && poll(&p, 1, 200) == 1 && !getsockopt(s, SOL_SOCKET, SO_ERROR, &error, &size) && !error;
	close_at_once(s);
	return can;
}

static void drain(int listener)
{
	int s;

	while ((s = accept(listener, NULL, NULL)) >= 0)
		close(s);
}

/* The peer: connections come about without it, so it looks rarely, and is never woken by one. */
void serve(void)
{
	int allowed = listening_socket(PEER, PORT_TCP);
	int secret = listening_socket(PEER, PORT_SECRET);

	for (;;) {
		usleep(500000);
		drain(allowed);
		drain(secret);
	}
}
