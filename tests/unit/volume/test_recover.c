/* SPDX-License-Identifier: Apache-2.0 */
/* After a crash: what the disk may have beside the state that the CAS knows. */
#include "tests/unit/volume/fixture.h"

#include <stdio.h>

#include "volume/engine-internal.h"

#define COMMITS 5u

/* Commits 1 to 5, of which the second is named; each writes the file anew. */
struct scene {
	struct fixture f;
	struct cc_volume_base all[COMMITS + 1];
	struct storage stored[COMMITS + 1]; /* as it was after each */
	struct cc_volume_store unused;
};
#define AUTO_SCENE CC_CLEANUP(scene_clear)

static struct storage_file *data_in(struct storage *storage)
{
	char name[CC_VOL_NAME_FILE] = "";
	const struct cc_volume_state_id state = fixture_state(1);

	cc_vol_data_name(&state, name);
	return storage_find(storage, name);
}

static struct storage_file *data_of(struct scene *s)
{
	return data_in(&s->f.storage);
}

static void build(struct scene *s)
{
	struct cc_volume *v = NULL;
	uint64_t ino = 0;

	fixture_init(&s->f);
	v = fixture_write(&s->f);
	ino = make_file(v, "/n", cc_span_str("0"));
	for (uint64_t i = 1; i <= COMMITS; i++) {
		char text[2] = { (char)('0' + i), '\0' };

		write_at(v, ino, 0, cc_span_str(text));
		fixture_commit(&s->f, v);
		s->all[i] = s->f.base;
		storage_copy(&s->f.storage, &s->stored[i], &s->unused);
		if (i == 1)
			cc_volume_acknowledged(v, s->f.base.number);
	}
	cc_volume_free(v);
}

static void scene_clear(struct scene *s)
{
	for (size_t i = 1; i <= COMMITS; i++)
		storage_clear(&s->stored[i]);
	fixture_clear(&s->f);
}

typedef int find_fn(const struct cc_volume_store *store, const struct cc_volume_recover *how,
		    struct cc_volume_base *out, struct cc_err *err);

static uint64_t found(struct scene *s, find_fn *find, uint64_t window)
{
	const struct cc_volume_recover how = { .id = s->f.id,
					       .named = &s->all[2],
					       .window = window };
	struct cc_volume_base base = { 0 };
	struct cc_err err = { 0 };

	assert_int_equal(find(&s->f.store, &how, &base, &err), 0);
	s->f.base = base;
	for (uint64_t i = 1; i <= COMMITS; i++)
		if (cc_digest_eq(&base.tag, &s->all[i].tag))
			return i;
	fail_msg("a state that nobody made");
	return 0;
}

static void assert_holds(struct scene *s, uint64_t commit)
{
	CC_AUTO_VOLUME struct cc_volume *v = fixture_read(&s->f);
	char text[2] = { (char)('0' + commit), '\0' };

	assert_content(v, "/n", cc_span_str(text));
}

static uint8_t *slot_of(struct scene *s, uint64_t commit)
{
	return data_of(s)->at + s->all[commit].number % CC_VOL_SLOTS * CC_VOL_SLOT_LEN;
}

static void what_follows_within_the_window_is_found(void **state)
{
	(void)state;
	for (uint64_t window = 0; window <= 4; window++) {
		AUTO_SCENE struct scene s = { 0 };
		uint64_t commit = 2 + (window < 3 ? window : 3);

		build(&s);
		assert_int_equal(found(&s, cc_volume_recover, window), commit);
		assert_holds(&s, commit);
	}
}

/* Nothing older than the named state is as good, whatever the window. */
static void what_was_rolled_back_is_not_recovered(void **state)
{
	AUTO_SCENE struct scene s = { 0 };
	struct cc_volume_open how = { 0 };

	(void)state;
	build(&s);
	storage_clear(&s.f.storage);
	storage_copy(&s.stored[1], &s.f.storage, &s.f.store);
	assert_int_equal(found(&s, cc_volume_recover, 30), 2);
	how = fixture_how(&s.f);
	fixture_refused(&s.f, &how, CC_E_TAMPERED);
}

