/* SPDX-License-Identifier: Apache-2.0 */
#include "oci/writer-internal.h"

#include <archive.h>
#include <archive_entry.h>
#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>

#include "codec/text.h"

#define LAYER_NAME "blobs/sha256/.layer"
#define CHUNK ((size_t)256 * 1024)

static void entry_auto(struct archive_entry **entry)
{
	archive_entry_free(*entry);
}

static int tar_failed(struct cc_oci_writer *writer, const char *what, struct cc_err *err)
{
	const char *text = archive_error_string(writer->tar);

	if (writer->failed) {
		*err = writer->failure;
		return cc_wrap(err, "%s", what);
	}
	return cc_fail(err, CC_E_SYSTEM, "%s: %.200s", what, text != NULL ? text : "failed");
}

static la_ssize_t take(struct archive *a, void *ctx, const void *at, size_t len)
{
	struct cc_oci_writer *writer = ctx;

	if (cc_write_all(writer->fd, cc_span(at, len), &writer->failure) != 0 ||
	    cc_hasher_add(writer->hasher, cc_span(at, len), &writer->failure) != 0) {
		writer->failed = true;
		archive_set_error(a, EIO, "%s", writer->failure.text);
		return -1;
	}
	writer->written += len;
	return (la_ssize_t)len;
}

int cc_oci_writer_layer(struct cc_oci_writer *writer, struct cc_err *err)
{
	if (writer->tar != NULL || writer->count == CC_OCI_LAYERS_MAX)
		return cc_fail(err, CC_E_BUG, "layer begun inside a layer, or too many");
	CC_TRY(cc_dir_openat(&writer->dir, LAYER_NAME, O_WRONLY | O_CREAT | O_EXCL, 0644,
			     &writer->fd, err));
	CC_TRY(cc_hasher_new(&writer->hasher, err));
	writer->written = 0;
	writer->last[0] = '\0';
	writer->tar = archive_write_new();
	if (writer->tar == NULL)
		return cc_fail(err, CC_E_SYSTEM, "no memory for a layer");
	if (archive_write_set_format_pax_restricted(writer->tar) != ARCHIVE_OK ||
	    archive_write_add_filter_none(writer->tar) != ARCHIVE_OK ||
	    archive_write_set_bytes_in_last_block(writer->tar, 1) != ARCHIVE_OK ||
	    archive_write_open(writer->tar, writer, NULL, take, NULL) != ARCHIVE_OK)
		return tar_failed(writer, "begin layer", err);
	return 0;
}

static int write_header(struct cc_oci_writer *writer, const char *path, uint32_t mode,
			uint64_t size, struct cc_err *err)
{
	CC_CLEANUP(entry_auto) struct archive_entry *entry = NULL;

	if (writer->tar == NULL || strlen(path) >= sizeof(writer->last) ||
	    strcmp(path, writer->last) <= 0)
		return cc_fail(err, CC_E_BUG, "'%.200s' is out of order in its layer", path);
	memcpy(writer->last, path, strlen(path) + 1);
	entry = archive_entry_new();
	if (entry == NULL)
		return cc_fail(err, CC_E_SYSTEM, "no memory for an entry");
	archive_entry_set_pathname(entry, path);
	archive_entry_set_mode(entry, mode);
	archive_entry_set_size(entry, (la_int64_t)size);
	archive_entry_set_mtime(entry, 0, 0);
	if (archive_write_header(writer->tar, entry) != ARCHIVE_OK)
		return tar_failed(writer, "write to a layer", err);
	return 0;
}

int cc_oci_writer_dir(struct cc_oci_writer *writer, const char *path, uint32_t mode,
		      struct cc_err *err)
{
	return write_header(writer, path, S_IFDIR | mode, 0, err);
}

static int write_data(struct cc_oci_writer *writer, struct cc_span bytes, struct cc_err *err)
{
	if (bytes.len > 0 &&
	    archive_write_data(writer->tar, bytes.at, bytes.len) != (la_ssize_t)bytes.len)
		return tar_failed(writer, "write to a layer", err);
	return 0;
}

int cc_oci_writer_file(struct cc_oci_writer *writer, const char *path, uint32_t mode,
		       struct cc_span bytes, struct cc_err *err)
{
	CC_TRY(write_header(writer, path, S_IFREG | mode, bytes.len, err));
	return write_data(writer, bytes, err);
}

static int copy_content(struct cc_oci_writer *writer, int fd, uint64_t size,
			struct cc_hasher *hasher, struct cc_err *err)
{
	CC_AUTO_FREE uint8_t *chunk = malloc(CHUNK);

	if (chunk == NULL)
		return cc_fail(err, CC_E_SYSTEM, "no memory to copy a file");
	for (uint64_t at = 0; at < size;) {
		size_t len = size - at < CHUNK ? (size_t)(size - at) : CHUNK;

		CC_TRY(cc_pread_all(fd, (struct cc_mut){ chunk, len }, at, err));
		CC_TRY(cc_hasher_add(hasher, cc_span(chunk, len), err));
		CC_TRY(write_data(writer, cc_span(chunk, len), err));
		at += len;
	}
	return 0;
}

int cc_oci_writer_file_from(struct cc_oci_writer *writer, const char *path, uint32_t mode, int fd,
			    struct cc_digest *digest, struct cc_err *err)
{
	CC_AUTO_HASHER struct cc_hasher *hasher = NULL;
	struct cc_digest got = { 0 };
	struct stat st = { 0 };

	if (fstat(fd, &st) != 0)
		return cc_fail_sys(err, errno, "stat '%s'", path);
	if (!S_ISREG(st.st_mode))
		return cc_fail(err, CC_E_ARG, "'%s' is not a regular file", path);
	CC_TRY(cc_hasher_new(&hasher, err));
	CC_TRY(write_header(writer, path, S_IFREG | mode, (uint64_t)st.st_size, err));
	CC_TRY(copy_content(writer, fd, (uint64_t)st.st_size, hasher, err));
	CC_TRY(cc_hasher_done(hasher, &got, err));
	if (digest != NULL)
		*digest = got;
	return 0;
}

int cc_oci_writer_layer_end(struct cc_oci_writer *writer, struct cc_err *err)
{
	char name[sizeof("blobs/sha256/") + 64] = "blobs/sha256/", hex[CC_HEX_DIGEST];
	struct cc_digest *digest = &writer->layers[writer->count].digest;

	if (writer->tar == NULL)
		return cc_fail(err, CC_E_BUG, "no layer was begun");
	if (archive_write_close(writer->tar) != ARCHIVE_OK)
		return tar_failed(writer, "end a layer", err);
	(void)archive_write_free(writer->tar);
	writer->tar = NULL;
	CC_TRY(cc_hasher_done(writer->hasher, digest, err));
	cc_hasher_free(writer->hasher);
	writer->hasher = NULL;
	CC_TRY(cc_fsync(writer->fd, "layer", err));
	cc_auto_close(&writer->fd);
	writer->fd = -1;
	cc_hex_digest(digest, hex);
	memcpy(name + strlen(name), hex, sizeof(hex));
	if (renameat(writer->dir.fd, LAYER_NAME, writer->dir.fd, name) != 0)
		return cc_fail_sys(err, errno, "rename to '%s'", name);
	writer->layers[writer->count++].size = writer->written;
	return 0;
}
