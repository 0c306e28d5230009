/* SPDX-License-Identifier: Apache-2.0 */
/* Quotes of real enclaves and TDs, each at its time: exactly the row that is recorded for it. */
#include "tests/unit/evidence/recorded.h"

static void assert_row(const struct recorded *r, const struct cc_claims *claims)
{
	char *const *columns = r->columns;
	CC_AUTO_BUF struct cc_buf list = { 0 };
	char from[CC_TIME_TEXT], until[CC_TIME_TEXT], date[CC_TIME_TEXT];
	struct cc_err err = { 0 };

	bool supported = !cc_str_eq(columns[RECORDED_TCB], "TCB_NOT_SUPPORTED");

	assert_string_equal(cc_tcb_name(claims->tcb),
			    supported ? columns[RECORDED_TCB] : "NotSupported");
	assert_string_equal(cc_tcb_name(claims->intel.qe_tcb), columns[RECORDED_QE_TCB]);
	if (*columns[RECORDED_MODULE_TCB] != '\0')
		assert_string_equal(cc_tcb_name(claims->tdx.module_tcb),
				    columns[RECORDED_MODULE_TCB]);
	assert_hex(CC_SPAN(claims->intel.fmspc), columns[RECORDED_FMSPC]);
	assert_hex(cc_span(claims->measurement, claims->measurement_len),
		   columns[RECORDED_MEASUREMENT]);
	if (*columns[RECORDED_SIGNER] != '\0')
		assert_hex(CC_DIGEST_SPAN(claims->sgx.signer), columns[RECORDED_SIGNER]);
	assert_hex(CC_SPAN(claims->report_data), columns[RECORDED_REPORT_DATA]);
	cc_time_print(claims->tcb_date, date);
	assert_string_equal(supported ? date : "", columns[RECORDED_TCB_DATE]);
	for (size_t i = 0; supported && i < claims->advisories.count; i++)
		assert_int_equal(cc_buf_addf(&list, &err, "%s%s", i > 0 ? " " : "",
					     claims->advisories.at[i]),
				 0);
	assert_true(cc_span_eq_str(cc_buf_span(&list), columns[RECORDED_ADVISORIES]));
	cc_time_print(claims->valid_from, from);
	cc_time_print(claims->valid_until, until);
	assert_memory_equal(columns[RECORDED_WINDOW], from, 20);
	assert_string_equal(columns[RECORDED_WINDOW] + 22, until);
	assert_int_equal(claims->class, CC_CLASS_CONFIDENTIAL);
	assert_string_equal(cc_platform_name(claims->platform), columns[RECORDED_KIND]);
	assert_int_equal(claims->without_revocation, cc_str_eq(columns[RECORDED_CRL], "no"));
	assert_int_equal(claims->debug, strstr(columns[RECORDED_WHY], "debug") != NULL);
}

/* Accepted by question 3 only with everything tolerated that its row says. */
static void assert_verdict(const struct recorded *r, const struct cc_claims *claims)
{
	/* Rows say nothing of #VE on private memory or migration, which some recorded guests allow.
	 */
	struct cc_tolerance t = { .tcb = 1u << claims->tcb,
				  .any_advisory = true,
				  .without_revocation = claims->without_revocation,
				  .sept_ve = true,
				  .migratable = true };
	bool valid = cc_str_eq(r->columns[RECORDED_VERDICT], "VALID-SIGNATURE");
	struct cc_err err = { 0 };

	assert_int_equal(cc_claims_platform(claims, &t, &err), valid ? 0 : -1);
	if (!valid)
		assert_true(claims->debug || claims->sgx.signer_is_published ||
			    claims->tcb == CC_TCB_NOT_SUPPORTED);
}

static void open_or_skip(struct recorded_set *set)
{
	recorded_open_or_skip(set, "sgx tdx", recorded_load_quote);
}

/* One origin wrote a text behind its quote: without being told whose it is, that is an error. */
static bool refused_for_its_tail(const struct cc_evidence *evidence)
{
	struct cc_quote quote = { 0 };
	struct cc_span tail = { 0 };
	struct cc_err err = { 0 };

	assert_int_equal(cc_quote_parse_head(evidence->bytes, &quote, &tail, &err), 0);
	assert_int_equal(cc_quote_parse(evidence->bytes, &quote, &err),
			 cc_span_is_zero(tail) ? 0 : -1);
	return !cc_span_is_zero(tail);
}

static void every_recorded_case_gives_its_row(void **state)
{
	AUTO_RECORDED struct recorded_set set = { 0 };
	struct cc_roots roots = { 0 };

	(void)state;
	open_or_skip(&set);
	cc_roots_vendors(&roots);
	assert_true(set.count > 0);
	for (size_t i = 0; i < set.count; i++) {
		const struct recorded *r = &set.cases[i];
		struct cc_evidence evidence = { 0 };
		struct cc_claims claims = { 0 };
		struct cc_err err = { 0 };

		if (*r->columns[RECORDED_AT] == '\0')
			continue;
		evidence = recorded_evidence(r, &roots, time_of(r->columns[RECORDED_AT]));
		evidence.has_tail = refused_for_its_tail(&evidence);
		if (cc_evidence_prove(&evidence, &claims, &err) != 0)
			fail_msg("%s: %s", r->columns[RECORDED_NAME], err.text);
		assert_row(r, &claims);
		assert_verdict(r, &claims);
	}
}

