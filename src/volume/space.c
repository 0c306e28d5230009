/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Places in the own data file. What one message takes never crosses a boundary
 * of 1 MiB: free bytes are kept for each of these segments.
 *
 * Bytes that a commit refers to are free when its successor was acknowledged:
 * until then the CAS may name it. Bytes that no commit ever referred to are
 * free at once. Large free ranges are filled first. What a small commit writes goes
 * to small ones, too, when there are some: it is few places, and the file need
 * not grow. Where much is written the file grows, until half of it is free: a
 * disk is quicker with what lies together.
 *
 * A file that grows with each of many small commits makes each flush change its
 * length and its map of blocks too, which a host's file system writes twice: in
 * its journal, and at its place. So they find the file longer already, with
 * zeroes in it: their flushes write what they wrote and no more.
 */
#include <errno.h>

#include "volume/engine-internal.h"

#define SEGMENT ((uint64_t)1024 * 1024)
#define LARGE ((uint32_t)128 * 1024)
/* Less than this may be free before small ranges are filled. */
#define SLACK ((uint64_t)64 * 1024)
/* A whole window begins with a page of the host: who reads one block of it reads one page. */
#define PAGE ((uint64_t)4096)
/* A run is divided for the sake of so many bytes. */
#define PART ((uint64_t)16 * 1024)
/* A small commit has at most so many bytes. */
#define SMALL ((uint64_t)256 * 1024)
/* After so many of them, one behind another, space is made ahead. */
#define AHEAD_AFTER 3u
#define AHEAD_LEAST ((uint64_t)64 * 1024)

int cc_vol_space_init(struct cc_vol_space *space, struct cc_err *err)
{
	*space = (struct cc_vol_space){ .end = CC_VOL_DATA_START,
					.at = CC_VOL_DATA_START,
					.limit = CC_VOL_DATA_START };
	space->buffer = malloc(CC_VOL_BUFFER_MAX);
	if (space->buffer == NULL)
		return cc_fail_sys(err, ENOMEM, "open the volume for writing");
	return 0;
}

void cc_vol_space_clear(struct cc_vol_space *space)
{
	for (size_t i = 0; i < space->segment_count; i++)
		free(space->segments[i].ranges);
	free(space->segments);
	free(space->pending);
	free(space->buffer);
	*space = (struct cc_vol_space){ 0 };
}

int cc_vol_space_write(struct cc_volume *v, struct cc_err *err)
{
	struct cc_vol_space *space = &v->space;
	char name[CC_VOL_NAME_FILE] = "";

	if (space->buffer_len == 0)
		return 0;
	cc_vol_data_name(&v->super.state, name);
	if (v->store.write(v->store.ctx, name, space->buffer_at,
			   cc_span(space->buffer, space->buffer_len), err) != 0) {
		v->failed = true;
		return cc_vol_eio(err);
	}
	space->buffer_at += space->buffer_len;
	space->buffer_len = 0;
	return 0;
}

static void segment_measure(struct cc_vol_segment *segment)
{
	segment->largest = 0;
	for (uint32_t i = 0; i < segment->count; i++)
		if (segment->ranges[i].len > segment->largest)
			segment->largest = segment->ranges[i].len;
}

static int segments_room(struct cc_vol_space *space, size_t count, struct cc_err *err)
{
	size_t room = space->segment_room == 0 ? 16 : space->segment_room;
	struct cc_vol_segment *segments = NULL;

	while (room < count)
		room *= 2;
	if (room > space->segment_room) {
		segments = realloc(space->segments, room * sizeof(*segments));
		if (segments == NULL)
			return cc_fail_sys(err, ENOMEM, "hold the free space of a volume");
		space->segments = segments;
		space->segment_room = room;
	}
	for (; space->segment_count < count; space->segment_count++)
		space->segments[space->segment_count] = (struct cc_vol_segment){ 0 };
	return 0;
}

static int range_insert(struct cc_vol_segment *segment, uint32_t i, struct cc_vol_range range,
			struct cc_err *err)
{
	if (segment->count == segment->room) {
		uint32_t room = segment->room == 0 ? 4 : segment->room * 2;
		struct cc_vol_range *ranges = realloc(segment->ranges, room * sizeof(*ranges));

		if (ranges == NULL)
			return cc_fail_sys(err, ENOMEM, "hold the free space of a volume");
		segment->ranges = ranges;
		segment->room = room;
	}
	memmove(segment->ranges + i + 1, segment->ranges + i,
		(segment->count - i) * sizeof(segment->ranges[0]));
	segment->ranges[i] = range;
	segment->count++;
	return 0;
}

static void range_remove(struct cc_vol_segment *segment, uint32_t i)
{
	segment->count--;
	memmove(segment->ranges + i, segment->ranges + i + 1,
		(segment->count - i) * sizeof(segment->ranges[0]));
}

