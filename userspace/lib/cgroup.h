/* SPDX-License-Identifier: GPL-2.0-only */
/* Control groups by path, by container id, by number. */
#ifndef BULKHEAD_CGROUP_H
#define BULKHEAD_CGROUP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

/**
 * struct cgroup - a control group of the v2 hierarchy
 * @dir: its directory, absolute
 * @path: the part of @dir below the mount; "/" for the root. Points into @dir
 * @id: as the kernel numbers it
 */
struct cgroup {
	char *dir;
	const char *path;
	uint64_t id;
};

void cgroup_clear(struct cgroup *cg);

/* Where the whole cgroup v2 tree is mounted; -ENOENT if nowhere. */
int cgroup_mount(char **mount);

/* The same out of a mountinfo file. */
int cgroup_mount_parse(FILE *mountinfo, char **mount);

/* The number of a cgroup directory. */
int cgroup_id(const char *dir, uint64_t *id);

/**
 * cgroup_find - the cgroup that a user means
 * @spec: a path below the mount, a path that includes it, or the first
 *	characters of a container's id
 * @other: set on -ENOTUNIQ to a path that @spec could mean as well
 *
 * Return: 0; -ENOENT; -ENOTUNIQ: several containers' ids start like that.
 */
int cgroup_find(struct cgroup *out, const char *mount, const char *spec, char **other);

/**
 * cgroup_path_of - the path of a cgroup by its number
 * @mount: where cgroup v2 is mounted
 *
 * Return: below the mount, to be freed; null if it is gone, or not for us.
 */
char *cgroup_path_of(const char *mount, uint64_t id);

/* Create a cgroup; its parent must exist. -EEXIST if there is one. */
int cgroup_create(struct cgroup *out, const char *mount, const char *path);

/* Kill all that is in it and below, and wait for the end; -EBUSY if it takes too long. */
int cgroup_kill(const struct cgroup *cg);

/* Remove it, and what is below; -EBUSY while tasks are in there. */
int cgroup_remove(const struct cgroup *cg);

/* Move the calling task into @cg. */
int cgroup_enter(const struct cgroup *cg);

/**
 * cgroup_container_id - the container id in a cgroup directory's name
 * @name: such as docker-<64 hex digits>.scope
 * @len: set to its length
 *
 * Return: where the id starts, or null. Monitors of a container, which carry
 * its id as well, have none.
 */
const char *cgroup_container_id(const char *name, size_t *len);

#endif /* BULKHEAD_CGROUP_H */
