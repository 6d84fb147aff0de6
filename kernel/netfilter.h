/* SPDX-License-Identifier: GPL-2.0-only */
/* Packets on their way out, by their socket; nets.c plants the hooks. */
#ifndef BKH_NETFILTER_H
#define BKH_NETFILTER_H

#include <linux/netfilter.h>

#define BKH_PACKET_HOOKS	2
extern const struct nf_hook_ops bkh_packet_hooks[BKH_PACKET_HOOKS];

#endif /* BKH_NETFILTER_H */
