/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A box: a cgroup and a task in it that does acts when told to.
 *
 * An act is a function of this binary. The task forks a child for each, so an
 * act may ruin its process; the child's exit status is the act's errno. The
 * binary is static and not relocated: a function has the same address after
 * the task has executed a copy of the suite ("the helper").
 */
#ifndef SELFTEST_BOX_H
#define SELFTEST_BOX_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/socket.h>
#include <sys/types.h>

#define HELPER	"/srv/t/helper"

struct args {
	char path[512];
	char path2[512];
	long n[4];
	struct sockaddr_storage addr;
	int fd;			/* set by box_do_fd() in the box */
};

/* Return: 0 or an errno. Runs in a child; has no TAP output. */
typedef int (*act_fn)(const struct args *);

struct box {
	char cgroup[200];	/* its folder; "" for the host's own */
	uint64_t id;
	pid_t pid;		/* of the task */
	int fd;
};

/* Make a cgroup below CGROUPS. Return: its id. Bails out. */
uint64_t cgroup_make(const char *name);
void cgroup_remove(const char *name);
uint64_t cgroup_id(const char *name);

/*
 * Start the task in a cgroup, which is made if need be. Moved in by
 * cgroup.procs: in a bound cgroup it is forming.
 */
void box_open(struct box *b, const char *cgroup);

/* The same by clone3(CLONE_INTO_CGROUP). */
void box_open_cloned(struct box *b, const char *cgroup);

/* Bind @policy over the running task: confined at once. */
void box_confine(struct box *b, const char *policy);

/* End the task, remove the cgroup. */
void box_close(struct box *b);

/*
 * Let the task do an act in a child of its own.
 * Return: the act's errno, 128 + signal if it died. @pid: the child's, or NULL.
 */
int box_do(struct box *b, act_fn act, const struct args *args, pid_t *pid);

/* The same with a file descriptor handed over; the act finds it in args->fd. */
int box_do_fd(struct box *b, act_fn act, const struct args *args, int fd,
	      pid_t *pid);

/* Let the task itself do it, and stay what it then is. */
int box_become(struct box *b, act_fn act, const struct args *args);

/*
 * The task executes @program, a copy of the suite, and serves on.
 * Return: 0 or the errno of execve.
 */
int box_exec(struct box *b, const char *program);

/* The act done by a child of the suite, outside of every box. */
int outside_do(act_fn act, const struct args *args);

/*
 * From now on the children of outside_do() run @enter(@args) before the act:
 * into the network namespace, say, that the box is in. NULL: no more.
 */
void outside_enters(act_fn enter, const struct args *args);

/* Entry point of the executed helper. */
int box_serve(int fd);

/* Call an act in a fork of the caller. Return as box_do(). */
int forked(act_fn act, const struct args *args, pid_t *pid);

#endif /* SELFTEST_BOX_H */
