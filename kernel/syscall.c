// SPDX-License-Identifier: GPL-2.0-only
/* Which system call the current task is in. */
#include <linux/compat.h>
#include <linux/fs.h>
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
	case __NR_process_madvise:
		return BKH_CALL_MADVISE;
	default:
		return BKH_CALL_OTHER;
	}
}

/* x32 has numbers of its own for calls whose arguments are laid out otherwise. */
#define NR_X32_WRITEV	516
#define NR_X32_PWRITEV	535
#define NR_X32_SETSOCKOPT 541

/* Its last argument can say that O_APPEND is to be ignored. */
static enum bkh_call pwritev2_call(struct pt_regs *regs)
{
	unsigned long args[6];

	syscall_get_arguments(current, regs, args);
	return args[5] & RWF_NOAPPEND ? BKH_CALL_OTHER : BKH_CALL_WRITE;
}

static enum bkh_call call_64(struct pt_regs *regs, long nr)
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
	/* An AF_ALG socket takes a key by its number. */
	case __NR_setsockopt:
	case NR_X32_SETSOCKOPT:
		return BKH_CALL_KEY;
	case __NR_open_by_handle_at:
		return BKH_CALL_HANDLE;
	case __NR_write:
	case __NR_writev:
	case __NR_pwrite64:
	case __NR_pwritev:
	case NR_X32_WRITEV:
	case NR_X32_PWRITEV:
		return BKH_CALL_WRITE;
	case __NR_pwritev2:
		return pwritev2_call(regs);
	default:
		return common_call(nr);
	}
}

#ifdef CONFIG_IA32_EMULATION
static enum bkh_call call_32(struct pt_regs *regs, long nr)
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
	case __NR_ia32_setsockopt:
	case __NR_ia32_socketcall:
		return BKH_CALL_KEY;
	case __NR_ia32_open_by_handle_at:
		return BKH_CALL_HANDLE;
	case __NR_ia32_write:
	case __NR_ia32_writev:
	case __NR_ia32_pwrite64:
	case __NR_ia32_pwritev:
		return BKH_CALL_WRITE;
	case __NR_ia32_pwritev2:
		return pwritev2_call(regs);
	default:
		return common_call(nr);
	}
}
#endif

enum bkh_call bkh_current_call(void)
{
	struct pt_regs *regs = current_pt_regs();
	long nr = syscall_get_nr(current, regs);

#ifdef CONFIG_IA32_EMULATION
	if (in_ia32_syscall())
		return call_32(regs, nr);
#endif
	return call_64(regs, nr & ~__X32_SYSCALL_BIT);
}
