/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Judgement: a request against every policy of a domain. Denials and audits
 * are reported here; allowed acts leave no trace.
 *
 * All functions return 0 or the request's negative errno, never sleep, and
 * take rcu_read_lock() themselves unless said otherwise.
 */
#ifndef BKH_JUDGE_H
#define BKH_JUDGE_H

#include <linux/cgroup.h>
#include <linux/sched.h>

#include "domain.h"
#include "event.h"
#include "forming.h"

struct dentry;
struct file;
struct sock;
struct sockaddr;

/**
 * struct bkh_subject - who acts: a domain and what is in force for it
 * @domain: of its cgroup
 * @slot: the one in force when it was looked at
 * @stack: policies there
 */
struct bkh_subject {
	struct bkh_domain *domain;
	unsigned int slot;
	const struct bkh_stack *stack;
};

/* The subject that lives in @cgrp; false if nothing binds it. Under RCU. */
static inline bool bkh_subject_of(struct cgroup *cgrp, struct bkh_subject *s)
{
	s->domain = bkh_domain_find(cgroup_id(cgrp));
	if (likely(!s->domain))
		return false;
	s->slot = READ_ONCE(bkh_epoch);
	/* The address depends on the slot, which orders the two loads. */
	s->stack = rcu_dereference(s->domain->stack[s->slot]);
	return s->stack;
}

/* The current task, if it is confined: bound and not forming. Under RCU. */
static inline bool bkh_subject_current(struct bkh_subject *s)
{
	return bkh_subject_of(task_dfl_cgroup(current), s) &&
	       !bkh_is_forming(s->domain, current);
}

/**
 * bkh_refuse - report that a policy doesn't allow a request
 * @s: who asked
 * @p: policy that doesn't
 * @rule: entry of its rule table, or BKH_NONE
 * @reason: why
 * @r: request
 *
 * Caller holds rcu_read_lock(). Any context.
 *
 * Return: the request's errno; 0 if the policy only audits.
 */
int bkh_refuse(const struct bkh_subject *s, const struct bkh_policy *p,
	       u32 rule, enum bulkhead_reason reason,
	       const struct bkh_request *r);

/* What the domain's policies are could not be determined: all is denied. */
int bkh_refuse_closed(const struct bkh_subject *s, const struct bkh_request *r);

/**
 * bkh_judge_path - a file act on one path
 * @act: what is done
 * @path: on what
 * @perms: BULKHEAD_PERM_* it takes
 *
 * Process context.
 */
int bkh_judge_path(enum bulkhead_act act, const struct path *path, u32 perms);

/*
 * The same where the kernel tells the file but not by which name it was
 * reached: every name that it has in the task's mount namespace counts.
 */
int bkh_judge_dentry(enum bulkhead_act act, struct dentry *dentry, u32 perms);

/* Executing or mapping @file executable: permissions and drift. */
int bkh_judge_code(enum bulkhead_act act, struct file *file, u32 perms);

/* The current task maps @file so that stores may change it: for drift. */
void bkh_note_store(const struct file *file);

/*
 * Executing @file as the entry point: judged as if @s, which is still forming,
 * were confined already. Under RCU.
 */
int bkh_judge_forming_exec(const struct bkh_subject *s, struct file *file);

/**
 * struct bkh_move - a rename or a hard link
 * @from: existing name
 * @to: new name
 * @is_dir: of a directory: the rules below both names have to be the same
 * @replaces: @to exists and goes away
 */
struct bkh_move {
	const struct path *from;
	const struct path *to;
	bool is_dir;
	bool replaces;
};

int bkh_judge_rename(const struct bkh_move *move);

/* @to needs the link permission and must not grant more than @from does. */
int bkh_judge_link(const struct bkh_move *move);

int bkh_judge_capable(u32 cap, bool quiet);

/*
 * socket(family, type, protocol), and later acts by a socket of a family that
 * only its name can allow: it may have come from elsewhere.
 */
int bkh_judge_socket(enum bulkhead_act act, u16 family, u16 type, u16 protocol);

/**
 * struct bkh_flow - a destination, or an address to serve
 * @act: connect, send, packet; bind, listen
 * @proto: enum bkh_proto
 * @family: AF_INET or AF_INET6, for the report
 * @type: SOCK_*, for the report
 * @protocol: IPPROTO_*, for the report
 * @v4: @addr and @source are ::ffff:a.b.c.d
 * @own_net: in a network namespace other than the host's, and, if a packet,
 *	on its way to that namespace's loopback device
 * @opaque: where it goes can't be told: a packet made by hand whose header
 *	can't be read, or one that its sender routes
 * @opens: an association of SCTP, for certain
 * @addr: remote when connecting, local when serving
 * @port: likewise, host order; the type for ICMP
 * @source: local address
 * @source_port: local port, 0 when there is none yet
 */
struct bkh_flow {
	enum bulkhead_act act;
	enum bkh_proto proto;
	u16 family;
	u16 type;
	u16 protocol;
	bool v4;
	bool own_net;
	bool opaque;
	bool opens;
	u8 addr[16];
	u16 port;
	u8 source[16];
	u16 source_port;
};

/* Outbound, by subject. Caller holds rcu_read_lock(). Any context. */
int bkh_judge_egress(const struct bkh_subject *s, const struct bkh_flow *flow);

/**
 * bkh_judge_unwatched - sending by a socket whose network namespace may be one
 *	that is unwatched: there everything is refused that packets are judged for
 * @sk: whatever its family
 * @act: what is done; a listener counts as sending, since the kernel may spread
 *	a connection to addresses that the peer names
 * @addr: destination for the report, or NULL
 * @len: of @addr
 *
 * Only while bkh_unwatched is on. Any context.
 */
int bkh_judge_unwatched(const struct sock *sk, enum bulkhead_act act,
			const struct sockaddr *addr, int len);

/* The current task has the kernel make a socket. Likewise. */
int bkh_judge_unwatched_socket(u16 family, u16 type, u16 protocol);

/* bind() and listen() by the current task. */
int bkh_judge_listen(const struct bkh_flow *flow);

/**
 * bkh_judge_preset - an act that an escape guard forbids outright
 * @preset: the guard
 * @r: for the report, and the errno
 *
 * For the current task, if it is confined.
 */
int bkh_judge_preset(enum bkh_preset preset, const struct bkh_request *r);

/* The same for a subject at hand. Caller holds rcu_read_lock(). Any context. */
int bkh_judge_guard(const struct bkh_subject *s, enum bkh_preset preset,
		    const struct bkh_request *r);

/*
 * @cgrp lies within the container: below the nearest cgroup above @s that is
 * bound by itself. @s is that of the current task. Under RCU. Any context.
 */
bool bkh_within_border(const struct bkh_subject *s, struct cgroup *cgrp);

/* The same of a task. A forming one is outside, although its cgroup isn't. */
bool bkh_is_within(const struct bkh_subject *s, struct task_struct *target);

/**
 * bkh_judge_target - an act upon another task
 * @preset: the guard: BKH_PRESET_PTRACE or BKH_PRESET_SIGNAL
 * @target: task acted upon
 * @r: for the report, and the errno
 *
 * Allowed within the container's border, but not on forming tasks. Any
 * context.
 */
int bkh_judge_target(enum bkh_preset preset, struct task_struct *target,
		     const struct bkh_request *r);

/* Signals for a descriptor's events are to go to others than the task itself. */
int bkh_judge_owner(const struct bkh_request *r);

#endif /* BKH_JUDGE_H */
