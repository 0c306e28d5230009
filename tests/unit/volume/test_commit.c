/* SPDX-License-Identifier: Apache-2.0 */
/* Commits, epochs and crashes. */
#include "tests/unit/volume/fixture.h"

#include <errno.h>
#include <sys/stat.h>

#include "base/fd.h"
#include "volume/engine-internal.h"

static void an_attempt_without_completion_leaves_the_base_readable(void **state)
{
	struct fixture f = { 0 };
	struct cc_volume_base base = { 0 };
	struct cc_volume *w = NULL;
	CC_AUTO_VOLUME struct cc_volume *r = NULL;

	(void)state;
	fixture_init(&f);
	w = fixture_write(&f);
	(void)make_file(w, "/a", cc_span_str("first"));
	fixture_commit(&f, w);
	cc_volume_free(w);
	base = f.base;

	w = fixture_write(&f);
	(void)make_file(w, "/b", cc_span_str("second"));
	write_at(w, attr_of(w, "/a").ino, 0, cc_span_str("FIRST"));
	fixture_commit(&f, w);
	cc_volume_free(w);

	f.base = base;
	r = fixture_read(&f);
	assert_content(r, "/a", cc_span_str("first"));
	assert_false(is_there(r, "/b"));
	fixture_clear(&f);
}

static void data_of_older_epochs_is_read_and_their_keys_are_carried(void **state)
{
	struct fixture f = { 0 };
	char name[16] = "";
	CC_AUTO_VOLUME struct cc_volume *r = NULL;
	CC_AUTO_FREE struct cc_volume_state_id *states = NULL;
	struct cc_err err = { 0 };
	size_t count = 0;

	(void)state;
	fixture_init(&f);
	for (unsigned int i = 0; i < 20; i++) {
		struct cc_volume *w = fixture_write(&f);

		(void)snprintf(name, sizeof(name), "/%u", i);
		(void)make_file(w, name, cc_span_str(name));
		/* Five more, and what they say is soon gone: those epochs are forgotten. */
		if (i >= 5)
			write_at(w, attr_of(w, "/0").ino, 0, cc_span_str(name));
		fixture_commit(&f, w);
		cc_volume_free(w);
	}
	r = fixture_read(&f);
	for (unsigned int i = 1; i < 20; i++) {
		(void)snprintf(name, sizeof(name), "/%u", i);
		assert_content(r, name, cc_span_str(name));
	}
	/* Nothing of the first epoch is left: /0 was overwritten, the tree is newer. */
	assert_null(cc_vol_epoch_find(r, 0));
	assert_non_null(cc_vol_epoch_find(r, 1));
	assert_int_equal(cc_volume_states(r, &states, &count, &err), 0);
	assert_int_equal(count, 19);
	assert_int_equal(states[0].b[1], 20);
	assert_int_equal(states[18].b[1], 2);
	fixture_clear(&f);
}

static void a_commit_without_changes_names_the_same_state(void **state)
{
	struct fixture f = { 0 };
	struct cc_volume *w = NULL;
	struct cc_volume_base base = { 0 };

	(void)state;
	fixture_init(&f);
	w = fixture_write(&f);
	fixture_commit(&f, w);
	base = f.base;
	assert_false(cc_volume_is_dirty(w));
	fixture_commit(&f, w);
	assert_int_equal(base.number, f.base.number);
	assert_true(cc_digest_eq(&base.tag, &f.base.tag));
	(void)make_dir(w, "/d");
	assert_true(cc_volume_is_dirty(w));
	fixture_commit(&f, w);
	assert_int_equal(base.number + 1, f.base.number);
	cc_volume_free(w);
	fixture_clear(&f);
}

static void space_is_used_again_only_after_an_acknowledgement(void **state)
{
	struct fixture f = { 0 };
	struct cc_volume *w = NULL;
	CC_AUTO_FREE uint8_t *bytes = malloc(4 * CC_VOLUME_EXTENT);
	size_t grown[2] = { 0 };

	(void)state;
	for (size_t acknowledging = 0; acknowledging < 2; acknowledging++) {
		fixture_init(&f);
		w = fixture_write(&f);
		(void)make_file(w, "/f", cc_span_str(""));
		for (unsigned int i = 0; i < 25; i++) {
			pattern((struct cc_mut){ bytes, 4 * CC_VOLUME_EXTENT }, i);
			write_at(w, attr_of(w, "/f").ino, 0, cc_span(bytes, 4 * CC_VOLUME_EXTENT));
			fixture_commit(&f, w);
			if (acknowledging != 0)
				cc_volume_acknowledged(w, f.base.number);
		}
		grown[acknowledging] = f.storage.files[0].len;
		cc_volume_free(w);
		w = fixture_read(&f);
		assert_content(w, "/f", cc_span(bytes, 4 * CC_VOLUME_EXTENT));
		cc_volume_free(w);
		fixture_clear(&f);
	}
	assert_true(grown[0] > 25 * 4 * CC_VOLUME_EXTENT);
	assert_true(grown[1] < 5 * 1024 * 1024);
}

