/* SPDX-License-Identifier: Apache-2.0 */
/* The structures of TPM 2.0, Part 2: section numbers are those of revision 1.59. */
#include "evidence/tpm.h"

#define PUBLIC_MAX ((size_t)1024)

static const struct {
	uint16_t alg;
	enum cc_hash hash;
} hashes[] = {
	{ CC_TPM_ALG_SHA1, CC_HASH_SHA1 },
	{ CC_TPM_ALG_SHA256, CC_HASH_SHA256 },
	{ CC_TPM_ALG_SHA384, CC_HASH_SHA384 },
	{ CC_TPM_ALG_SHA512, CC_HASH_SHA512 },
};

bool cc_tpm_hash(uint16_t alg, enum cc_hash *out)
{
	for (size_t i = 0; i < CC_COUNT(hashes); i++) {
		if (hashes[i].alg != alg)
			continue;
		*out = hashes[i].hash;
		return true;
	}
	return false;
}

uint16_t cc_tpm_alg_of(enum cc_hash hash)
{
	for (size_t i = 0; i < CC_COUNT(hashes); i++)
		if (hashes[i].hash == hash)
			return hashes[i].alg;
	return CC_TPM_ALG_NULL;
}

/* A hash that signatures, banks and Names may be of. */
static int strong_hash(uint16_t alg, const char *what, enum cc_hash *out, struct cc_err *err)
{
	enum cc_hash hash = CC_HASH_SHA1;

	if (!cc_tpm_hash(alg, &hash) || hash == CC_HASH_SHA1)
		return cc_fail(err, CC_E_UNSUPPORTED,
			       "%s is of algorithm 0x%04x, which is not SHA-256, 384 or 512", what,
			       alg);
	*out = hash;
	return 0;
}

static int read_strong_hash(struct cc_reader *r, const char *what, enum cc_hash *out,
			    struct cc_err *err)
{
	uint16_t alg = 0;

	CC_TRY(cc_read_u16be(r, what, &alg, err));
	return strong_hash(alg, what, out, err);
}

static int read_selection(struct cc_reader *r, struct cc_tpm_quote *out, struct cc_err *err)
{
	struct cc_tpm_selection selection = { 0 };

	CC_TRY(cc_tpm_selection_read(r, &selection, err));
	if (selection.count != 1)
		return cc_fail(err, CC_E_UNSUPPORTED,
			       "the quote is over %zu banks of PCRs, not one", selection.count);
	CC_TRY(strong_hash(selection.at[0].alg, "bank of the PCRs", &out->bank, err));
	out->pcrs = selection.at[0].pcrs;
	if (out->pcrs == 0)
		return cc_fail(err, CC_E_EVIDENCE, "the quote is over no PCR at all");
	return 0;
}

/* TPMS_QUOTE_INFO (10.12.4). */
static int read_info(struct cc_reader *r, struct cc_tpm_quote *out, struct cc_err *err)
{
	struct cc_span from = r->rest;

	CC_TRY(read_selection(r, out, err));
	CC_TRY(cc_tpm_read_2b(r, CC_HASH_LEN_MAX, "PCR digest", &out->pcr_digest, err));
	CC_TRY(cc_read_end(r, "quote", err));
	out->info = from;
	return 0;
}

int cc_tpm_quote_parse(struct cc_span bytes, struct cc_tpm_quote *out, struct cc_err *err)
{
	struct cc_tpm_quote quote = { .bytes = bytes };
	struct cc_reader r = cc_reader(bytes);

	if (bytes.len > CC_TPM_QUOTE_MAX)
		return cc_fail(err, CC_E_TOOBIG, "a quote of %zu bytes, at most %zu", bytes.len,
			       CC_TPM_QUOTE_MAX);
	CC_TRY(cc_tpm_attest_read(&r, &quote.attest, err));
	if (quote.attest.type != CC_TPM_ST_QUOTE)
		return cc_fail(err, CC_E_EVIDENCE, "what is signed is no quote: type 0x%04x",
			       quote.attest.type);
	CC_TRY(read_info(&r, &quote, err));
	*out = quote;
	return 0;
}

static size_t half_of(enum cc_hash hash)
{
	return hash == CC_HASH_SHA256 ? 32 : 48;
}

/* TPM2B_ECC_PARAMETER: some TPMs leave out zeroes in front. */
static int read_half(struct cc_reader *r, size_t half, uint8_t *out, struct cc_err *err)
{
	struct cc_span value = { 0 };

	CC_TRY(cc_tpm_read_2b(r, half, "coordinate", &value, err));
	memset(out, 0, half - value.len);
	if (value.len > 0)
		memcpy(out + half - value.len, value.at, value.len);
	return 0;
}

