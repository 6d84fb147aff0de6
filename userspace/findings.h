/* SPDX-License-Identifier: GPL-2.0-only */
/* What `bulkhead doctor` found, for people and for programs. */
#ifndef BULKHEAD_FINDINGS_H
#define BULKHEAD_FINDINGS_H

#include "attempt.h"
#include "blob.h"

#define FINDINGS_MAX 128

enum outcome {
	OUTCOME_STOPPED,	/* inside, with its event; and not outside */
	OUTCOME_FAILED,
	OUTCOME_UNTRIED,	/* the host does it for nobody, or another policy was first */
};

/**
 * struct finding - how an attempt went
 * @inside, @outside: errno, or 0
 * @policy, @rule: of the event; empty if none came
 * @why: it failed; empty if not
 */
struct finding {
	const struct attempt *attempt;
	enum outcome outcome;
	int inside;
	int outside;
	char policy[BKH_NAME_MAX];
	char rule[256];
	char why[128];
};

/**
 * struct findings - of one run
 * @count: by outcome
 * @seconds: that the attempts took
 */
struct findings {
	struct finding list[FINDINGS_MAX];
	size_t n;
	size_t count[3];
	unsigned int hooks_planted;
	unsigned int hooks_wanted;
	double seconds;
};

/* Decided by the doctor's own policy. */
bool finding_is_ours(const struct finding *f);

/* Return: the exit status that they come to. */
int findings_print(const struct findings *found);
int findings_print_json(const struct findings *found);

#endif /* BULKHEAD_FINDINGS_H */
