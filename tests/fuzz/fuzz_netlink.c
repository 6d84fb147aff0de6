// SPDX-License-Identifier: GPL-2.0-only
/*
 * The module's side of netlink: kernel/netlink.c as it is, with the
 * transactions behind it, asked by three sockets. What it answers has to be
 * byte by byte what the lists of netlink_world.h hold.
 *
 * The first byte may have the registration fail. Then an op a byte, its
 * arguments behind: see step(). A message is its command, flags, what bends
 * it, two bytes for the length, and the attributes as message.h has them.
 */
#include <linux/genetlink.h>
#include <linux/bulkhead.h>

#include <unistd.h>

#include "message.h"

#include "kernel/netlink.c"
#include "kernel/transaction.c"
#include "kernel/image.c"

#include "netlink_want.h"

/* Flags of a message. */
#define DUMP		1
#define INCAPABLE	2
#define OTHER_NET	4	/* the task's */
#define OTHER_SOCKET	8	/* the socket's */
#define OTHER_CGROUP	16
#define CONFINED	32
#define MALFORMED	64
#define UNTOLD		128	/* nobody to say to why */

#define SOCKETS 3

/* A dump under way, by socket. */
static struct dump {
	struct sk_buff *request;
	const struct genl_ops *op;
	struct netlink_callback cb;
	unsigned int changes;
	bool seen[ENTRIES_MAX];
} dumps[SOCKETS + 1];

static struct sock sockets[SOCKETS + 1];
static struct sk_buff *reply, *event;
static u32 next_seq;

/* By command: what was done as told (a dump: to its end), and what was refused. */
static unsigned long done[BULKHEAD_CMD_MAX + 1], refused[BULKHEAD_CMD_MAX + 1];

int genlmsg_reply(struct sk_buff *skb, struct genl_info *info)
{
	(void)info;
	must(!reply);
	reply = skb;
	return 0;
}

int genlmsg_multicast(const struct genl_family *f, struct sk_buff *skb, u32 portid,
		      unsigned int group, int flags)
{
	(void)flags;
	must(f == shim_family && !portid && group < f->n_mcgrps && !event);
	must(f->mcgrps[group].flags == GENL_MCAST_CAP_SYS_ADMIN);
	event = skb;
	return world.answer;
}

/* The last one of a type, whose length and place are known to be good by now. */
static const struct nlattr *attr_of(const struct nlmsghdr *nlh, int type)
{
	const u8 *at = (const u8 *)nlh + 20, *end = (const u8 *)nlh + nlh->nlmsg_len;
	const struct nlattr *found = NULL;

	while (at < end) {
		const struct nlattr *attr = (const struct nlattr *)at;

		if ((attr->nla_type & 0x3fff) == type)
			found = attr;
		at += (attr->nla_len + 3) & ~3;
	}
	return found;
}

static u64 number_of(const struct nlattr *attr)
{
	u64 value = 0;

	must(!attr || attr->nla_len <= 4 + sizeof(value));
	if (attr)
		memcpy(&value, attr + 1, attr->nla_len - 4);
	return value;
}

static bool is_forming(pid_t pid)
{
	unsigned int i;

	for (i = 0; i < world.n_formings; i++)
		if (world.formings[i].pid == pid)
			return true;
	return false;
}

static bool may_append(const struct nlmsghdr *nlh, u32 socket)
{
	const struct nlattr *offset = attr_of(nlh, BULKHEAD_A_OFFSET);
	const struct nlattr *chunk = attr_of(nlh, BULKHEAD_A_CHUNK);

	return offset && chunk && transaction.portid == socket &&
	       number_of(offset) == transaction.filled && chunk->nla_len > 4 &&
	       chunk->nla_len - 4U <= transaction.size - transaction.filled;
}

static bool may_commit(const struct nlmsghdr *nlh, u32 socket)
{
	const struct nlattr *expect = attr_of(nlh, BULKHEAD_A_EXPECT_GENERATION);
	const char *why;

	return transaction.portid == socket && transaction.filled == transaction.size &&
	       bkh_image_verify(transaction.data, transaction.size, &why) &&
	       (!expect || number_of(expect) == world.generation);
}

