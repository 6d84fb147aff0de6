// SPDX-License-Identifier: GPL-2.0-only
/*
 * LSM hooks from 6.12 on: a slot of static_calls_table, which has room for
 * each LSM that the kernel was built with, running or not. Slots are filled
 * from the first one on, so ours is the one behind the last in use: what the
 * kernel's own LSMs refuse we never see. Nothing read-only is written.
 *
 * When the last slot is taken we go behind whoever has it, by a wrapper.
 */
#include <linux/delay.h>
#include <linux/jump_label.h>
#include <linux/slab.h>
#include <linux/static_call.h>

#include "attach/chain.h"
#include "attach/symbols.h"
#include "attach/table.h"
#include "log.h"

#ifdef BKH_STATIC_CALLS

/* Written and read with the module's load and unload, which are serialised. */
static void *table;

int bkh_table_find(void)
{
	size_t size = 0;

	table = (void *)bkh_symbol_find("static_calls_table", &kmalloc_caches,
					&size);
	if (!table) {
		bkh_err("static_calls_table not found; no hook can be planted\n");
		return -ENOEXEC;
	}
	if (size != sizeof(struct lsm_static_calls_table)) {
		bkh_err("static_calls_table is %zu bytes, the headers say %zu\n",
			size, sizeof(struct lsm_static_calls_table));
		table = NULL;
		return -ENOEXEC;
	}
	return 0;
}

/* Each slot knows its static call, and that one's symbol says whose it is. */
static int check_slots(const struct bkh_hook *hook,
		       const struct lsm_static_call *slots)
{
	char name[128];
	int i;

	for (i = 0; i < MAX_LSM_COUNT; i++) {
		snprintf(name, sizeof(name), "__SCK__lsm_static_call_%s_%d",
			 hook->name, i);
		if (!bkh_symbol_is(name, slots[i].key)) {
			bkh_err("slot %d of hook %s isn't where the headers say\n",
				i, hook->name);
			return -ENOEXEC;
		}
	}
	return 0;
}

static bool is_free(const struct lsm_static_call *slot)
{
	return !slot->hl && !slot->key->func &&
	       !static_key_enabled(&slot->active->key);
}

static void *function_of(const struct lsm_static_call *slot)
{
	return READ_ONCE(slot->key->func);
}

static void set_function(const struct lsm_static_call *slot, void *function)
{
	__static_call_update(slot->key, slot->trampoline, function);
}

/* What the kernel finds of ours in the slot. */
static void *face_of(const struct bkh_hook *hook)
{
	return hook->chained ? hook->chain->function.lsm_func_addr :
			       hook->function.lsm_func_addr;
}

/* The function is in place before the branch leads to it. */
static int plant_alone(struct bkh_hook *hook, struct lsm_static_call *slot)
{
	hook->slot = slot;
	set_function(slot, hook->function.lsm_func_addr);
	static_key_enable(&slot->active->key);
	return 0;
}

static int plant_behind(struct bkh_hook *hook, struct lsm_static_call *slot)
{
	struct bkh_chain *chain = hook->chain;

	if (chain->first || !function_of(slot) ||
	    !static_key_enabled(&slot->active->key))
		return -EBUSY;
	hook->slot = slot;
	hook->chained = true;
	chain->first = function_of(slot);
	__static_call_update(chain->first_key, chain->first_trampoline,
			     chain->first);
	__static_call_update(chain->then_key, chain->then_trampoline,
			     hook->function.lsm_func_addr);
	set_function(slot, chain->function.lsm_func_addr);
	return 0;
}

int bkh_table_plant(struct bkh_hook *hook)
{
	struct lsm_static_call *slots = table + hook->offset;
	int used = MAX_LSM_COUNT;
	int err;

	err = check_slots(hook, slots);
	if (err)
		return err;
	while (used && is_free(&slots[used - 1]))
		used--;
	if (used < MAX_LSM_COUNT)
		return plant_alone(hook, &slots[used]);
	return plant_behind(hook, &slots[used - 1]);
}

bool bkh_table_can_cut(const struct bkh_hook *hook)
{
	return function_of(hook->slot) == face_of(hook);
}

/*
 * A call site whose function is NULL returns whatever the register holds, so
 * the branch is closed first, and the function goes after the drain.
 */
void bkh_table_cut(struct bkh_hook *hook)
{
	/* One that came after bkh_hooks_can_unplant() is waited for. */
	while (!bkh_table_can_cut(hook))
		msleep(100);
	if (hook->chained)
		set_function(hook->slot, hook->chain->first);
	else
		static_key_disable(&hook->slot->active->key);
}

void bkh_table_release(struct bkh_hook *hook)
{
	if (hook->chained)
		hook->chain->first = NULL;
	else
		set_function(hook->slot, NULL);
	hook->chained = false;
}

/* With another's function in our place, only that one knows. */
bool bkh_table_leads_to(const struct bkh_hook *hook)
{
	return bkh_table_can_cut(hook) &&
	       static_key_enabled(&hook->slot->active->key);
}

#endif /* BKH_STATIC_CALLS */
