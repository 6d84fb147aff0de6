/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What each preset refuses, by every call that does it: denied where the
 * preset is on, allowed where it alone is lifted, and outside.
 */
#ifndef SELFTEST_PRESET_H
#define SELFTEST_PRESET_H

#include <errno.h>
#include <linux/bulkhead.h>

#include "acts.h"
#include "host.h"
#include "trial.h"

/**
 * struct guard - a preset
 * @name: as policies name it
 * @trials: that it denies, n of them
 * @begin: what the host readies for all of them; may fill the trials in
 * @end: the host cleans up
 * @enter: the boxes and the twins do this first
 * @entered: with these arguments
 */
struct guard {
	const char *name;
	struct trial *trials;
	unsigned int n;
	void (*begin)(void);
	void (*end)(void);
	act_fn enter;
	struct args entered;
};

#define DENIED(e, a, p)	.error = e, .want = {				\
	.act = BULKHEAD_ACT_##a, .reason = BULKHEAD_REASON_PRESET,	\
	.rule = "preset " p, .path = ANY_PATH }

#define GUARD(p, t)	.name = p, .trials = t, .n = ARRAY_SIZE(t)

extern const struct guard mount_guards[2];
extern const struct guard task_guards[2];
extern const struct guard call_guards[8];
extern const struct guard file_guards[7];
extern const struct guard socket_guards[2];
extern const struct guard handle_guards[1];

/* In a user namespace of the task's own, where that is allowed. */
extern const struct trial nested_trials[];
extern const unsigned int nested_count;

/* What has to go on working with all presets on. */
extern const struct trial harmless[];
extern const unsigned int harmless_count;
void harmless_begin(void);
void harmless_end(void);

/*
 * A call by the 32-bit gate of a 64-bit task. Arguments lie below 4 GiB, as
 * all static data of this program do. Return: as syscall().
 */
long ia32_call(long nr, long a, long b, long c, long d, long e);

static inline int errno_of(long result)
{
	return result < 0 ? errno : 0;
}

#endif /* SELFTEST_PRESET_H */