/* Unless there's trouble. */
static bool may_succeed(u8 cmd, const struct nlmsghdr *nlh, u32 socket)
{
	u64 size = number_of(attr_of(nlh, BULKHEAD_A_IMAGE_SIZE));

	switch (cmd) {
	case BULKHEAD_CMD_BEGIN:
		return size && size <= BKH_IMAGE_MAX && !transaction.portid;
	case BULKHEAD_CMD_APPEND:
		return may_append(nlh, socket);
	case BULKHEAD_CMD_COMMIT:
		return may_commit(nlh, socket);
	case BULKHEAD_CMD_ABORT:
		return transaction.portid == socket;
	case BULKHEAD_CMD_READ:
		return world.image && number_of(attr_of(nlh, BULKHEAD_A_OFFSET)) < world.image->size;
	case BULKHEAD_CMD_BIND:
		return attr_of(nlh, BULKHEAD_A_CGROUP_ID) && attr_of(nlh, BULKHEAD_A_POLICY);
	case BULKHEAD_CMD_UNBIND:
		return attr_of(nlh, BULKHEAD_A_CGROUP_ID);
	case BULKHEAD_CMD_ARM:
		return attr_of(nlh, BULKHEAD_A_PID) &&
		       is_forming(number_of(attr_of(nlh, BULKHEAD_A_PID)));
	}
	return true;
}

static void want_reply(u8 cmd, const struct nlmsghdr *nlh, u32 socket)
{
	want_begin(0, nlh->nlmsg_seq, socket, cmd);
	if (cmd == BULKHEAD_CMD_VERSION) {
		want_u32(BULKHEAD_A_ABI, BULKHEAD_ABI);
		want_string(BULKHEAD_A_MODULE_VERSION, BKH_VERSION);
	} else if (cmd == BULKHEAD_CMD_STATUS) {
		want_status();
	} else if (cmd == BULKHEAD_CMD_COMMIT) {
		want_u64(BULKHEAD_A_GENERATION, world.generation);
	} else if (cmd == BULKHEAD_CMD_READ) {
		want_chunk(number_of(attr_of(nlh, BULKHEAD_A_OFFSET)));
	} else {
		want.len = 0;
	}
}

/* @before: the transaction as it was. */
static void check_transaction(u8 cmd, const struct nlmsghdr *nlh, u32 socket,
			      const __typeof__(transaction) *before)
{
	const struct nlattr *chunk = attr_of(nlh, BULKHEAD_A_CHUNK);
	const struct nlattr *expect = attr_of(nlh, BULKHEAD_A_EXPECT_GENERATION);

	if (cmd == BULKHEAD_CMD_BEGIN) {
		must(transaction.portid == socket && !transaction.filled);
		must(transaction.size == number_of(attr_of(nlh, BULKHEAD_A_IMAGE_SIZE)));
	} else if (cmd == BULKHEAD_CMD_APPEND) {
		must(transaction.filled == before->filled + chunk->nla_len - 4);
		must(!memcmp((u8 *)transaction.data + before->filled, chunk + 1,
			     chunk->nla_len - 4));
	} else if (cmd == BULKHEAD_CMD_COMMIT) {
		must((void *)world.image->hdr == before->data && world.image->size == before->size);
		must(called.has_expect == !!expect && called.expect == number_of(expect));
		must(!transaction.portid);
	} else if (cmd == BULKHEAD_CMD_ABORT) {
		must(!transaction.portid);
	} else {
		must(!memcmp(before, &transaction, sizeof(*before)));
	}
}

static void check_call(u8 cmd, const struct nlmsghdr *nlh)
{
	const struct nlattr *name = attr_of(nlh, BULKHEAD_A_POLICY);
	bool bind = cmd == BULKHEAD_CMD_BIND;

	must(called.n == (bind || cmd == BULKHEAD_CMD_UNBIND || cmd == BULKHEAD_CMD_COMMIT ||
			  cmd == BULKHEAD_CMD_ARM));
	if (bind || cmd == BULKHEAD_CMD_UNBIND) {
		must(called.cgid == number_of(attr_of(nlh, BULKHEAD_A_CGROUP_ID)));
		must(called.has_name == bind);
		must(!bind || !strcmp(called.name, (const char *)(name + 1)));
	}
	must(cmd != BULKHEAD_CMD_ARM ||
	     called.pid == (pid_t)number_of(attr_of(nlh, BULKHEAD_A_PID)));
}

