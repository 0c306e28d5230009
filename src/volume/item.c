/* SPDX-License-Identifier: Apache-2.0 */
/* Items of the tree as bytes: docs/format/volume.md, "Items". */
#include <errno.h>
#include <sys/stat.h>

#include "volume/format-internal.h"

/* Flags of an inode: what is left out because it says nothing new. */
#define SAME_ACCESSED 1u
#define SAME_CHANGED 2u
#define HAS_DEVICE 4u
#define INODE_FLAGS (SAME_ACCESSED | SAME_CHANGED | HAS_DEVICE)
#define WINDOW_HASHED 1u

int cc_vol_key_order(const struct cc_vol_key *a, const struct cc_vol_key *b)
{
	if (a->object != b->object)
		return a->object < b->object ? -1 : 1;
	if (a->kind != b->kind)
		return a->kind < b->kind ? -1 : 1;
	return (a->offset > b->offset) - (a->offset < b->offset);
}

/* Offsets that are hashes have no small values to make short. */
static bool offset_is_hash(uint8_t kind)
{
	return kind == CC_VOL_XATTR || kind == CC_VOL_ENTRY;
}

/*
 * The greatest of each kind. Who lists goes on behind the last one he saw: one that nothing can be
 * behind would begin the listing again, for ever.
 */
static const uint64_t offset_max[] = {
	[CC_VOL_ORPHAN] = UINT64_MAX - 1,
	[CC_VOL_INODE] = 0,
	[CC_VOL_XATTR] = CC_VOL_NAME_MAX,
	[CC_VOL_ENTRY] = CC_VOL_NAME_MAX,
	[CC_VOL_WINDOW] = CC_VOLUME_FILE_MAX / CC_VOLUME_EXTENT - 1,
};

int cc_vol_node_key_add(struct cc_buf *buf, const struct cc_vol_key *last,
			const struct cc_vol_key *key, struct cc_err *err)
{
	CC_TRY(cc_vol_varint_add(buf, key->object - last->object, err));
	CC_TRY(cc_buf_add_u8(buf, key->kind, err));
	return offset_is_hash(key->kind) ? cc_buf_add_u64le(buf, key->offset, err)
					 : cc_vol_varint_add(buf, key->offset, err);
}

int cc_vol_node_key_read(struct cc_reader *r, const struct cc_vol_key *last, struct cc_vol_key *out,
			 struct cc_err *err)
{
	struct cc_vol_key key = { 0 };

	CC_TRY(cc_vol_varint_read(r, "object of an item", &key.object, err));
	if (key.object > UINT64_MAX - last->object)
		return cc_fail(err, CC_E_TAMPERED, "an item's object has more than 64 bits");
	key.object += last->object;
	CC_TRY(cc_read_u8(r, "kind of an item", &key.kind, err));
	if (key.kind < CC_VOL_ORPHAN || key.kind > CC_VOL_WINDOW)
		return cc_fail(err, CC_E_TAMPERED, "an item of kind '%u'", key.kind);
	if (offset_is_hash(key.kind))
		CC_TRY(cc_read_u64le(r, "hash of an item", &key.offset, err));
	else
		CC_TRY(cc_vol_varint_read(r, "offset of an item", &key.offset, err));
	if (key.offset > offset_max[key.kind])
		return cc_fail(err, CC_E_TAMPERED, "an item of kind '%u' at '%llu'", key.kind,
			       (unsigned long long)key.offset);
	*out = key;
	return 0;
}

int cc_vol_node_begin(struct cc_buf *buf, uint8_t level, uint32_t count, struct cc_err *err)
{
	CC_TRY(cc_buf_add_u8(buf, level, err));
	return cc_vol_varint_add(buf, count, err);
}

int cc_vol_node_read(struct cc_reader *r, uint8_t *level, uint32_t *count, struct cc_err *err)
{
	uint64_t items = 0;

	CC_TRY(cc_read_u8(r, "level of a node", level, err));
	CC_TRY(cc_vol_varint_read(r, "items of a node", &items, err));
	if (*level >= CC_VOL_DEPTH_MAX || items == 0 ||
	    items > r->rest.len / CC_VOL_NODE_ITEM_MIN + 1)
		return cc_fail(err, CC_E_TAMPERED, "a node of level '%u' with '%llu' items", *level,
			       (unsigned long long)items);
	*count = (uint32_t)items;
	return 0;
}

