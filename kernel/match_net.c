// SPDX-License-Identifier: GPL-2.0-only
/*
 * The decision about addresses and ports: a destination or a local address
 * matched against a verified blob. Pure functions of their arguments; see
 * match.h.
 */
#ifdef __KERNEL__
#include <linux/in.h>
#include <linux/in6.h>
#include <linux/socket.h>
#else
#include <netinet/in.h>
#endif

#include "match.h"

#ifndef IPPROTO_UDPLITE
#define IPPROTO_UDPLITE 136
#endif

void bkh_net_init(struct bkh_net_view *v, const void *blob,
		  const struct bkh_net *net)
{
	const u8 *base = blob;
	u32 i;

	v->net = net;
	v->prefixes = (const void *)(base + net->prefixes.off);
	v->classes = (const void *)(base + net->classes.off);
	v->tables = (const void *)(base + net->tables.off);
	v->pages = (const void *)(base + net->pages.off);
	v->verdicts = (const void *)(base + net->verdicts.off);
	v->denies = false;
	for (i = 0; i < net->verdicts.count; i++)
		v->denies |= !(v->verdicts[i].flags &
			       (BKH_NET_ALLOW | BKH_NET_DEFAULT));
}

static inline u64 get_be64(const u8 *p)
{
	return (u64)p[0] << 56 | (u64)p[1] << 48 | (u64)p[2] << 40 |
	       (u64)p[3] << 32 | (u64)p[4] << 24 | (u64)p[5] << 16 |
	       (u64)p[6] << 8 | p[7];
}

static inline u32 prefix_slot(u64 hi, u64 lo, u32 len)
{
	return (((hi * BKH_HASH_FACTOR) ^ lo ^ len) * BKH_HASH_FACTOR) >> 32;
}

u32 bkh_prefix_slot(const u8 addr[16], u32 len)
{
	return prefix_slot(get_be64(addr), get_be64(addr + 8), len);
}

/* The top @len bits of 64; @len may be 0 or more than 64. */
static inline u64 mask64(u32 len)
{
	if (!len)
		return 0;
	return len >= 64 ? ~0ULL : ~0ULL << (64 - len);
}

/* @hi and @lo have no bit beyond @len. */
static inline const struct bkh_prefix *
find_prefix(const struct bkh_net_view *v, u64 hi, u64 lo, u32 len)
{
	u32 mask = v->net->prefixes.count - 1;
	u32 i;

	/* The verifier has seen an empty slot, so this ends. */
	for (i = prefix_slot(hi, lo, len);; i++) {
		const struct bkh_prefix *e = &v->prefixes[i & mask];

		if (e->len == BKH_NONE)
			return NULL;
		if (e->len == len && get_be64(e->addr) == hi &&
		    get_be64(e->addr + 8) == lo)
			return e;
	}
}

/* Longest prefix first: the first hit decides. */
static u32 net_class(const struct bkh_net_view *v, u64 hi, u64 lo,
		     const u64 *lens)
{
	int w;

	if (!v->net->prefixes.count)
		return 0;
	for (w = 2; w >= 0; w--) {
		u64 bits = lens[w];

		while (bits) {
			u32 bit = 63 - __builtin_clzll(bits);
			u32 len = w * 64 + bit;
			const struct bkh_prefix *e;

			e = find_prefix(v, hi & mask64(len),
					len > 64 ? lo & mask64(len - 64) : 0,
					len);
			if (e)
				return e->class;
			bits &= ~(1ULL << bit);
		}
	}
	return 0;
}

static inline const struct bkh_net_view *view(const struct bkh_policy *p,
					      enum bkh_section section)
{
	return &p->net[section != BKH_SECTION_EGRESS];
}

static inline const struct bkh_net_verdict *
port_verdict(const struct bkh_net_view *v, u32 class, enum bkh_proto proto,
	     u16 port)
{
	u32 page = v->tables[v->classes[class].ports[proto]].page[port >> 8];

	return &v->verdicts[v->pages[page].verdict[port & 0xff]];
}

struct bkh_verdict bkh_net_verdict(const struct bkh_policy *p,
				   enum bkh_section section,
				   enum bkh_proto proto, const u8 addr[16],
				   bool v4, u16 port)
{
	const struct bkh_net_view *v = view(p, section);
	u32 class = net_class(v, get_be64(addr), get_be64(addr + 8),
			      v4 ? v->net->lens4 : v->net->lens6);
	const struct bkh_net_verdict *verdict = port_verdict(v, class, proto,
							     port);

	return (struct bkh_verdict){
		.rule = verdict->rule,
		.allow = verdict->flags & BKH_NET_ALLOW,
		.by_default = verdict->flags & BKH_NET_DEFAULT,
	};
}

/* As net_class(), for ::ffff:a.b.c.d: of the longest prefix of 96 and more. */
static inline u32 net_class_v4(const struct bkh_net_view *v, u32 v4)
{
	const u64 *lens = v->net->lens4;
	u64 bits = lens[1] >> 32 | (lens[2] & 1) << 32;
	u64 lo = 0xffffULL << 32 | v4;

	if (!v->net->prefixes.count)
		return 0;
	while (bits) {
		u32 bit = 63 - __builtin_clzll(bits);
		const struct bkh_prefix *e;

		e = find_prefix(v, 0, lo & ~0ULL << (32 - bit), 96 + bit);
		if (e)
			return e->class;
		bits &= ~(1ULL << bit);
	}
	return 0;
}

bool bkh_net_allows(const struct bkh_policy *p, enum bkh_section section,
		    enum bkh_proto proto, u32 v4, u16 port)
{
	const struct bkh_net_view *v = view(p, section);

	if (!v->denies && port_verdict(v, 0, proto, port)->flags & BKH_NET_ALLOW)
		return true;
	return port_verdict(v, net_class_v4(v, v4), proto, port)->flags &
	       BKH_NET_ALLOW;
}

bool bkh_net_allows_v6(const struct bkh_policy *p, enum bkh_section section,
		       enum bkh_proto proto, u64 hi, u64 lo, u16 port)
{
	const struct bkh_net_view *v = view(p, section);

	if (!v->denies && port_verdict(v, 0, proto, port)->flags & BKH_NET_ALLOW)
		return true;
	return port_verdict(v, net_class(v, hi, lo, v->net->lens6), proto,
			    port)->flags & BKH_NET_ALLOW;
}

enum bkh_proto bkh_proto_of(u32 ipproto)
{
	switch (ipproto) {
	case IPPROTO_TCP:
	case 262:	/* IPPROTO_MPTCP: TCP on the wire */
		return BKH_PROTO_TCP;
	case IPPROTO_UDP:
		return BKH_PROTO_UDP;
	case IPPROTO_UDPLITE:
		return BKH_PROTO_UDPLITE;
	case IPPROTO_SCTP:
		return BKH_PROTO_SCTP;
	case IPPROTO_ICMP:
	case IPPROTO_ICMPV6:
		return BKH_PROTO_ICMP;
	default:
		return BKH_PROTO_OTHER;
	}
}