/* Nothing but a reason, and that a transaction was taken. */
static void check_refused(int err, u8 cmd, const struct nlmsghdr *nlh,
			  const struct netlink_ext_ack *extack,
			  const __typeof__(transaction) *before)
{
	const u8 *bad = (const u8 *)extack->bad_attr;

	must(err < 0 && !reply);
	must(extack->_msg || err == -ENOMEM);
	must(!bad || (bad >= (const u8 *)nlh + 20 && bad < (const u8 *)nlh + nlh->nlmsg_len));
	must(!memcmp(before, &transaction, sizeof(*before)) ||
	     (cmd == BULKHEAD_CMD_COMMIT && !transaction.portid));
}

static bool may_ask(unsigned int flags)
{
	return !(flags & (INCAPABLE | OTHER_NET | OTHER_CGROUP | CONFINED));
}

static void check_done(int err, u32 socket, unsigned int flags, const struct nlmsghdr *nlh,
		       u8 cmd, bool may, const __typeof__(transaction) *before)
{
	must(may_ask(flags) && may);
	want_reply(cmd, nlh, socket);
	must(!err && !reply == !want.len);
	must(!reply || is_wanted(reply->data, reply->len));
	check_transaction(cmd, nlh, socket, before);
	check_call(cmd, nlh);
}

static void ask_do(struct sk_buff *skb, const struct genl_ops *op, const struct nlattr **tb,
		   u32 socket, unsigned int flags)
{
	const struct nlmsghdr *nlh = (const struct nlmsghdr *)skb->data;
	bool may = may_succeed(op->cmd, nlh, socket);
	__typeof__(transaction) before = transaction;
	struct netlink_ext_ack extack = { 0 };
	u64 generation = world.generation;
	unsigned int changes = world.changes;
	int err;

	err = genl_do(skb, op, tb, &extack);
	if (err) {
		refused[op->cmd]++;
		check_refused(err, op->cmd, nlh, &extack, &before);
		must(generation == world.generation && changes == world.changes);
		must(may_ask(flags) || (err == -EPERM && !called.n &&
					before.portid == transaction.portid));
		must(!may_ask(flags) || !may || world.failed || world.answer);
	} else {
		check_done(err, socket, flags, nlh, op->cmd, may, &before);
		done[op->cmd]++;
	}
	if (reply)
		kfree_skb(reply);
	reply = NULL;
}

static void dump_end(struct dump *d)
{
	if (d->request)
		kfree_skb(d->request);
	memset(d, 0, sizeof(*d));
}

/* Takes over @skb. */
static void dump_begin(struct sk_buff *skb, const struct genl_ops *op, u32 socket,
		       unsigned int flags)
{
	struct netlink_ext_ack extack = { 0 };
	struct dump *d = &dumps[socket];
	int err;

	/* -EBUSY */
	if (d->request) {
		kfree_skb(skb);
		return;
	}
	d->request = skb;
	d->op = op;
	d->cb = (struct netlink_callback){ .skb = skb, .nlh = (struct nlmsghdr *)skb->data };
	/* Kernels differ in whether they pass it on. */
	d->cb.extack = flags & UNTOLD ? NULL : &extack;
	d->changes = world.changes;
	err = op->start(&d->cb);
	must(err == (may_ask(flags) ? 0 : -EPERM));
	must(!err || flags & UNTOLD || extack._msg);
	d->cb.extack = NULL;
	if (!err)
		return;
	refused[op->cmd]++;
	dump_end(d);
}

static unsigned int dump_entries(const struct dump *d)
{
	return d->op->cmd == BULKHEAD_CMD_DOMAINS ? world.n_domains : world.n_formings;
}

static bool is_listed(const struct dump *d, unsigned int i)
{
	return d->op->cmd == BULKHEAD_CMD_FORMING || world.domains[i]->d.stack[bkh_epoch];
}

static void want_entry(const struct dump *d, unsigned int i)
{
	want_begin(NLM_F_MULTI, d->cb.nlh->nlmsg_seq, NETLINK_CB(d->request).portid, d->op->cmd);
	if (d->op->cmd == BULKHEAD_CMD_DOMAINS)
		want_domain(world.domains[i]);
	else
		want_forming(&world.formings[i]);
}

/* By what comes first in its message, behind the headers: cheaper than all of it. */
static bool may_be(const struct dump *d, unsigned int i, const u8 *bytes, size_t len)
{
	if (d->op->cmd == BULKHEAD_CMD_FORMING)
		return len >= 28 && !memcmp(bytes + 24, &world.formings[i].pid, 4);
	return len >= 32 && !memcmp(bytes + 24, &world.domains[i]->d.cgid, 8);
}

