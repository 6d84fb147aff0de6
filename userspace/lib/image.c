// SPDX-License-Identifier: GPL-2.0-only
/* A verified image, opened for reading. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "image.h"

static const void *at(const struct image *img, uint32_t off)
{
	return (const char *)img->hdr + off;
}

int image_open(struct image *img, void *data, size_t size, const char **why)
{
	const struct bkh_image_hdr *hdr = data;
	struct bkh_policy *policies;
	const uint32_t *offsets;
	size_t i;

	if (!bkh_image_verify(data, size, why))
		return -EINVAL;
	policies = calloc(hdr->policies.count + 1, sizeof(*policies));
	if (!policies)
		return -ENOMEM;
	offsets = (const uint32_t *)((const char *)data + hdr->policies.off);
	for (i = 0; i < hdr->policies.count; i++)
		bkh_policy_init(&policies[i], (const char *)data + offsets[i]);
	*img = (struct image){ .hdr = hdr, .policies = policies, .n = hdr->policies.count };
	return 0;
}

void image_close(struct image *img)
{
	free(img->policies);
	free((void *)img->hdr);
	*img = (struct image){ 0 };
}

static int by_name(const void *name, const void *policy)
{
	return strcmp(name, ((const struct bkh_policy *)policy)->hdr->name);
}

const struct bkh_policy *image_policy(const struct image *img, const char *name)
{
	return bsearch(name, img->policies, img->n, sizeof(*img->policies), by_name);
}

size_t image_bindings(const struct image *img)
{
	return img->hdr->bindings.count;
}

const struct bkh_binding *image_binding(const struct image *img, size_t i)
{
	return (const struct bkh_binding *)at(img, img->hdr->bindings.off) + i;
}

const char *image_pattern(const struct image *img, const struct bkh_binding *b)
{
	return at(img, img->hdr->strings.off + b->pattern);
}

const char *image_name(const struct image *img, uint32_t policy)
{
	return img->policies[policy].hdr->name;
}

const char *image_alternative(const struct image *img, const struct bkh_binding *b, size_t i)
{
	const uint32_t *list = at(img, img->hdr->list.off);

	return image_name(img, list[b->alternatives.off + i]);
}

bool policy_rule(const struct bkh_policy *p, uint32_t rule, struct rule_place *out)
{
	const struct bkh_rule *r;

	if (rule >= policy_rules(p))
		return false;
	r = &p->rules[rule];
	*out = (struct rule_place){
		.file = p->strings + r->file,
		.text = p->strings + r->text,
		.line = r->line,
	};
	return true;
}

bool policy_equal(const struct bkh_policy *a, const struct bkh_policy *b)
{
	return a->hdr->size == b->hdr->size && !memcmp(a->hdr, b->hdr, a->hdr->size);
}

size_t policy_written_rules(const struct bkh_policy *p)
{
	size_t i, n = 0;

	for (i = 0; i < policy_rules(p); i++)
		n += !p->rules[i].is_default && p->rules[i].section != BKH_SECTION_PRESET;
	return n;
}
