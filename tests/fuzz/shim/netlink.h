/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Netlink as kernel/netlink.c meets it: messages, attributes and their policy,
 * the dispatch of generic netlink, on one thread. What decides follows 6.1 and
 * 6.12 statement by statement: lib/nlattr.c, include/net/netlink.h,
 * net/netlink/genetlink.c. A buffer has no byte more than was asked for.
 */
#ifndef FUZZ_SHIM_NETLINK_H
#define FUZZ_SHIM_NETLINK_H

#include <linux/genetlink.h>
#include <linux/netlink.h>

#include "kernel.h"

#define THIS_MODULE	NULL
#define CAP_MAC_ADMIN	33

struct net {
	bool initial;
};

extern struct net init_net;

struct sock {
	struct net *net;
	bool capable;
};

#define net_eq(a, b)	((a) == (b))
#define sock_net(sk)	((sk)->net)

struct netlink_ext_ack {
	const char *_msg;
	const struct nlattr *bad_attr;
};

static inline int nl_refuse(struct netlink_ext_ack *extack, const struct nlattr *attr,
			    const char *why, int err)
{
	extack->_msg = why;
	extack->bad_attr = attr;
	return err;
}

/* Buffers; those that live are counted. */
struct netlink_skb_parms {
	u32 portid;
};

struct sk_buff {
	struct sock *sk;
	struct netlink_skb_parms parms;
	unsigned int len, room;
	unsigned char *data;
};

#define NETLINK_CB(skb)	((skb)->parms)

extern int shim_skbs;

static inline struct sk_buff *alloc_skb(size_t room, int flags)
{
	struct sk_buff *skb;

	(void)flags;
	if (shim_no_memory(room))
		return NULL;
	skb = calloc(1, sizeof(*skb));
	skb->room = room;
	skb->data = malloc(room);
	shim_skbs++;
	return skb;
}

static inline void kfree_skb(struct sk_buff *skb)
{
	free(skb->data);
	free(skb);
	shim_skbs--;
}

#define nlmsg_free(skb) kfree_skb(skb)

static inline int skb_tailroom(const struct sk_buff *skb)
{
	return skb->room - skb->len;
}

/* The kernel panics as well. */
static inline void *skb_put(struct sk_buff *skb, unsigned int len)
{
	void *at = skb->data + skb->len;

	if (len > skb->room - skb->len)
		abort();
	skb->len += len;
	return at;
}

/* Attributes, read. */
static inline int nla_type(const struct nlattr *nla)
{
	return nla->nla_type & NLA_TYPE_MASK;
}

static inline int nla_len(const struct nlattr *nla)
{
	return nla->nla_len - NLA_HDRLEN;
}

static inline void *nla_data(const struct nlattr *nla)
{
	return (char *)nla + NLA_HDRLEN;
}

static inline bool nla_ok(const struct nlattr *nla, int remaining)
{
	return remaining >= (int)sizeof(*nla) && nla->nla_len >= sizeof(*nla) &&
	       nla->nla_len <= remaining;
}

static inline const struct nlattr *nla_next(const struct nlattr *nla, int *remaining)
{
	unsigned int total = NLA_ALIGN(nla->nla_len);

	*remaining -= total;
	return (const struct nlattr *)((const char *)nla + total);
}

/* Loads what the type is wide, whatever the attribute's length: that is the policy's to see to. */
static inline u32 nla_get_u32(const struct nlattr *nla)
{
	return *(const u32 *)nla_data(nla);
}

static inline u64 nla_get_u64(const struct nlattr *nla)
{
	u64 value = 0;

	memcpy(&value, nla_data(nla), nla_len(nla) < 8 ? nla_len(nla) : 8);
	return value;
}

/*
 * Their policy. Types that no table of ours names are missing, and so are the
 * fields for ranges and masks: whoever needs one adds it, with what it decides.
 */
enum {
	NLA_UNSPEC,
	NLA_U8,
	NLA_U16,
	NLA_U32,
	NLA_U64,
	NLA_STRING,
	NLA_NUL_STRING,
	NLA_BINARY,
};

