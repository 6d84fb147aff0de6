// SPDX-License-Identifier: GPL-2.0-only
/*
 * Seeds that are no text, made from the policies that are at hand:
 *
 *	seeds image FOLDER FILE...	an image of each file, behind a question
 *	seeds transaction FOLDER FILE...	the same, sent in two chunks
 *	seeds event FOLDER		messages as the module sends them
 *	seeds client FOLDER		answers, likewise
 *	seeds netlink FOLDER FILE...	requests: those of an apply of each file, and the others
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <netlink/genl/genl.h>

#include <linux/bulkhead.h>

#include "ruleset.h"

#define QUESTION 64

static FILE *create(const char *folder, const char *name)
{
	char path[512];
	FILE *out;

	snprintf(path, sizeof(path), "%s/%s", folder, name);
	out = fopen(path, "w");
	if (!out) {
		perror(path);
		exit(1);
	}
	return out;
}

static void put_question(FILE *out, const char *image, size_t size)
{
	static const char question[QUESTION] = "\0\0\0\0\0\0\0\0\0\0\xff\xff\x0a\0\0\x35\1"
					       "/etc/nginx/private/a.key";

	fwrite(question, sizeof(question), 1, out);
	fwrite(image, size, 1, out);
}

/* Little-endian, as fuzz_transaction.c reads its ops. */
static void put_transaction(FILE *out, const char *image, size_t size)
{
	uint16_t total = size, half = size / 2, rest = total - half;

	if (total != size)
		return;
	fwrite("\0\1", 2, 1, out);
	fwrite(&total, sizeof(total), 1, out);
	fwrite("\2", 2, 1, out);
	fwrite(&half, sizeof(half), 1, out);
	fwrite(image, half, 1, out);
	fwrite("\2", 2, 1, out);
	fwrite(&rest, sizeof(rest), 1, out);
	fwrite(image + half, rest, 1, out);
	fputc(5, out);
}

static void image(const char *folder, const char *file,
		  void (*put)(FILE *out, const char *image, size_t size))
{
	const char *name = strrchr(file, '/');
	struct ruleset *rs cleanup_ruleset = NULL;
	struct diag d cleanup_diag;
	void *data;
	size_t size;
	FILE *out;

	diag_init(&d);
	if (ruleset_load(&rs, &file, 1, &d) || ruleset_compile(rs, &data, &size, &d)) {
		diag_print(&d, stderr, false);
		exit(1);
	}
	out = create(folder, name ? name + 1 : file);
	put(out, data, size);
	fclose(out);
	free(data);
}

/* The attributes as they stand, behind what @head says of them. */
static void save(FILE *out, struct nl_msg *msg, const void *head, size_t head_size)
{
	const struct nlmsghdr *nlh = nlmsg_hdr(msg);
	size_t len = nlh->nlmsg_len - NLMSG_HDRLEN - GENL_HDRLEN;
	uint16_t with_mode = len + 1;

	fwrite(head, head_size, 1, out);
	if (head_size)
		fwrite(&with_mode, sizeof(with_mode), 1, out);
	fputc(0, out);
	fwrite(genlmsg_attrdata(genlmsg_hdr((struct nlmsghdr *)nlh), 0), len, 1, out);
	nlmsg_free(msg);
}

static struct nl_msg *message(void)
{
	struct nl_msg *msg = nlmsg_alloc_size(65536);

	genlmsg_put(msg, 0, 0, 30, 0, 0, BULKHEAD_CMD_EVENT, 1);
	return msg;
}

static struct nl_msg *denial(uint16_t act)
{
	struct nl_msg *msg = message();

	nla_put_u8(msg, BULKHEAD_A_VERDICT, BULKHEAD_VERDICT_DENY);
	nla_put_u16(msg, BULKHEAD_A_ACT, act);
	nla_put_u8(msg, BULKHEAD_A_REASON, BULKHEAD_REASON_RULE);
	nla_put_u64(msg, BULKHEAD_A_TIME, 1700000000123456789ULL);
	nla_put_u64(msg, BULKHEAD_A_CGROUP_ID, 4711);
	nla_put_string(msg, BULKHEAD_A_CGROUP_PATH, "/system.slice/docker-a.scope");
	nla_put_string(msg, BULKHEAD_A_POLICY, "web");
	nla_put_u32(msg, BULKHEAD_A_RULE, 3);
	nla_put_string(msg, BULKHEAD_A_RULE_FILE, "/p/web.yaml");
	nla_put_u32(msg, BULKHEAD_A_RULE_LINE, 14);
	nla_put_string(msg, BULKHEAD_A_RULE_TEXT, "deny rw /**/.git/**");
	nla_put_u32(msg, BULKHEAD_A_PID, 412);
	nla_put_string(msg, BULKHEAD_A_COMM, "nginx");
	return msg;
}