static void what_an_acknowledged_commit_has_is_not_free_for_its_successors(void **state)
{
	struct fixture f = { 0 };
	struct cc_volume *w = NULL;
	CC_AUTO_VOLUME struct cc_volume *r = NULL;
	CC_AUTO_FREE uint8_t *bytes = malloc(8 * CC_VOLUME_EXTENT);
	struct cc_volume_base second = { 0 };

	(void)state;
	fixture_init(&f);
	w = fixture_write(&f);
	(void)make_file(w, "/a", cc_span_str(""));
	for (uint64_t i = 1; i <= 3; i++) {
		pattern((struct cc_mut){ bytes, 4 * CC_VOLUME_EXTENT }, i);
		write_at(w, attr_of(w, "/a").ino, 0, cc_span(bytes, 4 * CC_VOLUME_EXTENT));
		fixture_commit(&f, w);
		if (i == 2)
			second = f.base;
	}
	/* What only the first had is free now; what the second has is still named. */
	cc_volume_acknowledged(w, second.number);
	(void)make_file(w, "/b", cc_span(bytes, 8 * CC_VOLUME_EXTENT));
	fixture_commit(&f, w);
	cc_volume_free(w);
	f.base = second;
	r = fixture_read(&f);
	pattern((struct cc_mut){ bytes, 4 * CC_VOLUME_EXTENT }, 2);
	assert_content(r, "/a", cc_span(bytes, 4 * CC_VOLUME_EXTENT));
	fixture_clear(&f);
}

static void commits_wait_for_acknowledgements_only_so_many(void **state)
{
	struct fixture f = { 0 };
	struct cc_volume *w = NULL;
	struct cc_volume_commit done = { 0 };
	struct cc_err err = { 0 };
	char name[16] = "";

	(void)state;
	fixture_init(&f);
	w = fixture_write(&f);
	for (unsigned int i = 0; i <= CC_VOLUME_UNACKNOWLEDGED_MAX; i++) {
		(void)snprintf(name, sizeof(name), "/%u", i);
		(void)make_dir(w, name);
		if (i < CC_VOLUME_UNACKNOWLEDGED_MAX)
			fixture_commit(&f, w);
	}
	assert_int_equal(cc_volume_commit(w, &done, &err), -1);
	assert_int_equal(err.sys, EAGAIN);
	cc_volume_acknowledged(w, 1);
	fixture_commit(&f, w);
	cc_volume_free(w);
	fixture_clear(&f);
}

/* The tree before and after a commit, and what an interrupted one may leave. */
static void two_states(struct fixture *f, bool after, struct cc_volume *v)
{
	CC_AUTO_FREE uint8_t *bytes = malloc(400000);

	pattern((struct cc_mut){ bytes, 400000 }, 9);
	if (!after) {
		(void)make_file(v, "/kept", cc_span_str("kept"));
		(void)make_file(v, "/changed", cc_span(bytes, 200000));
		return;
	}
	write_at(v, attr_of(v, "/changed").ino, 100000, cc_span(bytes + 5, 200000));
	(void)make_file(v, "/new", cc_span(bytes, 400000));
	(void)f;
}

static bool has_old(struct cc_volume *v)
{
	assert_content(v, "/kept", cc_span_str("kept"));
	return attr_of(v, "/changed").size == 200000 && !is_there(v, "/new");
}

static bool has_new(struct cc_volume *v)
{
	CC_AUTO_FREE uint8_t *bytes = malloc(400000);

	pattern((struct cc_mut){ bytes, 400000 }, 9);
	assert_content(v, "/kept", cc_span_str("kept"));
	assert_content(v, "/new", cc_span(bytes, 400000));
	return attr_of(v, "/changed").size == 300000;
}

