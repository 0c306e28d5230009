/* SPDX-License-Identifier: Apache-2.0 */
/* Attributes, and names: what a directory tree can do. */
#include <errno.h>
#include <sys/stat.h>

#include "volume/engine-internal.h"

#define PERMISSIONS 07777u

bool cc_volume_is_dirty(const struct cc_volume *v)
{
	return v->dirty || v->committed == 0;
}

void cc_volume_set_time(struct cc_volume *v, const struct cc_volume_time *now)
{
	v->now = *now;
}

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

int cc_volume_lookup(struct cc_volume *v, uint64_t dir, struct cc_span name,
		     struct cc_volume_attr *out, struct cc_err *err)
{
	struct cc_vol_inode *inode = NULL;
	const struct cc_vol_entry *entry = NULL;

	CC_TRY(cc_vol_dir_get(v, dir, &inode, err));
	if (name.len > CC_VOLUME_NAME_MAX)
		return cc_vol_fail(err, CC_E_TOOBIG, ENAMETOOLONG, "a name of %zu bytes", name.len);
	entry = cc_vol_entry_find(v, dir, name);
	if (entry == NULL)
		return cc_vol_fail(err, CC_E_NOTFOUND, ENOENT, "there is no '%.*s'", (int)name.len,
				   (const char *)name.at);
	return cc_volume_getattr(v, entry->ino, out, err);
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

	CC_TRY(cc_vol_inode_get(v, ino, &inode, err));
	*out = inode->attr;
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
	*out = inode->attr;
	return 0;
}

/* The directory, when a new name may be put into it. */
static int name_is_free(struct cc_volume *v, uint64_t dir, struct cc_span name,
			struct cc_vol_inode **out, struct cc_err *err)
{
	CC_TRY(cc_vol_may_change(v, err));
	CC_TRY(cc_vol_dir_get(v, dir, out, err));
	CC_TRY(cc_vol_name_check(name, err));
	if ((*out)->attr.links == 0)
		return cc_vol_fail(err, CC_E_NOTFOUND, ENOENT, "the directory was removed");
	if (cc_vol_entry_find(v, dir, name) != NULL)
		return cc_vol_fail(err, CC_E_CONFLICT, EEXIST, "'%.*s' is there already",
				   (int)name.len, (const char *)name.at);
	return 0;
}

static int inode_new(struct cc_volume *v, const struct cc_volume_attr *like,
		     struct cc_vol_inode **out, struct cc_err *err)
{
	struct cc_vol_inode *inode = NULL;
	uint64_t ino = v->next_ino;

	CC_TRY(cc_vol_inode_add(v, ino, &inode, err));
	v->next_ino++;
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
	if (cc_vol_entry_add(v, dir, name, inode, err) != 0) {
		cc_vol_inode_drop(v, inode);
		return -1;
	}
	if (cc_vol_is(inode, S_IFDIR)) {
		inode->dir.parent = dir->attr.ino;
		dir->attr.links++;
	}
	cc_vol_touch(v, inode);
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

	CC_TRY(name_is_free(v, dir, name, &parent, err));
	if (type != S_IFREG && type != S_IFDIR && type != S_IFIFO && type != S_IFSOCK &&
	    type != S_IFCHR && type != S_IFBLK)
		return cc_vol_fail(err, CC_E_ARG, EINVAL, "no file can have the type '%o'", type);
	CC_TRY(inode_new(v, like, &inode, err));
	CC_TRY(enter(v, parent, name, inode, err));
	*out = inode->attr;
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
	*out = inode->attr;
	return 0;
}

int cc_volume_link(struct cc_volume *v, uint64_t ino, uint64_t dir, struct cc_span name,
		   struct cc_volume_attr *out, struct cc_err *err)
{
	struct cc_vol_inode *parent = NULL;
	struct cc_vol_inode *inode = NULL;

	CC_TRY(name_is_free(v, dir, name, &parent, err));
	CC_TRY(cc_vol_inode_get(v, ino, &inode, err));
	if (cc_vol_is(inode, S_IFDIR))
		return cc_vol_fail(err, CC_E_ARG, EPERM, "directories cannot be linked");
	if (inode->attr.links == 0)
		return cc_vol_fail(err, CC_E_NOTFOUND, ENOENT, "the file was removed");
	if (inode->attr.links >= UINT32_MAX - 1)
		return cc_vol_fail(err, CC_E_TOOBIG, EMLINK, "too many links");
	CC_TRY(cc_vol_entry_add(v, parent, name, inode, err));
	inode->attr.links++;
	inode_changed(v, inode);
	dir_changed(v, parent);
	*out = inode->attr;
	return 0;
}

/* An entry that is there, and what it names. */
struct found {
	struct cc_vol_inode *dir;
	struct cc_vol_entry *entry;
	struct cc_vol_inode *inode;
};

