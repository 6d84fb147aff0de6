/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Memory that isn't there: the nth allocation of a task fails, for n = 1, 2, 3
 * and so on, until it makes fewer than n. By /proc/PID/fail-nth.
 */
#ifndef FAULTS_INJECT_H
#define FAULTS_INJECT_H

#include <errno.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "box.h"

/* More allocations than anything makes here. */
#define MANY	1000000

/* Any allocation may fail, of slabs and of pages, and nothing is said of it. */
void inject_set_up(void);

/* From here on, of the calling thread. */
void fail_nth(unsigned int n);

/* Return: how many were left to go, 0: it has failed. No other will. */
unsigned int fail_end(void);

/* The same for another task; a dead one that nobody has waited for may be read. */
void fail_nth_of(pid_t pid, unsigned int n);
unsigned int fail_left_of(pid_t pid);

/* Return: the errno of @act; *@left as fail_end() says. */
int try_here(int (*act)(void), unsigned int n, unsigned int *left);

/* In a child, after @before, until it is dead. Return: its exit status, 128 + signal. */
int try_in_child(int (*before)(void), int (*act)(void), unsigned int n,
		 unsigned int *left);

/* In a child of the box's task, which has executed the helper. */
int try_in_box(struct box *b, act_fn act, const struct args *args, unsigned int n,
	       unsigned int *left);

/**
 * struct ordeal - what is tried with each of its allocations failing in turn
 * @what: in a few words
 * @prepare: before each try
 * @attempt: the nth allocation failing. Return: 0 or what was reported
 * @judge: after each: whether all is as it has to be, given what was reported
 * @first, @last: if not 0: of those between the first and the last so many, all
 *	of one kind or not ours, one of STRIDE is tried; with bulkhead.long=1 all
 * @stride: if not 0: instead of STRIDE
 * @ours: if not NULL: how often one failed that is the module's own; some have to
 * @onward: with the nth all fail that come after it: what falls back on another
 *	allocation finds none
 */
struct ordeal {
	const char *what;
	void (*prepare)(void);
	int (*attempt)(unsigned int n, unsigned int *left);
	bool (*judge)(int error);
	unsigned int first, last, stride;
	const uint64_t *ours;
	bool onward;
};

#define STRIDE	16

/* Where being refused is what has to happen: 0, and this where it didn't. */
#define THROUGH		255
static inline int refused(int error)
{
	return error == EACCES ? 0 : error ? error : THROUGH;
}

/* All allocations fail of these tasks whose names begin so, or no more. */
void fail_all_of(const char *name, bool fail);

/* One point. */
void ordeal(const struct ordeal *o);

#endif /* FAULTS_INJECT_H */
