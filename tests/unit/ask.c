// SPDX-License-Identifier: GPL-2.0-only
/* Every question that the kernel may put to a verified image. */
#include <stdlib.h>
#include <string.h>
#include <linux/bulkhead.h>

#include "ask.h"

static const char *const paths[] = {
	"/", "/etc", "/etc/passwd", "/usr/x/share/abc", "/a/.git/b/.git", "/var/log/y.log",
	"/var/log/x", "/bin/bash", "/bin/zsh", "/a/b/c/d/e/f/g/h/i/j/k/l/m",
};

static const uint8_t addrs[][16] = {
	{ [10] = 0xff, [11] = 0xff, 10, 0, 0, 53 }, { 0x20, 1, 0x0d, 0xb8, [15] = 1 }, { 0 },
};

/* Volatile, so that no verdict is left out as unused. */
static volatile u32 sink;

void policy_at(struct bkh_policy *p, const void *image, uint32_t index)
{
	const struct bkh_image_hdr *h = image;
	const u32 *off = (const u32 *)((const u8 *)image + h->policies.off);

	if (index >= h->policies.count)
		abort();
	bkh_policy_init(p, (const u8 *)image + off[index]);
}

uint32_t match_path(const struct bkh_policy *p, const char *path)
{
	static struct bkh_name names[BKH_DEPTH_MAX];
	const char *end = path + strlen(path);
	uint32_t n = 0;

	/* From the end: the leaf comes first. */
	while (end > path + 1) {
		const char *start = end;

		while (start[-1] != '/')
			start--;
		names[n++] = (struct bkh_name){ (const u8 *)start, end - start };
		end = start - 1;
	}
	return bkh_match_path(p, names, n);
}

static void ask_state(const struct bkh_policy *p, u32 state)
{
	u32 bit;

	sink += bkh_path_perms(p, state) + bkh_state_table(p, state);
	for (bit = 0; bit < BULKHEAD_PERM_COUNT; bit++) {
		struct bkh_verdict v = bkh_path_verdict(p, state, 1U << bit);

		if (!v.allow)
			sink += p->rules[v.rule].line;
	}
}

void ask_path(const struct bkh_policy *p, const char *path)
{
	ask_state(p, match_path(p, path));
}

/*
 * States that can be reached, breadth first, each by the names that led there:
 * every literal of the policy and a few that no literal is.
 */
#define WALK_STATES	48
#define WALK_NAMES	64

struct walk {
	const struct bkh_policy *p;
	struct bkh_name names[WALK_NAMES];
	u32 n_names;
	struct {
		u32 state, from, name;
	} seen[WALK_STATES];
	u32 n_seen;
};

static void add_name(struct walk *w, const u8 *name, u32 len)
{
	if (w->n_names < WALK_NAMES)
		w->names[w->n_names++] = (struct bkh_name){ name, len };
}

static void collect_names(struct walk *w)
{
	static const char *const others[] = {
		"a", "0", "zz", "x.log", "a-b", "0xq", "\xff\x80", ".", "[", "abcdefghijklmnop",
	};
	const struct bkh_policy *p = w->p;
	u32 i;

	for (i = 0; i < sizeof(others) / sizeof(others[0]); i++)
		add_name(w, (const u8 *)others[i], strlen(others[i]));
	for (i = 0; i < p->hdr->edges.count; i++) {
		const struct bkh_edge *e = &p->edges[i];

		if (e->key != BKH_NONE)
			add_name(w, (const u8 *)p->strings + e->name, bkh_edge_len(e));
	}
}

/* The state behind number @from by @name. */
static u32 state_behind(const struct walk *w, u32 from, u32 name)
{
	struct bkh_name names[WALK_STATES + 1];
	u32 n = 0;

	names[n++] = w->names[name];
	for (; from; from = w->seen[from].from)
		names[n++] = w->names[w->seen[from].name];
	return bkh_match_path(w->p, names, n);
}

static void see(struct walk *w, u32 state, u32 from, u32 name)
{
	u32 i;

	for (i = 0; i < w->n_seen; i++)
		if (w->seen[i].state == state)
			return;
	ask_state(w->p, state);
	if (w->n_seen == WALK_STATES)
		return;
	w->seen[w->n_seen].state = state;
	w->seen[w->n_seen].from = from;
	w->seen[w->n_seen++].name = name;
}

static void ask_walk(const struct bkh_policy *p)
{
	struct walk w = { .p = p };
	u32 i, k;

	collect_names(&w);
	see(&w, BKH_STATE_START, 0, 0);
	for (i = 0; i < w.n_seen; i++)
		for (k = 0; k < w.n_names; k++)
			see(&w, state_behind(&w, i, k), i, k);
}

static void ask_section(const struct bkh_policy *p, enum bkh_section section,
			const uint8_t addr[16], bool v4, uint16_t from)
{
	u32 low = (u32)addr[12] << 24 | addr[13] << 16 | addr[14] << 8 | addr[15];
	u32 high = (u32)addr[0] << 24 | addr[1] << 16 | addr[2] << 8 | addr[3];
	u32 proto, port;

	if (!bkh_governs(p, section))
		return;
	for (proto = 0; proto < __BKH_PROTO_MAX; proto++) {
		for (port = from; port < 65536; port += 211) {
			sink += p->rules[bkh_net_verdict(p, section, proto, addr, v4, port).rule].line;
			sink += bkh_net_allows(p, section, proto, low, port);
			sink += bkh_net_allows_v6(p, section, proto, high, low, port);
		}
	}
}

void ask_ports(const struct bkh_policy *p, const uint8_t addr[16], bool v4, uint16_t from)
{
	ask_section(p, BKH_SECTION_EGRESS, addr, v4, from);
	ask_section(p, BKH_SECTION_LISTEN, addr, v4, from);
}

static void ask_rest(const struct bkh_policy *p)
{
	u32 i;

	for (i = 0; i < BKH_CAPS && bkh_governs(p, BKH_SECTION_CAPABILITY); i++)
		sink += p->rules[bkh_cap_verdict(p, i).rule].line;
	for (i = 0; i < 70; i++)
		sink += bkh_socket_verdict(p, i, i % 20).allow;
	for (i = 0; i < __BKH_PRESET_MAX; i++)
		if (p->hdr->presets >> i & 1)
			sink += p->rules[p->hdr->preset_rules[i]].line;
	if (p->hdr->drift)
		sink += p->rules[p->hdr->drift_rule].line;
	for (i = 0; i < p->hdr->rules.count; i++)
		sink += strlen(p->strings + p->rules[i].text) +
			strlen(p->strings + p->rules[i].file);
}

void ask_all(const void *image)
{
	const struct bkh_image_hdr *h = image;
	const u8 *base = image;
	const struct bkh_binding *b = (const void *)(base + h->bindings.off);
	struct bkh_policy p;
	u32 i, k;

	for (i = 0; i < h->policies.count; i++) {
		policy_at(&p, image, i);
		for (k = 0; k < sizeof(paths) / sizeof(paths[0]); k++)
			ask_path(&p, paths[k]);
		ask_walk(&p);
		for (k = 0; k < sizeof(addrs) / sizeof(addrs[0]); k++)
			ask_ports(&p, addrs[k], !k, 0);
		ask_rest(&p);
	}
	for (i = 0; i < h->bindings.count; i++)
		sink += bkh_glob_match((const char *)base + h->strings.off + b[i].pattern,
				       "/system.slice/a-x.scope");
}
