/* SPDX-License-Identifier: Apache-2.0 */
/*
 * AWS Nitro attestation documents (aws-nitro-enclaves-nsm-api, "Attestation process"): a
 * COSE_Sign1 whose payload is a CBOR map with PCRs, certificates and what the enclave put in.
 *
 * Proof: chain of the certificate through `cabundle` to the pinned root (the first one of the
 * bundle is whatever the sender wrote), P-384 everywhere; then the signature. AWS publishes no
 * revocation lists: a certificate lives three hours.
 */
#ifndef CC_EVIDENCE_NITRO_H
#define CC_EVIDENCE_NITRO_H

#include "codec/cose.h"
#include "evidence/evidence.h"

#define CC_NITRO_PCRS 32
#define CC_NITRO_CHAIN 7 /* beside the leaf */

/* Spans borrow from the document; those that are null there are empty. */
struct cc_nitro_document {
	struct cc_cose cose;
	struct cc_span module_id;
	uint64_t timestamp; /* of the hypervisor, milliseconds since 1970; no nonce of ours */
	struct cc_span pcrs[CC_NITRO_PCRS]; /* 32, 48 or 64 bytes; empty: not there */
	struct cc_span certificate;         /* DER */
	struct cc_span bundle[CC_NITRO_CHAIN];
	size_t bundle_count; /* root first, as it says */
	struct cc_span public_key, user_data, nonce;
};

/* CC_E_ARG, CC_E_TOOBIG, CC_E_UNSUPPORTED. */
int cc_nitro_parse(struct cc_span bytes, struct cc_nitro_document *out,
		   struct cc_err *err) CC_MUST CC_NONNULL;
/* cc_evidence_read. */
int cc_nitro_read(struct cc_span bytes, struct cc_claims *out,
		  struct cc_err *err) CC_MUST CC_NONNULL;
int cc_nitro_prove(const struct cc_evidence *evidence, struct cc_claims *out,
		   struct cc_err *err) CC_MUST CC_NONNULL;
/* cc_evidence_recheck. A document has no fixed offsets: it is the same small reader of CBOR. */
int cc_nitro_recheck(struct cc_span evidence, const struct cc_claims *claims,
		     const struct cc_digest64 *expected, struct cc_err *err) CC_MUST CC_NONNULL;

#endif
