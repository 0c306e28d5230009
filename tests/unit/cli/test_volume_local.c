/* SPDX-License-Identifier: Apache-2.0 */
/* Volumes without a CAS: what a writer that dies, a rolled back storage or a second one can do. */
#include "tests/unit/volume/fixture.h"

#include <dirent.h>
#include <ftw.h>
#include <glob.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/dir.h"
#include "base/str.h"
#include "cli/volume-intake.h"
#include "cli/volume-local.h"
#include "oci/archive.h"

static char folder[64], storage[96], key_file[96], state_file[96], source[96];
static unsigned int files;

static struct cc_volume_place place(void)
{
	return (struct cc_volume_place){ storage, key_file, state_file };
}

static int set_up(void **state)
{
	(void)state;
	(void)snprintf(folder, sizeof(folder), "/tmp/cc-local-XXXXXX");
	assert_non_null(mkdtemp(folder));
	(void)snprintf(storage, sizeof(storage), "%s/storage", folder);
	(void)snprintf(key_file, sizeof(key_file), "%s/key", folder);
	(void)snprintf(state_file, sizeof(state_file), "%s/state", folder);
	(void)snprintf(source, sizeof(source), "%s/source", folder);
	assert_int_equal(mkdir(source, 0700), 0);
	assert_int_equal(mkdir(storage, 0700), 0);
	return 0;
}

static int tear_down(void **state)
{
	CC_AUTO_DIR struct cc_dir tmp = CC_DIR_NONE;
	struct cc_err err;

	(void)state;
	assert_int_equal(cc_dir_open("/tmp", CC_DIR_OWN, &tmp, &err), 0);
	return cc_dir_remove_tree(&tmp, folder + strlen("/tmp/"), &err);
}

/* A volume with /one, named. */
static void make(void)
{
	CC_AUTO_VOLUME_LOCAL struct cc_volume_local local = CC_VOLUME_LOCAL_NONE;
	CC_AUTO_VOLUME_WRITER struct cc_volume_writer writer = { 0 };
	const struct cc_volume_place where = place();
	struct cc_err err;

	assert_int_equal(cc_volume_local_create(&where, &local, &err), 0);
	assert_int_equal(cc_volume_writer_open(&local, true, &writer, &err), 0);
	(void)make_file(writer.volume, "/one", cc_span_str("1"));
	assert_int_equal(cc_volume_writer_commit(&writer, &err), 0);
	assert_int_equal(cc_volume_writer_sweep(&writer, &err), 0);
}

/* Write `path` in a new epoch; named or left as if the writer had died before. */
static void add(const char *path, bool name)
{
	CC_AUTO_VOLUME_LOCAL struct cc_volume_local local = CC_VOLUME_LOCAL_NONE;
	CC_AUTO_VOLUME_WRITER struct cc_volume_writer writer = { 0 };
	const struct cc_volume_place where = place();
	struct cc_volume_commit done;
	struct cc_err err;

	assert_int_equal(cc_volume_local_open(&where, true, &local, &err), 0);
	assert_int_equal(cc_volume_writer_open(&local, false, &writer, &err), 0);
	(void)make_file(writer.volume, path, cc_span_str("new"));
	assert_int_equal(cc_volume_commit(writer.volume, &done, &err), 0);
	if (!name) {
		writer.is_named = true; /* kill -9 removes nothing */
		return;
	}
	assert_int_equal(cc_volume_writer_record(&writer, &done, &err), 0);
	assert_int_equal(cc_volume_writer_sweep(&writer, &err), 0);
}

static bool has(const char *path)
{
	CC_AUTO_VOLUME_LOCAL struct cc_volume_local local = CC_VOLUME_LOCAL_NONE;
	CC_AUTO_VOLUME_READER struct cc_volume_reader reader = { 0 };
	const struct cc_volume_place where = place();
	struct cc_err err;

	assert_int_equal(cc_volume_local_open(&where, false, &local, &err), 0);
	assert_int_equal(cc_volume_reader_open(&local.anchor.access, storage, &reader, &err), 0);
	return is_there(reader.volume, path);
}

