/* SPDX-License-Identifier: Apache-2.0 */
/*
 * X.509 certificates and CRLs (RFC 5280): parsing and verifying other people's,
 * making our own. Verification time is an argument, the root is pinned.
 */
#ifndef CC_CRYPTO_X509_H
#define CC_CRYPTO_X509_H

#include "crypto/checked.h"
#include "crypto/sign.h"

#define CC_CERT_MAX ((size_t)16 * 1024) /* bytes of one certificate */
#define CC_CHAIN_MAX 8                  /* certificates in a chain */
#define CC_CRL_MAX ((size_t)4 * 1024 * 1024)

struct cc_cert;
struct cc_crl;
#define CC_AUTO_CERT CC_CLEANUP(cc_cert_auto)
#define CC_AUTO_CRL CC_CLEANUP(cc_crl_auto)

int cc_cert_from_der(struct cc_span der, struct cc_cert **out,
		     struct cc_err *err) CC_MUST CC_NONNULL;
void cc_cert_free(struct cc_cert *cert);
static inline void cc_cert_auto(struct cc_cert **cert)
{
	cc_cert_free(*cert);
}

/* The first certificate of a text in PEM, which is cut by it; NULL when only white space is left.
 */
int cc_cert_next_pem(struct cc_span *rest, struct cc_cert **out,
		     struct cc_err *err) CC_MUST CC_NONNULL;

/* Certificates in the order of the text. Between and behind them only white space and NUL. */
struct cc_chain {
	struct cc_cert *certs[CC_CHAIN_MAX];
	size_t count;
};
#define CC_AUTO_CHAIN CC_CLEANUP(cc_chain_clear)
int cc_chain_from_pem(struct cc_span pem, struct cc_chain *out,
		      struct cc_err *err) CC_MUST CC_NONNULL;
/* The same; a certificate that is in `known`, byte for byte, is shared with it and not decoded. */
int cc_chain_from_pem_known(struct cc_span pem, const struct cc_chain *known, struct cc_chain *out,
			    struct cc_err *err) CC_MUST CC_NONNULL;
void cc_chain_clear(struct cc_chain *chain) CC_NONNULL;

/*
 * DER, PEM, or the hexadecimal of DER (PCS serves all three). One without nextUpdate is
 * CC_E_EVIDENCE: it would never expire.
 */
int cc_crl_parse(struct cc_span bytes, struct cc_crl **out, struct cc_err *err) CC_MUST CC_NONNULL;
/* As cc_cert_next_pem. */
int cc_crl_next_pem(struct cc_span *rest, struct cc_crl **out,
		    struct cc_err *err) CC_MUST CC_NONNULL;
void cc_crl_free(struct cc_crl *crl);
static inline void cc_crl_auto(struct cc_crl **crl)
{
	cc_crl_free(*crl);
}
/* Whether its issuer has the name of this certificate; who signed it, a path proves. */
bool cc_crl_is_by(const struct cc_crl *crl, const struct cc_cert *issuer) CC_NONNULL;
/*
 * It has the name of `issuer` and is signed by its key, which is kept in `memory` if it is plain.
 * CC_E_EVIDENCE. Windows are not looked at.
 */
int cc_crl_verify(const struct cc_crl *crl, const struct cc_cert *issuer,
		  const struct cc_memory *memory, struct cc_err *err) CC_MUST CC_NONNULL;
/* cRLNumber (RFC 5280 5.2.3), 0 when there is none or it does not fit. */
uint64_t cc_crl_number(const struct cc_crl *crl) CC_NONNULL;
void cc_crl_window(const struct cc_crl *crl, int64_t *from, int64_t *until) CC_NONNULL;

int cc_cert_public(const struct cc_cert *cert, struct cc_pubkey **out,
		   struct cc_err *err) CC_MUST CC_NONNULL;
int cc_cert_to_der(const struct cc_cert *cert, struct cc_buf *out,
		   struct cc_err *err) CC_MUST CC_NONNULL;
int cc_cert_to_pem(const struct cc_cert *cert, struct cc_buf *out,
		   struct cc_err *err) CC_MUST CC_NONNULL;
/* The one common name of the subject; none or several are CC_E_EVIDENCE. */
int cc_cert_common_name(const struct cc_cert *cert, char **out,
			struct cc_err *err) CC_MUST CC_NONNULL;
int cc_cert_issuer_common_name(const struct cc_cert *cert, char **out,
			       struct cc_err *err) CC_MUST CC_NONNULL;
/* The organization of the subject, NULL when it names none; several are CC_E_EVIDENCE. */
int cc_cert_organization(const struct cc_cert *cert, char **out,
			 struct cc_err *err) CC_MUST CC_NONNULL;
/* The key hash of a key of any kind, RSA included: SHA-256 over its SubjectPublicKeyInfo. */
int cc_cert_key_hash(const struct cc_cert *cert, struct cc_digest *out,
		     struct cc_err *err) CC_MUST CC_NONNULL;
