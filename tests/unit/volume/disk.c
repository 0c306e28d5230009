/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/volume/disk.h"

#include <assert.h>
#include <errno.h>

#include "tests/unit/test.h"

static void untouched(const struct disk *d, const struct disk_event *event)
{
	for (size_t i = 0; i < d->needs_count; i++) {
		const struct disk_needs *needs = &d->needs[i];

		for (size_t j = 0; j < needs->count; j++) {
			const struct disk_part *part = &needs->parts[j];
			bool apart = event->kind == DISK_WRITE &&
				     (event->at >= part->end || event->at + event->len <= part->at);

			if (!apart && strcmp(part->name, event->name) == 0)
				fail_msg("change %zu of '%s' (bytes %llu to %llu) touches bytes "
					 "%llu to %llu, which a state needs",
					 d->count, event->name, (unsigned long long)event->at,
					 (unsigned long long)event->at + event->len,
					 (unsigned long long)part->at,
					 (unsigned long long)part->end);
		}
	}
}

static void happens(struct disk *d, enum disk_kind kind, const char *name, uint64_t at,
		    struct cc_span bytes)
{
	struct disk_event event = { .kind = kind, .at = at, .len = bytes.len };

	(void)snprintf(event.name, sizeof(event.name), "%s", name);
	if (kind != DISK_FLUSH)
		untouched(d, &event);
	if (d->forgets)
		return;
	if ((d->count & (d->count - 1)) == 0)
		d->events = realloc(d->events, (2 * d->count + 1) * sizeof(event));
	event.bytes = malloc(bytes.len + 1);
	assert(d->events != NULL && event.bytes != NULL);
	if (bytes.len > 0)
		memcpy(event.bytes, bytes.at, bytes.len);
	d->events[d->count++] = event;
}

static int disk_read(void *ctx, const char *name, uint64_t at, struct cc_mut out,
		     struct cc_err *err)
{
	const struct disk *d = ctx;

	return d->inner.read(d->inner.ctx, name, at, out, err);
}

static int disk_write(void *ctx, const char *name, uint64_t at, struct cc_span bytes,
		      struct cc_err *err)
{
	struct disk *d = ctx;

	happens(d, DISK_WRITE, name, at, bytes);
	return d->inner.write(d->inner.ctx, name, at, bytes, err);
}

static int disk_flush(void *ctx, const char *name, struct cc_err *err)
{
	struct disk *d = ctx;

	happens(d, DISK_FLUSH, name, 0, cc_span(NULL, 0));
	return d->inner.flush(d->inner.ctx, name, err);
}

static int disk_remove(void *ctx, const char *name, struct cc_err *err)
{
	struct disk *d = ctx;

	happens(d, DISK_REMOVE, name, 0, cc_span(NULL, 0));
	return d->inner.remove(d->inner.ctx, name, err);
}

void disk_init(struct disk *d, struct cc_volume_store *store)
{
	*d = (struct disk){ 0 };
	storage_init(&d->storage, &d->inner);
	*store = (struct cc_volume_store){ .ctx = d,
					   .read = disk_read,
					   .write = disk_write,
					   .flush = disk_flush,
					   .remove = disk_remove };
}

void disk_clear(struct disk *d)
{
	for (size_t i = 0; i < d->count; i++)
		free(d->events[i].bytes);
	free(d->events);
	storage_clear(&d->storage);
}

static int needs_read(void *ctx, const char *name, uint64_t at, struct cc_mut out,
		      struct cc_err *err)
{
	struct disk_needs *needs = ctx;
	struct disk_part part = { .at = at, .end = at + out.len };

	CC_TRY(needs->inner.read(needs->inner.ctx, name, at, out, err));
	if ((needs->count & (needs->count - 1)) == 0)
		needs->parts = realloc(needs->parts, (2 * needs->count + 1) * sizeof(part));
	assert(needs->parts != NULL);
	(void)snprintf(part.name, sizeof(part.name), "%s", name);
	needs->parts[needs->count++] = part;
	return 0;
}

void disk_needs_init(const struct cc_volume_store *inner, struct disk_needs *needs,
		     struct cc_volume_store *store)
{
	*needs = (struct disk_needs){ .inner = *inner };
	*store = *inner;
	store->ctx = needs;
	store->read = needs_read;
}