static int open_code(void)
{
	CC_AUTO_VOLUME_LOCAL struct cc_volume_local local = CC_VOLUME_LOCAL_NONE;
	CC_AUTO_VOLUME_READER struct cc_volume_reader reader = { 0 };
	const struct cc_volume_place where = place();
	struct cc_err err = { 0 };

	if (cc_volume_local_open(&where, false, &local, &err) == 0)
		cc_ignore(cc_volume_reader_open(&local.anchor.access, storage, &reader, &err));
	return (int)err.code;
}

static int count_file(const char *path, const struct stat *st, int type, struct FTW *where)
{
	(void)path;
	(void)st;
	(void)where;
	files += type == FTW_F;
	return 0;
}

static unsigned int count_files(void)
{
	files = 0;
	assert_int_equal(nftw(storage, count_file, 16, FTW_PHYS), 0);
	return files;
}

/* The one directory in the storage: the volume's. */
static void name_volume(char *out, size_t room)
{
	CC_AUTO_VOLUME_LOCAL struct cc_volume_local local = CC_VOLUME_LOCAL_NONE;
	const struct cc_volume_place where = place();
	CC_AUTO_FREE char *path = NULL;
	struct cc_err err;

	assert_int_equal(cc_volume_local_open(&where, false, &local, &err), 0);
	assert_int_equal(cc_volume_directory(&local.anchor.access.id, storage, &path, &err), 0);
	assert_true((size_t)snprintf(out, room, "%s", path) < room);
}

static void what_is_named_is_there(void **state)
{
	(void)state;
	make();
	assert_true(has("/one"));
	add("/two", true);
	assert_true(has("/one"));
	assert_true(has("/two"));
}

static void a_writer_that_dies_leaves_the_state_before(void **state)
{
	unsigned int before = 0;

	(void)state;
	make();
	before = count_files();
	add("/two", false);
	assert_true(has("/one"));
	assert_false(has("/two"));
	assert_true(count_files() > before);
	add("/three", true);
	assert_true(has("/three"));
	assert_false(has("/two"));
	/* What the dead one wrote is gone: one epoch more than before is left. */
	assert_int_equal(count_files(), 2 * before);
}

static void a_writer_that_fails_removes_what_it_wrote(void **state)
{
	CC_AUTO_VOLUME_LOCAL struct cc_volume_local local = CC_VOLUME_LOCAL_NONE;
	struct cc_volume_writer writer = { 0 };
	const struct cc_volume_place where = place();
	CC_AUTO_FREE uint8_t *much = malloc(64 << 20);
	unsigned int before = 0;
	struct cc_err err;

	(void)state;
	assert_non_null(much);
	memset(much, 0xff, 64 << 20);
	make();
	before = count_files();
	assert_int_equal(cc_volume_local_open(&where, true, &local, &err), 0);
	assert_int_equal(cc_volume_writer_open(&local, false, &writer, &err), 0);
	/* more than memory holds: it is in the storage before any commit */
	(void)make_file(writer.volume, "/much", cc_span(much, 64 << 20));
	assert_true(count_files() > before);
	cc_volume_writer_close(&writer);
	assert_int_equal(count_files(), before);
}

static void a_state_without_its_files_is_not_opened(void **state)
{
	char volume[160], away[176];

	(void)state;
	make();
	name_volume(volume, sizeof(volume));
	(void)snprintf(away, sizeof(away), "%s.away", volume);
	assert_int_equal(rename(volume, away), 0);
	assert_int_equal(open_code(), CC_E_NOTFOUND);
	assert_int_equal(mkdir(volume, 0700), 0);
	assert_int_equal(open_code(), CC_E_NOTFOUND);
}

