/* SPDX-License-Identifier: GPL-2.0-only */
/* A control group as a user names it on the command line. */
#ifndef BULKHEAD_CGROUP_ARG_H
#define BULKHEAD_CGROUP_ARG_H

#include "lib/cgroup.h"

/* Where cgroup v2 is mounted, or a complaint. STATUS_OK: go on. */
int find_mount(char **mount);

/* Find @spec, or complain. STATUS_OK: go on. */
int find_cgroup(struct cgroup *cg, const char *spec);

#endif /* BULKHEAD_CGROUP_ARG_H */
