/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/test.h"

#include "proto/report.h"

static const uint8_t ticket[CC_TICKET_LEN] = { 5 };

static struct cc_report report(void)
{
	return (struct cc_report){ .role = CC_ROLE_RUNTIME,
				   .nonce = { 1 },
				   .exporter = { { 2 } },
				   .cas_key = { { 3 } },
				   .policy = "owner/workflow",
				   .service = "s1",
				   .ticket = ticket,
				   .hpke = { { 6 } },
				   .signer = { 7 } };
}

/* The text of docs/protocol/attestation.md, section 1, written out. */
static void the_bytes_are_those_of_the_protocol(void **state)
{
	CC_AUTO_BUF struct cc_buf text = { 0 };
	struct cc_report r = report();
	struct cc_digest64 got = { 0 }, want = { 0 };
	uint8_t zeroes[31] = { 0 };
	struct cc_err err = { 0 };

	(void)state;
	assert_int_equal(cc_buf_add(&text,
				    cc_span("\0\0\0\x17"
					    "concordat report data 1"
					    "\0\0\0\x07"
					    "runtime",
					    4 + 23 + 4 + 7),
				    &err),
			 0);
	for (uint8_t first = 1; first <= 7; first++) {
		if (first == 4) {
			assert_int_equal(cc_buf_add(&text,
						    cc_span("\0\0\0\x0e"
							    "owner/workflow"
							    "\0\0\0\x02"
							    "s1",
							    24),
						    &err),
					 0);
			continue;
		}
		assert_int_equal(cc_buf_add(&text, cc_span("\0\0\0\x20", 4), &err), 0);
		assert_int_equal(cc_buf_add_u8(&text, first, &err), 0);
		assert_int_equal(cc_buf_add(&text, CC_SPAN(zeroes), &err), 0);
	}
	assert_int_equal(cc_sha512(cc_buf_span(&text), &want, &err), 0);
	assert_int_equal(cc_report_data(&r, &got, &err), 0);
	assert_memory_equal(got.b, want.b, sizeof(got.b));
	assert_int_equal(cc_report_matches(&r, CC_DIGEST_SPAN(got), &err), 0);
}

enum change {
	ROLE,
	REPLAYED_NONCE,
	RELAYED_EXPORTER,
	CAS_KEY,
	POLICY,
	SERVICE,
	TICKET,
	HPKE,
	SIGNER,
	MOVED_BORDER, /* between policy and service: why fields have a length */
	CHANGES,
};

static void evidence_for_anything_else_does_not_match(void **state)
{
	static const uint8_t other_ticket[CC_TICKET_LEN] = { 6 };

	(void)state;
	for (enum change change = ROLE; change < CHANGES; change++) {
		struct cc_report mine = report(), theirs = report();
		struct cc_digest64 got = { 0 };
		struct cc_err err = { 0 };

		theirs.role = change == ROLE ? CC_ROLE_PEER : theirs.role;
		theirs.nonce[31] ^= change == REPLAYED_NONCE;
		theirs.exporter.b[31] ^= change == RELAYED_EXPORTER;
		theirs.cas_key.b[31] ^= change == CAS_KEY;
		theirs.policy = change == POLICY ? "owner/workfl0w" : theirs.policy;
		theirs.service = change == SERVICE ? "s2" : theirs.service;
		theirs.ticket = change == TICKET ? other_ticket : theirs.ticket;
		theirs.hpke.b[31] ^= change == HPKE;
		theirs.signer[31] ^= change == SIGNER;
		if (change == MOVED_BORDER) {
			theirs.policy = "owner/workflows";
			theirs.service = "1";
		}
		assert_int_equal(cc_report_data(&theirs, &got, &err), 0);
		assert_int_equal(cc_report_matches(&mine, CC_DIGEST_SPAN(got), &err), -1);
		assert_int_equal(err.code, CC_E_EVIDENCE);
	}
}

static void a_part_of_the_report_data_does_not_match(void **state)
{
	struct cc_report r = report();
	struct cc_digest64 got = { 0 };
	struct cc_err err = { 0 };

	(void)state;
	assert_int_equal(cc_report_data(&r, &got, &err), 0);
	assert_int_equal(cc_report_matches(&r, cc_span(got.b, 32), &err), -1);
	assert_int_equal(err.code, CC_E_EVIDENCE);
	got.b[63] ^= 1;
	assert_int_equal(cc_report_matches(&r, CC_DIGEST_SPAN(got), &err), -1);
}

static void incomplete_reports_are_refused(void **state)
{
	struct cc_report cases[] = { report(), report(), report(), report(), report(), report() };
	char name[CC_NAME_MAX + 2];
	struct cc_digest64 out = { 0 };

	(void)state;
	memset(name, 'x', sizeof(name));
	name[sizeof(name) - 1] = '\0';
	cases[0].role = CC_ROLE_NONE;
	cases[1].policy = NULL;
	cases[2].service = "";
	cases[3].ticket = NULL;
	cases[4].role = CC_ROLE_CAS; /* with a policy */
	cases[5].policy = name;
	for (size_t i = 0; i < CC_COUNT(cases); i++) {
		struct cc_err err = { 0 };

		assert_int_equal(cc_report_data(&cases[i], &out, &err), -1);
		assert_int_equal(err.code, CC_E_ARG);
	}
}

static void a_cas_has_neither_policy_nor_ticket(void **state)
{
	struct cc_report r = report();
	struct cc_digest64 out = { 0 };
	struct cc_err err = { 0 };

	(void)state;
	r.role = CC_ROLE_CAS;
	r.policy = r.service = NULL;
	r.ticket = NULL;
	assert_int_equal(cc_report_data(&r, &out, &err), 0);
}

static void roles_have_names(void **state)
{
	(void)state;
	for (enum cc_role role = CC_ROLE_RUNTIME; role < CC_ROLE_COUNT; role++)
		assert_int_equal(cc_role_named(cc_role_name(role)), role);
	assert_int_equal(cc_role_named("root"), CC_ROLE_NONE);
	assert_null(cc_role_name(CC_ROLE_NONE));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_bytes_are_those_of_the_protocol),
		cmocka_unit_test(evidence_for_anything_else_does_not_match),
		cmocka_unit_test(a_part_of_the_report_data_does_not_match),
		cmocka_unit_test(incomplete_reports_are_refused),
		cmocka_unit_test(a_cas_has_neither_policy_nor_ticket),
		cmocka_unit_test(roles_have_names),
	};

	return cmocka_run_group_tests_name("proto/report", tests, NULL, NULL);
}
