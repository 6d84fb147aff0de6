/* SPDX-License-Identifier: GPL-2.0-only */
/* Executions that are only asked about. */
#ifndef BKH_COMPAT_LINUX_BINFMTS_H
#define BKH_COMPAT_LINUX_BINFMTS_H

#include_next <linux/binfmts.h>
#include <linux/version.h>

/* 6.14, "exec: Add a new AT_EXECVE_CHECK flag to execveat(2)" */
static inline bool bkh_bprm_is_question(const struct linux_binprm *bprm)
{
#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 14, 0)
	return bprm->is_check;
#else
	return false;
#endif
}

#endif /* BKH_COMPAT_LINUX_BINFMTS_H */
