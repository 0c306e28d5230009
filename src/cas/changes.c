/* SPDX-License-Identifier: Apache-2.0 */
#include "cas/changes.h"

#include "base/str.h"

#define ROOM_FIRST ((size_t)16)

void cc_changes_clear(struct cc_changes *changes)
{
	for (size_t i = 0; i < changes->count; i++) {
		free(changes->at[i].key);
		cc_buf_clear(&changes->at[i].plain);
	}
	free(changes->at);
	free(changes->slots);
	*changes = (struct cc_changes){ 0 };
}

/* FNV-1a, of 64 bits; the NUL behind the table keeps "ab","c" from "a","bc". */
static uint64_t hash_of(const char *table, const char *key)
{
	const char *const parts[] = { table, key };
	uint64_t hash = 0xcbf29ce484222325;

	for (size_t i = 0; i < CC_COUNT(parts); i++)
		for (const char *at = parts[i];; at++) {
			hash = (hash ^ (uint8_t)*at) * 0x100000001b3;
			if (*at == '\0')
				break;
		}
	return hash;
}

/* Where the row is, or where it would be: there is always a slot that is free. */
static uint32_t *slot_of(const struct cc_changes *changes, const char *table, const char *key)
{
	size_t at = hash_of(table, key) & (changes->slot_count - 1);

	for (;; at = (at + 1) & (changes->slot_count - 1)) {
		const struct cc_change *change = NULL;

		if (changes->slots[at] == 0)
			return &changes->slots[at];
		change = &changes->at[changes->slots[at] - 1];
		if (cc_str_eq(change->key, key) && cc_str_eq(change->table, table))
			return &changes->slots[at];
	}
}

struct cc_change *cc_changes_find(const struct cc_changes *changes, const char *table,
				  const char *key)
{
	const uint32_t *slot = changes->count == 0 ? NULL : slot_of(changes, table, key);

	return slot == NULL || *slot == 0 ? NULL : &changes->at[*slot - 1];
}

static int out_of_memory(struct cc_err *err)
{
	return cc_fail(err, CC_E_SYSTEM, "out of memory for a group of changes");
}

/* Room for twice as many, and slots for four times. */
static int grow(struct cc_changes *changes, struct cc_err *err)
{
	size_t room = changes->room == 0 ? ROOM_FIRST : 2 * changes->room;
	struct cc_change *at = reallocarray(changes->at, room, sizeof(*at));
	uint32_t *slots = NULL;

	if (at == NULL)
		return out_of_memory(err);
	changes->at = at;
	slots = calloc(2 * room, sizeof(*slots));
	if (slots == NULL)
		return out_of_memory(err);
	free(changes->slots);
	changes->slots = slots;
	changes->slot_count = 2 * room;
	changes->room = room;
	for (size_t i = 0; i < changes->count; i++)
		*slot_of(changes, at[i].table, at[i].key) = (uint32_t)i + 1;
	return 0;
}

static int add(struct cc_changes *changes, const char *table, const char *key,
	       struct cc_change **out, struct cc_err *err)
{
	CC_AUTO_FREE char *copy = NULL;

	if (changes->at == NULL || changes->count == changes->room)
		CC_TRY(grow(changes, err));
	CC_TRY(cc_str_dup(key, &copy, err));
	*slot_of(changes, table, key) = (uint32_t)changes->count + 1;
	*out = &changes->at[changes->count++];
	**out = (struct cc_change){ .table = table, .key = CC_TAKE(copy) };
	return 0;
}

int cc_changes_place(struct cc_changes *changes, const char *table, const char *key,
		     struct cc_change **out, struct cc_err *err)
{
	struct cc_change *change = cc_changes_find(changes, table, key);

	if (change == NULL)
		return add(changes, table, key, out, err);
	cc_buf_clear(&change->plain);
	change->gone = false;
	*out = change;
	return 0;
}
