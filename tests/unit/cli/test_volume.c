/* SPDX-License-Identifier: Apache-2.0 */
/* Reading volumes: what a hostile writer or storage can make of it on the reader's machine. */
#include "tests/unit/volume/fixture.h"

#include <fcntl.h>
#include <ftw.h>
#include <stdlib.h>
#include <sys/stat.h>

#include "base/dir.h"
#include "cli/commands.h"
#include "cli/volume-copy.h"
#include "cli/volume-read.h"

static struct fixture f;
static struct cc_volume *volume;
static char folder[64];
static unsigned int skipped;

static void count_skipped(const char *path, const struct cc_volume_attr *attr)
{
	assert_string_equal(path, "/tree/pipe");
	assert_true(S_ISFIFO(attr->mode));
	skipped++;
}

static void make_special(const char *path, uint32_t mode)
{
	const struct cc_volume_attr like = { .mode = mode };
	struct cc_volume_attr attr;
	struct cc_span name;
	struct cc_err err;
	uint64_t dir = parent_of(volume, path, &name);

	assert_int_equal(cc_volume_create(volume, dir, name, &like, &attr, &err), 0);
}

static void set_mode(const char *path, uint32_t mode)
{
	struct cc_volume_attr attr = attr_of(volume, path);
	struct cc_err err;

	attr.mode = mode;
	assert_int_equal(
		cc_volume_setattr(volume, attr.ino, &attr, CC_VOLUME_SET_MODE, &attr, &err), 0);
}

/* /tree: file, program (set-user-id), below/deep, link → /etc/passwd, pipe, hole of 64 MiB. */
static int set_up(void **state)
{
	struct cc_err err;
	uint64_t ino = 0;

	(void)state;
	(void)snprintf(folder, sizeof(folder), "/tmp/cc-cli-XXXXXX");
	assert_non_null(mkdtemp(folder));
	skipped = 0;
	fixture_init(&f);
	volume = fixture_write(&f);
	(void)make_dir(volume, "/tree");
	(void)make_file(volume, "/tree/file", cc_span_str("15\n"));
	(void)make_file(volume, "/tree/program", cc_span_str("#!"));
	set_mode("/tree/program", S_IFREG | 06777);
	(void)make_dir(volume, "/tree/below");
	(void)make_file(volume, "/tree/below/deep", cc_span_str("deep"));
	(void)make_link(volume, "/tree/link", "/etc/passwd");
	make_special("/tree/pipe", S_IFIFO | 0666);
	ino = make_file(volume, "/tree/hole", cc_span_str(""));
	assert_int_equal(cc_volume_setattr(volume, ino,
					   &(struct cc_volume_attr){ .size = 64 << 20 },
					   CC_VOLUME_SET_SIZE, &(struct cc_volume_attr){ 0 }, &err),
			 0);
	return 0;
}

static int tear_down(void **state)
{
	CC_AUTO_DIR struct cc_dir tmp = CC_DIR_NONE;
	struct cc_err err;

	(void)state;
	cc_volume_free(volume);
	fixture_clear(&f);
	assert_int_equal(cc_dir_open("/tmp", CC_DIR_OWN, &tmp, &err), 0);
	return cc_dir_remove_tree(&tmp, folder + strlen("/tmp/"), &err);
}

static const char *in_folder(const char *name)
{
	static char paths[4][128];
	static size_t turn;
	char *path = paths[turn++ % 4];

	(void)snprintf(path, sizeof(paths[0]), "%s/%s", folder, name);
	return path;
}

static int copy_out(const char *path, const char *to, bool force, struct cc_err *err)
{
	struct cc_volume_copy copy = { .force = force, .skipped = count_skipped };

	return cc_volume_copy_out(volume, path, in_folder(to), &copy, err);
}

static void assert_file(const char *name, const char *content)
{
	CC_AUTO_BUF struct cc_buf text = { 0 };
	struct cc_err err;

	assert_int_equal(cc_file_read(in_folder(name), 4096, &text, &err), 0);
	assert_true(cc_span_eq_str(cc_buf_span(&text), content));
}

static void write_file(const char *name, const char *content)
{
	struct cc_err err;

	assert_int_equal(cc_file_write(in_folder(name), 0600, cc_span_str(content), &err), 0);
}

static struct stat stat_of(const char *name)
{
	struct stat st;

	assert_int_equal(lstat(in_folder(name), &st), 0);
	return st;
}

