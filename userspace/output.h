/* SPDX-License-Identifier: GPL-2.0-only */
/* How commands speak: tables, JSON, complaints with a way out. */
#ifndef BULKHEAD_OUTPUT_H
#define BULKHEAD_OUTPUT_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "command.h"
#include "lib/client.h"
#include "lib/image.h"

struct json_object;

/* Colour only on a terminal, and not against NO_COLOR. */
bool use_color(FILE *out);

#define COLOR_RED "\033[31m"
#define COLOR_GREEN "\033[32m"
#define COLOR_YELLOW "\033[33m"
#define COLOR_BOLD "\033[1m"
#define COLOR_OFF "\033[0m"

/* @text, in @color if stdout has colours. */
void print_colored(const char *color, const char *text);

/* "bulkhead: ..." on stderr. Returns @status. */
int complain(int status, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

/* Untrusted text, escaped; to be freed. */
char *printable(const char *text);

/* The way out, on a line of its own below the complaint. */
void advise(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

void warn(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

int complain_oom(void);

/* Connect, or complain about it. STATUS_OK: go on. */
int open_module(struct client *c);

/* Why a request failed, in the kernel's words and ours. */
int complain_client(const struct client *c, int err, const char *doing);

/* The image in force, opened. STATUS_OK: go on. */
int open_kernel_image(struct client *c, struct image *img, uint64_t *generation);

/* Cells of text in aligned columns. The last column isn't padded. */
struct table {
	char **cells;
	size_t n, cap, columns;
};

#define cleanup_table __attribute__((cleanup(table_clear)))

/* @headings: as many as there are columns. */
void table_init(struct table *t, size_t columns, const char *const *headings);
void table_clear(struct table *t);

/* One cell; untrusted text is escaped. */
void table_add(struct table *t, const char *text);
void table_addf(struct table *t, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

/* To stdout. Nothing but the headings: nothing at all. */
void table_print(const struct table *t);

/* JSON, indented; frees @obj. */
int print_json(struct json_object *obj);

/* JSON, on a line of its own; frees @obj. */
int print_json_line(struct json_object *obj);

void json_add(struct json_object *obj, const char *key, const char *text);
void json_add_number(struct json_object *obj, const char *key, uint64_t number);
void json_add_bool(struct json_object *obj, const char *key, bool value);

/* {"file":, "line":, "text":}, or null for what is no rule. */
struct json_object *rule_json(const struct bkh_policy *p, uint32_t rule);

/* "file:line: text", or @otherwise for what is no rule. */
void print_rule(const struct bkh_policy *p, uint32_t rule, const char *otherwise);

/* Whatever was printed must have arrived; else the status says so. */
int finish_output(int status);

#endif /* BULKHEAD_OUTPUT_H */
