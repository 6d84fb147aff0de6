// SPDX-License-Identifier: GPL-2.0-only
/* How commands speak: tables, JSON, and where output ends. */
#include <errno.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <json-c/json.h>

#include "lib/escape.h"
#include "output.h"

#define JSON_FLAGS JSON_C_TO_STRING_NOSLASHESCAPE

bool use_color(FILE *out)
{
	const char *no = getenv("NO_COLOR");
	const char *term = getenv("TERM");

	return isatty(fileno(out)) && !(no && *no) && term && strcmp(term, "dumb");
}

void print_colored(const char *color, const char *text)
{
	if (use_color(stdout))
		printf("%s%s" COLOR_OFF, color, text);
	else
		fputs(text, stdout);
}

void table_init(struct table *t, size_t columns, const char *const *headings)
{
	size_t i;

	*t = (struct table){ .columns = columns };
	for (i = 0; i < columns; i++)
		table_add(t, headings[i]);
}

void table_clear(struct table *t)
{
	size_t i;

	for (i = 0; i < t->n; i++)
		free(t->cells[i]);
	free(t->cells);
	*t = (struct table){ 0 };
}

/* Takes @cell. Without memory for a table there is no use in going on. */
static void table_push(struct table *t, char *cell)
{
	char **more;

	if (t->n == t->cap) {
		t->cap = t->cap ? 2 * t->cap : 64;
		more = reallocarray(t->cells, t->cap, sizeof(*more));
		if (!more)
			exit(complain_oom());
		t->cells = more;
	}
	if (!cell)
		exit(complain_oom());
	t->cells[t->n++] = cell;
}

void table_add(struct table *t, const char *text)
{
	table_push(t, escape_dup(text, strlen(text)));
}

void table_addf(struct table *t, const char *fmt, ...)
{
	char *text;
	va_list ap;

	va_start(ap, fmt);
	if (vasprintf(&text, fmt, ap) < 0)
		text = NULL;
	va_end(ap);
	table_push(t, text);
}

static size_t column_width(const struct table *t, size_t column)
{
	size_t i, width, max = 0;

	for (i = column; i < t->n; i += t->columns) {
		width = utf8_width(t->cells[i]);
		max = width > max ? width : max;
	}
	return max;
}

void table_print(const struct table *t)
{
	size_t i, column, *widths;

	if (t->n <= t->columns)
		return;
	widths = calloc(t->columns, sizeof(*widths));
	if (!widths)
		exit(complain_oom());
	for (i = 0; i < t->columns; i++)
		widths[i] = column_width(t, i);
	for (i = 0; i < t->n; i++) {
		column = i % t->columns;
		fputs(t->cells[i], stdout);
		if (column == t->columns - 1)
			putchar('\n');
		else
			printf("%*s", (int)(widths[column] - utf8_width(t->cells[i]) + 2), "");
	}
	free(widths);
}

char *printable(const char *text)
{
	char *safe = escape_dup(text, strlen(text));

	if (!safe)
		exit(complain_oom());
	return safe;
}

static int write_json(struct json_object *obj, int flags)
{
	const char *text = json_object_to_json_string_ext(obj, JSON_FLAGS | flags);

	if (!text)
		return complain_oom();
	puts(text);
	json_object_put(obj);
	return STATUS_OK;
}

int print_json(struct json_object *obj)
{
	return write_json(obj, JSON_C_TO_STRING_PRETTY | JSON_C_TO_STRING_SPACED);
}

int print_json_line(struct json_object *obj)
{
	return write_json(obj, JSON_C_TO_STRING_PLAIN);
}

void json_add(struct json_object *obj, const char *key, const char *text)
{
	escape_json_add(obj, key, text, strlen(text));
}

void json_add_number(struct json_object *obj, const char *key, uint64_t number)
{
	json_object_object_add(obj, key, json_object_new_uint64(number));
}

void json_add_bool(struct json_object *obj, const char *key, bool value)
{
	json_object_object_add(obj, key, json_object_new_boolean(value));
}

struct json_object *rule_json(const struct bkh_policy *p, uint32_t rule)
{
	struct json_object *obj;
	struct rule_place at;

	if (!policy_rule(p, rule, &at))
		return NULL;
	obj = json_object_new_object();
	json_add(obj, "file", at.file);
	json_add_number(obj, "line", at.line);
	json_add(obj, "text", at.text);
	return obj;
}

void print_rule(const struct bkh_policy *p, uint32_t rule, const char *otherwise)
{
	struct rule_place at;

	if (!policy_rule(p, rule, &at)) {
		fputs(otherwise, stdout);
		return;
	}
	if (at.line) {
		escape_word(stdout, at.file, strlen(at.file));
		printf(":%u: ", at.line);
	}
	escape_line(stdout, at.text, strlen(at.text));
}

int finish_output(int status)
{
	if (fflush(stdout) == 0 && !ferror(stdout))
		return status;
	return status ? status : complain(STATUS_REFUSED, "can't write: %s", strerror(errno));
}
