/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The most that a file system in a process of its own can give: one that keeps everything in memory
 * and neither encrypts nor writes. Mounts itself on POINT, prints "mounted" and ends when it is
 * unmounted. Served as volumed serves: one thread that waits awake for 50 us, requests of 1 MiB, no
 * FLUSH, names and attributes for a day. Not for use: no hard links, no extended attributes, and
 * when memory is out it ends.
 */
#define FUSE_USE_VERSION 35

#include <errno.h>
#include <fcntl.h>
#include <fuse_lowlevel.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <time.h>
#include <unistd.h>

#include "base/opt.h"

#define FOREVER 86400.0
#define SPIN_NS UINT64_C(50000)
#define SPIN_MISSES 16u
#define TRANSFER ((size_t)1024 * 1024)
#define EXTENT ((size_t)128 * 1024)
#define ARENA ((size_t)64 * 1024 * 1024)
#define BUCKETS ((size_t)1 << 20)
#define DOTS 2

struct inode {
	struct stat st;
	uint64_t lookups;
	char *target; /* of a symbolic link */
	/* Extents; one that is alone is only as large as it must be. */
	uint8_t **extents;
	size_t count, alone;
	struct entry *first, *last; /* of a directory, in the order in which they were made */
};

struct entry {
	struct entry *in_bucket, *next, *before;
	struct inode *dir, *inode;
	uint64_t cookie;
	char name[];
};

struct extent {
	struct extent *next;
};

static struct inode root = { .st = { .st_ino = 1, .st_mode = S_IFDIR | 0755, .st_nlink = 2 } };
static struct entry *buckets[BUCKETS];
static struct extent *unused;
static uint64_t next_number = 2;
static uint8_t transfer[TRANSFER];

static void *must(void *at)
{
	if (at == NULL)
		abort();
	return at;
}

/* Zeroed, of pages as large as they come. */
static uint8_t *extent_new(void)
{
	struct extent *one = unused;

	if (one == NULL) {
		uint8_t *arena = must(aligned_alloc(ARENA, ARENA));

		(void)madvise(arena, ARENA, MADV_HUGEPAGE);
		for (size_t at = 0; at < ARENA; at += EXTENT) {
			struct extent *made = (struct extent *)(void *)(arena + at);

			made->next = unused;
			unused = made;
		}
		one = unused;
	}
	unused = one->next;
	return memset(one, 0, EXTENT);
}

static void extent_free(uint8_t *at)
{
	struct extent *one = (struct extent *)(void *)at;

	if (one == NULL)
		return;
	one->next = unused;
	unused = one;
}

static struct inode *inode_of(fuse_ino_t ino)
{
	return ino == FUSE_ROOT_ID ? &root : (struct inode *)ino;
}

static fuse_ino_t number_of(const struct inode *i)
{
	return i == &root ? FUSE_ROOT_ID : (fuse_ino_t)i;
}

static void data_free(struct inode *i, size_t keep)
{
	if (i->alone != 0 && keep == 0) {
		free(i->extents[0]);
		i->alone = 0;
		i->count = 0;
	}
	for (; i->alone == 0 && i->count > keep; i->count--)
		extent_free(i->extents[i->count - 1]);
}

static void inode_done(struct inode *i)
{
	if (i == &root || i->lookups != 0 || i->st.st_nlink != 0)
		return;
	data_free(i, 0);
	free(i->extents);
	free(i->target);
	free(i);
}

/* FNV-1a; the directory's address is its start. */
static struct entry **bucket_of(const struct inode *dir, const char *name)
{
	uint64_t hash = UINT64_C(0xcbf29ce484222325) ^ (uintptr_t)dir;

	for (; *name != '\0'; name++)
		hash = (hash ^ (uint8_t)*name) * UINT64_C(0x100000001b3);
	return &buckets[(hash ^ hash >> 32) % BUCKETS];
}

static struct entry **find(const struct inode *dir, const char *name)
{
	struct entry **at = bucket_of(dir, name);

	while (*at != NULL && ((*at)->dir != dir || strcmp((*at)->name, name) != 0))
		at = &(*at)->in_bucket;
	return at;
}

static void touch(struct inode *i)
{
	(void)clock_gettime(CLOCK_REALTIME, &i->st.st_mtim);
	i->st.st_ctim = i->st.st_mtim;
}

