/* SPDX-License-Identifier: Apache-2.0 */
/* Attributes, and names: what a directory tree can do. */
#include <errno.h>
#include <sys/stat.h>

#include "volume/engine-internal.h"

#define PERMISSIONS 07777u

/* Entries of `dir` have changed. */
static void dir_changed(struct cc_volume *v, struct cc_vol_inode *dir)
{
	if (v->now.sec != 0)
		dir->attr.modified = dir->attr.changed = v->now;
	cc_vol_touch(v, dir);
}

static void inode_changed(struct cc_volume *v, struct cc_vol_inode *inode)
{
	if (v->now.sec != 0)
		inode->attr.changed = v->now;
	cc_vol_touch(v, inode);
}

/* 512-byte units: what is sealed, and what will be. */
static uint64_t blocks_of(const struct cc_vol_inode *inode)
{
	uint64_t bytes = inode->stored;
	uint64_t most = (inode->attr.size + CC_VOL_BLOCK - 1) / CC_VOL_BLOCK * CC_VOL_BLOCK;

	for (const struct cc_vol_page *page = inode->pages; page != NULL; page = page->after)
		bytes += (uint64_t)__builtin_popcount(page->dirty) * CC_VOL_BLOCK;
	return ((bytes < most ? bytes : most) + 511) / 512;
}

static void attr_get(const struct cc_vol_inode *inode, struct cc_volume_attr *out)
{
	*out = inode->attr;
	out->blocks = cc_vol_is(inode, S_IFREG) ? blocks_of(inode) : 0;
}

static int entry_missing(struct cc_span name, struct cc_err *err)
{
	return cc_vol_fail(err, CC_E_NOTFOUND, ENOENT, "there is no '%.*s'", (int)name.len,
			   (const char *)name.at);
}

/* What a name leads to must be of the type that the name says. */
static int named_inode(struct cc_volume *v, const struct cc_vol_entry *entry,
		       struct cc_vol_inode **out, struct cc_err *err)
{
	if (cc_vol_inode_get(v, entry->ino, out, err) != 0) {
		if (err->code == CC_E_NOTFOUND)
			return cc_vol_fail(err, CC_E_TAMPERED, EIO, "a name leads to nothing");
		return -1;
	}
	if (!cc_vol_is(*out, entry->mode) || (*out)->attr.links == 0)
		return cc_vol_fail(err, CC_E_TAMPERED, EIO, "a name leads to something else");
	return 0;
}

int cc_volume_lookup(struct cc_volume *v, uint64_t dir, struct cc_span name,
		     struct cc_volume_attr *out, struct cc_err *err)
{
	struct cc_vol_inode *inode = NULL;
	struct cc_vol_entry entry = { 0 };
	bool found = false;

	CC_TRY(cc_vol_trim(v, err));
	CC_TRY(cc_vol_dir_get(v, dir, &inode, err));
	if (name.len > CC_VOLUME_NAME_MAX)
		return cc_vol_fail(err, CC_E_TOOBIG, ENAMETOOLONG, "a name of %zu bytes", name.len);
	CC_TRY(cc_vol_entry_find(v, dir, name, &entry, &found, err));
	if (!found)
		return entry_missing(name, err);
	CC_TRY(named_inode(v, &entry, &inode, err));
	attr_get(inode, out);
	return 0;
}

int cc_volume_resolve(struct cc_volume *v, const char *path, struct cc_volume_attr *out,
		      struct cc_err *err)
{
	struct cc_volume_attr attr = { 0 };
	const char *at = path;

	if (*path != '/')
		return cc_vol_fail(err, CC_E_ARG, EINVAL, "path '%s' does not begin with '/'",
				   path);
	CC_TRY(cc_volume_getattr(v, CC_VOLUME_ROOT_INO, &attr, err));
	while (*at != '\0') {
		size_t len = strcspn(at, "/");

		if (len > 0 && cc_volume_lookup(v, attr.ino, cc_span(at, len), &attr, err) != 0)
			return cc_wrap(err, "find '%s'", path);
		at += len + strspn(at + len, "/");
	}
	*out = attr;
	return 0;
}

int cc_volume_getattr(struct cc_volume *v, uint64_t ino, struct cc_volume_attr *out,
		      struct cc_err *err)
{
	struct cc_vol_inode *inode = NULL;

