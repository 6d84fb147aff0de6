// SPDX-License-Identifier: GPL-2.0-only
/* runtime-socket, metadata-service, and open-by-handle. */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <net/if.h>
#include <netinet/ip.h>
#include <netinet/udp.h>
#include <stdio.h>
#include <string.h>
#include <sys/fanotify.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>
#include <linux/btrfs.h>
#include <linux/if_tun.h>

#include "addr.h"
#include "netns.h"
#include "preset.h"
#include "tap.h"

#define RUN_		TOP "/run"
#define IA32_OPEN_BY_HANDLE	342
#define IA32_IOCTL		54

/* XFS's calls, which differ in size between the two gates. */
#define XFS_CALL(nr)	_IOC(_IOC_READ, 'X', nr, 48)
#define F2FS_MOVE	_IOC(_IOC_READ | _IOC_WRITE, 0xf5, 9, 32)
#define EXT4_MOVE	_IOC(_IOC_READ | _IOC_WRITE, 'f', 15, 40)
#define XFS_CALL_32(nr)	_IOC(_IOC_READ, 'X', nr, 28)

/* n[0]: type */
static int act_unix_connect(const struct args *a)
{
	int fd = socket(AF_UNIX, a->n[0] | SOCK_NONBLOCK, 0);
	struct sockaddr_un sun;
	socklen_t len = addr_unix(&sun, a->path);

	return fd < 0 ? errno : errno_of(connect(fd, (void *)&sun, len));
}

static int act_unix_sendto(const struct args *a)
{
	int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_NONBLOCK, 0);
	struct sockaddr_un sun;
	socklen_t len = addr_unix(&sun, a->path);

	return fd < 0 ? errno :
	       errno_of(sendto(fd, "x", 1, 0, (void *)&sun, len));
}

#define UNIX_DENIED	DENIED(EACCES, UNIX, "runtime-socket")
/* The event has the name that the host bound. */
#define BOUND_DENIED(at) .error = EACCES, .want = {			\
	.act = BULKHEAD_ACT_UNIX, .reason = BULKHEAD_REASON_PRESET,	\
	.rule = "preset runtime-socket", .path = at }
#define STREAM(name)	{ "stream to " name, act_unix_connect,		\
			  { RUN_ "/" name, "", { SOCK_STREAM } },	\
			  BOUND_DENIED(RUN_ "/" name) }

/* The first ones listen by the names that they are reached by. */
#define NAMED	13

