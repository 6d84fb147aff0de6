// SPDX-License-Identifier: GPL-2.0-only
/*
 * NF_INET_LOCAL_OUT in every network namespace: the second check, which sees
 * what connect() and sendmsg() don't. Keyed by the socket's cgroup. Runs
 * before connection tracking, so the destination is the one that the
 * application named.
 *
 * Hooks run under rcu_read_lock(), often in softirq, and never sleep.
 */
#include <linux/icmp.h>
#include <linux/icmpv6.h>
#include <linux/in.h>
#include <linux/ip.h>
#include <linux/ipv6.h>
#include <linux/netdevice.h>
#include <linux/netfilter_ipv4.h>
#include <linux/netfilter_ipv6.h>
#include <linux/sctp.h>
#include <linux/skbuff.h>
#include <linux/tcp.h>
#include <linux/udp.h>
#include <net/inet_sock.h>
#include <net/ip.h>
#include <net/ipv6.h>
#include <net/sock.h>

#include "flow.h"
#include "judge.h"
#include "netfilter.h"
#include "permit.h"

/* A packet, and where its transport header starts. */
struct packet {
	const struct sk_buff *skb;
	const struct sock *sk;
	int transport;
	bool fragment;		/* not the first: there is no such header */
	bool routed;		/* its header names where else it is to go */
};

/* Whether the packet was written by hand: nothing in it is the kernel's. */
static bool is_raw(const struct sock *sk)
{
	return sk->sk_type == SOCK_RAW || sk->sk_type == SOCK_PACKET;
}

/* How the headers of all protocols with ports begin. */
struct ports {
	__be16 source;
	__be16 dest;
};

/*
 * Ports alone: a first fragment written by hand may end right behind them.
 * Where not even they are there, the protocol counts as one without ports.
 */
static bool read_ports(const struct packet *p, struct bkh_flow *flow)
{
	const struct ports *ports;
	struct ports buf;

	ports = skb_header_pointer(p->skb, p->transport, sizeof(buf), &buf);
	if (!ports) {
		flow->proto = BKH_PROTO_OTHER;
		flow->opaque = is_raw(p->sk);
		return false;
	}
	flow->port = ntohs(ports->dest);
	flow->source_port = ntohs(ports->source);
	return true;
}

/* Whether a packet has to be judged: here, if it opens a connection. */
static bool read_tcp(const struct packet *p, struct bkh_flow *flow)
{
	const struct tcphdr *th;
	struct tcphdr buf;

	if (!read_ports(p, flow) || is_raw(p->sk))
		return true;
	th = skb_header_pointer(p->skb, p->transport, sizeof(buf), &buf);
	return !th || (th->syn && !th->ack);
}

/*
 * Every datagram, and every packet of SCTP: the peer of an association adds
 * addresses to it whenever it likes, and nothing opens a connection to those.
 */
static bool read_datagram(const struct packet *p, struct bkh_flow *flow)
{
	read_ports(p, flow);
	return true;
}

/* Behind the common header comes the first chunk: its type. */
static bool read_sctp(const struct packet *p, struct bkh_flow *flow)
{
	const u8 *type;
	u8 buf;

	type = skb_header_pointer(p->skb,
				  p->transport + (int)sizeof(struct sctphdr),
				  sizeof(buf), &buf);
	flow->opens = !type || *type == SCTP_CID_INIT || is_raw(p->sk);
	return read_datagram(p, flow);
}

static bool read_icmp(const struct packet *p, struct bkh_flow *flow)
{
	const u8 *type;
	u8 buf;

	type = skb_header_pointer(p->skb, p->transport, sizeof(buf), &buf);
	if (type)
		flow->port = *type;
	else
		flow->proto = BKH_PROTO_OTHER;
	return true;
}

static bool read_transport(const struct packet *p, struct bkh_flow *flow)
{
	if (p->fragment) {
		flow->proto = BKH_PROTO_OTHER;
		return is_raw(p->sk);
	}
	switch (flow->proto) {
	case BKH_PROTO_TCP:
		return read_tcp(p, flow);
	case BKH_PROTO_UDP:
	case BKH_PROTO_UDPLITE:
		return read_datagram(p, flow);
	case BKH_PROTO_SCTP:
		return read_sctp(p, flow);
	case BKH_PROTO_ICMP:
		return read_icmp(p, flow);
	default:
		return true;
	}
}

