// SPDX-License-Identifier: GPL-2.0-only
/* explain: requests in words, and what the matcher says to them. */
#include <errno.h>
#include <string.h>

#include "explain.h"
#include "support.h"

#define WORDS_MAX 8

/* Splits @line, which holds no quoted blanks, into words. */
static size_t split(char *line, char *words[WORDS_MAX])
{
	char *save = NULL, *word;
	size_t n = 0;

	for (word = strtok_r(line, " ", &save); word && n < WORDS_MAX;
	     word = strtok_r(NULL, " ", &save))
		words[n++] = word;
	return n;
}

static void check_words(const char *line, size_t want)
{
	char copy[256], *words[WORDS_MAX];
	size_t n;

	snprintf(copy, sizeof(copy), "%s", line);
	n = split(copy, words);
	assert_int_equal(request_words(words, n), want);
}

static void counting(void **state)
{
	(void)state;
	check_words("web.yaml read /etc/shadow", 2);
	check_words("read /etc/shadow", 2);
	check_words("a.yaml b.yaml connect tcp 10.0.0.53:443", 3);
	check_words("open rw /x", 3);
	check_words("web.yaml open rq /x", 0);
	check_words("exec x /tmp/x", 3);
	check_words("capable net_admin", 2);
	check_words("connect tcp", 0);
	check_words("listen tcp 80", 3);
	check_words("fly /x", 0);
	check_words("open /x", 0);
	check_words("read", 0);
	check_words("", 0);
	/* A file called like an act. */
	check_words("read read /etc/shadow", 2);
}

static int parse(struct request *r, const char *line, char *why)
{
	static char copy[1024];
	char *words[WORDS_MAX];
	size_t n;

	snprintf(copy, sizeof(copy), "%s", line);
	n = split(copy, words);
	return request_parse(r, words, n, why);
}

static void good(struct request *r, const char *line)
{
	char why[REQUEST_WHY_MAX] = "";

	if (parse(r, line, why))
		fail_msg("%s: %s", line, why);
}

static void bad(const char *line, const char *want)
{
	char why[REQUEST_WHY_MAX] = "";
	struct request r;

	assert_int_not_equal(parse(&r, line, why), 0);
	if (!strstr(why, want))
		fail_msg("%s: '%s' lacks '%s'", line, why, want);
}

static void parsing(void **state)
{
	static const uint8_t v4[16] = { [10] = 0xff, 0xff, 10, 0, 0, 53 };
	static const uint8_t v6[16] = { [15] = 1 };
	struct request r;

	(void)state;
	good(&r, "open rwx /x");
	assert_int_equal(r.perms, BULKHEAD_PERM_READ | BULKHEAD_PERM_WRITE | BULKHEAD_PERM_EXEC);
	good(&r, "unlink /x");
	assert_int_equal(r.perms, BULKHEAD_PERM_DELETE);
	good(&r, "connect tcp 10.0.0.53:443");
	assert_true(r.v4 && r.port == 443 && r.proto == BKH_PROTO_TCP);
	assert_memory_equal(r.addr, v4, 16);
	good(&r, "connect udp [::1]:53");
	assert_true(!r.v4 && r.port == 53 && r.proto == BKH_PROTO_UDP);
	assert_memory_equal(r.addr, v6, 16);
	good(&r, "connect udp [::ffff:10.0.0.53]:53");
	assert_true(r.v4);
	good(&r, "connect icmp 10.0.0.53");
	assert_int_equal(r.port, 8);
	good(&r, "connect icmp ::1");
	assert_int_equal(r.port, 128);
	good(&r, "listen tcp 80");
	assert_true(r.v4 && r.port == 80 && !r.addr[15]);
	good(&r, "listen tcp [::]:65535");
	assert_true(!r.v4 && r.port == 65535);
	good(&r, "socket inet/raw");
	assert_true(r.family == 2 && r.type == 3);
	good(&r, "capable net_admin");
	assert_int_equal(r.capability, 12);
}

