/* SPDX-License-Identifier: GPL-2.0-only */
/* One ruleset after another, and what their cgroups are. */
#ifndef SELFTEST_REPLACE_H
#define SELFTEST_REPLACE_H

#include <stddef.h>

#define SECRET		TOP "/secret"
#define PUBLIC		TOP "/public"

/*
 * New cgroups come up in the first branch of the tree, and there are so many
 * in the second that walking it takes a while.
 */
#define FIRST		"bh-first"
#define SECOND		"bh-second"

#define STARVED_POINTS	7

/* Replacements that run out of memory, at one place after another. */
void starved(void);

#endif /* SELFTEST_REPLACE_H */
