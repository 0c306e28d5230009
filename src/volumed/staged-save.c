/* SPDX-License-Identifier: Apache-2.0 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <search.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

#include "base/str.h"
#include "volumed/staged-xattr.h"
#include "volumed/staged.h"

#define PIECE CC_VOLUME_EXTENT

struct save {
	const struct cc_staged *staged;
	struct cc_volume *v;
	void *links;   /* tsearch of struct known */
	uint8_t *mine; /* PIECE bytes: of the copy, */
	uint8_t *old;  /* and of the volume */
};

/* Which inode of the volume a file with several names has become. */
struct known {
	uint64_t copy;
	uint64_t ino;
};

static int compare(const void *a, const void *b)
{
	const struct known *x = a, *y = b;

	return (x->copy > y->copy) - (x->copy < y->copy);
}

static int remember(struct save *s, const struct stat *st, uint64_t ino, struct cc_err *err)
{
	CC_AUTO_FREE struct known *known = calloc(1, sizeof(*known));

	if (known == NULL)
		return cc_fail_sys(err, ENOMEM, "remember a file with several names");
	*known = (struct known){ st->st_ino, ino };
	if (tsearch(known, &s->links, compare) == NULL)
		return cc_fail_sys(err, ENOMEM, "remember a file with several names");
	known = NULL;
	return 0;
}

static uint64_t known_as(const struct save *s, const struct stat *st)
{
	const struct known asked = { .copy = st->st_ino };
	const struct known *const *found = tfind(&asked, &s->links, compare);

	return found != NULL ? (*found)->ino : 0;
}

/* Removing */

static int remove_entry(struct save *s, uint64_t dir, struct cc_span name, unsigned int depth,
			struct cc_err *err);

static int remove_below(struct save *s, uint64_t dir, unsigned int depth, struct cc_err *err)
{
	struct cc_volume_entry entry = { 0 };
	bool end = false;

	if (depth > CC_STAGED_DEPTH_MAX)
		return cc_fail(err, CC_E_TOOBIG, "directories lie more than %u deep",
			       CC_STAGED_DEPTH_MAX);
	for (;;) {
		CC_AUTO_FREE char *name = NULL;

		CC_TRY(cc_volume_readdir(s->v, dir, entry.cookie, &entry, &end, err));
		if (end)
			return 0;
		CC_TRY(cc_str_from(entry.name, &name, err));
		CC_TRY(remove_entry(s, dir, cc_span_str(name), depth, err));
	}
}

static int remove_entry(struct save *s, uint64_t dir, struct cc_span name, unsigned int depth,
			struct cc_err *err)
{
	struct cc_volume_attr attr = { 0 };

	CC_TRY(cc_volume_lookup(s->v, dir, name, &attr, err));
	if (!S_ISDIR(attr.mode))
		return cc_volume_unlink(s->v, dir, name, err);
	CC_TRY(remove_below(s, attr.ino, depth + 1, err));
	return cc_volume_rmdir(s->v, dir, name, err);
}

/* What the copy has no longer. */
static int remove_missing(struct save *s, uint64_t dir, int from, unsigned int depth,
			  struct cc_err *err)
{
	struct cc_volume_entry entry = { 0 };
	bool end = false;

	for (;;) {
		CC_AUTO_FREE char *name = NULL;
		struct stat st = { 0 };

		CC_TRY(cc_volume_readdir(s->v, dir, entry.cookie, &entry, &end, err));
		if (end)
			return 0;
		CC_TRY(cc_str_from(entry.name, &name, err));
		if (fstatat(from, name, &st, AT_SYMLINK_NOFOLLOW) == 0)
			continue;
		if (errno != ENOENT)
			return cc_fail_sys(err, errno, "look at '%s'", name);
		CC_TRY(remove_entry(s, dir, cc_span_str(name), depth, err));
	}
}

/* Contents */

/* One piece of data of the copy; written where the volume has other bytes. */
static int save_piece(struct save *s, uint64_t ino, int fd, uint64_t at, size_t len,
		      struct cc_err *err)
{
	size_t got = 0;

	CC_TRY(cc_pread_all(fd, (struct cc_mut){ s->mine, len }, at, err));
	CC_TRY(cc_volume_read(s->v, ino, at, (struct cc_mut){ s->old, len }, &got, err));
	if (got == len && memcmp(s->mine, s->old, len) == 0)
		return 0;
	return cc_volume_write(s->v, ino, at, cc_span(s->mine, len), err);
}

static int save_range(struct save *s, uint64_t ino, int fd, uint64_t at, uint64_t end,
		      struct cc_err *err)
{
	while (at < end) {
		size_t len = end - at < PIECE ? (size_t)(end - at) : PIECE;

		CC_TRY(save_piece(s, ino, fd, at, len, err));
		at += len;
	}
	return 0;
}

