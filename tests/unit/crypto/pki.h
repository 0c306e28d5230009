/* SPDX-License-Identifier: Apache-2.0 */
/* A small world of certificates: a root, an authority below it, a leaf below that. */
#ifndef CC_TESTS_UNIT_CRYPTO_PKI_H
#define CC_TESTS_UNIT_CRYPTO_PKI_H

#include "tests/unit/test.h"

#include "base/time.h"
#include "crypto/x509.h"

#define DAY ((int64_t)86400)
#define NOW ((int64_t)1800000000)

struct party {
	struct cc_key *key;
	struct cc_cert *cert;
};

static inline struct cc_key *new_key(enum cc_key_kind kind)
{
	struct cc_key *key = NULL;
	struct cc_err err = { 0 };

	assert_int_equal(cc_key_generate(kind, &key, &err), 0);
	return key;
}

/* A certificate by `plan`, for a new key unless the plan has one; `by` NULL: self-signed. */
static inline struct party issue(struct cc_cert_plan plan, enum cc_key_kind kind,
				 const struct party *by)
{
	struct party made = { new_key(kind), NULL };
	struct cc_err err = { 0 };

	plan.key = plan.key != NULL ? plan.key : cc_key_public(made.key);
	plan.issuer = by == NULL ? NULL : by->cert;
	plan.issuer_key = by == NULL ? made.key : by->key;
	if (cc_cert_make(&plan, &made.cert, &err) != 0)
		fail_msg("%s", err.text);
	return made;
}

static inline void party_clear(struct party *p)
{
	cc_key_free(p->key);
	cc_cert_free(p->cert);
	*p = (struct party){ 0 };
}

/* A copy that the chain owns. */
static inline void chain_push(struct cc_chain *chain, const struct cc_cert *cert)
{
	CC_AUTO_BUF struct cc_buf der = { 0 };
	struct cc_err err = { 0 };

	assert_int_equal(cc_cert_to_der(cert, &der, &err), 0);
	assert_int_equal(cc_cert_from_der(cc_buf_span(&der), &chain->certs[chain->count], &err), 0);
	chain->count++;
}

static inline struct cc_digest key_hash(const struct cc_cert *cert)
{
	struct cc_digest hash = { 0 };
	struct cc_err err = { 0 };

	assert_int_equal(cc_cert_key_hash(cert, &hash, &err), 0);
	return hash;
}

/* The list of an issuer, from a day before NOW. `revoked` may be NULL. */
static inline struct cc_crl *crl_of(const struct party *issuer, const struct cc_cert *revoked,
				    int64_t until)
{
	struct cc_crl_plan plan = { .issuer = issuer->cert,
				    .issuer_key = issuer->key,
				    .from = NOW - DAY,
				    .until = until,
				    .number = 7,
				    .revoked = &revoked,
				    .revoked_count = revoked != NULL };
	CC_AUTO_BUF struct cc_buf der = { 0 };
	struct cc_crl *crl = NULL;
	struct cc_err err = { 0 };

	if (cc_crl_make(&plan, &der, &err) != 0 || cc_crl_parse(cc_buf_span(&der), &crl, &err) != 0)
		fail_msg("%s", err.text);
	return crl;
}

#endif
