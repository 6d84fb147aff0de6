/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Published ways to break out of a container, each a row or more: what the
 * container was given, what the attacker in it does, and how the host tells
 * that he got out.
 */
#ifndef SELFTEST_ESCAPE_H
#define SELFTEST_ESCAPE_H

#include <stddef.h>
#include <linux/bulkhead.h>

#include "container.h"
#include "host.h"

/**
 * struct escape - one way out
 * @name: what is done
 * @spec: the container
 * @prepare: the host before the container is there; may set the arguments
 * @during: the host when the container runs; may set the arguments
 * @attempt: the attacker, in a process of the container. Returns 0 only if he
 *	got all that he was after, or the errno of the step that failed
 * @scene: the same played by the host's side, where a runtime takes part
 * @escaped: the host looks whether it was touched; NULL: what the attacker has
 *	learnt is the proof
 * @restore: the host cleans up
 * @policy: NULL: all presets, nothing else
 * @error: what the attacker gets under the policy
 * @act: of the first event
 * @rule: that it names
 * @reason: likewise; 0: a preset
 */
struct escape {
	const char *name;
	struct container_spec spec;
	void (*prepare)(struct args *a);
	void (*during)(struct box *b, struct args *a);
	act_fn attempt;
	int (*scene)(struct box *b, const struct args *a);
	bool (*escaped)(void);
	void (*restore)(void);
	const char *policy;
	int error;
	uint16_t act;
	const char *rule;
	uint8_t reason;
};

/* Each file has one, ended by an empty row. */
#define TECHNIQUES(x)							\
	x(bpf_map), x(binfmt), x(btrfs_tree), x(cgroup_move), x(core_pattern),		\
	x(dev_mem), x(docker_sock), x(environ_steal), x(fanotify), x(host_keys),	\
	x(io_uring_ring), x(kcore), x(kexec), x(kill_host),		\
	x(leaked_workdir), x(metadata), x(mknod_disk),			\
	x(modprobe_path), x(module_load), x(mount_disk),		\
	x(pidfd_getfd), x(proc_exe), x(proc_mem), x(proc_root),		\
	x(ptrace_host), x(release_agent), x(setns_host), x(setown),	\
	x(shim_socket), x(shocker), x(sysrq), x(tiocsti),		\
	x(tracing), x(uevent), x(userns_mount), x(vm_writev), x(xfs_handle)

#define ARRAY(name) name[]
extern const struct escape TECHNIQUES(ARRAY);

/* What a program of the attacker's leaves if the host ever runs it. */
#define OWNED		TOP "/owned"
#define PAYLOAD		"/payload"
#define HOST_PAYLOAD	CONTAINER_ROOT PAYLOAD

/* In the container: write the program. Return: 0 or an errno. */
int drop_payload(void);

/* On the host: it ran. */
bool owned(void);

/* A file of the host's that no container was given. */
#define SECRET		TOP "/secret"
#define SECRET_TEXT	"the host's secret\n"
#define SPOILT_TEXT	"spoilt\n"
void make_secret(struct args *a);
bool secret_spoilt(void);

/* Return: 0 if @text is the secret, else EIO. */
int is_secret(const char *text);

/*
 * A process of the host that minds its business: the suite's own program, so
 * whoever can write to it knows where. Its number comes as n[0].
 */
void victim_start(struct args *a);
void victim_stop(void);
bool victim_is_dead(void);

/* Its memory: a word, and a function that it would never call. */
extern volatile long victim_word;
#define SPOILT_WORD	0x5eed
bool victim_word_spoilt(void);
void victim_confesses(void);

/* A disk of the host's: ext2 on a ram disk, mounted, with the secret on it. */
#define DISK		"/dev/ram0"
#define DISK_MAJOR	1
#define DISK_MINOR	0
#define DISK_MOUNT	TOP "/disk"
#define DISK_SECRET	DISK_MOUNT "/secret"
void disk_make(struct args *a);
/* The same on a file of the host's, of another type. */
void image_make(const char *type);
void disk_remove(void);
bool disk_spoilt(void);

#endif /* SELFTEST_ESCAPE_H */
