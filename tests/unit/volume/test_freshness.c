/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Storage that was turned back as a whole, to any point of its past, or that
 * two writers went on from: only what is named opens, and who is told of a
 * window gets nothing from outside it.
 */
#include "tests/unit/volume/fixture.h"

#include <assert.h>

/* More commits than there are slots for superblocks. */
#define COMMITS 40u
#define SLOTS 32u

/* The storage after each commit of one epoch; commit n has a file "/n" that says so. */
struct history {
	struct fixture f;
	struct storage then[COMMITS];
	struct cc_volume_store stores[COMMITS];
	struct cc_volume_base bases[COMMITS];
};

static struct cc_span number_of(char text[static 16], unsigned int n)
{
	(void)snprintf(text, 16, "/%u", n);
	return cc_span_str(text);
}

static struct history *history_new(void)
{
	struct history *h = calloc(1, sizeof(*h));
	struct cc_volume *v = NULL;

	assert(h != NULL);
	fixture_init(&h->f);
	v = fixture_write(&h->f);
	for (unsigned int i = 0; i < COMMITS; i++) {
		char text[16] = "";
		struct cc_span content = number_of(text, i);

		(void)make_file(v, text, content);
		fixture_commit(&h->f, v);
		cc_volume_acknowledged(v, h->f.base.number);
		storage_copy(&h->f.storage, &h->then[i], &h->stores[i]);
		h->bases[i] = h->f.base;
	}
	cc_volume_free(v);
	return h;
}

static void history_free(struct history *h)
{
	for (unsigned int i = 0; i < COMMITS; i++)
		storage_clear(&h->then[i]);
	fixture_clear(&h->f);
	free(h);
}

static int open_at(struct history *h, unsigned int storage, const struct cc_volume_base *named,
		   struct cc_volume **out, struct cc_err *err)
{
	const struct cc_volume_open how = { .id = h->f.id, .base = named };

	return cc_volume_open(&h->stores[storage], &how, out, err);
}

static void no_older_storage_opens_as_a_newer_state(void **state)
{
	struct history *h = history_new();

	(void)state;
	for (unsigned int then = 0; then < COMMITS; then++) {
		CC_AUTO_VOLUME struct cc_volume *right = NULL;
		struct cc_err err = { 0 };

		assert_int_equal(open_at(h, then, &h->bases[then], &right, &err), 0);
		for (unsigned int named = then + 1; named < COMMITS; named++) {
			struct cc_volume *v = NULL;
			/* The slot has an older commit of the epoch, or nothing yet. */
			enum cc_code code = named >= SLOTS && named - SLOTS <= then ? CC_E_STALE
										    : CC_E_TAMPERED;

			assert_int_equal(open_at(h, then, &h->bases[named], &v, &err), -1);
			if (err.code != code)
				fail_msg("commit %u in the storage of %u: %s", named, then,
					 err.text);
		}
	}
	history_free(h);
}

/* A state that was overtaken opens with its own name alone, while its bytes are there. */
static void a_newer_storage_does_not_open_as_another_state(void **state)
{
	struct history *h = history_new();
	struct cc_volume_base lie = { 0 };
	struct cc_volume *v = NULL;
	struct cc_err err = { 0 };

	(void)state;
	lie = h->bases[COMMITS - 1];
	lie.number--;
	assert_int_equal(open_at(h, COMMITS - 1, &lie, &v, &err), -1);
	assert_int_equal(err.code, CC_E_STALE);
	lie = h->bases[COMMITS - 1];
	lie.tag = h->bases[COMMITS - 2].tag;
	assert_int_equal(open_at(h, COMMITS - 1, &lie, &v, &err), -1);
	assert_int_equal(err.code, CC_E_STALE);
	history_free(h);
}

static struct cc_volume_base recover(struct history *h, unsigned int storage, unsigned int named,
				     uint64_t window)
{
	const struct cc_volume_recover how = { .id = h->f.id,
					       .named = &h->bases[named],
					       .window = window };
	struct cc_volume_base found = { 0 };
	struct cc_err err = { 0 };

	if (cc_volume_recover(&h->stores[storage], &how, &found, &err) != 0)
		fail_msg("%s", err.text);
	return found;
}

static void recovery_never_goes_back_nor_past_its_window(void **state)
{
	static const uint64_t windows[] = { 0, 1, 5, CC_VOLUME_UNACKNOWLEDGED_MAX };
	struct history *h = history_new();

	(void)state;
	for (unsigned int then = 0; then < COMMITS; then++)
		for (unsigned int named = 0; named < COMMITS; named += 3)
			for (size_t i = 0; i < CC_COUNT(windows); i++) {
				struct cc_volume_base found = recover(h, then, named, windows[i]);
				uint64_t past = found.number - h->bases[named].number;

				assert_true(found.number >= h->bases[named].number);
				assert_true(past <= windows[i]);
				/* What it was turned back to is not believed to be newer. */
				if (then <= named)
					assert_int_equal(past, 0);
				assert_true(cc_digest_eq(&found.tag, &h->bases[named + past].tag));
			}
	history_free(h);
}