/* Options that carry the packet on from its destination; or broken ones. */
static bool is_routed_v4(const struct sk_buff *skb, const struct iphdr *ip)
{
	u8 buf[MAX_IPOPTLEN];
	int len = ip->ihl * 4 - (int)sizeof(*ip);
	const u8 *opt;

	if (likely(!len))
		return false;
	if (len < 0)
		return true;
	opt = skb_header_pointer(skb, skb_network_offset(skb) + sizeof(*ip),
				 len, buf);
	if (!opt)
		return true;
	while (len > 0 && *opt != IPOPT_END) {
		int size = *opt == IPOPT_NOOP ? 1 : len < 2 ? 0 : opt[1];

		if (*opt == IPOPT_LSRR || *opt == IPOPT_SSRR || !size ||
		    size > len || (size < 2 && *opt != IPOPT_NOOP))
			return true;
		opt += size;
		len -= size;
	}
	return false;
}

/* Routing headers of any type: what comes after the first hop is in there. */
static bool is_routed_v6(const struct sk_buff *skb, const struct ipv6hdr *ip)
{
	unsigned int offset = 0;

	if (likely(!ipv6_ext_hdr(ip->nexthdr)))
		return false;
	return ipv6_find_hdr(skb, &offset, NEXTHDR_ROUTING, NULL, NULL) ==
	       NEXTHDR_ROUTING;
}

static bool read_v4(struct packet *p, struct bkh_flow *flow)
{
	const struct iphdr *ip = ip_hdr(p->skb);

	flow->family = AF_INET;
	flow->protocol = ip->protocol;
	flow->proto = bkh_proto_of(ip->protocol);
	bkh_flow_set_v4(flow, ip->daddr);
	bkh_addr_set_v4(flow->source, ip->saddr);
	p->transport = skb_network_offset(p->skb) + ip->ihl * 4;
	p->fragment = ip->frag_off & htons(IP_OFFSET);
	p->routed = is_routed_v4(p->skb, ip);
	return read_transport(p, flow) || p->routed;
}

static bool read_v6(struct packet *p, struct bkh_flow *flow)
{
	const struct ipv6hdr *ip = ipv6_hdr(p->skb);
	u8 next = ip->nexthdr;
	__be16 frag_off = 0;

	flow->family = AF_INET6;
	bkh_flow_set_v6(flow, &ip->daddr);
	memcpy(flow->source, &ip->saddr, sizeof(flow->source));
	p->transport = ipv6_skip_exthdr(p->skb, skb_network_offset(p->skb) +
					sizeof(*ip), &next, &frag_off);
	flow->protocol = next;
	flow->proto = p->transport < 0 ? BKH_PROTO_OTHER : bkh_proto_of(next);
	flow->opaque = p->transport < 0 && next != NEXTHDR_NONE &&
		       is_raw(p->sk);
	p->fragment = frag_off & htons(~0x7);
	p->routed = is_routed_v6(p->skb, ip);
	return read_transport(p, flow) || p->routed;
}

/*
 * Not the kernel's control sockets, by which it sends resets, ICMP and neighbour
 * discovery: those belong to the cgroup that happened to make the network
 * namespace.
 */
static const struct sock *answerable(const struct sock *sk)
{
	if (!sk || !sk_fullsock(sk))
		return NULL;
	if (sk->sk_net_refcnt)
		return sk;
	return is_raw(sk) || sk->sk_protocol == IPPROTO_SCTP ? NULL : sk;
}

/*
 * The socket that answers for a packet. A tunnel's packets may belong to none
 * any more, or to the kernel: then it is the one that the tunnel sends by.
 */
static const struct sock *packet_sock(const struct sk_buff *skb,
				      const struct nf_hook_state *state)
{
	const struct sock *sk = answerable(skb_to_full_sk(skb));

	return sk ? sk : answerable(state->sk);
}

