/* SPDX-License-Identifier: Apache-2.0 */
/* What the owner of the storage, or of a key, may try. */
#include "tests/unit/volume/fixture.h"

#include <errno.h>
#include <sys/stat.h>

#include "base/fd.h"
#include "volume/engine-internal.h"
#include "volume/walk.h"

/* A volume with two epochs, a superseded file and one of everything. */
static void build(struct fixture *f)
{
	struct cc_volume *w = NULL;

	fixture_init(f);
	w = fixture_write(f);
	(void)make_file(w, "/old", cc_span_str("written in the first epoch"));
	(void)make_file(w, "/both", cc_span_str("first"));
	fixture_commit(f, w);
	cc_volume_free(w);
	w = fixture_write(f);
	(void)make_dir(w, "/d");
	(void)make_file(w, "/d/new", cc_span_str("written in the second epoch"));
	(void)make_link(w, "/d/l", "../old");
	write_at(w, attr_of(w, "/both").ino, 0, cc_span_str("SECOND"));
	fixture_commit(f, w);
	cc_volume_free(w);
}

static const struct {
	const char *path, *content;
} expected[] = {
	{ "/old", "written in the first epoch" },
	{ "/both", "SECOND" },
	{ "/d/new", "written in the second epoch" },
};

/* True when all is as it was; false when it was refused as it should. Wrong bytes are a failure. */
static bool reads_right(struct fixture *f)
{
	const struct cc_volume_open how = { .id = f->id, .base = &f->base };
	CC_AUTO_VOLUME struct cc_volume *v = NULL;
	struct cc_err err = { 0 };
	bool whole = true;

	if (cc_volume_open(&f->store, &how, &v, &err) != 0) {
		assert_true(err.code == CC_E_TAMPERED || err.code == CC_E_STALE);
		return false;
	}
	for (size_t i = 0; i < CC_COUNT(expected); i++) {
		CC_AUTO_BUF struct cc_buf got = { 0 };

		if (cc_volume_read_file(v, expected[i].path, 1000, &got, &err) != 0) {
			assert_int_equal(err.code, CC_E_TAMPERED);
			assert_int_equal(err.sys, EIO);
			whole = false;
			continue;
		}
		assert_true(cc_span_eq_str(cc_buf_span(&got), expected[i].content));
	}
	return whole;
}

static void no_flipped_byte_is_ever_read(void **state)
{
	struct fixture f = { 0 };
	size_t refused = 0;
	size_t bytes = 0;

	(void)state;
	build(&f);
	assert_true(reads_right(&f));
	for (size_t i = 0; i < f.storage.count; i++) {
		struct storage_file *file = &f.storage.files[i];
		size_t slot = 2 * CC_VOL_SLOT_LEN;

		for (size_t at = 0; at < file->len; at++) {
			bool named = i == 1 && at >= slot && at < slot + CC_VOL_SUPER_LEN;
			bool right = false;

			/* Of slots that nobody asks for a few bytes will do. */
			if (!named && at < CC_VOL_DATA_START && at % 1021 != 0)
				continue;

			file->at[at] ^= (uint8_t)(1u << (at % 8));
			right = reads_right(&f);
			file->at[at] ^= (uint8_t)(1u << (at % 8));
			/* Of the root every byte counts; of data those that something refers to. */
			assert_false(named && right);
			refused += !right;
			bytes++;
		}
	}
	assert_true(refused > bytes / 3 && bytes > 1000);
	assert_true(reads_right(&f));
	fixture_clear(&f);
}

static void no_cut_file_is_ever_read(void **state)
{
	struct fixture f = { 0 };

	(void)state;
	build(&f);
	for (size_t i = 0; i < f.storage.count; i++) {
		struct storage_file *file = &f.storage.files[i];
		size_t len = file->len;

		for (file->len = CC_VOL_DATA_START - 7; file->len < len; file->len += 7)
			(void)reads_right(&f);
		/* The newest state ends with the last byte of the newest data file. */
		file->len = len - 1;
		if (strstr(file->name, "aa02") == file->name)
			assert_false(reads_right(&f));
		file->len = len;
	}
	fixture_clear(&f);
}

