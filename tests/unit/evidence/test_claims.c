/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/test.h"

#include "evidence/tdx.h"

static struct cc_claims good_claims(void)
{
	struct cc_claims claims = {
		.platform = CC_PLATFORM_SGX,
		.class = CC_CLASS_CONFIDENTIAL,
		.measurement_len = 32,
		.sgx.initialized = true,
		.sgx.mode64 = true,
		.tcb = CC_TCB_UP_TO_DATE,
		.intel.qe_tcb = CC_TCB_UP_TO_DATE,
		.tcb_date = 1700000000,
		.valid_until = 1800000000,
		.intel.evaluation_number = 17,
		.sgx.attributes = UINT64_MAX - 5,
		.machine_len = 16,
	};

	memset(claims.report_data, 0x33, sizeof(claims.report_data));
	memset(claims.measurement, 0x44, 32);
	return claims;
}

static void zero_is_the_weakest_of_everything(void **state)
{
	struct cc_tolerance all = { .debug = true, .tcb = UINT32_MAX, .any_advisory = true };
	struct cc_claims claims = { 0 };
	struct cc_err err = { 0 };

	(void)state;
	assert_int_equal(cc_claims_platform(&claims, &all, &err), -1);
	assert_int_equal(cc_claims_class(&claims, CC_CLASS_NONE, &err), -1);
	assert_false(cc_class_not_weaker(CC_CLASS_NONE, CC_CLASS_NONE));
	assert_false(cc_class_not_weaker(CC_CLASS_SIMULATED, CC_CLASS_CONFIDENTIAL));
	assert_false(cc_class_not_weaker(CC_CLASS_SIMULATED, CC_CLASS_MEASURED_ONLY));
	assert_true(cc_class_not_weaker(CC_CLASS_CONFIDENTIAL, CC_CLASS_SIMULATED));
	assert_string_equal(cc_class_text(CC_CLASS_SIMULATED), "SIMULATION");
	assert_string_equal(cc_class_text((enum cc_class)99), "NOT ATTESTED");
}

static void all_64_bytes_of_report_data_are_compared(void **state)
{
	struct cc_claims claims = good_claims();
	struct cc_digest64 expected = { 0 };
	struct cc_err err = { 0 };

	(void)state;
	memset(expected.b, 0x33, sizeof(expected.b));
	assert_int_equal(cc_claims_bound(&claims, &expected, &err), 0);
	for (size_t i = 0; i < sizeof(expected.b); i++) {
		expected.b[i] ^= 1;
		assert_int_equal(cc_claims_bound(&claims, &expected, &err), -1);
		assert_int_equal(err.code, CC_E_EVIDENCE);
		expected.b[i] ^= 1;
	}
}

static void each_defect_of_a_platform_is_denied_and_named(void **state)
{
	struct {
		struct cc_claims claims;
		const char *word;
		struct cc_tolerance enough;
		bool hopeless;
	} cases[7];
	struct cc_err err = { 0 };

	(void)state;
	memset(cases, 0, sizeof(cases));
	for (size_t i = 0; i < CC_COUNT(cases); i++)
		cases[i].claims = good_claims();
	cases[0].claims.debug = true;
	cases[0].word = "debug";
	cases[0].enough.debug = true;
	cases[1].claims.sgx.privileged_keys = true;
	cases[1].word = "launch key";
	cases[1].enough.privileged_keys = true;
	cases[2].claims.tcb = CC_TCB_OUT_OF_DATE;
	cases[2].word = "OutOfDate";
	cases[2].enough.tcb = 1u << CC_TCB_OUT_OF_DATE;
	cases[3].claims.tcb = CC_TCB_REVOKED;
	cases[3].word = "Revoked";
	cases[3].hopeless = true;
	cases[4].claims.sgx.signer_is_published = true;
	cases[4].word = "published";
	cases[4].hopeless = true;
	cases[5].claims.sgx.initialized = false;
	cases[5].word = "initialised";
	cases[5].hopeless = true;
	cases[6].claims.tcb = CC_TCB_NOT_SUPPORTED;
	cases[6].word = "NotSupported";
	cases[6].hopeless = true;
	for (size_t i = 0; i < CC_COUNT(cases); i++) {
		struct cc_tolerance none = { 0 };
		struct cc_tolerance all = { .debug = true,
					    .privileged_keys = true,
					    .without_revocation = true,
					    .tcb = UINT32_MAX,
					    .any_advisory = true };

		assert_int_equal(cc_claims_platform(&cases[i].claims, &none, &err), -1);
		assert_int_equal(err.code, CC_E_DENIED);
		assert_non_null(strstr(err.text, cases[i].word));
		assert_int_equal(cc_claims_platform(&cases[i].claims,
						    cases[i].hopeless ? &all : &cases[i].enough,
						    &err),
				 cases[i].hopeless ? -1 : 0);
	}
}

