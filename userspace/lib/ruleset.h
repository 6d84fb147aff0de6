/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Policy files to an image: the front door of the compiler.
 *
 * All wrong with the input is told in the diag, as much as one run can find.
 * Outputs are untouched on failure.
 */
#ifndef BULKHEAD_RULESET_H
#define BULKHEAD_RULESET_H

#include <stddef.h>
#include <stdint.h>

#include "diag.h"

struct ruleset;

/**
 * ruleset_load - read policies, and all they use
 * @out: set to a ruleset for ruleset_free()
 * @paths: files or directories. A directory stands for its *.yaml and *.yml
 *	and those of its policies.d/, in order of their names; shared rules in
 *	it are loaded only by `use`
 * @n: number of paths
 * @d: errors, and warnings
 *
 * `use: [base/runtime]` is sought as base/runtime.yaml in the directory of the
 * using file, in each directory of @paths, in the colon-separated directories
 * of the environment variable BULKHEAD_PATH, in /etc/bulkhead, and in
 * /usr/share/bulkhead.
 *
 * Return: 0; -EINVAL with errors in @d; -ENOMEM.
 */
int ruleset_load(struct ruleset **out, const char *const *paths, size_t n, struct diag *d);

/**
 * ruleset_compile - make an image that passes bkh_image_verify()
 * @rs: ruleset
 * @image: set to malloc'ed memory
 * @size: set to its size
 * @d: errors
 *
 * Return: 0; -EINVAL with errors in @d; -ENOMEM.
 */
int ruleset_compile(const struct ruleset *rs, void **image, size_t *size, struct diag *d);

/* Policies that the files define; host settings and shared rules aside. */
size_t ruleset_policies(const struct ruleset *rs);

/* Files that were read, in order; null beyond the last. */
const char *ruleset_file(const struct ruleset *rs, size_t i);

void ruleset_free(struct ruleset *rs);

static inline void ruleset_freep(struct ruleset **rs)
{
	ruleset_free(*rs);
}

#define cleanup_ruleset __attribute__((cleanup(ruleset_freep)))

#endif /* BULKHEAD_RULESET_H */
