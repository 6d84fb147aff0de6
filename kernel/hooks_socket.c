// SPDX-License-Identifier: GPL-2.0-only
/*
 * Sockets: making, connecting, sending to an address, binding, listening.
 *
 * What is judged here gets a clean errno and an event with the process; what
 * goes past (raw sockets, sockets that came connected) meets netfilter.c.
 */
#include <linux/in.h>
#include <linux/in6.h>
#include <linux/net.h>
#include <linux/netlink.h>
#include <linux/sctp.h>
#include <linux/socket.h>
#include <uapi/linux/sctp.h>
#include <net/inet_sock.h>
#include <net/ipv6.h>
#include <net/net_namespace.h>
#include <net/sock.h>

#include "flow.h"
#include "hooks.h"
#include "judge.h"
#include "nets.h"
#include "permit.h"

/* Families that rules about addresses have no say in, or see all of. */
static __always_inline bool is_common(int family)
{
	const u64 common = 1ULL << AF_UNIX | 1ULL << AF_INET |
			   1ULL << AF_INET6 | 1ULL << AF_NETLINK;

	return family < 64 && (common >> family & 1);
}

/* TCP, until both ends find that they share a faster way: of linux/smc.h. */
#define PROTOCOL_SMC 256

static __always_inline bool permits_socket(int family, int type, int protocol)
{
	const struct bkh_stack *stack;
	struct cgroup *cgrp;
	bool yes;

	preempt_disable();
	cgrp = task_dfl_cgroup(current);
	stack = bkh_remembers(cgrp) ? __this_cpu_read(bkh_memo.stack) :
				      bkh_permit_stack(cgrp);
	yes = !stack || (is_common(family) && protocol != PROTOCOL_SMC &&
			 stack->sockets[family] >> type & 1);
	preempt_enable();
	return yes;
}

/*
 * What the kernel makes for a task, tunnels and MPTCP, sends without asking. It
 * belongs to the task's own namespace but for a tunnel that is laid to another.
 */
static int judge_kernel_socket(int family, int type, int protocol)
{
	if (!static_branch_unlikely(&bkh_unwatched))
		return 0;
	return bkh_judge_unwatched_socket(family, type, protocol);
}

static int bkh_socket_create(int family, int type, int protocol, int kern)
{
	if (!static_branch_unlikely(&bkh_bound))
		return 0;
	if (unlikely(kern))
		return judge_kernel_socket(family, type, protocol);
	if (permits_socket(family, type, protocol))
		return 0;
	if (protocol == PROTOCOL_SMC &&
	    (family == AF_INET || family == AF_INET6))
		family = AF_SMC;
	return bkh_judge_socket(BULKHEAD_ACT_SOCKET, family, type, protocol);
}

/* Acts by sockets that have no address that a rule could name. */
static int judge_other(const struct sock *sk, enum bulkhead_act act)
{
	return bkh_judge_socket(act, sk->sk_family, sk->sk_type,
				sk->sk_protocol);
}

static bool is_inet(const struct sock *sk)
{
	return sk->sk_family == AF_INET || sk->sk_family == AF_INET6;
}

static int guard_unwatched(const struct sock *sk, enum bulkhead_act act,
			   const struct sockaddr *addr, int len)
{
	if (!static_branch_unlikely(&bkh_unwatched))
		return 0;
	return bkh_judge_unwatched(sk, act, addr, len);
}

/* Bound to a device, even 127.0.0.1 is an address of whoever is behind it. */
static bool stays_in_own_net(const struct sock *sk)
{
	const struct net *net = sock_net(sk);

	return !net_eq(net, &init_net) &&
	       (!sk->sk_bound_dev_if ||
		sk->sk_bound_dev_if == net->loopback_dev->ifindex);
}

