// SPDX-License-Identifier: GPL-2.0-only
/* Rules about ports and addresses: `allow tcp 80, 443 to 10.0.0.0/8`. */
#include <arpa/inet.h>
#include <string.h>

#include "diag.h"
#include "document.h"
#include "names.h"
#include "words.h"

__attribute__((format(printf, 3, 4)))
static bool wrong(struct words *w, const struct word *word, const char *fmt, ...)
{
	struct loc loc = word_loc(w, word);
	char text[256];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	diag_error(w->diag, &loc, "%s", text);
	return false;
}

static bool parse_proto(struct words *w, struct rule *rule)
{
	struct word word = words_next(w);
	int proto = names_find(&names_proto, word.s, word.len);
	const char *near;

	if (proto >= 0) {
		rule->proto = proto;
		return true;
	}
	if (!word.len)
		return wrong(w, &word, "a protocol is missing: tcp, udp, udplite, sctp or icmp");
	near = names_nearest(&names_proto, word.s, word.len);
	if (near)
		return wrong(w, &word, "unknown protocol '%.*s'; did you mean '%s'?",
			     (int)word.len, word.s, near);
	return wrong(w, &word, "unknown protocol '%.*s'; known are tcp, udp, udplite, sctp, icmp",
		     (int)word.len, word.s);
}

/* Digits alone; -1 if it is none, or beyond any port. */
static long parse_number(const char *s, size_t len)
{
	long n = 0;
	size_t i;

	if (!len || len > 6)
		return -1;
	for (i = 0; i < len; i++) {
		if (s[i] < '0' || s[i] > '9')
			return -1;
		n = n * 10 + s[i] - '0';
	}
	return n;
}

static bool all_digits(const char *s, size_t len)
{
	return len && strspn(s, "0123456789") >= len;
}

static bool check_port(struct words *w, const struct rule *rule, const struct word *word,
		       struct word part, long *out)
{
	bool icmp = rule->proto == BKH_PROTO_ICMP;
	long min = icmp || rule->section == BKH_SECTION_LISTEN ? 0 : 1;
	long max = icmp ? 255 : 65535;
	const char *what = icmp ? "ICMP type" : "port";

	*out = parse_number(part.s, part.len);
	if (!all_digits(part.s, part.len))
		return wrong(w, word, "'%.*s' is no %s", (int)word->len, word->s, what);
	if (*out < min || *out > max)
		return wrong(w, &part, "%s %.*s is out of range %ld-%ld", what, (int)part.len,
			     part.s, min, max);
	return true;
}

static bool parse_range(struct words *w, struct rule *rule)
{
	struct word word = words_next(w);
	const char *dash = memchr(word.s, '-', word.len);
	struct word lo = word, hi = word;
	struct port_range *range;
	long from, to;

	if (!word.len || word.s[0] == ',')
		return wrong(w, &word, "a port is missing here");
	if (dash) {
		lo.len = dash - word.s;
		hi.s = dash + 1;
		hi.len = word.len - lo.len - 1;
	}
	if (!check_port(w, rule, &word, lo, &from) || !check_port(w, rule, &word, hi, &to))
		return false;
	if (from > to)
		return wrong(w, &word, "the range is reversed");
	range = vec_push(w->arena, &rule->ranges);
	range->lo = from;
	range->hi = to;
	return true;
}

static bool take_comma(struct words *w)
{
	struct word word = words_peek(w);

	if (!word_is(&word, ","))
		return false;
	words_next(w);
	return true;
}

static bool host_bits_set(const uint8_t *addr, size_t bits, size_t len)
{
	size_t i;

	for (i = len; i < bits; i++)
		if (addr[i / 8] >> (7 - i % 8) & 1)
			return true;
	return false;
}

static void clear_host_bits(uint8_t *addr, size_t bits, size_t len)
{
	size_t i;

	for (i = len; i < bits; i++)
		addr[i / 8] &= ~(1U << (7 - i % 8));
}

