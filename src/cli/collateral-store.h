/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A directory of collateral, one below it for each set:
 *
 *     DIR/sgx-00906ed50000-platform/   tcb_info.json, …: as `evidence verify` and `cas start` take
 * it DIR/snp-ark-genoa/               certs.pem, crls.pem
 *
 * Each has a `statements.json` (docs/format/evidence.md), written last, which is what lists
 * and numbers are read from. It is its owner's: what lies there was proven when it was put there.
 */
#ifndef CC_CLI_COLLATERAL_STORE_H
#define CC_CLI_COLLATERAL_STORE_H

#include "evidence/statement.h"

/* A set and what it states, proven. CC_E_STALE: a newer one of it is there; nothing is written. */
int cc_collateral_store_put(const char *path, const struct cc_collateral *set,
			    const struct cc_statements *statements,
			    struct cc_err *err) CC_MUST CC_NONNULL;
/* The statements of all sets, each once, as an array. */
int cc_collateral_store_list(const char *path, struct cc_json **out,
			     struct cc_err *err) CC_MUST CC_NONNULL;

#endif