/* One run in which change number `fail_at` of the storage fails. True: nothing failed. */
static bool crash_once(unsigned int fail_at, bool tear, bool new_epoch)
{
	struct fixture f = { 0 };
	struct cc_volume *w = NULL;
	struct cc_volume_commit done = { 0 };
	struct cc_volume_base old = { 0 };
	struct cc_err err = { 0 };
	int result = 0;

	fixture_init(&f);
	w = fixture_write(&f);
	two_states(&f, false, w);
	fixture_commit(&f, w);
	old = f.base;
	if (new_epoch) {
		cc_volume_free(w);
		w = fixture_write(&f);
	}
	two_states(&f, true, w);
	f.storage.changes = 0;
	f.storage.fail_at = fail_at;
	f.storage.tear = tear;
	result = cc_volume_commit(w, &done, &err);
	if (result != 0) {
		/* The disk is well again, but what of the commit is on it nobody knows. */
		assert_int_equal(err.sys, EIO);
		f.storage.fail_at = 0;
		assert_int_equal(cc_volume_commit(w, &done, &err), -1);
		assert_int_equal(err.sys, EIO);
		assert_int_equal(
			cc_volume_write(w, attr_of(w, "/kept").ino, 0, cc_span_str("x"), &err), -1);
		assert_int_equal(err.sys, EIO);
	}
	cc_volume_free(w);
	storage_crash(&f.storage);
	/* The named state is the old one until the commit has told its tag. */
	f.base = old;
	w = fixture_read(&f);
	assert_true(has_old(w));
	cc_volume_free(w);
	if (result == 0) {
		f.base = (struct cc_volume_base){ .state = fixture_state(f.epoch),
						  .epoch = f.epoch,
						  .number = done.number,
						  .tag = done.tag,
						  .key = fixture_key(&f, f.epoch) };
		w = fixture_read(&f);
		assert_true(has_new(w));
		cc_volume_free(w);
	}
	fixture_clear(&f);
	return result == 0;
}

static void a_crash_at_any_step_leaves_the_last_commit_or_the_one_before(void **state)
{
	(void)state;
	for (int how = 0; how < 4; how++) {
		unsigned int at = 1;

		while (!crash_once(at, (how & 1) != 0, (how & 2) != 0))
			at++;
		assert_true(at >= 3); /* two writes and a flush failed at least */
	}
}

static void early_writes_of_full_extents_do_not_touch_the_last_commit(void **state)
{
	struct fixture f = { 0 };
	struct cc_volume *w = NULL;
	CC_AUTO_VOLUME struct cc_volume *r = NULL;
	const size_t len = 40 * 1024 * 1024;
	CC_AUTO_FREE uint8_t *bytes = malloc(len);

	(void)state;
	fixture_init(&f);
	w = fixture_write(&f);
	two_states(&f, false, w);
	fixture_commit(&f, w);
	pattern((struct cc_mut){ bytes, len }, 4);
	/* Odd sizes: partial extents, more of them than may stay dirty in memory. */
	(void)make_file(w, "/large", cc_span_str(""));
	for (size_t at = 0; at < len; at += 100000)
		write_at(w, attr_of(w, "/large").ino, at,
			 cc_span(bytes + at, len - at < 100000 ? len - at : 100000));
	assert_true(w->dirty_pages.bytes <= CC_VOLUME_DIRTY_MAX);
	assert_true(w->space.taken > 0);
	r = fixture_read(&f);
	assert_true(has_old(r));
	assert_content(w, "/large", cc_span(bytes, len));
	fixture_commit(&f, w);
	cc_volume_free(r);
	r = fixture_read(&f);
	assert_content(r, "/large", cc_span(bytes, len));
	cc_volume_free(w);
	fixture_clear(&f);
}

static void an_epoch_ends_before_a_nonce_comes_twice(void **state)
{
	struct fixture f = { 0 };
	struct cc_volume *w = NULL;
	struct cc_volume_commit done = { 0 };
	struct cc_volume_usage usage = { 0 };
	struct cc_err err = { 0 };
	uint64_t ino = 0;

	(void)state;
	fixture_init(&f);
	w = fixture_write(&f);
	ino = make_file(w, "/a", cc_span_str("x"));
	/* Writers are refused first, so that what they wrote can still be committed. */
	w->nonces = CC_VOL_EPOCH_NONCES - (CC_VOL_EPOCH_NONCES >> 6);
	assert_int_equal(cc_volume_write(w, ino, 0, cc_span_str("y"), &err), -1);
	assert_int_equal(err.sys, ENOSPC);
	fixture_commit(&f, w);
	(void)make_dir(w, "/d");
	w->nonces = CC_VOL_EPOCH_NONCES - 1;
	assert_int_equal(cc_volume_commit(w, &done, &err), -1);
	assert_int_equal(err.code, CC_E_TOOBIG);
	cc_volume_free(w);
	/* The commit before is whole, and a new epoch goes on. */
	w = fixture_write(&f);
	assert_content(w, "/a", cc_span_str("x"));
	w->space.taken = CC_VOL_EPOCH_BYTES - (CC_VOL_EPOCH_BYTES >> 6);
	assert_int_equal(cc_volume_write(w, ino, 0, cc_span_str("y"), &err), -1);
	assert_int_equal(err.sys, ENOSPC);
	cc_volume_free(w);
	/* The file may end behind what was sealed into it: whoever asks for room is told in time.
	 */
	w = fixture_write(&f);
	w->space.end = CC_VOL_EPOCH_BYTES - (CC_VOL_EPOCH_BYTES >> 6);
	cc_volume_usage(w, &usage);
	assert_int_equal(usage.room, CC_VOL_EPOCH_BYTES >> 6);
	assert_int_equal(cc_volume_write(w, ino, 0, cc_span_str("y"), &err), -1);
	assert_int_equal(err.sys, ENOSPC);
	cc_volume_free(w);
	fixture_clear(&f);
}

