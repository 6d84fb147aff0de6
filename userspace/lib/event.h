/* SPDX-License-Identifier: GPL-2.0-only */
/* Events: received, decoded, and written for people and for programs. */
#ifndef BULKHEAD_EVENT_H
#define BULKHEAD_EVENT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <linux/bulkhead.h>

struct json_object;
struct nl_sock;
struct nlmsghdr;

struct event_bytes {
	const uint8_t *data;
	size_t len;
};

/**
 * struct event - one verdict of the kernel
 * @has: bit 1 << BULKHEAD_A_* for each attribute that came
 * @lost: events of its domain that were never sent, all told
 *
 * Bytes and strings point into the message that was decoded.
 */
struct event {
	uint64_t has;
	uint64_t generation;
	uint64_t cgroup_id;
	uint64_t time;
	uint64_t sequence;
	uint64_t lost;
	const char *policy;
	const char *cgroup_path;
	const char *rule_file;
	const char *rule_text;
	struct event_bytes path;
	struct event_bytes comm;
	struct event_bytes address;
	uint32_t rule;
	uint32_t rule_line;
	uint32_t pid;
	uint32_t target_pid;
	uint32_t perms;
	uint32_t capability;
	uint16_t act;
	uint16_t family;
	uint16_t sock_type;
	uint16_t protocol;
	uint16_t port;
	uint8_t verdict;
	uint8_t reason;
};

static inline bool event_has(const struct event *ev, enum bulkhead_attr attr)
{
	return ev->has >> attr & 1;
}

/* -ENOMSG: another kind of message; -EBADMSG: malformed. */
int event_decode(struct event *ev, struct nlmsghdr *nlh);

/* One line with its end, in local time. */
void event_print(const struct event *ev, FILE *out, bool color);

/* Null when out of memory. */
struct json_object *event_json(const struct event *ev);

/**
 * struct event_source - a subscription to one group of events
 * @sk: its own socket, so that one group's flood can't crowd out another's
 */
struct event_source {
	struct nl_sock *sk;
	int family;
};

typedef void (*event_fn)(const struct event *ev, void *arg);

/**
 * event_subscribe - listen to BULKHEAD_MCGRP_DENIED or _AUDITED
 *
 * Return: 0; -ENOENT without such a family or group; -EPERM.
 */
int event_subscribe(struct event_source *src, const char *group);
void event_unsubscribe(struct event_source *src);
int event_fd(const struct event_source *src);

/**
 * event_receive - hand over what has arrived
 *
 * Return: 0; -ENOBUFS: more came than the socket could hold, some were lost;
 * -EBADMSG: a malformed message was dropped.
 */
int event_receive(struct event_source *src, event_fn fn, void *arg);

#endif /* BULKHEAD_EVENT_H */