static void one_event(const char *folder, const char *name, struct nl_msg *msg)
{
	FILE *out = create(folder, name);

	save(out, msg, NULL, 0);
	fclose(out);
}

static void events(const char *folder)
{
	struct nl_msg *msg = denial(BULKHEAD_ACT_OPEN);

	nla_put_u32(msg, BULKHEAD_A_PERMS, BULKHEAD_PERM_READ);
	nla_put(msg, BULKHEAD_A_PATH, 14, "/tmp/\xc3\xa4\n \"\\\x1b[m");
	one_event(folder, "open", msg);
	msg = denial(BULKHEAD_ACT_CONNECT);
	nla_put_u16(msg, BULKHEAD_A_FAMILY, 2);
	nla_put_u16(msg, BULKHEAD_A_PROTOCOL, 6);
	nla_put_u16(msg, BULKHEAD_A_PORT, 443);
	nla_put(msg, BULKHEAD_A_ADDRESS, 4, "\x0a\0\0\x35");
	one_event(folder, "connect", msg);
	msg = denial(BULKHEAD_ACT_SOCKET);
	nla_put_u16(msg, BULKHEAD_A_FAMILY, 10);
	nla_put_u16(msg, BULKHEAD_A_SOCK_TYPE, 3);
	nla_put_u64(msg, BULKHEAD_A_LOST, 7);
	one_event(folder, "socket", msg);
	msg = denial(BULKHEAD_ACT_SIGNAL);
	nla_put_u32(msg, BULKHEAD_A_TARGET_PID, 1);
	nla_put_u32(msg, BULKHEAD_A_CAPABILITY, 12);
	one_event(folder, "signal", msg);
}

/* @what: as fuzz_client.c numbers requests; then the answers, and the end of them. */
static void one_answer(const char *folder, const char *name, char what, struct nl_msg *msg,
		       bool dump)
{
	const char head = dump ? 0x10 : 0, end = dump ? 0x17 : 0x06;
	struct nl_msg *last = message();
	FILE *out = create(folder, name);

	fputc(what, out);
	if (msg)
		save(out, msg, &head, 1);
	/* Its length says what it means: here, no error. */
	nla_put(last, BULKHEAD_A_PATH, 16, "0123456789abcdef");
	save(out, last, &end, 1);
	fclose(out);
}

static void clients(const char *folder)
{
	struct nl_msg *msg = message();

	nla_put_u64(msg, BULKHEAD_A_GENERATION, 3);
	nla_put_u32(msg, BULKHEAD_A_HOOKS_PLANTED, 90);
	nla_put_u32(msg, BULKHEAD_A_HOOKS_WANTED, 90);
	one_answer(folder, "status", 0, msg, false);
	msg = message();
	nla_put_u64(msg, BULKHEAD_A_CGROUP_ID, 4711);
	nla_put_string(msg, BULKHEAD_A_CGROUP_PATH, "/a");
	nla_put_string(msg, BULKHEAD_A_POLICY, "web");
	nla_put_string(msg, BULKHEAD_A_POLICY, "base");
	one_answer(folder, "domains", 1, msg, true);
	msg = message();
	nla_put_u32(msg, BULKHEAD_A_PID, 4711);
	nla_put_string(msg, BULKHEAD_A_COMM, "crun");
	one_answer(folder, "formings", 2, msg, true);
	msg = message();
	nla_put_u64(msg, BULKHEAD_A_GENERATION, 3);
	nla_put_u32(msg, BULKHEAD_A_IMAGE_SIZE, 8);
	nla_put_u32(msg, BULKHEAD_A_OFFSET, 0);
	nla_put(msg, BULKHEAD_A_CHUNK, 8, "12345678");
	one_answer(folder, "read", 3, msg, false);
	one_answer(folder, "apply", 4, NULL, false);
	one_answer(folder, "bind", 5, NULL, false);
}