	CC_TRY(cc_vol_trim(v, err));
	CC_TRY(cc_vol_inode_get(v, ino, &inode, err));
	attr_get(inode, out);
	return 0;
}

static int set_size(struct cc_volume *v, struct cc_vol_inode *inode, uint64_t size,
		    struct cc_err *err)
{
	if (cc_vol_is(inode, S_IFDIR))
		return cc_vol_fail(err, CC_E_ARG, EISDIR, "a directory cannot be truncated");
	if (!cc_vol_is(inode, S_IFREG))
		return cc_vol_fail(err, CC_E_ARG, EINVAL, "only regular files have a size to set");
	CC_TRY(cc_vol_file_truncate(v, inode, size, err));
	if (v->now.sec != 0)
		inode->attr.modified = v->now;
	return 0;
}

int cc_volume_setattr(struct cc_volume *v, uint64_t ino, const struct cc_volume_attr *attr,
		      unsigned int which, struct cc_volume_attr *out, struct cc_err *err)
{
	struct cc_vol_inode *inode = NULL;

	CC_TRY(cc_vol_may_change(v, err));
	CC_TRY(cc_vol_inode_get(v, ino, &inode, err));
	if ((which & CC_VOLUME_SET_SIZE) != 0)
		CC_TRY(set_size(v, inode, attr->size, err));
	if ((which & CC_VOLUME_SET_MODE) != 0)
		inode->attr.mode = (inode->attr.mode & S_IFMT) | (attr->mode & PERMISSIONS);
	if ((which & CC_VOLUME_SET_UID) != 0)
		inode->attr.uid = attr->uid;
	if ((which & CC_VOLUME_SET_GID) != 0)
		inode->attr.gid = attr->gid;
	if ((which & CC_VOLUME_SET_ATIME) != 0)
		inode->attr.accessed = attr->accessed;
	if ((which & CC_VOLUME_SET_MTIME) != 0)
		inode->attr.modified = attr->modified;
	inode_changed(v, inode);
	attr_get(inode, out);
	return 0;
}

/* The directory, when a new name may be put into it. */
static int name_is_free(struct cc_volume *v, uint64_t dir, struct cc_span name,
			struct cc_vol_inode **out, struct cc_err *err)
{
	struct cc_vol_entry entry = { 0 };
	bool found = false;

	CC_TRY(cc_vol_dir_get(v, dir, out, err));
	CC_TRY(cc_vol_name_check(name, err));
	if ((*out)->attr.links == 0)
		return cc_vol_fail(err, CC_E_NOTFOUND, ENOENT, "the directory was removed");
	CC_TRY(cc_vol_entry_find(v, dir, name, &entry, &found, err));
	if (found)
		return cc_vol_fail(err, CC_E_CONFLICT, EEXIST, "'%.*s' is there already",
				   (int)name.len, (const char *)name.at);
	return 0;
}

static int inode_new(struct cc_volume *v, const struct cc_volume_attr *like,
		     struct cc_vol_inode **out, struct cc_err *err)
{
	struct cc_vol_inode *inode = NULL;
	uint64_t ino = 0;

	CC_TRY(cc_vol_inode_new(v, &inode, err));
	ino = inode->attr.ino;
	inode->attr = *like;
	inode->attr.ino = ino;
	inode->attr.size = 0;
	inode->attr.links = cc_vol_is(inode, S_IFDIR) ? 2 : 1;
	if (!cc_vol_is(inode, S_IFCHR) && !cc_vol_is(inode, S_IFBLK))
		inode->attr.rdev_major = inode->attr.rdev_minor = 0;
	*out = inode;
	return 0;
}

/* Name a fresh inode; it is gone again when that fails. */
static int enter(struct cc_volume *v, struct cc_vol_inode *dir, struct cc_span name,
		 struct cc_vol_inode *inode, struct cc_err *err)
{
	struct cc_err ignored = { 0 };

	if (cc_vol_entry_insert(v, dir, name, inode, err) != 0) {
		inode->attr.links = 0;
		cc_ignore(cc_vol_inode_settle(v, inode, &ignored));
		return -1;
	}
	if (cc_vol_is(inode, S_IFDIR)) {
		inode->parent = dir->attr.ino;
		dir->attr.links++;
	}
	dir_changed(v, dir);
	return 0;
}

