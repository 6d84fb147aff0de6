/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * One hook in the kernel's own table, for hooks.c alone: hook_list.c before
 * 6.12, static_calls.c from then on. Callers are serialised.
 */
#ifndef BKH_ATTACH_TABLE_H
#define BKH_ATTACH_TABLE_H

#include "attach/hooks.h"

/*
 * Find the table and make sure that it is the one of the headers. Says what is
 * wrong. Return: 0, -ENOEXEC.
 */
int bkh_table_find(void);

/* Plant @hook behind all that is there already. Says what is wrong. */
int bkh_table_plant(struct bkh_hook *hook);

/* Whether the kernel calls @hook at this moment. */
bool bkh_table_leads_to(const struct bkh_hook *hook);

/* Whether @hook can be cut without cutting off somebody else's. */
bool bkh_table_can_cut(const struct bkh_hook *hook);

/* Make that nobody enters @hook any more; some may be inside still. */
void bkh_table_cut(struct bkh_hook *hook);

/* After the drain: give up what was kept for those inside. */
void bkh_table_release(struct bkh_hook *hook);

#endif /* BKH_ATTACH_TABLE_H */
