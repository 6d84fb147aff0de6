// SPDX-License-Identifier: GPL-2.0-only
/*
 * Keyrings are told apart by user, not by container: root of any container
 * that shares the host's user namespace links root's keyring into its session
 * and reads what the host keeps there. moby's seccomp profile refuses keyctl()
 * for that: "Kernel keyring is not namespaced" (Docker documentation).
 */
#define _GNU_SOURCE
#include <errno.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>
#include <linux/keyctl.h>

#include "escape.h"
#include "tap.h"

static long key;

static void keep_key(struct args *a)
{
	(void)a;
	key = syscall(SYS_add_key, "user", "bh-secret", SECRET_TEXT,
		      sizeof(SECRET_TEXT) - 1, KEY_SPEC_USER_KEYRING);
	if (key < 0)
		bail("add a key: %m");
}

static void drop_key(void)
{
	syscall(SYS_keyctl, KEYCTL_UNLINK, key, KEY_SPEC_USER_KEYRING);
}

static int attempt(const struct args *a)
{
	char text[64] = "";
	long found;

	(void)a;
	if (syscall(SYS_keyctl, KEYCTL_LINK, KEY_SPEC_USER_KEYRING,
		    KEY_SPEC_SESSION_KEYRING))
		return errno;
	found = syscall(SYS_keyctl, KEYCTL_SEARCH, KEY_SPEC_USER_KEYRING, "user",
			"bh-secret", 0);
	if (found < 0)
		return errno;
	if (syscall(SYS_keyctl, KEYCTL_READ, found, text, sizeof(text) - 1) < 0)
		return errno;
	return is_secret(text);
}

const struct escape host_keys[] = {
	{ "the host's keys", { 0 }, keep_key, .attempt = attempt,
	  .restore = drop_key, .error = EPERM, .act = BULKHEAD_ACT_KEY,
	  .rule = "preset keyring" },
	{ NULL }
};
