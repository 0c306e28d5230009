/* SPDX-License-Identifier: Apache-2.0 */
/*
 * An image of a layout as one tree: first its names, then its contents. Errors
 * name the layer. The two readings agree or the second fails.
 */
#ifndef CC_OCI_MERGE_H
#define CC_OCI_MERGE_H

#include "oci/layout.h"
#include "oci/tree.h"

/* How far a reading is, in compressed bytes of all layers. A zeroed one is silent. */
struct cc_oci_progress {
	void (*step)(void *ctx, uint64_t done, uint64_t total);
	void *ctx;
};

/* `limits` (may be zero: defaults) hold over all layers together. */
int cc_oci_image_tree(const struct cc_oci_layout *layout, const struct cc_oci_image *image,
		      const struct cc_oci_limits *limits, const struct cc_oci_progress *progress,
		      struct cc_oci_tree **out, struct cc_err *err) CC_MUST CC_NONNULL;

struct cc_oci_contents {
	cc_oci_content *content;
	void *ctx;
	struct cc_oci_limits limits;
	struct cc_oci_progress progress;
};
/*
 * Every content once: the highest layer first, each layer in its own order.
 * Layers from which nothing is left are not read.
 */
int cc_oci_image_contents(const struct cc_oci_layout *layout, const struct cc_oci_image *image,
			  struct cc_oci_tree *tree, const struct cc_oci_contents *how,
			  struct cc_err *err) CC_MUST CC_NONNULL;

#endif
