// SPDX-License-Identifier: GPL-2.0-only
/*
 * The generic netlink family. Handlers are thin: who asks was checked, so read
 * the attributes (bounded by the policy below), call, reply.
 */
#include <linux/capability.h>
#include <linux/cgroup.h>
#include <linux/mm.h>
#include <linux/notifier.h>
#include <linux/nsproxy.h>
#include <linux/sched/task.h>
#include <linux/slab.h>
#include <net/genetlink.h>
#include <net/net_namespace.h>
#include <net/sock.h>

#include "domain.h"
#include "event.h"
#include "forming.h"
#include "main.h"
#include "netlink.h"
#include "ruleset.h"
#include "transaction.h"

static struct genl_family family;

static const struct nla_policy policy[BULKHEAD_A_MAX + 1] = {
	[BULKHEAD_A_EXPECT_GENERATION] = { .type = NLA_U64 },
	[BULKHEAD_A_IMAGE_SIZE] = { .type = NLA_U32 },
	[BULKHEAD_A_OFFSET] = { .type = NLA_U32 },
	[BULKHEAD_A_CHUNK] = { .type = NLA_BINARY, .len = BULKHEAD_CHUNK_MAX },
	[BULKHEAD_A_CGROUP_ID] = { .type = NLA_U64 },
	[BULKHEAD_A_POLICY] = { .type = NLA_NUL_STRING,
				.len = BKH_NAME_MAX - 1 },
	[BULKHEAD_A_PID] = { .type = NLA_U32 },
};

/* @why is a static sentence. */
static int refuse(struct netlink_ext_ack *extack, const struct nlattr *attr,
		  const char *why, int err)
{
	if (extack) {
		extack->_msg = why;
		extack->bad_attr = attr;
	}
	return err;
}

static int check_asker(const struct sk_buff *skb,
		       struct netlink_ext_ack *extack)
{
	if (!netlink_capable(skb, CAP_MAC_ADMIN))
		return refuse(extack, NULL,
			      "needs CAP_MAC_ADMIN in the initial user namespace",
			      -EPERM);
	if (!net_eq(sock_net(skb->sk), &init_net) ||
	    !net_eq(current->nsproxy->net_ns, &init_net))
		return refuse(extack, NULL,
			      "needs the initial network namespace", -EPERM);
	/* Cgroups outside of one's own namespace can't be looked up. */
	if (current->nsproxy->cgroup_ns != init_task.nsproxy->cgroup_ns)
		return refuse(extack, NULL,
			      "needs the initial cgroup namespace", -EPERM);
	if (!bkh_current_may_control())
		return refuse(extack, NULL,
			      "refused to a process inside a bound cgroup",
			      -EPERM);
	return 0;
}

static int missing(struct genl_info *info, const char *why)
{
	return refuse(info->extack, NULL, why, -EINVAL);
}

static struct sk_buff *reply_new(struct genl_info *info, u8 cmd, size_t room,
				 void **hdr)
{
	struct sk_buff *skb = genlmsg_new(room, GFP_KERNEL);

	if (!skb)
		return NULL;
	*hdr = genlmsg_put_reply(skb, info, &family, 0, cmd);
	if (!*hdr) {
		nlmsg_free(skb);
		return NULL;
	}
	return skb;
}

static int reply_send(struct genl_info *info, struct sk_buff *skb, void *hdr,
		      int err)
{
	if (err) {
		nlmsg_free(skb);
		return -EMSGSIZE;
	}
	genlmsg_end(skb, hdr);
	return genlmsg_reply(skb, info);
}

static int put_u64(struct sk_buff *skb, int attr, u64 value)
{
	return nla_put_u64_64bit(skb, attr, value, BULKHEAD_A_PAD);
}

static int do_version(struct sk_buff *skb, struct genl_info *info)
{
	struct sk_buff *reply;
	void *hdr;
	int err;

	reply = reply_new(info, BULKHEAD_CMD_VERSION, NLMSG_GOODSIZE, &hdr);
	if (!reply)
		return -ENOMEM;
	err = nla_put_u32(reply, BULKHEAD_A_ABI, BULKHEAD_ABI) ||
	      nla_put_string(reply, BULKHEAD_A_MODULE_VERSION, BKH_VERSION);
	return reply_send(info, reply, hdr, err);
}