static void collateral_that_never_held_together_is_refused_at_any_time(void **state)
{
	AUTO_RECORDED struct recorded_set set = { 0 };
	struct cc_roots roots = { 0 };
	size_t seen = 0;

	(void)state;
	open_or_skip(&set);
	cc_roots_vendors(&roots);
	for (size_t i = 0; i < set.count; i++) {
		const struct recorded *r = &set.cases[i];

		if (*r->columns[RECORDED_AT] != '\0')
			continue;
		seen++;
		for (size_t edge = 0; edge < 2; edge++) {
			int64_t at = time_of(r->columns[RECORDED_WINDOW] + 22 * edge);
			struct cc_evidence evidence = recorded_evidence(r, &roots, at);
			struct cc_claims claims = { 0 };
			struct cc_err err = { 0 };

			assert_int_equal(cc_evidence_prove(&evidence, &claims, &err), -1);
			assert_int_equal(err.code, CC_E_EXPIRED);
		}
	}
	assert_true(seen > 0);
}

static void recorded_evidence_holds_in_its_window_and_a_second_beside_it_does_not(void **state)
{
	AUTO_RECORDED struct recorded_set set = { 0 };
	struct cc_roots roots = { 0 };

	(void)state;
	open_or_skip(&set);
	cc_roots_vendors(&roots);
	for (size_t i = 0; i < set.count; i++) {
		const struct recorded *r = &set.cases[i];
		int64_t from = time_of(r->columns[RECORDED_WINDOW]);
		int64_t until = time_of(r->columns[RECORDED_WINDOW] + 22);
		const int64_t times[] = { from, until, from - 1, until + 1 };

		for (size_t t = 0; t < CC_COUNT(times) && from <= until; t++) {
			struct cc_evidence evidence = recorded_evidence(r, &roots, times[t]);
			struct cc_claims claims = { 0 };
			struct cc_err err = { 0 };

			evidence.has_tail = true;
			assert_int_equal(cc_evidence_prove(&evidence, &claims, &err),
					 t < 2 ? 0 : -1);
			assert_true(t < 2 || err.code == CC_E_EXPIRED);
		}
	}
}

/* 1 after the proof of `a` with a range of `b` was refused. */
static size_t refused_with(const struct recorded *a, const struct recorded *b, const char *member,
			   const struct cc_roots *roots)
{
	struct cc_evidence evidence = recorded_evidence(a, roots, time_of(a->columns[RECORDED_AT]));
	struct cc_claims claims = { 0 };
	struct cc_err err = { 0 };

	for (size_t f = 0; f < CC_COLLATERAL_FILES; f++) {
		struct cc_span range = cc_buf_span(&b->files[f]);

		if (cc_str_eq(cc_collateral_files[f].member, member))
			memcpy((char *)&evidence.collateral + cc_collateral_files[f].at, &range,
			       sizeof(range));
	}
	if (cc_evidence_prove(&evidence, &claims, &err) == 0)
		fail_msg("%s was accepted with %s of %s", a->columns[RECORDED_NAME], member,
			 b->columns[RECORDED_NAME]);
	return 1;
}

/* Everything of one case but one range of another that differs from it: it must never fit. */
static void swapped_collateral_is_refused(void **state)
{
	static const char *const files[] = { "tcb_info", "qe_identity" };
	AUTO_RECORDED struct recorded_set set = { 0 };
	struct cc_roots roots = { 0 };
	size_t seen = 0;

	(void)state;
	open_or_skip(&set);
	cc_roots_vendors(&roots);
	for (size_t i = 0; i < set.count; i++) {
		for (size_t j = 0; j < set.count; j++) {
			const struct recorded *a = &set.cases[i], *b = &set.cases[j];
			bool other_tee =
				!cc_str_eq(a->columns[RECORDED_KIND], b->columns[RECORDED_KIND]);
			bool other_machine =
				!cc_str_eq(a->columns[RECORDED_FMSPC], b->columns[RECORDED_FMSPC]);

			if (*a->columns[RECORDED_AT] == '\0')
				continue;
			if (other_machine)
				seen += refused_with(a, b, files[0], &roots);
			if (other_tee)
				seen += refused_with(a, b, files[1], &roots);
		}
	}
	assert_true(seen > 0);
}

static void recorded_evidence_is_refused_without_the_vendors_root(void **state)
{
	AUTO_RECORDED struct recorded_set set = { 0 };
	struct cc_evidence evidence = { 0 };
	struct cc_claims claims = { 0 };
	struct cc_roots none = { 0 };
	struct cc_err err = { 0 };

	(void)state;
	open_or_skip(&set);
	evidence =
		recorded_evidence(&set.cases[0], &none, time_of(set.cases[0].columns[RECORDED_AT]));
	assert_int_equal(cc_evidence_prove(&evidence, &claims, &err), -1);
	assert_int_equal(err.code, CC_E_EVIDENCE);
	assert_int_equal(claims.class, CC_CLASS_NONE);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_recorded_case_gives_its_row),
		cmocka_unit_test(collateral_that_never_held_together_is_refused_at_any_time),
		cmocka_unit_test(
			recorded_evidence_holds_in_its_window_and_a_second_beside_it_does_not),
		cmocka_unit_test(swapped_collateral_is_refused),
		cmocka_unit_test(recorded_evidence_is_refused_without_the_vendors_root),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
