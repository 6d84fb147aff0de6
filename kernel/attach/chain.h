/* SPDX-License-Identifier: GPL-2.0-only */
/* A function that calls another module's or LSM's, and then ours. From 6.12. */
#ifndef BKH_ATTACH_CHAIN_H
#define BKH_ATTACH_CHAIN_H

#include <linux/lsm_hooks.h>
#include <linux/static_call.h>
#include <linux/types.h>

/**
 * struct bkh_chain - a wrapper for one hook
 * @function: the wrapper; what goes into the slot
 * @first_key: static call of the function that was in the slot
 * @first_trampoline: likewise
 * @then_key: static call of ours
 * @then_trampoline: likewise
 * @first: the function that was in the slot, while in use
 */
struct bkh_chain {
	union security_list_options function;
	struct static_call_key *first_key;
	void *first_trampoline;
	struct static_call_key *then_key;
	void *then_trampoline;
	void *first;
};

#endif /* BKH_ATTACH_CHAIN_H */
