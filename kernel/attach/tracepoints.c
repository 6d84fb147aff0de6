// SPDX-License-Identifier: GPL-2.0-only
/* Probes on tracepoints, whose symbols aren't exported: found by name. */
#include <linux/string.h>
#include <linux/tracepoint.h>

#include "attach/tracepoints.h"
#include "log.h"

static void match_name(struct tracepoint *tp, void *data)
{
	struct bkh_probe *probe = data;

	if (!strcmp(tp->name, probe->name))
		probe->tracepoint = tp;
}

static int attach(struct bkh_probe *probe)
{
	int err;

	probe->tracepoint = NULL;
	for_each_kernel_tracepoint(match_name, probe);
	if (!probe->tracepoint) {
		bkh_err("tracepoint %s not found\n", probe->name);
		return -ENOENT;
	}
	err = tracepoint_probe_register(probe->tracepoint, probe->probe, NULL);
	if (err) {
		bkh_err("tracepoint %s refused (%d)\n", probe->name, err);
		probe->tracepoint = NULL;
	}
	return err;
}

void bkh_probes_detach(struct bkh_probe *probes, unsigned int count)
{
	unsigned int i;

	for (i = count; i-- > 0;) {
		if (!probes[i].tracepoint)
			continue;
		tracepoint_probe_unregister(probes[i].tracepoint,
					    probes[i].probe, NULL);
		probes[i].tracepoint = NULL;
	}
	tracepoint_synchronize_unregister();
}

int bkh_probes_attach(struct bkh_probe *probes, unsigned int count)
{
	unsigned int i;
	int err;

	for (i = 0; i < count; i++) {
		err = attach(&probes[i]);
		if (err) {
			bkh_probes_detach(probes, count);
			return err;
		}
	}
	return 0;
}
