/* SPDX-License-Identifier: GPL-2.0-only */
/* io_uring by hand: one request on a ring of its own, or several on one kept. */
#ifndef SELFTEST_URING_H
#define SELFTEST_URING_H

#include <stdint.h>
#include <linux/io_uring.h>

/*
 * Submit and wait. @file: a descriptor to register as fixed file 0, or -1.
 * Return: what the request returned (negative errno), or what setting up did.
 */
int uring_do(const struct io_uring_sqe *sqe, int file);

/*
 * A ring with these flags that the task keeps, and the threads that the kernel
 * makes for it. Then a request on it. Return: as above.
 */
int uring_keep(uint32_t flags);
int uring_do_kept(const struct io_uring_sqe *sqe);

/* Register @n fixed files with the one kept; -1 is an empty slot. */
int uring_fix_kept(const int *files, unsigned int n);

/*
 * Read a byte of a fixed file: of @file on a ring of its own, or, if that is -1,
 * of the first one of the ring kept. Return: 0 or an errno.
 */
int uring_read_fixed(int file);

/* Its descriptor, to be handed on. */
int uring_kept_fd(void);

#endif /* SELFTEST_URING_H */
