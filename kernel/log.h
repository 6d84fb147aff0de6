/* SPDX-License-Identifier: GPL-2.0-only */
/* What the module says in the kernel log. */
#ifndef BKH_LOG_H
#define BKH_LOG_H

#include <linux/printk.h>

#define bkh_err(fmt, ...) pr_err("bulkhead: " fmt, ##__VA_ARGS__)
#define bkh_warn(fmt, ...) pr_warn("bulkhead: " fmt, ##__VA_ARGS__)
#define bkh_info(fmt, ...) pr_info("bulkhead: " fmt, ##__VA_ARGS__)

#endif /* BKH_LOG_H */
