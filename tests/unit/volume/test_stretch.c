/* SPDX-License-Identifier: Apache-2.0 */
/* Long reads, with and without somebody who helps. */
#include <errno.h>
#include <pthread.h>
#include <stdatomic.h>

#include "tests/unit/volume/fixture.h"
#include "volume/engine-internal.h"

#define WINDOWS 10u
#define LEN (WINDOWS * CC_VOLUME_EXTENT + 5000)

/* How the second comes. */
enum way {
	NEVER,     /* the first is alone */
	AT_ONCE,   /* it has the first window to itself */
	AS_THREAD, /* at any time */
	WAYS,
};

struct second {
	enum way way;
	pthread_t thread;
	void (*work)(void *arg);
	void *arg;
	unsigned int begun, ended;
};

static void *live(void *at)
{
	struct second *s = at;

	s->work(s->arg);
	return NULL;
}

static void begin(void *ctx, void (*work)(void *arg), void *arg)
{
	struct second *s = ctx;

	assert_int_equal(s->begun, s->ended);
	s->begun++;
	s->work = work;
	s->arg = arg;
	if (s->way == AT_ONCE)
		work(arg);
	if (s->way == AS_THREAD)
		assert_int_equal(pthread_create(&s->thread, NULL, live, s), 0);
}

static void end(void *ctx)
{
	struct second *s = ctx;

	if (s->begun == s->ended)
		return;
	s->ended++;
	if (s->way == AS_THREAD)
		assert_int_equal(pthread_join(s->thread, NULL), 0);
}

static void lend(struct cc_volume *v, struct second *s, enum way way)
{
	const struct cc_volume_second second = { s, begin, end };

	*s = (struct second){ .way = way };
	cc_volume_set_second(v, &second);
}

struct long_file {
	struct fixture f;
	uint8_t *bytes;
	uint64_t ino;
	struct second second;
	struct cc_vol_window windows[WINDOWS];
};

/* Ten windows and a bit: a hole in the third, the fourth of another epoch. */
static void long_file_init(struct long_file *l, bool hashed)
{
	struct cc_err err = { 0 };
	struct cc_volume *w = NULL;

	fixture_init(&l->f);
	l->f.hash_extents = hashed;
	l->bytes = malloc(LEN);
	pattern((struct cc_mut){ l->bytes, LEN }, 7);
	memset(l->bytes + 2 * CC_VOLUME_EXTENT + CC_VOL_BLOCK, 0, 5 * CC_VOL_BLOCK);
	w = fixture_write(&l->f);
	l->ino = make_file(w, "/long", cc_span(l->bytes, LEN));
	fixture_commit(&l->f, w);
	cc_volume_free(w);
	w = fixture_write(&l->f);
	pattern((struct cc_mut){ l->bytes + 3 * CC_VOLUME_EXTENT, 3 * CC_VOL_BLOCK }, 8);
	write_at(w, l->ino, 3 * CC_VOLUME_EXTENT,
		 cc_span(l->bytes + 3 * CC_VOLUME_EXTENT, 3 * CC_VOL_BLOCK));
	fixture_commit(&l->f, w);
	for (unsigned int i = 0; i < WINDOWS; i++)
		assert_int_equal(cc_vol_window_load(w, &(struct cc_vol_place){ l->ino, i },
						    &l->windows[i], &err),
				 0);
	cc_volume_free(w);
}

static void long_file_clear(struct long_file *l)
{
	free(l->bytes);
	fixture_clear(&l->f);
}

static int read_all(struct cc_volume *v, const struct long_file *l, uint8_t *out,
		    struct cc_err *err)
{
	size_t got = 0;

	memset(out, 0xee, LEN);
	CC_TRY(cc_volume_read(v, l->ino, 0, (struct cc_mut){ out, LEN }, &got, err));
	assert_int_equal(got, LEN);
	return 0;
}

static void a_long_read_is_the_same_whoever_helps(void **state)
{
	CC_AUTO_FREE uint8_t *out = malloc(LEN);
	struct long_file l = { 0 };
	struct cc_err err = { 0 };

	(void)state;
	long_file_init(&l, false);
	for (enum way way = NEVER; way < WAYS; way++) {
		CC_AUTO_VOLUME struct cc_volume *v = fixture_read(&l.f);

		lend(v, &l.second, way);
		assert_int_equal(read_all(v, &l, out, &err), 0);
		assert_memory_equal(out, l.bytes, LEN);
		assert_int_equal(l.second.begun, 2);
		assert_int_equal(l.second.ended, 2);
	}
	long_file_clear(&l);
}