static bool wrong_host_bits(struct words *w, const struct word *word, int family,
			    uint8_t *addr, long len)
{
	char net[INET6_ADDRSTRLEN];

	clear_host_bits(addr, family == AF_INET ? 32 : 128, len);
	inet_ntop(family, addr, net, sizeof(net));
	return wrong(w, word, "address bits beyond /%ld are set; did you mean '%s/%ld'?",
		     len, net, len);
}

static void store_prefix(struct net_prefix *prefix, int family, const uint8_t *addr, long len)
{
	prefix->v4 = family == AF_INET;
	prefix->len = len;
	if (!prefix->v4) {
		memcpy(prefix->addr, addr, 16);
		return;
	}
	prefix->addr[10] = prefix->addr[11] = 0xff;
	memcpy(prefix->addr + 12, addr, 4);
	prefix->len += 96;
}

static bool is_mapped(const uint8_t addr[16])
{
	static const uint8_t mapped[12] = { [10] = 0xff, [11] = 0xff };

	return !memcmp(addr, mapped, sizeof(mapped));
}

static bool parse_cidr(struct words *w, struct rule *rule)
{
	struct word word = words_next(w);
	const char *slash = memchr(word.s, '/', word.len);
	size_t host = slash ? (size_t)(slash - word.s) : word.len;
	int family = memchr(word.s, ':', word.len) ? AF_INET6 : AF_INET;
	long max = family == AF_INET ? 32 : 128, len = max;
	char text[INET6_ADDRSTRLEN] = "";
	uint8_t addr[16];

	if (!word.len || word.s[0] == ',')
		return wrong(w, &word, "an address is missing here");
	if (host < sizeof(text))
		memcpy(text, word.s, host);
	if (inet_pton(family, text, addr) != 1)
		return wrong(w, &word, "'%.*s' is no address (names are not looked up)",
			     (int)word.len, word.s);
	if (slash)
		len = parse_number(slash + 1, word.len - host - 1);
	if (len < 0 || len > max)
		return wrong(w, &word, "the prefix length is not within 0-%ld", max);
	if (family == AF_INET6 && is_mapped(addr))
		return wrong(w, &word, "write IPv4 addresses as a.b.c.d");
	if (host_bits_set(addr, max, len))
		return wrong_host_bits(w, &word, family, addr, len);
	store_prefix(vec_push(w->arena, &rule->prefixes), family, addr, len);
	return true;
}

static bool parse_addresses(struct words *w, struct rule *rule)
{
	bool ok = true;

	do {
		ok &= parse_cidr(w, rule);
	} while (take_comma(w));
	return ok;
}

static bool parse_ports(struct words *w, struct rule *rule)
{
	bool ok = true;

	do {
		ok &= parse_range(w, rule);
	} while (take_comma(w));
	return ok;
}

static void all_ports(struct arena *a, struct rule *rule)
{
	struct port_range *range = vec_push(a, &rule->ranges);

	range->lo = 0;
	range->hi = 65535;
}

bool net_rule_parse(struct arena *a, struct diag *d, struct rule *rule,
		    const struct yaml_node *scalar, size_t off)
{
	struct words w = { .arena = a, .diag = d, .scalar = scalar, .off = off };
	bool egress = rule->section == BKH_SECTION_EGRESS;
	const char *to = egress ? "to" : "on";
	struct word word;
	bool ok = true;

	if (!parse_proto(&w, rule))
		return false;
	word = words_peek(&w);
	if (word.len && !word_is(&word, "to") && !word_is(&word, "on"))
		ok = parse_ports(&w, rule);
	else
		all_ports(a, rule);
	word = words_next(&w);
	if (word_is(&word, egress ? "on" : "to"))
		return wrong(&w, &word, "%s rules name an address by '%s'",
			     egress ? "egress" : "listen", to);
	if (word_is(&word, to)) {
		ok &= parse_addresses(&w, rule);
		word = words_next(&w);
	}
	if (word.len)
		return wrong(&w, &word, "'%.*s' is not expected here", (int)word.len, word.s);
	return ok;
}
