/* SPDX-License-Identifier: GPL-2.0-only */
/* Descriptors from before and from outside. */
#ifndef SELFTEST_FILE_HANDED_H
#define SELFTEST_FILE_HANDED_H

#include "box.h"

unsigned int handed_points(void);

/* @b: in force there is the policy "files". */
void handed(struct box *b);

#endif /* SELFTEST_FILE_HANDED_H */
