/* SPDX-License-Identifier: Apache-2.0 */
/* Tiers of an attestation result: the weakest thing that holds decides. */
#include "tests/unit/test.h"

#include "base/str.h"
#include "cli/appraisal.h"

static struct cc_answer yes(void)
{
	return (struct cc_answer){ .asked = true, .yes = true };
}

static struct cc_answer no(enum cc_code code)
{
	return (struct cc_answer){ .asked = true, .why = { .code = code, .text = "why" } };
}

/* All that there is to ask of an up-to-date guest was asked, and the answer was yes. */
static struct cc_appraisal best(void)
{
	struct cc_appraisal a = { .platform = CC_PLATFORM_SNP, .at = 1800000000 };

	a.answers[CC_QUESTION_AUTHENTIC] = yes();
	a.answers[CC_QUESTION_BOUND] = yes();
	a.answers[CC_QUESTION_POLICY] = yes();
	a.has_policy = a.is_attested = a.is_fresh = true;
	a.claims.platform = CC_PLATFORM_SNP;
	a.claims.class = CC_CLASS_CONFIDENTIAL;
	a.claims.tcb = CC_TCB_NOT_STATED;
	a.claims.measurement_len = 48;
	return a;
}

static void assert_tier(const struct cc_appraisal *appraisal, const char *tier)
{
	assert_string_equal(cc_tier_name(cc_appraisal_tier(appraisal)), tier);
}

static void a_result_affirms_only_what_was_asked_and_answered(void **state)
{
	struct cc_appraisal a = best();

	(void)state;
	assert_tier(&a, "affirming");
	a.claims.tcb = CC_TCB_UP_TO_DATE;
	assert_tier(&a, "affirming");
	a.answers[CC_QUESTION_BOUND].asked = false;
	assert_tier(&a, "none");
	a = best();
	a.answers[CC_QUESTION_POLICY].asked = false;
	assert_tier(&a, "none");
	a = best();
	a.is_fresh = false; /* a certificate's key, which holds for as long as the key is held */
	assert_tier(&a, "none");
	a = best();
	a.is_attested = false; /* mode: none */
	assert_tier(&a, "none");
	assert_tier(&(struct cc_appraisal){ 0 }, "none");
}

static void a_no_of_the_evidence_contraindicates_and_ours_says_nothing(void **state)
{
	struct cc_appraisal a = best();

	(void)state;
	for (unsigned int i = 0; i < CC_QUESTION_COUNT; i++) {
		a = best();
		a.answers[i] = no(i == CC_QUESTION_AUTHENTIC ? CC_E_EVIDENCE : CC_E_DENIED);
		assert_tier(&a, "contraindicated");
	}
	a = best();
	a.answers[CC_QUESTION_AUTHENTIC] = no(CC_E_EXPIRED);
	assert_tier(&a, "none");
	a.answers[CC_QUESTION_AUTHENTIC] = no(CC_E_UNSUPPORTED);
	assert_tier(&a, "none");
	a = best();
	a.answers[CC_QUESTION_POLICY] = no(CC_E_UNSUPPORTED);
	assert_tier(&a, "none");
}

static void what_is_tolerated_is_never_affirmed(void **state)
{
	struct cc_appraisal a = best();

	(void)state;
	a.claims.tcb = CC_TCB_OUT_OF_DATE;
	assert_tier(&a, "warning");
	a = best();
	a.claims.without_revocation = true;
	assert_tier(&a, "warning");
	a = best();
	a.claims.class = CC_CLASS_MEASURED_ONLY;
	assert_tier(&a, "warning");
	a = best();
	a.claims.debug = true;
	assert_tier(&a, "contraindicated");
	a = best();
	a.claims.class = CC_CLASS_SIMULATED;
	assert_tier(&a, "contraindicated");
}

static void assert_ear(const struct cc_appraisal *appraisal, const char *part, bool is_there)
{
	CC_AUTO_JSON struct cc_json *json = NULL;
	CC_AUTO_BUF struct cc_buf text = { 0 };
	struct cc_err err = { 0 };
	const char *all = NULL;

	assert_int_equal(cc_appraisal_ear(appraisal, &json, &err), 0);
	assert_int_equal(cc_json_print(json, &text, &err), 0);
	assert_int_equal(cc_buf_str(&text, &all, &err), 0);
	if ((strstr(all, part) != NULL) != is_there)
		fail_msg("'%s' %s %s", part, is_there ? "is not in" : "is in", all);
}

static void a_result_says_when_by_whom_of_what_and_by_which_policy(void **state)
{
	struct cc_appraisal a = best(), refused = { .platform = CC_PLATFORM_SGX };

	(void)state;
	assert_ear(&a, "\"eat_profile\":\"tag:ietf.org,2026:rats/ear#04\"", true);
	assert_ear(&a, "\"iat\":1800000000", true);
	assert_ear(&a, "\"ear_verifier_id\":{\"build\":\"concordat ", true);
	assert_ear(&a,
		   "\"submods\":{\"snp\":{\"ear_appraisal_policy_ids\":[\"ni:///sha-256;"
		   "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA\"],\"ear_status\":\"affirming\"",
		   true);
	assert_ear(&a,
		   "\"ear_trustworthiness_vector\":{\"executables\":3,\"hardware\":2,"
		   "\"runtime-opaque\":2}",
		   true);
	a.claims.class = CC_CLASS_SIMULATED;
	assert_ear(&a, "\"hardware\":96,\"runtime-opaque\":96", true);
	refused.answers[CC_QUESTION_AUTHENTIC] = no(CC_E_EVIDENCE);
	assert_ear(&refused, "\"submods\":{\"sgx\":{\"ear_status\":\"contraindicated\"", true);
	assert_ear(&refused, "\"authentic\":{\"code\":\"evidence\",\"result\":\"no\"", true);
	assert_ear(&refused, "ear_trustworthiness_vector", false);
	assert_ear(&refused, "ear_appraisal_policy_ids", false);
	assert_ear(&refused, "\"claims\"", false);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_result_affirms_only_what_was_asked_and_answered),
		cmocka_unit_test(a_no_of_the_evidence_contraindicates_and_ours_says_nothing),
		cmocka_unit_test(what_is_tolerated_is_never_affirmed),
		cmocka_unit_test(a_result_says_when_by_whom_of_what_and_by_which_policy),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
