// SPDX-License-Identifier: GPL-2.0-only
/*
 * Policy text, any bytes at all: the parser says what is wrong or the compiler
 * makes an image, and every image that it makes passes the kernel's verifier.
 */
#include "ask.h"
#include "input.h"
#include "load.h"

static void check_image(const void *image, size_t size)
{
	void *exact = malloc(size);
	const char *why = NULL;

	memcpy(exact, image, size);
	if (!bkh_image_verify(exact, size, &why)) {
		fprintf(stderr, "the verifier says: %s\n", why);
		abort();
	}
	ask_all(exact);
	free(exact);
}

/* Messages quote the text: printing them is a part of it. */
static void show(const struct diag *d)
{
	char *text = NULL;
	size_t size;
	FILE *out = open_memstream(&text, &size);

	diag_print(d, out, true);
	fclose(out);
	free(text);
}

/*
 * Stars and question marks in one line that are too many to wait for: the
 * compiler refuses what takes it more than a second, and is thirty times
 * slower here. tests/golden/bad/complex*.yaml hold it to that.
 */
#define WILD_MAX 16

static bool too_wild(const uint8_t *data, size_t size)
{
	unsigned int wild = 0;
	size_t i;

	for (i = 0; i < size && wild <= WILD_MAX; i++) {
		wild += data[i] == '*' || data[i] == '?';
		if (data[i] == '\n')
			wild = 0;
	}
	return wild > WILD_MAX;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *text = too_wild(data, size) ? NULL : malloc(size + 1);
	struct ruleset *rs = NULL;
	void *image = NULL;
	size_t image_size = 0;
	struct diag d;
	int err;

	if (!text)
		return 0;
	memcpy(text, data, size);
	text[size] = 0;
	diag_init(&d);
	err = ruleset_load_text(&rs, TEXT_EXAMPLES "/fuzzed.yaml", text, size, &d);
	if (!err)
		err = ruleset_compile(rs, &image, &image_size, &d);
	if (!err)
		check_image(image, image_size);
	else
		must(diag_has_errors(&d));
	show(&d);
	free(image);
	ruleset_free(rs);
	diag_clear(&d);
	free(text);
	return 0;
}
