/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Dumb and plainly right: what the clever code is compared to. Shares no code
 * with it. Rules are looked at one after the other, globs by recursion.
 */
#ifndef BULKHEAD_TEST_ORACLE_H
#define BULKHEAD_TEST_ORACLE_H

#include <stdbool.h>
#include <stdint.h>

/* No braces in @glob. */
bool oracle_glob(const char *glob, const char *path);

struct oracle_path_rule {
	bool allow;
	uint32_t perms;		/* as written */
	const char *globs[4];
	unsigned int n_globs;
	unsigned int line;
};

/* Line that decides about one permission; 0: the default. */
unsigned int oracle_path(const struct oracle_path_rule *rules, unsigned int n, const char *path,
			 uint32_t perm, bool *allow);

struct oracle_net_rule {
	bool allow;
	unsigned int proto;
	unsigned int lo, hi;
	bool has_addr, v4;
	uint8_t addr[16];	/* IPv4 in the first four */
	unsigned int len;
	unsigned int line;
};

unsigned int oracle_net(const struct oracle_net_rule *rules, unsigned int n, unsigned int proto,
			bool v4, const uint8_t *addr, unsigned int port, bool *allow);

#endif /* BULKHEAD_TEST_ORACLE_H */
