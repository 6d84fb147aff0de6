// SPDX-License-Identifier: GPL-2.0-only
/* Events: received and decoded. */
#include <errno.h>
#include <string.h>
#include <sys/socket.h>

#include <netlink/genl/ctrl.h>
#include <netlink/genl/genl.h>

#include "event.h"
#include "netlink.h"

/* Holds a burst of some ten thousand events while a terminal scrolls. */
#define RECEIVE_BUFFER (8 << 20)

static struct event_bytes bytes_of(struct nlattr *attr)
{
	if (!attr)
		return (struct event_bytes){ .data = (const uint8_t *)"" };
	return (struct event_bytes){ .data = nla_data(attr), .len = nla_len(attr) };
}

static const char *string_of(struct nlattr *attr)
{
	return attr ? nla_get_string(attr) : "";
}

static uint16_t u16_of(struct nlattr *attr)
{
	return attr ? nla_get_u16(attr) : 0;
}

static uint8_t u8_of(struct nlattr *attr)
{
	return attr ? nla_get_u8(attr) : 0;
}

static void decode_object(struct event *ev, struct nlattr **a)
{
	ev->act = u16_of(a[BULKHEAD_A_ACT]);
	ev->perms = netlink_u32(a[BULKHEAD_A_PERMS]);
	ev->path = bytes_of(a[BULKHEAD_A_PATH]);
	ev->capability = netlink_u32(a[BULKHEAD_A_CAPABILITY]);
	ev->family = u16_of(a[BULKHEAD_A_FAMILY]);
	ev->sock_type = u16_of(a[BULKHEAD_A_SOCK_TYPE]);
	ev->protocol = u16_of(a[BULKHEAD_A_PROTOCOL]);
	ev->address = bytes_of(a[BULKHEAD_A_ADDRESS]);
	ev->port = u16_of(a[BULKHEAD_A_PORT]);
	ev->target_pid = netlink_u32(a[BULKHEAD_A_TARGET_PID]);
}

static void decode_rule(struct event *ev, struct nlattr **a)
{
	ev->verdict = u8_of(a[BULKHEAD_A_VERDICT]);
	ev->reason = u8_of(a[BULKHEAD_A_REASON]);
	ev->policy = string_of(a[BULKHEAD_A_POLICY]);
	ev->rule = netlink_u32(a[BULKHEAD_A_RULE]);
	ev->rule_file = string_of(a[BULKHEAD_A_RULE_FILE]);
	ev->rule_line = netlink_u32(a[BULKHEAD_A_RULE_LINE]);
	ev->rule_text = string_of(a[BULKHEAD_A_RULE_TEXT]);
	ev->generation = netlink_u64(a[BULKHEAD_A_GENERATION]);
}

static void decode_actor(struct event *ev, struct nlattr **a)
{
	ev->cgroup_id = netlink_u64(a[BULKHEAD_A_CGROUP_ID]);
	ev->cgroup_path = string_of(a[BULKHEAD_A_CGROUP_PATH]);
	ev->pid = netlink_u32(a[BULKHEAD_A_PID]);
	ev->comm = bytes_of(a[BULKHEAD_A_COMM]);
	ev->comm.len = strnlen((const char *)ev->comm.data, ev->comm.len);
	ev->time = netlink_u64(a[BULKHEAD_A_TIME]);
	ev->sequence = netlink_u64(a[BULKHEAD_A_SEQUENCE]);
	ev->lost = netlink_u64(a[BULKHEAD_A_LOST]);
}

_Static_assert(BULKHEAD_A_MAX < 64, "a bit each in event.has");

