// SPDX-License-Identifier: GPL-2.0-only
/* Requests to the module: its state, its image, bindings. */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

#include <netlink/genl/ctrl.h>
#include <netlink/genl/genl.h>

#include "blob.h"
#include "cleanup.h"
#include "exchange.h"

/* Room for a message on its way; within any host's limit. */
#define SOCKET_BUFFER (4 * MSG_SIZE)

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
	int err = request_ask(c, BULKHEAD_CMD_VERSION, NLM_F_ACK, version_reply, c);

	if (err)
		return err;
	if (!c->abi)
		return client_refuse(c, -EBADMSG, "the module didn't say which ABI it speaks");
	if (c->abi != BULKHEAD_ABI)
		return client_refuse(c, -EPROTONOSUPPORT,
				     "the module speaks ABI %u, this command knows ABI %u", c->abi,
				     BULKHEAD_ABI);
	return 0;
}

static int connect_family(struct client *c)
{
	int one = 1, err;

	err = genl_connect(c->sk);
	if (err < 0)
		return client_refuse(c, request_errno(err), "can't open a netlink socket: %s",
				     nl_geterror(err));
	nl_socket_set_msg_buf_size(c->sk, MSG_SIZE);
	/* One chunk takes twice its size in the kernel, which the default just lacks. */
	nl_socket_set_buffer_size(c->sk, SOCKET_BUFFER, SOCKET_BUFFER);
	/* Without these two a refusal is just a number. */
	setsockopt(nl_socket_get_fd(c->sk), SOL_NETLINK, NETLINK_EXT_ACK, &one, sizeof(one));
	setsockopt(nl_socket_get_fd(c->sk), SOL_NETLINK, NETLINK_CAP_ACK, &one, sizeof(one));
	c->family = genl_ctrl_resolve(c->sk, BULKHEAD_GENL_NAME);
	if (c->family < 0)
		return client_refuse(c, request_errno(c->family), "no netlink family \"%s\"",
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
	int err = request_ask(c, BULKHEAD_CMD_STATUS, NLM_F_ACK, status_reply, &s);

	if (!err && s.hooks_wanted == UINT32_MAX)
		err = client_refuse(c, -EBADMSG, "the module gave no status");
	if (!err)
		*out = s;
	return err;
}

static int begin(struct client *c, size_t size)
{
	struct nl_msg *msg cleanup_msg = request_new(c, BULKHEAD_CMD_BEGIN, NLM_F_ACK);

	if (!msg || nla_put_u32(msg, BULKHEAD_A_IMAGE_SIZE, size))
		return -ENOMEM;
	return request_send(c, msg, NULL, NULL);
}

static int append(struct client *c, const uint8_t *image, size_t offset, size_t len)
{
	struct nl_msg *msg cleanup_msg = request_new(c, BULKHEAD_CMD_APPEND, NLM_F_ACK);

	if (!msg || nla_put_u32(msg, BULKHEAD_A_OFFSET, offset) ||
	    nla_put(msg, BULKHEAD_A_CHUNK, len, image + offset))
		return -ENOMEM;
	return request_send(c, msg, NULL, NULL);
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
	return request_send(c, msg, generation_reply, generation);
}

/* Drop what was begun, and keep the words of the refusal that led here. */
static void abort_transaction(struct client *c)
{
	char why[CLIENT_WHY_MAX];

	memcpy(why, c->why, sizeof(why));
	request_ask(c, BULKHEAD_CMD_ABORT, NLM_F_ACK, NULL, NULL);
	memcpy(c->why, why, sizeof(why));
}

int client_apply(struct client *c, const void *image, size_t size, const uint64_t *expect,
		 uint64_t *generation)
{
	uint64_t made = 0;
	int err;

	if (size > BKH_IMAGE_MAX)
		return client_refuse(c, -E2BIG, "the compiled image has %zu bytes, the limit is %u",
				     size, BKH_IMAGE_MAX);
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
	err = request_send(c, msg, read_reply, p);
	if (err)
		return err;
	if (!p->len || p->offset != offset || p->size > BKH_IMAGE_MAX || offset > p->size ||
	    p->len > p->size - offset)
		return client_refuse(c, -EBADMSG,
				     "the module's answer to READ at %u makes no sense", offset);
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
		return client_refuse(c, err, "the image was replaced while being read, %d times",
				     RETRIES);
	return err;
}

int client_bind(struct client *c, uint64_t cgroup_id, const char *policy)
{
	struct nl_msg *msg cleanup_msg = request_new(c, BULKHEAD_CMD_BIND, NLM_F_ACK);

	if (!msg || nla_put_u64(msg, BULKHEAD_A_CGROUP_ID, cgroup_id) ||
	    nla_put_string(msg, BULKHEAD_A_POLICY, policy))
		return -ENOMEM;
	return request_send(c, msg, NULL, NULL);
}

int client_unbind(struct client *c, uint64_t cgroup_id)
{
	struct nl_msg *msg cleanup_msg = request_new(c, BULKHEAD_CMD_UNBIND, NLM_F_ACK);

	if (!msg || nla_put_u64(msg, BULKHEAD_A_CGROUP_ID, cgroup_id))
		return -ENOMEM;
	return request_send(c, msg, NULL, NULL);
}

int client_arm(struct client *c, uint32_t pid)
{
	struct nl_msg *msg cleanup_msg = request_new(c, BULKHEAD_CMD_ARM, NLM_F_ACK);

	if (!msg || nla_put_u32(msg, BULKHEAD_A_PID, pid))
		return -ENOMEM;
	return request_send(c, msg, NULL, NULL);
}
