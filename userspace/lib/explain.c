// SPDX-License-Identifier: GPL-2.0-only
/* Requests in words, judged by the kernel's own matcher. */
#include <arpa/inet.h>
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <linux/bulkhead.h>

#include "cleanup.h"
#include "explain.h"
#include "names.h"

#define PORT_MAX 65535

/* Acts as events call them, and the permission that each asks for. */
static const struct {
	const char *act;
	uint32_t perms;
} file_acts[] = {
	{ "open", 0 },
	{ "map", BULKHEAD_PERM_MMAP },
	{ "mkdir", BULKHEAD_PERM_CREATE },
	{ "mknod", BULKHEAD_PERM_NODE },
	{ "symlink", BULKHEAD_PERM_CREATE },
	{ "unlink", BULKHEAD_PERM_DELETE },
	{ "rmdir", BULKHEAD_PERM_DELETE },
	{ "rename", 0 },
	{ "truncate", BULKHEAD_PERM_WRITE },
	{ "chmod", BULKHEAD_PERM_OWN },
	{ "chown", BULKHEAD_PERM_OWN },
	{ "fcntl", 0 },
	{ "receive", 0 },
};

static const struct {
	const char *act;
	enum request_kind kind;
	size_t words;
} other_acts[] = {
	{ "capable", REQUEST_CAPABILITY, 2 },
	{ "socket", REQUEST_SOCKET, 2 },
	{ "connect", REQUEST_EGRESS, 3 },
	{ "send", REQUEST_EGRESS, 3 },
	{ "packet", REQUEST_EGRESS, 3 },
	{ "listen", REQUEST_LISTEN, 3 },
	{ "bind", REQUEST_LISTEN, 3 },
};

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

__attribute__((format(printf, 2, 3)))
static int refuse(char why[REQUEST_WHY_MAX], const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(why, REQUEST_WHY_MAX, fmt, ap);
	va_end(ap);
	return -EINVAL;
}

/* Whether @act is one on files; @perms are 0 if it takes letters only. */
static bool is_file_act(const char *act, uint32_t *perms)
{
	int bit = names_find(&names_perm, act, strlen(act));
	size_t i;

	if (bit >= 0) {
		*perms = 1U << bit;
		return true;
	}
	for (i = 0; i < COUNT(file_acts); i++) {
		if (strcmp(file_acts[i].act, act))
			continue;
		*perms = file_acts[i].perms;
		return true;
	}
	return false;
}

static uint32_t perms_of_letters(const char *s)
{
	uint32_t perms = 0, perm;

	for (; *s; s++) {
		perm = perm_of_letter(*s);
		if (!perm)
			return 0;
		perms |= perm;
	}
	return perms;
}

/* Index into other_acts, or -1. */
static int find_other(const char *act)
{
	size_t i;

	for (i = 0; i < COUNT(other_acts); i++)
		if (!strcmp(other_acts[i].act, act))
			return i;
	return -1;
}

static bool starts_request(char *const *words, size_t n)
{
	uint32_t perms;
	int other = find_other(words[0]);

	if (other >= 0)
		return other_acts[other].words == n;
	if (!is_file_act(words[0], &perms))
		return false;
	return n == 2 ? perms : perms_of_letters(words[1]);
}

size_t request_words(char *const *words, size_t n)
{
	if (n >= 3 && starts_request(words + n - 3, 3))
		return 3;
	if (n >= 2 && starts_request(words + n - 2, 2))
		return 2;
	return 0;
}

static int parse_path(struct request *r, const char *path, char *why)
{
	const char *p, *end;

	if (path[0] != '/')
		return refuse(why, "'%s' is no absolute path", path);
	for (p = path; *p; p = end) {
		p += strspn(p, "/");
		end = p + strcspn(p, "/");
		if ((end - p == 1 && p[0] == '.') || (end - p == 2 && !memcmp(p, "..", 2)))
			return refuse(why, "'%s' has a '%.*s' in it: rules hold for resolved paths",
				      path, (int)(end - p), p);
		if (end - p > BKH_COMPONENT_MAX)
			return refuse(why, "a component of the path has more than %d bytes",
				      BKH_COMPONENT_MAX);
	}
	r->kind = REQUEST_PATH;
	r->path = path;
	return 0;
}

