/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Values of secrets that their policy exports to everyone (`export_public`).
 *
 * What is not exported is as if it were not there, for everyone: the public must not learn which
 * secrets a policy has.
 */
#ifndef CC_CAS_VALUES_H
#define CC_CAS_VALUES_H

#include "cas/state.h"
#include "policy/decide.h"

struct cc_public_value {
	const char *kind; /* SCONE's word: "string", "binary", "x509", … */
	char *text;       /* owned: ASCII, hexadecimal of a binary secret, PEM of a certificate */
	int64_t expires;  /* of a certificate; 0: never */
};

/* The value of an entry that is exported. CC_E_NOTFOUND: it has none that the public may see. */
int cc_value_public(struct cc_state *state, const struct cc_known *known,
		    const struct cc_secret_entry *entry, struct cc_public_value *out,
		    struct cc_err *err) CC_MUST CC_NONNULL;

#endif
