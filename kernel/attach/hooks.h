/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * LSM hooks planted by a module, all or none.
 *
 * How a hook gets planted depends on the kernel: hook_list.c appends to
 * security_hook_heads (before 6.12), static_calls.c takes a free slot of
 * static_calls_table, or goes behind the last one in use if there is none.
 * Either way ours are called after those of the kernel's own LSMs.
 * Built in, they are registered as any LSM's: see builtin.c.
 *
 * Hook functions run on any CPU until bkh_hooks_unplant() returns. The drain
 * waits for RCU-tasks and RCU, which covers functions that never sleep; the
 * few that may sleep bracket themselves with bkh_hook_enter() and _exit().
 */
#ifndef BKH_ATTACH_HOOKS_H
#define BKH_ATTACH_HOOKS_H

#include <linux/lsm_hooks.h>
#include <linux/percpu.h>
#include <linux/version.h>

#ifdef MODULE
#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 12, 0)
#define BKH_STATIC_CALLS
#define BKH_TABLE struct lsm_static_calls_table
#else
#define BKH_TABLE struct security_hook_heads
#endif

struct bkh_chain;

/**
 * struct bkh_hook - one LSM hook of ours
 * @name: as in lsm_hook_defs.h
 * @offset: of its part of the kernel's table
 * @function: ours
 * @list: our entry in the list of that hook (before 6.12)
 * @slot: that holds our function (from 6.12)
 * @chain: how to go behind another function, if no slot is free (from 6.12)
 * @chained: so it is
 * @planted: ours to unplant
 * @lost: it was said that the kernel doesn't call it; see hooks.c
 */
struct bkh_hook {
	const char *name;
	size_t offset;
	union security_list_options function;
#ifdef BKH_STATIC_CALLS
	struct lsm_static_call *slot;
	struct bkh_chain *chain;
	bool chained;
#else
	struct security_hook_list list;
#endif
	bool planted;
	bool lost;
};

#ifdef BKH_STATIC_CALLS
/* Those that are missing from chains.c don't link. */
#define LSM_HOOK(RET, DEFAULT, NAME, ...) extern struct bkh_chain bkh_chain_##NAME;
#include <linux/lsm_hook_defs.h>
#undef LSM_HOOK
#define BKH_HOOK_CHAIN(NAME) .chain = &bkh_chain_##NAME,
#else
#define BKH_HOOK_CHAIN(NAME)
#endif

/* The assignment to .function.NAME checks the function's type. */
#define BKH_HOOK(NAME, FN)						\
	{								\
		.name = #NAME,						\
		.offset = offsetof(BKH_TABLE, NAME),			\
		.function = { .NAME = (FN) },				\
		BKH_HOOK_CHAIN(NAME)					\
	}

#else /* !MODULE */

/**
 * struct bkh_hook - one LSM hook of ours
 * @name: as in lsm_hook_defs.h
 * @list: as the kernel registers it
 * @planted: in use
 * @lost: the kernel does not lead to it any more, which has been said
 */
struct bkh_hook {
	const char *name;
	struct security_hook_list list;
	bool planted;
	bool lost;
};

#define BKH_HOOK(NAME, FN) { .name = #NAME, .list = LSM_HOOK_INIT(NAME, FN) }

#endif /* !MODULE */

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
 * -EBUSY if another module has taken what we would need, -ENOMEM.
 */
int bkh_hooks_plant(struct bkh_hook_set *const *sets, unsigned int count);

/**
 * bkh_hooks_can_unplant - whether nobody has hooked in behind us
 * @sets: hooks by topic
 * @count: number of sets
 *
 * Another module may have chained its function to ours; its denials would be
 * lost if ours went first. Names the hook in the kernel log.
 */
bool bkh_hooks_can_unplant(struct bkh_hook_set *const *sets,
			   unsigned int count);

/* Undo, and wait until no CPU runs any of them. May sleep for long. */
void bkh_hooks_unplant(struct bkh_hook_set *const *sets, unsigned int count);

#ifndef BKH_STATIC_CALLS
/* No LSM has this hook but us, and those who came after us. */
bool bkh_hook_is_first(const struct bkh_hook *hook);
#endif

/*
 * How many of the hooks the kernel's tables lead to at this moment. Says in the
 * kernel log which one doesn't any more, and when it does again. May sleep.
 */
unsigned int bkh_hooks_count_planted(struct bkh_hook_set *const *sets,
				     unsigned int count);

#endif /* BKH_ATTACH_HOOKS_H */