/* What bends the requests that follow, see message_bend(); what trouble they meet (-1: none), see set_trouble(). */
static uint8_t bend;
static int trouble = -1;

/* A request as fuzz_netlink.c reads it. @who: flags of one whose socket is another, and who often may not ask. */
static void ask_as(FILE *out, uint8_t who, uint8_t cmd, struct nl_msg *msg)
{
	const bool dump = cmd == BULKHEAD_CMD_DOMAINS || cmd == BULKHEAD_CMD_FORMING;
	const uint8_t head[] = { cmd, who | dump, bend };

	fputc((who ? 16 : 0) | (trouble < 0 ? 0 : 8), out);
	if (trouble >= 0)
		fputc(trouble, out);
	save(out, msg, head, sizeof(head));
}

static void ask(FILE *out, uint8_t cmd, struct nl_msg *msg)
{
	ask_as(out, 0, cmd, msg);
}

static void ask_u32(FILE *out, uint8_t cmd, int attr, uint32_t value)
{
	struct nl_msg *msg = message();

	nla_put_u32(msg, attr, value);
	ask(out, cmd, msg);
}

static void ask_chunk(FILE *out, uint32_t offset, const char *chunk, size_t size)
{
	struct nl_msg *msg = message();

	nla_put_u32(msg, BULKHEAD_A_OFFSET, offset);
	nla_put(msg, BULKHEAD_A_CHUNK, size, chunk);
	ask(out, BULKHEAD_CMD_APPEND, msg);
}

static void ask_apply(FILE *out, const char *image, size_t size, uint64_t expect)
{
	struct nl_msg *msg = message();
	size_t half = size / 2;

	ask_u32(out, BULKHEAD_CMD_BEGIN, BULKHEAD_A_IMAGE_SIZE, size);
	ask_chunk(out, 0, image, half);
	ask_chunk(out, half, image + half, size - half);
	nla_put_u64(msg, BULKHEAD_A_EXPECT_GENERATION, expect);
	ask(out, BULKHEAD_CMD_COMMIT, msg);
}

/* What "apply" sends, a stale one first if an input holds both, and what "show" does. */
static void put_apply(FILE *out, const char *image, size_t size)
{
	fputc(0, out);
	if (size > 2 * BULKHEAD_CHUNK_MAX)
		return;
	if (size < BULKHEAD_CHUNK_MAX - 1024)
		ask_apply(out, image, size, 7);
	ask_apply(out, image, size, 0);
	ask(out, BULKHEAD_CMD_STATUS, message());
	ask_u32(out, BULKHEAD_CMD_READ, BULKHEAD_A_OFFSET, 0);
	ask_u32(out, BULKHEAD_CMD_READ, BULKHEAD_A_OFFSET, size);
}

static void ask_bind(FILE *out, uint64_t cgroup, const char *policy)
{
	struct nl_msg *msg = message();

	nla_put_u64(msg, BULKHEAD_A_CGROUP_ID, cgroup);
	if (policy)
		nla_put_string(msg, BULKHEAD_A_POLICY, policy);
	ask(out, policy ? BULKHEAD_CMD_BIND : BULKHEAD_CMD_UNBIND, msg);
}

/* Both dumps at once, of domains and forming tasks that come first, begun in small buffers. */
static void put_lists(FILE *out)
{
	static const char lists[] = "\4\57\3\5\100\0\3\7" "\4\10\1\5\350\3\7\100" "\5\1\77\1\0";
	static const char rounds[] = "\3\0\3" "\23\0\1" "\3\0\1" "\23\0\3";

	fwrite(lists, sizeof(lists) - 1, 1, out);
	ask(out, BULKHEAD_CMD_DOMAINS, message());
	ask_as(out, 128, BULKHEAD_CMD_FORMING, message());
	fwrite(rounds, sizeof(rounds) - 1, 1, out);
}

