/* SPDX-License-Identifier: GPL-2.0-only */
/* A domain, as list and show present it. */
#ifndef BULKHEAD_DOMAIN_H
#define BULKHEAD_DOMAIN_H

#include "output.h"

/* How it came to be bound: "pattern,inherited". Static buffer. */
const char *domain_flags(uint32_t flags);

/* CGROUP POLICIES BOUND FORMING DENIED AUDITED LOST */
void domain_row(struct table *t, const struct client_domain *d);

struct json_object *domain_json(const struct client_domain *d);

#endif /* BULKHEAD_DOMAIN_H */