/* Keep what the volume's directory holds at `out`, which is made, or put it back. */
static void copy_files(const char *from, const char *to)
{
	CC_AUTO_DIR struct cc_dir source_dir = CC_DIR_NONE, target = CC_DIR_NONE;
	DIR *list = opendir(from);
	struct cc_err err;

	assert_non_null(list);
	assert_int_equal(cc_dir_open(from, CC_DIR_OWN, &source_dir, &err), 0);
	assert_int_equal(cc_dir_create(to, 0700, &target, &err), 0);
	for (const struct dirent *entry = readdir(list); entry != NULL; entry = readdir(list)) {
		CC_AUTO_BUF struct cc_buf bytes = { 0 };

		if (entry->d_name[0] == '.')
			continue;
		assert_int_equal(cc_dir_read(&source_dir, entry->d_name, 1 << 20, &bytes, &err), 0);
		assert_int_equal(
			cc_dir_write(&target, entry->d_name, 0600, cc_buf_span(&bytes), &err), 0);
	}
	(void)closedir(list);
}

static void a_rolled_back_storage_is_not_the_state_that_is_named(void **state)
{
	char volume[160], old[176];
	CC_AUTO_DIR struct cc_dir dir = CC_DIR_NONE;
	struct cc_err err;

	(void)state;
	make();
	name_volume(volume, sizeof(volume));
	(void)snprintf(old, sizeof(old), "%s.old", volume);
	copy_files(volume, old);
	add("/two", true);
	assert_int_equal(cc_dir_open(storage, CC_DIR_OWN, &dir, &err), 0);
	assert_int_equal(cc_dir_remove_tree(&dir, volume + strlen(storage) + 1, &err), 0);
	copy_files(old, volume);
	assert_int_not_equal(open_code(), CC_OK);
}

static void two_writers_exclude_each_other_and_readers(void **state)
{
	CC_AUTO_VOLUME_LOCAL struct cc_volume_local one = CC_VOLUME_LOCAL_NONE;
	CC_AUTO_VOLUME_LOCAL struct cc_volume_local two = CC_VOLUME_LOCAL_NONE;
	const struct cc_volume_place where = place();
	struct cc_err err = { 0 };

	(void)state;
	make();
	assert_int_equal(cc_volume_local_open(&where, true, &one, &err), 0);
	assert_int_equal(cc_volume_local_open(&where, true, &two, &err), -1);
	assert_int_equal(err.code, CC_E_CONFLICT);
	assert_int_equal(open_code(), CC_E_CONFLICT);
	cc_volume_local_close(&one);
	assert_int_equal(open_code(), CC_OK);
}

static void the_state_file_lies_outside_the_storage(void **state)
{
	CC_AUTO_VOLUME_LOCAL struct cc_volume_local local = CC_VOLUME_LOCAL_NONE;
	struct cc_volume_place where = place();
	struct cc_err err = { 0 };
	char inside[128];

	(void)state;
	(void)snprintf(inside, sizeof(inside), "%s/../storage/state", storage);
	where.state = inside;
	assert_int_equal(cc_volume_local_create(&where, &local, &err), -1);
	assert_int_equal(err.code, CC_E_ARG);
}

static void a_volume_is_not_made_over_another(void **state)
{
	CC_AUTO_VOLUME_LOCAL struct cc_volume_local local = CC_VOLUME_LOCAL_NONE;
	const struct cc_volume_place where = place();
	struct cc_err err = { 0 };

	(void)state;
	make();
	assert_int_equal(cc_volume_local_create(&where, &local, &err), -1);
	assert_int_equal(err.code, CC_E_CONFLICT);
	assert_true(has("/one"));
}

static unsigned int count_marks(void)
{
	CC_AUTO_BUF struct cc_buf pattern = { 0 };
	const char *text = NULL;
	glob_t found = { 0 };
	unsigned int count = 0;
	struct cc_err err;

	assert_int_equal(cc_buf_addf(&pattern, &err, "%s/*.begun", storage), 0);
	assert_int_equal(cc_buf_str(&pattern, &text, &err), 0);
	if (glob(text, 0, NULL, &found) == 0)
		count = (unsigned int)found.gl_pathc;
	globfree(&found);
	return count;
}

