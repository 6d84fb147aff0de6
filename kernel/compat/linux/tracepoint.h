/* SPDX-License-Identifier: GPL-2.0-only */
/* Prototypes of probes whose tracepoint changed. */
#ifndef BKH_COMPAT_LINUX_TRACEPOINT_H
#define BKH_COMPAT_LINUX_TRACEPOINT_H

#include_next <linux/tracepoint.h>
#include <linux/version.h>

/* 6.16, "exit: add group_dead to sched_process_exit" */
#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 16, 0)
#define BKH_PROBE_EXIT(FN) \
	void FN(void *data, struct task_struct *task, bool group_dead)
#else
#define BKH_PROBE_EXIT(FN) void FN(void *data, struct task_struct *task)
#endif

#endif /* BKH_COMPAT_LINUX_TRACEPOINT_H */