static int find(struct cc_volume *v, uint64_t dir, struct cc_span name, struct found *out,
		struct cc_err *err)
{
	CC_TRY(cc_vol_may_change(v, err));
	CC_TRY(cc_vol_dir_get(v, dir, &out->dir, err));
	CC_TRY(cc_vol_name_check(name, err));
	out->entry = cc_vol_entry_find(v, dir, name);
	if (out->entry == NULL)
		return cc_vol_fail(err, CC_E_NOTFOUND, ENOENT, "there is no '%.*s'", (int)name.len,
				   (const char *)name.at);
	return cc_vol_inode_get(v, out->entry->ino, &out->inode, err);
}

/* The inode has lost this name. */
static void unname(struct cc_volume *v, struct found *f)
{
	bool is_dir = cc_vol_is(f->inode, S_IFDIR);

	cc_vol_entry_remove(v, f->dir, f->entry);
	if (is_dir)
		f->dir->attr.links--;
	f->inode->attr.links -= is_dir ? 2 : 1;
	dir_changed(v, f->dir);
	if (v->now.sec != 0)
		f->inode->attr.changed = v->now;
	cc_vol_inode_settle(v, f->inode);
}

int cc_volume_unlink(struct cc_volume *v, uint64_t dir, struct cc_span name, struct cc_err *err)
{
	struct found f = { 0 };

	CC_TRY(find(v, dir, name, &f, err));
	if (cc_vol_is(f.inode, S_IFDIR))
		return cc_vol_fail(err, CC_E_ARG, EISDIR, "'%.*s' is a directory", (int)name.len,
				   (const char *)name.at);
	unname(v, &f);
	return 0;
}

static int is_empty_dir(const struct cc_vol_inode *inode, struct cc_err *err)
{
	if (!cc_vol_is(inode, S_IFDIR))
		return cc_vol_fail(err, CC_E_ARG, ENOTDIR, "this is no directory");
	if (inode->dir.live != 0)
		return cc_vol_fail(err, CC_E_CONFLICT, ENOTEMPTY, "the directory is not empty");
	return 0;
}

int cc_volume_rmdir(struct cc_volume *v, uint64_t dir, struct cc_span name, struct cc_err *err)
{
	struct found f = { 0 };

	CC_TRY(find(v, dir, name, &f, err));
	CC_TRY(is_empty_dir(f.inode, err));
	unname(v, &f);
	return 0;
}

/* A directory must not become its own ancestor. */
static int is_outside(const struct cc_volume *v, const struct cc_vol_inode *moved, uint64_t into,
		      struct cc_err *err)
{
	uint64_t at = into;

	while (cc_vol_is(moved, S_IFDIR) && at != CC_VOLUME_ROOT_INO) {
		const struct cc_vol_inode *dir = cc_vol_inode_find(v, at);

		if (at == moved->attr.ino)
			return cc_vol_fail(err, CC_E_ARG, EINVAL,
					   "a directory cannot be moved into itself");
		if (dir == NULL)
			break;
		at = dir->dir.parent;
	}
	return 0;
}

/* What an entry names is now this inode. */
static void repoint(struct cc_volume *v, struct cc_vol_inode *dir, struct cc_vol_entry *entry,
		    struct cc_vol_inode *inode)
{
	entry->ino = inode->attr.ino;
	entry->mode = inode->attr.mode & S_IFMT;
	if (cc_vol_is(inode, S_IFDIR))
		inode->dir.parent = dir->attr.ino;
	dir_changed(v, dir);
	inode_changed(v, inode);
}

