// SPDX-License-Identifier: GPL-2.0-only
/*
 * The verifier against mutated images: it never reads out of bounds, and what
 * it accepts, the matcher survives. Images lie in memory of exactly their
 * size, so that the sanitizer sees the first byte too many.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "support.h"

static const char rich[] =
	"bulkhead: 1\npolicy: rich\nmode: enforce\n"
	"match:\n"
	"  - cgroup: /system.slice/{a,b}-*.scope\n"
	"    alternatives: [rich]\n"
	"exec: {default: deny, drift: deny, rules: [allow /bin/*sh, deny /bin/zsh]}\n"
	"file:\n"
	"  default: deny\n"
	"  rules:\n"
	"    - allow r /etc/**, /usr/*/share/[a-f]*\n"
	"    - deny rw /**/.git/**\n"
	"    - allow w /var/log/*.log, /var/log/x\n"
	"    - allow x /opt/{a,b,c,d,e,f,g,h,i,j,k,l,m,n,o,p,q,r,s,t,u,v,w,x,y,z}\n"
	"capability: {default: deny, allow: [kill, chown]}\n"
	"socket: {default: deny, allow: [inet/stream, unix]}\n"
	"egress: {default: deny, rules: [allow tcp 443, allow udp 53 to 10.0.0.53,"
	" deny tcp 1-1023 to 2001:db8::/32]}\n"
	"listen: {default: allow, rules: [deny tcp 22]}\n";

/* Return: whether the image was accepted; then the matcher has run on it. */
static bool feed(const void *image, size_t size)
{
	void *copy = malloc(size);
	const char *why = NULL;
	bool ok;

	memcpy(copy, image, size);
	ok = bkh_image_verify(copy, size, &why);
	if (ok)
		ask_all(copy);
	else
		assert_non_null(why);
	free(copy);
	return ok;
}

static void compile_rich(struct compiled *c)
{
	compile_text(c, rich);
	assert_true(feed(c->image, c->size));
}

static void test_every_byte(void **state)
{
	struct compiled c;
	unsigned int accepted = 0;
	struct rng r = rng_of(test_seed());
	u8 *image;
	size_t i;

	(void)state;
	compile_rich(&c);
	image = c.image;
	for (i = 0; i < c.size; i++) {
		u8 old = image[i];

		/* Port pages are large and all alike: a sample of them will do. */
		if (c.size > 12000 && i > 6000 && rng_below(&r, 8))
			continue;
		image[i] ^= 1U << rng_below(&r, 8);
		accepted += feed(image, c.size);
		image[i] = old;
	}
	assert_true(accepted < c.size);
	compiled_free(&c);
}

static const u32 nasty[] = { 0, 1, 2, 7, 8, 0x7fffffff, 0x80000000, 0xfffffff8, 0xfffffffe,
	0xffffffff, 0x10000 };

static void test_many_fields(void **state)
{
	unsigned int round, k;
	struct compiled c;
	u8 *image;

	(void)state;
	compile_rich(&c);
	image = malloc(c.size);
	for (round = 0; round < 12000; round++) {
		struct rng r = rng_of(test_seed() + round);
		u32 *words = (u32 *)image;

		memcpy(image, c.image, c.size);
		for (k = 0; k <= rng_below(&r, 4); k++) {
			u32 at = rng_below(&r, rng_below(&r, 2) ? 800 : c.size / 4);

			words[at] = rng_below(&r, 2) ? nasty[rng_below(&r, 11)] :
				    words[at] + rng_below(&r, 64) - 32;
		}
		feed(image, c.size);
	}
	free(image);
	compiled_free(&c);
}

static void test_truncated(void **state)
{
	struct compiled c;
	size_t size;

	(void)state;
	compile_rich(&c);
	for (size = 0; size < c.size; size += size < 4096 ? 1 : 64)
		assert_false(feed(c.image, size));
	compiled_free(&c);
}

/* Structure that must not pass, one lie at a time. */
struct lie {
	const char *name;
	void (*tell)(struct bkh_blob_hdr *h, u8 *base);
};

