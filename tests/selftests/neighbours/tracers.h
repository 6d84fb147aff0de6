/* SPDX-License-Identifier: GPL-2.0-only */
/* Tracers on security_file_open, the function that calls one of our hooks. */
#ifndef SELFTEST_TRACERS_H
#define SELFTEST_TRACERS_H

#include <stdbool.h>

#define FTRACE_ENABLED	"/proc/sys/kernel/ftrace_enabled"
#define KPROBES_ENABLED	"/sys/kernel/debug/kprobes/enabled"

void tracers_mount(void);

/* @tracer: "function", "function_graph", "nop". Return: 0 or an errno. */
int tracer_set(const char *tracer);

/* Whether the function was traced since the last call, or since it was to be forgotten. */
void tracer_forget(void);
bool tracer_saw(void);

/* A probe at its start, and one at its return. Return: 0 or an errno. */
int probes_set(void);
int probes_clear(void);

/* How often both have been hit; the lesser of the two. */
unsigned long probes_hit(void);

#endif /* SELFTEST_TRACERS_H */