/* One message is one entry; none comes twice, unless something has changed. */
static void check_entry(struct dump *d, const u8 *bytes, size_t len)
{
	unsigned int i;

	for (i = 0; i < dump_entries(d); i++) {
		if (!is_listed(d, i) || !may_be(d, i, bytes, len) ||
		    (d->changes == world.changes && d->seen[i]))
			continue;
		want_entry(d, i);
		if (is_wanted(bytes, len)) {
			d->seen[i] = true;
			return;
		}
	}
	must(!"an entry of the list, and a new one");
}

static void check_round(struct dump *d, const struct sk_buff *skb)
{
	u32 at = 0, len;

	while (at < skb->len) {
		memcpy(&len, skb->data + at, sizeof(len));
		must(len >= 20 && len <= skb->len - at);
		check_entry(d, skb->data + at, len);
		at += len;
	}
}

/* Only what fits no message may be an error. */
static bool one_exceeds(const struct dump *d, u32 room)
{
	unsigned int i;

	for (i = 0; i < dump_entries(d); i++) {
		want_entry(d, i);
		if (is_listed(d, i) && want.len > room)
			return true;
	}
	return false;
}

static bool all_seen(const struct dump *d)
{
	unsigned int i;

	for (i = 0; i < dump_entries(d); i++)
		if (is_listed(d, i) && !d->seen[i])
			return false;
	return true;
}

static void dump_round(struct dump *d, u32 room)
{
	u8 cmd = d->op->cmd;
	struct sk_buff *skb;
	int n;

	skb = alloc_skb(room, GFP_KERNEL);
	if (!skb)
		return;
	n = d->op->dumpit(skb, &d->cb);
	must(!shim_rcu);
	must(n > 0 ? n == (int)skb->len : !skb->len);
	check_round(d, skb);
	kfree_skb(skb);
	if (n > 0)
		return;
	must(!n || (n == -ENOMEM && world.failed) || (n == -EMSGSIZE && one_exceeds(d, room)));
	if (!n) {
		must(d->changes != world.changes || all_seen(d));
		done[cmd]++;
	}
	dump_end(d);
}

/* What the core of netlink refuses, or would take for another family's. */
static void malform(struct nlmsghdr *nlh, u8 how)
{
	struct genlmsghdr *hdr = NLMSG_DATA(nlh);

	if (how & 1)
		hdr->reserved = how;
	if (how & 2)
		nlh->nlmsg_flags |= how << 4;
	if (how & 4)
		nlh->nlmsg_len = NLMSG_HDRLEN + how % GENL_HDRLEN;
}

static struct sk_buff *message(struct input *in, u8 cmd, unsigned int flags, u32 socket)
{
	u8 how = in_u8(in);
	size_t len = in_u16(in);
	struct nlmsghdr *nlh = message_bend(message_new(in, len, cmd), how);
	struct sk_buff *skb = calloc(1, sizeof(*skb));

	nlh->nlmsg_flags = NLM_F_REQUEST | NLM_F_ACK | (flags & DUMP ? NLM_F_DUMP : 0);
	nlh->nlmsg_seq = ++next_seq;
	nlh->nlmsg_pid = socket;
	if (flags & MALFORMED)
		malform(nlh, in_u8(in));
	skb->sk = &sockets[socket];
	skb->sk->net = flags & OTHER_SOCKET ? &other_net : &init_net;
	skb->sk->capable = !(flags & INCAPABLE);
	NETLINK_CB(skb).portid = socket;
	skb->len = skb->room = nlh->nlmsg_len;
	skb->data = (unsigned char *)nlh;
	shim_skbs++;
	return skb;
}

static void ask(struct input *in, u32 socket)
{
	u8 cmd = in_u8(in) % (BULKHEAD_CMD_MAX + 2);
	unsigned int flags = in_u8(in);
	struct sk_buff *skb = message(in, cmd, flags, socket);
	const struct nlattr *tb[BULKHEAD_A_MAX + 1];
	struct netlink_ext_ack extack = { 0 };
	const struct genl_ops *op;
	int err;

	memset(&called, 0, sizeof(called));
	here.net_ns = flags & OTHER_NET ? &other_net : &init_net;
	here.cgroup_ns = &namespaces[!!(flags & OTHER_CGROUP)];
	world.confined = flags & CONFINED;
	err = genl_admit(skb, &op, tb, &extack);
	if (!err && flags & DUMP) {
		dump_begin(skb, op, socket, flags);
		return;
	}
	if (!err)
		ask_do(skb, op, tb, socket, flags);
	kfree_skb(skb);
}

