/* SPDX-License-Identifier: GPL-2.0-only */
/* Requests that no sane program sends. */
#ifndef SELFTEST_CONTROL_MALFORMED_H
#define SELFTEST_CONTROL_MALFORMED_H

extern const unsigned int malformed_points;

/* Leaves the generation as it was. */
void malformed(void);

#endif /* SELFTEST_CONTROL_MALFORMED_H */
