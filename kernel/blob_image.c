// SPDX-License-Identifier: GPL-2.0-only
/* The verifier of images: where their policies lie, and what binds them. */
#include "blob_verify.h"

static bool verify_policies(const u8 *base, const struct bkh_image_hdr *h,
			    const char **why)
{
	const u32 *off = (const u32 *)(base + h->policies.off);
	const char *last = "";
	u32 end = sizeof(*h);
	u32 i;

	for (i = 0; i < h->policies.count; i++) {
		const struct bkh_blob_hdr *blob = (const void *)(base + off[i]);

		*why = "policy out of bounds";
		if (off[i] & 7 || off[i] < end || off[i] > h->size ||
		    h->size - off[i] < sizeof(*blob) ||
		    blob->size > h->size - off[i])
			return false;
		if (!bkh_blob_verify(blob, blob->size, why))
			return false;
		relax();
		*why = "policies are not sorted by name";
		if (strcmp(last, blob->name) >= 0)
			return false;
		last = blob->name;
		end = off[i] + blob->size;
	}
	return true;
}

static bool binding_ok(const u8 *base, const struct bkh_image_hdr *h,
		       const struct bkh_binding *b)
{
	const char *strings = (const char *)base + h->strings.off;
	const u32 *list = (const u32 *)(base + h->list.off);
	u32 i;

	if (b->pattern >= h->strings.count || strings[b->pattern] != '/' ||
	    strlen(strings + b->pattern) >= BKH_PATTERN_MAX ||
	    b->policy >= h->policies.count)
		return false;
	if (b->alternatives.count > BKH_ALTERNATIVES_MAX ||
	    b->alternatives.off > h->list.count ||
	    b->alternatives.count > h->list.count - b->alternatives.off)
		return false;
	for (i = 0; i < b->alternatives.count; i++)
		if (list[b->alternatives.off + i] >= h->policies.count)
			return false;
	return true;
}

static bool verify_bindings(const u8 *base, const struct bkh_image_hdr *h)
{
	const struct bkh_binding *b = (const void *)(base + h->bindings.off);
	const char *strings = (const char *)base + h->strings.off;
	u32 i;

	if (!h->strings.count || strings[h->strings.count - 1])
		return false;
	for (i = 0; i < h->bindings.count; i++) {
		relax_at(i);
		if (!binding_ok(base, h, &b[i]))
			return false;
	}
	return true;
}

static bool verify_setup(const u8 *base, const struct bkh_image_hdr *h)
{
	const u32 *off = (const u32 *)(base + h->policies.off);
	const struct bkh_blob_hdr *blob;

	if (h->setup == BKH_NONE)
		return true;
	if (h->setup >= h->policies.count)
		return false;
	blob = (const void *)(base + off[h->setup]);
	return blob->sections & (1U << BKH_SECTION_EXEC);
}

bool bkh_image_verify(const void *data, size_t size, const char **why)
{
	const struct bkh_image_hdr *h = data;

	*why = "not a compiled ruleset";
	if (size < sizeof(*h) || h->magic != BKH_IMAGE_MAGIC)
		return false;
	*why = "compiled ruleset of another version";
	if (h->version != BKH_BLOB_VERSION)
		return false;
	*why = "ruleset size is wrong";
	if (h->size != size || size > BKH_IMAGE_MAX)
		return false;
	*why = "ruleset table out of bounds";
	if (!span_fits(h->size, &h->policies, sizeof(u32)) ||
	    !span_fits(h->size, &h->bindings, sizeof(struct bkh_binding)) ||
	    !span_fits(h->size, &h->list, sizeof(u32)) ||
	    !span_fits(h->size, &h->strings, 1))
		return false;
	*why = "too many policies or bindings";
	if (h->policies.count > BKH_POLICIES_MAX ||
	    h->bindings.count > BKH_BINDINGS_MAX)
		return false;
	if (!verify_policies(data, h, why))
		return false;
	*why = "binding is wrong";
	if (!verify_bindings(data, h))
		return false;
	*why = "setup programs are wrong";
	return verify_setup(data, h);
}
