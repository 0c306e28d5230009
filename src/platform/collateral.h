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
/* The file of this member ("certs"); NULL: there is none. */
struct cc_buf *cc_collateral_file(struct cc_collateral_dir *dir, const char *member) CC_NONNULL;
/*
 * Roots of a simulated platform, whose certificates lie beside its collateral. One certificate may
 * be the root of several platforms, as Intel's is of SGX and TDX.
 */
struct cc_collateral_root {
	const char *file; /* "root.pem" */
	enum cc_platform_kind platform;
	bool optional;
};
#define CC_COLLATERAL_ROOTS 4
extern const struct cc_collateral_root cc_collateral_roots[CC_COLLATERAL_ROOTS];

/* Add them to the list, as class simulated. */
int cc_collateral_dir_roots(const char *path, struct cc_roots *roots,
			    struct cc_err *err) CC_MUST CC_NONNULL;
/* The root of a platform that a certificate in PEM is. */
int cc_simulated_root(struct cc_span pem, enum cc_platform_kind platform, struct cc_root *out,
		      struct cc_err *err) CC_MUST CC_NONNULL;

#endif
