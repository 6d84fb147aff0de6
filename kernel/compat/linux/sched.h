/* SPDX-License-Identifier: GPL-2.0-only */
/* Workers that the kernel clones from a process. */
#ifndef BKH_COMPAT_LINUX_SCHED_H
#define BKH_COMPAT_LINUX_SCHED_H

#include_next <linux/sched.h>

/* 6.4, "fork/vm: Move common PF_IO_WORKER behavior to new flag": none before. */
#ifndef PF_USER_WORKER
#define PF_USER_WORKER 0
#endif

#endif /* BKH_COMPAT_LINUX_SCHED_H */