/* Two's complement with the sign in the lowest bit, so that small times are short. */
static uint64_t folded(int64_t value)
{
	return ((uint64_t)value << 1) ^ (value < 0 ? UINT64_MAX : 0);
}

static int add_time(struct cc_buf *out, const struct cc_volume_time *t, struct cc_err *err)
{
	CC_TRY(cc_vol_varint_add(out, folded(t->sec), err));
	return cc_vol_varint_add(out, t->nsec, err);
}

static int read_time(struct cc_reader *r, struct cc_volume_time *out, struct cc_err *err)
{
	uint64_t sec = 0;
	uint64_t nsec = 0;

	CC_TRY(cc_vol_varint_read(r, "time", &sec, err));
	CC_TRY(cc_vol_varint_read(r, "nanoseconds", &nsec, err));
	if (nsec >= 1000000000)
		return cc_fail(err, CC_E_TAMPERED, "'%llu' nanoseconds", (unsigned long long)nsec);
	out->sec = (int64_t)((sec >> 1) ^ (0 - (sec & 1)));
	out->nsec = (uint32_t)nsec;
	return 0;
}

static int read_u32(struct cc_reader *r, const char *what, uint32_t *out, struct cc_err *err)
{
	uint64_t value = 0;

	CC_TRY(cc_vol_varint_read(r, what, &value, err));
	if (value > UINT32_MAX)
		return cc_fail(err, CC_E_TAMPERED, "%s has more than 32 bits", what);
	*out = (uint32_t)value;
	return 0;
}

static bool same_time(const struct cc_volume_time *a, const struct cc_volume_time *b)
{
	return a->sec == b->sec && a->nsec == b->nsec;
}

static int add_attr(struct cc_buf *out, const struct cc_volume_attr *a, struct cc_err *err)
{
	unsigned int flags = (same_time(&a->accessed, &a->modified) ? SAME_ACCESSED : 0) |
			     (same_time(&a->changed, &a->modified) ? SAME_CHANGED : 0) |
			     (a->rdev_major != 0 || a->rdev_minor != 0 ? HAS_DEVICE : 0);

	CC_TRY(cc_buf_add_u8(out, (uint8_t)flags, err));
	CC_TRY(cc_vol_varint_add(out, a->mode, err));
	CC_TRY(cc_vol_varint_add(out, a->uid, err));
	CC_TRY(cc_vol_varint_add(out, a->gid, err));
	CC_TRY(cc_vol_varint_add(out, a->links, err));
	CC_TRY(cc_vol_varint_add(out, a->size, err));
	CC_TRY(add_time(out, &a->modified, err));
	if ((flags & SAME_ACCESSED) == 0)
		CC_TRY(add_time(out, &a->accessed, err));
	if ((flags & SAME_CHANGED) == 0)
		CC_TRY(add_time(out, &a->changed, err));
	if ((flags & HAS_DEVICE) == 0)
		return 0;
	CC_TRY(cc_vol_varint_add(out, a->rdev_major, err));
	return cc_vol_varint_add(out, a->rdev_minor, err);
}

static int read_attr(struct cc_reader *r, struct cc_volume_attr *a, struct cc_err *err)
{
	uint8_t flags = 0;

	CC_TRY(cc_read_u8(r, "flags of an inode", &flags, err));
	if ((flags & ~INODE_FLAGS) != 0)
		return cc_fail(err, CC_E_TAMPERED, "an inode with unknown flags '%#x'", flags);
	CC_TRY(read_u32(r, "mode", &a->mode, err));
	CC_TRY(read_u32(r, "user", &a->uid, err));
	CC_TRY(read_u32(r, "group", &a->gid, err));
	CC_TRY(read_u32(r, "links", &a->links, err));
	CC_TRY(cc_vol_varint_read(r, "size", &a->size, err));
	CC_TRY(read_time(r, &a->modified, err));
	a->accessed = a->changed = a->modified;
	if ((flags & SAME_ACCESSED) == 0)
		CC_TRY(read_time(r, &a->accessed, err));
	if ((flags & SAME_CHANGED) == 0)
		CC_TRY(read_time(r, &a->changed, err));
	if ((flags & HAS_DEVICE) == 0)
		return 0;
	CC_TRY(read_u32(r, "device", &a->rdev_major, err));
	return read_u32(r, "device", &a->rdev_minor, err);
}

