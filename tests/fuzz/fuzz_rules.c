// SPDX-License-Identifier: GPL-2.0-only
/*
 * Rules against the oracle: lines of rules become a policy, and the verdicts
 * of the compiled one are those of a linear scan, by the same line.
 *
 *	default allow			of both sections; deny if not said
 *	allow rw /etc/x*		a file rule of one glob, no braces
 *	deny tcp 1-1023 10.0.0.0/8	an egress rule; ports, addresses may lack
 *	/etc/xy				a path to ask for
 *	tcp 443 10.0.0.1		a port to ask for
 */
#include <arpa/inet.h>
#include <ctype.h>
#include <linux/bulkhead.h>

#include "ask.h"
#include "input.h"
#include "load.h"
#include "names.h"
#include "oracle.h"

#define RULES_MAX	32
#define ASKS_MAX	32
#define LINE_MAX_	96
/* The oracle tries every way that stars can be read. */
#define STARS_MAX	6

struct port_ask {
	unsigned int proto, port;
	bool v4;
	uint8_t addr[16];
};

static struct {
	bool allow;
	char lines[RULES_MAX * 2 + ASKS_MAX][LINE_MAX_];
	struct oracle_path_rule files[RULES_MAX];
	struct oracle_net_rule ports[RULES_MAX];
	const char *paths[ASKS_MAX];
	struct port_ask asks[ASKS_MAX];
	unsigned int n_lines, n_files, n_ports, n_paths, n_asks, default_line[2];
} in;

static bool good_path(const char *s, bool glob)
{
	unsigned int stars = 0;
	const char *c;

	if (*s != '/' || strstr(s, "//") || (s[1] && s[strlen(s) - 1] == '/'))
		return false;
	for (c = s; *c; c++) {
		stars += *c == '*';
		if ((unsigned char)*c <= ' ' || *c == 0x7f || (glob && strchr("{},", *c)))
			return false;
	}
	return !glob || stars <= STARS_MAX;
}

static void add_file(bool allow, char *letters, const char *glob)
{
	uint32_t perms = 0, perm;

	for (; *letters; letters++) {
		perm = perm_of_letter(*letters);
		if (!perm || perms & perm)
			return;
		perms |= perm;
	}
	if (in.n_files < RULES_MAX && perms && good_path(glob, true))
		in.files[in.n_files++] = (struct oracle_path_rule){ allow, perms, { glob }, 1, 0 };
}

static bool address(const char *text, bool *v4, uint8_t addr[16])
{
	memset(addr, 0, 16);
	*v4 = inet_pton(AF_INET, text, addr) == 1;
	return *v4 || inet_pton(AF_INET6, text, addr) == 1;
}

/* IPv4 in IPv6's clothes is IPv4 to the kernel, and not to a text. */
static bool mapped(bool v4, const uint8_t addr[16])
{
	static const uint8_t head[12] = { [10] = 0xff, [11] = 0xff };

	return !v4 && !memcmp(addr, head, sizeof(head));
}

static void add_port(bool allow, unsigned int proto, char *range, char *prefix)
{
	struct oracle_net_rule *r = &in.ports[in.n_ports];
	unsigned int max = proto == BKH_PROTO_ICMP ? 255 : 65535, i;
	char *slash = prefix ? strchr(prefix, '/') : NULL;

	if (in.n_ports == RULES_MAX)
		return;
	*r = (struct oracle_net_rule){ .allow = allow, .proto = proto, .hi = max };
	if (range && sscanf(range, "%5u-%5u", &r->lo, &r->hi) == 1)
		r->hi = r->lo;
	if (r->lo > r->hi || r->hi > max || (range && !r->lo && proto != BKH_PROTO_ICMP))
		return;
	if (prefix && !slash)
		return;
	if (slash) {
		*slash = 0;
		r->has_addr = true;
		r->len = atoi(slash + 1);
		if (!address(prefix, &r->v4, r->addr) || r->len > (r->v4 ? 32 : 128) ||
		    mapped(r->v4, r->addr))
			return;
		for (i = r->len; i < 128; i++)
			r->addr[i / 8] &= ~(0x80 >> i % 8);
	}
	in.n_ports++;
}

static void add_ask(unsigned int proto, const char *port, const char *addr)
{
	struct port_ask *a = &in.asks[in.n_asks];

	if (in.n_asks == ASKS_MAX || !port || !addr || !address(addr, &a->v4, a->addr) ||
	    mapped(a->v4, a->addr))
		return;
	a->proto = proto;
	a->port = (uint16_t)atoi(port);
	if (proto == BKH_PROTO_ICMP)
		a->port &= 255;
	in.n_asks++;
}

static int proto_of(const char *word)
{
	int proto = word ? names_find(&names_proto, word, strlen(word)) : -1;

	return proto == BKH_PROTO_OTHER ? -1 : proto;
}

static void read_line(char *line)
{
	char *word[4] = { 0 }, *save = NULL;
	unsigned int i;
	bool allow;

	if (*line == '/') {
		if (in.n_paths < ASKS_MAX && good_path(line, false))
			in.paths[in.n_paths++] = line;
		return;
	}
	for (i = 0; i < 4; i++)
		word[i] = strtok_r(i ? NULL : line, " ", &save);
	if (!word[0] || !word[1])
		return;
	if (!strcmp(word[0], "default")) {
		in.allow = !strcmp(word[1], "allow");
		return;
	}
	if (proto_of(word[0]) >= 0)
		return add_ask(proto_of(word[0]), word[1], word[2]);
	allow = !strcmp(word[0], "allow");
	if (!allow && strcmp(word[0], "deny"))
		return;
	if (proto_of(word[1]) >= 0)
		add_port(allow, proto_of(word[1]), word[2], word[3]);
	else if (word[2])
		add_file(allow, word[1], word[2]);
}

