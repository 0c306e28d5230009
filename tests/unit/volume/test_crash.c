/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A machine that loses power at every change of the disk, with whatever was
 * not flushed lost, torn or reordered: the state that somebody could have named
 * opens, and is what it was when it was committed.
 */
#include <assert.h>

#include "tests/unit/volume/disk.h"
#include "tests/unit/volume/fixture.h"
#include "tests/unit/volume/model.h"

#define COMMITS_MAX 40
#define LAG                                                                                  \
	4 /* at most so many commits wait for their acknowledgement, unless a test says more \
	   */
#define EPOCH_AFTER 60u
#define LONG_COMMITS 1500u

struct commit {
	struct cc_volume_base base;
	struct model *image;
	size_t done;  /* changes of the disk when it returned */
	size_t acked; /* changes when the successor of nothing older counted; SIZE_MAX: never */
};
struct past {
	struct fixture f;
	struct disk disk;
	struct model m;
	size_t lag;    /* most commits that are not acknowledged at once */
	size_t wanted; /* commits */
	struct commit commits[COMMITS_MAX];
	size_t count;
	size_t acked; /* of the commits, from the first */
};

static void acknowledge(struct past *p, size_t count)
{
	for (; p->acked < count; p->acked++)
		p->commits[p->acked].acked = p->disk.count;
	if (count > 0)
		cc_volume_acknowledged(p->m.v, p->commits[count - 1].base.number);
}

/* False when there was nothing to commit. */
static bool commit(struct past *p)
{
	uint64_t before = p->f.base.number;

	fixture_commit(&p->f, p->m.v);
	if (p->f.base.number == before)
		return false;
	p->commits[p->count++] = (struct commit){ .base = p->f.base,
						  .image = model_copy(&p->m),
						  .done = p->disk.count,
						  .acked = SIZE_MAX };
	return true;
}

static void reopen(struct past *p)
{
	acknowledge(p, p->count);
	cc_volume_free(p->m.v);
	p->m.v = NULL;
	model_close_all(&p->m);
	p->m.v = fixture_write(&p->f);
}

/* The same, without closing; what waits for its acknowledgement goes on waiting. */
static void next_epoch(struct past *p)
{
	struct cc_err err = { 0 };

	p->f.epoch++;
	const struct cc_volume_epoch epoch = { .state = fixture_state(p->f.epoch),
					       .epoch = p->f.epoch,
					       .key = fixture_key(&p->f, p->f.epoch) };
	if (cc_volume_epoch_next(p->m.v, &epoch, &err) != 0)
		fail_msg("%s", err.text);
}

/* Commits, acknowledgements that lag behind, new epochs. */
static void advance(struct past *p)
{
	static void (*const new_epoch[])(struct past * p) = { reopen, next_epoch };
	uint64_t moved = 0;
	struct cc_err err = { 0 };

	if (model_pick(&p->m, 6) == 0 && cc_volume_compact(p->m.v, &moved, &err) != 0)
		fail_msg("%s", err.text);
	if (!commit(p))
		return;
	if (p->count - p->acked >= p->lag)
		acknowledge(p, p->acked + 1 + model_pick(&p->m, (unsigned int)p->lag));
	if (model_pick(&p->m, 8) == 0)
		new_epoch[model_pick(&p->m, CC_COUNT(new_epoch))](p);
}

static void play(struct past *p, uint64_t seed)
{
	model_init(&p->m, CC_VOLUME_EXTENT + 20000, seed);
	fixture_init(&p->f);
	disk_init(&p->disk, &p->f.store);
	p->m.v = fixture_write(&p->f);
	model_make_dirs(&p->m);
	while (p->count < p->wanted) {
		for (unsigned int i = 1 + model_pick(&p->m, 20); i > 0; i--)
			model_step(&p->m);
		advance(p);
	}
}

static void forget(struct past *p)
{
	cc_volume_free(p->m.v);
	for (size_t i = 0; i < p->count; i++)
		model_free_copy(p->commits[i].image);
	model_clear(&p->m);
	disk_clear(&p->disk);
	fixture_clear(&p->f);
}

static void expect(const struct disk_crash *c, const struct commit *named, int result,
		   const struct cc_err *err)
{
	if (result != 0)
		fail_msg("power lost after %zu changes, loss %u, commit %llu: %s", c->happened,
			 c->loss, (unsigned long long)named->base.number, err->text);
}

static void holds(const struct disk_crash *c, const struct cc_volume_store *store,
		  const struct cc_volume_open *how, const struct commit *named)
{
	CC_AUTO_VOLUME struct cc_volume *v = NULL;
	struct cc_err err = { 0 };

	expect(c, named, cc_volume_open(store, how, &v, &err), &err);
	expect(c, named, model_compare(named->image, v, &err), &err);
}

