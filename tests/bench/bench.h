/* SPDX-License-Identifier: GPL-2.0-only */
/* What the parts of the bench share: operations, rivals that a process puts on itself, and proof that they hold. */
#ifndef BENCH_H
#define BENCH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define ARRAY_SIZE(a) (sizeof(a) / sizeof((a)[0]))

/* What is opened: 5 and 12 components, 5 on overlayfs; what is made and removed; what nobody may open. */
#define FILE_5		"/srv/www/htdocs/assets/style.css"
/* A file for each CPU: this and its number. */
#define FILE_OWN	FILE_5 "."
#define FILE_12		"/srv/www/htdocs/assets/vendor/bootstrap/dist/css/themes/dark/compiled/main.css"
#define FILE_OVERLAY	"/srv/overlay/etc/nginx/nginx.conf"
#define FILE_NEW	"/srv/www/htdocs/cache/entry.tmp"
#define FILE_LIBRARY	"/srv/www/lib/module.so"
#define FILE_SECRET	"/srv/secret/etc/shadow"
#define PROGRAM		"/srv/www/bin/true"
#define PROGRAM_SECRET	"/srv/secret/bin/true"

/* Addresses: ours, and one behind a veth device in another network namespace. Ports; nobody may connect to the last. */
#define OWN		0x0a090002U
#define OWN_TOO		0x0a090003U
#define PEER		0x0a090001U
#define PORT_TCP	443
#define PORT_UDP	53
#define PORT_SECRET	9999

/**
 * struct op - one operation to measure
 * @name: in the table
 * @reps: times it is done in a batch, which has to stay below 500,000 instructions
 * @prepare: once before, or NULL
 * @run: do it @reps times; returns how many times it counts as
 * @tidy: after each batch, not counted, or NULL
 * @named: only where it is asked for by name
 */
struct op {
	const char *name;
	int reps;
	void (*prepare)(void);
	long (*run)(int reps);
	void (*tidy)(void);
	bool named;
};

/* The CPU that -c keeps us on. */
extern int cpu;

extern const struct op ops[];
extern const size_t nr_ops;

/* ops_net.c */
void prepare_udp(void);
void prepare_stream(void);
long run_connect(int reps);
long run_udp(int reps);
long run_udp_two(int reps);
long run_pingpong(int reps);
long run_bulk(int reps);
long run_packets(int reps);
void tidy_connect(void);
bool can_connect(uint16_t port);
void serve(void) __attribute__((noreturn));

/* landlock.c: confines this process, with so many rules on files and on ports. */
void landlock_confine(int rules, int ports);

/* bpf.c: attaches a program of that kind to the process's own cgroup; it goes with the process. */
void bpf_confine(const char *kind);

/* Instructions since some point: under -icount shift=0 the time stamp counter counts them. */
static inline uint64_t instructions(void)
{
	uint32_t low, high;

	__asm__ __volatile__("lfence; rdtsc" : "=a"(low), "=d"(high) : : "memory");
	return (uint64_t)high << 32 | low;
}

/* Says what failed and ends the program. */
void die(const char *format, ...) __attribute__((format(printf, 1, 2), noreturn));

#endif /* BENCH_H */
