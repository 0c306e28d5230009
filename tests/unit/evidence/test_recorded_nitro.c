/* SPDX-License-Identifier: Apache-2.0 */
/* Documents of real Nitro enclaves, each at its time: exactly the row that is recorded for it. */
#include "tests/unit/evidence/recorded.h"

#include "evidence/nitro.h"

static int load_document(struct recorded *r, struct cc_err *err)
{
	return recorded_read("", r->columns[RECORDED_NAME], &r->quote, err);
}

static void open_or_skip(struct recorded_set *set)
{
	recorded_open_or_skip(set, "nitro", load_document);
}

/* The row has the first 32 bytes of it. */
static void assert_nonce(const struct recorded *r)
{
	struct cc_nitro_document document = { 0 };
	struct cc_err err = { 0 };

	assert_int_equal(cc_nitro_parse(cc_buf_span(&r->quote), &document, &err), 0);
	assert_hex(cc_span_sub(document.nonce, 0, 32),
		   r->columns[RECORDED_REPORT_DATA] + strlen("nonce="));
}

static void assert_row(const struct recorded *r, const struct cc_claims *claims)
{
	char *const *columns = r->columns;
	char from[CC_TIME_TEXT], until[CC_TIME_TEXT];

	if (cc_str_eq(columns[RECORDED_MEASUREMENT], "PCR0=zero"))
		assert_true(cc_span_is_zero(cc_span(claims->measurement, 48)));
	else
		assert_hex(cc_span(claims->measurement, claims->measurement_len),
			   columns[RECORDED_MEASUREMENT] + strlen("PCR0="));
	assert_nonce(r);
	cc_time_print(claims->valid_from, from);
	cc_time_print(claims->valid_until, until);
	assert_memory_equal(columns[RECORDED_WINDOW], from, 20);
	assert_string_equal(columns[RECORDED_WINDOW] + 22, until);
	assert_int_equal(claims->class, CC_CLASS_CONFIDENTIAL);
	assert_int_equal(claims->platform, CC_PLATFORM_NITRO);
}

static void every_recorded_document_gives_its_row(void **state)
{
	AUTO_RECORDED struct recorded_set set = { 0 };
	struct cc_tolerance none = { 0 };
	struct cc_roots roots = { 0 };

	(void)state;
	open_or_skip(&set);
	cc_roots_vendors(&roots);
	assert_true(set.count > 0);
	for (size_t i = 0; i < set.count; i++) {
		const struct recorded *r = &set.cases[i];
		bool valid = cc_str_eq(r->columns[RECORDED_VERDICT], "VALID-SIGNATURE");
		struct cc_evidence evidence =
			recorded_evidence(r, &roots, time_of(r->columns[RECORDED_AT]));
		struct cc_claims claims = { 0 };
		struct cc_err err = { 0 };

		if (cc_evidence_prove(&evidence, &claims, &err) != 0)
			fail_msg("%s: %s", r->columns[RECORDED_NAME], err.text);
		assert_row(r, &claims);
		assert_int_equal(cc_claims_platform(&claims, &none, &err), valid ? 0 : -1);
		assert_int_equal(claims.debug, !valid);
	}
}

static void a_document_holds_in_its_window_alone(void **state)
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
		/* The last second itself does not count for OpenSSL. */
		const int64_t times[] = { from, until - 1, from - 1, until + 1 };

		for (size_t t = 0; t < CC_COUNT(times); t++) {
			struct cc_evidence evidence = recorded_evidence(r, &roots, times[t]);
			struct cc_claims claims = { 0 };
			struct cc_err err = { 0 };

			assert_int_equal(cc_evidence_prove(&evidence, &claims, &err),
					 t < 2 ? 0 : -1);
			assert_true(t < 2 || err.code == CC_E_EXPIRED);
		}
	}
}

static void tampered_documents_are_refused(void **state)
{
	static const char *const files[] = { "nitro/invalid/fortanix/tampered_certificate.bin",
					     "nitro/invalid/fortanix/tampered_signature.bin" };
	AUTO_RECORDED struct recorded_set set = { 0 };
	struct cc_roots roots = { 0 };

	(void)state;
	open_or_skip(&set);
	cc_roots_vendors(&roots);
	for (size_t i = 0; i < CC_COUNT(files); i++) {
		CC_AUTO_BUF struct cc_buf bytes = { 0 };
		struct cc_evidence evidence = { .platform = CC_PLATFORM_NITRO,
						.roots = &roots,
						.at = time_of("2021-09-09T10:19:20Z") };
		struct cc_claims claims = { 0 };
		struct cc_err err = { 0 };

		assert_int_equal(recorded_read("", files[i], &bytes, &err), 0);
		evidence.bytes = cc_buf_span(&bytes);
		assert_int_equal(cc_evidence_prove(&evidence, &claims, &err), -1);
	}
}

/* The unprotected header's head and the lengths of optional strings aside, all of it is signed. */
static void every_byte_of_a_document_counts(void **state)
{
	AUTO_RECORDED struct recorded_set set = { 0 };
	struct recorded *r = NULL;
	struct cc_roots roots = { 0 };

	(void)state;
	open_or_skip(&set);
	cc_roots_vendors(&roots);
	r = &set.cases[0];
	for (size_t at = 0; at < r->quote.len; at += 7) {
		struct cc_evidence evidence =
			recorded_evidence(r, &roots, time_of(r->columns[RECORDED_AT]));
		struct cc_claims claims = { 0 };
		struct cc_err err = { 0 };

		r->quote.at[at] ^= 0x01;
		if (cc_evidence_prove(&evidence, &claims, &err) == 0)
			fail_msg("byte %zu is not looked at", at);
		r->quote.at[at] ^= 0x01;
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_recorded_document_gives_its_row),
		cmocka_unit_test(a_document_holds_in_its_window_alone),
		cmocka_unit_test(tampered_documents_are_refused),
		cmocka_unit_test(every_byte_of_a_document_counts),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
