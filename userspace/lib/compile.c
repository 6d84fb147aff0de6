// SPDX-License-Identifier: GPL-2.0-only
/* One policy to one blob: the rule table, the simple sections, the order of it all. */
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <linux/bulkhead.h>

#include "blobout.h"
#include "compile.h"
#include "diag.h"
#include "names.h"

/* A rule of the policy; its place in the array is its id. */
struct entry {
	const struct rule *rule;
	size_t doc;
};

struct compiler {
	struct arena *arena;
	const struct policy *policy;
	struct diag *diag;
	struct bkh_blob_hdr hdr;
	vec_of(struct entry) entries;
	vec_of(struct bkh_rule) table;
	struct pool strings;
	struct blobout out;
};

static const struct section *own_section(const struct compiler *c, enum bkh_section which)
{
	return &c->policy->own->sections[which];
}

static void add_entry(struct compiler *c, const struct rule *rule, size_t doc)
{
	*vec_push(c->arena, &c->entries) = (struct entry){ rule, doc };
}

/* Sections that the policy itself lacks govern nothing, used rules or not. */
static void add_section(struct compiler *c, size_t doc, enum bkh_section which)
{
	const struct section *section = &c->policy->docs.v[doc]->sections[which];
	size_t i;

	if (!own_section(c, which)->present)
		return;
	if (section->fallback)
		add_entry(c, section->fallback, doc);
	if (section->drift)
		add_entry(c, section->drift, doc);
	for (i = 0; i < section->rules.n; i++)
		add_entry(c, section->rules.v[i], doc);
}

/* The order that decides which of several rules is named. */
static int by_place(const void *a, const void *b)
{
	const struct entry *x = a, *y = b;

	if (x->doc != y->doc)
		return x->doc < y->doc ? -1 : 1;
	if (x->rule->loc.line != y->rule->loc.line)
		return x->rule->loc.line < y->rule->loc.line ? -1 : 1;
	if (x->rule->loc.col != y->rule->loc.col)
		return x->rule->loc.col < y->rule->loc.col ? -1 : 1;
	return 0;
}

static void number_rules(struct compiler *c)
{
	enum bkh_section which;
	size_t doc, i;

	for (doc = 0; doc < c->policy->docs.n; doc++)
		for (which = 0; which < BKH_SECTION_PRESET; which++)
			add_section(c, doc, which);
	if (c->entries.n)
		qsort(c->entries.v, c->entries.n, sizeof(*c->entries.v), by_place);
	for (i = 0; i < c->entries.n; i++) {
		const struct rule *rule = c->entries.v[i].rule;

		*vec_push(c->arena, &c->table) = (struct bkh_rule){
			.file = pool_add(&c->strings, c->arena, rule->loc.src->name),
			.text = pool_add(&c->strings, c->arena, rule->text),
			.line = rule->loc.line,
			.section = rule->section,
			.action = rule->action,
			.is_default = rule->is_default,
		};
	}
}

static uint32_t id_of(const struct compiler *c, const struct rule *rule)
{
	size_t i;

	for (i = 0; i < c->entries.n; i++)
		if (c->entries.v[i].rule == rule)
			return i;
	return BKH_NONE;
}

static void put_header(struct compiler *c)
{
	const struct document *own = c->policy->own;
	const struct section *exec = own_section(c, BKH_SECTION_EXEC);
	struct bkh_blob_hdr *hdr = &c->hdr;
	enum bkh_section which;

	hdr->magic = BKH_BLOB_MAGIC;
	hdr->version = BKH_BLOB_VERSION;
	hdr->mode = own->mode;
	hdr->drift = exec->drift != NULL;
	hdr->drift_rule = exec->drift ? id_of(c, exec->drift) : BKH_NONE;
	memcpy(hdr->name, c->policy->name, strlen(c->policy->name));
	for (which = 0; which < __BKH_SECTION_MAX; which++) {
		const struct section *section = own_section(c, which);

		hdr->default_rule[which] = BKH_NONE;
		if (!section->present)
			continue;
		hdr->sections |= 1U << which;
		hdr->default_rule[which] = id_of(c, section->fallback);
	}
}

static bool allows(const struct section *section)
{
	return section->fallback->action == BULKHEAD_VERDICT_ALLOW;
}

