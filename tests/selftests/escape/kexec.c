// SPDX-License-Identifier: GPL-2.0-only
/*
 * A kernel of one's own for the next reboot, or a panic: kexec_load() with
 * CAP_SYS_BOOT. The kernel asks for nothing else unless it is locked down.
 * Matthew Garrett, "Kexec allows arbitrary kernel modification", 2013.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>
#include <linux/capability.h>
#include <linux/kexec.h>

#include "escape.h"
#include "host.h"

#define LOADED	"/sys/kernel/kexec_loaded"
#define WHERE	((void *)0x1000000)

static char code[4096] = { (char)0xf4, (char)0xeb, (char)0xfd };	/* hlt; jmp */

static int attempt(const struct args *a)
{
	struct kexec_segment segment = { code, sizeof(code), WHERE, sizeof(code) };

	(void)a;
	return syscall(SYS_kexec_load, WHERE, 1UL, &segment, KEXEC_ARCH_DEFAULT) ?
	       errno : 0;
}

static bool loaded(void)
{
	char text[8] = "";

	read_file(LOADED, text, sizeof(text));
	return *text == '1';
}

static void unload(void)
{
	syscall(SYS_kexec_load, 0UL, 0UL, NULL, KEXEC_ARCH_DEFAULT);
}

const struct escape kexec[] = {
	{ "kexec_load", { .caps = CAP(CAP_SYS_BOOT) }, .attempt = attempt,
	  .escaped = loaded, .restore = unload, .error = EPERM,
	  .act = BULKHEAD_ACT_KEXEC, .rule = "preset kexec" },
	{ NULL }
};
