/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CC_OCI_WRITER_INTERNAL_H
#define CC_OCI_WRITER_INTERNAL_H

#include "oci/writer.h"

struct archive;

struct cc_oci_writer {
	struct cc_dir parent;   /* where the layout will be */
	struct cc_dir dir;      /* the temporary one */
	char *name, *temporary; /* in the parent */
	char *scratch;          /* path */
	bool force, replace;    /* replace: there is a layout to exchange */
	struct archive *tar;    /* of the layer being written */
	int fd;                 /* of its blob */
	struct cc_hasher *hasher;
	uint64_t written;
	struct cc_err failure; /* of the output callback */
	bool failed;
	char last[4096]; /* path of the last entry: order is checked */
	size_t count;
	struct {
		struct cc_digest digest;
		uint64_t size;
	} layers[CC_OCI_LAYERS_MAX];
};

/* Write a blob under the name of its digest, flushed. */
int cc_oci_writer_blob(struct cc_oci_writer *writer, struct cc_span bytes, struct cc_digest *digest,
		       struct cc_err *err) CC_MUST CC_NONNULL;

#endif
