/* SPDX-License-Identifier: Apache-2.0 */
/* Random operations, commits, new epochs and compaction on a volume and on its model. */
#include "tests/unit/volume/fixture.h"
#include "tests/unit/volume/model.h"

#define OPERATIONS 20000u
#define SMALL_CACHE 4096u /* less than one node of the tree: everything is evicted */
#define BESIDE 300u       /* inodes that nobody touches: they make a tree of several levels */

struct played {
	struct fixture f;
	struct model m;
};

static void make_others(struct cc_volume *v)
{
	char path[32] = "";

	(void)make_dir(v, "/others");
	for (unsigned int i = 1; i < BESIDE; i++) {
		(void)snprintf(path, sizeof(path), "/others/%u", i);
		(void)make_file(v, path, cc_span(NULL, 0));
	}
}

static void compare(struct played *p, struct cc_volume *v)
{
	struct cc_volume_usage usage = { 0 };
	struct cc_err err = { 0 };

	if (model_compare(&p->m, v, &err) != 0)
		fail_msg("%s", err.text);
	cc_volume_usage(v, &usage);
	assert_int_equal(usage.inodes, BESIDE + model_inodes(&p->m));
	assert_int_equal(usage.bytes, model_bytes(&p->m));
	assert_true(usage.live <= usage.stored);
}

/* Everything that was committed is whole, by the volume's own account. */
static void check(struct played *p, struct cc_volume *v)
{
	struct cc_volume_checked checked = { 0 };
	struct cc_err err = { 0 };

	if (cc_volume_check(v, &(struct cc_volume_check_plan){ 0 }, &checked, &err) != 0)
		fail_msg("%s", err.text);
	assert_int_equal(checked.inodes, BESIDE + model_inodes(&p->m) + model_orphans(&p->m));
}

static void reopen(struct played *p)
{
	model_close_all(&p->m);
	fixture_commit(&p->f, p->m.v);
	cc_volume_acknowledged(p->m.v, p->f.base.number);
	cc_volume_free(p->m.v);
	p->m.v = fixture_read(&p->f);
	check(p, p->m.v);
	compare(p, p->m.v);
	cc_volume_free(p->m.v);
	p->m.v = fixture_write(&p->f);
	compare(p, p->m.v);
}

static void next_epoch(struct played *p)
{
	const struct cc_volume_epoch epoch = { .state = fixture_state(p->f.epoch + 1),
					       .epoch = p->f.epoch + 1,
					       .key = fixture_key(&p->f, p->f.epoch + 1) };
	struct cc_err err = { 0 };

	fixture_commit(&p->f, p->m.v);
	if (cc_volume_epoch_next(p->m.v, &epoch, &err) != 0)
		fail_msg("%s", err.text);
	p->f.epoch++;
}

static void compact(struct played *p)
{
	uint64_t moved = 0;
	struct cc_err err = { 0 };

	if (cc_volume_compact(p->m.v, &moved, &err) != 0)
		fail_msg("%s", err.text);
}

static void (*const now_and_then[])(struct played *p) = { reopen, next_epoch, compact };

static void commit(struct played *p)
{
	fixture_commit(&p->f, p->m.v);
	if (model_pick(&p->m, 8) == 0)
		check(p, p->m.v);
	if (model_pick(&p->m, 2) == 0)
		cc_volume_acknowledged(p->m.v, p->f.base.number);
	if (model_pick(&p->m, 4) == 0 && p->f.epoch + 2 < CC_COUNT(p->f.keys))
		now_and_then[model_pick(&p->m, CC_COUNT(now_and_then))](p);
}

static void play(uint64_t seed, size_t cache, bool hashed)
{
	struct played *p = calloc(1, sizeof(*p));

	model_init(&p->m, 3 * CC_VOLUME_EXTENT, seed);
	fixture_init(&p->f);
	p->f.hash_extents = hashed;
	p->f.cache = cache;
	p->m.v = fixture_write(&p->f);
	model_make_dirs(&p->m);
	make_others(p->m.v);
	/* Without a cache each operation reads its way through the tree. */
	for (unsigned int i = cache == 0 ? 0 : OPERATIONS * 3 / 4; i < OPERATIONS; i++) {
		model_step(&p->m);
		if (model_pick(&p->m, 100) == 0)
			commit(p);
	}
	compact(p);
	reopen(p);
	cc_volume_free(p->m.v);
	fixture_clear(&p->f);
	model_clear(&p->m);
	free(p);
}

static void random_operations_agree_with_the_model(void **state)
{
	(void)state;
	play(1, 0, false);
}

static void they_do_with_hashes_of_windows(void **state)
{
	(void)state;
	play(2, 0, true);
}

static void they_do_when_nothing_is_kept_in_memory(void **state)
{
	(void)state;
	play(3, SMALL_CACHE, false);
	play(4, SMALL_CACHE, true);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(random_operations_agree_with_the_model),
		cmocka_unit_test(they_do_with_hashes_of_windows),
		cmocka_unit_test(they_do_when_nothing_is_kept_in_memory),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
