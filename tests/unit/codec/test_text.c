/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/test.h"

#include "codec/text.h"

typedef int (*adder)(struct cc_buf *out, struct cc_span bytes, struct cc_err *err);
typedef int (*parser)(struct cc_span text, struct cc_buf *out, struct cc_err *err);

static int base32_padded(struct cc_buf *out, struct cc_span bytes, struct cc_err *err)
{
	return cc_base32_add(out, bytes, true, err);
}

static int base32_bare(struct cc_buf *out, struct cc_span bytes, struct cc_err *err)
{
	return cc_base32_add(out, bytes, false, err);
}

static void expect_pair(adder add, parser parse, const char *bytes, const char *text)
{
	CC_AUTO_BUF struct cc_buf out = { 0 }, back = { 0 };
	struct cc_err err = { 0 };

	assert_int_equal(add(&out, cc_span_str(bytes), &err), 0);
	assert_int_equal(out.len, strlen(text));
	assert_memory_equal(out.at == NULL ? (const uint8_t *)"" : out.at, text, out.len);
	assert_int_equal(parse(cc_span_str(text), &back, &err), 0);
	assert_true(cc_span_eq_str(cc_buf_span(&back), bytes));
}

/* The vectors of RFC 4648, section 10. */
static void the_vectors_of_rfc_4648_hold_in_both_directions(void **state)
{
	static const struct {
		const char *bytes, *hex, *base64, *base64url, *base32, *bare;
	} rows[] = {
		{ "", "", "", "", "", "" },
		{ "f", "66", "Zg==", "Zg", "MY======", "MY" },
		{ "fo", "666f", "Zm8=", "Zm8", "MZXQ====", "MZXQ" },
		{ "foo", "666f6f", "Zm9v", "Zm9v", "MZXW6===", "MZXW6" },
		{ "foob", "666f6f62", "Zm9vYg==", "Zm9vYg", "MZXW6YQ=", "MZXW6YQ" },
		{ "fooba", "666f6f6261", "Zm9vYmE=", "Zm9vYmE", "MZXW6YTB", "MZXW6YTB" },
		{ "foobar", "666f6f626172", "Zm9vYmFy", "Zm9vYmFy",
		  "MZXW6YTBOI======", "MZXW6YTBOI" },
	};

	(void)state;
	for (size_t i = 0; i < CC_COUNT(rows); i++) {
		expect_pair(cc_hex_add, cc_hex_parse, rows[i].bytes, rows[i].hex);
		expect_pair(cc_base64_add, cc_base64_parse, rows[i].bytes, rows[i].base64);
		expect_pair(cc_base64url_add, cc_base64url_parse, rows[i].bytes, rows[i].base64url);
		expect_pair(base32_padded, cc_base32_parse, rows[i].bytes, rows[i].base32);
		expect_pair(base32_bare, cc_base32_parse, rows[i].bytes, rows[i].bare);
	}
}

static void every_byte_survives_at_every_place(void **state)
{
	static const struct {
		adder add;
		parser parse;
	} forms[] = {
		{ cc_hex_add, cc_hex_parse },
		{ cc_base64_add, cc_base64_parse },
		{ cc_base64url_add, cc_base64url_parse },
		{ base32_padded, cc_base32_parse },
		{ base32_bare, cc_base32_parse },
	};
	struct cc_err err = { 0 };

	(void)state;
	for (size_t form = 0; form < CC_COUNT(forms); form++)
		for (unsigned int value = 0; value < 256 * 6; value++) {
			uint8_t bytes[6] = { 0x5a, 0xa5, 0xff, 0x00, 0x81, 0x7e };
			CC_AUTO_BUF struct cc_buf text = { 0 }, back = { 0 };
			struct cc_span all = { bytes, value % 6 + 1 };

			bytes[value % 6] = (uint8_t)(value / 6);
			assert_int_equal(forms[form].add(&text, all, &err), 0);
			assert_int_equal(forms[form].parse(cc_buf_span(&text), &back, &err), 0);
			assert_true(cc_span_eq(cc_buf_span(&back), all));
		}
}