static void refusals(void **state)
{
	(void)state;
	bad("read etc/shadow", "no absolute path");
	bad("read /a/../b", "'..'");
	bad("read /a/.", "'.'");
	bad("capable net_bind_servce", "did you mean 'net_bind_service'?");
	bad("socket inet", "which type");
	bad("socket inet/ra", "unknown socket type");
	bad("connect tpc 1.2.3.4:1", "did you mean 'tcp'?");
	bad("connect tcp 1.2.3.4", "which port");
	bad("connect tcp ::1", "[::1]:443");
	bad("connect tcp 1.2.3.4:65536", "no port");
	bad("connect tcp 1.2.3.4:", "no port");
	bad("connect tcp 1.2.3.4:+1", "no port");
	bad("connect tcp 1.2.3.4:99999999999999999999", "no port");
	bad("connect tcp 1.2.3:1", "no address");
	bad("connect tcp [::1:1", "']'");
	bad("connect icmp 1.2.3.4:256", "ICMP type");
	bad("listen tcp http", "no port");
}

static const char policy[] =
	"bulkhead: 1\n"
	"policy: p\n"
	"mode: enforce\n"
	"exec:\n"
	"  default: deny\n"
	"  rules:\n"
	"    - allow /usr/bin/**\n"
	"file:\n"
	"  default: deny\n"
	"  rules:\n"
	"    - allow r /etc/**\n"
	"    - deny r /etc/shadow\n"
	"capability: {default: deny, allow: [chown]}\n"
	"egress:\n"
	"  default: deny\n"
	"  rules:\n"
	"    - allow tcp 443 to 10.0.0.0/8\n";

/* @line 0: not governed. */
static void check(const struct compiled *c, const char *request, bool allow, uint32_t line)
{
	struct explanation e;
	struct request r;

	good(&r, request);
	assert_int_equal(explain(&c->policy, &r, &e), 0);
	assert_int_equal(e.verdict.allow, allow);
	assert_int_equal(e.governed, line != 0);
	if (line)
		assert_int_equal(c->policy.rules[e.verdict.rule].line, line);
}

static void answers(void **state)
{
	struct compiled c;

	(void)state;
	compile_text(&c, policy);
	check(&c, "read /etc/hosts", true, 11);
	check(&c, "read //etc///hosts/", true, 11);
	check(&c, "read /etc/shadow", false, 12);
	check(&c, "read /", false, 9);
	check(&c, "write /etc/hosts", false, 9);
	check(&c, "exec /usr/bin/id", true, 7);
	check(&c, "exec /tmp/id", false, 5);
	check(&c, "mmap /usr/bin/id", true, 7);
	check(&c, "capable chown", true, 13);
	check(&c, "capable sys_admin", false, 13);
	check(&c, "connect tcp 10.1.2.3:443", true, 17);
	check(&c, "connect tcp 11.1.2.3:443", false, 15);
	check(&c, "listen tcp 80", true, 0);
	check(&c, "socket inet/raw", true, 0);
	compiled_free(&c);
}

/* Deeper than the kernel follows. */
static void deep(void **state)
{
	struct request r = { .kind = REQUEST_PATH, .perms = BULKHEAD_PERM_READ };
	char path[2 * (BKH_DEPTH_MAX + 1) + 1];
	struct explanation e;
	struct compiled c;
	size_t i;

	(void)state;
	compile_text(&c, policy);
	for (i = 0; i <= BKH_DEPTH_MAX; i++)
		memcpy(path + 2 * i, "/a", 3);
	r.path = path;
	assert_int_equal(explain(&c.policy, &r, &e), -ENAMETOOLONG);
	r.path = path + 2;
	assert_int_equal(explain(&c.policy, &r, &e), 0);
	compiled_free(&c);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(counting),
		cmocka_unit_test(parsing),
		cmocka_unit_test(refusals),
		cmocka_unit_test(answers),
		cmocka_unit_test(deep),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
