/* SPDX-License-Identifier: GPL-2.0-only */
/* TAP output. Children must not print: they report to the suite, it prints. */
#ifndef SELFTEST_TAP_H
#define SELFTEST_TAP_H

#include <stdbool.h>

#define __format(f, a) __attribute__((format(printf, f, a)))

/* How many points the suite will make. First line of output. */
void tap_plan(unsigned int points);

/* One point. Return: @pass. */
bool ok(bool pass, const char *fmt, ...) __format(2, 3);

/* A comment, for whoever reads the log. */
void diag(const char *fmt, ...) __format(1, 2);

/* The suite can't go on: its own set-up failed. */
void bail(const char *fmt, ...) __format(1, 2) __attribute__((noreturn));

/* Return: exit status; a plan that was not kept is a failure. */
int tap_end(void);

#endif /* SELFTEST_TAP_H */
