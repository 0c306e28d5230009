/* SPDX-License-Identifier: Apache-2.0 */
/*
 * COSE_Sign1 (RFC 9052 4.2) as Nitro and CCA use it, in evidence and in enclave images: an array of
 * protected header, unprotected header, payload and signature. The algorithm counts only where it
 * is signed, in the protected header; the signature is raw r ‖ s.
 */
#ifndef CC_CODEC_COSE_H
#define CC_CODEC_COSE_H

#include "base/buf.h"
#include "crypto/sign.h"

#define CC_COSE_ES256 (-7)
#define CC_COSE_ES384 (-35)

struct cc_cose {
	struct cc_span protected; /* as it is signed */
	int64_t algorithm;
	struct cc_span payload, signature;
};

/* Untagged or with tag 18. CC_E_ARG, CC_E_UNSUPPORTED for another algorithm. */
int cc_cose_parse(struct cc_span text, struct cc_cose *out, struct cc_err *err) CC_MUST CC_NONNULL;
/* What is signed: Sig_structure with empty external data. */
int cc_cose_to_be_signed(struct cc_span protected, struct cc_span payload, struct cc_buf *out,
			 struct cc_err *err) CC_MUST CC_NONNULL;
/* The signature over that; the key's curve is the algorithm's. */
int cc_cose_verify(const struct cc_cose *cose, const struct cc_pubkey *key,
		   struct cc_err *err) CC_MUST CC_NONNULL;

#endif
