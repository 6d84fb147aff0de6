// SPDX-License-Identifier: GPL-2.0-only
/* Netlink requests bent out of shape, by a seed. */
#include <string.h>
#include <linux/genetlink.h>

#include <linux/bulkhead.h>

#include "host.h"
#include "mutate.h"

static uint64_t state;

void random_seed(uint64_t seed)
{
	state = seed;
}

/* splitmix64 */
static uint64_t next(void)
{
	uint64_t z = state += 0x9e3779b97f4a7c15ULL;

	z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9ULL;
	z = (z ^ (z >> 27)) * 0x94d049bb133111ebULL;
	return z ^ (z >> 31);
}

uint32_t random_below(uint32_t n)
{
	return (next() >> 32) % n;
}

uint32_t random_nasty(void)
{
	static const uint32_t nasty[] = {
		0, 1, 2, 3, 4, 7, 8, 0xff, 0x100, 0xffff, 0x10000, 0x7fffffff, 0x80000000,
		0xfffffff8, 0xfffffffe, 0xffffffff, BULKHEAD_CHUNK_MAX, BULKHEAD_CHUNK_MAX + 1,
	};

	return random_below(4) ? nasty[random_below(ARRAY_SIZE(nasty))] : next();
}

/* Attribute number @n of the request, NULL beyond the last whole one. */
static struct nlattr *attr_at(struct request *r, unsigned int n)
{
	uint32_t at = NLMSG_HDRLEN + GENL_HDRLEN;

	while (at + NLA_HDRLEN <= r->len) {
		struct nlattr *a = (struct nlattr *)(r->buf + at);

		if (a->nla_len < NLA_HDRLEN || at + a->nla_len > r->len)
			return NULL;
		if (!n--)
			return a;
		at += NLA_ALIGN(a->nla_len);
	}
	return NULL;
}

static struct nlattr *some_attr(struct request *r)
{
	unsigned int n = 0;

	while (attr_at(r, n))
		n++;
	return n ? attr_at(r, random_below(n)) : NULL;
}

static void mutate_header(struct request *r)
{
	struct nlmsghdr *n = (struct nlmsghdr *)r->buf;
	struct genlmsghdr *g = NLMSG_DATA(n);

	switch (random_below(6)) {
	case 0:
		n->nlmsg_flags ^= 1U << random_below(16);
		break;
	case 1:
		n->nlmsg_flags |= NLM_F_DUMP;
		break;
	case 2:
		g->version = next();
		break;
	case 3:
		g->reserved = next();
		break;
	default:
		g->cmd = random_below(8) ? random_below(BULKHEAD_CMD_MAX + 2) : next();
	}
}

/* Its own length stays true to its room: what follows stays an attribute. */
static void mutate_value(struct nlattr *a)
{
	uint8_t *data = (uint8_t *)a + NLA_HDRLEN;
	size_t len = attr_len(a);
	uint32_t value = random_nasty();

	if (!len)
		return;
	if (len >= 4 && random_below(2))
		memcpy(data + (len - 4 ? random_below(len - 3) : 0), &value, 4);
	else if (random_below(2))
		data[random_below(len)] ^= 1U << random_below(8);
	else
		data[random_below(len)] = value;
}

static void mutate_attr(struct request *r)
{
	struct nlattr *a = some_attr(r);

	if (!a)
		return;
	switch (random_below(8)) {
	case 0:
		a->nla_type = random_below(BULKHEAD_A_MAX + 3);
		break;
	case 1:
		a->nla_type ^= random_below(2) ? NLA_F_NESTED : NLA_F_NET_BYTEORDER;
		break;
	case 2:
		a->nla_len += random_below(9) - 4;
		break;
	case 3:
		a->nla_len = random_nasty();
		break;
	default:
		mutate_value(a);
	}
}

/* Another attribute, of any type and size. */
static void add_attr(struct request *r)
{
	char junk[64];
	unsigned int i;

	for (i = 0; i < sizeof(junk); i++)
		junk[i] = next();
	if (r->len + 128 < sizeof(r->buf))
		request_put(r, random_below(BULKHEAD_A_MAX + 3), junk,
			    random_below(2) ? 1U << random_below(4) : random_below(sizeof(junk)));
}

/* The request ends earlier or later than its attributes. */
static void mutate_length(struct request *r)
{
	uint32_t len = r->len + random_below(17) - 8;

	if (!random_below(4))
		len = random_below(r->len + 1);
	if (len > sizeof(r->buf))
		return;
	if (len > r->len)
		memset(r->buf + r->len, next(), len - r->len);
	r->len = len;
}

void mutate(struct request *r)
{
	unsigned int rounds = 1 + random_below(3);

	while (rounds--) {
		/* The header may have been cut off by the round before. */
		if (r->len < NLMSG_HDRLEN + GENL_HDRLEN)
			return;
		switch (random_below(8)) {
		case 0:
			mutate_header(r);
			break;
		case 1:
			mutate_length(r);
			break;
		case 2:
			add_attr(r);
			break;
		default:
			mutate_attr(r);
		}
	}
}

void mutate_image(void *image, size_t size)
{
	unsigned int rounds = 1 + random_below(3);
	uint32_t *words = image;

	while (rounds--) {
		uint32_t at = random_below(random_below(2) ? 1024 : size / 4);

		if (at >= size / 4)
			continue;
		if (random_below(3))
			words[at] += random_below(17) - 8;
		else
			words[at] = random_nasty();
	}
}
