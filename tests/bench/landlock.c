// SPDX-License-Identifier: GPL-2.0-only
/* Landlock, as a rival: the same policy as far as it can say it. */
#include <fcntl.h>
#include <stdio.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>
#include <linux/landlock.h>

#include "bench.h"

/* Newer than some headers. */
#define LL_RULE_NET_PORT	2
#define LL_NET_BIND		(1ULL << 0)
#define LL_NET_CONNECT		(1ULL << 1)
#define LL_FS_ALL		((1ULL << 15) - 1)	/* with refer and truncate */
#define LL_FS_USE		(LANDLOCK_ACCESS_FS_EXECUTE | LANDLOCK_ACCESS_FS_READ_FILE | LANDLOCK_ACCESS_FS_READ_DIR)

struct ll_ruleset {
	uint64_t fs;
	uint64_t net;
};

struct ll_port {
	uint64_t access;
	uint64_t port;
};

static void allow_path(int ruleset, const char *path, uint64_t access)
{
	struct landlock_path_beneath_attr rule = {
		.allowed_access = access,
		.parent_fd = open(path, O_PATH),
	};

	if (rule.parent_fd < 0 || syscall(SYS_landlock_add_rule, ruleset, LANDLOCK_RULE_PATH_BENEATH, &rule, 0))
		die("Landlock, %s: %m", path);
	close(rule.parent_fd);
}

static void allow_port(int ruleset, uint16_t port)
{
	struct ll_port rule = { LL_NET_BIND | LL_NET_CONNECT, port };

	if (syscall(SYS_landlock_add_rule, ruleset, LL_RULE_NET_PORT, &rule, 0))
		die("Landlock, port %u: %m", port);
}

/* Folders that stand for the rules that no operation needs. */
static void allow_others(int ruleset, int rules)
{
	char path[64];

	for (int i = 0; i < rules; i++) {
		snprintf(path, sizeof(path), "/opt/landlock%d", i);
		mkdir(path, 0755);
		allow_path(ruleset, path, LL_FS_USE);
	}
}

void landlock_confine(int rules, int ports)
{
	struct ll_ruleset attr = { .fs = LL_FS_ALL, .net = ports ? LL_NET_BIND | LL_NET_CONNECT : 0 };
	int ruleset = syscall(SYS_landlock_create_ruleset, &attr, sizeof(attr), 0);

	if (ruleset < 0)
		die("Landlock: %m");
	allow_path(ruleset, "/srv/www/htdocs", LL_FS_USE);
	allow_path(ruleset, "/srv/www/htdocs/cache", LL_FS_ALL);
	allow_path(ruleset, "/srv/www/bin", LL_FS_USE);
	allow_path(ruleset, "/srv/www/lib", LL_FS_USE);
	allow_path(ruleset, "/srv/overlay", LL_FS_USE);
	allow_path(ruleset, "/proc", LL_FS_USE);
	allow_others(ruleset, rules - 6);
	if (ports)
		allow_port(ruleset, PORT_TCP);
	for (int i = 1; i < ports; i++)
		allow_port(ruleset, 8000 + i);
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) || syscall(SYS_landlock_restrict_self, ruleset, 0))
		die("Landlock: %m");
	close(ruleset);
}
