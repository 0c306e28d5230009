/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Whatever the owner of the storage does to its bytes, a reader gets what was
 * committed, or a refusal with its reason; and each byte that a state needs is
 * one whose change is noticed.
 */
#include "tests/unit/volume/disk.h"
#include "tests/unit/volume/fixture.h"
#include "tests/unit/volume/model.h"

#define SECTOR 512u

/* A volume of three epochs, many commits, and the model of the last one. */
struct small {
	struct fixture f;
	struct model m;
	struct cc_volume_base former; /* the commit before the last */
	struct storage then;          /* the storage as it was at that commit */
	struct cc_volume_store then_store;
};

static void small_init(struct small *s, uint64_t seed, unsigned int steps, size_t largest)
{
	*s = (struct small){ .former = { .number = 0 } };
	model_init(&s->m, largest, seed);
	fixture_init(&s->f);
	for (unsigned int epoch = 0; epoch < 3; epoch++) {
		s->m.v = fixture_write(&s->f);
		if (epoch == 0)
			model_make_dirs(&s->m);
		for (unsigned int i = 0; i < 4; i++) {
			for (unsigned int j = 0; j < steps; j++)
				model_step(&s->m);
			model_close_all(&s->m);
			if (epoch == 2 && i == 3) {
				s->former = s->f.base;
				storage_copy(&s->f.storage, &s->then, &s->then_store);
			}
			fixture_commit(&s->f, s->m.v);
			cc_volume_acknowledged(s->m.v, s->f.base.number);
		}
		cc_volume_free(s->m.v);
		s->m.v = NULL;
	}
}

static void small_clear(struct small *s)
{
	storage_clear(&s->then);
	model_clear(&s->m);
	fixture_clear(&s->f);
}

/*
 * CC_OK when all of the last commit reads as it was and proves whole; otherwise why it was refused.
 * A wrong answer is a failure.
 */
static enum cc_code reads(struct small *s, const struct cc_volume_store *store, const char *after)
{
	const struct cc_volume_open how = { .id = s->f.id, .base = &s->f.base };
	CC_AUTO_VOLUME struct cc_volume *v = NULL;
	struct cc_volume_checked checked = { 0 };
	struct cc_err err = { 0 };
	struct cc_err found = { 0 };

	if (cc_volume_open(store, &how, &v, &err) != 0) {
		if (err.code != CC_E_TAMPERED && err.code != CC_E_STALE)
			fail_msg("%s: refused as %d: %s", after, (int)err.code, err.text);
		return err.code;
	}
	if (model_compare(&s->m, v, &err) != 0 && err.code != CC_E_TAMPERED)
		fail_msg("%s: a wrong answer (%d): %s", after, (int)err.code, err.text);
	if (cc_volume_check(v, &(struct cc_volume_check_plan){ 0 }, &checked, &found) == 0)
		return err.code;
	if (found.code != CC_E_TAMPERED)
		fail_msg("%s: checked as %d: %s", after, (int)found.code, found.text);
	return found.code;
}

static bool needs_file(const struct disk_needs *needs, const struct storage_file *file)
{
	for (size_t i = 0; i < needs->count; i++)
		if (strcmp(needs->parts[i].name, file->name) == 0)
			return true;
	return false;
}

/* What the last commit needs. */
static void needs_of(struct small *s, struct disk_needs *needs)
{
	struct cc_volume_store store = { 0 };

	disk_needs_init(&s->f.store, needs, &store);
	assert_int_equal(reads(s, &store, "nothing"), CC_OK);
}

static void flip_and_read(struct small *s, struct storage_file *file, size_t at, bool needed)
{
	char after[128] = "";
	enum cc_code code = CC_OK;

	(void)snprintf(after, sizeof(after), "byte %zu of '%s' flipped", at, file->name);
	file->at[at] ^= (uint8_t)(1u << (at % 8));
	code = reads(s, &s->f.store, after);
	file->at[at] ^= (uint8_t)(1u << (at % 8));
	if (code != (needed ? CC_E_TAMPERED : CC_OK))
		fail_msg("%s: %s", after, needed ? "nobody notices" : "it is refused");
}

/*
 * Not needed are: slots of other commits, what is unused of all slots, and places of the data that
 * no pointer of the last commit leads to. Of these one byte in 509 is tried.
 */
