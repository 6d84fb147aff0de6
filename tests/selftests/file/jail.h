/* SPDX-License-Identifier: GPL-2.0-only */
/* Boxes with a root and a mount namespace of their own. */
#ifndef SELFTEST_FILE_JAIL_H
#define SELFTEST_FILE_JAIL_H

unsigned int jail_points(void);
void jail(void);

#endif /* SELFTEST_FILE_JAIL_H */
