/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Encrypted policies: a signed policy that one CAS can read, whoever brings it there
 * (docs/format/signed-policy.md, section 2). Pure but for the randomness of encryption.
 */
#ifndef CC_POLICY_ENCRYPTED_H
#define CC_POLICY_ENCRYPTED_H

#include "codec/json.h"
#include "crypto/hpke.h"
#include "policy/signed.h"

/* Bytes of what is inside. */
#define CC_ENCRYPTED_POLICY_MAX CC_SIGNED_POLICY_MAX

/* `to` is the key of a CAS that it calls `hpke`; `document` the text of a signed policy. */
int cc_encrypted_policy_make(const struct cc_hpke_public *to, struct cc_span document,
			     struct cc_json **out, struct cc_err *err) CC_MUST CC_NONNULL;
/*
 * Add what is inside, which is not looked at. CC_E_DENIED: it is for another key; CC_E_TAMPERED:
 * it does not open.
 */
int cc_encrypted_policy_open(const struct cc_hpke_key *key, const struct cc_json *json,
			     struct cc_buf *out, struct cc_err *err) CC_MUST CC_NONNULL;

#endif
