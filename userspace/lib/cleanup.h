/* SPDX-License-Identifier: GPL-2.0-only */
/* Scope-bound release of what userspace code acquires. */
#ifndef BULKHEAD_CLEANUP_H
#define BULKHEAD_CLEANUP_H

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#define cleanup_with(fn) __attribute__((__cleanup__(fn)))
#define cleanup_free cleanup_with(cleanup_freep)
#define cleanup_close cleanup_with(cleanup_closep)
#define cleanup_file cleanup_with(cleanup_filep)
#define cleanup_dir cleanup_with(cleanup_dirp)

static inline void cleanup_freep(void *p)
{
	free(*(void **)p);
}

static inline void cleanup_closep(int *fd)
{
	int saved = errno;

	if (*fd >= 0)
		close(*fd);
	errno = saved;
}

static inline void cleanup_filep(FILE **f)
{
	if (*f)
		fclose(*f);
}

static inline void cleanup_dirp(DIR **d)
{
	if (*d)
		closedir(*d);
}

/* Hand @*p over to the caller: the cleanup then finds nothing. */
static inline void *steal_ptr(void *p)
{
	void **pp = p;
	void *v = *pp;

	*pp = NULL;
	return v;
}

#define steal(p) ((__typeof__(*(p)))steal_ptr(p))

#endif /* BULKHEAD_CLEANUP_H */
