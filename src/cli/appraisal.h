/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The four questions of evidence/claims.h with what came of each, and the two forms in which
 * programs read them: our JSON, and an EAT Attestation Result (draft-ietf-rats-ear-04).
 *
 * The tier of a result (draft-ietf-rats-ar4si) is a judgement that its reader does not repeat,
 * so the weakest thing that holds decides it, and affirming takes that everything was asked:
 *
 *   contraindicated  a no; debug mode; the class simulated, whoever tolerates it
 *   none             the evidence could not be read or proven for a reason that is not its own;
 *                    or a question was not asked: we say nothing
 *   warning          accepted although its status is not the best, without revocation lists, or
 *                    without encrypted memory
 *   affirming        it is authentic and bound, and a policy, which decides on the platform too,
 *                    accepts it as a program
 */
#ifndef CC_CLI_APPRAISAL_H
#define CC_CLI_APPRAISAL_H

#include "codec/json.h"
#include "evidence/claims.h"

enum cc_question {
	CC_QUESTION_AUTHENTIC = 0,
	CC_QUESTION_BOUND,
	CC_QUESTION_PLATFORM,
	CC_QUESTION_POLICY,
	CC_QUESTION_COUNT,
};

struct cc_answer {
	bool asked, yes;
	struct cc_err why; /* of a no */
};

struct cc_appraisal {
	struct cc_answer answers[CC_QUESTION_COUNT];
	struct cc_claims claims;        /* when it is authentic */
	enum cc_platform_kind platform; /* by the first bytes, when nothing is proven */
	int64_t at;
	bool is_fresh; /* bound to what somebody asked for, and not to a certificate's key alone */
	bool has_policy;
	bool is_attested; /* the policy's yes is to a program, and not to whoever asks */
	struct cc_digest policy_hash;
};

const char *cc_question_name(enum cc_question question);

/* AR4SI: the zero asserts nothing. */
enum cc_tier {
	CC_TIER_NONE = 0,
	CC_TIER_AFFIRMING,
	CC_TIER_WARNING,
	CC_TIER_CONTRAINDICATED,
	CC_TIER_COUNT,
};
const char *cc_tier_name(enum cc_tier tier);
enum cc_tier cc_appraisal_tier(const struct cc_appraisal *appraisal) CC_NONNULL;

int cc_appraisal_json(const struct cc_appraisal *appraisal, struct cc_json **out,
		      struct cc_err *err) CC_MUST CC_NONNULL;
/* The claims set of an EAR, for cc_jws_add; what the JSON above says stands in ear_verifier_claims.
 */
int cc_appraisal_ear(const struct cc_appraisal *appraisal, struct cc_json **out,
		     struct cc_err *err) CC_MUST CC_NONNULL;

#endif
