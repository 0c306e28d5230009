/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What services outside answered, as one decision here sees it: as cas/peers.h has it for other
 * CASes. A decision is a function of the state and does not wait. It is made with the answers so
 * far; when it lacks one it fails and says which question to put (cas/https.h), and is made again.
 * Answers live as long as the request does: a token that was given back is asked for anew.
 */
#ifndef CC_CAS_ANSWERS_H
#define CC_CAS_ANSWERS_H

#include "secret/value.h"

#define CC_ANSWERS_MAX 16 /* that one start may rest on */

struct cc_answer {
	struct cc_answer *next;
	struct cc_digest id; /* of the question */
	unsigned int status;
	struct cc_buf body;
};

struct cc_answers {
	struct cc_answer *first;
	size_t count;
	bool is_lacking; /* the last decision failed for want of: */
	struct cc_outside_ask lacking;
	struct cc_secret_outside way;
};
void cc_answers_clear(struct cc_answers *answers) CC_NONNULL;
/* Before a decision is made (again). */
void cc_answers_forget_lack(struct cc_answers *answers) CC_NONNULL;
/* How a decision asks: `azure` outlives it; NULL: there is none. `answers` stays where it is. */
const struct cc_secret_outside *cc_answers_way(struct cc_answers *answers,
					       const struct cc_azure *azure) CC_MUST
	__attribute__((nonnull(1)));
/* The answer to what is lacking. CC_E_LIMIT over the maximum. */
int cc_answers_add(struct cc_answers *answers, const struct cc_outside_answer *answer,
		   struct cc_err *err) CC_MUST CC_NONNULL;

#endif
