/* SPDX-License-Identifier: Apache-2.0 */
/* Everything that a state has, read and held against everything else. */
#include <errno.h>
#include <sys/stat.h>

#include "volume/engine-internal.h"

/* Items between two reports of progress. */
#define REPORT_ITEMS 1024u

struct check {
	struct cc_volume *v;
	const struct cc_volume_check_plan *plan;
	struct cc_volume_checked done;
	struct cc_vol_map names;    /* how often an inode is named */
	struct cc_vol_map subdirs;  /* how many directories a directory has */
	struct cc_vol_map children; /* how many names a directory has */
	uint64_t linked, bytes, items, orphans;
	uint64_t nodes_before, bytes_before, block_bytes;
	bool measured; /* nodes and bytes are all in `done` */
};

static void check_clear(struct check *c)
{
	cc_vol_map_clear(&c->names);
	cc_vol_map_clear(&c->subdirs);
	cc_vol_map_clear(&c->children);
}

static int wrong(struct cc_err *err, uint64_t ino, const char *what)
{
	return cc_vol_fail(err, CC_E_TAMPERED, EIO, "inode '%llu': %s", (unsigned long long)ino,
			   what);
}

static int count_up(struct cc_vol_map *map, uint64_t key, struct cc_err *err)
{
	return cc_vol_map_set(map, key, cc_vol_map_get(map, key) + 1, err);
}

/* Who looks for a name finds this item, and so it is the only one with that name. */
static int check_name(struct check *c, const struct cc_vol_key *key, struct cc_span name,
		      struct cc_err *err)
{
	struct cc_span value = { 0 };
	uint64_t offset = 0;
	bool found = false;

	CC_TRY(cc_vol_name_find(c->v, key, name, &offset, &value, &found, err));
	if (!found || offset != key->offset)
		return wrong(err, key->object, "has a name where nobody finds it");
	return 0;
}

static int check_entry(struct check *c, const struct cc_vol_key *key, struct cc_span value,
		       struct cc_err *err)
{
	const uint64_t dir = key->object;
	struct cc_vol_entry_item entry = { 0 };
	struct cc_vol_inode *inode = NULL;

	CC_TRY(cc_vol_entry_parse(value, &entry, err));
	CC_TRY(check_name(c, key, entry.name, err));
	if (cc_vol_inode_get(c->v, entry.ino, &inode, err) != 0)
		return err->code == CC_E_NOTFOUND ? wrong(err, dir, "has a name that leads nowhere")
						  : -1;
	if (!cc_vol_is(inode, entry.mode))
		return wrong(err, dir, "has a name with another type than what it leads to");
	c->done.entries++;
	CC_TRY(count_up(&c->names, entry.ino, err));
	CC_TRY(count_up(&c->children, dir, err));
	if (!S_ISDIR(entry.mode))
		return 0;
	if (inode->parent != dir || entry.ino == CC_VOLUME_ROOT_INO)
		return wrong(err, entry.ino, "has another parent than the directory that names it");
	return count_up(&c->subdirs, dir, err);
}

/* Every block opens; with hashes kept, the window is what its hash says. */
static int check_window(struct check *c, const struct cc_vol_key *key, struct cc_span value,
			struct cc_err *err)
{
	const struct cc_vol_place of = { key->object, key->offset };
	struct cc_vol_inode *inode = NULL;
	struct cc_vol_window w;

	CC_TRY(cc_vol_window_parse(value, &w, err));
	for (uint32_t i = 0; i < w.run_count; i++) {
		c->done.blocks += w.runs[i].count;
		c->block_bytes += cc_vol_run_len(&w.runs[i]);
	}
	CC_TRY(cc_vol_inode_get(c->v, key->object, &inode, err));
	if (!cc_vol_is(inode, S_IFREG))
		return wrong(err, key->object, "has blocks and is no file");
	if (key->offset * CC_VOLUME_EXTENT >= inode->attr.size)
		return wrong(err, key->object, "has blocks behind its end");
	const struct cc_mut all = { c->v->window, CC_VOLUME_EXTENT };

	return w.hashed ? cc_vol_window_verify(c->v, &of, all, err)
			: cc_vol_window_read(c->v, &of, 0, all, err);
}

static int check_inode(struct check *c, uint64_t ino, struct cc_span value, struct cc_err *err)
{
	struct cc_vol_inode_item item = { 0 };

	CC_TRY(cc_vol_inode_parse(value, &item, err));
	if (ino == 0 || ino >= c->v->next_ino)
		return wrong(err, ino, "was never given out");
	c->done.inodes++;
	c->linked += item.attr.links > 0;
	if (S_ISREG(item.attr.mode))
		c->bytes += item.attr.size;
	return 0;
}

static int check_xattr(struct check *c, const struct cc_vol_key *key, struct cc_span value,
		       struct cc_err *err)
{
	struct cc_vol_xattr_item xattr = { { 0 }, { 0 } };

	CC_TRY(cc_vol_xattr_parse(value, &xattr, err));
	return check_name(c, key, xattr.name, err);
}

