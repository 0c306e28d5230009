/* SPDX-License-Identifier: Apache-2.0 */
/* What the kernel asks, in the engine's words. Permissions are the kernel's: default_permissions.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/falloc.h>
#include <sys/stat.h>
#include <sys/statvfs.h>

#include "volumed/reply.h"

/* Offsets of a listing: "." and ".." come before the engine's cookies. */
#define DOTS 2

static void op_init(void *userdata, struct fuse_conn_info *conn)
{
	const struct cc_volumed *d = userdata;
	unsigned int want = FUSE_CAP_ASYNC_READ | FUSE_CAP_PARALLEL_DIROPS | FUSE_CAP_READDIRPLUS |
			    FUSE_CAP_READDIRPLUS_AUTO | FUSE_CAP_CACHE_SYMLINKS |
			    FUSE_CAP_ASYNC_DIO | FUSE_CAP_NO_OPEN_SUPPORT |
			    FUSE_CAP_NO_OPENDIR_SUPPORT;

	/* Not ATOMIC_O_TRUNC: it puts the truncation into OPEN, which is not asked. */
	if (d->options.writeback && !d->options.read_only)
		want |= FUSE_CAP_WRITEBACK_CACHE;
	/* Not AUTO_INVAL_DATA: our own change of a time would empty the kernel's cache. */
	conn->want = conn->capable & want;
	conn->max_write = (unsigned int)CC_VOLUMED_TRANSFER;
	conn->time_gran = 1;
}

static void op_lookup(fuse_req_t req, fuse_ino_t parent, const char *name)
{
	struct cc_volumed *d = cc_volumed_of(req);
	const struct fuse_entry_param none = { .entry_timeout = CC_VOLUMED_FOREVER };
	struct cc_volume_attr attr = { 0 };
	struct cc_err err = { 0 };
	int result = 0;

	if (cc_volumed_refused(req))
		return;
	result = cc_volume_lookup(d->volume, parent, cc_span_str(name), &attr, &err);
	if (result != 0 && err.sys == ENOENT)
		(void)fuse_reply_entry(req, &none);
	else
		cc_volumed_reply_entry(req, result, &attr, &err);
}

static void forget_one(fuse_req_t req, fuse_ino_t ino, uint64_t count)
{
	for (uint64_t i = 0; i < count; i++)
		cc_volume_release(cc_volumed_of(req)->volume, ino);
}

static void op_forget(fuse_req_t req, fuse_ino_t ino, uint64_t count)
{
	forget_one(req, ino, count);
	fuse_reply_none(req);
}

static void op_forget_multi(fuse_req_t req, size_t count, struct fuse_forget_data *forgets)
{
	for (size_t i = 0; i < count; i++)
		forget_one(req, forgets[i].ino, forgets[i].nlookup);
	fuse_reply_none(req);
}

static void reply_attr(fuse_req_t req, int result, const struct cc_volume_attr *attr,
		       const struct cc_err *err)
{
	struct stat st = { 0 };

	if (result != 0) {
		cc_volumed_reply_failure(req, err);
		return;
	}
	cc_volumed_stat(cc_volumed_of(req), attr, &st);
	(void)fuse_reply_attr(req, &st, CC_VOLUMED_FOREVER);
}

static void op_getattr(fuse_req_t req, fuse_ino_t ino, struct fuse_file_info *fi)
{
	struct cc_volume_attr attr = { 0 };
	struct cc_err err = { 0 };

	(void)fi;
	if (!cc_volumed_refused(req))
		reply_attr(req, cc_volume_getattr(cc_volumed_of(req)->volume, ino, &attr, &err),
			   &attr, &err);
}

static struct cc_volume_time from_timespec(const struct timespec *t)
{
	return (struct cc_volume_time){ t->tv_sec, (uint32_t)t->tv_nsec };
}

static const struct {
	int fuse;
	unsigned int ours;
} settable[] = {
	{ FUSE_SET_ATTR_MODE, CC_VOLUME_SET_MODE },   { FUSE_SET_ATTR_UID, CC_VOLUME_SET_UID },
	{ FUSE_SET_ATTR_GID, CC_VOLUME_SET_GID },     { FUSE_SET_ATTR_SIZE, CC_VOLUME_SET_SIZE },
	{ FUSE_SET_ATTR_ATIME, CC_VOLUME_SET_ATIME }, { FUSE_SET_ATTR_MTIME, CC_VOLUME_SET_MTIME },
};

