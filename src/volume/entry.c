/* SPDX-License-Identifier: Apache-2.0 */
/* Names: of directory entries and of extended attributes, ordered by a keyed hash. */
#include <errno.h>
#include <sys/stat.h>

#include "volume/engine-internal.h"

/* Names with one hash take places of their own: the low bits of the offset. */
#define PLACE_BITS 6u
#define PLACES (UINT64_C(1) << PLACE_BITS)
#define HASH_BITS 56u

static uint64_t rotate(uint64_t x, unsigned int by)
{
	return (x << by) | (x >> (64 - by));
}

static void sip_round(uint64_t s[static 4])
{
	s[0] += s[1];
	s[1] = rotate(s[1], 13) ^ s[0];
	s[0] = rotate(s[0], 32);
	s[2] += s[3];
	s[3] = rotate(s[3], 16) ^ s[2];
	s[0] += s[3];
	s[3] = rotate(s[3], 21) ^ s[0];
	s[2] += s[1];
	s[1] = rotate(s[1], 17) ^ s[2];
	s[2] = rotate(s[2], 32);
}

static void sip_word(uint64_t s[static 4], uint64_t word)
{
	s[3] ^= word;
	sip_round(s);
	s[0] ^= word;
}

/*
 * SipHash-1-3 of object and name under a key that nobody outside knows: who
 * chooses names (another stage's owner) must not choose which of them collide.
 */
uint64_t cc_vol_name_hash(const struct cc_volume *v, uint64_t object, struct cc_span name)
{
	uint64_t s[4] = { v->name_key[0] ^ 0x736f6d6570736575u,
			  v->name_key[1] ^ 0x646f72616e646f6du,
			  v->name_key[0] ^ 0x6c7967656e657261u,
			  v->name_key[1] ^ 0x7465646279746573u };
	uint64_t word = 0;

	sip_word(s, object);
	for (size_t i = 0; i < name.len; i++) {
		word |= (uint64_t)name.at[i] << (8 * (i % 8));
		if (i % 8 == 7) {
			sip_word(s, word);
			word = 0;
		}
	}
	/* What is left, and the length in the highest byte, without which names would pair up. */
	sip_word(s, word | ((uint64_t)sizeof(object) + name.len) << 56);
	s[2] ^= 0xff;
	for (int i = 0; i < 3; i++)
		sip_round(s);
	return ((s[0] ^ s[1] ^ s[2] ^ s[3]) >> (64 - HASH_BITS)) << PLACE_BITS;
}

static int name_of(uint8_t kind, struct cc_span value, struct cc_span *out, struct cc_err *err)
{
	struct cc_vol_entry_item entry = { 0 };
	struct cc_vol_xattr_item xattr = { 0 };

	if ((kind == CC_VOL_ENTRY ? cc_vol_entry_parse(value, &entry, err)
				  : cc_vol_xattr_parse(value, &xattr, err)) != 0)
		return cc_vol_malformed(err, "read a name");
	*out = kind == CC_VOL_ENTRY ? entry.name : xattr.name;
	return 0;
}

int cc_vol_name_find(struct cc_volume *v, const struct cc_vol_key *of, struct cc_span name,
		     uint64_t *offset, struct cc_span *value, bool *found, struct cc_err *err)
{
	const uint64_t hash = cc_vol_name_hash(v, of->object, name);
	uint64_t free = hash;

	*found = false;
	for (uint64_t at = hash; at < hash + PLACES; at++) {
		struct cc_vol_key key = { .object = of->object, .kind = of->kind, .offset = at };
		struct cc_span given = { 0 };
		bool there = false;

		CC_TRY(cc_vol_tree_next(v, &key, value, &there, err));
		if (!there || key.object != of->object || key.kind != of->kind ||
		    key.offset >= hash + PLACES)
			break;
		CC_TRY(name_of(of->kind, *value, &given, err));
		at = *offset = key.offset;
		if (cc_span_eq(given, name)) {
			*found = true;
			return 0;
		}
		free += at == free;
	}
	if (free == hash + PLACES)
		return cc_vol_fail(err, CC_E_TOOBIG, ENOSPC, "too many names have one hash");
	*offset = free;
	return 0;
}

static struct cc_vol_key entry_key(uint64_t dir, uint64_t offset)
{
	return (struct cc_vol_key){ .object = dir, .kind = CC_VOL_ENTRY, .offset = offset };
}

int cc_vol_entry_find(struct cc_volume *v, uint64_t dir, struct cc_span name,
		      struct cc_vol_entry *out, bool *found, struct cc_err *err)
{
	const struct cc_vol_key key = entry_key(dir, 0);
	struct cc_vol_entry_item item = { 0 };
	struct cc_span value = { 0 };

	CC_TRY(cc_vol_name_find(v, &key, name, &out->offset, &value, found, err));
	if (!*found)
		return 0;
	CC_TRY(cc_vol_entry_parse(value, &item, err));
	out->ino = item.ino;
	out->mode = item.mode;
	return 0;
}

static int entry_put(struct cc_volume *v, uint64_t dir, uint64_t offset, struct cc_span name,
		     const struct cc_vol_inode *inode, struct cc_err *err)
{
	const struct cc_vol_key key = entry_key(dir, offset);
	const struct cc_vol_entry_item item = { .ino = inode->attr.ino,
						.mode = inode->attr.mode & S_IFMT,
						.name = name };

	cc_buf_reset(&v->item);
	CC_TRY(cc_vol_entry_add(&v->item, &item, err));
	return cc_vol_tree_put(v, &key, cc_buf_span(&v->item), err);
}

