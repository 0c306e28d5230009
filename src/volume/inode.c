/* SPDX-License-Identifier: Apache-2.0 */
/* The tables: groups of inodes, and names. */
#include <errno.h>
#include <sys/stat.h>

#include "volume/engine-internal.h"

/* The place of group `number`, or where it would be inserted. */
static size_t group_place(const struct cc_volume *v, uint64_t number)
{
	size_t low = 0;
	size_t high = v->group_count;

	while (low < high) {
		size_t mid = low + (high - low) / 2;

		if (v->groups[mid]->number < number)
			low = mid + 1;
		else
			high = mid;
	}
	return low;
}

static struct cc_vol_group *group_find(const struct cc_volume *v, uint64_t number)
{
	size_t place = group_place(v, number);

	return place < v->group_count && v->groups[place]->number == number ? v->groups[place]
									    : NULL;
}

int cc_vol_group_add(struct cc_volume *v, uint64_t number, struct cc_vol_group **out,
		     struct cc_err *err)
{
	CC_AUTO_FREE struct cc_vol_group *group = calloc(1, sizeof(*group));
	size_t place = group_place(v, number);

	if (group == NULL)
		return cc_fail_sys(err, ENOMEM, "add a group of inodes");
	if (v->group_count == v->group_room) {
		size_t room = v->group_room == 0 ? 16 : v->group_room * 2;
		struct cc_vol_group **groups =
			realloc(v->groups, room * sizeof(struct cc_vol_group *));

		if (groups == NULL)
			return cc_fail_sys(err, ENOMEM, "add a group of inodes");
		v->groups = groups;
		v->group_room = room;
	}
	group->number = number;
	memmove(v->groups + place + 1, v->groups + place,
		(v->group_count - place) * sizeof(struct cc_vol_group *));
	v->groups[place] = group;
	v->group_count++;
	*out = CC_TAKE(group);
	return 0;
}

void cc_vol_group_free(struct cc_vol_group *group)
{
	free(group->chunks);
	free(group);
}

struct cc_vol_inode *cc_vol_inode_find(const struct cc_volume *v, uint64_t ino)
{
	struct cc_vol_group *group = group_find(v, ino / CC_VOL_GROUP_INODES);

	return group == NULL ? NULL : group->inodes[ino % CC_VOL_GROUP_INODES];
}

int cc_vol_inode_get(const struct cc_volume *v, uint64_t ino, struct cc_vol_inode **out,
		     struct cc_err *err)
{
	struct cc_vol_inode *inode = cc_vol_inode_find(v, ino);

	if (inode == NULL)
		return cc_vol_fail(err, CC_E_NOTFOUND, ENOENT, "there is no inode '%llu'",
				   (unsigned long long)ino);
	*out = inode;
	return 0;
}

int cc_vol_dir_get(const struct cc_volume *v, uint64_t ino, struct cc_vol_inode **out,
		   struct cc_err *err)
{
	struct cc_vol_inode *inode = NULL;

	CC_TRY(cc_vol_inode_get(v, ino, &inode, err));
	if (!cc_vol_is(inode, S_IFDIR))
		return cc_vol_fail(err, CC_E_ARG, ENOTDIR, "inode '%llu' is no directory",
				   (unsigned long long)ino);
	*out = inode;
	return 0;
}

int cc_vol_inode_add(struct cc_volume *v, uint64_t ino, struct cc_vol_inode **out,
		     struct cc_err *err)
{
	struct cc_vol_group *group = group_find(v, ino / CC_VOL_GROUP_INODES);
	struct cc_vol_inode *inode = NULL;

	if (v->inode_count >= CC_VOLUME_INODES_MAX)
		return cc_vol_fail(err, CC_E_TOOBIG, ENOSPC, "a volume has at most %u inodes",
				   CC_VOLUME_INODES_MAX);
	if (group == NULL)
		CC_TRY(cc_vol_group_add(v, ino / CC_VOL_GROUP_INODES, &group, err));
	inode = calloc(1, sizeof(*inode));
	if (inode == NULL)
		return cc_fail_sys(err, ENOMEM, "add an inode");
	inode->attr.ino = ino;
	group->inodes[ino % CC_VOL_GROUP_INODES] = inode;
	group->count++;
	v->inode_count++;
	*out = inode;
	return 0;
}

