/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/oci/fixture.h"

#include <fcntl.h>
#include <ftw.h>
#include <sys/stat.h>
#include <zlib.h>
#include <zstd.h>

#include "codec/text.h"
#include "crypto/init.h"

static struct cc_err err;

int fixture_set_up(void **state)
{
	struct fixture *f = calloc(1, sizeof(*f));

	if (f == NULL || cc_crypto_init(&err) != 0)
		return -1;
	(void)snprintf(f->path, sizeof(f->path), "/tmp/concordat-oci-XXXXXX");
	if (mkdtemp(f->path) == NULL)
		return -1;
	(void)snprintf(f->layout, sizeof(f->layout), "%s/layout", f->path);
	*state = f;
	return cc_dir_open(f->path, CC_DIR_OWN, &f->dir, &err);
}

int fixture_tear_down(void **state)
{
	struct fixture *f = *state;
	CC_AUTO_DIR struct cc_dir top = CC_DIR_NONE;

	for (size_t i = 0; i < f->count; i++)
		cc_buf_clear(&f->layers[i].blob);
	cc_dir_close(&f->dir);
	if (cc_dir_open("/tmp", CC_DIR_OWN, &top, &err) != 0 ||
	    cc_dir_remove_tree(&top, f->path + strlen("/tmp/"), &err) != 0)
		return -1;
	free(f);
	return 0;
}

static void put_octal(uint8_t *at, size_t len, uint64_t value)
{
	char text[32];

	(void)snprintf(text, sizeof(text), "%0*llo", (int)len - 1, (unsigned long long)value);
	memcpy(at, text, len - 1);
}

void tar_add(struct cc_buf *tar, const struct item *item, struct cc_span content)
{
	bool is_link = item->type == '1' || item->type == '2';
	unsigned int mode = item->mode != 0 ? item->mode : item->type == '5' ? 0755 : 0644;
	uint8_t h[512] = { 0 };
	unsigned int sum = 0;
	struct cc_mut room = { 0 };
	static const uint8_t zeroes[512];

	assert_true(strlen(item->name) <= 100);
	memcpy(h, item->name, strlen(item->name));
	put_octal(h + 100, 8, mode);
	put_octal(h + 108, 8, 0);
	put_octal(h + 116, 8, 0);
	put_octal(h + 124, 12, item->type == '0' || item->type == 'x' ? content.len : 0);
	put_octal(h + 136, 12, 1000000000);
	h[156] = (uint8_t)item->type;
	if (is_link)
		memcpy(h + 157, item->text, strlen(item->text));
	memcpy(h + 257, "ustar\00000", 8);
	memset(h + 148, ' ', 8);
	for (size_t i = 0; i < sizeof(h); i++)
		sum += h[i];
	put_octal(h + 148, 7, sum);
	assert_int_equal(cc_buf_add(tar, CC_SPAN(h), &err), 0);
	if (item->type != '0' && item->type != 'x')
		return;
	assert_int_equal(cc_buf_extend(tar, content.len, &room, &err), 0);
	if (content.len > 0)
		memcpy(room.at, content.at, content.len);
	if (content.len % 512 != 0)
		assert_int_equal(cc_buf_add(tar, cc_span(zeroes, 512 - content.len % 512), &err),
				 0);
}

void tar_add_items(struct cc_buf *tar, const struct item *items)
{
	for (; items->name != NULL; items++)
		tar_add(tar, items,
			items->text != NULL ? cc_span_str(items->text) : cc_span(NULL, 0));
}

void tar_end(struct cc_buf *tar)
{
	static const uint8_t zeroes[1024];

	assert_int_equal(cc_buf_add(tar, CC_SPAN(zeroes), &err), 0);
}

