/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Values of secrets that their policy exports to everyone (`export_public`).
 *
 * What is not exported is as if it were not there, for everyone: the public must not learn which
 * secrets a policy has, nor on whose they rest. What is imported is its exporter's to publish, and
 * so is what follows from it: both policies say `export_public`.
 */
#ifndef CC_CAS_VALUES_H
#define CC_CAS_VALUES_H

#include "cas/vault.h"
#include "codec/json.h"

/*
 * The value of an entry of `policy`, as it is answered: {"kind", "value", "expires", "renew"} and
 * "chain" of a certificate (docs/protocol/api.md, section 5). The vault `is_public`.
 * CC_E_NOTFOUND, _DENIED, _ARG, _UNSUPPORTED: there is none that the public may see.
 */
int cc_value_public(struct cc_vault *vault, const struct cc_policy *policy,
		    const struct cc_secret_entry *entry, struct cc_json **out,
		    struct cc_err *err) CC_MUST CC_NONNULL;

#endif
