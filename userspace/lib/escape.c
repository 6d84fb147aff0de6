// SPDX-License-Identifier: GPL-2.0-only
/* Untrusted bytes made fit for a terminal and for JSON. */
#include <stdlib.h>
#include <string.h>

#include <json-c/json.h>

#include "cleanup.h"
#include "escape.h"

#define REPLACEMENT 0xfffdU

/* Length of a sequence by its first byte, its payload, and the least code. */
static size_t utf8_start(uint8_t c, uint32_t *code, uint32_t *least)
{
	if (c < 0x80) {
		*code = c;
		*least = 0;
		return 1;
	}
	if ((c & 0xe0) == 0xc0) {
		*code = c & 0x1f;
		*least = 0x80;
		return 2;
	}
	if ((c & 0xf0) == 0xe0) {
		*code = c & 0x0f;
		*least = 0x800;
		return 3;
	}
	if ((c & 0xf8) == 0xf0) {
		*code = c & 0x07;
		*least = 0x10000;
		return 4;
	}
	return 0;
}

size_t utf8_decode(const uint8_t *s, size_t len, uint32_t *code)
{
	uint32_t least, c;
	size_t n, i;

	if (!len)
		return 0;
	n = utf8_start(s[0], &c, &least);
	if (!n || n > len)
		return 0;
	for (i = 1; i < n; i++) {
		if ((s[i] & 0xc0) != 0x80)
			return 0;
		c = c << 6 | (s[i] & 0x3f);
	}
	if (c < least || c > 0x10ffff || (c >= 0xd800 && c <= 0xdfff))
		return 0;
	*code = c;
	return n;
}

bool utf8_valid(const void *s, size_t len)
{
	const uint8_t *p = s, *end = p + len;
	uint32_t code;
	size_t n;

	for (; p < end; p += n) {
		n = utf8_decode(p, end - p, &code);
		if (!n)
			return false;
	}
	return true;
}

size_t utf8_width(const char *s)
{
	size_t n = 0;

	for (; *s; s++)
		n += ((uint8_t)*s & 0xc0) != 0x80;
	return n;
}

/* Ranges that a terminal obeys or hides, instead of showing them. */
static const struct {
	uint32_t first, last;
} unshown[] = {
	{ 0x00, 0x1f },		/* C0 */
	{ 0x7f, 0x9f },		/* DEL and C1, where 0x9b starts a sequence */
	{ 0xad, 0xad },
	{ 0x61c, 0x61c },
	{ 0x180e, 0x180e },
	{ 0x200b, 0x200f },	/* zero width, direction marks */
	{ 0x2028, 0x202e },	/* line ends, direction overrides */
	{ 0x2060, 0x206f },
	{ 0xfe00, 0xfe0f },
	{ 0xfeff, 0xfeff },
	{ 0xfff0, 0xfffb },
	{ 0xfffe, 0xffff },
	{ 0xe0000, 0xe0fff },	/* tags */
};

static bool is_unshown(uint32_t code)
{
	size_t i;

	for (i = 0; i < sizeof(unshown) / sizeof(unshown[0]); i++)
		if (code >= unshown[i].first && code <= unshown[i].last)
			return true;
	return false;
}

static bool is_plain(const uint8_t *s, size_t len)
{
	uint32_t code;
	size_t n;

	if (!len)
		return false;
	for (; len; s += n, len -= n) {
		n = utf8_decode(s, len, &code);
		if (!n || code == ' ' || code == '"' || code == '\\' || is_unshown(code))
			return false;
	}
	return true;
}

static void put_byte(FILE *out, uint8_t c)
{
	switch (c) {
	case '\n':
		fputs("\\n", out);
		break;
	case '\t':
		fputs("\\t", out);
		break;
	case '\r':
		fputs("\\r", out);
		break;
	default:
		fprintf(out, "\\x%02x", c);
	}
}

static void put_escaped(FILE *out, const uint8_t *s, size_t len, bool quoted)
{
	uint32_t code;
	size_t n, i;

	for (; len; s += n, len -= n) {
		n = utf8_decode(s, len, &code);
		if (n && code != '\\' && !(quoted && code == '"') && !is_unshown(code)) {
			fwrite(s, 1, n, out);
			continue;
		}
		if (n && (code == '\\' || code == '"')) {
			fprintf(out, "\\%c", (char)code);
			continue;
		}
		n = n ? n : 1;
		for (i = 0; i < n; i++)
			put_byte(out, s[i]);
	}
}

void escape_word(FILE *out, const void *s, size_t len)
{
	if (is_plain(s, len)) {
		fwrite(s, 1, len, out);
		return;
	}
	fputc('"', out);
	put_escaped(out, s, len, true);
	fputc('"', out);
}

void escape_line(FILE *out, const void *s, size_t len)
{
	put_escaped(out, s, len, false);
}

static void put_json_code(FILE *out, uint32_t code)
{
	if (code == '"' || code == '\\') {
		fprintf(out, "\\%c", (char)code);
	} else if (code >= 0x10000) {
		code -= 0x10000;
		fprintf(out, "\\u%04x\\u%04x", 0xd800 + (code >> 10), 0xdc00 + (code & 0x3ff));
	} else {
		fprintf(out, "\\u%04x", code);
	}
}

static void put_json(FILE *out, const void *text, size_t len)
{
	const uint8_t *s = text;
	uint32_t code;
	size_t n;

	fputc('"', out);
	for (; len; s += n, len -= n) {
		n = utf8_decode(s, len, &code);
		if (!n) {
			put_json_code(out, REPLACEMENT);
			n = 1;
		} else if (code == '"' || code == '\\' || is_unshown(code)) {
			put_json_code(out, code);
		} else {
			fwrite(s, 1, n, out);
		}
	}
	fputc('"', out);
}

static char *printed(void (*print)(FILE *, const void *, size_t), const void *s, size_t len)
{
	FILE *out cleanup_file = NULL;
	char *text = NULL;
	size_t size;

	out = open_memstream(&text, &size);
	if (!out)
		return NULL;
	print(out, s, len);
	if (fclose(steal(&out)) == 0)
		return text;
	free(text);
	return NULL;
}

char *escape_dup(const void *s, size_t len)
{
	return printed(escape_word, s, len);
}

/* json-c would pass DEL, C1 and broken UTF-8 through: it gets the literal. */
struct json_object *escape_json(const void *s, size_t len)
{
	struct json_object *obj;
	char *text = printed(put_json, s, len);

	if (!text)
		return NULL;
	obj = json_object_new_string("");
	if (!obj) {
		free(text);
		return NULL;
	}
	json_object_set_serializer(obj, json_object_userdata_to_json_string, text,
				   json_object_free_userdata);
	return obj;
}

void escape_json_add(struct json_object *obj, const char *key, const void *s, size_t len)
{
	const uint8_t *bytes = s;
	char name[64], *hex;
	size_t i;

	json_object_object_add(obj, key, escape_json(s, len));
	if (utf8_valid(s, len))
		return;
	hex = malloc(2 * len + 1);
	if (!hex)
		return;
	for (i = 0; i < len; i++)
		sprintf(hex + 2 * i, "%02x", bytes[i]);
	snprintf(name, sizeof(name), "%s_hex", key);
	json_object_object_add(obj, name, json_object_new_string_len(hex, 2 * len));
	free(hex);
}
