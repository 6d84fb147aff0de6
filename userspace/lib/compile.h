/* SPDX-License-Identifier: GPL-2.0-only */
/* One policy to one blob. */
#ifndef BULKHEAD_COMPILE_H
#define BULKHEAD_COMPILE_H

#include "load.h"

/**
 * compile_policy - make a blob
 * @a: owner of everything, the blob too
 * @policy: its own file and what it uses
 * @blob: set to the blob
 * @size: set to its size, a multiple of eight
 * @d: told when it is too complex
 *
 * Return: whether it is not.
 */
bool compile_policy(struct arena *a, const struct policy *policy, const void **blob, size_t *size,
		    struct diag *d);

#endif /* BULKHEAD_COMPILE_H */
