/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/volume-copy.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <sys/stat.h>

#include "base/dir.h"
#include "base/str.h"
#include "cli/interrupt.h"
#include "cli/part.h"
#include "volume/walk.h"

struct job {
	struct cc_volume *volume;
	struct cc_volume_copy *copy;
	struct cc_dir to;        /* never left: no link followed, no way up */
	size_t skip;             /* of the volume's path: what the walk began with */
	char part[CC_PART_NAME]; /* what a file is called until it is whole; the volume cannot know
				    it */
};

struct sink {
	int fd;
	uint64_t at;
};

static int sink_piece(void *ctx, struct cc_span piece, struct cc_err *err)
{
	struct sink *sink = ctx;

	CC_TRY(cc_interrupt_check(err));
	/* A file of a terabyte may be one hole: it must not fill this disk. */
	if (!cc_span_is_zero(piece))
		CC_TRY(cc_pwrite_all(sink->fd, piece, sink->at, err));
	sink->at += piece.len;
	return 0;
}

static int fill(const struct job *job, int fd, const struct cc_volume_attr *attr,
		struct cc_err *err)
{
	const struct timespec times[] = { { .tv_nsec = UTIME_OMIT },
					  { .tv_sec = attr->modified.sec,
					    .tv_nsec = attr->modified.nsec } };
	struct sink sink = { fd, 0 };

	CC_TRY(cc_volume_copy_file(job->volume, attr->ino, sink_piece, &sink, err));
	if (ftruncate(fd, (off_t)sink.at) != 0)
		return cc_fail_sys(err, errno, "give the file its size");
	if (fchmod(fd, (attr->mode & S_IXUSR) != 0 ? 0700 : 0600) != 0 || futimens(fd, times) != 0)
		return cc_fail_sys(err, errno, "give the file its mode and time");
	return cc_fsync(fd, "the copy", err);
}

static int copy_file(const struct job *job, const struct cc_dir *parent, const char *name,
		     const struct cc_volume_attr *attr, struct cc_err *err)
{
	CC_AUTO_CLOSE int fd = -1;

	CC_TRY(cc_dir_openat(parent, job->part, O_WRONLY | O_CREAT | O_EXCL, 0600, &fd, err));
	if (fill(job, fd, attr, err) != 0 ||
	    cc_part_rename(parent->fd, job->part, name, job->copy->force, err) != 0) {
		(void)unlinkat(parent->fd, job->part, 0);
		return cc_failed();
	}
	job->copy->files++;
	job->copy->bytes += attr->size;
	return 0;
}

/* The link itself: where it leads is for whoever follows it to judge. */
static int copy_link(const struct job *job, const struct cc_dir *parent, const char *name,
		     const struct cc_volume_attr *attr, struct cc_err *err)
{
	CC_AUTO_FREE char *target = NULL;
	struct cc_span text = { 0 };

	CC_TRY(cc_volume_readlink(job->volume, attr->ino, &text, err));
	CC_TRY(cc_str_from(text, &target, err));
	if (symlinkat(target, parent->fd, job->part) != 0)
		return cc_fail_sys(err, errno, "make the link '%s'", name);
	if (cc_part_rename(parent->fd, job->part, name, job->copy->force, err) != 0) {
		(void)unlinkat(parent->fd, job->part, 0);
		return cc_failed();
	}
	return 0;
}

static int copy_dir(const struct job *job, const struct cc_dir *parent, const char *name,
		    struct cc_err *err)
{
	if (mkdirat(parent->fd, name, 0700) == 0 || (errno == EEXIST && job->copy->force))
		return 0;
	if (errno != EEXIST)
		return cc_fail_sys(err, errno, "make directory '%s'", name);
	cc_err_set(err, CC_E_CONFLICT, "'%s' is there already", name);
	return cc_hint(err, "take another target, or --force to replace files in it");
}

static int copy_entry(const struct job *job, const struct cc_dir *parent, const char *name,
		      const char *path, const struct cc_volume_attr *attr, struct cc_err *err)
{
	int done = 0;

	CC_TRY(cc_interrupt_check(err));
	if (S_ISDIR(attr->mode))
		done = copy_dir(job, parent, name, err);
	else if (S_ISREG(attr->mode))
		done = copy_file(job, parent, name, attr, err);
	else if (S_ISLNK(attr->mode))
		done = copy_link(job, parent, name, attr, err);
	else
		job->copy->skipped(path, attr);
	return done == 0 ? 0 : cc_wrap(err, "copy '%s'", path);
}

/* Below the target directory; its own entry was made before the walk. */
static int visit(void *ctx, const char *path, const struct cc_volume_attr *attr, struct cc_err *err)
{
	const struct job *job = ctx;
	CC_AUTO_DIR struct cc_dir parent = CC_DIR_NONE;
	CC_AUTO_FREE char *folder = NULL;
	const char *below = path + job->skip, *slash = strrchr(path, '/');

	below += strspn(below, "/");
	if (*below == '\0' || slash == NULL)
		return 0;
	if (slash > below)
		CC_TRY(cc_str_from(cc_span(below, (size_t)(slash - below)), &folder, err));
	if (cc_dir_sub(&job->to, folder != NULL ? folder : ".", &parent, err) != 0)
		return cc_wrap(err, "copy '%s'", path);
	return copy_entry(job, &parent, slash + 1, path, attr, err);
}

int cc_volume_copy_out(struct cc_volume *volume, const char *path, const char *to,
		       struct cc_volume_copy *copy, struct cc_err *err)
{
	CC_AUTO_DIR struct cc_dir parent = CC_DIR_NONE, below = CC_DIR_NONE;
	struct job job = { volume, copy, CC_DIR_NONE, strlen(path), "" };
	struct cc_volume_attr attr = { 0 };
	CC_AUTO_FREE char *name = NULL;

	cc_interrupt_catch();
	CC_TRY(cc_volume_resolve(volume, path, &attr, err));
	CC_TRY(cc_part_target(to, &parent, &name, err));
	CC_TRY(cc_part_draw(job.part, err));
	CC_TRY(copy_entry(&job, &parent, name, path, &attr, err));
	if (!S_ISDIR(attr.mode))
		return 0;
	CC_TRY(cc_dir_sub(&parent, name, &below, err));
	job.to = below;
	/* The walk drops slashes at the end. */
	while (job.skip > 0 && path[job.skip - 1] == '/')
		job.skip--;
	return cc_volume_walk(volume, path, visit, &job, err);
}
