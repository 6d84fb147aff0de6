// SPDX-License-Identifier: GPL-2.0-only
/* Tracers on security_file_open and on our hook, by way of tracefs. */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <unistd.h>

#include "host.h"
#include "tap.h"
#include "tracers.h"

#define TRACING		"/sys/kernel/tracing"
#define TRACED		"security_file_open"
#define OURS		"bkh_file_open"
#define ENTRY		"bh_entry"
#define RETURN		"bh_return"
#define ENTRY_OURS	"bh_ours"

void tracers_mount(void)
{
	if (access(KPROBES_ENABLED, F_OK) &&
	    mount("debugfs", "/sys/kernel/debug", "debugfs", 0, NULL))
		bail("mount debugfs: %m");
}

void tracer_forget(void)
{
	put_file(TRACING "/trace", "");
}

/* What is appended adds to what is there; the file cut short would be all of it gone. */
static int append(const char *path, const char *line)
{
	int fd = open(path, O_WRONLY | O_APPEND | O_CLOEXEC);
	int error = 0;

	if (fd < 0)
		return errno;
	if (write(fd, line, strlen(line)) < 0)
		error = errno;
	close(fd);
	return error;
}

int tracer_set(const char *tracer)
{
	int error;

	error = write_file(TRACING "/set_ftrace_filter", TRACED);
	if (!error)
		error = append(TRACING "/set_ftrace_filter", OURS);
	if (!error)
		error = write_file(TRACING "/current_tracer", tracer);
	tracer_forget();
	return error;
}

bool tracer_saw(bool ours)
{
	static char trace[1 << 20];

	if (read_file(TRACING "/trace", trace, sizeof(trace)))
		return false;
	tracer_forget();
	return strstr(trace, TRACED) && (!ours || strstr(trace, OURS));
}

static int define(const char *probe)
{
	return append(TRACING "/kprobe_events", probe);
}

static int enable(const char *on)
{
	int error = write_file(TRACING "/events/kprobes/" ENTRY "/enable", on);

	if (!error)
		error = write_file(TRACING "/events/kprobes/" ENTRY_OURS "/enable", on);
	return error ? error : write_file(TRACING "/events/kprobes/" RETURN "/enable", on);
}

int probes_set(void)
{
	int error = define("p:" ENTRY " " TRACED "\n");

	if (!error)
		error = define("r:" RETURN " " TRACED "\n");
	if (!error)
		error = define("p:" ENTRY_OURS " bulkhead:" OURS "\n");
	return error ? error : enable("1");
}

int probes_clear(void)
{
	int error = enable("0");

	if (!error)
		error = define("-:" ENTRY "\n");
	if (!error)
		error = define("-:" ENTRY_OURS "\n");
	return error ? error : define("-:" RETURN "\n");
}

static unsigned long hits_of(const char *profile, const char *name)
{
	const char *at = strstr(profile, name);
	unsigned long n = 0;

	if (at)
		sscanf(at + strlen(name), "%lu", &n);
	return n;
}

unsigned long probes_hit(void)
{
	char profile[1024] = "";
	unsigned long entry, ours, back;

	read_file(TRACING "/kprobe_profile", profile, sizeof(profile));
	entry = hits_of(profile, ENTRY);
	ours = hits_of(profile, ENTRY_OURS);
	back = hits_of(profile, RETURN);
	if (ours < entry)
		entry = ours;
	return entry < back ? entry : back;
}
