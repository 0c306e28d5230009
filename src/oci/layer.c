/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Two readers of libarchive, one behind the other: the first undoes the
 * compression and knows no format, the second reads tar and knows no
 * compression. Between them every byte is counted and hashed, so that neither
 * a bomb nor a stream that is not what the config named gets through, and
 * libarchive's guessing (a layer that is a zip, a gzip in a gzip) has no room.
 */
#include "oci/layer.h"

#include <archive.h>
#include <archive_entry.h>
#include <errno.h>
#include <locale.h>

#include "base/fd.h"
#include "oci/limits-internal.h"

#define CHUNK ((size_t)256 * 1024)
#define RATIO_FREE ((uint64_t)64 * 1024 * 1024)

struct cc_oci_layer {
	struct cc_oci_layer_source source;
	struct archive *outer; /* decompression; NULL: there is none */
	struct archive *inner; /* tar */
	struct cc_hasher *blob_hash, *diff_hash;
	uint8_t *chunk;   /* compressed bytes for the outer reader */
	uint8_t *plain;   /* uncompressed bytes for the inner one */
	uint64_t in, out; /* bytes so far */
	uint64_t data_at; /* of the current file */
	uint64_t data_size;
	uint64_t ordinal;
	locale_t utf8;
	struct cc_err failure; /* of a callback: libarchive cannot carry it */
	bool failed, done;
	struct cc_buf name, target;
	struct cc_oci_xattr xattrs[CC_OCI_XATTRS_MAX];
};

void cc_oci_layer_free(struct cc_oci_layer *layer)
{
	if (layer == NULL)
		return;
	if (layer->inner != NULL)
		(void)archive_read_free(layer->inner);
	if (layer->outer != NULL)
		(void)archive_read_free(layer->outer);
	cc_hasher_free(layer->blob_hash);
	cc_hasher_free(layer->diff_hash);
	if (layer->utf8 != (locale_t)0)
		freelocale(layer->utf8);
	cc_buf_clear(&layer->name);
	cc_buf_clear(&layer->target);
	free(layer->chunk);
	free(layer->plain);
	free(layer);
}

uint64_t cc_oci_layer_bytes(const struct cc_oci_layer *layer)
{
	return layer->out;
}

uint64_t cc_oci_layer_entries(const struct cc_oci_layer *layer)
{
	return layer->ordinal;
}

uint64_t cc_oci_layer_read_bytes(const struct cc_oci_layer *layer)
{
	return layer->in;
}

/* What a callback could not tell libarchive, or else what libarchive says. */
static int archive_failed(struct cc_oci_layer *layer, struct archive *a, const char *what,
			  struct cc_err *err)
{
	const char *text = archive_error_string(a);

	if (layer->failed) {
		*err = layer->failure;
		return cc_wrap(err, "%s", what);
	}
	return cc_fail(err, CC_E_ARG, "%s: %.300s", what, text != NULL ? text : "malformed");
}

static int callback_failed(struct cc_oci_layer *layer, struct archive *a)
{
	layer->failed = true;
	archive_set_error(a, EIO, "%s", layer->failure.text);
	return ARCHIVE_FATAL;
}

/* The next compressed bytes of the blob, hashed. */
static int read_blob(struct cc_oci_layer *layer, size_t *len, struct cc_err *err)
{
	uint64_t left = layer->source.size - layer->in;

	*len = left < CHUNK ? (size_t)left : CHUNK;
	CC_TRY(cc_pread_all(layer->source.fd, (struct cc_mut){ layer->chunk, *len }, layer->in,
			    err));
	CC_TRY(cc_hasher_add(layer->blob_hash, cc_span(layer->chunk, *len), err));
	layer->in += *len;
	return 0;
}

static la_ssize_t give_blob(struct archive *a, void *ctx, const void **out)
{
	struct cc_oci_layer *layer = ctx;
	size_t len = 0;

	if (read_blob(layer, &len, &layer->failure) != 0)
		return callback_failed(layer, a);
	*out = layer->chunk;
	return (la_ssize_t)len;
}

