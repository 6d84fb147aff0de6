// SPDX-License-Identifier: GPL-2.0-only
/*
 * For tests, on kernels from 6.12 on: another module at the slots of LSM hooks.
 * Owns every slot that it takes until it is unloaded.
 *
 *   insmod rival.ko table=ADDRESS mode=fill	takes all slots that are free
 *   insmod rival.ko table=ADDRESS mode=over	takes the last slot in use of
 *						a hook, and calls nobody
 *   insmod rival.ko table=ADDRESS mode=cut	closes the branch to that slot;
 *						for good with keep=1
 *   insmod rival.ko table=ADDRESS mode=close	takes the last slot of a hook, which
 *						is free, and keeps its branch closed:
 *						nobody can go behind that
 *
 * The hook is hook=NAME, file_open if none is named.
 * Loaded to fill, it closes the branch of the hook that its parameter `closed`
 * is written, and opens it when that is empty.
 * ADDRESS is that of static_calls_table in /proc/kallsyms.
 */
#include <linux/jump_label.h>
#include <linux/lsm_hooks.h>
#include <linux/module.h>
#include <linux/rcupdate.h>
#include <linux/static_call.h>
#include <linux/string.h>

static unsigned long table;
module_param(table, ulong, 0400);

static char *mode = "fill";
module_param(mode, charp, 0400);

static char *hook = "file_open";
module_param(hook, charp, 0400);

static bool keep;
module_param(keep, bool, 0400);

/* Types differ, but nothing is read and 0 is what all of them return. */
static int allow(void)
{
	return 0;
}

struct hook_slots {
	const char *name;
	const char *otherwise;	/* what the hook comes to if nobody is there */
	size_t offset;
};

static const struct hook_slots hooks[] = {
#define LSM_HOOK(RET, DEFAULT, NAME, ...) \
	{ #NAME, #DEFAULT, offsetof(struct lsm_static_calls_table, NAME) },
#include <linux/lsm_hook_defs.h>
#undef LSM_HOOK
};

static struct lsm_static_call *taken[ARRAY_SIZE(hooks) * MAX_LSM_COUNT];
static unsigned int nr_taken;
static void *was;

/* Others would come to another result by being called at all. */
static bool takes_allow(const struct hook_slots *h)
{
	static const char *const walked[] = { "vm_enough_memory", "sb_set_mnt_opts" };

	if (match_string(walked, ARRAY_SIZE(walked), h->name) >= 0)
		return false;
	return !strcmp(h->otherwise, "0") ||
	       !strcmp(h->otherwise, "LSM_RET_VOID");
}

static bool is_free(const struct lsm_static_call *slot)
{
	return !slot->hl && !slot->key->func &&
	       !static_key_enabled(&slot->active->key);
}

static struct lsm_static_call *slots_of(const struct hook_slots *h)
{
	return (void *)(table + h->offset);
}

static void set(struct lsm_static_call *slot, void *function)
{
	__static_call_update(slot->key, slot->trampoline, function);
}

/* How many slots are left; what was taken and has another's function now. */
static int free_get(char *buffer, const struct kernel_param *param)
{
	unsigned int i, j, n = 0;

	for (i = 0; i < ARRAY_SIZE(hooks); i++)
		for (j = 0; takes_allow(&hooks[i]) && j < MAX_LSM_COUNT; j++)
			n += is_free(&slots_of(&hooks[i])[j]);
	return sysfs_emit(buffer, "%u\n", n);
}

static int behind_get(char *buffer, const struct kernel_param *param)
{
	unsigned int i, n = 0;

	for (i = 0; i < nr_taken; i++)
		n += READ_ONCE(taken[i]->key->func) != allow;
	return sysfs_emit(buffer, "%u\n", n);
}

static const struct kernel_param_ops free_ops = { .get = free_get };
static const struct kernel_param_ops behind_ops = { .get = behind_get };
module_param_cb(free, &free_ops, NULL, 0400);
module_param_cb(behind, &behind_ops, NULL, 0400);

static void take_free(struct lsm_static_call *slots)
{
	int i;

	for (i = 0; i < MAX_LSM_COUNT; i++) {
		if (!is_free(&slots[i]))
			continue;
		set(&slots[i], allow);
		static_key_enable(&slots[i].active->key);
		taken[nr_taken++] = &slots[i];
	}
}

static int fill(void)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(hooks); i++)
		if (takes_allow(&hooks[i]))
			take_free(slots_of(&hooks[i]));
	pr_info("rival: took %u slots\n", nr_taken);
	return 0;
}

static struct lsm_static_call *slots_named(const char *name)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(hooks); i++)
		if (sysfs_streq(hooks[i].name, name))
			return slots_of(&hooks[i]);
	return NULL;
}

static struct lsm_static_call *last_in_use(void)
{
	struct lsm_static_call *slots = slots_named(hook);
	int slot;

	for (slot = MAX_LSM_COUNT - 1; slots && slot >= 0; slot--)
		if (!is_free(&slots[slot]))
			return &slots[slot];
	return NULL;
}

static int close_last(void)
{
	struct lsm_static_call *slots = slots_named(hook);

	if (!slots || !is_free(&slots[MAX_LSM_COUNT - 1]))
		return -EINVAL;
	taken[nr_taken++] = &slots[MAX_LSM_COUNT - 1];
	set(taken[0], allow);
	return 0;
}

static bool is_mine(const struct lsm_static_call *slot)
{
	unsigned int i;

	for (i = 0; i < nr_taken; i++)
		if (taken[i] == slot)
			return true;
	return false;
}

static struct lsm_static_call *closed;

static int closed_set(const char *value, const struct kernel_param *param)
{
	struct lsm_static_call *slots = slots_named(value);

	if (closed)
		static_key_enable(&closed->active->key);
	closed = NULL;
	if (!slots)
		return sysfs_streq(value, "") ? 0 : -ENOENT;
	if (!is_mine(&slots[MAX_LSM_COUNT - 1]))
		return -EBUSY;
	closed = &slots[MAX_LSM_COUNT - 1];
	static_key_disable(&closed->active->key);
	return 0;
}

static const struct kernel_param_ops closed_ops = { .set = closed_set };
module_param_cb(closed, &closed_ops, NULL, 0200);

static int over(void)
{
	was = taken[0]->key->func;
	set(taken[0], allow);
	return 0;
}

static int cut(void)
{
	static_key_disable(&taken[0]->active->key);
	return 0;
}

static int __init rival_init(void)
{
	if (!table)
		return -EINVAL;
	if (!strcmp(mode, "fill"))
		return fill();
	if (!strcmp(mode, "close"))
		return close_last();
	taken[0] = last_in_use();
	if (!taken[0])
		return -EINVAL;
	if (!strcmp(mode, "over"))
		return over();
	return strcmp(mode, "cut") ? -EINVAL : cut();
}

static void unfill(void)
{
	unsigned int i;

	for (i = 0; i < nr_taken; i++)
		static_key_disable(&taken[i]->active->key);
	synchronize_rcu_tasks();
	synchronize_rcu();
	for (i = 0; i < nr_taken; i++)
		set(taken[i], NULL);
}

static void __exit rival_exit(void)
{
	if (!strcmp(mode, "cut")) {
		if (!keep)
			static_key_enable(&taken[0]->active->key);
		return;
	}
	if (was)
		set(taken[0], was);
	unfill();
}

module_init(rival_init);
module_exit(rival_exit);

MODULE_DESCRIPTION("Takes the LSM slots that Bulkhead would like, or has");
MODULE_LICENSE("GPL");
