// SPDX-License-Identifier: GPL-2.0-only
/* An image as text, for people and for golden files. */
#include <arpa/inet.h>
#include <stdlib.h>
#include <string.h>

#include "dump.h"
#include "names.h"

static const void *at(const struct bkh_policy *p, u32 off)
{
	return (const u8 *)p->hdr + off;
}

static const char *base_name(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash ? slash + 1 : path;
}

static void dump_header(struct text *out, const struct bkh_policy *p)
{
	const struct bkh_blob_hdr *h = p->hdr;
	char letters[PERM_LETTERS_MAX];
	unsigned int i;

	text_add(out, "policy %s: %s, sections", h->name, names_get(&names_mode, h->mode));
	for (i = 0; i < __BKH_SECTION_MAX; i++)
		if (h->sections >> i & 1)
			text_add(out, " %s", names_get(&names_section, i));
	text_add(out, "\npresets");
	for (i = 0; i < __BKH_PRESET_MAX; i++)
		if (h->presets >> i & 1)
			text_add(out, " %s", names_get(&names_preset, i));
	text_add(out, "\ndefault permissions %s, drift %s\n",
		 perm_letters(h->perm_default, letters), h->drift ? "denied" : "allowed");
}

static void dump_rules(struct text *out, const struct bkh_policy *p)
{
	u32 i;

	text_add(out, "rules\n");
	for (i = 0; i < p->hdr->rules.count; i++) {
		const struct bkh_rule *r = &p->rules[i];

		if (r->section == BKH_SECTION_PRESET)
			continue;
		text_add(out, "  %u %s:%u %s %s%s: %s\n", i, base_name(p->strings + r->file),
			 r->line, names_get(&names_section, r->section),
			 names_get(&names_verdict, r->action), r->is_default ? " (default)" : "",
			 p->strings + r->text);
	}
}

static void dump_caps(struct text *out, const struct bkh_policy *p)
{
	u32 i;

	if (!bkh_governs(p, BKH_SECTION_CAPABILITY))
		return;
	text_add(out, "capabilities\n");
	for (i = 0; i < BKH_CAPS; i++) {
		struct bkh_verdict v = bkh_cap_verdict(p, i);

		if (!v.by_default)
			text_add(out, "  %s %s by %u\n", v.allow ? "allow" : "deny",
				 names_get(&names_capability, i), v.rule);
	}
}

static void dump_sockets(struct text *out, const struct bkh_policy *p)
{
	u32 i, type;

	if (!bkh_governs(p, BKH_SECTION_SOCKET))
		return;
	text_add(out, "sockets\n");
	for (i = 0; i < BKH_FAMILIES; i++) {
		for (type = 1; type <= 10; type++) {
			struct bkh_verdict v = bkh_socket_verdict(p, i, type);

			if (!v.by_default && names_get(&names_type, type))
				text_add(out, "  %s %s/%s by %u\n", v.allow ? "allow" : "deny",
					 names_get(&names_family, i),
					 names_get(&names_type, type), v.rule);
		}
	}
}

static void dump_accept(struct text *out, const struct bkh_policy *p, u32 index)
{
	const struct bkh_accept *a = &p->accepts[index];
	u32 bit, n = 0;
	char letters[PERM_LETTERS_MAX];

	for (bit = 0; bit < BULKHEAD_PERM_COUNT; bit++) {
		if (!((a->allow | a->deny) >> bit & 1))
			continue;
		text_add(out, " %c%s:%u", a->deny >> bit & 1 ? '-' : '+',
			 perm_letters(1U << bit, letters), p->rule_list[a->rules + n]);
		n++;
	}
}

static const struct bkh_policy *sorted_policy;

static int by_edge(const void *a, const void *b)
{
	const struct bkh_edge *x = a, *y = b;
	const char *strings = sorted_policy->strings;
	int m = bkh_edge_len(x), n = bkh_edge_len(y);
	int order;

	if (bkh_key_table(x->key) != bkh_key_table(y->key))
		return x->key < y->key ? -1 : 1;
	order = memcmp(strings + x->name, strings + y->name, m < n ? m : n);
	return order ? order : m - n;
}

static void dump_edges(struct text *out, const struct bkh_policy *p, u32 table)
{
	u32 i, n = p->hdr->edges.count;
	struct bkh_edge *edges = malloc(n * sizeof(*edges));

	memcpy(edges, p->edges, n * sizeof(*edges));
	sorted_policy = p;
	qsort(edges, n, sizeof(*edges), by_edge);
	for (i = 0; i < n; i++)
		if (bkh_key_table(edges[i].key) == table)
			text_add(out, "    '%.*s' -> %u\n", (int)bkh_edge_len(&edges[i]),
				 p->strings + edges[i].name, edges[i].next);
	free(edges);
}

static void dump_byte(struct text *out, unsigned int c)
{
	if (c > 32 && c < 127)
		text_add(out, "%c", c);
	else
		text_add(out, "\\x%02x", c);
}

static void dump_byte_state(struct text *out, const struct bkh_policy *p,
			    const struct bkh_dfa *d, u32 s)
{
	const u8 *classes = at(p, d->classes);
	const u16 *trans = (const u16 *)at(p, d->trans) + s * d->n_classes;
	unsigned int c, from;

	for (from = 0; from < 256; from = c) {
		for (c = from; c < 256 && trans[classes[c]] == trans[classes[from]]; c++)
			;
		text_add(out, " ");
		dump_byte(out, from);
		if (c - from > 1) {
			text_add(out, "-");
			dump_byte(out, c - 1);
		}
		text_add(out, ":%u", trans[classes[from]]);
	}
}