static void recovery_skips_no_commit(void **state)
{
	struct history *h = history_new();
	struct storage_file *file = &h->then[10].files[0];
	/* The ninth commit is named, the eleventh is there, the one between them is spoilt. */
	size_t slot = (size_t)(h->bases[9].number % SLOTS) * 4096;

	(void)state;
	assert_int_equal(recover(h, 10, 8, 30).number, h->bases[10].number);
	file->at[slot + 300] ^= 1;
	assert_int_equal(recover(h, 10, 8, 30).number, h->bases[8].number);
	file->at[slot + 300] ^= 1;
	/* A superblock that is put where the next one belongs does not follow. */
	memcpy(file->at + slot, file->at + h->bases[10].number % SLOTS * 4096, 512);
	assert_int_equal(recover(h, 10, 8, 30).number, h->bases[8].number);
	history_free(h);
}

/* Two writers of one base, each with an epoch of its own: a fork that whoever names decides. */
static void a_fork_leaves_what_is_named(void **state)
{
	struct fixture f = { .hash_extents = false };
	struct cc_volume *base = NULL;
	struct cc_volume *writers[2] = { NULL };
	struct cc_volume_base trunk = { 0 };
	struct cc_volume_base forks[2] = { 0 };

	(void)state;
	fixture_init(&f);
	base = fixture_write(&f);
	(void)make_file(base, "/f", cc_span_str("trunk"));
	fixture_commit(&f, base);
	cc_volume_free(base);
	trunk = f.base;
	for (size_t i = 0; i < 2; i++)
		writers[i] = fixture_write(&f);
	for (size_t i = 0; i < 2; i++) {
		uint64_t newest = f.epoch;

		write_at(writers[i], attr_of(writers[i], "/f").ino, 0,
			 cc_span_str(i == 0 ? "left!" : "right"));
		f.epoch = trunk.epoch + 1 + i;
		fixture_commit(&f, writers[i]);
		forks[i] = f.base;
		f.epoch = newest;
		cc_volume_free(writers[i]);
	}
	assert_int_equal(forks[0].number, forks[1].number);
	for (size_t i = 0; i < 2; i++) {
		struct cc_volume *v = NULL;

		f.base = forks[i];
		v = fixture_read(&f);
		assert_content(v, "/f", cc_span_str(i == 0 ? "left!" : "right"));
		cc_volume_free(v);
		/* The one's number and tag in the other's epoch name nothing. */
		f.base.state = forks[1 - i].state;
		f.base.epoch = forks[1 - i].epoch;
		f.base.key = forks[1 - i].key;
		const struct cc_volume_open how = fixture_how(&f);
		fixture_refused(&f, &how, CC_E_STALE);
	}
	f.base = trunk;
	base = fixture_read(&f);
	assert_content(base, "/f", cc_span_str("trunk"));
	cc_volume_free(base);
	fixture_clear(&f);
}

/* The storage is exchanged for another one while a reader has the volume open. */
static void an_input_that_is_swapped_under_its_reader_is_refused(void **state)
{
	struct history *h = history_new();
	CC_AUTO_VOLUME struct cc_volume *v = NULL;
	uint8_t room[16] = { 0 };
	struct cc_volume_attr attr = { 0 };
	struct cc_err err = { 0 };
	size_t got = 0;

	(void)state;
	assert_int_equal(open_at(h, COMMITS - 1, &h->bases[COMMITS - 1], &v, &err), 0);
	attr = attr_of(v, "/39");
	storage_clear(&h->then[COMMITS - 1]);
	storage_copy(&h->then[3], &h->then[COMMITS - 1], &h->stores[COMMITS - 1]);
	assert_int_equal(cc_volume_read(v, attr.ino, 0, CC_MUT(room), &got, &err), -1);
	assert_int_equal(err.code, CC_E_TAMPERED);
	history_free(h);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(no_older_storage_opens_as_a_newer_state),
		cmocka_unit_test(a_newer_storage_does_not_open_as_another_state),
		cmocka_unit_test(recovery_never_goes_back_nor_past_its_window),
		cmocka_unit_test(recovery_skips_no_commit),
		cmocka_unit_test(a_fork_leaves_what_is_named),
		cmocka_unit_test(an_input_that_is_swapped_under_its_reader_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
