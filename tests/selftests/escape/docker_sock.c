// SPDX-License-Identifier: GPL-2.0-only
/*
 * The engine's socket, mounted into a container that wants to watch or build:
 * whoever reaches it has the engine start a container with the host's root in
 * it. Adrian Mouat, "Docker Security", 2015; OWASP Docker cheat sheet, rule 1.
 */
#include <errno.h>

#include "engine.h"
#include "escape.h"
#include "host.h"

#define COMMAND	"echo mine >" OWNED

static void start_docker(struct args *a)
{
	(void)a;
	make_dir(TOP "/run");
	engine_start(TOP "/run/docker.sock");
}

static void start_containerd(struct args *a)
{
	(void)a;
	make_dir(TOP "/run/containerd");
	engine_start(TOP "/run/containerd/containerd.sock");
}

static int by_socket(const struct args *a)
{
	(void)a;
	return engine_ask("/run/docker.sock", COMMAND);
}

static int by_other_name(const struct args *a)
{
	(void)a;
	return engine_ask("/tmp/harmless", COMMAND);
}

static int by_folder(const struct args *a)
{
	(void)a;
	return engine_ask("/mnt/containerd/containerd.sock", COMMAND);
}

const struct escape docker_sock[] = {
	{ "docker.sock", { .volumes = { TOP "/run/docker.sock", "/run/docker.sock" } },
	  start_docker, .attempt = by_socket, .escaped = owned,
	  .restore = engine_stop, .error = EACCES, .act = BULKHEAD_ACT_UNIX,
	  .rule = "preset runtime-socket" },
	{ "docker.sock under another name",
	  { .volumes = { TOP "/run/docker.sock", "/tmp/harmless" } },
	  start_docker, .attempt = by_other_name, .escaped = owned,
	  .restore = engine_stop, .error = EACCES, .act = BULKHEAD_ACT_UNIX,
	  .rule = "preset runtime-socket" },
	{ "containerd.sock in a folder",
	  { .volumes = { TOP "/run", "/mnt" } },
	  start_containerd, .attempt = by_folder, .escaped = owned,
	  .restore = engine_stop, .error = EACCES, .act = BULKHEAD_ACT_UNIX,
	  .rule = "preset runtime-socket" },
	{ NULL }
};
