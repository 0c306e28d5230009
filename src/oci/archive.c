/* SPDX-License-Identifier: Apache-2.0 */
#include "oci/archive.h"

#include <archive.h>
#include <archive_entry.h>
#include <errno.h>
#include <locale.h>

#include "base/str.h"

#define BLOCK (1024 * 1024) /* bytes that the sink gets at once */
#define RECORD 10240        /* of which a tar file is a multiple, by default (POSIX, pax -b) */

struct cc_archive {
	struct archive *tar;
	struct archive_entry *entry;
	cc_archive_sink *sink;
	void *ctx;
	locale_t utf8;
	uint64_t left;         /* bytes of the last entry */
	struct cc_err failure; /* of the sink: libarchive cannot carry it */
	bool failed;
};

void cc_archive_free(struct cc_archive *archive)
{
	if (archive == NULL)
		return;
	if (archive->tar != NULL) {
		/* Nothing more reaches the sink, which may be gone. */
		(void)archive_write_fail(archive->tar);
		(void)archive_write_free(archive->tar);
	}
	archive_entry_free(archive->entry);
	if (archive->utf8 != (locale_t)0)
		freelocale(archive->utf8);
	free(archive);
}

static int tar_failed(const struct cc_archive *archive, struct cc_err *err)
{
	const char *text = archive_error_string(archive->tar);

	if (archive->failed) {
		*err = archive->failure;
		return cc_wrap(err, "write the archive");
	}
	return cc_fail(err, CC_E_SYSTEM, "write the archive: %.200s",
		       text != NULL ? text : "failed");
}

static la_ssize_t give(struct archive *a, void *ctx, const void *at, size_t len)
{
	struct cc_archive *archive = ctx;

	if (archive->sink(archive->ctx, cc_span(at, len), &archive->failure) == 0)
		return (la_ssize_t)len;
	archive->failed = true;
	archive_set_error(a, EIO, "%s", archive->failure.text);
	return -1;
}

int cc_archive_new(cc_archive_sink *sink, void *ctx, struct cc_archive **out, struct cc_err *err)
{
	CC_AUTO_ARCHIVE struct cc_archive *archive = calloc(1, sizeof(*archive));

	if (archive == NULL)
		return cc_fail(err, CC_E_SYSTEM, "no memory for an archive");
	archive->sink = sink;
	archive->ctx = ctx;
	/* Names in pax headers are UTF-8: libarchive converts them from the locale's. */
	archive->utf8 = newlocale(LC_CTYPE_MASK, "C.UTF-8", (locale_t)0);
	archive->tar = archive_write_new();
	archive->entry = archive_entry_new();
	if (archive->utf8 == (locale_t)0 || archive->tar == NULL || archive->entry == NULL)
		return cc_fail(err, CC_E_SYSTEM, "no memory or no C.UTF-8 locale for an archive");
	if (archive_write_set_format_pax(archive->tar) != ARCHIVE_OK ||
	    archive_write_add_filter_none(archive->tar) != ARCHIVE_OK ||
	    /* Not also in a header of libarchive's own: GNU tar reads and writes this one. */
	    archive_write_set_options(archive->tar, "xattrheader=SCHILY") != ARCHIVE_OK ||
	    archive_write_set_bytes_per_block(archive->tar, BLOCK) != ARCHIVE_OK ||
	    archive_write_set_bytes_in_last_block(archive->tar, RECORD) != ARCHIVE_OK ||
	    archive_write_open(archive->tar, archive, NULL, give, NULL) != ARCHIVE_OK)
		return tar_failed(archive, err);
	*out = CC_TAKE(archive);
	return 0;
}

static void describe(struct archive_entry *out, const struct cc_archive_entry *entry)
{
	archive_entry_clear(out);
	archive_entry_set_pathname(out, entry->path);
	archive_entry_set_mode(out, entry->mode);
	archive_entry_set_uid(out, entry->uid);
	archive_entry_set_gid(out, entry->gid);
	archive_entry_set_rdevmajor(out, entry->rdev_major);
	archive_entry_set_rdevminor(out, entry->rdev_minor);
	archive_entry_set_mtime(out, entry->mtime, (long)entry->mtime_nsec);
	archive_entry_set_size(out, (la_int64_t)entry->size);
	if (entry->hard)
		archive_entry_set_hardlink(out, entry->target);
	else if (entry->target != NULL)
		archive_entry_set_symlink(out, entry->target);
}

static int add_xattrs(struct cc_archive *archive, const struct cc_archive_entry *entry,
		      struct cc_err *err)
{
	for (size_t i = 0; i < entry->xattr_count; i++) {
		CC_AUTO_FREE char *name = NULL;

		CC_TRY(cc_str_from(entry->xattrs[i].name, &name, err));
		archive_entry_xattr_add_entry(archive->entry, name, entry->xattrs[i].value.at,
					      entry->xattrs[i].value.len);
	}
	return 0;
}

int cc_archive_entry(struct cc_archive *archive, const struct cc_archive_entry *entry,
		     struct cc_err *err)
{
	locale_t saved = (locale_t)0;
	int result = ARCHIVE_OK;

	if (archive->left != 0)
		return cc_fail(err, CC_E_BUG, "'%.200s' follows an entry that lacks %llu bytes",
			       entry->path, (unsigned long long)archive->left);
	describe(archive->entry, entry);
	CC_TRY(add_xattrs(archive, entry, err));
	saved = uselocale(archive->utf8);
	result = archive_write_header(archive->tar, archive->entry);
	(void)uselocale(saved);
	/* It warns of a name that is not UTF-8, and writes it as the bytes that it is. */
	if (result != ARCHIVE_OK && result != ARCHIVE_WARN)
		return tar_failed(archive, err);
	archive->left = entry->size;
	return 0;
}

int cc_archive_data(struct cc_archive *archive, struct cc_span bytes, struct cc_err *err)
{
	if (bytes.len > archive->left)
		return cc_fail(err, CC_E_BUG, "an entry of the archive has more than it said");
	if (bytes.len > 0 &&
	    archive_write_data(archive->tar, bytes.at, bytes.len) != (la_ssize_t)bytes.len)
		return tar_failed(archive, err);
	archive->left -= bytes.len;
	return 0;
}

int cc_archive_end(struct cc_archive *archive, struct cc_err *err)
{
	if (archive->left != 0)
		return cc_fail(err, CC_E_BUG, "the archive ends before its last entry does");
	return archive_write_close(archive->tar) == ARCHIVE_OK ? 0 : tar_failed(archive, err);
}