int cc_vol_inode_add(struct cc_buf *buf, const struct cc_vol_inode_item *item, struct cc_err *err)
{
	uint32_t type = item->attr.mode & S_IFMT;

	CC_TRY(add_attr(buf, &item->attr, err));
	if (type == S_IFREG)
		return cc_vol_varint_add(buf, item->stored, err);
	if (type == S_IFLNK)
		return cc_buf_add(buf, item->target, err);
	if (type != S_IFDIR)
		return 0;
	CC_TRY(cc_vol_varint_add(buf, item->parent, err));
	return cc_vol_varint_add(buf, item->entries, err);
}

/* What depends on the type; everything else that is wrong with an inode. */
static int inode_rest(struct cc_reader *r, struct cc_vol_inode_item *item, struct cc_err *err)
{
	const struct cc_volume_attr *a = &item->attr;
	uint32_t type = a->mode & S_IFMT;

	if (type == S_IFREG && a->size <= CC_VOLUME_FILE_MAX)
		return cc_vol_varint_read(r, "stored bytes", &item->stored, err);
	if (type == S_IFLNK && a->size == r->rest.len && a->size > 0 &&
	    a->size <= CC_VOLUME_LINK_MAX)
		return cc_read_span(r, r->rest.len, "target", &item->target, err);
	if (type == S_IFDIR && a->size == 0) {
		CC_TRY(cc_vol_varint_read(r, "parent", &item->parent, err));
		return cc_vol_varint_read(r, "entries", &item->entries, err);
	}
	if ((type == S_IFIFO || type == S_IFSOCK || type == S_IFCHR || type == S_IFBLK) &&
	    a->size == 0)
		return 0;
	return cc_fail(err, CC_E_TAMPERED, "an inode of mode '%o' and %llu bytes", a->mode,
		       (unsigned long long)a->size);
}

int cc_vol_inode_parse(struct cc_span bytes, struct cc_vol_inode_item *out, struct cc_err *err)
{
	struct cc_reader r = cc_reader(bytes);
	struct cc_vol_inode_item item = { 0 };

	CC_TRY(read_attr(&r, &item.attr, err));
	CC_TRY(inode_rest(&r, &item, err));
	CC_TRY(cc_read_end(&r, "inode", err));
	*out = item;
	return 0;
}

int cc_vol_name_check(struct cc_span name, struct cc_err *err)
{
	if (name.len > CC_VOLUME_NAME_MAX)
		return cc_vol_fail(err, CC_E_TOOBIG, ENAMETOOLONG,
				   "a name of %zu bytes, at most %d are possible", name.len,
				   CC_VOLUME_NAME_MAX);
	if (name.len == 0 || memchr(name.at, '/', name.len) != NULL ||
	    memchr(name.at, '\0', name.len) != NULL || cc_span_eq_str(name, ".") ||
	    cc_span_eq_str(name, ".."))
		return cc_vol_fail(err, CC_E_ARG, EINVAL, "this is no name of a file");
	return 0;
}

int cc_vol_entry_add(struct cc_buf *buf, const struct cc_vol_entry_item *item, struct cc_err *err)
{
	CC_TRY(cc_vol_varint_add(buf, item->ino, err));
	CC_TRY(cc_buf_add_u8(buf, (uint8_t)(item->mode >> 12), err));
	return cc_buf_add(buf, item->name, err);
}

int cc_vol_entry_parse(struct cc_span bytes, struct cc_vol_entry_item *out, struct cc_err *err)
{
	struct cc_reader r = cc_reader(bytes);
	struct cc_vol_entry_item item = { 0 };
	uint8_t type = 0;

	CC_TRY(cc_vol_varint_read(&r, "inode of a name", &item.ino, err));
	CC_TRY(cc_read_u8(&r, "type of a name", &type, err));
	if (item.ino == 0 || type > 15)
		return cc_fail(err, CC_E_TAMPERED, "a name of inode '%llu', type '%u'",
			       (unsigned long long)item.ino, type);
	item.mode = (uint32_t)type << 12;
	item.name = r.rest;
	CC_TRY(cc_vol_name_check(item.name, err));
	*out = item;
	return 0;
}

int cc_vol_xattr_add(struct cc_buf *buf, const struct cc_vol_xattr_item *item, struct cc_err *err)
{
	CC_TRY(cc_buf_add_u8(buf, (uint8_t)item->name.len, err));
	CC_TRY(cc_buf_add(buf, item->name, err));
	return cc_buf_add(buf, item->value, err);
}

