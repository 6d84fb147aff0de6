/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Messages as kernel/netlink.c should make them of what netlink_world.h holds,
 * for fuzz_netlink.c: put together apart from the shim, from numbers alone.
 */
#ifndef FUZZ_NETLINK_WANT_H
#define FUZZ_NETLINK_WANT_H

#include "netlink_world.h"

/* The one under way. */
static struct {
	u8 bytes[131072];
	u32 len;
} want;

static void want_begin(u16 flags, u32 seq, u32 portid, u8 cmd)
{
	struct nlmsghdr nlh = { 0, shim_family->id, flags, seq, portid };
	struct genlmsghdr hdr = { cmd, BULKHEAD_GENL_VERSION, 0 };

	memcpy(want.bytes, &nlh, sizeof(nlh));
	memcpy(want.bytes + sizeof(nlh), &hdr, sizeof(hdr));
	want.len = sizeof(nlh) + sizeof(hdr);
	memcpy(want.bytes, &want.len, sizeof(want.len));
}

static void want_attr(u16 type, const void *data, u16 len)
{
	u16 head[2] = { 4 + len, type };

	memset(want.bytes + want.len, 0, 4 + len + 3);
	memcpy(want.bytes + want.len, head, sizeof(head));
	memcpy(want.bytes + want.len + 4, data, len);
	want.len += (4 + len + 3) & ~3U;
	memcpy(want.bytes, &want.len, sizeof(want.len));
}

static void want_u32(u16 type, u32 value)
{
	want_attr(type, &value, sizeof(value));
}

static void want_u64(u16 type, u64 value)
{
	want_attr(type, &value, sizeof(value));
}

static void want_string(u16 type, const char *string)
{
	want_attr(type, string, strlen(string) + 1);
}

static bool is_wanted(const void *bytes, size_t len)
{
	return len == want.len && !memcmp(bytes, want.bytes, len);
}

static void want_status(void)
{
	static const u16 types[] = {
		BULKHEAD_A_IMAGE_SIZE, BULKHEAD_A_POLICIES, BULKHEAD_A_BINDINGS,
		BULKHEAD_A_NR_DOMAINS, BULKHEAD_A_NR_FORMING, BULKHEAD_A_NR_FORMING_OLD,
		BULKHEAD_A_HOOKS_PLANTED, BULKHEAD_A_HOOKS_WANTED,
	};
	unsigned int i;

	want_u64(BULKHEAD_A_GENERATION, world.generation);
	for (i = 0; i < ARRAY_SIZE(types); i++)
		want_u32(types[i], 11 + i);
	want_u64(BULKHEAD_A_DENIED, 1ULL << 40);
	want_u64(BULKHEAD_A_AUDITED, 20);
	want_u64(BULKHEAD_A_LOST, 21);
	want_u64(BULKHEAD_A_CLOSED, 22);
}

static void want_chunk(u32 offset)
{
	u32 len = world.image->size - offset;

	want_u64(BULKHEAD_A_GENERATION, world.generation);
	want_u32(BULKHEAD_A_IMAGE_SIZE, world.image->size);
	want_u32(BULKHEAD_A_OFFSET, offset);
	want_attr(BULKHEAD_A_CHUNK, (const u8 *)world.image->hdr + offset,
		  len < BULKHEAD_CHUNK_MAX ? len : BULKHEAD_CHUNK_MAX);
}

static void want_domain(const struct world_domain *w)
{
	char path[5001];
	u32 i;

	want_u64(BULKHEAD_A_CGROUP_ID, w->d.cgid);
	want_u32(BULKHEAD_A_DOMAIN_FLAGS,
		 w->d.flags[bkh_epoch] | (w->d.dead ? BULKHEAD_DOMAIN_DEAD : 0));
	want_u32(BULKHEAD_A_NR_FORMING, w->d.cgid & 3);
	want_u64(BULKHEAD_A_DENIED, w->d.denied);
	want_u64(BULKHEAD_A_AUDITED, w->d.audited);
	want_u64(BULKHEAD_A_LOST, w->d.lost);
	if (!w->cgrp.gone && w->cgrp.path_len < PATH_MAX - 1) {
		memset(path, '/', w->cgrp.path_len);
		path[w->cgrp.path_len] = 0;
		want_string(BULKHEAD_A_CGROUP_PATH, path);
	}
	for (i = 0; i < w->stack.count; i++)
		want_string(BULKHEAD_A_POLICY, w->policies[i].hdr->name);
}

static void want_forming(const struct bkh_forming_info *f)
{
	want_u32(BULKHEAD_A_PID, f->pid);
	want_u64(BULKHEAD_A_CGROUP_ID, f->cgid);
	want_u64(BULKHEAD_A_AGE, f->age_ms);
}

#endif /* FUZZ_NETLINK_WANT_H */
