/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A volume in the TEE's memory where the host gives no /dev/fuse (volumed/staged.h): a tmpfs of
 * a fixed size, filled before the program starts, written back after it.
 */
#ifndef CC_RUNTIME_STAGING_H
#define CC_RUNTIME_STAGING_H

#include "base/dir.h"
#include "proto/config.h"
#include "volume/volume.h"

struct cc_staging {
	struct cc_volume *volume;
	uint64_t mib;   /* of memory; not 0 */
	bool writable;  /* by the program */
	bool one_owner; /* as of the volumes' plan */
};

/*
 * Does the host have to give /dev/fuse for all of this? CC_E_UNSUPPORTED with what it is for.
 * CC_E_TOOBIG: what is staged and written could become more than one commit can hold, which would
 * only be known when the program has done its work.
 */
int cc_staging_check(const struct cc_config *config, const struct cc_err *no_fuse,
		     struct cc_err *err) CC_MUST CC_NONNULL;
/*
 * Mount it at `path` of `tree` and fill it; `copy` is its root then. CC_E_TOOBIG, with both
 * numbers, when the volume does not fit.
 */
int cc_staging_start(const struct cc_staging *staging, const struct cc_dir *tree, const char *path,
		     struct cc_dir *copy, struct cc_err *err) CC_MUST CC_NONNULL;
/* When nobody uses the copy any more: the volume's tree becomes the copy's. The caller commits. */
int cc_staging_save(const struct cc_staging *staging, const struct cc_dir *copy,
		    struct cc_err *err) CC_MUST CC_NONNULL;
/* Unmount it, and let go of the memory. */
void cc_staging_end(struct cc_dir *copy) CC_NONNULL;

#endif
