/* SPDX-License-Identifier: GPL-2.0-only */
/* What each suite defines. */
#ifndef SELFTEST_SUITE_H
#define SELFTEST_SUITE_H

/* How many points it will make. */
unsigned int suite_points(void);

void suite(void);

#endif /* SELFTEST_SUITE_H */
