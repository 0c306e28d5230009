/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CC_CRYPTO_X509_INTERNAL_H
#define CC_CRYPTO_X509_INTERNAL_H

#include "crypto/openssl-internal.h"
#include "crypto/x509.h"

struct cc_cert {
	X509 *x509;
};

struct cc_crl {
	X509_CRL *x509_crl;
};

/* The keys of a certificate: whose it is, who signs, and over which digest (NULL: Ed25519). */
struct cc_x509_keys {
	EVP_PKEY *subject, *signer;
	const EVP_MD *md;
};
int cc_x509_make(const struct cc_cert_plan *plan, const struct cc_x509_keys *keys,
		 struct cc_cert **out, struct cc_err *err) CC_MUST CC_NONNULL;
/* Takes the certificate over, also when it fails. */
int cc_cert_from_x509(X509 *taken, struct cc_cert **out, struct cc_err *err) CC_MUST CC_NONNULL;
int cc_x509_key_hash(const X509 *x509, struct cc_digest *out,
		     struct cc_err *err) CC_MUST CC_NONNULL;
/* The subject's common name for a message: "'name'", cut and with odd bytes replaced. */
#define CC_X509_LABEL 72
void cc_x509_label(const X509 *x509, char out[static CC_X509_LABEL]) CC_NONNULL;
/* "certificate 'name': <reason>", CC_E_EXPIRED or CC_E_EVIDENCE, for a code X509_V_ERR_…; -1. */
int cc_x509_refused(int reason, const X509 *x509, struct cc_err *err) CC_MUST
	__attribute__((nonnull(3)));

#endif
