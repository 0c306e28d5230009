/* SPDX-License-Identifier: Apache-2.0 */
/*
 * RA-TLS: a certificate, mostly self-signed, that carries evidence for its own key. Whoever ends a
 * TLS connection with it holds that key, and the evidence says in which TEE the key was made.
 *
 *   interoperable  CCC Attestation SIG, "Interoperable RA-TLS": extension 2.23.133.5.4.9, CBOR tag
 *                  60000, [evidence, claims]; report data SHA-256(claims), which have "pubkey-hash"
 *   gramine        extension 06 09 2a 86 48 86 f8 4d 8a 39 06, which is no good OID but what there
 *                  is; report data SHA-256(SubjectPublicKeyInfo)
 *   open-enclave   extension 1.2.840.113556.10.1.1, a header of 16 bytes and a quote; report data
 *                  SHA-256 of the key in PEM with its NUL
 *
 * Of two extensions in one certificate the first above counts. Behind each hash are 32 zeroes,
 * which are compared as well. Intel's SDK has one of its own that does not say how the key is
 * bound: it is not read. The certificate's own signature, names and window are not looked at: the
 * TLS handshake proves who has the key, and a certificate holds no nonce, so that it says nothing
 * of now.
 */
#ifndef CC_EVIDENCE_RATLS_H
#define CC_EVIDENCE_RATLS_H

#include "crypto/x509.h"
#include "evidence/claims.h"

struct cc_ratls {
	const char *scheme;      /* as above; constant */
	struct cc_span evidence; /* borrowed from the certificate */
	/* Report data of evidence that is for this certificate's key ... */
	struct cc_digest64 report_data;
	bool is_other; /* ... unless what is said beside the evidence is about another key */
};

/* CC_E_NOTFOUND: a certificate without evidence. CC_E_ARG, CC_E_UNSUPPORTED: malformed. */
int cc_ratls_read(const struct cc_cert *cert, struct cc_ratls *out,
		  struct cc_err *err) CC_MUST CC_NONNULL;
/* The quote behind Open Enclave's header, which also stands before one that is in no certificate.
 */
int cc_open_enclave_read(struct cc_span report, struct cc_span *quote,
			 struct cc_err *err) CC_MUST CC_NONNULL;
/* Question 2 of claims.h, for the certificate's key and nobody's nonce. CC_E_EVIDENCE. */
int cc_ratls_bound(const struct cc_ratls *ratls, const struct cc_claims *claims,
		   struct cc_err *err) CC_MUST CC_NONNULL;

#endif
