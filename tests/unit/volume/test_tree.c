/* SPDX-License-Identifier: Apache-2.0 */
/* What a file system does: names, attributes, content. Before and after it is opened again. */
#include "tests/unit/volume/fixture.h"

#include <errno.h>
#include <sys/stat.h>
#include <sys/xattr.h>

#include "base/fd.h"
#include "volume/walk.h"

static int setup(void **state)
{
	struct fixture *f = malloc(sizeof(*f));

	fixture_init(f);
	*state = f;
	return 0;
}

static int teardown(void **state)
{
	fixture_clear(*state);
	free(*state);
	return 0;
}

static void an_empty_volume_has_the_root_that_was_asked_for(void **state)
{
	struct fixture *f = *state;
	CC_AUTO_VOLUME struct cc_volume *w = fixture_write(f);
	struct cc_volume_attr root = attr_of(w, "/");

	assert_int_equal(root.ino, CC_VOLUME_ROOT_INO);
	assert_int_equal(root.mode, S_IFDIR | 0755);
	assert_int_equal(root.links, 2);
	assert_int_equal(root.modified.sec, 1000);
	assert_true(cc_volume_is_dirty(w));
}

static void what_was_committed_is_read_back(void **state)
{
	struct fixture *f = *state;
	struct cc_volume *w = fixture_write(f);
	const struct cc_volume_attr device = { .mode = S_IFCHR | 0600,
					       .rdev_major = 1,
					       .rdev_minor = 5 };
	CC_AUTO_VOLUME struct cc_volume *r = NULL;
	struct cc_volume_attr attr = { 0 };
	struct cc_span target = { 0 };
	struct cc_err err = { 0 };

	(void)make_file(w, "/hello", cc_span_str("world"));
	(void)make_file(w, "/empty", cc_span_str(""));
	(void)make_dir(w, "/dir");
	(void)make_file(w, "/dir/inner", cc_span_str("x"));
	(void)make_link(w, "/dir/link", "../hello");
	assert_int_equal(
		cc_volume_create(w, CC_VOLUME_ROOT_INO, cc_span_str("zero"), &device, &attr, &err),
		0);
	fixture_commit(f, w);
	cc_volume_free(w);

	r = fixture_read(f);
	assert_content(r, "/hello", cc_span_str("world"));
	assert_content(r, "/empty", cc_span_str(""));
	assert_content(r, "/dir/inner", cc_span_str("x"));
	attr = attr_of(r, "/hello");
	assert_int_equal(attr.mode, S_IFREG | 0644);
	assert_true(attr.uid == 7 && attr.gid == 8 && attr.links == 1);
	assert_true(attr.accessed.sec == 10 && attr.modified.nsec == 2 && attr.changed.sec == 30);
	assert_int_equal(attr_of(r, "/").links, 3);
	attr = attr_of(r, "/zero");
	assert_true(attr.rdev_major == 1 && attr.rdev_minor == 5);
	assert_int_equal(cc_volume_readlink(r, attr_of(r, "/dir/link").ino, &target, &err), 0);
	assert_true(cc_span_eq_str(target, "../hello"));
}

static void large_files_are_read_at_every_offset(void **state)
{
	struct fixture *f = *state;
	struct cc_volume *w = fixture_write(f);
	const size_t len = 5 * CC_VOLUME_EXTENT + 777;
	CC_AUTO_FREE uint8_t *bytes = malloc(len);
	CC_AUTO_FREE uint8_t *got = malloc(len);
	CC_AUTO_VOLUME struct cc_volume *r = NULL;
	struct cc_err err = { 0 };

	pattern((struct cc_mut){ bytes, len }, 1);
	(void)make_file(w, "/big", cc_span(bytes, len));
	assert_content(w, "/big", cc_span(bytes, len));
	fixture_commit(f, w);
	cc_volume_free(w);
	r = fixture_read(f);
	assert_content(r, "/big", cc_span(bytes, len));
	for (size_t at = 0; at < len; at += 50001) {
		size_t n = 0;

		assert_int_equal(cc_volume_read(r, attr_of(r, "/big").ino, at,
						(struct cc_mut){ got, 130000 }, &n, &err),
				 0);
		assert_int_equal(n, len - at < 130000 ? len - at : 130000);
		assert_memory_equal(got, bytes + at, n);
	}
}