void gzip(struct cc_span bytes, struct cc_buf *out)
{
	z_stream z = { 0 };
	struct cc_mut room = { 0 };

	assert_int_equal(deflateInit2(&z, 6, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY), Z_OK);
	assert_int_equal(cc_buf_extend(out, deflateBound(&z, bytes.len), &room, &err), 0);
	z.next_in = (Bytef *)(uintptr_t)bytes.at;
	z.avail_in = (uInt)bytes.len;
	z.next_out = room.at;
	z.avail_out = (uInt)room.len;
	assert_int_equal(deflate(&z, Z_FINISH), Z_STREAM_END);
	out->len = z.total_out;
	(void)deflateEnd(&z);
}

void zstd(struct cc_span bytes, struct cc_buf *out)
{
	struct cc_mut room = { 0 };
	size_t len = 0;

	assert_int_equal(cc_buf_extend(out, ZSTD_compressBound(bytes.len), &room, &err), 0);
	len = ZSTD_compress(room.at, room.len, bytes.at, bytes.len, 3);
	assert_false(ZSTD_isError(len));
	out->len = len;
}

void fixture_add_tar(struct fixture *f, struct cc_buf *tar, enum cc_oci_media media)
{
	struct fixture_layer *layer = &f->layers[f->count++];

	assert_true(f->count <= FIXTURE_LAYERS);
	layer->media = media;
	assert_int_equal(cc_sha256(cc_buf_span(tar), &layer->diff_id, &err), 0);
	if (media == CC_OCI_LAYER_GZIP)
		gzip(cc_buf_span(tar), &layer->blob);
	else if (media == CC_OCI_LAYER_ZSTD)
		zstd(cc_buf_span(tar), &layer->blob);
	else
		assert_int_equal(cc_buf_add(&layer->blob, cc_buf_span(tar), &err), 0);
	cc_buf_clear(tar);
}

void fixture_add(struct fixture *f, enum cc_oci_media media, const struct item *items)
{
	struct cc_buf tar = { 0 };

	tar_add_items(&tar, items);
	tar_end(&tar);
	fixture_add_tar(f, &tar, media);
}

void fixture_blob(struct fixture *f, struct cc_span bytes, struct cc_digest *digest)
{
	char hex[CC_HEX_DIGEST], name[128];

	assert_int_equal(cc_sha256(bytes, digest, &err), 0);
	cc_hex_digest(digest, hex);
	(void)snprintf(name, sizeof(name), "layout/blobs/sha256/%s", hex);
	assert_int_equal(cc_dir_write(&f->dir, name, 0644, bytes, &err), 0);
}

static void add_descriptor(struct cc_buf *json, const char *type, const struct cc_digest *d,
			   size_t size, const char *more)
{
	char hex[CC_HEX_DIGEST];

	cc_hex_digest(d, hex);
	assert_int_equal(
		cc_buf_addf(json, &err,
			    "{\"mediaType\":\"%s\",\"digest\":\"sha256:%s\",\"size\":%zu%s}", type,
			    hex, size, more),
		0);
}

static void write_config(struct fixture *f, size_t *size)
{
	CC_AUTO_BUF struct cc_buf json = { 0 };
	char hex[CC_HEX_DIGEST];

	assert_int_equal(cc_buf_addf(&json, &err,
				     "{\"os\":\"linux\",\"architecture\":\"amd64\",\"config\":%s,"
				     "\"rootfs\":{\"type\":\"layers\",\"diff_ids\":[",
				     f->process != NULL ? f->process : "{}"),
			 0);
	for (size_t i = 0; i + f->diff_ids_missing < f->count; i++) {
		cc_hex_digest(&f->layers[i].diff_id, hex);
		assert_int_equal(cc_buf_addf(&json, &err, "%s\"sha256:%s\"", i > 0 ? "," : "", hex),
				 0);
	}
	assert_int_equal(cc_buf_add_str(&json, "]}}", &err), 0);
	fixture_blob(f, cc_buf_span(&json), &f->config);
	*size = json.len;
}