static void missing_files_are_not_missing_content(void **state)
{
	struct fixture f = { 0 };
	char name[sizeof(f.storage.files[0].name)] = "";
	const struct cc_volume_open how = { .id = { .b = { 1, 2, 3 } }, .base = &f.base };

	(void)state;
	build(&f);
	for (size_t i = 0; i < f.storage.count; i++) {
		memcpy(name, f.storage.files[i].name, sizeof(name));
		f.storage.files[i].name[0] = '?';
		if (strstr(name, "aa02") == name)
			fixture_refused(&f, &how, CC_E_NOTFOUND);
		else
			assert_false(reads_right(&f));
		memcpy(f.storage.files[i].name, name, sizeof(name));
	}
	assert_true(reads_right(&f));
	fixture_clear(&f);
}

static void a_root_that_was_rolled_back_is_stale(void **state)
{
	struct fixture f = { 0 };
	struct cc_volume *w = NULL;
	uint8_t *named = NULL;
	struct cc_volume_open how = { 0 };

	(void)state;
	fixture_init(&f);
	w = fixture_write(&f);
	fixture_commit(&f, w);
	(void)make_file(w, "/paid", cc_span_str("1"));
	fixture_commit(&f, w);
	cc_volume_free(w);
	named = f.storage.files[0].at + 2 * CC_VOL_SLOT_LEN;
	memcpy(named, f.storage.files[0].at + CC_VOL_SLOT_LEN, CC_VOL_SUPER_LEN);
	how = fixture_how(&f);
	fixture_refused(&f, &how, CC_E_STALE);
	/* The same with the number of the named commit written into it: no longer authentic. */
	named[56] = 2;
	fixture_refused(&f, &how, CC_E_TAMPERED);
	fixture_clear(&f);
}

static void another_key_volume_state_or_number_does_not_open(void **state)
{
	struct fixture f = { 0 };
	struct cc_volume_base base = { 0 };
	struct cc_volume_open how = { 0 };

	(void)state;
	build(&f);
	base = f.base;
	how = (struct cc_volume_open){ .id = f.id, .base = &base };
	base.key = fixture_key(&f, 1);
	fixture_refused(&f, &how, CC_E_ARG);
	base = f.base;
	base.epoch = 3;
	fixture_refused(&f, &how, CC_E_ARG);
	base = f.base;
	base.number = 1;
	fixture_refused(&f, &how, CC_E_TAMPERED); /* a slot that was never written */
	base.number = 2 + CC_VOL_SLOTS;
	fixture_refused(&f, &how, CC_E_ARG); /* its slot, but another commit */
	base = f.base;
	base.state = fixture_state(1);
	fixture_refused(&f, &how, CC_E_TAMPERED);
	base.state = fixture_state(9);
	fixture_refused(&f, &how, CC_E_NOTFOUND);
	base = f.base;
	base.tag.b[0] ^= 1;
	fixture_refused(&f, &how, CC_E_STALE); /* authentic, but not what was named */
	base = f.base;
	how.id.b[0] ^= 1;
	fixture_refused(&f, &how, CC_E_ARG);
	fixture_clear(&f);
}

/* The last root with one byte changed; `authentic`: by somebody with the key. */
static void reroot(struct fixture *f, size_t at, bool authentic)
{
	CC_CLEANUP(cc_vol_keys_clear) struct cc_vol_keys keys = { 0 };
	struct cc_digest mac = { 0 };
	struct cc_err err = { 0 };
	char name[CC_VOL_NAME_FILE] = "";
	uint8_t *root = NULL;

	cc_vol_data_name(&f->base.state, name);
	root = storage_find(&f->storage, name)->at +
	       f->base.number % CC_VOL_SLOTS * CC_VOL_SLOT_LEN;
	root[at] ^= 1;
	assert_int_equal(
		cc_vol_keys_derive(&f->id, &f->base.state, f->base.epoch, f->base.key, &keys, &err),
		0);
	assert_int_equal(
		cc_vol_chain_mac(keys.chain, cc_span(root, CC_VOL_SUPER_MACED), &mac, &err), 0);
	if (authentic)
		memcpy(root + CC_VOL_SUPER_MACED, mac.b, sizeof(mac.b));
	assert_int_equal(cc_sha256(cc_span(root, CC_VOL_SUPER_LEN), &f->base.tag, &err), 0);
}

static const struct {
	size_t at;
	bool authentic;
	enum cc_code code;
} lies[] = {
	{ 16, true, CC_E_ARG },       /* volume id */
	{ 32, true, CC_E_ARG },       /* state id */
	{ 48, true, CC_E_ARG },       /* epoch */
	{ 56, true, CC_E_ARG },       /* number */
	{ 104, true, CC_E_ARG },      /* salt */
	{ 136, true, CC_E_ARG },      /* key commitment */
	{ 192, true, CC_E_TAMPERED }, /* root pointer */
	{ 72, false, CC_E_TAMPERED }, /* what it follows, without the key */
	{ 480, false, CC_E_TAMPERED },
};

