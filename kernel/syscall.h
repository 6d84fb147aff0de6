/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Which system call the current task is in. Some acts have no LSM hook of
 * their own but ask for a capability; what it is for, only the call tells.
 */
#ifndef BKH_SYSCALL_H
#define BKH_SYSCALL_H

#include <linux/sched.h>

/* Calls that a guard or a rule looks for. */
enum bkh_call {
	BKH_CALL_OTHER,
	BKH_CALL_MOUNT,		/* of the newer mount API, without a hook */
	BKH_CALL_SETNS,
	BKH_CALL_MODULE,
	BKH_CALL_KEXEC,
	BKH_CALL_REBOOT,
	BKH_CALL_KEY,
	BKH_CALL_HANDLE,	/* open_by_handle_at() */
	BKH_CALL_MADVISE,	/* process_madvise() */
	BKH_CALL_WRITE,		/* to where the descriptor says */
};

/*
 * The call that the current task is in, by whichever ABI: 64-bit, x32 or
 * 32-bit. A tracer can change the number only before the kernel reads it. Of
 * no use to workers of io_uring, which act in no call of their own. Process
 * context.
 */
enum bkh_call bkh_current_call(void);

/*
 * The current task, or a worker in its place, may be carrying out requests of
 * an io_uring: at any moment, in whatever call, with any credentials it had.
 */
static inline bool bkh_current_uses_uring(void)
{
	return current->io_uring || (current->flags & PF_IO_WORKER);
}

#endif /* BKH_SYSCALL_H */
