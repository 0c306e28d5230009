/* SPDX-License-Identifier: Apache-2.0 */
#include "evidence/ratls.h"

#include "codec/cbor.h"
#include "crypto/pem.h"

#define TAG_INTEROPERABLE 60000
#define OPEN_ENCLAVE_HEADER 16
#define OPEN_ENCLAVE_VERSION 1
#define OPEN_ENCLAVE_QUOTE 2

/* 32 bytes, and 32 zeroes that are compared as well. */
static int bind(struct cc_span hashed, struct cc_ratls *out, struct cc_err *err)
{
	struct cc_digest digest = { 0 };

	CC_TRY(cc_sha256(hashed, &digest, err));
	out->report_data = (struct cc_digest64){ 0 };
	memcpy(out->report_data.b, digest.b, sizeof(digest.b));
	return 0;
}

/* "Named Information Hash Algorithm Registry" of IANA. */
static int hash_named(uint64_t id, enum cc_hash *out, struct cc_err *err)
{
	static const struct {
		uint64_t id;
		enum cc_hash hash;
	} known[] = { { 1, CC_HASH_SHA256 }, { 7, CC_HASH_SHA384 }, { 8, CC_HASH_SHA512 } };

	for (size_t i = 0; i < CC_COUNT(known); i++) {
		if (known[i].id != id)
			continue;
		*out = known[i].hash;
		return 0;
	}
	return cc_fail(err, CC_E_UNSUPPORTED, "pubkey-hash has algorithm %llu, 1, 7 and 8 are read",
		       (unsigned long long)id);
}

/* [algorithm, hash], as bytes in the map. */
static int compare_key(struct cc_span claim, struct cc_span spki, struct cc_ratls *out,
		       struct cc_err *err)
{
	struct cc_cbor_array pair = { 0 };
	struct cc_hashed is = { 0 };
	struct cc_span text = { 0 }, said = { 0 };
	enum cc_hash hash = CC_HASH_SHA1;
	uint64_t id = 0;

	CC_TRY(cc_cbor_bytes(claim, "pubkey-hash", &text, err));
	CC_TRY(cc_cbor_array(text, "pubkey-hash", &pair, err));
	if (pair.count != 2)
		return cc_fail(err, CC_E_ARG, "pubkey-hash is no pair");
	CC_TRY(cc_cbor_unsigned(pair.at[0], "algorithm of pubkey-hash", &id, err));
	CC_TRY(cc_cbor_bytes(pair.at[1], "hash of pubkey-hash", &said, err));
	CC_TRY(hash_named(id, &hash, err));
	CC_TRY(cc_hash_of(hash, &spki, 1, &is, err));
	out->is_other = !cc_span_eq(said, cc_hashed_span(&is));
	return 0;
}

static int read_interoperable(struct cc_span content, struct cc_span spki, struct cc_ratls *out,
			      struct cc_err *err)
{
	struct cc_cbor_array pair = { 0 };
	struct cc_cbor_map map = { 0 };
	struct cc_span tagged = { 0 }, claims = { 0 };

	CC_TRY(cc_cbor_tagged(content, TAG_INTEROPERABLE, "tagged evidence", &tagged, err));
	CC_TRY(cc_cbor_array(tagged, "tagged evidence", &pair, err));
	if (pair.count != 2)
		return cc_fail(err, CC_E_ARG, "tagged evidence has %zu members instead of 2",
			       pair.count);
	CC_TRY(cc_cbor_bytes(pair.at[0], "evidence", &out->evidence, err));
	CC_TRY(cc_cbor_bytes(pair.at[1], "claims", &claims, err));
	CC_TRY(cc_cbor_map(claims, "claims", &map, err));
	/* Claims that we do not know are hashed all the same. */
	CC_TRY(compare_key(cc_cbor_find_text(&map, "pubkey-hash"), spki, out, err));
	return bind(claims, out, err);
}

static int read_gramine(struct cc_span content, struct cc_span spki, struct cc_ratls *out,
			struct cc_err *err)
{
	out->evidence = content;
	return bind(spki, out, err);
}

int cc_open_enclave_read(struct cc_span report, struct cc_span *quote, struct cc_err *err)
{
	struct cc_reader r = cc_reader(report);
	uint32_t version = 0, type = 0;
	uint64_t len = 0;

	CC_TRY(cc_read_u32le(&r, "version of the report", &version, err));
	CC_TRY(cc_read_u32le(&r, "type of the report", &type, err));
	CC_TRY(cc_read_u64le(&r, "length of the report", &len, err));
	if (version != OPEN_ENCLAVE_VERSION || type != OPEN_ENCLAVE_QUOTE || len != r.rest.len)
		return cc_fail(err, CC_E_ARG,
			       "a report of Open Enclave has version %u, type %u and %llu bytes",
			       version, type, (unsigned long long)len);
	*quote = r.rest;
	return 0;
}

static int read_open_enclave(struct cc_span content, struct cc_span spki, struct cc_ratls *out,
			     struct cc_err *err)
{
	CC_AUTO_BUF struct cc_buf pem = { 0 };

	CC_TRY(cc_open_enclave_read(content, &out->evidence, err));
	CC_TRY(cc_pem_add(&pem, CC_PEM_PUBLIC_KEY, spki, err));
	CC_TRY(cc_buf_add_u8(&pem, '\0', err));
	return bind(cc_buf_span(&pem), out, err);
}

/* In this order: of two extensions the better one counts, whatever stands in the other. */
static const struct {
	const char *scheme, *oid;
	int (*read)(struct cc_span content, struct cc_span spki, struct cc_ratls *out,
		    struct cc_err *err);
} schemes[] = {
	{ "interoperable", "2.23.133.5.4.9", read_interoperable },
	{ "gramine", "0.6.9.42.840.113741.1337.6", read_gramine },
	{ "open-enclave", "1.2.840.113556.10.1.1", read_open_enclave },
};

int cc_ratls_read(const struct cc_cert *cert, struct cc_ratls *out, struct cc_err *err)
{
	CC_AUTO_BUF struct cc_buf spki = { 0 };
	struct cc_ratls read = { 0 };

	CC_TRY(cc_cert_spki(cert, &spki, err));
	for (size_t i = 0; i < CC_COUNT(schemes); i++) {
		struct cc_err why = { 0 };
		struct cc_span content = { 0 };

		if (cc_cert_extension(cert, schemes[i].oid, &content, &why) != 0) {
			if (why.code == CC_E_NOTFOUND)
				continue;
			*err = why;
			return cc_failed();
		}
		CC_TRY(schemes[i].read(content, cc_buf_span(&spki), &read, err));
		read.scheme = schemes[i].scheme;
		*out = read;
		return 0;
	}
	return cc_fail(err, CC_E_NOTFOUND, "the certificate carries no evidence");
}

int cc_ratls_bound(const struct cc_ratls *ratls, const struct cc_claims *claims, struct cc_err *err)
{
	if (ratls->is_other ||
	    !cc_bytes_equal(claims->report_data, ratls->report_data.b, CC_REPORT_DATA_LEN))
		return cc_fail(err, CC_E_EVIDENCE,
			       "the evidence in the certificate is for another key than the "
			       "certificate's");
	return 0;
}
