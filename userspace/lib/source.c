// SPDX-License-Identifier: GPL-2.0-only
/* A policy file's text, and places in it. Owns nothing: the arena does. */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "arena.h"
#include "source.h"

struct source *source_new(struct arena *a, const char *name, const char *text, size_t size)
{
	struct source *src = arena_alloc(a, sizeof(*src));
	vec_of(size_t) lines = { 0 };
	size_t i;

	*vec_push(a, &lines) = 0;
	for (i = 0; i < size; i++)
		if (text[i] == '\n')
			*vec_push(a, &lines) = i + 1;
	src->name = src->shown = name;
	src->text = text;
	src->size = size;
	src->lines = lines.v;
	src->n_lines = lines.n;
	return src;
}

static int read_all(int fd, char *buf, size_t size)
{
	while (size) {
		ssize_t n = read(fd, buf, size);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -errno;
		if (!n)
			return -EIO;	/* it shrank while we read */
		buf += n;
		size -= n;
	}
	return 0;
}

/* Return: a descriptor of a regular file of bearable size, or -errno. */
static int open_regular(const char *name, size_t *size)
{
	struct stat st;
	int fd, err = 0;

	fd = open(name, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	if (fd < 0)
		return -errno;
	if (fstat(fd, &st))
		err = -errno;
	else if (!S_ISREG(st.st_mode))
		err = S_ISDIR(st.st_mode) ? -EISDIR : -ENOTSUP;
	else if (st.st_size > SOURCE_MAX)
		err = -EFBIG;
	if (err) {
		close(fd);
		return err;
	}
	*size = st.st_size;
	return fd;
}

int source_read(struct source **out, struct arena *a, const char *name)
{
	/* Allocated before the file is open, so that no descriptor is lost. */
	char *buf = arena_alloc(a, 1);
	size_t size = 0;
	struct stat st;
	int fd, err;

	if (stat(name, &st))
		return -errno;
	if (S_ISREG(st.st_mode) && st.st_size <= SOURCE_MAX)
		buf = arena_alloc(a, st.st_size + 1);
	fd = open_regular(name, &size);
	if (fd < 0)
		return fd;
	err = size == (size_t)st.st_size ? read_all(fd, buf, size) : -EAGAIN;
	close(fd);
	if (err)
		return err;
	*out = source_new(a, arena_strdup(a, name), buf, size);
	return 0;
}

const char *source_line(const struct source *src, unsigned int line, size_t *len)
{
	const char *start, *end;

	*len = 0;
	if (!line || line > src->n_lines)
		return "";
	start = src->text + src->lines[line - 1];
	end = line == src->n_lines ? src->text + src->size : src->text + src->lines[line] - 1;
	if (end > start && end[-1] == '\r')
		end--;
	*len = end - start;
	return start;
}

struct loc source_loc(const struct source *src, size_t off, size_t len)
{
	size_t lo = 0, hi = src->n_lines;

	while (hi - lo > 1) {
		size_t mid = lo + (hi - lo) / 2;

		if (src->lines[mid] <= off)
			lo = mid;
		else
			hi = mid;
	}
	return (struct loc){ src, lo + 1, off - src->lines[lo] + 1, len };
}