static void holes_read_as_zeroes_and_take_no_space(void **state)
{
	struct fixture *f = *state;
	struct cc_volume *w = fixture_write(f);
	uint64_t ino = make_file(w, "/sparse", cc_span_str("a"));
	CC_AUTO_VOLUME struct cc_volume *r = NULL;
	CC_AUTO_FREE uint8_t *zeroes = calloc(1, CC_VOLUME_EXTENT);
	uint8_t room[10] = { 1 };
	size_t got = 0;
	struct cc_err err = { 0 };
	struct cc_volume_usage usage = { 0 };

	write_at(w, ino, (uint64_t)100 << 30, cc_span_str("z"));
	write_at(w, ino, CC_VOLUME_EXTENT, cc_span(zeroes, CC_VOLUME_EXTENT));
	write_at(w, ino, 2 * CC_VOLUME_EXTENT, cc_span(zeroes, 5));
	fixture_commit(f, w);
	cc_volume_usage(w, &usage);
	assert_true(usage.written < 4096);
	cc_volume_free(w);
	r = fixture_read(f);
	assert_int_equal(attr_of(r, "/sparse").size, ((uint64_t)100 << 30) + 1);
	assert_int_equal(
		cc_volume_read(r, ino, ((uint64_t)100 << 30) - 5, CC_MUT(room), &got, &err), 0);
	assert_int_equal(got, 6);
	assert_memory_equal(room, "\0\0\0\0\0z", 6);
}

static void truncated_bytes_do_not_come_back(void **state)
{
	struct fixture *f = *state;
	struct cc_volume *w = fixture_write(f);
	uint64_t ino = make_file(w, "/f", cc_span_str("secret bytes"));
	struct cc_volume_attr attr = { .size = 3 };
	struct cc_err err = { 0 };
	CC_AUTO_VOLUME struct cc_volume *again = NULL;

	fixture_commit(f, w);
	assert_int_equal(cc_volume_setattr(w, ino, &attr, CC_VOLUME_SET_SIZE, &attr, &err), 0);
	attr.size = 8;
	assert_int_equal(cc_volume_setattr(w, ino, &attr, CC_VOLUME_SET_SIZE, &attr, &err), 0);
	assert_content(w, "/f", cc_span("sec\0\0\0\0\0", 8));
	fixture_commit(f, w);
	cc_volume_free(w);
	again = fixture_read(f);
	assert_content(again, "/f", cc_span("sec\0\0\0\0\0", 8));
}

static void writes_of_many_sizes_are_put_together(void **state)
{
	struct fixture *f = *state;
	struct cc_volume *w = fixture_write(f);
	const size_t len = 3 * CC_VOLUME_EXTENT;
	CC_AUTO_FREE uint8_t *bytes = malloc(len);
	uint64_t ino = make_file(w, "/f", cc_span_str(""));
	size_t step = 1;

	pattern((struct cc_mut){ bytes, len }, 2);
	for (size_t at = 0; at < len; at += step, step = (step * 7) % 40009) {
		size_t n = len - at < step ? len - at : step;

		write_at(w, ino, at, cc_span(bytes + at, n));
	}
	assert_content(w, "/f", cc_span(bytes, len));
	cc_volume_free(w);
}

