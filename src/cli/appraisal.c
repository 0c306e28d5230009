/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/appraisal.h"

#include "codec/text.h"

static const char *const questions[CC_QUESTION_COUNT] = { "authentic", "bound", "platform",
							  "policy" };
static const char *const tiers[CC_TIER_COUNT] = { "none", "affirming", "warning",
						  "contraindicated" };

const char *cc_question_name(enum cc_question question)
{
	return question < CC_QUESTION_COUNT ? questions[question] : "none";
}

const char *cc_tier_name(enum cc_tier tier)
{
	return tier < CC_TIER_COUNT ? tiers[tier] : tiers[CC_TIER_NONE];
}

static int answer_json(const struct cc_answer *answer, struct cc_json **out, struct cc_err *err)
{
	CC_AUTO_JSON struct cc_json *json = NULL;
	const char *result = answer->yes ? "yes" : "no";

	CC_TRY(cc_json_object(&json, err));
	CC_TRY(cc_json_set_str(json, "result", answer->asked ? result : "not-asked", err));
	if (answer->asked && !answer->yes) {
		CC_TRY(cc_json_set_str(json, "code", cc_code_info(answer->why.code)->name, err));
		CC_TRY(cc_json_set_str(json, "why", answer->why.text, err));
	}
	*out = CC_TAKE(json);
	return 0;
}

int cc_appraisal_json(const struct cc_appraisal *appraisal, struct cc_json **out,
		      struct cc_err *err)
{
	CC_AUTO_JSON struct cc_json *json = NULL, *claims = NULL;

	CC_TRY(cc_json_object(&json, err));
	for (size_t i = 0; i < CC_QUESTION_COUNT; i++) {
		CC_AUTO_JSON struct cc_json *one = NULL;

		CC_TRY(answer_json(&appraisal->answers[i], &one, err));
		CC_TRY(cc_json_set(json, questions[i], CC_TAKE(one), err));
	}
	if (appraisal->answers[CC_QUESTION_AUTHENTIC].yes) {
		CC_TRY(cc_claims_to_json(&appraisal->claims, &claims, err));
		CC_TRY(cc_json_set(json, "claims", CC_TAKE(claims), err));
	}
	*out = CC_TAKE(json);
	return 0;
}

/* A no that says something of the evidence, and not of us or of what we were given with it. */
static bool is_refused(const struct cc_answer *answer)
{
	return answer->asked && !answer->yes &&
	       (answer->why.code == CC_E_EVIDENCE || answer->why.code == CC_E_DENIED);
}

static bool is_yes(const struct cc_appraisal *appraisal, enum cc_question question)
{
	return appraisal->answers[question].asked && appraisal->answers[question].yes;
}

/* Under `mode: none` a policy says yes to anybody. */
static bool is_accepted(const struct cc_appraisal *appraisal)
{
	return is_yes(appraisal, CC_QUESTION_POLICY) && appraisal->is_attested;
}

static bool is_open(const struct cc_claims *claims)
{
	return claims->debug || claims->class == CC_CLASS_SIMULATED;
}

static bool is_weak(const struct cc_claims *claims)
{
	bool is_stated = claims->tcb != CC_TCB_NOT_STATED;

	return (is_stated && claims->tcb != CC_TCB_UP_TO_DATE) || claims->without_revocation ||
	       claims->class != CC_CLASS_CONFIDENTIAL;
}

enum cc_tier cc_appraisal_tier(const struct cc_appraisal *appraisal)
{
	const struct cc_claims *claims = &appraisal->claims;

	for (size_t i = 0; i < CC_QUESTION_COUNT; i++)
		if (is_refused(&appraisal->answers[i]))
			return CC_TIER_CONTRAINDICATED;
	if (!is_yes(appraisal, CC_QUESTION_AUTHENTIC))
		return CC_TIER_NONE;
	if (is_open(claims))
		return CC_TIER_CONTRAINDICATED;
	/* A policy decides on the platform by its own words. */
	if (!is_yes(appraisal, CC_QUESTION_BOUND) || !appraisal->is_fresh ||
	    !is_accepted(appraisal))
		return CC_TIER_NONE;
	return is_weak(claims) ? CC_TIER_WARNING : CC_TIER_AFFIRMING;
}

/* Values of draft-ietf-rats-ar4si 2.3.4. A category of which nothing is claimed is absent. */
enum {
	HARDWARE_GENUINE = 2,
	HARDWARE_UNSAFE = 32,
	HARDWARE_CONTRAINDICATED = 96,
	EXECUTABLES_AT_LAUNCH = 3,
	RUNTIME_ENCRYPTED = 2,
	RUNTIME_ISOLATED = 32,
	RUNTIME_VISIBLE = 96,
};