static int change(struct cc_volumed *d, uint64_t ino, struct cc_volume_attr *attr,
		  unsigned int which, struct cc_err *err)
{
	if (cc_volumed_drops(d, which))
		CC_TRY(cc_volumed_drop(d, ino, err));
	return cc_volume_setattr(d->volume, ino, attr, which, attr, err);
}

static void op_setattr(fuse_req_t req, fuse_ino_t ino, struct stat *st, int to_set,
		       struct fuse_file_info *fi)
{
	struct cc_volumed *d = cc_volumed_of(req);
	struct cc_volume_attr attr = { .mode = st->st_mode,
				       .uid = st->st_uid,
				       .gid = st->st_gid,
				       .size = (uint64_t)st->st_size,
				       .accessed = from_timespec(&st->st_atim),
				       .modified = from_timespec(&st->st_mtim) };
	struct cc_err err = { 0 };
	unsigned int which = 0;

	(void)fi;
	if (!cc_volumed_begin(req))
		return;
	if ((to_set & FUSE_SET_ATTR_ATIME_NOW) != 0)
		attr.accessed = cc_volumed_now();
	if ((to_set & FUSE_SET_ATTR_MTIME_NOW) != 0)
		attr.modified = cc_volumed_now();
	/* With writeback the kernel keeps the times and tells them afterwards. */
	if ((to_set & FUSE_SET_ATTR_CTIME) != 0 && st->st_ctim.tv_sec != 0) {
		const struct cc_volume_time changed = from_timespec(&st->st_ctim);

		cc_volume_set_time(d->volume, &changed);
	}
	for (size_t i = 0; i < CC_COUNT(settable); i++)
		which |= (to_set & settable[i].fuse) != 0 ? settable[i].ours : 0;
	/* There is one owner: giving a file to it changes nothing, to others cannot be. */
	if (d->options.one_owner) {
		if (((which & CC_VOLUME_SET_UID) != 0 && attr.uid != d->options.uid) ||
		    ((which & CC_VOLUME_SET_GID) != 0 && attr.gid != d->options.gid)) {
			(void)fuse_reply_err(req, EPERM);
			return;
		}
		which &= ~(CC_VOLUME_SET_UID | CC_VOLUME_SET_GID);
	}
	reply_attr(req, change(d, ino, &attr, which, &err), &attr, &err);
}

static void op_readlink(fuse_req_t req, fuse_ino_t ino)
{
	struct cc_span target = { 0 };
	char text[CC_VOLUME_LINK_MAX + 1] = "";
	struct cc_err err = { 0 };

	if (cc_volumed_refused(req))
		return;
	if (cc_volume_readlink(cc_volumed_of(req)->volume, ino, &target, &err) != 0) {
		cc_volumed_reply_failure(req, &err);
		return;
	}
	memcpy(text, target.at, target.len);
	(void)fuse_reply_readlink(req, text);
}

/*
 * ENOSYS with NO_OPEN_SUPPORT and NO_OPENDIR_SUPPORT: the kernel never asks again and keeps what it
 * has read, of directories too, for what changes them goes through it.
 */
static void op_open_never(fuse_req_t req, fuse_ino_t ino, struct fuse_file_info *fi)
{
	(void)ino;
	(void)fi;
	(void)fuse_reply_err(req, ENOSYS);
}

static void op_read(fuse_req_t req, fuse_ino_t ino, size_t size, off_t at,
		    struct fuse_file_info *fi)
{
	struct cc_volumed *d = cc_volumed_of(req);
	struct cc_mut room = { d->transfer,
			       size < CC_VOLUMED_TRANSFER ? size : CC_VOLUMED_TRANSFER };
	struct cc_err err = { 0 };
	size_t got = 0;

	(void)fi;
	if (cc_volumed_refused(req))
		return;
	if (cc_volume_read(d->volume, ino, (uint64_t)at, room, &got, &err) != 0)
		cc_volumed_reply_failure(req, &err);
	else
		(void)fuse_reply_buf(req, (const char *)d->transfer, got);
}

static void op_write(fuse_req_t req, fuse_ino_t ino, const char *bytes, size_t size, off_t at,
		     struct fuse_file_info *fi)
{
	struct cc_volumed *d = cc_volumed_of(req);
	const struct cc_volume_time leave = { 0 };
	struct cc_err err = { 0 };

	(void)fi;
	if (!cc_volumed_begin(req))
		return;
	if (d->options.writeback)
		cc_volume_set_time(d->volume, &leave);
	if ((d->asked_to_kill && cc_volumed_drop(d, ino, &err) != 0) ||
	    cc_volume_write(d->volume, ino, (uint64_t)at, cc_span(bytes, size), &err) != 0) {
		cc_volumed_reply_failure(req, &err);
		return;
	}
	d->written += size;
	(void)fuse_reply_write(req, size);
}

