// SPDX-License-Identifier: GPL-2.0-only
/* Judgement of sockets: families, destinations, and ports to serve. */
#include <linux/in.h>
#include <linux/nsproxy.h>
#include <linux/rcupdate.h>
#include <linux/socket.h>
#include <linux/string.h>
#include <net/ipv6.h>

#include "flow.h"
#include "judge.h"
#include "nets.h"
#include "permit.h"

/* To the host's kernel, or another socket. */
static bool goes_nowhere(u16 family)
{
	switch (family) {
	case AF_UNIX:
	case AF_NETLINK:
	case AF_KEY:
	case AF_ALG:
		return true;
	default:
		return false;
	}
}

/*
 * What rules about addresses and ports can judge, or what goes nowhere. By all
 * other families packets leave past the rules, so a policy that has such rules
 * has to name the family as well.
 */
static bool obeys_net_rules(u16 family)
{
	return goes_nowhere(family) || family == AF_INET ||
	       family == AF_INET6 || family == AF_KCM;
}

/* Line to show for a family that would pass the policy's rules by, BKH_NONE. */
static u32 evaded_rule(const struct bkh_policy *p, u16 family)
{
	if (obeys_net_rules(family))
		return BKH_NONE;
	if (bkh_governs(p, BKH_SECTION_EGRESS))
		return p->hdr->default_rule[BKH_SECTION_EGRESS];
	if (bkh_governs(p, BKH_SECTION_LISTEN))
		return p->hdr->default_rule[BKH_SECTION_LISTEN];
	return BKH_NONE;
}

/*
 * Frames of any content, so packets to any address, too: the guard of
 * addresses would be no guard. A family that the policy names is its own
 * affair.
 */
static bool evades_guard(const struct bkh_policy *p, u16 family)
{
	return (family == AF_PACKET || family == AF_XDP) &&
	       bkh_guards(p, BKH_PRESET_METADATA_SERVICE);
}

static int judge_default(const struct bkh_subject *s,
			 const struct bkh_policy *p,
			 const struct bkh_request *r)
{
	u32 rule = evaded_rule(p, r->family);

	if (rule != BKH_NONE)
		return bkh_refuse(s, p, rule, BULKHEAD_REASON_RULE, r);
	if (!evades_guard(p, r->family))
		return 0;
	rule = p->hdr->preset_rules[BKH_PRESET_METADATA_SERVICE];
	return bkh_refuse(s, p, rule, BULKHEAD_REASON_PRESET, r);
}

static int judge_sock(const struct bkh_subject *s, const struct bkh_request *r)
{
	int err = 0;
	u32 i;

	if (s->stack->closed)
		return bkh_refuse_closed(s, r);
	for (i = 0; i < s->stack->count && !err; i++) {
		const struct bkh_policy *p = s->stack->policies[i];
		struct bkh_verdict v = bkh_socket_verdict(p, r->family, r->type);

		if (v.allow && v.by_default)
			err = judge_default(s, p, r);
		else if (!v.allow)
			err = bkh_refuse(s, p, v.rule, BULKHEAD_REASON_RULE, r);
	}
	return err;
}

int bkh_judge_socket(enum bulkhead_act act, u16 family, u16 type, u16 protocol)
{
	const struct bkh_request r = {
		.act = act,
		.family = family,
		.type = type,
		.protocol = protocol,
		.error = -EACCES,
	};
	struct bkh_subject s;
	int err = 0;

	/* Of these, only the making is judged. */
	if (act != BULKHEAD_ACT_SOCKET && obeys_net_rules(family))
		return 0;
	rcu_read_lock();
	if (bkh_subject_current(&s))
		err = judge_sock(&s, &r);
	rcu_read_unlock();
	return err;
}

static bool is_loopback(const struct bkh_flow *flow)
{
	static const u8 v6[16] = { [15] = 1 };

	/* The address of nobody stands for it when connecting. */
	if (!memchr_inv(flow->addr + 12, 0, 4) &&
	    (flow->v4 || !memchr_inv(flow->addr, 0, 12)))
		return true;
	return flow->v4 ? flow->addr[12] == 127 :
			  !memcmp(flow->addr, v6, sizeof(v6));
}