static void base64_uses_the_alphabet_of_its_variant(void **state)
{
	static const uint8_t bytes[] = { 0xfb, 0xff, 0xbf };
	CC_AUTO_BUF struct cc_buf out = { 0 };
	struct cc_err err = { 0 };

	(void)state;
	assert_int_equal(cc_base64_add(&out, CC_SPAN(bytes), &err), 0);
	assert_int_equal(cc_base64url_add(&out, CC_SPAN(bytes), &err), 0);
	assert_true(cc_span_eq_str(cc_buf_span(&out), "+/+/-_-_"));
}

static void malformed_text_is_refused_and_leaves_the_buffer_as_it_was(void **state)
{
	static const struct {
		parser parse;
		const char *text;
	} rows[] = {
		{ cc_hex_parse, "0" },
		{ cc_hex_parse, "0g" },
		{ cc_hex_parse, "0x" },
		{ cc_hex_parse, "/0" },
		{ cc_hex_parse, ":0" },
		{ cc_hex_parse, "@0" },
		{ cc_hex_parse, "G0" },
		{ cc_hex_parse, "`0" },
		{ cc_hex_parse, "\xe1\x30" },
		{ cc_hex_parse, "0 " },
		{ cc_base64_parse, "Zg" },
		{ cc_base64_parse, "Zg=" },
		{ cc_base64_parse, "Zg===" },
		{ cc_base64_parse, "Zm9v====" },
		{ cc_base64_parse, "====" },
		{ cc_base64_parse, "Z===" },
		{ cc_base64_parse, "Zm9=v" },
		{ cc_base64_parse, "Zg==Zg==" },
		{ cc_base64_parse, "Zh==" },
		{ cc_base64_parse, "Zm9=" },
		{ cc_base64_parse, "Zm 9" },
		{ cc_base64_parse, "Zm9v\n" },
		{ cc_base64_parse, "-_-_" },
		{ cc_base64_parse, "Z" },
		{ cc_base64_parse, "\xda\x6d\x39\x76" },
		{ cc_base64url_parse, "Zg==" },
		{ cc_base64url_parse, "+/+/" },
		{ cc_base64url_parse, "Zh" },
		{ cc_base64url_parse, "Zm9vY" },
		{ cc_base32_parse, "M" },
		{ cc_base32_parse, "MZX" },
		{ cc_base32_parse, "MZXW6Y" },
		{ cc_base32_parse, "my======" },
		{ cc_base32_parse, "MZ======" },
		{ cc_base32_parse, "MY=====" },
		{ cc_base32_parse, "========" },
		{ cc_base32_parse, "M1======" },
		{ cc_base32_parse, "MY==A===" },
	};

	(void)state;
	for (size_t i = 0; i < CC_COUNT(rows); i++) {
		CC_AUTO_BUF struct cc_buf out = { 0 };
		struct cc_err err = { 0 };

		assert_int_equal(cc_buf_add_str(&out, "before", &err), 0);
		if (rows[i].parse(cc_span_str(rows[i].text), &out, &err) == 0)
			fail_msg("'%s' (row %zu) is accepted", rows[i].text, i);
		assert_int_equal(err.code, CC_E_ARG);
		assert_true(cc_span_eq_str(cc_buf_span(&out), "before"));
	}
}

static void hexadecimal_is_read_in_either_case_and_written_in_lower(void **state)
{
	struct cc_digest digest = { { 0xab, 0xcd } };
	char text[CC_HEX_DIGEST];
	uint8_t two[2] = { 0 };
	struct cc_err err = { 0 };

	(void)state;
	cc_hex_digest(&digest, text);
	assert_int_equal(strlen(text), 64);
	assert_memory_equal(text, "abcd00", 6);
	assert_int_equal(cc_hex_parse_fixed(cc_span_str("AbCd"), "it", CC_MUT(two), &err), 0);
	assert_memory_equal(two, digest.b, 2);
	assert_int_equal(cc_hex_parse_fixed(cc_span_str("abc"), "it", CC_MUT(two), &err), -1);
	assert_string_equal(err.text, "it has 3 characters instead of 4 hex digits");
	assert_int_equal(cc_hex_parse_fixed(cc_span_str("abcdef"), "it", CC_MUT(two), &err), -1);
	assert_int_equal(cc_hex_parse_fixed(cc_span_str("abcx"), "it", CC_MUT(two), &err), -1);
	assert_string_equal(err.text, "it is not hexadecimal");
}

