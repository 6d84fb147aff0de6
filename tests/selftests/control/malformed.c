// SPDX-License-Identifier: GPL-2.0-only
/*
 * Requests that no sane program sends: each is refused, most with a reason,
 * and the ruleset in force stays in force.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>
#include <linux/bulkhead.h>

#include "limits.h"

#include "box.h"
#include "control.h"
#include "host.h"
#include "malformed.h"
#include "tap.h"

#define CHUNK	4096

/* The image in force, and a socket to break things with. */
static void *image;
static size_t size;
static struct genl g;

static bool intact(void)
{
	struct control_status status;

	return !control_status(&status) && status.generation == generation;
}

/* One point: the error, a reason with it, and the old generation. */
static void refused(int error, int want, const char *what)
{
	if (error != want)
		diag("%s, want %s", error ? strerror(error) : "success", strerror(want));
	ok(error == want && *g.why && intact(), "%s: refused: %s", what, g.why);
}

/* All of @data, in chunks. */
static int send_all(struct genl *to, const void *data, size_t len)
{
	size_t at, n;
	int error = 0;

	for (at = 0; !error && at < len; at += n) {
		n = len - at < BULKHEAD_CHUNK_MAX ? len - at : BULKHEAD_CHUNK_MAX;
		error = control_append(to, at, (const char *)data + at, n);
	}
	return error;
}

/* Return: what COMMIT says to @len bytes of @data. */
static int commit_of(const void *data, size_t len)
{
	int error = control_begin(&g, len);

	if (!error)
		error = send_all(&g, data, len);
	return error ? error : control_commit(&g, 0, NULL);
}

static int call_bare(uint8_t cmd)
{
	struct request r;

	request_start(&r, &g, cmd);
	return genl_call(&g, &r, NULL, NULL);
}

static int begin_raw(const void *value, size_t len)
{
	struct request r;

	request_start(&r, &g, BULKHEAD_CMD_BEGIN);
	request_put(&r, BULKHEAD_A_IMAGE_SIZE, value, len);
	return genl_call(&g, &r, NULL, NULL);
}

static void transactions(void)
{
	static const char chunk[BULKHEAD_CHUNK_MAX + 8];

	refused(control_append(&g, 0, chunk, 8), EINVAL, "APPEND without BEGIN");
	refused(control_commit(&g, 0, NULL), EINVAL, "COMMIT without BEGIN");
	refused(control_abort(&g), EINVAL, "ABORT without BEGIN");
	refused(call_bare(BULKHEAD_CMD_BEGIN), EINVAL, "BEGIN without a size");
	refused(control_begin(&g, 0), EINVAL, "BEGIN of nothing");
	refused(control_begin(&g, ~0U), EINVAL, "BEGIN of too much");
	refused(begin_raw("12", 2), EINVAL, "BEGIN with half a size");
	ok(!control_begin(&g, 2 * CHUNK), "BEGIN");
	refused(control_append(&g, 8, chunk, 8), EINVAL, "APPEND after a gap");
	ok(!control_append(&g, 0, chunk, CHUNK), "APPEND");
	refused(control_append(&g, 0, chunk, 8), EINVAL, "APPEND of what was sent");
	refused(control_append(&g, CHUNK, chunk, 2 * CHUNK), EINVAL,
		"APPEND beyond the size");
	refused(control_append(&g, ~0U, chunk, CHUNK), EINVAL,
		"APPEND where numbers wrap around");
	refused(call_bare(BULKHEAD_CMD_APPEND), EINVAL, "APPEND of nothing");
	ok(control_append(&g, CHUNK, chunk, sizeof(chunk)) == ERANGE && intact(),
	   "APPEND of more than a chunk: refused");
	refused(control_commit(&g, 0, NULL), EINVAL, "COMMIT of a part");
	control_abort(&g);
}
#define TRANSACTION_POINTS	16

static unsigned long number_in(const char *file, const char *key)
{
	static char text[16384];
	char *at;

	read_file(file, text, sizeof(text));
	at = strstr(text, key);
	return at ? strtoul(at + strlen(key), NULL, 10) : 0;
}

static unsigned long available(void)
{
	return number_in("/proc/meminfo", "MemAvailable:") >> 10;
}

/* Memory that no one can take back, until so many MiB are left. */
static int fill_memory(unsigned long left)
{
	int fd = memfd_create("full", 0);
	off_t end = 0;

	while (available() > left && !posix_fallocate(fd, end, 4 << 20))
		end += 4 << 20;
	return fd;
}

#define LEFT	96