static void hard_links_share_one_inode_until_the_last_is_gone(void **state)
{
	struct fixture *f = *state;
	CC_AUTO_VOLUME struct cc_volume *w = fixture_write(f);
	uint64_t ino = make_file(w, "/a", cc_span_str("x"));
	struct cc_volume_attr attr = { 0 };
	struct cc_err err = { 0 };

	(void)make_dir(w, "/d");
	assert_int_equal(
		cc_volume_link(w, ino, attr_of(w, "/d").ino, cc_span_str("b"), &attr, &err), 0);
	assert_int_equal(attr.links, 2);
	assert_int_equal(attr_of(w, "/d/b").ino, ino);
	assert_int_equal(cc_volume_unlink(w, CC_VOLUME_ROOT_INO, cc_span_str("a"), &err), 0);
	assert_content(w, "/d/b", cc_span_str("x"));
	assert_int_equal(cc_volume_link(w, attr_of(w, "/d").ino, CC_VOLUME_ROOT_INO,
					cc_span_str("no"), &attr, &err),
			 -1);
	assert_int_equal(err.sys, EPERM);
	assert_int_equal(cc_volume_unlink(w, attr_of(w, "/d").ino, cc_span_str("b"), &err), 0);
	assert_int_equal(cc_volume_getattr(w, ino, &attr, &err), -1);
	assert_int_equal(err.sys, ENOENT);
}

static void a_removed_file_lives_while_it_is_held_and_not_in_the_next_opening(void **state)
{
	struct fixture *f = *state;
	struct cc_volume *w = fixture_write(f);
	uint64_t ino = make_file(w, "/a", cc_span_str("x"));
	CC_AUTO_VOLUME struct cc_volume *r = NULL;
	struct cc_volume_attr attr = { 0 };
	struct cc_err err = { 0 };
	uint8_t byte[4] = { 0 };
	size_t got = 0;

	cc_volume_hold(w, ino);
	assert_int_equal(cc_volume_unlink(w, CC_VOLUME_ROOT_INO, cc_span_str("a"), &err), 0);
	write_at(w, ino, 1, cc_span_str("y"));
	fixture_commit(f, w);
	assert_int_equal(cc_volume_read(w, ino, 0, CC_MUT(byte), &got, &err), 0);
	assert_memory_equal(byte, "xy", 2);
	cc_volume_release(w, ino);
	assert_int_equal(cc_volume_getattr(w, ino, &attr, &err), -1);
	cc_volume_free(w);
	/* The commit was made while it was held: no name leads to it, and whoever writes next
	 * removes it. */
	r = fixture_read(f);
	assert_false(is_there(r, "/a"));
	cc_volume_free(r);
	r = fixture_write(f);
	assert_int_equal(cc_volume_getattr(r, ino, &attr, &err), -1);
	assert_int_equal(err.sys, ENOENT);
}

struct renaming {
	const char *from, *to;
	unsigned int flags;
	int sys; /* 0: it works */
};
static const struct renaming renamings[] = {
	{ "/file", "/new", 0, 0 },
	{ "/file", "/other", 0, 0 },
	{ "/file", "/other", RENAME_NOREPLACE, EEXIST },
	{ "/file", "/new", RENAME_NOREPLACE, 0 },
	{ "/file", "/dir", 0, EISDIR },
	{ "/dir", "/file", 0, ENOTDIR },
	{ "/dir", "/full", 0, ENOTEMPTY },
	{ "/full", "/dir", 0, 0 },
	{ "/full", "/full/in", 0, EINVAL },
	{ "/full", "/full/sub/deep", 0, EINVAL },
	{ "/file", "/full", RENAME_EXCHANGE, 0 },
	{ "/file", "/new", RENAME_EXCHANGE, ENOENT },
	{ "/full", "/full/sub", RENAME_EXCHANGE, EINVAL },
	{ "/full/sub", "/full", RENAME_EXCHANGE, EINVAL },
	{ "/file", "/other", RENAME_EXCHANGE | RENAME_NOREPLACE, EINVAL },
	{ "/none", "/new", 0, ENOENT },
	{ "/file", "/file", 0, 0 },
	{ "/full/in", "/new", 0, 0 },
	{ "/full/sub", "/moved", 0, 0 },
};

