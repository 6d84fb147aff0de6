// SPDX-License-Identifier: GPL-2.0-only
/* Requests to the module over generic netlink, and their replies. */
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

#include <netlink/genl/ctrl.h>
#include <netlink/genl/genl.h>

#include "blob.h"
#include "cleanup.h"
#include "client.h"
#include "netlink.h"

#define cleanup_msg cleanup_with(free_msg)
#define cleanup_cb cleanup_with(put_cb)

/* A request or reply that carries a whole chunk, headers included. */
#define MSG_SIZE (BULKHEAD_CHUNK_MAX + 4096)

/* Room for a message on its way; within any host's limit. */
#define SOCKET_BUFFER (4 * MSG_SIZE)

/* Replies of one dump; no host has that many cgroups. */
#define DUMP_MAX (1U << 20)

/* A dump or an image may change while it is read: this often, then give up. */
#define RETRIES 16

typedef int (*reply_fn)(struct nlmsghdr *nlh, struct nlattr **attrs, void *arg);

/* What one exchange comes to. */
struct exchange {
	struct client *client;
	reply_fn reply;
	void *arg;
	int err;
	bool done;
	bool interrupted;
};

static void free_msg(struct nl_msg **msg)
{
	nlmsg_free(*msg);
}

static void put_cb(struct nl_cb **cb)
{
	nl_cb_put(*cb);
}

__attribute__((format(printf, 3, 4)))
static int refuse(struct client *c, int err, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(c->why, sizeof(c->why), fmt, ap);
	va_end(ap);
	return err;
}

/* libnl folds many errnos into few; these are the ones callers act upon. */
static int errno_of(int nlerr)
{
	switch (nlerr < 0 ? -nlerr : nlerr) {
	case NLE_OBJ_NOTFOUND:
		return -ENOENT;
	case NLE_PERM:
	case NLE_NOACCESS:
		return -EPERM;
	case NLE_NOMEM:
		return -ENOMEM;
	case NLE_INTR:
		return -EINTR;
	case NLE_MSG_TOOSHORT:
	case NLE_MSG_TRUNC:
	case NLE_PARSE_ERR:
		return -EBADMSG;
	default:
		return -EIO;
	}
}

static struct nl_msg *request_new(struct client *c, enum bulkhead_cmd cmd, int flags)
{
	struct nl_msg *msg = nlmsg_alloc_size(MSG_SIZE);

	if (msg && !genlmsg_put(msg, NL_AUTO_PORT, NL_AUTO_SEQ, c->family, 0, flags, cmd,
				BULKHEAD_GENL_VERSION)) {
		nlmsg_free(msg);
		msg = NULL;
	}
	return msg;
}

static int on_valid(struct nl_msg *msg, void *arg)
{
	struct nlattr *attrs[BULKHEAD_A_MAX + 1];
	struct nlmsghdr *nlh = nlmsg_hdr(msg);
	struct exchange *x = arg;
	int err;

	if (nlh->nlmsg_type != x->client->family || x->err)
		return NL_SKIP;
	err = netlink_parse(nlh, attrs);
	if (!err && x->reply)
		err = x->reply(nlh, attrs, x->arg);
	x->err = err;
	return NL_OK;
}

static int on_end(struct nl_msg *msg, void *arg)
{
	struct exchange *x = arg;

	(void)msg;
	x->done = true;
	return NL_STOP;
}

/* A dump's last message carries the error that ended it, if any. */
static int on_finish(struct nl_msg *msg, void *arg)
{
	struct nlmsghdr *nlh = nlmsg_hdr(msg);
	struct exchange *x = arg;

	if (nlmsg_datalen(nlh) >= (int)sizeof(int) && !x->err) {
		int err;

		memcpy(&err, nlmsg_data(nlh), sizeof(err));
		if (err < 0)
			x->err = err;
	}
	x->done = true;
	return NL_STOP;
}

static int on_interrupted(struct nl_msg *msg, void *arg)
{
	struct exchange *x = arg;

	(void)msg;
	x->interrupted = true;
	return NL_OK;
}