bool disk_needs_byte(const struct disk_needs *needs, const char *name, uint64_t at)
{
	for (size_t i = 0; i < needs->count; i++)
		if (needs->parts[i].at <= at && at < needs->parts[i].end &&
		    strcmp(needs->parts[i].name, name) == 0)
			return true;
	return false;
}

void disk_needs_clear(struct disk_needs *needs)
{
	free(needs->parts);
	*needs = (struct disk_needs){ 0 };
}

/*
 * The losses: none of the pending writes is left, all are, only the sizes are,
 * each is alone, each alone is lost; then sectors by chance.
 */
#define LOSSES_FIXED 3u
#define LOSSES_EACH 8u /* of the first and of the last writes, when there are more */
#define LOSSES_CHANCE 6u

static bool by_chance(const struct disk_crash *c, size_t write, uint64_t sector)
{
	uint64_t x = (c->loss + 1) * 0x9e3779b97f4a7c15u + c->happened;

	x = (x ^ write) * 0xbf58476d1ce4e5b9u;
	x = (x ^ sector) * 0x94d049bb133111ebu;
	/* Some of the losses by chance lose little, some lose much. */
	return (x >> 33) % 8 < 1 + c->loss % 7;
}

static size_t each(const struct disk_crash *c)
{
	return c->pending_count < LOSSES_EACH ? c->pending_count : LOSSES_EACH;
}

/* The half of `each` writes at the beginning, and the other one at the end. */
static size_t chosen(const struct disk_crash *c, size_t n)
{
	return n < each(c) / 2 ? n : c->pending_count - each(c) + n;
}

unsigned int disk_crash_losses(const struct disk_crash *c)
{
	if (c->pending_count == 0)
		return 1;
	return LOSSES_FIXED + 2 * (unsigned int)each(c) + LOSSES_CHANCE;
}

static bool is_left(const struct disk_crash *c, size_t write, uint64_t sector)
{
	size_t n = c->loss - LOSSES_FIXED;

	if (c->loss < LOSSES_FIXED)
		return c->loss == 1;
	if (n < each(c))
		return write == chosen(c, n);
	if (n < 2 * each(c))
		return write != chosen(c, n - each(c));
	return by_chance(c, write, sector);
}

static const struct disk_event *pending(const struct disk_crash *c, size_t write)
{
	return &c->disk->events[c->pending[write]];
}

static uint64_t sector_end(const struct disk_event *event, uint64_t sector)
{
	uint64_t end = (sector + 1) * DISK_SECTOR;

	return end < event->at + event->len ? end : event->at + event->len;
}

static bool crashed_size(struct disk_crash *c, const char *name, uint64_t *out)
{
	const struct storage_file *file = storage_find(&c->durable, name);
	bool there = file != NULL;

	*out = file == NULL ? 0 : file->len;
	for (size_t i = 0; i < c->pending_count; i++) {
		const struct disk_event *event = pending(c, i);

		if (strcmp(event->name, name) != 0)
			continue;
		for (uint64_t s = event->at / DISK_SECTOR; s * DISK_SECTOR < event->at + event->len;
		     s++) {
			bool left = is_left(c, i, s) || c->loss == 2;

			there = there || left;
			if (left && sector_end(event, s) > *out)
				*out = sector_end(event, s);
		}
	}
	return there;
}

/* What one sector of a write that was not flushed leaves in a read of out.len bytes at `at`. */
static void lay_over(const struct disk_event *event, uint64_t sector, uint64_t at,
		     struct cc_mut out)
{
	uint64_t from = sector * DISK_SECTOR > event->at ? sector * DISK_SECTOR : event->at;
	uint64_t end = sector_end(event, sector);

	from = from > at ? from : at;
	end = end < at + out.len ? end : at + out.len;
	if (from < end)
		memcpy(out.at + (from - at), event->bytes + (from - event->at), end - from);
}

static void lay_all_over(const struct disk_crash *c, const char *name, uint64_t at,
			 struct cc_mut out)
{
	for (size_t i = 0; i < c->pending_count; i++) {
		const struct disk_event *event = pending(c, i);
		uint64_t from = event->at > at ? event->at : at;
		uint64_t end = event->at + event->len;

		end = end < at + out.len ? end : at + out.len;
		if (strcmp(event->name, name) != 0)
			continue;
		for (uint64_t s = from / DISK_SECTOR; s * DISK_SECTOR < end; s++)
			if (is_left(c, i, s))
				lay_over(event, s, at, out);
	}
}

