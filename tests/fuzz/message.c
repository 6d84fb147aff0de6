// SPDX-License-Identifier: GPL-2.0-only
/* Netlink messages from a fuzzer's bytes. */
#include <netlink/genl/genl.h>

#include <linux/bulkhead.h>

#include "message.h"

#define HEAD (NLMSG_HDRLEN + GENL_HDRLEN)

/* Return: bytes of @out, which has room for all that four bytes of input may grow to. */
static size_t build(struct input *in, uint8_t *out)
{
	size_t used = 0;

	while (in_left(in) >= 2) {
		struct nlattr attr = { .nla_type = in_u8(in) % (BULKHEAD_A_MAX + 2) };
		size_t len = in_u8(in);
		const uint8_t *payload;

		if (len == 255)
			len = in_u16(in);
		payload = in_bytes(in, &len);
		if (len > UINT16_MAX - NLA_HDRLEN)
			len = UINT16_MAX - NLA_HDRLEN;
		attr.nla_len = NLA_HDRLEN + len;
		memset(out + used, 0, NLA_HDRLEN + NLA_ALIGN(len));
		memcpy(out + used, &attr, sizeof(attr));
		memcpy(out + used + NLA_HDRLEN, payload, len);
		used += NLA_HDRLEN + NLA_ALIGN(len);
	}
	return used;
}

struct nlmsghdr *message_new(struct input *in, size_t len, uint8_t cmd)
{
	const uint8_t *bytes = in_bytes(in, &len);
	struct input own = input_of(bytes, len);
	uint8_t *attrs = malloc(4 * len + 64);
	struct nlmsghdr *nlh;
	size_t size;

	if (in_u8(&own) & 1) {
		size = build(&own, attrs);
	} else {
		size = in_left(&own);
		memcpy(attrs, own.p, size);
	}
	nlh = calloc(1, HEAD + size);
	nlh->nlmsg_len = HEAD + size;
	nlh->nlmsg_type = FUZZ_FAMILY;
	*(struct genlmsghdr *)NLMSG_DATA(nlh) = (struct genlmsghdr){ .cmd = cmd, .version = 1 };
	memcpy((uint8_t *)nlh + HEAD, attrs, size);
	free(attrs);
	return nlh;
}

/* The same with @payload bytes in the attribute at @at; less than none: without it. */
static struct nlmsghdr *resize(struct nlmsghdr *nlh, size_t at, int payload)
{
	const struct nlattr *attr = (const void *)((uint8_t *)nlh + at);
	size_t had = attr->nla_len, next = at + NLA_ALIGN(had), end = nlh->nlmsg_len;
	size_t has = payload < 0 ? 0 : NLA_HDRLEN + payload, rest = next < end ? end - next : 0;
	struct nlmsghdr *out = calloc(1, at + NLA_ALIGN(has) + rest);

	memcpy(out, nlh, at);
	memcpy((uint8_t *)out + at, attr, has < had ? has : had);
	if (has)
		((struct nlattr *)((uint8_t *)out + at))->nla_len = has;
	if (rest)
		memcpy((uint8_t *)out + at + NLA_ALIGN(has), (uint8_t *)nlh + next, rest);
	out->nlmsg_len = at + NLA_ALIGN(has) + rest;
	free(nlh);
	return out;
}

struct nlmsghdr *message_bend(struct nlmsghdr *nlh, uint8_t how)
{
	int more = 1 + (how >> 5), payload, skip;
	struct nlattr *attr;
	size_t at = HEAD;

	for (skip = how >> 3 & 3;; skip--) {
		attr = (void *)((uint8_t *)nlh + at);
		if (at + NLA_HDRLEN > nlh->nlmsg_len || attr->nla_len < NLA_HDRLEN ||
		    attr->nla_len > nlh->nlmsg_len - at)
			return nlh;
		if (!skip)
			break;
		at += NLA_ALIGN(attr->nla_len);
	}
	payload = attr->nla_len - NLA_HDRLEN;
	switch (how & 7) {
	case 1:
		return resize(nlh, at, -1);
	case 2:
		return resize(nlh, at, 0);
	case 3:
		return resize(nlh, at, payload - more);
	case 4:
		return resize(nlh, at, payload + more);
	case 5:
		attr->nla_len += more;
		break;
	case 6:
		attr->nla_type |= NLA_F_NESTED;
		break;
	case 7:
		attr->nla_type |= NLA_F_NET_BYTEORDER;
		break;
	}
	return nlh;
}
