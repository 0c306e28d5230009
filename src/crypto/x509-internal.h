/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CC_CRYPTO_X509_INTERNAL_H
#define CC_CRYPTO_X509_INTERNAL_H

#include <stdatomic.h>

#include "crypto/openssl-internal.h"
#include "crypto/plain-internal.h"
#include "crypto/x509.h"

/* What was read, once for all that share it. Nothing changes but what OpenSSL makes of it. */
struct cc_cert_body {
	atomic_size_t owners;
	struct cc_buf der;
	struct cc_plain_cert plain;
	struct cc_pubkey *key; /* NULL: it is not plain, and OpenSSL has decoded it */
	_Atomic(X509 *) x509;  /* NULL: OpenSSL was not asked yet */
};
struct cc_cert {
	struct cc_cert_body *body;
};

struct cc_crl {
	struct cc_buf der;
	bool is_plain; /* else OpenSSL has decoded it */
	struct cc_plain_crl plain;
	_Atomic(X509_CRL *) *x509_crl; /* in it NULL: OpenSSL was not asked yet */
};

/* OpenSSL's object, borrowed; of a plain one it is made by the first who asks. */
int cc_cert_x509(const struct cc_cert *cert, X509 **out, struct cc_err *err) CC_MUST CC_NONNULL;
int cc_crl_x509(const struct cc_crl *crl, X509_CRL **out, struct cc_err *err) CC_MUST CC_NONNULL;
/* One more owner of the same. */
int cc_cert_share(const struct cc_cert *cert, struct cc_cert **out,
		  struct cc_err *err) CC_MUST CC_NONNULL;
/* cc_path_verify by OpenSSL alone. */
int cc_x509_path_verify(const struct cc_path *path, struct cc_err *err) CC_MUST CC_NONNULL;
/* A block of PEM, its bytes added to `der`: `rest` starts with `begin`, and is cut behind `end`. */
int cc_x509_pem_block(struct cc_span *rest, const char *begin, const char *end, struct cc_buf *der,
		      struct cc_err *err) CC_MUST CC_NONNULL;
/* White space and NUL left out. */
struct cc_span cc_x509_skip_space(struct cc_span text);
/* INT64_MIN, never valid, for what cannot be read. */
int64_t cc_x509_seconds(const ASN1_TIME *time);

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
void cc_cert_label(const struct cc_cert *cert, char out[static CC_X509_LABEL]) CC_NONNULL;
/* "certificate 'name': <reason>", CC_E_EXPIRED or CC_E_EVIDENCE, for a code X509_V_ERR_…; -1. */
int cc_x509_refused(int reason, const X509 *x509, struct cc_err *err) CC_MUST
	__attribute__((nonnull(3)));

#endif
