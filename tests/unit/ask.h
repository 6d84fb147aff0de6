/* SPDX-License-Identifier: GPL-2.0-only */
/* Every question that the kernel may put to a verified image, for tests and fuzzers alike. */
#ifndef BULKHEAD_TEST_ASK_H
#define BULKHEAD_TEST_ASK_H

#include "blob.h"
#include "match.h"

/* The policy with that index; aborts if there is none. */
void policy_at(struct bkh_policy *p, const void *image, uint32_t index);

/* Match an absolute path given as a string. */
uint32_t match_path(const struct bkh_policy *p, const char *path);

/* All permissions of a path. */
void ask_path(const struct bkh_policy *p, const char *path);

/* Ports of one address: a sample of them, @from first. */
void ask_ports(const struct bkh_policy *p, const uint8_t addr[16], bool v4, uint16_t from);

/* A fixed set of paths, ports, capabilities, sockets and cgroups to all policies. */
void ask_all(const void *image);

#endif /* BULKHEAD_TEST_ASK_H */
