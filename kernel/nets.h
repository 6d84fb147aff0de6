/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Network namespaces: all of them have our hooks on packets while something is
 * bound. One that its owner left no room in is unwatched: there the hooks of
 * calls refuse what packets would be judged for.
 */
#ifndef BKH_NETS_H
#define BKH_NETS_H

#include <linux/jump_label.h>
#include <linux/types.h>

struct net;

/* On while there is an unwatched namespace. */
DECLARE_STATIC_KEY_FALSE(bkh_unwatched);

/* Only where the key is on. @net is held; any context. */
bool bkh_net_is_unwatched(const struct net *net);

/**
 * bkh_nets_watch - judge packets, in all namespaces there are and come
 *
 * Under bkh_ruleset_mutex. May sleep. Again, it looks whether there is room by
 * now in those that had none, and is sure to succeed.
 *
 * Return: 0, -ENOMEM: then no hook is planted anywhere.
 */
int bkh_nets_watch(void);

/*
 * No packet is in our hooks when it returns. Under bkh_ruleset_mutex; nothing
 * to do if none were planted. May sleep.
 */
void bkh_nets_unwatch(void);

/* Before the hooks of calls are planted, and after they are gone. */
int bkh_nets_init(void);
void bkh_nets_exit(void);

#endif /* BKH_NETS_H */