static int check_item(struct check *c, const struct cc_vol_key *key, struct cc_span value,
		      struct cc_err *err)
{
	if (key->kind == CC_VOL_INODE)
		return check_inode(c, key->object, value, err);
	if (key->kind == CC_VOL_ENTRY)
		return check_entry(c, key, value, err);
	if (key->kind == CC_VOL_XATTR)
		return check_xattr(c, key, value, err);
	if (key->kind == CC_VOL_WINDOW)
		return check_window(c, key, value, err);
	c->orphans++;
	return 0;
}

/* Nodes are read once: what is read again later is not counted. */
static void measure(struct check *c)
{
	if (!c->measured) {
		c->done.nodes = c->v->tree.nodes_read - c->nodes_before;
		c->done.bytes = c->v->tree.bytes_read - c->bytes_before + c->block_bytes;
	}
}

static int report(struct check *c, struct cc_err *err)
{
	measure(c);
	return c->plan->progress == NULL ? 0 : c->plan->progress(c->plan->ctx, &c->done, err);
}

typedef int item_fn(struct check *c, const struct cc_vol_key *key, struct cc_span value,
		    struct cc_err *err);

static int for_each(struct check *c, item_fn *fn, struct cc_err *err)
{
	struct cc_vol_key key = { 0 };
	struct cc_span value = { 0 };
	bool found = true;

	while (found) {
		CC_TRY(cc_vol_trim(c->v, err));
		CC_TRY(cc_vol_tree_next(c->v, &key, &value, &found, err));
		if (found && fn(c, &key, value, err) != 0) {
			if (c->plan->damaged != NULL)
				*c->plan->damaged = key.object;
			return cc_vol_malformed(err, "check the volume");
		}
		if (found && ++c->items % REPORT_ITEMS == 0)
			CC_TRY(report(c, err));
		key.offset++;
	}
	return 0;
}

/* After all names are known: links and counts agree with them. */
static int check_links(struct check *c, const struct cc_vol_key *key, struct cc_span value,
		       struct cc_err *err)
{
	const uint64_t ino = key->object;
	struct cc_vol_inode_item item = { 0 };
	uint64_t names = cc_vol_map_get(&c->names, ino);

	if (key->kind != CC_VOL_INODE)
		return 0;
	CC_TRY(cc_vol_inode_parse(value, &item, err));
	if (S_ISDIR(item.attr.mode)) {
		if (item.entries != cc_vol_map_get(&c->children, ino))
			return wrong(err, ino, "does not have as many names as it says");
		if (names != (item.attr.links > 0 && ino != CC_VOLUME_ROOT_INO))
			return wrong(err, ino, "is not named by one directory");
		names = item.attr.links > 0 ? 2 + cc_vol_map_get(&c->subdirs, ino) : 0;
	}
	if (item.attr.links != names)
		return wrong(err, ino, "does not have as many links as it says");
	return 0;
}

/* A directory that cannot be reached is its own ancestor: all others have been named by one. */
static int check_reach(struct check *c, const struct cc_vol_key *key, struct cc_span value,
		       struct cc_err *err)
{
	struct cc_vol_inode_item item = { 0 };
	uint64_t at = key->object;

	if (key->kind != CC_VOL_INODE)
		return 0;
	CC_TRY(cc_vol_inode_parse(value, &item, err));
	if (!S_ISDIR(item.attr.mode) || item.attr.links == 0)
		return 0;
	for (uint64_t steps = 0; at != CC_VOLUME_ROOT_INO; steps++) {
		struct cc_vol_inode *dir = NULL;

		CC_TRY(cc_vol_dir_get(c->v, at, &dir, err));
		if (steps > c->done.inodes)
			return wrong(err, key->object, "cannot be reached from the root");
		at = dir->parent;
	}
	return 0;
}

static int check_totals(const struct check *c, struct cc_err *err)
{
	if (c->linked != c->v->inode_count || c->bytes != c->v->bytes ||
	    c->done.inodes - c->linked != c->orphans)
		return cc_vol_fail(err, CC_E_TAMPERED, EIO,
				   "the volume's counts are not those of its files");
	return 0;
}

int cc_volume_check(struct cc_volume *v, const struct cc_volume_check_plan *plan,
		    struct cc_volume_checked *out, struct cc_err *err)
{
	CC_CLEANUP(check_clear) struct check c = { .v = v, .plan = plan };

	if (v->writable && (cc_volume_is_dirty(v) || v->tree.dirty > 0))
		return cc_fail(err, CC_E_BUG, "a state is checked, not what waits for a commit");
	/* Out of memory, so that each is read. */
	cc_vol_tree_trim(v, 0);
	if (plan->damaged != NULL)
		*plan->damaged = 0;
	c.nodes_before = v->tree.nodes_read;
	c.bytes_before = v->tree.bytes_read;
	CC_TRY(for_each(&c, check_item, err));
	measure(&c);
	c.measured = true;
	CC_TRY(for_each(&c, check_links, err));
	CC_TRY(for_each(&c, check_reach, err));
	CC_TRY(check_totals(&c, err));
	CC_TRY(report(&c, err));
	*out = c.done;
	return 0;
}
