/* SPDX-License-Identifier: GPL-2.0-only */
/* Policy files on the command line, compiled. */
#ifndef BULKHEAD_POLICY_FILES_H
#define BULKHEAD_POLICY_FILES_H

#include <stddef.h>

#include "lib/diag.h"
#include "lib/image.h"

/* What the compiler made of some files. */
struct loaded {
	void *data;
	size_t size;
	size_t policies;
};

/* 0; -EINVAL with errors in @d; -ENOMEM. */
int compile_policies(char *const *paths, size_t n, struct loaded *out, struct diag *d);

/* Likewise, complaining. STATUS_OK: go on. */
int load_policies(char *const *paths, size_t n, struct loaded *out);

/* Likewise, opened for reading. */
int load_image(char *const *paths, size_t n, struct image *img);

#endif /* BULKHEAD_POLICY_FILES_H */