static void a_volume_is_marked_until_its_state_has_a_name(void **state)
{
	const struct cc_volume_place where = place();
	struct cc_err err;

	(void)state;
	make();
	assert_int_equal(count_marks(), 0);
	assert_int_equal(unlink(state_file), 0);
	for (int failed = 0; failed <= 1; failed++) {
		CC_AUTO_VOLUME_LOCAL struct cc_volume_local local = CC_VOLUME_LOCAL_NONE;

		assert_int_equal(cc_volume_local_create(&where, &local, &err), 0);
		assert_int_equal(count_marks(), 1);
		if (failed == 0)
			cc_volume_local_forget(&local);
	}
	assert_int_equal(count_marks(), 1); /* as kill -9 leaves it */
	make();
	assert_int_equal(count_marks(), 1);
}

/* Two begin at once: the second to name would take the volume of the first away. */
static void a_volume_named_meanwhile_stays(void **state)
{
	CC_AUTO_VOLUME_LOCAL struct cc_volume_local local = CC_VOLUME_LOCAL_NONE;
	CC_AUTO_VOLUME_WRITER struct cc_volume_writer writer = { 0 };
	const struct cc_volume_place where = place();
	struct cc_err err = { 0 };

	(void)state;
	assert_int_equal(cc_volume_local_create(&where, &local, &err), 0);
	assert_int_equal(cc_volume_writer_open(&local, true, &writer, &err), 0);
	make();
	assert_int_equal(cc_volume_writer_commit(&writer, &err), -1);
	assert_int_equal(err.code, CC_E_CONFLICT);
	cc_volume_writer_close(&writer);
	cc_volume_local_forget(&local);
	assert_true(has("/one"));
}

/* Intake */

static void no_skips(const char *path)
{
	fail_msg("%s was skipped", path);
}

static struct cc_progress progress = { .quiet = true };

static int take_host(struct cc_volume *volume, bool force, struct cc_err *err)
{
	CC_AUTO_VOLUME_INTAKE struct cc_volume_intake in = {
		.volume = volume, .force = force, .skipped = no_skips, .progress = &progress
	};
	const struct cc_volume_spot spot = { CC_VOLUME_ROOT_INO, cc_span_str("tree") };

	return cc_volume_intake_host(&in, source, &spot, err);
}

static void in_source(const char *name, char out[static 128])
{
	(void)snprintf(out, 128, "%s/%s", source, name);
}

static void write_source(const char *name, const char *text)
{
	struct cc_err err;
	char path[128];

	in_source(name, path);
	assert_int_equal(cc_file_write(path, 0640, cc_span_str(text), &err), 0);
}

/* file, its other name, a link that leads out, a hole. */
static void make_source(void)
{
	char one[128], two[128];

	write_source("file", "15\n");
	in_source("file", one);
	in_source("other", two);
	assert_int_equal(link(one, two), 0);
	in_source("link", two);
	assert_int_equal(symlink("/etc/passwd", two), 0);
	write_source("hole", "");
	in_source("hole", two);
	assert_int_equal(truncate(two, 16 << 20), 0);
}

static void trees_keep_links_modes_and_holes(void **state)
{
	struct fixture f;
	struct cc_volume *v = NULL;
	struct cc_volume_usage usage;
	struct cc_span target;
	struct cc_err err;

	(void)state;
	make_source();
	fixture_init(&f);
	v = fixture_write(&f);
	assert_int_equal(take_host(v, false, &err), 0);
	assert_content(v, "/tree/file", cc_span_str("15\n"));
	assert_int_equal(attr_of(v, "/tree/file").ino, attr_of(v, "/tree/other").ino);
	assert_int_equal(attr_of(v, "/tree/file").links, 2);
	assert_int_equal(attr_of(v, "/tree/file").mode, S_IFREG | 0640);
	assert_int_equal(cc_volume_readlink(v, attr_of(v, "/tree/link").ino, &target, &err), 0);
	assert_true(cc_span_eq_str(target, "/etc/passwd"));
	assert_int_equal(attr_of(v, "/tree/hole").size, 16 << 20);
	cc_volume_usage(v, &usage);
	assert_true(usage.written < 1 << 20);
	cc_volume_free(v);
	fixture_clear(&f);
}

