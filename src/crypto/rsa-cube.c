/* SPDX-License-Identifier: Apache-2.0 */
#include "crypto/rsa-cube.h"

#include "crypto/hash.h"
#include "crypto/openssl-internal.h"

/* DER of DigestInfo up to the digest (RFC 8017, 9.2, note 1). */
static const uint8_t digest_info[] = { 0x30, 0x31, 0x30, 0x0d, 0x06, 0x09, 0x60, 0x86, 0x48, 0x01,
				       0x65, 0x03, 0x04, 0x02, 0x01, 0x05, 0x00, 0x04, 0x20 };

struct numbers {
	BN_CTX *ctx;
	BIGNUM *n, *s, *q1, *q2; /* as given */
	BIGNUM *product, *quotient1, *quotient2, *rest;
};

static void numbers_clear(struct numbers *x)
{
	if (x->ctx != NULL)
		BN_CTX_end(x->ctx);
	BN_CTX_free(x->ctx);
}

static bool take(struct cc_span bytes, BIGNUM *out)
{
	return out != NULL && BN_lebin2bn(bytes.at, (int)bytes.len, out) != NULL;
}

static int numbers_make(const struct cc_rsa_cube *in, struct numbers *x, struct cc_err *err)
{
	x->ctx = BN_CTX_new();
	if (x->ctx == NULL)
		return cc_fail_openssl(err, CC_E_SYSTEM, "make room for numbers");
	BN_CTX_start(x->ctx);
	x->n = BN_CTX_get(x->ctx);
	x->s = BN_CTX_get(x->ctx);
	x->q1 = BN_CTX_get(x->ctx);
	x->q2 = BN_CTX_get(x->ctx);
	x->product = BN_CTX_get(x->ctx);
	x->quotient1 = BN_CTX_get(x->ctx);
	x->quotient2 = BN_CTX_get(x->ctx);
	x->rest = BN_CTX_get(x->ctx);
	if (x->rest == NULL || !take(in->modulus, x->n) || !take(in->signature, x->s) ||
	    !take(in->q1, x->q1) || !take(in->q2, x->q2))
		return cc_fail_openssl(err, CC_E_SYSTEM, "take numbers of 3072 bits");
	return 0;
}

static int check_lengths(const struct cc_rsa_cube *in, struct cc_err *err)
{
	const struct cc_span all[] = { in->modulus, in->signature, in->q1, in->q2 };

	for (size_t i = 0; i < CC_COUNT(all); i++)
		if (all[i].len != CC_RSA_CUBE_LEN)
			return cc_fail(err, CC_E_ARG, "a number of %zu bytes, not %zu", all[i].len,
				       CC_RSA_CUBE_LEN);
	if ((in->modulus.at[CC_RSA_CUBE_LEN - 1] & 0x80) == 0 || (in->modulus.at[0] & 1) == 0)
		return cc_fail(err, CC_E_EVIDENCE, "the modulus is none of 3072 bits");
	return 0;
}

/* s^3 mod n, and both quotients on the way. */
static int cube(struct numbers *x, struct cc_err *err)
{
	if (BN_sqr(x->product, x->s, x->ctx) != 1 ||
	    BN_div(x->quotient1, x->rest, x->product, x->n, x->ctx) != 1 ||
	    BN_mul(x->product, x->rest, x->s, x->ctx) != 1 ||
	    BN_div(x->quotient2, x->rest, x->product, x->n, x->ctx) != 1)
		return cc_fail_openssl(err, CC_E_SYSTEM, "raise a signature to the third power");
	return 0;
}

/* All of the padded message is made and compared, so that nothing in it is anybody's choice. */
static int check_padded(const struct numbers *x, struct cc_span message, struct cc_err *err)
{
	uint8_t wanted[CC_RSA_CUBE_LEN], is[CC_RSA_CUBE_LEN];
	struct cc_digest digest = { 0 };
	size_t at = sizeof(wanted) - sizeof(digest.b) - sizeof(digest_info);

	CC_TRY(cc_sha256(message, &digest, err));
	memset(wanted, 0xff, sizeof(wanted));
	wanted[0] = 0;
	wanted[1] = 1;
	wanted[at - 1] = 0;
	memcpy(wanted + at, digest_info, sizeof(digest_info));
	memcpy(wanted + at + sizeof(digest_info), digest.b, sizeof(digest.b));
	if (BN_bn2binpad(x->rest, is, sizeof(is)) < 0)
		return cc_fail_openssl(err, CC_E_SYSTEM, "write a number of 3072 bits");
	if (!cc_bytes_equal(wanted, is, sizeof(is)))
		return cc_fail(err, CC_E_EVIDENCE, "the signature does not verify");
	return 0;
}

int cc_rsa_cube_verify(const struct cc_rsa_cube *in, struct cc_span message, struct cc_err *err)
{
	CC_CLEANUP(numbers_clear) struct numbers x = { 0 };

	CC_TRY(check_lengths(in, err));
	CC_TRY(numbers_make(in, &x, err));
	if (BN_cmp(x.s, x.n) >= 0)
		return cc_fail(err, CC_E_EVIDENCE, "the signature is not less than the modulus");
	CC_TRY(cube(&x, err));
	CC_TRY(check_padded(&x, message, err));
	if (BN_cmp(x.q1, x.quotient1) != 0)
		return cc_fail(err, CC_E_EVIDENCE, "Q1 is not that of signature and modulus");
	if (BN_cmp(x.q2, x.quotient2) != 0)
		return cc_fail(err, CC_E_EVIDENCE, "Q2 is not that of signature and modulus");
	return 0;
}
