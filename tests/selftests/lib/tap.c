// SPDX-License-Identifier: GPL-2.0-only
/* TAP output: the plan, the points, and whether the one was kept by the other. */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "tap.h"

static unsigned int planned, points, failures;

void tap_plan(unsigned int n)
{
	setvbuf(stdout, NULL, _IOLBF, 0);
	planned = n;
	printf("TAP version 13\n1..%u\n", n);
}

/* A newline in a message would start a line that is no TAP. */
static void print_line(const char *prefix, const char *fmt, va_list args)
{
	char text[1024];
	char *c;

	vsnprintf(text, sizeof(text), fmt, args);
	for (c = text; *c; c++)
		if (*c == '\n')
			*c = '|';
	printf("%s%s\n", prefix, text);
}

bool ok(bool pass, const char *fmt, ...)
{
	char prefix[32];
	va_list args;

	points++;
	failures += !pass;
	snprintf(prefix, sizeof(prefix), "%sok %u - ", pass ? "" : "not ", points);
	va_start(args, fmt);
	print_line(prefix, fmt, args);
	va_end(args);
	return pass;
}

void diag(const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	print_line("# ", fmt, args);
	va_end(args);
}

void bail(const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	print_line("Bail out! ", fmt, args);
	va_end(args);
	exit(1);
}

int tap_end(void)
{
	if (points != planned)
		diag("planned %u points, made %u", planned, points);
	if (failures)
		diag("%u of %u points failed", failures, points);
	return points != planned || failures;
}