/* The first hop is what its packets say, the rest is in an option. Under RCU. */
static bool is_source_routed(const struct sock *sk)
{
	const struct ip_options_rcu *v4 = rcu_dereference(inet_sk(sk)->inet_opt);
	const struct ipv6_txoptions *v6;

	if (v4 && v4->opt.srr)
		return true;
	if (sk->sk_family != AF_INET6)
		return false;
	v6 = rcu_dereference(inet6_sk(sk)->opt);
	return v6 && v6->srcrt;
}

static void describe_socket(struct bkh_flow *flow, const struct sock *sk,
			    enum bulkhead_act act)
{
	*flow = (struct bkh_flow){
		.act = act,
		.proto = bkh_proto_of(sk->sk_protocol),
		.family = sk->sk_family,
		.type = sk->sk_type,
		.protocol = sk->sk_protocol,
		.own_net = stays_in_own_net(sk),
		.source_port = inet_sk(sk)->inet_num,
	};
}

/* The local address that a socket is bound to, if it is. */
static void read_local(struct bkh_flow *flow, const struct sock *sk)
{
	if (flow->v4)
		bkh_addr_set_v4(flow->source, inet_sk(sk)->inet_rcv_saddr);
	else
		memcpy(flow->source, &sk->sk_v6_rcv_saddr,
		       sizeof(flow->source));
}

/*
 * What raw and ping sockets send is in their packets, which netfilter sees.
 * Protocols that no rule can name are judged by the default.
 */
static bool has_ports(const struct bkh_flow *flow)
{
	return flow->type != SOCK_RAW && flow->proto != BKH_PROTO_ICMP;
}

static int judge_outbound(const struct sock *sk, enum bulkhead_act act,
			  const struct sockaddr *addr, int len)
{
	struct bkh_subject s;
	struct bkh_flow flow;
	int err = 0;

	describe_socket(&flow, sk, act);
	if (!has_ports(&flow) || !bkh_flow_read(&flow, sk, addr, len))
		return 0;
	rcu_read_lock();
	if (bkh_subject_current(&s)) {
		read_local(&flow, sk);
		flow.opaque = is_source_routed(sk);
		flow.opens = flow.proto == BKH_PROTO_SCTP &&
			     act == BULKHEAD_ACT_CONNECT;
		err = bkh_judge_egress(&s, &flow);
	}
	rcu_read_unlock();
	return err;
}

/* No source route, and room for an IPv4 destination. */
static __always_inline bool is_plain(const struct sock *sk, int len)
{
	return sk->sk_family == AF_INET &&
	       len >= (int)sizeof(struct sockaddr_in) &&
	       !rcu_access_pointer(inet_sk(sk)->inet_opt);
}

static bool is_plain_v6(const struct sock *sk, int len)
{
	return sk->sk_family == AF_INET6 && len >= SIN6_LEN_RFC2133 &&
	       !rcu_access_pointer(inet_sk(sk)->inet_opt) &&
	       !rcu_access_pointer(inet6_sk(sk)->opt);
}

/* Nothing binds the task, or its policies permitted the same just now. */
static __always_inline bool recalls(const struct sock *sk,
				    const struct sockaddr *addr, int len)
{
	const struct sockaddr_in *in = (const struct sockaddr_in *)addr;
	struct cgroup *cgrp;
	bool yes;

	preempt_disable();
	cgrp = task_dfl_cgroup(current);
	if (bkh_remembers(cgrp))
		yes = is_plain(sk, len) &&
		      bkh_recalls(bkh_dest_key(bkh_dest_v4(in->sin_family,
							   in->sin_addr.s_addr,
							   in->sin_port),
					       sk->sk_protocol));
	else
		yes = !bkh_is_bound(cgrp);
	preempt_enable();
	return yes;
}

static bool permits_v4(const struct sock *sk, const struct sockaddr_in *in)
{
	return bkh_permits_v4(task_dfl_cgroup(current), sk->sk_protocol,
			      in->sin_addr.s_addr, in->sin_port);
}