struct nla_policy {
	u8 type;
	u16 len;
};

/* Always strict: no operation of ours asks for less, and the dispatcher checks that. */
static inline int nla_validate(const struct nlattr *nla, const struct nla_policy *pt,
			       struct netlink_ext_ack *extack)
{
	static const u8 exact[] = { [NLA_U8] = 1, [NLA_U16] = 2, [NLA_U32] = 4, [NLA_U64] = 8,
				    [NLA_BINARY] = 0 };
	int attrlen = nla_len(nla), minlen;
	const char *data = nla_data(nla);

	if (exact[pt->type] && attrlen != exact[pt->type])
		return nl_refuse(extack, nla, "invalid attribute length", -EINVAL);
	if (pt->type != NLA_UNSPEC && nla->nla_type & NLA_F_NESTED)
		return nl_refuse(extack, nla, "NLA_F_NESTED not expected", -EINVAL);
	switch (pt->type) {
	case NLA_UNSPEC:
		return nl_refuse(extack, nla, "Unsupported attribute", -EINVAL);
	case NLA_NUL_STRING:
		minlen = pt->len ? min_t(int, attrlen, pt->len + 1) : attrlen;
		if (!minlen || !memchr(data, 0, minlen))
			return nl_refuse(extack, nla, "Attribute failed policy validation", -EINVAL);
		/* fall through */
	case NLA_STRING:
		if (attrlen < 1)
			return nl_refuse(extack, nla, "Attribute failed policy validation", -ERANGE);
		if (pt->len && attrlen - !data[attrlen - 1] > pt->len)
			return nl_refuse(extack, nla, "Attribute failed policy validation", -ERANGE);
		return 0;
	case NLA_BINARY:
		if (pt->len && attrlen > pt->len)
			return nl_refuse(extack, nla, "Attribute failed policy validation", -ERANGE);
		return 0;
	default:
		if (attrlen < (pt->len ? pt->len : exact[pt->type]))
			return nl_refuse(extack, nla, "Attribute failed policy validation", -ERANGE);
		return 0;
	}
}

static inline int nla_parse(const struct nlattr **tb, int maxtype, const struct nlattr *head,
			    int len, const struct nla_policy *policy,
			    struct netlink_ext_ack *extack)
{
	const struct nlattr *nla = head;
	int rem = len;

	for (; nla_ok(nla, rem); nla = nla_next(nla, &rem)) {
		int type = nla_type(nla), err;

		if (!type || type > maxtype)
			return nl_refuse(extack, nla, "Unknown attribute type", -EINVAL);
		err = nla_validate(nla, &policy[type], extack);
		if (err)
			return err;
		tb[type] = nla;
	}
	if (rem > 0)
		return nl_refuse(extack, NULL, "bytes leftover after parsing attributes", -EINVAL);
	return 0;
}

/* Attributes and messages, written. */
static inline int nla_put(struct sk_buff *skb, int type, int len, const void *data)
{
	unsigned int size = NLA_HDRLEN + len;
	struct nlattr *nla;

	if (skb_tailroom(skb) < (int)NLA_ALIGN(size))
		return -EMSGSIZE;
	nla = skb_put(skb, NLA_ALIGN(size));
	*nla = (struct nlattr){ .nla_type = type, .nla_len = size };
	memset((char *)nla + size, 0, NLA_ALIGN(size) - size);
	if (len)
		memcpy(nla_data(nla), data, len);
	return 0;
}

static inline int nla_put_u32(struct sk_buff *skb, int type, u32 value)
{
	return nla_put(skb, type, sizeof(value), &value);
}

/* Where words may lie anywhere, as on x86, there is no padding. */
static inline int nla_put_u64_64bit(struct sk_buff *skb, int type, u64 value, int pad)
{
	(void)pad;
	return nla_put(skb, type, sizeof(value), &value);
}

static inline int nla_put_string(struct sk_buff *skb, int type, const char *string)
{
	return nla_put(skb, type, strlen(string) + 1, string);
}

#define NLMSG_GOODSIZE 3776	/* a page less what a buffer has at its end */

