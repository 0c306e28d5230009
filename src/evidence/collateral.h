/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the vendor publishes about its platforms, as byte ranges: Intel's TCB info,
 * QE identity and revocation lists. The verifier has no network; somebody fetched
 * these and nobody believes them before their signatures and windows are checked.
 *
 * TCB info and QE identity are {"<name>": {…}, "signature": "<128 hex>"}. The signature
 * is over the exact bytes of the value, so the range is found first, verified, and
 * only then parsed: {"tcbInfo": A, "tcbInfo": B, …} must never verify A and use B.
 */
#ifndef CC_EVIDENCE_COLLATERAL_H
#define CC_EVIDENCE_COLLATERAL_H

#include "evidence/claims.h"

#define CC_COLLATERAL_ITEM_MAX ((size_t)1024 * 1024)
#define CC_COLLATERAL_FILES 10
#define CC_COLLATERAL_INTEL 7 /* the first ones of them */

/*
 * Borrowed; each platform takes what it knows and says what it misses. Intel's need all but
 * pck_crl_chain, whose certificates the quote has as well. `certs` and `crls` are texts in PEM with
 * any number of certificates and lists in any order: AMD's issuers, and keys of chips that did not
 * come with the evidence. `keys` are public keys in PEM that a manufacturer endorsed (CCA).
 */
struct cc_collateral {
	struct cc_span tcb_info, tcb_info_chain;
	struct cc_span qe_identity, qe_identity_chain;
	struct cc_span root_crl, pck_crl, pck_crl_chain;
	struct cc_span certs, crls, keys;
};

/* How the ranges are named in files and in JSON, and where they are in the struct. */
struct cc_collateral_file {
	const char *file;   /* "tcb_info.json" */
	const char *member; /* "tcb_info" */
	size_t at;
	bool optional;
};
extern const struct cc_collateral_file cc_collateral_files[CC_COLLATERAL_FILES];

/* {"pck_crl": base64, "qe_identity": base64, …} */
int cc_collateral_to_json(const struct cc_collateral *collateral, struct cc_json **out,
			  struct cc_err *err) CC_MUST CC_NONNULL;
/* Of any members. The ranges point into `bytes`, which the caller clears after them. */
int cc_collateral_from_json(const struct cc_json *json, struct cc_buf *bytes,
			    struct cc_collateral *out, struct cc_err *err) CC_MUST CC_NONNULL;

/* The range of the value and the raw signature over it. CC_E_EVIDENCE. */
struct cc_signed_json {
	struct cc_span value;
	uint8_t signature[64];
};
int cc_signed_json_split(struct cc_span text, const char *member, struct cc_signed_json *out,
			 struct cc_err *err) CC_MUST CC_NONNULL;

#endif
