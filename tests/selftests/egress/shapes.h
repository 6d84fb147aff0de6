/* SPDX-License-Identifier: GPL-2.0-only */
/* The kernel's own pieces and headers, and what was open before. */
#ifndef SELFTEST_EGRESS_SHAPES_H
#define SELFTEST_EGRESS_SHAPES_H

#include "box.h"

/* Of a box under policy "ways", where twins go to its network namespace. */
void shapes(struct box *b);

unsigned int shapes_points(void);

#endif /* SELFTEST_EGRESS_SHAPES_H */
