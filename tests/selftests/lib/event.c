// SPDX-License-Identifier: GPL-2.0-only
/* Events of the module. One socket for the denied, one for the audited. */
#include <arpa/inet.h>
#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>
#include <linux/genetlink.h>

#include <linux/bulkhead.h>

#include "event.h"
#include "genl.h"
#include "host.h"
#include "tap.h"

#define SOL_NETLINK	270

/* Under emulation an event takes a while; the bound is for none at all. */
#define EVENT_MS	2000

const char ANY_PATH[] = "";

static struct genl denied, audited;

static void subscribe(struct genl *g, uint32_t (*group)(const struct genl *))
{
	int room = 8 << 20;
	uint32_t id;

	errno = genl_open(g);
	if (errno)
		bail("listen to events: %m");
	id = group(g);
	setsockopt(g->fd, SOL_SOCKET, SO_RCVBUFFORCE, &room, sizeof(room));
	if (!id || setsockopt(g->fd, SOL_NETLINK, NETLINK_ADD_MEMBERSHIP, &id,
			      sizeof(id)))
		bail("join the multicast group: %m");
}

static uint32_t denied_group(const struct genl *g)
{
	return g->denied;
}

static uint32_t audited_group(const struct genl *g)
{
	return g->audited;
}

void events_open(void)
{
	subscribe(&denied, denied_group);
	subscribe(&audited, audited_group);
}

void events_close(void)
{
	genl_close(&denied);
	genl_close(&audited);
}

static void decode_object(struct event *e, const struct nlattr *a, size_t len)
{
	const struct nlattr *address = attr_find(a, len, BULKHEAD_A_ADDRESS);
	const struct nlattr *path = attr_find(a, len, BULKHEAD_A_PATH);

	if (address && attr_len(address) <= sizeof(e->address)) {
		e->address_len = attr_len(address);
		memcpy(e->address, attr_data(address), e->address_len);
	}
	if (path && attr_len(path) < sizeof(e->path)) {
		e->path_len = attr_len(path);
		memcpy(e->path, attr_data(path), e->path_len);
	}
	e->capability = attr_number(a, len, BULKHEAD_A_CAPABILITY);
	e->family = attr_number(a, len, BULKHEAD_A_FAMILY);
	e->type = attr_number(a, len, BULKHEAD_A_SOCK_TYPE);
	e->protocol = attr_number(a, len, BULKHEAD_A_PROTOCOL);
	e->port = attr_number(a, len, BULKHEAD_A_PORT);
	e->target = attr_number(a, len, BULKHEAD_A_TARGET_PID);
}

static void decode(struct event *e, const struct nlattr *a, size_t len)
{
	memset(e, 0, sizeof(*e));
	e->verdict = attr_number(a, len, BULKHEAD_A_VERDICT);
	e->reason = attr_number(a, len, BULKHEAD_A_REASON);
	e->act = attr_number(a, len, BULKHEAD_A_ACT);
	e->perms = attr_number(a, len, BULKHEAD_A_PERMS);
	e->pid = attr_number(a, len, BULKHEAD_A_PID);
	e->cgroup = attr_number(a, len, BULKHEAD_A_CGROUP_ID);
	e->generation = attr_number(a, len, BULKHEAD_A_GENERATION);
	e->rule_line = attr_number(a, len, BULKHEAD_A_RULE_LINE);
	e->time = attr_number(a, len, BULKHEAD_A_TIME);
	e->sequence = attr_number(a, len, BULKHEAD_A_SEQUENCE);
	attr_string(a, len, BULKHEAD_A_POLICY, e->policy, sizeof(e->policy));
	attr_string(a, len, BULKHEAD_A_RULE_FILE, e->file, sizeof(e->file));
	attr_string(a, len, BULKHEAD_A_RULE_TEXT, e->text, sizeof(e->text));
	attr_string(a, len, BULKHEAD_A_COMM, e->comm, sizeof(e->comm));
	decode_object(e, a, len);
}

bool event_next(struct event *e, unsigned int ms)
{
	struct pollfd fds[2] = { { denied.fd, POLLIN, 0 }, { audited.fd, POLLIN, 0 } };
	_Alignas(8) char buf[16384];
	struct nlmsghdr *n = (struct nlmsghdr *)buf;
	struct genlmsghdr *h = NLMSG_DATA(n);
	ssize_t len;
	int from;

	if (poll(fds, 2, ms) <= 0)
		return false;
	from = fds[0].revents ? 0 : 1;
	len = recv(fds[from].fd, buf, sizeof(buf), 0);
	if (len < (ssize_t)(NLMSG_HDRLEN + GENL_HDRLEN) ||
	    h->cmd != BULKHEAD_CMD_EVENT) {
		diag("not an event: %zd bytes, %s", len, strerror(errno));
		memset(e, 0, sizeof(*e));
		return true;
	}
	decode(e, (struct nlattr *)(buf + NLMSG_HDRLEN + GENL_HDRLEN),
	       n->nlmsg_len - NLMSG_HDRLEN - GENL_HDRLEN);
	e->audited = from;
	return true;
}

