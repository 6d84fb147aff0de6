// SPDX-License-Identifier: GPL-2.0-only
/*
 * Events of any bytes: decoded or refused, and what is written of them is one
 * line that no terminal obeys, and JSON that any parser takes. Escaped bytes
 * can be got back, so nothing in a path forges anything.
 */
#include <json-c/json.h>

#include "escape.h"
#include "event.h"
#include "message.h"

/* A line as a terminal may be shown it. */
static void check_line(const char *s, size_t len)
{
	size_t i;

	must(utf8_valid(s, len));
	for (i = 0; i < len; i++)
		must((uint8_t)s[i] >= ' ' && s[i] != 0x7f);
}

static uint8_t hex(char c)
{
	return c <= '9' ? c - '0' : c - 'a' + 10;
}

/* Undoes the escapes, in place. Return: how many bytes there are. */
static size_t unescape(char *s, size_t len)
{
	size_t i, n = 0;

	for (i = 0; i < len; i++) {
		if (s[i] != '\\') {
			s[n++] = s[i];
			continue;
		}
		must(++i < len);
		switch (s[i]) {
		case 'n':
			s[n++] = '\n';
			break;
		case 't':
			s[n++] = '\t';
			break;
		case 'r':
			s[n++] = '\r';
			break;
		case 'x':
			must(i + 2 < len);
			s[n++] = hex(s[i + 1]) << 4 | hex(s[i + 2]);
			i += 2;
			break;
		default:
			must(s[i] == '\\' || s[i] == '"');
			s[n++] = s[i];
		}
	}
	return n;
}

static void check_word(const void *bytes, size_t len)
{
	char *word = escape_dup(bytes, len);
	char *s = word;
	size_t n;

	must(word);
	n = strlen(word);
	check_line(word, n);
	if (*word == '"') {
		must(n >= 2 && word[n - 1] == '"');
		s++;
		n -= 2;
		n = unescape(s, n);
	} else {
		must(n && !memchr(word, ' ', n));
	}
	must(n == len && !memcmp(s, bytes, n));
	free(word);
}

static void check_rest_of_line(const void *bytes, size_t len)
{
	char *line = NULL;
	size_t n;
	FILE *out = open_memstream(&line, &n);

	escape_line(out, bytes, len);
	fclose(out);
	check_line(line, n);
	n = unescape(line, n);
	must(n == len && !memcmp(line, bytes, n));
	free(line);
}

/* Parsed back by json-c, which checks UTF-8 when it is strict. */
static struct json_object *reparse(struct json_object *obj)
{
	size_t len;
	const char *text = json_object_to_json_string_length(obj, JSON_C_TO_STRING_PLAIN, &len);
	struct json_tokener *tok = json_tokener_new();
	struct json_object *back;

	check_line(text, len);
	json_tokener_set_flags(tok, JSON_TOKENER_STRICT | JSON_TOKENER_VALIDATE_UTF8);
	back = json_tokener_parse_ex(tok, text, len);
	must(back || json_tokener_get_error(tok) == json_tokener_continue);
	must(back);
	json_tokener_free(tok);
	return back;
}

static void check_json(const void *bytes, size_t len)
{
	struct json_object *obj = json_object_new_object(), *back, *value, *coded;
	bool valid = utf8_valid(bytes, len);

	escape_json_add(obj, "s", bytes, len);
	back = reparse(obj);
	must(json_object_object_get_ex(back, "s", &value));
	must(json_object_object_get_ex(back, "s_hex", &coded) == !valid);
	if (valid)
		must((size_t)json_object_get_string_len(value) == len &&
		     !memcmp(json_object_get_string(value), bytes, len));
	else
		must((size_t)json_object_get_string_len(coded) == 2 * len);
	json_object_put(back);
	json_object_put(obj);
}

static void check_event(const struct event *ev)
{
	struct json_object *obj, *back;
	char *line = NULL;
	size_t len;
	FILE *out = open_memstream(&line, &len);

	event_print(ev, out, false);
	fclose(out);
	must(len && line[len - 1] == '\n');
	check_line(line, len - 1);
	free(line);
	obj = event_json(ev);
	must(obj);
	back = reparse(obj);
	json_object_put(back);
	json_object_put(obj);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct input in = input_of(data, size);
	struct nlmsghdr *nlh = message_new(&in, size, BULKHEAD_CMD_EVENT);
	struct event ev;

	check_word(data, size);
	check_rest_of_line(data, size);
	check_json(data, size);
	if (!event_decode(&ev, nlh))
		check_event(&ev);
	free(nlh);
	return 0;
}