/* The first range that begins behind `at`. */
static uint32_t range_after(const struct cc_vol_segment *segment, uint32_t at)
{
	uint32_t low = 0;
	uint32_t high = segment->count;

	while (low < high) {
		uint32_t mid = low + (high - low) / 2;

		if (segment->ranges[mid].at <= at)
			low = mid + 1;
		else
			high = mid;
	}
	return low;
}

/* `len` bytes at `at`, within one segment, are free: joined with what they touch. */
static int give_back(struct cc_vol_space *space, uint64_t at, uint32_t len, struct cc_err *err)
{
	struct cc_vol_range range = { (uint32_t)(at % SEGMENT), len };
	struct cc_vol_segment *segment = NULL;
	uint32_t i = 0;

	if (len == 0)
		return 0;
	CC_TRY(segments_room(space, (size_t)(at / SEGMENT) + 1, err));
	segment = &space->segments[at / SEGMENT];
	i = range_after(segment, range.at);
	if (i < segment->count && range.at + range.len == segment->ranges[i].at) {
		range.len += segment->ranges[i].len;
		range_remove(segment, i);
	}
	if (i > 0 && segment->ranges[i - 1].at + segment->ranges[i - 1].len == range.at) {
		segment->ranges[i - 1].len += range.len;
		range.len = segment->ranges[i - 1].len;
	} else {
		CC_TRY(range_insert(segment, i, range, err));
	}
	if (range.len > segment->largest)
		segment->largest = range.len;
	space->free += len;
	return 0;
}

/* Fill the largest range of this segment from now on. */
static void fill_segment(struct cc_vol_space *space, size_t number)
{
	struct cc_vol_segment *segment = &space->segments[number];
	uint32_t i = 0;

	while (segment->ranges[i].len != segment->largest)
		i++;
	space->at = number * SEGMENT + segment->ranges[i].at;
	space->limit = space->at + segment->ranges[i].len;
	space->free -= segment->ranges[i].len;
	range_remove(segment, i);
	segment_measure(segment);
}

static bool fill_range(struct cc_vol_space *space, uint32_t least)
{
	if (space->free < least)
		return false;
	for (size_t i = 0; i < space->segment_count; i++) {
		size_t number = (space->cursor + i) % space->segment_count;

		if (space->segments[number].largest < least)
			continue;
		space->cursor = number;
		fill_segment(space, number);
		return true;
	}
	return false;
}

/* A commit that has not much as yet. */
static bool is_small(const struct cc_vol_space *space)
{
	return space->taken - space->committed <= SMALL;
}

/* Something else to fill, with room for at least `len` bytes. */
static int fill_next(struct cc_volume *v, uint32_t len, struct cc_err *err)
{
	struct cc_vol_space *space = &v->space;
	uint64_t part = (space->end - CC_VOL_DATA_START) / (is_small(space) ? 128 : 2);

	CC_TRY(give_back(space, space->at, (uint32_t)(space->limit - space->at), err));
	space->at = space->limit;
	if (fill_range(space, LARGE))
		return 0;
	if (space->free > SLACK + part && fill_range(space, len))
		return 0;
	space->at = space->end;
	if (SEGMENT - space->at % SEGMENT < len) {
		CC_TRY(give_back(space, space->at, (uint32_t)(SEGMENT - space->at % SEGMENT), err));
		space->at += SEGMENT - space->at % SEGMENT;
	}
	space->limit = space->end = space->at + (SEGMENT - space->at % SEGMENT);
	return 0;
}

uint64_t cc_vol_space_used(const struct cc_vol_space *space)
{
	return space->taken > space->end ? space->taken : space->end;
}

/* An epoch ends before its key has protected too much. */
static int epoch_has_room(struct cc_volume *v, size_t len, struct cc_err *err)
{
	/* The last segment stays empty: no run begins where it could reach behind the end. */
	if (v->space.taken + len <= CC_VOL_EPOCH_BYTES &&
	    v->space.end + 2 * SEGMENT <= CC_VOL_EPOCH_BYTES)
		return 0;
	v->failed = true;
	cc_err_set(err, CC_E_TOOBIG,
		   "this opening of the volume has written all that its key may protect");
	err->sys = ENOSPC;
	return cc_hint(err, "open the volume for writing again: that starts a new epoch");
}

/* Bytes to leave out before `len` bytes; they are given back. */
static int align(struct cc_vol_space *space, size_t len, struct cc_err *err)
{
	uint32_t skip = (uint32_t)(-space->at % PAGE);

	if (len < CC_VOLUME_EXTENT || skip == 0 || space->at + skip + len > space->limit)
		return 0;
	space->at += skip;
	return give_back(space, space->at - skip, skip, err);
}

uint64_t cc_vol_space_room(const struct cc_vol_space *space)
{
	uint64_t room = space->limit - space->at;

	return room < PART ? UINT64_MAX : room;
}

int cc_vol_space_take(struct cc_volume *v, size_t len, uint64_t *at, uint8_t **out,
		      struct cc_err *err)
{
	struct cc_vol_space *space = &v->space;
	struct cc_vol_epoch *epoch = cc_vol_epoch_own(v);

