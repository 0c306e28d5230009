/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Archives of trees: tar with pax headers (long names, nanoseconds, extended attributes, names that
 * are not UTF-8), by libarchive. Uncompressed; in the order in which entries are given.
 */
#ifndef CC_OCI_ARCHIVE_H
#define CC_OCI_ARCHIVE_H

#include "oci/layer.h"

/* The next bytes of the archive. */
typedef int cc_archive_sink(void *ctx, struct cc_span bytes, struct cc_err *err);

/* Borrowed for the call. */
struct cc_archive_entry {
	const char *path;   /* relative */
	const char *target; /* of a symbolic link, or of a hard link: a path before it */
	bool hard;          /* `target` is a hard link's */
	uint32_t mode;      /* with the type bits of stat(2); no sockets: tar has none */
	uint32_t uid, gid;
	uint32_t rdev_major, rdev_minor;
	int64_t mtime;
	uint32_t mtime_nsec;
	uint64_t size; /* of a file */
	const struct cc_oci_xattr *xattrs;
	size_t xattr_count;
};

struct cc_archive;
#define CC_AUTO_ARCHIVE CC_CLEANUP(cc_archive_auto)
int cc_archive_new(cc_archive_sink *sink, void *ctx, struct cc_archive **out,
		   struct cc_err *err) CC_MUST __attribute__((nonnull(1, 3, 4)));
/* What was not ended is cut off. */
void cc_archive_free(struct cc_archive *archive);
static inline void cc_archive_auto(struct cc_archive **archive)
{
	cc_archive_free(*archive);
}
int cc_archive_entry(struct cc_archive *archive, const struct cc_archive_entry *entry,
		     struct cc_err *err) CC_MUST CC_NONNULL;
/* The next bytes of the last entry, `size` in all. */
int cc_archive_data(struct cc_archive *archive, struct cc_span bytes,
		    struct cc_err *err) CC_MUST CC_NONNULL;
int cc_archive_end(struct cc_archive *archive, struct cc_err *err) CC_MUST CC_NONNULL;

#endif