static void put_perm_default(struct compiler *c)
{
	const struct section *file = own_section(c, BKH_SECTION_FILE);
	const struct section *exec = own_section(c, BKH_SECTION_EXEC);

	c->hdr.perm_default = !file->present || allows(file) ? BULKHEAD_PERM_ALL : 0;
	if (!exec->present)
		return;
	c->hdr.perm_default &= ~BULKHEAD_PERM_EXEC;
	if (allows(exec))
		c->hdr.perm_default |= BULKHEAD_PERM_EXEC;
}

static void put_presets(struct compiler *c)
{
	const struct document *own = c->policy->own;
	unsigned int i;

	c->hdr.presets = own->presets;
	for (i = 0; i < __BKH_PRESET_MAX; i++) {
		const char *text = arena_printf(c->arena, "preset %s", names_get(&names_preset, i));

		c->hdr.preset_rules[i] = BKH_NONE;
		if (!(own->presets >> i & 1))
			continue;
		c->hdr.preset_rules[i] = c->table.n;
		*vec_push(c->arena, &c->table) = (struct bkh_rule){
			.file = pool_add(&c->strings, c->arena, own->src->name),
			.text = pool_add(&c->strings, c->arena, text),
			.line = own->presets_loc.line,
			.section = BKH_SECTION_PRESET,
			.action = BULKHEAD_VERDICT_DENY,
		};
	}
}

/* Denials last, and each from the last rule to the first: what is on top decides. */
static void put_caps(struct compiler *c)
{
	const struct section *section = own_section(c, BKH_SECTION_CAPABILITY);
	unsigned int pass, i;
	size_t k;

	c->hdr.caps = !section->present || allows(section) ? ~0ULL : 0;
	for (i = 0; i < BKH_CAPS; i++)
		c->hdr.cap_rules[i] = c->hdr.default_rule[BKH_SECTION_CAPABILITY];
	for (pass = 0; pass < 2; pass++) {
		uint8_t action = pass ? BULKHEAD_VERDICT_DENY : BULKHEAD_VERDICT_ALLOW;

		for (k = c->entries.n; k--;) {
			const struct rule *rule = c->entries.v[k].rule;

			if (rule->section != BKH_SECTION_CAPABILITY || rule->is_default ||
			    rule->action != action)
				continue;
			c->hdr.cap_rules[rule->number] = k;
			c->hdr.caps &= ~(1ULL << rule->number);
			if (action == BULKHEAD_VERDICT_ALLOW)
				c->hdr.caps |= 1ULL << rule->number;
		}
	}
}

/* Types of a family that no default allows: packets of any content, the host, the kernel's ciphers. */
static uint16_t types_to_name(unsigned int family)
{
	switch (family) {
	case AF_PACKET:
	case AF_VSOCK:
	case AF_ALG:
	case AF_XDP:
		return UINT16_MAX;
	case AF_INET:
	case AF_INET6:
		return 1U << SOCK_RAW;
	default:
		return 0;
	}
}

/* The line that refuses them where the default allows. */
static uint32_t add_unnamed(struct compiler *c, const struct rule *fallback)
{
	const char *text = arena_printf(c->arena, "%s, but packet, raw, vsock, alg and xdp only where named",
					fallback->text);

	*vec_push(c->arena, &c->table) = (struct bkh_rule){
		.file = pool_add(&c->strings, c->arena, fallback->loc.src->name),
		.text = pool_add(&c->strings, c->arena, text),
		.line = fallback->loc.line,
		.section = BKH_SECTION_SOCKET,
		.action = BULKHEAD_VERDICT_DENY,
		.is_default = true,
	};
	return c->table.n - 1;
}

