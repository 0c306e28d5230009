/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Certificates and revocation lists (RFC 5280) of one plain form, read and proven without OpenSSL's
 * X.509, which takes as long for one as for a check of a signature on P-256. It is the form of SGX,
 * TDX and Nitro: version 3 (a list: 2), keys and signatures of P-256 with SHA-256 or P-384 with
 * SHA-384, names of printable ASCII, positive serial numbers, dates that exist, and of extensions
 * those that a path needs, a vendor's own and no others.
 *
 * It says yes or nothing. What is not of this form, and what does not prove by the rules here, goes
 * to OpenSSL, whose verdict and words are the answer then. So a rule here may be stricter than
 * RFC 5280, and none may accept what OpenSSL refuses: that holds if each certificate has exactly
 * one issuer at hand, byte for byte of its name, and each list is of one of them or of nobody whose
 * name could be taken for theirs. test_plain compares both on changed and newly signed ones.
 */
#ifndef CC_CRYPTO_PLAIN_INTERNAL_H
#define CC_CRYPTO_PLAIN_INTERNAL_H

#include "base/span.h"
#include "crypto/sign.h"

struct cc_path;

struct cc_plain_name {
	struct cc_span whole;
	struct cc_span common; /* its one common name */
};

/* Bytes, and a signature over them by a key of this kind. */
struct cc_plain_signed {
	struct cc_span bytes, signature;
	enum cc_key_kind kind;
};

/* All is borrowed of the DER. */
struct cc_plain_cert {
	struct cc_plain_signed by;
	struct cc_span serial;
	struct cc_plain_name issuer, subject;
	int64_t from, until;
	struct cc_span spki;
	struct cc_span extensions;        /* one after the other */
	struct cc_span key_id, authority; /* subject's and issuer's; empty: none */
	bool is_ca;                       /* and its key usage says so too */
	bool signs_lists;
	int path_len; /* of a CA; -1: not said */
};
int cc_plain_cert_read(struct cc_span der, struct cc_plain_cert *out,
		       struct cc_err *err) CC_MUST CC_NONNULL;

struct cc_plain_crl {
	struct cc_plain_signed by;
	struct cc_plain_name issuer;
	int64_t from, until;
	struct cc_span entries; /* one after the other */
	struct cc_span authority;
	uint64_t number;
};
int cc_plain_crl_read(struct cc_span der, struct cc_plain_crl *out,
		      struct cc_err *err) CC_MUST CC_NONNULL;
bool cc_plain_crl_has(const struct cc_plain_crl *crl, struct cc_span serial) CC_NONNULL;

bool cc_plain_is_signed(const struct cc_plain_signed *by, const struct cc_pubkey *key) CC_NONNULL;

/* Whether the path is proven; if not, OpenSSL is to say. `learned` is filled as by OpenSSL's. */
bool cc_plain_path_proves(const struct cc_path *path) CC_NONNULL;

/* Pieces that certificates and lists share. */
/* "<what> is not of the plain form", CC_E_UNSUPPORTED; -1. */
int cc_plain_not(const char *what, struct cc_err *err) CC_MUST CC_NONNULL;
/* SEQUENCE { signed, algorithm, signature } and nothing behind it; `body` is what is in the first.
 */
int cc_plain_signed_read(struct cc_span der, struct cc_plain_signed *out, struct cc_span *body,
			 struct cc_err *err) CC_MUST CC_NONNULL;
/* The algorithm inside what is signed, which must be the one outside. */
int cc_plain_same_algorithm(struct cc_reader *r, const struct cc_plain_signed *by,
			    struct cc_err *err) CC_MUST CC_NONNULL;
int cc_plain_name_read(struct cc_reader *r, struct cc_plain_name *out,
		       struct cc_err *err) CC_MUST CC_NONNULL;
/* Positive and in its one form, so that equal numbers are equal bytes. */
int cc_plain_serial_read(struct cc_reader *r, struct cc_span *out,
			 struct cc_err *err) CC_MUST CC_NONNULL;
int cc_plain_time_read(struct cc_reader *r, int64_t *out, struct cc_err *err) CC_MUST CC_NONNULL;

/* One extension of a SEQUENCE of them. */
struct cc_plain_extension {
	struct cc_span oid; /* content */
	bool critical;
	struct cc_span content;
};
int cc_plain_extension_read(struct cc_reader *r, struct cc_plain_extension *out,
			    struct cc_err *err) CC_MUST CC_NONNULL;
/* Those of a certificate, into it; those of a list. */
int cc_plain_cert_extensions(struct cc_span list, struct cc_plain_cert *out,
			     struct cc_err *err) CC_MUST CC_NONNULL;
int cc_plain_crl_extensions(struct cc_span list, struct cc_plain_crl *out,
			    struct cc_err *err) CC_MUST CC_NONNULL;

#endif
