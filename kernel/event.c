// SPDX-License-Identifier: GPL-2.0-only
/*
 * Events are built where the verdict falls, in any context, and delivered by
 * a work item. Nothing here runs on the path of an allowed act.
 */
#include <linux/cgroup.h>
#include <linux/sched.h>
#include <linux/skbuff.h>
#include <linux/slab.h>
#include <linux/timekeeping.h>
#include <linux/workqueue.h>
#include <net/genetlink.h>

#include "domain.h"
#include "event.h"
#include "netlink.h"
#include "path.h"

/* Index of a class of events: its bucket, its queue, its multicast group. */
enum event_class {
	CLASS_DENIED,
	CLASS_AUDITED,
	CLASS_COUNT,
};

static struct sk_buff_head queues[CLASS_COUNT];
static atomic64_t counts[CLASS_COUNT];
static atomic64_t lost;
static atomic64_t closed;

static void deliver(struct work_struct *work)
{
	struct sk_buff *skb;

	/* Denials first, again and again: audits wait. */
	for (;;) {
		skb = skb_dequeue(&queues[CLASS_DENIED]);
		if (skb) {
			bkh_netlink_multicast(skb, BKH_GROUP_DENIED);
			continue;
		}
		skb = skb_dequeue(&queues[CLASS_AUDITED]);
		if (!skb)
			return;
		bkh_netlink_multicast(skb, BKH_GROUP_AUDITED);
	}
}

static DECLARE_WORK(delivery, deliver);

void bkh_event_init_domain(struct bkh_domain *d)
{
	u64 now = ktime_get_ns();
	int class;

	for (class = 0; class < CLASS_COUNT; class++)
		d->buckets[class] = (struct bkh_bucket){
			.refilled = now,
			.tokens = BKH_EVENT_BURST,
		};
}

static bool take_token(struct bkh_bucket *b)
{
	u64 now = ktime_get_ns();
	u64 fresh = div_u64((now - b->refilled) * BKH_EVENT_RATE, NSEC_PER_SEC);

	/* A day without events must not overflow, nor count for more. */
	if (now - b->refilled > NSEC_PER_SEC * BKH_EVENT_BURST)
		fresh = BKH_EVENT_BURST;
	if (fresh) {
		b->tokens = min_t(u64, b->tokens + fresh, BKH_EVENT_BURST);
		b->refilled = now;
	}
	if (!b->tokens)
		return false;
	b->tokens--;
	return true;
}

/* What an event says of its domain, taken at once. */
struct ticket {
	u64 sequence;
	u64 lost;
};

/* Count; then whether the event may be sent. */
static bool admit(struct bkh_domain *d, enum event_class class, bool quiet,
		  struct ticket *ticket)
{
	unsigned long flags;
	bool send;

	atomic64_inc(&counts[class]);
	spin_lock_irqsave(&d->lock, flags);
	if (class == CLASS_DENIED)
		d->denied++;
	else
		d->audited++;
	send = !quiet && take_token(&d->buckets[class]) &&
	       skb_queue_len_lockless(&queues[class]) < BKH_EVENT_QUEUE_MAX;
	if (!quiet)
		ticket->sequence = ++d->sequence;
	if (!quiet && !send)
		d->lost++;
	ticket->lost = d->lost;
	spin_unlock_irqrestore(&d->lock, flags);
	if (!quiet && !send)
		atomic64_inc(&lost);
	return send;
}

static void count_lost(struct bkh_domain *d)
{
	unsigned long flags;

	spin_lock_irqsave(&d->lock, flags);
	d->lost++;
	spin_unlock_irqrestore(&d->lock, flags);
	atomic64_inc(&lost);
}

/* Cut to what an event holds, and terminated. */
static int put_text(struct sk_buff *skb, int type, const char *text)
{
	u32 len = strnlen(text, BKH_RULE_EVENT_MAX);
	struct nlattr *attr = nla_reserve(skb, type, len + 1);

	if (!attr)
		return -EMSGSIZE;
	memcpy(nla_data(attr), text, len);
	((char *)nla_data(attr))[len] = '\0';
	return 0;
}