static struct cc_claims good_domain(void)
{
	struct cc_claims claims = good_claims();

	claims.platform = CC_PLATFORM_TDX;
	claims.measurement_len = 48;
	claims.sgx = (struct cc_sgx_claims){ 0 };
	claims.tdx.attributes = CC_TD_SEPT_VE_DISABLE;
	claims.tdx.xfam = 0xe7;
	claims.registers.count = 1;
	claims.registers.at[0] = (struct cc_register){ .index = 3, .len = 48, .value = { 7 } };
	return claims;
}

static void each_defect_of_a_td_is_denied_and_named(void **state)
{
	static const struct {
		uint64_t attributes, xfam;
		const char *word;
		struct cc_tolerance enough;
		bool hopeless;
	} cases[] = {
		{ 0, 3, "SEPT_VE_DISABLE", { .sept_ve = true }, false },
		{ CC_TD_SEPT_VE_DISABLE | CC_TD_MIGRATABLE,
		  3,
		  "migrated",
		  { .migratable = true },
		  false },
		{ CC_TD_SEPT_VE_DISABLE | 1 << 20, 3, "reserved", { 0 }, true },
		{ CC_TD_SEPT_VE_DISABLE, 1, "XFAM", { 0 }, true },
	};
	struct cc_tolerance none = { 0 };
	struct cc_tolerance all = { .sept_ve = true, .migratable = true, .debug = true };
	struct cc_claims claims = good_domain();
	struct cc_err err = { 0 };

	(void)state;
	assert_int_equal(cc_claims_platform(&claims, &none, &err), 0);
	for (size_t i = 0; i < CC_COUNT(cases); i++) {
		claims.tdx.attributes = cases[i].attributes;
		claims.tdx.xfam = cases[i].xfam;
		assert_int_equal(cc_claims_platform(&claims, &none, &err), -1);
		assert_int_equal(err.code, CC_E_DENIED);
		assert_non_null(strstr(err.text, cases[i].word));
		assert_int_equal(cc_claims_platform(&claims,
						    cases[i].hopeless ? &all : &cases[i].enough,
						    &err),
				 cases[i].hopeless ? -1 : 0);
	}
}

static void unchecked_revocation_is_denied_unless_tolerated(void **state)
{
	struct cc_tolerance t = { 0 };
	struct cc_claims claims = good_claims();
	struct cc_err err = { 0 };

	(void)state;
	claims.without_revocation = true;
	assert_int_equal(cc_claims_platform(&claims, &t, &err), -1);
	assert_int_equal(err.code, CC_E_DENIED);
	t.without_revocation = true;
	assert_int_equal(cc_claims_platform(&claims, &t, &err), 0);
}

static void a_platform_without_rules_is_never_well(void **state)
{
	struct cc_tolerance all = { .debug = true, .tcb = UINT32_MAX, .any_advisory = true };
	struct cc_claims claims = good_claims();
	struct cc_err err = { 0 };

	(void)state;
	claims.platform = CC_PLATFORM_NONE;
	assert_int_equal(cc_claims_platform(&claims, &all, &err), -1);
}

