/* SPDX-License-Identifier: GPL-2.0-only */
/* A program led by system calls, and killed at one of them, or let go there. */
#ifndef SELFTEST_STEPPER_H
#define SELFTEST_STEPPER_H

#include <stdbool.h>
#include <sys/types.h>

/**
 * struct stepping - how far to let it go
 * @argv: the program; its output goes nowhere
 * @from_start: count all system calls, not only those from its first netlink
 *	socket on: until then it knows nothing of the kernel's state
 * @step: which system call to kill it at, from 1; it doesn't come to it
 * @within: kill it inside of that call, @delay_us after it began
 */
struct stepping {
	const char *const *argv;
	bool from_start;
	unsigned int step;
	bool within;
	unsigned int delay_us;
};

/*
 * Return: whether it was killed; false: it had ended before, with @status as
 * wait() says it.
 */
bool step_to(const struct stepping *s, int *status);

/*
 * Start a program, and lead it to its first netlink socket: it stands before
 * that call. What it prints goes to the file @out.
 */
pid_t lead_to_netlink(const char *const argv[], const char *out);
void let_go(pid_t pid);

#endif /* SELFTEST_STEPPER_H */
