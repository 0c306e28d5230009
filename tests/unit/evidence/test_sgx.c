/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/test.h"

#include "base/time.h"
#include "codec/text.h"
#include "tests/unit/evidence/recorded.h"

/* A quote of the right shape, all zero where nothing is looked at, unsigned. */
static void make_shape(struct cc_buf *out)
{
	struct cc_err err = { 0 };
	struct cc_mut to = { 0 };

	assert_int_equal(cc_buf_add_u16le(out, 3, &err), 0);
	assert_int_equal(cc_buf_add_u16le(out, 2, &err), 0);
	assert_int_equal(cc_buf_extend(out, 44 + 384, &to, &err), 0);
	memset(to.at, 0, to.len);
	assert_int_equal(cc_buf_add_u32le(out, 64 + 64 + 384 + 64 + 2 + 3 + 2 + 4 + 5, &err), 0);
	assert_int_equal(cc_buf_extend(out, 64 + 64 + 384 + 64, &to, &err), 0);
	memset(to.at, 0, to.len);
	assert_int_equal(cc_buf_add_u16le(out, 3, &err), 0);
	assert_int_equal(cc_buf_add_str(out, "abc", &err), 0);
	assert_int_equal(cc_buf_add_u16le(out, 5, &err), 0);
	assert_int_equal(cc_buf_add_u32le(out, 5, &err), 0);
	assert_int_equal(cc_buf_add_str(out, "certs", &err), 0);
}

static void a_quote_is_parsed_into_its_parts(void **state)
{
	CC_AUTO_BUF struct cc_buf bytes = { 0 };
	struct cc_quote quote = { 0 };
	struct cc_err err = { 0 };

	(void)state;
	make_shape(&bytes);
	bytes.at[48 + 48] = 0x07;  /* ATTRIBUTES */
	bytes.at[48 + 64] = 0x11;  /* MRENCLAVE */
	bytes.at[48 + 128] = 0x22; /* MRSIGNER */
	bytes.at[48 + 256] = 0x33; /* ISVPRODID */
	bytes.at[48 + 258] = 0x44; /* ISVSVN */
	bytes.at[48 + 320] = 0x55; /* REPORTDATA */
	assert_int_equal(cc_quote_parse(cc_buf_span(&bytes), &quote, &err), 0);
	assert_int_equal(quote.signed_range.len, 432);
	assert_int_equal(quote.report.attributes, 7);
	assert_int_equal(quote.report.mrenclave.b[0], 0x11);
	assert_int_equal(quote.report.mrsigner.b[0], 0x22);
	assert_int_equal(quote.report.product, 0x33);
	assert_int_equal(quote.report.svn, 0x44);
	assert_int_equal(quote.report.report_data[0], 0x55);
	assert_true(cc_span_eq_str(quote.auth, "abc"));
	assert_true(cc_span_eq_str(quote.certs, "certs"));
}

static void a_cut_quote_is_refused_at_every_length(void **state)
{
	CC_AUTO_BUF struct cc_buf bytes = { 0 };
	struct cc_quote quote = { 0 };
	struct cc_err err = { 0 };

	(void)state;
	make_shape(&bytes);
	for (size_t len = 0; len < bytes.len; len++)
		assert_int_equal(
			cc_quote_parse(cc_span_sub(cc_buf_span(&bytes), 0, len), &quote, &err), -1);
}

static void behind_a_quote_only_zeroes_may_lie(void **state)
{
	CC_AUTO_BUF struct cc_buf bytes = { 0 };
	struct cc_quote quote = { 0 };
	struct cc_err err = { 0 };
	struct cc_mut to = { 0 };

	(void)state;
	make_shape(&bytes);
	assert_int_equal(cc_buf_extend(&bytes, 3000, &to, &err), 0);
	memset(to.at, 0, to.len);
	assert_int_equal(cc_quote_parse(cc_buf_span(&bytes), &quote, &err), 0);
	to.at[2999] = 1;
	assert_int_equal(cc_quote_parse(cc_buf_span(&bytes), &quote, &err), -1);
	assert_int_equal(err.code, CC_E_ARG);
	to.at[2999] = 0;
	assert_int_equal(cc_buf_extend(&bytes, CC_EVIDENCE_MAX, &to, &err), 0);
	memset(to.at, 0, to.len);
	assert_int_equal(cc_quote_parse(cc_buf_span(&bytes), &quote, &err), -1);
	assert_int_equal(err.code, CC_E_TOOBIG);
}