static bool permits_v6(const struct sock *sk, const struct sockaddr_in6 *in6)
{
	return bkh_permits_v6(task_dfl_cgroup(current), sk->sk_protocol,
			      &in6->sin6_addr, in6->sin6_port);
}

/* Every policy allows the destination. */
static bool permits(const struct sock *sk, const struct sockaddr *addr, int len)
{
	bool yes = false;

	if (sk->sk_type == SOCK_RAW || (sk->sk_protocol != IPPROTO_TCP &&
					sk->sk_protocol != IPPROTO_UDP))
		return false;
	preempt_disable();
	if (is_plain(sk, len) && addr->sa_family == AF_INET)
		yes = permits_v4(sk, (const struct sockaddr_in *)addr);
	else if (is_plain_v6(sk, len) && addr->sa_family == AF_INET6)
		yes = permits_v6(sk, (const struct sockaddr_in6 *)addr);
	preempt_enable();
	return yes;
}

static noinline int judge_connect(const struct sock *sk,
				  const struct sockaddr *addr, int len)
{
	if (permits(sk, addr, len))
		return 0;
	if (!is_inet(sk))
		return judge_other(sk, BULKHEAD_ACT_CONNECT);
	/* connect(AF_UNSPEC) dissolves an association, it makes none. */
	if (len >= (int)offsetofend(struct sockaddr, sa_family) &&
	    addr->sa_family == AF_UNSPEC)
		return 0;
	return judge_outbound(sk, BULKHEAD_ACT_CONNECT, addr, len);
}

/* Apart, which leaves the usual way no register to save. */
static noinline int connect_unwatched(const struct sock *sk,
				      const struct sockaddr *addr, int len)
{
	int err = bkh_judge_unwatched(sk, BULKHEAD_ACT_CONNECT, addr, len);

	if (err || recalls(sk, addr, len))
		return err;
	return judge_connect(sk, addr, len);
}

static int bkh_socket_connect(struct socket *sock, struct sockaddr *addr,
			      int len)
{
	if (!static_branch_unlikely(&bkh_bound))
		return 0;
	if (static_branch_unlikely(&bkh_unwatched))
		return connect_unwatched(sock->sk, addr, len);
	if (recalls(sock->sk, addr, len))
		return 0;
	return judge_connect(sock->sk, addr, len);
}

static int judge_foreign(const struct sock *sk)
{
	struct sockaddr_in6 in6 = { .sin6_family = AF_INET6 };
	struct sockaddr_in in = { .sin_family = AF_INET };

	if (sk->sk_family == AF_INET6) {
		in6.sin6_addr = sk->sk_v6_daddr;
		in6.sin6_port = inet_sk(sk)->inet_dport;
		return judge_outbound(sk, BULKHEAD_ACT_SEND,
				      (struct sockaddr *)&in6, sizeof(in6));
	}
	in.sin_addr.s_addr = inet_sk(sk)->inet_daddr;
	in.sin_port = inet_sk(sk)->inet_dport;
	return judge_outbound(sk, BULKHEAD_ACT_SEND, (struct sockaddr *)&in,
			      sizeof(in));
}

/* Made by another cgroup, whose policy is the one that packets will meet. */
static __always_inline bool is_foreign(const struct sock *sk)
{
	bool foreign;

	preempt_disable();
	foreign = bkh_sock_cgroup(sk) != task_dfl_cgroup(current);
	preempt_enable();
	return foreign;
}

/*
 * The kernel takes what root sends here for news of a device, and passes it on
 * to the host's udev, as sysfs does with what is written to a device's uevent.
 */
static bool is_uevent(const struct sock *sk)
{
	return sk->sk_family == AF_NETLINK &&
	       sk->sk_protocol == NETLINK_KOBJECT_UEVENT &&
	       net_eq(sock_net(sk), &init_net);
}