static void every_byte_that_is_needed_is_noticed(void **state)
{
	struct small *s = calloc(1, sizeof(*s));
	struct disk_needs needs = { 0 };
	size_t tried[2] = { 0 };

	(void)state;
	small_init(s, 5, 8, 1500);
	needs_of(s, &needs);
	for (size_t i = 0; i < s->f.storage.count; i++) {
		struct storage_file *file = &s->f.storage.files[i];

		for (size_t at = 0; at < file->len; at++) {
			bool needed = disk_needs_byte(&needs, file->name, at);

			if (!needed && at % 509 != 0)
				continue;
			flip_and_read(s, file, at, needed);
			tried[needed]++;
		}
	}
	if (tried[false] < 500 || tried[true] < 3000)
		fail_msg("only %zu and %zu bytes were tried", tried[false], tried[true]);
	disk_needs_clear(&needs);
	small_clear(s);
	free(s);
}

static struct storage_file *newest_file(struct small *s)
{
	char start[8] = "";

	(void)snprintf(start, sizeof(start), "aa%02x", (unsigned int)s->f.base.epoch);
	for (size_t i = 0; i < s->f.storage.count; i++)
		if (strncmp(s->f.storage.files[i].name, start, 4) == 0)
			return &s->f.storage.files[i];
	fail_msg("the last epoch has no file");
	return NULL;
}

static void a_file_that_is_cut_or_longer_is_no_other_content(void **state)
{
	struct small *s = calloc(1, sizeof(*s));
	struct disk_needs needs = { 0 };

	(void)state;
	small_init(s, 6, 10, 6000);
	needs_of(s, &needs);
	for (size_t i = 0; i < s->f.storage.count; i++) {
		struct storage_file *file = &s->f.storage.files[i];
		size_t len = file->len;
		bool cut = false; /* something that is needed */

		while (file->len > 0) {
			file->len -= file->len > 4093 ? 4093 : file->len;
			for (size_t at = file->len; at < len && at < file->len + 4093; at++)
				cut = cut || disk_needs_byte(&needs, file->name, at);
			if (reads(s, &s->f.store, "a cut") != (cut ? CC_E_TAMPERED : CC_OK))
				fail_msg("'%s' cut to %zu bytes", file->name, file->len);
		}
		file->len = len;
		file->at = realloc(file->at, len + 5000);
		memset(file->at + len, 0xee, 5000);
		file->len += 5000;
		assert_int_equal(reads(s, &s->f.store, "more behind the end"), CC_OK);
	}
	disk_needs_clear(&needs);
	small_clear(s);
	free(s);
}

static void a_file_that_is_missing_or_exchanged_is_refused(void **state)
{
	struct small *s = calloc(1, sizeof(*s));
	struct disk_needs needs = { 0 };
	char name[sizeof(s->f.storage.files[0].name)];

	(void)state;
	small_init(s, 7, 30, 20000);
	needs_of(s, &needs);
	assert_int_equal(s->f.storage.count, 3);
	for (size_t i = 0; i < 3; i++) {
		struct storage_file *file = &s->f.storage.files[i];
		struct storage_file *other = &s->f.storage.files[(i + 1) % 3];

		memcpy(name, file->name, sizeof(name));
		memcpy(file->name, other->name, sizeof(name));
		memcpy(other->name, name, sizeof(name));
		/* The names are exchanged now. */
		assert_int_equal(reads(s, &s->f.store, "two files exchanged") != CC_OK,
				 needs_file(&needs, file) || needs_file(&needs, other));
		memcpy(other->name, file->name, sizeof(name));
		memcpy(file->name, name, sizeof(name));
		/* That of the last epoch fails at once, as a file that is not there. */
		if (file == newest_file(s) || !needs_file(&needs, file))
			continue;
		file->name[0] = '?';
		assert_int_equal(reads(s, &s->f.store, "a missing file"), CC_E_TAMPERED);
		file->name[0] = name[0];
	}
	disk_needs_clear(&needs);
	small_clear(s);
	free(s);
}