static int read_halves(struct cc_reader *r, size_t half, uint8_t out[static 96], struct cc_err *err)
{
	CC_TRY(read_half(r, half, out, err));
	return read_half(r, half, out + half, err);
}

static bool is_rsa_scheme(uint16_t scheme)
{
	return scheme == CC_TPM_ALG_RSASSA || scheme == CC_TPM_ALG_RSAPSS;
}

/* P-256 goes with SHA-256, P-384 with SHA-384. */
static bool is_ecc_hash(enum cc_hash hash)
{
	return hash == CC_HASH_SHA256 || hash == CC_HASH_SHA384;
}

static int read_scheme(struct cc_reader *r, bool is_rsa, enum cc_tpm_alg *scheme,
		       enum cc_hash *hash, struct cc_err *err)
{
	uint16_t alg = 0;

	CC_TRY(cc_read_u16be(r, "scheme", &alg, err));
	if (is_rsa ? !is_rsa_scheme(alg) : alg != CC_TPM_ALG_ECDSA)
		return cc_fail(err, CC_E_UNSUPPORTED, "signing scheme 0x%04x", alg);
	CC_TRY(read_strong_hash(r, "hash of the scheme", hash, err));
	if (!is_rsa && !is_ecc_hash(*hash))
		return cc_fail(err, CC_E_UNSUPPORTED, "ECDSA over %s", cc_hash_name(*hash));
	*scheme = (enum cc_tpm_alg)alg;
	return 0;
}

int cc_tpm_signature_parse(struct cc_span bytes, struct cc_tpm_signature *out, struct cc_err *err)
{
	bool is_rsa = bytes.len >= 2 && is_rsa_scheme((uint16_t)(bytes.at[0] << 8 | bytes.at[1]));
	struct cc_tpm_signature signature = { 0 };
	struct cc_reader r = cc_reader(bytes);

	CC_TRY(read_scheme(&r, is_rsa, &signature.scheme, &signature.hash, err));
	if (is_rsa) {
		CC_TRY(cc_tpm_read_2b(&r, 512, "RSA signature", &signature.rsa, err));
	} else {
		signature.r_s_len = 2 * half_of(signature.hash);
		CC_TRY(read_halves(&r, half_of(signature.hash), signature.r_s, err));
	}
	CC_TRY(cc_read_end(&r, "signature", err));
	*out = signature;
	return 0;
}

/* TPMT_SYM_DEF_OBJECT of a key that signs: none. */
static int read_no_cipher(struct cc_reader *r, struct cc_err *err)
{
	uint16_t alg = 0;

	CC_TRY(cc_read_u16be(r, "symmetric algorithm", &alg, err));
	if (alg != CC_TPM_ALG_NULL)
		return cc_fail(err, CC_E_EVIDENCE, "the key is one for encryption");
	return 0;
}

/* TPMS_RSA_PARMS (12.2.3.5). */
static int read_rsa(struct cc_reader *r, struct cc_tpm_public *out, struct cc_err *err)
{
	uint16_t bits = 0;
	uint32_t exponent = 0;

	CC_TRY(read_no_cipher(r, err));
	CC_TRY(read_scheme(r, true, &out->scheme, &out->hash, err));
	CC_TRY(cc_read_u16be(r, "key bits", &bits, err));
	CC_TRY(cc_read_u32be(r, "exponent", &exponent, err));
	CC_TRY(cc_tpm_read_2b(r, 512, "modulus", &out->modulus, err));
	if (exponent != 0 && exponent != 65537) /* zero stands for the other */
		return cc_fail(err, CC_E_UNSUPPORTED, "an RSA key with exponent %u", exponent);
	if (bits != 8 * out->modulus.len)
		return cc_fail(err, CC_E_ARG, "an RSA key of %u bits with %zu bytes", bits,
			       out->modulus.len);
	return 0;
}

/* TPMS_ECC_PARMS (12.2.3.6). */
static int read_ecc(struct cc_reader *r, struct cc_tpm_public *out, struct cc_err *err)
{
	uint16_t curve = 0, kdf = 0;

	CC_TRY(read_no_cipher(r, err));
	CC_TRY(read_scheme(r, false, &out->scheme, &out->hash, err));
	CC_TRY(cc_read_u16be(r, "curve", &curve, err));
	CC_TRY(cc_read_u16be(r, "key derivation", &kdf, err));
	if (curve != (out->hash == CC_HASH_SHA256 ? 0x0003 : 0x0004) || kdf != CC_TPM_ALG_NULL)
		return cc_fail(err, CC_E_UNSUPPORTED, "curve 0x%04x with %s", curve,
			       cc_hash_name(out->hash));
	out->point_len = 2 * half_of(out->hash);
	return read_halves(r, half_of(out->hash), out->point, err);
}

