// SPDX-License-Identifier: GPL-2.0-only
/*
 * Which network namespaces have our hooks on packets. A hook costs every packet
 * of its namespace, whatever it does, so they are there only while something is
 * bound; then in all of them, since sockets go from one to another in ways that
 * nobody is told of. bkh_ruleset_mutex guards their coming and going.
 */
#include <linux/netfilter.h>
#include <linux/rtnetlink.h>
#include <net/net_namespace.h>
#include <net/netns/generic.h>

#include "log.h"
#include "netfilter.h"
#include "nets.h"
#include "ruleset.h"

DEFINE_STATIC_KEY_FALSE(bkh_unwatched);

/* Of each namespace, from load to unload. */
struct state {
	bool unwatched;
};

static unsigned int state_id;

static struct state *state_of(const struct net *net)
{
	return net_generic(net, state_id);
}

bool bkh_net_is_unwatched(const struct net *net)
{
	return READ_ONCE(state_of(net)->unwatched);
}

static void set_unwatched(struct net *net, bool unwatched)
{
	WRITE_ONCE(state_of(net)->unwatched, unwatched);
	if (unwatched)
		static_branch_inc(&bkh_unwatched);
	else
		static_branch_dec(&bkh_unwatched);
}

static int plant(struct net *net)
{
	return nf_register_net_hooks(net, bkh_packet_hooks, BKH_PACKET_HOOKS);
}

/* Nobody can fill a namespace before it is born; one that was there may be. */
static int __net_init net_init(struct net *net)
{
	int err = plant(net);

	if (err != -E2BIG)
		return err;
	set_unwatched(net, true);
	return 0;
}

static void __net_exit net_exit(struct net *net)
{
	if (bkh_net_is_unwatched(net))
		set_unwatched(net, false);
	else
		nf_unregister_net_hooks(net, bkh_packet_hooks,
					BKH_PACKET_HOOKS);
}

static struct pernet_operations state_ops = {
	.id = &state_id,
	.size = sizeof(struct state),
};

static struct pernet_operations hook_ops = {
	.init = net_init,
	.exit = net_exit,
};

/* Under bkh_ruleset_mutex. */
static bool running;

/* A namespace that dies is off the list before its net_exit(). */
static void watch_again(void)
{
	struct net *net;

	down_read(&net_rwsem);
	for_each_net(net)
		if (bkh_net_is_unwatched(net) && !plant(net))
			set_unwatched(net, false);
	up_read(&net_rwsem);
}

int bkh_nets_watch(void)
{
	int err;

	lockdep_assert_held(&bkh_ruleset_mutex);
	if (running) {
		if (static_branch_unlikely(&bkh_unwatched))
			watch_again();
		return 0;
	}
	err = register_pernet_subsys(&hook_ops);
	running = !err;
	if (static_branch_unlikely(&bkh_unwatched))
		bkh_warn("a network namespace has no room for our hooks: what is bound may not send there\n");
	return err;
}

void bkh_nets_unwatch(void)
{
	lockdep_assert_held(&bkh_ruleset_mutex);
	if (!running)
		return;
	running = false;
	unregister_pernet_subsys(&hook_ops);
	synchronize_net();
}

int bkh_nets_init(void)
{
	return register_pernet_subsys(&state_ops);
}

void bkh_nets_exit(void)
{
	unregister_pernet_subsys(&state_ops);
}
