/* SPDX-License-Identifier: Apache-2.0 */
/* Number to number. Linear probing; taking out closes the gap, so nothing is ever marked. */
#include <errno.h>

#include "volume/engine-internal.h"

#define FIRST_ROOM 64u

/* Inode numbers are dense: a multiplication spreads them well enough. */
static size_t start(const struct cc_vol_map *map, uint64_t key)
{
	return (size_t)((key * 0x9e3779b97f4a7c15u) >> 20) & (map->room - 1);
}

static size_t place(const struct cc_vol_map *map, uint64_t key)
{
	size_t at = start(map, key);

	while (map->slots[at].key != 0 && map->slots[at].key != key)
		at = (at + 1) & (map->room - 1);
	return at;
}

uint64_t cc_vol_map_get(const struct cc_vol_map *map, uint64_t key)
{
	return map->room == 0 ? 0 : map->slots[place(map, key)].value;
}

static int grow(struct cc_vol_map *map, struct cc_err *err)
{
	size_t room = map->room == 0 ? FIRST_ROOM : map->room * 2;
	struct cc_vol_map grown = { .slots = calloc(room, sizeof(*grown.slots)), .room = room };

	if (grown.slots == NULL)
		return cc_fail_sys(err, ENOMEM, "hold %zu inodes", map->count);
	for (size_t i = 0; i < map->room; i++)
		if (map->slots[i].key != 0)
			grown.slots[place(&grown, map->slots[i].key)] = map->slots[i];
	grown.count = map->count;
	free(map->slots);
	*map = grown;
	return 0;
}

static void take_out(struct cc_vol_map *map, size_t at)
{
	size_t mask = map->room - 1;

	map->count--;
	map->slots[at] = (struct cc_vol_slot){ 0 };
	for (size_t i = (at + 1) & mask; map->slots[i].key != 0; i = (i + 1) & mask) {
		size_t wanted = start(map, map->slots[i].key);

		/* May it move to the gap? Only when the gap lies between its start and its place.
		 */
		if (((i - wanted) & mask) < ((i - at) & mask))
			continue;
		map->slots[at] = map->slots[i];
		map->slots[i] = (struct cc_vol_slot){ 0 };
		at = i;
	}
}

int cc_vol_map_set(struct cc_vol_map *map, uint64_t key, uint64_t value, struct cc_err *err)
{
	size_t at = 0;

	if (value != 0 && map->count * 2 >= map->room)
		CC_TRY(grow(map, err));
	if (map->room == 0)
		return 0;
	at = place(map, key);
	if (value == 0) {
		if (map->slots[at].key != 0)
			take_out(map, at);
		return 0;
	}
	map->count += map->slots[at].key == 0;
	map->slots[at] = (struct cc_vol_slot){ key, value };
	return 0;
}

void cc_vol_map_clear(struct cc_vol_map *map)
{
	free(map->slots);
	*map = (struct cc_vol_map){ 0 };
}