static void inode_clear(struct cc_volume *v, struct cc_vol_inode *inode)
{
	if (cc_vol_is(inode, S_IFREG)) {
		v->bytes -= inode->attr.size;
		cc_vol_file_clear(v, inode);
	}
	if (cc_vol_is(inode, S_IFLNK))
		free(inode->target.at);
	if (cc_vol_is(inode, S_IFDIR))
		free(inode->dir.places);
	cc_vol_xattrs_clear(inode);
}

void cc_vol_inode_drop(struct cc_volume *v, struct cc_vol_inode *inode)
{
	struct cc_vol_group *group = group_find(v, inode->attr.ino / CC_VOL_GROUP_INODES);

	group->inodes[inode->attr.ino % CC_VOL_GROUP_INODES] = NULL;
	group->count--;
	v->inode_count--;
	inode_clear(v, inode);
	free(inode);
}

void cc_vol_touch(struct cc_volume *v, const struct cc_vol_inode *inode)
{
	struct cc_vol_group *group = group_find(v, inode->attr.ino / CC_VOL_GROUP_INODES);

	group->dirty = true;
	v->dirty = true;
}

void cc_vol_inode_settle(struct cc_volume *v, struct cc_vol_inode *inode)
{
	cc_vol_touch(v, inode);
	if (inode->attr.links == 0 && inode->holds == 0)
		cc_vol_inode_drop(v, inode);
}

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

/*
 * SipHash-1-3 of directory and name under a key that nobody outside knows: who
 * chooses names (another stage's owner) must not choose which of them collide.
 */
static size_t name_hash(const struct cc_volume *v, uint64_t dir, struct cc_span name)
{
	uint64_t s[4] = { v->name_key[0] ^ 0x736f6d6570736575u,
			  v->name_key[1] ^ 0x646f72616e646f6du,
			  v->name_key[0] ^ 0x6c7967656e657261u,
			  v->name_key[1] ^ 0x7465646279746573u };
	uint64_t word = dir;

	for (size_t i = 0; i <= name.len; i++) {
		if (i == name.len)
			word ^= (uint64_t)name.len << 56;
		if (i % 8 == 0 || i == name.len) {
			s[3] ^= word;
			sip_round(s);
			s[0] ^= word;
			word = 0;
		}
		if (i < name.len)
			word |= (uint64_t)name.at[i] << (8 * (i % 8));
	}
	s[2] ^= 0xff;
	for (int i = 0; i < 3; i++)
		sip_round(s);
	return (size_t)(s[0] ^ s[1] ^ s[2] ^ s[3]);
}

static struct cc_vol_entry **bucket(const struct cc_volume *v, uint64_t dir, struct cc_span name)
{
	return &v->buckets[name_hash(v, dir, name) & (v->bucket_count - 1)];
}

struct cc_vol_entry *cc_vol_entry_find(const struct cc_volume *v, uint64_t dir, struct cc_span name)
{
	struct cc_vol_entry *entry = v->bucket_count == 0 ? NULL : *bucket(v, dir, name);

	while (entry != NULL &&
	       (entry->dir != dir || !cc_span_eq(cc_span(entry->name, entry->len), name)))
		entry = entry->next;
	return entry;
}

static int buckets_grow(struct cc_volume *v, struct cc_err *err)
{
	struct cc_vol_entry **old = v->buckets;
	size_t old_count = v->bucket_count;
	size_t count = old_count == 0 ? 64 : old_count * 2;
	struct cc_vol_entry **grown = calloc(count, sizeof(struct cc_vol_entry *));

	if (grown == NULL)
		return cc_fail_sys(err, ENOMEM, "add a name");
	v->buckets = grown;
	v->bucket_count = count;
	for (size_t i = 0; i < old_count; i++) {
		while (old[i] != NULL) {
			struct cc_vol_entry *entry = old[i];
			struct cc_vol_entry **to =
				bucket(v, entry->dir, cc_span(entry->name, entry->len));

			old[i] = entry->next;
			entry->next = *to;
			*to = entry;
		}
	}
	free(old);
	return 0;
}

