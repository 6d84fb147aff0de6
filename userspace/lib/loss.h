/* SPDX-License-Identifier: GPL-2.0-only */
/* Remembers how many events each domain has lost, to tell when it is more. */
#ifndef BULKHEAD_LOSS_H
#define BULKHEAD_LOSS_H

#include <stdint.h>

/* Zeroed: nothing seen yet. */
struct loss_table {
	void *root;
};

/* Events of @cgroup_id lost since it was last seen; 0 at first sight. */
uint64_t loss_since(struct loss_table *t, uint64_t cgroup_id, uint64_t lost);

void loss_clear(struct loss_table *t);

#endif /* BULKHEAD_LOSS_H */