static int vector_json(const struct cc_appraisal *appraisal, struct cc_json **out,
		       struct cc_err *err)
{
	const struct cc_claims *claims = &appraisal->claims;
	CC_AUTO_JSON struct cc_json *json = NULL;
	uint64_t hardware = is_weak(claims) ? HARDWARE_UNSAFE : HARDWARE_GENUINE,
		 runtime = claims->class == CC_CLASS_CONFIDENTIAL ? RUNTIME_ENCRYPTED
								  : RUNTIME_ISOLATED;

	if (claims->class == CC_CLASS_SIMULATED || claims->tcb == CC_TCB_REVOKED)
		hardware = HARDWARE_CONTRAINDICATED;
	if (is_open(claims))
		runtime = RUNTIME_VISIBLE;
	CC_TRY(cc_json_object(&json, err));
	CC_TRY(cc_json_set_u64(json, "hardware", hardware, err));
	CC_TRY(cc_json_set_u64(json, "runtime-opaque", runtime, err));
	if (is_accepted(appraisal))
		CC_TRY(cc_json_set_u64(json, "executables", EXECUTABLES_AT_LAUNCH, err));
	*out = CC_TAKE(json);
	return 0;
}

/* A policy is named by its hash (RFC 6920). */
static int set_policy(const struct cc_appraisal *appraisal, struct cc_json *json,
		      struct cc_err *err)
{
	CC_AUTO_JSON struct cc_json *list = NULL;
	CC_AUTO_BUF struct cc_buf name = { 0 };
	const char *text = NULL;

	CC_TRY(cc_buf_add_str(&name, "ni:///sha-256;", err));
	CC_TRY(cc_base64url_add(&name, CC_DIGEST_SPAN(appraisal->policy_hash), err));
	CC_TRY(cc_buf_str(&name, &text, err));
	CC_TRY(cc_json_array(&list, err));
	CC_TRY(cc_json_add_str(list, text, err));
	return cc_json_set(json, "ear_appraisal_policy_ids", CC_TAKE(list), err);
}

static int submodule_json(const struct cc_appraisal *appraisal, struct cc_json **out,
			  struct cc_err *err)
{
	CC_AUTO_JSON struct cc_json *json = NULL, *vector = NULL, *said = NULL;
	const char *tier = cc_tier_name(cc_appraisal_tier(appraisal));

	CC_TRY(cc_json_object(&json, err));
	CC_TRY(cc_json_set_str(json, "ear_status", tier, err));
	if (appraisal->answers[CC_QUESTION_AUTHENTIC].yes) {
		CC_TRY(vector_json(appraisal, &vector, err));
		CC_TRY(cc_json_set(json, "ear_trustworthiness_vector", CC_TAKE(vector), err));
	}
	if (appraisal->has_policy)
		CC_TRY(set_policy(appraisal, json, err));
	CC_TRY(cc_appraisal_json(appraisal, &said, err));
	CC_TRY(cc_json_set(json, "ear_verifier_claims", CC_TAKE(said), err));
	*out = CC_TAKE(json);
	return 0;
}

static int verifier_json(struct cc_json **out, struct cc_err *err)
{
	CC_AUTO_JSON struct cc_json *json = NULL;

	CC_TRY(cc_json_object(&json, err));
	CC_TRY(cc_json_set_str(json, "developer", "Concordat", err));
	CC_TRY(cc_json_set_str(json, "build", "concordat " CC_VERSION, err));
	*out = CC_TAKE(json);
	return 0;
}

int cc_appraisal_ear(const struct cc_appraisal *appraisal, struct cc_json **out, struct cc_err *err)
{
	CC_AUTO_JSON struct cc_json *json = NULL, *verifier = NULL, *submods = NULL, *one = NULL;

	CC_TRY(cc_json_object(&json, err));
	CC_TRY(cc_json_set_str(json, "eat_profile", "tag:ietf.org,2026:rats/ear#04", err));
	CC_TRY(cc_json_set_u64(json, "iat", (uint64_t)appraisal->at, err));
	CC_TRY(verifier_json(&verifier, err));
	CC_TRY(cc_json_set(json, "ear_verifier_id", CC_TAKE(verifier), err));
	CC_TRY(submodule_json(appraisal, &one, err));
	CC_TRY(cc_json_object(&submods, err));
	CC_TRY(cc_json_set(submods, cc_platform_name(appraisal->platform), CC_TAKE(one), err));
	CC_TRY(cc_json_set(json, "submods", CC_TAKE(submods), err));
	*out = CC_TAKE(json);
	return 0;
}
