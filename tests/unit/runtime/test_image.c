/* SPDX-License-Identifier: Apache-2.0 */
#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>

#include "tests/unit/test.h"

#include "base/dir.h"
#include "codec/text.h"
#include "runtime/image.h"
#include "tests/unit/runtime/sealed.h"
#include "volume/engine-internal.h"

struct place {
	char path[64], image[96], measured[96];
	struct cc_config_image config;
};

static int fill(struct cc_volume *volume, struct cc_err *err)
{
	return sealed_file(volume, "hello", S_IFREG | 0644, cc_span_str("world"), err);
}

static int set_up(void **state)
{
	static struct place p;
	struct cc_err err = { 0 };

	memset(&p, 0, sizeof(p));
	(void)snprintf(p.path, sizeof(p.path), "/tmp/concordat-test-XXXXXX");
	if (mkdtemp(p.path) == NULL)
		return -1;
	(void)snprintf(p.image, sizeof(p.image), "%s/image", p.path);
	(void)snprintf(p.measured, sizeof(p.measured), "%s/measured", p.path);
	p.config.salt_len = 32;
	memset(p.config.salt, 9, sizeof(p.config.salt));
	*state = &p;
	return sealed_make(p.image, p.measured, fill, &p.config, &err);
}

static int tear_down(void **state)
{
	struct place *p = *state;
	CC_AUTO_DIR struct cc_dir top = CC_DIR_NONE;
	struct cc_err err = { 0 };

	cc_secret_free(p->config.key);
	if (cc_dir_open("/tmp", CC_DIR_OWN, &top, &err) != 0)
		return -1;
	return cc_dir_remove_tree(&top, p->path + strlen("/tmp/"), &err);
}

static void is_refused(const struct place *p, enum cc_code code)
{
	CC_AUTO_IMAGE struct cc_image image = { 0 };
	struct cc_err err = { 0 };

	assert_int_equal(cc_image_open(&p->config, p->image, p->measured, &image, &err), -1);
	if (err.code != code)
		fail_msg("%s: %s", cc_code_info(err.code)->name, err.text);
	assert_null(image.volume);
}

static void a_sealed_image_opens_and_reads(void **state)
{
	const struct place *p = *state;
	CC_AUTO_IMAGE struct cc_image image = { 0 };
	struct cc_volume_attr attr = { 0 };
	struct cc_err err = { 0 };
	uint8_t text[8] = { 0 };
	size_t got = 0;

	if (cc_image_open(&p->config, p->image, p->measured, &image, &err) != 0)
		fail_msg("%s", err.text);
	assert_int_equal(cc_volume_resolve(image.volume, "/hello", &attr, &err), 0);
	assert_int_equal(cc_volume_read(image.volume, attr.ino, 0, CC_MUT(text), &got, &err), 0);
	assert_int_equal(got, 5);
	assert_memory_equal(text, "world", 5);
}

static void another_key_does_not_open_it(void **state)
{
	struct place *p = *state;

	cc_secret_bytes(p->config.key)[0] ^= 1;
	/* the files are named after the key: of this one there are none */
	is_refused(p, CC_E_NOTFOUND);
}

static void another_root_tag_is_another_state(void **state)
{
	struct place *p = *state;

	p->config.tag.b[0] ^= 1;
	is_refused(p, CC_E_STALE);
}

static void content_that_the_policy_does_not_name_is_refused(void **state)
{
	struct place *p = *state;
	CC_AUTO_BUF struct cc_buf text = { 0 };
	char hex[CC_HEX_DIGEST];
	struct cc_err err = { 0 };

	/* the record says so as well: only the digest of the files can tell */
	p->config.content.b[0] ^= 1;
	cc_hex_digest(&p->config.content, hex);
	assert_int_equal(cc_buf_addf(&text, &err, "concordat measurement 1\ncontent %s\n", hex), 0);
	assert_int_equal(cc_file_write(p->measured, 0444, cc_buf_span(&text), &err), 0);
	is_refused(p, CC_E_EVIDENCE);
}

static void another_salt_is_other_content(void **state)
{
	struct place *p = *state;

	p->config.salt[0] ^= 1;
	is_refused(p, CC_E_EVIDENCE);
}

static void a_record_of_other_content_is_refused(void **state)
{
	struct place *p = *state;
	struct cc_err err = { 0 };

	assert_int_equal(cc_file_write(p->measured, 0444,
				       cc_span_str("concordat measurement 1\ncontent 00\n"), &err),
			 0);
	is_refused(p, CC_E_EVIDENCE);
	assert_int_equal(unlink(p->measured), 0);
	is_refused(p, CC_E_NOTFOUND);
}

