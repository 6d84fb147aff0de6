// SPDX-License-Identifier: GPL-2.0-only
/* Events: messages as the module sends them, and as it never should. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <json-c/json.h>
#include <netlink/genl/genl.h>

#include "event.h"
#include "loss.h"
#include "netlink.h"
#include "support.h"

#define TIME 1700000000123456789ULL

static struct nl_msg *message(int cmd)
{
	struct nl_msg *msg = nlmsg_alloc();

	assert_non_null(genlmsg_put(msg, 0, 0, 30, 0, 0, cmd, 1));
	return msg;
}

static struct nl_msg *denial(enum bulkhead_act act)
{
	struct nl_msg *msg = message(BULKHEAD_CMD_EVENT);

	nla_put_u8(msg, BULKHEAD_A_VERDICT, BULKHEAD_VERDICT_DENY);
	nla_put_u16(msg, BULKHEAD_A_ACT, act);
	nla_put_u8(msg, BULKHEAD_A_REASON, BULKHEAD_REASON_RULE);
	nla_put_u64(msg, BULKHEAD_A_TIME, TIME);
	nla_put_string(msg, BULKHEAD_A_POLICY, "web");
	nla_put_string(msg, BULKHEAD_A_RULE_FILE, "/p/web.yaml");
	nla_put_u32(msg, BULKHEAD_A_RULE_LINE, 14);
	nla_put_string(msg, BULKHEAD_A_RULE_TEXT, "default: deny");
	nla_put_u32(msg, BULKHEAD_A_PID, 412);
	nla_put_string(msg, BULKHEAD_A_COMM, "nginx");
	return msg;
}

static struct nl_msg *file_denial(const char *path, size_t len)
{
	struct nl_msg *msg = denial(BULKHEAD_ACT_OPEN);

	nla_put_u32(msg, BULKHEAD_A_PERMS, BULKHEAD_PERM_READ);
	nla_put(msg, BULKHEAD_A_PATH, len, path);
	return msg;
}

/* The line without its time, which depends on the time zone. */
static void check_line(struct nl_msg *msg, const char *want)
{
	struct event ev;
	char *line = NULL;
	size_t size;
	FILE *out;

	assert_int_equal(event_decode(&ev, nlmsg_hdr(msg)), 0);
	out = open_memstream(&line, &size);
	event_print(&ev, out, false);
	fclose(out);
	assert_true(size > 9);
	assert_string_equal(line + 9, want);
	free(line);
	nlmsg_free(msg);
}

static void check_json(struct nl_msg *msg, const char *want)
{
	struct json_object *obj;
	struct event ev;

	assert_int_equal(event_decode(&ev, nlmsg_hdr(msg)), 0);
	obj = event_json(&ev);
	assert_string_equal(json_object_to_json_string_ext(obj, JSON_C_TO_STRING_PLAIN |
								JSON_C_TO_STRING_NOSLASHESCAPE),
			    want);
	json_object_put(obj);
	nlmsg_free(msg);
}

static void files(void **state)
{
	struct nl_msg *msg;

	(void)state;
	check_line(file_denial("/etc/shadow", 11),
		   "DENY  web(enforce) nginx[412] open r /etc/shadow"
		   "  by /p/web.yaml:14: default: deny\n");
	/* A name that would forge another line, or another rule. */
	check_line(file_denial("/a\n12:00:00 DENY", 16),
		   "DENY  web(enforce) nginx[412] open r \"/a\\n12:00:00 DENY\""
		   "  by /p/web.yaml:14: default: deny\n");
	msg = file_denial("/t/x", 4);
	nla_put_u8(msg, BULKHEAD_A_REASON, BULKHEAD_REASON_DRIFT);
	check_line(msg, "DENY  web(enforce) nginx[412] open r /t/x  (drift)"
			"  by /p/web.yaml:14: default: deny\n");
}

static void audit(void **state)
{
	struct nl_msg *msg = file_denial("/x", 2);

	(void)state;
	nla_put_u8(msg, BULKHEAD_A_VERDICT, BULKHEAD_VERDICT_AUDIT);
	check_line(msg, "AUDIT web(audit) nginx[412] open r /x"
			"  by /p/web.yaml:14: default: deny\n");
}

static struct nl_msg *net_denial(const void *addr, int len, uint16_t protocol, uint16_t port)
{
	struct nl_msg *msg = denial(BULKHEAD_ACT_CONNECT);

	nla_put_u16(msg, BULKHEAD_A_FAMILY, len == 4 ? 2 : 10);
	nla_put_u16(msg, BULKHEAD_A_SOCK_TYPE, 1);
	nla_put_u16(msg, BULKHEAD_A_PROTOCOL, protocol);
	nla_put_u16(msg, BULKHEAD_A_PORT, port);
	nla_put(msg, BULKHEAD_A_ADDRESS, len, addr);
	return msg;
}

