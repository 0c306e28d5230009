/* SPDX-License-Identifier: Apache-2.0 */
/* A tar archive into a volume. Names lead nowhere but below the root; links are never followed. */
#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>

#include "base/fd.h"
#include "cli/volume-intake.h"
#include "oci/layer.h"

static const uint32_t types[] = { [CC_OCI_FILE] = S_IFREG,
				  [CC_OCI_DIR] = S_IFDIR,
				  [CC_OCI_SYMLINK] = S_IFLNK,
				  [CC_OCI_FIFO] = S_IFIFO };

struct job {
	struct cc_volume_intake *in;
	struct cc_oci_layer *layer;
};

static struct cc_volume_newcomer newcomer_of(const struct cc_oci_entry *entry)
{
	const struct cc_volume_time time = { entry->mtime, entry->mtime_nsec };

	return (struct cc_volume_newcomer){ .attr = { .mode = types[entry->kind] | entry->mode,
						      .uid = entry->uid,
						      .gid = entry->gid,
						      .size = entry->size,
						      .accessed = time,
						      .modified = time,
						      .changed = time },
					    .target = entry->target };
}

static int copy_content(const struct job *job, uint64_t ino, struct cc_err *err)
{
	struct cc_span piece = { 0 };
	uint64_t at = 0;

	for (;;) {
		CC_TRY(cc_oci_layer_read(job->layer, &piece, err));
		if (piece.len == 0)
			return 0;
		CC_TRY(cc_volume_intake_write(job->in, ino, at, piece, err));
		at += piece.len;
	}
}

/* Directories that the archive leaves out are the owner's. */
static int make_parents(const struct job *job, const char *path, struct cc_err *err)
{
	const struct cc_volume_attr like = { .mode = S_IFDIR | 0755,
					     .uid = geteuid(),
					     .gid = getegid() };
	struct cc_volume_attr there = { 0 };
	uint64_t dir = CC_VOLUME_ROOT_INO;

	for (const char *slash = strchr(path, '/'); slash != NULL; slash = strchr(path, '/')) {
		const struct cc_span name = cc_span(path, (size_t)(slash - path));
		struct cc_err why = { 0 };

		if (cc_volume_lookup(job->in->volume, dir, name, &there, &why) != 0)
			CC_TRY(cc_volume_create(job->in->volume, dir, name, &like, &there, err));
		if (!S_ISDIR(there.mode))
			return cc_fail(err, CC_E_ARG, "'%.*s' above it is no directory",
				       (int)name.len, path);
		dir = there.ino;
		path = slash + 1;
	}
	return 0;
}

static int link_to(const struct job *job, const struct cc_oci_entry *entry,
		   const struct cc_volume_spot *spot, struct cc_err *err)
{
	struct cc_volume_attr there = { 0 };
	CC_AUTO_BUF struct cc_buf path = { 0 };
	const char *text = NULL;

	CC_TRY(cc_buf_addf(&path, err, "/%s", entry->target));
	CC_TRY(cc_buf_str(&path, &text, err));
	CC_TRY(cc_volume_resolve(job->in->volume, text, &there, err));
	return cc_volume_intake_link(job->in, spot, there.ino, err);
}

static int take_new(const struct job *job, const struct cc_oci_entry *entry,
		    const struct cc_volume_spot *spot, struct cc_err *err)
{
	const struct cc_volume_newcomer new = newcomer_of(entry);
	uint64_t ino = 0;

	CC_TRY(cc_volume_intake_make(job->in, spot, &new, &ino, err));
	for (size_t i = 0; i < entry->xattr_count; i++)
		CC_TRY(cc_volume_setxattr(job->in->volume, ino, entry->xattrs[i].name,
					  entry->xattrs[i].value, 0, err));
	return entry->kind == CC_OCI_FILE ? copy_content(job, ino, err) : 0;
}

static int take(const struct job *job, const struct cc_oci_entry *entry, struct cc_err *err)
{
	CC_AUTO_BUF struct cc_buf path = { 0 };
	struct cc_volume_spot spot = { 0 };
	const char *text = NULL;

	if (entry->kind == CC_OCI_DEVICE) {
		job->in->skipped(entry->path);
		return 0;
	}
	CC_TRY(make_parents(job, entry->path, err));
	CC_TRY(cc_buf_addf(&path, err, "/%s", entry->path));
	CC_TRY(cc_buf_str(&path, &text, err));
	CC_TRY(cc_volume_intake_spot(job->in, text, &spot, err));
	return entry->kind == CC_OCI_HARDLINK ? link_to(job, entry, &spot, err)
					      : take_new(job, entry, &spot, err);
}

static int take_all(const struct job *job, struct cc_err *err)
{
	struct cc_oci_entry entry = { 0 };

	for (bool end = false;;) {
		CC_TRY(cc_oci_layer_next(job->layer, &entry, &end, err));
		if (end)
			return 0;
		if (take(job, &entry, err) != 0)
			return cc_wrap(err, "'%.200s'", entry.path);
	}
}

/* Its owner's own archive may be of any size. */
static int open_source(const char *path, struct cc_oci_layer_source *out, struct cc_err *err)
{
	CC_AUTO_CLOSE int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
	uint8_t head[4];
	struct stat st = { 0 };

	if (fd < 0 || fstat(fd, &st) != 0)
		return cc_fail_sys(err, errno, "open '%s'", path);
	if (!S_ISREG(st.st_mode))
		return cc_fail(err, CC_E_ARG, "'%s' is neither a directory nor a file", path);
	if (st.st_size < (off_t)sizeof(head))
		return cc_fail(err, CC_E_ARG, "'%s' is too short for an archive", path);
	CC_TRY(cc_pread_all(fd, CC_MUT(head), 0, err));
	*out = (struct cc_oci_layer_source){
		.media = cc_oci_layer_guess(CC_SPAN(head)),
		.size = (uint64_t)st.st_size,
		.limits = { .entries = UINT64_MAX, .bytes = UINT64_MAX, .ratio = UINT64_MAX },
		.plain = true,
	};
	out->fd = CC_TAKE_FD(fd);
	return 0;
}

int cc_volume_intake_tar(struct cc_volume_intake *in, const char *path, struct cc_err *err)
{
	CC_AUTO_OCI_LAYER struct cc_oci_layer *layer = NULL;
	struct cc_oci_layer_source source = { 0 };
	CC_AUTO_CLOSE int fd = -1;

	CC_TRY(open_source(path, &source, err));
	fd = source.fd;
	if (cc_oci_layer_open(&source, &layer, err) != 0 ||
	    take_all(&(struct job){ in, layer }, err) != 0)
		return cc_wrap(err, "archive '%s'", path);
	return 0;
}