/* A socket goes, or something that looks like it. */
static void release(u32 socket, u8 how)
{
	struct netlink_notify n = {
		.net = how & 1 ? &other_net : &init_net,
		.portid = how & 2 ? 0 : socket,
		.protocol = how & 4 ? NETLINK_ROUTE : NETLINK_GENERIC,
	};
	u32 owner = transaction.portid;
	bool real = !(how & 15);

	must(shim_notifier->notifier_call(shim_notifier, how & 8 ? 2 : NETLINK_URELEASE, &n) ==
	     NOTIFY_DONE);
	must(transaction.portid == (real && owner == socket ? 0 : owner));
	if (real)
		dump_end(&dumps[socket]);
}

static void send_event(u32 room, enum bkh_group group)
{
	struct sk_buff *skb = alloc_skb(room, GFP_KERNEL);
	void *hdr;

	if (!skb)
		return;
	hdr = bkh_netlink_event_header(skb);
	must(!hdr == (room < 20));
	if (!hdr) {
		kfree_skb(skb);
		return;
	}
	genlmsg_end(skb, hdr);
	bkh_netlink_multicast(skb, group);
	want_begin(0, 0, 0, BULKHEAD_CMD_EVENT);
	must(event == skb && is_wanted(skb->data, skb->len));
	kfree_skb(event);
	event = NULL;
}

static void change(struct input *in)
{
	u8 what = in_u8(in);

	if (what & 1)
		world_add_formings(in);
	if (what & 2) {
		bkh_epoch = !bkh_epoch;
		world.changes++;
	}
	if (what & 4)
		world_set_image(1 + in_u32(in) % 70000);
	if (what & 8 && world.n_domains)
		world_remove(world.domains[in_u8(in) % world.n_domains]);
}

static void no_trouble(void)
{
	world.failed = false;
	world.answer = 0;
	world.allocations = PLENTY;
}

/* Memory that ends at one of the next allocations, or an answer from behind. */
static void set_trouble(u8 kind)
{
	static const int errors[] = { -EPERM, -ENOENT, -ENOMEM, -EINVAL, -ESTALE, -EOPNOTSUPP };

	if (kind & 128)
		world.answer = errors[kind % ARRAY_SIZE(errors)];
	else
		world.allocations = kind % 8;
}

static void step(struct input *in)
{
	u8 op = in_u8(in);
	u32 socket = 1 + (op >> 4) % SOCKETS;

	no_trouble();
	if (op & 8)
		set_trouble(in_u8(in));
	switch (op & 7) {
	case 0:
	case 1:
	case 2:
		ask(in, socket);
		break;
	case 3:
		if (dumps[socket].request)
			dump_round(&dumps[socket], in_u16(in) % 16384);
		break;
	case 4:
		world_add_domains(in);
		break;
	case 5:
		change(in);
		break;
	case 6:
		release(socket, in_u8(in));
		break;
	case 7:
		send_event(in_u8(in), op >> 4 & 1);
		break;
	}
}

/* Whoever has begun a dump reads it to its end. */
static void finish(void)
{
	u32 socket;

	no_trouble();
	for (socket = 1; socket <= SOCKETS; socket++)
		while (dumps[socket].request)
			dump_round(&dumps[socket], NLMSG_GOODSIZE);
	bkh_netlink_exit();
	must(!shim_family && !shim_notifier && !transaction.portid && !transaction.data);
	must(!shim_skbs);
}

/* Asked by tests/fuzz/run: inputs that leave out a handler, or one of its answers, test it not. */
static void tell_reach(void)
{
	bool all = true;
	u8 cmd;

	for (cmd = BULKHEAD_CMD_VERSION; cmd <= BULKHEAD_CMD_ARM; cmd++) {
		fprintf(stderr, "command %u: %lu done, %lu refused\n", cmd, done[cmd], refused[cmd]);
		all &= done[cmd] && refused[cmd];
	}
	if (!all)
		_exit(1);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct input in = input_of(data, size);
	u8 fail;

	if (!next_seq && getenv("FUZZ_REACH"))
		atexit(tell_reach);
	next_seq |= 1;
	fail = in_u8(&in) & 3;
	world.allocations = fail % 3 ? fail - 1U : PLENTY;
	if (bkh_netlink_init()) {
		must(world.failed && !shim_family && !shim_notifier);
		world_end();
		return 0;
	}
	while (in_left(&in))
		step(&in);
	finish();
	world_end();
	return 0;
}