static void others(void **state)
{
	static const uint8_t v6[16] = { 0x20, 0x01, 0x0d, 0xb8, [15] = 1 };
	struct nl_msg *msg;

	(void)state;
	check_line(net_denial("\x0a\x00\x00\x35", 4, 6, 443),
		   "DENY  web(enforce) nginx[412] connect tcp 10.0.0.53:443"
		   "  by /p/web.yaml:14: default: deny\n");
	check_line(net_denial(v6, 16, 17, 53),
		   "DENY  web(enforce) nginx[412] connect udp [2001:db8::1]:53"
		   "  by /p/web.yaml:14: default: deny\n");
	check_line(net_denial("\x0a\x00\x00\x35", 4, 47, 0),
		   "DENY  web(enforce) nginx[412] connect protocol-47 10.0.0.53:0"
		   "  by /p/web.yaml:14: default: deny\n");

	msg = denial(BULKHEAD_ACT_CAPABLE);
	nla_put_u32(msg, BULKHEAD_A_CAPABILITY, 12);
	check_line(msg, "DENY  web(enforce) nginx[412] capable net_admin"
			"  by /p/web.yaml:14: default: deny\n");

	msg = denial(BULKHEAD_ACT_SOCKET);
	nla_put_u16(msg, BULKHEAD_A_FAMILY, 2);
	nla_put_u16(msg, BULKHEAD_A_SOCK_TYPE, 3);
	nla_put_u16(msg, BULKHEAD_A_PROTOCOL, 1);
	check_line(msg, "DENY  web(enforce) nginx[412] socket inet/raw"
			"  by /p/web.yaml:14: default: deny\n");

	/* Numbers that a newer module may send. */
	msg = denial(999);
	nla_put_u32(msg, BULKHEAD_A_CAPABILITY, 63);
	check_line(msg, "DENY  web(enforce) nginx[412] act-999 capability-63"
			"  by /p/web.yaml:14: default: deny\n");
}

static struct nl_msg *guarded(enum bulkhead_act act, const char *preset)
{
	struct nl_msg *msg = message(BULKHEAD_CMD_EVENT);

	nla_put_u8(msg, BULKHEAD_A_VERDICT, BULKHEAD_VERDICT_DENY);
	nla_put_u16(msg, BULKHEAD_A_ACT, act);
	nla_put_u8(msg, BULKHEAD_A_REASON, BULKHEAD_REASON_PRESET);
	nla_put_string(msg, BULKHEAD_A_POLICY, "web");
	nla_put_string(msg, BULKHEAD_A_RULE_FILE, "/p/web.yaml");
	nla_put_u32(msg, BULKHEAD_A_RULE_LINE, 5);
	nla_put_string(msg, BULKHEAD_A_RULE_TEXT, preset);
	nla_put_u32(msg, BULKHEAD_A_PID, 412);
	nla_put_string(msg, BULKHEAD_A_COMM, "sh");
	return msg;
}

static void presets(void **state)
{
	struct nl_msg *msg = guarded(BULKHEAD_ACT_MOUNT, "preset mount");

	(void)state;
	nla_put(msg, BULKHEAD_A_PATH, 4, "/mnt");
	check_line(msg, "DENY  web(enforce) sh[412] mount /mnt"
			"  (preset)  by /p/web.yaml:5: preset mount\n");
	msg = guarded(BULKHEAD_ACT_TAMPER, "preset ptrace");
	nla_put_u32(msg, BULKHEAD_A_TARGET_PID, 1);
	check_line(msg, "DENY  web(enforce) sh[412] tamper pid 1"
			"  (preset)  by /p/web.yaml:5: preset ptrace\n");
	check_line(guarded(BULKHEAD_ACT_BPF, "preset bpf"),
		   "DENY  web(enforce) sh[412] bpf"
		   "  (preset)  by /p/web.yaml:5: preset bpf\n");
	msg = guarded(BULKHEAD_ACT_UNIX, "preset runtime-socket");
	nla_put_u16(msg, BULKHEAD_A_FAMILY, 1);
	nla_put(msg, BULKHEAD_A_PATH, 16, "/run/docker.sock");
	check_line(msg, "DENY  web(enforce) sh[412] unix /run/docker.sock"
			"  (preset)  by /p/web.yaml:5: preset runtime-socket\n");
}

/* A packet that left without its sender; a domain that is closed. */
static void bare(void **state)
{
	struct nl_msg *msg = message(BULKHEAD_CMD_EVENT);

	(void)state;
	nla_put_u8(msg, BULKHEAD_A_VERDICT, BULKHEAD_VERDICT_DENY);
	nla_put_u16(msg, BULKHEAD_A_ACT, BULKHEAD_ACT_PACKET);
	nla_put_u8(msg, BULKHEAD_A_REASON, BULKHEAD_REASON_MEMORY);
	check_line(msg, "DENY  -(enforce) - packet  (memory)\n");
}