static int put_status(struct sk_buff *skb)
{
	unsigned int planted, wanted, forming, old;
	struct bkh_ruleset_info info;
	struct bkh_event_totals totals;

	bkh_ruleset_info(&info);
	bkh_event_totals(&totals);
	bkh_count_hooks(&planted, &wanted);
	bkh_forming_count(&forming, &old);
	return put_u64(skb, BULKHEAD_A_GENERATION, info.generation) ||
	       nla_put_u32(skb, BULKHEAD_A_IMAGE_SIZE, info.image_size) ||
	       nla_put_u32(skb, BULKHEAD_A_POLICIES, info.policies) ||
	       nla_put_u32(skb, BULKHEAD_A_BINDINGS, info.bindings) ||
	       nla_put_u32(skb, BULKHEAD_A_NR_DOMAINS, bkh_domains_count()) ||
	       nla_put_u32(skb, BULKHEAD_A_NR_FORMING, forming) ||
	       nla_put_u32(skb, BULKHEAD_A_NR_FORMING_OLD, old) ||
	       nla_put_u32(skb, BULKHEAD_A_HOOKS_PLANTED, planted) ||
	       nla_put_u32(skb, BULKHEAD_A_HOOKS_WANTED, wanted) ||
	       put_u64(skb, BULKHEAD_A_DENIED, totals.denied) ||
	       put_u64(skb, BULKHEAD_A_AUDITED, totals.audited) ||
	       put_u64(skb, BULKHEAD_A_LOST, totals.lost) ||
	       put_u64(skb, BULKHEAD_A_CLOSED, totals.closed);
}

static int do_status(struct sk_buff *skb, struct genl_info *info)
{
	struct sk_buff *reply;
	void *hdr;

	reply = reply_new(info, BULKHEAD_CMD_STATUS, NLMSG_GOODSIZE, &hdr);
	if (!reply)
		return -ENOMEM;
	return reply_send(info, reply, hdr, put_status(reply));
}

static int do_begin(struct sk_buff *skb, struct genl_info *info)
{
	const char *why;
	int err;

	if (!info->attrs[BULKHEAD_A_IMAGE_SIZE])
		return missing(info, "BEGIN needs the size of the ruleset");
	err = bkh_transaction_begin(
		info->snd_portid,
		nla_get_u32(info->attrs[BULKHEAD_A_IMAGE_SIZE]), &why);
	return err ? refuse(info->extack, NULL, why, err) : 0;
}

static int do_append(struct sk_buff *skb, struct genl_info *info)
{
	const struct nlattr *offset = info->attrs[BULKHEAD_A_OFFSET];
	const struct nlattr *chunk = info->attrs[BULKHEAD_A_CHUNK];
	const char *why;
	int err;

	if (!offset || !chunk)
		return missing(info, "APPEND needs an offset and a chunk");
	err = bkh_transaction_append(info->snd_portid, nla_get_u32(offset),
				     nla_data(chunk), nla_len(chunk), &why);
	return err ? refuse(info->extack, NULL, why, err) : 0;
}

/* Verified without any lock of ours: it takes a while. */
static struct bkh_image *commit_image(u32 portid, const char **why)
{
	struct bkh_image *image;
	void *data;
	u32 size;

	data = bkh_transaction_take(portid, &size, why);
	if (!data)
		return ERR_PTR(-EINVAL);
	image = bkh_image_create(data, size, why);
	if (IS_ERR(image))
		kvfree(data);
	return image;
}

static int commit(struct genl_info *info, u64 *generation)
{
	const struct nlattr *expect =
		info->attrs[BULKHEAD_A_EXPECT_GENERATION];
	struct bkh_image *image;
	const char *why = "out of memory";
	u64 expected = expect ? nla_get_u64(expect) : 0;
	int err;

	image = commit_image(info->snd_portid, &why);
	if (IS_ERR(image))
		return refuse(info->extack, NULL, why, PTR_ERR(image));
	err = bkh_ruleset_apply(image, expect ? &expected : NULL, generation,
				&why);
	if (err) {
		bkh_image_put(image);
		return refuse(info->extack, NULL, why, err);
	}
	return 0;
}

