// SPDX-License-Identifier: GPL-2.0-only
/*
 * UNIX sockets: by the name of the file, as other files; and those of the
 * host's runtimes, which take orders, whatever their path in here.
 */
#include <linux/cgroup.h>
#include <linux/dcache.h>
#include <linux/net.h>
#include <linux/string.h>
#include <linux/un.h>
#include <net/af_unix.h>

#include "flow.h"
#include "hooks.h"
#include "judge.h"

/*
 * The names that runtimes and service managers give their sockets. A bind
 * mount has another path, but the file's own name stays.
 */
static const char *const runtime_sockets[] = {
	"docker.sock", "containerd.sock", "containerd.sock.ttrpc", "crio.sock",
	"podman.sock", "cri-dockerd.sock", "dockershim.sock", "buildkitd.sock",
	"system_bus_socket",
};

static bool is_runtime_name(const char *name)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(runtime_sockets); i++)
		if (!strcmp(name, runtime_sockets[i]))
			return true;
	return false;
}

/* By the name that the file has now. Under RCU. */
static bool is_runtime_file(const struct dentry *dentry)
{
	struct name_snapshot name;
	bool found;

	take_dentry_name_snapshot(&name, (struct dentry *)dentry);
	found = is_runtime_name(name.name.name) ||
		(!strcmp(name.name.name, "private") &&
		 !strcmp(READ_ONCE(dentry->d_parent)->d_name.name, "systemd"));
	release_dentry_name_snapshot(&name);
	return found;
}

/*
 * By the name that it was bound by, which stays when a container that may
 * write to the folder renames the file. The kernel ends it with a zero.
 */
static bool is_runtime_address(const struct unix_address *addr)
{
	const int max = sizeof(addr->name->sun_path);
	char path[sizeof(addr->name->sun_path) + 1];
	const char *base;

	strscpy(path, addr->name->sun_path,
		min_t(int, addr->len - offsetof(struct sockaddr_un, sun_path),
		      max) + 1);
	base = strrchr(path, '/');
	return is_runtime_name(base ? base + 1 : path) ||
	       (base && base - path >= 8 && !strcmp(base - 8, "/systemd/private"));
}

static bool is_runtime_socket(const struct unix_sock *u)
{
	const struct unix_address *addr = READ_ONCE(u->addr);

	return is_runtime_file(u->path.dentry) ||
	       (addr && is_runtime_address(addr));
}

/*
 * An abstract name has no place in the file system that would keep others
 * from it: sharing the network namespace is all it takes.
 */
static bool is_abstract(const struct unix_address *addr)
{
	return addr && addr->len > (int)offsetof(struct sockaddr_un, sun_path) &&
	       !addr->name->sun_path[0];
}

/* The report says where it was bound, as far as that can be told. */
static int refuse_unix(const struct bkh_subject *s, const struct unix_sock *u)
{
	const struct bkh_request r = {
		.act = BULKHEAD_ACT_UNIX,
		.family = AF_UNIX,
		.path = u->path.dentry ? &u->path : NULL,
		.error = -EACCES,
	};

	return bkh_judge_guard(s, BKH_PRESET_RUNTIME_SOCKET, &r);
}

/* @other is locked or held by the caller. Atomic. */
static int guard_unix(const struct sock *other)
{
	const struct unix_sock *u = unix_sk(other);
	struct bkh_subject s;
	int err = 0;

	rcu_read_lock();
	if (bkh_subject_current(&s) &&
	    !bkh_within_border(&s, bkh_sock_cgroup(other)) &&
	    (is_abstract(READ_ONCE(u->addr)) ||
	     (u->path.dentry && is_runtime_socket(u))))
		err = refuse_unix(&s, u);
	rcu_read_unlock();
	return err;
}

/*
 * Connecting takes w, as it does for the kernel's own check of the file. The
 * kernel doesn't tell by which name it was found.
 */
static int judge_name(const struct sock *other)
{
	struct dentry *dentry = unix_sk(other)->path.dentry;

	if (!dentry)
		return 0;
	return bkh_judge_dentry(BULKHEAD_ACT_UNIX, dentry,
				BULKHEAD_PERM_WRITE);
}

static int judge_peer(const struct sock *other)
{
	int err;

	if (!static_branch_unlikely(&bkh_bound))
		return 0;
	err = guard_unix(other);
	return err ? err : judge_name(other);
}

static int bkh_unix_stream_connect(struct sock *sock, struct sock *other,
				   struct sock *newsk)
{
	return judge_peer(other);
}

/* Connected datagram sockets were judged when they connected. */
static int bkh_unix_may_send(struct socket *sock, struct socket *other)
{
	return unix_peer(sock->sk) == other->sk ? 0 : judge_peer(other->sk);
}

static struct bkh_hook hooks[] = {
	BKH_HOOK(unix_stream_connect, bkh_unix_stream_connect),
	BKH_HOOK(unix_may_send, bkh_unix_may_send),
};

struct bkh_hook_set bkh_unix_hooks = BKH_HOOK_SET(hooks);
