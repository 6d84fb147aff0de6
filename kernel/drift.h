/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Drift: whether a file changed after a domain was born. What tells is its
 * change time, which nobody can set; so what else could bend that is dealt
 * with here: the clock, file systems that don't keep it, stores into memory.
 */
#ifndef BKH_DRIFT_H
#define BKH_DRIFT_H

#include "domain.h"

struct cgroup;
struct file;

/*
 * @file changed since @d was born, or nobody can tell. Caller holds
 * rcu_read_lock(). Takes a lock only if the clock was set.
 */
bool bkh_drift_changed(struct bkh_domain *d, const struct file *file);

/* @file gets mapped so that stores into memory may change it. Never sleeps. */
void bkh_drift_on_store(const struct file *file);

/*
 * The clock is about to be set, or may have been: if it went back, what is
 * written from now on carries older times. Any context but NMI.
 */
void bkh_drift_sample(void);

/* Under bkh_domain_lock. */
void bkh_drift_born_locked(struct bkh_domain *d);

/*
 * The current task has made @cgrp. If it is confined, and that lies within its
 * container, then @cgrp's domain is as old as its own: or what it has written
 * would be older. Under bkh_domain_lock, before anybody is in there.
 */
void bkh_drift_inherit_locked(struct cgroup *cgrp);

#endif /* BKH_DRIFT_H */
