// SPDX-License-Identifier: GPL-2.0-only
/* Control groups by path, by container id, by number. */
#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "cgroup.h"
#include "cleanup.h"

/* Docker and Podman print twelve digits; fewer than four is a typing error. */
#define ID_MIN		12
#define PREFIX_MIN	4

/* Deeper than any engine nests; symlinks don't exist there. */
#define TREE_DEPTH_MAX	32

/* A killed task that isn't gone by then hangs in the kernel. */
#define KILL_WAIT_MS	10000
#define KILL_PAUSE_MS	10

void cgroup_clear(struct cgroup *cg)
{
	free(cg->dir);
	*cg = (struct cgroup){ 0 };
}

/* mountinfo writes blanks as \ooo. */
static void unescape_octal(char *s)
{
	char *out = s;

	for (; *s; s++) {
		if (s[0] == '\\' && s[1] >= '0' && s[1] <= '3' && s[2] >= '0' && s[2] <= '7' &&
		    s[3] >= '0' && s[3] <= '7') {
			*out++ = (s[1] - '0') << 6 | (s[2] - '0') << 3 | (s[3] - '0');
			s += 3;
		} else {
			*out++ = *s;
		}
	}
	*out = '\0';
}

/* "36 25 0:31 / /sys/fs/cgroup rw shared:9 - cgroup2 cgroup2 rw" */
static char *mount_of_line(char *line)
{
	char *fields[5], *save = NULL, *type;
	size_t i;

	type = strstr(line, " - ");
	if (!type || strncmp(type + 3, "cgroup2 ", 8))
		return NULL;
	for (i = 0; i < 5; i++) {
		fields[i] = strtok_r(i ? NULL : line, " ", &save);
		if (!fields[i])
			return NULL;
	}
	if (strcmp(fields[3], "/"))
		return NULL;
	unescape_octal(fields[4]);
	return fields[4];
}

int cgroup_mount_parse(FILE *mountinfo, char **mount)
{
	char *line cleanup_free = NULL;
	size_t size = 0;
	char *found;

	while (getline(&line, &size, mountinfo) > 0) {
		found = mount_of_line(line);
		if (!found)
			continue;
		found = strdup(found);
		if (!found)
			return -ENOMEM;
		*mount = found;
		return 0;
	}
	return -ENOENT;
}

int cgroup_mount(char **mount)
{
	FILE *f cleanup_file = fopen("/proc/self/mountinfo", "re");

	return f ? cgroup_mount_parse(f, mount) : -errno;
}

int cgroup_id(const char *dir, uint64_t *id)
{
	union {
		struct file_handle handle;
		char space[sizeof(struct file_handle) + MAX_HANDLE_SZ];
	} u = { .handle.handle_bytes = MAX_HANDLE_SZ };
	int mount_id;

	if (name_to_handle_at(AT_FDCWD, dir, &u.handle, &mount_id, 0))
		return -errno;
	if (u.handle.handle_bytes != sizeof(*id))
		return -ENOTDIR;
	memcpy(id, u.handle.f_handle, sizeof(*id));
	return 0;
}

/* As <linux/exportfs.h> has it; the kernel takes no other for a cgroup. */
#define FILEID_KERNFS 0xfe

