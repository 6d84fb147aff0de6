// SPDX-License-Identifier: GPL-2.0-only
/*
 * Measures operations in guest instructions: bench [-d ACT]... [-n BATCHES] [-c CPU] CONFIGURATION [OPERATION]...
 *
 * With -m it marks the next phase for the plugin that looks for shared lines, and that is all.
 *
 * Rivals put on before: -a PROFILE of AppArmor, -l RULES (and -p PORTS) of Landlock, -b KIND of BPF program.
 *
 * Prints a line for each operation: configuration, operation, median, lowest and highest batch in hundredths of an
 * instruction, operations in a batch. With -d the act named (file, exec, capability, connect) has to be refused, those not named have to
 * succeed; else nothing gets measured, for the configuration isn't what it says.
 */
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <spawn.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "bench.h"

#define BATCHES	101
#define WARM_UP	3

static int batches = BATCHES;
int cpu;

void die(const char *format, ...)
{
	va_list args;

	fputs("bench: ", stdout);
	va_start(args, format);
	vprintf(format, args);
	va_end(args);
	putchar('\n');
	exit(1);
}

static bool can_open(void)
{
	int fd = open(FILE_SECRET, O_RDONLY);

	if (fd >= 0)
		close(fd);
	else if (errno != EACCES && errno != EPERM)
		die("open %s: %m", FILE_SECRET);
	return fd >= 0;
}

static bool can_exec(void)
{
	char *argv[] = { PROGRAM_SECRET, NULL }, *envp[] = { NULL };
	pid_t pid;

	errno = posix_spawn(&pid, PROGRAM_SECRET, NULL, NULL, argv, envp);
	if (!errno)
		return waitpid(pid, NULL, 0) == pid;
	if (errno != EACCES && errno != EPERM)
		die("spawn %s: %m", PROGRAM_SECRET);
	return false;
}

static bool can_use_capability(void)
{
	if (!sethostname("bench", 5))
		return true;
	if (errno != EPERM)
		die("sethostname: %m");
	return false;
}

static bool can_connect_secret(void)
{
	return can_connect(PORT_SECRET);
}

static const struct {
	const char *name;
	bool (*can)(void);
} acts[] = {
	{ "file", can_open },
	{ "exec", can_exec },
	{ "capability", can_use_capability },
	{ "connect", can_connect_secret },
};

/* @denied: bit by index of acts[]. */
static void prove(unsigned int denied)
{
	for (size_t i = 0; i < ARRAY_SIZE(acts); i++)
		if (acts[i].can() == (denied >> i & 1))
			die("%s is %s", acts[i].name, denied >> i & 1 ? "not refused" : "refused");
}

static unsigned int act_bit(const char *name)
{
	for (size_t i = 0; i < ARRAY_SIZE(acts); i++)
		if (!strcmp(name, acts[i].name))
			return 1U << i;
	die("no such act: %s", name);
}

static int compare(const void *a, const void *b)
{
	const uint64_t *x = a, *y = b;

	return *x < *y ? -1 : *x > *y;
}

/* The plugin knows where these are. */
__attribute__((noinline)) void mark_begin(void)
{
	__asm__ __volatile__("");
}

__attribute__((noinline)) void mark_end(void)
{
	__asm__ __volatile__("");
}

__attribute__((noinline)) void mark_next(void)
{
	__asm__ __volatile__("");
}

/* Hundredths of an instruction; what it takes to read the counter is in every configuration, and falls out of differences. */
static uint64_t batch(const struct op *op, long *times)
{
	uint64_t cost;

	mark_begin();
	cost = instructions();
	*times = op->run(op->reps);
	cost = instructions() - cost;
	mark_end();
	if (op->tidy)
		op->tidy();
	return cost * 100 / *times;
}

static void measure(const char *config, const struct op *op)
{
	uint64_t cost[BATCHES];
	long times = 1;

	if (op->prepare)
		op->prepare();
	for (int i = 0; i < WARM_UP + batches; i++)
		cost[i < WARM_UP ? 0 : i - WARM_UP] = batch(op, &times);
	qsort(cost, batches, sizeof(cost[0]), compare);
	printf("%s\t%s\t%lu\t%lu\t%lu\t%ld\n", config, op->name, cost[batches / 2], cost[0], cost[batches - 1], times);
	fflush(stdout);
}

static bool is_wanted(const struct op *op, char **names)
{
	if (!*names)
		return !op->named;
	for (; *names; names++)
		if (!strcmp(*names, op->name))
			return true;
	return false;
}

/* AppArmor changes profiles at an execution: of ourselves, once. */
static void change_profile(const char *profile, char **argv)
{
	int fd;

	if (getenv("BENCH_PROFILE"))
		return;
	setenv("BENCH_PROFILE", profile, 1);
	fd = open("/proc/self/attr/apparmor/exec", O_WRONLY);
	if (fd < 0 || dprintf(fd, "exec %s", profile) < 0)
		die("profile %s: %m", profile);
	close(fd);
	execv("/proc/self/exe", argv);
	die("execution under profile %s: %m", profile);
}

static void stay_on(const char *number)
{
	cpu_set_t set;

	cpu = atoi(number);
	CPU_ZERO(&set);
	CPU_SET(cpu, &set);
	if (sched_setaffinity(0, sizeof(set), &set))
		die("CPU %d: %m", cpu);
}

int main(int argc, char **argv)
{
	unsigned int denied = 0;
	int rules = 0, ports = 0;
	const char *config;
	int opt;

	while ((opt = getopt(argc, argv, "a:b:c:d:l:mn:p:s")) != -1) {
		if (opt == 's')
			serve();
		else if (opt == 'a')
			change_profile(optarg, argv);
		else if (opt == 'c')
			stay_on(optarg);
		else if (opt == 'b')
			bpf_confine(optarg);
		else if (opt == 'l')
			rules = atoi(optarg);
		else if (opt == 'p')
			ports = atoi(optarg);
		else if (opt == 'm') {
			mark_next();
			return 0;
		} else if (opt == 'n')
			batches = atoi(optarg);
		else if (opt == 'd')
			denied |= act_bit(optarg);
		else
			return 2;
	}
	config = argv[optind];
	if (!config || batches < 1 || batches > BATCHES)
		die("see the head of bench.c");
	if (rules)
		landlock_confine(rules, ports);
	prove(denied);
	for (size_t i = 0; i < nr_ops; i++)
		if (is_wanted(&ops[i], argv + optind + 1))
			measure(config, &ops[i]);
	return 0;
}
