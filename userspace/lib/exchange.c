// SPDX-License-Identifier: GPL-2.0-only
/* One request to the module, and all that comes back for it. */
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <netlink/genl/genl.h>

#include "cleanup.h"
#include "exchange.h"

#define cleanup_cb cleanup_with(put_cb)

/* What one exchange comes to. */
struct exchange {
	struct client *client;
	reply_fn reply;
	void *arg;
	int err;
	bool done;
	bool interrupted;
};

static void put_cb(struct nl_cb **cb)
{
	nl_cb_put(*cb);
}

int client_refuse(struct client *c, int err, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(c->why, sizeof(c->why), fmt, ap);
	va_end(ap);
	return err;
}

/* libnl folds many errnos into few; these are the ones callers act upon. */
int request_errno(int nlerr)
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

struct nl_msg *request_new(struct client *c, enum bulkhead_cmd cmd, int flags)
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

int request_send(struct client *c, struct nl_msg *msg, reply_fn reply, void *arg)
{
	struct exchange x = { .client = c, .reply = reply, .arg = arg };
	struct nl_cb *cb cleanup_cb = exchange_cb(&x);
	int err;

	c->why[0] = '\0';
	if (!cb)
		return -ENOMEM;
	err = nl_send_auto(c->sk, msg);
	if (err < 0)
		return client_refuse(c, request_errno(err), "can't send: %s", nl_geterror(err));
	while (!x.done) {
		err = nl_recvmsgs(c->sk, cb);
		if (err < 0 && !x.done)
			return client_refuse(c, request_errno(err), "can't receive: %s",
					     nl_geterror(err));
	}
	if (x.err == -EBADMSG && !c->why[0])
		return client_refuse(c, x.err, "the module's reply is malformed");
	if (!x.err && x.interrupted)
		return -EAGAIN;
	return x.err;
}

int request_ask(struct client *c, enum bulkhead_cmd cmd, int flags, reply_fn reply, void *arg)
{
	struct nl_msg *msg cleanup_msg = request_new(c, cmd, flags);

	return msg ? request_send(c, msg, reply, arg) : -ENOMEM;
}
