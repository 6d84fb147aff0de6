// SPDX-License-Identifier: GPL-2.0-only
/* The policy files of a suite: applied together, looked up by line. */
#define _GNU_SOURCE
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "control.h"
#include "host.h"
#include "tap.h"

#define POLICIES_MAX	32

static struct {
	char name[64];
	char *yaml;
} policies[POLICIES_MAX];

uint64_t generation;

static void remember(const char *name, const char *yaml)
{
	unsigned int i;

	for (i = 0; i < POLICIES_MAX && *policies[i].name; i++)
		if (!strcmp(policies[i].name, name))
			break;
	if (i == POLICIES_MAX)
		bail("more policies than a suite may have");
	snprintf(policies[i].name, sizeof(policies[i].name), "%s", name);
	free(policies[i].yaml);
	policies[i].yaml = strdup(yaml);
}

void add_policy(const char *name, const char *yaml)
{
	char path[128];

	make_dir(POLICIES);
	snprintf(path, sizeof(path), POLICIES "/%s.yaml", name);
	put_file(path, yaml);
	remember(name, yaml);
}

int try_apply(const char *name, const char *yaml)
{
	char out[4096];
	int status;

	add_policy(name, yaml);
	status = RUN(out, "bulkhead", "apply", POLICIES);
	if (status)
		diag("bulkhead apply: exit status %d: %s", status, out);
	return status;
}

void apply(const char *name, const char *yaml)
{
	struct control_status status;

	if (try_apply(name, yaml))
		bail("policy %s was not applied", name);
	if (control_status(&status))
		bail("no status");
	generation = status.generation;
}

void *apply_image(const char *name, const char *yaml, size_t *size)
{
	void *image;

	apply(name, yaml);
	errno = control_read(&image, size);
	if (errno)
		bail("read what is in force: %m");
	return image;
}

void forget_policies(void)
{
	char path[128];
	unsigned int i;

	for (i = 0; i < POLICIES_MAX && *policies[i].name; i++) {
		snprintf(path, sizeof(path), POLICIES "/%s.yaml", policies[i].name);
		unlink(path);
		free(policies[i].yaml);
		policies[i].yaml = NULL;
		*policies[i].name = 0;
	}
}

static const char *yaml_of(const char *name)
{
	unsigned int i;

	for (i = 0; i < POLICIES_MAX && *policies[i].name; i++)
		if (!strcmp(policies[i].name, name))
			return policies[i].yaml;
	bail("no policy %s", name);
}

unsigned int policy_line(const char *name, const char *text, char *line,
			 size_t size)
{
	const char *yaml = yaml_of(name), *end;
	unsigned int n = 1, found = 0;

	for (; *yaml; yaml = *end ? end + 1 : end, n++) {
		end = strchrnul(yaml, '\n');
		if (!memmem(yaml, end - yaml, text, strlen(text)))
			continue;
		if (found)
			bail("%s: \"%s\" is on lines %u and %u", name, text, found, n);
		found = n;
		snprintf(line, size, "%.*s", (int)(end - yaml), yaml);
	}
	return found;
}