static struct trial unix_trials[] = {
	STREAM("docker.sock"), STREAM("containerd.sock"),
	STREAM("containerd.sock.ttrpc"), STREAM("crio.sock"), STREAM("podman.sock"),
	STREAM("cri-dockerd.sock"), STREAM("dockershim.sock"), STREAM("buildkitd.sock"),
	STREAM("systemd/private"), STREAM("systemd/io.systemd.Manager"),
	STREAM("user/1000/bus"), STREAM("udev/control"),
	STREAM("containerd/s/62db64cdfd0c45158c91f1b6a0ed6e0a2f1c0b5a"),
	{ "seqpacket to docker.sock", act_unix_connect,
	  { RUN_ "/packets/docker.sock", "", { SOCK_SEQPACKET } }, UNIX_DENIED },
	{ "connect datagrams to docker.sock", act_unix_connect,
	  { RUN_ "/datagrams/docker.sock", "", { SOCK_DGRAM } }, UNIX_DENIED },
	{ "send a datagram to docker.sock", act_unix_sendto,
	  { RUN_ "/datagrams/docker.sock" }, UNIX_DENIED },
	{ "stream to docker.sock by another name", act_unix_connect,
	  { TOP "/harmless", "", { SOCK_STREAM } }, BOUND_DENIED(RUN_ "/docker.sock") },
	{ "stream to docker.sock by a link", act_unix_connect,
	  { TOP "/link", "", { SOCK_STREAM } }, BOUND_DENIED(RUN_ "/docker.sock") },
	{ "stream to docker.sock that got a hard link", act_unix_connect,
	  { RUN_ "/hard", "", { SOCK_STREAM } }, UNIX_DENIED },
	{ "stream to docker.sock, renamed since", act_unix_connect,
	  { RUN_ "/moved/quiet", "", { SOCK_STREAM } }, UNIX_DENIED },
	{ "stream to systemd/private, renamed since", act_unix_connect,
	  { RUN_ "/moved/calm", "", { SOCK_STREAM } }, UNIX_DENIED },
	{ "stream to a shim that was bound from its folder", act_unix_connect,
	  { RUN_ "/containerd/s/near", "", { SOCK_STREAM } }, UNIX_DENIED },
	{ "stream to what only looks like a user's bus", act_unix_connect,
	  { RUN_ "/user/me/bus", "", { SOCK_STREAM } } },
	{ "stream to what only looks like a shim", act_unix_connect,
	  { RUN_ "/s/62db", "", { SOCK_STREAM } } },
	{ "stream to an abstract name", act_unix_connect,
	  { "@bh-stream", "", { SOCK_STREAM } }, UNIX_DENIED },
	{ "seqpacket to an abstract name", act_unix_connect,
	  { "@bh-packets", "", { SOCK_SEQPACKET } }, UNIX_DENIED },
	{ "send a datagram to an abstract name", act_unix_sendto, { "@bh-datagrams" },
	  UNIX_DENIED },
};

static int listening[32];
static unsigned int listening_count;

static void listen_at(const char *name, int type)
{
	int fd = socket(AF_UNIX, type | SOCK_CLOEXEC, 0);
	struct sockaddr_un sun;
	socklen_t len = addr_unix(&sun, name);

	if (bind(fd, (void *)&sun, len) || (type != SOCK_DGRAM && listen(fd, 64)))
		bail("listen at %s: %m", name);
	listening[listening_count++] = fd;
}

static void listen_all(void)
{
	unsigned int i;

	make_dir(RUN_ "/systemd");
	make_dir(RUN_ "/user/1000");
	make_dir(RUN_ "/udev");
	make_dir(RUN_ "/containerd/s");
	make_dir(RUN_ "/packets");
	make_dir(RUN_ "/datagrams");
	for (i = 0; i < NAMED; i++)
		listen_at(unix_trials[i].args.path, SOCK_STREAM);
	make_dir(RUN_ "/user/me");
	listen_at(RUN_ "/user/me/bus", SOCK_STREAM);
	make_dir(RUN_ "/s");
	listen_at(RUN_ "/s/62db", SOCK_STREAM);
	if (chdir(RUN_ "/containerd/s"))
		bail("chdir: %m");
	listen_at("near", SOCK_STREAM);
	if (chdir("/"))
		bail("chdir: %m");
	listen_at(RUN_ "/packets/docker.sock", SOCK_SEQPACKET);
	listen_at(RUN_ "/datagrams/docker.sock", SOCK_DGRAM);
	listen_at("@bh-stream", SOCK_STREAM);
	listen_at("@bh-packets", SOCK_SEQPACKET);
	listen_at("@bh-datagrams", SOCK_DGRAM);
	make_dir(RUN_ "/moved/systemd");
	listen_at(RUN_ "/moved/docker.sock", SOCK_STREAM);
	listen_at(RUN_ "/moved/systemd/private", SOCK_STREAM);
	if (rename(RUN_ "/moved/docker.sock", RUN_ "/moved/quiet") ||
	    rename(RUN_ "/moved/systemd/private", RUN_ "/moved/calm"))
		bail("rename: %m");
	put_file(TOP "/harmless", "");
	mount_at(RUN_ "/docker.sock", TOP "/harmless", NULL, MS_BIND, NULL);
	if (symlink(RUN_ "/docker.sock", TOP "/link") ||
	    link(RUN_ "/docker.sock", RUN_ "/hard"))
		bail("more names of docker.sock: %m");
}

