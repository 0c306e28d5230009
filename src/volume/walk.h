/* SPDX-License-Identifier: Apache-2.0 */
/* Whole trees and whole files of a volume, for those who read it without a mount. */
#ifndef CC_VOLUME_WALK_H
#define CC_VOLUME_WALK_H

#include "volume/volume.h"

/* `path` is absolute and borrowed for the call. -1 ends the walk with *err as it is then. */
typedef int cc_volume_visit_fn(void *ctx, const char *path, const struct cc_volume_attr *attr,
			       struct cc_err *err);

/*
 * `path` and, when it is a directory, everything below it: a directory before
 * its entries, entries by name, links not followed. The visitor must not
 * change the tree.
 */
int cc_volume_walk(struct cc_volume *v, const char *path, cc_volume_visit_fn *visit, void *ctx,
		   struct cc_err *err) CC_MUST __attribute__((nonnull(1, 2, 3, 5)));
/* A whole file of at most `max` bytes, added to `out`; links are not followed. */
int cc_volume_read_file(struct cc_volume *v, const char *path, size_t max, struct cc_buf *out,
			struct cc_err *err) CC_MUST CC_NONNULL;
/* A whole file piece by piece, in order, whatever its size. */
typedef int cc_volume_piece_fn(void *ctx, struct cc_span piece, struct cc_err *err);
int cc_volume_copy_file(struct cc_volume *v, uint64_t ino, cc_volume_piece_fn *piece, void *ctx,
			struct cc_err *err) CC_MUST __attribute__((nonnull(1, 3, 5)));

#endif
