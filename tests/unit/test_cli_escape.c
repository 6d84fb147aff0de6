// SPDX-License-Identifier: GPL-2.0-only
/* Untrusted bytes on their way to a terminal and to JSON. */
#include <stdlib.h>
#include <string.h>

#include <json-c/json.h>

#include "escape.h"
#include "support.h"

static void check_word(const void *s, size_t len, const char *want)
{
	char *got = escape_dup(s, len);

	assert_string_equal(got, want);
	free(got);
}

static void words(void **state)
{
	(void)state;
	check_word("/etc/shadow", 11, "/etc/shadow");
	check_word("", 0, "\"\"");
	check_word("a b", 3, "\"a b\"");
	check_word("a\"b", 3, "\"a\\\"b\"");
	check_word("a\\b", 3, "\"a\\\\b\"");
	check_word("a\nb\tc\r", 6, "\"a\\nb\\tc\\r\"");
	check_word("a\033[31m", 6, "\"a\\x1b[31m\"");
	check_word("a\0b", 3, "\"a\\x00b\"");
	check_word("\x7f", 1, "\"\\x7f\"");
	check_word("gr\xc3\xbc\xc3\x9f", 6, "gr\xc3\xbc\xc3\x9f");
}

static void broken_utf8(void **state)
{
	(void)state;
	check_word("\xff", 1, "\"\\xff\"");
	check_word("\xc3", 1, "\"\\xc3\"");			/* cut short */
	check_word("\xc0\xaf", 2, "\"\\xc0\\xaf\"");		/* overlong slash */
	check_word("\xed\xa0\x80", 3, "\"\\xed\\xa0\\x80\"");	/* surrogate */
	check_word("\xf4\x90\x80\x80", 4, "\"\\xf4\\x90\\x80\\x80\"");
	check_word("a\x80z", 3, "\"a\\x80z\"");
}

/* Valid, yet obeyed or hidden by terminals. */
static void unshown(void **state)
{
	(void)state;
	check_word("\xc2\x9b" "2J", 4, "\"\\xc2\\x9b2J\"");	/* C1 CSI */
	check_word("\xe2\x80\xae", 3, "\"\\xe2\\x80\\xae\"");	/* right to left */
	check_word("\xe2\x80\x8b", 3, "\"\\xe2\\x80\\x8b\"");	/* no width */
	check_word("\xf3\xa0\x81\x81", 4, "\"\\xf3\\xa0\\x81\\x81\"");
}

static void check_json(const void *s, size_t len, const char *want)
{
	struct json_object *obj = json_object_new_object();

	escape_json_add(obj, "k", s, len);
	assert_string_equal(json_object_to_json_string_ext(obj, JSON_C_TO_STRING_PLAIN), want);
	json_object_put(obj);
}

static void json(void **state)
{
	(void)state;
	check_json("/a b", 4, "{\"k\":\"/a b\"}");
	check_json("a\"\\", 3, "{\"k\":\"a\\\"\\\\\"}");
	check_json("a\n\033", 3, "{\"k\":\"a\\u000a\\u001b\"}");
	check_json("\x7f\xc2\x9b", 3, "{\"k\":\"\\u007f\\u009b\"}");
	check_json("\xf3\xa0\x81\x81", 4, "{\"k\":\"\\udb40\\udc41\"}");
	check_json("a\xff", 2, "{\"k\":\"a\\ufffd\",\"k_hex\":\"61ff\"}");
	check_json("a\0b", 3, "{\"k\":\"a\\u0000b\"}");
}

/* Whatever the bytes: the word is one printable line, and JSON parses. */
static void random_bytes(void **state)
{
	struct rng r = rng_of(test_seed());
	static const uint8_t hard[] = "\"\\ \n\x9b\xc2\xe2\x80";
	uint8_t s[64];
	int i;

	(void)state;
	for (i = 0; i < 20000; i++) {
		struct json_object *obj = json_object_new_object(), *back;
		size_t len = rng_below(&r, sizeof(s)), j;
		char *word;

		for (j = 0; j < len; j++)
			s[j] = rng_below(&r, 4) ? rng_below(&r, 256) :
						  hard[rng_below(&r, sizeof(hard))];
		word = escape_dup(s, len);
		assert_true(utf8_valid(word, strlen(word)));
		for (j = 0; word[j]; j++)
			assert_true((uint8_t)word[j] >= ' ' && word[j] != 0x7f);
		escape_json_add(obj, "k", s, len);
		back = json_tokener_parse(json_object_to_json_string(obj));
		assert_non_null(back);
		assert_int_equal(json_object_object_length(back), utf8_valid(s, len) ? 1 : 2);
		json_object_put(back);
		json_object_put(obj);
		free(word);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(words),
		cmocka_unit_test(broken_utf8),
		cmocka_unit_test(unshown),
		cmocka_unit_test(json),
		cmocka_unit_test(random_bytes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