static void read_input(const uint8_t *data, size_t size)
{
	const uint8_t *end;
	size_t len;

	memset(&in, 0, sizeof(in));
	for (; size && in.n_lines < sizeof(in.lines) / LINE_MAX_; data += len, size -= len) {
		end = memchr(data, '\n', size);
		len = end ? end - data : size;
		if (len < LINE_MAX_ && !memchr(data, 0, len)) {
			memcpy(in.lines[in.n_lines], data, len);
			read_line(in.lines[in.n_lines++]);
		}
		len += !!end;
	}
}

static void put_quoted(FILE *out, const char *s)
{
	for (; *s; s++) {
		if (*s == '\'')
			fputc('\'', out);
		fputc(*s, out);
	}
}

static void put_port(FILE *out, const struct oracle_net_rule *r)
{
	char addr[INET6_ADDRSTRLEN];

	fprintf(out, "  - %s %s", r->allow ? "allow" : "deny", names_get(&names_proto, r->proto));
	if (r->lo || r->hi < (r->proto == BKH_PROTO_ICMP ? 255 : 65535))
		fprintf(out, " %u-%u", r->lo, r->hi);
	if (r->has_addr)
		fprintf(out, " to %s/%u", inet_ntop(r->v4 ? AF_INET : AF_INET6, r->addr, addr,
						    sizeof(addr)), r->len);
	fputc('\n', out);
}

static void put_policy(FILE *out)
{
	const char *word = in.allow ? "allow" : "deny";
	char letters[PERM_LETTERS_MAX];
	unsigned int line = 7, i;

	fprintf(out, "bulkhead: 1\npolicy: p\nmode: enforce\nfile:\n  default: %s\n  rules:%s\n",
		word, in.n_files ? "" : " []");
	in.default_line[0] = 5;
	for (i = 0; i < in.n_files; i++) {
		in.files[i].line = line++;
		fprintf(out, "  - '%s %s ", in.files[i].allow ? "allow" : "deny",
			perm_letters(in.files[i].perms, letters));
		put_quoted(out, in.files[i].globs[0]);
		fputs("'\n", out);
	}
	in.default_line[1] = line + 1;
	fprintf(out, "egress:\n  default: %s\n  rules:%s\n", word, in.n_ports ? "" : " []");
	line += 3;
	for (i = 0; i < in.n_ports; i++) {
		in.ports[i].line = line++;
		put_port(out, &in.ports[i]);
	}
}

static void check(const char *what, const struct bkh_policy *p, struct bkh_verdict v, bool allow,
		  unsigned int line, unsigned int section)
{
	unsigned int want = line ? line : in.default_line[section];

	if (v.allow == allow && v.by_default == !line && p->rules[v.rule].line == want)
		return;
	fprintf(stderr, "%s: want %s by line %u, got %s by line %u\n", what,
		allow ? "allow" : "deny", want, v.allow ? "allow" : "deny", p->rules[v.rule].line);
	put_policy(stderr);
	abort();
}

static void check_paths(const struct bkh_policy *p)
{
	unsigned int i, bit;

	for (i = 0; i < in.n_paths; i++) {
		u32 state = match_path(p, in.paths[i]);

		for (bit = 0; bit < BULKHEAD_PERM_COUNT; bit++) {
			bool allow = in.allow;
			unsigned int line = oracle_path(in.files, in.n_files, in.paths[i],
							1U << bit, &allow);

			check(in.paths[i], p, bkh_path_verdict(p, state, 1U << bit), allow, line, 0);
		}
	}
}

static uint64_t load_be64(const uint8_t *p)
{
	uint64_t v = 0;
	int i;

	for (i = 0; i < 8; i++)
		v = v << 8 | p[i];
	return v;
}

static void check_ports(const struct bkh_policy *p)
{
	unsigned int i;

	for (i = 0; i < in.n_asks; i++) {
		const struct port_ask *a = &in.asks[i];
		uint8_t wide[16] = { [10] = 0xff, [11] = 0xff };
		bool allow = in.allow;
		unsigned int line = oracle_net(in.ports, in.n_ports, a->proto, a->v4, a->addr,
					       a->port, &allow);

		memcpy(a->v4 ? wide + 12 : wide, a->addr, a->v4 ? 4 : 16);
		if (a->v4)
			must(bkh_net_allows(p, BKH_SECTION_EGRESS, a->proto, ntohl(*(uint32_t *)a->addr),
					    a->port) == allow);
		else
			must(bkh_net_allows_v6(p, BKH_SECTION_EGRESS, a->proto, load_be64(wide),
					       load_be64(wide + 8), a->port) == allow);
		check("port", p, bkh_net_verdict(p, BKH_SECTION_EGRESS, a->proto, wide, a->v4,
						 a->port), allow, line, 1);
	}
}

static void check_policy(const char *yaml, size_t len, struct diag *d)
{
	struct ruleset *rs cleanup_ruleset = NULL;
	struct bkh_policy p;
	const char *why = "";
	void *image;
	size_t size;

	/* A glob may well be wrong; everything else is as it should be. */
	if (ruleset_load_text(&rs, "/fuzz/policy.yaml", yaml, len, d) ||
	    ruleset_compile(rs, &image, &size, d))
		return;
	must(bkh_image_verify(image, size, &why));
	policy_at(&p, image, 0);
	check_paths(&p);
	check_ports(&p);
	free(image);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *yaml = NULL;
	struct diag d;
	size_t len;
	FILE *out;

	read_input(data, size);
	out = open_memstream(&yaml, &len);
	put_policy(out);
	fclose(out);
	diag_init(&d);
	check_policy(yaml, len, &d);
	diag_clear(&d);
	free(yaml);
	return 0;
}