static int on_error(struct sockaddr_nl *from, struct nlmsgerr *e, void *arg)
{
	const struct nlmsghdr *nlh = (const struct nlmsghdr *)e - 1;
	struct exchange *x = arg;
	const char *why;
	size_t len;

	if (from->nl_pid)
		return NL_SKIP;
	why = netlink_extack(e, nlh->nlmsg_len - NLMSG_HDRLEN, &len);
	if (why)
		snprintf(x->client->why, sizeof(x->client->why), "%.*s", (int)len, why);
	x->err = e->error < 0 ? e->error : -EBADMSG;
	x->done = true;
	return NL_STOP;
}

static struct nl_cb *exchange_cb(struct exchange *x)
{
	struct nl_cb *cb = nl_cb_alloc(NL_CB_DEFAULT);

	if (!cb)
		return NULL;
	nl_cb_set(cb, NL_CB_MSG_IN, NL_CB_CUSTOM, netlink_from_kernel, NULL);
	nl_cb_set(cb, NL_CB_VALID, NL_CB_CUSTOM, on_valid, x);
	nl_cb_set(cb, NL_CB_ACK, NL_CB_CUSTOM, on_end, x);
	nl_cb_set(cb, NL_CB_FINISH, NL_CB_CUSTOM, on_finish, x);
	nl_cb_set(cb, NL_CB_DUMP_INTR, NL_CB_CUSTOM, on_interrupted, x);
	nl_cb_err(cb, NL_CB_CUSTOM, on_error, x);
	return cb;
}

/* Send @msg and see the exchange through to its acknowledgement. */
static int transact(struct client *c, struct nl_msg *msg, reply_fn reply, void *arg)
{
	struct exchange x = { .client = c, .reply = reply, .arg = arg };
	struct nl_cb *cb cleanup_cb = exchange_cb(&x);
	int err;

	c->why[0] = '\0';
	if (!cb)
		return -ENOMEM;
	err = nl_send_auto(c->sk, msg);
	if (err < 0)
		return refuse(c, errno_of(err), "can't send: %s", nl_geterror(err));
	while (!x.done) {
		err = nl_recvmsgs(c->sk, cb);
		if (err < 0 && !x.done)
			return refuse(c, errno_of(err), "can't receive: %s", nl_geterror(err));
	}
	if (x.err == -EBADMSG && !c->why[0])
		return refuse(c, x.err, "the module's reply is malformed");
	if (!x.err && x.interrupted)
		return -EAGAIN;
	return x.err;
}

/* A request without attributes. */
static int ask(struct client *c, enum bulkhead_cmd cmd, int flags, reply_fn reply, void *arg)
{
	struct nl_msg *msg cleanup_msg = request_new(c, cmd, flags);

	return msg ? transact(c, msg, reply, arg) : -ENOMEM;
}

static int version_reply(struct nlmsghdr *nlh, struct nlattr **attrs, void *arg)
{
	struct client *c = arg;

	(void)nlh;
	if (!attrs[BULKHEAD_A_ABI])
		return -EBADMSG;
	c->abi = nla_get_u32(attrs[BULKHEAD_A_ABI]);
	if (attrs[BULKHEAD_A_MODULE_VERSION])
		snprintf(c->version, sizeof(c->version), "%s",
			 nla_get_string(attrs[BULKHEAD_A_MODULE_VERSION]));
	return 0;
}

static int check_abi(struct client *c)
{
	int err = ask(c, BULKHEAD_CMD_VERSION, NLM_F_ACK, version_reply, c);

	if (err)
		return err;
	if (!c->abi)
		return refuse(c, -EBADMSG, "the module didn't say which ABI it speaks");
	if (c->abi != BULKHEAD_ABI)
		return refuse(c, -EPROTONOSUPPORT,
			      "the module speaks ABI %u, this command knows ABI %u", c->abi,
			      BULKHEAD_ABI);
	return 0;
}