/* Generic netlink. */
#define GENL_MCAST_CAP_SYS_ADMIN 2

struct genl_info {
	u32 snd_seq, snd_portid;
	const struct nlmsghdr *nlhdr;
	struct genlmsghdr *genlhdr;
	const struct nlattr **attrs;
	struct netlink_ext_ack *extack;
};

struct netlink_callback {
	struct sk_buff *skb;
	const struct nlmsghdr *nlh;
	struct netlink_ext_ack *extack;
	long args[6];
};

struct genl_ops {
	int (*doit)(struct sk_buff *skb, struct genl_info *info);
	int (*start)(struct netlink_callback *cb);
	int (*dumpit)(struct sk_buff *skb, struct netlink_callback *cb);
	u8 cmd, flags, validate;
};

typedef struct genl_ops bkh_doit_ops;

struct genl_multicast_group {
	char name[GENL_NAMSIZ];
	u8 flags;
};

struct genl_family {
	char name[GENL_NAMSIZ];
	unsigned int id, hdrsize, version, maxattr, n_ops, n_mcgrps;
	u8 resv_start_op;
	const struct nla_policy *policy;
	const struct genl_ops *ops;
	int (*pre_doit)(const bkh_doit_ops *op, struct sk_buff *skb, struct genl_info *info);
	const struct genl_multicast_group *mcgrps;
	void *module;
};

static inline struct sk_buff *genlmsg_new(size_t payload, int flags)
{
	return alloc_skb(NLMSG_ALIGN(NLMSG_HDRLEN + NLMSG_ALIGN(GENL_HDRLEN + payload)), flags);
}

static inline void *genlmsg_put(struct sk_buff *skb, u32 portid, u32 seq,
				const struct genl_family *family, int flags, u8 cmd)
{
	unsigned int size = NLMSG_HDRLEN + GENL_HDRLEN;
	struct nlmsghdr *nlh;

	if (skb_tailroom(skb) < (int)size)
		return NULL;
	nlh = skb_put(skb, size);
	*nlh = (struct nlmsghdr){ size, family->id, flags, seq, portid };
	*(struct genlmsghdr *)NLMSG_DATA(nlh) = (struct genlmsghdr){ cmd, family->version, 0 };
	return (char *)nlh + size;
}

static inline void *genlmsg_put_reply(struct sk_buff *skb, const struct genl_info *info,
				      const struct genl_family *family, int flags, u8 cmd)
{
	return genlmsg_put(skb, info->snd_portid, info->snd_seq, family, flags, cmd);
}

static inline struct nlmsghdr *genl_nlmsghdr(void *hdr)
{
	return (struct nlmsghdr *)((char *)hdr - GENL_HDRLEN - NLMSG_HDRLEN);
}

static inline void genlmsg_end(struct sk_buff *skb, void *hdr)
{
	struct nlmsghdr *nlh = genl_nlmsghdr(hdr);

	nlh->nlmsg_len = skb->data + skb->len - (unsigned char *)nlh;
}

static inline void genlmsg_cancel(struct sk_buff *skb, void *hdr)
{
	skb->len = (unsigned char *)genl_nlmsghdr(hdr) - skb->data;
}

/* What the test does with what comes out; both take over @skb. */
int genlmsg_reply(struct sk_buff *skb, struct genl_info *info);
int genlmsg_multicast(const struct genl_family *family, struct sk_buff *skb, u32 portid,
		      unsigned int group, int flags);

static inline bool netlink_capable(const struct sk_buff *skb, int cap)
{
	if (cap != CAP_MAC_ADMIN)
		abort();
	return skb->sk->capable;
}

/* Registration; it may fail for want of memory. */
#define NETLINK_URELEASE 1

struct netlink_notify {
	struct net *net;
	u32 portid;
	int protocol;
};

extern struct genl_family *shim_family;
extern struct notifier_block *shim_notifier;

static inline int genl_register_family(struct genl_family *family)
{
	if (shim_no_memory(sizeof(*family)))
		return -ENOMEM;
	family->id = 30;
	shim_family = family;
	return 0;
}