int event_decode(struct event *ev, struct nlmsghdr *nlh)
{
	struct nlattr *attrs[BULKHEAD_A_MAX + 1];
	struct event e = { 0 };
	int i;

	if (netlink_parse(nlh, attrs))
		return -EBADMSG;
	if (genlmsg_hdr(nlh)->cmd != BULKHEAD_CMD_EVENT)
		return -ENOMSG;
	if (!attrs[BULKHEAD_A_VERDICT] || !attrs[BULKHEAD_A_ACT])
		return -EBADMSG;
	for (i = 1; i <= BULKHEAD_A_MAX; i++)
		e.has |= (uint64_t)!!attrs[i] << i;
	decode_actor(&e, attrs);
	decode_rule(&e, attrs);
	decode_object(&e, attrs);
	if (event_has(&e, BULKHEAD_A_ADDRESS) && e.address.len != 4 && e.address.len != 16)
		return -EBADMSG;
	*ev = e;
	return 0;
}

/* Beyond the host's limit where we may, up to it where not. */
static void enlarge_buffer(int fd)
{
	int size = RECEIVE_BUFFER;

	if (setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &size, sizeof(size)))
		setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &size, sizeof(size));
}

static int join(struct event_source *src, const char *group)
{
	int number, err;

	if (genl_connect(src->sk) < 0)
		return -EIO;
	src->family = genl_ctrl_resolve(src->sk, BULKHEAD_GENL_NAME);
	number = genl_ctrl_resolve_grp(src->sk, BULKHEAD_GENL_NAME, group);
	if (src->family < 0 || number < 0)
		return -ENOENT;
	enlarge_buffer(nl_socket_get_fd(src->sk));
	nl_socket_disable_seq_check(src->sk);
	err = nl_socket_add_membership(src->sk, number);
	if (err < 0)
		return err == -NLE_PERM || err == -NLE_NOACCESS ? -EPERM : -EIO;
	return nl_socket_set_nonblocking(src->sk) < 0 ? -EIO : 0;
}

int event_subscribe(struct event_source *src, const char *group)
{
	struct event_source s = { .sk = nl_socket_alloc() };
	int err;

	if (!s.sk)
		return -ENOMEM;
	err = join(&s, group);
	if (err)
		event_unsubscribe(&s);
	else
		*src = s;
	return err;
}

void event_unsubscribe(struct event_source *src)
{
	if (src->sk)
		nl_socket_free(src->sk);
	src->sk = NULL;
}

int event_fd(const struct event_source *src)
{
	return nl_socket_get_fd(src->sk);
}

struct receiver {
	const struct event_source *src;
	event_fn fn;
	void *arg;
	int err;
};

static int on_event(struct nl_msg *msg, void *arg)
{
	struct nlmsghdr *nlh = nlmsg_hdr(msg);
	struct receiver *r = arg;
	struct event ev;
	int err;

	if (nlh->nlmsg_type != r->src->family)
		return NL_SKIP;
	err = event_decode(&ev, nlh);
	if (!err)
		r->fn(&ev, r->arg);
	else if (err != -ENOMSG)
		r->err = err;
	return NL_OK;
}

/* libnl tells ENOBUFS as NLE_NOMEM: either way events are gone. */
static int receive_error(int nlerr)
{
	switch (-nlerr) {
	case NLE_AGAIN:
	case NLE_INTR:
		return 0;
	case NLE_NOMEM:
		return -ENOBUFS;
	default:
		return -EIO;
	}
}

int event_receive(struct event_source *src, event_fn fn, void *arg)
{
	struct receiver r = { .src = src, .fn = fn, .arg = arg };
	struct nl_cb *cb = nl_cb_alloc(NL_CB_DEFAULT);
	int err;

	if (!cb)
		return -ENOMEM;
	nl_cb_set(cb, NL_CB_MSG_IN, NL_CB_CUSTOM, netlink_from_kernel, NULL);
	nl_cb_set(cb, NL_CB_SEQ_CHECK, NL_CB_CUSTOM, netlink_from_kernel, NULL);
	nl_cb_set(cb, NL_CB_VALID, NL_CB_CUSTOM, on_event, &r);
	err = nl_recvmsgs(src->sk, cb);
	nl_cb_put(cb);
	return err < 0 ? receive_error(err) : r.err;
}
