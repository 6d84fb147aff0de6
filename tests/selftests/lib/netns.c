// SPDX-License-Identifier: GPL-2.0-only
/* Network namespaces and links, by rtnetlink: the guest has no iproute2. */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <net/if.h>
#include <netinet/in.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>
#include <linux/if_addr.h>
#include <linux/rtnetlink.h>
#include <linux/veth.h>

#include "addr.h"
#include "genl.h"
#include "host.h"
#include "netns.h"
#include "tap.h"

static void ns_path(char *path, size_t size, const char *name)
{
	snprintf(path, size, TOP "/net/%s", name);
}

static int ns_open(const char *name)
{
	char path[128];
	int fd;

	ns_path(path, sizeof(path), name);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		bail("open %s: %m", path);
	return fd;
}

/* A request of rtnetlink with a fixed header of @len bytes. */
static void *rt_start(struct request *r, uint16_t type, uint16_t flags, size_t len)
{
	struct nlmsghdr *n = (struct nlmsghdr *)r->buf;

	memset(r->buf, 0, NLMSG_HDRLEN + NLMSG_ALIGN(len));
	n->nlmsg_type = type;
	n->nlmsg_flags = NLM_F_REQUEST | NLM_F_ACK | flags;
	r->len = NLMSG_HDRLEN + NLMSG_ALIGN(len);
	return NLMSG_DATA(n);
}

/* Attributes that hold attributes: their length is known when they end. */
static uint32_t nest(struct request *r, uint16_t type)
{
	uint32_t at = r->len;

	request_put(r, type | NLA_F_NESTED, "", 0);
	return at;
}

static void nest_end(struct request *r, uint32_t at)
{
	((struct nlattr *)(r->buf + at))->nla_len = r->len - at;
}

/* In the namespace where the caller is. */
static int rt_call(struct request *r)
{
	struct genl g = {
		.fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE),
	};
	int error = g.fd < 0 ? errno : genl_call(&g, r, NULL, NULL);

	close(g.fd);
	return error;
}

static int link_up(const char *name)
{
	struct request r;
	struct ifinfomsg *i = rt_start(&r, RTM_NEWLINK, 0, sizeof(*i));

	i->ifi_index = if_nametoindex(name);
	i->ifi_flags = i->ifi_change = IFF_UP;
	return rt_call(&r);
}

/* Call @fn in the namespace, in a child: ours stays where it is. */
static void in_ns(const char *ns, int (*fn)(const struct args *),
		  const struct args *args)
{
	struct args a = *args;

	ns_path(a.path2, sizeof(a.path2), ns);
	errno = forked(fn, &a, NULL);
	if (errno)
		bail("set up network namespace %s: %m", ns);
}

int act_netns(const struct args *a)
{
	int fd = open(a->path2, O_RDONLY | O_CLOEXEC);

	if (fd < 0 || setns(fd, CLONE_NEWNET))
		return errno;
	close(fd);
	return 0;
}

static int make_ns(const struct args *a)
{
	if (unshare(CLONE_NEWNET) ||
	    mount("/proc/self/ns/net", a->path2, NULL, MS_BIND, NULL))
		return errno;
	return link_up("lo");
}

void netns_make(const char *name)
{
	char path[128];

	make_dir(TOP "/net");
	ns_path(path, sizeof(path), name);
	put_file(path, "");
	in_ns(name, make_ns, &(const struct args){ 0 });
}

static int make_veth(const struct args *a)
{
	struct request r;
	uint32_t info, data, peer;
	int error = act_netns(a);
	int other = ns_open(a->path + IFNAMSIZ);

	if (error)
		return error;
	rt_start(&r, RTM_NEWLINK, NLM_F_CREATE | NLM_F_EXCL, sizeof(struct ifinfomsg));
	request_put_string(&r, IFLA_IFNAME, a->path);
	info = nest(&r, IFLA_LINKINFO);
	request_put_string(&r, IFLA_INFO_KIND, "veth");
	data = nest(&r, IFLA_INFO_DATA);
	peer = nest(&r, VETH_INFO_PEER);
	memset(r.buf + r.len, 0, sizeof(struct ifinfomsg));
	r.len += sizeof(struct ifinfomsg);
	request_put_string(&r, IFLA_IFNAME, a->path);
	request_put_u32(&r, IFLA_NET_NS_FD, other);
	nest_end(&r, peer);
	nest_end(&r, data);
	nest_end(&r, info);
	error = rt_call(&r);
	return error ? error : link_up(a->path);
}

