/* SPDX-License-Identifier: GPL-2.0-only */
/* Packets on their way out, in every network namespace, by their socket. */
#ifndef BKH_NETFILTER_H
#define BKH_NETFILTER_H

/**
 * bkh_netfilter_start - judge packets, in all namespaces there are and come
 *
 * Under bkh_ruleset_mutex; again does no harm. May sleep.
 *
 * Return: 0; -ENOMEM, or -E2BIG where somebody left a namespace no room for a
 * hook: then none is planted anywhere.
 */
int bkh_netfilter_start(void);

/*
 * No packet is in our hooks when it returns. Under bkh_ruleset_mutex; nothing
 * to do if they weren't started. May sleep.
 */
void bkh_netfilter_stop(void);

#endif /* BKH_NETFILTER_H */
