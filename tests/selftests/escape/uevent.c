// SPDX-License-Identifier: GPL-2.0-only
/*
 * A word written to a device's uevent file in sysfs makes the kernel announce
 * the device again, and the host's udev acts on what it is told; on the host's
 * network, so does a message to the kernel, which passes it on. (The older
 * way, /sys/kernel/uevent_helper, is not built into these kernels.) Edwards
 * and Freeman, "A Compendium of Container Escapes", Black Hat USA 2019.
 */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>
#include <linux/netlink.h>

#include "escape.h"
#include "host.h"
#include "tap.h"

#define DEVICE	"/sys/devices/virtual/mem/null/uevent"
#define NEWS	"add@/devices/virtual/mem/null\0ACTION=add\0" \
		"DEVPATH=/devices/virtual/mem/null\0SUBSYSTEM=mem"

static int udev = -1;

static void listen_as_udev(struct args *a)
{
	struct sockaddr_nl nl = { .nl_family = AF_NETLINK, .nl_groups = 1 };

	(void)a;
	udev = socket(AF_NETLINK, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK,
		      NETLINK_KOBJECT_UEVENT);
	if (udev < 0 || bind(udev, (void *)&nl, sizeof(nl)))
		bail("listen to uevents: %m");
}

static int announce(const struct args *a)
{
	(void)a;
	return write_file(DEVICE, "add");
}

/*
 * The kernel passes on what root tells it of a device, as if it knew. To
 * whom need not be said.
 */
static int tell(const struct args *a)
{
	struct {
		struct nlmsghdr h;
		char text[sizeof(NEWS)];
	} m = { { .nlmsg_len = sizeof(m), .nlmsg_type = NLMSG_MIN_TYPE,
		  .nlmsg_flags = NLM_F_REQUEST }, NEWS };
	struct sockaddr_nl kernel = { .nl_family = AF_NETLINK };
	int fd = socket(AF_NETLINK, SOCK_DGRAM | SOCK_CLOEXEC, NETLINK_KOBJECT_UEVENT);
	bool named = a->n[0];

	return sendto(fd, &m, sizeof(m), 0, named ? (void *)&kernel : NULL,
		      named ? sizeof(kernel) : 0) < 0 ? errno : 0;
}

static void listen_to_named(struct args *a)
{
	listen_as_udev(a);
	a->n[0] = 1;
}

static bool heard(void)
{
	char text[2048];
	ssize_t n;

	while ((n = recv(udev, text, sizeof(text) - 1, 0)) > 0) {
		text[n] = 0;
		if (!strcmp(text, "add@/devices/virtual/mem/null"))
			return true;
	}
	return false;
}

static void stop_listening(void)
{
	close(udev);
}

const struct escape uevent[] = {
	{ "a device announced to the host's udev", { .caps = ALL_CAPS },
	  listen_as_udev, .attempt = announce, .escaped = heard,
	  .restore = stop_listening, .error = EACCES, .act = BULKHEAD_ACT_OPEN,
	  .rule = "preset sys-firmware" },
	{ "news of a device sent to the kernel", { .caps = ALL_CAPS, .host_net = true },
	  listen_to_named, .attempt = tell, .escaped = heard, .restore = stop_listening,
	  .error = EPERM, .act = BULKHEAD_ACT_SEND, .rule = "preset sys-firmware" },
	{ "news of a device to whoever listens", { .caps = ALL_CAPS, .host_net = true },
	  listen_as_udev, .attempt = tell, .escaped = heard, .restore = stop_listening,
	  .error = EPERM, .act = BULKHEAD_ACT_SEND, .rule = "preset sys-firmware" },
	{ NULL }
};
