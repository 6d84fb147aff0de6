// SPDX-License-Identifier: GPL-2.0-only
/* The verifier's part for ports and addresses: what match_net.c relies on. */
#include "blob_verify.h"

static bool is_v4_prefix(const struct bkh_prefix *p)
{
	static const u8 mapped[12] = { [10] = 0xff, [11] = 0xff };

	return p->len >= 96 && !memcmp(p->addr, mapped, sizeof(mapped));
}

static bool prefix_ok(const struct bkh_net *net, const struct bkh_prefix *p)
{
	const u64 *lens = is_v4_prefix(p) ? net->lens4 : net->lens6;
	u32 i;

	if (p->len > 128 || p->class >= net->classes.count ||
	    !(lens[p->len / 64] >> (p->len % 64) & 1))
		return false;
	for (i = p->len; i < 128; i++)
		if (p->addr[i / 8] >> (7 - i % 8) & 1)
			return false;
	return true;
}

static bool prefix_reachable(struct bkh_verifier *v, const struct bkh_prefix *table,
			     u32 mask, u32 slot)
{
	const struct bkh_prefix *p = &table[slot];
	u32 i = bkh_prefix_slot(p->addr, p->len) & mask;
	u32 n;

	for (n = 0; n < PROBE_MAX; n++, i = (i + 1) & mask) {
		if (i == slot)
			return true;
		if (++v->probes > v->hdr->size)
			return false;
		if (table[i].len == BKH_NONE || (table[i].len == p->len &&
		    !memcmp(table[i].addr, p->addr, sizeof(p->addr))))
			return false;
	}
	return false;
}

static bool verify_prefixes(struct bkh_verifier *v, const struct bkh_net *net)
{
	const struct bkh_prefix *p = span_at(v, &net->prefixes);
	bool empty = false;
	u32 i;

	if (!net->prefixes.count)
		return true;
	if (!is_power_of_two(net->prefixes.count))
		return fail(v, "prefix hash has a wrong size");
	/* Lengths that no prefix can have would shift out of the address. */
	if (net->lens4[2] & ~1ULL || net->lens6[2] & ~1ULL)
		return fail(v, "prefix length out of range");
	for (i = 0; i < net->prefixes.count; i++) {
		relax_at(i);
		if (p[i].len == BKH_NONE)
			empty = true;
		else if (!prefix_ok(net, &p[i]))
			return fail(v, "prefix is wrong");
	}
	if (!empty)
		return fail(v, "prefix hash is full");
	for (i = 0; i < net->prefixes.count; i++) {
		relax_at(i);
		if (p[i].len != BKH_NONE &&
		    !prefix_reachable(v, p, net->prefixes.count - 1, i))
			return fail(v, "prefix can't be found");
	}
	return true;
}

static bool verify_ports(struct bkh_verifier *v, const struct bkh_net *net)
{
	const struct bkh_net_class *c = span_at(v, &net->classes);
	const struct bkh_port_table *t = span_at(v, &net->tables);
	const struct bkh_port_page *pages = span_at(v, &net->pages);
	const struct bkh_net_verdict *verdicts = span_at(v, &net->verdicts);
	u32 i, k;

	if (!net->classes.count)
		return fail(v, "ports without a class");
	for (i = 0; i < net->classes.count; i++) {
		relax_at(i);
		for (k = 0; k < __BKH_PROTO_MAX; k++)
			if (c[i].ports[k] >= net->tables.count)
				return fail(v, "port class is wrong");
	}
	for (i = 0; i < net->tables.count; i++) {
		relax_at(i);
		for (k = 0; k < 256; k++)
			if (t[i].page[k] >= net->pages.count)
				return fail(v, "port table is wrong");
	}
	for (i = 0; i < net->pages.count; i++) {
		relax_at(i);
		for (k = 0; k < 256; k++)
			if (pages[i].verdict[k] >= net->verdicts.count)
				return fail(v, "port page is wrong");
	}
	for (i = 0; i < net->verdicts.count; i++) {
		relax_at(i);
		if (!rule_ok(v, verdicts[i].rule) ||
		    verdicts[i].flags & ~(BKH_NET_ALLOW | BKH_NET_DEFAULT))
			return fail(v, "port verdict is wrong");
	}
	return true;
}

bool bkh_net_verify(struct bkh_verifier *v, const struct bkh_net *net,
		    enum bkh_section section)
{
	u32 size = v->hdr->size;

	if (!span_fits(size, &net->prefixes, sizeof(struct bkh_prefix)) ||
	    !span_fits(size, &net->classes, sizeof(struct bkh_net_class)) ||
	    !span_fits(size, &net->tables, sizeof(struct bkh_port_table)) ||
	    !span_fits(size, &net->pages, sizeof(struct bkh_port_page)) ||
	    !span_fits(size, &net->verdicts, sizeof(struct bkh_net_verdict)))
		return fail(v, "port table out of bounds");
	if (!(v->hdr->sections & (1U << section)))
		return true;
	return verify_prefixes(v, net) && verify_ports(v, net);
}
