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

/* What a path ends in: the last name, and those of the two folders above. */
enum { BASE, ABOVE, TOP, TAIL };

static bool is_runtime_base(const char *base)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(runtime_sockets); i++)
		if (!strcmp(base, runtime_sockets[i]))
			return true;
	/* Services of systemd that take calls: by varlink. */
	return str_has_prefix(base, "io.systemd.");
}

static bool is_number(const char *name)
{
	return *name && !name[strspn(name, "0123456789")];
}

static bool is_runtime_tail(const char *const tail[TAIL])
{
	if (!strcmp(tail[ABOVE], "systemd") && !strcmp(tail[BASE], "private"))
		return true;
	if (!strcmp(tail[ABOVE], "udev") && !strcmp(tail[BASE], "control"))
		return true;
	/* The bus of each user. */
	if (!strcmp(tail[TOP], "user") && is_number(tail[ABOVE]) &&
	    !strcmp(tail[BASE], "bus"))
		return true;
	/* Of containerd: a shim's is named by a hash. */
	if (!strcmp(tail[TOP], "containerd") && !strcmp(tail[ABOVE], "s"))
		return true;
	return is_runtime_base(tail[BASE]);
}

/* By the name that the file has now. Under RCU. */
static bool is_runtime_file(const struct dentry *dentry)
{
	const struct dentry *above = READ_ONCE(dentry->d_parent);
	const struct dentry *top = READ_ONCE(above->d_parent);
	struct name_snapshot name;
	bool found;

	take_dentry_name_snapshot(&name, (struct dentry *)dentry);
	found = is_runtime_tail((const char *const []){
		[BASE] = name.name.name,
		[ABOVE] = above->d_name.name,
		[TOP] = top->d_name.name,
	});
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
	const char *tail[TAIL] = { "", "", "" };
	int i;

	strscpy(path, addr->name->sun_path,
		min_t(int, addr->len - offsetof(struct sockaddr_un, sun_path),
		      max) + 1);
	for (i = BASE; i < TAIL; i++) {
		char *slash = strrchr(path, '/');

		tail[i] = slash ? slash + 1 : path;
		if (!slash)
			break;
		*slash = '\0';
	}
	return is_runtime_tail(tail);
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
