/* SPDX-License-Identifier: Apache-2.0 */
/* Collateral from a directory: the files that cc_collateral_files names, nothing fetched. */
#ifndef CC_PLATFORM_COLLATERAL_H
#define CC_PLATFORM_COLLATERAL_H

#include "evidence/evidence.h"

struct cc_collateral_dir {
	struct cc_buf files[CC_COLLATERAL_FILES];
};
#define CC_AUTO_COLLATERAL_DIR CC_CLEANUP(cc_collateral_dir_clear)

/* `ranges` point into `out`, which is zeroed before the call. */
int cc_collateral_dir_load(const char *path, struct cc_collateral_dir *out,
			   struct cc_collateral *ranges, struct cc_err *err) CC_MUST CC_NONNULL;
void cc_collateral_dir_clear(struct cc_collateral_dir *dir) CC_NONNULL;
/* The root whose certificate lies beside the collateral as root.pem, as class simulated. */
int cc_collateral_dir_root(const char *path, struct cc_root *out,
			   struct cc_err *err) CC_MUST CC_NONNULL;
/* The same of a certificate in PEM. */
int cc_simulated_root(struct cc_span pem, struct cc_root *out,
		      struct cc_err *err) CC_MUST CC_NONNULL;

#endif