static int connect_family(struct client *c)
{
	int one = 1, err;

	err = genl_connect(c->sk);
	if (err < 0)
		return refuse(c, errno_of(err), "can't open a netlink socket: %s",
			      nl_geterror(err));
	nl_socket_set_msg_buf_size(c->sk, MSG_SIZE);
	/* One chunk takes twice its size in the kernel, which the default just lacks. */
	nl_socket_set_buffer_size(c->sk, SOCKET_BUFFER, SOCKET_BUFFER);
	/* Without these two a refusal is just a number. */
	setsockopt(nl_socket_get_fd(c->sk), SOL_NETLINK, NETLINK_EXT_ACK, &one, sizeof(one));
	setsockopt(nl_socket_get_fd(c->sk), SOL_NETLINK, NETLINK_CAP_ACK, &one, sizeof(one));
	c->family = genl_ctrl_resolve(c->sk, BULKHEAD_GENL_NAME);
	if (c->family < 0)
		return refuse(c, errno_of(c->family), "no netlink family \"%s\"",
			      BULKHEAD_GENL_NAME);
	return 0;
}

int client_open(struct client *c)
{
	int err;

	memset(c, 0, sizeof(*c));
	c->sk = nl_socket_alloc();
	if (!c->sk)
		return -ENOMEM;
	err = connect_family(c);
	return err ? err : check_abi(c);
}

void client_close(struct client *c)
{
	if (c->sk)
		nl_socket_free(c->sk);
	c->sk = NULL;
}

static int status_reply(struct nlmsghdr *nlh, struct nlattr **attrs, void *arg)
{
	struct client_status *s = arg;

	(void)nlh;
	if (!attrs[BULKHEAD_A_GENERATION] || !attrs[BULKHEAD_A_HOOKS_PLANTED] ||
	    !attrs[BULKHEAD_A_HOOKS_WANTED])
		return -EBADMSG;
	*s = (struct client_status){
		.generation = netlink_u64(attrs[BULKHEAD_A_GENERATION]),
		.denied = netlink_u64(attrs[BULKHEAD_A_DENIED]),
		.audited = netlink_u64(attrs[BULKHEAD_A_AUDITED]),
		.lost = netlink_u64(attrs[BULKHEAD_A_LOST]),
		.closed = netlink_u64(attrs[BULKHEAD_A_CLOSED]),
		.image_size = netlink_u32(attrs[BULKHEAD_A_IMAGE_SIZE]),
		.hooks_planted = netlink_u32(attrs[BULKHEAD_A_HOOKS_PLANTED]),
		.hooks_wanted = netlink_u32(attrs[BULKHEAD_A_HOOKS_WANTED]),
		.policies = netlink_u32(attrs[BULKHEAD_A_POLICIES]),
		.bindings = netlink_u32(attrs[BULKHEAD_A_BINDINGS]),
		.domains = netlink_u32(attrs[BULKHEAD_A_NR_DOMAINS]),
		.forming = netlink_u32(attrs[BULKHEAD_A_NR_FORMING]),
		.forming_old = netlink_u32(attrs[BULKHEAD_A_NR_FORMING_OLD]),
	};
	return 0;
}

/* Replies land here first, so that @out stays untouched on failure. */
int client_status(struct client *c, struct client_status *out)
{
	struct client_status s = { .hooks_wanted = UINT32_MAX };
	int err = ask(c, BULKHEAD_CMD_STATUS, NLM_F_ACK, status_reply, &s);

	if (!err && s.hooks_wanted == UINT32_MAX)
		err = refuse(c, -EBADMSG, "the module gave no status");
	if (!err)
		*out = s;
	return err;
}

static int begin(struct client *c, size_t size)
{
	struct nl_msg *msg cleanup_msg = request_new(c, BULKHEAD_CMD_BEGIN, NLM_F_ACK);

	if (!msg || nla_put_u32(msg, BULKHEAD_A_IMAGE_SIZE, size))
		return -ENOMEM;
	return transact(c, msg, NULL, NULL);
}

