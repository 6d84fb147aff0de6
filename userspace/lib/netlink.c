// SPDX-License-Identifier: GPL-2.0-only
/* Bounds of the module's attributes, and how its refusals read. */
#include <errno.h>
#include <netlink/genl/genl.h>

#include "blob.h"
#include "netlink.h"

#define STRING(max) { .type = NLA_STRING, .maxlen = (max) + 1 }
#define BINARY(min, max) { .type = NLA_UNSPEC, .minlen = (min), .maxlen = (max) }
#define U8 { .type = NLA_U8, .maxlen = 1 }
#define U16 { .type = NLA_U16, .maxlen = 2 }
#define U32 { .type = NLA_U32, .maxlen = 4 }
#define U64 { .type = NLA_U64, .maxlen = 8 }

/* Rule texts and file names come from policy files of bounded size. */
#define TEXT_MAX 65000

const struct nla_policy bulkhead_attrs[BULKHEAD_A_MAX + 1] = {
	[BULKHEAD_A_ABI] = U32,
	[BULKHEAD_A_MODULE_VERSION] = STRING(63),
	[BULKHEAD_A_GENERATION] = U64,
	[BULKHEAD_A_EXPECT_GENERATION] = U64,
	[BULKHEAD_A_IMAGE_SIZE] = U32,
	[BULKHEAD_A_OFFSET] = U32,
	[BULKHEAD_A_CHUNK] = BINARY(1, BULKHEAD_CHUNK_MAX),
	[BULKHEAD_A_HOOKS_PLANTED] = U32,
	[BULKHEAD_A_HOOKS_WANTED] = U32,
	[BULKHEAD_A_POLICIES] = U32,
	[BULKHEAD_A_BINDINGS] = U32,
	[BULKHEAD_A_NR_DOMAINS] = U32,
	[BULKHEAD_A_NR_FORMING] = U32,
	[BULKHEAD_A_NR_FORMING_OLD] = U32,
	[BULKHEAD_A_DENIED] = U64,
	[BULKHEAD_A_AUDITED] = U64,
	[BULKHEAD_A_LOST] = U64,
	[BULKHEAD_A_CLOSED] = U64,
	[BULKHEAD_A_CGROUP_ID] = U64,
	[BULKHEAD_A_CGROUP_PATH] = STRING(BKH_PATTERN_MAX),
	[BULKHEAD_A_DOMAIN_FLAGS] = U32,
	[BULKHEAD_A_POLICY] = STRING(BKH_NAME_MAX - 1),
	[BULKHEAD_A_PID] = U32,
	[BULKHEAD_A_AGE] = U64,
	[BULKHEAD_A_VERDICT] = U8,
	[BULKHEAD_A_RULE] = U32,
	[BULKHEAD_A_RULE_FILE] = STRING(TEXT_MAX),
	[BULKHEAD_A_RULE_LINE] = U32,
	[BULKHEAD_A_RULE_TEXT] = STRING(TEXT_MAX),
	[BULKHEAD_A_REASON] = U8,
	[BULKHEAD_A_ACT] = U16,
	[BULKHEAD_A_PERMS] = U32,
	[BULKHEAD_A_PATH] = BINARY(0, BKH_PATH_EVENT_MAX + 4),
	[BULKHEAD_A_CAPABILITY] = U32,
	[BULKHEAD_A_FAMILY] = U16,
	[BULKHEAD_A_SOCK_TYPE] = U16,
	[BULKHEAD_A_PROTOCOL] = U16,
	[BULKHEAD_A_ADDRESS] = BINARY(4, 16),
	[BULKHEAD_A_PORT] = U16,
	[BULKHEAD_A_TARGET_PID] = U32,
	[BULKHEAD_A_COMM] = STRING(63),
	[BULKHEAD_A_TIME] = U64,
	[BULKHEAD_A_SEQUENCE] = U64,
};

int netlink_parse(struct nlmsghdr *nlh, struct nlattr *attrs[BULKHEAD_A_MAX + 1])
{
	if (!genlmsg_valid_hdr(nlh, 0))
		return -EBADMSG;
	if (genlmsg_parse(nlh, 0, attrs, BULKHEAD_A_MAX, (struct nla_policy *)bulkhead_attrs) < 0)
		return -EBADMSG;
	return 0;
}

int netlink_from_kernel(struct nl_msg *msg, void *arg)
{
	(void)arg;
	return nlmsg_get_src(msg)->nl_pid ? NL_SKIP : NL_OK;
}

const char *netlink_extack(const struct nlmsgerr *err, size_t len, size_t *why_len)
{
	const struct nlmsghdr *nlh = (const struct nlmsghdr *)err - 1;
	size_t head = sizeof(*err);
	struct nlattr *attr;

	if (!(nlh->nlmsg_flags & NLM_F_ACK_TLVS))
		return NULL;
	/* The refused request is echoed whole unless the answer was capped. */
	if (!(nlh->nlmsg_flags & NLM_F_CAPPED))
		head += NLMSG_ALIGN(err->msg.nlmsg_len) - NLMSG_HDRLEN;
	if (head >= len)
		return NULL;

	attr = nla_find((struct nlattr *)((char *)err + head), len - head, NLMSGERR_ATTR_MSG);
	if (!attr)
		return NULL;
	*why_len = strnlen(nla_data(attr), nla_len(attr));
	return nla_data(attr);
}
