// SPDX-License-Identifier: GPL-2.0-only
/* Ports and prefixes against a linear scan; capabilities and sockets too. */
#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "names.h"
#include "oracle.h"
#include "support.h"

#define RULES_MAX	40

struct net_text {
	struct oracle_net_rule rules[RULES_MAX];
	unsigned int n;
	bool egress, default_allow;
	struct text yaml;
};

/* A few bits at the top and at the bottom, so that prefixes nest. */
static void random_addr(struct rng *r, uint8_t addr[16], bool v4)
{
	unsigned int size = v4 ? 4 : 16;

	memset(addr, 0, 16);
	addr[0] = v4 ? 10 : 0x20;
	addr[1] = rng_below(r, 4) << 6;
	addr[2] = rng_below(r, 2) * rng_next(r);
	addr[size - 1] = rng_below(r, 4);
}

static unsigned int random_port(struct rng *r)
{
	static const unsigned int edges[] = { 1, 80, 255, 256, 257, 443, 511, 512, 1023, 65534 };

	return rng_below(r, 3) ? edges[rng_below(r, 10)] : 1 + rng_below(r, 65535);
}

static void random_prefix(struct rng *r, struct oracle_net_rule *rule)
{
	unsigned int i, bits;

	rule->has_addr = rng_below(r, 3);
	if (!rule->has_addr)
		return;
	rule->v4 = rng_below(r, 2);
	bits = rule->v4 ? 32 : 128;
	random_addr(r, rule->addr, rule->v4);
	rule->len = rng_below(r, 4) ? rng_below(r, bits + 1) : bits;
	for (i = rule->len; i < 128; i++)
		rule->addr[i / 8] &= ~(0x80 >> i % 8);
}

static void random_rule(struct rng *r, struct net_text *t, struct oracle_net_rule *rule)
{
	char addr[INET6_ADDRSTRLEN];

	memset(rule, 0, sizeof(*rule));
	rule->allow = rng_below(r, 2);
	rule->proto = rng_below(r, BKH_PROTO_OTHER);
	rule->lo = rule->proto == BKH_PROTO_ICMP ? rng_below(r, 256) : random_port(r);
	rule->hi = rule->lo;
	if (rng_below(r, 2))
		rule->hi = rule->proto == BKH_PROTO_ICMP ? rng_below(r, 256) : random_port(r);
	if (rule->hi < rule->lo)
		rule->hi = rule->lo;
	text_add(&t->yaml, "    - %s %s", rule->allow ? "allow" : "deny",
		 names_get(&names_proto, rule->proto));
	if (rng_below(r, 5))
		text_add(&t->yaml, rule->lo == rule->hi ? " %u" : " %u-%u", rule->lo, rule->hi);
	else
		rule->lo = 0, rule->hi = 65535;
	random_prefix(r, rule);
	if (rule->has_addr)
		text_add(&t->yaml, " %s %s/%u", t->egress ? "to" : "on",
			 inet_ntop(rule->v4 ? AF_INET : AF_INET6, rule->addr, addr, sizeof(addr)),
			 rule->len);
	text_add(&t->yaml, "\n");
}

static void random_policy(struct rng *r, struct net_text *t)
{
	unsigned int i;

	text_reset(&t->yaml);
	t->n = rng_below(r, RULES_MAX);
	t->egress = rng_below(r, 2);
	t->default_allow = rng_below(r, 2);
	text_add(&t->yaml, "bulkhead: 1\npolicy: p\nmode: enforce\n%s:\n  default: %s\n  rules:%s\n",
		 t->egress ? "egress" : "listen", t->default_allow ? "allow" : "deny",
		 t->n ? "" : " []");
	for (i = 0; i < t->n; i++) {
		random_rule(r, t, &t->rules[i]);
		t->rules[i].line = 7 + i;
	}
}

static void mapped(uint8_t out[16], const uint8_t addr[16], bool v4)
{
	memcpy(out, addr, 16);
	if (!v4)
		return;
	memset(out, 0, 16);
	out[10] = out[11] = 0xff;
	memcpy(out + 12, addr, 4);
}

