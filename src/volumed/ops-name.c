/* SPDX-License-Identifier: Apache-2.0 */
/* What makes, moves and removes names. */
#include <sys/stat.h>
#include <sys/sysmacros.h>

#include "volumed/reply.h"

/* Owner, mode and times of a new inode. A directory with the set-group-id bit hands on its group.
 */
static int like_new(fuse_req_t req, fuse_ino_t parent, mode_t mode, struct cc_volume_attr *out,
		    struct cc_err *err)
{
	const struct cc_volumed *d = cc_volumed_of(req);
	const struct fuse_ctx *ctx = fuse_req_ctx(req);
	const struct cc_volume_time at = cc_volumed_now();
	struct cc_volume_attr dir = { 0 };

	CC_TRY(cc_volume_getattr(d->volume, parent, &dir, err));
	*out = (struct cc_volume_attr){ .mode = mode,
					.uid = d->options.one_owner ? dir.uid : ctx->uid,
					.gid = d->options.one_owner ? dir.gid : ctx->gid,
					.accessed = at,
					.modified = at,
					.changed = at };
	if ((dir.mode & S_ISGID) != 0) {
		out->gid = dir.gid;
		out->mode |= S_ISDIR(mode) ? S_ISGID : 0;
	}
	return 0;
}

static int make(fuse_req_t req, fuse_ino_t parent, const char *name, struct cc_volume_attr *attr,
		struct cc_err *err)
{
	struct cc_volume_attr like = { 0 };

	CC_TRY(like_new(req, parent, attr->mode, &like, err));
	like.rdev_major = attr->rdev_major;
	like.rdev_minor = attr->rdev_minor;
	return cc_volume_create(cc_volumed_of(req)->volume, parent, cc_span_str(name), &like, attr,
				err);
}

void cc_volumed_op_mknod(fuse_req_t req, fuse_ino_t parent, const char *name, mode_t mode,
			 dev_t rdev)
{
	struct cc_volume_attr attr = { .mode = mode,
				       .rdev_major = major(rdev),
				       .rdev_minor = minor(rdev) };
	struct cc_err err = { 0 };

	if (cc_volumed_begin(req))
		cc_volumed_reply_entry(req, make(req, parent, name, &attr, &err), &attr, &err);
}

void cc_volumed_op_mkdir(fuse_req_t req, fuse_ino_t parent, const char *name, mode_t mode)
{
	cc_volumed_op_mknod(req, parent, name, S_IFDIR | (mode & 07777u), 0);
}

void cc_volumed_op_unlink(fuse_req_t req, fuse_ino_t parent, const char *name)
{
	struct cc_err err = { 0 };

	if (cc_volumed_begin(req))
		cc_volumed_reply(req,
				 cc_volume_unlink(cc_volumed_of(req)->volume, parent,
						  cc_span_str(name), &err),
				 &err);
}

void cc_volumed_op_rmdir(fuse_req_t req, fuse_ino_t parent, const char *name)
{
	struct cc_err err = { 0 };

	if (cc_volumed_begin(req))
		cc_volumed_reply(req,
				 cc_volume_rmdir(cc_volumed_of(req)->volume, parent,
						 cc_span_str(name), &err),
				 &err);
}

static int make_link(fuse_req_t req, const char *target, fuse_ino_t parent, const char *name,
		     struct cc_volume_attr *out, struct cc_err *err)
{
	struct cc_volume_attr like = { 0 };

	CC_TRY(like_new(req, parent, S_IFLNK | 0777u, &like, err));
	return cc_volume_symlink(cc_volumed_of(req)->volume, parent, cc_span_str(name),
				 cc_span_str(target), &like, out, err);
}

void cc_volumed_op_symlink(fuse_req_t req, const char *target, fuse_ino_t parent, const char *name)
{
	struct cc_volume_attr attr = { 0 };
	struct cc_err err = { 0 };

	if (cc_volumed_begin(req))
		cc_volumed_reply_entry(req, make_link(req, target, parent, name, &attr, &err),
				       &attr, &err);
}

void cc_volumed_op_rename(fuse_req_t req, fuse_ino_t parent, const char *name, fuse_ino_t to,
			  const char *to_name, unsigned int flags)
{
	struct cc_err err = { 0 };

	if (cc_volumed_begin(req))
		cc_volumed_reply(req,
				 cc_volume_rename(cc_volumed_of(req)->volume, parent,
						  cc_span_str(name), to, cc_span_str(to_name),
						  flags, &err),
				 &err);
}

void cc_volumed_op_link(fuse_req_t req, fuse_ino_t ino, fuse_ino_t parent, const char *name)
{
	struct cc_volume_attr attr = { 0 };
	struct cc_err err = { 0 };

	if (cc_volumed_begin(req))
		cc_volumed_reply_entry(req,
				       cc_volume_link(cc_volumed_of(req)->volume, ino, parent,
						      cc_span_str(name), &attr, &err),
				       &attr, &err);
}

void cc_volumed_op_create(fuse_req_t req, fuse_ino_t parent, const char *name, mode_t mode,
			  struct fuse_file_info *fi)
{
	struct cc_volumed *d = cc_volumed_of(req);
	struct cc_volume_attr attr = { .mode = S_IFREG | (mode & 07777u) };
	struct fuse_entry_param entry = { 0 };
	struct cc_err err = { 0 };

	if (!cc_volumed_begin(req))
		return;
	if (make(req, parent, name, &attr, &err) != 0) {
		cc_volumed_reply_failure(req, &err);
		return;
	}
	fi->keep_cache = 1;
	/* Without writeback nothing waits for close: errors of writes have been told by then. */
	fi->noflush = d->options.writeback ? 0 : 1;
	cc_volumed_entry(d, &attr, &entry);
	if (fuse_reply_create(req, &entry, fi) != 0)
		cc_volume_release(d->volume, attr.ino);
}