static void op_fsync(fuse_req_t req, fuse_ino_t ino, int datasync, struct fuse_file_info *fi)
{
	(void)ino;
	(void)datasync;
	(void)fi;
	if (!cc_volumed_refused(req))
		cc_volumed_fsync(cc_volumed_of(req), req);
}

/* One entry into the reply; false when it does not fit any more. */
static bool put_entry(fuse_req_t req, const struct cc_volume_entry *entry, off_t offset, bool plus,
		      size_t *used, size_t size)
{
	struct cc_volumed *d = cc_volumed_of(req);
	char name[CC_VOLUME_NAME_MAX + 1] = "";
	char *at = (char *)d->transfer + *used;
	struct fuse_entry_param param = { 0 };
	struct cc_volume_attr attr = { 0 };
	struct cc_err err = { 0 };
	size_t need = 0;

	memcpy(name, entry->name.at, entry->name.len);
	param.attr.st_ino = entry->ino;
	param.attr.st_mode = entry->mode;
	if (!plus) {
		need = fuse_add_direntry(req, at, size - *used, name, &param.attr, offset);
		*used += need <= size - *used ? need : 0;
		return need <= size - *used || need == 0;
	}
	if (offset > DOTS && cc_volume_getattr(d->volume, entry->ino, &attr, &err) == 0)
		cc_volumed_entry(d, &attr, &param);
	need = fuse_add_direntry_plus(req, at, size - *used, name, &param, offset);
	if (need <= size - *used) {
		*used += need;
		return true;
	}
	if (param.ino != 0)
		cc_volume_release(d->volume, param.ino);
	return false;
}

/* "." and "..": the kernel knows where they lead, so the inode is only for show. */
static bool put_dots(fuse_req_t req, fuse_ino_t ino, off_t *at, bool plus, size_t *used,
		     size_t size)
{
	for (; *at < DOTS; (*at)++) {
		const struct cc_volume_entry dot = { .name = cc_span("..", (size_t)*at + 1),
						     .ino = ino,
						     .mode = S_IFDIR };

		if (!put_entry(req, &dot, *at + 1, plus, used, size))
			return false;
	}
	return true;
}

static void list(fuse_req_t req, fuse_ino_t ino, size_t size, off_t at, bool plus)
{
	struct cc_volumed *d = cc_volumed_of(req);
	struct cc_volume_entry entry = { 0 };
	struct cc_err err = { 0 };
	size_t used = 0;
	bool end = false;

	if (cc_volumed_refused(req))
		return;
	size = size < CC_VOLUMED_TRANSFER ? size : CC_VOLUMED_TRANSFER;
	end = !put_dots(req, ino, &at, plus, &used, size);
	entry.cookie = (uint64_t)at - DOTS;
	while (!end) {
		if (cc_volume_readdir(d->volume, ino, entry.cookie, &entry, &end, &err) != 0) {
			cc_volumed_reply_failure(req, &err);
			return;
		}
		if (!end && !put_entry(req, &entry, (off_t)entry.cookie + DOTS, plus, &used, size))
			break;
	}
	(void)fuse_reply_buf(req, (const char *)d->transfer, used);
}

static void op_readdir(fuse_req_t req, fuse_ino_t ino, size_t size, off_t at,
		       struct fuse_file_info *fi)
{
	(void)fi;
	list(req, ino, size, at, false);
}

static void op_readdirplus(fuse_req_t req, fuse_ino_t ino, size_t size, off_t at,
			   struct fuse_file_info *fi)
{
	(void)fi;
	list(req, ino, size, at, true);
}

static void op_statfs(fuse_req_t req, fuse_ino_t ino)
{
	struct cc_volume_usage usage = { 0 };
	struct statvfs st = { .f_bsize = 4096, .f_frsize = 4096, .f_namemax = CC_VOLUME_NAME_MAX };

	(void)ino;
	if (cc_volumed_refused(req))
		return;
	cc_volume_usage(cc_volumed_of(req)->volume, &usage);
	st.f_bfree = st.f_bavail = usage.room / 4096;
	/* What is stored, not what files claim to be: a hole takes nothing. */
	st.f_blocks = st.f_bfree + (usage.live + 4095) / 4096;
	st.f_files = CC_VOLUME_INODES_MAX;
	st.f_ffree = st.f_favail = CC_VOLUME_INODES_MAX - usage.inodes;
	(void)fuse_reply_statfs(req, &st);
}

