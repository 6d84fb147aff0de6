// SPDX-License-Identifier: GPL-2.0-only
/*
 * Golden files. bad/NAME.yaml and bad/NAME.d/ have their messages in NAME.txt,
 * good/NAME.yaml its compiled form. BULKHEAD_GOLDEN_UPDATE=1 rewrites them.
 */
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "dump.h"
#include "ruleset.h"

#define GOLDEN	TOP "/tests/golden/"

/* Messages, with the source tree's own path cut off. */
static void add_messages(struct text *out, const struct diag *d)
{
	char *buf = NULL, *s, *hit;
	size_t size;
	FILE *f = open_memstream(&buf, &size);

	assert_non_null(f);
	diag_print(d, f, false);
	fclose(f);
	for (s = buf; (hit = strstr(s, GOLDEN)); s = hit + strlen(GOLDEN))
		text_add(out, "%.*s", (int)(hit - s), s);
	text_add(out, "%s", s);
	free(buf);
}

static void write_file(const char *path, const struct text *text)
{
	FILE *f = fopen(path, "w");

	assert_non_null(f);
	fputs(text->s, f);
	assert_int_equal(fclose(f), 0);
}

static void read_text(const char *path, struct text *out)
{
	char line[4096];
	FILE *f = fopen(path, "r");

	if (!f)
		fail_msg("%s is missing", path);
	text_add(out, "%s", "");
	while (fgets(line, sizeof(line), f))
		text_add(out, "%s", line);
	fclose(f);
}

/* What is at @path, or a file beside it whose first difference is shown. */
static void compare(const char *path, const struct text *got)
{
	struct text want = { 0 };
	size_t i, line = 1;

	if (getenv("BULKHEAD_GOLDEN_UPDATE")) {
		write_file(path, got);
		return;
	}
	read_text(path, &want);
	if (strcmp(want.s, got->s)) {
		for (i = 0; want.s[i] == got->s[i]; i++)
			line += want.s[i] == '\n';
		fprintf(stderr, "%s", got->s);
		fail_msg("%s:%zu differs", path, line);
	}
	text_free(&want);
}

static void check_one(const char *kind, const char *name, size_t stem)
{
	struct text got = { 0 };
	char path[512], expected[512];
	const char *paths[] = { path };
	struct ruleset *rs = NULL;
	void *image = NULL;
	struct diag d;
	size_t size;
	bool good = !strcmp(kind, "good");
	int err;

	snprintf(path, sizeof(path), GOLDEN "%s/%s", kind, name);
	snprintf(expected, sizeof(expected), GOLDEN "%s/%.*s.txt", kind, (int)stem, name);
	diag_init(&d);
	err = ruleset_load(&rs, paths, 1, &d);
	if (!err)
		err = ruleset_compile(rs, &image, &size, &d);
	add_messages(&got, &d);
	if (good != !err)
		fprintf(stderr, "%s", got.s);
	assert_int_equal(err, good ? 0 : -22);
	if (good)
		dump_image(&got, image);
	compare(expected, &got);
	free(image);
	ruleset_free(rs);
	diag_clear(&d);
	text_free(&got);
}

static unsigned int check_all(const char *kind)
{
	char path[512];
	struct dirent **names;
	unsigned int found = 0;
	int i, n;

	snprintf(path, sizeof(path), GOLDEN "%s", kind);
	n = scandir(path, &names, NULL, alphasort);
	assert_true(n > 0);
	for (i = 0; i < n; i++) {
		const char *dot = strrchr(names[i]->d_name, '.');

		if (dot && (!strcmp(dot, ".yaml") || (!strcmp(dot, ".d")))) {
			check_one(kind, names[i]->d_name, dot - names[i]->d_name);
			found++;
		}
		free(names[i]);
	}
	free(names);
	return found;
}

static void test_bad(void **state)
{
	(void)state;
	assert_true(check_all("bad") >= 10);
}

static void test_good(void **state)
{
	(void)state;
	assert_true(check_all("good") >= 3);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_bad),
		cmocka_unit_test(test_good),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
