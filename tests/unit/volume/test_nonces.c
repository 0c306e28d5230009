/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Every sealing is watched: a nonce that comes twice under one key would give
 * both plaintexts away, and the key of the authentication with them.
 */
#include "tests/unit/volume/disk.h"
#include "tests/unit/volume/fixture.h"
#include "tests/unit/volume/model.h"

#include "crypto/aead.h"
#include "crypto/hash.h"

#define COMMITS 10000ul
#define COMMITS_SOAK 1000000ul /* with CONCORDAT_SOAK: a minute or two */
#define CIPHERS 256

struct pair {
	uint8_t key[8]; /* the start of its hash; zeroes: there is no pair */
	struct cc_aead_nonce nonce;
};
static struct {
	struct pair *pairs; /* open addressing */
	size_t count, room;
	struct {
		const struct cc_aead *aead;
		uint8_t key[8];
	} ciphers[CIPHERS];
	size_t twice;
} watch;

int __real_cc_aead_new(const struct cc_secret *key, struct cc_aead **out, struct cc_err *err);
int __wrap_cc_aead_new(const struct cc_secret *key, struct cc_aead **out, struct cc_err *err);
void __real_cc_aead_free(struct cc_aead *aead);
void __wrap_cc_aead_free(struct cc_aead *aead);
int __real_cc_aead_seal(struct cc_aead *aead, const struct cc_aead_nonce *nonce, struct cc_span aad,
			struct cc_span plain, struct cc_mut out, struct cc_aead_tag *tag,
			struct cc_err *err);
int __wrap_cc_aead_seal(struct cc_aead *aead, const struct cc_aead_nonce *nonce, struct cc_span aad,
			struct cc_span plain, struct cc_mut out, struct cc_aead_tag *tag,
			struct cc_err *err);

static size_t cipher_at(const struct cc_aead *aead)
{
	for (size_t i = 0; i < CIPHERS; i++)
		if (watch.ciphers[i].aead == aead)
			return i;
	fail_msg("a cipher that nobody made, or too many");
	return 0;
}

int __wrap_cc_aead_new(const struct cc_secret *key, struct cc_aead **out, struct cc_err *err)
{
	struct cc_digest hash = { 0 };
	size_t place = cipher_at(NULL);

	CC_TRY(__real_cc_aead_new(key, out, err));
	CC_TRY(cc_sha256(cc_secret_span(key), &hash, err));
	watch.ciphers[place].aead = *out;
	memcpy(watch.ciphers[place].key, hash.b, sizeof(watch.ciphers[place].key));
	return 0;
}

void __wrap_cc_aead_free(struct cc_aead *aead)
{
	if (aead != NULL)
		watch.ciphers[cipher_at(aead)].aead = NULL;
	__real_cc_aead_free(aead);
}

static bool is_pair(const struct pair *pair)
{
	static const uint8_t none[sizeof(pair->key)];

	return memcmp(pair->key, none, sizeof(none)) != 0;
}

/* Where the pair is, or the free place where it belongs. */
static struct pair *pair_find(const struct pair *pair)
{
	const uint8_t *bytes = (const uint8_t *)pair;
	uint64_t hash = 0xcbf29ce484222325u; /* FNV-1a */
	size_t i = 0;

	for (size_t b = 0; b < sizeof(*pair); b++)
		hash = (hash ^ bytes[b]) * 0x100000001b3u;
	for (i = hash % watch.room; is_pair(&watch.pairs[i]); i = (i + 1) % watch.room)
		if (memcmp(&watch.pairs[i], pair, sizeof(*pair)) == 0)
			break;
	return &watch.pairs[i];
}

static void pairs_grow(void)
{
	struct pair *old = watch.pairs;
	size_t room = watch.room;

	watch.room = room == 0 ? 4096 : 2 * room;
	watch.pairs = calloc(watch.room, sizeof(*watch.pairs));
	assert_non_null(watch.pairs);
	for (size_t i = 0; i < room; i++)
		if (is_pair(&old[i]))
			*pair_find(&old[i]) = old[i];
	free(old);
}

int __wrap_cc_aead_seal(struct cc_aead *aead, const struct cc_aead_nonce *nonce, struct cc_span aad,
			struct cc_span plain, struct cc_mut out, struct cc_aead_tag *tag,
			struct cc_err *err)
{
	struct pair pair = { .nonce = *nonce };
	struct pair *place = NULL;

	memcpy(pair.key, watch.ciphers[cipher_at(aead)].key, sizeof(pair.key));
	if (2 * watch.count >= watch.room)
		pairs_grow();
	place = pair_find(&pair);
	watch.twice += is_pair(place);
	watch.count += !is_pair(place);
	*place = pair;
	return __real_cc_aead_seal(aead, nonce, aad, plain, out, tag, err);
}

/* What was sealed since: at least `least` times, and never under a pair that was there. */
static void no_pair_came_twice(size_t least)
{
	size_t count = watch.count;
	size_t twice = watch.twice;

	free(watch.pairs);
	watch.pairs = NULL;
	watch.count = watch.room = watch.twice = 0;
	assert_true(count >= least);
	assert_int_equal(twice, 0);
}

