// SPDX-License-Identifier: GPL-2.0-only
/*
 * The cloud's metadata service hands the host's credentials to whoever can
 * reach a link-local address. MITRE ATT&CK T1552.005; the breach of Capital
 * One, 2019.
 */
#include <errno.h>
#include <sys/mount.h>
#include <sys/socket.h>

#include "acts.h"
#include "addr.h"
#include "escape.h"
#include "host.h"
#include "netns.h"

#define SERVICE	"169.254.169.254"

static struct server cloud;

static void start_service(struct args *a)
{
	const struct server_port port = { SOCK_STREAM, 0, 80 };

	netns_make("cloud");
	netns_make("tenant");
	netns_veth("bh-meta", "cloud", "tenant");
	netns_addr("cloud", "bh-meta", SERVICE, 16);
	netns_addr("tenant", "bh-meta", "169.254.1.2", 16);
	server_start(&cloud, "cloud", &port, 1);
	a->addr = addr(SERVICE, 80);
}

static void stop_service(void)
{
	server_stop(&cloud);
	umount2(TOP "/net/cloud", MNT_DETACH);
	umount2(TOP "/net/tenant", MNT_DETACH);
}

const struct escape metadata[] = {
	{ "the metadata service", { .netns = TOP "/net/tenant" }, start_service,
	  .attempt = act_connect, .restore = stop_service, .error = EACCES,
	  .act = BULKHEAD_ACT_CONNECT, .rule = "preset metadata-service" },
	{ NULL }
};
