/* SPDX-License-Identifier: GPL-2.0-only */
/* An image as text, for people and for golden files. */
#ifndef BULKHEAD_TEST_DUMP_H
#define BULKHEAD_TEST_DUMP_H

#include "support.h"

/* All policies but the host settings, and the bindings. */
void dump_image(struct text *out, const void *image);

#endif /* BULKHEAD_TEST_DUMP_H */