int cc_volume_create(struct cc_volume *v, uint64_t dir, struct cc_span name,
		     const struct cc_volume_attr *like, struct cc_volume_attr *out,
		     struct cc_err *err)
{
	struct cc_vol_inode *parent = NULL;
	struct cc_vol_inode *inode = NULL;
	uint32_t type = like->mode & S_IFMT;

	CC_TRY(cc_vol_may_change(v, err));
	CC_TRY(name_is_free(v, dir, name, &parent, err));
	if (type != S_IFREG && type != S_IFDIR && type != S_IFIFO && type != S_IFSOCK &&
	    type != S_IFCHR && type != S_IFBLK)
		return cc_vol_fail(err, CC_E_ARG, EINVAL, "no file can have the type '%o'", type);
	CC_TRY(inode_new(v, like, &inode, err));
	CC_TRY(enter(v, parent, name, inode, err));
	attr_get(inode, out);
	return 0;
}

int cc_volume_symlink(struct cc_volume *v, uint64_t dir, struct cc_span name, struct cc_span target,
		      const struct cc_volume_attr *like, struct cc_volume_attr *out,
		      struct cc_err *err)
{
	struct cc_volume_attr attr = *like;
	struct cc_vol_inode *parent = NULL;
	struct cc_vol_inode *inode = NULL;
	CC_AUTO_FREE uint8_t *copy = NULL;

	CC_TRY(cc_vol_may_change(v, err));
	CC_TRY(name_is_free(v, dir, name, &parent, err));
	if (target.len == 0 || memchr(target.at, '\0', target.len) != NULL)
		return cc_vol_fail(err, CC_E_ARG, ENOENT, "an empty target of a symbolic link");
	if (target.len > CC_VOLUME_LINK_MAX)
		return cc_vol_fail(err, CC_E_TOOBIG, ENAMETOOLONG, "a target of %zu bytes",
				   target.len);
	copy = malloc(target.len);
	if (copy == NULL)
		return cc_fail_sys(err, ENOMEM, "make a symbolic link");
	memcpy(copy, target.at, target.len);
	attr.mode = S_IFLNK | 0777u;
	CC_TRY(inode_new(v, &attr, &inode, err));
	inode->attr.size = target.len;
	inode->target = (struct cc_vol_bytes){ CC_TAKE(copy), target.len };
	CC_TRY(enter(v, parent, name, inode, err));
	attr_get(inode, out);
	return 0;
}

int cc_volume_link(struct cc_volume *v, uint64_t ino, uint64_t dir, struct cc_span name,
		   struct cc_volume_attr *out, struct cc_err *err)
{
	struct cc_vol_inode *parent = NULL;
	struct cc_vol_inode *inode = NULL;

	CC_TRY(cc_vol_may_change(v, err));
	CC_TRY(name_is_free(v, dir, name, &parent, err));
	CC_TRY(cc_vol_inode_get(v, ino, &inode, err));
	if (cc_vol_is(inode, S_IFDIR))
		return cc_vol_fail(err, CC_E_ARG, EPERM, "directories cannot be linked");
	if (inode->attr.links == 0)
		return cc_vol_fail(err, CC_E_NOTFOUND, ENOENT, "the file was removed");
	if (inode->attr.links >= UINT32_MAX - 1)
		return cc_vol_fail(err, CC_E_TOOBIG, EMLINK, "too many links");
	CC_TRY(cc_vol_entry_insert(v, parent, name, inode, err));
	inode->attr.links++;
	inode_changed(v, inode);
	dir_changed(v, parent);
	attr_get(inode, out);
	return 0;
}

/* An entry that is there, and what it names. */
struct found {
	struct cc_vol_inode *dir;
	struct cc_vol_entry entry;
	struct cc_vol_inode *inode;
};

static int find(struct cc_volume *v, uint64_t dir, struct cc_span name, struct found *out,
		struct cc_err *err)
{
	bool found = false;