static inline void genl_unregister_family(struct genl_family *family)
{
	if (shim_family != family)
		abort();
	shim_family = NULL;
}

static inline int netlink_register_notifier(struct notifier_block *nb)
{
	if (shim_no_memory(sizeof(*nb)))
		return -ENOMEM;
	shim_notifier = nb;
	return 0;
}

static inline void netlink_unregister_notifier(struct notifier_block *nb)
{
	if (shim_notifier != nb)
		abort();
	shim_notifier = NULL;
}

/* Dispatch. */
static inline const struct genl_ops *genl_find(const struct genl_family *family, u8 cmd)
{
	unsigned int i;

	for (i = 0; i < family->n_ops; i++)
		if (family->ops[i].cmd == cmd)
			return &family->ops[i];
	return NULL;
}

static inline int genl_parse(const struct genl_family *family, const struct nlmsghdr *nlh,
			     const struct nlattr **tb, struct netlink_ext_ack *extack)
{
	unsigned int head = NLMSG_HDRLEN + GENL_HDRLEN;

	memset(tb, 0, sizeof(*tb) * (family->maxattr + 1));
	return nla_parse(tb, family->maxattr, (const struct nlattr *)((const char *)nlh + head),
			 nlh->nlmsg_len - head, family->policy, extack);
}

static inline int genl_header_check(const struct genl_family *family, const struct nlmsghdr *nlh,
				    const struct genlmsghdr *hdr, struct netlink_ext_ack *extack)
{
	u16 flags = nlh->nlmsg_flags;

	if (hdr->cmd < family->resv_start_op)
		return 0;
	if (hdr->reserved)
		return nl_refuse(extack, NULL, "genlmsghdr.reserved field is not 0", -EINVAL);
	if ((flags & NLM_F_DUMP) == NLM_F_DUMP)
		flags &= ~NLM_F_DUMP;
	if (flags & ~(NLM_F_REQUEST | NLM_F_ACK | NLM_F_ECHO))
		return nl_refuse(extack, NULL, "ambiguous or reserved bits set in nlmsg_flags", -EINVAL);
	return 0;
}

/* Sets @op once the message may go to it; an errno otherwise. */
static inline int genl_admit(const struct sk_buff *skb, const struct genl_ops **op,
			     const struct nlattr **tb, struct netlink_ext_ack *extack)
{
	const struct nlmsghdr *nlh = (const struct nlmsghdr *)skb->data;
	const struct genlmsghdr *hdr = NLMSG_DATA(nlh);

	if (!net_eq(sock_net(skb->sk), &init_net))
		return -ENOENT;
	if (nlh->nlmsg_len < NLMSG_HDRLEN + GENL_HDRLEN ||
	    genl_header_check(shim_family, nlh, hdr, extack))
		return -EINVAL;
	*op = genl_find(shim_family, hdr->cmd);
	if (!*op)
		return -EOPNOTSUPP;
	/* Neither is in use: whoever sets one adds what it decides. */
	if ((*op)->flags || (*op)->validate || shim_family->hdrsize)
		abort();
	if ((nlh->nlmsg_flags & NLM_F_DUMP) == NLM_F_DUMP ? !(*op)->dumpit : !(*op)->doit)
		return -EOPNOTSUPP;
	return genl_parse(shim_family, nlh, tb, extack);
}

static inline int genl_do(struct sk_buff *skb, const struct genl_ops *op,
			  const struct nlattr **tb, struct netlink_ext_ack *extack)
{
	struct nlmsghdr *nlh = (struct nlmsghdr *)skb->data;
	struct genl_info info = {
		.snd_seq = nlh->nlmsg_seq,
		.snd_portid = NETLINK_CB(skb).portid,
		.nlhdr = nlh,
		.genlhdr = NLMSG_DATA(nlh),
		.attrs = tb,
		.extack = extack,
	};
	int err = shim_family->pre_doit(op, skb, &info);

	return err ? err : op->doit(skb, &info);
}

#endif /* FUZZ_SHIM_NETLINK_H */