static void lie_magic(struct bkh_blob_hdr *h, u8 *base) { (void)base; h->magic++; }
static void lie_version(struct bkh_blob_hdr *h, u8 *base) { (void)base; h->version++; }
static void lie_mode(struct bkh_blob_hdr *h, u8 *base) { (void)base; h->mode = __BKH_MODE_MAX; }
static void lie_drift(struct bkh_blob_hdr *h, u8 *base) { (void)base; h->drift = 2; }
static void lie_size(struct bkh_blob_hdr *h, u8 *base) { (void)base; h->size -= 8; }
static void lie_name(struct bkh_blob_hdr *h, u8 *base) { (void)base; memset(h->name, 'a', 64); }
static void lie_name_char(struct bkh_blob_hdr *h, u8 *base) { (void)base; h->name[0] = '/'; }
static void lie_perm(struct bkh_blob_hdr *h, u8 *base) { (void)base; h->perm_default = 1 << 10; }
static void lie_homes(struct bkh_blob_hdr *h, u8 *base) { (void)base; h->edge_homes--; }
static void lie_no_homes(struct bkh_blob_hdr *h, u8 *base) { (void)base; h->edge_homes = 0; }
static void lie_default(struct bkh_blob_hdr *h, u8 *base)
{
	(void)base;
	h->default_rule[BKH_SECTION_FILE] = h->rules.count;
}
static void lie_section(struct bkh_blob_hdr *h, u8 *base)
{
	(void)base;
	h->sections &= ~(1U << BKH_SECTION_FILE);
}
static void lie_preset(struct bkh_blob_hdr *h, u8 *base)
{
	(void)base;
	h->presets = 1ULL << __BKH_PRESET_MAX;
}
static void lie_cap_rule(struct bkh_blob_hdr *h, u8 *base)
{
	(void)base;
	h->cap_rules[63] = BKH_NONE;
}
static void lie_states(struct bkh_blob_hdr *h, u8 *base) { (void)base; h->states.count = 1; }
static void lie_align(struct bkh_blob_hdr *h, u8 *base) { (void)base; h->tables.off += 4; }
static void lie_edges(struct bkh_blob_hdr *h, u8 *base)
{
	(void)base;
	h->edges.count = h->edge_homes - 1;
}
static void lie_strings(struct bkh_blob_hdr *h, u8 *base)
{
	base[h->strings.off + h->strings.count - 1] = 'x';
}
static void lie_state_table(struct bkh_blob_hdr *h, u8 *base)
{
	((struct bkh_state *)(base + h->states.off))[2].key = bkh_key(h->tables.count, 0);
}
static void lie_state_key(struct bkh_blob_hdr *h, u8 *base)
{
	((struct bkh_state *)(base + h->states.off))[2].key += 2;
}
static void lie_dead(struct bkh_blob_hdr *h, u8 *base)
{
	((struct bkh_state *)(base + h->states.off))[0].accept = 1;
}
static void lie_accept(struct bkh_blob_hdr *h, u8 *base)
{
	struct bkh_accept *a = (struct bkh_accept *)(base + h->accepts.off) + 1;

	a->allow = a->deny = 1;
}
static void lie_rule_list(struct bkh_blob_hdr *h, u8 *base)
{
	*(u32 *)(base + h->rule_list.off) = h->rules.count;
}
static void lie_fallback(struct bkh_blob_hdr *h, u8 *base)
{
	((struct bkh_table *)(base + h->tables.off))[1].fallback = h->tables.count;
}
static void lie_absorbing(struct bkh_blob_hdr *h, u8 *base)
{
	((struct bkh_table *)(base + h->tables.off))[1].flags |= BKH_TABLE_ABSORBING;
}
static struct bkh_dfa *some_dfa(struct bkh_blob_hdr *h, u8 *base, bool suffix)
{
	struct bkh_dfa *d = (struct bkh_dfa *)(base + h->dfas.off);

	while (!d->n_states != suffix)
		assert_true(++d - (struct bkh_dfa *)(base + h->dfas.off) < h->dfas.count);
	return d;
}
static void lie_dfa_class(struct bkh_blob_hdr *h, u8 *base)
{
	const struct bkh_dfa *d = some_dfa(h, base, false);

	base[d->classes + 'x'] = d->n_classes;
}
static void lie_dfa_trans(struct bkh_blob_hdr *h, u8 *base)
{
	const struct bkh_dfa *d = some_dfa(h, base, false);

	*(u16 *)(base + d->trans) = d->n_states;
}
static void lie_dfa_final(struct bkh_blob_hdr *h, u8 *base)
{
	const struct bkh_dfa *d = some_dfa(h, base, false);

	*(u32 *)(base + d->final) = h->states.count;
}
static void lie_suffix_len(struct bkh_blob_hdr *h, u8 *base)
{
	some_dfa(h, base, true)->n_classes = BKH_SUFFIX_MAX + 1;
}
static void lie_suffix_empty(struct bkh_blob_hdr *h, u8 *base)
{
	some_dfa(h, base, true)->n_classes = 0;
}
static void lie_suffix_final(struct bkh_blob_hdr *h, u8 *base)
{
	some_dfa(h, base, true)->final = h->states.count;
}
static struct bkh_edge *some_edge(struct bkh_blob_hdr *h, u8 *base)
{
	struct bkh_edge *e = (struct bkh_edge *)(base + h->edges.off);

