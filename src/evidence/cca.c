/* SPDX-License-Identifier: Apache-2.0 */
#include "evidence/cca.h"

#include "codec/cbor.h"

#define TAG_TOKEN 399
#define SECURED_FIRST 0x3000 /* lifecycle: secured is 3000h to 30ffh */
#define SECURED_LAST 0x30ff
#define POINT_LEN 97

/* A claim of bytes whose length is one of two (0: no second one). */
struct claim {
	int64_t key;
	const char *name;
	size_t len, or_len, or_len2;
	size_t at; /* in struct cc_cca_token */
};

#define AT(member) offsetof(struct cc_cca_token, member)
static const struct claim platform_claims[] = {
	{ 10, "nonce of the platform token", 32, 48, 64, AT(nonce) },
	{ 2396, "implementation id", 32, 0, 0, AT(implementation) },
	{ 256, "instance id", 33, 0, 0, AT(instance) },
};

static const struct claim realm_claims[] = {
	{ 10, "challenge", 64, 0, 0, AT(challenge) },
	{ 44235, "personalization value", 64, 0, 0, AT(personalization) },
	{ 44238, "RIM", 32, 48, 64, AT(rim) },
};

static int read_sized(struct cc_span value, const struct claim *claim, struct cc_span *out,
		      struct cc_err *err)
{
	CC_TRY(cc_cbor_bytes(value, claim->name, out, err));
	if (out->len != claim->len &&
	    (out->len == 0 || (out->len != claim->or_len && out->len != claim->or_len2)))
		return cc_fail(err, CC_E_ARG, "%s has %zu bytes", claim->name, out->len);
	return 0;
}

static int read_claims(const struct cc_cbor_map *map, const struct claim *claims, size_t count,
		       struct cc_cca_token *out, struct cc_err *err)
{
	for (size_t i = 0; i < count; i++) {
		struct cc_span bytes = { 0 };

		CC_TRY(read_sized(cc_cbor_find(map, claims[i].key), &claims[i], &bytes, err));
		memcpy((char *)out + claims[i].at, &bytes, sizeof(bytes));
	}
	return 0;
}

static int read_platform(struct cc_cca_token *out, struct cc_err *err)
{
	struct cc_cbor_map map = { 0 };
	struct cc_cbor_array components = { 0 };

	CC_TRY(cc_cbor_map(out->platform.payload, "platform token", &map, err));
	CC_TRY(read_claims(&map, platform_claims, CC_COUNT(platform_claims), out, err));
	if (out->instance.at[0] != 1)
		return cc_fail(err, CC_E_ARG, "instance id is of type %u, not 1",
			       out->instance.at[0]);
	CC_TRY(cc_cbor_unsigned(cc_cbor_find(&map, 2395), "lifecycle", &out->lifecycle, err));
	CC_TRY(cc_cbor_array(cc_cbor_find(&map, 2399), "software components", &components, err));
	if (components.count == 0)
		return cc_fail(err, CC_E_ARG, "the platform token names no software component");
	return 0;
}

static int read_rems(struct cc_span value, struct cc_cca_token *out, struct cc_err *err)
{
	struct cc_cbor_array list = { 0 };

	CC_TRY(cc_cbor_array(value, "REMs", &list, err));
	if (list.count != CC_CCA_REMS)
		return cc_fail(err, CC_E_ARG, "there are %zu REMs, not %d", list.count,
			       CC_CCA_REMS);
	for (size_t i = 0; i < CC_CCA_REMS; i++) {
		CC_TRY(cc_cbor_bytes(list.at[i], "REM", &out->rem[i], err));
		if (out->rem[i].len != out->rim.len)
			return cc_fail(err, CC_E_ARG, "REM %zu is not as long as the RIM", i);
	}
	return 0;
}

static int read_realm(struct cc_cca_token *out, struct cc_err *err)
{
	struct cc_cbor_map map = { 0 };
	struct cc_span ignored = { 0 };

	CC_TRY(cc_cbor_map(out->realm.payload, "realm token", &map, err));
	CC_TRY(read_claims(&map, realm_claims, CC_COUNT(realm_claims), out, err));
	CC_TRY(read_rems(cc_cbor_find(&map, 44239), out, err));
	CC_TRY(cc_cbor_text(cc_cbor_find(&map, 44236), "hash of the RIM", &ignored, err));
	CC_TRY(cc_cbor_bytes(cc_cbor_find(&map, 44237), "realm key", &out->realm_key, err));
	return cc_cbor_text(cc_cbor_find(&map, 44240), "hash of the realm key", &out->key_digest,
			    err);
}