static void scone_key_hashes_and_signers_are_base58check(void **state)
{
	static const struct {
		const char *text;
		uint8_t version;
	} rows[] = {
		{ "3s1pm8W6Be6cxvAQRbRP5YXd9YuERAr7KswN97uGtoPkRW87x1", CC_BASE58_KEY_HASH },
		{ "LtLcbPVddnCkH36ZcRdgYsw4H8xDbYaFZfuefkDc25uq2qdjmM", CC_BASE58_SIGNER },
	};

	(void)state;
	for (size_t i = 0; i < CC_COUNT(rows); i++) {
		CC_AUTO_BUF struct cc_buf payload = { 0 }, text = { 0 };
		struct cc_err err = { 0 };
		uint8_t version = 0;

		assert_int_equal(
			cc_base58check_parse(cc_span_str(rows[i].text), &version, &payload, &err),
			0);
		assert_int_equal(version, rows[i].version);
		assert_int_equal(payload.len, 32);
		assert_int_equal(cc_base58check_add(&text, version, cc_buf_span(&payload), &err),
				 0);
		assert_true(cc_span_eq_str(cc_buf_span(&text), rows[i].text));
	}
}

static void base58_keeps_leading_zeroes_and_its_maximum(void **state)
{
	uint8_t bytes[CC_BASE58_PAYLOAD_MAX + 1] = { 0 };
	struct cc_err err = { 0 };

	(void)state;
	for (size_t zeroes = 0; zeroes <= CC_BASE58_PAYLOAD_MAX; zeroes += 16) {
		CC_AUTO_BUF struct cc_buf text = { 0 }, back = { 0 };
		struct cc_span payload = { bytes, CC_BASE58_PAYLOAD_MAX };
		uint8_t version = 9;

		memset(bytes, 0xff, sizeof(bytes));
		memset(bytes, 0, zeroes);
		assert_int_equal(cc_base58check_add(&text, 0, payload, &err), 0);
		assert_int_equal(cc_base58check_parse(cc_buf_span(&text), &version, &back, &err),
				 0);
		assert_int_equal(version, 0);
		assert_true(cc_span_eq(cc_buf_span(&back), payload));
	}
	CC_AUTO_BUF struct cc_buf text = { 0 };
	assert_int_equal(cc_base58check_add(&text, 0, CC_SPAN(bytes), &err), -1);
	assert_int_equal(err.code, CC_E_TOOBIG);
}

static void mistyped_base58_is_refused(void **state)
{
	static const char good[] = "3s1pm8W6Be6cxvAQRbRP5YXd9YuERAr7KswN97uGtoPkRW87x1";
	char ones[200];
	CC_AUTO_BUF struct cc_buf payload = { 0 };
	struct cc_err err = { 0 };
	uint8_t version = 7;

	(void)state;
	for (size_t i = 0; i < sizeof(good) - 1; i++) {
		char typo[sizeof(good)];

		memcpy(typo, good, sizeof(good));
		typo[i] = typo[i] == 'x' ? 'y' : 'x';
		assert_int_equal(cc_base58check_parse(cc_span_str(typo), &version, &payload, &err),
				 -1);
		typo[i] = 'l';
		assert_int_equal(cc_base58check_parse(cc_span_str(typo), &version, &payload, &err),
				 -1);
		assert_non_null(strstr(err.text, "is not base58"));
	}
	assert_int_equal(cc_base58check_parse(cc_span_str(""), &version, &payload, &err), -1);
	assert_int_equal(cc_base58check_parse(cc_span_str("1111"), &version, &payload, &err), -1);
	memset(ones, '1', sizeof(ones));
	assert_int_equal(cc_base58check_parse(CC_SPAN(ones), &version, &payload, &err), -1);
	assert_int_equal(cc_base58check_parse(cc_span(ones, 150), &version, &payload, &err), -1);
	assert_int_equal(version, 7);
	assert_int_equal(payload.len, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_vectors_of_rfc_4648_hold_in_both_directions),
		cmocka_unit_test(every_byte_survives_at_every_place),
		cmocka_unit_test(base64_uses_the_alphabet_of_its_variant),
		cmocka_unit_test(malformed_text_is_refused_and_leaves_the_buffer_as_it_was),
		cmocka_unit_test(hexadecimal_is_read_in_either_case_and_written_in_lower),
		cmocka_unit_test(scone_key_hashes_and_signers_are_base58check),
		cmocka_unit_test(base58_keeps_leading_zeroes_and_its_maximum),
		cmocka_unit_test(mistyped_base58_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
