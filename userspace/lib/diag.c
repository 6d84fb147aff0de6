// SPDX-License-Identifier: GPL-2.0-only
/* What is wrong with a policy: a growing list of located messages. */
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "diag.h"

/* Nobody reads more; a file of garbage must not fill the memory. */
#define MESSAGES_MAX	1000

/* Longer lines are shown up to here. */
#define SHOWN_MAX	160

void diag_init(struct diag *d)
{
	memset(d, 0, sizeof(*d));
}

void diag_clear(struct diag *d)
{
	size_t i;

	for (i = 0; i < d->n; i++) {
		free(d->messages[i].file);
		free(d->messages[i].text);
		free(d->messages[i].source);
	}
	free(d->messages);
	diag_init(d);
}

static struct diag_message *push(struct diag *d)
{
	if (d->n == MESSAGES_MAX)
		return NULL;
	if (d->n == d->cap) {
		size_t cap = d->cap ? d->cap * 2 : 16;
		struct diag_message *m = realloc(d->messages, cap * sizeof(*m));

		if (!m)
			return NULL;
		d->messages = m;
		d->cap = cap;
	}
	return memset(&d->messages[d->n++], 0, sizeof(*d->messages));
}

static void copy_source(struct diag_message *m, const struct loc *loc)
{
	const char *line;
	size_t len;

	if (!loc->line)
		return;
	line = source_line(loc->src, loc->line, &len);
	m->source = strndup(line, len);
}

static void add(struct diag *d, enum diag_severity severity, const char *file,
		const struct loc *loc, const char *fmt, va_list ap)
{
	struct diag_message *m;

	d->errors += severity == DIAG_ERROR;
	d->warnings += severity == DIAG_WARNING;
	m = push(d);
	if (!m)
		return;
	m->severity = severity;
	m->file = file ? strdup(file) : NULL;
	if (vasprintf(&m->text, fmt, ap) < 0)
		m->text = NULL;
	if (!loc)
		return;
	m->line = loc->line;
	m->col = loc->col;
	m->len = loc->len;
	copy_source(m, loc);
}

static const char *file_of(const struct loc *loc)
{
	return loc && loc->src ? loc->src->shown : NULL;
}

void diag_error(struct diag *d, const struct loc *loc, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	add(d, DIAG_ERROR, file_of(loc), loc, fmt, ap);
	va_end(ap);
}

void diag_warning(struct diag *d, const struct loc *loc, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	add(d, DIAG_WARNING, file_of(loc), loc, fmt, ap);
	va_end(ap);
}

void diag_note(struct diag *d, const struct loc *loc, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	add(d, DIAG_NOTE, file_of(loc), loc, fmt, ap);
	va_end(ap);
}

void diag_file_error(struct diag *d, const char *file, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	add(d, DIAG_ERROR, file, NULL, fmt, ap);
	va_end(ap);
}

bool diag_has_errors(const struct diag *d)
{
	return d->errors > 0;
}

const char *diag_severity_name(enum diag_severity severity)
{
	static const char *const names[] = { "error", "warning", "note" };

	return names[severity];
}

static const char *paint(enum diag_severity severity)
{
	static const char *const colors[] = { "\033[1;31m", "\033[1;35m", "\033[1;36m" };

	return colors[severity];
}

/* A file may hold anything; a terminal must not obey it. */
static void print_safe(FILE *out, const char *s, size_t len)
{
	size_t i;

	for (i = 0; i < len; i++) {
		unsigned char c = s[i];

		if (c == '\t')
			fputc(' ', out);
		else
			fputc(c < 0x20 || c == 0x7f ? '?' : c, out);
	}
}

/* Columns that @len bytes of UTF-8 take, wide characters aside. */
static size_t columns(const char *s, size_t len)
{
	size_t i, n = 0;

	for (i = 0; i < len; i++)
		n += (s[i] & 0xc0) != 0x80;
	return n;
}

static void print_caret(const struct diag_message *m, FILE *out, bool color)
{
	size_t len = strlen(m->source);
	size_t start = m->col - 1 < len ? m->col - 1 : len;
	size_t span = m->len < len - start ? m->len : len - start;
	size_t marks = columns(m->source + start, span);
	size_t shown = len < SHOWN_MAX ? len : SHOWN_MAX;

	/* Show the window that holds the place when the line is long. */
	size_t from = start > SHOWN_MAX - 40 ? start - 40 : 0;

	if (from) {
		while (from < start && (m->source[from] & 0xc0) == 0x80)
			from++;
		shown = len - from < SHOWN_MAX ? len - from : SHOWN_MAX;
	}
	fprintf(out, "%5u | ", m->line);
	print_safe(out, m->source + from, shown);
	fprintf(out, "\n      | %*s%s^", (int)columns(m->source + from, start - from), "",
		color ? "\033[1;32m" : "");
	if (start + span > from + shown)
		marks = columns(m->source + start, from + shown - start);
	while (marks-- > 1)
		fputc('~', out);
	fprintf(out, "%s\n", color ? "\033[0m" : "");
}

static void print_message(const struct diag_message *m, FILE *out, bool color)
{
	const char *text = m->text ?: "out of memory";

	fputs(color ? "\033[1m" : "", out);
	if (m->file)
		fprintf(out, "%s:", m->file);
	if (m->line)
		fprintf(out, "%u:%u:", m->line, m->col);
	fprintf(out, "%s%s%s:%s ", m->file ? " " : "", color ? paint(m->severity) : "",
		diag_severity_name(m->severity), color ? "\033[0m" : "");
	print_safe(out, text, strlen(text));
	fputc('\n', out);
	if (m->source)
		print_caret(m, out, color);
}

void diag_print(const struct diag *d, FILE *out, bool color)
{
	size_t i;

	for (i = 0; i < d->n; i++)
		print_message(&d->messages[i], out, color);
	if (d->n == MESSAGES_MAX)
		fprintf(out, "further messages are not shown\n");
}
