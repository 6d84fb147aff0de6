/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * LSM hooks planted by a module, all or none.
 *
 * How a hook gets planted depends on the kernel: hook_list.c appends to
 * security_hook_heads (before 6.12).
 *
 * Hook functions run on any CPU until bkh_hooks_unplant() returns. The drain
 * waits for RCU-tasks and RCU, which covers functions that never sleep; the
 * few that may sleep bracket themselves with bkh_hook_enter() and _exit().
 */
#ifndef BKH_ATTACH_HOOKS_H
#define BKH_ATTACH_HOOKS_H

#include <linux/lsm_hooks.h>
#include <linux/percpu.h>

/**
 * struct bkh_hook - one LSM hook of ours
 * @name: as in lsm_hook_defs.h
 * @head: offset of its list in struct security_hook_heads
 * @list: our entry in that list
 * @planted: the kernel calls it
 */
struct bkh_hook {
	const char *name;
	size_t head;
	struct security_hook_list list;
	bool planted;
};

/* The assignment to .hook.NAME checks the function's type. */
#define BKH_HOOK(NAME, FN)						\
	{								\
		.name = #NAME,						\
		.head = offsetof(struct security_hook_heads, NAME),	\
		.list = { .hook = { .NAME = (FN) }, .lsm = "bulkhead" },\
	}

struct bkh_hook_set {
	struct bkh_hook *hooks;
	unsigned int count;
};

#define BKH_HOOK_SET(ARRAY) { .hooks = (ARRAY), .count = ARRAY_SIZE(ARRAY) }

DECLARE_PER_CPU(long, bkh_hook_sleepers);

static inline void bkh_hook_enter(void)
{
	this_cpu_inc(bkh_hook_sleepers);
}

static inline void bkh_hook_exit(void)
{
	this_cpu_dec(bkh_hook_sleepers);
}

/**
 * bkh_hooks_plant - make the kernel call our hooks
 * @sets: hooks by topic
 * @count: number of sets
 *
 * On failure none is planted. Names what is missing in the kernel log. May
 * sleep.
 *
 * Return: 0, -ENOEXEC if the kernel's tables aren't the ones of the headers,
 * -ENOMEM.
 */
int bkh_hooks_plant(struct bkh_hook_set *const *sets, unsigned int count);

/* Undo, and wait until no CPU runs any of them. May sleep for long. */
void bkh_hooks_unplant(struct bkh_hook_set *const *sets, unsigned int count);

/* How many of the hooks the kernel's tables lead to at this moment. */
unsigned int bkh_hooks_count_planted(struct bkh_hook_set *const *sets,
				     unsigned int count);

#endif /* BKH_ATTACH_HOOKS_H */