	while (e->key == BKH_NONE)
		e++;
	return e;
}
static void lie_edge_table(struct bkh_blob_hdr *h, u8 *base)
{
	some_edge(h, base)->key += bkh_key(1, 0);
}
static void lie_edge_twin(struct bkh_blob_hdr *h, u8 *base)
{
	struct bkh_edge *last = (struct bkh_edge *)(base + h->edges.off) + h->edges.count - 1;

	*last = *some_edge(h, base);
}
static void lie_edge_loose(struct bkh_blob_hdr *h, u8 *base)
{
	struct bkh_edge *e = (struct bkh_edge *)(base + h->edges.off);

	while (!e->chain)
		assert_true(++e - (struct bkh_edge *)(base + h->edges.off) < h->edges.count);
	e->chain = 0;
}
static void lie_name_len(struct bkh_blob_hdr *h, u8 *base)
{
	some_edge(h, base)->key &= ~0xffU;
}
static void lie_name_end(struct bkh_blob_hdr *h, u8 *base)
{
	some_edge(h, base)->name = h->strings.count;
}
static void lie_name_slash(struct bkh_blob_hdr *h, u8 *base)
{
	base[h->strings.off + some_edge(h, base)->name] = '/';
}
static void lie_chain_end(struct bkh_blob_hdr *h, u8 *base)
{
	struct bkh_edge *e = some_edge(h, base);

	e->chain = (struct bkh_edge *)(base + h->edges.off) + h->edges.count - e;
}
static void lie_chain_home(struct bkh_blob_hdr *h, u8 *base)
{
	struct bkh_edge *e = some_edge(h, base);

	e->chain = (struct bkh_edge *)(base + h->edges.off) + h->edge_homes - 1 - e;
}
static void lie_chain_loop(struct bkh_blob_hdr *h, u8 *base)
{
	struct bkh_edge *e = (struct bkh_edge *)(base + h->edges.off);

	e[h->edges.count - 1].chain = 0U - h->edges.count;
}
static void lie_prefix_len(struct bkh_blob_hdr *h, u8 *base)
{
	struct bkh_prefix *p = (struct bkh_prefix *)(base + h->egress.prefixes.off);

	while (p->len == BKH_NONE)
		p++;
	p->len = 129;
}
static void lie_port_class(struct bkh_blob_hdr *h, u8 *base)
{
	((struct bkh_net_class *)(base + h->egress.classes.off))->ports[0] = h->egress.tables.count;
}
static void lie_port_page(struct bkh_blob_hdr *h, u8 *base)
{
	((struct bkh_port_table *)(base + h->egress.tables.off))->page[255] = h->egress.pages.count;
}
static void lie_port_verdict(struct bkh_blob_hdr *h, u8 *base)
{
	((struct bkh_port_page *)(base + h->listen.pages.off))->verdict[255] =
		h->listen.verdicts.count;
}
static void lie_net_rule(struct bkh_blob_hdr *h, u8 *base)
{
	((struct bkh_net_verdict *)(base + h->listen.verdicts.off))->rule = h->rules.count;
}
static void lie_net_flags(struct bkh_blob_hdr *h, u8 *base)
{
	((struct bkh_net_verdict *)(base + h->listen.verdicts.off))->flags = 4;
}
static void lie_socket(struct bkh_blob_hdr *h, u8 *base)
{
	((struct bkh_socket_rule *)(base + h->socket_rules.off))->family = BKH_FAMILIES;
}

#define LIE(what)	{ #what, lie_##what }