static int put_rule(struct sk_buff *skb, const struct bkh_finding *f)
{
	const struct bkh_policy *p = f->policy;
	const struct bkh_rule *rule;

	if (!p)
		return 0;
	if (nla_put_string(skb, BULKHEAD_A_POLICY, p->hdr->name))
		return -EMSGSIZE;
	if (f->rule == BKH_NONE)
		return 0;
	rule = &p->rules[f->rule];
	return nla_put_u32(skb, BULKHEAD_A_RULE, f->rule) ||
	       put_text(skb, BULKHEAD_A_RULE_FILE, p->strings + rule->file) ||
	       nla_put_u32(skb, BULKHEAD_A_RULE_LINE, rule->line) ||
	       put_text(skb, BULKHEAD_A_RULE_TEXT, p->strings + rule->text);
}

/* The path goes straight into the message, then the room it spared returns. */
static int put_path(struct sk_buff *skb, const struct path *path)
{
	struct nlattr *attr;
	u32 room, used;

	room = min_t(u32, skb_tailroom(skb), BKH_PATH_EVENT_MAX);
	if (room < NLA_HDRLEN + NLA_ALIGN(4) + NLA_ALIGNTO)
		return -EMSGSIZE;
	room -= NLA_HDRLEN + NLA_ALIGNTO;
	attr = nla_reserve(skb, BULKHEAD_A_PATH, room);
	if (!attr)
		return -EMSGSIZE;
	used = bkh_path_print(path, nla_data(attr), room);
	nlmsg_trim(skb, attr);
	attr = nla_reserve(skb, BULKHEAD_A_PATH, used);
	return attr ? 0 : -EMSGSIZE;
}

static int put_socket(struct sk_buff *skb, const struct bkh_request *r)
{
	if (nla_put_u16(skb, BULKHEAD_A_FAMILY, r->family) ||
	    nla_put_u16(skb, BULKHEAD_A_SOCK_TYPE, r->type) ||
	    nla_put_u16(skb, BULKHEAD_A_PROTOCOL, r->protocol))
		return -EMSGSIZE;
	if (r->act == BULKHEAD_ACT_SOCKET)
		return 0;
	return nla_put_u16(skb, BULKHEAD_A_PORT, r->port) ||
	       (r->v4 ? nla_put(skb, BULKHEAD_A_ADDRESS, 4, r->addr + 12) :
			nla_put(skb, BULKHEAD_A_ADDRESS, 16, r->addr));
}

static int put_object(struct sk_buff *skb, const struct bkh_request *r)
{
	if (r->perms && nla_put_u32(skb, BULKHEAD_A_PERMS, r->perms))
		return -EMSGSIZE;
	if (r->act == BULKHEAD_ACT_CAPABLE &&
	    nla_put_u32(skb, BULKHEAD_A_CAPABILITY, r->cap))
		return -EMSGSIZE;
	if (r->target && nla_put_u32(skb, BULKHEAD_A_TARGET_PID, r->target))
		return -EMSGSIZE;
	if (r->family && put_socket(skb, r))
		return -EMSGSIZE;
	return 0;
}

/* A packet may leave from a softirq that has nothing to do with its sender. */
static int put_actor(struct sk_buff *skb, const struct bkh_domain *d)
{
	char comm[TASK_COMM_LEN];

	if (!in_task() || cgroup_id(task_dfl_cgroup(current)) != d->cgid)
		return 0;
	/* Not get_task_comm(): hooks may hold the lock that it takes. Half a name is one, too. */
	data_race(strscpy(comm, current->comm, sizeof(comm)));
	return nla_put_u32(skb, BULKHEAD_A_PID, current->pid) ||
	       nla_put_string(skb, BULKHEAD_A_COMM, comm);
}

