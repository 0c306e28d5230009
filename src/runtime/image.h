/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The sealed image (docs/format/image.md) as a volume that may be believed: it
 * opens under the key of the release, is the state that its tag names, has the content
 * digest that the policy names, and that is the one in the measured record. Each
 * read is checked against that digest too, so nobody who holds the key can swap
 * what the others agreed on.
 */
#ifndef CC_RUNTIME_IMAGE_H
#define CC_RUNTIME_IMAGE_H

#include "proto/config.h"
#include "volume/volume.h"

struct cc_image {
	struct cc_volume_dir *dir;
	struct cc_volume *volume; /* read only */
};
#define CC_AUTO_IMAGE CC_CLEANUP(cc_image_clear)

/*
 * `dir` holds the volume's files, `measured` is the path of the record. CC_E_TAMPERED and
 * CC_E_STALE: not the files that were sealed; CC_E_EVIDENCE: not the content that was agreed.
 */
int cc_image_open(const struct cc_config_image *image, const char *dir, const char *measured,
		  struct cc_image *out, struct cc_err *err) CC_MUST CC_NONNULL;
void cc_image_clear(struct cc_image *image) CC_NONNULL;

#endif