/* It is the ruleset that has to wait for memory, and nobody dies for it. */
static void memory(void)
{
	unsigned long total = number_in("/proc/meminfo", "MemTotal:") >> 10;
	unsigned long killed = number_in("/proc/vmstat", "oom_kill ");
	unsigned long most = BKH_IMAGE_MAX >> 20;
	int fd;

	/* Where an eighth is more than any ruleset may be, that is the limit. */
	refused(control_begin(&g, (total / 8 + 1) << 20), total / 8 < most ? E2BIG : EINVAL,
		"BEGIN of more than an eighth of the memory");
	ok(!control_begin(&g, (total / 8 < most ? total / 8 - 1 : most) << 20),
	   "BEGIN of an eighth");
	control_abort(&g);
	fd = fill_memory(LEFT);
	diag("%lu of %lu MiB are left", available(), total);
	refused(control_begin(&g, LEFT << 20), ENOMEM, "BEGIN where memory is short");
	close(fd);
	ok(number_in("/proc/vmstat", "oom_kill ") == killed, "nobody was killed to make room");
	ok(!control_begin(&g, LEFT << 20), "BEGIN once there is memory");
	control_abort(&g);
}
#define MEMORY_POINTS	5

static void images(void)
{
	char *bad = malloc(size + 8);

	memset(bad, 0xa5, size);
	refused(commit_of(bad, size), EINVAL, "an image of garbage");
	memset(bad, 0, size);
	refused(commit_of(bad, size), EINVAL, "an image of zeroes");
	memcpy(bad, image, size);
	bad[0] ^= 1;
	refused(commit_of(bad, size), EINVAL, "an image with a bit turned");
	refused(commit_of(image, size - 8), EINVAL, "an image cut short");
	memcpy(bad, image, size);
	memset(bad + size, 0, 8);
	refused(commit_of(bad, size + 8), EINVAL, "an image with a tail");
	refused(commit_of(image, 8), EINVAL, "the start of an image");
	free(bad);
	control_abort(&g);
}
#define IMAGE_POINTS	6

/* Begin, send half, and die. */
static int act_die(const struct args *a)
{
	struct genl own;

	(void)a;
	if (genl_open(&own) || control_begin(&own, size))
		return EIO;
	return control_append(&own, 0, image, size / 2 & ~7UL);
}

static void two_senders(void)
{
	const struct args none = { 0 };
	struct genl other;
	void *seen;
	size_t n;

	errno = genl_open(&other);
	if (errno)
		bail("another socket: %m");
	ok(!control_begin(&g, size), "BEGIN by one socket");
	ok(control_begin(&other, size) == EBUSY && *other.why,
	   "BEGIN by another meanwhile: busy: %s", other.why);
	ok(control_append(&other, 0, image, 8) == EINVAL, "its APPEND is refused");
	ok(control_commit(&other, 0, NULL) == EINVAL, "its COMMIT is refused");
	ok(control_abort(&other) == EINVAL, "its ABORT is refused");
	ok(!control_append(&g, 0, image, 8) && !control_read(&seen, &n) &&
	   n == size && !memcmp(seen, image, n), "what is half sent does not show");
	free(seen);
	ok(!control_abort(&g), "ABORT");
	ok(!control_begin(&other, size), "then the other may BEGIN");
	genl_close(&other);
	ok(!forked(act_die, &none, NULL), "a sender dies half way");
	ok(intact(), "nothing was published");
	ok(!control_begin(&g, size), "the next one may BEGIN");
	control_abort(&g);
}
#define SENDER_POINTS	11

static void expectations(void)
{
	uint64_t next = 0;

	ok(!control_begin(&g, size) && !send_all(&g, image, size), "an image is sent");
	refused(control_commit(&g, generation + 1, NULL), ESTALE,
		"COMMIT in the place of another generation");
	control_abort(&g);
	ok(!control_begin(&g, size) && !send_all(&g, image, size) &&
	   !control_commit(&g, generation, &next) && next == generation + 1,
	   "COMMIT in the place of this one makes the next");
	generation = next;
}
#define EXPECT_POINTS	3

static void others(void)
{
	struct request r;

	ok(call_bare(BULKHEAD_CMD_MAX + 1) == EOPNOTSUPP, "a command that is none");
	ok(call_bare(BULKHEAD_CMD_EVENT) == EOPNOTSUPP, "an event is no command");
	request_start(&r, &g, BULKHEAD_CMD_READ);
	request_put_u32(&r, BULKHEAD_A_OFFSET, size);
	refused(genl_call(&g, &r, NULL, NULL), EINVAL, "READ beyond the image");
	refused(call_bare(BULKHEAD_CMD_BIND), EINVAL, "BIND of nothing");
	ok(control_bind(0x7fffffffffffffffULL, "controlled") && intact(),
	   "BIND of a cgroup that is none: refused");
	ok(control_bind(1, "controlled") && intact(),
	   "BIND of the root of all cgroups: refused");
	ok(control_unbind(0x7fffffffffffffffULL) && intact(),
	   "UNBIND of what is not bound: refused");
	ok(control_arm(getpid()), "ARM of a task that is not forming: refused");
}
#define OTHER_POINTS	8

const unsigned int malformed_points = TRANSACTION_POINTS + MEMORY_POINTS + IMAGE_POINTS +
				      SENDER_POINTS + EXPECT_POINTS + OTHER_POINTS;

void malformed(void)
{
	errno = control_read(&image, &size);
	if (!errno)
		errno = genl_open(&g);
	if (errno)
		bail("read the image in force: %m");
	transactions();
	memory();
	images();
	two_senders();
	expectations();
	others();
	genl_close(&g);
	free(image);
}