static int check_limits(const struct cc_oci_layer *layer, struct cc_err *err)
{
	const struct cc_oci_limits *limits = &layer->source.limits;

	if (layer->out > limits->bytes)
		return cc_fail(err, CC_E_TOOBIG, "layers have more than %llu bytes uncompressed",
			       (unsigned long long)limits->bytes);
	if (layer->out > RATIO_FREE && layer->out / limits->ratio > layer->in)
		return cc_fail(err, CC_E_TOOBIG,
			       "a decompression bomb: %llu bytes came out of %llu",
			       (unsigned long long)layer->out, (unsigned long long)layer->in);
	return 0;
}

static int read_plain(struct cc_oci_layer *layer, size_t *len, struct cc_err *err)
{
	la_ssize_t got = 0;

	if (layer->outer == NULL) {
		CC_TRY(read_blob(layer, len, err));
		memcpy(layer->plain, layer->chunk, *len);
	} else {
		got = archive_read_data(layer->outer, layer->plain, CHUNK);
		if (got < 0)
			return archive_failed(layer, layer->outer, "decompress", err);
		*len = (size_t)got;
	}
	CC_TRY(cc_hasher_add(layer->diff_hash, cc_span(layer->plain, *len), err));
	layer->out += *len;
	return check_limits(layer, err);
}

static la_ssize_t give_plain(struct archive *a, void *ctx, const void **out)
{
	struct cc_oci_layer *layer = ctx;
	size_t len = 0;

	if (read_plain(layer, &len, &layer->failure) != 0)
		return callback_failed(layer, a);
	*out = layer->plain;
	return (la_ssize_t)len;
}

static int open_outer(struct cc_oci_layer *layer, struct cc_err *err)
{
	bool gzip = layer->source.media == CC_OCI_LAYER_GZIP;
	struct archive_entry *entry = NULL;

	layer->outer = archive_read_new();
	if (layer->outer == NULL)
		return cc_fail(err, CC_E_SYSTEM, "no memory for a reader");
	if ((gzip ? archive_read_support_filter_gzip(layer->outer)
		  : archive_read_support_filter_zstd(layer->outer)) != ARCHIVE_OK ||
	    archive_read_support_format_raw(layer->outer) != ARCHIVE_OK ||
	    archive_read_open(layer->outer, layer, NULL, give_blob, NULL) != ARCHIVE_OK ||
	    archive_read_next_header(layer->outer, &entry) != ARCHIVE_OK)
		return archive_failed(layer, layer->outer, "decompress", err);
	/*
	 * Without a magic number libarchive hands the bytes through as they are; with
	 * one behind the first it unwraps again. One filter, and the source behind it.
	 */
	if (archive_filter_count(layer->outer) != 2)
		return cc_fail(err, CC_E_ARG, "is not compressed as its media type '%s' says",
			       cc_oci_media_name(layer->source.media));
	return 0;
}

static int open_inner(struct cc_oci_layer *layer, struct cc_err *err)
{
	layer->inner = archive_read_new();
	if (layer->inner == NULL)
		return cc_fail(err, CC_E_SYSTEM, "no memory for a reader");
	if (archive_read_support_format_tar(layer->inner) != ARCHIVE_OK ||
	    archive_read_open(layer->inner, layer, NULL, give_plain, NULL) != ARCHIVE_OK)
		return archive_failed(layer, layer->inner, "read tar", err);
	return 0;
}

void cc_oci_limits_fill(struct cc_oci_limits *limits)
{
	limits->entries = limits->entries != 0 ? limits->entries : 10000000;
	limits->bytes = limits->bytes != 0 ? limits->bytes : (uint64_t)64 << 30;
	limits->ratio = limits->ratio != 0 ? limits->ratio : 250;
}

enum cc_oci_media cc_oci_layer_guess(struct cc_span head)
{
	/* RFC 1952, 2.3.1; RFC 8878, 3.1.1 */
	if (head.len >= 2 && head.at[0] == 0x1f && head.at[1] == 0x8b)
		return CC_OCI_LAYER_GZIP;
	if (head.len >= 4 && memcmp(head.at, "\x28\xb5\x2f\xfd", 4) == 0)
		return CC_OCI_LAYER_ZSTD;
	return CC_OCI_LAYER_TAR;
}

int cc_oci_layer_open(const struct cc_oci_layer_source *source, struct cc_oci_layer **out,
		      struct cc_err *err)
{
	CC_AUTO_OCI_LAYER struct cc_oci_layer *layer = calloc(1, sizeof(*layer));

