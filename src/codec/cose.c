/* SPDX-License-Identifier: Apache-2.0 */
#include "codec/cose.h"

#include "codec/cbor.h"

#define TAG_SIGN1 18
#define HEADER_ALGORITHM 1

static int read_protected(struct cc_cose *out, struct cc_err *err)
{
	struct cc_cbor_map header = { 0 };

	CC_TRY(cc_cbor_map(out->protected, "protected header", &header, err));
	CC_TRY(cc_cbor_integer(cc_cbor_find(&header, HEADER_ALGORITHM), "algorithm",
			       &out->algorithm, err));
	if (out->algorithm != CC_COSE_ES256 && out->algorithm != CC_COSE_ES384)
		return cc_fail(err, CC_E_UNSUPPORTED,
			       "COSE is signed by algorithm %lld, we read -7 and -35",
			       (long long)out->algorithm);
	return 0;
}

int cc_cose_parse(struct cc_span text, struct cc_cose *out, struct cc_err *err)
{
	struct cc_cbor_array parts = { 0 };
	struct cc_cbor_map unprotected = { 0 };
	struct cc_cose cose = { 0 };

	if (cc_cbor_is_tag(text, TAG_SIGN1))
		CC_TRY(cc_cbor_tagged(text, TAG_SIGN1, "COSE_Sign1", &text, err));
	CC_TRY(cc_cbor_array(text, "COSE_Sign1", &parts, err));
	if (parts.count != 4)
		return cc_fail(err, CC_E_ARG, "COSE_Sign1 has %zu parts, not 4", parts.count);
	CC_TRY(cc_cbor_bytes(parts.at[0], "protected header", &cose.protected, err));
	CC_TRY(cc_cbor_map(parts.at[1], "unprotected header", &unprotected, err));
	CC_TRY(cc_cbor_bytes(parts.at[2], "payload", &cose.payload, err));
	CC_TRY(cc_cbor_bytes(parts.at[3], "signature", &cose.signature, err));
	CC_TRY(read_protected(&cose, err));
	*out = cose;
	return 0;
}

/* ["Signature1", protected, h'', payload] (RFC 9052 4.4) */
int cc_cose_to_be_signed(struct cc_span protected, struct cc_span payload, struct cc_buf *out,
			 struct cc_err *err)
{
	CC_TRY(cc_cbor_add_head(out, CC_CBOR_ARRAY, 4, err));
	CC_TRY(cc_cbor_add_text(out, "Signature1", err));
	CC_TRY(cc_cbor_add_bytes(out, protected, err));
	CC_TRY(cc_cbor_add_bytes(out, cc_span(NULL, 0), err));
	return cc_cbor_add_bytes(out, payload, err);
}

int cc_cose_verify(const struct cc_cose *cose, const struct cc_pubkey *key, struct cc_err *err)
{
	enum cc_key_kind kind = cose->algorithm == CC_COSE_ES384 ? CC_KEY_P384 : CC_KEY_P256;
	CC_AUTO_BUF struct cc_buf message = { 0 };

	if (cc_pubkey_kind(key) != kind)
		return cc_fail(err, CC_E_EVIDENCE,
			       "the key is not of the curve that COSE's algorithm names");
	CC_TRY(cc_cose_to_be_signed(cose->protected, cose->payload, &message, err));
	return cc_verify_raw(key, cc_buf_span(&message), cose->signature, err);
}
