/* SPDX-License-Identifier: Apache-2.0 */
/* The content digest, and bytes that depend on nothing but calls and keys. */
#include "tests/unit/volume/fixture.h"

#include <errno.h>
#include <sys/stat.h>

#include "base/fd.h"

static struct cc_digest content_of(struct cc_volume *v)
{
	struct cc_digest digest = { 0 };
	struct cc_err err = { 0 };

	if (cc_volume_content(v, &digest, &err) != 0)
		fail_msg("%s", err.text);
	return digest;
}

static void fill(struct cc_volume *v, size_t big)
{
	CC_AUTO_FREE uint8_t *bytes = malloc(big);
	struct cc_volume_attr attr = { 0 };
	struct cc_err err = { 0 };
	uint64_t ino = 0;

	pattern((struct cc_mut){ bytes, big }, 3);
	(void)make_dir(v, "/d");
	ino = make_file(v, "/d/big", cc_span(bytes, big));
	(void)make_file(v, "/small", cc_span_str("text"));
	(void)make_link(v, "/link", "small");
	assert_int_equal(cc_volume_link(v, ino, 1, cc_span_str("again"), &attr, &err), 0);
	assert_int_equal(
		cc_volume_setxattr(v, ino, cc_span_str("user.x"), cc_span_str("1"), 0, &err), 0);
}

static void the_digest_does_not_depend_on_key_order_or_layout(void **state)
{
	struct fixture one = { 0 };
	struct fixture two = { 0 };
	struct cc_digest a = { 0 };
	struct cc_digest b = { 0 };
	CC_AUTO_VOLUME struct cc_volume *v = NULL;
	CC_AUTO_VOLUME struct cc_volume *w = NULL;
	struct cc_err err = { 0 };
	uint64_t ino = 0;

	(void)state;
	fixture_init(&one);
	fixture_init(&two);
	two.hash_extents = true;
	two.epoch = 5;
	v = fixture_write(&one);
	w = fixture_write(&two);
	ino = make_file(v, "/b", cc_span_str("long content"));
	(void)make_file(v, "/a", cc_span_str("x"));
	write_at(v, ino, 5, cc_span("\0\0\0\0\0\0\0", 7));
	(void)make_file(w, "/removed", cc_span_str("other"));
	(void)make_file(w, "/a", cc_span_str("x"));
	ino = make_file(w, "/b", cc_span_str("long "));
	assert_int_equal(cc_volume_unlink(w, 1, cc_span_str("removed"), &err), 0);
	assert_int_equal(cc_volume_setattr(w, ino, &(struct cc_volume_attr){ .size = 12 },
					   CC_VOLUME_SET_SIZE, &(struct cc_volume_attr){ 0 }, &err),
			 0);
	a = content_of(v);
	b = content_of(w);
	assert_true(cc_digest_eq(&a, &b));
	fixture_commit(&two, w);
	b = content_of(w);
	assert_true(cc_digest_eq(&a, &b));
	fixture_clear(&one);
	fixture_clear(&two);
}

enum change {
	NOTHING,
	MODE,
	UID,
	GID,
	MTIME,
	MTIME_NSEC,
	SIZE,
	BYTE,
	NAME,
	TARGET,
	XATTR_NAME,
	XATTR_VALUE,
	UNLINKED,
	CHANGES,
};

/* The tree of fill(), but for one thing. */
static struct cc_digest changed_by(enum change change)
{
	struct fixture f = { 0 };
	struct cc_volume_attr attr = { 0 };
	struct cc_err err = { 0 };
	struct cc_digest digest = { 0 };
	CC_AUTO_VOLUME struct cc_volume *v = NULL;
	uint64_t ino = 0;
	int done = 0;