static int do_commit(struct sk_buff *skb, struct genl_info *info)
{
	struct sk_buff *reply;
	u64 generation;
	void *hdr;
	int err;

	/* First of all, so that nothing can fail once the switch is made. */
	reply = reply_new(info, BULKHEAD_CMD_COMMIT, NLMSG_GOODSIZE, &hdr);
	if (!reply)
		return -ENOMEM;
	err = commit(info, &generation);
	if (err) {
		nlmsg_free(reply);
		return err;
	}
	return reply_send(info, reply, hdr,
			  put_u64(reply, BULKHEAD_A_GENERATION, generation));
}

static int do_abort(struct sk_buff *skb, struct genl_info *info)
{
	const char *why;
	int err;

	err = bkh_transaction_abort(info->snd_portid, &why);
	return err ? refuse(info->extack, NULL, why, err) : 0;
}

/* A sender that dies takes its transaction along. */
static int on_netlink_release(struct notifier_block *nb, unsigned long action,
			      void *data)
{
	struct netlink_notify *n = data;
	const char *why;

	if (action == NETLINK_URELEASE && n->protocol == NETLINK_GENERIC &&
	    net_eq(n->net, &init_net) && n->portid)
		bkh_transaction_abort(n->portid, &why);
	return NOTIFY_DONE;
}

static struct notifier_block release_notifier = {
	.notifier_call = on_netlink_release,
};

static int put_chunk(struct sk_buff *skb, const struct bkh_image *image,
		     u64 generation, u32 offset)
{
	u32 len = min_t(u32, image->size - offset, BULKHEAD_CHUNK_MAX);

	return put_u64(skb, BULKHEAD_A_GENERATION, generation) ||
	       nla_put_u32(skb, BULKHEAD_A_IMAGE_SIZE, image->size) ||
	       nla_put_u32(skb, BULKHEAD_A_OFFSET, offset) ||
	       nla_put(skb, BULKHEAD_A_CHUNK, len,
		       (const u8 *)image->hdr + offset);
}

static int read_image(struct genl_info *info, const struct bkh_image *image,
		      u64 generation)
{
	const struct nlattr *attr = info->attrs[BULKHEAD_A_OFFSET];
	u32 offset = attr ? nla_get_u32(attr) : 0;
	struct sk_buff *reply;
	void *hdr;

	if (offset >= image->size)
		return refuse(info->extack, attr, "offset is beyond the ruleset",
			      -EINVAL);
	reply = reply_new(info, BULKHEAD_CMD_READ, BULKHEAD_CHUNK_MAX + 256,
			  &hdr);
	if (!reply)
		return -ENOMEM;
	return reply_send(info, reply, hdr,
			  put_chunk(reply, image, generation, offset));
}

static int do_read(struct sk_buff *skb, struct genl_info *info)
{
	struct bkh_image *image;
	u64 generation;
	int err;

	image = bkh_ruleset_image(&generation);
	if (!image)
		return refuse(info->extack, NULL, "no ruleset is in force",
			      -ENODATA);
	err = read_image(info, image, generation);
	bkh_image_put(image);
	return err;
}

static int do_bind(struct sk_buff *skb, struct genl_info *info)
{
	const char *why = "out of memory";
	const char *name = NULL;
	int err;

	if (!info->attrs[BULKHEAD_A_CGROUP_ID])
		return missing(info, "the id of the cgroup is missing");
	if (info->genlhdr->cmd == BULKHEAD_CMD_BIND) {
		if (!info->attrs[BULKHEAD_A_POLICY])
			return missing(info, "the name of the policy is missing");
		name = nla_data(info->attrs[BULKHEAD_A_POLICY]);
	}
	err = bkh_ruleset_bind(nla_get_u64(info->attrs[BULKHEAD_A_CGROUP_ID]),
			       name, &why);
	return err ? refuse(info->extack, NULL, why, err) : 0;
}

static int do_arm(struct sk_buff *skb, struct genl_info *info)
{
	int err;

	if (!info->attrs[BULKHEAD_A_PID])
		return missing(info, "the pid is missing");
	err = bkh_forming_arm(nla_get_u32(info->attrs[BULKHEAD_A_PID]));
	return err ? refuse(info->extack, NULL, "that task is not forming",
			    err) : 0;
}

