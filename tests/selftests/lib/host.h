/* SPDX-License-Identifier: GPL-2.0-only */
/* The host around the tests: files, commands, the module, the policies. */
#ifndef SELFTEST_HOST_H
#define SELFTEST_HOST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* A tmpfs of its own, gone at the end: policies can name fixed paths. */
#define TOP		"/srv/t"
#define POLICIES	TOP "/policies"
#define CGROUPS		"/sys/fs/cgroup"
#define ARMED		"/sys/module/bulkhead/parameters/armed"

#define ARRAY_SIZE(a)	(sizeof(a) / sizeof((a)[0]))

/* Mount TOP, make sure of cgroup2 and of the module. */
void host_begin(void);
void host_end(void);

/* All of these bail out when they fail. */
void make_dir(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
void put_file(const char *path, const char *text);

/* Files below @top with the folders on the way; "a/." is the folder alone. */
void make_files(const char *top, const char *const *files, unsigned int n);
void copy_self(const char *path);
void mount_at(const char *source, const char *target, const char *type,
	      unsigned long flags, const char *data);

/*
 * Copy the content of a file; the descriptor stays where the copy ends. One
 * that couldn't be had, -1, is refused with the errno of that.
 * Return: 0 or an errno.
 */
int copy_to(const char *path, int fd);

/* Return: 0 or an errno. */
int write_file(const char *path, const char *text);
int read_file(const char *path, char *text, size_t size);

/*
 * Run a command to its end. Its two outputs go to @out, truncated.
 * Return: exit status, 128 + signal, or 127 if it can't be executed.
 */
int run(char *out, size_t size, const char *const argv[]);
#define RUN(out, ...) run(out, sizeof(out), (const char *const[]){ __VA_ARGS__, NULL })

/* What begins with @magic is run by @interpreter, until binfmt_close(). */
void binfmt_open(void);
void binfmt_add(const char *name, const char *magic, const char *interpreter);
void binfmt_close(void);

/* Return: 0 or the exit status of the tool. */
int module_insert(void);
int module_remove(void);
bool module_loaded(void);

/*
 * How many times as long everything takes here: kernels that look for mistakes
 * are slow. All that is waited for with a limit has that much more time.
 */
unsigned int slowness(void);

/* Map a file that processes share, for reading and writing. Return: 0 or an errno. */
int map_shared(const char *path, size_t size, void **at);

double seconds(void);
void sleep_ms(unsigned int ms);

/*
 * Write @yaml as a policy file and apply all those written so far; bails out
 * unless `bulkhead apply` succeeds. The name is the file's, without ".yaml".
 */
void apply(const char *name, const char *yaml);

/* Only write it, for the next apply() to take along. */
void add_policy(const char *name, const char *yaml);

/* The same as apply(). Return: all that is in force then, as the kernel has it. */
void *apply_image(const char *name, const char *yaml, size_t *size);

/* The same as apply() without the bail-out. Return: exit status of the command. */
int try_apply(const char *name, const char *yaml);
void forget_policies(void);

/* The generation that the last apply() made. */
extern uint64_t generation;

/* Line of policy @name that holds @text, from 1; 0: none, bails if several. */
unsigned int policy_line(const char *name, const char *text, char *line,
			 size_t size);

#endif /* SELFTEST_HOST_H */