static bool exists(const char *name)
{
	struct stat st;

	return lstat(in_folder(name), &st) == 0;
}

static size_t entries;

static int count_one(const char *path, const struct stat *st, int type, struct FTW *where)
{
	(void)path;
	(void)st;
	(void)type;
	entries += where->level > 0;
	return 0;
}

static size_t count_entries(void)
{
	entries = 0;
	assert_int_equal(nftw(folder, count_one, 16, FTW_PHYS), 0);
	return entries;
}

static void a_tree_is_copied_with_what_it_holds(void **state)
{
	char target[32] = "";
	struct cc_err err;

	(void)state;
	assert_int_equal(copy_out("/tree/", "copy/", false, &err), 0);
	assert_file("copy/file", "15\n");
	assert_file("copy/below/deep", "deep");
	assert_int_equal(readlink(in_folder("copy/link"), target, sizeof(target) - 1), 11);
	assert_string_equal(target, "/etc/passwd");
	/* copy, file, program, below, deep, link, hole: no part and no pipe */
	assert_int_equal(count_entries(), 7);
}

static void pipes_are_not_made_and_told(void **state)
{
	struct cc_err err;

	(void)state;
	assert_int_equal(copy_out("/tree", "copy", false, &err), 0);
	assert_false(exists("copy/pipe"));
	assert_int_equal(skipped, 1);
}

static void set_user_id_and_others_rights_stay_behind(void **state)
{
	struct cc_err err;

	(void)state;
	assert_int_equal(copy_out("/tree", "copy", false, &err), 0);
	assert_int_equal(stat_of("copy/program").st_mode, S_IFREG | 0700);
	assert_int_equal(stat_of("copy/file").st_mode, S_IFREG | 0600);
	assert_int_equal(stat_of("copy").st_mode, S_IFDIR | 0700);
}

static void a_hole_stays_a_hole(void **state)
{
	struct cc_err err;

	(void)state;
	assert_int_equal(copy_out("/tree/hole", "hole", false, &err), 0);
	assert_int_equal(stat_of("hole").st_size, 64 << 20);
	assert_in_range(stat_of("hole").st_blocks, 0, 64);
}

static void a_file_that_is_there_stays_without_force(void **state)
{
	struct cc_err err;

	(void)state;
	write_file("result", "mine");
	assert_int_equal(copy_out("/tree/file", "result", false, &err), -1);
	assert_int_equal(err.code, CC_E_CONFLICT);
	assert_file("result", "mine");
	assert_int_equal(count_entries(), 1);
}

static void a_link_that_is_there_stays_without_force(void **state)
{
	struct cc_err err;

	(void)state;
	write_file("mine", "mine");
	assert_int_equal(symlink("mine", in_folder("result")), 0);
	assert_int_equal(copy_out("/tree/file", "result", false, &err), -1);
	assert_int_equal(err.code, CC_E_CONFLICT);
	assert_file("mine", "mine");
}

static void a_directory_that_is_there_stays_without_force(void **state)
{
	struct cc_err err;

	(void)state;
	assert_int_equal(mkdir(in_folder("copy"), 0700), 0);
	assert_int_equal(copy_out("/tree", "copy", false, &err), -1);
	assert_int_equal(err.code, CC_E_CONFLICT);
	assert_int_equal(count_entries(), 1);
}

static void force_replaces_files_and_keeps_others(void **state)
{
	struct cc_err err;

	(void)state;
	assert_int_equal(copy_out("/tree", "copy", false, &err), 0);
	write_file("copy/file", "old");
	write_file("copy/other", "other");
	assert_int_equal(copy_out("/tree", "copy", true, &err), 0);
	assert_file("copy/file", "15\n");
	assert_file("copy/other", "other");
}

static void a_link_in_the_target_is_replaced_and_not_followed(void **state)
{
	struct cc_err err;

	(void)state;
	write_file("mine", "mine");
	assert_int_equal(mkdir(in_folder("copy"), 0700), 0);
	assert_int_equal(symlink("../mine", in_folder("copy/file")), 0);
	assert_int_equal(copy_out("/tree", "copy", true, &err), 0);
	assert_file("copy/file", "15\n");
	assert_file("mine", "mine");
}