	if (layer == NULL)
		return cc_fail(err, CC_E_SYSTEM, "no memory for a layer");
	layer->source = *source;
	cc_oci_limits_fill(&layer->source.limits);
	layer->chunk = malloc(CHUNK);
	layer->plain = malloc(CHUNK);
	/* Names in pax headers are UTF-8: libarchive converts them to the locale's. */
	layer->utf8 = newlocale(LC_CTYPE_MASK, "C.UTF-8", (locale_t)0);
	if (layer->chunk == NULL || layer->plain == NULL || layer->utf8 == (locale_t)0)
		return cc_fail(err, CC_E_SYSTEM, "no memory or no C.UTF-8 locale for a layer");
	CC_TRY(cc_hasher_new(&layer->blob_hash, err));
	CC_TRY(cc_hasher_new(&layer->diff_hash, err));
	if (source->media != CC_OCI_LAYER_TAR)
		CC_TRY(open_outer(layer, err));
	CC_TRY(open_inner(layer, err));
	*out = CC_TAKE(layer);
	return 0;
}

/* Everything behind the last entry, then the two digests. */
static int finish(struct cc_oci_layer *layer, struct cc_err *err)
{
	struct cc_digest blob = { 0 }, diff = { 0 };
	size_t len = 1;

	while (len > 0)
		CC_TRY(read_plain(layer, &len, err));
	if (layer->in != layer->source.size)
		return cc_fail(err, CC_E_ARG, "%llu bytes lie behind the compressed stream",
			       (unsigned long long)(layer->source.size - layer->in));
	CC_TRY(cc_hasher_done(layer->blob_hash, &blob, err));
	CC_TRY(cc_hasher_done(layer->diff_hash, &diff, err));
	layer->done = true;
	if (layer->source.plain)
		return 0;
	if (!cc_digest_eq(&blob, &layer->source.digest))
		return cc_fail(err, CC_E_TAMPERED, "the blob changed while it was read");
	if (!cc_digest_eq(&diff, &layer->source.diff_id))
		return cc_fail(err, CC_E_TAMPERED,
			       "the uncompressed bytes do not have the diff id of the config");
	return 0;
}

/* The rest of a name behind ".wh.", and what it means (image-spec, layer.md). */
static int read_whiteout(struct cc_oci_entry *e, struct cc_buf *name, struct cc_err *err)
{
	char *text = (char *)name->at;
	char *slash = strrchr(text, '/');
	char *last = slash != NULL ? slash + 1 : text;
	size_t len = 0;

	if (strncmp(last, ".wh.", 4) != 0)
		return 0;
	if (e->kind != CC_OCI_FILE || e->size != 0)
		return cc_fail(err, CC_E_ARG, "whiteout '%.200s' is not an empty file", text);
	if (strcmp(last, ".wh..wh..opq") == 0) {
		*(slash != NULL ? slash : text) = '\0';
		e->kind = CC_OCI_OPAQUE;
		return 0;
	}
	if (strncmp(last + 4, ".wh.", 4) == 0)
		return cc_fail(err, CC_E_UNSUPPORTED, "'%.200s' is of aufs, not of OCI", text);
	len = strlen(last + 4);
	if (len == 0 || strcmp(last + 4, ".") == 0 || strcmp(last + 4, "..") == 0)
		return cc_fail(err, CC_E_ARG, "whiteout '%.200s' names nothing", text);
	memmove(last, last + 4, len + 1);
	e->kind = CC_OCI_WHITEOUT;
	return 0;
}

static bool keep_xattr(const char *name)
{
	return strncmp(name, "user.", 5) == 0 || strcmp(name, "security.capability") == 0;
}

static int compare_xattrs(const void *a, const void *b)
{
	const struct cc_oci_xattr *x = a, *y = b;
	size_t len = x->name.len < y->name.len ? x->name.len : y->name.len;
	int order = memcmp(x->name.at, y->name.at, len);

	return order != 0 ? order : (x->name.len > y->name.len) - (x->name.len < y->name.len);
}

/* bsdtar writes each attribute in two headers, which say the same. */
static size_t drop_doubles(struct cc_oci_xattr *xattrs, size_t count)
{
	size_t kept = 0;

	for (size_t i = 0; i < count; i++)
		if (kept == 0 || !cc_span_eq(xattrs[kept - 1].name, xattrs[i].name) ||
		    !cc_span_eq(xattrs[kept - 1].value, xattrs[i].value))
			xattrs[kept++] = xattrs[i];
	return kept;
}