static int read_cose(const struct cc_cbor_map *map, int64_t key, const char *name,
		     struct cc_cose *out, struct cc_err *err)
{
	struct cc_span text = { 0 };

	CC_TRY(cc_cbor_bytes(cc_cbor_find(map, key), name, &text, err));
	if (cc_cose_parse(text, out, err) != 0)
		return cc_wrap(err, "%s", name);
	return 0;
}

int cc_cca_parse(struct cc_span bytes, struct cc_cca_token *out, struct cc_err *err)
{
	struct cc_cca_token token = { 0 };
	struct cc_cbor_map map = { 0 };
	struct cc_span inner = { 0 };

	if (bytes.len > CC_EVIDENCE_MAX)
		return cc_fail(err, CC_E_TOOBIG, "CCA token has %zu bytes, at most %zu are read",
			       bytes.len, CC_EVIDENCE_MAX);
	CC_TRY(cc_cbor_tagged(bytes, TAG_TOKEN, "CCA token", &inner, err));
	CC_TRY(cc_cbor_map(inner, "CCA token", &map, err));
	if (map.count != 2)
		return cc_fail(err, CC_E_ARG, "CCA token has %zu parts, not 2", map.count);
	CC_TRY(read_cose(&map, 44234, "platform token", &token.platform, err));
	CC_TRY(read_cose(&map, 44241, "realm token", &token.realm, err));
	CC_TRY(read_platform(&token, err));
	CC_TRY(read_realm(&token, err));
	*out = token;
	return 0;
}

/* {1: 2 (EC2), -1: 2 (P-384), -2: x, -3: y} (RFC 9053 7.1.1), or the point as it is. */
static int realm_point(struct cc_span encoded, uint8_t out[static 96], struct cc_err *err)
{
	struct cc_cbor_map map = { 0 };
	struct cc_span x = { 0 }, y = { 0 };
	int64_t type = 0, curve = 0;

	if (encoded.len == POINT_LEN && encoded.at[0] == 4) {
		memcpy(out, encoded.at + 1, 96);
		return 0;
	}
	CC_TRY(cc_cbor_map(encoded, "realm key", &map, err));
	CC_TRY(cc_cbor_integer(cc_cbor_find(&map, 1), "type of the realm key", &type, err));
	CC_TRY(cc_cbor_integer(cc_cbor_find(&map, -1), "curve of the realm key", &curve, err));
	CC_TRY(cc_cbor_bytes(cc_cbor_find(&map, -2), "x of the realm key", &x, err));
	CC_TRY(cc_cbor_bytes(cc_cbor_find(&map, -3), "y of the realm key", &y, err));
	if (type != 2 || curve != 2 || x.len != 48 || y.len != 48)
		return cc_fail(err, CC_E_UNSUPPORTED, "the realm key is not of P-384");
	memcpy(out, x.at, 48);
	memcpy(out + 48, y.at, 48);
	return 0;
}

/* The platform vouches for this realm's key and for no other. */
static int prove_binding(const struct cc_cca_token *token, struct cc_err *err)
{
	struct cc_digest sha256 = { 0 };
	struct cc_digest48 sha384 = { 0 };
	struct cc_digest64 sha512 = { 0 };
	struct cc_span is = { 0 };

	if (cc_span_eq_str(token->key_digest, "sha-256")) {
		CC_TRY(cc_sha256(token->realm_key, &sha256, err));
		is = CC_DIGEST_SPAN(sha256);
	} else if (cc_span_eq_str(token->key_digest, "sha-384")) {
		CC_TRY(cc_sha384(token->realm_key, &sha384, err));
		is = CC_DIGEST_SPAN(sha384);
	} else if (cc_span_eq_str(token->key_digest, "sha-512")) {
		CC_TRY(cc_sha512(token->realm_key, &sha512, err));
		is = CC_DIGEST_SPAN(sha512);
	} else {
		return cc_fail(err, CC_E_UNSUPPORTED,
			       "the realm key is hashed by another hash than SHA-256, 384 or 512");
	}
	if (!cc_span_eq(is, token->nonce))
		return cc_fail(err, CC_E_EVIDENCE,
			       "the platform token is for the key of another realm");
	return 0;
}