static int judge_uevent(const struct sock *sk)
{
	const struct bkh_request r = bkh_sock_request(BULKHEAD_ACT_SEND, sk,
						      -EPERM);

	return bkh_judge_preset(BKH_PRESET_SYS_FIRMWARE, &r);
}

/*
 * With an address, sending connects: TCP Fast Open, SCTP, any datagram.
 * Without one, only datagrams on a socket that came connected are new to us.
 */
static noinline int judge_send(const struct sock *sk, const struct msghdr *msg)
{
	bool tcp = bkh_proto_of(sk->sk_protocol) == BKH_PROTO_TCP;

	if (msg->msg_name && permits(sk, msg->msg_name, msg->msg_namelen))
		return 0;
	if (is_uevent(sk))
		return judge_uevent(sk);
	if (!is_inet(sk))
		return judge_other(sk, BULKHEAD_ACT_SEND);
	if (!msg->msg_name)
		return tcp || !is_foreign(sk) ? 0 : judge_foreign(sk);
	if (tcp && !(msg->msg_flags & MSG_FASTOPEN))
		return 0;
	return judge_outbound(sk, BULKHEAD_ACT_SEND, msg->msg_name,
			      msg->msg_namelen);
}

static __always_inline bool recalls_send(const struct sock *sk,
					 const struct msghdr *msg)
{
	if (msg->msg_name)
		return recalls(sk, msg->msg_name, msg->msg_namelen);
	if (!is_inet(sk))
		return is_common(sk->sk_family) && !is_uevent(sk);
	return sk->sk_protocol == IPPROTO_TCP || !is_foreign(sk);
}

static noinline int send_unwatched(const struct sock *sk,
				   const struct msghdr *msg)
{
	int err = bkh_judge_unwatched(sk, BULKHEAD_ACT_SEND, msg->msg_name,
				      msg->msg_namelen);

	if (err || recalls_send(sk, msg))
		return err;
	return judge_send(sk, msg);
}

static int bkh_socket_sendmsg(struct socket *sock, struct msghdr *msg, int size)
{
	if (!static_branch_unlikely(&bkh_bound))
		return 0;
	if (static_branch_unlikely(&bkh_unwatched))
		return send_unwatched(sock->sk, msg);
	if (recalls_send(sock->sk, msg))
		return 0;
	return judge_send(sock->sk, msg);
}

static int judge_bind(const struct sock *sk, const struct sockaddr *addr,
		      int len)
{
	struct bkh_flow flow;

	describe_socket(&flow, sk, BULKHEAD_ACT_BIND);
	if (!has_ports(&flow) || !bkh_flow_read(&flow, sk, addr, len))
		return 0;
	/* Clients do that; what the kernel picks serves nobody until listen(). */
	if (!flow.port)
		return 0;
	return bkh_judge_listen(&flow);
}

static int bkh_socket_bind(struct socket *sock, struct sockaddr *addr, int len)
{
	const struct sock *sk = sock->sk;

	if (!static_branch_unlikely(&bkh_bound))
		return 0;
	if (sk->sk_family == AF_NETLINK)
		return bkh_guard_netlink_bind(sk, addr, len);
	return is_inet(sk) ? judge_bind(sk, addr, len) :
			     judge_other(sk, BULKHEAD_ACT_BIND);
}

static int bkh_socket_listen(struct socket *sock, int backlog)
{
	const struct sock *sk = sock->sk;
	struct bkh_flow flow;
	int err;

	if (!static_branch_unlikely(&bkh_bound))
		return 0;
	err = guard_unwatched(sk, BULKHEAD_ACT_LISTEN, NULL, 0);
	if (err)
		return err;
	if (!is_inet(sk))
		return judge_other(sk, BULKHEAD_ACT_LISTEN);
	describe_socket(&flow, sk, BULKHEAD_ACT_LISTEN);
	if (!has_ports(&flow))
		return 0;
	if (sk->sk_family == AF_INET)
		bkh_flow_set_v4(&flow, inet_sk(sk)->inet_rcv_saddr);
	else
		bkh_flow_set_v6(&flow, &sk->sk_v6_rcv_saddr);
	/*
	 * A port that the kernel picked, or will, counts as port 0. SCTP doesn't
	 * note who picked it.
	 */
	if (sk->sk_userlocks & SOCK_BINDPORT_LOCK ||
	    flow.proto == BKH_PROTO_SCTP)
		flow.port = inet_sk(sk)->inet_num;
	return bkh_judge_listen(&flow);
}

