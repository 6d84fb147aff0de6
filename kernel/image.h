/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * An image in the kernel: the bytes that userspace sent, verified, and the
 * policies in it. Immutable; counted, because explicit bindings make a new
 * ruleset over the same image.
 */
#ifndef BKH_IMAGE_H
#define BKH_IMAGE_H

#include <linux/refcount.h>
#include <linux/types.h>

#include "match.h"

struct bkh_image {
	refcount_t refs;
	u32 size;
	const struct bkh_image_hdr *hdr;
	const struct bkh_binding *bindings;
	const u32 *list;
	const char *strings;
	u32 count;
	struct bkh_policy policies[];
};

/**
 * bkh_image_create - take over and verify an image
 * @data: kvmalloc()ed; the image's on success, the caller's otherwise
 * @size: bytes
 * @why: set to a static sentence if the image is refused
 *
 * May sleep.
 *
 * Return: the image with one reference; ERR_PTR(-EINVAL) or (-ENOMEM).
 */
struct bkh_image *bkh_image_create(void *data, u32 size, const char **why);

struct bkh_image *bkh_image_get(struct bkh_image *image);
void bkh_image_put(struct bkh_image *image);

/* Index of the policy called @name, or -ENOENT. The setup policy is hidden. */
int bkh_image_find(const struct bkh_image *image, const char *name);

#endif /* BKH_IMAGE_H */
