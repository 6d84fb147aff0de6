/* SPDX-License-Identifier: GPL-2.0-only */
/* The module as a whole. */
#ifndef BKH_MAIN_H
#define BKH_MAIN_H

#define BKH_VERSION "0.1.0"

/* Hooks that the kernel calls now, and hooks that it should call. */
void bkh_count_hooks(unsigned int *planted, unsigned int *wanted);

/* The current task may change what is enforced: see uapi/linux/bulkhead.h. */
bool bkh_current_may_control(void);

#endif /* BKH_MAIN_H */