/* Where the next data (or hole) of the copy begins; its size when there is none. */
static int seek(int fd, uint64_t at, int whence, uint64_t size, uint64_t *out, struct cc_err *err)
{
	off_t found = lseek(fd, (off_t)at, whence);

	if (found < 0 && errno != ENXIO)
		return cc_fail_sys(err, errno, "look for holes");
	*out = found < 0 || (uint64_t)found > size ? size : (uint64_t)found;
	return 0;
}

static int save_file(struct save *s, uint64_t ino, const struct cc_staged_place *from,
		     const struct stat *st, struct cc_err *err)
{
	CC_AUTO_CLOSE int fd = openat(from->dir, from->name, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
	const uint64_t size = (uint64_t)st->st_size;
	struct cc_volume_attr attr = { .size = size };
	uint64_t at = 0;
	uint64_t data = 0;

	if (fd < 0)
		return cc_fail_sys(err, errno, "open a file of the copy");
	CC_TRY(cc_volume_setattr(s->v, ino, &attr, CC_VOLUME_SET_SIZE, &attr, err));
	while (at < size) {
		CC_TRY(seek(fd, at, SEEK_DATA, size, &data, err));
		if (data > at)
			CC_TRY(cc_volume_punch(s->v, ino, at, data - at, err));
		CC_TRY(seek(fd, data, SEEK_HOLE, size, &at, err));
		CC_TRY(save_range(s, ino, fd, data, at, err));
	}
	return 0;
}

/* Entries */

static struct cc_volume_attr attr_of(const struct save *s, const struct stat *st,
				     const struct cc_volume_attr *owner)
{
	bool one = s->staged->one_owner;

	return (struct cc_volume_attr){
		.mode = st->st_mode,
		.uid = one ? owner->uid : st->st_uid,
		.gid = one ? owner->gid : st->st_gid,
		.rdev_major = major(st->st_rdev),
		.rdev_minor = minor(st->st_rdev),
		.accessed = { st->st_atim.tv_sec, (uint32_t)st->st_atim.tv_nsec },
		.modified = { st->st_mtim.tv_sec, (uint32_t)st->st_mtim.tv_nsec },
		.changed = { st->st_ctim.tv_sec, (uint32_t)st->st_ctim.tv_nsec },
	};
}

/* Of the same kind, and nobody else's name: it can stay, whatever is in it. */
static bool can_stay(const struct cc_volume_attr *there, const struct stat *st)
{
	if ((there->mode & S_IFMT) != (st->st_mode & S_IFMT))
		return false;
	return S_ISDIR(st->st_mode) ||
	       (S_ISREG(st->st_mode) && there->links == 1 && st->st_nlink == 1);
}

static int make_link(struct save *s, uint64_t dir, const struct cc_staged_place *from,
		     const struct cc_volume_attr *like, struct cc_volume_attr *out,
		     struct cc_err *err)
{
	char target[CC_VOLUME_LINK_MAX + 1] = "";
	ssize_t len = readlinkat(from->dir, from->name, target, sizeof(target));

	if (len < 0 || (size_t)len > CC_VOLUME_LINK_MAX)
		return cc_fail_sys(err, len < 0 ? errno : ENAMETOOLONG, "read a link");
	return cc_volume_symlink(s->v, dir, cc_span_str(from->name), cc_span(target, (size_t)len),
				 like, out, err);
}

/* The entry's inode, new or as it was. */
static int settle(struct save *s, uint64_t dir, const struct cc_staged_place *from,
		  const struct stat *st, unsigned int depth, struct cc_volume_attr *out,
		  struct cc_err *err)
{
	const struct cc_span name = cc_span_str(from->name);
	struct cc_volume_attr like = { 0 };
	struct cc_err none = { 0 };
	int found = cc_volume_lookup(s->v, dir, name, out, &none);

	if (found != 0 && none.code != CC_E_NOTFOUND) {
		*err = none;
		return -1;
	}
	if (found == 0 && can_stay(out, st))
		return 0;
	if (found == 0)
		CC_TRY(remove_entry(s, dir, name, depth, err));
	CC_TRY(cc_volume_getattr(s->v, dir, &like, err));
	like = attr_of(s, st, &like);
	if (S_ISLNK(st->st_mode))
		return make_link(s, dir, from, &like, out, err);
	return cc_volume_create(s->v, dir, name, &like, out, err);
}

static int save_dir(struct save *s, uint64_t ino, int from, unsigned int depth, struct cc_err *err);

static int descend(struct save *s, uint64_t ino, const struct cc_staged_place *from,
		   unsigned int depth, struct cc_err *err)
{
	CC_AUTO_CLOSE int below =
		openat(from->dir, from->name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);

	if (below < 0)
		return cc_fail_sys(err, errno, "open a directory of the copy");
	return save_dir(s, ino, below, depth + 1, err);
}

/* Last of all: what was written before has changed times. */
static int dress(struct save *s, const struct cc_volume_attr *there,
		 const struct cc_staged_place *from, const struct stat *st, struct cc_err *err)
{
	const unsigned int all = CC_VOLUME_SET_MODE | CC_VOLUME_SET_UID | CC_VOLUME_SET_GID |
				 CC_VOLUME_SET_ATIME | CC_VOLUME_SET_MTIME;
	const struct cc_volume_attr attr = attr_of(s, st, there);
	struct cc_volume_attr got = { 0 };

	CC_TRY(cc_staged_xattrs_back(s->v, there->ino, from, err));
	return cc_volume_setattr(s->v, there->ino, &attr, all, &got, err);
}

static int link_again(struct save *s, uint64_t dir, const struct cc_staged_place *from,
		      uint64_t ino, unsigned int depth, struct cc_err *err)
{
	const struct cc_span name = cc_span_str(from->name);
	struct cc_volume_attr attr = { 0 };
	struct cc_err none = { 0 };

	if (cc_volume_lookup(s->v, dir, name, &attr, &none) == 0)
		CC_TRY(remove_entry(s, dir, name, depth, err));
	return cc_volume_link(s->v, ino, dir, name, &attr, err);
}

static int save_entry(struct save *s, uint64_t dir, const struct cc_staged_place *from,
		      unsigned int depth, struct cc_err *err)
{
	struct cc_volume_attr there = { 0 };
	struct stat st = { 0 };
	bool has_names = false;

	if (fstatat(from->dir, from->name, &st, AT_SYMLINK_NOFOLLOW) != 0)
		return cc_fail_sys(err, errno, "look at an entry of the copy");
	has_names = !S_ISDIR(st.st_mode) && st.st_nlink > 1;
	if (has_names && known_as(s, &st) != 0)
		return link_again(s, dir, from, known_as(s, &st), depth, err);
	CC_TRY(settle(s, dir, from, &st, depth, &there, err));
	if (has_names)
		CC_TRY(remember(s, &st, there.ino, err));
	if (S_ISREG(st.st_mode))
		CC_TRY(save_file(s, there.ino, from, &st, err));
	if (S_ISDIR(st.st_mode))
		CC_TRY(descend(s, there.ino, from, depth, err));
	return dress(s, &there, from, &st, err);
}

static int save_entries(struct save *s, uint64_t dir, int from, DIR *list, unsigned int depth,
			struct cc_err *err)
{
	for (;;) {
		struct cc_staged_place at = { .dir = from };
		const struct dirent *entry = NULL;

		errno = 0;
		entry = readdir(list);
		if (entry == NULL)
			return errno == 0 ? 0 : cc_fail_sys(err, errno, "list the copy");
		if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0)
			continue;
		at.name = entry->d_name;
		if (save_entry(s, dir, &at, depth, err) != 0)
			return cc_wrap(err, "write back '%s'", entry->d_name);
	}
}