int cc_vol_xattr_parse(struct cc_span bytes, struct cc_vol_xattr_item *out, struct cc_err *err)
{
	struct cc_reader r = cc_reader(bytes);
	struct cc_vol_xattr_item item = { 0 };
	uint8_t len = 0;

	CC_TRY(cc_read_u8(&r, "length of a name", &len, err));
	CC_TRY(cc_read_span(&r, len, "name of an attribute", &item.name, err));
	if (len == 0 || memchr(item.name.at, '\0', len) != NULL || r.rest.len > CC_VOLUME_XATTR_MAX)
		return cc_fail(err, CC_E_TAMPERED, "an extended attribute of %zu bytes",
			       r.rest.len);
	item.value = r.rest;
	*out = item;
	return 0;
}

int cc_vol_window_add(struct cc_buf *buf, const struct cc_vol_window *w, struct cc_err *err)
{
	CC_TRY(cc_buf_add_u8(buf, w->hashed ? WINDOW_HASHED : 0, err));
	if (w->hashed)
		CC_TRY(cc_buf_add(buf, CC_DIGEST_SPAN(w->hash), err));
	for (uint32_t i = 0; i < w->run_count; i++) {
		const struct cc_vol_run *run = &w->runs[i];

		CC_TRY(cc_buf_add_u8(buf, run->first, err));
		CC_TRY(cc_buf_add_u8(buf, run->count, err));
		CC_TRY(cc_buf_add_u16le(buf, run->last, err));
		CC_TRY(cc_vol_varint_add(buf, run->slot, err));
		CC_TRY(cc_vol_varint_add(buf, run->at, err));
		CC_TRY(cc_buf_add_u32le(buf, run->nonce, err));
		CC_TRY(cc_buf_add(
			buf, cc_span(w->tags + run->first, run->count * sizeof(w->tags[0])), err));
	}
	return 0;
}

static int read_run(struct cc_reader *r, struct cc_vol_window *w, struct cc_err *err)
{
	struct cc_vol_run run = { 0 };
	const struct cc_vol_run *last = w->run_count > 0 ? &w->runs[w->run_count - 1] : NULL;
	unsigned int least = last == NULL ? 0 : (unsigned int)last->first + last->count;

	CC_TRY(cc_read_u8(r, "first block of a run", &run.first, err));
	CC_TRY(cc_read_u8(r, "blocks of a run", &run.count, err));
	CC_TRY(cc_read_u16le(r, "last block of a run", &run.last, err));
	CC_TRY(read_u32(r, "epoch of a run", &run.slot, err));
	CC_TRY(cc_vol_varint_read(r, "place of a run", &run.at, err));
	CC_TRY(cc_read_u32le(r, "nonce of a run", &run.nonce, err));
	if (run.first < least || run.count == 0 ||
	    (unsigned int)run.first + run.count > CC_VOL_WINDOW_BLOCKS || run.last == 0 ||
	    run.last > CC_VOL_BLOCK || run.nonce > UINT32_MAX - run.count ||
	    run.at < CC_VOL_DATA_START || run.at > CC_VOL_EPOCH_BYTES - CC_VOLUME_EXTENT)
		return cc_fail(err, CC_E_TAMPERED, "a run of %u blocks from %u on cannot be",
			       run.count, run.first);
	CC_TRY(cc_read_copy(r, "tags of a run",
			    (struct cc_mut){ w->tags[run.first].b, run.count * sizeof(w->tags[0]) },
			    err));
	w->runs[w->run_count++] = run;
	return 0;
}

int cc_vol_window_parse(struct cc_span bytes, struct cc_vol_window *out, struct cc_err *err)
{
	struct cc_reader r = cc_reader(bytes);
	uint8_t flags = 0;

	out->run_count = 0;
	CC_TRY(cc_read_u8(&r, "flags of a window", &flags, err));
	if ((flags & ~WINDOW_HASHED) != 0)
		return cc_fail(err, CC_E_TAMPERED, "a window with unknown flags '%#x'", flags);
	out->hashed = (flags & WINDOW_HASHED) != 0;
	if (out->hashed)
		CC_TRY(cc_read_copy(&r, "hash of a window", CC_MUT(out->hash.b), err));
	while (r.rest.len > 0)
		CC_TRY(read_run(&r, out, err));
	if (out->run_count == 0)
		return cc_fail(err, CC_E_TAMPERED, "a window without blocks");
	return 0;
}
