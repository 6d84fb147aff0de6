/* SPDX-License-Identifier: GPL-2.0-only */
/* What client.c and event.c share: attribute bounds, replies, refusals. */
#ifndef BULKHEAD_NETLINK_H
#define BULKHEAD_NETLINK_H

#include <netlink/attr.h>
#include <netlink/msg.h>
#include <netlink/netlink.h>

#include <linux/bulkhead.h>

/* Type and length of every attribute; what is malformed is refused whole. */
extern const struct nla_policy bulkhead_attrs[BULKHEAD_A_MAX + 1];

/* Attributes of a message of our family, checked; -EBADMSG. */
int netlink_parse(struct nlmsghdr *nlh, struct nlattr *attrs[BULKHEAD_A_MAX + 1]);

/* Whether the kernel sent @msg, and not another process. */
int netlink_from_kernel(struct nl_msg *msg, void *arg);

/* The kernel's words about a refused request, or NULL; bounded by @err. */
const char *netlink_extack(const struct nlmsgerr *err, size_t len, size_t *why_len);

static inline uint64_t netlink_u64(struct nlattr *attr)
{
	return attr ? nla_get_u64(attr) : 0;
}

static inline uint32_t netlink_u32(struct nlattr *attr)
{
	return attr ? nla_get_u32(attr) : 0;
}

#endif /* BULKHEAD_NETLINK_H */
