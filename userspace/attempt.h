/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What `bulkhead doctor` tries: for each hook that can refuse an act, one act
 * that lib/doctor.c forbids. They are made for real, twice: by a task that is
 * confined, and by one beside it that isn't. So each is harmless where it
 * succeeds: in namespaces of its own, on files of its own, or asking for what
 * the kernel finds nonsense once it has asked for the right to do it.
 */
#ifndef BULKHEAD_ATTEMPT_H
#define BULKHEAD_ATTEMPT_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include <linux/bulkhead.h>

#include "lib/doctor.h"

/**
 * struct scene - what the acts find, in both tasks
 * @mail: one's end of a socket pair in which a descriptor waits
 * @cgroup: the throwaway cgroup, its folder
 * @freezer: cgroup.freeze in there, opened for writing
 * @append, @ftruncate, @map, @protect: files of DOCTOR_DIR, opened before
 * @detached: a mount that no path leads to
 * @context: of the file system that DOCTOR_DIR lies in, to reconfigure it
 * @tun: a queue that was taken off DOCTOR_TUN; -1 where there is no tun
 * @host_raw: a raw socket of the host's network namespace
 * @outsider: a task beside the confined one
 */
struct scene {
	int mail;
	int cgroup;
	int freezer;
	int append;
	int ftruncate;
	int map;
	int protect;
	int detached;
	int context;
	int tun;
	int host_raw;
	pid_t outsider;
};

/**
 * struct attempt - an act, and how it has to end
 * @act: enum bulkhead_act of its event
 * @hook: the one that refuses it
 * @run: returns 0 or an errno; in a process of its own
 * @rule: of the event; null where the refusal names none
 * @refused: errno of the confined task
 * @works: errno outside, where success isn't to be had
 * @enters: the act is done by a task that enters the cgroup for it
 * @optional: hosts may lack it, or forbid it to all
 */
struct attempt {
	uint16_t act;
	const char *hook;
	int (*run)(const struct scene *s);
	const char *rule;
	int refused;
	int works;
	bool enters;
	bool optional;
};

/* By topic; each ends with a null hook. */
extern const struct attempt attempts_file[], attempts_attr[], attempts_exec[], attempts_net[],
	attempts_guard[], attempts_preset[];

/* A hook that no act could show to be lost, and why. Ends with a null one. */
extern const struct unshown {
	const char *hook;
	const char *why;
} hooks_unshown[];

/* Sockets of the task that isn't confined. */
#define DOCTOR_STREAM	DOCTOR_DIR "/docker.sock"
#define DOCTOR_DATAGRAM	DOCTOR_DIR "/containerd.sock"

/* An attribute that a file has. */
#define DOCTOR_XATTR	"trusted.bulkhead"

/* A device of the tasks' network namespace, of as many queues as one likes. */
#define DOCTOR_TUN	"doctor0"
#define DOCTOR_TUN_FLAGS (IFF_TUN | IFF_NO_PI | IFF_MULTI_QUEUE)

/* Without this, opening the device would have the kernel load a module. */
#define TUN_CLASS	"/sys/class/misc/tun"

/* What a forming task executes, to be confined by: opens a file, and says how that went. */
#define FORMING_OPERAND "@forming"
int attempt_formed(void);

#endif /* BULKHEAD_ATTEMPT_H */