int cc_vol_entry_insert(struct cc_volume *v, struct cc_vol_inode *dir, struct cc_span name,
			const struct cc_vol_inode *inode, struct cc_err *err)
{
	struct cc_vol_entry entry = { 0 };
	bool found = false;

	CC_TRY(cc_vol_entry_find(v, dir->attr.ino, name, &entry, &found, err));
	if (found)
		return cc_vol_fail(err, CC_E_CONFLICT, EEXIST, "'%.*s' is there already",
				   (int)name.len, (const char *)name.at);
	CC_TRY(entry_put(v, dir->attr.ino, entry.offset, name, inode, err));
	dir->entries++;
	return 0;
}

int cc_vol_entry_repoint(struct cc_volume *v, const struct cc_vol_inode *dir, struct cc_span name,
			 const struct cc_vol_entry *entry, const struct cc_vol_inode *inode,
			 struct cc_err *err)
{
	return entry_put(v, dir->attr.ino, entry->offset, name, inode, err);
}

int cc_vol_entry_remove(struct cc_volume *v, struct cc_vol_inode *dir,
			const struct cc_vol_entry *entry, struct cc_err *err)
{
	const struct cc_vol_key key = entry_key(dir->attr.ino, entry->offset);

	CC_TRY(cc_vol_tree_remove(v, &key, err));
	dir->entries -= dir->entries > 0;
	return 0;
}

/* The first entry behind a cookie: an offset and one, so that 0 is before all. */
static int entry_after(struct cc_volume *v, uint64_t dir, uint64_t after,
		       struct cc_volume_entry *out, bool *end, struct cc_err *err)
{
	struct cc_vol_key key = entry_key(dir, after);
	struct cc_vol_entry_item item = { 0 };
	struct cc_span value = { 0 };
	bool found = false;

	CC_TRY(cc_vol_tree_next(v, &key, &value, &found, err));
	*end = !found || key.object != dir || key.kind != CC_VOL_ENTRY;
	if (*end)
		return 0;
	if (cc_vol_entry_parse(value, &item, err) != 0)
		return cc_vol_malformed(err, "read a directory");
	*out = (struct cc_volume_entry){
		.name = item.name, .ino = item.ino, .mode = item.mode, .cookie = key.offset + 1
	};
	return 0;
}

int cc_volume_readdir(struct cc_volume *v, uint64_t dir, uint64_t after,
		      struct cc_volume_entry *out, bool *end, struct cc_err *err)
{
	struct cc_vol_inode *inode = NULL;

	CC_TRY(cc_vol_trim(v, err));
	CC_TRY(cc_vol_dir_get(v, dir, &inode, err));
	CC_TRY(entry_after(v, dir, after, out, end, err));
	if (*end)
		return 0;
	cc_buf_reset(&v->answer);
	CC_TRY(cc_buf_add(&v->answer, out->name, err));
	out->name = cc_buf_span(&v->answer);
	return 0;
}

void cc_vol_listing_clear(struct cc_vol_listing *listing)
{
	free(listing->entries);
	cc_buf_clear(&listing->names);
	*listing = (struct cc_vol_listing){ 0 };
}

static int listing_add(struct cc_vol_listing *listing, const struct cc_volume_entry *entry,
		       size_t *room, struct cc_err *err)
{
	if (listing->count == *room) {
		size_t more = *room == 0 ? 16 : *room * 2;
		struct cc_volume_entry *entries =
			realloc(listing->entries, more * sizeof(*entries));

		if (entries == NULL)
			return cc_fail_sys(err, ENOMEM, "sort a directory");
		listing->entries = entries;
		*room = more;
	}
	listing->entries[listing->count++] = *entry;
	return cc_buf_add(&listing->names, entry->name, err);
}

static int name_order(const void *a, const void *b)
{
	const struct cc_span one = ((const struct cc_volume_entry *)a)->name;
	const struct cc_span two = ((const struct cc_volume_entry *)b)->name;
	int order = memcmp(one.at, two.at, one.len < two.len ? one.len : two.len);

	return order != 0 ? order : (one.len > two.len) - (one.len < two.len);
}

int cc_vol_listing_make(struct cc_volume *v, uint64_t dir, struct cc_vol_listing *out,
			struct cc_err *err)
{
	struct cc_volume_entry entry = { .cookie = 0 };
	size_t room = 0;
	size_t at = 0;
	bool end = false;

	*out = (struct cc_vol_listing){ .names = { .max = (size_t)CC_VOLUME_INODES_MAX * 256 } };
	for (;;) {
		CC_TRY(entry_after(v, dir, entry.cookie, &entry, &end, err));
		if (end)
			break;
		CC_TRY(listing_add(out, &entry, &room, err));
	}
	/* Now that they no longer move. */
	for (size_t i = 0; i < out->count; i++) {
		out->entries[i].name.at = out->names.at + at;
		at += out->entries[i].name.len;
	}
	if (out->count > 0)
		qsort(out->entries, out->count, sizeof(out->entries[0]), name_order);
	return 0;
}
