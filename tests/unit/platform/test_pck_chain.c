/* SPDX-License-Identifier: Apache-2.0 */
/* Quotes that say which machine they are of and do not bring its certificates. */
#include "tests/unit/platform/world.h"

#define CERTS_AT (48 + 384 + 4 + 128 + 384 + 64 + 2 + 32) /* of the simulated quote 3 */
#define PPID_LEN (384 + 16 + 2 + 2)

static void put_length(struct cc_buf *quote, size_t at, size_t len)
{
	for (size_t i = 0; i < 4; i++)
		quote->at[at + i] = (uint8_t)(len >> (8 * i));
}

/* Certification data of type 3 in the place of type 5: no signature is over it. */
static void take_certs_away(struct cc_buf *quote)
{
	quote->at[CERTS_AT] = CC_QUOTE_CERTS_PPID_RSA3072;
	put_length(quote, CERTS_AT + 2, PPID_LEN);
	quote->len = CERTS_AT + 6 + PPID_LEN;
	put_length(quote, 48 + 384, quote->len - 48 - 384 - 4);
	memset(quote->at + CERTS_AT + 6, 0x5a, PPID_LEN);
}

static void make_without_certs(struct world *w)
{
	struct cc_sim_enclave e = enclave();

	plan_good(w);
	make(w, &e);
	take_certs_away(&w->quote);
}

static void a_quote_without_certificates_needs_them_as_collateral(void **state)
{
	AUTO_WORLD struct world w = { 0 };
	struct cc_evidence evidence = { 0 };
	struct cc_quote quote = { 0 };
	struct cc_claims claims = { 0 };
	struct cc_err err = { 0 };

	(void)state;
	make_without_certs(&w);
	evidence = evidence_of(&w);
	assert_int_equal(cc_quote_parse(evidence.bytes, &quote, &err), 0);
	assert_int_equal(quote.ppid.ppid.len, 384);
	assert_int_equal(quote.ppid.pcesvn, 0x5a5a);
	assert_int_equal(prove_both_ways(&evidence, &claims, &err), -1);
	assert_int_equal(err.code, CC_E_EVIDENCE);
	assert_non_null(strstr(err.text, "type 3"));
	assert_non_null(strstr(err.hint, "PCESVN"));
	evidence.collateral.certs = cc_buf_span(&w.pki.pck_pem);
	if (prove_both_ways(&evidence, &claims, &err) != 0)
		fail_msg("%s", err.text);
	assert_int_equal(claims.class, CC_CLASS_SIMULATED);
	assert_int_equal(claims.tcb, CC_TCB_UP_TO_DATE);
	assert_int_equal(claims.machine_len, 16);
}

/* Both are of one root in their own world: whose key signed is what tells them apart. */
static void certificates_of_another_machine_are_not_taken(void **state)
{
	AUTO_WORLD struct world w = { 0 }, other = { 0 };
	CC_AUTO_BUF struct cc_buf both = { 0 };
	struct cc_evidence evidence = { 0 };
	struct cc_claims claims = { 0 };
	struct cc_err err = { 0 };

	(void)state;
	make_without_certs(&w);
	make_without_certs(&other);
	evidence = evidence_of(&w);
	evidence.collateral.certs = cc_buf_span(&other.pki.pck_pem);
	assert_int_equal(prove_both_ways(&evidence, &claims, &err), -1);
	assert_non_null(strstr(err.text, "none in the collateral is of its machine"));
	assert_int_equal(cc_cert_to_pem(other.pki.pck_chain.certs[0], &both, &err), 0);
	assert_int_equal(cc_buf_add(&both, cc_buf_span(&w.pki.pck_pem), &err), 0);
	evidence.collateral.certs = cc_buf_span(&both);
	assert_int_equal(prove_both_ways(&evidence, &claims, &err), 0);
}

static void certificates_from_collateral_are_proven_as_any(void **state)
{
	AUTO_WORLD struct world w = { 0 };
	CC_AUTO_BUF struct cc_buf leaf = { 0 };
	struct cc_evidence evidence = { 0 };
	struct cc_claims claims = { 0 };
	struct cc_err err = { 0 };
	struct cc_sim_enclave e = enclave();

	(void)state;
	plan_good(&w);
	w.plan.revoked = CC_SIM_REVOKED_PCK;
	make(&w, &e);
	take_certs_away(&w.quote);
	evidence = evidence_of(&w);
	evidence.collateral.certs = cc_buf_span(&w.pki.pck_pem);
	assert_int_equal(prove_both_ways(&evidence, &claims, &err), -1);
	assert_non_null(strstr(err.text, "revoked"));
	assert_int_equal(cc_cert_to_pem(w.pki.pck_chain.certs[0], &leaf, &err), 0);
	evidence.collateral.certs = cc_buf_span(&leaf);
	assert_int_equal(prove_both_ways(&evidence, &claims, &err), -1);
	assert_non_null(strstr(err.text, "issuer"));
}

/* What is not signed, and not believed either, is the certification data alone. */
static void every_byte_but_those_of_the_identifier_counts(void **state)
{
	AUTO_WORLD struct world w = { 0 };
	struct cc_evidence evidence = { 0 };
	struct cc_claims claims = { 0 };
	struct cc_err err = { 0 };

	(void)state;
	make_without_certs(&w);
	evidence = evidence_of(&w);
	evidence.collateral.certs = cc_buf_span(&w.pki.pck_pem);
	for (size_t i = 0; i < w.quote.len; i++) {
		bool is_free = i >= CERTS_AT + 6;

		w.quote.at[i] ^= 0x01;
		if ((cc_evidence_prove(&evidence, &claims, &err) == 0) != is_free)
			fail_msg("byte %zu", i);
		w.quote.at[i] ^= 0x01;
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_quote_without_certificates_needs_them_as_collateral),
		cmocka_unit_test(certificates_of_another_machine_are_not_taken),
		cmocka_unit_test(certificates_from_collateral_are_proven_as_any),
		cmocka_unit_test(every_byte_but_those_of_the_identifier_counts),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
