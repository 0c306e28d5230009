/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A layer as a stream of entries: tar, alone or in gzip or zstd, by libarchive.
 *
 * The stream is untrusted although the blob's digest was checked: whoever made
 * the image chose its bytes. What comes out is bounded by the limits, has one
 * of the kinds below and a normal name; everything else fails. The compression
 * is the one that the media type names and no other, and at the end the bytes
 * must have the digests of descriptor (compressed) and config (uncompressed).
 *
 * A name is normal when it is relative to the root of the image, without
 * empty, `.` and `..` parts: "usr/bin/env", "" for the root. A leading slash
 * means that same root; a `..` is refused wherever it stands.
 */
#ifndef CC_OCI_LAYER_H
#define CC_OCI_LAYER_H

#include "oci/manifest.h"

#define CC_OCI_PATH_MAX 4095
#define CC_OCI_NAME_MAX 255
#define CC_OCI_DEPTH_MAX 128
#define CC_OCI_XATTRS_MAX 32
#define CC_OCI_XATTR_BYTES_MAX ((size_t)64 * 1024)

/* Over the layers of one image together. Zero members mean the defaults. */
struct cc_oci_limits {
	uint64_t entries; /* 10,000,000 */
	uint64_t bytes;   /* uncompressed: 64 GiB */
	uint64_t ratio;   /* uncompressed to compressed bytes, beyond the first 64 MiB: 250 */
};

enum cc_oci_kind {
	CC_OCI_NONE = 0,
	CC_OCI_FILE,
	CC_OCI_DIR,
	CC_OCI_SYMLINK,
	CC_OCI_HARDLINK,
	CC_OCI_FIFO,
	CC_OCI_DEVICE,   /* character or block: the tree decides what becomes of it */
	CC_OCI_WHITEOUT, /* `path` is what it hides in lower layers */
	CC_OCI_OPAQUE,   /* `path` is the directory whose lower entries it hides */
};

/* Borrowed until the next call. */
struct cc_oci_xattr {
	struct cc_span name, value;
};
struct cc_oci_entry {
	enum cc_oci_kind kind;
	uint64_t ordinal; /* in its layer, from 0 */
	const char *path;
	const char *target; /* of a symbolic link as written; of a hard link normal */
	uint32_t mode;      /* 07777 */
	uint32_t uid, gid;
	int64_t mtime;
	uint32_t mtime_nsec;
	uint64_t size;
	const struct cc_oci_xattr *xattrs; /* sorted: user.* and security.capability */
	size_t xattr_count;
	size_t xattrs_dropped; /* of other name spaces */
};

struct cc_oci_layer_source {
	int fd; /* of the proved blob, from its start; owned by the caller */
	enum cc_oci_media media;
	uint64_t size; /* compressed */
	struct cc_digest digest, diff_id;
	struct cc_oci_limits limits;
	/*
	 * An archive of its reader's own instead: nobody named its digests, so none are compared,
	 * and a name that begins with ".wh." is a name.
	 */
	bool plain;
};

struct cc_oci_layer;
#define CC_AUTO_OCI_LAYER CC_CLEANUP(cc_oci_layer_auto)
int cc_oci_layer_open(const struct cc_oci_layer_source *source, struct cc_oci_layer **out,
		      struct cc_err *err) CC_MUST CC_NONNULL;
void cc_oci_layer_free(struct cc_oci_layer *layer);
static inline void cc_oci_layer_auto(struct cc_oci_layer **layer)
{
	cc_oci_layer_free(*layer);
}
/*
 * The next entry; content not read of the last one is skipped. `*end` is set
 * only after both digests were compared (CC_E_TAMPERED).
 */
int cc_oci_layer_next(struct cc_oci_layer *layer, struct cc_oci_entry *out, bool *end,
		      struct cc_err *err) CC_MUST CC_NONNULL;
/* More of the content of a file, borrowed; empty at its end. */
int cc_oci_layer_read(struct cc_oci_layer *layer, struct cc_span *out,
		      struct cc_err *err) CC_MUST CC_NONNULL;
/* Uncompressed bytes seen so far, for the limit over all layers and for progress. */
uint64_t cc_oci_layer_bytes(const struct cc_oci_layer *layer) CC_NONNULL;
/* Entries seen so far. */
uint64_t cc_oci_layer_entries(const struct cc_oci_layer *layer) CC_NONNULL;
/* Compressed bytes read so far. */
uint64_t cc_oci_layer_read_bytes(const struct cc_oci_layer *layer) CC_NONNULL;

/* How an archive is compressed, by its first bytes. */
enum cc_oci_media cc_oci_layer_guess(struct cc_span head);

/* The normal form of a name, terminated, replacing what is in `out`. */
int cc_oci_path_normal(struct cc_span name, struct cc_buf *out,
		       struct cc_err *err) CC_MUST CC_NONNULL;

#endif