static void write_manifest(struct fixture *f, size_t config_size, size_t *size)
{
	CC_AUTO_BUF struct cc_buf json = { 0 };

	assert_int_equal(cc_buf_add_str(&json, "{\"schemaVersion\":2,\"config\":", &err), 0);
	add_descriptor(&json, cc_oci_media_name(CC_OCI_CONFIG), &f->config, config_size, "");
	assert_int_equal(cc_buf_add_str(&json, ",\"layers\":[", &err), 0);
	for (size_t i = 0; i < f->count; i++) {
		struct cc_digest digest = { 0 };

		if (i > 0)
			assert_int_equal(cc_buf_add_u8(&json, ',', &err), 0);
		fixture_blob(f, cc_buf_span(&f->layers[i].blob), &digest);
		add_descriptor(&json, cc_oci_media_name(f->layers[i].media), &digest,
			       f->layers[i].blob.len, "");
	}
	assert_int_equal(cc_buf_add_str(&json, "]}", &err), 0);
	fixture_blob(f, cc_buf_span(&json), &f->manifest);
	*size = json.len;
}

void fixture_write(struct fixture *f)
{
	CC_AUTO_BUF struct cc_buf json = { 0 };
	size_t config_size = 0, size = 0;

	assert_int_equal(cc_dir_remove_tree(&f->dir, "layout", &err), 0);
	assert_int_equal(cc_dir_mkdir(&f->dir, "layout", 0755, &err), 0);
	assert_int_equal(cc_dir_mkdir(&f->dir, "layout/blobs", 0755, &err), 0);
	assert_int_equal(cc_dir_mkdir(&f->dir, "layout/blobs/sha256", 0755, &err), 0);
	assert_int_equal(cc_dir_write(&f->dir, "layout/oci-layout", 0644,
				      cc_span_str("{\"imageLayoutVersion\": \"1.0.0\"}"), &err),
			 0);
	write_config(f, &config_size);
	write_manifest(f, config_size, &size);
	assert_int_equal(cc_buf_add_str(&json, "{\"schemaVersion\":2,\"manifests\":[", &err), 0);
	add_descriptor(&json, cc_oci_media_name(CC_OCI_MANIFEST), &f->manifest, size,
		       ",\"annotations\":{\"org.opencontainers.image.ref.name\":\"1\"}");
	assert_int_equal(cc_buf_add_str(&json, "]}", &err), 0);
	assert_int_equal(cc_dir_write(&f->dir, "layout/index.json", 0644, cc_buf_span(&json), &err),
			 0);
	for (size_t i = 0; i < f->count; i++)
		cc_buf_clear(&f->layers[i].blob);
	f->count = 0;
}

int fixture_tree(struct fixture *f, struct cc_oci_tree **out, struct cc_err *error)
{
	CC_AUTO_OCI_LAYOUT struct cc_oci_layout layout = CC_OCI_LAYOUT_NONE;
	CC_AUTO_OCI_IMAGE struct cc_oci_image image = { 0 };
	struct cc_oci_limits limits = { 0 };
	struct cc_oci_progress silent = { 0 };

	CC_TRY(cc_oci_layout_open(f->layout, &layout, error));
	CC_TRY(cc_oci_image_find(&layout, NULL, &image, error));
	return cc_oci_image_tree(&layout, &image, &limits, &silent, out, error);
}

static const char *needle;
static bool found;

static int look(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
	CC_AUTO_BUF struct cc_buf bytes = { 0 };

	(void)st;
	(void)ftw;
	if (type == FTW_F && cc_file_read(path, CC_BUF_MAX, &bytes, &err) == 0 &&
	    memmem(bytes.at, bytes.len, needle, strlen(needle)) != NULL)
		found = true;
	return 0;
}

bool tree_on_disk_has(const char *path, const char *text)
{
	needle = text;
	found = false;
	assert_int_equal(nftw(path, look, 16, FTW_PHYS), 0);
	return found;
}
