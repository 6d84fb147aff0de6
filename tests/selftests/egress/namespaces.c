// SPDX-License-Identifier: GPL-2.0-only
/*
 * The first binding plants netfilter hooks in all namespaces, or is refused:
 * one that its owner has filled with hooks of his own may not stay unwatched.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <netinet/tcp.h>
#include <linux/bulkhead.h>

#include "addr.h"
#include "box.h"
#include "control.h"
#include "host.h"
#include "namespaces.h"
#include "net_acts.h"
#include "netns.h"
#include "tap.h"
#include "trial.h"

/* What the kernel lets one hook of one namespace have: MAX_HOOK_COUNT. */
#define HOOKS_MAX	1024
#define OTHERS_MAX	8
#define CHAINS		TOP "/chains"
#define CHAIN		"{ type filter hook output priority 0; }"

static int act_nft(const struct args *a)
{
	char out[512];
	int error = act_netns(a);

	if (error)
		return error;
	return RUN(out, "nft", "-f", a->path) ? EIO : 0;
}

static int try_nft(const char *ns, const char *text)
{
	struct args a = { CHAINS };

	put_file(CHAINS, text);
	snprintf(a.path2, sizeof(a.path2), TOP "/net/%s", ns);
	return forked(act_nft, &a, NULL);
}

static void nft(const char *ns, const char *text)
{
	int error = try_nft(ns, text);

	if (error)
		bail("nft in namespace %s: %s", ns, strerror(error));
}

/* Others have hooks of their own (SELinux has one): the last few go in one by one. */
static void fill(const char *ns)
{
	char *text, *p;
	int i;

	p = text = malloc(HOOKS_MAX * 80);
	if (!text)
		bail("out of memory");
	p += sprintf(p, "table ip full {\n");
	for (i = 0; i < HOOKS_MAX - OTHERS_MAX; i++)
		p += sprintf(p, "chain c%d " CHAIN "\n", i);
	sprintf(p, "}\n");
	nft(ns, text);
	for (i = 0; i <= OTHERS_MAX; i++) {
		sprintf(text, "add chain ip full d%d " CHAIN "\n", i);
		if (try_nft(ns, text))
			break;
	}
	if (i > OTHERS_MAX)
		bail("namespace %s takes more hooks than %d", ns, HOOKS_MAX);
	free(text);
}

/* In a namespace; not bound yet. */
static void open_in(struct box *b, const char *cgroup, const char *ns)
{
	struct args net = { 0 };

	snprintf(net.path2, sizeof(net.path2), TOP "/net/%s", ns);
	box_open(b, cgroup);
	errno = box_become(b, act_netns, &net);
	if (errno)
		bail("move a box to namespace %s: %m", ns);
	outside_enters(act_netns, &net);
}

static struct trial opening(const char *name)
{
	return (struct trial){
		name, act_raw,
		{ .addr = addr("127.0.0.1", 8080), .n = { IPPROTO_TCP, TCP_SYN } },
		.error = EACCES,
		.want = { .act = BULKHEAD_ACT_PACKET, .rule = "deny tcp 8080" },
	};
}

static unsigned int bindings(void)
{
	struct control_status s = { 0 };

	if (control_status(&s))
		bail("no status");
	return s.bindings;
}

static void no_room(struct box *b, const char *policy)
{
	struct trial t = opening("a namespace that was full");
	int error;

	fill("full");
	error = control_bind(b->id, policy);
	ok(error == E2BIG, "a namespace without room for a hook: nothing is bound: %s",
	   strerror(error));
	ok(!bindings(), "and nothing is in force");
	ok(!box_do(b, t.act, &t.args, NULL), "and packets pass");
	nft("full", "flush ruleset\n");
	box_confine(b, policy);
	trials_run(b, policy, &t, 1);
}

void namespaces(const char *policy, const char *yaml)
{
	struct trial t = opening("a namespace that came later");
	struct box b, late;
	char out[256];

	RUN(out, "modprobe", "nf_tables");
	/* Forgets what was bound to cgroups that are gone. */
	apply(policy, yaml);
	ok(!bindings(), "nothing is bound");
	netns_make("full");
	open_in(&b, "bh-full", "full");
	no_room(&b, policy);
	netns_make("late");
	open_in(&late, "bh-late", "late");
	box_confine(&late, policy);
	trials_run(&late, policy, &t, 1);
	outside_enters(NULL, NULL);
	box_close(&late);
	box_close(&b);
}
