// SPDX-License-Identifier: GPL-2.0-only
/* Netlink messages from a fuzzer's bytes. */
#include <netlink/genl/genl.h>

#include <linux/bulkhead.h>

#include "message.h"

#define HEAD (NLMSG_HDRLEN + GENL_HDRLEN)

/* Return: bytes of @out, which has room for all that four bytes of input may grow to. */
static size_t build(struct input *in, uint8_t *out)
{
	size_t used = 0;

	while (in_left(in) >= 2) {
		struct nlattr attr = { .nla_type = in_u8(in) % (BULKHEAD_A_MAX + 2) };
		size_t len = in_u8(in);
		const uint8_t *payload;

		if (len == 255)
			len = in_u16(in);
		payload = in_bytes(in, &len);
		if (len > UINT16_MAX - NLA_HDRLEN)
			len = UINT16_MAX - NLA_HDRLEN;
		attr.nla_len = NLA_HDRLEN + len;
		memset(out + used, 0, NLA_HDRLEN + NLA_ALIGN(len));
		memcpy(out + used, &attr, sizeof(attr));
		memcpy(out + used + NLA_HDRLEN, payload, len);
		used += NLA_HDRLEN + NLA_ALIGN(len);
	}
	return used;
}

struct nlmsghdr *message_new(struct input *in, size_t len, uint8_t cmd)
{
	const uint8_t *bytes = in_bytes(in, &len);
	struct input own = input_of(bytes, len);
	uint8_t *attrs = malloc(4 * len + 64);
	struct nlmsghdr *nlh;
	size_t size;

	if (in_u8(&own) & 1) {
		size = build(&own, attrs);
	} else {
		size = in_left(&own);
		memcpy(attrs, own.p, size);
	}
	nlh = calloc(1, HEAD + size);
	nlh->nlmsg_len = HEAD + size;
	nlh->nlmsg_type = FUZZ_FAMILY;
	*(struct genlmsghdr *)NLMSG_DATA(nlh) = (struct genlmsghdr){ .cmd = cmd, .version = 1 };
	memcpy((uint8_t *)nlh + HEAD, attrs, size);
	free(attrs);
	return nlh;
}