static void a_rename_does_what_renameat2_says(void **state)
{
	(void)state;
	for (size_t i = 0; i < CC_COUNT(renamings); i++) {
		const struct renaming *t = &renamings[i];
		struct fixture f = { 0 };
		CC_AUTO_VOLUME struct cc_volume *w = NULL;
		CC_AUTO_VOLUME struct cc_volume *r = NULL;
		struct cc_err err = { 0 };
		struct cc_span from = { 0 };
		struct cc_span to = { 0 };
		uint64_t moved = 0;
		int result = 0;

		fixture_init(&f);
		w = fixture_write(&f);
		(void)make_file(w, "/file", cc_span_str("1"));
		(void)make_file(w, "/other", cc_span_str("2"));
		(void)make_dir(w, "/dir");
		(void)make_dir(w, "/full");
		(void)make_dir(w, "/full/sub");
		(void)make_file(w, "/full/in", cc_span_str("3"));
		moved = is_there(w, t->from) ? attr_of(w, t->from).ino : 0;
		result = cc_volume_rename(w, parent_of(w, t->from, &from), from,
					  parent_of(w, t->to, &to), to, t->flags, &err);
		if (result != (t->sys == 0 ? 0 : -1) || (result != 0 && err.sys != t->sys))
			fail_msg("%s -> %s: %s (%d)", t->from, t->to, err.text, err.sys);
		if (result == 0)
			assert_int_equal(attr_of(w, t->to).ino, moved);
		fixture_commit(&f, w);
		r = fixture_read(&f); /* counts links and looks for cycles */
		fixture_clear(&f);
	}
}

struct refusal {
	const char *dir, *name;
	uint32_t mode;
	int sys;
};
static const struct refusal refusals[] = {
	{ "/", "file", S_IFREG, EEXIST }, { "/", "", S_IFREG, EINVAL },
	{ "/", ".", S_IFREG, EINVAL },    { "/", "..", S_IFDIR, EINVAL },
	{ "/", "a/b", S_IFREG, EINVAL },  { "/file", "x", S_IFREG, ENOTDIR },
	{ "/", "x", S_IFLNK, EINVAL },    { "/", "x", 0, EINVAL },
};

static void names_and_types_that_cannot_be_are_refused(void **state)
{
	CC_AUTO_VOLUME struct cc_volume *w = fixture_write(*state);
	struct cc_volume_attr attr = { 0 };
	struct cc_err err = { 0 };
	uint8_t name[256] = "";

	(void)make_file(w, "/file", cc_span_str(""));
	for (size_t i = 0; i < CC_COUNT(refusals); i++) {
		attr.mode = refusals[i].mode;
		assert_int_equal(cc_volume_create(w, attr_of(w, refusals[i].dir).ino,
						  cc_span_str(refusals[i].name), &attr, &attr,
						  &err),
				 -1);
		assert_int_equal(err.sys, refusals[i].sys);
	}
	memset(name, 'n', sizeof(name));
	attr.mode = S_IFREG;
	assert_int_equal(cc_volume_create(w, 1, CC_SPAN(name), &attr, &attr, &err), -1);
	assert_int_equal(err.sys, ENAMETOOLONG);
	assert_int_equal(cc_volume_create(w, 1, cc_span(name, 255), &attr, &attr, &err), 0);
}

static void directories_go_only_when_they_are_empty(void **state)
{
	CC_AUTO_VOLUME struct cc_volume *w = fixture_write(*state);
	struct cc_err err = { 0 };

	(void)make_dir(w, "/d");
	(void)make_file(w, "/d/x", cc_span_str(""));
	assert_int_equal(cc_volume_rmdir(w, 1, cc_span_str("d"), &err), -1);
	assert_int_equal(err.sys, ENOTEMPTY);
	assert_int_equal(cc_volume_unlink(w, 1, cc_span_str("d"), &err), -1);
	assert_int_equal(err.sys, EISDIR);
	assert_int_equal(cc_volume_rmdir(w, attr_of(w, "/d").ino, cc_span_str("x"), &err), -1);
	assert_int_equal(err.sys, ENOTDIR);
	assert_int_equal(cc_volume_unlink(w, attr_of(w, "/d").ino, cc_span_str("x"), &err), 0);
	assert_int_equal(cc_volume_rmdir(w, 1, cc_span_str("d"), &err), 0);
	assert_int_equal(attr_of(w, "/").links, 2);
}