static void a_weaker_status_needs_its_advisories_tolerated_too(void **state)
{
	struct cc_tolerance t = { .tcb = 1u << CC_TCB_SW_HARDENING_NEEDED };
	struct cc_claims claims = good_claims();
	struct cc_err err = { 0 };

	(void)state;
	claims.tcb = CC_TCB_SW_HARDENING_NEEDED;
	assert_int_equal(cc_advisories_add(&claims.advisories, "INTEL-SA-00615", &err), 0);
	assert_int_equal(cc_advisories_add(&claims.advisories, "INTEL-SA-00334", &err), 0);
	assert_int_equal(cc_advisories_add(&t.advisories, "INTEL-SA-00334", &err), 0);
	assert_int_equal(cc_claims_platform(&claims, &t, &err), -1);
	assert_non_null(strstr(err.text, "INTEL-SA-00615"));
	assert_int_equal(cc_advisories_add(&t.advisories, "INTEL-SA-00615", &err), 0);
	assert_int_equal(cc_claims_platform(&claims, &t, &err), 0);
}

static void each_status_says_what_helps(void **state)
{
	static const struct {
		enum cc_tcb_status status;
		const char *word;
	} cases[] = { { CC_TCB_OUT_OF_DATE, "microcode" },
		      { CC_TCB_SW_HARDENING_NEEDED, "program" },
		      { CC_TCB_CONFIGURATION_NEEDED, "configure the machine" },
		      { CC_TCB_TD_RELAUNCH_ADVISED, "start the TD again" } };
	struct cc_claims claims = good_claims();
	struct cc_tolerance none = { 0 };

	(void)state;
	for (size_t i = 0; i < CC_COUNT(cases); i++) {
		struct cc_err err = { 0 };

		claims.tcb = cases[i].status;
		assert_int_equal(cc_claims_platform(&claims, &none, &err), -1);
		assert_non_null(strstr(err.hint, cases[i].word));
	}
}

static void old_collateral_and_old_levels_are_refused_on_demand(void **state)
{
	struct cc_tolerance t = { .least_evaluation_number = 18 };
	struct cc_claims claims = good_claims();
	struct cc_err err = { 0 };

	(void)state;
	assert_int_equal(cc_claims_platform(&claims, &t, &err), -1);
	t.least_evaluation_number = 17;
	assert_int_equal(cc_claims_platform(&claims, &t, &err), 0);
	t.least_tcb_date = claims.tcb_date + 1;
	assert_int_equal(cc_claims_platform(&claims, &t, &err), -1);
	t.least_tcb_date--;
	assert_int_equal(cc_claims_platform(&claims, &t, &err), 0);
}

static void advisories_are_sorted_once_each_and_of_one_form(void **state)
{
	static const char *const refused[] = { "", "intel", "A B", "A\n",
					       "AAAAAAAAAAAAAAAAAAAAAAAA" };
	struct cc_advisories list = { 0 };
	struct cc_err err = { 0 };

	(void)state;
	for (int i = 9; i >= 1; i--) {
		char name[] = "SA-0";

		name[3] = (char)('0' + i);
		assert_int_equal(cc_advisories_add(&list, name, &err), 0);
		assert_int_equal(cc_advisories_add(&list, name, &err), 0);
	}
	assert_int_equal(list.count, 9);
	assert_string_equal(list.at[0], "SA-1");
	assert_string_equal(list.at[8], "SA-9");
	for (size_t i = 0; i < CC_COUNT(refused); i++)
		assert_int_equal(cc_advisories_add(&list, refused[i], &err), -1);
}

static void the_claims_of_a_td_survive_json(void **state)
{
	CC_AUTO_JSON struct cc_json *json = NULL;
	struct cc_claims claims = good_domain(), again = { 0 };
	struct cc_err err = { 0 };

	(void)state;
	claims.tdx.module_tcb = CC_TCB_TD_RELAUNCH_ADVISED;
	memset(claims.tdx.owner.b, 9, sizeof(claims.tdx.owner.b));
	assert_int_equal(cc_claims_to_json(&claims, &json, &err), 0);
	assert_false(cc_json_has(json, "mode64"));
	assert_int_equal(cc_claims_from_json(json, &again, &err), 0);
	assert_memory_equal(&again, &claims, sizeof(claims));
	assert_int_equal(cc_json_set_bool(json, "mode64", true, &err), 0);
	assert_int_equal(cc_claims_from_json(json, &again, &err), -1);
}

