// SPDX-License-Identifier: GPL-2.0-only
/*
 * Fuzzes the module's netlink family with sessions like the command's, bent
 * out of shape by a seed. Now and then a bent image passes the verifier and is
 * in force; so between batches the true one is applied again, and then what
 * it forbids is denied, what it allows works, and the status is whole.
 *
 * 10,000 messages; 200,000 with bulkhead.long=1 on the kernel's command line,
 * where bulkhead.seed=NUMBER chooses another seed.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>
#include <linux/bulkhead.h>

#include "acts.h"
#include "control.h"
#include "event.h"
#include "host.h"
#include "mutate.h"
#include "suite.h"
#include "tap.h"

#define SECRET		TOP "/secret"
#define OPEN		TOP "/open"
#define BATCHES		10
#define BATCHES_LONG	200
#define BATCH		1000	/* messages */
#define ACT_EVERY	100	/* messages, under whatever is then in force */
#define SOCKETS		3
#define SEED		20240229

static const char fuzzed_yaml[] =
"bulkhead: 1\n"
"policy: fuzzed\n"
"mode: enforce\n"
"match:\n"
"  - cgroup: /bh-fuzz*\n"
"    alternatives: [fuzzed]\n"
"exec: {default: allow, drift: allow, rules: [deny /sbin/*x]}\n"
"file:\n"
"  default: allow\n"
"  rules:\n"
"    - deny r " SECRET "\n"
"    - deny w /usr/**, " TOP "/[a-f]*.log\n"
"capability: {default: allow, deny: [sys_module]}\n"
"socket: {default: allow, deny: [packet]}\n"
"egress: {default: allow, rules: [deny tcp 1-1023 to 192.0.2.0/24]}\n"
"listen: {default: allow, rules: [deny udp 53]}\n";

static struct {
	struct genl sockets[SOCKETS];
	struct box box, forming;
	void *image;
	size_t size;
	char *bent;
	uint64_t sent, answered, refused, published;
} fuzz;

/* The number behind @name on the kernel's command line. */
static uint64_t argument(const char *name, uint64_t otherwise)
{
	char line[4096] = " ", *at;

	if (read_file("/proc/cmdline", line + 1, sizeof(line) - 1))
		return otherwise;
	at = strstr(line, name);
	return at ? strtoull(at + strlen(name), NULL, 0) : otherwise;
}

static unsigned int batches(void)
{
	return argument(" bulkhead.long=", 0) ? BATCHES_LONG : BATCHES;
}

/* A pid, a cgroup: real ones mostly. */
static uint32_t some_pid(void)
{
	const uint32_t pids[] = { 1, getpid(), fuzz.box.pid, fuzz.forming.pid, random_nasty() };

	return pids[random_below(ARRAY_SIZE(pids))];
}

static uint64_t some_cgroup(void)
{
	const uint64_t ids[] = { 1, fuzz.box.id, fuzz.forming.id, random_nasty() };

	return ids[random_below(ARRAY_SIZE(ids))];
}

static const char *some_policy(void)
{
	static const char *const names[] = { "fuzzed", "fuzzed", "@setup", "other", "" };

	return names[random_below(ARRAY_SIZE(names))];
}

/* What is owed to us is there when send() returns; nothing is waited for. */
static void drain(struct genl *g)
{
	static char buf[80000];
	ssize_t len;

	while ((len = recv(g->fd, buf, sizeof(buf), MSG_DONTWAIT)) > 0) {
		const struct nlmsghdr *n = (struct nlmsghdr *)buf;
		const struct nlmsgerr *e = NLMSG_DATA(n);

		fuzz.answered++;
		if (n->nlmsg_type == NLMSG_ERROR && (size_t)len >= NLMSG_LENGTH(sizeof(*e)))
			fuzz.refused += !!e->error;
	}
}

