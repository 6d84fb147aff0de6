/* SPDX-License-Identifier: GPL-2.0-only */
/* What counts as a container's own loopback, and packets that hide what they are. */
#ifndef SELFTEST_SOCKET_LOOPBACK_H
#define SELFTEST_SOCKET_LOOPBACK_H

extern const unsigned int loopback_points;
void loopback(void);

#endif /* SELFTEST_SOCKET_LOOPBACK_H */