unsigned int events_drop(unsigned int ms)
{
	struct event e;
	unsigned int n = 0;

	while (event_next(&e, ms))
		n++;
	return n;
}

void event_show(const struct event *e)
{
	char addr[64] = "";

	if (e->address_len)
		inet_ntop(e->address_len == 4 ? AF_INET : AF_INET6, e->address, addr,
			  sizeof(addr));
	diag("event: %s verdict %u reason %u act %u perms %#x pid %u (%s) cgroup %llu generation %llu",
	     e->audited ? "audited" : "denied", e->verdict, e->reason, e->act,
	     e->perms, e->pid, e->comm, (unsigned long long)e->cgroup,
	     (unsigned long long)e->generation);
	diag("  %s %s:%u \"%s\" path \"%s\" cap %u family %u type %u proto %u addr %s port %u target %u",
	     e->policy, e->file, e->rule_line, e->text, e->path, e->capability,
	     e->family, e->type, e->protocol, addr, e->port, e->target);
}

static bool same_number(const char *what, uint64_t got, uint64_t want)
{
	if (got != want)
		diag("%s: %llu, want %llu", what, (unsigned long long)got,
		     (unsigned long long)want);
	return got == want;
}

/*
 * A rule that somebody wrote is on its line of the policy's file, and its text
 * is part of that line; a preset is named, on the `presets:` line if any.
 */
static bool same_rule(const struct event *e, const struct want *w)
{
	bool preset = !strncmp(w->rule, "preset ", 7);
	char line[512] = "", file[160];
	unsigned int n;

	n = policy_line(w->policy, preset ? "presets:" : w->rule, line, sizeof(line));
	if (!n && !preset)
		bail("policy %s has no line with \"%s\"", w->policy, w->rule);
	snprintf(file, sizeof(file), POLICIES "/%s.yaml", w->policy);
	if (strcmp(e->policy, w->policy) || strcmp(e->file, file)) {
		diag("rule of %s in %s, want %s", e->policy, e->file, w->policy);
		return false;
	}
	if (preset ? strcmp(e->text, w->rule) : !*e->text) {
		diag("rule text \"%s\", want \"%s\"", e->text, w->rule);
		return false;
	}
	return same_number("rule line", e->rule_line, n);
}

static bool same_address(const struct event *e, const struct sockaddr_storage *s)
{
	const struct sockaddr_in *v4 = (const struct sockaddr_in *)s;
	const struct sockaddr_in6 *v6 = (const struct sockaddr_in6 *)s;
	const unsigned char *addr = s->ss_family == AF_INET ?
		(const void *)&v4->sin_addr : (const void *)&v6->sin6_addr;
	unsigned int len = s->ss_family == AF_INET ? 4 : 16;
	static const unsigned char mapped[12] = { [10] = 0xff, [11] = 0xff };

	/* ::ffff:a.b.c.d is a.b.c.d: either spelling names the object. */
	if (len == 16 && e->address_len == 4 && !memcmp(addr, mapped, 12)) {
		addr += 12;
		len = 4;
	}
	if (e->address_len != len || memcmp(e->address, addr, len)) {
		diag("not the address");
		return false;
	}
	return same_number("port", e->port, ntohs(v4->sin_port));
}

static bool same_object(const struct event *e, const struct want *w)
{
	bool same = true;

	if (w->path && w->path != ANY_PATH &&
	    (e->path_len != strlen(w->path) ||
	     memcmp(e->path, w->path, e->path_len))) {
		diag("path \"%s\", want \"%s\"", e->path, w->path);
		same = false;
	}
	if (w->act == BULKHEAD_ACT_CAPABLE)
		same &= same_number("capability", e->capability, w->capability);
	if (w->family)
		same &= same_number("family", e->family, w->family);
	if (w->type)
		same &= same_number("type", e->type, w->type);
	if (w->protocol)
		same &= same_number("protocol", e->protocol, w->protocol);
	if (w->target)
		same &= same_number("target", e->target, w->target);
	if (w->addr.ss_family)
		same &= same_address(e, &w->addr);
	return same;
}

bool event_is(const struct event *e, const struct want *w)
{
	uint8_t verdict = w->verdict ? w->verdict : BULKHEAD_VERDICT_DENY;
	bool same = same_rule(e, w);

	same &= same_number("verdict", e->verdict, verdict);
	same &= same_number("group", e->audited, verdict == BULKHEAD_VERDICT_AUDIT);
	same &= same_number("reason", e->reason, w->reason);
	same &= same_number("act", e->act, w->act);
	if (w->pid != ANY_PID)
		same &= same_number("pid", e->pid, w->pid);
	same &= same_number("cgroup", e->cgroup, w->cgroup);
	same &= same_number("generation", e->generation, generation);
	if (w->perms)
		same &= same_number("perms", e->perms, w->perms);
	same &= same_object(e, w);
	if (!same)
		event_show(e);
	return same;
}

bool event_wanted(const struct want *w)
{
	struct event e;

	if (!event_next(&e, EVENT_MS * slowness())) {
		diag("no event");
		return false;
	}
	return event_is(&e, w);
}
