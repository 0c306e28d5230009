/* SPDX-License-Identifier: Apache-2.0 */
/* All of one volume into another: every inode, name and attribute as it is. */
#include <errno.h>
#include <sys/stat.h>

#include "base/str.h"
#include "cli/volume-intake.h"
#include "volume/walk.h"

struct job {
	struct cc_volume_intake *in;
	struct cc_volume *from;
	uint8_t *room; /* CC_VOLUME_EXTENT bytes on their way */
};

static int copy_range(const struct job *job, uint64_t from, uint64_t to, uint64_t at, uint64_t end,
		      struct cc_err *err)
{
	while (at < end) {
		size_t len = end - at < CC_VOLUME_EXTENT ? (size_t)(end - at) : CC_VOLUME_EXTENT;
		size_t got = 0;

		CC_TRY(cc_volume_read(job->from, from, at, (struct cc_mut){ job->room, len }, &got,
				      err));
		if (got == 0)
			return 0;
		CC_TRY(cc_volume_intake_write(job->in, to, at, cc_span(job->room, got), err));
		at += got;
	}
	return 0;
}

/* The parts that hold something: a file of a terabyte may be one hole. */
static int copy_content(const struct job *job, const struct cc_volume_attr *attr, uint64_t to,
			struct cc_err *err)
{
	uint64_t data = 0, hole = 0;

	while (hole < attr->size) {
		struct cc_err none = { 0 };

		if (cc_volume_seek(job->from, attr->ino, hole, true, &data, &none) != 0) {
			if (none.sys == ENXIO)
				return 0;
			*err = none;
			return -1;
		}
		CC_TRY(cc_volume_seek(job->from, attr->ino, data, false, &hole, err));
		CC_TRY(copy_range(job, attr->ino, to, data, hole, err));
	}
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
	struct cc_span text = { 0 };

	if (S_ISLNK(attr->mode)) {
		CC_TRY(cc_volume_readlink(job->from, attr->ino, &text, err));
		CC_TRY(cc_str_from(text, &target, err));
		new.target = target;
	}
	CC_TRY(cc_volume_intake_make(job->in, spot, &new, out, err));
	CC_TRY(copy_xattrs(job, attr->ino, *out, err));
	return S_ISREG(attr->mode) ? copy_content(job, attr, *out, err) : 0;
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
	CC_AUTO_FREE uint8_t *room = malloc(CC_VOLUME_EXTENT);
	struct job job = { in, from, room };

	if (room == NULL)
		return cc_fail_sys(err, ENOMEM, "copy the volume");
	return cc_volume_walk(from, "/", visit, &job, err);
}
