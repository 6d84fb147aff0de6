/* SPDX-License-Identifier: GPL-2.0-only */
/* The module as a whole. */
#ifndef BKH_MAIN_H
#define BKH_MAIN_H

#include "attach/hooks.h"

#define BKH_VERSION "0.1.0"

/* All hooks, by topic. */
extern struct bkh_hook_set *const bkh_hook_sets[];
extern const unsigned int bkh_hook_set_count;

/* Begin to enforce: all of it is there, or nothing. May sleep. */
int bkh_arm(void);

/*
 * Take all hooks out again. May sleep for long. Return: 0, -EBUSY if somebody
 * has hooked in behind us.
 */
int bkh_disarm(void);

/* After bkh_disarm(): free what hooks have used. May sleep. */
void bkh_free(void);

/* Hooks that the kernel calls now, and hooks that it should call. */
void bkh_count_hooks(unsigned int *planted, unsigned int *wanted);

/* The current task may change what is enforced: see uapi/linux/bulkhead.h. */
bool bkh_current_may_control(void);

#endif /* BKH_MAIN_H */