/* One message, as it should be or not. */
static void post(struct genl *g, struct request *r)
{
	struct nlmsghdr *n = (struct nlmsghdr *)r->buf;

	n->nlmsg_len = r->len;
	n->nlmsg_seq = ++g->seq;
	if (random_below(4)) {
		mutate(r);
		n->nlmsg_len = random_below(32) ? r->len : random_nasty();
	}
	if (send(g->fd, r->buf, r->len, MSG_DONTWAIT) >= 0)
		fuzz.sent++;
	drain(g);
	if (fuzz.sent % ACT_EVERY == 0)
		box_do(&fuzz.box, act_read, &(struct args){ SECRET }, NULL);
}

static void bare(struct genl *g, uint8_t cmd, int flags)
{
	struct request r;

	request_start(&r, g, cmd);
	((struct nlmsghdr *)r.buf)->nlmsg_flags |= flags;
	post(g, &r);
}

static void append_all(struct genl *g, const char *image, size_t size)
{
	size_t at, n, chunk = 512U << random_below(7);
	struct request r;

	for (at = 0; at < size; at += n) {
		n = size - at < chunk ? size - at : chunk;
		request_start(&r, g, BULKHEAD_CMD_APPEND);
		request_put_u32(&r, BULKHEAD_A_OFFSET, at);
		request_put(&r, BULKHEAD_A_CHUNK, image + at, n);
		post(g, &r);
	}
}

static void session_apply(struct genl *g)
{
	struct request r;

	memcpy(fuzz.bent, fuzz.image, fuzz.size);
	if (random_below(2))
		mutate_image(fuzz.bent, fuzz.size);
	request_start(&r, g, BULKHEAD_CMD_BEGIN);
	request_put_u32(&r, BULKHEAD_A_IMAGE_SIZE, fuzz.size);
	post(g, &r);
	append_all(g, fuzz.bent, fuzz.size);
	request_start(&r, g, BULKHEAD_CMD_COMMIT);
	if (random_below(2))
		request_put_u64(&r, BULKHEAD_A_EXPECT_GENERATION, random_nasty());
	post(g, &r);
}

/* An image that is bent but sent right: gets to the verifier, and past it at times. */
static void session_straight(struct genl *g)
{
	unsigned int i;
	uint64_t made;

	(void)g;
	memcpy(fuzz.bent, fuzz.image, fuzz.size);
	mutate_image(fuzz.bent, fuzz.size);
	for (i = 0; i < SOCKETS; i++)
		control_abort(&fuzz.sockets[i]);
	fuzz.published += !control_apply(fuzz.bent, fuzz.size, &made);
	fuzz.sent += SOCKETS + 3 + fuzz.size / BULKHEAD_CHUNK_MAX;
}

static void session_read(struct genl *g)
{
	struct request r;
	uint32_t at;

	for (at = 0; at < fuzz.size; at += BULKHEAD_CHUNK_MAX) {
		request_start(&r, g, BULKHEAD_CMD_READ);
		request_put_u32(&r, BULKHEAD_A_OFFSET, random_below(8) ? at : random_nasty());
		post(g, &r);
	}
}

static void session_bind(struct genl *g)
{
	uint64_t id = some_cgroup();
	struct request r;

	request_start(&r, g, BULKHEAD_CMD_BIND);
	request_put_u64(&r, BULKHEAD_A_CGROUP_ID, id);
	request_put_string(&r, BULKHEAD_A_POLICY, some_policy());
	post(g, &r);
	bare(g, BULKHEAD_CMD_DOMAINS, NLM_F_DUMP);
	request_start(&r, g, BULKHEAD_CMD_UNBIND);
	request_put_u64(&r, BULKHEAD_A_CGROUP_ID, id);
	post(g, &r);
}

static void session_arm(struct genl *g)
{
	struct request r;

	bare(g, BULKHEAD_CMD_FORMING, NLM_F_DUMP);
	request_start(&r, g, BULKHEAD_CMD_ARM);
	request_put_u32(&r, BULKHEAD_A_PID, some_pid());
	post(g, &r);
}

static void session_ask(struct genl *g)
{
	bare(g, BULKHEAD_CMD_VERSION, 0);
	bare(g, BULKHEAD_CMD_STATUS, 0);
	bare(g, BULKHEAD_CMD_ABORT, 0);
}

/* Its own socket, with a transaction open perhaps, closed and opened again. */
static void session_reopen(struct genl *g)
{
	genl_close(g);
	errno = genl_open(g);
	if (errno)
		bail("another socket: %m");
}