static void nothing_is_made_in_a_removed_directory(void **state)
{
	CC_AUTO_VOLUME struct cc_volume *w = fixture_write(*state);
	uint64_t dir = make_dir(w, "/d");
	struct cc_volume_attr attr = { .mode = S_IFREG };
	struct cc_err err = { 0 };

	cc_volume_hold(w, dir);
	assert_int_equal(cc_volume_rmdir(w, 1, cc_span_str("d"), &err), 0);
	assert_int_equal(cc_volume_create(w, dir, cc_span_str("x"), &attr, &attr, &err), -1);
	assert_int_equal(err.sys, ENOENT);
	cc_volume_release(w, dir);
}

static void a_listing_survives_changes(void **state)
{
	CC_AUTO_VOLUME struct cc_volume *w = fixture_write(*state);
	struct cc_volume_entry entry = { 0 };
	struct cc_err err = { 0 };
	bool seen[100] = { false };
	bool end = false;
	char name[16] = "";

	for (unsigned int i = 0; i < 100; i++) {
		(void)snprintf(name, sizeof(name), "/%u", i);
		(void)make_file(w, name, cc_span_str(""));
	}
	/* Each entry is removed as soon as it was seen, and something else appears. */
	while (cc_volume_readdir(w, 1, entry.cookie, &entry, &end, &err) == 0 && !end) {
		unsigned long i = 0;

		(void)snprintf(name, sizeof(name), "%.*s", (int)entry.name.len,
			       (const char *)entry.name.at);
		i = strtoul(name, NULL, 10);
		if (i >= 100)
			continue;
		assert_false(seen[i]);
		seen[i] = true;
		assert_int_equal(cc_volume_unlink(w, 1, cc_span_str(name), &err), 0);
		(void)snprintf(name, sizeof(name), "/%lu", i + 100);
		(void)make_file(w, name, cc_span_str(""));
	}
	for (unsigned int i = 0; i < 100; i++)
		assert_true(seen[i]);
}

static void extended_attributes_are_kept(void **state)
{
	struct fixture *f = *state;
	CC_AUTO_VOLUME struct cc_volume *w = fixture_write(f);
	CC_AUTO_VOLUME struct cc_volume *r = NULL;
	CC_AUTO_BUF struct cc_buf list = { 0 };
	CC_AUTO_FREE uint8_t *big = calloc(1, CC_VOLUME_XATTR_MAX + 1);
	uint64_t ino = make_file(w, "/f", cc_span_str(""));
	struct cc_span value = { 0 };
	struct cc_err err = { 0 };

	assert_int_equal(
		cc_volume_setxattr(w, ino, cc_span_str("user.b"), cc_span_str("2"), 0, &err), 0);
	assert_int_equal(cc_volume_setxattr(w, ino, cc_span_str("user.a"), cc_span_str("1"),
					    XATTR_CREATE, &err),
			 0);
	assert_int_equal(cc_volume_setxattr(w, ino, cc_span_str("user.a"), cc_span_str(""),
					    XATTR_CREATE, &err),
			 -1);
	assert_int_equal(err.sys, EEXIST);
	assert_int_equal(cc_volume_setxattr(w, ino, cc_span_str("user.c"), cc_span_str(""),
					    XATTR_REPLACE, &err),
			 -1);
	assert_int_equal(err.sys, ENODATA);
	/* Both never succeed, as on the host. */
	for (size_t i = 0; i < 2; i++) {
		static const char *const names[] = { "user.a", "user.c" };

		assert_int_equal(cc_volume_setxattr(w, ino, cc_span_str(names[i]), cc_span_str(""),
						    XATTR_CREATE | XATTR_REPLACE, &err),
				 -1);
		assert_int_equal(err.sys, i == 0 ? EEXIST : ENODATA);
	}
	assert_int_equal(cc_volume_setxattr(w, ino, cc_span_str("user.a"), cc_span_str("11"),
					    XATTR_REPLACE, &err),
			 0);
	assert_int_equal(cc_volume_setxattr(w, ino, cc_span_str("user.d"),
					    cc_span(big, CC_VOLUME_XATTR_MAX + 1), 0, &err),
			 -1);
	assert_int_equal(err.sys, E2BIG);
	assert_int_equal(
		cc_volume_setxattr(w, ino, cc_span_str("user.gone"), cc_span_str(""), 0, &err), 0);
	assert_int_equal(cc_volume_removexattr(w, ino, cc_span_str("user.gone"), &err), 0);
	assert_int_equal(cc_volume_removexattr(w, ino, cc_span_str("user.gone"), &err), -1);
	assert_int_equal(err.sys, ENODATA);
	fixture_commit(f, w);
	r = fixture_read(f);
	assert_int_equal(cc_volume_getxattr(r, ino, cc_span_str("user.a"), &value, &err), 0);
	assert_true(cc_span_eq_str(value, "11"));
	assert_int_equal(cc_volume_listxattr(r, ino, &list, &err), 0);
	/* In an order of their own. */
	assert_true(cc_span_eq(cc_buf_span(&list), cc_span("user.a\0user.b\0", 14)) ||
		    cc_span_eq(cc_buf_span(&list), cc_span("user.b\0user.a\0", 14)));
}

