// SPDX-License-Identifier: GPL-2.0-only
/*
 * For tests, on kernels from 6.12 on: another module that plants LSM hooks.
 * Owns every slot that it takes of the hooks below until it is unloaded.
 *
 *   insmod slots.ko table=ADDRESS		takes all slots that are free
 *   insmod slots.ko table=ADDRESS over=1	takes the last slot in use of
 *						file_open, and calls nobody
 *
 * ADDRESS is that of static_calls_table in /proc/kallsyms.
 */
#include <linux/jump_label.h>
#include <linux/lsm_hooks.h>
#include <linux/module.h>
#include <linux/rcupdate.h>
#include <linux/static_call.h>

static unsigned long table;
module_param(table, ulong, 0400);

static bool over;
module_param(over, bool, 0400);

/* Types differ, but nothing is read and 0 is what all of them return. */
static int allow(void)
{
	return 0;
}

#define OFFSET(NAME) offsetof(struct lsm_static_calls_table, NAME)

static const size_t hooks[] = {
	OFFSET(file_open), OFFSET(file_permission), OFFSET(file_receive),
	OFFSET(file_truncate), OFFSET(file_fcntl), OFFSET(file_mprotect),
	OFFSET(mmap_file), OFFSET(path_unlink), OFFSET(path_rmdir),
	OFFSET(path_mkdir), OFFSET(path_mknod), OFFSET(path_symlink),
	OFFSET(path_link), OFFSET(path_rename), OFFSET(path_truncate),
	OFFSET(path_chmod), OFFSET(path_chown), OFFSET(path_chroot),
	OFFSET(bprm_creds_for_exec), OFFSET(bprm_check_security),
	OFFSET(bprm_committing_creds), OFFSET(capable), OFFSET(socket_create),
	OFFSET(socket_connect), OFFSET(socket_sendmsg), OFFSET(socket_bind),
	OFFSET(socket_listen), OFFSET(socket_setsockopt),
	OFFSET(sctp_bind_connect), OFFSET(task_alloc),
	OFFSET(ptrace_access_check), OFFSET(task_kill),
	OFFSET(kernfs_init_security),
};

static struct lsm_static_call *taken[ARRAY_SIZE(hooks) * MAX_LSM_COUNT];
static unsigned int nr_taken;
static void *was;

static void set(struct lsm_static_call *slot, void *function)
{
	__static_call_update(slot->key, slot->trampoline, function);
}

static void take_free(struct lsm_static_call *slots)
{
	int i;

	for (i = 0; i < MAX_LSM_COUNT; i++) {
		if (slots[i].hl || slots[i].key->func)
			continue;
		set(&slots[i], allow);
		static_key_enable(&slots[i].active->key);
		taken[nr_taken++] = &slots[i];
	}
}

static void take_over(struct lsm_static_call *slots)
{
	int i = MAX_LSM_COUNT;

	while (!slots[--i].key->func)
		;
	was = slots[i].key->func;
	set(&slots[i], allow);
	taken[nr_taken++] = &slots[i];
}

static int __init slots_init(void)
{
	unsigned int i;

	if (!table)
		return -EINVAL;
	if (over) {
		take_over((void *)(table + OFFSET(file_open)));
		return 0;
	}
	for (i = 0; i < ARRAY_SIZE(hooks); i++)
		take_free((void *)(table + hooks[i]));
	pr_info("slots: took %u\n", nr_taken);
	return 0;
}

static void __exit slots_exit(void)
{
	unsigned int i;

	for (i = 0; i < nr_taken && !over; i++)
		static_key_disable(&taken[i]->active->key);
	for (i = 0; i < nr_taken && over; i++)
		set(taken[i], was);
	synchronize_rcu_tasks();
	synchronize_rcu();
	for (i = 0; i < nr_taken && !over; i++)
		set(taken[i], NULL);
}

module_init(slots_init);
module_exit(slots_exit);

MODULE_DESCRIPTION("Takes the LSM slots that Bulkhead would like");
MODULE_LICENSE("GPL");
