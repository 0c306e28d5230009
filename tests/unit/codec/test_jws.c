/* SPDX-License-Identifier: Apache-2.0 */
/* Tokens that others verify: their parts, their algorithm, and a signature over both. */
#include "tests/unit/test.h"

#include "base/str.h"
#include "codec/jws.h"
#include "codec/text.h"

static struct cc_span part(struct cc_span token, unsigned int index)
{
	while (index-- > 0) {
		const uint8_t *dot = memchr(token.at, '.', token.len);

		assert_non_null(dot);
		token = cc_span_sub(token, (size_t)(dot - token.at) + 1,
				    token.len - (size_t)(dot - token.at) - 1);
	}
	for (size_t i = 0; i < token.len; i++)
		if (token.at[i] == '.')
			return cc_span_sub(token, 0, i);
	return token;
}

static void a_token_has_the_algorithm_and_the_signature_of_its_key(void **state)
{
	static const struct {
		enum cc_key_kind kind;
		const char *header;
		size_t len;
	} rows[] = {
		{ CC_KEY_ED25519, "{\"alg\":\"EdDSA\",\"typ\":\"JWT\"}", 64 },
		{ CC_KEY_P256, "{\"alg\":\"ES256\",\"typ\":\"JWT\"}", 64 },
		{ CC_KEY_P384, "{\"alg\":\"ES384\",\"typ\":\"JWT\"}", 96 },
	};

	(void)state;
	for (size_t i = 0; i < CC_COUNT(rows); i++) {
		CC_AUTO_KEY struct cc_key *key = NULL;
		CC_AUTO_BUF struct cc_buf token = { 0 }, header = { 0 }, payload = { 0 },
					  signature = { 0 };
		struct cc_span text = { 0 }, message = { 0 };
		struct cc_err err = { 0 };

		assert_int_equal(cc_key_generate(rows[i].kind, &key, &err), 0);
		assert_int_equal(cc_jws_add(key, cc_span_str("{\"a\":1}"), &token, &err), 0);
		text = cc_buf_span(&token);
		assert_int_equal(cc_base64url_parse(part(text, 0), &header, &err), 0);
		assert_int_equal(cc_base64url_parse(part(text, 1), &payload, &err), 0);
		assert_int_equal(cc_base64url_parse(part(text, 2), &signature, &err), 0);
		assert_true(cc_span_eq_str(cc_buf_span(&header), rows[i].header));
		assert_true(cc_span_eq_str(cc_buf_span(&payload), "{\"a\":1}"));
		assert_int_equal(signature.len, rows[i].len);
		message = cc_span_sub(text, 0, part(text, 0).len + 1 + part(text, 1).len);
		assert_int_equal(
			(rows[i].kind == CC_KEY_ED25519 ? cc_verify : cc_verify_raw)(
				cc_key_public(key), message, cc_buf_span(&signature), &err),
			0);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_token_has_the_algorithm_and_the_signature_of_its_key),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
