// SPDX-License-Identifier: GPL-2.0-only
/* An image in the kernel: verified bytes and the policies in them. */
#include <linux/err.h>
#include <linux/mm.h>
#include <linux/slab.h>
#include <linux/string.h>

#include "image.h"

static void fill(struct bkh_image *image, const u8 *data)
{
	const u32 *off;
	u32 i;

	image->hdr = (const struct bkh_image_hdr *)data;
	image->bindings = (const void *)(data + image->hdr->bindings.off);
	image->list = (const void *)(data + image->hdr->list.off);
	image->strings = (const void *)(data + image->hdr->strings.off);
	off = (const u32 *)(data + image->hdr->policies.off);
	for (i = 0; i < image->count; i++)
		bkh_policy_init(&image->policies[i], data + off[i]);
}

struct bkh_image *bkh_image_create(void *data, u32 size, const char **why)
{
	const struct bkh_image_hdr *hdr = data;
	struct bkh_image *image;

	if (!bkh_image_verify(data, size, why))
		return ERR_PTR(-EINVAL);
	image = kvzalloc(struct_size(image, policies, hdr->policies.count),
			 GFP_KERNEL);
	if (!image)
		return ERR_PTR(-ENOMEM);
	refcount_set(&image->refs, 1);
	image->size = size;
	image->count = hdr->policies.count;
	fill(image, data);
	return image;
}

struct bkh_image *bkh_image_get(struct bkh_image *image)
{
	refcount_inc(&image->refs);
	return image;
}

void bkh_image_put(struct bkh_image *image)
{
	if (!image || !refcount_dec_and_test(&image->refs))
		return;
	kvfree(image->hdr);
	kvfree(image);
}

int bkh_image_find(const struct bkh_image *image, const char *name)
{
	u32 low = 0, high = image->count;

	while (low < high) {
		u32 mid = low + (high - low) / 2;
		int order = strcmp(name, image->policies[mid].hdr->name);

		if (!order)
			return mid == image->hdr->setup ? -ENOENT : mid;
		if (order < 0)
			high = mid;
		else
			low = mid + 1;
	}
	return -ENOENT;
}
