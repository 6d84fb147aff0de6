// SPDX-License-Identifier: GPL-2.0-only
/*
 * The command's side of netlink, with a kernel at the other end that answers
 * anything. First byte: what is asked. Then datagrams: a byte of flags, two
 * for the length, and the attributes as message.h has them.
 */
#include <errno.h>
#include <netlink/genl/genl.h>

#include <linux/bulkhead.h>

#include "client.h"
#include "image.h"
#include "message.h"

/* Flags of a datagram. */
#define KIND	7
#define STRANGE	(1U << 3)	/* of another sequence, family or sender */
#define MULTI	(1U << 4)
#define TLVS	(1U << 5)
#define CAPPED	(1U << 6)
#define CHANGED	(1U << 7)	/* while it was dumped */

static struct {
	struct input in;
	uint32_t seq;
	uint8_t cmd;
} wire;

int __wrap_nl_send_auto(struct nl_sock *sk, struct nl_msg *msg);
int __real_nl_recvmsgs(struct nl_sock *sk, struct nl_cb *cb);
int __wrap_nl_recvmsgs(struct nl_sock *sk, struct nl_cb *cb);

int __wrap_nl_send_auto(struct nl_sock *sk, struct nl_msg *msg)
{
	nl_complete_msg(sk, msg);
	wire.seq = nlmsg_hdr(msg)->nlmsg_seq;
	wire.cmd = genlmsg_hdr(nlmsg_hdr(msg))->cmd;
	return nlmsg_hdr(msg)->nlmsg_len;
}

/* Into an error, or into the end of a dump: the generic header gives way to the number. */
static void retype(struct nlmsghdr *nlh, unsigned int kind)
{
	static const int errors[] = { 0, -EPERM, -EBUSY, -EINVAL, 5 };
	int err = errors[nlh->nlmsg_len % 5];

	if (kind == 7)
		nlh->nlmsg_type = NLMSG_DONE;
	else if (kind == 6 || kind == 5)
		nlh->nlmsg_type = NLMSG_ERROR;
	else if (kind == 4)
		nlh->nlmsg_type = NLMSG_OVERRUN;
	else
		return;
	memcpy(NLMSG_DATA(nlh), &err, sizeof(err));
}

static struct nlmsghdr *answer(unsigned int flags)
{
	size_t len = in_u16(&wire.in);
	struct nlmsghdr *nlh = message_new(&wire.in, len, wire.cmd);

	nlh->nlmsg_seq = wire.seq;
	nlh->nlmsg_flags = (flags & MULTI ? NLM_F_MULTI : 0) |
			   (flags & TLVS ? NLM_F_ACK_TLVS : 0) |
			   (flags & CAPPED ? NLM_F_CAPPED : 0) |
			   (flags & CHANGED ? NLM_F_DUMP_INTR : 0);
	retype(nlh, flags & KIND);
	return nlh;
}

static int receive(struct nl_sock *sk, struct sockaddr_nl *from, unsigned char **buf,
		   struct ucred **creds)
{
	unsigned int flags;
	struct nlmsghdr *nlh;
	int len;

	(void)sk;
	(void)creds;
	/* Silence for good: a socket would wait. */
	if (!in_left(&wire.in))
		return -NLE_AGAIN;
	flags = in_u8(&wire.in);
	nlh = answer(flags);
	len = nlh->nlmsg_len;
	memset(from, 0, sizeof(*from));
	from->nl_family = AF_NETLINK;
	if (flags & STRANGE) {
		from->nl_pid = in_u8(&wire.in) % 2;
		nlh->nlmsg_seq += in_u8(&wire.in) % 2;
		nlh->nlmsg_type += in_u8(&wire.in) % 2;
		nlh->nlmsg_len += in_u8(&wire.in);
	}
	/* libnl may look at no byte more than came, and frees them. */
	*buf = (unsigned char *)nlh;
	return len;
}

int __wrap_nl_recvmsgs(struct nl_sock *sk, struct nl_cb *cb)
{
	nl_cb_overwrite_recv(cb, receive);
	return __real_nl_recvmsgs(sk, cb);
}

static void ask_lists(struct client *c, unsigned int what)
{
	struct client_domains domains = { 0 };
	struct client_formings formings = { 0 };
	size_t i, k;

	if (what && !client_formings(c, &formings)) {
		for (i = 0; i < formings.n; i++)
			must(strlen(formings.v[i].comm) < sizeof(formings.v[i].comm) &&
			     strlen(formings.v[i].path) < 65536);
		client_formings_free(&formings);
	}
	if (!what && !client_domains(c, &domains)) {
		for (i = 0; i < domains.n; i++)
			for (k = 0; k < domains.v[i].n_policies; k++)
				must(strlen(domains.v[i].policies[k]) < 64);
		client_domains_free(&domains);
	}
}

/* What was read is no image until it was verified. */
static void ask_image(struct client *c)
{
	struct image img;
	uint64_t generation;
	const char *why;
	void *data;
	size_t size;

	if (client_read(c, &data, &size, &generation))
		return;
	if (image_open(&img, data, size, &why))
		free(data);
	else
		image_close(&img);
}

static void ask(struct client *c, unsigned int what)
{
	static const uint8_t image[BULKHEAD_CHUNK_MAX + 8];
	struct client_status status;
	uint64_t generation = 1;

	switch (what % 8) {
	case 0:
		client_status(c, &status);
		break;
	case 1:
	case 2:
		ask_lists(c, what % 8 - 1);
		break;
	case 3:
		ask_image(c);
		break;
	case 4:
		client_apply(c, image, sizeof(image), &generation, &generation);
		break;
	case 5:
		client_bind(c, 1, "policy");
		break;
	case 6:
		client_arm(c, 1);
		break;
	case 7:
		client_unbind(c, 1);
		break;
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct client c = { .sk = nl_socket_alloc(), .family = FUZZ_FAMILY };

	wire.in = input_of(data, size);
	ask(&c, in_u8(&wire.in));
	must(strnlen(c.why, sizeof(c.why)) < sizeof(c.why));
	client_close(&c);
	return 0;
}
