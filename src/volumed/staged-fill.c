/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

#include "base/str.h"
#include "volume/walk.h"
#include "volumed/staged-xattr.h"
#include "volumed/staged.h"

#define PIECE CC_VOLUME_EXTENT

struct fill {
	const struct cc_staged *staged;
	/* Files with several names, under their numbers, until all names are made. */
	int links;
	uint8_t *piece; /* PIECE bytes */
};

/* Pages of data that are no hole. A file with several names is visited under each of them. */
static int add_entry(void *ctx, const char *path, const struct cc_volume_attr *attr,
		     struct cc_err *err)
{
	const uint64_t page = 4096, links = attr->links > 0 ? attr->links : 1;
	const uint64_t data = (attr->blocks * 512 + page - 1) / page * page;
	uint64_t *need = ctx;

	(void)path;
	(void)err;
	*need += CC_STAGED_ENTRY_BYTES + (data + links - 1) / links;
	return 0;
}

int cc_staged_measure(struct cc_volume *v, uint64_t *out, struct cc_err *err)
{
	uint64_t need = 0;

	CC_TRY(cc_volume_walk(v, "/", add_entry, &need, err));
	*out = need;
	return 0;
}

static int check_fits(const struct cc_staged *staged, struct cc_err *err)
{
	uint64_t need = 0;

	CC_TRY(cc_staged_measure(staged->volume, &need, err));
	if (need <= staged->limit)
		return 0;
	cc_err_set(err, CC_E_TOOBIG,
		   "the tree needs %" PRIu64 " bytes of memory, and may have %" PRIu64, need,
		   staged->limit);
	return cc_hint(err, "give it at least %" PRIu64 " MiB, and more for what is written",
		       (need >> 20) + 1);
}

/* The data from `at` on, which ends before `end`. */
static int fill_range(struct fill *f, uint64_t ino, int fd, uint64_t at, uint64_t end,
		      struct cc_err *err)
{
	while (at < end) {
		size_t want = end - at < PIECE ? (size_t)(end - at) : PIECE;
		size_t got = 0;

		CC_TRY(cc_volume_read(f->staged->volume, ino, at, (struct cc_mut){ f->piece, want },
				      &got, err));
		if (got != want)
			return cc_fail(err, CC_E_BUG, "a file ends before its data");
		CC_TRY(cc_pwrite_all(fd, cc_span(f->piece, got), at, err));
		at += got;
	}
	return 0;
}

/* Holes stay holes: a file of a tebibyte must not fill the memory. */
static int fill_data(struct fill *f, const struct cc_volume_attr *attr, int fd, struct cc_err *err)
{
	struct cc_volume *v = f->staged->volume;
	struct cc_err no_more = { 0 };
	uint64_t at = 0;
	uint64_t end = 0;

	if (ftruncate(fd, (off_t)attr->size) != 0)
		return cc_fail_sys(err, errno, "give a file its size");
	while (at < attr->size) {
		if (cc_volume_seek(v, attr->ino, at, true, &at, &no_more) != 0) {
			if (no_more.sys == ENXIO)
				return 0;
			*err = no_more;
			return -1;
		}
		CC_TRY(cc_volume_seek(v, attr->ino, at, false, &end, err));
		CC_TRY(fill_range(f, attr->ino, fd, at, end, err));
		at = end;
	}
	return 0;
}

static int fill_file(struct fill *f, const struct cc_volume_attr *attr,
		     const struct cc_staged_place *to, struct cc_err *err)
{
	CC_AUTO_CLOSE int fd = openat(to->dir, to->name,
				      O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);

	if (fd < 0)
		return cc_fail_sys(err, errno, "make a file");
	return fill_data(f, attr, fd, err);
}

static int fill_link(struct fill *f, const struct cc_volume_attr *attr,
		     const struct cc_staged_place *to, struct cc_err *err)
{
	CC_AUTO_FREE char *target = NULL;
	struct cc_span text = { 0 };

	CC_TRY(cc_volume_readlink(f->staged->volume, attr->ino, &text, err));
	CC_TRY(cc_str_from(text, &target, err));
	return symlinkat(target, to->dir, to->name) == 0 ? 0
							 : cc_fail_sys(err, errno, "make a link");
}

static int make(struct fill *f, const struct cc_volume_attr *attr, const struct cc_staged_place *to,
		struct cc_err *err)
{
	if (S_ISREG(attr->mode))
		return fill_file(f, attr, to, err);
	if (S_ISLNK(attr->mode))
		return fill_link(f, attr, to, err);
	if (S_ISDIR(attr->mode) ? mkdirat(to->dir, to->name, 0700) != 0
				: mknodat(to->dir, to->name, (attr->mode & S_IFMT) | 0600,
					  makedev(attr->rdev_major, attr->rdev_minor)) != 0)
		return cc_fail_sys(err, errno, "make an entry");
	return 0;
}

/* Last of all: an owner takes set-id bits off, an entry changes the time of its directory. */
static int dress(struct fill *f, const struct cc_volume_attr *attr,
		 const struct cc_staged_place *to, struct cc_err *err)
{
	const struct timespec times[] = {
		{ .tv_sec = attr->accessed.sec, .tv_nsec = attr->accessed.nsec },
		{ .tv_sec = attr->modified.sec, .tv_nsec = attr->modified.nsec },
	};

	if (!f->staged->one_owner &&
	    fchownat(to->dir, to->name, attr->uid, attr->gid, AT_SYMLINK_NOFOLLOW) != 0)
		return cc_fail_sys(err, errno, "give an entry its owner");
	CC_TRY(cc_staged_xattrs_out(f->staged->volume, attr->ino, to, err));
	if (!S_ISLNK(attr->mode) && fchmodat(to->dir, to->name, attr->mode & 07777u, 0) != 0)
		return cc_fail_sys(err, errno, "give an entry its mode");
	if (utimensat(to->dir, to->name, times, AT_SYMLINK_NOFOLLOW) != 0)
		return cc_fail_sys(err, errno, "give an entry its times");
	return 0;
}

