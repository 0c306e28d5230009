/* SPDX-License-Identifier: Apache-2.0 */
/* Extended attributes between a volume and its staged copy. */
#ifndef CC_VOLUMED_STAGED_XATTR_H
#define CC_VOLUMED_STAGED_XATTR_H

#include "volume/volume.h"

/* An entry of a directory of the copy; links are not followed. */
struct cc_staged_place {
	int dir;
	const char *name;
};

int cc_staged_xattrs_out(struct cc_volume *v, uint64_t ino, const struct cc_staged_place *to,
			 struct cc_err *err) CC_MUST CC_NONNULL;
/* Those of the volume become those of the copy. */
int cc_staged_xattrs_back(struct cc_volume *v, uint64_t ino, const struct cc_staged_place *from,
			  struct cc_err *err) CC_MUST CC_NONNULL;

#endif
