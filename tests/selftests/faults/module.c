// SPDX-License-Identifier: GPL-2.0-only
/* Load and unload: all of it, or nothing of it. */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "host.h"
#include "inject.h"
#include "parts.h"
#include "tap.h"

static int ko = -1;

static void remove_it(void)
{
	if (module_loaded() && module_remove())
		bail("the module does not unload");
}

static void insert_it(void)
{
	if (!module_loaded() && module_insert())
		bail("the module does not load");
}

static int load(void)
{
	return syscall(SYS_finit_module, ko, "", 0) ? errno : 0;
}

static int try_load(unsigned int n, unsigned int *left)
{
	return try_here(load, n, left);
}

/* Some of what the kernel allocates for a module it does without. */
static bool loaded_or_not(int error)
{
	struct control_status s;

	if (error)
		return !module_loaded();
	s = status_now();
	if (!s.planned_hooks || s.planted_hooks != s.planned_hooks || s.generation)
		return false;
	ruleset_put();
	return newborn_is_bound();
}

void load_ordeal(void)
{
	static const struct ordeal one = {
		.what = "load", .prepare = remove_it, .attempt = try_load,
		.judge = loaded_or_not, .last = 100,
	};
	static const struct ordeal all = {
		.what = "load", .prepare = remove_it, .attempt = try_load,
		.judge = loaded_or_not, .last = 100, .stride = 64, .onward = true,
	};

	ko = open(getenv("BULKHEAD_KO"), O_RDONLY | O_CLOEXEC);
	if (ko < 0)
		bail("the module's file: %m");
	ordeal(&one);
	ordeal(&all);
	insert_it();
	ruleset_put();
}

/* Armed, and with a ruleset that goes with it. */
static void prepare_unload(void)
{
	char armed[8] = "";

	read_file(ARMED, armed, sizeof(armed));
	if (*armed == 'N')
		remove_it();
	insert_it();
	ruleset_put();
}

static int unload(void)
{
	int error = write_file(ARMED, "0");

	if (error)
		return error;
	return syscall(SYS_delete_module, "bulkhead", O_NONBLOCK) ? errno : 0;
}

static int try_unload(unsigned int n, unsigned int *left)
{
	return try_here(unload, n, left);
}

static bool gone_or_whole(int error)
{
	struct control_status s;
	char armed[8] = "";

	if (!error)
		return !module_loaded();
	if (!module_loaded() || read_file(ARMED, armed, sizeof(armed)))
		return false;
	if (*armed == 'N')
		return true;
	s = status_now();
	return s.planned_hooks && s.planted_hooks == s.planned_hooks;
}

void unload_ordeal(void)
{
	static const struct ordeal o = {
		.what = "unload", .prepare = prepare_unload, .attempt = try_unload,
		.judge = gone_or_whole,
	};

	ordeal(&o);
	insert_it();
}
