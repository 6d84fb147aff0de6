/* SPDX-License-Identifier: GPL-2.0-only */
/* An engine of the host's, root and obedient: it runs each line it is sent. */
#ifndef SELFTEST_ESCAPE_ENGINE_H
#define SELFTEST_ESCAPE_ENGINE_H

#include <stdbool.h>

/* Listen at a path, or at an abstract name if it begins with '@'. */
void engine_start(const char *name);
void engine_stop(void);

/* Have it run a command. Return: 0 or an errno. */
int engine_ask(const char *name, const char *command);

#endif /* SELFTEST_ESCAPE_ENGINE_H */