static int crash_read(void *ctx, const char *name, uint64_t at, struct cc_mut out,
		      struct cc_err *err)
{
	struct disk_crash *c = ctx;
	const struct storage_file *file = storage_find(&c->durable, name);
	uint64_t size = 0;

	if (storage_find(&c->later, name) != NULL)
		return c->later_store.read(c->later_store.ctx, name, at, out, err);
	if (!crashed_size(c, name, &size))
		return cc_fail_sys(err, ENOENT, "open '%s'", name);
	if (at > size || out.len > size - at)
		return cc_fail(err, CC_E_TAMPERED, "'%s' ends at byte %llu", name,
			       (unsigned long long)size);
	memset(out.at, 0, out.len);
	if (file != NULL && at < file->len)
		memcpy(out.at, file->at + at,
		       out.len < file->len - at ? out.len : file->len - (size_t)at);
	lay_all_over(c, name, at, out);
	return 0;
}

static int crash_write(void *ctx, const char *name, uint64_t at, struct cc_span bytes,
		       struct cc_err *err)
{
	struct disk_crash *c = ctx;
	uint64_t size = 0;

	/* A file of an opening that crashed is nobody's to write. */
	assert_false(crashed_size(c, name, &size));
	return c->later_store.write(c->later_store.ctx, name, at, bytes, err);
}

static int crash_flush(void *ctx, const char *name, struct cc_err *err)
{
	struct disk_crash *c = ctx;

	return c->later_store.flush(c->later_store.ctx, name, err);
}

static int crash_remove(void *ctx, const char *name, struct cc_err *err)
{
	struct disk_crash *c = ctx;

	return c->later_store.remove(c->later_store.ctx, name, err);
}

void disk_crash_init(struct disk_crash *c, const struct disk *d, struct cc_volume_store *store)
{
	struct cc_volume_store unused = { 0 };

	*c = (struct disk_crash){ .disk = d };
	storage_init(&c->durable, &unused);
	storage_init(&c->later, &c->later_store);
	*store = (struct cc_volume_store){ .ctx = c,
					   .read = crash_read,
					   .write = crash_write,
					   .flush = crash_flush,
					   .remove = crash_remove };
}

void disk_crash_clear(struct disk_crash *c)
{
	storage_clear(&c->durable);
	storage_clear(&c->later);
}

/* What is pending for a file is written to `durable`, or forgotten with the file when it is NULL.
 */
static void settle(struct disk_crash *c, const char *name, const struct cc_volume_store *durable)
{
	struct cc_err err = { 0 };
	size_t kept = 0;

	for (size_t i = 0; i < c->pending_count; i++) {
		const struct disk_event *event = pending(c, i);

		if (strcmp(event->name, name) != 0)
			c->pending[kept++] = c->pending[i];
		else if (durable != NULL)
			assert_int_equal(durable->write(durable->ctx, name, event->at,
							cc_span(event->bytes, event->len), &err),
					 0);
	}
	c->pending_count = kept;
}

bool disk_crash_advance(struct disk_crash *c)
{
	struct cc_volume_store durable = c->later_store;
	const struct disk_event *event = &c->disk->events[c->happened];
	struct cc_err err = { 0 };

	if (c->happened == c->disk->count)
		return false;
	durable.ctx = &c->durable;
	if (event->kind == DISK_WRITE) {
		assert_true(c->pending_count < CC_COUNT(c->pending));
		c->pending[c->pending_count++] = c->happened;
	} else if (event->kind == DISK_FLUSH) {
		settle(c, event->name, &durable);
	} else {
		settle(c, event->name, NULL);
		if (storage_find(&c->durable, event->name) != NULL)
			assert_int_equal(durable.remove(durable.ctx, event->name, &err), 0);
	}
	c->happened++;
	disk_crash_lose(c, 0);
	return true;
}

void disk_crash_lose(struct disk_crash *c, unsigned int loss)
{
	c->loss = loss;
	storage_clear(&c->later);
}