static int read_xattrs(struct cc_oci_layer *layer, struct archive_entry *entry,
		       struct cc_oci_entry *e, struct cc_err *err)
{
	const char *name = NULL;
	const void *value = NULL;
	size_t size = 0, total = 0, count = 0;

	(void)archive_entry_xattr_reset(entry);
	while (archive_entry_xattr_next(entry, &name, &value, &size) == ARCHIVE_OK) {
		if (name == NULL || !keep_xattr(name)) {
			e->xattrs_dropped++;
			continue;
		}
		total += strlen(name) + size;
		if (count == CC_OCI_XATTRS_MAX || total > CC_OCI_XATTR_BYTES_MAX ||
		    strlen(name) > CC_OCI_NAME_MAX)
			return cc_fail(err, CC_E_TOOBIG,
				       "'%.200s' has too many or too large "
				       "extended attributes",
				       e->path);
		layer->xattrs[count].name = cc_span_str(name);
		layer->xattrs[count++].value = cc_span(value, size);
	}
	qsort(layer->xattrs, count, sizeof(layer->xattrs[0]), compare_xattrs);
	if (layer->source.plain)
		count = drop_doubles(layer->xattrs, count);
	for (size_t i = 1; i < count; i++)
		if (cc_span_eq(layer->xattrs[i - 1].name, layer->xattrs[i].name))
			return cc_fail(err, CC_E_ARG, "'%.200s' has an extended attribute twice",
				       e->path);
	e->xattrs = layer->xattrs;
	e->xattr_count = count;
	return 0;
}

static enum cc_oci_kind kind_of(struct archive_entry *entry)
{
	static const struct {
		unsigned int type;
		enum cc_oci_kind kind;
	} kinds[] = {
		{ AE_IFREG, CC_OCI_FILE },    { AE_IFDIR, CC_OCI_DIR },
		{ AE_IFLNK, CC_OCI_SYMLINK }, { AE_IFIFO, CC_OCI_FIFO },
		{ AE_IFCHR, CC_OCI_DEVICE },  { AE_IFBLK, CC_OCI_DEVICE },
	};

	if (archive_entry_hardlink(entry) != NULL)
		return CC_OCI_HARDLINK;
	for (size_t i = 0; i < CC_COUNT(kinds); i++)
		if (archive_entry_filetype(entry) == kinds[i].type)
			return kinds[i].kind;
	return CC_OCI_NONE;
}

static int read_target(struct cc_oci_layer *layer, struct archive_entry *entry,
		       struct cc_oci_entry *e, struct cc_err *err)
{
	const char *target = e->kind == CC_OCI_HARDLINK ? archive_entry_hardlink(entry)
							: archive_entry_symlink(entry);

	if (target == NULL || *target == '\0' || strlen(target) > CC_OCI_PATH_MAX)
		return cc_fail(err, CC_E_ARG, "link '%.200s' has no target that can be read",
			       e->path);
	e->target = target;
	if (e->kind == CC_OCI_SYMLINK)
		return 0;
	if (cc_oci_path_normal(cc_span_str(target), &layer->target, err) != 0)
		return cc_wrap(err, "hard link '%.200s'", e->path);
	e->target = (const char *)layer->target.at;
	return 0;
}

static int check_sizes(struct cc_oci_layer *layer, struct archive_entry *entry,
		       struct cc_oci_entry *e, struct cc_err *err)
{
	int64_t size = archive_entry_size_is_set(entry) ? archive_entry_size(entry) : 0;

	layer->data_at = layer->data_size = 0;
	if (e->kind != CC_OCI_FILE)
		return 0;
	/* A negative size is a huge one here. */
	if ((uint64_t)size > layer->source.limits.bytes - layer->out)
		return cc_fail(err, CC_E_TOOBIG,
			       "file '%.200s' of %lld bytes is over the limit of "
			       "%llu for all layers",
			       e->path, (long long)size,
			       (unsigned long long)layer->source.limits.bytes);
	/* A sparse file can be a terabyte of nothing: no layer writer makes them. */
	if (archive_entry_sparse_count(entry) > 0)
		return cc_fail(err, CC_E_UNSUPPORTED, "'%.200s' is a sparse entry", e->path);
	e->size = layer->data_size = (uint64_t)size;
	return 0;
}

