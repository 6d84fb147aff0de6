// SPDX-License-Identifier: GPL-2.0-only
/*
 * Abstract UNIX sockets belong to the network namespace, not to any file
 * system: on the host's network a container reached containerd's shim, which
 * asked for nothing but root. CVE-2020-15257.
 */
#include <errno.h>

#include "engine.h"
#include "escape.h"

#define SHIM	"@/containerd-shim/moby/0a1b2c/shim.sock@"

static void start_shim(struct args *a)
{
	(void)a;
	engine_start(SHIM);
}

static int attempt(const struct args *a)
{
	(void)a;
	return engine_ask(SHIM, "echo mine >" OWNED);
}

const struct escape shim_socket[] = {
	{ "containerd-shim's abstract socket on the host's network",
	  { .host_net = true }, start_shim, .attempt = attempt, .escaped = owned,
	  .restore = engine_stop, .error = EACCES, .act = BULKHEAD_ACT_UNIX,
	  .rule = "preset runtime-socket" },
	{ NULL }
};