static void a_directory_link_in_the_target_is_not_entered(void **state)
{
	struct cc_err err;

	(void)state;
	assert_int_equal(mkdir(in_folder("outside"), 0700), 0);
	assert_int_equal(mkdir(in_folder("copy"), 0700), 0);
	assert_int_equal(symlink("../outside", in_folder("copy/below")), 0);
	assert_int_equal(copy_out("/tree", "copy", true, &err), -1);
	assert_false(exists("outside/deep"));
}

static void the_target_itself_as_a_link_is_not_entered(void **state)
{
	struct cc_err err;

	(void)state;
	assert_int_equal(mkdir(in_folder("outside"), 0700), 0);
	assert_int_equal(symlink("outside", in_folder("copy")), 0);
	assert_int_equal(copy_out("/tree", "copy", true, &err), -1);
	assert_false(exists("outside/file"));
}

static void a_target_needs_a_name(void **state)
{
	static const char *const targets[] = { "", ".", "..", "copy/.." };
	struct cc_err err;

	(void)state;
	for (size_t i = 0; i < CC_COUNT(targets); i++) {
		assert_int_equal(copy_out("/tree/file", targets[i], true, &err), -1);
		assert_true(i == 0 || err.code == CC_E_ARG);
	}
}

static void what_is_tampered_with_leaves_no_file(void **state)
{
	CC_AUTO_FREE uint8_t *big = malloc(1 << 20);
	struct cc_err err;

	(void)state;
	pattern((struct cc_mut){ big, 1 << 20 }, 7);
	(void)make_file(volume, "/tree/big", cc_span(big, 1 << 20));
	fixture_commit(&f, volume);
	cc_volume_free(volume);
	for (size_t i = 0; i < f.storage.count; i++)
		if (strstr(f.storage.files[i].name, ".data") != NULL)
			f.storage.files[i].at[600 * 1024] ^= 1;
	volume = fixture_read(&f);
	assert_int_equal(copy_out("/tree/big", "big", false, &err), -1);
	assert_int_equal(err.code, CC_E_TAMPERED);
	assert_int_equal(count_entries(), 0);
}

static void names_cannot_move_the_cursor(void **state)
{
	static const struct {
		const char *name, *shown;
	} names[] = {
		{ "result", "result" },
		{ "Gr\xc3\xb6\xc3\x9f"
		  "e",
		  "Gr\xc3\xb6\xc3\x9f"
		  "e" },
		{ "\x1b[2J", "\\x1b[2J" },
		{ "a\nb\x7f", "a\\x0ab\\x7f" },
		{ "a\\b", "a\\x5cb" },
		{ "\xc2\x9b"
		  "2J",
		  "\\xc2\\x9b2J" },
		{ "\xc2", "\xc2" },
	};

	(void)state;
	for (size_t i = 0; i < CC_COUNT(names); i++) {
		CC_AUTO_BUF struct cc_buf shown = { 0 };
		struct cc_err err;

		assert_int_equal(cc_name_escape(cc_span_str(names[i].name), &shown, &err), 0);
		assert_true(cc_span_eq_str(cc_buf_span(&shown), names[i].shown));
	}
}

#define ID "000102030405060708090a0b0c0d0e0f"
#define TAG ID ID
#define KEY "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8="
#define ANSWER(id, tag, key)                                                              \
	"{\"id\":\"" id "\",\"state\":\"" ID "\",\"epoch\":3,\"number\":7,\"tag\":\"" tag \
	"\",\"key\":\"" key "\"}"

static int parse(const char *text, struct cc_volume_access *out, struct cc_err *err)
{
	CC_AUTO_JSON struct cc_json *json = NULL;

	assert_int_equal(cc_json_parse(cc_span_str(text), 4096, &json, err), 0);
	return cc_volume_access_parse(json, out, err);
}

static void what_the_cas_says_is_read(void **state)
{
	CC_AUTO_VOLUME_ACCESS struct cc_volume_access access = { 0 };
	struct cc_err err;

	(void)state;
	assert_int_equal(parse(ANSWER(ID, TAG, KEY), &access, &err), 0);
	assert_int_equal(access.id.b[15], 15);
	assert_int_equal(access.base.epoch, 3);
	assert_int_equal(access.base.number, 7);
	assert_int_equal(access.base.tag.b[31], 15);
	assert_int_equal(cc_secret_bytes(access.key)[31], 31);
	assert_ptr_equal(access.base.key, access.key);
}

