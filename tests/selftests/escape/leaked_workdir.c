// SPDX-License-Identifier: GPL-2.0-only
/*
 * The runtime leaves a descriptor of a host's directory open and takes it for
 * the working directory: from there ".." leads to the host's root. It lies in
 * the host's mount namespace, and no path leads there from the container's root.
 * CVE-2024-21626 ("Leaky Vessels"); CVE-2016-9962 before it.
 */
#include <errno.h>
#include <stdio.h>
#include <unistd.h>

#include "escape.h"
#include "host.h"

static void make_folder(struct args *a)
{
	make_secret(a);
	make_dir(TOP "/kept");
}

static int attempt(const struct args *a)
{
	(void)a;
	return write_file("../secret", SPOILT_TEXT);
}

static int attempt_rename(const struct args *a)
{
	(void)a;
	return rename("../secret", "../secret.gone") ? errno : 0;
}

static bool secret_gone(void)
{
	return !unlink(SECRET ".gone");
}

const struct escape leaked_workdir[] = {
	{ "a working directory on the host", { .workdir = TOP "/kept" },
	  make_folder, .attempt = attempt, .escaped = secret_spoilt,
	  .error = EACCES, .act = BULKHEAD_ACT_OPEN, .rule = "preset setns" },
	{ "a working directory on the host, where files have rules",
	  { .workdir = TOP "/kept" }, make_folder, .attempt = attempt,
	  .escaped = secret_spoilt, .policy = "files", .error = EACCES,
	  .act = BULKHEAD_ACT_OPEN, .rule = "default: allow",
	  .reason = BULKHEAD_REASON_UNREACHABLE },
	{ "a file moved out of a working directory on the host",
	  { .workdir = TOP "/kept" }, make_folder, .attempt = attempt_rename,
	  .escaped = secret_gone, .error = EACCES, .act = BULKHEAD_ACT_RENAME,
	  .rule = "preset setns" },
	{ NULL }
};