static void every_overwrite_takes_new_nonces(void **state)
{
	struct fixture f = { 0 };
	struct cc_volume *w = NULL;
	uint64_t ino = 0;
	uint64_t last = 0;

	(void)state;
	fixture_init(&f);
	w = fixture_write(&f);
	ino = make_file(w, "/f", cc_span_str(""));
	for (unsigned int i = 0; i < 200; i++) {
		write_at(w, ino, (uint64_t)i * 50001, cc_span_str("same bytes"));
		write_at(w, ino, 0, cc_span_str(i % 2 == 0 ? "even" : "odd!"));
		fixture_commit(&f, w);
		cc_volume_acknowledged(w, f.base.number);
		assert_true(w->nonces > last);
		last = w->nonces;
	}
	cc_volume_free(w);
	fixture_clear(&f);
}

static void a_volume_goes_on_in_a_new_epoch_without_closing(void **state)
{
	struct fixture f = { 0 };
	struct cc_volume *w = NULL;
	CC_AUTO_VOLUME struct cc_volume *r = NULL;
	struct cc_volume_epoch epoch = { 0 };
	struct cc_err err = { 0 };

	(void)state;
	fixture_init(&f);
	w = fixture_write(&f);
	(void)make_file(w, "/first", cc_span_str("1"));
	epoch = (struct cc_volume_epoch){ .state = fixture_state(2),
					  .epoch = 2,
					  .key = fixture_key(&f, 2) };
	assert_int_equal(cc_volume_epoch_next(w, &epoch, &err), -1);
	assert_int_equal(err.code, CC_E_BUG);
	fixture_commit(&f, w);
	assert_int_equal(cc_volume_epoch_next(w, &epoch, &err), 0);
	f.epoch = 2;
	(void)make_file(w, "/second", cc_span_str("2"));
	fixture_commit(&f, w);
	cc_volume_free(w);
	r = fixture_read(&f);
	assert_content(r, "/first", cc_span_str("1"));
	assert_content(r, "/second", cc_span_str("2"));
	fixture_clear(&f);
}

static void a_state_or_key_that_was_used_is_refused_for_writing(void **state)
{
	struct fixture f = { 0 };
	struct cc_volume *w = NULL;
	struct cc_volume_epoch epoch = { 0 };
	struct cc_volume_open how = { 0 };

	(void)state;
	fixture_init(&f);
	w = fixture_write(&f);
	fixture_commit(&f, w);
	cc_volume_free(w);
	how = fixture_how(&f);
	how.epoch = &epoch;
	epoch = (struct cc_volume_epoch){ .state = fixture_state(1),
					  .epoch = 2,
					  .key = fixture_key(&f, 2) };
	fixture_refused(&f, &how, CC_E_CONFLICT);
	epoch.state = fixture_state(2);
	epoch.key = fixture_key(&f, 1);
	fixture_refused(&f, &how, CC_E_ARG);
	epoch.key = fixture_key(&f, 2);
	epoch.epoch = 1;
	fixture_refused(&f, &how, CC_E_ARG);
	how.base = NULL;
	how.epoch = NULL;
	fixture_refused(&f, &how, CC_E_ARG);
	fixture_clear(&f);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_attempt_without_completion_leaves_the_base_readable),
		cmocka_unit_test(data_of_older_epochs_is_read_and_their_keys_are_carried),
		cmocka_unit_test(a_commit_without_changes_names_the_same_state),
		cmocka_unit_test(space_is_used_again_only_after_an_acknowledgement),
		cmocka_unit_test(what_an_acknowledged_commit_has_is_not_free_for_its_successors),
		cmocka_unit_test(commits_wait_for_acknowledgements_only_so_many),
		cmocka_unit_test(a_crash_at_any_step_leaves_the_last_commit_or_the_one_before),
		cmocka_unit_test(early_writes_of_full_extents_do_not_touch_the_last_commit),
		cmocka_unit_test(an_epoch_ends_before_a_nonce_comes_twice),
		cmocka_unit_test(every_overwrite_takes_new_nonces),
		cmocka_unit_test(a_volume_goes_on_in_a_new_epoch_without_closing),
		cmocka_unit_test(a_state_or_key_that_was_used_is_refused_for_writing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