/* On no address in particular: what is denied on any of them counts there, too. */
static void widen_denials(struct net_text *t, bool v4)
{
	unsigned int i;

	for (i = 0; i < t->n; i++)
		if (!t->rules[i].allow && (t->rules[i].v4 || !v4))
			t->rules[i].has_addr = false;
}

static bool check_request(struct rng *r, const struct net_text *t, const struct bkh_policy *p)
{
	struct net_text rules = *t;
	bool v4 = rng_below(r, 2), want = t->default_allow;
	unsigned int proto = rng_below(r, BKH_PROTO_OTHER), line, got_line;
	unsigned int port = proto == BKH_PROTO_ICMP ? rng_below(r, 256) : random_port(r);
	uint8_t addr[16], wide[16];
	struct bkh_verdict v;

	/* Mostly something that a rule speaks about. */
	if (t->n && rng_below(r, 3)) {
		const struct oracle_net_rule *rule = &t->rules[rng_below(r, t->n)];

		proto = rule->proto;
		port = rng_below(r, 2) ? rule->lo : rule->hi;
	}
	if (rng_below(r, 8)) {
		random_addr(r, addr, v4);
	} else {
		memset(addr, 0, sizeof(addr));
		if (!t->egress)
			widen_denials(&rules, v4);
	}
	mapped(wide, addr, v4);
	line = oracle_net(rules.rules, rules.n, proto, v4, addr, port, &want);
	v = bkh_net_verdict(p, t->egress ? BKH_SECTION_EGRESS : BKH_SECTION_LISTEN, proto, wide,
			    v4, port);
	got_line = p->rules[v.rule].line;
	if (v.allow == want && got_line == (line ? line : 5) && v.by_default == !line)
		return true;
	fprintf(stderr, "proto %u port %u v4 %d: want %s by line %u, got %s by line %u\n%s", proto,
		port, v4, want ? "allow" : "deny", line, v.allow ? "allow" : "deny", got_line,
		t->yaml.s);
	return false;
}

static void test_random_ports(void **state)
{
	struct net_text *t = calloc(1, sizeof(*t));
	unsigned int round, i;

	(void)state;
	for (round = 0; round < 1000; round++) {
		struct rng r = rng_of(test_seed() + round);
		struct compiled c;
		bool ok = true;

		random_policy(&r, t);
		compile_text(&c, t->yaml.s);
		for (i = 0; i < 200 && ok; i++)
			ok = check_request(&r, t, &c.policy);
		compiled_free(&c);
		if (!ok)
			fail_msg("BULKHEAD_SEED=%llu",
				 (unsigned long long)(test_seed() + round));
	}
	text_free(&t->yaml);
	free(t);
}

/* What is neither of the protocols is up to the default, whatever rules say. */
static void test_other_protocol(void **state)
{
	uint8_t addr[16] = { [10] = 0xff, [11] = 0xff, 10 };
	struct compiled c;
	struct bkh_verdict v;

	(void)state;
	compile_text(&c, "bulkhead: 1\npolicy: p\nmode: enforce\negress:\n  default: deny\n"
			 "  rules: [allow tcp, allow udp, allow icmp, allow sctp, allow udplite]\n");
	v = bkh_net_verdict(&c.policy, BKH_SECTION_EGRESS, bkh_proto_of(47), addr, true, 0);
	assert_false(v.allow);
	assert_true(v.by_default);
	v = bkh_net_verdict(&c.policy, BKH_SECTION_EGRESS, bkh_proto_of(IPPROTO_TCP), addr, true, 0);
	assert_true(v.allow);
	compiled_free(&c);
}

/* By set: bit 0 allowed, bit 1 denied. */
static void random_names(struct rng *r, struct text *yaml, const char *const *names, size_t n,
			 uint8_t *sets)
{
	unsigned int pass;
	size_t i;

	for (i = 0; i < n; i++)
		sets[i] = rng_below(r, 4);
	for (pass = 0; pass < 2; pass++) {
		const char *comma = "";

		text_add(yaml, "  %s: [", pass ? "deny" : "allow");
		for (i = 0; i < n; i++) {
			if (!(sets[i] >> pass & 1) || !names[i])
				continue;
			text_add(yaml, "%s%s", comma, names[i]);
			comma = ", ";
		}
		text_add(yaml, "]\n");
	}
}