/* Whether some byte from `at` on, of those that are needed, was another then. */
static bool rolls_back(const struct small *s, const struct disk_needs *needs,
		       const struct storage_file *now, const struct storage_file *then, size_t at,
		       size_t end)
{
	(void)s;
	for (; at < end && at < now->len; at++)
		if (disk_needs_byte(needs, now->name, at) &&
		    (at >= then->len || then->at[at] != now->at[at]))
			return true;
	return false;
}

/* A part of the newest file as it was at the commit before; zeroes where it had not been. */
static void put_back(struct storage_file *now, const struct storage_file *then, size_t at,
		     size_t end)
{
	for (; at < end && at < now->len; at++)
		now->at[at] = at < then->len ? then->at[at] : 0;
}

static void parts_that_are_rolled_back_are_refused(void **state)
{
	struct small *s = calloc(1, sizeof(*s));
	struct disk_needs needs = { 0 };
	struct storage_file *now = NULL;
	const struct storage_file *then = NULL;
	uint8_t *good = NULL;
	size_t refused = 0;

	(void)state;
	small_init(s, 8, 40, 60000);
	needs_of(s, &needs);
	now = newest_file(s);
	then = storage_find(&s->then, now->name);
	assert_non_null(then);
	good = malloc(now->len);
	memcpy(good, now->at, now->len);
	/* Each sector alone; then each alone is not rolled back. */
	for (size_t at = 0; at < now->len; at += SECTOR) {
		bool differs = rolls_back(s, &needs, now, then, at, at + SECTOR);

		if (memcmp(good + at,
			   at + SECTOR <= then->len ? then->at + at : (uint8_t[SECTOR]){ 0 },
			   at + SECTOR <= now->len ? SECTOR : now->len - at) == 0)
			continue;
		put_back(now, then, at, at + SECTOR);
		assert_int_equal(reads(s, &s->f.store, "a sector rolled back") != CC_OK, differs);
		put_back(now, then, 0, now->len);
		memcpy(now->at + at, good + at, at + SECTOR <= now->len ? SECTOR : now->len - at);
		assert_int_not_equal(reads(s, &s->f.store, "all but a sector rolled back"), CC_OK);
		memcpy(now->at, good, now->len);
		refused += differs;
	}
	assert_true(refused > 10);
	put_back(now, then, 0, now->len);
	assert_int_not_equal(reads(s, &s->f.store, "the file rolled back"), CC_OK);
	free(good);
	disk_needs_clear(&needs);
	small_clear(s);
	free(s);
}

static void exchange(struct storage_file *file, size_t a, size_t b, size_t len)
{
	for (size_t i = 0; i < len; i++) {
		uint8_t byte = file->at[a + i];

		file->at[a + i] = file->at[b + i];
		file->at[b + i] = byte;
	}
}

/* What is read at once, with what is read at once elsewhere. */
static void blocks_and_nodes_cannot_change_places(void **state)
{
	struct small *s = calloc(1, sizeof(*s));
	struct disk_needs needs = { 0 };
	size_t exchanged = 0;

	(void)state;
	small_init(s, 9, 40, 60000);
	needs_of(s, &needs);
	for (size_t i = 0; i < needs.count; i++) {
		const struct disk_part *a = &needs.parts[i];
		const struct disk_part *b = &needs.parts[(i * 7 + 1) % needs.count];
		struct storage_file *file = storage_find(&s->f.storage, a->name);
		uint64_t len = a->end - a->at < b->end - b->at ? a->end - a->at : b->end - b->at;

		if (strcmp(a->name, b->name) != 0 || (a->at < b->end && b->at < a->end))
			continue;
		exchange(file, a->at, b->at, len);
		assert_int_not_equal(reads(s, &s->f.store, "two places exchanged"), CC_OK);
		exchange(file, a->at, b->at, len);
		exchanged++;
	}
	if (exchanged < 20)
		fail_msg("only %zu places were exchanged", exchanged);
	assert_int_equal(reads(s, &s->f.store, "all is as it was"), CC_OK);
	disk_needs_clear(&needs);
	small_clear(s);
	free(s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_byte_that_is_needed_is_noticed),
		cmocka_unit_test(a_file_that_is_cut_or_longer_is_no_other_content),
		cmocka_unit_test(a_file_that_is_missing_or_exchanged_is_refused),
		cmocka_unit_test(parts_that_are_rolled_back_are_refused),
		cmocka_unit_test(blocks_and_nodes_cannot_change_places),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