static void enter(struct inode *dir, const char *name, struct inode *i)
{
	struct entry **at = bucket_of(dir, name);
	size_t size = strlen(name) + 1;
	struct entry *e = must(calloc(1, sizeof(*e) + size));

	*e = (struct entry){ .in_bucket = *at,
			     .before = dir->last,
			     .dir = dir,
			     .inode = i,
			     .cookie = next_number++ };
	memcpy(e->name, name, size);
	*at = e;
	*(dir->last != NULL ? &dir->last->next : &dir->first) = e;
	dir->last = e;
	touch(dir);
}

/* The inode is left to the caller. */
static struct inode *leave(struct entry **at)
{
	struct entry *e = *at;
	struct inode *i = e->inode;

	*at = e->in_bucket;
	*(e->before != NULL ? &e->before->next : &e->dir->first) = e->next;
	*(e->next != NULL ? &e->next->before : &e->dir->last) = e->before;
	touch(e->dir);
	free(e);
	return i;
}

static struct inode *make(fuse_req_t req, fuse_ino_t parent, const char *name, mode_t mode)
{
	struct inode *i = must(calloc(1, sizeof(*i)));

	i->st = (struct stat){ .st_ino = next_number++,
			       .st_mode = mode,
			       .st_nlink = S_ISDIR(mode) ? 2 : 1,
			       .st_uid = fuse_req_ctx(req)->uid,
			       .st_gid = fuse_req_ctx(req)->gid,
			       .st_blksize = (blksize_t)EXTENT };
	touch(i);
	i->st.st_atim = i->st.st_mtim;
	enter(inode_of(parent), name, i);
	return i;
}

static struct fuse_entry_param param_of(struct inode *i)
{
	i->lookups++;
	return (struct fuse_entry_param){ .ino = number_of(i),
					  .attr = i->st,
					  .attr_timeout = FOREVER,
					  .entry_timeout = FOREVER };
}

static void reply_entry(fuse_req_t req, struct inode *i)
{
	const struct fuse_entry_param param = param_of(i);

	(void)fuse_reply_entry(req, &param);
}

static void op_init(void *userdata, struct fuse_conn_info *conn)
{
	(void)userdata;
	conn->want = conn->capable &
		     (FUSE_CAP_ASYNC_READ | FUSE_CAP_PARALLEL_DIROPS | FUSE_CAP_READDIRPLUS |
		      FUSE_CAP_READDIRPLUS_AUTO | FUSE_CAP_CACHE_SYMLINKS | FUSE_CAP_ASYNC_DIO |
		      FUSE_CAP_NO_OPEN_SUPPORT | FUSE_CAP_NO_OPENDIR_SUPPORT);
	conn->max_write = (unsigned int)TRANSFER;
	conn->time_gran = 1;
}

static void op_lookup(fuse_req_t req, fuse_ino_t parent, const char *name)
{
	const struct fuse_entry_param none = { .entry_timeout = FOREVER };
	struct entry *const *at = find(inode_of(parent), name);

	if (*at == NULL)
		(void)fuse_reply_entry(req, &none);
	else
		reply_entry(req, (*at)->inode);
}

static void forget(fuse_ino_t ino, uint64_t count)
{
	struct inode *i = inode_of(ino);

	i->lookups -= count < i->lookups ? count : i->lookups;
	inode_done(i);
}

static void op_forget(fuse_req_t req, fuse_ino_t ino, uint64_t count)
{
	forget(ino, count);
	fuse_reply_none(req);
}

static void op_forget_multi(fuse_req_t req, size_t count, struct fuse_forget_data *forgets)
{
	for (size_t i = 0; i < count; i++)
		forget(forgets[i].ino, forgets[i].nlookup);
	fuse_reply_none(req);
}

static void op_getattr(fuse_req_t req, fuse_ino_t ino, struct fuse_file_info *fi)
{
	(void)fi;
	(void)fuse_reply_attr(req, &inode_of(ino)->st, FOREVER);
}