static void what_is_there_is_replaced_only_when_asked(void **state)
{
	struct fixture f;
	struct cc_volume *v = NULL;
	struct cc_err err = { 0 };

	(void)state;
	make_source();
	fixture_init(&f);
	v = fixture_write(&f);
	assert_int_equal(take_host(v, false, &err), 0);
	write_source("file", "16\n");
	assert_int_equal(take_host(v, false, &err), -1);
	assert_int_equal(err.code, CC_E_CONFLICT);
	assert_content(v, "/tree/file", cc_span_str("15\n"));
	assert_int_equal(take_host(v, true, &err), 0);
	assert_content(v, "/tree/file", cc_span_str("16\n"));
	cc_volume_free(v);
	fixture_clear(&f);
}

static void a_file_never_replaces_a_directory(void **state)
{
	struct fixture f;
	struct cc_volume *v = NULL;
	struct cc_err err = { 0 };

	(void)state;
	write_source("file", "x");
	fixture_init(&f);
	v = fixture_write(&f);
	(void)make_dir(v, "/tree");
	(void)make_dir(v, "/tree/file");
	assert_int_equal(take_host(v, true, &err), -1);
	assert_int_equal(err.code, CC_E_CONFLICT);
	cc_volume_free(v);
	fixture_clear(&f);
}

static void a_clone_is_the_same_tree(void **state)
{
	struct fixture f, g;
	struct cc_volume *from = NULL, *to = NULL;
	CC_AUTO_VOLUME_INTAKE struct cc_volume_intake in = { .skipped = no_skips,
							     .progress = &progress };
	struct cc_digest one, two;
	struct cc_err err;

	(void)state;
	make_source();
	fixture_init(&f);
	fixture_init(&g);
	from = fixture_write(&f);
	assert_int_equal(take_host(from, false, &err), 0);
	assert_int_equal(cc_volume_setxattr(from, attr_of(from, "/tree/file").ino,
					    cc_span_str("user.a"), cc_span_str("b"), 0, &err),
			 0);
	to = fixture_write(&g);
	in.volume = to;
	assert_int_equal(cc_volume_intake_volume(&in, from, &err), 0);
	assert_int_equal(cc_volume_content(from, &one, &err), 0);
	assert_int_equal(cc_volume_content(to, &two, &err), 0);
	assert_memory_equal(&one, &two, sizeof(one));
	assert_int_equal(attr_of(to, "/tree/file").links, 2);
	cc_volume_free(from);
	cc_volume_free(to);
	fixture_clear(&f);
	fixture_clear(&g);
}

/* Archives */

static int add_bytes(void *ctx, struct cc_span bytes, struct cc_err *err)
{
	return cc_buf_add(ctx, bytes, err);
}

struct member {
	struct cc_archive_entry entry;
	const char *content;
};

/* An archive of these members at source/tar, taken into an empty volume. */
static int take_tar(struct cc_volume *volume, const struct member *members, size_t count,
		    struct cc_err *err)
{
	CC_AUTO_VOLUME_INTAKE struct cc_volume_intake in = {
		.volume = volume, .force = true, .skipped = no_skips, .progress = &progress
	};
	CC_AUTO_ARCHIVE struct cc_archive *archive = NULL;
	CC_AUTO_BUF struct cc_buf bytes = { 0 };
	char path[128];

	assert_int_equal(cc_archive_new(add_bytes, &bytes, &archive, err), 0);
	for (size_t i = 0; i < count; i++) {
		struct cc_archive_entry entry = members[i].entry;
		struct cc_span content =
			cc_span_str(members[i].content != NULL ? members[i].content : "");

		entry.size = content.len;
		assert_int_equal(cc_archive_entry(archive, &entry, err), 0);
		assert_int_equal(cc_archive_data(archive, content, err), 0);
	}
	assert_int_equal(cc_archive_end(archive, err), 0);
	in_source("tar", path);
	assert_int_equal(cc_file_write(path, 0600, cc_buf_span(&bytes), err), 0);
	return cc_volume_intake_tar(&in, path, err);
}

