// SPDX-License-Identifier: GPL-2.0-only
/* Dumb and plainly right: what the clever code is compared to. */
#include <string.h>
#include <linux/bulkhead.h>

#include "oracle.h"

/* Does the class behind '[' hold @c? @end: behind its ']'. */
static bool in_class(const char *g, unsigned char c, const char **end)
{
	bool negate = *g == '!' || *g == '^', hit = false;
	const char *first;

	g += negate;
	for (first = g; *g != ']' || g == first;) {
		unsigned char lo, hi;

		if (*g == '\\')
			g++;
		lo = hi = *g++;
		if (*g == '-' && g[1] != ']') {
			g++;
			if (*g == '\\')
				g++;
			hi = *g++;
		}
		if (c >= lo && c <= hi)
			hit = true;
	}
	*end = g + 1;
	return hit != negate;
}

static bool at_end(char c)
{
	return c == '\0' || c == '/';
}

static bool one_component(const char *g, const char *s)
{
	const char *end;

	if (at_end(*g))
		return at_end(*s);
	if (*g == '*')
		return one_component(g + 1, s) || (!at_end(*s) && one_component(g, s + 1));
	if (at_end(*s))
		return false;
	if (*g == '?')
		return one_component(g + 1, s + 1);
	if (*g == '[')
		return in_class(g + 1, *s, &end) && one_component(end, s + 1);
	if (*g == '\\')
		g++;
	return *g == *s && one_component(g + 1, s + 1);
}

static const char *next_component(const char *s)
{
	for (; *s && *s != '/'; s++)
		if (*s == '\\' && s[1])
			s++;
	return *s ? s + 1 : s;
}

static const char *next_name(const char *s)
{
	while (*s && *s != '/')
		s++;
	return *s ? s + 1 : s;
}

static bool components(const char *g, const char *s)
{
	if (!*g)
		return !*s;
	if (!strncmp(g, "**", 2) && at_end(g[2]))
		return components(next_component(g), s) || (*s && components(g, next_name(s)));
	return *s && one_component(g, s) && components(next_component(g), next_name(s));
}

bool oracle_glob(const char *glob, const char *path)
{
	return components(glob + 1, path + 1);
}

static bool covers(const struct oracle_path_rule *rule, uint32_t perm)
{
	uint32_t perms = rule->perms;

	if (perm == BULKHEAD_PERM_APPEND && perms & BULKHEAD_PERM_WRITE)
		return true;
	if (perm == BULKHEAD_PERM_WRITE && !rule->allow && perms & BULKHEAD_PERM_APPEND)
		return true;
	if (perm == BULKHEAD_PERM_MMAP && perms & BULKHEAD_PERM_EXEC)
		return true;
	return perms & perm;
}

unsigned int oracle_path(const struct oracle_path_rule *rules, unsigned int n, const char *path,
			 uint32_t perm, bool *allow)
{
	unsigned int pass, i, k;

	for (pass = 0; pass < 2; pass++) {
		for (i = 0; i < n; i++) {
			if (rules[i].allow != (pass == 1) || !covers(&rules[i], perm))
				continue;
			for (k = 0; k < rules[i].n_globs; k++) {
				if (!oracle_glob(rules[i].globs[k], path))
					continue;
				*allow = pass == 1;
				return rules[i].line;
			}
		}
	}
	return 0;
}

static bool same_bits(const uint8_t *a, const uint8_t *b, unsigned int n)
{
	unsigned int i;

	for (i = 0; i < n; i++)
		if ((a[i / 8] ^ b[i / 8]) & (0x80 >> i % 8))
			return false;
	return true;
}

unsigned int oracle_net(const struct oracle_net_rule *rules, unsigned int n, unsigned int proto,
			bool v4, const uint8_t *addr, unsigned int port, bool *allow)
{
	unsigned int pass, i;

	for (pass = 0; pass < 2; pass++) {
		for (i = 0; i < n; i++) {
			const struct oracle_net_rule *r = &rules[i];

			if (r->allow != (pass == 1) || r->proto != proto || port < r->lo ||
			    port > r->hi)
				continue;
			if (r->has_addr && (r->v4 != v4 || !same_bits(r->addr, addr, r->len)))
				continue;
			*allow = pass == 1;
			return r->line;
		}
	}
	return 0;
}