	CC_TRY(epoch_has_room(v, len, err));
	if (space->at + len > space->limit)
		CC_TRY(fill_next(v, (uint32_t)len, err));
	CC_TRY(align(space, len, err));
	if (space->at != space->buffer_at + space->buffer_len ||
	    space->buffer_len + len > CC_VOL_BUFFER_MAX)
		CC_TRY(cc_vol_space_write(v, err));
	if (space->buffer_len == 0)
		space->buffer_at = space->at;
	*at = space->at;
	*out = space->buffer + space->buffer_len;
	space->at += len;
	space->taken += len;
	space->buffer_len += len;
	epoch->live += len;
	if (space->at > epoch->end)
		epoch->end = space->at;
	return 0;
}

/* Those that no commit of this opening has had; they are the host's zeroes as yet. */
static int slots_write(struct cc_volume *v, const char *name, struct cc_err *err)
{
	const struct cc_span zeroes = cc_span(v->space.buffer, CC_VOL_DATA_START);
	uint64_t n = v->super.number + 2;
	uint64_t end = v->space.first + CC_VOL_SLOTS + 1;

	while (n < end) {
		uint64_t slot = n % CC_VOL_SLOTS;
		uint64_t count = end - n < CC_VOL_SLOTS - slot ? end - n : CC_VOL_SLOTS - slot;

		CC_TRY(v->store.write(v->store.ctx, name, slot * CC_VOL_SLOT_LEN,
				      cc_span_sub(zeroes, 0, count * CC_VOL_SLOT_LEN), err));
		n += count;
	}
	return 0;
}

static int zeroes_write(struct cc_volume *v, uint64_t from, uint64_t to, struct cc_err *err)
{
	struct cc_vol_space *space = &v->space;
	char name[CC_VOL_NAME_FILE] = "";

	cc_vol_data_name(&v->super.state, name);
	memset(space->buffer, 0, CC_VOL_BUFFER_MAX);
	if (!space->slots_are_written)
		CC_TRY(slots_write(v, name, err));
	space->slots_are_written = true;
	return v->store.write(v->store.ctx, name, from, cc_span(space->buffer, to - from), err);
}

void cc_vol_space_ahead(struct cc_volume *v)
{
	struct cc_vol_space *space = &v->space;
	struct cc_vol_epoch *epoch = cc_vol_epoch_own(v);
	uint64_t wrote = space->taken - space->committed;
	uint64_t len = (epoch->end - CC_VOL_DATA_START) / 4;
	uint64_t from = space->at > epoch->end ? space->at : epoch->end;
	struct cc_err ignored = { 0 };

	space->small = is_small(space) ? space->small + 1 : 0;
	space->committed = space->taken;
	if (space->small < AHEAD_AFTER || space->at + wrote <= epoch->end)
		return;
	len = space->at + (len > AHEAD_LEAST ? len : AHEAD_LEAST);
	len = len < space->limit ? len : space->limit;
	if (len <= from)
		return;
	/* A full disk is no failure before something has to be written there. */
	if (zeroes_write(v, from, len, &ignored) == 0)
		epoch->end = len;
	else
		space->small = 0;
}

static int pending_add(struct cc_vol_space *space, struct cc_vol_pending one, struct cc_err *err)
{
	if (space->pending_count == space->pending_room) {
		size_t room = space->pending_room == 0 ? 64 : space->pending_room * 2;
		struct cc_vol_pending *pending = realloc(space->pending, room * sizeof(*pending));

		if (pending == NULL)
			return cc_fail_sys(err, ENOMEM, "hold the free space of a volume");
		space->pending = pending;
		space->pending_room = room;
	}
	space->pending[space->pending_count++] = one;
	return 0;
}

int cc_vol_space_drop(struct cc_volume *v, uint32_t slot, uint64_t at, uint32_t len, uint32_t nonce,
		      struct cc_err *err)
{
	struct cc_vol_epoch *epoch = cc_vol_epoch_find(v, slot);
	const struct cc_vol_pending one = { .at = at, .len = len, .number = v->super.number + 1 };

	if (epoch == NULL)
		return 0;
	epoch->live -= len < epoch->live ? len : epoch->live;
	if (epoch != cc_vol_epoch_own(v))
		return 0;
	if (nonce < v->committed_nonces)
		return pending_add(&v->space, one, err);
	return give_back(&v->space, at, len, err);
}

void cc_vol_space_free_to(struct cc_volume *v, uint64_t number)
{
	struct cc_vol_space *space = &v->space;
	struct cc_err ignored = { 0 };
	size_t done = 0;

	while (done < space->pending_count && space->pending[done].number <= number &&
	       give_back(space, space->pending[done].at, space->pending[done].len, &ignored) == 0)
		done++;
	space->pending_count -= done;
	if (done > 0)
		memmove(space->pending, space->pending + done,
			space->pending_count * sizeof(space->pending[0]));
}