static void listen_no_more(void)
{
	char out[256];

	while (listening_count)
		close(listening[--listening_count]);
	umount2(TOP "/harmless", MNT_DETACH);
	unlink(TOP "/link");
	RUN(out, "rm", "-rf", RUN_);
}

/* A header of one's own: no connect, no port of any socket. */
static int act_raw(const struct args *a)
{
	const struct sockaddr_in *to = (const struct sockaddr_in *)&a->addr;
	int fd = socket(AF_INET, SOCK_RAW, IPPROTO_RAW);
	struct {
		struct iphdr ip;
		struct udphdr udp;
	} p = {
		{ .version = 4, .ihl = 5, .ttl = 64, .protocol = IPPROTO_UDP,
		  .tot_len = htons(sizeof(p)), .daddr = to->sin_addr.s_addr },
		{ .source = htons(9), .dest = to->sin_port, .len = htons(8) },
	};

	return fd < 0 ? errno :
	       errno_of(sendto(fd, &p, sizeof(p), 0, (void *)to, sizeof(*to)));
}

/* Data with the first packet: there is no connect(). */
static int act_fast_open(const struct args *a)
{
	int fd = socket(AF_INET, SOCK_STREAM, 0);

	return fd < 0 ? errno : errno_of(sendto(fd, "x", 1, MSG_FASTOPEN,
						(void *)&a->addr, addr_len(&a->addr)));
}

static int act_udp_connect(const struct args *a)
{
	int fd = socket(a->addr.ss_family, SOCK_DGRAM, 0);

	return fd < 0 ? errno :
	       errno_of(connect(fd, (void *)&a->addr, addr_len(&a->addr)));
}

static int act_sendmmsg(const struct args *a)
{
	int fd = socket(a->addr.ss_family, SOCK_DGRAM, 0);
	struct iovec iov = { "x", 1 };
	struct mmsghdr m = { {
		.msg_name = (void *)&a->addr, .msg_namelen = addr_len(&a->addr),
		.msg_iov = &iov, .msg_iovlen = 1,
	} };

	return fd < 0 ? errno : errno_of(sendmmsg(fd, &m, 1, 0));
}

/* Whole packets, written to a device of one's own. */
static int act_tun(const struct args *a)
{
	struct ifreq r = { .ifr_name = "bh-tun", .ifr_flags = IFF_TUN | IFF_NO_PI };
	int fd = open("/dev/net/tun", O_RDWR | O_CLOEXEC);

	(void)a;
	return fd < 0 ? errno : errno_of(ioctl(fd, TUNSETIFF, &r));
}

static const char *const services[] = {
	"169.254.169.254", "169.254.170.2", "169.254.170.23", "100.100.100.200",
	"fd00:ec2::254", "fd00:ec2::23", "fd20:ce::254", "fe80::a9fe:a9fe",
};

static struct server cloud;

#define META_DENIED(a)	DENIED(EACCES, a, "metadata-service")
#define V4		0
#define MAPPED		-1

