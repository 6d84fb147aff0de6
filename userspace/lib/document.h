/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * One policy file, understood: what it says, and where it says so.
 * Owns nothing: the ruleset's arena does.
 */
#ifndef BULKHEAD_DOCUMENT_H
#define BULKHEAD_DOCUMENT_H

#include <stdbool.h>
#include <stdint.h>

#include "arena.h"
#include "blob.h"
#include "glob.h"
#include "source.h"

struct diag;
struct yaml_node;

struct port_range {
	uint16_t lo, hi;
};

/* IPv4 is ::ffff:a.b.c.d; @len counts in 128 bits. */
struct net_prefix {
	uint8_t addr[16];
	uint32_t len;
	bool v4;
};

/**
 * struct rule - a line that may decide
 * @loc: where it is written
 * @text: as written
 * @section: enum bkh_section
 * @action: BULKHEAD_VERDICT_ALLOW or _DENY
 * @is_default: the section's `default:` line
 * @perms: file and exec: BULKHEAD_PERM_*
 * @globs: file and exec
 * @proto: egress and listen
 * @ranges: likewise; ports, or types of ICMP; never empty
 * @prefixes: likewise; empty where no address is named
 * @number: CAP_* or AF_*
 * @types: socket: mask of 1 << SOCK_*
 */
struct rule {
	struct loc loc;
	const char *text;
	uint8_t section;
	uint8_t action;
	bool is_default;
	uint32_t perms;
	struct globs globs;
	enum bkh_proto proto;
	vec_of(struct port_range) ranges;
	vec_of(struct net_prefix) prefixes;
	uint32_t number;
	uint16_t types;
};

struct section {
	bool present;
	struct loc loc;
	const struct rule *fallback;	/* the default; null in shared rules */
	const struct rule *drift;	/* set if drift is denied */
	vec_of(const struct rule *) rules;
};

/* A name that the file mentions. */
struct mention {
	const char *name;
	struct loc loc;
};

struct mentions {
	struct mention *v;
	size_t n, cap;
};

struct match {
	struct loc loc;
	struct globs patterns;
	struct mentions alternatives;
};

enum document_kind {
	DOCUMENT_POLICY,
	DOCUMENT_SHARED,
	DOCUMENT_HOST,
};

/* Host settings hold their programs as an exec section. */
struct document {
	enum document_kind kind;
	const struct source *src;
	struct mention name;
	enum bkh_mode mode;
	uint64_t presets;
	struct loc presets_loc;		/* line 0 when nobody mentioned them */
	vec_of(struct match) matches;
	struct mentions uses;
	struct section sections[__BKH_SECTION_MAX];
};

/* What the compiler calls the policy that host settings make. */
#define SETUP_POLICY	"@setup"

/**
 * document_parse - understand a file
 * @a: owner of all
 * @src: the file
 * @d: errors; all of them
 *
 * Return: the document, or null if there were errors.
 */
struct document *document_parse(struct arena *a, const struct source *src, struct diag *d);

/*
 * Rules of one line. Null after errors. @section is known from the key that
 * holds the rule.
 */
struct rule *rule_parse(struct arena *a, struct diag *d, enum bkh_section section,
			const struct yaml_node *scalar);

/* The rest of an egress or listen rule, from byte @off on. */
bool net_rule_parse(struct arena *a, struct diag *d, struct rule *rule,
		    const struct yaml_node *scalar, size_t off);

#endif /* BULKHEAD_DOCUMENT_H */