static int allocate(struct cc_volumed *d, uint64_t ino, int mode, uint64_t at, uint64_t end,
		    struct cc_err *err)
{
	bool keep = (mode & FALLOC_FL_KEEP_SIZE) != 0;
	struct cc_volume_attr attr = { 0 };

	CC_TRY(cc_volume_getattr(d->volume, ino, &attr, err));
	if ((mode & (FALLOC_FL_PUNCH_HOLE | FALLOC_FL_ZERO_RANGE)) != 0 && at < attr.size)
		CC_TRY(cc_volume_punch(d->volume, ino, at, (end < attr.size ? end : attr.size) - at,
				       err));
	if (keep || end <= attr.size)
		return 0;
	/* Space is not set aside: what is not written is a hole. */
	attr.size = end;
	return cc_volume_setattr(d->volume, ino, &attr, CC_VOLUME_SET_SIZE, &attr, err);
}

static void op_fallocate(fuse_req_t req, fuse_ino_t ino, int mode, off_t at, off_t len,
			 struct fuse_file_info *fi)
{
	const int known = FALLOC_FL_KEEP_SIZE | FALLOC_FL_PUNCH_HOLE | FALLOC_FL_ZERO_RANGE;
	struct cc_err err = { 0 };

	(void)fi;
	if ((mode & ~known) != 0) {
		(void)fuse_reply_err(req, EOPNOTSUPP);
		return;
	}
	if (cc_volumed_begin(req))
		cc_volumed_reply(req,
				 allocate(cc_volumed_of(req), ino, mode, (uint64_t)at,
					  (uint64_t)at + (uint64_t)len, &err),
				 &err);
}

/* SEEK_DATA and SEEK_HOLE; the rest is the kernel's. */
static void op_lseek(fuse_req_t req, fuse_ino_t ino, off_t at, int whence,
		     struct fuse_file_info *fi)
{
	struct cc_err err = { 0 };
	uint64_t found = 0;

	(void)fi;
	if (cc_volumed_refused(req))
		return;
	/* The kernel does not write back first: what it gathered would be taken for a hole. */
	if (cc_volumed_of(req)->options.writeback && !cc_volumed_of(req)->options.read_only)
		(void)fuse_reply_err(req, ENOSYS);
	else if (cc_volume_seek(cc_volumed_of(req)->volume, ino, (uint64_t)at, whence == SEEK_DATA,
				&found, &err) != 0)
		cc_volumed_reply_failure(req, &err);
	else
		(void)fuse_reply_lseek(req, (off_t)found);
}

static const struct fuse_lowlevel_ops writable_ops = {
	.init = op_init,
	.lookup = op_lookup,
	.forget = op_forget,
	.forget_multi = op_forget_multi,
	.getattr = op_getattr,
	.setattr = op_setattr,
	.readlink = op_readlink,
	.mknod = cc_volumed_op_mknod,
	.mkdir = cc_volumed_op_mkdir,
	.unlink = cc_volumed_op_unlink,
	.rmdir = cc_volumed_op_rmdir,
	.symlink = cc_volumed_op_symlink,
	.rename = cc_volumed_op_rename,
	.link = cc_volumed_op_link,
	.create = cc_volumed_op_create,
	.open = op_open_never,
	.opendir = op_open_never,
	.read = op_read,
	.write = op_write,
	.fsync = op_fsync,
	.readdir = op_readdir,
	.readdirplus = op_readdirplus,
	.fsyncdir = op_fsync,
	.statfs = op_statfs,
	.setxattr = cc_volumed_op_setxattr,
	.getxattr = cc_volumed_op_getxattr,
	.listxattr = cc_volumed_op_listxattr,
	.removexattr = cc_volumed_op_removexattr,
	.fallocate = op_fallocate,
	.lseek = op_lseek,
};

/* Changes are refused by the mount (MS_RDONLY) and by the engine. */
static const struct fuse_lowlevel_ops read_only_ops = {
	.init = op_init,
	.lookup = op_lookup,
	.forget = op_forget,
	.forget_multi = op_forget_multi,
	.getattr = op_getattr,
	.readlink = op_readlink,
	.open = op_open_never,
	.read = op_read,
	.opendir = op_open_never,
	.readdir = op_readdir,
	.readdirplus = op_readdirplus,
	.statfs = op_statfs,
	.getxattr = cc_volumed_op_getxattr,
	.listxattr = cc_volumed_op_listxattr,
	.lseek = op_lseek,
};

const struct fuse_lowlevel_ops *cc_volumed_ops(bool read_only)
{
	return read_only ? &read_only_ops : &writable_ops;
}