/* True when another name of the file was there to link to. */
static int link_known(const struct fill *f, const struct cc_volume_attr *attr,
		      const struct cc_staged_place *to, bool *linked, struct cc_err *err)
{
	char number[24] = "";

	(void)snprintf(number, sizeof(number), "%" PRIu64, attr->ino);
	*linked = linkat(f->links, number, to->dir, to->name, 0) == 0;
	if (!*linked && errno != ENOENT)
		return cc_fail_sys(err, errno, "make another name of a file");
	return 0;
}

static int remember(const struct fill *f, const struct cc_volume_attr *attr,
		    const struct cc_staged_place *at, struct cc_err *err)
{
	char number[24] = "";

	(void)snprintf(number, sizeof(number), "%" PRIu64, attr->ino);
	return linkat(at->dir, at->name, f->links, number, 0) == 0
		       ? 0
		       : cc_fail_sys(err, errno, "remember a file with several names");
}

static int fill_dir(struct fill *f, uint64_t ino, int dir, unsigned int depth, struct cc_err *err);

static int descend(struct fill *f, uint64_t ino, const struct cc_staged_place *to,
		   unsigned int depth, struct cc_err *err)
{
	CC_AUTO_CLOSE int below =
		openat(to->dir, to->name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);

	if (below < 0)
		return cc_fail_sys(err, errno, "open a directory");
	return fill_dir(f, ino, below, depth + 1, err);
}

static int fill_entry(struct fill *f, const struct cc_volume_attr *attr,
		      const struct cc_staged_place *to, unsigned int depth, struct cc_err *err)
{
	bool has_names = !S_ISDIR(attr->mode) && attr->links > 1;
	bool linked = false;

	if (has_names)
		CC_TRY(link_known(f, attr, to, &linked, err));
	if (linked)
		return 0;
	CC_TRY(make(f, attr, to, err));
	if (S_ISDIR(attr->mode))
		CC_TRY(descend(f, attr->ino, to, depth, err));
	CC_TRY(dress(f, attr, to, err));
	return has_names ? remember(f, attr, to, err) : 0;
}

static int fill_dir(struct fill *f, uint64_t ino, int dir, unsigned int depth, struct cc_err *err)
{
	struct cc_volume *v = f->staged->volume;
	struct cc_volume_entry entry = { 0 };
	bool end = false;

	if (depth > CC_STAGED_DEPTH_MAX)
		return cc_fail(err, CC_E_TOOBIG, "directories lie more than %u deep",
			       CC_STAGED_DEPTH_MAX);
	for (;;) {
		struct cc_volume_attr attr = { 0 };
		CC_AUTO_FREE char *name = NULL;
		struct cc_staged_place to = { .dir = dir };

		CC_TRY(cc_volume_readdir(v, ino, entry.cookie, &entry, &end, err));
		if (end)
			return 0;
		CC_TRY(cc_str_from(entry.name, &name, err));
		CC_TRY(cc_volume_getattr(v, entry.ino, &attr, err));
		to.name = name;
		if (fill_entry(f, &attr, &to, depth, err) != 0)
			return cc_wrap(err, "copy '%s'", name);
	}
}

/* A name that the volume does not use. */
static int links_name(struct cc_volume *v, char name[static 24], struct cc_err *err)
{
	struct cc_volume_attr attr = { 0 };

	for (unsigned int i = 0; i < 1000; i++) {
		struct cc_err none = { 0 };

		(void)snprintf(name, 24, ".staged-%u", i);
		if (cc_volume_lookup(v, CC_VOLUME_ROOT_INO, cc_span_str(name), &attr, &none) != 0)
			return none.code == CC_E_NOTFOUND ? 0 : (*err = none, -1);
	}
	return cc_fail(err, CC_E_CONFLICT, "the volume has too many names like '%s'", name);
}

static int fill_root(struct fill *f, struct cc_err *err)
{
	const struct cc_dir *tree = f->staged->tree;
	const struct cc_staged_place root = { tree->fd, "." };
	struct cc_volume_attr attr = { 0 };
	char name[24] = "";

	CC_TRY(cc_volume_getattr(f->staged->volume, CC_VOLUME_ROOT_INO, &attr, err));
	CC_TRY(links_name(f->staged->volume, name, err));
	CC_TRY(cc_dir_mkdir(tree, name, 0700, err));
	CC_TRY(cc_dir_openat(tree, name, O_RDONLY | O_DIRECTORY, 0, &f->links, err));
	CC_TRY(fill_dir(f, CC_VOLUME_ROOT_INO, tree->fd, 0, err));
	CC_TRY(cc_dir_remove_tree(tree, name, err));
	return dress(f, &attr, &root, err);
}

int cc_staged_fill(const struct cc_staged *staged, struct cc_err *err)
{
	CC_AUTO_FREE uint8_t *piece = malloc(PIECE);
	struct fill f = { .staged = staged, .links = -1, .piece = piece };
	int filled = 0;

	if (piece == NULL)
		return cc_fail_sys(err, ENOMEM, "copy a volume into memory");
	if (check_fits(staged, err) != 0)
		return cc_wrap(err, "copy a volume into memory");
	filled = fill_root(&f, err);
	if (f.links >= 0)
		(void)close(f.links);
	return filled == 0 ? 0 : cc_wrap(err, "copy a volume into memory");
}