static void a_root_with_the_named_tag_is_still_not_believed(void **state)
{
	(void)state;
	for (size_t i = 0; i < CC_COUNT(lies); i++) {
		struct fixture f = { 0 };
		struct cc_volume_open how = { 0 };

		build(&f);
		reroot(&f, lies[i].at, lies[i].authentic);
		how = fixture_how(&f);
		fixture_refused(&f, &how, lies[i].code);
		fixture_clear(&f);
	}
}

static void blocks_cannot_change_places(void **state)
{
	struct fixture f = { 0 };
	struct cc_volume *w = NULL;
	CC_AUTO_VOLUME struct cc_volume *r = NULL;
	CC_AUTO_FREE uint8_t *bytes = malloc(2 * CC_VOLUME_EXTENT);
	uint8_t room[CC_VOL_BLOCK] = { 0 };
	struct cc_vol_window window;
	struct cc_err err = { 0 };
	uint8_t *at = NULL;
	uint64_t ino = 0;
	size_t got = 0;

	(void)state;
	fixture_init(&f);
	w = fixture_write(&f);
	pattern((struct cc_mut){ bytes, 2 * CC_VOLUME_EXTENT }, 1);
	ino = make_file(w, "/f", cc_span(bytes, 2 * CC_VOLUME_EXTENT));
	fixture_commit(&f, w);
	assert_int_equal(cc_vol_window_load(w, &(struct cc_vol_place){ ino, 1 }, &window, &err), 0);
	assert_int_equal(window.run_count, 1);
	assert_int_equal(cc_vol_run_len(&window.runs[0]), CC_VOLUME_EXTENT);
	cc_volume_free(w);
	/* Blocks 3 and 7 of the second window. */
	at = f.storage.files[0].at + window.runs[0].at;
	memcpy(room, at + 3 * CC_VOL_BLOCK, CC_VOL_BLOCK);
	memcpy(at + 3 * CC_VOL_BLOCK, at + 7 * CC_VOL_BLOCK, CC_VOL_BLOCK);
	memcpy(at + 7 * CC_VOL_BLOCK, room, CC_VOL_BLOCK);
	r = fixture_read(&f);
	for (uint64_t i = 0; i < 10; i++) {
		uint64_t from = CC_VOLUME_EXTENT + i * CC_VOL_BLOCK;
		bool moved = i == 3 || i == 7;

		assert_int_equal(cc_volume_read(r, ino, from, CC_MUT(room), &got, &err),
				 moved ? -1 : 0);
		if (moved)
			assert_int_equal(err.code, CC_E_TAMPERED);
		else
			assert_memory_equal(room, bytes + from, CC_VOL_BLOCK);
	}
	fixture_clear(&f);
}

static void a_message_opens_only_as_what_it_was_sealed_as(void **state)
{
	struct fixture f = { 0 };
	CC_AUTO_VOLUME struct cc_volume *w = NULL;
	const struct cc_vol_place of = { 5, 7 };
	const struct cc_vol_place others[] = { { 6, 7 }, { 5, 8 } };
	struct cc_vol_window window = { .run_count = 0 };
	struct cc_vol_run run = { .first = 2, .count = 1 };
	struct cc_vol_run elsewhere = { 0 };
	struct cc_vol_ptr p = { 0 };
	struct cc_err err = { 0 };
	uint8_t copy[16] = { 0 };
	uint8_t out[CC_VOL_BLOCK] = { 0 };
	struct cc_vol_piece piece = { &of, &window, &run, 0, CC_MUT(out) };

	(void)state;
	fixture_init(&f);
	w = fixture_write(&f);
	assert_int_equal(
		cc_vol_run_seal(w, &of, cc_span("0123456789abcdef", 16), &run, window.tags, &err),
		0);
	assert_int_equal(cc_vol_run_unseal(w, &piece, &err), 0);
	assert_memory_equal(out, "0123456789abcdef\0", 17);
	for (size_t i = 0; i < CC_COUNT(others); i++) {
		piece.of = &others[i];
		assert_int_equal(cc_vol_run_unseal(w, &piece, &err), -1);
	}
	piece.of = &of;
	piece.run = &elsewhere;
	elsewhere = run;
	elsewhere.first = 3;
	window.tags[3] = window.tags[2];
	assert_int_equal(cc_vol_run_unseal(w, &piece, &err), -1);
	elsewhere = run;
	elsewhere.nonce++;
	assert_int_equal(cc_vol_run_unseal(w, &piece, &err), -1);
	elsewhere = run;
	elsewhere.last--;
	assert_int_equal(cc_vol_run_unseal(w, &piece, &err), -1);
	/* The same bytes, at another place. */
	assert_int_equal(cc_vol_space_write(w, &err), 0);
	elsewhere = run;
	elsewhere.at += 32;
	memcpy(copy, f.storage.files[0].at + run.at, sizeof(copy));
	assert_int_equal(f.store.write(&f.storage, f.storage.files[0].name, elsewhere.at,
				       CC_SPAN(copy), &err),
			 0);
	w->epochs[0].end += 64;
	assert_int_equal(cc_vol_run_unseal(w, &piece, &err), -1);
	/* A node is no root node. */
	assert_int_equal(cc_vol_seal(w, CC_VOL_NODE, cc_span("0123456789abcdef", 16), &p, &err), 0);
	assert_int_equal(cc_vol_unseal(w, CC_VOL_NODE, &p, out, &err), 0);
	assert_int_equal(cc_vol_unseal(w, CC_VOL_ROOT, &p, out, &err), -1);
	assert_int_equal(err.code, CC_E_TAMPERED);
	fixture_clear(&f);
}

