/* SPDX-License-Identifier: Apache-2.0 */
#include "oci/layout.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>

#include "base/str.h"
#include "codec/json.h"
#include "codec/text.h"

#define CHUNK ((size_t)256 * 1024)
#define BLOB_NAME_SIZE (sizeof("blobs/sha256/") + 64)

void cc_oci_place_clear(struct cc_oci_place *place)
{
	free(place->path);
	free(place->tag);
	*place = (struct cc_oci_place){ 0 };
}

int cc_oci_place_parse(const char *text, struct cc_oci_place *out, struct cc_err *err)
{
	CC_AUTO_OCI_PLACE struct cc_oci_place place = { 0 };
	const char *path = cc_str_starts(text, "oci:") ? text + 4 : text;
	const char *colon = strrchr(path, ':');
	size_t len = 0;

	if (colon != NULL && strchr(colon, '/') != NULL)
		colon = NULL; /* of a directory's name: a tag has no slash */
	len = colon != NULL ? (size_t)(colon - path) : strlen(path);
	if (len == 0 || (colon != NULL && colon[1] == '\0')) {
		cc_err_set(err, CC_E_ARG, "image '%.200s' is not of the form DIRECTORY[:TAG]",
			   text);
		return cc_hint(err, "name the directory of an OCI image layout");
	}
	CC_TRY(cc_str_from(cc_span(path, len), &place.path, err));
	if (colon != NULL)
		CC_TRY(cc_str_dup(colon + 1, &place.tag, err));
	*out = place;
	place = (struct cc_oci_place){ 0 };
	return 0;
}

void cc_oci_layout_close(struct cc_oci_layout *layout)
{
	cc_dir_close(&layout->dir);
	free(layout->path);
	layout->path = NULL;
}

static int check_version(const struct cc_oci_layout *layout, struct cc_err *err)
{
	CC_AUTO_JSON struct cc_json *json = NULL;
	CC_AUTO_BUF struct cc_buf text = { 0 };
	const char *version = NULL;

	CC_TRY(cc_dir_read(&layout->dir, "oci-layout", 4096, &text, err));
	CC_TRY(cc_json_parse(cc_buf_span(&text), 4096, &json, err));
	CC_TRY(cc_json_get_str(json, "imageLayoutVersion", &version, err));
	if (!cc_str_eq(version, "1.0.0"))
		return cc_fail(err, CC_E_UNSUPPORTED, "layout version '%.50s', only 1.0.0 is read",
			       version);
	return 0;
}

int cc_oci_layout_open(const char *path, struct cc_oci_layout *out, struct cc_err *err)
{
	CC_AUTO_OCI_LAYOUT struct cc_oci_layout layout = CC_OCI_LAYOUT_NONE;

	if (cc_dir_open(path, CC_DIR_OWN, &layout.dir, err) != 0)
		return cc_hint(err, "make one with: skopeo copy <image> oci:%.150s", path);
	CC_TRY(cc_str_dup(path, &layout.path, err));
	if (check_version(&layout, err) != 0) {
		if (err->code == CC_E_NOTFOUND)
			err->code = CC_E_ARG;
		cc_err_wrap(err, "'%s' is not an OCI image layout", path);
		return cc_hint(err, "make one with: skopeo copy <image> oci:<directory>");
	}
	*out = layout;
	layout = CC_OCI_LAYOUT_NONE;
	return 0;
}

static int hash_file(int fd, uint64_t size, struct cc_digest *out, struct cc_err *err)
{
	CC_AUTO_HASHER struct cc_hasher *hasher = NULL;
	CC_AUTO_FREE uint8_t *chunk = malloc(CHUNK);

	if (chunk == NULL)
		return cc_fail(err, CC_E_SYSTEM, "no memory to hash a blob");
	CC_TRY(cc_hasher_new(&hasher, err));
	for (uint64_t at = 0; at < size;) {
		size_t len = size - at < CHUNK ? (size_t)(size - at) : CHUNK;

		CC_TRY(cc_pread_all(fd, (struct cc_mut){ chunk, len }, at, err));
		CC_TRY(cc_hasher_add(hasher, cc_span(chunk, len), err));
		at += len;
	}
	return cc_hasher_done(hasher, out, err);
}