/* The bulk of all packets: TCP under way, on a socket of the kernel's making. */
static inline bool is_established(const struct sock *sk,
				  const struct sk_buff *skb, bool plain)
{
	return plain && sk->sk_protocol == IPPROTO_TCP && sk->sk_type == SOCK_STREAM &&
	       skb_transport_header_was_set(skb) && !tcp_hdr(skb)->syn;
}

typedef bool (*packet_reader)(struct packet *p, struct bkh_flow *flow);

/*
 * Where loopback is the container's own. Not by its address alone: raw
 * sockets, and routes that the container lays, send such packets elsewhere.
 */
static bool is_own_loopback(const struct nf_hook_state *state)
{
	return !net_eq(state->net, &init_net) &&
	       state->out && (state->out->flags & IFF_LOOPBACK);
}

/* @plain: nothing but the fixed header comes before the transport's. */
static noinline unsigned int judge(const struct sk_buff *skb,
				   const struct nf_hook_state *state,
				   packet_reader read, bool plain)
{
	struct packet p = { .skb = skb };
	struct bkh_flow flow = {};
	struct bkh_senders senders;
	unsigned int i;
	int err = 0;

	p.sk = packet_sock(skb, state);
	if (!p.sk || is_established(p.sk, skb, plain) ||
	    !bkh_find_senders(p.sk, &senders))
		return NF_ACCEPT;
	if (!read(&p, &flow))
		return NF_ACCEPT;
	flow.act = BULKHEAD_ACT_PACKET;
	flow.type = p.sk->sk_type;
	flow.opaque |= p.routed;
	flow.own_net = is_own_loopback(state);
	for (i = 0; i < senders.count && !err; i++)
		err = bkh_judge_egress(&senders.by[i], &flow);
	return err ? NF_DROP_ERR(err) : NF_ACCEPT;
}

/* No options. Of sockets that aren't raw, so the transport's header follows. */
static __always_inline bool is_plain(const struct iphdr *ip)
{
	return *(const u8 *)ip == 0x45;
}

/* TCP, and not what opens a connection: @th is behind an IP header. */
static __always_inline bool is_under_way(u8 protocol, const void *th)
{
	const struct tcphdr *tcp = th;

	return protocol == IPPROTO_TCP && (!tcp->syn || tcp->ack);
}

static __always_inline __be16 dest_port(const void *th)
{
	return ((const struct ports *)th)->dest;
}

/* As bkh_dest_key(): behind the destination the ports follow. One load. */
static __always_inline u64 packet_key(const struct iphdr *ip)
{
	const u64 source = (u64)0xffff << 32;

	BUILD_BUG_ON(!IS_ENABLED(CONFIG_CPU_LITTLE_ENDIAN) &&
		     !IS_ENABLED(CONFIG_X86));
	return ror64(get_unaligned((const u64 *)&ip->daddr) & ~source, 32) |
	       ip->protocol;
}

/* The task that sends, if one does, is of the cgroup that made its socket. */
static __always_inline bool is_at_home(const struct cgroup *cgrp)
{
	return likely(task_dfl_cgroup(current) == cgrp) || !in_task();
}

/*
 * The shortest way: nothing binds the sender, TCP is under way, or this is the
 * destination that was permitted last. Fragments needn't be told from others:
 * of a socket that isn't raw, their first one alone is judged.
 */
static __always_inline bool recalls(const struct sk_buff *skb)
{
	const struct iphdr *ip = ip_hdr(skb);
	const struct sock *sk = skb->sk;
	struct cgroup *cgrp;
	bool yes = false;

	if (unlikely(!sk))
		return false;
	if (!sk_fullsock(sk))
		return is_plain(ip) && is_under_way(ip->protocol, ip + 1);
	if (sk->sk_type > SOCK_DGRAM || !is_plain(ip))
		return false;
	if (is_under_way(ip->protocol, ip + 1))
		return true;
	preempt_disable();
	cgrp = bkh_sock_cgroup(sk);
	if (is_at_home(cgrp)) {
		if (bkh_remembers(cgrp))
			yes = bkh_recalls(packet_key(ip));
		else
			yes = !bkh_is_bound(cgrp);
	}
	preempt_enable();
	return yes;
}

