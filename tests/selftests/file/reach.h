/* SPDX-License-Identifier: GPL-2.0-only */
/* Ways to reach a file other than by its path: the rest of the list. */
#ifndef SELFTEST_FILE_REACH_H
#define SELFTEST_FILE_REACH_H

#include "box.h"

unsigned int reach_points(void);

/* @b is confined by the policy "files". */
void reach(struct box *b);

#endif /* SELFTEST_FILE_REACH_H */