int cc_tpm_public_parse(struct cc_span bytes, struct cc_tpm_public *out, struct cc_err *err)
{
	struct cc_tpm_public public = { .bytes = bytes };
	struct cc_reader r = cc_reader(bytes);
	struct cc_span policy = { 0 };
	uint16_t type = 0;

	if (bytes.len > PUBLIC_MAX)
		return cc_fail(err, CC_E_TOOBIG, "a public area of %zu bytes, at most %zu",
			       bytes.len, PUBLIC_MAX);
	CC_TRY(cc_read_u16be(&r, "type of the key", &type, err));
	if (type != CC_TPM_ALG_RSA && type != CC_TPM_ALG_ECC)
		return cc_fail(err, CC_E_UNSUPPORTED, "a key of type 0x%04x", type);
	CC_TRY(read_strong_hash(&r, "hash of the Name", &public.name_hash, err));
	CC_TRY(cc_read_u32be(&r, "attributes", &public.attributes, err));
	CC_TRY(cc_tpm_read_2b(&r, CC_HASH_LEN_MAX, "policy of the key", &policy, err));
	if (type == CC_TPM_ALG_RSA)
		CC_TRY(read_rsa(&r, &public, err));
	else
		CC_TRY(read_ecc(&r, &public, err));
	CC_TRY(cc_read_end(&r, "public area", err));
	*out = public;
	return 0;
}

int cc_tpm_public_check(const struct cc_tpm_public *public, struct cc_err *err)
{
	const uint32_t must = CC_TPM_FIXED_TPM | CC_TPM_FIXED_PARENT |
			      CC_TPM_SENSITIVE_DATA_ORIGIN | CC_TPM_RESTRICTED | CC_TPM_SIGN;

	if ((public->attributes & must) != must || (public->attributes & CC_TPM_DECRYPT) != 0)
		return cc_fail(err, CC_E_EVIDENCE,
			       "the key is no attestation key: its attributes 0x%08x let it leave "
			       "its TPM or sign what the TPM did not make",
			       public->attributes);
	return 0;
}

int cc_tpm_public_name(const struct cc_tpm_public *public, struct cc_digest *out,
		       struct cc_err *err)
{
	if (public->name_hash != CC_HASH_SHA256)
		return cc_fail(err, CC_E_UNSUPPORTED, "a Name of %s",
			       cc_hash_name(public->name_hash));
	return cc_sha256(public->bytes, out, err);
}

static int ecc_key(const struct cc_tpm_public *public, struct cc_pubkey **out, struct cc_err *err)
{
	struct cc_span point = cc_span(public->point, public->point_len);

	if (public->hash == CC_HASH_SHA256)
		return cc_pubkey_from_p256(point, out, err);
	return cc_pubkey_from_p384(point, out, err);
}

int cc_tpm_public_key_hash(const struct cc_tpm_public *public, struct cc_digest *out,
			   struct cc_err *err)
{
	CC_AUTO_PUBKEY struct cc_pubkey *key = NULL;
	CC_AUTO_RSA struct cc_rsa *rsa = NULL;

	if (public->modulus.len > 0) {
		CC_TRY(cc_rsa_from_modulus(public->modulus, &rsa, err));
		return cc_rsa_key_hash(rsa, out, err);
	}
	CC_TRY(ecc_key(public, &key, err));
	return cc_pubkey_hash(key, out, err);
}

int cc_tpm_signature_verify(const struct cc_tpm_signature *signature,
			    const struct cc_tpm_public *public, struct cc_span message,
			    struct cc_err *err)
{
	struct cc_rsa_way way = { CC_RSA_PKCS1, public->hash };
	CC_AUTO_PUBKEY struct cc_pubkey *key = NULL;
	CC_AUTO_RSA struct cc_rsa *rsa = NULL;

	if (signature->scheme != public->scheme || signature->hash != public->hash)
		return cc_fail(err, CC_E_EVIDENCE,
			       "the signature is of another scheme than the key is for");
	if (public->modulus.len == 0) {
		CC_TRY(ecc_key(public, &key, err));
		return cc_verify_raw(key, message, cc_span(signature->r_s, signature->r_s_len),
				     err);
	}
	way.scheme = public->scheme == CC_TPM_ALG_RSAPSS ? CC_RSA_PSS : CC_RSA_PKCS1;
	CC_TRY(cc_rsa_from_modulus(public->modulus, &rsa, err));
	return cc_rsa_verify(rsa, &way, message, signature->rsa, err);
}
