/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Mounting by fusermount3(1), which may do so for users who may not: it mounts and sends the
 * descriptor of /dev/fuse over a socket that _FUSE_COMMFD names.
 */
#ifndef CC_CLI_FUSERMOUNT_H
#define CC_CLI_FUSERMOUNT_H

#include "base/fd.h"

/* Only for this user. `*out` is what to serve. CC_E_UNSUPPORTED: no such program. */
int cc_fusermount(const char *point, bool writable, int *out,
		  struct cc_err *err) CC_MUST CC_NONNULL;
/* Write back what the kernel holds, then take the mount away, also while somebody looks at it. */
int cc_fuserunmount(const char *point, struct cc_err *err) CC_MUST CC_NONNULL;

#endif
