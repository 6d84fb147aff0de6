// SPDX-License-Identifier: GPL-2.0-only
/* What the demo's attacker tries from inside of the container, and the servers that he tries to reach. */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <elf.h>
#include <errno.h>
#include <fcntl.h>
#include <net/if.h>
#include <netinet/in.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#define PATIENCE_S 5

static struct sockaddr_in address(const char *host, const char *port)
{
	struct sockaddr_in to = { .sin_family = AF_INET, .sin_port = htons(atoi(port)) };

	if (inet_pton(AF_INET, host, &to.sin_addr) != 1) {
		fprintf(stderr, "probe: not an address: %s\n", host);
		exit(2);
	}
	return to;
}

static int patient_socket(int type)
{
	struct timeval wait = { .tv_sec = PATIENCE_S };
	int fd = socket(AF_INET, type | SOCK_CLOEXEC, 0);

	if (fd < 0)
		return -errno;
	setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &wait, sizeof(wait));
	setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &wait, sizeof(wait));
	return fd;
}

/* Sends @say, and wants an answer that begins with @hear. */
static int talk(int type, const char *host, const char *port, const char *say, const char *hear)
{
	struct sockaddr_in to = address(host, port);
	char answer[64] = "";
	ssize_t n;
	int fd = patient_socket(type);
	int ret = 0;

	if (fd < 0)
		return fd;
	if (connect(fd, (struct sockaddr *)&to, sizeof(to)) || send(fd, say, strlen(say), 0) < 0)
		ret = -errno;
	else if ((n = recv(fd, answer, sizeof(answer) - 1, 0)) < 0)
		ret = -errno;
	else if (strncmp(answer, hear, strlen(hear)))
		ret = -EPROTO;
	close(fd);
	return ret;
}

static int try_tcp(char **arg)
{
	return talk(SOCK_STREAM, arg[0], arg[1], "?", "hello");
}

static int try_udp(char **arg)
{
	return talk(SOCK_DGRAM, arg[0], arg[1], "?", "hello");
}

static int try_http(char **arg)
{
	return talk(SOCK_STREAM, arg[0], arg[1], "GET / HTTP/1.0\r\n\r\n", "HTTP/1.1 200 ");
}

static int try_read(char **arg)
{
	int fd = open(arg[0], O_RDONLY | O_CLOEXEC);
	char byte;
	int ret;

	if (fd < 0)
		return -errno;
	ret = read(fd, &byte, 1) < 0 ? -errno : 0;
	close(fd);
	return ret;
}

/* The smallest program of its own that does something: exit(0). */
static const struct {
	Elf64_Ehdr head;
	Elf64_Phdr load;
	unsigned char code[9];
} __attribute__((packed)) dropped = {
	.head = {
		.e_ident = { ELFMAG0, ELFMAG1, ELFMAG2, ELFMAG3, ELFCLASS64, ELFDATA2LSB, EV_CURRENT },
		.e_type = ET_EXEC,
		.e_machine = EM_X86_64,
		.e_version = EV_CURRENT,
		.e_entry = 0x400000 + sizeof(Elf64_Ehdr) + sizeof(Elf64_Phdr),
		.e_phoff = sizeof(Elf64_Ehdr),
		.e_ehsize = sizeof(Elf64_Ehdr),
		.e_phentsize = sizeof(Elf64_Phdr),
		.e_phnum = 1,
	},
	.load = {
		.p_type = PT_LOAD,
		.p_flags = PF_R | PF_X,
		.p_vaddr = 0x400000,
		.p_filesz = sizeof(dropped),
		.p_memsz = sizeof(dropped),
		.p_align = 0x1000,
	},
	/* xor edi, edi; mov eax, SYS_exit; syscall */
	.code = { 0x31, 0xff, 0xb8, 0x3c, 0x00, 0x00, 0x00, 0x0f, 0x05 },
};