static void json(void **state)
{
	struct nl_msg *msg = file_denial("/t/\xff", 4);

	(void)state;
	nla_put_u64(msg, BULKHEAD_A_CGROUP_ID, 77);
	nla_put_u64(msg, BULKHEAD_A_GENERATION, 3);
	nla_put_u64(msg, BULKHEAD_A_SEQUENCE, 9);
	check_json(msg,
		   "{\"time\":\"2023-11-14T22:13:20.123456789Z\",\"verdict\":\"deny\","
		   "\"policy\":\"web\",\"mode\":\"enforce\",\"pid\":412,\"comm\":\"nginx\","
		   "\"cgroup_id\":77,\"act\":\"open\",\"perms\":\"r\",\"path\":\"/t/\\ufffd\","
		   "\"path_hex\":\"2f742fff\",\"reason\":\"rule\",\"rule\":{"
		   "\"file\":\"/p/web.yaml\",\"line\":14,\"text\":\"default: deny\"},"
		   "\"generation\":3,\"sequence\":9,\"lost\":0}");
}

static void check_decode(struct nl_msg *msg, int want)
{
	struct event ev = { .pid = 7 };

	assert_int_equal(event_decode(&ev, nlmsg_hdr(msg)), want);
	assert_int_equal(ev.pid, 7);
	nlmsg_free(msg);
}

static void malformed(void **state)
{
	struct nl_msg *msg;

	(void)state;
	check_decode(message(BULKHEAD_CMD_STATUS), -ENOMSG);
	check_decode(message(BULKHEAD_CMD_EVENT), -EBADMSG);

	msg = denial(BULKHEAD_ACT_OPEN);
	nla_put_u16(msg, BULKHEAD_A_PERMS, 1);
	check_decode(msg, -EBADMSG);

	msg = denial(BULKHEAD_ACT_CONNECT);
	nla_put(msg, BULKHEAD_A_ADDRESS, 5, "12345");
	check_decode(msg, -EBADMSG);

	msg = denial(BULKHEAD_ACT_OPEN);
	nla_put(msg, BULKHEAD_A_POLICY, 3, "web");	/* no final zero */
	check_decode(msg, -EBADMSG);

	msg = nlmsg_alloc_simple(30, 0);
	check_decode(msg, -EBADMSG);
}

/* Flipped bits and cut ends: refused or shown, never read beyond the message. */
static void mutated(void **state)
{
	struct rng r = rng_of(test_seed());
	int i;

	(void)state;
	for (i = 0; i < 20000; i++) {
		struct nl_msg *msg = net_denial("\x0a\x00\x00\x35", 4, 6, 443);
		size_t len = nlmsg_hdr(msg)->nlmsg_len, n = 1 + rng_below(&r, 4);
		uint8_t *copy = malloc(len);
		struct nlmsghdr *nlh = (struct nlmsghdr *)copy;
		struct event ev;
		FILE *out;

		memcpy(copy, nlmsg_hdr(msg), len);
		while (n--)
			copy[NLMSG_HDRLEN + rng_below(&r, len - NLMSG_HDRLEN)] ^=
				1U << rng_below(&r, 8);
		if (rng_below(&r, 2))
			nlh->nlmsg_len = NLMSG_HDRLEN + rng_below(&r, len - NLMSG_HDRLEN + 1);
		/* The sanitizer watches the end of what there is. */
		copy = realloc(copy, nlh->nlmsg_len);
		nlh = (struct nlmsghdr *)copy;
		if (!event_decode(&ev, nlh)) {
			out = fopen("/dev/null", "w");
			event_print(&ev, out, true);
			fclose(out);
			json_object_put(event_json(&ev));
		}
		free(copy);
		nlmsg_free(msg);
	}
}

static void losses(void **state)
{
	struct loss_table t = { 0 };

	(void)state;
	assert_int_equal(loss_since(&t, 1, 5), 0);
	assert_int_equal(loss_since(&t, 1, 7), 2);
	assert_int_equal(loss_since(&t, 1, 6), 0);
	assert_int_equal(loss_since(&t, 2, 0), 0);
	assert_int_equal(loss_since(&t, 2, 9), 9);
	assert_int_equal(loss_since(&t, 1, 8), 1);
	loss_clear(&t);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(files),
		cmocka_unit_test(audit),
		cmocka_unit_test(others),
		cmocka_unit_test(presets),
		cmocka_unit_test(bare),
		cmocka_unit_test(json),
		cmocka_unit_test(malformed),
		cmocka_unit_test(mutated),
		cmocka_unit_test(losses),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
