// SPDX-License-Identifier: GPL-2.0-only
/*
 * What the containers' processes do: acts that both policies forbid, and acts
 * that both allow. A forbidden act is counted before and after it, so that
 * whoever is killed in between is known to be in doubt.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "addr.h"
#include "storm.h"

struct tally *tally;

int tally_map(void)
{
	return map_shared(TALLY, sizeof(*tally), (void **)&tally);
}

static bool is_shortage(int error)
{
	return error == ENOMEM || error == ENOBUFS || error == EAGAIN;
}

/* Whoever eats memory finds none, wherever there is some for others. */
static bool hungry;

/* Memory was short when what is done now began; it may be there again by its end. */
static bool scarce;

static void starve(void)
{
	tally->starved++;
	if (!hungry && !scarce && !tally->scarce)
		tally->unfit++;
}

static void wrong(_Atomic unsigned long *which, int act, int error)
{
	(*which)++;
	tally->wrong_act = act;
	tally->wrong_error = error;
}

/* After tally->begun++ and the act. */
static void forbidden(int act, int error)
{
	if (error == EACCES) {
		tally->refused++;
		return;
	}
	tally->begun--;
	if (is_shortage(error))
		starve();
	else
		wrong(&tally->let_through, act, error);
}

static void allowed(int act, int error)
{
	if (!error)
		tally->worked++;
	else if (is_shortage(error))
		starve();
	else
		wrong(&tally->held_back, act, error);
}

static int try_open(const char *path)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);

	if (fd < 0)
		return errno;
	close(fd);
	return 0;
}

static int try_connect(int type, int port)
{
	struct sockaddr_storage to = addr("127.0.0.1", port);
	int fd = socket(AF_INET, type | SOCK_CLOEXEC, 0);
	struct linger now = { 1, 0 };
	int error;

	if (fd < 0)
		return errno;
	error = connect(fd, (void *)&to, addr_len(&to)) ? errno : 0;
	/* A reset leaves no port waiting. */
	setsockopt(fd, SOL_SOCKET, SO_LINGER, &now, sizeof(now));
	close(fd);
	return error;
}

/* Return: the exit status of @program, or the errno that kept it from running. */
static int try_exec(const char *program, const char *word, const char *argument)
{
	pid_t pid = fork();
	int status;

	if (pid < 0)
		return errno;
	if (!pid) {
		execl(program, program, word, argument, NULL);
		_exit(errno);
	}
	while (waitpid(pid, &status, 0) < 0)
		;
	return WIFEXITED(status) ? WEXITSTATUS(status) : EINTR;
}

static void open_files(unsigned int *seed)
{
	(void)seed;
	allowed('o', try_open(PUBLIC));
	tally->begun++;
	forbidden('O', try_open(SECRET));
	tally->begun++;
	forbidden('D', mkdir(NOWHERE, 0755) ? errno : 0);
}

static void connect_tcp(unsigned int *seed)
{
	(void)seed;
	allowed('t', try_connect(SOCK_STREAM, 443));
	tally->begun++;
	forbidden('T', try_connect(SOCK_STREAM, 8080));
}

static void connect_udp(unsigned int *seed)
{
	(void)seed;
	allowed('u', try_connect(SOCK_DGRAM, 53));
	tally->begun++;
	forbidden('U', try_connect(SOCK_DGRAM, 9000));
}

static void execute(unsigned int *seed)
{
	(void)seed;
	allowed('x', try_exec(HELPER, "exit", "0"));
	tally->begun++;
	forbidden('X', try_exec(FORBIDDEN, "exit", "0"));
	tally->begun++;
	forbidden('R', try_exec(HELPER, "read", SECRET));
}

/* A child dies in the middle of what it does. */
static void die(unsigned int *seed)
{
	pid_t pid = fork();

	if (pid < 0) {
		starve();
		return;
	}
	while (!pid)
		open_files(seed);
	usleep(rand_r(seed) % 4000);
	tally->killed++;
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
}

#define PAUSE_US 200000

int act_work(const struct args *a)
{
	static void (*const acts[])(unsigned int *) = {
		open_files, connect_tcp, open_files, connect_udp, open_files, execute, die,
	};
	unsigned int seed = a->n[0];
	double end = seconds() + (1 + seed % 4) * slowness();
	int error = tally_map();

	if (error)
		return error;
	/*
	 * Sixty-four that never pause would leave nothing to the weather; where
	 * all is slow, each act takes longer, and so does what it waits for.
	 */
	while (!tally->stop && seconds() < end) {
		scarce = tally->scarce;
		acts[rand_r(&seed) % ARRAY_SIZE(acts)](&seed);
		usleep(rand_r(&seed) % (PAUSE_US * slowness() * slowness()));
	}
	return 0;
}

int act_read_there(const struct args *a)
{
	cpu_set_t cpus;

	CPU_ZERO(&cpus);
	CPU_SET(a->n[0], &cpus);
	if (sched_setaffinity(0, sizeof(cpus), &cpus))
		return errno;
	return try_open(SECRET);
}

#define GULP	(256 << 10)

/* Return: 0 or an errno. */
static int eat(void)
{
	void *more = mmap(NULL, GULP, PROT_READ | PROT_WRITE,
			  MAP_PRIVATE | MAP_ANONYMOUS | MAP_POPULATE, -1, 0);

	return more == MAP_FAILED ? errno : 0;
}

static void open_forbidden(unsigned int n)
{
	while (n--) {
		tally->begun++;
		forbidden('F', try_open(SECRET));
	}
}

int act_flood(const struct args *a)
{
	int error = tally_map();

	if (!error)
		open_forbidden(a->n[0]);
	return error;
}

/* Goes on until it is killed for it; acts seldom if n[0] says so. */
int act_hog(const struct args *a)
{
	unsigned int seed = a->n[0], gulps;
	int error = tally_map();

	if (error)
		return error;
	hungry = true;
	if (!a->n[0])
		open_forbidden(1000);
	for (gulps = 0; !error; gulps++) {
		if (!a->n[0] || gulps % 16 == 0)
			open_files(&seed);
		error = eat();
	}
	return error;
}