static int put_cgroup_path(struct sk_buff *skb, u64 cgid, char *path)
{
	struct cgroup *cgrp = cgroup_get_from_id(cgid);
	bool whole;

	/* Removed, with sockets left: there is no path to show. */
	if (IS_ERR_OR_NULL(cgrp))
		return 0;
	whole = bkh_cgroup_path(cgrp, path);
	cgroup_put(cgrp);
	if (!whole)
		return 0;
	return nla_put_string(skb, BULKHEAD_A_CGROUP_PATH, path);
}

static u32 domain_flags(const struct bkh_domain *d)
{
	u32 flags = d->flags[READ_ONCE(bkh_epoch)];

	return READ_ONCE(d->dead) ? flags | BULKHEAD_DOMAIN_DEAD : flags;
}

static int put_domain(struct sk_buff *skb, struct bkh_domain *d,
		      const struct bkh_stack *stack, char *path)
{
	u32 i;

	if (put_u64(skb, BULKHEAD_A_CGROUP_ID, d->cgid) ||
	    nla_put_u32(skb, BULKHEAD_A_DOMAIN_FLAGS, domain_flags(d)) ||
	    nla_put_u32(skb, BULKHEAD_A_NR_FORMING, atomic_read(&d->forming)) ||
	    put_u64(skb, BULKHEAD_A_DENIED, READ_ONCE(d->denied)) ||
	    put_u64(skb, BULKHEAD_A_AUDITED, READ_ONCE(d->audited)) ||
	    put_u64(skb, BULKHEAD_A_LOST, READ_ONCE(d->lost)) ||
	    put_cgroup_path(skb, d->cgid, path))
		return -EMSGSIZE;
	for (i = 0; i < stack->count; i++)
		if (nla_put_string(skb, BULKHEAD_A_POLICY,
				   stack->policies[i]->hdr->name))
			return -EMSGSIZE;
	return 0;
}

static int dump_domain(struct sk_buff *skb, struct netlink_callback *cb,
		       struct bkh_domain *d, char *path)
{
	const struct bkh_stack *stack = bkh_domain_stack(d);
	void *hdr;

	if (!stack)
		return 0;
	hdr = genlmsg_put(skb, NETLINK_CB(cb->skb).portid, cb->nlh->nlmsg_seq,
			  &family, NLM_F_MULTI, BULKHEAD_CMD_DOMAINS);
	if (!hdr)
		return -EMSGSIZE;
	if (put_domain(skb, d, stack, path)) {
		genlmsg_cancel(skb, hdr);
		return -EMSGSIZE;
	}
	genlmsg_end(skb, hdr);
	return 0;
}

/* args[0]: bucket to go on with; args[1]: entries of it that are done. */
static int dump_domains(struct sk_buff *skb, struct netlink_callback *cb)
{
	char *path = kmalloc(PATH_MAX, GFP_KERNEL);
	unsigned long bucket;
	int err = 0;

	if (!path)
		return -ENOMEM;
	rcu_read_lock();
	for (bucket = cb->args[0]; bucket < ARRAY_SIZE(bkh_domain_hash);
	     bucket++) {
		struct bkh_domain *d;
		long i = 0;

		hlist_for_each_entry_rcu(d, &bkh_domain_hash[bucket], node) {
			if (i++ < cb->args[1])
				continue;
			err = dump_domain(skb, cb, d, path);
			if (err)
				goto out;
			cb->args[1] = i;
		}
		cb->args[1] = 0;
	}
out:
	cb->args[0] = bucket;
	rcu_read_unlock();
	kfree(path);
	/* One that fits no message is an error, not the end of the list. */
	return skb->len ? skb->len : err;
}

static int put_forming(struct sk_buff *skb, struct netlink_callback *cb,
		       const struct bkh_forming_info *f)
{
	void *hdr;

	hdr = genlmsg_put(skb, NETLINK_CB(cb->skb).portid, cb->nlh->nlmsg_seq,
			  &family, NLM_F_MULTI, BULKHEAD_CMD_FORMING);
	if (!hdr)
		return -EMSGSIZE;
	if (nla_put_u32(skb, BULKHEAD_A_PID, f->pid) ||
	    put_u64(skb, BULKHEAD_A_CGROUP_ID, f->cgid) ||
	    put_u64(skb, BULKHEAD_A_AGE, f->age_ms)) {
		genlmsg_cancel(skb, hdr);
		return -EMSGSIZE;
	}
	genlmsg_end(skb, hdr);
	return 0;
}

