/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Put the tree of an image into an empty volume. Two calls with the same source
 * make the same calls into the volume engine, in the same order; the digest over
 * those calls proves it.
 */
#ifndef CC_IMAGE_FILL_INTERNAL_H
#define CC_IMAGE_FILL_INTERNAL_H

#include "oci/merge.h"
#include "volume/volume.h"

/* A small file that is of interest in the clear while it passes: /etc/passwd. */
struct cc_image_peek {
	const struct cc_oci_inode *inode; /* NULL: none */
	struct cc_buf text;
};
#define CC_IMAGE_PEEK_MAX ((size_t)1024 * 1024)
#define CC_IMAGE_PEEKS 2

struct cc_image_source {
	const struct cc_oci_layout *layout;
	const struct cc_oci_image *image;
	struct cc_oci_tree *tree;
	struct cc_oci_limits limits;
	struct cc_oci_progress progress;
	struct cc_image_peek *peeks; /* CC_IMAGE_PEEKS of them, or NULL */
};
int cc_image_fill(const struct cc_image_source *source, struct cc_volume *volume,
		  struct cc_digest *calls, struct cc_err *err) CC_MUST CC_NONNULL;

#endif