static void a_torn_commit_is_not_recovered(void **state)
{
	AUTO_SCENE struct scene s = { 0 };
	const struct storage_file *before = NULL;

	(void)state;
	build(&s);
	/* The superblock of the fourth is there, and what it wrote is not. */
	before = data_in(&s.stored[3]);
	memcpy(data_of(&s)->at + CC_VOL_DATA_START, before->at + CC_VOL_DATA_START,
	       before->len - CC_VOL_DATA_START);
	assert_int_equal(found(&s, cc_volume_recover, 30), 3);
	assert_holds(&s, 3);
}

/* Who has the storage has no key: each bit of what is under the MAC. */
static void a_changed_superblock_is_not_recovered(void **state)
{
	(void)state;
	for (size_t at = 0; at < CC_VOL_SUPER_LEN; at += 7) {
		AUTO_SCENE struct scene s = { 0 };

		build(&s);
		slot_of(&s, 3)[at] ^= 1;
		assert_int_equal(found(&s, cc_volume_recover, 30), 2);
	}
}

/* A commit that is authentic and does not follow: its place in the chain is empty. */
static void a_gap_in_the_chain_ends_it(void **state)
{
	AUTO_SCENE struct scene s = { 0 };

	(void)state;
	build(&s);
	memset(slot_of(&s, 3), 0, CC_VOL_SLOT_LEN);
	assert_int_equal(found(&s, cc_volume_recover, 30), 2);
	memcpy(slot_of(&s, 3), slot_of(&s, 4), CC_VOL_SLOT_LEN);
	assert_int_equal(found(&s, cc_volume_recover, 30), 2);
}

static void a_window_has_its_maximum(void **state)
{
	AUTO_SCENE struct scene s = { 0 };
	struct cc_volume_recover how = { .window = CC_VOLUME_UNACKNOWLEDGED_MAX + 1 };
	struct cc_volume_base base = { 0 };
	struct cc_err err = { 0 };

	(void)state;
	build(&s);
	how.id = s.f.id;
	how.named = &s.all[2];
	assert_int_equal(cc_volume_recover(&s.f.store, &how, &base, &err), -1);
	assert_int_equal(err.code, CC_E_ARG);
}

/* Without protection against rollback: the host chooses among what the key's holder made. */
static void without_protection_the_newest_that_is_shown_is_taken(void **state)
{
	AUTO_SCENE struct scene s = { 0 };

	(void)state;
	build(&s);
	assert_int_equal(found(&s, cc_volume_newest, 0), 5);
	assert_holds(&s, 5);
	slot_of(&s, 5)[9] ^= 1;
	assert_int_equal(found(&s, cc_volume_newest, 0), 4);
	assert_holds(&s, 4);
	storage_clear(&s.f.storage);
	storage_copy(&s.stored[1], &s.f.storage, &s.f.store);
	assert_int_equal(found(&s, cc_volume_newest, 0), 1);
	assert_holds(&s, 1);
	slot_of(&s, 1)[9] ^= 1;
	assert_int_equal(found(&s, cc_volume_newest, 0), 2); /* which is not there: refused */
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_follows_within_the_window_is_found),
		cmocka_unit_test(what_was_rolled_back_is_not_recovered),
		cmocka_unit_test(a_torn_commit_is_not_recovered),
		cmocka_unit_test(a_changed_superblock_is_not_recovered),
		cmocka_unit_test(a_gap_in_the_chain_ends_it),
		cmocka_unit_test(a_window_has_its_maximum),
		cmocka_unit_test(without_protection_the_newest_that_is_shown_is_taken),
	};

	return cmocka_run_group_tests_name("volume/recover", tests, NULL, NULL);
}
