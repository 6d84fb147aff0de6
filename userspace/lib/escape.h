/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Bytes that an attacker chose (paths, command names), made fit for a
 * terminal and for JSON. Both forms lose nothing and can't be forged.
 */
#ifndef BULKHEAD_ESCAPE_H
#define BULKHEAD_ESCAPE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

struct json_object;

/* One code point of @s, or 0 if there is no valid one: its bytes' number. */
size_t utf8_decode(const uint8_t *s, size_t len, uint32_t *code);

bool utf8_valid(const void *s, size_t len);

/* Columns of a valid or escaped string: code points, that is. */
size_t utf8_width(const char *s);

/**
 * escape_word - write bytes as one word of a line
 * @out: stream
 * @s: bytes
 * @len: their number
 *
 * What is plain stays plain. Anything with a space, a quote, a backslash, a
 * control or invisible character or broken UTF-8 gets double quotes, and
 * escapes as in C.
 */
void escape_word(FILE *out, const void *s, size_t len);

/* The same, allocated; null when out of memory. */
char *escape_dup(const void *s, size_t len);

/* Like escape_word(), but spaces are fine and no quotes are added. */
void escape_line(FILE *out, const void *s, size_t len);

/* A JSON string; broken UTF-8 becomes U+FFFD. Null when out of memory. */
struct json_object *escape_json(const void *s, size_t len);

/**
 * escape_json_add - add bytes to an object, exactly
 *
 * "key": the string; and if it was no UTF-8, "key_hex": its bytes.
 */
void escape_json_add(struct json_object *obj, const char *key, const void *s, size_t len);

#endif /* BULKHEAD_ESCAPE_H */
