/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The root directory of an OCI runtime bundle from a sealed image.
 *
 * A sealed image has few, known files: directories and regular files of root's,
 * nothing else. Other kinds are refused here, so unpacking follows no link and
 * makes no device. The directory is named after the manifest's digest and made
 * beside its place, then renamed: it is whole or not there, and is made once.
 * Whether it is still what it was is not this function's promise: the platform
 * measures what runs.
 */
#ifndef CC_OCI_BUNDLE_H
#define CC_OCI_BUNDLE_H

#include "oci/layout.h"

#define CC_OCI_BUNDLE_ENTRIES 10000

struct cc_oci_bundle {
	char *rootfs;              /* <cache>/<hex of the manifest's digest> */
	struct cc_oci_image image; /* config.entrypoint and config.env are what to run */
};
#define CC_AUTO_OCI_BUNDLE CC_CLEANUP(cc_oci_bundle_clear)
void cc_oci_bundle_clear(struct cc_oci_bundle *bundle) CC_NONNULL;
/* `tag` may be NULL: the only image. `cache` is made when it is not there. */
int cc_oci_bundle_make(const char *layout, const char *tag, const char *cache,
		       struct cc_oci_bundle *out, struct cc_err *err) CC_MUST
	__attribute__((nonnull(1, 3, 4, 5)));

#endif