static int try_drop(char **arg)
{
	int fd = open(arg[0], O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0755);
	int ret;

	if (fd < 0)
		return -errno;
	ret = write(fd, &dropped, sizeof(dropped)) != sizeof(dropped) ? -errno : 0;
	close(fd);
	return ret;
}

static int try_exec(char **arg)
{
	int status;
	pid_t pid = fork();

	if (pid < 0)
		return -errno;
	if (!pid) {
		execl(arg[0], arg[0], NULL);
		_exit(errno);
	}
	if (waitpid(pid, &status, 0) < 0)
		return -errno;
	return WIFEXITED(status) ? -WEXITSTATUS(status) : -EINTR;
}

/* Sets the loopback's MTU to what it is: harmless, yet it takes CAP_NET_ADMIN. */
static int try_netadmin(char **arg)
{
	struct ifreq req = { .ifr_name = "lo" };
	int fd = patient_socket(SOCK_DGRAM);
	int ret;

	(void)arg;
	if (fd < 0)
		return fd;
	ret = ioctl(fd, SIOCGIFMTU, &req) || ioctl(fd, SIOCSIFMTU, &req) ? -errno : 0;
	close(fd);
	return ret;
}

static const struct attempt {
	const char *name;
	int args;
	int (*try)(char **arg);
} attempts[] = {
	{ "tcp", 2, try_tcp },
	{ "udp", 2, try_udp },
	{ "http", 2, try_http },
	{ "read", 1, try_read },
	{ "drop", 1, try_drop },
	{ "exec", 1, try_exec },
	{ "netadmin", 0, try_netadmin },
};

static const struct attempt *attempt_of(const char *name)
{
	size_t i;

	for (i = 0; i < sizeof(attempts) / sizeof(attempts[0]); i++)
		if (!strcmp(attempts[i].name, name))
			return &attempts[i];
	return NULL;
}

/* ID ACT ARGUMENT... and so on; prints "ID ok" or "ID ERRNO" for each. */
static int try_all(char **arg)
{
	const struct attempt *a;
	const char *id;
	int i, ret;

	while (*arg) {
		id = *arg++;
		a = *arg ? attempt_of(*arg++) : NULL;
		for (i = 0; a && i < a->args; i++)
			if (!arg[i])
				a = NULL;
		if (!a) {
			fprintf(stderr, "probe: %s: no such attempt\n", id);
			return 2;
		}
		ret = a->try(arg);
		printf("%s %s\n", id, ret ? strerrorname_np(-ret) : "ok");
		fflush(stdout);
		arg += a->args;
	}
	return 0;
}

static void serve_tcp(int fd)
{
	for (;;) {
		int client = accept(fd, NULL, NULL);

		if (client < 0)
			continue;
		if (write(client, "hello\n", 6) < 0)
			perror("probe: write");
		shutdown(client, SHUT_WR);
		close(client);
	}
}

static void serve_udp(int fd)
{
	struct sockaddr_in from;
	char byte;

	for (;;) {
		socklen_t len = sizeof(from);

		if (recvfrom(fd, &byte, 1, 0, (struct sockaddr *)&from, &len) >= 0)
			sendto(fd, "hello\n", 6, 0, (struct sockaddr *)&from, len);
	}
}

static int serve(char **arg)
{
	struct sockaddr_in at = address(arg[1], arg[2]);
	bool tcp = !strcmp(arg[0], "tcp");
	int fd = socket(AF_INET, tcp ? SOCK_STREAM : SOCK_DGRAM, 0);

	if (fd < 0 || bind(fd, (struct sockaddr *)&at, sizeof(at)) || (tcp && listen(fd, 8))) {
		perror("probe: serve");
		return 1;
	}
	if (daemon(0, 0))
		return 1;
	if (tcp)
		serve_tcp(fd);
	else
		serve_udp(fd);
	return 0;
}

int main(int argc, char **argv)
{
	if (argc == 5 && !strcmp(argv[1], "serve"))
		return serve(argv + 2);
	return try_all(argv + 1);
}