/* SCTP packs addresses of both families one after the other. */
static int judge_sctp(const struct sock *sk, const u8 *list, int len,
		      int (*one)(const struct sock *sk,
				 const struct sockaddr *addr, int len))
{
	int err = 0;

	while (len >= (int)sizeof(struct sockaddr_in) && !err) {
		const struct sockaddr *addr = (const struct sockaddr *)list;
		int size = addr->sa_family == AF_INET6 ?
			   sizeof(struct sockaddr_in6) :
			   sizeof(struct sockaddr_in);

		if (size > len)
			return -EINVAL;
		err = one(sk, addr, size);
		list += size;
		len -= size;
	}
	return err;
}

static int judge_sctp_connect(const struct sock *sk,
			      const struct sockaddr *addr, int len)
{
	return judge_outbound(sk, BULKHEAD_ACT_CONNECT, addr, len);
}

/* Address lists of sctp_connectx(), sctp_bindx() and sendmsg(). */
static int bkh_sctp_bind_connect(struct sock *sk, int optname,
				 struct sockaddr *address, int addrlen)
{
	int err;

	if (!static_branch_unlikely(&bkh_bound))
		return 0;
	err = guard_unwatched(sk, BULKHEAD_ACT_CONNECT, address, addrlen);
	if (err)
		return err;
	switch (optname) {
	case SCTP_SOCKOPT_CONNECTX:
	case SCTP_SENDMSG_CONNECT:
		return judge_sctp(sk, (u8 *)address, addrlen,
				  judge_sctp_connect);
	case SCTP_SOCKOPT_BINDX_ADD:
		return judge_sctp(sk, (u8 *)address, addrlen, judge_bind);
	default:
		/* Choices among addresses that an association has already. */
		return 0;
	}
}

/*
 * A tun device takes whole packets from its holder, as a packet socket does,
 * and no socket of ours is in them.
 */
static int judge_tun(void)
{
	if (!static_branch_unlikely(&bkh_bound))
		return 0;
	return bkh_judge_socket(BULKHEAD_ACT_SOCKET, AF_PACKET, SOCK_RAW, 0);
}

static int bkh_tun_dev_create(void)
{
	return judge_tun();
}

static int bkh_tun_dev_attach_queue(void *security)
{
	return judge_tun();
}

static int bkh_tun_dev_attach(struct sock *sk, void *security)
{
	return judge_tun();
}

static int bkh_tun_dev_open(void *security)
{
	return judge_tun();
}

static struct bkh_hook hooks[] = {
	BKH_HOOK(socket_create, bkh_socket_create),
	BKH_HOOK(socket_connect, bkh_socket_connect),
	BKH_HOOK(socket_sendmsg, bkh_socket_sendmsg),
	BKH_HOOK(socket_bind, bkh_socket_bind),
	BKH_HOOK(socket_listen, bkh_socket_listen),
	BKH_HOOK(sctp_bind_connect, bkh_sctp_bind_connect),
	BKH_HOOK(tun_dev_create, bkh_tun_dev_create),
	BKH_HOOK(tun_dev_attach_queue, bkh_tun_dev_attach_queue),
	BKH_HOOK(tun_dev_attach, bkh_tun_dev_attach),
	BKH_HOOK(tun_dev_open, bkh_tun_dev_open),
};

struct bkh_hook_set bkh_socket_hooks = BKH_HOOK_SET(hooks);
