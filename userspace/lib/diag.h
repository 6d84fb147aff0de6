/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What is wrong with a policy: a growing list of located messages.
 *
 * Owns copies of all it was told, so it outlives the files it talks about.
 * Out of memory it still counts errors; what it can't keep it drops.
 */
#ifndef BULKHEAD_DIAG_H
#define BULKHEAD_DIAG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#include "source.h"

enum diag_severity {
	DIAG_ERROR,
	DIAG_WARNING,
	DIAG_NOTE,
};

struct diag_message {
	enum diag_severity severity;
	char *file;		/* null: about no file */
	unsigned int line, col;	/* 0: about the file as a whole */
	unsigned int len;	/* bytes to underline */
	char *text;
	char *source;		/* the line of the file, null if none */
};

struct diag {
	struct diag_message *messages;
	size_t n, cap;
	size_t errors, warnings;	/* counted even if dropped */
};

void diag_init(struct diag *d);
void diag_clear(struct diag *d);

#define cleanup_diag __attribute__((cleanup(diag_clear)))

/* @loc may be null: about no place in particular. */
void diag_error(struct diag *d, const struct loc *loc, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));
void diag_warning(struct diag *d, const struct loc *loc, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));

/* Something to know about the message before. */
void diag_note(struct diag *d, const struct loc *loc, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));

/* About a file as a whole. */
void diag_file_error(struct diag *d, const char *file, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));

bool diag_has_errors(const struct diag *d);

const char *diag_severity_name(enum diag_severity severity);

/* As gcc prints: file:line:col, the line, a caret. */
void diag_print(const struct diag *d, FILE *out, bool color);

#endif /* BULKHEAD_DIAG_H */