static void put_sockets(struct compiler *c)
{
	const struct section *section = own_section(c, BKH_SECTION_SOCKET);
	vec_of(struct bkh_socket_rule) rules = { 0 };
	uint16_t denied[BKH_FAMILIES] = { 0 };
	uint16_t named[BKH_FAMILIES] = { 0 };
	size_t k;

	memset(c->hdr.socket_allow, !section->present || allows(section) ? 0xff : 0,
	       sizeof(c->hdr.socket_allow));
	for (k = 0; k < c->entries.n; k++) {
		const struct rule *rule = c->entries.v[k].rule;

		if (rule->section != BKH_SECTION_SOCKET || rule->is_default)
			continue;
		*vec_push(c->arena, &rules) = (struct bkh_socket_rule){
			rule->number, rule->types, k };
		named[rule->number] |= rule->types;
		if (rule->action == BULKHEAD_VERDICT_DENY)
			denied[rule->number] |= rule->types;
		else
			c->hdr.socket_allow[rule->number] |= rule->types;
	}
	if (section->present && allows(section)) {
		uint32_t unnamed = add_unnamed(c, section->fallback);

		for (k = 0; k < BKH_FAMILIES; k++) {
			uint16_t types = types_to_name(k) & ~named[k];

			c->hdr.socket_allow[k] &= ~types;
			if (types)
				*vec_push(c->arena, &rules) = (struct bkh_socket_rule){
					k, types, unnamed };
		}
	}
	for (k = 0; k < BKH_FAMILIES; k++)
		c->hdr.socket_allow[k] &= ~denied[k];
	c->hdr.socket_rules = blobout_table(&c->out, rules.v, rules.n, sizeof(*rules.v));
}

static bool put_paths(struct compiler *c)
{
	vec_of(const struct rule *) rules = { 0 };
	struct set ids = { 0 };
	struct automaton m;
	size_t k;

	for (k = 0; k < c->entries.n; k++) {
		const struct rule *rule = c->entries.v[k].rule;

		if (!rule->globs.n)
			continue;
		*vec_push(c->arena, &rules) = rule;
		set_add(c->arena, &ids, k);
	}
	if (!automaton_build(c->arena, &m, rules.v, rules.n, c->diag))
		return false;
	blobout_paths(&c->out, &c->hdr, &m, ids.v, &c->strings);
	return true;
}

static bool put_ports(struct compiler *c, enum bkh_section which, struct bkh_net *net)
{
	const struct section *section = own_section(c, which);
	vec_of(struct net_rule) rules = { 0 };
	struct net_rule fallback = { section->fallback, c->hdr.default_rule[which] };
	struct ports ports;
	size_t k;

	if (!section->present)
		return true;
	for (k = 0; k < c->entries.n; k++)
		if (c->entries.v[k].rule->section == which && !c->entries.v[k].rule->is_default)
			*vec_push(c->arena, &rules) = (struct net_rule){
				c->entries.v[k].rule, k };
	if (!ports_build(c->arena, &ports, rules.v, rules.n, fallback, c->diag))
		return false;
	blobout_ports(&c->out, net, &ports);
	return true;
}

static bool put_sections(struct compiler *c)
{
	put_perm_default(c);
	put_presets(c);
	put_caps(c);
	put_sockets(c);
	return put_paths(c) && put_ports(c, BKH_SECTION_EGRESS, &c->hdr.egress) &&
	       put_ports(c, BKH_SECTION_LISTEN, &c->hdr.listen);
}

static bool finish(struct compiler *c, const void **blob, size_t *size)
{
	size_t i;

	pool_add(&c->strings, c->arena, "");
	/* The kernel reads names of literals by words. */
	for (i = 0; i < sizeof(uint64_t); i++)
		*vec_push(c->arena, &c->strings.bytes) = 0;
	c->hdr.strings = blobout_table(&c->out, c->strings.bytes.v, c->strings.bytes.n, 1);
	c->hdr.rules = blobout_table(&c->out, c->table.v, c->table.n, sizeof(*c->table.v));
	blobout_table(&c->out, NULL, 0, 1);	/* the size is a multiple of eight */
	if (c->out.size > BKH_IMAGE_MAX) {
		diag_error(c->diag, &c->policy->own->name.loc, "the compiled policy is too large");
		return false;
	}
	c->hdr.size = c->out.size;
	memcpy(c->out.bytes, &c->hdr, sizeof(c->hdr));
	*blob = c->out.bytes;
	*size = c->out.size;
	return true;
}

bool compile_policy(struct arena *a, const struct policy *policy, const void **blob, size_t *size,
		    struct diag *d)
{
	struct compiler *c = arena_alloc(a, sizeof(*c));

	c->arena = a;
	c->policy = policy;
	c->diag = d;
	c->out.arena = a;
	blobout_table(&c->out, &c->hdr, 1, sizeof(c->hdr));
	number_rules(c);
	if (c->entries.n > BKH_RULES_MAX - __BKH_PRESET_MAX) {
		diag_error(d, &policy->own->name.loc, "more than %d rules", BKH_RULES_MAX);
		return false;
	}
	put_header(c);
	return put_sections(c) && finish(c, blob, size);
}
