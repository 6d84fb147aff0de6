/* SPDX-License-Identifier: GPL-2.0-only */
/* Ways to put content into a file without write(), for the suite drift. */
#ifndef SELFTEST_DRIFT_WAYS_H
#define SELFTEST_DRIFT_WAYS_H

#include "trial.h"

#define D_		TOP "/dr"
#define OLD		D_ "/old/allowed"
#define RULE		"drift: deny"
#define DRIFTED_AT(a, p, name)	.error = EACCES,				\
	.want = { .act = BULKHEAD_ACT_##a, .perms = BULKHEAD_PERM_##p,		\
		  .rule = RULE, .reason = BULKHEAD_REASON_DRIFT, .path = name }
#define DRIFTED(a, p)	DRIFTED_AT(a, p, NULL)

/* Of the image, on each file system; and what was put there since. */
extern const struct trial brought[], placed[];
extern const unsigned int brought_count, placed_count;

/* The file systems and the programs of the image, before the box; and no more. */
void ways_begin(void);
void ways_end(void);

#endif /* SELFTEST_DRIFT_WAYS_H */