static void many_commits_of_one_opening_take_new_nonces(void **state)
{
	struct fixture f = { 0 };
	struct cc_volume *w = NULL;
	unsigned long commits = getenv("CONCORDAT_SOAK") == NULL ? COMMITS : COMMITS_SOAK;
	uint64_t ino = 0;

	(void)state;
	fixture_init(&f);
	w = fixture_write(&f);
	ino = make_file(w, "/f", cc_span_str("0"));
	for (unsigned long i = 0; i < commits; i++) {
		write_at(w, ino, 4096 * (i % 5), cc_span((const uint8_t *)&i, sizeof(i)));
		fixture_commit(&f, w);
		cc_volume_acknowledged(w, f.base.number);
	}
	cc_volume_free(w);
	fixture_clear(&f);
	no_pair_came_twice(2 * commits);
}

static void write_some(struct cc_volume *w, uint64_t seed)
{
	uint8_t bytes[9000];
	struct cc_volume_attr attr = attr_of(w, "/f");

	pattern(CC_MUT(bytes), seed);
	write_at(w, attr.ino, 4096 * (seed % 4), CC_SPAN(bytes));
}

/* An opening that is stopped at each change, and the one after it, which has a key of its own. */
static void openings_that_crash_share_no_pair_with_the_next(void **state)
{
	bool whole = false;

	(void)state;
	for (unsigned int at = 1; !whole; at++) {
		struct fixture f = { 0 };
		struct cc_volume_commit done = { 0 };
		struct cc_volume *w = NULL;
		struct cc_err err = { 0 };

		fixture_init(&f);
		w = fixture_write(&f);
		(void)make_file(w, "/f", cc_span_str("first"));
		fixture_commit(&f, w);
		cc_volume_free(w);
		for (uint64_t opening = 0; opening < 3; opening++) {
			f.storage.changes = 0;
			f.storage.fail_at = at;
			w = fixture_write(&f);
			write_some(w, opening);
			if (cc_volume_commit(w, &done, &err) == 0)
				write_some(w, opening + 10);
			whole = cc_volume_commit(w, &done, &err) == 0;
			/* It has failed as a whole: what it is asked now seals nothing under old
			 * nonces. */
			cc_ignore(cc_volume_commit(w, &done, &err));
			cc_volume_free(w);
			storage_crash(&f.storage);
		}
		fixture_clear(&f);
		/* The next round gives out the same keys. */
		no_pair_came_twice(4);
	}
}

static void clones_of_a_volume_share_no_pair(void **state)
{
	struct fixture f = { 0 };
	struct fixture clone = { 0 };
	struct cc_volume *a = NULL;
	struct cc_volume *b = NULL;

	(void)state;
	fixture_init(&f);
	a = fixture_write(&f);
	(void)make_file(a, "/f", cc_span_str("first"));
	fixture_commit(&f, a);
	cc_volume_free(a);
	/* The same base in two places; the CAS gives each opening a key of its own. */
	fixture_init(&clone);
	storage_clear(&clone.storage);
	storage_copy(&f.storage, &clone.storage, &clone.store);
	clone.base = f.base;
	clone.base.key = fixture_key(&clone, f.epoch);
	clone.epoch = f.epoch + 1;
	a = fixture_write(&f);
	b = fixture_write(&clone);
	for (uint64_t i = 0; i < 50; i++) {
		write_some(a, i);
		write_some(b, i);
		fixture_commit(&f, a);
		fixture_commit(&clone, b);
		cc_volume_acknowledged(a, f.base.number);
		cc_volume_acknowledged(b, clone.base.number);
	}
	cc_volume_free(a);
	cc_volume_free(b);
	fixture_clear(&f);
	fixture_clear(&clone);
	no_pair_came_twice(200);
}

static void random_operations_over_many_epochs_take_new_nonces(void **state)
{
	struct fixture f = { 0 };
	struct disk disk = { 0 };
	struct model m = { 0 };

	(void)state;
	model_init(&m, CC_VOLUME_EXTENT, 3);
	fixture_init(&f);
	disk_init(&disk, &f.store);
	disk.forgets = true;
	m.v = fixture_write(&f);
	model_make_dirs(&m);
	for (unsigned int i = 0; i < 20000; i++) {
		model_step(&m);
		if (model_pick(&m, 10) == 0)
			fixture_commit(&f, m.v);
		if (model_pick(&m, 3) == 0)
			cc_volume_acknowledged(m.v, f.base.number);
		if (model_pick(&m, 500) == 0 && f.epoch < 20) {
			fixture_commit(&f, m.v);
			cc_volume_acknowledged(m.v, f.base.number);
			model_close_all(&m);
			cc_volume_free(m.v);
			m.v = fixture_write(&f);
		}
	}
	cc_volume_free(m.v);
	model_clear(&m);
	disk_clear(&disk);
	fixture_clear(&f);
	no_pair_came_twice(5000);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(many_commits_of_one_opening_take_new_nonces),
		cmocka_unit_test(openings_that_crash_share_no_pair_with_the_next),
		cmocka_unit_test(clones_of_a_volume_share_no_pair),
		cmocka_unit_test(random_operations_over_many_epochs_take_new_nonces),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
