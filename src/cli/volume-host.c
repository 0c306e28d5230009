/* SPDX-License-Identifier: Apache-2.0 */
/* Files of this machine into a volume. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/xattr.h>

#include "base/dir.h"
#include "base/str.h"
#include "cli/volume-intake.h"

#define DEPTH_MAX 256 /* directories in each other: each holds descriptors while it is read */
#define NAMES_MAX ((size_t)64 * 1024)

struct job {
	struct cc_volume_intake *in;
	uint8_t *room; /* CC_VOLUME_EXTENT bytes on their way */
	size_t depth;
};

/* One file: how it was found, and the descriptor that everything is then asked of. */
struct found {
	const char *name;
	int fd; /* readable for files and directories, else O_PATH */
	struct stat st;
};

static struct cc_volume_time time_of(const struct timespec *t)
{
	return (struct cc_volume_time){ t->tv_sec, (uint32_t)t->tv_nsec };
}

static struct cc_volume_attr attr_of(const struct stat *st)
{
	return (struct cc_volume_attr){ .mode = st->st_mode,
					.uid = st->st_uid,
					.gid = st->st_gid,
					.size = S_ISREG(st->st_mode) ? (uint64_t)st->st_size : 0,
					.accessed = time_of(&st->st_atim),
					.modified = time_of(&st->st_mtim),
					.changed = time_of(&st->st_ctim) };
}

static int copy_xattr(const struct job *job, const struct found *file, const char *name,
		      uint64_t ino, struct cc_err *err)
{
	CC_AUTO_FREE uint8_t *value = NULL;
	ssize_t len = fgetxattr(file->fd, name, NULL, 0);

	if (len >= 0) {
		value = malloc((size_t)len + 1);
		len = value != NULL ? fgetxattr(file->fd, name, value, (size_t)len) : -1;
	}
	if (len < 0)
		return cc_fail_sys(err, errno, "read attribute '%s'", name);
	return cc_volume_setxattr(job->in->volume, ino, cc_span_str(name),
				  cc_span(value, (size_t)len), 0, err);
}

static int copy_xattrs(const struct job *job, const struct found *file, uint64_t ino,
		       struct cc_err *err)
{
	CC_AUTO_FREE char *names = malloc(NAMES_MAX + 1);
	ssize_t len = 0;

	if (names == NULL)
		return cc_fail_sys(err, ENOMEM, "list attributes");
	len = flistxattr(file->fd, names, NAMES_MAX);
	if (len < 0 && errno == ENOTSUP)
		return 0;
	if (len < 0)
		return cc_fail_sys(err, errno, "list attributes");
	names[len] = '\0';
	for (const char *at = names; at < names + len; at += strlen(at) + 1)
		if (cc_volume_intake_keeps(cc_span_str(at)))
			CC_TRY(copy_xattr(job, file, at, ino, err));
	return 0;
}

static int changed(struct cc_err *err)
{
	return cc_fail(err, CC_E_CONFLICT, "the file changed while it was read");
}

static int copy_range(const struct job *job, const struct found *file, uint64_t ino, off_t from,
		      off_t to, struct cc_err *err)
{
	while (from < to) {
		off_t left = to - from;
		size_t len = left < (off_t)CC_VOLUME_EXTENT ? (size_t)left : CC_VOLUME_EXTENT;
		ssize_t got = pread(file->fd, job->room, len, from);

		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0)
			return cc_fail_sys(err, errno, "read");
		if (got == 0)
			return changed(err);
		CC_TRY(cc_volume_intake_write(job->in, ino, (uint64_t)from,
					      cc_span(job->room, (size_t)got), err));
		from += got;
	}
	return 0;
}

/* The parts that hold something: a file of a terabyte may be one hole. */
static int copy_content(const struct job *job, const struct found *file, uint64_t ino,
			struct cc_err *err)
{
	const off_t size = file->st.st_size;
	struct stat now = { 0 };
	off_t data = 0, hole = 0;

	while (hole < size) {
		data = lseek(file->fd, hole, SEEK_DATA);
		if (data < 0 && errno == ENXIO)
			break;
		hole = data >= 0 ? lseek(file->fd, data, SEEK_HOLE) : -1;
		if (hole < 0)
			return cc_fail_sys(err, errno, "find the data of the file");
		hole = hole < size ? hole : size;
		CC_TRY(copy_range(job, file, ino, data, hole, err));
	}
	if (fstat(file->fd, &now) != 0)
		return cc_fail_sys(err, errno, "stat");
	return now.st_size == size && now.st_mtim.tv_sec == file->st.st_mtim.tv_sec &&
			       now.st_mtim.tv_nsec == file->st.st_mtim.tv_nsec
		       ? 0
		       : changed(err);
}

static int take_file(const struct job *job, const struct found *file,
		     const struct cc_volume_spot *spot, struct cc_err *err)
{
	const struct cc_volume_origin origin = { file->st.st_dev, file->st.st_ino };
	const struct cc_volume_newcomer new = { .attr = attr_of(&file->st) };
	uint64_t ino = 0;

	if (file->st.st_nlink > 1)
		ino = cc_volume_intake_known(job->in, &origin);
	if (ino != 0)
		return cc_volume_intake_link(job->in, spot, ino, err);
	CC_TRY(cc_volume_intake_make(job->in, spot, &new, &ino, err));
	if (S_ISREG(file->st.st_mode)) {
		CC_TRY(copy_xattrs(job, file, ino, err));
		CC_TRY(copy_content(job, file, ino, err));
	}
	return file->st.st_nlink > 1 ? cc_volume_intake_remember(job->in, &origin, ino, err) : 0;
}

