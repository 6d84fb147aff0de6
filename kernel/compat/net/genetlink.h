/* SPDX-License-Identifier: GPL-2.0-only */
/* Type of the operation that a family's pre_doit is told of. */
#ifndef BKH_COMPAT_NET_GENETLINK_H
#define BKH_COMPAT_NET_GENETLINK_H

#include_next <net/genetlink.h>
#include <linux/version.h>

/* 6.2, "genetlink: introduce split op representation" */
#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 2, 0)
typedef struct genl_split_ops bkh_doit_ops;
#else
typedef struct genl_ops bkh_doit_ops;
#endif

#endif /* BKH_COMPAT_NET_GENETLINK_H */