/* An endorsed key that signed the platform token: which one, only trying tells. */
static int prove_platform(const struct cc_evidence *in, const struct cc_cca_token *token,
			  const struct cc_root **root, struct cc_err *err)
{
	struct cc_span rest = in->collateral.keys;

	*root = NULL;
	while (rest.len > 0) {
		CC_AUTO_PUBKEY struct cc_pubkey *key = NULL;
		struct cc_digest hash = { 0 };
		struct cc_err ignored = { 0 };

		CC_TRY(cc_pubkey_next_pem(&rest, &key, err));
		if (key == NULL)
			break;
		CC_TRY(cc_pubkey_hash(key, &hash, err));
		*root = cc_roots_find(in->roots, CC_PLATFORM_CCA, &hash);
		if (*root != NULL && cc_cose_verify(&token->platform, key, &ignored) == 0)
			return 0;
	}
	cc_err_set(err, CC_E_EVIDENCE,
		   "the platform token is signed by none of the keys that we accept");
	return cc_hint(err, "its manufacturer endorses the key of each platform: put it into the "
			    "collateral and its hash into the roots");
}

static int prove_realm(const struct cc_cca_token *token, struct cc_err *err)
{
	CC_AUTO_PUBKEY struct cc_pubkey *key = NULL;
	uint8_t point[96];

	CC_TRY(realm_point(token->realm_key, point, err));
	CC_TRY(cc_pubkey_from_p384(CC_SPAN(point), &key, err));
	if (cc_cose_verify(&token->realm, key, err) != 0)
		return cc_wrap(err, "realm token");
	return 0;
}

static void claim_register(struct cc_claims *out, uint16_t index, struct cc_span value)
{
	struct cc_register *to = &out->registers.at[out->registers.count++];

	to->index = index;
	to->len = (uint16_t)value.len;
	memcpy(to->value, value.at, value.len);
}

static void claim_token(const struct cc_cca_token *token, struct cc_claims *out)
{
	out->measurement_len = token->rim.len;
	memcpy(out->measurement, token->rim.at, token->rim.len);
	memcpy(out->report_data, token->challenge.at, sizeof(out->report_data));
	for (uint16_t i = 0; i < CC_CCA_REMS; i++)
		claim_register(out, i, token->rem[i]);
	out->machine_len = token->instance.len;
	memcpy(out->machine, token->instance.at, token->instance.len);
	memcpy(out->cca.implementation, token->implementation.at, sizeof(out->cca.implementation));
	memcpy(out->cca.personalization, token->personalization.at,
	       sizeof(out->cca.personalization));
	out->cca.lifecycle = (uint32_t)(token->lifecycle > UINT32_MAX ? 0 : token->lifecycle);
	out->debug = token->lifecycle < SECURED_FIRST || token->lifecycle > SECURED_LAST;
	out->tcb = CC_TCB_NOT_STATED;
}

int cc_cca_read(struct cc_span bytes, struct cc_claims *out, struct cc_err *err)
{
	struct cc_cca_token token = { 0 };

	CC_TRY(cc_cca_parse(bytes, &token, err));
	claim_token(&token, out);
	return 0;
}

int cc_cca_prove(const struct cc_evidence *evidence, struct cc_claims *out, struct cc_err *err)
{
	const struct cc_root *root = NULL;
	struct cc_cca_token token = { 0 };
	struct cc_claims claims = { 0 };

	CC_TRY(cc_cca_parse(evidence->bytes, &token, err));
	CC_TRY(prove_platform(evidence, &token, &root, err));
	CC_TRY(prove_binding(&token, err));
	CC_TRY(prove_realm(&token, err));
	claim_token(&token, &claims);
	claims.platform = root->platform;
	claims.class = root->class;
	claims.root = root->key;
	claims.valid_until = CC_CCA_NO_END;
	*out = claims;
	return 0;
}

int cc_cca_recheck(struct cc_span evidence, const struct cc_claims *claims,
		   const struct cc_digest64 *expected, struct cc_err *err)
{
	struct cc_cca_token token = { 0 };
	struct cc_claims said = { 0 };

	CC_TRY(cc_cca_parse(evidence, &token, err));
	claim_token(&token, &said);
	if (!cc_bytes_equal(said.report_data, expected->b, CC_REPORT_DATA_LEN))
		return cc_fail(err, CC_E_EVIDENCE,
			       "recheck: the token is for another connection, nonce or request");
	if (!cc_bytes_equal(said.report_data, claims->report_data, CC_REPORT_DATA_LEN) ||
	    said.measurement_len != claims->measurement_len ||
	    !cc_bytes_equal(said.measurement, claims->measurement, said.measurement_len) ||
	    !cc_registers_equal(&said.registers, &claims->registers) ||
	    !cc_bytes_equal(said.cca.personalization, claims->cca.personalization,
			    sizeof(said.cca.personalization)))
		return cc_fail(err, CC_E_EVIDENCE,
			       "recheck: the claims are not those of the token");
	if (said.debug != claims->debug)
		return cc_fail(err, CC_E_EVIDENCE,
			       "recheck: the claims deny the lifecycle of the platform");
	CC_TRY(prove_binding(&token, err));
	return prove_realm(&token, err);
}