/* n[3]: which service; filled in by fill() */
#define TO(i)		.args = { .n = { [3] = i } }
#define CONNECT(i)	{ "TCP to metadata service " #i, act_connect, TO(i), META_DENIED(CONNECT) }, \
			{ "UDP to metadata service " #i, act_sendto, TO(i), META_DENIED(SEND) }

static struct trial meta_trials[] = {
	CONNECT(0), CONNECT(1), CONNECT(2), CONNECT(3), CONNECT(4), CONNECT(5), CONNECT(6),
	CONNECT(7),
	{ "TCP to a mapped address", act_connect, TO(MAPPED), META_DENIED(CONNECT) },
	{ "UDP to a mapped address", act_sendto, TO(MAPPED), META_DENIED(SEND) },
	{ "UDP by connect", act_udp_connect, TO(V4), META_DENIED(CONNECT) },
	{ "UDP by sendmmsg", act_sendmmsg, TO(V4), META_DENIED(SEND) },
	{ "TCP Fast Open", act_fast_open, TO(V4), META_DENIED(SEND) },
	{ "a packet with a header of its own", act_raw, TO(V4),
	  META_DENIED(PACKET) },
	{ "a packet socket", act_socket, { .n = { AF_PACKET, SOCK_RAW } },
	  META_DENIED(SOCKET) },
	{ "a packet socket for datagrams", act_socket, { .n = { AF_PACKET, SOCK_DGRAM } },
	  META_DENIED(SOCKET) },
	{ "an XDP socket", act_socket, { .n = { AF_XDP, SOCK_RAW } },
	  META_DENIED(SOCKET) },
	{ "a tun device", act_tun, TO(V4), META_DENIED(SOCKET) },
};

/* A link-local address is nothing without its link: the exit status says which. */
static int act_index(const struct args *a)
{
	return act_netns(a) ? 0 : if_nametoindex("bh-meta");
}

static struct sockaddr_storage service(const char *text)
{
	const struct args a = { .path2 = TOP "/net/tenant" };
	struct sockaddr_storage s = addr(text, 80);

	if (s.ss_family == AF_INET6)
		((struct sockaddr_in6 *)&s)->sin6_scope_id = forked(act_index, &a, NULL);
	return s;
}

static void fill(void)
{
	struct trial *t;

	for (t = meta_trials; t < meta_trials + ARRAY_SIZE(meta_trials); t++) {
		long i = t->args.n[3];

		t->args.n[3] = 0;
		t->args.addr = i == MAPPED ? addr("::ffff:169.254.169.254", 80) :
					     service(services[i]);
	}
}

/* All of them behind one link: the cloud's end has all addresses. */
static void start_services(void)
{
	static const struct server_port ports[] = {
		{ SOCK_STREAM, 0, 80 }, { SOCK_DGRAM, 0, 80 },
	};
	unsigned int i;
	char out[256];

	netns_make("cloud");
	netns_make("tenant");
	netns_veth("bh-meta", "cloud", "tenant");
	fill();
	for (i = 0; i < ARRAY_SIZE(services); i++)
		netns_addr("cloud", "bh-meta", services[i], i < 4 ? 32 : 128);
	netns_addr("cloud", "bh-meta", "192.0.2.1", 24);
	netns_addr("cloud", "bh-meta", "2001:db8::1", 64);
	netns_addr("tenant", "bh-meta", "192.0.2.2", 24);
	netns_addr("tenant", "bh-meta", "2001:db8::2", 64);
	if (RUN(out, "nsenter", "--net=" TOP "/net/tenant", "sh", "-c",
		"ip route add default via 192.0.2.1 && ip -6 route add default via 2001:db8::1"))
		bail("route to the cloud: %s", out);
	server_start(&cloud, "cloud", ports, ARRAY_SIZE(ports));
}

static void stop_services(void)
{
	server_stop(&cloud);
	umount2(TOP "/net/cloud", MNT_DETACH);
	umount2(TOP "/net/tenant", MNT_DETACH);
}

const struct guard socket_guards[2] = {
	{ GUARD("runtime-socket", unix_trials), listen_all, listen_no_more },
	{ GUARD("metadata-service", meta_trials), start_services, stop_services,
	  act_netns, { .path2 = TOP "/net/tenant" } },
};

static struct {
	struct file_handle head;
	unsigned char room[MAX_HANDLE_SZ];
} handle;

#define BY_HANDLE	TOP "/by-handle"

static int get_handle(void)
{
	int mount;

	handle.head.handle_bytes = MAX_HANDLE_SZ;
	return errno_of(name_to_handle_at(AT_FDCWD, BY_HANDLE, &handle.head, &mount, 0));
}

/* n[0]: flags; path: any file of the same file system */
static int act_by_handle(const struct args *a)
{
	int at = open(a->path, O_RDONLY), error = get_handle();

	return error ? error : errno_of(open_by_handle_at(at, &handle.head, a->n[0]));
}

static int act_by_handle_32(const struct args *a)
{
	int at = open(a->path, O_RDONLY), error = get_handle();

	return error ? error : errno_of(ia32_call(IA32_OPEN_BY_HANDLE, at,
						  (long)&handle, a->n[0], 0, 0));
}

/* n[0]: what the mark is on. The one of a file alone is no concern. */
static int act_mark(const struct args *a)
{
	int fd = fanotify_init(FAN_CLASS_NOTIF, O_RDONLY);

	return fd < 0 ? errno :
	       errno_of(fanotify_mark(fd, FAN_MARK_ADD | a->n[0], FAN_OPEN, AT_FDCWD,
				      a->path));
}

/* On tmpfs nobody knows the call, which shows outside. n[1]: by the other gate */
static int act_fs_call(const struct args *a)
{
	static char room[4096];
	int fd = open(a->path, O_RDONLY);

	if (fd < 0)
		return errno;
	return errno_of(a->n[1] ? ia32_call(IA32_IOCTL, fd, a->n[0], (long)room, 0, 0) :
				  ioctl(fd, a->n[0], room));
}

static void make_file(void)
{
	put_file(BY_HANDLE, "by its handle\n");
}

#define HANDLE_DENIED	DENIED(EPERM, HANDLE, "open-by-handle")

#define FS_CALL(name, nr) { name, act_fs_call, { TOP, "", { nr } },	\
			    HANDLE_DENIED, ENOTTY }