/* The next writer goes on from there. */
static void goes_on(struct past *p, struct disk_crash *c, const struct cc_volume_store *store,
		    const struct commit *named)
{
	const struct cc_volume_epoch epoch = { .state = fixture_state(EPOCH_AFTER),
					       .epoch = EPOCH_AFTER,
					       .key = fixture_key(&p->f, EPOCH_AFTER) };
	struct cc_volume_open how = { .id = p->f.id, .base = &named->base, .epoch = &epoch };
	struct cc_volume_base after = { .state = epoch.state,
					.epoch = EPOCH_AFTER,
					.key = epoch.key };
	struct cc_volume_commit done = { 0 };
	struct cc_volume_usage usage = { 0 };
	struct cc_volume_checked checked = { 0 };
	struct cc_volume *v = NULL;
	struct cc_err err = { 0 };

	disk_crash_lose(c, c->loss);
	expect(c, named, cc_volume_open(store, &how, &v, &err), &err);
	cc_volume_usage(v, &usage);
	assert_int_equal(usage.inodes, model_inodes(named->image));
	(void)make_file(v, "/after", cc_span_str("the crash"));
	expect(c, named, cc_volume_commit(v, &done, &err), &err);
	expect(c, named, cc_volume_check(v, &(struct cc_volume_check_plan){ 0 }, &checked, &err),
	       &err);
	/* What was only open when the power was lost is gone. */
	assert_int_equal(checked.inodes, usage.inodes + 1);
	cc_volume_free(v);
	after.number = done.number;
	after.tag = done.tag;
	how = (struct cc_volume_open){ .id = p->f.id, .base = &after };
	holds(c, store, &how, named);
}

/* The commit with this number, of which the whole history has one. */
static const struct commit *commit_of(const struct past *p, uint64_t number)
{
	for (size_t i = 0; i < p->count; i++)
		if (p->commits[i].base.number == number)
			return &p->commits[i];
	fail_msg("no commit has the number %llu", (unsigned long long)number);
	return NULL;
}

/* The last commit of the named one's epoch that had returned, within the window. */
static uint64_t newest(const struct past *p, const struct disk_crash *c, const struct commit *named,
		       uint64_t window)
{
	uint64_t number = named->base.number;

	for (size_t i = 0; i < p->count && p->commits[i].done <= c->happened; i++)
		if (p->commits[i].base.epoch == named->base.epoch &&
		    p->commits[i].base.number <= named->base.number + window)
			number = p->commits[i].base.number;
	return number > named->base.number ? number : named->base.number;
}

/*
 * Who does not wait for acknowledgements gets back what had been flushed, or the commit that was
 * being made when it is whole; and never more than the window.
 */
static void recovers(const struct past *p, const struct disk_crash *c,
		     const struct cc_volume_store *store, const struct commit *named)
{
	static const uint64_t windows[] = { CC_VOLUME_UNACKNOWLEDGED_MAX, 1, 2 };
	const struct cc_volume_recover ask = { .id = p->f.id,
					       .named = &named->base,
					       .window = windows[c->happened % CC_COUNT(windows)] };
	uint64_t least = newest(p, c, named, ask.window);
	const struct commit *found = NULL;
	struct cc_volume_base base = { 0 };
	const struct cc_volume_open how = { .id = p->f.id, .base = &base };
	struct cc_err err = { 0 };

	expect(c, named, cc_volume_recover(store, &ask, &base, &err), &err);
	if (base.number < least || base.number > least + 1 ||
	    base.number > named->base.number + ask.window)
		fail_msg("after %zu changes, loss %u: commit %llu instead of %llu", c->happened,
			 c->loss, (unsigned long long)base.number, (unsigned long long)least);
	found = commit_of(p, base.number);
	assert_true(cc_digest_eq(&base.tag, &found->base.tag));
	assert_int_equal(base.epoch, named->base.epoch);
	holds(c, store, &how, found);
}

static void name_holds(struct past *p, struct disk_crash *c, const struct cc_volume_store *store,
		       const struct commit *named)
{
	const struct cc_volume_open how = { .id = p->f.id, .base = &named->base };

	holds(c, store, &how, named);
	/* A recovery opens each commit of the window. */
	if (p->lag <= LAG || (c->happened + c->loss) % 4 == 0)
		recovers(p, c, store, named);
	if ((c->happened + c->loss) % 5 == 0)
		goes_on(p, c, store, named);
}

/*
 * Each state that somebody may have been told of and that nothing later has replaced for good; the
 * oldest, the newest and one between them when there are many.
 */
