/* SPDX-License-Identifier: Apache-2.0 */
/* volume export: a tar archive of what a volume holds. */
#include <errno.h>
#include <fcntl.h>
#include <search.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/str.h"
#include "cli/part.h"
#include "cli/progress.h"
#include "cli/volume-name.h"
#include "oci/archive.h"
#include "volume/walk.h"

struct values {
	struct cc_volume_name name;
	const char *to;
	bool force, quiet;
};

struct job {
	struct cc_volume *volume;
	struct cc_archive *archive;
	struct cc_progress *progress;
	size_t skip;                 /* of a path: what the walk began with */
	void *links;                 /* tsearch: the first name of a file with several */
	struct cc_buf names, values; /* of attributes of one inode */
	struct cc_oci_xattr xattrs[CC_VOLUME_XATTR_COUNT_MAX];
};

struct first {
	uint64_t ino;
	char path[];
};

static int compare(const void *a, const void *b)
{
	const uint64_t *x = a, *y = b;

	return (*x > *y) - (*x < *y);
}

static void job_done(struct job *job)
{
	tdestroy(job->links, free);
	cc_archive_free(job->archive);
	cc_buf_clear(&job->names);
	cc_buf_clear(&job->values);
}

static const char *first_name(const struct job *job, uint64_t ino)
{
	const struct first *const *found = tfind(&ino, &job->links, compare);

	return found != NULL ? (*found)->path : NULL;
}

static int remember(struct job *job, uint64_t ino, const char *path, struct cc_err *err)
{
	size_t len = strlen(path) + 1;
	struct first *first = malloc(sizeof(*first) + len);

	if (first == NULL)
		return cc_fail(err, CC_E_SYSTEM, "no memory for a link");
	first->ino = ino;
	memcpy(first->path, path, len);
	if (tsearch(first, &job->links, compare) != NULL)
		return 0;
	free(first);
	return cc_fail(err, CC_E_SYSTEM, "no memory for a link");
}

static int add_piece(void *ctx, struct cc_span piece, struct cc_err *err)
{
	const struct job *job = ctx;

	CC_TRY(cc_progress_add(job->progress, 0, piece.len, err));
	return cc_archive_data(job->archive, piece, err);
}

/* The volume lends one value at a time. */
static int keep_value(struct job *job, struct cc_span value, struct cc_span *out,
		      struct cc_err *err)
{
	struct cc_mut room = { 0 };

	CC_TRY(cc_buf_extend(&job->values, value.len, &room, err));
	if (value.len > 0)
		memcpy(room.at, value.at, value.len);
	*out = cc_span(room.at, value.len);
	return 0;
}

static int find_xattrs(struct job *job, uint64_t ino, struct cc_archive_entry *entry,
		       struct cc_err *err)
{
	size_t count = 0;

	cc_buf_reset(&job->names);
	cc_buf_reset(&job->values);
	CC_TRY(cc_volume_listxattr(job->volume, ino, &job->names, err));
	/* What is kept stays where it is: there is room for all that an inode may have. */
	if (job->names.len > 0)
		CC_TRY(cc_buf_reserve(&job->values, CC_VOLUME_XATTRS_MAX, err));
	for (size_t at = 0; at < job->names.len && count < CC_COUNT(job->xattrs); count++) {
		struct cc_oci_xattr *xattr = &job->xattrs[count];
		struct cc_span value = { 0 };

		xattr->name = cc_span_str((const char *)job->names.at + at);
		CC_TRY(cc_volume_getxattr(job->volume, ino, xattr->name, &value, err));
		CC_TRY(keep_value(job, value, &xattr->value, err));
		at += xattr->name.len + 1;
	}
	entry->xattrs = job->xattrs;
	entry->xattr_count = count;
	return 0;
}

static struct cc_archive_entry describe(const char *path, const struct cc_volume_attr *attr)
{
	return (struct cc_archive_entry){ .path = path,
					  .mode = attr->mode,
					  .uid = attr->uid,
					  .gid = attr->gid,
					  .rdev_major = attr->rdev_major,
					  .rdev_minor = attr->rdev_minor,
					  .mtime = attr->modified.sec,
					  .mtime_nsec = attr->modified.nsec };
}

static int add_inode(struct job *job, const char *path, const struct cc_volume_attr *attr,
		     struct cc_err *err)
{
	struct cc_archive_entry entry = describe(path, attr);
	CC_AUTO_FREE char *target = NULL;
	struct cc_span text = { 0 };

	if (S_ISLNK(attr->mode)) {
		CC_TRY(cc_volume_readlink(job->volume, attr->ino, &text, err));
		CC_TRY(cc_str_from(text, &target, err));
		entry.target = target;
	}
	if (S_ISREG(attr->mode))
		entry.size = attr->size;
	CC_TRY(find_xattrs(job, attr->ino, &entry, err));
	CC_TRY(cc_archive_entry(job->archive, &entry, err));
	CC_TRY(cc_progress_add(job->progress, S_ISDIR(attr->mode) ? 0 : 1, 0, err));
	return S_ISREG(attr->mode)
		       ? cc_volume_copy_file(job->volume, attr->ino, add_piece, job, err)
		       : 0;
}

static int add_entry(struct job *job, const char *path, const struct cc_volume_attr *attr,
		     struct cc_err *err)
{
	struct cc_archive_entry entry = describe(path, attr);