/* From a port that the policy names as one to serve: a reply. */
static bool is_reply(const struct bkh_policy *p, const struct bkh_flow *flow)
{
	struct bkh_verdict v;

	/* Nobody replies by opening an association. */
	if (flow->opens)
		return false;
	if (flow->proto != BKH_PROTO_UDP && flow->proto != BKH_PROTO_UDPLITE &&
	    flow->proto != BKH_PROTO_SCTP)
		return false;
	if (!flow->source_port || !bkh_governs(p, BKH_SECTION_LISTEN))
		return false;
	v = bkh_net_verdict(p, BKH_SECTION_LISTEN, flow->proto, flow->source,
			    flow->v4, flow->source_port);
	return v.allow && !v.by_default;
}

/* What the default would refuse may still be the container's own loopback. */
static bool is_excused(const struct bkh_policy *p, const struct bkh_flow *flow)
{
	return (flow->own_net && is_loopback(flow)) || is_reply(p, flow);
}

static void describe_flow(struct bkh_request *r, const struct bkh_flow *flow)
{
	r->act = flow->act;
	r->family = flow->family;
	r->type = flow->type;
	r->protocol = flow->protocol;
	r->v4 = flow->v4;
	memcpy(r->addr, flow->addr, sizeof(r->addr));
	r->port = flow->port;
	r->error = -EACCES;
}

static int judge_flow(const struct bkh_subject *s, enum bkh_section section,
		      const struct bkh_flow *flow)
{
	struct bkh_request r = {};
	int err = 0;
	u32 i;

	if (unlikely(s->stack->closed)) {
		describe_flow(&r, flow);
		return bkh_refuse_closed(s, &r);
	}
	for (i = 0; i < s->stack->count && !err; i++) {
		const struct bkh_policy *p = s->stack->policies[i];
		struct bkh_verdict v;

		if (!bkh_governs(p, section))
			continue;
		v = bkh_net_verdict(p, section, flow->proto, flow->addr,
				    flow->v4, flow->port);
		if (likely(v.allow && !flow->opaque))
			continue;
		if (section == BKH_SECTION_EGRESS && v.by_default &&
		    !flow->opaque && is_excused(p, flow))
			continue;
		/* No rule is about where it may go instead. */
		if (flow->opaque)
			v.rule = p->hdr->default_rule[section];
		describe_flow(&r, flow);
		err = bkh_refuse(s, p, v.rule, BULKHEAD_REASON_RULE, &r);
	}
	return err;
}

/*
 * Where clouds tell a machine its secrets: AWS and most others, tasks and pods
 * of AWS, Alibaba; the last three by IPv6, of AWS and Google.
 */
static const u8 metadata_v4[][4] = {
	{ 169, 254, 169, 254 }, { 169, 254, 170, 2 }, { 169, 254, 170, 23 },
	{ 100, 100, 100, 200 },
};

static const u8 metadata_v6[][16] = {
	{ 0xfd, 0x00, 0x0e, 0xc2, [14] = 0x02, 0x54 },
	{ 0xfd, 0x00, 0x0e, 0xc2, [14] = 0x00, 0x23 },
	{ 0xfd, 0x20, 0x00, 0xce, [14] = 0x02, 0x54 },
	/* OpenStack's is 169.254.169.254 written into a link-local address. */
	{ 0xfe, 0x80, [12] = 0xa9, 0xfe, 0xa9, 0xfe },
};

static bool is_metadata(const struct bkh_flow *flow)
{
	size_t i;

	if (flow->v4) {
		for (i = 0; i < ARRAY_SIZE(metadata_v4); i++)
			if (!memcmp(flow->addr + 12, metadata_v4[i], 4))
				return true;
		return false;
	}
	if (likely(flow->addr[0] != 0xfd && flow->addr[0] != 0xfe))
		return false;
	for (i = 0; i < ARRAY_SIZE(metadata_v6); i++)
		if (!memcmp(flow->addr, metadata_v6[i], 16))
			return true;
	return false;
}