static void names_hold(struct past *p, struct disk_crash *c, const struct cc_volume_store *store)
{
	size_t first = 0;
	size_t end = 0;

	while (end < p->count && p->commits[end].done <= c->happened)
		end++;
	/* At the very change both the former and this one may be what is named. */
	while (first + 1 < end && p->commits[first + 1].acked < c->happened)
		first++;
	for (size_t i = first; i < end; i++)
		if (i == first || i + 1 == end ||
		    i == first + (c->happened + c->loss) % (end - first))
			name_holds(p, c, store, &p->commits[i]);
}

static void lose_power_at_every_change(uint64_t seed, size_t wanted, size_t lag)
{
	struct past *p = calloc(1, sizeof(*p));
	struct disk_crash *c = calloc(1, sizeof(*c));
	struct cc_volume_store store = { 0 };

	assert(p != NULL && c != NULL);
	p->wanted = wanted;
	p->lag = lag;
	play(p, seed);
	disk_crash_init(c, &p->disk, &store);
	do {
		for (unsigned int i = 0; i < disk_crash_losses(c); i++) {
			disk_crash_lose(c, i);
			names_hold(p, c, &store);
		}
	} while (disk_crash_advance(c));
	disk_crash_clear(c);
	free(c);
	forget(p);
	free(p);
}

static void what_was_named_survives_a_crash_at_every_change(void **state)
{
	(void)state;
	lose_power_at_every_change(1, 24, 1);
	lose_power_at_every_change(2, 24, LAG);
}

static void so_does_what_waits_for_many_acknowledgements(void **state)
{
	(void)state;
	/* The slots of superblocks come round. */
	lose_power_at_every_change(3, COMMITS_MAX, CC_VOLUME_UNACKNOWLEDGED_MAX);
}

/* What the states since the acknowledged one need, oldest first. */
struct needed {
	struct disk_needs states[LAG];
	uint64_t numbers[LAG];
	size_t count;
};

static void drop_oldest(struct past *p, struct needed *n)
{
	disk_needs_clear(&n->states[0]);
	n->count--;
	memmove(n->states, n->states + 1, n->count * sizeof(n->states[0]));
	memmove(n->numbers, n->numbers + 1, n->count * sizeof(n->numbers[0]));
	p->disk.needs_count = n->count;
}

/* All of the last commit is read; from then on no change may touch what was. */
static void protect(struct past *p, struct needed *n)
{
	const struct cc_volume_open how = { .id = p->f.id, .base = &p->f.base };
	CC_AUTO_VOLUME struct cc_volume *v = NULL;
	struct cc_volume_store store = { 0 };
	struct cc_err err = { 0 };

	if (n->count == LAG)
		fail_msg("more states are protected than may be");
	disk_needs_init(&p->disk.inner, &n->states[n->count], &store);
	n->numbers[n->count++] = p->f.base.number;
	if (cc_volume_open(&store, &how, &v, &err) != 0 || model_compare(&p->m, v, &err) != 0)
		fail_msg("commit %llu: %s", (unsigned long long)p->f.base.number, err.text);
	p->disk.needs = n->states;
	p->disk.needs_count = n->count;
}

static void commit_and_protect(struct past *p, struct needed *n)
{
	uint64_t before = p->f.base.number;
	size_t left = 0;

	fixture_commit(&p->f, p->m.v);
	if (p->f.base.number == before)
		return;
	protect(p, n);
	left = n->count == LAG ? 1 + model_pick(&p->m, LAG - 1) : n->count;
	while (n->count > left)
		drop_oldest(p, n);
	cc_volume_acknowledged(p->m.v, n->numbers[0]);
}

static void nothing_that_a_named_state_needs_is_overwritten(void **state)
{
	struct past *p = calloc(1, sizeof(*p));
	struct needed n = { 0 };

	(void)state;
	assert(p != NULL);
	/* So large, and so long, that freed places of all sizes are taken again. */
	model_init(&p->m, 4 * CC_VOLUME_EXTENT, 7);
	fixture_init(&p->f);
	disk_init(&p->disk, &p->f.store);
	p->disk.forgets = true;
	p->m.v = fixture_write(&p->f);
	model_make_dirs(&p->m);
	while (p->f.base.number < LONG_COMMITS) {
		for (unsigned int i = 1 + model_pick(&p->m, 40); i > 0; i--)
			model_step(&p->m);
		commit_and_protect(p, &n);
		/* An opening needs its base until it has a commit that was acknowledged. */
		if (p->f.base.number % (LONG_COMMITS / 2) == 0)
			reopen(p);
	}
	while (n.count > 0)
		drop_oldest(p, &n);
	forget(p);
	free(p);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(nothing_that_a_named_state_needs_is_overwritten),
		cmocka_unit_test(what_was_named_survives_a_crash_at_every_change),
		cmocka_unit_test(so_does_what_waits_for_many_acknowledgements),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
