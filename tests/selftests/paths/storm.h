/* SPDX-License-Identifier: GPL-2.0-only */
/* A storm of renames and mounts beside somebody who opens files. */
#ifndef SELFTEST_PATHS_STORM_H
#define SELFTEST_PATHS_STORM_H

#include "box.h"

#define P TOP "/paths"

#define STORM_POINTS 3

/* What the policy allows there; all else is denied. */
#define STORM_RULES	"    - allow r " P "/storm/open/**/leaf\n"

/* Before the box opens, which then shares what is counted. */
void storm_ready(void);
void storm(struct box *b);

#endif /* SELFTEST_PATHS_STORM_H */
