/* SPDX-License-Identifier: GPL-2.0-only */
/* One request to the module, and all that comes back for it. For client*.c alone. */
#ifndef BULKHEAD_EXCHANGE_H
#define BULKHEAD_EXCHANGE_H

#include "client.h"
#include "netlink.h"

/* A request or reply that carries a whole chunk, headers included. */
#define MSG_SIZE (BULKHEAD_CHUNK_MAX + 4096)

/* A dump or an image may change while it is read: this often, then give up. */
#define RETRIES 16

#define cleanup_msg __attribute__((__cleanup__(request_free)))

static inline void request_free(struct nl_msg **msg)
{
	nlmsg_free(*msg);
}

/* Takes in a reply with checked attributes; an error ends the exchange. */
typedef int (*reply_fn)(struct nlmsghdr *nlh, struct nlattr **attrs, void *arg);

/* Null when out of memory. @flags: NLM_F_* */
struct nl_msg *request_new(struct client *c, enum bulkhead_cmd cmd, int flags);

/**
 * request_send - see a request through to its acknowledgement
 * @reply: called for each reply; may be null
 *
 * Return: 0; the kernel's errno, with its words in c->why; -EAGAIN: a dump
 * changed while it was taken.
 */
int request_send(struct client *c, struct nl_msg *msg, reply_fn reply, void *arg);

/* The same for a request without attributes. */
int request_ask(struct client *c, enum bulkhead_cmd cmd, int flags, reply_fn reply, void *arg);

/* A negative errno for an NLE_*. */
int request_errno(int nlerr);

/* Say why in c->why. Returns @err. */
int client_refuse(struct client *c, int err, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));

#endif /* BULKHEAD_EXCHANGE_H */
