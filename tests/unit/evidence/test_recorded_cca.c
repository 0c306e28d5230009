/* SPDX-License-Identifier: Apache-2.0 */
/* Tokens of Arm's emulators: signatures, the realm key's binding, and that nothing else passes. */
#include "tests/unit/evidence/recorded.h"

#include "evidence/cca.h"

#define KEYS 9 /* in cc_collateral_files */

static int load_token(struct recorded *r, struct cc_err *err)
{
	return recorded_read("", r->columns[RECORDED_NAME], &r->quote, err);
}

static int member(const struct cc_json *json, const char *name, struct cc_buf *out,
		  struct cc_err *err)
{
	const char *text = NULL;

	CC_TRY(cc_json_get_str(json, name, &text, err));
	return cc_base64url_parse(cc_span_str(text), out, err);
}

/* A key as a JWK (RFC 7517), which is how the origins have theirs. */
static void add_jwk(const char *file, struct recorded *r)
{
	CC_AUTO_BUF struct cc_buf text = { 0 }, point = { 0 };
	CC_AUTO_PUBKEY struct cc_pubkey *key = NULL;
	CC_AUTO_JSON struct cc_json *json = NULL;
	struct cc_err err = { 0 };

	assert_int_equal(recorded_read("", file, &text, &err), 0);
	assert_int_equal(cc_json_parse(cc_buf_span(&text), 4096, &json, &err), 0);
	assert_int_equal(member(json, "x", &point, &err), 0);
	assert_int_equal(member(json, "y", &point, &err), 0);
	if (point.len == 64)
		assert_int_equal(cc_pubkey_from_p256(cc_buf_span(&point), &key, &err), 0);
	else
		assert_int_equal(cc_pubkey_from_p384(cc_buf_span(&point), &key, &err), 0);
	assert_int_equal(cc_pubkey_to_pem(key, &r->files[KEYS], &err), 0);
}

/* The endorsed keys of all origins, as roots of platforms that we call simulated. */
static void endorse(struct recorded *r, struct cc_roots *roots)
{
	struct cc_span rest = { 0 };
	struct cc_err err = { 0 };

	assert_string_equal(cc_collateral_files[KEYS].member, "keys");
	cc_buf_reset(&r->files[KEYS]);
	assert_int_equal(
		recorded_read("cca/ccatoken-tf-rmm", "cca_platform.pub", &r->files[KEYS], &err), 0);
	add_jwk("cca/trustee/cpak-pub.json", r);
	add_jwk("cca/veraison-services/ec256.json", r);
	cc_roots_vendors(roots);
	rest = cc_buf_span(&r->files[KEYS]);
	while (rest.len > 0) {
		CC_AUTO_PUBKEY struct cc_pubkey *key = NULL;
		struct cc_root root = { .platform = CC_PLATFORM_CCA,
					.class = CC_CLASS_SIMULATED,
					.label = "emulator" };

		assert_int_equal(cc_pubkey_next_pem(&rest, &key, &err), 0);
		if (key == NULL)
			break;
		assert_int_equal(cc_pubkey_hash(key, &root.key, &err), 0);
		assert_int_equal(cc_roots_add(roots, &root, &err), 0);
	}
}

static void every_recorded_token_is_authentic(void **state)
{
	AUTO_RECORDED struct recorded_set set = { 0 };
	struct cc_roots roots = { 0 };

	(void)state;
	recorded_open_or_skip(&set, "cca", load_token);
	assert_true(set.count > 0);
	for (size_t i = 0; i < set.count; i++) {
		struct cc_tolerance none = { 0 };
		struct cc_evidence evidence = { 0 };
		struct cc_claims claims = { 0 };
		struct cc_digest64 expected = { 0 };
		struct cc_err err = { 0 };

		endorse(&set.cases[i], &roots);
		evidence = recorded_evidence(&set.cases[i], &roots, 1700000000);
		if (cc_evidence_prove(&evidence, &claims, &err) != 0)
			fail_msg("%s: %s", set.cases[i].columns[RECORDED_NAME], err.text);
		assert_int_equal(claims.class, CC_CLASS_SIMULATED);
		assert_int_equal(claims.registers.count, 4);
		assert_int_equal(cc_claims_platform(&claims, &none, &err), 0);
		memcpy(expected.b, claims.report_data, sizeof(expected.b));
		assert_int_equal(cc_evidence_recheck(evidence.bytes, &claims, &expected, &err), 0);
		/* No key of the evidence's own choice: without the endorsement it is nobody's. */
		evidence.collateral.keys = cc_span(NULL, 0);
		assert_int_equal(cc_evidence_prove(&evidence, &claims, &err), -1);
		assert_int_equal(err.code, CC_E_EVIDENCE);
	}
}

static void every_byte_of_a_token_counts(void **state)
{
	AUTO_RECORDED struct recorded_set set = { 0 };
	struct cc_roots roots = { 0 };

	(void)state;
	recorded_open_or_skip(&set, "cca", load_token);
	for (size_t at = 0; at < set.cases[0].quote.len; at++) {
		struct cc_evidence evidence = { 0 };
		struct cc_claims claims = { 0 };
		struct cc_err err = { 0 };

		if (at == 0)
			endorse(&set.cases[0], &roots);
		set.cases[0].quote.at[at] ^= 0x01;
		evidence = recorded_evidence(&set.cases[0], &roots, 1700000000);
		if (cc_evidence_prove(&evidence, &claims, &err) == 0)
			fail_msg("byte %zu is not looked at", at);
		set.cases[0].quote.at[at] ^= 0x01;
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_recorded_token_is_authentic),
		cmocka_unit_test(every_byte_of_a_token_counts),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
