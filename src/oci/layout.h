/* SPDX-License-Identifier: Apache-2.0 */
/*
 * An OCI image layout directory, read (image-spec, image-layout.md).
 *
 * Whoever can write the directory is not believed: a blob is hashed whole and
 * compared with the descriptor that named it before anyone sees a byte of it,
 * and the same open file is read afterwards. Nothing below the directory is
 * reached through a symbolic link.
 */
#ifndef CC_OCI_LAYOUT_H
#define CC_OCI_LAYOUT_H

#include "base/dir.h"
#include "oci/manifest.h"

/* "[oci:]DIRECTORY[:TAG]", as skopeo writes it. A directory with a colon needs the tag. */
struct cc_oci_place {
	char *path;
	char *tag; /* NULL: not given */
};
#define CC_AUTO_OCI_PLACE CC_CLEANUP(cc_oci_place_clear)
void cc_oci_place_clear(struct cc_oci_place *place) CC_NONNULL;
int cc_oci_place_parse(const char *text, struct cc_oci_place *out,
		       struct cc_err *err) CC_MUST CC_NONNULL;

struct cc_oci_layout {
	struct cc_dir dir;
	char *path; /* for errors */
};
#define CC_OCI_LAYOUT_NONE ((struct cc_oci_layout){ .dir = CC_DIR_NONE })
#define CC_AUTO_OCI_LAYOUT CC_CLEANUP(cc_oci_layout_close)
void cc_oci_layout_close(struct cc_oci_layout *layout) CC_NONNULL;
/* CC_E_ARG with a hint when the directory is something else. */
int cc_oci_layout_open(const char *path, struct cc_oci_layout *out,
		       struct cc_err *err) CC_MUST CC_NONNULL;

/*
 * A blob, proved to be what the descriptor names: descriptor at its start.
 * Failures name the blob: CC_E_NOTFOUND, CC_E_TAMPERED.
 */
int cc_oci_blob_open(const struct cc_oci_layout *layout, const struct cc_oci_descriptor *what,
		     int *out, struct cc_err *err) CC_MUST CC_NONNULL;
/* A document of at most CC_OCI_DOCUMENT_MAX bytes, added to `out`. */
int cc_oci_blob_read(const struct cc_oci_layout *layout, const struct cc_oci_descriptor *what,
		     struct cc_buf *out, struct cc_err *err) CC_MUST CC_NONNULL;

/* An image of a layout: its documents, parsed and proved; layers stay where they are. */
struct cc_oci_image {
	struct cc_oci_descriptor descriptor; /* of the manifest */
	struct cc_oci_manifest manifest;
	struct cc_oci_config config;
};
#define CC_AUTO_OCI_IMAGE CC_CLEANUP(cc_oci_image_clear)
void cc_oci_image_clear(struct cc_oci_image *image) CC_NONNULL;
/*
 * The image with this tag; NULL: the only one. Behind a tag there may be one
 * index of several platforms: then linux/amd64 is taken.
 */
int cc_oci_image_find(const struct cc_oci_layout *layout, const char *tag, struct cc_oci_image *out,
		      struct cc_err *err) CC_MUST __attribute__((nonnull(1, 3, 4)));

#endif