static int exchange(struct cc_volume *v, struct found *a, struct found *b, struct cc_err *err)
{
	CC_TRY(is_outside(v, a->inode, b->dir->attr.ino, err));
	CC_TRY(is_outside(v, b->inode, a->dir->attr.ino, err));
	if (cc_vol_is(a->inode, S_IFDIR)) {
		a->dir->attr.links--;
		b->dir->attr.links++;
	}
	if (cc_vol_is(b->inode, S_IFDIR)) {
		b->dir->attr.links--;
		a->dir->attr.links++;
	}
	repoint(v, a->dir, a->entry, b->inode);
	repoint(v, b->dir, b->entry, a->inode);
	return 0;
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
static void leave(struct cc_volume *v, struct found *from)
{
	cc_vol_entry_remove(v, from->dir, from->entry);
	if (cc_vol_is(from->inode, S_IFDIR))
		from->dir->attr.links--;
	dir_changed(v, from->dir);
}

static int replace(struct cc_volume *v, struct found *from, struct found *to, struct cc_err *err)
{
	bool is_dir = cc_vol_is(from->inode, S_IFDIR);

	CC_TRY(may_replace(from, to, err));
	/* to->entry stays: there is no moment without the name. */
	repoint(v, to->dir, to->entry, from->inode);
	to->inode->attr.links -= is_dir ? 2 : 1;
	if (v->now.sec != 0)
		to->inode->attr.changed = v->now;
	leave(v, from);
	cc_vol_inode_settle(v, to->inode);
	return 0;
}

static int move(struct cc_volume *v, struct found *from, uint64_t to_dir, struct cc_span name,
		struct cc_err *err)
{
	struct cc_vol_inode *dir = NULL;

	CC_TRY(name_is_free(v, to_dir, name, &dir, err));
	CC_TRY(cc_vol_entry_add(v, dir, name, from->inode, err));
	if (cc_vol_is(from->inode, S_IFDIR)) {
		from->inode->dir.parent = to_dir;
		dir->attr.links++;
	}
	dir_changed(v, dir);
	inode_changed(v, from->inode);
	leave(v, from);
	return 0;
}

int cc_volume_rename(struct cc_volume *v, uint64_t from_dir, struct cc_span from, uint64_t to_dir,
		     struct cc_span to, unsigned int flags, struct cc_err *err)
{
	struct found source = { 0 };
	struct found target = { 0 };
	struct cc_err missing = { 0 };

	CC_TRY(find(v, from_dir, from, &source, err));
	if (flags != 0 && flags != RENAME_NOREPLACE && flags != RENAME_EXCHANGE)
		return cc_vol_fail(err, CC_E_ARG, EINVAL, "rename flags '%#x' are not known",
				   flags);
	if (find(v, to_dir, to, &target, &missing) != 0) {
		if (missing.sys != ENOENT || flags == RENAME_EXCHANGE) {
			*err = missing;
			return -1;
		}
		CC_TRY(is_outside(v, source.inode, to_dir, err));
		return move(v, &source, to_dir, to, err);
	}
	if (flags == RENAME_NOREPLACE)
		return cc_vol_fail(err, CC_E_CONFLICT, EEXIST, "'%.*s' is there already",
				   (int)to.len, (const char *)to.at);
	if (source.inode == target.inode)
		return 0;
	if (flags == RENAME_EXCHANGE)
		return exchange(v, &source, &target, err);
	CC_TRY(is_outside(v, source.inode, to_dir, err));
	return replace(v, &source, &target, err);
}

int cc_volume_readlink(struct cc_volume *v, uint64_t ino, struct cc_span *out, struct cc_err *err)
{
	struct cc_vol_inode *inode = NULL;

	CC_TRY(cc_vol_inode_get(v, ino, &inode, err));
	if (!cc_vol_is(inode, S_IFLNK))
		return cc_vol_fail(err, CC_E_ARG, EINVAL, "this is no symbolic link");
	*out = cc_span(inode->target.at, inode->target.len);
	return 0;
}

int cc_volume_readdir(struct cc_volume *v, uint64_t dir, uint64_t after,
		      struct cc_volume_entry *out, bool *end, struct cc_err *err)
{
	struct cc_vol_inode *inode = NULL;
	const struct cc_vol_entry *entry = NULL;
	size_t place = 0;

	CC_TRY(cc_vol_dir_get(v, dir, &inode, err));
	place = cc_vol_dir_after(&inode->dir, after);
	*end = place == inode->dir.count;
	if (*end)
		return 0;
	entry = inode->dir.places[place].entry;
	*out = (struct cc_volume_entry){ .name = cc_span(entry->name, entry->len),
					 .ino = entry->ino,
					 .mode = entry->mode,
					 .cookie = entry->cookie };
	return 0;
}

void cc_volume_hold(struct cc_volume *v, uint64_t ino)
{
	struct cc_vol_inode *inode = cc_vol_inode_find(v, ino);

	if (inode != NULL)
		inode->holds++;
}

void cc_volume_release(struct cc_volume *v, uint64_t ino)
{
	struct cc_vol_inode *inode = cc_vol_inode_find(v, ino);

	if (inode == NULL || inode->holds == 0)
		return;
	inode->holds--;
	if (inode->holds == 0 && inode->attr.links == 0)
		cc_vol_inode_drop(v, inode);
}

void cc_volume_usage(const struct cc_volume *v, struct cc_volume_usage *out)
{
	uint64_t written = v->written + v->append_len;

	*out = (struct cc_volume_usage){ .inodes = v->inode_count,
					 .bytes = v->bytes,
					 .written = written,
					 .room = v->writable ? CC_VOL_EPOCH_BYTES - written : 0 };
}

int cc_volume_states(const struct cc_volume *v, struct cc_volume_state_id **out, size_t *count,
		     struct cc_err *err)
{
	struct cc_volume_state_id *states = calloc(v->epoch_count, sizeof(*states));
	size_t found = 0;

	if (states == NULL)
		return cc_fail_sys(err, ENOMEM, "list the states of a volume");
	for (size_t i = v->epoch_count; i > 0; i--)
		if (i == v->epoch_count || v->epochs[i - 1].refs > 0)
			states[found++] = v->epochs[i - 1].state;
	*out = states;
	*count = found;
	return 0;
}