static void an_archive_becomes_its_tree(void **state)
{
	const struct cc_oci_xattr xattr = { cc_span_str("user.a"), cc_span_str("b") };
	const struct member members[] = {
		{ { .path = "dir", .mode = S_IFDIR | 0711, .mtime = 7, .mtime_nsec = 9 }, NULL },
		{ { .path = "dir/\xff",
		    .mode = S_IFREG | 0600,
		    .uid = 5,
		    .gid = 6,
		    .xattrs = &xattr,
		    .xattr_count = 1 },
		  "text" },
		{ { .path = "link", .mode = S_IFLNK | 0777, .target = "dir" }, NULL },
		{ { .path = "hard", .mode = S_IFREG | 0600, .target = "dir/\xff", .hard = true },
		  NULL },
		{ { .path = ".wh.file", .mode = S_IFREG | 0600 }, "no whiteout" },
		{ { .path = "without/parents", .mode = S_IFREG | 0600 }, "x" },
	};
	struct fixture f;
	struct cc_volume *v = NULL;
	struct cc_volume_attr attr;
	struct cc_span value;
	struct cc_err err;

	(void)state;
	fixture_init(&f);
	v = fixture_write(&f);
	if (take_tar(v, members, CC_COUNT(members), &err) != 0)
		fail_msg("%s", err.text);
	attr = attr_of(v, "/dir");
	assert_int_equal(attr.mode, S_IFDIR | 0711);
	assert_int_equal(attr.modified.sec, 7);
	assert_int_equal(attr.modified.nsec, 9);
	attr = attr_of(v, "/dir/\xff");
	assert_int_equal(attr.uid, 5);
	assert_int_equal(attr.gid, 6);
	assert_int_equal(attr.links, 2);
	assert_int_equal(attr.ino, attr_of(v, "/hard").ino);
	assert_int_equal(cc_volume_getxattr(v, attr.ino, xattr.name, &value, &err), 0);
	assert_true(cc_span_eq(value, xattr.value));
	assert_content(v, "/hard", cc_span_str("text"));
	assert_content(v, "/.wh.file", cc_span_str("no whiteout"));
	assert_content(v, "/without/parents", cc_span_str("x"));
	cc_volume_free(v);
	fixture_clear(&f);
}

static void names_of_an_archive_lead_nowhere_else(void **state)
{
	static const struct member hostile[][2] = {
		{ { { .path = "../up", .mode = S_IFREG | 0600 }, "x" } },
		{ { { .path = "a/../../up", .mode = S_IFREG | 0600 }, "x" } },
		{ { { .path = "link", .mode = S_IFLNK | 0777, .target = "/etc" }, NULL },
		  { { .path = "link/file", .mode = S_IFREG | 0600 }, "x" } },
		{ { { .path = "hard", .mode = S_IFREG | 0600, .target = "../x", .hard = true },
		    NULL } },
		{ { { .path = "hard", .mode = S_IFREG | 0600, .target = "none", .hard = true },
		    NULL } },
	};

	(void)state;
	for (size_t i = 0; i < CC_COUNT(hostile); i++) {
		size_t count = hostile[i][1].entry.path != NULL ? 2 : 1;
		struct cc_err err = { 0 };
		struct fixture f;
		struct cc_volume *v = NULL;

		fixture_init(&f);
		v = fixture_write(&f);
		assert_int_equal(take_tar(v, hostile[i], count, &err), -1);
		cc_volume_free(v);
		fixture_clear(&f);
	}
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
	const struct CMUnitTest tests[] = {
		TEST(what_is_named_is_there),
		TEST(a_writer_that_dies_leaves_the_state_before),
		TEST(a_writer_that_fails_removes_what_it_wrote),
		TEST(a_state_without_its_files_is_not_opened),
		TEST(a_rolled_back_storage_is_not_the_state_that_is_named),
		TEST(two_writers_exclude_each_other_and_readers),
		TEST(the_state_file_lies_outside_the_storage),
		TEST(a_volume_is_not_made_over_another),
		TEST(a_volume_named_meanwhile_stays),
		TEST(a_volume_is_marked_until_its_state_has_a_name),
		TEST(trees_keep_links_modes_and_holes),
		TEST(what_is_there_is_replaced_only_when_asked),
		TEST(a_file_never_replaces_a_directory),
		TEST(a_clone_is_the_same_tree),
		TEST(an_archive_becomes_its_tree),
		TEST(names_of_an_archive_lead_nowhere_else),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
