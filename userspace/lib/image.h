/* SPDX-License-Identifier: GPL-2.0-only */
/* A verified image, opened for reading: policies, bindings, rules. */
#ifndef BULKHEAD_IMAGE_H
#define BULKHEAD_IMAGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "match.h"

/**
 * struct image - one generation
 * @hdr: null while closed
 * @policies: in order of their names
 * @n: number of policies
 *
 * Owns its memory. The strings that the functions below return live as long.
 */
struct image {
	const struct bkh_image_hdr *hdr;
	struct bkh_policy *policies;
	size_t n;
};

/* Where a rule stands and how it reads. */
struct rule_place {
	const char *file;
	const char *text;
	uint32_t line;
};

/**
 * image_open - take hold of an image
 * @data: malloc'ed; belongs to @img on success, to the caller otherwise
 * @why: set to a static sentence on -EINVAL
 */
int image_open(struct image *img, void *data, size_t size, const char **why);
void image_close(struct image *img);

/* The policy called @name, or null. */
const struct bkh_policy *image_policy(const struct image *img, const char *name);

/* Built in, or not a policy at all: what no policy file is called. */
static inline bool policy_is_hidden(const struct bkh_policy *p)
{
	return p->hdr->name[0] == '@';
}

size_t image_bindings(const struct image *img);
const struct bkh_binding *image_binding(const struct image *img, size_t i);
const char *image_pattern(const struct image *img, const struct bkh_binding *b);
const char *image_name(const struct image *img, uint32_t policy);
const char *image_alternative(const struct image *img, const struct bkh_binding *b, size_t i);

static inline size_t policy_rules(const struct bkh_policy *p)
{
	return p->hdr->rules.count;
}

/* False if @rule is no rule of @p, such as BKH_NONE. */
bool policy_rule(const struct bkh_policy *p, uint32_t rule, struct rule_place *out);

/* Rules that somebody wrote: neither defaults nor presets. */
size_t policy_written_rules(const struct bkh_policy *p);

/* The same policy, to the byte. */
bool policy_equal(const struct bkh_policy *a, const struct bkh_policy *b);

#endif /* BULKHEAD_IMAGE_H */
