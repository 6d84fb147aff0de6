/* SPDX-License-Identifier: GPL-2.0-only */
/* Packets on their way out, in every network namespace, by their socket. */
#ifndef BKH_NETFILTER_H
#define BKH_NETFILTER_H

/* May sleep. Return: 0 or a negative errno. */
int bkh_netfilter_init(void);

/* No packet is in our hooks when it returns. May sleep. */
void bkh_netfilter_exit(void);

#endif /* BKH_NETFILTER_H */