/* Room for `size` bytes: a small file's only extent doubles until it is a whole one. */
static void data_reach(struct inode *i, uint64_t size)
{
	size_t count = (size_t)((size + EXTENT - 1) / EXTENT);
	size_t need = 512;

	if (count <= 1 && (i->count == 0 || i->alone != 0) && size <= EXTENT / 2) {
		while (need < size)
			need *= 2;
		if (i->extents == NULL)
			i->extents = must(calloc(1, sizeof(*i->extents)));
		if (need > i->alone) {
			i->extents[0] = must(realloc(i->alone != 0 ? i->extents[0] : NULL, need));
			memset(i->extents[0] + i->alone, 0, need - i->alone);
			i->alone = need;
			i->count = 1;
		}
		return;
	}
	if (i->alone != 0) {
		uint8_t *whole = extent_new();

		memcpy(whole, i->extents[0], i->alone);
		free(i->extents[0]);
		i->extents[0] = whole;
		i->alone = 0;
	}
	if (count <= i->count)
		return;
	/* Doubled, so that a growing file copies each pointer but a few times. */
	if ((i->count & (i->count - 1)) == 0 || count > i->count + 1) {
		size_t room = 1;

		while (room < count)
			room *= 2;
		i->extents = must(realloc(i->extents, room * sizeof(*i->extents)));
	}
	while (i->count < count)
		i->extents[i->count++] = extent_new();
}

static void data_cut(struct inode *i, uint64_t size)
{
	uint64_t inside = size % EXTENT;
	size_t at = (size_t)(size / EXTENT);

	data_free(i, (size_t)((size + EXTENT - 1) / EXTENT));
	if (inside != 0 && at < i->count)
		memset(i->extents[at] + inside, 0, (i->alone != 0 ? i->alone : EXTENT) - inside);
}

static void set_size(struct inode *i, uint64_t size)
{
	if (size < (uint64_t)i->st.st_size)
		data_cut(i, size);
	else
		data_reach(i, size);
	i->st.st_size = (off_t)size;
	i->st.st_blocks = (blkcnt_t)((size + 511) / 512);
	touch(i);
}

static void op_setattr(fuse_req_t req, fuse_ino_t ino, struct stat *st, int to_set,
		       struct fuse_file_info *fi)
{
	struct inode *i = inode_of(ino);

	(void)fi;
	if ((to_set & FUSE_SET_ATTR_MODE) != 0)
		i->st.st_mode = st->st_mode;
	if ((to_set & FUSE_SET_ATTR_UID) != 0)
		i->st.st_uid = st->st_uid;
	if ((to_set & FUSE_SET_ATTR_GID) != 0)
		i->st.st_gid = st->st_gid;
	if ((to_set & FUSE_SET_ATTR_SIZE) != 0)
		set_size(i, (uint64_t)st->st_size);
	(void)clock_gettime(CLOCK_REALTIME, &i->st.st_ctim);
	if ((to_set & FUSE_SET_ATTR_ATIME) != 0)
		i->st.st_atim =
			(to_set & FUSE_SET_ATTR_ATIME_NOW) != 0 ? i->st.st_ctim : st->st_atim;
	if ((to_set & FUSE_SET_ATTR_MTIME) != 0)
		i->st.st_mtim =
			(to_set & FUSE_SET_ATTR_MTIME_NOW) != 0 ? i->st.st_ctim : st->st_mtim;
	(void)fuse_reply_attr(req, &i->st, FOREVER);
}

static void op_readlink(fuse_req_t req, fuse_ino_t ino)
{
	(void)fuse_reply_readlink(req, inode_of(ino)->target);
}

static void op_mknod(fuse_req_t req, fuse_ino_t parent, const char *name, mode_t mode, dev_t rdev)
{
	(void)rdev;
	reply_entry(req, make(req, parent, name, mode));
}

static void op_mkdir(fuse_req_t req, fuse_ino_t parent, const char *name, mode_t mode)
{
	reply_entry(req, make(req, parent, name, S_IFDIR | (mode & 07777u)));
}

static void op_symlink(fuse_req_t req, const char *target, fuse_ino_t parent, const char *name)
{
	struct inode *i = make(req, parent, name, S_IFLNK | 0777u);

	i->target = must(strdup(target));
	i->st.st_size = (off_t)strlen(target);
	reply_entry(req, i);
}

static void drop(struct entry **at)
{
	struct inode *i = leave(at);

	i->st.st_nlink = 0;
	inode_done(i);
}

static void op_unlink(fuse_req_t req, fuse_ino_t parent, const char *name)
{
	struct entry **at = find(inode_of(parent), name);

	if (*at == NULL) {
		(void)fuse_reply_err(req, ENOENT);
		return;
	}
	drop(at);
	(void)fuse_reply_err(req, 0);
}

static void op_rmdir(fuse_req_t req, fuse_ino_t parent, const char *name)
{
	struct entry **at = find(inode_of(parent), name);

	if (*at != NULL && (*at)->inode->first != NULL)
		(void)fuse_reply_err(req, ENOTEMPTY);
	else
		op_unlink(req, parent, name);
}

