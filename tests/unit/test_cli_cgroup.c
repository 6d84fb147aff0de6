// SPDX-License-Identifier: GPL-2.0-only
/* Cgroups by what users write: mount tables, container ids, paths. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "cgroup.h"
#include "support.h"

#define HEX "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"

static void check_mount(const char *table, const char *want)
{
	FILE *f = fmemopen((void *)table, strlen(table), "r");
	char *mount = NULL;
	int err = cgroup_mount_parse(f, &mount);

	fclose(f);
	if (want) {
		assert_int_equal(err, 0);
		assert_string_equal(mount, want);
	} else {
		assert_int_equal(err, -ENOENT);
	}
	free(mount);
}

static void mounts(void **state)
{
	(void)state;
	check_mount("22 1 8:1 / / rw shared:1 - ext4 /dev/sda1 rw\n"
		    "36 25 0:31 / /sys/fs/cgroup rw,nosuid shared:9 - cgroup2 cgroup2 rw\n",
		    "/sys/fs/cgroup");
	check_mount("36 25 0:31 / /sys/fs/cgroup/unified rw - cgroup2 none rw\n",
		    "/sys/fs/cgroup/unified");
	check_mount("36 25 0:31 / /a\\040b rw - cgroup2 none rw\n", "/a b");
	/* A part of the tree isn't the tree; version 1 isn't version 2. */
	check_mount("36 25 0:31 /user.slice /mnt rw - cgroup2 none rw\n", NULL);
	check_mount("36 25 0:31 / /sys/fs/cgroup/cpu rw - cgroup cgroup rw,cpu\n", NULL);
	check_mount("- cgroup2 x\n - cgroup2 x\n", NULL);
	check_mount("\n", NULL);
}

static void check_id(const char *name, const char *want)
{
	size_t len = 0;
	const char *id = cgroup_container_id(name, &len);

	if (!want) {
		assert_null(id);
		return;
	}
	assert_non_null(id);
	assert_int_equal(len, strlen(want));
	assert_memory_equal(id, want, len);
}

static void ids(void **state)
{
	(void)state;
	check_id("docker-" HEX ".scope", HEX);
	check_id("libpod-" HEX ".scope", HEX);
	check_id("cri-containerd-" HEX ".scope", HEX);
	check_id("crio-" HEX ".scope", HEX);
	check_id(HEX, HEX);
	check_id("libpod-conmon-" HEX ".scope", NULL);
	check_id("crio-conmon-" HEX ".scope", NULL);
	check_id("docker-0123.scope", NULL);
	check_id("session-1.scope", NULL);
	check_id("system.slice", NULL);
	check_id("docker-" HEX ".slice", NULL);
	check_id("", NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(mounts),
		cmocka_unit_test(ids),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