static void dump_suffix(struct text *out, const struct bkh_dfa *d)
{
	text_add(out, "    '*%.*s' -> %u\n", d->n_classes,
		 (const char *)d->suffix + BKH_SUFFIX_MAX - d->n_classes, d->final);
}

static void dump_dfas(struct text *out, const struct bkh_policy *p)
{
	const struct bkh_dfa *d = at(p, p->hdr->dfas.off);
	u32 i, s;

	for (i = 0; i < p->hdr->dfas.count; i++) {
		text_add(out, "  names %u\n", i);
		if (!d[i].n_states)
			dump_suffix(out, &d[i]);
		for (s = 0; s < d[i].n_states; s++) {
			text_add(out, "    %u -> %u:", s, ((const u32 *)at(p, d[i].final))[s]);
			dump_byte_state(out, p, &d[i], s);
			text_add(out, "\n");
		}
	}
}

static void dump_paths(struct text *out, const struct bkh_policy *p)
{
	u32 i;

	text_add(out, "paths\n");
	for (i = 0; i < p->hdr->states.count; i++) {
		text_add(out, "  state %u: table %u", i, bkh_state_table(p, i));
		dump_accept(out, p, p->states[i].accept);
		text_add(out, "\n");
	}
	for (i = 0; i < p->hdr->tables.count; i++) {
		const struct bkh_table *t = &p->tables[i];

		text_add(out, "  table %u:%s", i,
			 t->flags & BKH_TABLE_ABSORBING ? " absorbing" : "");
		if (t->dfa != BKH_NONE)
			text_add(out, " names %u", t->dfa);
		if (t->fallback != BKH_NONE)
			text_add(out, " else table %u", t->fallback);
		text_add(out, " other -> %u\n", t->other);
		dump_edges(out, p, i);
	}
	dump_dfas(out, p);
}

static void dump_ports(struct text *out, const struct bkh_policy *p, const struct bkh_net *net,
		       const struct bkh_net_class *class)
{
	const struct bkh_port_table *tables = at(p, net->tables.off);
	const struct bkh_port_page *pages = at(p, net->pages.off);
	const struct bkh_net_verdict *verdicts = at(p, net->verdicts.off);
	unsigned int proto, port, from;

	for (proto = 0; proto < BKH_PROTO_OTHER; proto++) {
		const u16 *page = tables[class->ports[proto]].page;

#define VERDICT(n) pages[page[(n) >> 8]].verdict[(n) & 255]
		for (from = 0; from < 65536; from = port) {
			const struct bkh_net_verdict *v = &verdicts[VERDICT(from)];

			for (port = from; port < 65536 && VERDICT(port) == VERDICT(from); port++)
				;
			if (v->flags & BKH_NET_DEFAULT)
				continue;
			text_add(out, "    %s %s %u-%u by %u\n",
				 v->flags & BKH_NET_ALLOW ? "allow" : "deny",
				 names_get(&names_proto, proto), from, port - 1, v->rule);
		}
#undef VERDICT
	}
}

static int by_prefix(const void *a, const void *b)
{
	return memcmp(a, b, sizeof(struct bkh_prefix));
}

static void dump_net(struct text *out, const struct bkh_policy *p, enum bkh_section section,
		     const struct bkh_net *net)
{
	const struct bkh_net_class *classes = at(p, net->classes.off);
	u32 i, n = net->prefixes.count;
	struct bkh_prefix *prefixes = malloc(n * sizeof(*prefixes) + 1);
	char addr[INET6_ADDRSTRLEN];

	if (bkh_governs(p, section))
		text_add(out, "%s\n", names_get(&names_section, section));
	memcpy(prefixes, at(p, net->prefixes.off), n * sizeof(*prefixes));
	qsort(prefixes, n, sizeof(*prefixes), by_prefix);
	for (i = 0; i < n; i++) {
		if (prefixes[i].len == BKH_NONE)
			continue;
		inet_ntop(AF_INET6, prefixes[i].addr, addr, sizeof(addr));
		text_add(out, "  %s/%u: class %u\n", addr, prefixes[i].len, prefixes[i].class);
	}
	free(prefixes);
	for (i = 0; i < net->classes.count; i++) {
		text_add(out, "  class %u\n", i);
		dump_ports(out, p, net, &classes[i]);
	}
}

static void dump_policy(struct text *out, const struct bkh_policy *p)
{
	dump_header(out, p);
	dump_rules(out, p);
	dump_caps(out, p);
	dump_sockets(out, p);
	dump_paths(out, p);
	dump_net(out, p, BKH_SECTION_EGRESS, &p->hdr->egress);
	dump_net(out, p, BKH_SECTION_LISTEN, &p->hdr->listen);
}

static const char *policy_name(const void *image, u32 index)
{
	struct bkh_policy p;

	policy_at(&p, image, index);
	return p.hdr->name;
}

void dump_image(struct text *out, const void *image)
{
	const struct bkh_image_hdr *h = image;
	const u8 *base = image;
	const struct bkh_binding *b = (const void *)(base + h->bindings.off);
	const u32 *list = (const void *)(base + h->list.off);
	struct bkh_policy p;
	u32 i, k;

	for (i = 0; i < h->bindings.count; i++) {
		text_add(out, "cgroup %s: %s", base + h->strings.off + b[i].pattern,
			 policy_name(image, b[i].policy));
		for (k = 0; k < b[i].alternatives.count; k++)
			text_add(out, " or %s",
				 policy_name(image, list[b[i].alternatives.off + k]));
		text_add(out, "\n");
	}
	for (i = 0; i < h->policies.count; i++) {
		/* What the compiler adds of its own. */
		policy_at(&p, image, i);
		if (p.hdr->name[0] == '@')
			continue;
		dump_policy(out, &p);
	}
}
