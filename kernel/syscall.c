// SPDX-License-Identifier: GPL-2.0-only
/* Which system call the current task is in. */
#include <linux/compat.h>
#include <linux/ptrace.h>
#include <linux/sched.h>
#include <asm/syscall.h>
#include <asm/unistd.h>

#include "syscall.h"

/*
 * Since 5.1 new calls have one number in all ABIs: open_tree is the first.
 * Those that have an LSM hook of their own aren't listed.
 */
static enum bkh_call common_call(long nr)
{
	switch (nr) {
	case __NR_open_tree:
	case __NR_fsopen:
	case __NR_fsconfig:
	case __NR_fsmount:
	case __NR_fspick:
	case __NR_mount_setattr:
#ifdef __NR_open_tree_attr
	case __NR_open_tree_attr:
#endif
		return BKH_CALL_MOUNT;
	default:
		return BKH_CALL_OTHER;
	}
}

static enum bkh_call call_64(long nr)
{
	switch (nr) {
	case __NR_setns:
		return BKH_CALL_SETNS;
	case __NR_init_module:
	case __NR_finit_module:
	case __NR_delete_module:
		return BKH_CALL_MODULE;
	case __NR_kexec_load:
	case __NR_kexec_file_load:
	case __NR_x32_kexec_load:
		return BKH_CALL_KEXEC;
	case __NR_reboot:
		return BKH_CALL_REBOOT;
	case __NR_add_key:
	case __NR_request_key:
	case __NR_keyctl:
		return BKH_CALL_KEY;
	case __NR_open_by_handle_at:
		return BKH_CALL_HANDLE;
	case __NR_fallocate:
		return BKH_CALL_FALLOCATE;
	default:
		return common_call(nr);
	}
}

#ifdef CONFIG_IA32_EMULATION
static enum bkh_call call_32(long nr)
{
	switch (nr) {
	case __NR_ia32_setns:
		return BKH_CALL_SETNS;
	case __NR_ia32_init_module:
	case __NR_ia32_finit_module:
	case __NR_ia32_delete_module:
		return BKH_CALL_MODULE;
	case __NR_ia32_kexec_load:
		return BKH_CALL_KEXEC;
	case __NR_ia32_reboot:
		return BKH_CALL_REBOOT;
	case __NR_ia32_add_key:
	case __NR_ia32_request_key:
	case __NR_ia32_keyctl:
		return BKH_CALL_KEY;
	case __NR_ia32_open_by_handle_at:
		return BKH_CALL_HANDLE;
	case __NR_ia32_fallocate:
		return BKH_CALL_FALLOCATE;
	default:
		return common_call(nr);
	}
}
#endif

enum bkh_call bkh_current_call(void)
{
	long nr = syscall_get_nr(current, current_pt_regs());

#ifdef CONFIG_IA32_EMULATION
	if (in_ia32_syscall())
		return call_32(nr);
#endif
	return call_64(nr & ~__X32_SYSCALL_BIT);
}
