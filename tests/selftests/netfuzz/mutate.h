/* SPDX-License-Identifier: GPL-2.0-only */
/* Netlink requests bent out of shape, by a seed. */
#ifndef SELFTEST_NETFUZZ_MUTATE_H
#define SELFTEST_NETFUZZ_MUTATE_H

#include <stdint.h>

#include "genl.h"

/* Repeatable: the same seed, the same numbers. */
void random_seed(uint64_t seed);
uint32_t random_below(uint32_t n);

/* A number that is likely to be at some edge. */
uint32_t random_nasty(void);

/* One to three changes of @r: its header, an attribute, its length. */
void mutate(struct request *r);

/* The same for an image: a few of its numbers, near or far off. */
void mutate_image(void *image, size_t size);

#endif /* SELFTEST_NETFUZZ_MUTATE_H */
