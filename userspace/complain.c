// SPDX-License-Identifier: GPL-2.0-only
/* Complaints on stderr, each with a way out; and the module's refusals. */
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "output.h"

static void say(const char *color, const char *severity, const char *fmt, va_list ap)
{
	bool colored = use_color(stderr);

	fprintf(stderr, "bulkhead: %s%s%s", colored ? color : "", severity,
		colored ? COLOR_OFF : "");
	vfprintf(stderr, fmt, ap);
	fputc('\n', stderr);
}

int complain(int status, const char *fmt, ...)
{
	va_list ap;

	fflush(stdout);
	va_start(ap, fmt);
	say(COLOR_RED, "error: ", fmt, ap);
	va_end(ap);
	return status;
}

void warn(const char *fmt, ...)
{
	va_list ap;

	fflush(stdout);
	va_start(ap, fmt);
	say(COLOR_YELLOW, "warning: ", fmt, ap);
	va_end(ap);
}

void advise(const char *fmt, ...)
{
	va_list ap;

	fputs("  ", stderr);
	va_start(ap, fmt);
	vfprintf(stderr, fmt, ap);
	va_end(ap);
	fputc('\n', stderr);
}

int complain_oom(void)
{
	return complain(STATUS_REFUSED, "out of memory");
}

static int complain_not_loaded(void)
{
	if (access("/sys/module/bulkhead", F_OK)) {
		complain(STATUS_NO_MODULE, "the kernel module isn't loaded");
		advise("load it: modprobe bulkhead");
	} else if (access("/sys/module/bulkhead/parameters/armed", F_OK)) {
		complain(STATUS_NO_MODULE, "Bulkhead is built into this kernel, but doesn't answer here");
		advise("if it isn't in /sys/kernel/security/lsm: add bulkhead to lsm= on the kernel's command line");
		advise("it answers in the initial network namespace only");
	} else {
		complain(STATUS_NO_MODULE, "the kernel module doesn't answer here");
		advise("it is loaded, but answers in the initial network namespace only");
	}
	return STATUS_NO_MODULE;
}

static int complain_abi(const struct client *c)
{
	complain(STATUS_NO_MODULE, "%s", c->why);
	advise("install the command and the module of one version, then reload the module");
	return STATUS_NO_MODULE;
}

static int complain_not_permitted(const struct client *c, const char *doing)
{
	complain(STATUS_NOT_PERMITTED, "%s: %s", doing, c->why[0] ? c->why : "not permitted");
	advise("be root on the host, in a cgroup that no policy holds");
	return STATUS_NOT_PERMITTED;
}

static void advise_on(int err)
{
	switch (err) {
	case -EBUSY:
		advise("another apply is under way; try again when it is done");
		break;
	case -ENOENT:
		advise("see what is in force, and bound: bulkhead list");
		break;
	case -ESTALE:
		advise("see which generation is in force: bulkhead status");
		break;
	case -ENODATA:
		advise("no policy is in force yet; see: bulkhead help apply");
		break;
	case -ENOMEM:
		advise("free some memory and try again");
		break;
	case -EBADMSG:
		advise("is the module of this command's version? See: bulkhead version");
		break;
	}
}

int complain_client(const struct client *c, int err, const char *doing)
{
	if (err == -EPROTONOSUPPORT)
		return complain_abi(c);
	if (err == -EPERM || err == -EACCES)
		return complain_not_permitted(c, doing);
	complain(STATUS_REFUSED, "%s: %s", doing, c->why[0] ? c->why : strerror(-err));
	advise_on(err);
	return STATUS_REFUSED;
}

int open_module(struct client *c)
{
	int err = client_open(c);

	if (!err)
		return STATUS_OK;
	if (err == -ENOENT)
		return complain_not_loaded();
	return complain_client(c, err, "can't reach the module");
}

int open_kernel_image(struct client *c, struct image *img, uint64_t *generation)
{
	const char *why = "";
	size_t size = 0;
	void *data = NULL;
	int err;

	err = client_read(c, &data, &size, generation);
	if (err)
		return complain_client(c, err, "can't read the policies in force");
	err = image_open(img, data, size, &why);
	if (!err)
		return STATUS_OK;
	free(data);
	if (err == -ENOMEM)
		return complain_oom();
	complain(STATUS_REFUSED, "the module holds an image that this command refuses: %s", why);
	advise("is the module of this command's version? See: bulkhead version");
	return STATUS_REFUSED;
}