static void every_window_that_is_wrong_fails_the_read(void **state)
{
	CC_AUTO_FREE uint8_t *out = malloc(LEN);
	struct long_file l = { 0 };

	(void)state;
	long_file_init(&l, false);
	for (unsigned int i = 0; i < WINDOWS * WAYS; i++) {
		CC_AUTO_VOLUME struct cc_volume *v = fixture_read(&l.f);
		const struct cc_vol_run *run = &l.windows[i / WAYS].runs[0];
		uint8_t *byte =
			l.f.storage.files[run->slot - l.windows[0].runs[0].slot].at + run->at + 77;
		struct cc_err err = { 0 };
		char block[32] = "";

		lend(v, &l.second, (enum way)(i % WAYS));
		(void)snprintf(block, sizeof(block), "read block %u ",
			       i / WAYS * CC_VOL_WINDOW_BLOCKS);
		*byte ^= 1;
		assert_int_equal(read_all(v, &l, out, &err), -1);
		assert_int_equal(err.code, CC_E_TAMPERED);
		assert_int_equal(err.sys, EIO);
		assert_non_null(strstr(err.text, block));
		assert_int_equal(l.second.begun, l.second.ended);
		*byte ^= 1;
		assert_int_equal(read_all(v, &l, out, &err), 0);
		assert_memory_equal(out, l.bytes, LEN);
	}
	long_file_clear(&l);
}

/* Of two that are wrong the first is named, also when each hand met one. */
static void the_first_of_two_wrong_windows_is_named(void **state)
{
	CC_AUTO_FREE uint8_t *out = malloc(LEN);
	struct long_file l = { 0 };

	(void)state;
	long_file_init(&l, false);
	l.f.storage.files[0].at[l.windows[0].runs[0].at]++;
	l.f.storage.files[0].at[l.windows[1].runs[0].at]++;
	for (enum way way = NEVER; way < AS_THREAD; way++) {
		CC_AUTO_VOLUME struct cc_volume *v = fixture_read(&l.f);
		struct cc_err err = { 0 };

		lend(v, &l.second, way);
		assert_int_equal(read_all(v, &l, out, &err), -1);
		assert_non_null(strstr(err.text, "read block 0 "));
	}
	long_file_clear(&l);
}

static void a_storage_that_ends_early_fails_the_read_after_the_second_rests(void **state)
{
	CC_AUTO_FREE uint8_t *out = malloc(LEN);
	struct long_file l = { 0 };

	(void)state;
	long_file_init(&l, false);
	for (enum way way = NEVER; way < WAYS; way++) {
		CC_AUTO_VOLUME struct cc_volume *v = fixture_read(&l.f);
		size_t len = l.f.storage.files[0].len;
		struct cc_err err = { 0 };

		lend(v, &l.second, way);
		l.f.storage.files[0].len = (size_t)l.windows[5].runs[0].at;
		assert_int_equal(read_all(v, &l, out, &err), -1);
		assert_int_equal(err.code, CC_E_TAMPERED);
		assert_int_equal(l.second.begun, 1);
		assert_int_equal(l.second.ended, 1);
		l.f.storage.files[0].len = len;
	}
	long_file_clear(&l);
}

static void what_is_not_sealed_yet_is_read_from_memory(void **state)
{
	CC_AUTO_FREE uint8_t *out = malloc(LEN);
	struct long_file l = { 0 };
	struct cc_err err = { 0 };

	(void)state;
	long_file_init(&l, false);
	for (enum way way = NEVER; way < WAYS; way++) {
		CC_AUTO_VOLUME struct cc_volume *v = fixture_write(&l.f);
		uint8_t *at = l.bytes + 4 * CC_VOLUME_EXTENT + 100 + (size_t)way;

		lend(v, &l.second, way);
		memcpy(at, "newer", 5);
		write_at(v, l.ino, (uint64_t)(at - l.bytes), cc_span(at, 5));
		assert_int_equal(read_all(v, &l, out, &err), 0);
		assert_memory_equal(out, l.bytes, LEN);
		fixture_commit(&l.f, v);
		assert_int_equal(read_all(v, &l, out, &err), 0);
		assert_memory_equal(out, l.bytes, LEN);
	}
	long_file_clear(&l);
}

/* Opened with a content digest, each window is held to its hash: by the first alone. */
static void agreed_content_is_checked_in_long_reads_too(void **state)
{
	CC_AUTO_FREE uint8_t *out = malloc(LEN);
	CC_AUTO_VOLUME struct cc_volume *v = NULL;
	struct long_file l = { 0 };
	struct cc_volume_open how = { 0 };
	struct cc_digest content = { 0 };
	struct cc_err err = { 0 };

	(void)state;
	long_file_init(&l, true);
	v = fixture_read(&l.f);
	assert_int_equal(cc_volume_content(v, &content, &err), 0);
	cc_volume_free(CC_TAKE(v));
	how = fixture_how(&l.f);
	how.epoch = NULL;
	how.content = &content;
	assert_int_equal(cc_volume_open(&l.f.store, &how, &v, &err), 0);
	lend(v, &l.second, AT_ONCE);
	assert_int_equal(read_all(v, &l, out, &err), 0);
	assert_memory_equal(out, l.bytes, LEN);
	assert_int_equal(l.second.begun, 0);
	long_file_clear(&l);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_long_read_is_the_same_whoever_helps),
		cmocka_unit_test(every_window_that_is_wrong_fails_the_read),
		cmocka_unit_test(the_first_of_two_wrong_windows_is_named),
		cmocka_unit_test(a_storage_that_ends_early_fails_the_read_after_the_second_rests),
		cmocka_unit_test(what_is_not_sealed_yet_is_read_from_memory),
		cmocka_unit_test(agreed_content_is_checked_in_long_reads_too),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
