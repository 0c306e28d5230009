/* SPDX-License-Identifier: Apache-2.0 */
#include "base/dir.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <sys/stat.h>
#include <sys/syscall.h>

#include "base/secret.h"

#define PATH_SIZE 4096

void cc_dir_close(struct cc_dir *dir)
{
	cc_auto_close(&dir->fd);
	dir->fd = -1;
}

static int open_below(const struct cc_dir *dir, const char *name, int flags, mode_t mode)
{
	struct open_how how = { 0 };

	how.flags = (uint64_t)(unsigned int)(flags | O_CLOEXEC);
	how.mode = (flags & O_CREAT) != 0 ? mode : 0;
	how.resolve = dir->kind == CC_DIR_ROOT ? RESOLVE_IN_ROOT | RESOLVE_NO_MAGICLINKS
					       : RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS;
	return (int)syscall(SYS_openat2, dir->fd, name, &how, sizeof(how));
}

int cc_dir_openat(const struct cc_dir *dir, const char *name, int flags, mode_t mode, int *out,
		  struct cc_err *err)
{
	int fd = open_below(dir, name, flags, mode);

	if (fd < 0 && errno == ELOOP) {
		cc_err_set_sys(err, errno, "open '%s'", name);
		return cc_hint(err, "symbolic links are not followed here: put the file itself in "
				    "the place of the link");
	}
	if (fd < 0)
		return cc_fail_sys(err, errno, "open '%s'", name);
	*out = fd;
	return 0;
}

int cc_dir_open(const char *path, enum cc_dir_kind kind, struct cc_dir *out, struct cc_err *err)
{
	int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	if (fd < 0)
		return cc_fail_sys(err, errno, "open directory '%s'", path);
	*out = (struct cc_dir){ fd, kind };
	return 0;
}

/* mkdir -p: each prefix that ends at a slash, then the whole. */
static int make_path(const char *path, mode_t mode, struct cc_err *err)
{
	char prefix[PATH_SIZE];
	size_t len = strlen(path);

	if (len == 0 || len >= sizeof(prefix))
		return cc_fail(err, CC_E_ARG, "path of %zu characters", len);
	for (size_t at = 1; at <= len; at++) {
		if (path[at] != '/' && path[at] != '\0')
			continue;
		memcpy(prefix, path, at);
		prefix[at] = '\0';
		if (mkdir(prefix, mode) != 0 && errno != EEXIST)
			return cc_fail_sys(err, errno, "make directory '%s'", prefix);
	}
	return 0;
}

int cc_dir_create(const char *path, mode_t mode, struct cc_dir *out, struct cc_err *err)
{
	CC_TRY(make_path(path, mode, err));
	return cc_dir_open(path, CC_DIR_OWN, out, err);
}

int cc_dir_sub(const struct cc_dir *dir, const char *name, struct cc_dir *out, struct cc_err *err)
{
	int fd = -1;

	CC_TRY(cc_dir_openat(dir, name, O_RDONLY | O_DIRECTORY, 0, &fd, err));
	*out = (struct cc_dir){ fd, dir->kind };
	return 0;
}

/*
 * The directory that holds the last part of `name`, opened by the rules of
 * `dir`, and that last part. For calls that have no openat2 form.
 */
static int open_parent(const struct cc_dir *dir, const char *name, int *fd, const char **last,
		       struct cc_err *err)
{
	char parent[PATH_SIZE] = ".";
	const char *slash = strrchr(name, '/');

	*last = slash != NULL ? slash + 1 : name;
	if (**last == '\0' || strcmp(*last, "..") == 0 || strcmp(*last, ".") == 0)
		return cc_fail(err, CC_E_ARG, "'%s' does not name an entry of a directory", name);
	if (slash != NULL && slash != name) {
		size_t len = (size_t)(slash - name);

		if (len >= sizeof(parent))
			return cc_fail(err, CC_E_ARG, "path of %zu characters", len);
		memcpy(parent, name, len);
		parent[len] = '\0';
	}
	return cc_dir_openat(dir, parent, O_RDONLY | O_DIRECTORY, 0, fd, err);
}