	if (S_ISSOCK(attr->mode)) {
		(void)fprintf(stderr, "concordat: not exported: a socket, inode %llu\n",
			      (unsigned long long)attr->ino);
		return 0;
	}
	if (S_ISDIR(attr->mode) || attr->links < 2)
		return add_inode(job, path, attr, err);
	entry.target = first_name(job, attr->ino);
	entry.hard = true;
	if (entry.target != NULL)
		return cc_archive_entry(job->archive, &entry, err);
	CC_TRY(remember(job, attr->ino, path, err));
	return add_inode(job, path, attr, err);
}

/* Paths in the archive are relative to what is exported, which itself is "./" or its last name. */
static int visit(void *ctx, const char *path, const struct cc_volume_attr *attr, struct cc_err *err)
{
	struct job *job = ctx;
	const char *below = path + job->skip;

	below += strspn(below, "/");
	if (*below == '\0')
		below = S_ISDIR(attr->mode) ? "./" : strrchr(path, '/') + 1;
	return add_entry(job, below, attr, err) == 0 ? 0 : cc_wrap(err, "export '%.200s'", path);
}

static int write_bytes(void *ctx, struct cc_span bytes, struct cc_err *err)
{
	const int *fd = ctx;

	return cc_write_all(*fd, bytes, err);
}

static int export_to(const struct values *values, struct cc_volume *volume, const char *path,
		     int fd, struct cc_err *err)
{
	struct cc_progress progress = { .quiet = values->quiet };
	CC_AUTO_FREE struct job *job = calloc(1, sizeof(*job));
	struct cc_volume_usage usage = { 0 };
	int done = 0;

	if (job == NULL)
		return cc_fail(err, CC_E_SYSTEM, "no memory to export");
	job->volume = volume;
	job->progress = &progress;
	job->skip = strlen(path);
	cc_volume_usage(volume, &usage);
	progress.total = cc_str_eq(path, "/") ? usage.bytes : 0;
	cc_progress_start(&progress, "exported");
	done = cc_archive_new(write_bytes, &fd, &job->archive, err);
	if (done == 0)
		done = cc_volume_walk(volume, path, visit, job, err);
	if (done == 0)
		done = cc_archive_end(job->archive, err);
	job_done(job);
	if (done == 0)
		cc_progress_end(&progress);
	return done;
}

static int fill_part(const struct values *values, struct cc_volume *volume, const char *path,
		     int fd, struct cc_err *err)
{
	CC_TRY(export_to(values, volume, path, fd, err));
	return cc_fsync(fd, "the archive", err);
}

/* The archive has its name when it is whole. */
static int export_file(const struct values *values, struct cc_volume *volume, const char *path,
		       struct cc_err *err)
{
	CC_AUTO_DIR struct cc_dir parent = CC_DIR_NONE;
	CC_AUTO_FREE char *name = NULL;
	char part[CC_PART_NAME];
	CC_AUTO_CLOSE int fd = -1;

	CC_TRY(cc_part_target(values->to, &parent, &name, err));
	CC_TRY(cc_part_draw(part, err));
	CC_TRY(cc_dir_openat(&parent, part, O_WRONLY | O_CREAT | O_EXCL, 0600, &fd, err));
	if (fill_part(values, volume, path, fd, err) == 0 &&
	    cc_part_rename(parent.fd, part, name, values->force, err) == 0)
		return 0;
	(void)unlinkat(parent.fd, part, 0);
	return cc_failed();
}

static int export(const void *at, struct cc_err *err)
{
	CC_AUTO_VOLUME_OPENED struct cc_volume_opened opened = CC_VOLUME_OPENED_NONE;
	const struct values *values = at;
	CC_AUTO_FREE char *path = NULL;

	if (values->to == NULL && isatty(STDOUT_FILENO) == 1) {
		cc_err_set(err, CC_E_ARG, "an archive is nothing for a terminal");
		return cc_hint(err, "--to FILE, or send standard output somewhere");
	}
	CC_TRY(cc_volume_name_open_at(&values->name, false, &opened, &path, err));
	if ((values->to != NULL
		     ? export_file(values, opened.reader.volume, path, err)
		     : export_to(values, opened.reader.volume, path, STDOUT_FILENO, err)) == 0)
		return 0;
	return cc_volume_reader_failed(&opened.reader, err);
}

static const struct cc_opt opts[] = {
	{ "to", 0, CC_OPT_STRING, offsetof(struct values, to), "FILE",
	  "the archive: a new file (default: standard output)", false, NULL },
	{ "force", 'f', CC_OPT_FLAG, offsetof(struct values, force), NULL,
	  "replace a file that is there", false, NULL },
	{ "quiet", 'q', CC_OPT_FLAG, offsetof(struct values, quiet), NULL, "no progress", false,
	  NULL },
	CC_OPT_VOLUME(struct values),
};
static const struct cc_opt_arg args[] = {
	{ "[POLICY VOLUME] [PATH]", offsetof(struct values, name.words),
	  "whose volume, unless --state names one; where in it (default: /)", true, true },
};
const struct cc_command cc_command_volume_export = {
	"volume export",
	"Make a tar archive of a volume. One of a CAS counts as exposed from then on.",
	opts,
	CC_COUNT(opts),
	args,
	CC_COUNT(args),
	sizeof(struct values),
	NULL,
	export,
};
