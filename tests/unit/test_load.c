// SPDX-License-Identifier: GPL-2.0-only
/*
 * Files and directories: what is read, in which order, and where shared rules
 * are sought. Then text that nobody meant, and memory that runs out.
 */
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "load.h"
#include "support.h"

static char dir[PATH_MAX];

static void make_file(const char *name, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));

static void make_file(const char *name, const char *fmt, ...)
{
	char path[PATH_MAX + 64];
	va_list ap;
	char *slash;
	FILE *f;

	snprintf(path, sizeof(path), "%s/%s", dir, name);
	for (slash = path + strlen(dir) + 1; (slash = strchr(slash, '/')); slash++) {
		*slash = '\0';
		mkdir(path, 0700);
		*slash = '/';
	}
	f = fopen(path, "w");
	assert_non_null(f);
	va_start(ap, fmt);
	vfprintf(f, fmt, ap);
	va_end(ap);
	assert_int_equal(fclose(f), 0);
}

static int load(struct ruleset **rs, const char *name, struct diag *d)
{
	char path[PATH_MAX + 64];
	const char *paths[] = { path };

	snprintf(path, sizeof(path), "%s/%s", dir, name);
	diag_init(d);
	return ruleset_load(rs, paths, 1, d);
}

static void show(const struct diag *d)
{
	diag_print(d, stderr, false);
}

#define POLICY(name)	"bulkhead: 1\npolicy: " name "\nmode: enforce\nfile: {default: deny}\n"

static void test_directory(void **state)
{
	struct ruleset *rs;
	struct diag d;

	(void)state;
	make_file("set/b.yaml", POLICY("b") "use: [base/x]\n");
	make_file("set/a.yml", POLICY("a"));
	make_file("set/notes.txt", "not a policy: [");
	make_file("set/.hidden.yaml", "not a policy: [");
	make_file("set/shared.yaml", "bulkhead: 1\nrules: shared\n");
	make_file("set/base/x.yaml", "bulkhead: 1\nrules: base/x\nfile: {rules: [allow r /x]}\n");
	make_file("set/policies.d/c.yaml", POLICY("c") "use: [base/x]\n");
	if (load(&rs, "set", &d))
		show(&d);
	assert_false(diag_has_errors(&d));
	assert_int_equal(ruleset_policies(rs), 3);
	assert_non_null(ruleset_find(rs, "c"));
	assert_int_equal(ruleset_find(rs, "c")->docs.n, 2);
	assert_non_null(ruleset_find(rs, SETUP_POLICY));
	assert_null(ruleset_find(rs, "shared"));
	ruleset_free(rs);
	diag_clear(&d);
}

static void test_errors(void **state)
{
	static const struct { const char *name, *expect; } cases[] = {
		{ "nowhere.yaml", "No such file" },
		{ "empty", "no policy files" },
		{ "fifo", "not a regular file" },
		{ "large.yaml", "larger than 4 MiB" },
	};
	char path[PATH_MAX + 64];
	struct ruleset *rs;
	struct diag d;
	size_t i;

	(void)state;
	snprintf(path, sizeof(path), "%s/empty", dir);
	assert_int_equal(mkdir(path, 0700), 0);
	snprintf(path, sizeof(path), "%s/fifo", dir);
	assert_int_equal(mkfifo(path, 0600), 0);
	make_file("large.yaml", "#%*s", (4 << 20) + 1, "");
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		assert_int_equal(load(&rs, cases[i].name, &d), -EINVAL);
		if (d.n != 1 || !strstr(d.messages[0].text, cases[i].expect)) {
			show(&d);
			fail_msg("%s: want '%s'", cases[i].name, cases[i].expect);
		}
		diag_clear(&d);
	}
}

/* Beside the file first, then beside its directory, then BULKHEAD_PATH. */
static void test_search(void **state)
{
	struct ruleset *rs;
	char path[PATH_MAX + 64];
	const struct policy *p;
	struct diag d;

	(void)state;
	make_file("s/deep/p.yaml", POLICY("p") "use: [one, two, three]\n");
	make_file("s/deep/one.yaml", "bulkhead: 1\nrules: one\nfile: {rules: [allow r /right]}\n");
	make_file("s/one.yaml", "bulkhead: 1\nrules: one\nfile: {rules: [allow r /wrong]}\n");
	make_file("s/two.yaml", "bulkhead: 1\nrules: two\nfile: {rules: [allow r /two]}\n");
	make_file("lib/three.yaml", "bulkhead: 1\nrules: three\nuse: [two]\n");
	make_file("lib/two.yaml", "bulkhead: 1\nrules: two\nfile: {rules: [allow r /other]}\n");
	snprintf(path, sizeof(path), "/nowhere::%s/lib", dir);
	setenv("BULKHEAD_PATH", path, 1);
	if (load(&rs, "s/deep/p.yaml", &d))
		show(&d);
	assert_false(diag_has_errors(&d));
	p = ruleset_find(rs, "p");
	/* Two is another file from where three stands. */
	assert_int_equal(p->docs.n, 5);
	assert_string_equal(p->docs.v[1]->sections[BKH_SECTION_FILE].rules.v[0]->text,
			    "allow r /right");
	assert_string_equal(p->docs.v[4]->sections[BKH_SECTION_FILE].rules.v[0]->text,
			    "allow r /other");
	ruleset_free(rs);
	diag_clear(&d);
	unsetenv("BULKHEAD_PATH");
}

