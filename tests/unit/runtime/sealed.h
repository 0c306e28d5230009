/* SPDX-License-Identifier: Apache-2.0 */
/* A small sealed image (docs/format/image.md), made with the volume engine. */
#ifndef CC_TESTS_UNIT_RUNTIME_SEALED_H
#define CC_TESTS_UNIT_RUNTIME_SEALED_H

#include "proto/config.h"
#include "volume/volume.h"

/* Adds the image's files to an open volume. */
typedef int sealed_fill_fn(struct cc_volume *volume, struct cc_err *err);

/* The runtime build of the record; 64 zeroes until it is set. */
extern struct cc_digest sealed_runtime;

/*
 * Seal into the directory `dir`, write the record to `measured`, and fill in what the
 * configuration says of it. `image->key` is the caller's.
 */
int sealed_make(const char *dir, const char *measured, sealed_fill_fn *fill,
		struct cc_config_image *image, struct cc_err *err);
/* A file of the image, in its root. */
int sealed_file(struct cc_volume *volume, const char *name, uint32_t mode, struct cc_span content,
		struct cc_err *err);

#endif
