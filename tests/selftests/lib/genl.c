// SPDX-License-Identifier: GPL-2.0-only
/* Generic netlink by hand: build, send, walk the answers. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>
#include <linux/genetlink.h>

#include <linux/bulkhead.h>

#include "genl.h"

#define SOL_NETLINK	270

const struct nlattr *attr_next(const struct nlattr *a, size_t *left)
{
	size_t step = NLA_ALIGN(a->nla_len);

	if (step >= *left)
		return NULL;
	*left -= step;
	a = (const struct nlattr *)((const char *)a + step);
	return *left >= NLA_HDRLEN && a->nla_len >= NLA_HDRLEN &&
	       a->nla_len <= *left ? a : NULL;
}

const struct nlattr *attr_find(const struct nlattr *attrs, size_t len,
			       uint16_t type)
{
	const struct nlattr *a;

	if (len < NLA_HDRLEN)
		return NULL;
	for (a = attrs; a; a = attr_next(a, &len))
		if ((a->nla_type & NLA_TYPE_MASK) == type)
			return a;
	return NULL;
}

uint64_t attr_number(const struct nlattr *attrs, size_t len, uint16_t type)
{
	const struct nlattr *a = attr_find(attrs, len, type);
	uint64_t value = 0;

	if (a && attr_len(a) <= sizeof(value))
		memcpy(&value, attr_data(a), attr_len(a));
	return value;
}

void attr_string(const struct nlattr *attrs, size_t len, uint16_t type,
		 char *out, size_t size)
{
	const struct nlattr *a = attr_find(attrs, len, type);
	size_t n = a ? attr_len(a) : 0;

	if (n >= size)
		n = size - 1;
	if (n)
		memcpy(out, attr_data(a), n);
	out[n] = 0;
}

void request_start(struct request *r, const struct genl *g, uint8_t cmd)
{
	struct nlmsghdr *n = (struct nlmsghdr *)r->buf;
	struct genlmsghdr *h = NLMSG_DATA(n);

	memset(r->buf, 0, NLMSG_HDRLEN + GENL_HDRLEN);
	n->nlmsg_type = g->family;
	n->nlmsg_flags = NLM_F_REQUEST | NLM_F_ACK;
	h->cmd = cmd;
	h->version = BULKHEAD_GENL_VERSION;
	r->len = NLMSG_HDRLEN + GENL_HDRLEN;
}

void request_put(struct request *r, uint16_t type, const void *data, size_t len)
{
	struct nlattr *a = (struct nlattr *)(r->buf + r->len);

	if (r->len + NLA_HDRLEN + NLA_ALIGN(len) > sizeof(r->buf))
		abort();
	memset(a, 0, NLA_HDRLEN + NLA_ALIGN(len));
	a->nla_type = type;
	a->nla_len = NLA_HDRLEN + len;
	memcpy((char *)a + NLA_HDRLEN, data, len);
	r->len += NLA_HDRLEN + NLA_ALIGN(len);
}

void request_put_u32(struct request *r, uint16_t type, uint32_t value)
{
	request_put(r, type, &value, sizeof(value));
}

void request_put_u64(struct request *r, uint16_t type, uint64_t value)
{
	request_put(r, type, &value, sizeof(value));
}

void request_put_string(struct request *r, uint16_t type, const char *value)
{
	request_put(r, type, value, strlen(value) + 1);
}

/* The answer to our request: 0 or an errno, and the reason given with it. */
static int read_ack(struct genl *g, const struct nlmsghdr *n)
{
	const struct nlmsgerr *e = NLMSG_DATA(n);
	size_t at = NLMSG_HDRLEN + sizeof(*e);

	g->why[0] = 0;
	if ((n->nlmsg_flags & NLM_F_ACK_TLVS) && n->nlmsg_len > at)
		attr_string((const struct nlattr *)((const char *)n + at),
			    n->nlmsg_len - at, NLMSGERR_ATTR_MSG, g->why,
			    sizeof(g->why));
	return -e->error;
}

int genl_call(struct genl *g, struct request *r, answer_fn answer, void *data)
{
	struct nlmsghdr *n = (struct nlmsghdr *)r->buf;
	_Alignas(8) char buf[80000];
	uint32_t seq = ++g->seq;
	ssize_t left;

	n->nlmsg_len = r->len;
	n->nlmsg_seq = seq;
	if (send(g->fd, r->buf, r->len, 0) < 0)
		return errno;
	while ((left = recv(g->fd, buf, sizeof(buf), 0)) > 0) {
		for (n = (struct nlmsghdr *)buf; NLMSG_OK(n, left);
		     n = NLMSG_NEXT(n, left)) {
			if (n->nlmsg_seq != seq)
				continue;
			if (n->nlmsg_type == NLMSG_ERROR)
				return read_ack(g, n);
			if (n->nlmsg_type == NLMSG_DONE)
				return 0;
			if (answer)
				answer((struct nlattr *)((char *)n + NLMSG_HDRLEN +
							 GENL_HDRLEN),
				       n->nlmsg_len - NLMSG_HDRLEN - GENL_HDRLEN,
				       data);
		}
	}
	return errno;
}

static void learn_family(const struct nlattr *attrs, size_t len, void *data)
{
	const struct nlattr *groups = attr_find(attrs, len, CTRL_ATTR_MCAST_GROUPS);
	const struct nlattr *group;
	struct genl *g = data;
	size_t left;
	char name[64];

	g->family = attr_number(attrs, len, CTRL_ATTR_FAMILY_ID);
	if (!groups)
		return;
	left = attr_len(groups);
	for (group = attr_data(groups); group; group = attr_next(group, &left)) {
		const struct nlattr *in = attr_data(group);
		uint32_t id = attr_number(in, attr_len(group), CTRL_ATTR_MCAST_GRP_ID);

		attr_string(in, attr_len(group), CTRL_ATTR_MCAST_GRP_NAME, name,
			    sizeof(name));
		if (!strcmp(name, BULKHEAD_MCGRP_DENIED))
			g->denied = id;
		if (!strcmp(name, BULKHEAD_MCGRP_AUDITED))
			g->audited = id;
	}
}

int genl_open(struct genl *g)
{
	struct timeval patience = { .tv_sec = 20 };
	struct request r;
	int one = 1, error;

	memset(g, 0, sizeof(*g));
	g->family = GENL_ID_CTRL;
	g->fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_GENERIC);
	if (g->fd < 0)
		return errno;
	setsockopt(g->fd, SOL_NETLINK, NETLINK_EXT_ACK, &one, sizeof(one));
	setsockopt(g->fd, SOL_NETLINK, NETLINK_CAP_ACK, &one, sizeof(one));
	setsockopt(g->fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience));
	request_start(&r, g, CTRL_CMD_GETFAMILY);
	request_put_string(&r, CTRL_ATTR_FAMILY_NAME, BULKHEAD_GENL_NAME);
	error = genl_call(g, &r, learn_family, g);
	if (error)
		genl_close(g);
	return error;
}

void genl_close(struct genl *g)
{
	close(g->fd);
	g->fd = -1;
}
