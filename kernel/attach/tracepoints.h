/* SPDX-License-Identifier: GPL-2.0-only */
/* Probes on tracepoints, all or none. Probes run in atomic context. */
#ifndef BKH_ATTACH_TRACEPOINTS_H
#define BKH_ATTACH_TRACEPOINTS_H

struct tracepoint;

/**
 * struct bkh_probe - one probe of ours
 * @name: of the tracepoint
 * @probe: function; its first argument is NULL, the rest are the tracepoint's
 * @tracepoint: set while attached
 */
struct bkh_probe {
	const char *name;
	void *probe;
	struct tracepoint *tracepoint;
};

/* Return: 0, -ENOENT with the missing name logged, or the kernel's error. */
int bkh_probes_attach(struct bkh_probe *probes, unsigned int count);

/* Detach, and wait for the probes that run. May sleep. */
void bkh_probes_detach(struct bkh_probe *probes, unsigned int count);

#endif /* BKH_ATTACH_TRACEPOINTS_H */