static int append(struct client *c, const uint8_t *image, size_t offset, size_t len)
{
	struct nl_msg *msg cleanup_msg = request_new(c, BULKHEAD_CMD_APPEND, NLM_F_ACK);

	if (!msg || nla_put_u32(msg, BULKHEAD_A_OFFSET, offset) ||
	    nla_put(msg, BULKHEAD_A_CHUNK, len, image + offset))
		return -ENOMEM;
	return transact(c, msg, NULL, NULL);
}

static int append_all(struct client *c, const void *image, size_t size)
{
	size_t offset, len;
	int err = 0;

	for (offset = 0; offset < size && !err; offset += len) {
		len = size - offset < BULKHEAD_CHUNK_MAX ? size - offset : BULKHEAD_CHUNK_MAX;
		err = append(c, image, offset, len);
	}
	return err;
}

static int generation_reply(struct nlmsghdr *nlh, struct nlattr **attrs, void *arg)
{
	(void)nlh;
	if (!attrs[BULKHEAD_A_GENERATION])
		return -EBADMSG;
	*(uint64_t *)arg = nla_get_u64(attrs[BULKHEAD_A_GENERATION]);
	return 0;
}

static int commit(struct client *c, const uint64_t *expect, uint64_t *generation)
{
	struct nl_msg *msg cleanup_msg = request_new(c, BULKHEAD_CMD_COMMIT, NLM_F_ACK);

	if (!msg || (expect && nla_put_u64(msg, BULKHEAD_A_EXPECT_GENERATION, *expect)))
		return -ENOMEM;
	return transact(c, msg, generation_reply, generation);
}

/* Drop what was begun, and keep the words of the refusal that led here. */
static void abort_transaction(struct client *c)
{
	char why[CLIENT_WHY_MAX];

	memcpy(why, c->why, sizeof(why));
	ask(c, BULKHEAD_CMD_ABORT, NLM_F_ACK, NULL, NULL);
	memcpy(c->why, why, sizeof(why));
}

int client_apply(struct client *c, const void *image, size_t size, const uint64_t *expect,
		 uint64_t *generation)
{
	uint64_t made = 0;
	int err;

	if (size > BKH_IMAGE_MAX)
		return refuse(c, -E2BIG, "the compiled image has %zu bytes, the limit is %u", size,
			      BKH_IMAGE_MAX);
	err = begin(c, size);
	if (err)
		return err;
	err = append_all(c, image, size);
	if (!err)
		err = commit(c, expect, &made);
	if (err) {
		abort_transaction(c);
		return err;
	}
	*generation = made;
	return 0;
}

/* One READ reply: a piece of the image, the piece that was asked for. */
struct piece {
	uint64_t generation;
	uint32_t size;
	uint32_t offset;
	uint32_t len;
	uint8_t data[BULKHEAD_CHUNK_MAX];
};

static int read_reply(struct nlmsghdr *nlh, struct nlattr **attrs, void *arg)
{
	struct nlattr *chunk = attrs[BULKHEAD_A_CHUNK];
	struct piece *p = arg;

	(void)nlh;
	if (!attrs[BULKHEAD_A_GENERATION] || !attrs[BULKHEAD_A_IMAGE_SIZE] ||
	    !attrs[BULKHEAD_A_OFFSET] || !chunk || nla_len(chunk) > BULKHEAD_CHUNK_MAX)
		return -EBADMSG;
	p->generation = nla_get_u64(attrs[BULKHEAD_A_GENERATION]);
	p->size = nla_get_u32(attrs[BULKHEAD_A_IMAGE_SIZE]);
	p->offset = nla_get_u32(attrs[BULKHEAD_A_OFFSET]);
	p->len = nla_len(chunk);
	memcpy(p->data, nla_data(chunk), p->len);
	return 0;
}