/* Addresses that could be one of them, without looking closely. */
static inline bool is_doubtful(u32 v4)
{
	return v4 >> 24 == 169 || v4 >> 24 == 100;
}

DEFINE_PER_CPU(struct bkh_memo, bkh_memo);

/* Another's destinations, or those of another time, are none of @cgrp's. */
static void memo_begin(struct bkh_memo *m, const struct cgroup *cgrp,
		       unsigned long era, const struct bkh_stack *stack)
{
	WRITE_ONCE(m->cgrp, NULL);
	barrier();
	memset(m->dests, 0xff, sizeof(m->dests));
	m->era = era;
	m->stack = stack;
	barrier();
	WRITE_ONCE(m->cgrp, cgrp);
}

/* Not from a softirq: it might have interrupted just this. */
static void remember(const struct cgroup *cgrp, unsigned long era,
		     const struct bkh_stack *stack, u64 key)
{
	struct bkh_memo *m = this_cpu_ptr(&bkh_memo);

	if (!in_task())
		return;
	if (m->cgrp != cgrp || m->era != era)
		memo_begin(m, cgrp, era, stack);
	WRITE_ONCE(m->dests[bkh_dest_slot(key)], key);
}

static bool stack_permits_v4(const struct bkh_stack *stack, u16 ipproto,
			     __be32 addr, __be16 port)
{
	enum bkh_proto proto = ipproto == IPPROTO_TCP ? BKH_PROTO_TCP :
							BKH_PROTO_UDP;
	u32 v4 = ntohl(addr);
	u32 i;

	if (unlikely(stack->closed || is_doubtful(v4)))
		return false;
	for (i = 0; i < stack->count; i++) {
		const struct bkh_policy *p = stack->policies[i];

		if (bkh_governs(p, BKH_SECTION_EGRESS) &&
		    !bkh_net_allows(p, BKH_SECTION_EGRESS, proto, v4,
				    ntohs(port)))
			return false;
	}
	return true;
}

bool bkh_permits_v4(struct cgroup *cgrp, u16 ipproto, __be32 addr, __be16 port)
{
	/* Before the stack: a verdict of an older era than its own is forgotten. */
	unsigned long era = smp_load_acquire(&bkh_era);
	const struct bkh_stack *stack = bkh_permit_stack(cgrp);

	if (!stack)
		return true;
	if (!stack_permits_v4(stack, ipproto, addr, port))
		return false;
	remember(cgrp, era, stack,
		 bkh_dest_key(bkh_dest_v4(AF_INET, addr, port), ipproto));
	return true;
}

static bool stack_permits_v6(const struct bkh_stack *stack, u16 ipproto,
			     const struct in6_addr *addr, __be16 port)
{
	enum bkh_proto proto = ipproto == IPPROTO_TCP ? BKH_PROTO_TCP :
							BKH_PROTO_UDP;
	const __be32 *words = addr->s6_addr32;
	u64 hi = (u64)ntohl(words[0]) << 32 | ntohl(words[1]);
	u64 lo = (u64)ntohl(words[2]) << 32 | ntohl(words[3]);
	u32 i;

	/* Those of metadata-service begin with fd or fe. */
	if (unlikely(stack->closed || addr->s6_addr[0] >= 0xfd))
		return false;
	for (i = 0; i < stack->count; i++) {
		const struct bkh_policy *p = stack->policies[i];

		if (bkh_governs(p, BKH_SECTION_EGRESS) &&
		    !bkh_net_allows_v6(p, BKH_SECTION_EGRESS, proto, hi, lo,
				       ntohs(port)))
			return false;
	}
	return true;
}

bool bkh_permits_v6(struct cgroup *cgrp, u16 ipproto,
		    const struct in6_addr *addr, __be16 port)
{
	const struct bkh_stack *stack = bkh_permit_stack(cgrp);

	if (ipv6_addr_v4mapped(addr))
		return bkh_permits_v4(cgrp, ipproto, addr->s6_addr32[3], port);
	return !stack || stack_permits_v6(stack, ipproto, addr, port);
}