static int save_dir(struct save *s, uint64_t ino, int from, unsigned int depth, struct cc_err *err)
{
	int again = -1;
	DIR *list = NULL;
	int saved = 0;

	if (depth > CC_STAGED_DEPTH_MAX)
		return cc_fail(err, CC_E_TOOBIG, "directories lie more than %u deep",
			       CC_STAGED_DEPTH_MAX);
	CC_TRY(remove_missing(s, ino, from, depth, err));
	again = openat(from, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	list = again >= 0 ? fdopendir(again) : NULL;
	if (list == NULL)
		return cc_fail_sys(err, errno, "list the copy");
	saved = save_entries(s, ino, from, list, depth, err);
	(void)closedir(list);
	return saved;
}

static int save_root(struct save *s, struct cc_err *err)
{
	const struct cc_staged_place root = { s->staged->tree->fd, "." };
	const struct cc_volume_time as_given = { 0 };
	struct cc_volume_attr attr = { 0 };
	struct stat st = { 0 };

	cc_volume_set_time(s->v, &as_given);
	CC_TRY(save_dir(s, CC_VOLUME_ROOT_INO, root.dir, 0, err));
	if (fstat(root.dir, &st) != 0)
		return cc_fail_sys(err, errno, "look at the copy");
	CC_TRY(cc_volume_getattr(s->v, CC_VOLUME_ROOT_INO, &attr, err));
	return dress(s, &attr, &root, &st, err);
}

int cc_staged_save(const struct cc_staged *staged, struct cc_err *err)
{
	CC_AUTO_FREE uint8_t *pieces = malloc(2 * PIECE);
	struct save s = {
		.staged = staged, .v = staged->volume, .mine = pieces, .old = pieces + PIECE
	};
	int saved = 0;

	if (pieces == NULL)
		return cc_fail_sys(err, ENOMEM, "write a volume back");
	saved = save_root(&s, err);
	tdestroy(s.links, free);
	return saved == 0 ? 0 : cc_wrap(err, "write a volume back");
}
