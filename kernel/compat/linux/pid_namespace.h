/* SPDX-License-Identifier: GPL-2.0-only */
/* Which sysctls a pid namespace has for itself. */
#ifndef BKH_COMPAT_LINUX_PID_NAMESPACE_H
#define BKH_COMPAT_LINUX_PID_NAMESPACE_H

#include_next <linux/pid_namespace.h>
#include <linux/version.h>

/* 6.14, "pid: allow pid_max to be set per pid namespace": the host's before */
#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 14, 0)
#define BKH_HAVE_PIDNS_PID_MAX
#endif

#endif /* BKH_COMPAT_LINUX_PID_NAMESPACE_H */