/* Give a window's item the hash that it does not have. */
static void forge_hash(struct cc_volume *w, uint64_t ino, const struct cc_digest *hash)
{
	const struct cc_vol_key key = { .object = ino, .kind = CC_VOL_WINDOW };
	CC_AUTO_BUF struct cc_buf item = { 0 };
	struct cc_vol_window window;
	struct cc_err err = { 0 };

	assert_int_equal(cc_vol_window_load(w, &(struct cc_vol_place){ ino, 0 }, &window, &err), 0);
	window.hash = *hash;
	assert_int_equal(cc_vol_window_add(&item, &window, &err), 0);
	assert_int_equal(cc_vol_tree_put(w, &key, cc_buf_span(&item), &err), 0);
}

static void a_key_holder_cannot_exchange_what_was_agreed(void **state)
{
	struct fixture f = { 0 };
	struct cc_volume *w = NULL;
	CC_AUTO_VOLUME struct cc_volume *r = NULL;
	struct cc_volume_open how = { 0 };
	struct cc_digest agreed = { 0 };
	struct cc_digest good = { 0 };
	struct cc_vol_window window;
	uint8_t room[4] = { 0 };
	size_t got = 0;
	struct cc_err err = { 0 };
	uint64_t ino = 0;

	(void)state;
	fixture_init(&f);
	f.hash_extents = true;
	w = fixture_write(&f);
	ino = make_file(w, "/f", cc_span_str("good"));
	assert_int_equal(cc_volume_content(w, &agreed, &err), 0);
	/* Hashes that claim the agreed content, over nodes that say something else. */
	fixture_commit(&f, w);
	cc_volume_free(w);
	w = fixture_write(&f);
	assert_int_equal(cc_vol_window_load(w, &(struct cc_vol_place){ ino, 0 }, &window, &err), 0);
	good = window.hash;
	write_at(w, ino, 0, cc_span_str("evil"));
	assert_int_equal(cc_vol_pages_seal(w, 0, &err), 0);
	forge_hash(w, ino, &good);
	fixture_commit(&f, w);
	cc_volume_free(w);
	how = fixture_how(&f);
	how.content = &agreed;
	assert_int_equal(cc_volume_open(&f.store, &how, &r, &err), 0);
	assert_int_equal(cc_volume_read(r, ino, 0, CC_MUT(room), &got, &err), -1);
	assert_int_equal(err.code, CC_E_TAMPERED);
	assert_int_equal(cc_volume_read(r, ino, 1, (struct cc_mut){ room, 2 }, &got, &err), -1);
	fixture_clear(&f);
}

enum damage {
	LINK_COUNT,
	NAME_TO_NOWHERE,
	NAME_OF_OTHER_TYPE,
	OTHER_PARENT,
	CYCLE,
	NEXT_INODE,
	BLOCKS_BEHIND_END,
	ENTRY_COUNT,
	INODE_COUNT,
	BYTE_COUNT,
	NAME_ELSEWHERE,
	NAME_TWICE,
	XATTR_ELSEWHERE,
	DAMAGES,
};

