/* SPDX-License-Identifier: GPL-2.0-only */
/* Every maximum, with its reason. Shared by module, command and tests. */
#ifndef BKH_LIMITS_H
#define BKH_LIMITS_H

/* A name has to fit an event and a table column. Includes the final zero. */
#define BKH_NAME_MAX		64

/* NAME_MAX of every Linux file system; the string pool keeps it in a byte. */
#define BKH_COMPONENT_MAX	255

/*
 * A path of PATH_MAX bytes has at most this many components. Deeper trees
 * exist (each mkdir is relative); what lies deeper is out of reach of any
 * rule, and is denied.
 */
#define BKH_DEPTH_MAX		2048

/*
 * Steps of one search for a file's names, over mounts and up to their roots:
 * both locks are held meanwhile, about a millisecond. Beyond it: denied.
 */
#define BKH_NAMES_STEPS_MAX	65536

/* Bytes of a path in an event; longer ones end in "...". */
#define BKH_PATH_EVENT_MAX	4096

/*
 * Policies in force for one cgroup. Kubernetes needs three (node, pod,
 * container); a request costs one match per policy.
 */
#define BKH_STACK_MAX		16

/* One generation: what 1,000 policies of 1,000 rules need, twice over. */
#define BKH_IMAGE_MAX		(256U << 20)

/* Of the host's memory; the last generation is there as well for a while. */
#define BKH_IMAGE_HOST_SHARE	8

/*
 * Patterns are tried one by one when a cgroup is made, with interrupts off:
 * this many take less than a millisecond.
 */
#define BKH_BINDINGS_MAX	8192

/* Tables of the image: keeps index arithmetic far below 32 bits. */
#define BKH_POLICIES_MAX	16384
#define BKH_RULES_MAX		1000000

/* Alternatives that one pattern may list. */
#define BKH_ALTERNATIVES_MAX	64

/* PATH_MAX: a cgroup path that is longer can't be opened either. */
#define BKH_PATTERN_MAX		4096

/* Explicit bindings; more containers than one host runs. */
#define BKH_EXPLICIT_MAX	65536

/*
 * Forming tasks on the host. A runtime brings in a handful of threads for
 * a few milliseconds each; beyond this they are confined at once.
 */
#define BKH_FORMING_MAX		4096
#define BKH_FORMING_OLD_MS	10000

/* A hook that other code took away is noticed within this time. */
#define BKH_HOOKS_CHECK_MS	10000

/* Bytes of a rule, and of its file's name, in an event; longer ones are cut. */
#define BKH_RULE_EVENT_MAX	1024

/*
 * Events waiting for delivery, and the token bucket of each domain: bursts
 * of this many, then this many per second. Denials and audits are apart, so
 * neither can displace the other.
 */
#define BKH_EVENT_QUEUE_MAX	4096
#define BKH_EVENT_BURST		256
#define BKH_EVENT_RATE		128

#endif /* BKH_LIMITS_H */