	CC_TRY(cc_vol_dir_get(v, dir, &out->dir, err));
	CC_TRY(cc_vol_name_check(name, err));
	CC_TRY(cc_vol_entry_find(v, dir, name, &out->entry, &found, err));
	return found ? named_inode(v, &out->entry, &out->inode, err) : entry_missing(name, err);
}

/* The inode has lost this name. */
static int unname(struct cc_volume *v, struct found *f, struct cc_err *err)
{
	bool is_dir = cc_vol_is(f->inode, S_IFDIR);

	CC_TRY(cc_vol_entry_remove(v, f->dir, &f->entry, err));
	if (is_dir)
		f->dir->attr.links--;
	f->inode->attr.links -= is_dir ? 2 : 1;
	dir_changed(v, f->dir);
	if (v->now.sec != 0)
		f->inode->attr.changed = v->now;
	return cc_vol_inode_settle(v, f->inode, err);
}

int cc_volume_unlink(struct cc_volume *v, uint64_t dir, struct cc_span name, struct cc_err *err)
{
	struct found f = { 0 };

	CC_TRY(cc_vol_may_change(v, err));
	CC_TRY(find(v, dir, name, &f, err));
	if (cc_vol_is(f.inode, S_IFDIR))
		return cc_vol_fail(err, CC_E_ARG, EISDIR, "'%.*s' is a directory", (int)name.len,
				   (const char *)name.at);
	return unname(v, &f, err);
}

static int is_empty_dir(const struct cc_vol_inode *inode, struct cc_err *err)
{
	if (!cc_vol_is(inode, S_IFDIR))
		return cc_vol_fail(err, CC_E_ARG, ENOTDIR, "this is no directory");
	if (inode->entries != 0)
		return cc_vol_fail(err, CC_E_CONFLICT, ENOTEMPTY, "the directory is not empty");
	return 0;
}

int cc_volume_rmdir(struct cc_volume *v, uint64_t dir, struct cc_span name, struct cc_err *err)
{
	struct found f = { 0 };

	CC_TRY(cc_vol_may_change(v, err));
	CC_TRY(find(v, dir, name, &f, err));
	CC_TRY(is_empty_dir(f.inode, err));
	return unname(v, &f, err);
}

/* A directory must not become its own ancestor. */
static int is_outside(struct cc_volume *v, const struct cc_vol_inode *moved, uint64_t into,
		      struct cc_err *err)
{
	uint64_t at = into;

	/* Parents of a tree that a key holder made may lead in a circle. */
	for (uint64_t steps = 0; cc_vol_is(moved, S_IFDIR) && at != CC_VOLUME_ROOT_INO; steps++) {
		struct cc_vol_inode *dir = NULL;

		if (at == moved->attr.ino)
			return cc_vol_fail(err, CC_E_ARG, EINVAL,
					   "a directory cannot be moved into itself");
		CC_TRY(cc_vol_dir_get(v, at, &dir, err));
		if (steps > v->inode_count)
			return cc_vol_fail(err, CC_E_TAMPERED, EIO,
					   "directories are their own ancestors");
		at = dir->parent;
	}
	return 0;
}

/* What a name leads to is now this inode. */
static int repoint(struct cc_volume *v, const struct found *at, struct cc_span name,
		   struct cc_vol_inode *inode, struct cc_err *err)
{
	CC_TRY(cc_vol_entry_repoint(v, at->dir, name, &at->entry, inode, err));
	if (cc_vol_is(inode, S_IFDIR))
		inode->parent = at->dir->attr.ino;
	dir_changed(v, at->dir);
	inode_changed(v, inode);
	return 0;
}

/* The two sides of a rename. */
struct rename {
	struct found from, to;
	struct cc_span from_name, to_name;
};

static int exchange(struct cc_volume *v, struct rename *r, struct cc_err *err)
{
	struct cc_vol_inode *a = r->from.inode;
	struct cc_vol_inode *b = r->to.inode;

	CC_TRY(is_outside(v, a, r->to.dir->attr.ino, err));
	CC_TRY(is_outside(v, b, r->from.dir->attr.ino, err));
	if (cc_vol_is(a, S_IFDIR)) {
		r->from.dir->attr.links--;
		r->to.dir->attr.links++;
	}
	if (cc_vol_is(b, S_IFDIR)) {
		r->to.dir->attr.links--;
		r->from.dir->attr.links++;
	}
	CC_TRY(repoint(v, &r->from, r->from_name, b, err));
	return repoint(v, &r->to, r->to_name, a, err);
}