static int open_by_id(const char *mount, uint64_t id)
{
	union {
		struct file_handle handle;
		char space[sizeof(struct file_handle) + sizeof(id)];
	} u = { .handle = { .handle_bytes = sizeof(id), .handle_type = FILEID_KERNFS } };
	int root cleanup_close = open(mount, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	memcpy(u.handle.f_handle, &id, sizeof(id));
	return root < 0 ? -1 : open_by_handle_at(root, &u.handle, O_PATH | O_CLOEXEC);
}

char *cgroup_path_of(const char *mount, uint64_t id)
{
	int fd cleanup_close = open_by_id(mount, id);
	char link[64], path[PATH_MAX];
	size_t root = strlen(mount);
	ssize_t len;

	if (fd < 0)
		return NULL;
	snprintf(link, sizeof(link), "/proc/self/fd/%d", fd);
	len = readlink(link, path, sizeof(path) - 1);
	if (len < 0 || (size_t)len < root || memcmp(path, mount, root))
		return NULL;
	path[len] = 0;
	return strdup(path[root] ? path + root : "/");
}

/* @path starts with a slash; trailing ones are dropped. */
static int open_cgroup(struct cgroup *out, const char *mount, const char *path)
{
	struct cgroup cg cleanup_with(cgroup_clear) = { 0 };
	size_t root = strlen(mount), len;
	int err;

	if (asprintf(&cg.dir, "%s%s", mount, path) < 0) {
		cg.dir = NULL;
		return -ENOMEM;
	}
	for (len = strlen(cg.dir); len > root + 1 && cg.dir[len - 1] == '/'; len--)
		cg.dir[len - 1] = '\0';
	err = cgroup_id(cg.dir, &cg.id);
	if (err)
		return err;
	cg.path = cg.dir + root;
	*out = cg;
	cg = (struct cgroup){ 0 };
	return 0;
}

const char *cgroup_container_id(const char *name, size_t *len)
{
	const char *end = strrchr(name, '.');
	const char *start, *p;

	if (strstr(name, "conmon"))
		return NULL;
	if (!end || strcmp(end, ".scope"))
		end = name + strlen(name);
	for (start = end; start > name && start[-1] != '-'; start--)
		;
	for (p = start; p < end; p++)
		if (!isxdigit((unsigned char)*p))
			return NULL;
	if (end - start < ID_MIN)
		return NULL;
	*len = end - start;
	return start;
}

/* A search for the one container whose id starts with a prefix. */
struct search {
	const char *prefix;
	char path[PATH_MAX];	/* where the walk is, below the mount */
	char *found;
	char *other;
};

static int search_hit(struct search *s)
{
	char **slot = s->found ? &s->other : &s->found;

	*slot = strdup(s->path);
	if (!*slot)
		return -ENOMEM;
	return s->other ? -ENOTUNIQ : 0;
}

static int search_dir(struct search *s, int parent, const char *name, int depth);

static int search_entry(struct search *s, int dir, const char *name, int depth)
{
	size_t len = strlen(s->path), id_len;
	const char *id;
	int err;

	if (len + strlen(name) + 2 > sizeof(s->path))
		return 0;
	sprintf(s->path + len, "/%s", name);
	id = cgroup_container_id(name, &id_len);
	if (id && strlen(s->prefix) <= id_len && !strncmp(id, s->prefix, strlen(s->prefix)))
		err = search_hit(s);
	else
		err = search_dir(s, dir, name, depth + 1);
	s->path[len] = '\0';
	return err;
}

/* Groups that vanish meanwhile are none that anybody looked for. */
static int search_dir(struct search *s, int parent, const char *name, int depth)
{
	DIR *dir cleanup_dir = NULL;
	struct dirent *entry;
	int fd, err = 0;

	if (depth > TREE_DEPTH_MAX)
		return 0;
	fd = openat(parent, name, O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW);
	if (fd < 0)
		return 0;
	dir = fdopendir(fd);
	if (!dir) {
		close(fd);
		return -ENOMEM;
	}
	while (!err && (entry = readdir(dir)))
		if (entry->d_type == DT_DIR && strcmp(entry->d_name, ".") &&
		    strcmp(entry->d_name, ".."))
			err = search_entry(s, fd, entry->d_name, depth);
	return err;
}

static bool is_id_prefix(const char *spec)
{
	return strlen(spec) >= PREFIX_MIN && !spec[strspn(spec, "0123456789abcdefABCDEF")];
}

static int find_container(struct cgroup *out, const char *mount, const char *prefix, char **other)
{
	struct search *s cleanup_free = calloc(1, sizeof(*s));
	char *found cleanup_free = NULL;
	int err;

	if (!s)
		return -ENOMEM;
	s->prefix = prefix;
	err = search_dir(s, AT_FDCWD, mount, 0);
	found = s->found;
	if (err == -ENOTUNIQ) {
		*other = s->other;
		return err;
	}
	if (err)
		return err;
	return found ? open_cgroup(out, mount, found) : -ENOENT;
}

int cgroup_find(struct cgroup *out, const char *mount, const char *spec, char **other)
{
	char *path cleanup_free = NULL;
	size_t root = strlen(mount);
	int err;

	if (!strncmp(spec, mount, root) && (spec[root] == '/' || !spec[root]))
		return open_cgroup(out, mount, spec[root] ? spec + root : "/");
	if (asprintf(&path, "%s%s", spec[0] == '/' ? "" : "/", spec) < 0) {
		path = NULL;
		return -ENOMEM;
	}
	err = open_cgroup(out, mount, path);
	if (err == -ENOENT && is_id_prefix(spec))
		return find_container(out, mount, spec, other);
	return err;
}

int cgroup_create(struct cgroup *out, const char *mount, const char *path)
{
	char *dir cleanup_free = NULL;

	if (asprintf(&dir, "%s%s", mount, path) < 0) {
		dir = NULL;
		return -ENOMEM;
	}
	if (mkdir(dir, 0755))
		return -errno;
	return open_cgroup(out, mount, path);
}

static int write_file(const char *dir, const char *name, const char *text)
{
	char *path cleanup_free = NULL;
	int fd cleanup_close = -1;

	if (asprintf(&path, "%s/%s", dir, name) < 0) {
		path = NULL;
		return -ENOMEM;
	}
	fd = open(path, O_WRONLY | O_CLOEXEC);
	if (fd < 0 || write(fd, text, strlen(text)) < 0)
		return -errno;
	return 0;
}

int cgroup_enter(const struct cgroup *cg)
{
	return write_file(cg->dir, "cgroup.procs", "0");
}

/* Groups below, then the group itself. */
static int remove_tree(int parent, const char *name, int depth)
{
	DIR *dir cleanup_dir = NULL;
	struct dirent *entry;
	int fd;

	fd = openat(parent, name, O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW);
	if (fd < 0)
		return errno == ENOENT ? 0 : -errno;
	dir = fdopendir(fd);
	if (!dir) {
		close(fd);
		return -ENOMEM;
	}
	while (depth < TREE_DEPTH_MAX && (entry = readdir(dir)))
		if (entry->d_type == DT_DIR && strcmp(entry->d_name, ".") &&
		    strcmp(entry->d_name, ".."))
			remove_tree(fd, entry->d_name, depth + 1);
	return unlinkat(parent, name, AT_REMOVEDIR) ? -errno : 0;
}

/* "populated 0" stands for the whole tree below. */
static bool is_empty(const struct cgroup *cg)
{
	char *path cleanup_free = NULL;
	FILE *f cleanup_file = NULL;
	char line[64];

	if (asprintf(&path, "%s/cgroup.events", cg->dir) < 0) {
		path = NULL;
		return false;
	}
	f = fopen(path, "re");
	while (f && fgets(line, sizeof(line), f))
		if (!strcmp(line, "populated 0\n"))
			return true;
	return !f && errno == ENOENT;
}

int cgroup_kill(const struct cgroup *cg)
{
	struct timespec pause = { .tv_nsec = KILL_PAUSE_MS * 1000000L };
	int i, err = write_file(cg->dir, "cgroup.kill", "1");

	for (i = 0; i < KILL_WAIT_MS / KILL_PAUSE_MS; i++) {
		if (is_empty(cg))
			return 0;
		nanosleep(&pause, NULL);
	}
	return err ? err : -EBUSY;
}

/* A task that was just reaped may hold on to its group a moment longer. */
int cgroup_remove(const struct cgroup *cg)
{
	struct timespec pause = { .tv_nsec = KILL_PAUSE_MS * 1000000L };
	int i, err = -EBUSY;

	for (i = 0; i < 100 && err == -EBUSY; i++) {
		err = remove_tree(AT_FDCWD, cg->dir, 0);
		if (err == -EBUSY)
			nanosleep(&pause, NULL);
	}
	return err;
}
