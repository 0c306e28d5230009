/* SPDX-License-Identifier: Apache-2.0 */
#include "volumed/reply.h"

#include <errno.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

#define SOON 1.0 /* seconds */

struct cc_volumed *cc_volumed_of(fuse_req_t req)
{
	return fuse_req_userdata(req);
}

bool cc_volumed_refused(fuse_req_t req)
{
	if (!cc_volumed_of(req)->failed)
		return false;
	(void)fuse_reply_err(req, EIO);
	return true;
}

void cc_volumed_reply_failure(fuse_req_t req, const struct cc_err *err)
{
	const struct cc_volumed *d = cc_volumed_of(req);
	int number = err->sys != 0 ? err->sys : EIO;

	if (number == EIO && d->options.report != NULL)
		d->options.report(d->options.ctx, err);
	(void)fuse_reply_err(req, number);
}

void cc_volumed_reply(fuse_req_t req, int result, const struct cc_err *err)
{
	if (result != 0)
		cc_volumed_reply_failure(req, err);
	else
		(void)fuse_reply_err(req, 0);
}

struct cc_volume_time cc_volumed_now(void)
{
	struct timespec t = { 0 };

	(void)clock_gettime(CLOCK_REALTIME_COARSE, &t);
	return (struct cc_volume_time){ t.tv_sec, (uint32_t)t.tv_nsec };
}

bool cc_volumed_begin(fuse_req_t req)
{
	const struct cc_volume_time at = cc_volumed_now();

	if (cc_volumed_refused(req))
		return false;
	cc_volume_set_time(cc_volumed_of(req)->volume, &at);
	return true;
}

static struct timespec to_timespec(const struct cc_volume_time *t)
{
	return (struct timespec){ .tv_sec = t->sec, .tv_nsec = t->nsec };
}

/*
 * Of what it gathers for writing the kernel counts the size and not the blocks. A file that it
 * believes to have none would be one hole to tar -S: so none is told to have none.
 */
static uint64_t blocks(const struct cc_volumed *d, const struct cc_volume_attr *a)
{
	return d->options.writeback && S_ISREG(a->mode) && a->blocks == 0 ? 1 : a->blocks;
}

void cc_volumed_stat(const struct cc_volumed *d, const struct cc_volume_attr *a, struct stat *out)
{
	*out = (struct stat){ .st_ino = a->ino,
			      .st_mode = a->mode,
			      .st_nlink = a->links,
			      .st_uid = d->options.one_owner ? d->options.uid : a->uid,
			      .st_gid = d->options.one_owner ? d->options.gid : a->gid,
			      .st_rdev = makedev(a->rdev_major, a->rdev_minor),
			      .st_size = (off_t)a->size,
			      .st_blksize = (blksize_t)CC_VOLUME_EXTENT,
			      .st_blocks = (blkcnt_t)blocks(d, a),
			      .st_atim = to_timespec(&a->accessed),
			      .st_mtim = to_timespec(&a->modified),
			      .st_ctim = to_timespec(&a->changed) };
}

void cc_volumed_entry(const struct cc_volumed *d, const struct cc_volume_attr *a,
		      struct fuse_entry_param *out)
{
	*out = (struct fuse_entry_param){ .ino = a->ino,
					  .attr_timeout = CC_VOLUMED_FOREVER,
					  .entry_timeout = CC_VOLUMED_FOREVER };
	/* It is about to be written, and its blocks are asked for again when it was. */
	if (d->options.writeback && S_ISREG(a->mode) && a->size == 0)
		out->attr_timeout = SOON;
	cc_volumed_stat(d, a, &out->attr);
	cc_volume_hold(d->volume, a->ino);
}

void cc_volumed_reply_entry(fuse_req_t req, int result, const struct cc_volume_attr *a,
			    const struct cc_err *err)
{
	struct cc_volumed *d = cc_volumed_of(req);
	struct fuse_entry_param entry = { 0 };

	if (result != 0) {
		cc_volumed_reply_failure(req, err);
		return;
	}
	cc_volumed_entry(d, a, &entry);
	/* When the requester is gone the kernel will never forget what it did not get. */
	if (fuse_reply_entry(req, &entry) != 0)
		cc_volume_release(d->volume, a->ino);
}
