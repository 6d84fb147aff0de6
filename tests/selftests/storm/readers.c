// SPDX-License-Identifier: GPL-2.0-only
/* Who is told of the denials: one at once, one slowly, one that never reads. */
#define _GNU_SOURCE
#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>
#include <linux/genetlink.h>

#include <linux/bulkhead.h>

#include "genl.h"
#include "storm.h"
#include "tap.h"

#define SOL_NETLINK	270

/* Of each process the last event; those that share a place displace each other. */
#define PLACES		4096

static struct {
	uint64_t cgroup, sequence, pid;
} last[PLACES];

/* @room: bytes, or 0 for as much as sockets have by default. */
static int join(int room)
{
	struct genl g;
	uint32_t id;

	errno = genl_open(&g);
	if (errno)
		bail("listen to events: %m");
	id = g.denied;
	if (room)
		setsockopt(g.fd, SOL_SOCKET, SO_RCVBUFFORCE, &room, sizeof(room));
	if (setsockopt(g.fd, SOL_NETLINK, NETLINK_ADD_MEMBERSHIP, &id, sizeof(id)))
		bail("join the multicast group: %m");
	return g.fd;
}

int sleeping_reader(void)
{
	return join(0);
}

bool overran(int sock)
{
	char byte;

	return recv(sock, &byte, 1, MSG_DONTWAIT) < 0 && errno == ENOBUFS;
}

static const struct nlattr *attributes(const char *buf, size_t *len)
{
	*len = ((const struct nlmsghdr *)buf)->nlmsg_len - NLMSG_HDRLEN - GENL_HDRLEN;
	return (const struct nlattr *)(buf + NLMSG_HDRLEN + GENL_HDRLEN);
}

/* The acts of work.c, by the policy, under its rules: nothing else is denied. */
static bool is_ours(const char *buf)
{
	size_t len;
	const struct nlattr *a = attributes(buf, &len);
	char policy[64];

	attr_string(a, len, BULKHEAD_A_POLICY, policy, sizeof(policy));
	if (strcmp(policy, POLICY) ||
	    attr_number(a, len, BULKHEAD_A_REASON) != BULKHEAD_REASON_RULE)
		return false;
	switch (attr_number(a, len, BULKHEAD_A_ACT)) {
	case BULKHEAD_ACT_OPEN:
	case BULKHEAD_ACT_EXEC:
	case BULKHEAD_ACT_MKDIR:
	case BULKHEAD_ACT_CONNECT:
		return true;
	}
	return false;
}

void run_quick_reader(unsigned int n)
{
	_Alignas(8) char buf[16384];
	struct pollfd fd = { join(n), POLLIN, 0 };

	if (nice(-10) == -1 && errno)
		bail("nice: %m");
	while (!tally->drained) {
		if (poll(&fd, 1, 100) <= 0)
			continue;
		if (recv(fd.fd, buf, sizeof(buf), 0) < 0) {
			tally->overruns++;
			continue;
		}
		tally->delivered++;
		tally->strange += !is_ours(buf);
	}
}

static void check_order(const char *buf)
{
	size_t len;
	const struct nlattr *a = attributes(buf, &len);
	uint64_t cgroup = attr_number(a, len, BULKHEAD_A_CGROUP_ID);
	uint64_t sequence = attr_number(a, len, BULKHEAD_A_SEQUENCE);
	uint64_t pid = attr_number(a, len, BULKHEAD_A_PID);
	unsigned int i = (cgroup * CONTAINERS + pid) % PLACES;

	/* What two do at the same time may come in any order. */
	if (last[i].cgroup == cgroup && last[i].pid == pid &&
	    last[i].sequence >= sequence)
		tally->out_of_order++;
	last[i].cgroup = cgroup;
	last[i].sequence = sequence;
	last[i].pid = pid;
}

void run_slow_reader(unsigned int n)
{
	_Alignas(8) char buf[16384];
	struct pollfd fd = { join(0), POLLIN, 0 };

	while (!tally->drained) {
		if (poll(&fd, 1, 100) <= 0)
			continue;
		if (recv(fd.fd, buf, sizeof(buf), 0) < 0) {
			tally->slow_overruns++;
			continue;
		}
		tally->slow_read++;
		check_order(buf);
		sleep_ms(n);
	}
}
