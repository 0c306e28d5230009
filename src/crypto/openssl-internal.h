/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the files of this folder share of OpenSSL: owners for its objects and
 * its error queue in our words. Nobody outside includes this.
 *
 * Every failure takes OpenSSL's queue with it: an entry that stays would be
 * read as the cause of a later, unrelated failure of a TLS connection.
 */
#ifndef CC_CRYPTO_OPENSSL_INTERNAL_H
#define CC_CRYPTO_OPENSSL_INTERNAL_H

#include "crypto/openssl-first.h"

#include "base/err.h"

/* Add ": <reason>" of the last entry to the text and empty the queue. */
void cc_openssl_reason(struct cc_err *err) CC_NONNULL;
#define cc_fail_openssl(err, ...) \
	(cc_err_set(err, __VA_ARGS__), cc_openssl_reason(err), cc_failed())

/* Where certificates of others and their keys are decoded; NULL: OpenSSL's own context. */
OSSL_LIB_CTX *cc_x509_context(void);
/* The one that a key was made in: elsewhere OpenSSL would copy it before each use. */
OSSL_LIB_CTX *cc_x509_context_of(const EVP_PKEY *pkey) CC_NONNULL;

#define CC_OPENSSL_OWNER(type, name, release)              \
	static inline void name(__typeof__(type) **object) \
	{                                                  \
		release(*object);                          \
	}
CC_OPENSSL_OWNER(EVP_PKEY, cc_auto_pkey, EVP_PKEY_free)
CC_OPENSSL_OWNER(EVP_PKEY_CTX, cc_auto_pkey_ctx, EVP_PKEY_CTX_free)
CC_OPENSSL_OWNER(EVP_MD_CTX, cc_auto_md_ctx, EVP_MD_CTX_free)
CC_OPENSSL_OWNER(EVP_MAC_CTX, cc_auto_mac_ctx, EVP_MAC_CTX_free)
CC_OPENSSL_OWNER(BIO, cc_auto_bio, BIO_free_all)
CC_OPENSSL_OWNER(BIGNUM, cc_auto_bn, BN_clear_free)
CC_OPENSSL_OWNER(X509, cc_auto_x509, X509_free)
CC_OPENSSL_OWNER(X509_CRL, cc_auto_x509_crl, X509_CRL_free)
#define CC_AUTO_PKEY CC_CLEANUP(cc_auto_pkey)
#define CC_AUTO_PKEY_CTX CC_CLEANUP(cc_auto_pkey_ctx)
#define CC_AUTO_MD_CTX CC_CLEANUP(cc_auto_md_ctx)
#define CC_AUTO_MAC_CTX CC_CLEANUP(cc_auto_mac_ctx)
#define CC_AUTO_BIO CC_CLEANUP(cc_auto_bio)
#define CC_AUTO_BN CC_CLEANUP(cc_auto_bn)
#define CC_AUTO_X509 CC_CLEANUP(cc_auto_x509)
#define CC_AUTO_X509_CRL CC_CLEANUP(cc_auto_x509_crl)

#endif