/* Size first: it is free, and bounds what is hashed. */
static int prove_blob(int fd, const struct cc_oci_descriptor *what, struct cc_err *err)
{
	struct cc_digest digest = { 0 };
	struct stat st = { 0 };

	if (fstat(fd, &st) != 0)
		return cc_fail_sys(err, errno, "stat");
	if (!S_ISREG(st.st_mode))
		return cc_fail(err, CC_E_TAMPERED, "is not a regular file");
	if ((uint64_t)st.st_size != what->size)
		return cc_fail(err, CC_E_TAMPERED, "has %llu bytes, its descriptor says %llu",
			       (unsigned long long)st.st_size, (unsigned long long)what->size);
	CC_TRY(hash_file(fd, what->size, &digest, err));
	if (!cc_digest_eq(&digest, &what->digest))
		return cc_fail(err, CC_E_TAMPERED, "its bytes do not have its digest");
	return 0;
}

int cc_oci_blob_open(const struct cc_oci_layout *layout, const struct cc_oci_descriptor *what,
		     int *out, struct cc_err *err)
{
	char name[BLOB_NAME_SIZE] = "blobs/sha256/", hex[CC_HEX_DIGEST];
	CC_AUTO_CLOSE int fd = -1;

	cc_hex_digest(&what->digest, hex);
	memcpy(name + strlen(name), hex, sizeof(hex));
	/* O_NONBLOCK: a planted fifo must not hang us. */
	if (cc_dir_openat(&layout->dir, name, O_RDONLY | O_NONBLOCK, 0, &fd, err) != 0) {
		cc_err_wrap(err, "image in '%s' lacks a blob", layout->path);
		return cc_hint(err, "copy the image again, the layout is incomplete");
	}
	if (prove_blob(fd, what, err) != 0)
		return cc_wrap(err, "blob sha256:%s in '%s'", hex, layout->path);
	*out = CC_TAKE_FD(fd);
	return 0;
}

int cc_oci_blob_read(const struct cc_oci_layout *layout, const struct cc_oci_descriptor *what,
		     struct cc_buf *out, struct cc_err *err)
{
	CC_AUTO_CLOSE int fd = -1;
	struct cc_mut room = { 0 };

	if (what->size > CC_OCI_DOCUMENT_MAX)
		return cc_fail(err, CC_E_TOOBIG, "document of %llu bytes, at most %zu are read",
			       (unsigned long long)what->size, CC_OCI_DOCUMENT_MAX);
	CC_TRY(cc_oci_blob_open(layout, what, &fd, err));
	CC_TRY(cc_buf_extend(out, (size_t)what->size, &room, err));
	return cc_pread_all(fd, room, 0, err);
}

void cc_oci_image_clear(struct cc_oci_image *image)
{
	cc_oci_descriptor_clear(&image->descriptor);
	cc_oci_manifest_clear(&image->manifest);
	cc_oci_config_clear(&image->config);
}

static bool is_image(const struct cc_oci_descriptor *d)
{
	return (d->media == CC_OCI_MANIFEST || d->media == CC_OCI_INDEX) && d->artifact == NULL;
}

/* Exactly one may fit: two images under one tag are two answers to one question. */
static int choose_by_tag(const struct cc_oci_index *index, const char *tag,
			 const struct cc_oci_descriptor **out, struct cc_err *err)
{
	const struct cc_oci_descriptor *found = NULL;
	size_t count = 0;

	for (size_t i = 0; i < index->count; i++) {
		const struct cc_oci_descriptor *d = &index->at[i];

		if (tag != NULL ? d->ref == NULL || !cc_str_eq(d->ref, tag) : !is_image(d))
			continue;
		found = d;
		count++;
	}
	if (count == 1) {
		*out = found;
		return 0;
	}
	if (tag == NULL) {
		cc_err_set(err, CC_E_ARG, "layout has %zu images", count);
		return cc_hint(err, "name one by its tag: DIRECTORY:TAG");
	}
	if (count == 0)
		return cc_fail(err, CC_E_NOTFOUND, "layout has no image with the tag '%.200s'",
			       tag);
	return cc_fail(err, CC_E_ARG, "layout has %zu images with the tag '%.200s'", count, tag);
}