static void a_volume_opened_for_reading_takes_no_change(void **state)
{
	struct fixture *f = *state;
	struct cc_volume *w = fixture_write(f);
	uint64_t ino = make_file(w, "/f", cc_span_str(""));
	CC_AUTO_VOLUME struct cc_volume *r = NULL;
	struct cc_volume_attr attr = { .mode = S_IFREG };
	struct cc_volume_commit done = { 0 };
	struct cc_err err = { 0 };
	const struct cc_span name = cc_span_str("f");

	fixture_commit(f, w);
	cc_volume_free(w);
	r = fixture_read(f);
	assert_int_equal(cc_volume_write(r, ino, 0, name, &err), -1);
	assert_int_equal(err.sys, EROFS);
	assert_int_equal(cc_volume_create(r, 1, cc_span_str("g"), &attr, &attr, &err), -1);
	assert_int_equal(cc_volume_symlink(r, 1, cc_span_str("g"), name, &attr, &attr, &err), -1);
	assert_int_equal(cc_volume_link(r, ino, 1, cc_span_str("g"), &attr, &err), -1);
	assert_int_equal(cc_volume_unlink(r, 1, name, &err), -1);
	assert_int_equal(cc_volume_rename(r, 1, name, 1, cc_span_str("g"), 0, &err), -1);
	assert_int_equal(cc_volume_setattr(r, ino, &attr, CC_VOLUME_SET_MODE, &attr, &err), -1);
	assert_int_equal(cc_volume_setxattr(r, ino, name, name, 0, &err), -1);
	assert_int_equal(cc_volume_removexattr(r, ino, name, &err), -1);
	assert_int_equal(err.sys, EROFS);
	assert_int_equal(cc_volume_commit(r, &done, &err), -1);
}

static void times_move_only_when_the_caller_gives_one(void **state)
{
	CC_AUTO_VOLUME struct cc_volume *w = fixture_write(*state);
	const struct cc_volume_time now = { 5000, 5 };
	uint64_t ino = make_file(w, "/f", cc_span_str("x"));

	assert_int_equal(attr_of(w, "/f").modified.sec, 20);
	assert_int_equal(attr_of(w, "/").modified.sec, 1000);
	cc_volume_set_time(w, &now);
	write_at(w, ino, 0, cc_span_str("y"));
	assert_int_equal(attr_of(w, "/f").modified.sec, 5000);
	assert_int_equal(attr_of(w, "/f").changed.nsec, 5);
	(void)make_file(w, "/g", cc_span_str(""));
	assert_int_equal(attr_of(w, "/").modified.sec, 5000);
	assert_int_equal(attr_of(w, "/f").accessed.sec, 10);
}