static int enter_link_up(const struct args *a)
{
	int error = act_netns(a);

	return error ? error : link_up(a->path);
}

void netns_veth(const char *name, const char *a, const char *b)
{
	struct args args = { 0 };
	char out[256];

	RUN(out, "modprobe", "veth");
	snprintf(args.path, IFNAMSIZ, "%s", name);
	snprintf(args.path + IFNAMSIZ, 64, "%s", b);
	in_ns(a, make_veth, &args);
	in_ns(b, enter_link_up, &args);
}

static int add_addr(const struct args *a)
{
	const struct sockaddr_in *v4 = (const void *)&a->addr;
	const struct sockaddr_in6 *v6 = (const void *)&a->addr;
	struct request r;
	struct ifaddrmsg *m = rt_start(&r, RTM_NEWADDR, NLM_F_CREATE, sizeof(*m));
	int error = act_netns(a);

	if (error)
		return error;
	m->ifa_family = a->addr.ss_family;
	m->ifa_prefixlen = a->n[0];
	m->ifa_index = if_nametoindex(a->path);
	m->ifa_flags = IFA_F_NODAD;
	if (m->ifa_family == AF_INET) {
		request_put(&r, IFA_LOCAL, &v4->sin_addr, 4);
		request_put(&r, IFA_ADDRESS, &v4->sin_addr, 4);
	} else {
		request_put(&r, IFA_LOCAL, &v6->sin6_addr, 16);
	}
	return rt_call(&r);
}

void netns_addr(const char *ns, const char *link, const char *text, int prefix)
{
	struct args args = { .n = { prefix }, .addr = addr(text, 0) };

	snprintf(args.path, sizeof(args.path), "%s", link);
	in_ns(ns, add_addr, &args);
}

/* What the kernel lets one hook of one namespace have: MAX_HOOK_COUNT. */
#define HOOKS_MAX	1024
#define OTHERS_MAX	8
#define CHAINS		TOP "/chains"
#define CHAIN		"{ type filter hook output priority 0; }"

static int act_nft(const struct args *a)
{
	char out[512];
	int error = act_netns(a);

	if (error)
		return error;
	return RUN(out, "nft", "-f", a->path) ? EIO : 0;
}

static int try_nft(const char *ns, const char *text)
{
	struct args a = { CHAINS };

	put_file(CHAINS, text);
	ns_path(a.path2, sizeof(a.path2), ns);
	return forked(act_nft, &a, NULL);
}

static void nft(const char *ns, const char *text)
{
	int error = try_nft(ns, text);

	if (error)
		bail("nft in namespace %s: %s", ns, strerror(error));
}

/* Others have hooks of their own (SELinux has one): the last few go in one by one. */
void netns_fill(const char *name)
{
	char *text, *p, out[256];
	int i;

	RUN(out, "modprobe", "nf_tables");
	p = text = malloc(HOOKS_MAX * 80);
	if (!text)
		bail("out of memory");
	p += sprintf(p, "table ip full {\n");
	for (i = 0; i < HOOKS_MAX - OTHERS_MAX; i++)
		p += sprintf(p, "chain c%d " CHAIN "\n", i);
	sprintf(p, "}\n");
	nft(name, text);
	for (i = 0; i <= OTHERS_MAX; i++) {
		sprintf(text, "add chain ip full d%d " CHAIN "\n", i);
		if (try_nft(name, text))
			break;
	}
	if (i > OTHERS_MAX)
		bail("namespace %s takes more hooks than %d", name, HOOKS_MAX);
	free(text);
}

void netns_empty(const char *name)
{
	nft(name, "flush ruleset\n");
}