/* Each field that picks a meaning, set to one we do not have. */
static void other_versions_and_types_are_refused(void **state)
{
	static const struct {
		size_t at;
		uint8_t value;
		enum cc_code code;
	} cases[] = {
		{ 0, 4, CC_E_UNSUPPORTED },                    /* version */
		{ 2, 3, CC_E_UNSUPPORTED },                    /* key type: P-384 */
		{ 4, 0x81, CC_E_ARG },                         /* TEE type in version 3 */
		{ 436 + 576 + 2 + 3, 1, CC_E_UNSUPPORTED },    /* certificates: PPID alone */
		{ 432, 0, CC_E_ARG },                          /* section shorter than its parts */
		{ 432 + 3, 0xff, CC_E_ARG },                   /* section of 4 GiB */
		{ 436 + 576 + 1, 0xff, CC_E_ARG },             /* authentication data of 64 KiB */
		{ 436 + 576 + 2 + 3 + 2 + 3, 0xff, CC_E_ARG }, /* certificates of 4 GiB */
	};

	(void)state;
	for (size_t i = 0; i < CC_COUNT(cases); i++) {
		CC_AUTO_BUF struct cc_buf bytes = { 0 };
		struct cc_quote quote = { 0 };
		struct cc_err err = { 0 };

		make_shape(&bytes);
		bytes.at[cases[i].at] = cases[i].value;
		assert_int_equal(cc_quote_parse(cc_buf_span(&bytes), &quote, &err), -1);
		assert_int_equal(err.code, cases[i].code);
	}
}

static void assert_hex(struct cc_span bytes, const char *expected)
{
	CC_AUTO_BUF struct cc_buf hex = { 0 };
	struct cc_err err = { 0 };

	assert_int_equal(cc_hex_add(&hex, bytes, &err), 0);
	if (!cc_span_eq_str(cc_buf_span(&hex), expected))
		fail_msg("%.*s, expected %s", (int)hex.len, (const char *)hex.at, expected);
}

static int64_t time_of(const char *text)
{
	struct cc_err err = { 0 };
	int64_t at = 0;

	assert_int_equal(cc_time_parse(cc_span(text, 20), &at, &err), 0);
	return at;
}

static void assert_row(const struct recorded *r, const struct cc_claims *claims)
{
	char *const *columns = r->columns;
	CC_AUTO_BUF struct cc_buf list = { 0 };
	char from[CC_TIME_TEXT], until[CC_TIME_TEXT], date[CC_TIME_TEXT];
	struct cc_err err = { 0 };

	assert_string_equal(cc_tcb_name(claims->tcb), columns[RECORDED_TCB]);
	assert_string_equal(cc_tcb_name(claims->qe_tcb), columns[RECORDED_QE_TCB]);
	assert_hex(CC_SPAN(claims->fmspc), columns[RECORDED_FMSPC]);
	assert_hex(cc_span(claims->measurement, claims->measurement_len),
		   columns[RECORDED_MEASUREMENT]);
	assert_hex(CC_DIGEST_SPAN(claims->signer), columns[RECORDED_SIGNER]);
	assert_hex(CC_SPAN(claims->report_data), columns[RECORDED_REPORT_DATA]);
	cc_time_print(claims->tcb_date, date);
	assert_string_equal(date, columns[RECORDED_TCB_DATE]);
	for (size_t i = 0; i < claims->advisories.count; i++)
		assert_int_equal(cc_buf_addf(&list, &err, "%s%s", i > 0 ? " " : "",
					     claims->advisories.at[i]),
				 0);
	assert_true(cc_span_eq_str(cc_buf_span(&list), columns[RECORDED_ADVISORIES]));
	cc_time_print(claims->valid_from, from);
	cc_time_print(claims->valid_until, until);
	assert_memory_equal(columns[RECORDED_WINDOW], from, 20);
	assert_string_equal(columns[RECORDED_WINDOW] + 22, until);
	assert_int_equal(claims->class, CC_CLASS_CONFIDENTIAL);
	assert_int_equal(claims->platform, CC_PLATFORM_SGX);
	assert_int_equal(claims->debug, strstr(columns[RECORDED_WHY], "debug") != NULL);
}

/* Accepted by question 3 only with everything tolerated that its row says. */
static void assert_verdict(const struct recorded *r, const struct cc_claims *claims)
{
	struct cc_tolerance t = { .tcb = 1u << claims->tcb, .any_advisory = true };
	bool valid = cc_str_eq(r->columns[RECORDED_VERDICT], "VALID-SIGNATURE");
	struct cc_err err = { 0 };

	assert_int_equal(cc_claims_platform(claims, &t, &err), valid ? 0 : -1);
	if (!valid)
		assert_true(claims->debug || claims->signer_is_published);
}