static int read_piece(struct client *c, uint32_t offset, struct piece *p)
{
	struct nl_msg *msg cleanup_msg = request_new(c, BULKHEAD_CMD_READ, NLM_F_ACK);
	int err;

	if (!msg || nla_put_u32(msg, BULKHEAD_A_OFFSET, offset))
		return -ENOMEM;
	p->len = 0;
	err = transact(c, msg, read_reply, p);
	if (err)
		return err;
	if (!p->len || p->offset != offset || p->size > BKH_IMAGE_MAX || offset > p->size ||
	    p->len > p->size - offset)
		return refuse(c, -EBADMSG, "the module's answer to READ at %u makes no sense",
			      offset);
	return 0;
}

/* The image as of one generation; -EAGAIN if another came meanwhile. */
static int read_once(struct client *c, struct piece *p, void **image, size_t *size,
		     uint64_t *generation)
{
	uint8_t *data cleanup_free = NULL;
	uint64_t of_first;
	uint32_t have, total;
	int err;

	err = read_piece(c, 0, p);
	if (err)
		return err;
	total = p->size;
	of_first = p->generation;
	data = malloc(total);
	if (!data)
		return -ENOMEM;
	memcpy(data, p->data, p->len);
	for (have = p->len; have < total; have += p->len) {
		err = read_piece(c, have, p);
		if (err)
			return err;
		if (p->generation != of_first || p->size != total)
			return -EAGAIN;
		memcpy(data + have, p->data, p->len);
	}
	*image = steal(&data);
	*size = total;
	*generation = of_first;
	return 0;
}

int client_read(struct client *c, void **image, size_t *size, uint64_t *generation)
{
	struct piece *p cleanup_free = malloc(sizeof(*p));
	int err = -EAGAIN;
	int i;

	if (!p)
		return -ENOMEM;
	for (i = 0; i < RETRIES && err == -EAGAIN; i++)
		err = read_once(c, p, image, size, generation);
	if (err == -EAGAIN)
		return refuse(c, err, "the image was replaced while being read, %d times", RETRIES);
	return err;
}

/* Room for one more in a list of a dump, zeroed; doubles as it grows. */
static void *grow(void *listp, size_t *n, size_t size)
{
	void **list = listp;
	void *more;

	if (*n >= DUMP_MAX)
		return NULL;
	if (!(*n & (*n - 1))) {
		more = reallocarray(*list, *n ? *n * 2 : 1, size);
		if (!more)
			return NULL;
		*list = more;
	}
	return memset((char *)*list + (*n)++ * size, 0, size);
}

static char *dup_attr(struct nlattr *attr)
{
	return strdup(attr ? nla_get_string(attr) : "");
}

static int add_policies(struct client_domain *d, struct nlmsghdr *nlh)
{
	struct nlattr *attr;
	char **slot;
	int rem;

	nlmsg_for_each_attr(attr, nlh, GENL_HDRLEN, rem) {
		if (nla_type(attr) != BULKHEAD_A_POLICY)
			continue;
		if (d->n_policies >= BKH_STACK_MAX)
			return -EBADMSG;
		slot = grow(&d->policies, &d->n_policies, sizeof(*slot));
		if (!slot)
			return -ENOMEM;
		*slot = strdup(nla_get_string(attr));
		if (!*slot)
			return -ENOMEM;
	}
	return 0;
}

static int domain_reply(struct nlmsghdr *nlh, struct nlattr **attrs, void *arg)
{
	struct client_domains *all = arg;
	struct client_domain *d;

	if (!attrs[BULKHEAD_A_CGROUP_ID])
		return -EBADMSG;
	d = grow(&all->v, &all->n, sizeof(*d));
	if (!d)
		return -ENOMEM;
	d->cgroup_id = nla_get_u64(attrs[BULKHEAD_A_CGROUP_ID]);
	d->denied = netlink_u64(attrs[BULKHEAD_A_DENIED]);
	d->audited = netlink_u64(attrs[BULKHEAD_A_AUDITED]);
	d->lost = netlink_u64(attrs[BULKHEAD_A_LOST]);
	d->flags = netlink_u32(attrs[BULKHEAD_A_DOMAIN_FLAGS]);
	d->forming = netlink_u32(attrs[BULKHEAD_A_NR_FORMING]);
	d->path = dup_attr(attrs[BULKHEAD_A_CGROUP_PATH]);
	return d->path ? add_policies(d, nlh) : -ENOMEM;
}