static void op_rename(fuse_req_t req, fuse_ino_t parent, const char *name, fuse_ino_t to,
		      const char *to_name, unsigned int flags)
{
	struct entry **over = find(inode_of(to), to_name);
	struct entry **at = NULL;

	if (flags != 0 || (*over != NULL && (*over)->inode->first != NULL)) {
		(void)fuse_reply_err(req, flags != 0 ? EINVAL : ENOTEMPTY);
		return;
	}
	if (*over != NULL)
		drop(over);
	at = find(inode_of(parent), name);
	if (*at == NULL) {
		(void)fuse_reply_err(req, ENOENT);
		return;
	}
	enter(inode_of(to), to_name, leave(at));
	(void)fuse_reply_err(req, 0);
}

static void op_create(fuse_req_t req, fuse_ino_t parent, const char *name, mode_t mode,
		      struct fuse_file_info *fi)
{
	const struct fuse_entry_param param =
		param_of(make(req, parent, name, S_IFREG | (mode & 07777u)));

	fi->keep_cache = 1;
	fi->noflush = 1;
	(void)fuse_reply_create(req, &param, fi);
}

/* The kernel never asks again and keeps what it has read. */
static void op_open_never(fuse_req_t req, fuse_ino_t ino, struct fuse_file_info *fi)
{
	(void)ino;
	(void)fi;
	(void)fuse_reply_err(req, ENOSYS);
}

static void op_read(fuse_req_t req, fuse_ino_t ino, size_t size, off_t off,
		    struct fuse_file_info *fi)
{
	const struct inode *i = inode_of(ino);
	uint64_t at = (uint64_t)off;
	uint64_t end = (uint64_t)i->st.st_size;
	size_t pieces = 0;
	struct iovec iov[TRANSFER / EXTENT + 1];

	(void)fi;
	if (size > TRANSFER)
		size = TRANSFER;
	end = at + size < end ? at + size : end;
	for (; at < end; pieces++) {
		size_t part = EXTENT - at % EXTENT;

		part = part < end - at ? part : (size_t)(end - at);
		iov[pieces] = (struct iovec){ i->extents[at / EXTENT] + at % EXTENT, part };
		at += part;
	}
	(void)fuse_reply_iov(req, iov, (int)pieces);
}

static void op_write(fuse_req_t req, fuse_ino_t ino, const char *bytes, size_t size, off_t off,
		     struct fuse_file_info *fi)
{
	struct inode *i = inode_of(ino);
	uint64_t at = (uint64_t)off;
	const uint64_t end = at + size;

	(void)fi;
	if (end > (uint64_t)i->st.st_size)
		set_size(i, end);
	else
		touch(i);
	while (at < end) {
		size_t part = EXTENT - at % EXTENT;

		part = part < end - at ? part : (size_t)(end - at);
		memcpy(i->extents[at / EXTENT] + at % EXTENT, bytes, part);
		bytes += part;
		at += part;
	}
	(void)fuse_reply_write(req, size);
}

static void op_fsync(fuse_req_t req, fuse_ino_t ino, int datasync, struct fuse_file_info *fi)
{
	(void)ino;
	(void)datasync;
	(void)fi;
	(void)fuse_reply_err(req, 0);
}

static bool put(fuse_req_t req, const char *name, struct inode *i, uint64_t cookie, bool plus,
		size_t *used, size_t size)
{
	struct fuse_entry_param param = { .attr = i->st };
	const off_t off = (off_t)cookie;
	char *at = (char *)transfer + *used;
	size_t need = 0;

	if (plus && cookie > DOTS)
		param = param_of(i);
	need = plus ? fuse_add_direntry_plus(req, at, size - *used, name, &param, off)
		    : fuse_add_direntry(req, at, size - *used, name, &param.attr, off);
	if (need <= size - *used) {
		*used += need;
		return true;
	}
	if (param.ino != 0)
		i->lookups--;
	return false;
}

static void list(fuse_req_t req, fuse_ino_t ino, size_t size, off_t off, bool plus)
{
	struct inode *dir = inode_of(ino);
	uint64_t after = (uint64_t)off;
	size_t used = 0;
	bool fits = true;
	struct entry *e = dir->first;

	size = size < TRANSFER ? size : TRANSFER;
	for (; fits && after < DOTS; after++)
		fits = put(req, &".."[1 - after], dir, after + 1, plus, &used, size);
	while (e != NULL && e->cookie + DOTS <= after)
		e = e->next;
	for (; fits && e != NULL; e = e->next)
		fits = put(req, e->name, e->inode, e->cookie + DOTS, plus, &used, size);
	(void)fuse_reply_buf(req, (const char *)transfer, used);
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
	const struct statvfs st = { .f_bsize = 4096,
				    .f_frsize = 4096,
				    .f_blocks = 1u << 24,
				    .f_bfree = 1u << 24,
				    .f_bavail = 1u << 24,
				    .f_namemax = 255 };

	(void)ino;
	(void)fuse_reply_statfs(req, &st);
}

