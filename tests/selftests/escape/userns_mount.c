// SPDX-License-Identifier: GPL-2.0-only
/*
 * A user namespace gives root without any capability all of them, over what it
 * makes there: mounts, file system contexts, packet filters: the kernel's
 * largest attack surface. CVE-2022-0185 (fsconfig), CVE-2023-0386 (overlayfs),
 * CVE-2023-32233 (nf_tables) all began so.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>
#include <linux/mount.h>
#include <linux/netlink.h>
#include <linux/netfilter/nfnetlink.h>

#include "escape.h"
#include "host.h"

static int become_root(int flags)
{
	if (unshare(CLONE_NEWUSER | flags))
		return errno;
	write_file("/proc/self/setgroups", "deny");
	return write_file("/proc/self/uid_map", "0 0 1");
}

static int by_mount(const struct args *a)
{
	int error = become_root(CLONE_NEWNS);

	(void)a;
	if (error)
		return error;
	return mount("tmpfs", "/mnt", "tmpfs", 0, NULL) ? errno : 0;
}

/* CVE-2022-0185: this call, with a longer value. */
static int by_fsconfig(const struct args *a)
{
	int error = become_root(CLONE_NEWNS), fd;

	(void)a;
	if (error)
		return error;
	fd = syscall(SYS_fsopen, "cgroup2", 0);
	if (fd < 0)
		return errno;
	return syscall(SYS_fsconfig, fd, FSCONFIG_SET_STRING, "source", "x", 0) ?
	       errno : 0;
}

/* CVE-2023-32233 and its kin: nf_tables of a network namespace of one's own. */
static int by_nf_tables(const struct args *a)
{
	struct {
		struct nlmsghdr n;
		struct nfgenmsg g;
	} get = {
		{ sizeof(get), NFNL_SUBSYS_NFTABLES << 8 | 16 /* NFT_MSG_GETGEN */,
		  NLM_F_REQUEST | NLM_F_ACK },
	};
	int error = become_root(CLONE_NEWNET), fd;

	(void)a;
	if (error)
		return error;
	fd = socket(AF_NETLINK, SOCK_RAW, NETLINK_NETFILTER);
	return fd < 0 || send(fd, &get, sizeof(get), 0) < 0 ? errno : 0;
}

const struct escape userns_mount[] = {
	{ "a user namespace, and a mount in it", { 0 }, .attempt = by_mount,
	  .error = EPERM, .act = BULKHEAD_ACT_USERNS, .rule = "preset userns" },
	{ "a user namespace, and a file system context in it", { 0 },
	  .attempt = by_fsconfig, .error = EPERM, .act = BULKHEAD_ACT_USERNS,
	  .rule = "preset userns" },
	{ "a user namespace, and packet filters in it", { 0 },
	  .attempt = by_nf_tables, .error = EPERM, .act = BULKHEAD_ACT_USERNS,
	  .rule = "preset userns" },
	{ NULL }
};
