/* SPDX-License-Identifier: GPL-2.0-only */
/* io_uring by hand: one request on a ring of its own. */
#ifndef SELFTEST_URING_H
#define SELFTEST_URING_H

#include <linux/io_uring.h>

/*
 * Submit and wait. @file: a descriptor to register as fixed file 0, or -1.
 * Return: what the request returned (negative errno), or what setting up did.
 */
int uring_do(const struct io_uring_sqe *sqe, int file);

#endif /* SELFTEST_URING_H */