static noinline int judge_metadata(const struct bkh_subject *s,
				   const struct bkh_flow *flow)
{
	struct bkh_request r = {};

	describe_flow(&r, flow);
	return bkh_judge_guard(s, BKH_PRESET_METADATA_SERVICE, &r);
}

int bkh_judge_egress(const struct bkh_subject *s, const struct bkh_flow *flow)
{
	int err = 0;

	if (unlikely(is_metadata(flow)))
		err = judge_metadata(s, flow);
	if (err)
		return err;
	err = judge_flow(s, BKH_SECTION_EGRESS, flow);
	/* Where it goes in the end nobody knows: there, maybe. */
	if (!err && unlikely(flow->opaque))
		err = judge_metadata(s, flow);
	return err;
}

/* By the rules that packets can't be judged by there. */
static int refuse_unwatched(const struct bkh_subject *s,
			    const struct bkh_request *r)
{
	int err = 0;
	u32 i;

	if (s->stack->closed)
		return bkh_refuse_closed(s, r);
	for (i = 0; i < s->stack->count && !err; i++) {
		const struct bkh_policy *p = s->stack->policies[i];
		u32 rule;

		if (bkh_governs(p, BKH_SECTION_EGRESS))
			rule = p->hdr->default_rule[BKH_SECTION_EGRESS];
		else if (bkh_guards(p, BKH_PRESET_METADATA_SERVICE))
			rule = p->hdr->preset_rules[BKH_PRESET_METADATA_SERVICE];
		else
			continue;
		err = bkh_refuse(s, p, rule, BULKHEAD_REASON_UNWATCHED, r);
	}
	return err;
}

int bkh_judge_unwatched(const struct sock *sk, enum bulkhead_act act,
			const struct sockaddr *addr, int len)
{
	struct bkh_flow flow = {
		.act = act,
		.family = sk->sk_family,
		.type = sk->sk_type,
		.protocol = sk->sk_protocol,
	};
	struct bkh_senders senders;
	struct bkh_request r = {};
	unsigned int i, count;
	int err = 0;

	if (!bkh_net_is_unwatched(sock_net(sk)) || goes_nowhere(sk->sk_family))
		return 0;
	if (addr)
		bkh_flow_read(&flow, sk, addr, len);
	describe_flow(&r, &flow);
	rcu_read_lock();
	count = bkh_find_senders(sk, &senders);
	for (i = 0; i < count && !err; i++)
		err = refuse_unwatched(&senders.by[i], &r);
	rcu_read_unlock();
	return err;
}

int bkh_judge_unwatched_socket(u16 family, u16 type, u16 protocol)
{
	const struct bkh_request r = {
		.act = BULKHEAD_ACT_SOCKET,
		.family = family,
		.type = type,
		.protocol = protocol,
		.error = -EACCES,
	};
	const struct nsproxy *ns = current->nsproxy;
	struct bkh_subject s;
	int err = 0;

	if (!ns || !bkh_net_is_unwatched(ns->net_ns) || goes_nowhere(family))
		return 0;
	rcu_read_lock();
	if (bkh_subject_current(&s))
		err = refuse_unwatched(&s, &r);
	rcu_read_unlock();
	return err;
}

unsigned int bkh_find_senders(const struct sock *sk, struct bkh_senders *s)
{
	struct cgroup *cgrp = bkh_sock_cgroup(sk);

	/* The usual: a task sends by a socket of its own cgroup. */
	if (in_task() && task_dfl_cgroup(current) == cgrp) {
		s->count = bkh_subject_current(&s->by[0]);
		return s->count;
	}
	s->count = bkh_subject_of(cgrp, &s->by[0]);
	if (sk->sk_net_refcnt && in_task())
		s->count += bkh_subject_current(&s->by[s->count]);
	return s->count;
}

int bkh_judge_listen(const struct bkh_flow *flow)
{
	struct bkh_subject s;
	int err = 0;

	rcu_read_lock();
	if (bkh_subject_current(&s))
		err = judge_flow(&s, BKH_SECTION_LISTEN, flow);
	rcu_read_unlock();
	return err;
}
