// SPDX-License-Identifier: GPL-2.0-only
/*
 * Bulkhead built into a kernel: a security module as any other, registered the
 * official way. Hooks are called from the time when security modules start,
 * and leave at the static branch; all else starts when everything is there
 * that it needs, and before the first program of userspace. There is no end.
 */
#include <linux/init.h>
#include <linux/jump_label.h>
#include <linux/module.h>
#include <linux/static_call.h>
#include <linux/version.h>

#include "attach/table.h"
#include "log.h"
#include "main.h"

/* Beyond the numbers that the kernel gives its own: "bkh". */
static const struct lsm_id lsm_id = {
	.name = "bulkhead",
	.id = 0x626b68,
};

/* The administrator has named us in CONFIG_LSM or lsm=. */
static bool named __ro_after_init;

int bkh_table_find(void)
{
	return named ? 0 : -ENOENT;
}

/* They all are since register_hooks(). */
int bkh_table_plant(struct bkh_hook *hook)
{
	return 0;
}

bool bkh_table_can_cut(const struct bkh_hook *hook)
{
	return false;
}

void bkh_table_cut(struct bkh_hook *hook)
{
}

void bkh_table_release(struct bkh_hook *hook)
{
}

/* A module may have written over what the kernel has registered. */
bool bkh_table_leads_to(const struct bkh_hook *hook)
{
	const struct security_hook_list *hl = &hook->list;
	const struct lsm_static_call *slot;

	for (slot = hl->scalls; slot < hl->scalls + MAX_LSM_COUNT; slot++)
		if (slot->hl == hl)
			return READ_ONCE(slot->key->func) ==
				       hl->hook.lsm_func_addr &&
			       static_key_enabled(&slot->active->key);
	return false;
}

static int __init register_hooks(void)
{
	unsigned int s, i;

	for (s = 0; s < bkh_hook_set_count; s++)
		for (i = 0; i < bkh_hook_sets[s]->count; i++)
			security_add_hooks(&bkh_hook_sets[s]->hooks[i].list, 1,
					   &lsm_id);
	named = true;
	return 0;
}

/* 6.19, "lsm: replace the name field with a pointer to the lsm_id struct" */
DEFINE_LSM(bulkhead) = {
#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 19, 0)
	.id = &lsm_id,
#else
	.name = "bulkhead",
#endif
	.init = register_hooks,
};

static int __init begin(void)
{
	int err;

	if (!named) {
		bkh_warn("built in, but not named in lsm=: nothing is enforced\n");
		return 0;
	}
	err = bkh_arm();
	if (err)
		bkh_err("did not start (%d): nothing is enforced\n", err);
	else
		bkh_info("version %s, built in\n", BKH_VERSION);
	return err;
}
late_initcall(begin);
