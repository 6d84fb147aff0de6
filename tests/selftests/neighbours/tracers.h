/* SPDX-License-Identifier: GPL-2.0-only */
/* Tracers on security_file_open, which calls one of our hooks, and on that hook. */
#ifndef SELFTEST_TRACERS_H
#define SELFTEST_TRACERS_H

#include <stdbool.h>

#define FTRACE_ENABLED	"/proc/sys/kernel/ftrace_enabled"
#define KPROBES_ENABLED	"/sys/kernel/debug/kprobes/enabled"

void tracers_mount(void);

/* @tracer: "function", "function_graph", "nop". Return: 0 or an errno. */
int tracer_set(const char *tracer);

/*
 * Whether the function, and @ours, too, was traced since the last call, or since it was to be forgotten. Of ours the
 * tracer knows only as long as the module stays.
 */
void tracer_forget(void);
bool tracer_saw(bool ours);

/* Probes at the start of both, and one at the return of the first. Return: 0 or an errno. */
int probes_set(void);
int probes_clear(void);

/* How often all have been hit; the least of them. */
unsigned long probes_hit(void);

#endif /* SELFTEST_TRACERS_H */
