/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A container: a box whose task lives in namespaces of its own, on a root of
 * its own, as an engine sets it up: from inside of its cgroup, before it
 * executes. In a bound cgroup it is forming until then.
 */
#ifndef SELFTEST_CONTAINER_H
#define SELFTEST_CONTAINER_H

#include "box.h"

/* The container's root as the host sees it: what an overlay's upper layer is. */
#define CONTAINER_ROOT	TOP "/container"

/* Capabilities beyond those that engines leave by default. */
#define CAP(c)		(1ULL << (c))
#define ALL_CAPS	(~0ULL)

/**
 * struct container_spec - what the administrator asked the engine for
 * @caps: to add; ALL_CAPS: --privileged, so nothing of /proc and /sys is masked
 * @host_pid: --pid=host
 * @host_net: --network=host
 * @host_ipc: --ipc=host
 * @host_cgroup: --cgroupns=host
 * @netns: a namespace of netns_make() to live in
 * @workdir: what the runtime takes for the working directory before it pivots:
 *	on the host
 * @volumes: host path and path in the container, pairwise
 */
struct container_spec {
	uint64_t caps;
	bool host_pid, host_net, host_ipc, host_cgroup;
	const char *netns;
	const char *workdir;
	const char *volumes[8];
};

/* Start one in a cgroup, up to the entry point, which serves the box. */
void container_open(struct box *b, const char *cgroup,
		    const struct container_spec *spec);
void container_close(struct box *b);

#endif /* SELFTEST_CONTAINER_H */