/* May `from` take the name of `to`? */
static int may_replace(const struct found *from, const struct found *to, struct cc_err *err)
{
	if (cc_vol_is(from->inode, S_IFDIR))
		return is_empty_dir(to->inode, err);
	if (cc_vol_is(to->inode, S_IFDIR))
		return cc_vol_fail(err, CC_E_ARG, EISDIR, "a file cannot replace a directory");
	return 0;
}

/* The name goes; the inode lives on under its new one. */
static int leave(struct cc_volume *v, struct found *from, struct cc_err *err)
{
	CC_TRY(cc_vol_entry_remove(v, from->dir, &from->entry, err));
	if (cc_vol_is(from->inode, S_IFDIR))
		from->dir->attr.links--;
	dir_changed(v, from->dir);
	return 0;
}

static int replace(struct cc_volume *v, struct rename *r, struct cc_err *err)
{
	bool is_dir = cc_vol_is(r->from.inode, S_IFDIR);

	CC_TRY(may_replace(&r->from, &r->to, err));
	/* The entry stays: there is no moment without the name. */
	CC_TRY(repoint(v, &r->to, r->to_name, r->from.inode, err));
	r->to.inode->attr.links -= is_dir ? 2 : 1;
	if (v->now.sec != 0)
		r->to.inode->attr.changed = v->now;
	CC_TRY(leave(v, &r->from, err));
	return cc_vol_inode_settle(v, r->to.inode, err);
}

static int move(struct cc_volume *v, struct rename *r, uint64_t to_dir, struct cc_err *err)
{
	struct cc_vol_inode *inode = r->from.inode;
	struct cc_vol_inode *dir = NULL;

	CC_TRY(is_outside(v, inode, to_dir, err));
	CC_TRY(name_is_free(v, to_dir, r->to_name, &dir, err));
	CC_TRY(cc_vol_entry_insert(v, dir, r->to_name, inode, err));
	if (cc_vol_is(inode, S_IFDIR)) {
		inode->parent = to_dir;
		dir->attr.links++;
	}
	dir_changed(v, dir);
	inode_changed(v, inode);
	return leave(v, &r->from, err);
}

int cc_volume_rename(struct cc_volume *v, uint64_t from_dir, struct cc_span from, uint64_t to_dir,
		     struct cc_span to, unsigned int flags, struct cc_err *err)
{
	struct rename r = { .from_name = from, .to_name = to };
	struct cc_err missing = { 0 };

	CC_TRY(cc_vol_may_change(v, err));
	CC_TRY(find(v, from_dir, from, &r.from, err));
	if (flags != 0 && flags != RENAME_NOREPLACE && flags != RENAME_EXCHANGE)
		return cc_vol_fail(err, CC_E_ARG, EINVAL, "rename flags '%#x' are not known",
				   flags);
	if (find(v, to_dir, to, &r.to, &missing) != 0) {
		if (missing.sys != ENOENT || flags == RENAME_EXCHANGE) {
			*err = missing;
			return -1;
		}
		return move(v, &r, to_dir, err);
	}
	if (flags == RENAME_NOREPLACE)
		return cc_vol_fail(err, CC_E_CONFLICT, EEXIST, "'%.*s' is there already",
				   (int)to.len, (const char *)to.at);
	if (r.from.inode == r.to.inode)
		return 0;
	if (flags == RENAME_EXCHANGE)
		return exchange(v, &r, err);
	CC_TRY(is_outside(v, r.from.inode, to_dir, err));
	return replace(v, &r, err);
}

int cc_volume_readlink(struct cc_volume *v, uint64_t ino, struct cc_span *out, struct cc_err *err)
{
	struct cc_vol_inode *inode = NULL;

	CC_TRY(cc_vol_trim(v, err));
	CC_TRY(cc_vol_inode_get(v, ino, &inode, err));
	if (!cc_vol_is(inode, S_IFLNK))
		return cc_vol_fail(err, CC_E_ARG, EINVAL, "this is no symbolic link");
	*out = cc_span(inode->target.at, inode->target.len);
	return 0;
}