static bool expected(uint8_t set, bool default_allow)
{
	if (set & 2)
		return false;
	return set & 1 ? true : default_allow;
}

static void test_random_capabilities(void **state)
{
	struct rng r = rng_of(test_seed());
	struct text yaml = { 0 };
	uint8_t sets[BKH_CAPS] = { 0 };
	unsigned int round, i;

	(void)state;
	for (round = 0; round < 200; round++) {
		bool default_allow = rng_below(&r, 2);
		struct compiled c;

		text_reset(&yaml);
		text_add(&yaml, "bulkhead: 1\npolicy: p\nmode: enforce\ncapability:\n  default: %s\n",
			 default_allow ? "allow" : "deny");
		random_names(&r, &yaml, names_capability.names, names_capability.n, sets);
		compile_text(&c, yaml.s);
		for (i = 0; i < BKH_CAPS; i++) {
			struct bkh_verdict v = bkh_cap_verdict(&c.policy, i);
			unsigned int line = sets[i] & 2 ? 7 : sets[i] ? 6 : 5;

			assert_int_equal(v.allow, expected(sets[i], default_allow));
			assert_int_equal(v.by_default, !sets[i]);
			assert_int_equal(c.policy.rules[v.rule].line, line);
		}
		compiled_free(&c);
	}
	text_free(&yaml);
}

/* What a default never allows. */
static bool is_to_name(int family, int type)
{
	if (type >= BKH_TYPES)
		return false;
	return family == AF_PACKET || family == AF_VSOCK || family == AF_ALG || family == 44 ||
	       ((family == AF_INET || family == AF_INET6) && type == SOCK_RAW);
}

static void test_random_sockets(void **state)
{
	static const char *const names[] = { "inet", "inet/stream", "inet/raw", "unix",
		"unix/dgram", "netlink/raw", "packet", "xdp", "inet6/seqpacket" };
	static const struct { int family, type; } what[] = { { AF_INET, -1 }, { AF_INET, 1 },
		{ AF_INET, 3 }, { AF_UNIX, -1 }, { AF_UNIX, 2 }, { AF_NETLINK, 3 },
		{ AF_PACKET, -1 }, { 44, -1 }, { AF_INET6, 5 } };
	struct rng r = rng_of(test_seed());
	struct text yaml = { 0 };
	uint8_t sets[9];
	unsigned int round, i;
	int family, type;

	(void)state;
	for (round = 0; round < 200; round++) {
		bool default_allow = rng_below(&r, 2);
		struct compiled c;

		text_reset(&yaml);
		text_add(&yaml, "bulkhead: 1\npolicy: p\nmode: enforce\nsocket:\n  default: %s\n",
			 default_allow ? "allow" : "deny");
		random_names(&r, &yaml, names, 9, sets);
		compile_text(&c, yaml.s);
		for (family = 0; family < 70; family++) {
			for (type = 0; type < 20; type++) {
				struct bkh_verdict v = bkh_socket_verdict(&c.policy, family, type);
				uint8_t set = 0;

				for (i = 0; i < 9; i++)
					if (what[i].family == family && type < 16 &&
					    (what[i].type < 0 || what[i].type == type))
						set |= sets[i];
				if (!set && default_allow && is_to_name(family, type)) {
					assert_false(v.allow);
					assert_false(v.by_default);
					assert_int_equal(c.policy.rules[v.rule].line, 5);
					continue;
				}
				assert_int_equal(v.allow, expected(set, default_allow));
				assert_int_equal(v.by_default, !set);
			}
		}
		compiled_free(&c);
	}
	text_free(&yaml);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_random_ports),
		cmocka_unit_test(test_other_protocol),
		cmocka_unit_test(test_random_capabilities),
		cmocka_unit_test(test_random_sockets),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