void client_domains_free(struct client_domains *d)
{
	size_t i, j;

	for (i = 0; i < d->n; i++) {
		for (j = 0; j < d->v[i].n_policies; j++)
			free(d->v[i].policies[j]);
		free(d->v[i].policies);
		free(d->v[i].path);
	}
	free(d->v);
	*d = (struct client_domains){ 0 };
}

int client_domains(struct client *c, struct client_domains *out)
{
	struct client_domains all cleanup_with(client_domains_free) = { 0 };
	int err = -EAGAIN;
	int i;

	for (i = 0; i < RETRIES && err == -EAGAIN; i++) {
		client_domains_free(&all);
		err = ask(c, BULKHEAD_CMD_DOMAINS, NLM_F_DUMP, domain_reply, &all);
	}
	if (err)
		return err;
	*out = all;
	all = (struct client_domains){ 0 };
	return 0;
}

static int forming_reply(struct nlmsghdr *nlh, struct nlattr **attrs, void *arg)
{
	struct client_formings *all = arg;
	struct client_forming *f;

	(void)nlh;
	if (!attrs[BULKHEAD_A_PID])
		return -EBADMSG;
	f = grow(&all->v, &all->n, sizeof(*f));
	if (!f)
		return -ENOMEM;
	f->pid = nla_get_u32(attrs[BULKHEAD_A_PID]);
	f->age_ms = netlink_u64(attrs[BULKHEAD_A_AGE]);
	f->cgroup_id = netlink_u64(attrs[BULKHEAD_A_CGROUP_ID]);
	if (attrs[BULKHEAD_A_COMM])
		snprintf(f->comm, sizeof(f->comm), "%s", nla_get_string(attrs[BULKHEAD_A_COMM]));
	f->path = dup_attr(attrs[BULKHEAD_A_CGROUP_PATH]);
	return f->path ? 0 : -ENOMEM;
}

void client_formings_free(struct client_formings *f)
{
	size_t i;

	for (i = 0; i < f->n; i++)
		free(f->v[i].path);
	free(f->v);
	*f = (struct client_formings){ 0 };
}

int client_formings(struct client *c, struct client_formings *out)
{
	struct client_formings all cleanup_with(client_formings_free) = { 0 };
	int err = -EAGAIN;
	int i;

	for (i = 0; i < RETRIES && err == -EAGAIN; i++) {
		client_formings_free(&all);
		err = ask(c, BULKHEAD_CMD_FORMING, NLM_F_DUMP, forming_reply, &all);
	}
	if (err)
		return err;
	*out = all;
	all = (struct client_formings){ 0 };
	return 0;
}

int client_bind(struct client *c, uint64_t cgroup_id, const char *policy)
{
	struct nl_msg *msg cleanup_msg = request_new(c, BULKHEAD_CMD_BIND, NLM_F_ACK);

	if (!msg || nla_put_u64(msg, BULKHEAD_A_CGROUP_ID, cgroup_id) ||
	    nla_put_string(msg, BULKHEAD_A_POLICY, policy))
		return -ENOMEM;
	return transact(c, msg, NULL, NULL);
}

int client_unbind(struct client *c, uint64_t cgroup_id)
{
	struct nl_msg *msg cleanup_msg = request_new(c, BULKHEAD_CMD_UNBIND, NLM_F_ACK);

	if (!msg || nla_put_u64(msg, BULKHEAD_A_CGROUP_ID, cgroup_id))
		return -ENOMEM;
	return transact(c, msg, NULL, NULL);
}

int client_arm(struct client *c, uint32_t pid)
{
	struct nl_msg *msg cleanup_msg = request_new(c, BULKHEAD_CMD_ARM, NLM_F_ACK);

	if (!msg || nla_put_u32(msg, BULKHEAD_A_PID, pid))
		return -ENOMEM;
	return transact(c, msg, NULL, NULL);
}