/* The one file of the image's directory whose name ends so. */
static void file_ending(const struct place *p, const char *end, char out[static 256])
{
	DIR *dir = opendir(p->image);
	const struct dirent *entry = NULL;

	assert_non_null(dir);
	for (out[0] = '\0'; (entry = readdir(dir)) != NULL;) {
		size_t len = strlen(entry->d_name), tail = strlen(end);

		if (len > tail && strcmp(entry->d_name + len - tail, end) == 0)
			(void)snprintf(out, 256, "%s/%.128s", p->image, entry->d_name);
	}
	(void)closedir(dir);
	assert_true(out[0] != '\0');
}

static void a_changed_byte_is_found(void **state)
{
	/* Of the superblock of the first commit, and of its root node, which lies last. */
	static const struct {
		off_t at;
		int whence;
	} places[] = { { 4096 + 511, SEEK_SET }, { -1, SEEK_END } };
	struct place *p = *state;
	char path[256];

	for (size_t i = 0; i < CC_COUNT(places); i++) {
		CC_AUTO_CLOSE int fd = -1;
		uint8_t last = 0;
		off_t at = 0;

		file_ending(p, ".data", path);
		assert_int_equal(chmod(path, 0600), 0);
		fd = open(path, O_RDWR);
		at = lseek(fd, places[i].at, places[i].whence);
		assert_int_equal(pread(fd, &last, 1, at), 1);
		last ^= 1;
		assert_int_equal(pwrite(fd, &last, 1, at), 1);
		is_refused(p, CC_E_TAMPERED);
		last ^= 1;
		assert_int_equal(pwrite(fd, &last, 1, at), 1);
	}
}

/* Hashes of what was agreed over a file that says something else: as a key holder could. */
static int fill_exchanged(struct cc_volume *volume, struct cc_err *err)
{
	CC_AUTO_BUF struct cc_buf item = { 0 };
	struct cc_volume_attr attr = { 0 };
	struct cc_vol_window window;
	struct cc_digest agreed = { 0 };
	struct cc_vol_key key = { .kind = CC_VOL_WINDOW };

	CC_TRY(sealed_file(volume, "hello", S_IFREG | 0644, cc_span_str("world"), err));
	CC_TRY(cc_vol_pages_seal(volume, 0, err));
	CC_TRY(cc_volume_resolve(volume, "/hello", &attr, err));
	key.object = attr.ino;
	CC_TRY(cc_vol_window_load(volume, &(struct cc_vol_place){ attr.ino, 0 }, &window, err));
	agreed = window.hash;
	CC_TRY(cc_volume_write(volume, attr.ino, 0, cc_span_str("worse"), err));
	CC_TRY(cc_vol_pages_seal(volume, 0, err));
	CC_TRY(cc_vol_window_load(volume, &(struct cc_vol_place){ attr.ino, 0 }, &window, err));
	window.hash = agreed;
	CC_TRY(cc_vol_window_add(&item, &window, err));
	return cc_vol_tree_put(volume, &key, cc_buf_span(&item), err);
}

static void a_file_exchanged_under_the_agreed_content_is_not_read(void **state)
{
	struct place *p = *state;
	CC_AUTO_IMAGE struct cc_image image = { 0 };
	struct cc_digest agreed = p->config.content;
	struct cc_volume_attr attr = { 0 };
	struct cc_err err = { 0 };
	uint8_t text[8] = { 0 };
	char dir[112], record[112];
	size_t got = 0;

	(void)snprintf(dir, sizeof(dir), "%s-exchanged", p->image);
	(void)snprintf(record, sizeof(record), "%s-exchanged", p->measured);
	cc_secret_free(CC_TAKE(p->config.key));
	assert_int_equal(sealed_make(dir, record, fill_exchanged, &p->config, &err), 0);
	p->config.content = agreed;
	assert_int_equal(cc_image_open(&p->config, dir, p->measured, &image, &err), 0);
	assert_int_equal(cc_volume_resolve(image.volume, "/hello", &attr, &err), 0);
	assert_int_equal(cc_volume_read(image.volume, attr.ino, 0, CC_MUT(text), &got, &err), -1);
	assert_int_equal(err.code, CC_E_TAMPERED);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_sealed_image_opens_and_reads),
		TEST(another_key_does_not_open_it),
		TEST(another_root_tag_is_another_state),
		TEST(content_that_the_policy_does_not_name_is_refused),
		TEST(another_salt_is_other_content),
		TEST(a_record_of_other_content_is_refused),
		TEST(a_changed_byte_is_found),
		TEST(a_file_exchanged_under_the_agreed_content_is_not_read),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