/* The short way: every policy allows the destination. */
static bool permits(const struct sk_buff *skb)
{
	const struct iphdr *ip = ip_hdr(skb);
	const struct sock *sk = skb->sk;
	struct cgroup *cgrp;
	bool yes;

	if (!sk || !sk_fullsock(sk) || sk->sk_type > SOCK_DGRAM || !is_plain(ip) ||
	    (ip->protocol != IPPROTO_UDP && ip->protocol != IPPROTO_TCP))
		return false;
	preempt_disable();
	cgrp = bkh_sock_cgroup(sk);
	yes = is_at_home(cgrp) && bkh_permits_v4(cgrp, ip->protocol, ip->daddr,
						 dest_port(ip + 1));
	preempt_enable();
	return yes;
}

/* As a hook, so that the short way needs to move no argument. */
static noinline __noclone unsigned int
judge_v4(void *priv, struct sk_buff *skb, const struct nf_hook_state *state)
{
	if (permits(skb))
		return NF_ACCEPT;
	return judge(skb, state, read_v4,
		     is_plain(ip_hdr(skb)) && ip_hdr(skb)->protocol == IPPROTO_TCP);
}

static unsigned int out_v4(void *priv, struct sk_buff *skb,
			   const struct nf_hook_state *state)
{
	return recalls(skb) ? NF_ACCEPT : judge_v4(priv, skb, state);
}

/* No extension, whose headers may route: TCP or UDP right behind. */
static __always_inline bool is_plain_v6(const struct ipv6hdr *ip)
{
	return ip->nexthdr == IPPROTO_TCP || ip->nexthdr == IPPROTO_UDP;
}

static __always_inline bool recalls_v6(const struct sk_buff *skb)
{
	const struct ipv6hdr *ip = ipv6_hdr(skb);
	const struct sock *sk = skb->sk;
	struct cgroup *cgrp;
	bool yes;

	if (unlikely(!sk))
		return false;
	if (!sk_fullsock(sk))
		return is_under_way(ip->nexthdr, ip + 1);
	if (sk->sk_type > SOCK_DGRAM)
		return false;
	if (is_under_way(ip->nexthdr, ip + 1))
		return true;
	preempt_disable();
	cgrp = bkh_sock_cgroup(sk);
	yes = is_at_home(cgrp) && !bkh_is_bound(cgrp);
	preempt_enable();
	return yes;
}

static bool permits_v6(const struct sk_buff *skb)
{
	const struct ipv6hdr *ip = ipv6_hdr(skb);
	const struct sock *sk = skb->sk;
	struct cgroup *cgrp;
	bool yes;

	if (!sk || !sk_fullsock(sk) || sk->sk_type > SOCK_DGRAM || !is_plain_v6(ip))
		return false;
	preempt_disable();
	cgrp = bkh_sock_cgroup(sk);
	yes = is_at_home(cgrp) && bkh_permits_v6(cgrp, ip->nexthdr, &ip->daddr,
						 dest_port(ip + 1));
	preempt_enable();
	return yes;
}

static noinline __noclone unsigned int
judge_v6(void *priv, struct sk_buff *skb, const struct nf_hook_state *state)
{
	if (permits_v6(skb))
		return NF_ACCEPT;
	return judge(skb, state, read_v6,
		     ipv6_hdr(skb)->nexthdr == IPPROTO_TCP);
}

static unsigned int out_v6(void *priv, struct sk_buff *skb,
			   const struct nf_hook_state *state)
{
	return recalls_v6(skb) ? NF_ACCEPT : judge_v6(priv, skb, state);
}

/* First of all: nothing may have rewritten the destination yet. */
const struct nf_hook_ops bkh_packet_hooks[BKH_PACKET_HOOKS] = {
	{
		.hook = out_v4,
		.pf = NFPROTO_IPV4,
		.hooknum = NF_INET_LOCAL_OUT,
		.priority = NF_IP_PRI_FIRST,
	},
	{
		.hook = out_v6,
		.pf = NFPROTO_IPV6,
		.hooknum = NF_INET_LOCAL_OUT,
		.priority = NF_IP6_PRI_FIRST,
	},
};
