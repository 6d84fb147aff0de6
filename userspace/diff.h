/* SPDX-License-Identifier: GPL-2.0-only */
/* What differs between two images, policy by policy and rule by rule. */
#ifndef BULKHEAD_DIFF_H
#define BULKHEAD_DIFF_H

#include "lib/image.h"

struct json_object;

/* @from may be closed: then all of @to is new. */
void print_diff(const struct image *from, const struct image *to);
struct json_object *diff_json(const struct image *from, const struct image *to);

#endif /* BULKHEAD_DIFF_H */