static bool is_end(const struct nlmsghdr *n, const char *link)
{
	const size_t head = NLMSG_HDRLEN + NLMSG_ALIGN(sizeof(struct ifinfomsg));
	char name[IFNAMSIZ];

	if (n->nlmsg_type != RTM_DELLINK)
		return false;
	attr_string((const void *)((const char *)n + head), n->nlmsg_len - head,
		    IFLA_IFNAME, name, sizeof(name));
	return !strcmp(name, link);
}

/* In namespace path2, which is told when link path goes; the name is path + IFNAMSIZ. */
static int act_end(const struct args *a)
{
	struct sockaddr_nl nl = { .nl_family = AF_NETLINK, .nl_groups = RTMGRP_LINK };
	_Alignas(struct nlmsghdr) char buf[8192];
	int error = act_netns(a);
	int fd = socket(AF_NETLINK, SOCK_RAW, NETLINK_ROUTE);

	if (error || bind(fd, (struct sockaddr *)&nl, sizeof(nl)) ||
	    umount2(a->path + IFNAMSIZ, MNT_DETACH))
		return error ? error : errno;
	alarm(60 * slowness());
	do {
		if (recv(fd, buf, sizeof(buf), 0) < 0)
			return errno;
	} while (!is_end((struct nlmsghdr *)buf, a->path));
	return 0;
}

void netns_end(const char *name, const char *link, const char *other)
{
	struct args args = { 0 };

	snprintf(args.path, IFNAMSIZ, "%s", link);
	ns_path(args.path + IFNAMSIZ, sizeof(args.path) - IFNAMSIZ, name);
	in_ns(other, act_end, &args);
}

/* Both families by one socket; SCTP, too. */
static int serve_port(const struct server_port *p)
{
	struct sockaddr_in6 any = {
		.sin6_family = AF_INET6,
		.sin6_port = htons(p->port),
	};
	int one = 1, fd = socket(AF_INET6, p->type | SOCK_NONBLOCK, p->protocol);

	if (fd < 0)
		return -1;
	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one));
	if (bind(fd, (void *)&any, sizeof(any)))
		return -1;
	return p->type == SOCK_STREAM && listen(fd, 64) ? -1 : fd;
}

static void serve(struct pollfd *fds, unsigned int n)
{
	char buf[2048];
	unsigned int i;
	int fd;

	while (poll(fds, n, -1) > 0) {
		for (i = 0; i < n; i++) {
			if (!fds[i].revents)
				continue;
			fd = accept(fds[i].fd, NULL, NULL);
			if (fd >= 0)
				close(fd);
			else if (recv(fds[i].fd, buf, sizeof(buf), 0) < 0)
				continue;
		}
	}
}

static void __attribute__((noreturn))
server(const char *ns, const struct server_port *ports, unsigned int n, int ready)
{
	struct pollfd fds[32];
	unsigned int i;
	int failed = ns && setns(ns_open(ns), CLONE_NEWNET) ? errno : 0;

	for (i = 0; i < n && i < ARRAY_SIZE(fds); i++) {
		fds[i] = (struct pollfd){ serve_port(&ports[i]), POLLIN, 0 };
		if (fds[i].fd < 0)
			failed = errno;
	}
	if (write(ready, &failed, sizeof(failed)) == sizeof(failed) && !failed)
		serve(fds, i);
	_exit(1);
}

void server_start(struct server *s, const char *ns,
		  const struct server_port *ports, unsigned int n)
{
	int ready[2], failed;

	if (pipe2(ready, O_CLOEXEC))
		bail("pipe: %m");
	s->pid = fork();
	if (!s->pid)
		server(ns, ports, n, ready[1]);
	close(ready[1]);
	if (read(ready[0], &failed, sizeof(failed)) != sizeof(failed))
		failed = EPIPE;
	close(ready[0]);
	errno = failed;
	if (failed)
		bail("serve ports: %m");
}

void server_stop(struct server *s)
{
	kill(s->pid, SIGKILL);
	waitpid(s->pid, NULL, 0);
}