/* args[0]: entries that are done. */
static int dump_forming(struct sk_buff *skb, struct netlink_callback *cb)
{
	struct bkh_forming_info batch[16];
	unsigned int n, i;

	do {
		n = bkh_forming_list(cb->args[0], batch, ARRAY_SIZE(batch));
		for (i = 0; i < n; i++) {
			if (put_forming(skb, cb, &batch[i]))
				return skb->len ? skb->len : -EMSGSIZE;
			cb->args[0]++;
		}
	} while (n == ARRAY_SIZE(batch));
	return skb->len;
}

/* Ahead of every handler, so that none can forget to ask. */
static int pre_doit(const bkh_doit_ops *op, struct sk_buff *skb,
		    struct genl_info *info)
{
	return check_asker(skb, info->extack);
}

static int dump_start(struct netlink_callback *cb)
{
	return check_asker(cb->skb, cb->extack);
}

#define OP_DO(CMD, FN)		{ .cmd = (CMD), .doit = (FN) }
#define OP_DUMP(CMD, FN)	{ .cmd = (CMD), .start = dump_start, .dumpit = (FN) }

static const struct genl_ops ops[] = {
	OP_DO(BULKHEAD_CMD_VERSION, do_version),
	OP_DO(BULKHEAD_CMD_STATUS, do_status),
	OP_DO(BULKHEAD_CMD_BEGIN, do_begin),
	OP_DO(BULKHEAD_CMD_APPEND, do_append),
	OP_DO(BULKHEAD_CMD_COMMIT, do_commit),
	OP_DO(BULKHEAD_CMD_ABORT, do_abort),
	OP_DO(BULKHEAD_CMD_READ, do_read),
	OP_DUMP(BULKHEAD_CMD_DOMAINS, dump_domains),
	OP_DO(BULKHEAD_CMD_BIND, do_bind),
	OP_DO(BULKHEAD_CMD_UNBIND, do_bind),
	OP_DUMP(BULKHEAD_CMD_FORMING, dump_forming),
	OP_DO(BULKHEAD_CMD_ARM, do_arm),
};

/* The kernel checks the subscriber's capability in the initial namespaces. */
static const struct genl_multicast_group groups[] = {
	[BKH_GROUP_DENIED] = {
		.name = BULKHEAD_MCGRP_DENIED,
		.flags = GENL_MCAST_CAP_SYS_ADMIN,
	},
	[BKH_GROUP_AUDITED] = {
		.name = BULKHEAD_MCGRP_AUDITED,
		.flags = GENL_MCAST_CAP_SYS_ADMIN,
	},
};

static struct genl_family family = {
	.name = BULKHEAD_GENL_NAME,
	.version = BULKHEAD_GENL_VERSION,
	.maxattr = BULKHEAD_A_MAX,
	.policy = policy,
	.ops = ops,
	.n_ops = ARRAY_SIZE(ops),
	.pre_doit = pre_doit,
	.resv_start_op = BULKHEAD_CMD_UNSPEC + 1,
	.mcgrps = groups,
	.n_mcgrps = ARRAY_SIZE(groups),
	.module = THIS_MODULE,
};

void *bkh_netlink_event_header(struct sk_buff *skb)
{
	return genlmsg_put(skb, 0, 0, &family, 0, BULKHEAD_CMD_EVENT);
}

void bkh_netlink_multicast(struct sk_buff *skb, enum bkh_group group)
{
	/* Nobody listening is no error; what was denied has been counted. */
	genlmsg_multicast(&family, skb, 0, group, GFP_KERNEL);
}

int bkh_netlink_init(void)
{
	int err;

	err = netlink_register_notifier(&release_notifier);
	if (err)
		return err;
	err = genl_register_family(&family);
	if (err)
		netlink_unregister_notifier(&release_notifier);
	return err;
}

void bkh_netlink_exit(void)
{
	genl_unregister_family(&family);
	netlink_unregister_notifier(&release_notifier);
	bkh_transaction_drop();
}