static int parse_name(const struct names *table, const char *what, const char *word, size_t len,
		      uint32_t *out, char *why)
{
	int number = names_find(table, word, len);
	const char *nearest;

	if (number >= 0) {
		*out = number;
		return 0;
	}
	nearest = names_nearest(table, word, len);
	if (nearest)
		return refuse(why, "unknown %s '%.*s'; did you mean '%s'?", what, (int)len, word,
			      nearest);
	return refuse(why, "unknown %s '%.*s'", what, (int)len, word);
}

static int parse_socket(struct request *r, const char *word, char *why)
{
	size_t len = strcspn(word, "/");
	int err;

	err = parse_name(&names_family, "socket family", word, len, &r->family, why);
	if (err)
		return err;
	if (!word[len])
		return refuse(why, "which type of socket? Say '%s/stream', '%s/dgram', '%s/raw', …",
			      word, word, word);
	word += len + 1;
	return parse_name(&names_type, "socket type", word, strlen(word), &r->type, why);
}

/* Decimal digits only: strtoul() would take blanks and signs as well. */
static int parse_port(struct request *r, const char *word, char *why)
{
	unsigned long max = r->proto == BKH_PROTO_ICMP ? 255 : PORT_MAX;
	unsigned long port = 0;
	const char *p;

	for (p = word; *p >= '0' && *p <= '9' && port <= max; p++)
		port = port * 10 + (*p - '0');
	if (p == word || *p || port > max)
		return refuse(why, "'%s' is no %s from 0 to %lu", word,
			      r->proto == BKH_PROTO_ICMP ? "ICMP type" : "port", max);
	r->port = port;
	return 0;
}

static int parse_address(struct request *r, const char *word, char *why)
{
	static const uint8_t mapped[12] = { [10] = 0xff, [11] = 0xff };

	r->v4 = inet_pton(AF_INET, word, r->addr + 12) == 1;
	if (r->v4)
		memcpy(r->addr, mapped, sizeof(mapped));
	else if (inet_pton(AF_INET6, word, r->addr) != 1)
		return refuse(why, "'%s' is no address", word);
	else
		r->v4 = !memcmp(r->addr, mapped, sizeof(mapped));
	return 0;
}

/* Cuts "10.0.0.1:80" or "[::1]:80" in two, in place; @port may come out null. */
static int split_endpoint(char *word, char **addr, char **port)
{
	char *end;

	if (word[0] == '[') {
		end = strchr(word, ']');
		if (!end || (end[1] && end[1] != ':'))
			return -EINVAL;
		*addr = word + 1;
		*port = end[1] ? end + 2 : NULL;
		*end = '\0';
		return 0;
	}
	end = strchr(word, ':');
	*addr = word;
	*port = NULL;
	if (!end || strchr(end + 1, ':'))
		return 0;
	*end = '\0';
	*port = end + 1;
	return 0;
}

static int parse_egress(struct request *r, char *word, char *why)
{
	char *addr, *port;
	int err;

	if (split_endpoint(word, &addr, &port))
		return refuse(why, "no ']' ends the address");
	err = parse_address(r, addr, why);
	if (err)
		return err;
	if (port)
		return parse_port(r, port, why);
	if (r->proto != BKH_PROTO_ICMP)
		return refuse(why, r->v4 ? "which port? Say '%s:443'" : "which port? Say '[%s]:443'",
			      addr);
	r->port = r->v4 ? 8 : 128;	/* echo request */
	return 0;
}

/* A port alone is served on all IPv4 addresses. */
static int parse_listen(struct request *r, char *word, char *why)
{
	char *addr, *port;
	int err;

	if (split_endpoint(word, &addr, &port))
		return refuse(why, "no ']' ends the address");
	err = parse_address(r, port ? addr : "0.0.0.0", why);
	return err ? err : parse_port(r, port ? port : addr, why);
}