static void what_a_cas_cannot_say_is_refused(void **state)
{
	static const char *const answers[] = {
		ANSWER("00", TAG, KEY), ANSWER(ID, ID, KEY),      ANSWER(ID, TAG, "AAEC"),
		ANSWER(ID, TAG, ""),    ANSWER(ID, TAG, KEY KEY), "{}",
	};

	(void)state;
	for (size_t i = 0; i < CC_COUNT(answers); i++) {
		CC_AUTO_VOLUME_ACCESS struct cc_volume_access access = { 0 };
		struct cc_err err;

		assert_int_equal(parse(answers[i], &access, &err), -1);
	}
}

/* The fixture's volume as plain files below `folder`, where a reader looks for it. */
static void store_as_files(struct cc_volume_access *access)
{
	char path[128];
	struct cc_err err;

	fixture_commit(&f, volume);
	access->id = f.id;
	access->base = f.base;
	(void)snprintf(path, sizeof(path), "%s/", folder);
	for (size_t i = 0; i < sizeof(f.id.b); i++)
		(void)snprintf(path + strlen(path), 3, "%02x", f.id.b[i]);
	assert_int_equal(mkdir(path, 0700), 0);
	for (size_t i = 0; i < f.storage.count; i++) {
		const struct storage_file *file = &f.storage.files[i];
		char name[256];

		(void)snprintf(name, sizeof(name), "%s/%s", path, file->name);
		assert_int_equal(cc_file_write(name, 0600, cc_span(file->at, file->len), &err), 0);
	}
}

static void a_volume_is_found_in_its_directory(void **state)
{
	CC_AUTO_VOLUME_READER struct cc_volume_reader reader = { 0 };
	struct cc_volume_access access = { 0 };
	struct cc_err err;

	(void)state;
	store_as_files(&access);
	assert_int_equal(cc_volume_reader_open(&access, folder, &reader, &err), 0);
	assert_content(reader.volume, "/tree/file", cc_span_str("15\n"));
}

static void another_storage_and_another_state_are_told_apart(void **state)
{
	CC_AUTO_VOLUME_READER struct cc_volume_reader reader = { 0 }, second = { 0 };
	struct cc_volume_access access = { 0 };
	struct cc_err err = { 0 };

	(void)state;
	store_as_files(&access);
	assert_int_equal(cc_volume_reader_open(&access, "/nonexistent", &reader, &err), -1);
	assert_int_equal(err.code, CC_E_NOTFOUND);
	assert_non_null(strstr(err.hint, "--storage"));
	access.base.tag.b[0] ^= 1;
	err = (struct cc_err){ 0 };
	assert_int_equal(cc_volume_reader_open(&access, folder, &second, &err), -1);
	assert_true(err.code == CC_E_STALE || err.code == CC_E_TAMPERED);
	assert_non_null(strstr(err.hint, "not the state"));
}

static void only_regular_files_are_printed(void **state)
{
	static const char *const paths[] = { "/tree", "/tree/link", "/tree/pipe", "/nothing" };
	const struct cc_volume_reader reader = { .volume = volume };
	struct cc_err err;

	(void)state;
	for (size_t i = 0; i < CC_COUNT(paths); i++)
		assert_int_equal(cc_volume_reader_print(&reader, paths[i], &err), -1);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_tree_is_copied_with_what_it_holds),
		TEST(pipes_are_not_made_and_told),
		TEST(set_user_id_and_others_rights_stay_behind),
		TEST(a_hole_stays_a_hole),
		TEST(a_file_that_is_there_stays_without_force),
		TEST(a_link_that_is_there_stays_without_force),
		TEST(a_directory_that_is_there_stays_without_force),
		TEST(force_replaces_files_and_keeps_others),
		TEST(a_link_in_the_target_is_replaced_and_not_followed),
		TEST(a_directory_link_in_the_target_is_not_entered),
		TEST(the_target_itself_as_a_link_is_not_entered),
		TEST(a_target_needs_a_name),
		TEST(what_is_tampered_with_leaves_no_file),
		TEST(names_cannot_move_the_cursor),
		TEST(what_the_cas_says_is_read),
		TEST(what_a_cas_cannot_say_is_refused),
		TEST(a_volume_is_found_in_its_directory),
		TEST(another_storage_and_another_state_are_told_apart),
		TEST(only_regular_files_are_printed),
	};

	return cmocka_run_group_tests_name("cli-volume", tests, NULL, NULL);
}
