// SPDX-License-Identifier: GPL-2.0-only
/*
 * Seeds that are no text, made from the policies that are at hand:
 *
 *	seeds image FOLDER FILE...	an image of each file, behind a question
 *	seeds transaction FOLDER FILE...	the same, sent in two chunks
 *	seeds event FOLDER		messages as the module sends them
 *	seeds client FOLDER		answers, likewise
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

int main(int argc, char **argv)
{
	int i;

	if (argc >= 3 && !strcmp(argv[1], "image"))
		for (i = 3; i < argc; i++)
			image(argv[2], argv[i], put_question);
	else if (argc >= 3 && !strcmp(argv[1], "transaction"))
		for (i = 3; i < argc; i++)
			image(argv[2], argv[i], put_transaction);
	else if (argc == 3 && !strcmp(argv[1], "event"))
		events(argv[2]);
	else if (argc == 3 && !strcmp(argv[1], "client"))
		clients(argv[2]);
	else
		return 2;
	return 0;
}