static void (*const sessions[])(struct genl *g) = {
	session_apply, session_apply, session_straight, session_read, session_bind, session_arm,
	session_ask, session_ask, session_reopen,
};

static void batch(void)
{
	uint64_t until = fuzz.sent + BATCH;

	while (fuzz.sent < until)
		sessions[random_below(ARRAY_SIZE(sessions))](
			&fuzz.sockets[random_below(SOCKETS)]);
}

/* The true image, and no binding but the box's own. */
static int restore(void)
{
	unsigned int i;
	uint64_t made;
	int error;

	for (i = 0; i < SOCKETS; i++)
		session_reopen(&fuzz.sockets[i]);
	control_unbind(fuzz.box.id);
	control_unbind(fuzz.forming.id);
	error = control_apply(fuzz.image, fuzz.size, &made);
	if (!error && made <= generation)
		error = ESTALE;
	generation = made;
	return error ? error : control_bind(fuzz.box.id, "fuzzed");
}

static bool status_sane(void)
{
	struct control_status s;
	int error = control_status(&s);

	if (!error && s.generation == generation && s.image_size == fuzz.size &&
	    s.planned_hooks && s.planted_hooks == s.planned_hooks && s.bindings == 2 &&
	    s.domains == 2)
		return true;
	diag("status: error %d, generation %llu after %llu, %u bytes, %u of %u hooks, %u bindings, %u domains",
	     error, (unsigned long long)s.generation, (unsigned long long)generation,
	     s.image_size, s.planted_hooks, s.planned_hooks, s.bindings, s.domains);
	return false;
}

static bool enforced(void)
{
	const struct args secret = { SECRET }, open = { OPEN };
	struct want want = {
		.policy = "fuzzed", .rule = "deny r", .act = BULKHEAD_ACT_OPEN,
		.perms = BULKHEAD_PERM_READ, .cgroup = fuzz.box.id, .path = SECRET,
	};
	pid_t pid;

	events_drop(0);
	return box_do(&fuzz.box, act_read, &secret, &pid) == EACCES &&
	       (want.pid = pid, event_wanted(&want)) &&
	       !box_do(&fuzz.box, act_read, &open, NULL) && !outside_do(act_read, &secret);
}

static void begin(uint64_t seed)
{
	unsigned int i;

	random_seed(seed);
	put_file(SECRET, "secret\n");
	put_file(OPEN, "open\n");
	apply("fuzzed", fuzzed_yaml);
	box_open(&fuzz.box, "fuzz-box");
	box_confine(&fuzz.box, "fuzzed");
	box_open(&fuzz.forming, "bh-fuzz-forming");
	for (i = 0; i < SOCKETS; i++)
		if (genl_open(&fuzz.sockets[i]))
			bail("a socket");
	if (control_read(&fuzz.image, &fuzz.size))
		bail("read the image in force");
	fuzz.bent = malloc(fuzz.size);
	events_open();
}

unsigned int suite_points(void)
{
	return batches() + 1;
}

void suite(void)
{
	uint64_t seed = argument(" bulkhead.seed=", SEED);
	unsigned int n = batches(), i;

	diag("seed %llu: bulkhead.seed=%llu repeats this", (unsigned long long)seed,
	     (unsigned long long)seed);
	begin(seed);
	for (i = 0; i < n; i++) {
		int error;

		batch();
		error = restore();
		if (error)
			diag("the true image is not taken again: %s", strerror(error));
		ok(!error && status_sane() && enforced(),
		   "after %llu messages the ruleset is whole and enforced",
		   (unsigned long long)fuzz.sent);
	}
	ok(fuzz.refused > fuzz.sent / 8 && fuzz.refused < fuzz.answered && fuzz.published,
	   "%llu messages, %llu answers, %llu of them refusals; %llu bent images were in force",
	   (unsigned long long)fuzz.sent, (unsigned long long)fuzz.answered,
	   (unsigned long long)fuzz.refused, (unsigned long long)fuzz.published);
	events_close();
	box_close(&fuzz.forming);
	box_close(&fuzz.box);
}