static int parse_net(struct request *r, const char *proto, const char *object, char *why)
{
	char *word cleanup_free = NULL;
	uint32_t number;
	int err;

	err = parse_name(&names_proto, "protocol", proto, strlen(proto), &number, why);
	if (err)
		return err;
	word = strdup(object);
	if (!word)
		return -ENOMEM;
	r->proto = number;
	return r->kind == REQUEST_EGRESS ? parse_egress(r, word, why) : parse_listen(r, word, why);
}

int request_parse(struct request *r, char *const *words, size_t n, char why[REQUEST_WHY_MAX])
{
	int other = find_other(words[0]);

	if (!starts_request(words, n))
		return refuse(why, "'%s' is no act", words[0]);
	*r = (struct request){ 0 };
	if (other < 0) {
		is_file_act(words[0], &r->perms);
		if (n == 3)
			r->perms = perms_of_letters(words[1]);
		return parse_path(r, words[n - 1], why);
	}
	r->kind = other_acts[other].kind;
	switch (r->kind) {
	case REQUEST_CAPABILITY:
		return parse_name(&names_capability, "capability", words[1], strlen(words[1]),
				  &r->capability, why);
	case REQUEST_SOCKET:
		return parse_socket(r, words[1], why);
	default:
		return parse_net(r, words[1], words[2], why);
	}
}

/* Components of a checked path, the leaf first, as the matcher wants them. */
static int match_path(const struct bkh_policy *p, const char *path, uint32_t *state)
{
	struct bkh_name *names cleanup_free = calloc(BKH_DEPTH_MAX, sizeof(*names));
	const char *end = path + strlen(path), *start;
	uint32_t n = 0;

	if (!names)
		return -ENOMEM;
	while (end > path) {
		for (start = end; start > path && start[-1] != '/'; start--)
			;
		if (end > start) {
			if (n == BKH_DEPTH_MAX)
				return -ENAMETOOLONG;
			names[n++] = (struct bkh_name){ .name = (const u8 *)start,
							.len = end - start };
		}
		end = start > path ? start - 1 : path;
	}
	*state = bkh_match_path(p, names, n);
	return 0;
}

/* What exec rules govern is judged by them; the file section knows x, too. */
static int explain_path(const struct bkh_policy *p, const struct request *r,
			struct explanation *out)
{
	uint32_t exec = BULKHEAD_PERM_EXEC | BULKHEAD_PERM_MMAP;
	uint32_t state = 0;
	int err;

	err = match_path(p, r->path, &state);
	if (err)
		return err;
	out->verdict = bkh_path_verdict(p, state, r->perms);
	out->section = (r->perms & exec) && bkh_governs(p, BKH_SECTION_EXEC) ? BKH_SECTION_EXEC :
									       BKH_SECTION_FILE;
	return 0;
}

static void explain_net(const struct bkh_policy *p, const struct request *r,
			struct explanation *out)
{
	out->section = r->kind == REQUEST_EGRESS ? BKH_SECTION_EGRESS : BKH_SECTION_LISTEN;
	if (bkh_governs(p, out->section))
		out->verdict = bkh_net_verdict(p, out->section, r->proto, r->addr, r->v4, r->port);
}

int explain(const struct bkh_policy *p, const struct request *r, struct explanation *out)
{
	struct explanation e = { .verdict = { .rule = BKH_NONE, .allow = true } };
	int err = 0;

	switch (r->kind) {
	case REQUEST_PATH:
		err = explain_path(p, r, &e);
		break;
	case REQUEST_CAPABILITY:
		e.section = BKH_SECTION_CAPABILITY;
		if (bkh_governs(p, e.section))
			e.verdict = bkh_cap_verdict(p, r->capability);
		break;
	case REQUEST_SOCKET:
		e.section = BKH_SECTION_SOCKET;
		if (bkh_governs(p, e.section))
			e.verdict = bkh_socket_verdict(p, r->family, r->type);
		break;
	case REQUEST_EGRESS:
	case REQUEST_LISTEN:
		explain_net(p, r, &e);
		break;
	}
	if (err)
		return err;
	e.governed = e.verdict.rule < p->hdr->rules.count;
	if (e.governed)
		e.section = p->rules[e.verdict.rule].section;
	*out = e;
	return 0;
}