/* The shipped files are sound, and the built-in host settings are those shipped. */
static void test_shipped(void **state)
{
	static const char *const paths[] = { TOP "/policy", TOP "/policy/examples" };
	const struct section *shipped, *builtin;
	struct ruleset *rs, *other;
	struct diag d;
	size_t i, k;

	(void)state;
	diag_init(&d);
	if (ruleset_load(&rs, paths, 2, &d))
		show(&d);
	assert_false(diag_has_errors(&d));
	assert_int_equal(d.warnings, 0);
	assert_true(ruleset_policies(rs) >= 3);
	assert_int_equal(ruleset_load_text(&other, "built-in", setup_builtin,
					   strlen(setup_builtin), &d), 0);
	shipped = &ruleset_find(rs, SETUP_POLICY)->own->sections[BKH_SECTION_EXEC];
	builtin = &ruleset_find(other, SETUP_POLICY)->own->sections[BKH_SECTION_EXEC];
	assert_int_equal(shipped->rules.n, builtin->rules.n);
	for (i = 0; i < shipped->rules.n; i++) {
		const struct globs *a = &shipped->rules.v[i]->globs;
		const struct globs *b = &builtin->rules.v[i]->globs;

		assert_int_equal(a->n, b->n);
		for (k = 0; k < a->n; k++)
			assert_string_equal(a->v[k]->text, b->v[k]->text);
	}
	ruleset_free(other);
	ruleset_free(rs);
	diag_clear(&d);
}

static const char sample[] =
	"bulkhead: 1\npolicy: p\nmode: enforce\n"
	"match:\n  - cgroup: /a/{b,c}*\n    alternatives: [p]\n"
	"presets: {except: [perf]}\n"
	"exec: {default: deny, drift: deny, rules: [allow /bin/*]}\n"
	"file:\n  default: deny\n  rules:\n"
	"    - allow r /etc/**, /x/[a-z]?{1,2}\n    - 'deny w /y\\ z'\n"
	"capability: {default: deny, allow: [kill]}\n"
	"socket: {default: deny, allow: [inet/stream]}\n"
	"egress: {default: deny, rules: [allow tcp 443, allow udp 53 to 10.0.0.0/8]}\n"
	"listen: {default: deny, rules: ['allow tcp 80, 443-500 on ::1']}\n";

static void feed(const char *text, size_t size)
{
	struct ruleset *rs;
	void *image;
	struct diag d;
	size_t bytes;

	diag_init(&d);
	if (!ruleset_load_text(&rs, "/test/p.yaml", text, size, &d)) {
		if (!ruleset_compile(rs, &image, &bytes, &d))
			free(image);
		ruleset_free(rs);
	} else {
		char *buf = NULL;
		FILE *f = open_memstream(&buf, &bytes);

		diag_print(&d, f, true);
		fclose(f);
		free(buf);
		assert_true(diag_has_errors(&d));
	}
	diag_clear(&d);
}

static void test_noise(void **state)
{
	static const char bytes[] = "{}[],:-*?/\\'\"#&!|>%@`\n\t 0a\x80\xff\x1b";
	char text[sizeof(sample) + 64];
	unsigned int round, i;

	(void)state;
	for (round = 0; round < 3000; round++) {
		struct rng r = rng_of(test_seed() + round);
		size_t len = sizeof(sample) - 1;

		memcpy(text, sample, sizeof(sample));
		for (i = 0; i <= rng_below(&r, 5); i++) {
			size_t at = rng_below(&r, len);
			char c = bytes[rng_below(&r, sizeof(bytes))];

			switch (rng_below(&r, 3)) {
			case 0:
				text[at] = c;
				break;
			case 1:
				memmove(text + at + 1, text + at, len++ - at);
				text[at] = c;
				break;
			default:
				memmove(text + at, text + at + 1, --len - at);
			}
		}
		feed(text, len);
	}
}

/* Every allocation of the arena fails once: see the Makefile for --wrap. */
static long allocations_left = -1;

void *__real_calloc(size_t n, size_t size);
void *__wrap_calloc(size_t n, size_t size);

void *__wrap_calloc(size_t n, size_t size)
{
	if (allocations_left > 0 && !--allocations_left) {
		allocations_left = -1;
		return NULL;
	}
	return __real_calloc(n, size);
}

static int load_and_compile(struct diag *d, void **image)
{
	struct ruleset *rs;
	size_t size;
	int err = ruleset_load_text(&rs, "/test/p.yaml", sample, sizeof(sample) - 1, d);

	if (err)
		return err;
	err = ruleset_compile(rs, image, &size, d);
	ruleset_free(rs);
	return err;
}

static void test_out_of_memory(void **state)
{
	struct rng r = rng_of(test_seed());
	unsigned int failed = 0;
	long at;
	int err = -ENOMEM;

	(void)state;
	for (at = 1; err == -ENOMEM; at += 1 + rng_below(&r, 7)) {
		void *image = NULL;
		struct diag d;

		diag_init(&d);
		allocations_left = at;
		err = load_and_compile(&d, &image);
		allocations_left = -1;
		if (err)
			assert_null(image);
		failed += err == -ENOMEM;
		free(image);
		diag_clear(&d);
	}
	assert_int_equal(err, 0);
	assert_true(failed > 100);
}

static int setup(void **state)
{
	(void)state;
	snprintf(dir, sizeof(dir), "%s/bulkhead-unit-XXXXXX", getenv("TMPDIR") ?: "/tmp");
	return mkdtemp(dir) ? 0 : -1;
}

static int teardown(void **state)
{
	char command[PATH_MAX + 16];

	(void)state;
	snprintf(command, sizeof(command), "rm -rf '%s'", dir);
	return system(command);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_directory),
		cmocka_unit_test(test_errors),
		cmocka_unit_test(test_search),
		cmocka_unit_test(test_shipped),
		cmocka_unit_test(test_noise),
		cmocka_unit_test(test_out_of_memory),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