/* Add its SubjectPublicKeyInfo in DER, as it stands there. */
int cc_cert_spki(const struct cc_cert *cert, struct cc_buf *out,
		 struct cc_err *err) CC_MUST CC_NONNULL;
/*
 * The key hash of whoever holds the certificate. Of the kinds that we sign with it is
 * cc_pubkey_hash, one for all encodings of a key; of others, as RSA, cc_cert_key_hash.
 */
int cc_cert_holder(const struct cc_cert *cert, struct cc_digest *out,
		   struct cc_err *err) CC_MUST CC_NONNULL;
/* Both ends belong to the window, as in RFC 5280. */
void cc_cert_window(const struct cc_cert *cert, int64_t *from, int64_t *until) CC_NONNULL;
/* The content of the extension with this dotted OID, borrowed; CC_E_NOTFOUND, CC_E_EVIDENCE if
 * twice. */
int cc_cert_extension(const struct cc_cert *cert, const char *oid, struct cc_span *out,
		      struct cc_err *err) CC_MUST CC_NONNULL;

/*
 * Verify `leaf` through `chain` (extra certificates are ignored) up to exactly
 * the root whose public key is `root`, valid at `at`. The root itself must be in
 * the chain and signed by its own key, so that nobody changes its window or name.
 *
 * CC_E_EXPIRED: a certificate or CRL is outside its window at `at`; the rest is
 * CC_E_EVIDENCE, with the certificate's common name and the reason in the text.
 * What a certificate is *for* is not checked here: compare names and roles.
 *
 * A path of plain certificates (crypto/plain-internal.h) is proven without OpenSSL's X.509, which
 * is quicker; who refuses is always OpenSSL.
 */
struct cc_proven; /* below */
struct cc_path {
	const struct cc_cert *leaf;
	const struct cc_chain *chain;     /* intermediates and the root itself, in any order */
	const struct cc_digest *root;     /* key hash of the pinned root */
	const struct cc_crl *const *crls; /* NULL with crl_count 0: revocation is not checked */
	size_t crl_count;   /* otherwise every certificate needs a CRL of its issuer */
	bool leaf_unlisted; /* but the leaf needs none: there is none (AMD) */
	int64_t at;
	bool strict; /* X509_V_FLAG_X509_STRICT: on for Intel, off for AMD and AWS */
	const struct cc_proven *proven; /* by paths before this one; or NULL */
	struct cc_proven *learned;      /* by this one, when empty; may be the same; or NULL */
	struct cc_memory memory;        /* signatures that need no second check */
};
/*
 * What paths under one root have in common and the first of them proves: that the root is signed
 * by its own key, and its list by the root. It counts for the very objects alone, not for other
 * encodings of them, and the list only within its window. `list` is borrowed and lives longer.
 * Zero: nothing.
 */
struct cc_proven {
	struct cc_cert *root;
	const struct cc_crl *list; /* for all that the root has issued; or NULL */
};
void cc_proven_clear(struct cc_proven *proven) CC_NONNULL;
int cc_path_verify(const struct cc_path *path, struct cc_err *err) CC_MUST CC_NONNULL;

/* The end of a TLS connection that a certificate is for (RFC 5280 4.2.1.12). */
enum cc_cert_use {
	CC_CERT_USE_ANY = 0, /* not said */
	CC_CERT_USE_SERVER,
	CC_CERT_USE_CLIENT,
};

/* 9999-12-31T23:59:59Z: a certificate without an end (RFC 5280 4.1.2.5). */
#define CC_CERT_NO_END INT64_C(253402300799)

/* An extension, not critical: what stands in its OCTET STRING. */
struct cc_cert_extension {
	const char *oid; /* dotted */
	struct cc_span content;
};

/* What we issue. Serial numbers are random, 16 bytes. */
struct cc_cert_plan {
	const char *common_name;
	const char *organization;     /* or NULL */
	const struct cc_pubkey *key;  /* subject */
	const struct cc_cert *issuer; /* NULL: self-signed */
	const struct cc_key *issuer_key;
	int64_t from, until;
	bool is_ca;
	int path_len; /* of a CA; -1: none */
	enum cc_cert_use use;
	const char *const *names; /* "dns:<name>", the first label may be '*', or "ip:<address>" */
	size_t name_count;
	const struct cc_cert_extension *extensions; /* beside those that the rest asks for */
	size_t extension_count;
	const char *crl_url; /* or NULL */
};
int cc_cert_make(const struct cc_cert_plan *plan, struct cc_cert **out,
		 struct cc_err *err) CC_MUST CC_NONNULL;
struct cc_crl_plan {
	const struct cc_cert *issuer;
	const struct cc_key *issuer_key;
	int64_t from, until;
	uint64_t number;
	const struct cc_cert *const *revoked;
	size_t revoked_count;
};
int cc_crl_make(const struct cc_crl_plan *plan, struct cc_buf *der,
		struct cc_err *err) CC_MUST CC_NONNULL;

#endif
