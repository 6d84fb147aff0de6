/* SPDX-License-Identifier: GPL-2.0-only */
/* The generic netlink family: requests in, events out. */
#ifndef BKH_NETLINK_H
#define BKH_NETLINK_H

struct sk_buff;

/* Indices of the multicast groups. */
enum bkh_group {
	BKH_GROUP_DENIED,
	BKH_GROUP_AUDITED,
};

int bkh_netlink_init(void);

/* No request is under way when it returns. May sleep. */
void bkh_netlink_exit(void);

/* Begin an event message; NULL if @skb has no room. Any context. */
void *bkh_netlink_event_header(struct sk_buff *skb);

/* Takes over @skb. May sleep. */
void bkh_netlink_multicast(struct sk_buff *skb, enum bkh_group group);

#endif /* BKH_NETLINK_H */