static void open_or_skip(struct recorded_set *set)
{
	struct cc_err err = { 0 };

	if (recorded_open(set, &err) == 0)
		return;
	if (err.code != CC_E_NOTFOUND)
		fail_msg("%s", err.text);
	print_message("# no recorded evidence beside the source tree: skipped\n");
	skip();
}

static void every_recorded_case_gives_its_row(void **state)
{
	AUTO_RECORDED struct recorded_set set = { 0 };
	struct cc_roots roots = { 0 };

	(void)state;
	open_or_skip(&set);
	cc_roots_vendors(&roots);
	assert_int_equal(set.count, 6);
	for (size_t i = 0; i < set.count; i++) {
		const struct recorded *r = &set.cases[i];
		struct cc_evidence evidence = { 0 };
		struct cc_claims claims = { 0 };
		struct cc_err err = { 0 };

		if (*r->columns[RECORDED_AT] == '\0')
			continue;
		evidence = recorded_evidence(r, &roots, time_of(r->columns[RECORDED_AT]));
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
	assert_int_equal(seen, 1);
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
		/* The last second itself counts for Intel's JSON and not for OpenSSL's CRLs. */
		const int64_t times[] = { from, until - 1, from - 1, until + 1 };

		for (size_t t = 0; t < CC_COUNT(times) && from <= until; t++) {
			struct cc_evidence evidence = recorded_evidence(r, &roots, times[t]);
			struct cc_claims claims = { 0 };
			struct cc_err err = { 0 };

			assert_int_equal(cc_evidence_prove(&evidence, &claims, &err),
					 t < 2 ? 0 : -1);
			assert_true(t < 2 || err.code == CC_E_EXPIRED);
		}
	}
}

/* Everything of one case but one range of another: it must never fit. */
static void swapped_collateral_is_refused(void **state)
{
	static const char *const files[] = { "tcb_info", "pck_crl" };
	AUTO_RECORDED struct recorded_set set = { 0 };
	struct cc_roots roots = { 0 };
	struct cc_err err = { 0 };

	(void)state;
	open_or_skip(&set);
	cc_roots_vendors(&roots);
	for (size_t f = 0; f < CC_COLLATERAL_FILES; f++) {
		for (size_t i = 0; i < CC_COUNT(files); i++) {
			/* dcap-qvl/sgx_quote, July 2025, and mobilecoin/hw_quote_2025, June 2025:
			 * other FMSPC; the PCK CRL of the processor CA in both. */
			struct cc_evidence evidence = recorded_evidence(
				&set.cases[0], &roots, time_of(set.cases[0].columns[RECORDED_AT]));
			struct cc_span range = cc_buf_span(&set.cases[5].files[f]);
			struct cc_claims claims = { 0 };

			if (!cc_str_eq(cc_collateral_files[f].member, files[i]))
				continue;
			memcpy((char *)&evidence.collateral + cc_collateral_files[f].at, &range,
			       sizeof(range));
			assert_int_equal(cc_evidence_prove(&evidence, &claims, &err), -1);
		}
	}
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

static void a_platform_that_is_not_verified_here_is_refused(void **state)
{
	struct cc_evidence evidence = { .platform = CC_PLATFORM_NITRO };
	struct cc_claims claims = { 0 };
	struct cc_digest64 expected = { 0 };
	struct cc_err err = { 0 };

	(void)state;
	assert_int_equal(cc_evidence_prove(&evidence, &claims, &err), -1);
	assert_int_equal(err.code, CC_E_UNSUPPORTED);
	assert_int_equal(cc_evidence_recheck(evidence.bytes, &claims, &expected, &err), -1);
	assert_int_equal(err.code, CC_E_UNSUPPORTED);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_quote_is_parsed_into_its_parts),
		cmocka_unit_test(a_cut_quote_is_refused_at_every_length),
		cmocka_unit_test(behind_a_quote_only_zeroes_may_lie),
		cmocka_unit_test(other_versions_and_types_are_refused),
		cmocka_unit_test(every_recorded_case_gives_its_row),
		cmocka_unit_test(collateral_that_never_held_together_is_refused_at_any_time),
		cmocka_unit_test(
			recorded_evidence_holds_in_its_window_and_a_second_beside_it_does_not),
		cmocka_unit_test(swapped_collateral_is_refused),
		cmocka_unit_test(recorded_evidence_is_refused_without_the_vendors_root),
		cmocka_unit_test(a_platform_that_is_not_verified_here_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