	fixture_init(&f);
	v = fixture_write(&f);
	fill(v, 300000);
	attr = attr_of(v, "/small");
	ino = attr.ino;
	attr.mode ^= change == MODE ? 1u : 0;
	attr.uid += change == UID ? 1u : 0;
	attr.gid += change == GID ? 1u : 0;
	attr.modified.sec += change == MTIME;
	attr.modified.nsec += change == MTIME_NSEC ? 1u : 0;
	attr.size += change == SIZE ? 1u : 0;
	done |= cc_volume_setattr(v, ino, &attr,
				  CC_VOLUME_SET_MODE | CC_VOLUME_SET_UID | CC_VOLUME_SET_GID |
					  CC_VOLUME_SET_MTIME | CC_VOLUME_SET_SIZE,
				  &attr, &err);
	if (change == BYTE)
		write_at(v, attr_of(v, "/again").ino, 200000, cc_span_str("!"));
	if (change == NAME)
		done |= cc_volume_rename(v, 1, cc_span_str("small"), 1, cc_span_str("smalm"), 0,
					 &err);
	if (change == TARGET) {
		done |= cc_volume_unlink(v, 1, cc_span_str("link"), &err);
		(void)make_link(v, "/link", "smalm");
	}
	ino = attr_of(v, "/again").ino;
	if (change == XATTR_NAME)
		done |= cc_volume_setxattr(v, ino, cc_span_str("user.y"), cc_span_str("1"), 0,
					   &err) |
			cc_volume_removexattr(v, ino, cc_span_str("user.x"), &err);
	if (change == XATTR_VALUE)
		done |= cc_volume_setxattr(v, ino, cc_span_str("user.x"), cc_span_str("2"), 0,
					   &err);
	if (change == UNLINKED)
		done |= cc_volume_unlink(v, 1, cc_span_str("again"), &err);
	assert_int_equal(done, 0);
	digest = content_of(v);
	fixture_clear(&f);
	return digest;
}

static void the_digest_covers_everything_that_programs_see(void **state)
{
	struct cc_digest digests[CHANGES];

	(void)state;
	for (enum change i = NOTHING; i < CHANGES; i++) {
		digests[i] = changed_by(i);
		for (enum change j = NOTHING; j < i; j++)
			if (cc_digest_eq(&digests[i], &digests[j]))
				fail_msg("changes %d and %d give the same digest", (int)i, (int)j);
	}
	digests[1] = changed_by(NOTHING);
	assert_true(cc_digest_eq(&digests[0], &digests[1]));
}

static void a_copied_file_is_not_a_hard_link(void **state)
{
	struct fixture f = { 0 };
	struct fixture g = { 0 };
	CC_AUTO_VOLUME struct cc_volume *v = NULL;
	CC_AUTO_VOLUME struct cc_volume *w = NULL;
	struct cc_volume_attr attr = { 0 };
	struct cc_digest a = { 0 };
	struct cc_digest b = { 0 };
	struct cc_err err = { 0 };

	(void)state;
	fixture_init(&f);
	fixture_init(&g);
	v = fixture_write(&f);
	w = fixture_write(&g);
	(void)make_file(v, "/a", cc_span_str("x"));
	(void)make_file(v, "/b", cc_span_str("x"));
	assert_int_equal(cc_volume_link(w, make_file(w, "/a", cc_span_str("x")), 1,
					cc_span_str("b"), &attr, &err),
			 0);
	a = content_of(v);
	b = content_of(w);
	assert_false(cc_digest_eq(&a, &b));
	fixture_clear(&f);
	fixture_clear(&g);
}

static void the_null_store_gives_the_digest_of_the_real_one(void **state)
{
	struct fixture f = { 0 };
	struct fixture g = { 0 };
	CC_AUTO_VOLUME struct cc_volume *v = NULL;
	CC_AUTO_VOLUME struct cc_volume *w = NULL;
	struct cc_digest a = { 0 };
	struct cc_digest b = { 0 };

	(void)state;
	fixture_init(&f);
	fixture_init(&g);
	f.hash_extents = g.hash_extents = true;
	cc_volume_null_store(&g.store);
	v = fixture_write(&f);
	w = fixture_write(&g);
	fill(v, 3000000);
	fill(w, 3000000);
	fixture_commit(&f, v);
	fixture_commit(&g, w);
	a = content_of(v);
	b = content_of(w);
	assert_true(cc_digest_eq(&a, &b));
	assert_true(cc_digest_eq(&f.base.tag, &g.base.tag));
	fixture_clear(&f);
	fixture_clear(&g);
}

