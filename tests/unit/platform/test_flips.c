/* SPDX-License-Identifier: Apache-2.0 */
/* Every byte of evidence and collateral, changed: some thousand proofs, so apart from the others.
 */
#include "tests/unit/platform/world.h"

/* Flip one bit of each byte: every change must be refused, but for the slack of PEM. */
static void every_changed_byte_of_a_quote_is_refused(void **state)
{
	AUTO_WORLD struct world w = { 0 };
	struct cc_sim_enclave e = enclave();
	struct cc_evidence evidence = { 0 };
	struct cc_claims good = { 0 };
	struct cc_err err = { 0 };

	(void)state;
	plan_good(&w);
	make(&w, &e);
	evidence = evidence_of(&w);
	assert_int_equal(cc_evidence_prove(&evidence, &good, &err), 0);
	(void)prepare(&evidence); /* with the machine, while its certificates are whole */
	for (size_t i = 0; i < w.quote.len; i++) {
		bool slack = i > AUTH_AT + 32 && is_slack_of_pem(cc_buf_span(&w.quote), i);
		uint8_t was = w.quote.at[i];
		struct cc_claims claims = { 0 };

		w.quote.at[i] ^= 1;
		/* Without what was proven before it is the same, in twice the time: now and then.
		 */
		evidence.prepared = prepare(&evidence);
		if ((i % 16 == 0 ? prove_both_ways : cc_evidence_prove)(&evidence, &claims, &err) ==
		    0) {
			if (!slack)
				fail_msg("byte %zu (0x%02x) does not matter", i, was);
			assert_memory_equal(&claims, &good, sizeof(good));
		}
		w.quote.at[i] = was;
	}
}

/* Each fifth byte, beginning with another one in each range: a proof takes milliseconds. */
static void changed_collateral_is_refused(void **state)
{
	AUTO_WORLD struct world w = { 0 };
	struct cc_sim_enclave e = enclave();
	struct cc_evidence evidence = { 0 };
	struct cc_err err = { 0 };

	(void)state;
	plan_good(&w);
	make(&w, &e);
	evidence = evidence_of(&w);
	for (size_t f = 0; f < CC_COLLATERAL_FILES; f++) {
		for (size_t i = f % 5; i < w.pki.files[f].len; i += 5) {
			uint8_t *at = &w.pki.files[f].at[i];
			bool slack = is_slack_of_pem(cc_buf_span(&w.pki.files[f]), i);
			uint8_t was = *at;
			struct cc_claims claims = { 0 };

			slack = slack &&
				cc_span_eq_str(cc_span_sub(cc_buf_span(&w.pki.files[f]), 0, 5),
					       "-----");
			*at ^= 1;
			/* The issuer chain of the CRL is compared by its first key alone. */
			if (!cc_collateral_files[f].optional && !slack &&
			    cc_evidence_prove(&evidence, &claims, &err) == 0)
				fail_msg("byte %zu (0x%02x) of %s does not matter", i, was,
					 cc_collateral_files[f].file);
			*at = was;
		}
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_changed_byte_of_a_quote_is_refused),
		cmocka_unit_test(changed_collateral_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
