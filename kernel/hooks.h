/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The LSM hooks by topic. Each turns its arguments into a request and asks
 * judge.h. Unless a comment says otherwise they never sleep, and a host whose
 * ruleset binds nothing leaves at the static branch.
 */
#ifndef BKH_HOOKS_H
#define BKH_HOOKS_H

#include "attach/hooks.h"

struct sock;
struct sockaddr;

extern struct bkh_hook_set bkh_file_hooks;
extern struct bkh_hook_set bkh_ioctl_hooks;
extern struct bkh_hook_set bkh_attr_hooks;
extern struct bkh_hook_set bkh_exec_hooks;
extern struct bkh_hook_set bkh_cap_hooks;
extern struct bkh_hook_set bkh_socket_hooks;
extern struct bkh_hook_set bkh_guard_hooks;
extern struct bkh_hook_set bkh_kernel_hooks;
extern struct bkh_hook_set bkh_mount_hooks;
extern struct bkh_hook_set bkh_unix_hooks;

/* bind() of a netlink socket; hooks_socket.c has that hook. */
int bkh_guard_netlink_bind(const struct sock *sk, const struct sockaddr *addr,
			   int len);

#endif /* BKH_HOOKS_H */
