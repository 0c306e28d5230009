/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Arm CCA tokens (Arm "Realm Management Monitor" A7, "CCA Security Model"; the claims are those of
 * draft-ffm-rats-cca-token): CBOR tag 399 over a platform token and a realm token, each a
 * COSE_Sign1.
 *
 * Proof: the platform token by a key that its manufacturer endorsed (a root of platform cca: the
 * token brings no certificate); its nonce is the hash of the realm's key; the realm token by that
 * key. There is no vendor's root: whoever trusts a manufacturer says so.
 */
#ifndef CC_EVIDENCE_CCA_H
#define CC_EVIDENCE_CCA_H

#include "codec/cose.h"
#include "evidence/evidence.h"

#define CC_CCA_REMS 4
/* 9999-12-31T23:59:59Z: neither token nor endorsement has an end. */
#define CC_CCA_NO_END INT64_C(253402300799)

/* Spans borrow from the token. */
struct cc_cca_token {
	struct cc_cose platform, realm;
	/* Platform token. */
	struct cc_span nonce;          /* hash of the realm's key */
	struct cc_span implementation; /* 32 bytes */
	struct cc_span instance;       /* 33 bytes, the first is 1 */
	uint64_t lifecycle;
	/* Realm token. */
	struct cc_span challenge;       /* 64 bytes */
	struct cc_span personalization; /* 64 bytes */
	struct cc_span rim;             /* 32, 48 or 64 bytes */
	struct cc_span rem[CC_CCA_REMS];
	struct cc_span realm_key;  /* as it is hashed: 04 ‖ x ‖ y of P-384 or a COSE_Key */
	struct cc_span key_digest; /* name of the hash over it */
};

/* CC_E_ARG, CC_E_UNSUPPORTED. */
int cc_cca_parse(struct cc_span bytes, struct cc_cca_token *out,
		 struct cc_err *err) CC_MUST CC_NONNULL;
/* cc_evidence_read. */
int cc_cca_read(struct cc_span bytes, struct cc_claims *out, struct cc_err *err) CC_MUST CC_NONNULL;
int cc_cca_prove(const struct cc_evidence *evidence, struct cc_claims *out,
		 struct cc_err *err) CC_MUST CC_NONNULL;
/* cc_evidence_recheck: the realm token by the key that the token itself carries. */
int cc_cca_recheck(struct cc_span evidence, const struct cc_claims *claims,
		   const struct cc_digest64 *expected, struct cc_err *err) CC_MUST CC_NONNULL;

#endif
