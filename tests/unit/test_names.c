// SPDX-License-Identifier: GPL-2.0-only
/* Names and numbers: the tables agree with the kernel's, suggestions make sense. */
#include <string.h>
#include <sys/socket.h>
#include <linux/capability.h>

#include "names.h"
#include "support.h"

static int find(const struct names *t, const char *s)
{
	return names_find(t, s, strlen(s));
}

static void test_numbers(void **state)
{
	(void)state;
	assert_int_equal(find(&names_capability, "chown"), CAP_CHOWN);
	assert_int_equal(find(&names_capability, "net_bind_service"), CAP_NET_BIND_SERVICE);
	assert_int_equal(find(&names_capability, "sys_admin"), CAP_SYS_ADMIN);
	assert_int_equal(find(&names_capability, "setfcap"), CAP_SETFCAP);
	assert_int_equal(find(&names_capability, "mac_admin"), CAP_MAC_ADMIN);
	assert_int_equal(find(&names_capability, "checkpoint_restore"), CAP_CHECKPOINT_RESTORE);
	assert_int_equal(names_capability.n, CAP_LAST_CAP + 1);
	assert_int_equal(find(&names_family, "unix"), AF_UNIX);
	assert_int_equal(find(&names_family, "inet6"), AF_INET6);
	assert_int_equal(find(&names_family, "netlink"), AF_NETLINK);
	assert_int_equal(find(&names_family, "packet"), AF_PACKET);
	assert_int_equal(find(&names_family, "can"), AF_CAN);
	assert_int_equal(find(&names_family, "bluetooth"), AF_BLUETOOTH);
	assert_int_equal(find(&names_family, "alg"), AF_ALG);
	assert_int_equal(find(&names_family, "vsock"), AF_VSOCK);
	assert_int_equal(find(&names_family, "xdp"), AF_XDP);
	assert_int_equal(find(&names_type, "seqpacket"), SOCK_SEQPACKET);
	assert_int_equal(find(&names_type, "packet"), SOCK_PACKET);
}

/* Every number of an enumeration has a name. */
static void test_complete(void **state)
{
	unsigned int i;

	(void)state;
	for (i = 0; i < __BKH_PRESET_MAX; i++)
		assert_non_null(names_get(&names_preset, i));
	for (i = 0; i < __BKH_SECTION_MAX; i++)
		assert_non_null(names_get(&names_section, i));
	for (i = BULKHEAD_ACT_OPEN; i < __BULKHEAD_ACT_MAX; i++)
		assert_non_null(names_get(&names_act, i));
	for (i = 0; i < __BULKHEAD_REASON_MAX; i++)
		assert_non_null(names_get(&names_reason, i));
	for (i = 0; i < BKH_PROTO_OTHER; i++)
		assert_non_null(names_get(&names_proto, i));
	assert_null(names_get(&names_act, __BULKHEAD_ACT_MAX));
	assert_null(names_get(&names_family, 1000));
}

static void test_nearest(void **state)
{
	static const struct { const char *word, *near; } cases[] = {
		{ "net_bind_servce", "net_bind_service" }, { "CAP_SYS_ADMIN", "sys_admin" },
		{ "Kill", "kill" }, { "sysptrace", "sys_ptrace" }, { "net-admin", "net_admin" },
		{ "x", NULL }, { "", NULL }, { "everything", NULL },
		{ "a_word_that_is_longer_than_any_of_the_known_ones", NULL },
	};
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		const char *near = names_nearest(&names_capability, cases[i].word,
						 strlen(cases[i].word));

		if (cases[i].near)
			assert_string_equal(near, cases[i].near);
		else
			assert_null(near);
	}
}

static void test_letters(void **state)
{
	char letters[PERM_LETTERS_MAX];

	(void)state;
	assert_string_equal(perm_letters(BULKHEAD_PERM_ALL, letters), "rwaxmcdlno");
	assert_string_equal(perm_letters(0, letters), "");
	assert_int_equal(perm_of_letter('x'), BULKHEAD_PERM_EXEC);
	assert_int_equal(perm_of_letter('o'), BULKHEAD_PERM_OWN);
	assert_int_equal(perm_of_letter('z'), 0);
	assert_int_equal(perm_of_letter('\0'), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_numbers),
		cmocka_unit_test(test_complete),
		cmocka_unit_test(test_nearest),
		cmocka_unit_test(test_letters),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
