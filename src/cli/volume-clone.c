/* SPDX-License-Identifier: Apache-2.0 */
/* All of one volume into another: every inode, name and attribute as it is. */
#include <sys/stat.h>

#include "base/str.h"
#include "cli/volume-intake.h"
#include "volume/walk.h"

struct job {
	struct cc_volume_intake *in;
	struct cc_volume *from;
};

struct piece {
	const struct job *job;
	uint64_t ino, at;
};

static int copy_piece(void *ctx, struct cc_span bytes, struct cc_err *err)
{
	struct piece *piece = ctx;

	CC_TRY(cc_volume_intake_write(piece->job->in, piece->ino, piece->at, bytes, err));
	piece->at += bytes.len;
	return 0;
}

static int copy_xattrs(const struct job *job, uint64_t from, uint64_t to, struct cc_err *err)
{
	CC_AUTO_BUF struct cc_buf names = { 0 };
	struct cc_span value = { 0 };

	CC_TRY(cc_volume_listxattr(job->from, from, &names, err));
	for (size_t at = 0; at < names.len;) {
		struct cc_span name = cc_span_str((const char *)names.at + at);

		CC_TRY(cc_volume_getxattr(job->from, from, name, &value, err));
		CC_TRY(cc_volume_setxattr(job->in->volume, to, name, value, 0, err));
		at += name.len + 1;
	}
	return 0;
}

static int copy_inode(const struct job *job, const struct cc_volume_attr *attr,
		      const struct cc_volume_spot *spot, uint64_t *out, struct cc_err *err)
{
	struct cc_volume_newcomer new = { .attr = *attr };
	CC_AUTO_FREE char *target = NULL;
	struct piece piece = { .job = job };
	struct cc_span text = { 0 };

	if (S_ISLNK(attr->mode)) {
		CC_TRY(cc_volume_readlink(job->from, attr->ino, &text, err));
		CC_TRY(cc_str_from(text, &target, err));
		new.target = target;
	}
	CC_TRY(cc_volume_intake_make(job->in, spot, &new, &piece.ino, err));
	CC_TRY(copy_xattrs(job, attr->ino, piece.ino, err));
	if (S_ISREG(attr->mode))
		CC_TRY(cc_volume_copy_file(job->from, attr->ino, copy_piece, &piece, err));
	*out = piece.ino;
	return 0;
}

static int copy_entry(const struct job *job, const char *path, const struct cc_volume_attr *attr,
		      struct cc_err *err)
{
	const struct cc_volume_origin origin = { 0, attr->ino };
	struct cc_volume_spot spot = { 0 };
	uint64_t ino = 0;

	CC_TRY(cc_volume_intake_spot(job->in, path, &spot, err));
	if (S_ISDIR(attr->mode) || attr->links < 2)
		return copy_inode(job, attr, &spot, &ino, err);
	ino = cc_volume_intake_known(job->in, &origin);
	if (ino != 0)
		return cc_volume_intake_link(job->in, &spot, ino, err);
	CC_TRY(copy_inode(job, attr, &spot, &ino, err));
	return cc_volume_intake_remember(job->in, &origin, ino, err);
}

static int visit(void *ctx, const char *path, const struct cc_volume_attr *attr, struct cc_err *err)
{
	return copy_entry(ctx, path, attr, err) == 0 ? 0 : cc_wrap(err, "copy '%.200s'", path);
}

int cc_volume_intake_volume(struct cc_volume_intake *in, struct cc_volume *from, struct cc_err *err)
{
	struct job job = { in, from };

	return cc_volume_walk(from, "/", visit, &job, err);
}