static struct cc_vol_inode *inode_of(struct cc_volume *w, const char *path)
{
	struct cc_vol_inode *inode = NULL;
	struct cc_err err = { 0 };

	assert_int_equal(cc_vol_inode_get(w, attr_of(w, path).ino, &inode, &err), 0);
	cc_vol_touch(w, inode);
	return inode;
}

/* /a leaves the root and goes below its own child. */
static void make_cycle(struct cc_volume *w)
{
	struct cc_vol_inode *root = inode_of(w, "/");
	struct cc_vol_inode *dir = inode_of(w, "/a");
	struct cc_vol_inode *sub = inode_of(w, "/a/b");
	struct cc_vol_entry entry = { 0 };
	struct cc_err err = { 0 };
	bool found = false;

	assert_int_equal(cc_vol_entry_find(w, 1, cc_span_str("a"), &entry, &found, &err), 0);
	assert_int_equal(cc_vol_entry_remove(w, root, &entry, &err), 0);
	root->attr.links--;
	assert_int_equal(cc_vol_entry_insert(w, sub, cc_span_str("a"), dir, &err), 0);
	sub->attr.links++;
	dir->parent = sub->attr.ino;
}

/* The name /file leads to this. */
static void repoint(struct cc_volume *w, uint64_t ino, uint32_t mode)
{
	const struct cc_vol_inode target = { .attr = { .ino = ino, .mode = mode } };
	const struct cc_vol_inode *root = inode_of(w, "/");
	struct cc_vol_entry entry = { 0 };
	struct cc_err err = { 0 };
	bool found = false;

	assert_int_equal(cc_vol_entry_find(w, 1, cc_span_str("file"), &entry, &found, &err), 0);
	assert_int_equal(cc_vol_entry_repoint(w, root, cc_span_str("file"), &entry, &target, &err),
			 0);
}

/* The item of a name, as it is, lies `by` behind where it belongs, or does so too. */
static void displace(struct cc_volume *w, const struct cc_vol_key *of, const char *name,
		     uint64_t by, bool too)
{
	CC_AUTO_BUF struct cc_buf copy = { 0 };
	struct cc_vol_key key = *of;
	struct cc_span value = { 0 };
	struct cc_err err = { 0 };
	bool found = false;

	assert_int_equal(
		cc_vol_name_find(w, of, cc_span_str(name), &key.offset, &value, &found, &err), 0);
	assert_true(found);
	assert_int_equal(cc_buf_add(&copy, value, &err), 0);
	if (!too)
		assert_int_equal(cc_vol_tree_remove(w, &key, &err), 0);
	key.offset += by;
	assert_int_equal(cc_vol_tree_put(w, &key, cc_buf_span(&copy), &err), 0);
}

/* Spoil the tree in memory as somebody with the key could, before it is sealed. */
static void spoil(struct cc_volume *w, enum damage damage)
{
	struct cc_vol_inode *file = inode_of(w, "/file");
	const struct cc_vol_key entry = { .object = 1, .kind = CC_VOL_ENTRY };
	const struct cc_vol_key xattr = { .object = file->attr.ino, .kind = CC_VOL_XATTR };

	if (damage == LINK_COUNT)
		file->attr.links = 2;
	if (damage == NAME_TO_NOWHERE)
		repoint(w, 60, S_IFREG);
	if (damage == NAME_OF_OTHER_TYPE)
		repoint(w, file->attr.ino, S_IFLNK);
	if (damage == OTHER_PARENT)
		inode_of(w, "/a/b")->parent = 1;
	if (damage == CYCLE)
		make_cycle(w);
	if (damage == NEXT_INODE)
		w->next_ino = 2;
	if (damage == BLOCKS_BEHIND_END) {
		w->bytes -= file->attr.size;
		file->attr.size = 0;
	}
	if (damage == ENTRY_COUNT)
		inode_of(w, "/a")->entries = 2;
	if (damage == INODE_COUNT)
		w->inode_count++;
	if (damage == BYTE_COUNT)
		w->bytes++;
	if (damage == NAME_ELSEWHERE)
		displace(w, &entry, "file", (uint64_t)1 << 20, false);
	if (damage == NAME_TWICE) {
		displace(w, &entry, "file", 1, true);
		inode_of(w, "/")->entries++;
		file->attr.links++;
	}
	if (damage == XATTR_ELSEWHERE)
		displace(w, &xattr, "user.x", (uint64_t)1 << 20, false);
}

