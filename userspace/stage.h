/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Where `bulkhead doctor` tries things: two tasks in a mount and a network
 * namespace of their own, one of them in the throwaway cgroup. Both end with
 * the doctor, however that ends.
 */
#ifndef BULKHEAD_STAGE_H
#define BULKHEAD_STAGE_H

#include <sys/types.h>

#include "attempt.h"
#include "lib/cgroup.h"

/**
 * struct stage - a connection to the two tasks
 * @keeper: the one that isn't confined, parent of the other
 * @confined: the one in the cgroup
 * @outside, @inside: sockets; -1 while closed
 */
struct stage {
	pid_t keeper;
	pid_t confined;
	int outside;
	int inside;
};

#define STAGE_CLOSED ((struct stage){ .outside = -1, .inside = -1 })

/**
 * stage_open - start both tasks
 * @what: set to what failed, a static word or two
 *
 * The one in @cg is confined as soon as that is bound; or, if some pattern has
 * bound it already, once it is armed.
 *
 * Return: 0 or a negative errno.
 */
int stage_open(struct stage *st, const struct cgroup *cg, const char **what);
void stage_close(struct stage *st);

/**
 * stage_try - have an act done
 * @confined: by the task in the cgroup
 * @error: set to what came of it: 0 or an errno
 *
 * Return: 0; -ETIMEDOUT: it hangs; -ECONNRESET: the task is gone; -EINTR.
 */
int stage_try(struct stage *st, const struct attempt *a, bool confined, int *error);

#endif /* BULKHEAD_STAGE_H */
