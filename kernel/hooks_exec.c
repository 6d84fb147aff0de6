// SPDX-License-Identifier: GPL-2.0-only
/* Executing programs, mapping code, and the arming of forming tasks. */
#include <linux/binfmts.h>
#include <linux/fs.h>
#include <linux/mm.h>
#include <linux/mman.h>

#include "forming.h"
#include "hooks.h"
#include "judge.h"
#include "path.h"
#include "permit.h"

static bool matches_setup(const struct bkh_ruleset *rs, const struct path *path)
{
	struct bkh_stack setup = {
		.ruleset = rs,
		.count = 1,
		.policies = { rs->setup },
	};
	u32 states[BKH_STACK_MAX];

	if (bkh_path_states(path, &setup, states) != BULKHEAD_REASON_RULE)
		return false;
	return bkh_path_perms(rs->setup, states[0]) & BULKHEAD_PERM_EXEC;
}

/* By the task's own descriptor, not by a link that others may have laid. */
static bool is_own_descriptor(const struct linux_binprm *bprm)
{
	return bprm->fdpath ||
	       !strncmp(bprm->filename, "/proc/self/fd/", 14);
}

/*
 * The runtime's own doing doesn't arm: a copy of itself in a memfd, or one of
 * the setup programs. Only in the host's mount namespace: once the task has
 * joined the container's, whatever is executed is the container's choice.
 */
static bool is_setup(const struct bkh_subject *s,
		     const struct linux_binprm *bprm)
{
	const struct bkh_ruleset *rs = s->stack->ruleset;
	const struct path *path = &bprm->file->f_path;

	if (!bkh_current_on_host())
		return false;
	if (bkh_path_is_internal(path))
		return is_own_descriptor(bprm);
	return rs->setup && matches_setup(rs, path);
}

/*
 * The entry point of a container: the first act that its policy judges. From
 * there on so is everything that the execution leads to.
 */
static int judge_forming(const struct bkh_subject *s,
			 const struct linux_binprm *bprm)
{
	int err;

	if (!bkh_forming_exec_is_arming() && is_setup(s, bprm))
		return 0;
	err = bkh_judge_forming_exec(s, bprm->file);
	if (!err)
		bkh_forming_exec_arms();
	return err;
}

static int bkh_bprm_creds_for_exec(struct linux_binprm *bprm)
{
	if (!static_branch_unlikely(&bkh_bound))
		return 0;
	/* Nobody asks again: it ends here. */
	if (bkh_bprm_is_question(bprm))
		return bkh_judge_code(BULKHEAD_ACT_EXEC, bprm->file,
				      BULKHEAD_PERM_EXEC);
	bkh_forming_exec_begin();
	return 0;
}

static noinline int judge_exec(const struct linux_binprm *bprm)
{
	struct bkh_subject s;
	int err = 0;

	rcu_read_lock();
	if (bkh_subject_of(task_dfl_cgroup(current), &s) &&
	    bkh_is_forming(s.domain, current))
		err = judge_forming(&s, bprm);
	rcu_read_unlock();
	if (err)
		return err;
	return bkh_judge_code(BULKHEAD_ACT_EXEC, bprm->file,
			      BULKHEAD_PERM_EXEC);
}

/*
 * Called for the program and again for each interpreter of a script. Where any
 * task of the cgroup is forming, none is permitted the short way.
 */
static int bkh_bprm_check(struct linux_binprm *bprm)
{
	if (!static_branch_unlikely(&bkh_bound) ||
	    bkh_permits_code(bprm->file, BULKHEAD_PERM_EXEC))
		return 0;
	return judge_exec(bprm);
}

static void bkh_bprm_committing(bkh_committing_bprm *bprm)
{
	if (static_branch_unlikely(&bkh_bound))
		bkh_forming_exec_commit();
}

/* Stores through a shared mapping go anywhere, O_APPEND or not. */
static int judge_store(struct file *file, bool shared, unsigned long prot)
{
	if (!shared || !(prot & PROT_WRITE) || !(file->f_flags & O_APPEND))
		return 0;
	return bkh_judge_path(BULKHEAD_ACT_MMAP, file_user_path(file),
			      BULKHEAD_PERM_WRITE);
}

static int judge_map(struct file *file)
{
	if (bkh_permits_code(file, BULKHEAD_PERM_MMAP))
		return 0;
	return bkh_judge_code(BULKHEAD_ACT_MMAP, file, BULKHEAD_PERM_MMAP);
}

static noinline int judge_shared(struct file *file, unsigned long prot)
{
	int err;

	/* Made writable later or not: mprotect() needs the same descriptor. */
	if (file->f_mode & FMODE_WRITE)
		bkh_note_store(file);
	err = judge_store(file, true, prot);
	return err || !(prot & PROT_EXEC) ? err : judge_map(file);
}

static int bkh_mmap_file(struct file *file, unsigned long reqprot,
			 unsigned long prot, unsigned long flags)
{
	if (!static_branch_unlikely(&bkh_bound) || !file)
		return 0;
	if ((flags & MAP_TYPE) != MAP_PRIVATE)
		return judge_shared(file, prot);
	return prot & PROT_EXEC ? judge_map(file) : 0;
}

static int bkh_file_mprotect(struct vm_area_struct *vma, unsigned long reqprot,
			     unsigned long prot)
{
	int err;

	if (!static_branch_unlikely(&bkh_bound) || !vma->vm_file)
		return 0;
	err = judge_store(vma->vm_file, vma->vm_flags & VM_SHARED, prot);
	if (err || !(prot & PROT_EXEC) || (vma->vm_flags & VM_EXEC))
		return err;
	return judge_map(vma->vm_file);
}

static struct bkh_hook hooks[] = {
	BKH_HOOK(bprm_creds_for_exec, bkh_bprm_creds_for_exec),
	BKH_HOOK(bprm_check_security, bkh_bprm_check),
	BKH_HOOK(bprm_committing_creds, bkh_bprm_committing),
	BKH_HOOK(mmap_file, bkh_mmap_file),
	BKH_HOOK(file_mprotect, bkh_file_mprotect),
};

struct bkh_hook_set bkh_exec_hooks = BKH_HOOK_SET(hooks);
