/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A CAS's directory: made once by `cas init`, opened at each start.
 *
 *     <dir>/store.db      rows, map, ledger (the enemy's)
 *     <dir>/root.sealed   root key, sealed by the platform to the keeper's measurement
 *     <dir>/collateral/   what evidence is verified with, as files
 *
 * `init` and `start` are different commands. A sealed root key with an empty or
 * foreign store is an error, never a first start; so is a store without its key,
 * which is what an init that was cut short leaves: the key comes last.
 */
#ifndef CC_CAS_BOOT_H
#define CC_CAS_BOOT_H

#include "base/dir.h"
#include "cas/policy.h"
#include "cas/state.h"
#include "platform/client.h"

#define CC_CAS_ROOT_FILE "root.sealed"
#define CC_CAS_STORE_FILE "store.db"

/* What runs once the directory is open and its store proven to end in a head of ours. */
struct cc_cas {
	struct cc_dir dir;
	struct cc_cas_policy policy;
	struct cc_digest policy_hash;
	struct cc_cas_keys keys;
	struct cc_store *store;
	struct cc_state *state;
};
#define CC_AUTO_CAS CC_CLEANUP(cc_cas_close)

/*
 * Make a CAS in the directory, which must not hold one, nor half of one: CC_E_CONFLICT
 * with the next step. Its genesis entry is the first.
 */
int cc_cas_init(const char *path, const struct cc_cas_policy *policy, struct cc_platform *platform,
		struct cc_err *err) CC_MUST CC_NONNULL;
/*
 * Open one: the root key is unsealed, the genesis entry names policy and
 * witnesses, the head must be signed under the keys that derive from them, the
 * tree must lead to the head, and the last entry to the state root.
 * CC_E_TAMPERED or CC_E_STALE name what is not as it was left.
 */
int cc_cas_open(const char *path, struct cc_platform *platform, struct cc_cas *out,
		struct cc_err *err) CC_MUST CC_NONNULL;
void cc_cas_close(struct cc_cas *cas) CC_NONNULL;

#endif