static int choose_by_platform(const struct cc_oci_index *index,
			      const struct cc_oci_descriptor **out, struct cc_err *err)
{
	for (size_t i = 0; i < index->count; i++) {
		const struct cc_oci_descriptor *d = &index->at[i];

		if (d->media != CC_OCI_MANIFEST || d->os == NULL || d->architecture == NULL ||
		    !cc_str_eq(d->os, "linux") || !cc_str_eq(d->architecture, "amd64"))
			continue;
		*out = d;
		return 0;
	}
	return cc_fail(err, CC_E_NOTFOUND, "image is not there for linux/amd64");
}

static int read_nested(const struct cc_oci_layout *layout, const struct cc_oci_descriptor *what,
		       struct cc_oci_index *out, struct cc_err *err)
{
	CC_AUTO_BUF struct cc_buf text = { 0 };

	CC_TRY(cc_oci_blob_read(layout, what, &text, err));
	return cc_oci_index_parse(cc_buf_span(&text), out, err);
}

static int read_image(const struct cc_oci_layout *layout, const struct cc_oci_descriptor *what,
		      struct cc_oci_image *out, struct cc_err *err)
{
	CC_AUTO_BUF struct cc_buf manifest = { 0 }, config = { 0 };

	if (what->media != CC_OCI_MANIFEST)
		return cc_fail(err, CC_E_UNSUPPORTED, "media type '%.100s' is not an OCI image",
			       what->type);
	CC_TRY(cc_oci_blob_read(layout, what, &manifest, err));
	CC_TRY(cc_oci_manifest_parse(cc_buf_span(&manifest), &out->manifest, err));
	CC_TRY(cc_oci_blob_read(layout, &out->manifest.config, &config, err));
	CC_TRY(cc_oci_config_parse(cc_buf_span(&config), &out->config, err));
	if (out->config.diff_id_count != out->manifest.count)
		return cc_fail(err, CC_E_ARG, "config has %zu layers, manifest %zu",
			       out->config.diff_id_count, out->manifest.count);
	out->descriptor.media = what->media;
	out->descriptor.digest = what->digest;
	out->descriptor.size = what->size;
	if (what->ref != NULL)
		CC_TRY(cc_str_dup(what->ref, &out->descriptor.ref, err));
	return cc_str_dup(what->type, &out->descriptor.type, err);
}

static int find_image(const struct cc_oci_layout *layout, const char *tag, struct cc_oci_image *out,
		      struct cc_err *err)
{
	CC_AUTO_OCI_INDEX struct cc_oci_index index = { 0 }, nested = { 0 };
	CC_AUTO_BUF struct cc_buf text = { 0 };
	const struct cc_oci_descriptor *what = NULL;

	CC_TRY(cc_dir_read(&layout->dir, "index.json", CC_OCI_DOCUMENT_MAX, &text, err));
	CC_TRY(cc_oci_index_parse(cc_buf_span(&text), &index, err));
	CC_TRY(choose_by_tag(&index, tag, &what, err));
	if (what->media == CC_OCI_INDEX) {
		CC_TRY(read_nested(layout, what, &nested, err));
		CC_TRY(choose_by_platform(&nested, &what, err));
	}
	return read_image(layout, what, out, err);
}

int cc_oci_image_find(const struct cc_oci_layout *layout, const char *tag, struct cc_oci_image *out,
		      struct cc_err *err)
{
	CC_AUTO_OCI_IMAGE struct cc_oci_image image = { 0 };

	if (find_image(layout, tag, &image, err) != 0)
		return cc_wrap(err, "image in '%s'", layout->path);
	*out = image;
	image = (struct cc_oci_image){ 0 };
	return 0;
}