static const struct lie lies[] = {
	LIE(magic), LIE(version), LIE(mode), LIE(drift), LIE(size), LIE(name), LIE(name_char),
	LIE(perm), LIE(homes), LIE(no_homes), LIE(default), LIE(section), LIE(preset), LIE(cap_rule),
	LIE(states), LIE(align), LIE(edges), LIE(strings), LIE(state_table), LIE(state_key), LIE(dead),
	LIE(accept), LIE(rule_list), LIE(fallback), LIE(absorbing), LIE(dfa_class),
	LIE(dfa_trans), LIE(dfa_final), LIE(suffix_len), LIE(suffix_empty), LIE(suffix_final), LIE(edge_table), LIE(edge_twin), LIE(edge_loose), LIE(name_len),
	LIE(name_end), LIE(name_slash), LIE(chain_end), LIE(chain_home), LIE(chain_loop), LIE(prefix_len),
	LIE(port_class), LIE(port_page), LIE(port_verdict), LIE(net_rule), LIE(net_flags),
	LIE(socket),
};

static void test_lies(void **state)
{
	struct compiled c;
	size_t i;

	(void)state;
	compile_rich(&c);
	for (i = 0; i < sizeof(lies) / sizeof(lies[0]); i++) {
		u8 *image = malloc(c.size);
		const struct bkh_image_hdr *h = (void *)image;
		const char *why = NULL;
		u8 *blob;

		memcpy(image, c.image, c.size);
		blob = image + *(u32 *)(image + h->policies.off);
		lies[i].tell((void *)blob, blob);
		if (bkh_image_verify(image, c.size, &why) || !why)
			fail_msg("the verifier believed the lie about '%s'", lies[i].name);
		free(image);
	}
	compiled_free(&c);
}

/* Prefixes of one table, all as far from their home slots as may be. */
#define HOME_EVERY	512
#define RUN		250

static void put_prefix(struct bkh_prefix *table, u32 mask, const u8 addr[16], u32 class)
{
	u32 i = bkh_prefix_slot(addr, 128) & mask;

	while (table[i].len != BKH_NONE)
		i = (i + 1) & mask;
	memcpy(table[i].addr, addr, 16);
	table[i].len = 128;
	table[i].class = class;
}

/* @run prefixes in every home slot: @run 1 is honest, more take long to look up. */
static void crowd(struct bkh_prefix *table, u32 count, u32 class, u32 run)
{
	u32 homes = count / HOME_EVERY, *used = calloc(homes, sizeof(*used));
	u8 addr[16] = { [10] = 0xff, [11] = 0xff };
	u32 left = homes * run, n, home, i;

	for (i = 0; i < count; i++)
		table[i].len = BKH_NONE;
	for (n = 1; left; n++) {
		memcpy(addr + 12, &n, sizeof(n));
		home = bkh_prefix_slot(addr, 128) & (count - 1);
		if (home % HOME_EVERY || used[home / HOME_EVERY] == run)
			continue;
		used[home / HOME_EVERY]++;
		put_prefix(table, count - 1, addr, class);
		left--;
	}
	free(used);
}

/* Each prefix can be found, but to see that takes more than the blob is worth. */
static void test_probes(void **state)
{
	struct text yaml = { 0 };
	struct bkh_prefix *table;
	struct compiled c;
	const char *why = NULL;
	u32 class, i;

	(void)state;
	text_add(&yaml, "bulkhead: 1\npolicy: crowd\nmode: enforce\n"
		 "egress: {default: deny, rules: [\"allow tcp 443 to 10.0.0.0");
	for (i = 1; i < 4000; i++)
		text_add(&yaml, ", 10.0.%u.%u", i >> 8, i & 255);
	text_add(&yaml, "\"]}\n");
	compile_text(&c, yaml.s);
	table = (void *)((u8 *)c.policy.hdr + c.policy.hdr->egress.prefixes.off);
	for (i = 0; table[i].len != 128; i++)
		;
	class = table[i].class;
	crowd(table, c.policy.hdr->egress.prefixes.count, class, 1);
	assert_true(bkh_image_verify(c.image, c.size, &why));
	crowd(table, c.policy.hdr->egress.prefixes.count, class, RUN);
	assert_false(bkh_image_verify(c.image, c.size, &why));
	assert_non_null(why);
	compiled_free(&c);
	text_free(&yaml);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_every_byte),
		cmocka_unit_test(test_many_fields),
		cmocka_unit_test(test_truncated),
		cmocka_unit_test(test_lies),
		cmocka_unit_test(test_probes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