static int dir_room(struct cc_vol_dir *dir, struct cc_err *err)
{
	size_t room = dir->room == 0 ? 4 : dir->room * 2;
	struct cc_vol_place *places = NULL;

	if (dir->count < dir->room)
		return 0;
	places = realloc(dir->places, room * sizeof(*places));
	if (places == NULL)
		return cc_fail_sys(err, ENOMEM, "add a name");
	dir->places = places;
	dir->room = room;
	return 0;
}

int cc_vol_entry_add(struct cc_volume *v, struct cc_vol_inode *dir, struct cc_span name,
		     const struct cc_vol_inode *inode, struct cc_err *err)
{
	struct cc_vol_entry *entry = NULL;
	struct cc_vol_entry **to = NULL;

	if (v->entry_count >= v->bucket_count)
		CC_TRY(buckets_grow(v, err));
	CC_TRY(dir_room(&dir->dir, err));
	entry = malloc(sizeof(*entry) + name.len);
	if (entry == NULL)
		return cc_fail_sys(err, ENOMEM, "add a name");
	to = bucket(v, dir->attr.ino, name);
	*entry = (struct cc_vol_entry){ .next = *to,
					.dir = dir->attr.ino,
					.ino = inode->attr.ino,
					.cookie = ++dir->dir.cookie,
					.mode = inode->attr.mode & S_IFMT,
					.len = (uint16_t)name.len };
	memcpy(entry->name, name.at, name.len);
	*to = entry;
	v->entry_count++;
	dir->dir.places[dir->dir.count++] =
		(struct cc_vol_place){ .cookie = entry->cookie, .entry = entry };
	dir->dir.live++;
	return 0;
}

/* Cookies stay those of their entries, so places may move. */
static void dir_compact(struct cc_vol_dir *dir)
{
	size_t kept = 0;

	if (dir->count < 16 || dir->live > dir->count / 2)
		return;
	for (size_t i = 0; i < dir->count; i++)
		if (dir->places[i].entry != NULL)
			dir->places[kept++] = dir->places[i];
	dir->count = kept;
}

void cc_vol_entry_remove(struct cc_volume *v, struct cc_vol_inode *dir, struct cc_vol_entry *entry)
{
	struct cc_vol_entry **link = bucket(v, entry->dir, cc_span(entry->name, entry->len));
	size_t place = 0;

	while (*link != entry)
		link = &(*link)->next;
	*link = entry->next;
	v->entry_count--;
	place = cc_vol_dir_after(&dir->dir, entry->cookie - 1);
	dir->dir.places[place].entry = NULL;
	dir->dir.live--;
	dir_compact(&dir->dir);
	free(entry);
}

size_t cc_vol_dir_after(const struct cc_vol_dir *dir, uint64_t cookie)
{
	size_t low = 0;
	size_t high = dir->count;

	while (low < high) {
		size_t mid = low + (high - low) / 2;

		if (dir->places[mid].cookie <= cookie)
			low = mid + 1;
		else
			high = mid;
	}
	while (low < dir->count && dir->places[low].entry == NULL)
		low++;
	return low;
}

static int entry_order(const void *a, const void *b)
{
	const struct cc_vol_entry *const *one = a;
	const struct cc_vol_entry *const *two = b;
	size_t least = (*one)->len < (*two)->len ? (*one)->len : (*two)->len;
	int order = memcmp((*one)->name, (*two)->name, least);

	return order != 0 ? order : (int)(*one)->len - (int)(*two)->len;
}

int cc_vol_entries_sorted(const struct cc_vol_inode *dir, struct cc_vol_entry ***out,
			  struct cc_err *err)
{
	struct cc_vol_entry **sorted = calloc(dir->dir.live + 1, sizeof(struct cc_vol_entry *));
	size_t count = 0;

	if (sorted == NULL)
		return cc_fail_sys(err, ENOMEM, "sort a directory");
	for (size_t i = 0; i < dir->dir.count; i++)
		if (dir->dir.places[i].entry != NULL)
			sorted[count++] = dir->dir.places[i].entry;
	qsort(sorted, count, sizeof(struct cc_vol_entry *), entry_order);
	*out = sorted;
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
