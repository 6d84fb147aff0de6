// SPDX-License-Identifier: GPL-2.0-only
/*
 * What reaches into the kernel itself: modules, another kernel, BPF, perf,
 * io_uring, keys, and the kernel's log.
 */
#include <linux/cred.h>
#include <linux/fs.h>
#include <linux/kernel_read_file.h>
#include <linux/key.h>
#include <linux/sched.h>
#include <linux/security.h>
#include <linux/string.h>

#include "hooks.h"
#include "judge.h"
#include "syscall.h"

static int judge(enum bkh_preset preset, enum bulkhead_act act)
{
	const struct bkh_request r = { .act = act, .error = -EPERM };

	if (!static_branch_unlikely(&bkh_bound))
		return 0;
	return bkh_judge_preset(preset, &r);
}

/* The kernel also reads firmware and the like, in nobody's name. */
static int bkh_kernel_read_file(struct file *file, enum kernel_read_file_id id,
				bool contents)
{
	switch (id) {
	case READING_MODULE:
		return judge(BKH_PRESET_MODULE, BULKHEAD_ACT_MODULE);
	case READING_KEXEC_IMAGE:
	case READING_KEXEC_INITRAMFS:
		return judge(BKH_PRESET_KEXEC, BULKHEAD_ACT_KEXEC);
	default:
		return 0;
	}
}

static int bkh_kernel_load_data(enum kernel_load_data_id id, bool contents)
{
	switch (id) {
	case LOADING_MODULE:
		return judge(BKH_PRESET_MODULE, BULKHEAD_ACT_MODULE);
	case LOADING_KEXEC_IMAGE:
	case LOADING_KEXEC_INITRAMFS:
		return judge(BKH_PRESET_KEXEC, BULKHEAD_ACT_KEXEC);
	default:
		return 0;
	}
}

static BKH_HOOK_BPF(bkh_bpf)
{
	return judge(BKH_PRESET_BPF, BULKHEAD_ACT_BPF);
}

static BKH_HOOK_PERF_EVENT_OPEN(bkh_perf_event_open)
{
	return judge(BKH_PRESET_PERF, BULKHEAD_ACT_PERF);
}

/* io_uring_setup() has no hook on older kernels, but its ring has an inode. */
static int bkh_inode_init_security_anon(struct inode *inode,
					const struct qstr *name,
					const struct inode *context)
{
	if (strcmp(name->name, "[io_uring]"))
		return 0;
	return judge(BKH_PRESET_IO_URING, BULKHEAD_ACT_IO_URING);
}

/* File systems use keys for a task, too; those aren't its doing. */
static int guard_key(void)
{
	if (!static_branch_unlikely(&bkh_bound) ||
	    bkh_current_call() != BKH_CALL_KEY)
		return 0;
	return judge(BKH_PRESET_KEYRING, BULKHEAD_ACT_KEY);
}

static int bkh_key_alloc(struct key *key, const struct cred *cred,
			 unsigned long flags)
{
	return guard_key();
}

static int bkh_key_permission(key_ref_t key_ref, const struct cred *cred,
			      enum key_need_perm need_perm)
{
	return guard_key();
}

/* By syslog() or /dev/kmsg; the latter is open to any user on some hosts. */
static int bkh_syslog(int type)
{
	return judge(BKH_PRESET_PROC_KERNEL, BULKHEAD_ACT_SYSLOG);
}

static struct bkh_hook hooks[] = {
	BKH_HOOK(kernel_read_file, bkh_kernel_read_file),
	BKH_HOOK(kernel_load_data, bkh_kernel_load_data),
	BKH_HOOK(bpf, bkh_bpf),
	BKH_HOOK(perf_event_open, bkh_perf_event_open),
	BKH_HOOK(inode_init_security_anon, bkh_inode_init_security_anon),
	BKH_HOOK(key_alloc, bkh_key_alloc),
	BKH_HOOK(key_permission, bkh_key_permission),
	BKH_HOOK(syslog, bkh_syslog),
};

struct bkh_hook_set bkh_kernel_hooks = BKH_HOOK_SET(hooks);