static int put_event(struct sk_buff *skb, const struct bkh_domain *d,
		     const struct bkh_finding *f, const struct bkh_request *r,
		     const struct ticket *ticket)
{
	u8 verdict = f->audit ? BULKHEAD_VERDICT_AUDIT : BULKHEAD_VERDICT_DENY;

	return nla_put_u8(skb, BULKHEAD_A_VERDICT, verdict) ||
	       nla_put_u64_64bit(skb, BULKHEAD_A_GENERATION, f->generation,
				 BULKHEAD_A_PAD) ||
	       nla_put_u64_64bit(skb, BULKHEAD_A_TIME, ktime_get_real_ns(),
				 BULKHEAD_A_PAD) ||
	       nla_put_u64_64bit(skb, BULKHEAD_A_SEQUENCE, ticket->sequence,
				 BULKHEAD_A_PAD) ||
	       nla_put_u64_64bit(skb, BULKHEAD_A_LOST, ticket->lost,
				 BULKHEAD_A_PAD) ||
	       nla_put_u64_64bit(skb, BULKHEAD_A_CGROUP_ID, d->cgid,
				 BULKHEAD_A_PAD) ||
	       nla_put_u16(skb, BULKHEAD_A_ACT, r->act) ||
	       nla_put_u8(skb, BULKHEAD_A_REASON, f->reason) ||
	       put_rule(skb, f) || put_object(skb, r) || put_actor(skb, d) ||
	       (r->path && put_path(skb, r->path));
}

/* Room for the attributes of fixed size, names among them. */
#define EVENT_FIXED 512

static u32 event_room(const struct bkh_finding *f, const struct bkh_request *r)
{
	u32 room = EVENT_FIXED;

	if (f->policy && f->rule != BKH_NONE)
		room += 2 * BKH_RULE_EVENT_MAX;
	if (r->path)
		room += BKH_PATH_EVENT_MAX;
	return room;
}

static struct sk_buff *build(const struct bkh_domain *d,
			     const struct bkh_finding *f,
			     const struct bkh_request *r,
			     const struct ticket *ticket)
{
	struct sk_buff *skb;
	void *hdr;

	skb = genlmsg_new(event_room(f, r), GFP_ATOMIC | __GFP_NOWARN);
	if (!skb)
		return NULL;
	hdr = bkh_netlink_event_header(skb);
	if (!hdr || put_event(skb, d, f, r, ticket)) {
		nlmsg_free(skb);
		return NULL;
	}
	genlmsg_end(skb, hdr);
	return skb;
}

void bkh_event_report(struct bkh_domain *d, const struct bkh_finding *f,
		      const struct bkh_request *r)
{
	enum event_class class = f->audit ? CLASS_AUDITED : CLASS_DENIED;
	struct ticket ticket;
	struct sk_buff *skb;

	if (f->reason == BULKHEAD_REASON_UNREACHABLE ||
	    f->reason == BULKHEAD_REASON_TOO_LONG ||
	    f->reason == BULKHEAD_REASON_MEMORY)
		bkh_event_count_closed();
	if (!admit(d, class, r->quiet, &ticket))
		return;
	skb = build(d, f, r, &ticket);
	if (!skb) {
		count_lost(d);
		return;
	}
	skb_queue_tail(&queues[class], skb);
	schedule_work(&delivery);
}

void bkh_event_count_closed(void)
{
	atomic64_inc(&closed);
}

void bkh_event_totals(struct bkh_event_totals *totals)
{
	totals->denied = atomic64_read(&counts[CLASS_DENIED]);
	totals->audited = atomic64_read(&counts[CLASS_AUDITED]);
	totals->lost = atomic64_read(&lost);
	totals->closed = atomic64_read(&closed);
}

void bkh_event_init(void)
{
	int class;

	for (class = 0; class < CLASS_COUNT; class++)
		skb_queue_head_init(&queues[class]);
}

void bkh_event_exit(void)
{
	int class;

	flush_work(&delivery);
	for (class = 0; class < CLASS_COUNT; class++)
		skb_queue_purge(&queues[class]);
}