static void claims_survive_json(void **state)
{
	CC_AUTO_JSON struct cc_json *json = NULL, *parsed = NULL;
	struct cc_claims claims = good_claims(), again = { 0 };
	CC_AUTO_BUF struct cc_buf text = { 0 };
	struct cc_err err = { 0 };

	(void)state;
	assert_int_equal(cc_advisories_add(&claims.advisories, "INTEL-SA-00615", &err), 0);
	claims.class = CC_CLASS_SIMULATED;
	claims.sgx.product = 65535;
	claims.sgx.xfrm = 0xe7;
	assert_int_equal(cc_claims_to_json(&claims, &json, &err), 0);
	assert_int_equal(cc_json_print(json, &text, &err), 0);
	assert_int_equal(cc_json_parse(cc_buf_span(&text), 100000, &parsed, &err), 0);
	assert_int_equal(cc_claims_from_json(parsed, &again, &err), 0);
	assert_memory_equal(&again, &claims, sizeof(claims));
}

static void a_date_that_nobody_states_is_not_told(void **state)
{
	CC_AUTO_JSON struct cc_json *json = NULL;
	struct cc_claims claims = good_claims(), again = { .tcb_date = 1 };
	struct cc_err err = { 0 };

	(void)state;
	claims.tcb_date = 0;
	assert_int_equal(cc_claims_to_json(&claims, &json, &err), 0);
	assert_false(cc_json_has(json, "tcb_date"));
	assert_true(cc_json_has(json, "valid_from"));
	assert_int_equal(cc_claims_from_json(json, &again, &err), 0);
	assert_memory_equal(&again, &claims, sizeof(claims));
}

static void claims_with_something_missing_or_extra_are_refused(void **state)
{
	static const char *const members[] = { "class",       "debug",       "signer_is_published",
					       "measurement", "report_data", "tcb",
					       "advisories",  "valid_until" };
	struct cc_claims claims = good_claims(), again = { 0 };
	struct cc_err err = { 0 };

	(void)state;
	for (size_t i = 0; i <= CC_COUNT(members); i++) {
		CC_AUTO_JSON struct cc_json *json = NULL;

		assert_int_equal(cc_claims_to_json(&claims, &json, &err), 0);
		if (i < CC_COUNT(members))
			assert_int_equal(cc_json_set_str(json, members[i], "\xe2\x82\xac", &err),
					 0);
		else
			assert_int_equal(cc_json_set_bool(json, "trusted", true, &err), 0);
		assert_int_equal(cc_claims_from_json(json, &again, &err), -1);
		assert_int_equal(again.class, CC_CLASS_NONE);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(zero_is_the_weakest_of_everything),
		cmocka_unit_test(all_64_bytes_of_report_data_are_compared),
		cmocka_unit_test(each_defect_of_a_platform_is_denied_and_named),
		cmocka_unit_test(each_defect_of_a_td_is_denied_and_named),
		cmocka_unit_test(unchecked_revocation_is_denied_unless_tolerated),
		cmocka_unit_test(a_platform_without_rules_is_never_well),
		cmocka_unit_test(a_weaker_status_needs_its_advisories_tolerated_too),
		cmocka_unit_test(each_status_says_what_helps),
		cmocka_unit_test(old_collateral_and_old_levels_are_refused_on_demand),
		cmocka_unit_test(advisories_are_sorted_once_each_and_of_one_form),
		cmocka_unit_test(the_claims_of_a_td_survive_json),
		cmocka_unit_test(claims_survive_json),
		cmocka_unit_test(a_date_that_nobody_states_is_not_told),
		cmocka_unit_test(claims_with_something_missing_or_extra_are_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
