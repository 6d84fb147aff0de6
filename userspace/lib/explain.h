/* SPDX-License-Identifier: GPL-2.0-only */
/* Requests in words, judged by the kernel's own matcher. */
#ifndef BULKHEAD_EXPLAIN_H
#define BULKHEAD_EXPLAIN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "match.h"

enum request_kind {
	REQUEST_PATH,
	REQUEST_CAPABILITY,
	REQUEST_SOCKET,
	REQUEST_EGRESS,
	REQUEST_LISTEN,
};

/**
 * struct request - an act and its object
 * @kind: says which of the rest matter
 * @perms: BULKHEAD_PERM_*
 * @path: absolute; the caller's string
 */
struct request {
	enum request_kind kind;
	uint32_t perms;
	const char *path;
	uint32_t capability;
	uint32_t family;
	uint32_t type;
	enum bkh_proto proto;
	uint8_t addr[16];
	bool v4;
	uint16_t port;
};

struct explanation {
	struct bkh_verdict verdict;
	bool governed;			/* some section of the policy speaks of it */
	enum bkh_section section;
};

#define REQUEST_WHY_MAX 256

/* How many of the last @n @words make a request; 0 if none do. */
size_t request_words(char *const *words, size_t n);

/**
 * request_parse - understand "read /etc/shadow" and the like
 * @words: the act and its object, as request_words() counted them
 * @why: filled in on -EINVAL
 */
int request_parse(struct request *r, char *const *words, size_t n, char why[REQUEST_WHY_MAX]);

/* Judge @r; -ENAMETOOLONG or -ENOMEM if its path can't be taken apart. */
int explain(const struct bkh_policy *p, const struct request *r, struct explanation *out);

#endif /* BULKHEAD_EXPLAIN_H */