static int read_owner(struct archive_entry *entry, struct cc_oci_entry *e, struct cc_err *err)
{
	int64_t uid = archive_entry_uid(entry), gid = archive_entry_gid(entry);

	if (uid < 0 || uid >= UINT32_MAX || gid < 0 || gid >= UINT32_MAX)
		return cc_fail(err, CC_E_ARG, "'%.200s' has no owner that can be kept", e->path);
	e->uid = (uint32_t)uid;
	e->gid = (uint32_t)gid;
	e->mode = (uint32_t)archive_entry_perm(entry) & 07777;
	e->mtime = archive_entry_mtime(entry);
	e->mtime_nsec = (uint32_t)archive_entry_mtime_nsec(entry) % 1000000000;
	return 0;
}

static int read_entry(struct cc_oci_layer *layer, struct archive_entry *entry,
		      struct cc_oci_entry *e, struct cc_err *err)
{
	const char *name = archive_entry_pathname(entry);

	if (name == NULL)
		return cc_fail(err, CC_E_ARG, "entry %llu has no name that can be read",
			       (unsigned long long)layer->ordinal);
	CC_TRY(cc_oci_path_normal(cc_span_str(name), &layer->name, err));
	e->path = (const char *)layer->name.at;
	e->kind = kind_of(entry);
	if (e->kind == CC_OCI_NONE)
		return cc_fail(err, CC_E_UNSUPPORTED, "'%.200s' is of a kind that no image has",
			       e->path);
	CC_TRY(check_sizes(layer, entry, e, err));
	CC_TRY(read_owner(entry, e, err));
	CC_TRY(read_xattrs(layer, entry, e, err));
	if (e->kind == CC_OCI_SYMLINK || e->kind == CC_OCI_HARDLINK)
		CC_TRY(read_target(layer, entry, e, err));
	return layer->source.plain ? 0 : read_whiteout(e, &layer->name, err);
}

/* libarchive looks at the thread's locale for names; nobody else shall see ours. */
static int next_header(struct cc_oci_layer *layer, struct archive_entry **entry)
{
	locale_t saved = uselocale(layer->utf8);
	int result = archive_read_next_header(layer->inner, entry);

	(void)uselocale(saved);
	return result;
}

int cc_oci_layer_next(struct cc_oci_layer *layer, struct cc_oci_entry *out, bool *end,
		      struct cc_err *err)
{
	struct archive_entry *entry = NULL;
	struct cc_oci_entry e = { .ordinal = layer->ordinal };
	int result = 0;

	*end = layer->done;
	if (layer->done)
		return 0;
	result = next_header(layer, &entry);
	if (result == ARCHIVE_EOF) {
		CC_TRY(finish(layer, err));
		*end = true;
		return 0;
	}
	/* A warning means that something was left out or guessed. */
	if (result != ARCHIVE_OK)
		return archive_failed(layer, layer->inner, "read tar", err);
	if (layer->ordinal >= layer->source.limits.entries)
		return cc_fail(err, CC_E_TOOBIG, "layers have more than %llu entries",
			       (unsigned long long)layer->source.limits.entries);
	CC_TRY(read_entry(layer, entry, &e, err));
	layer->ordinal++;
	*out = e;
	return 0;
}

int cc_oci_layer_read(struct cc_oci_layer *layer, struct cc_span *out, struct cc_err *err)
{
	const void *at = NULL;
	size_t len = 0;
	la_int64_t offset = 0;
	int result = ARCHIVE_OK;

	do { /* an empty piece would look like the end */
		result = archive_read_data_block(layer->inner, &at, &len, &offset);
	} while (result == ARCHIVE_OK && len == 0);
	if (result == ARCHIVE_EOF) {
		if (layer->data_at != layer->data_size)
			return cc_fail(err, CC_E_ARG, "file ends at byte %llu of %llu",
				       (unsigned long long)layer->data_at,
				       (unsigned long long)layer->data_size);
		*out = cc_span(NULL, 0);
		return 0;
	}
	if (result != ARCHIVE_OK)
		return archive_failed(layer, layer->inner, "read tar", err);
	if (offset < 0 || (uint64_t)offset != layer->data_at ||
	    len > layer->data_size - layer->data_at)
		return cc_fail(err, CC_E_ARG, "content of a file is not in one piece");
	layer->data_at += len;
	*out = cc_span(at, len);
	return 0;
}