static void make_file_with_xattr(struct cc_volume *w)
{
	uint64_t ino = make_file(w, "/file", cc_span_str("x y"));
	struct cc_err err = { 0 };

	assert_int_equal(
		cc_volume_setxattr(w, ino, cc_span_str("user.x"), cc_span_str("y"), 0, &err), 0);
}

static int check(struct fixture *f, struct cc_err *err)
{
	const struct cc_volume_check_plan plan = { .progress = NULL };
	CC_AUTO_VOLUME struct cc_volume *v = fixture_read(f);
	struct cc_volume_checked done = { 0 };

	return cc_volume_check(v, &plan, &done, err);
}

static void a_check_finds_what_cannot_be_although_it_is_authentic(void **state)
{
	(void)state;
	for (enum damage i = LINK_COUNT; i < DAMAGES; i++) {
		struct fixture f = { 0 };
		struct cc_volume *w = NULL;
		struct cc_err err = { 0 };

		fixture_init(&f);
		w = fixture_write(&f);
		make_file_with_xattr(w);
		(void)make_dir(w, "/a");
		(void)make_dir(w, "/a/b");
		fixture_commit(&f, w);
		assert_int_equal(check(&f, &err), 0);
		spoil(w, i);
		fixture_commit(&f, w);
		cc_volume_free(w);
		if (check(&f, &err) == 0 || err.code != CC_E_TAMPERED)
			fail_msg("damage %d: %s", (int)i, err.text);
		fixture_clear(&f);
	}
}

/* Whoever does not check still gets an error, not somebody else's file, and comes to an end. */
static void a_tree_that_cannot_be_ends_no_reader(void **state)
{
	(void)state;
	for (enum damage i = LINK_COUNT; i < DAMAGES; i++) {
		struct fixture f = { 0 };
		struct cc_volume *w = NULL;
		CC_AUTO_VOLUME struct cc_volume *r = NULL;
		struct cc_volume_attr attr = { 0 };
		struct cc_digest content = { 0 };
		struct cc_err err = { 0 };

		fixture_init(&f);
		w = fixture_write(&f);
		make_file_with_xattr(w);
		(void)make_dir(w, "/a");
		(void)make_dir(w, "/a/b");
		spoil(w, i);
		fixture_commit(&f, w);
		cc_volume_free(w);
		r = fixture_read(&f);
		if (i == NAME_TO_NOWHERE || i == NAME_OF_OTHER_TYPE) {
			assert_int_equal(cc_volume_resolve(r, "/file", &attr, &err), -1);
			assert_int_equal(err.code, CC_E_TAMPERED);
			assert_int_equal(err.sys, EIO);
		}
		cc_ignore(cc_volume_content(r, &content, &err));
		fixture_clear(&f);
	}
}

static void no_plaintext_is_in_the_storage(void **state)
{
	struct fixture f = { 0 };
	struct cc_volume *w = NULL;
	static const char *const words[] = { "planted content", "planted name", "planted target" };

	(void)state;
	fixture_init(&f);
	w = fixture_write(&f);
	(void)make_file(w, "/planted name", cc_span_str("planted content"));
	(void)make_link(w, "/l", "planted target");
	fixture_commit(&f, w);
	cc_volume_free(w);
	for (size_t i = 0; i < f.storage.count; i++) {
		const struct storage_file *file = &f.storage.files[i];

		for (size_t j = 0; j < CC_COUNT(words); j++)
			assert_null(memmem(file->at, file->len, words[j], strlen(words[j])));
		assert_null(memmem(file->at, file->len, cc_secret_span(fixture_key(&f, 1)).at, 32));
	}
	fixture_clear(&f);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(no_flipped_byte_is_ever_read),
		cmocka_unit_test(no_cut_file_is_ever_read),
		cmocka_unit_test(missing_files_are_not_missing_content),
		cmocka_unit_test(a_root_that_was_rolled_back_is_stale),
		cmocka_unit_test(another_key_volume_state_or_number_does_not_open),
		cmocka_unit_test(a_root_with_the_named_tag_is_still_not_believed),
		cmocka_unit_test(blocks_cannot_change_places),
		cmocka_unit_test(a_message_opens_only_as_what_it_was_sealed_as),
		cmocka_unit_test(a_key_holder_cannot_exchange_what_was_agreed),
		cmocka_unit_test(a_check_finds_what_cannot_be_although_it_is_authentic),
		cmocka_unit_test(a_tree_that_cannot_be_ends_no_reader),
		cmocka_unit_test(no_plaintext_is_in_the_storage),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