int cc_dir_mkdir(const struct cc_dir *dir, const char *name, mode_t mode, struct cc_err *err)
{
	CC_AUTO_CLOSE int parent = -1;
	const char *last = NULL;

	CC_TRY(open_parent(dir, name, &parent, &last, err));
	if (mkdirat(parent, last, mode) != 0 && errno != EEXIST)
		return cc_fail_sys(err, errno, "make directory '%s'", name);
	return 0;
}

int cc_dir_read(const struct cc_dir *dir, const char *name, size_t max, struct cc_buf *out,
		struct cc_err *err)
{
	CC_AUTO_CLOSE int fd = -1;
	struct stat found = { 0 };

	/* Opening a pipe would wait for who writes into it. */
	CC_TRY(cc_dir_openat(dir, name, O_RDONLY | O_NONBLOCK, 0, &fd, err));
	if (fstat(fd, &found) != 0)
		return cc_fail_sys(err, errno, "look at '%s'", name);
	if (!S_ISREG(found.st_mode))
		return cc_fail(err, CC_E_ARG, "'%s' is no regular file", name);
	if (cc_read_to_end(fd, max, out, err) != 0)
		return cc_wrap(err, "'%s'", name);
	return 0;
}

static int write_fd(int fd, const char *name, struct cc_span bytes, struct cc_err *err)
{
	if (cc_write_all(fd, bytes, err) != 0)
		return cc_wrap(err, "'%s'", name);
	return cc_fsync(fd, name, err);
}

int cc_dir_write(const struct cc_dir *dir, const char *name, mode_t mode, struct cc_span bytes,
		 struct cc_err *err)
{
	CC_AUTO_CLOSE int parent = -1, fd = -1;
	char temporary[NAME_MAX + 1];
	const char *last = NULL;
	uint64_t random = 0;

	CC_TRY(open_parent(dir, name, &parent, &last, err));
	CC_TRY(cc_random((struct cc_mut){ (uint8_t *)&random, sizeof(random) }, err));
	(void)snprintf(temporary, sizeof(temporary), ".%.200s.%016llx", last,
		       (unsigned long long)random);
	fd = openat(parent, temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, mode);
	if (fd < 0)
		return cc_fail_sys(err, errno, "create '%s'", name);
	if (write_fd(fd, name, bytes, err) != 0) {
		(void)unlinkat(parent, temporary, 0);
		return -1;
	}
	if (renameat(parent, temporary, parent, last) != 0) {
		cc_err_set_sys(err, errno, "rename to '%s'", name);
		(void)unlinkat(parent, temporary, 0);
		return -1;
	}
	return cc_fsync(parent, name, err);
}

int cc_dir_write_new(const struct cc_dir *dir, const char *name, mode_t mode, struct cc_span bytes,
		     struct cc_err *err)
{
	CC_AUTO_CLOSE int parent = -1, fd = -1;
	const char *last = NULL;

	CC_TRY(open_parent(dir, name, &parent, &last, err));
	fd = openat(parent, last, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, mode);
	if (fd < 0 && errno == EEXIST)
		return cc_fail(err, CC_E_CONFLICT, "'%s' is there already", name);
	if (fd < 0)
		return cc_fail_sys(err, errno, "create '%s'", name);
	if (write_fd(fd, name, bytes, err) != 0) {
		(void)unlinkat(parent, last, 0);
		return -1;
	}
	return cc_fsync(parent, name, err);
}

bool cc_dir_has(const struct cc_dir *dir, const char *name)
{
	CC_AUTO_CLOSE int fd = open_below(dir, name, O_PATH, 0);

	return fd >= 0;
}

int cc_dir_remove(const struct cc_dir *dir, const char *name, struct cc_err *err)
{
	CC_AUTO_CLOSE int parent = -1;
	const char *last = NULL;

	CC_TRY(open_parent(dir, name, &parent, &last, err));
	if (unlinkat(parent, last, 0) != 0)
		return cc_fail_sys(err, errno, "remove '%s'", name);
	return 0;
}

int cc_dir_sync(const struct cc_dir *dir, struct cc_err *err)
{
	return cc_fsync(dir->fd, "directory", err);
}

