/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CC_WITNESS_WITNESS_INTERNAL_H
#define CC_WITNESS_WITNESS_INTERNAL_H

#include <errno.h>

#include "witness/witness.h"

#define PUBLIC_MAX ((size_t)512)
#define STATE_NAME 80

/* CC_E_NOTFOUND when the witness was not told of this ledger. */
int cc_witness_load(const struct cc_dir *dir, const char *origin, struct cc_witness_log *out,
		    struct cc_err *err) CC_MUST CC_NONNULL;
/* On disk when it returns 0. */
int cc_witness_save(const struct cc_dir *dir, const struct cc_witness_log *log,
		    struct cc_err *err) CC_MUST CC_NONNULL;
/* Held until the descriptor is closed. */
int cc_witness_lock(const struct cc_dir *dir, int *out, struct cc_err *err) CC_MUST CC_NONNULL;

#endif