static int note(void *ctx, const char *path, const struct cc_volume_attr *attr, struct cc_err *err)
{
	struct cc_buf *out = ctx;

	(void)attr;
	CC_TRY(cc_buf_add_str(out, path, err));
	return cc_buf_add_str(out, " ", err);
}

static void a_walk_shows_everything_by_name(void **state)
{
	CC_AUTO_VOLUME struct cc_volume *w = fixture_write(*state);
	CC_AUTO_BUF struct cc_buf out = { 0 };
	CC_AUTO_BUF struct cc_buf content = { 0 };
	struct cc_err err = { 0 };

	(void)make_dir(w, "/z");
	(void)make_dir(w, "/a");
	(void)make_file(w, "/z/2", cc_span_str("two"));
	(void)make_file(w, "/z/1", cc_span_str(""));
	(void)make_link(w, "/a/l", "/z");
	assert_int_equal(cc_volume_walk(w, "/", note, &out, &err), 0);
	assert_true(cc_span_eq_str(cc_buf_span(&out), "/ /a /a/l /z /z/1 /z/2 "));
	cc_buf_reset(&out);
	assert_int_equal(cc_volume_walk(w, "/z/", note, &out, &err), 0);
	assert_true(cc_span_eq_str(cc_buf_span(&out), "/z /z/1 /z/2 "));
	assert_int_equal(cc_volume_walk(w, "/none", note, &out, &err), -1);
	assert_int_equal(cc_volume_read_file(w, "/z/2", 3, &content, &err), 0);
	assert_true(cc_span_eq_str(cc_buf_span(&content), "two"));
	assert_int_equal(cc_volume_read_file(w, "/z/2", 2, &content, &err), -1);
	assert_int_equal(err.code, CC_E_TOOBIG);
	assert_int_equal(cc_volume_read_file(w, "/a/l", 100, &content, &err), -1);
}

static void a_file_has_a_greatest_size(void **state)
{
	CC_AUTO_VOLUME struct cc_volume *w = fixture_write(*state);
	uint64_t ino = make_file(w, "/f", cc_span_str(""));
	struct cc_volume_attr attr = { .size = CC_VOLUME_FILE_MAX + 1 };
	struct cc_err err = { 0 };

	assert_int_equal(cc_volume_write(w, ino, CC_VOLUME_FILE_MAX, cc_span_str("x"), &err), -1);
	assert_int_equal(err.sys, EFBIG);
	assert_int_equal(cc_volume_write(w, ino, UINT64_MAX, cc_span_str("x"), &err), -1);
	assert_int_equal(err.sys, EFBIG);
	assert_int_equal(cc_volume_setattr(w, ino, &attr, CC_VOLUME_SET_SIZE, &attr, &err), -1);
	assert_int_equal(err.sys, EFBIG);
	assert_int_equal(cc_volume_write(w, 1, 0, cc_span_str("x"), &err), -1);
	assert_int_equal(err.sys, EISDIR);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(an_empty_volume_has_the_root_that_was_asked_for),
		TEST(what_was_committed_is_read_back),
		TEST(large_files_are_read_at_every_offset),
		TEST(holes_read_as_zeroes_and_take_no_space),
		TEST(truncated_bytes_do_not_come_back),
		TEST(writes_of_many_sizes_are_put_together),
		TEST(hard_links_share_one_inode_until_the_last_is_gone),
		TEST(a_removed_file_lives_while_it_is_held_and_not_in_the_next_opening),
		TEST(a_rename_does_what_renameat2_says),
		TEST(names_and_types_that_cannot_be_are_refused),
		TEST(directories_go_only_when_they_are_empty),
		TEST(nothing_is_made_in_a_removed_directory),
		TEST(a_listing_survives_changes),
		TEST(extended_attributes_are_kept),
		TEST(a_volume_opened_for_reading_takes_no_change),
		TEST(times_move_only_when_the_caller_gives_one),
		TEST(a_walk_shows_everything_by_name),
		TEST(a_file_has_a_greatest_size),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