/* The lists change meanwhile; then the first socket goes, and asks again. */
static void put_changes(FILE *out)
{
	static const char changes[] = "\5\10\1" "\5\1\3\0\1" "\3\0\4" "\23\0\4" "\6\0";

	put_lists(out);
	ask_u32(out, BULKHEAD_CMD_ARM, BULKHEAD_A_PID, 4);
	ask_u32(out, BULKHEAD_CMD_ARM, BULKHEAD_A_PID, 4711);
	fwrite(changes, sizeof(changes) - 1, 1, out);
	ask(out, BULKHEAD_CMD_FORMING, message());
	ask(out, BULKHEAD_CMD_DOMAINS, message());
}

/* An image of 70,000 bytes, events, a request of each kind, and one with nothing in it. */
static void put_others(FILE *out)
{
	static const char image[] = "\5\4\157\21\1\0", forming[] = "\5\1\1\4\0";
	static const char events[] = "\7\100\27\100\7\3";
	uint8_t cmd;

	fwrite(image, sizeof(image) - 1, 1, out);
	fwrite(forming, sizeof(forming) - 1, 1, out);
	ask(out, BULKHEAD_CMD_VERSION, message());
	ask_u32(out, BULKHEAD_CMD_READ, BULKHEAD_A_OFFSET, 65536);
	ask_bind(out, 4711, "web");
	ask_bind(out, 4712, "base");
	ask_bind(out, 4711, NULL);
	ask_u32(out, BULKHEAD_CMD_ARM, BULKHEAD_A_PID, 4);
	ask_u32(out, BULKHEAD_CMD_BEGIN, BULKHEAD_A_IMAGE_SIZE, 64);
	ask_chunk(out, 0, "12345678", 8);
	ask(out, BULKHEAD_CMD_ABORT, message());
	fwrite(events, sizeof(events) - 1, 1, out);
	for (cmd = 0; cmd <= BULKHEAD_CMD_MAX; cmd++)
		ask(out, cmd, message());
}

/* All that may not be asked by whom. */
static void put_strangers(FILE *out)
{
	uint8_t cmd, who;

	for (cmd = 0; cmd <= BULKHEAD_CMD_MAX; cmd++)
		for (who = 2; who <= 32; who *= 2)
			ask_as(out, who, cmd, message());
}

static void put_requests(const char *folder, const char *name, void (*put)(FILE *out))
{
	FILE *out = create(folder, name);

	fputc(0, out);
	put(out);
	fclose(out);
}

/* Memory that ends at the first allocation or at the second, and a refusal by what is behind. */
static void put_troubled(FILE *out)
{
	static const int kinds[] = { 0, 1, 128 };
	unsigned int i;

	put_others(out);
	for (i = 0; i < 3; i++) {
		trouble = kinds[i];
		put_others(out);
	}
	trouble = -1;
}

/* Each bend of the first attribute and of the second, by one byte and by eight. */
static void requests(const char *folder)
{
	unsigned int kind, which;
	char name[16];

	put_requests(folder, "lists", put_lists);
	put_requests(folder, "changes", put_changes);
	put_requests(folder, "strangers", put_strangers);
	put_requests(folder, "others", put_others);
	for (kind = 1; kind < 8; kind++)
		for (which = 0; which < 4; which++) {
			snprintf(name, sizeof(name), "bent-%u-%u", kind, which);
			bend = kind | (which & 1) << 3 | (which & 2 ? 7 << 5 : 0);
			put_requests(folder, name, put_others);
		}
	bend = 0;
	put_requests(folder, "trouble", put_troubled);
}

int main(int argc, char **argv)
{
	int i;

	if (argc >= 3 && !strcmp(argv[1], "image"))
		for (i = 3; i < argc; i++)
			image(argv[2], argv[i], put_question);
	else if (argc >= 3 && !strcmp(argv[1], "transaction"))
		for (i = 3; i < argc; i++)
			image(argv[2], argv[i], put_transaction);
	else if (argc >= 3 && !strcmp(argv[1], "netlink"))
		for (requests(argv[2]), i = 3; i < argc; i++)
			image(argv[2], argv[i], put_apply);
	else if (argc == 3 && !strcmp(argv[1], "event"))
		events(argv[2]);
	else if (argc == 3 && !strcmp(argv[1], "client"))
		clients(argv[2]);
	else
		return 2;
	return 0;
}
