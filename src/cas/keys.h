/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What derives from the root key of a CAS.
 *
 *     CAS key    Ed25519 from HKDF(root, "concordat cas key 1"): the identity that
 *                clients pin; signs releases, replies and the certificates of web
 *     HPKE key   X25519 from HKDF(root, "concordat cas hpke 1"): what requests are sealed to
 *     log key    Ed25519 from the root and the witness set: signs checkpoints
 *     row key    AES-256 from the root and the witness set: seals rows
 *
 * Log and row key depend on the witnesses (ledger/checkpoint.h): a store from
 * before, or with another set, does not pass under them.
 */
#ifndef CC_CAS_KEYS_H
#define CC_CAS_KEYS_H

#include "crypto/hpke.h"
#include "ledger/checkpoint.h"

struct cc_cas_keys {
	struct cc_key *cas;
	struct cc_digest cas_hash;
	struct cc_hpke_key *hpke;
	struct cc_key *log;
	struct cc_note_key log_name; /* "<CAS name>" as the log's origin */
	struct cc_secret *row;
};
#define CC_AUTO_CAS_KEYS CC_CLEANUP(cc_cas_keys_clear)

/* `name` is the CAS's name and the log's origin. */
int cc_cas_keys_derive(const struct cc_secret *root, const struct cc_quorum *witnesses,
		       const char *name, struct cc_cas_keys *out,
		       struct cc_err *err) CC_MUST CC_NONNULL;
void cc_cas_keys_clear(struct cc_cas_keys *keys) CC_NONNULL;

#endif
