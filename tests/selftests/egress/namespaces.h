/* SPDX-License-Identifier: GPL-2.0-only */
/* Packets are judged in namespaces that were there, in those that come, or not at all. */
#ifndef SELFTEST_EGRESS_NAMESPACES_H
#define SELFTEST_EGRESS_NAMESPACES_H

/* No box is open. @policy denies tcp 8080 everywhere, @yaml is its text. */
#define NAMESPACES_POINTS	8
void namespaces(const char *policy, const char *yaml);

#endif /* SELFTEST_EGRESS_NAMESPACES_H */
