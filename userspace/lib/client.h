/* SPDX-License-Identifier: GPL-2.0-only */
/* Talks to the module: one function per request, plain structs out. */
#ifndef BULKHEAD_CLIENT_H
#define BULKHEAD_CLIENT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define CLIENT_WHY_MAX 512

struct nl_sock;

/**
 * struct client - a connection to the module; lives on the caller's stack
 * @sk: request socket, NULL while closed
 * @family: generic netlink family number
 * @abi: what the module speaks, 0 before it said so
 * @version: of the module, empty before it said so
 * @why: the last refusal in words, from the kernel where it gave any
 *
 * All functions return 0 or a negative errno. Those worth telling apart:
 * -ENOENT no such family (module not loaded), -EPROTONOSUPPORT an ABI this
 * command doesn't know, -EPERM not allowed, -EBADMSG a malformed reply.
 */
struct client {
	struct nl_sock *sk;
	int family;
	uint32_t abi;
	char version[64];
	char why[CLIENT_WHY_MAX];
};

struct client_status {
	uint64_t generation;
	uint64_t denied;
	uint64_t audited;
	uint64_t lost;
	uint64_t closed;
	uint32_t image_size;
	uint32_t hooks_planted;
	uint32_t hooks_wanted;
	uint32_t policies;
	uint32_t bindings;
	uint32_t domains;
	uint32_t forming;
	uint32_t forming_old;
};

struct client_domain {
	uint64_t cgroup_id;
	uint64_t denied;
	uint64_t audited;
	uint64_t lost;
	uint32_t flags;
	uint32_t forming;
	char *path;		/* empty if the kernel named none */
	char **policies;
	size_t n_policies;
};

struct client_domains {
	struct client_domain *v;
	size_t n;
};

struct client_forming {
	uint64_t cgroup_id;
	uint64_t age_ms;
	uint32_t pid;
	char comm[64];
	char *path;
};

struct client_formings {
	struct client_forming *v;
	size_t n;
};

/* The connection: found the family, checked the ABI. */
int client_open(struct client *c);
void client_close(struct client *c);

int client_status(struct client *c, struct client_status *out);

/**
 * client_apply - make an image the one in force
 * @expect: generation that must be in force, if not NULL
 * @generation: set to the new one
 *
 * The kernel's word alone; see client_read() for what it holds then.
 */
int client_apply(struct client *c, const void *image, size_t size, const uint64_t *expect,
		 uint64_t *generation);

/* The image in force, to be freed; -ENODATA while there is none. */
int client_read(struct client *c, void **image, size_t *size, uint64_t *generation);

/* By path. */
int client_domains(struct client *c, struct client_domains *out);
void client_domains_free(struct client_domains *d);

int client_formings(struct client *c, struct client_formings *out);
void client_formings_free(struct client_formings *f);

int client_bind(struct client *c, uint64_t cgroup_id, const char *policy);
int client_unbind(struct client *c, uint64_t cgroup_id);
int client_arm(struct client *c, uint32_t pid);

#endif /* BULKHEAD_CLIENT_H */
