/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Events: what was denied or would have been, by which rule. Counted always;
 * sent as far as the domain's rate allows. Denials and audits have their own
 * rates, queues and multicast groups, so neither displaces the other.
 */
#ifndef BKH_EVENT_H
#define BKH_EVENT_H

#include <linux/types.h>
#include <linux/bulkhead.h>

struct bkh_domain;
struct bkh_policy;
struct path;

/**
 * struct bkh_request - an act to judge, and to report
 * @act: enum bulkhead_act
 * @quiet: the asker wants no record (a mere probe for a capability)
 * @v4: @addr is ::ffff:a.b.c.d
 * @error: negative errno for a refusal
 * @perms: BULKHEAD_PERM_* of a file act
 * @path: object of a file act, or NULL
 * @cap: CAP_* for BULKHEAD_ACT_CAPABLE
 * @family: AF_*; 0 where none plays a part
 * @type: SOCK_*
 * @protocol: IPPROTO_*
 * @port: host order
 * @addr: 128 bits
 * @target: pid in the initial namespace, or 0
 */
struct bkh_request {
	enum bulkhead_act act;
	bool quiet;
	bool v4;
	int error;
	u32 perms;
	const struct path *path;
	u32 cap;
	u16 family;
	u16 type;
	u16 protocol;
	u16 port;
	u8 addr[16];
	pid_t target;
};

/**
 * struct bkh_finding - why a request isn't allowed
 * @policy: the one that says so; NULL when the domain is closed
 * @generation: of the ruleset
 * @rule: entry of the policy's rule table, or BKH_NONE
 * @reason: enum bulkhead_reason
 * @audit: report only
 */
struct bkh_finding {
	const struct bkh_policy *policy;
	u64 generation;
	u32 rule;
	enum bulkhead_reason reason;
	bool audit;
};

/**
 * bkh_event_report - count a finding, and send it if its domain's rate allows
 * @d: domain
 * @f: finding
 * @r: request
 *
 * Caller holds rcu_read_lock(). Any context but NMI; never sleeps.
 */
void bkh_event_report(struct bkh_domain *d, const struct bkh_finding *f,
		      const struct bkh_request *r);

void bkh_event_init_domain(struct bkh_domain *d);

/* Something was refused, or confined at once, for want of memory or a path. */
void bkh_event_count_closed(void);

struct bkh_event_totals {
	u64 denied;
	u64 audited;
	u64 lost;
	u64 closed;
};

void bkh_event_totals(struct bkh_event_totals *totals);

/* Before the first reporter. */
void bkh_event_init(void);

/* After the last reporter is gone. May sleep. */
void bkh_event_exit(void);

#endif /* BKH_EVENT_H */