static int take_link(const struct job *job, const struct found *file,
		     const struct cc_volume_spot *spot, struct cc_err *err)
{
	char target[CC_VOLUME_LINK_MAX + 1];
	struct cc_volume_newcomer new = { attr_of(&file->st), target };
	ssize_t len = readlinkat(file->fd, "", target, sizeof(target));
	uint64_t ino = 0;

	if (len < 0 || (size_t)len >= sizeof(target))
		return cc_fail_sys(err, len < 0 ? errno : ENAMETOOLONG, "read the link");
	target[len] = '\0';
	return cc_volume_intake_make(job->in, spot, &new, &ino, err);
}

static int take(struct job *job, const struct found *file, const struct cc_volume_spot *spot,
		struct cc_err *err);

static void found_close(struct found *file)
{
	cc_auto_close(&file->fd);
}

/*
 * Looked at before it is opened: a pipe would make us wait, a device would act. Then opened by
 * its descriptor, so that what was looked at is what is read.
 */
static int find(const struct cc_dir *dir, const char *name, struct found *out, struct cc_err *err)
{
	CC_AUTO_CLOSE int fd = -1;
	char path[40];

	CC_TRY(cc_dir_openat(dir, name, O_PATH | O_NOFOLLOW, 0, &fd, err));
	if (fstat(fd, &out->st) != 0)
		return cc_fail_sys(err, errno, "stat '%s'", name);
	out->name = name;
	if (!S_ISREG(out->st.st_mode) && !S_ISDIR(out->st.st_mode)) {
		out->fd = CC_TAKE_FD(fd);
		return 0;
	}
	(void)snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	out->fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
	return out->fd >= 0 ? 0 : cc_fail_sys(err, errno, "open '%s'", name);
}

static int take_entry(struct job *job, const struct cc_dir *dir, const char *name, uint64_t ino,
		      struct cc_err *err)
{
	CC_CLEANUP(found_close) struct found file = { .fd = -1 };
	const struct cc_volume_spot spot = { ino, cc_span_str(name) };

	CC_TRY(find(dir, name, &file, err));
	return take(job, &file, &spot, err);
}

static void list_close(DIR **list)
{
	if (*list != NULL)
		(void)closedir(*list);
}

static int take_entries(struct job *job, const struct found *file, uint64_t ino, struct cc_err *err)
{
	const struct cc_dir dir = { .fd = file->fd };
	CC_CLEANUP(list_close) DIR *list = NULL;
	int fd = -1;

	CC_TRY(cc_dir_openat(&dir, ".", O_RDONLY | O_DIRECTORY, 0, &fd, err));
	list = fdopendir(fd);
	if (list == NULL) {
		(void)close(fd);
		return cc_fail_sys(err, errno, "list");
	}
	for (;;) {
		const struct dirent *entry = NULL;

		errno = 0;
		entry = readdir(list);
		if (entry == NULL)
			return errno == 0 ? 0 : cc_fail_sys(err, errno, "list");
		if (!cc_str_eq(entry->d_name, ".") && !cc_str_eq(entry->d_name, ".."))
			CC_TRY(take_entry(job, &dir, entry->d_name, ino, err));
	}
}

static int take_dir(struct job *job, const struct found *file, const struct cc_volume_spot *spot,
		    struct cc_err *err)
{
	const struct cc_volume_newcomer new = { .attr = attr_of(&file->st) };
	uint64_t ino = 0;

	if (job->depth == DEPTH_MAX)
		return cc_fail(err, CC_E_TOOBIG, "more than %d directories in each other",
			       DEPTH_MAX);
	CC_TRY(cc_volume_intake_make(job->in, spot, &new, &ino, err));
	CC_TRY(copy_xattrs(job, file, ino, err));
	job->depth++;
	CC_TRY(take_entries(job, file, ino, err));
	job->depth--;
	return 0;
}

static int take(struct job *job, const struct found *file, const struct cc_volume_spot *spot,
		struct cc_err *err)
{
	const mode_t mode = file->st.st_mode;
	int done = 0;

	if (S_ISDIR(mode))
		done = take_dir(job, file, spot, err);
	else if (S_ISREG(mode) || S_ISFIFO(mode))
		done = take_file(job, file, spot, err);
	else if (S_ISLNK(mode))
		done = take_link(job, file, spot, err);
	else
		job->in->skipped(file->name);
	return done == 0 ? 0 : cc_wrap(err, "'%.200s'", file->name);
}

int cc_volume_intake_host(struct cc_volume_intake *in, const char *path,
			  const struct cc_volume_spot *spot, struct cc_err *err)
{
	CC_AUTO_FREE uint8_t *room = malloc(CC_VOLUME_EXTENT);
	struct job job = { .in = in, .room = room };
	CC_CLEANUP(found_close) struct found file = { .name = path, .fd = -1 };
	struct stat st = { 0 };
	bool follow = path[0] != '\0' && path[strlen(path) - 1] == '/';
	int flags = O_CLOEXEC | O_NOCTTY | O_NONBLOCK | (follow ? 0 : O_NOFOLLOW);

	if (room == NULL)
		return cc_fail_sys(err, ENOMEM, "read files");
	if (fstatat(AT_FDCWD, path, &st, follow ? 0 : AT_SYMLINK_NOFOLLOW) != 0)
		return cc_fail_sys(err, errno, "'%s'", path);
	flags |= S_ISREG(st.st_mode) || S_ISDIR(st.st_mode) ? O_RDONLY : O_PATH;
	file.fd = open(path, flags);
	if (file.fd < 0 || fstat(file.fd, &file.st) != 0)
		return cc_fail_sys(err, errno, "open '%s'", path);
	return take(&job, &file, spot, err);
}