static void the_same_calls_give_the_same_bytes(void **state)
{
	struct fixture f[2] = { 0 };

	(void)state;
	for (size_t i = 0; i < 2; i++) {
		struct cc_volume *v = NULL;

		fixture_init(&f[i]);
		f[i].hash_extents = true;
		v = fixture_write(&f[i]);
		fill(v, 700000);
		fixture_commit(&f[i], v);
		cc_volume_free(v);
	}
	assert_int_equal(f[0].storage.count, f[1].storage.count);
	for (size_t i = 0; i < f[0].storage.count; i++) {
		const struct storage_file *a = &f[0].storage.files[i];
		const struct storage_file *b = storage_find(&f[1].storage, a->name);

		assert_non_null(b);
		assert_int_equal(a->len, b->len);
		assert_memory_equal(a->at, b->at, a->len);
	}
	fixture_clear(&f[0]);
	fixture_clear(&f[1]);
}

static void a_promised_content_is_compared_at_open(void **state)
{
	(void)state;
	for (int hashed = 0; hashed < 2; hashed++) {
		struct fixture f = { 0 };
		struct cc_volume *v = NULL;
		struct cc_volume_open how = { 0 };
		struct cc_digest content = { 0 };
		struct cc_err err = { 0 };

		fixture_init(&f);
		f.hash_extents = hashed != 0;
		v = fixture_write(&f);
		fill(v, 300000);
		fixture_commit(&f, v);
		content = content_of(v);
		cc_volume_free(v);
		v = NULL;
		how = fixture_how(&f);
		how.content = &content;
		assert_int_equal(cc_volume_open(&f.store, &how, &v, &err), 0);
		assert_content(v, "/small", cc_span_str("text"));
		cc_volume_free(v);
		content.b[31] ^= 1;
		fixture_refused(&f, &how, CC_E_TAMPERED);
		fixture_clear(&f);
	}
}

static void reads_are_held_to_hashes_that_are_there(void **state)
{
	(void)state;
	for (int hashed = 0; hashed < 2; hashed++) {
		struct fixture f = { 0 };
		struct cc_volume *v = NULL;
		struct cc_err err = { 0 };

		fixture_init(&f);
		f.hash_extents = hashed != 0;
		v = fixture_write(&f);
		fill(v, 300000);
		assert_int_equal(cc_volume_check_reads(v, &err), hashed ? 0 : -1);
		assert_int_equal(err.code, hashed ? CC_OK : CC_E_BUG);
		assert_content(v, "/small", cc_span_str("text"));
		cc_volume_free(v);
		fixture_clear(&f);
	}
}

static void the_salt_changes_what_others_see(void **state)
{
	const struct cc_digest content = { .b = { 1 } };
	struct cc_digest open = { 0 };
	struct cc_digest closed = { 0 };
	struct cc_digest plain = { 0 };
	struct cc_err err = { 0 };

	(void)state;
	assert_int_equal(cc_volume_salted(&content, cc_span_str(""), &open, &err), 0);
	assert_int_equal(cc_volume_salted(&content, cc_span_str("s"), &closed, &err), 0);
	assert_int_equal(cc_sha256(CC_DIGEST_SPAN(content), &plain, &err), 0);
	assert_true(cc_digest_eq(&open, &plain));
	assert_false(cc_digest_eq(&open, &closed));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_digest_does_not_depend_on_key_order_or_layout),
		cmocka_unit_test(the_digest_covers_everything_that_programs_see),
		cmocka_unit_test(a_copied_file_is_not_a_hard_link),
		cmocka_unit_test(the_null_store_gives_the_digest_of_the_real_one),
		cmocka_unit_test(the_same_calls_give_the_same_bytes),
		cmocka_unit_test(a_promised_content_is_compared_at_open),
		cmocka_unit_test(reads_are_held_to_hashes_that_are_there),
		cmocka_unit_test(the_salt_changes_what_others_see),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