/* Remove what is in the directory `fd` (which is closed here), down to `depth` levels. */
static int empty(int fd, int depth, struct cc_err *err);

static int remove_entry(int parent, const char *name, int depth, struct cc_err *err)
{
	int fd = -1;

	if (unlinkat(parent, name, 0) == 0 || errno == ENOENT)
		return 0;
	if (errno != EISDIR && errno != EPERM)
		return cc_fail_sys(err, errno, "remove '%s'", name);
	fd = openat(parent, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (fd < 0)
		return cc_fail_sys(err, errno, "open directory '%s'", name);
	CC_TRY(empty(fd, depth, err));
	if (unlinkat(parent, name, AT_REMOVEDIR) != 0)
		return cc_fail_sys(err, errno, "remove directory '%s'", name);
	return 0;
}

static void close_stream(DIR **stream)
{
	if (*stream != NULL)
		(void)closedir(*stream);
}

static int empty(int fd, int depth, struct cc_err *err)
{
	CC_CLEANUP(close_stream) DIR *stream = fdopendir(fd);
	const struct dirent *entry = NULL;

	if (stream == NULL) {
		cc_err_set_sys(err, errno, "list a directory");
		(void)close(fd);
		return -1;
	}
	if (depth == 0)
		return cc_fail(err, CC_E_TOOBIG, "directories nested too deeply");
	while ((entry = readdir(stream)) != NULL) {
		if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0)
			continue;
		CC_TRY(remove_entry(dirfd(stream), entry->d_name, depth - 1, err));
	}
	return 0;
}

int cc_dir_remove_tree(const struct cc_dir *dir, const char *name, struct cc_err *err)
{
	CC_AUTO_CLOSE int parent = -1;
	const char *last = NULL;

	CC_TRY(open_parent(dir, name, &parent, &last, err));
	return remove_entry(parent, last, 256, err);
}

/* One of our own mode, checked on what was opened and not on the name: it may change hands. */
static int check_private(int fd, const char *path, struct cc_err *err)
{
	struct stat st;

	if (fstat(fd, &st) != 0)
		return cc_fail_sys(err, errno, "look at '%s'", path);
	if (!S_ISREG(st.st_mode) || (st.st_mode & (S_IRWXG | S_IRWXO)) == 0)
		return 0;
	cc_err_set(err, CC_E_DENIED, "'%s' has mode %04o: others may have read it", path,
		   st.st_mode & 07777);
	return cc_hint(err, "chmod 600 '%s', if nobody has; else make another", path);
}

static int file_read(const char *path, size_t max, bool private, struct cc_buf *out,
		     struct cc_err *err)
{
	CC_AUTO_CLOSE int fd = -1;

	if (strcmp(path, "-") == 0)
		return cc_read_to_end(STDIN_FILENO, max, out, err);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return cc_fail_sys(err, errno, "open '%s'", path);
	if (private)
		CC_TRY(check_private(fd, path, err));
	if (cc_read_to_end(fd, max, out, err) != 0)
		return cc_wrap(err, "'%s'", path);
	return 0;
}

int cc_file_read(const char *path, size_t max, struct cc_buf *out, struct cc_err *err)
{
	return file_read(path, max, false, out, err);
}

int cc_file_read_private(const char *path, size_t max, struct cc_buf *out, struct cc_err *err)
{
	return file_read(path, max, true, out, err);
}

int cc_file_write(const char *path, mode_t mode, struct cc_span bytes, struct cc_err *err)
{
	CC_AUTO_DIR struct cc_dir dir = CC_DIR_NONE;
	const char *slash = strrchr(path, '/');
	char parent[PATH_SIZE] = ".";

	if (slash != NULL) {
		size_t len = slash == path ? 1 : (size_t)(slash - path);

		if (len >= sizeof(parent))
			return cc_fail(err, CC_E_ARG, "path of %zu characters", len);
		memcpy(parent, path, len);
		parent[len] = '\0';
	}
	CC_TRY(cc_dir_open(parent, CC_DIR_OWN, &dir, err));
	return cc_dir_write(&dir, slash != NULL ? slash + 1 : path, mode, bytes, err);
}