static struct trial handle_trials[] = {
	{ "open_by_handle_at", act_by_handle, { TOP }, HANDLE_DENIED },
	{ "open_by_handle_at to write", act_by_handle, { TOP, "", { O_WRONLY } },
	  HANDLE_DENIED },
	{ "open_by_handle_at of a path alone", act_by_handle, { TOP, "", { O_PATH } },
	  HANDLE_DENIED },
	{ "fanotify_mark of a file system", act_mark,
	  { BY_HANDLE, "", { FAN_MARK_FILESYSTEM } }, HANDLE_DENIED },
	{ "open_by_handle_at by the 32-bit gate", act_by_handle_32, { TOP },
	  HANDLE_DENIED },
	FS_CALL("XFS: open", XFS_CALL(107)),
	FS_CALL("XFS: read a link", XFS_CALL(108)),
	FS_CALL("XFS: swap contents", XFS_CALL(109)),
	FS_CALL("XFS: list xattrs", XFS_CALL(122)),
	FS_CALL("XFS: change xattrs", XFS_CALL(123)),
	FS_CALL("XFS: parents of", XFS_CALL(63)),
	FS_CALL("ext4: swap blocks", EXT4_MOVE),
	FS_CALL("F2FS: move blocks", F2FS_MOVE),
	FS_CALL("btrfs: search its trees", BTRFS_IOC_TREE_SEARCH),
	FS_CALL("btrfs: search with more room", BTRFS_IOC_TREE_SEARCH_V2),
	FS_CALL("btrfs: send a snapshot", BTRFS_IOC_SEND),
	{ "XFS: open, by a file", act_fs_call, { BY_HANDLE, "", { XFS_CALL(107) } },
	  HANDLE_DENIED, ENOTTY },
	{ "XFS: open, by the 32-bit gate", act_fs_call,
	  { TOP, "", { XFS_CALL_32(107), 1 } }, HANDLE_DENIED, ENOTTY },
	{ "a device's call of the same number", act_fs_call,
	  { "/dev/null", "", { XFS_CALL(107) } }, ENOTTY, .outside = ENOTTY },
};

const struct guard handle_guards[1] = {
	{ GUARD("open-by-handle", handle_trials), make_file },
};
