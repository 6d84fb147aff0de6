/* SPDX-License-Identifier: GPL-2.0-only */
/* Events of the module: listening, waiting, and comparing with what is due. */
#ifndef SELFTEST_EVENT_H
#define SELFTEST_EVENT_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/socket.h>
#include <sys/types.h>

struct event {
	bool audited;			/* came on the group of audits */
	uint8_t verdict, reason;
	uint16_t act, family, type, protocol, port;
	uint32_t rule_line, perms, capability, pid, target;
	uint64_t cgroup, generation, time, sequence;
	char policy[64], file[256], text[256], comm[32];
	unsigned char address[16];
	unsigned int address_len, path_len;
	char path[4200];
};

/*
 * What an event has to say. What is zero here is not compared, except that
 * policy, rule, act, pid, cgroup and generation always are.
 */
struct want {
	const char *policy;
	const char *rule;	/* a part of the line that holds the rule */
	uint16_t act;
	uint8_t verdict;	/* 0: denied */
	uint8_t reason;
	uint32_t perms;
	pid_t pid;
	uint64_t cgroup;
	const char *path;	/* ANY_PATH: not compared */
	int capability;		/* compared if the act is CAPABLE */
	uint16_t family, type, protocol;
	struct sockaddr_storage addr;
	pid_t target;
};

extern const char ANY_PATH[];

/* The acting thread is one whose number the test can't know. */
#define ANY_PID		((pid_t)-1)

/* Bails out when it can't listen. The suite's events are those from here on. */
void events_open(void);
void events_close(void);

/* The next event of the suite. Return: false when none came within @ms. */
bool event_next(struct event *e, unsigned int ms);

/* Forget what is waiting. Return: how many there were. */
unsigned int events_drop(unsigned int ms);

/* Return: whether @e says what @w wants; differences go to diag(). */
bool event_is(const struct event *e, const struct want *w);

/* Take the next event and compare it. */
bool event_wanted(const struct want *w);

void event_show(const struct event *e);

#endif /* SELFTEST_EVENT_H */
