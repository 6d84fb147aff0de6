// SPDX-License-Identifier: GPL-2.0-only
/* bulkhead run: a command confined in a fresh cgroup, without any engine. */
#include <errno.h>
#include <getopt.h>
#include <signal.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <json-c/json.h>

#include "cgroup_arg.h"
#include "lib/cleanup.h"
#include "output.h"

/* Groups of this command live below one of their own. */
#define PARENT "/bulkhead"

/* As shells have it. */
#define EXIT_CANT_EXECUTE 126
#define EXIT_NOT_FOUND 127
#define EXIT_BY_SIGNAL 128

/* Handed on to the command; those of the terminal reach it by themselves. */
static const int forwarded[] = { SIGHUP, SIGINT, SIGQUIT, SIGTERM, SIGUSR1, SIGUSR2, SIGWINCH };

#define N_FORWARDED (sizeof(forwarded) / sizeof(forwarded[0]))

struct session {
	struct client c;
	struct cgroup cg;
	const char *policy;
	bool bound;
};

/*
 * All that is left in the group ends with the command, and only then is the
 * binding dropped: nothing may outlive it unconfined.
 */
static void session_end(struct session *s)
{
	int err = 0;

	if (s->cg.dir) {
		err = cgroup_kill(&s->cg);
		if (!err && s->bound)
			client_unbind(&s->c, s->cg.id);
		if (!err)
			err = cgroup_remove(&s->cg);
	}
	if (err && err != -ENOENT) {
		warn("can't remove %s: %s", s->cg.dir, strerror(-err));
		advise("what is in it stays confined; remove it later: rmdir %s", s->cg.dir);
	}
	cgroup_clear(&s->cg);
	client_close(&s->c);
}

static int make_parent(const char *mount)
{
	struct cgroup parent cleanup_with(cgroup_clear) = { 0 };
	int err = cgroup_create(&parent, mount, PARENT);

	return err == -EEXIST ? 0 : err;
}

static int make_cgroup(struct session *s)
{
	char *mount cleanup_free = NULL;
	char path[64];
	int err, status = find_mount(&mount);

	if (status)
		return status;
	snprintf(path, sizeof(path), PARENT "/run-%d", (int)getpid());
	err = make_parent(mount);
	if (!err)
		err = cgroup_create(&s->cg, mount, path);
	if (!err)
		return STATUS_OK;
	complain(STATUS_REFUSED, "can't make cgroup %s%s: %s", mount, path, strerror(-err));
	advise("is cgroup v2 mounted writable at %s, and are you root?", mount);
	return STATUS_REFUSED;
}

static int bind_cgroup(struct session *s)
{
	int err = client_bind(&s->c, s->cg.id, s->policy);

	s->bound = !err;
	return err ? complain_client(&s->c, err, "can't bind") : STATUS_OK;
}

/* In the child. What it executes is the first act that the policy judges. */
static void __attribute__((noreturn))
execute(const struct session *s, char **argv, const sigset_t *mask)
{
	int err = cgroup_enter(&s->cg);

	if (err) {
		complain(0, "can't enter %s: %s", s->cg.dir, strerror(-err));
		_exit(EXIT_CANT_EXECUTE);
	}
	sigprocmask(SIG_SETMASK, mask, NULL);
	execvp(argv[0], argv);
	err = errno;
	complain(0, "can't execute '%s': %s", argv[0], strerror(err));
	if (err == EACCES || err == EPERM)
		advise("does the policy allow it? Ask: bulkhead explain --policy %s exec PATH",
		       s->policy);
	_exit(err == ENOENT ? EXIT_NOT_FOUND : EXIT_CANT_EXECUTE);
}

static int exit_status(int wstatus)
{
	return WIFSIGNALED(wstatus) ? EXIT_BY_SIGNAL + WTERMSIG(wstatus) : WEXITSTATUS(wstatus);
}

/* Waits for the child; hands on what other processes, not the terminal, send. */
static int attend(pid_t pid, const sigset_t *set)
{
	siginfo_t info;
	int wstatus;
	pid_t done;

	for (;;) {
		done = waitpid(pid, &wstatus, WNOHANG);
		if (done == pid)
			return exit_status(wstatus);
		if (done < 0 && errno != EINTR)
			return complain(STATUS_REFUSED, "can't wait: %s", strerror(errno));
		if (sigwaitinfo(set, &info) > 0 && info.si_signo != SIGCHLD &&
		    info.si_code != SI_KERNEL)
			kill(pid, info.si_signo);
	}
}

static int spawn(const struct session *s, char **argv, pid_t *pid)
{
	sigset_t set, before;
	size_t i;

	sigemptyset(&set);
	sigaddset(&set, SIGCHLD);
	for (i = 0; i < N_FORWARDED; i++)
		sigaddset(&set, forwarded[i]);
	sigprocmask(SIG_BLOCK, &set, &before);
	fflush(NULL);
	*pid = fork();
	if (*pid < 0)
		return complain(STATUS_REFUSED, "can't fork: %s", strerror(errno));
	if (!*pid)
		execute(s, argv, &before);
	return attend(*pid, &set);
}

/* Stdout is the command's: the report goes to stderr. */
static void report(const struct session *s, pid_t pid, int status)
{
	struct json_object *obj = json_object_new_object();

	json_add(obj, "policy", s->policy);
	json_add(obj, "cgroup", s->cg.path);
	json_add_number(obj, "cgroup_id", s->cg.id);
	json_add_number(obj, "pid", pid);
	json_add_number(obj, "status", status);
	fprintf(stderr, "%s\n",
		json_object_to_json_string_ext(obj, JSON_C_TO_STRING_NOSLASHESCAPE));
	json_object_put(obj);
}

static int run_run(int argc, char **argv)
{
	struct session s cleanup_with(session_end) = { 0 };
	int status = no_flags(&cmd_run, argc, argv);
	pid_t pid = 0;
	int at;

	if (status >= 0)
		return status;
	at = optind + 1;
	if (at < argc && !strcmp(argv[at], "--"))
		at++;
	if (at >= argc)
		return usage_error(&cmd_run, "wants a policy and a command");
	s.policy = argv[optind];
	status = open_module(&s.c);
	if (!status)
		status = make_cgroup(&s);
	if (!status)
		status = bind_cgroup(&s);
	if (status)
		return status;
	status = spawn(&s, argv + at, &pid);
	if (want_json)
		report(&s, pid, status);
	return status;
}

const struct command cmd_run = {
	.name = "run",
	.args = "POLICY -- COMMAND [ARGUMENT]...",
	.what = "Confine a command in a fresh cgroup, without any container engine.\n"
		"\n"
		"The exit status is the command's, or 128 and its signal's number; 126: it can't be\n"
		"executed; 127: it isn't there. What it leaves running is killed when it ends.",
	.passes_on = true,
	.run = run_run,
};