static const struct fuse_lowlevel_ops ops = {
	.init = op_init,
	.lookup = op_lookup,
	.forget = op_forget,
	.forget_multi = op_forget_multi,
	.getattr = op_getattr,
	.setattr = op_setattr,
	.readlink = op_readlink,
	.mknod = op_mknod,
	.mkdir = op_mkdir,
	.symlink = op_symlink,
	.unlink = op_unlink,
	.rmdir = op_rmdir,
	.rename = op_rename,
	.create = op_create,
	.open = op_open_never,
	.opendir = op_open_never,
	.read = op_read,
	.write = op_write,
	.fsync = op_fsync,
	.fsyncdir = op_fsync,
	.readdir = op_readdir,
	.readdirplus = op_readdirplus,
	.statfs = op_statfs,
};

static uint64_t now_ns(void)
{
	struct timespec t = { 0 };

	(void)clock_gettime(CLOCK_MONOTONIC, &t);
	return (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec;
}

/* As volumed waits, so that the difference is what a volume does. */
static int receive(struct fuse_session *session, struct fuse_buf *buf, unsigned int *misses)
{
	int got = fuse_session_receive_buf(session, buf);
	uint64_t start = now_ns();

	while (got == -EAGAIN && *misses < SPIN_MISSES && now_ns() - start < SPIN_NS)
		got = fuse_session_receive_buf(session, buf);
	if (got == -EAGAIN) {
		struct pollfd fd = { .fd = fuse_session_fd(session), .events = POLLIN };

		++*misses;
		start = now_ns();
		(void)poll(&fd, 1, -1);
		if (now_ns() - start < 4 * SPIN_NS)
			*misses = 0;
	} else {
		*misses = 0;
	}
	return got;
}

static void serve(struct fuse_session *session)
{
	struct fuse_buf buf = { 0 };
	unsigned int misses = 0;

	while (fuse_session_exited(session) == 0) {
		int got = receive(session, &buf, &misses);

		if (got == -EAGAIN || got == -EINTR)
			continue;
		if (got <= 0)
			break;
		fuse_session_process_buf(session, &buf);
	}
	free(buf.mem);
}

struct values {
	const char *point;
};

static int run(const void *at, struct cc_err *err)
{
	const struct values *values = at;
	char name[] = "ceiling";
	char *argv[] = { name, NULL };
	struct fuse_args words = FUSE_ARGS_INIT(1, argv);
	struct fuse_session *session = NULL;
	int fd = open("/dev/fuse", O_RDWR | O_CLOEXEC | O_NONBLOCK);
	char text[128] = "";

	if (fd < 0)
		return cc_fail_sys(err, errno, "open /dev/fuse");
	(void)snprintf(text, sizeof(text),
		       "fd=%d,rootmode=40755,user_id=0,group_id=0,allow_other,default_permissions",
		       fd);
	if (mount("ceiling", values->point, "fuse.ceiling", MS_NODEV | MS_NOSUID, text) != 0)
		return cc_fail_sys(err, errno, "mount on '%s'", values->point);
	session = fuse_session_new(&words, &ops, sizeof(ops), NULL);
	(void)snprintf(text, sizeof(text), "/dev/fd/%d", fd);
	if (session == NULL || fuse_session_mount(session, text) != 0)
		return cc_fail(err, CC_E_SYSTEM, "start a FUSE session");
	(void)puts("mounted");
	(void)fflush(stdout);
	serve(session);
	fuse_session_destroy(session);
	return 0;
}

static const struct cc_opt_arg args[] = {
	{ "POINT", offsetof(struct values, point), "where it is mounted", false, false },
};

int main(int argc, char **argv)
{
	static const struct cc_command command = {
		.name = "bench-ceiling",
		.summary = "Mount a file system in memory until it is unmounted.",
		.args = args,
		.arg_count = CC_COUNT(args),
		.size = sizeof(struct values),
		.run = run,
	};

	return cc_opt_main(&command, argc, argv);
}
