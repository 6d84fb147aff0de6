// SPDX-License-Identifier: GPL-2.0-only
/*
 * A word written to a device's uevent file in sysfs makes the kernel announce
 * the device again, and the host's udev acts on what it is told. (The older
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
	{ NULL }
};
