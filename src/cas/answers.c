/* SPDX-License-Identifier: Apache-2.0 */
#include "cas/answers.h"

void cc_answers_clear(struct cc_answers *answers)
{
	while (answers->first != NULL) {
		struct cc_answer *next = answers->first->next;

		cc_buf_clear(&answers->first->body);
		free(answers->first);
		answers->first = next;
	}
	cc_outside_ask_clear(&answers->lacking);
	*answers = (struct cc_answers){ 0 };
}

void cc_answers_forget_lack(struct cc_answers *answers)
{
	cc_outside_ask_clear(&answers->lacking);
	answers->is_lacking = false;
}

static int note_lack(struct cc_answers *answers, const struct cc_outside_ask *ask,
		     struct cc_err *err)
{
	struct cc_outside_ask *lacking = &answers->lacking;

	cc_answers_forget_lack(answers);
	memcpy(lacking->host, ask->host, sizeof(lacking->host));
	lacking->id = ask->id;
	CC_TRY(cc_buf_add(&lacking->request, cc_buf_span(&ask->request), err));
	answers->is_lacking = true;
	return 0;
}

static int find(void *context, const struct cc_outside_ask *ask, struct cc_outside_answer *out,
		struct cc_err *err)
{
	struct cc_answers *answers = context;
	const struct cc_answer *at = answers->first;

	while (at != NULL && !cc_digest_eq(&at->id, &ask->id))
		at = at->next;
	if (at == NULL) {
		CC_TRY(note_lack(answers, ask, err));
		return cc_fail(err, CC_E_UNAVAILABLE, "'%.200s' has not answered yet", ask->host);
	}
	*out = (struct cc_outside_answer){ at->status, cc_buf_span(&at->body) };
	return 0;
}

const struct cc_secret_outside *cc_answers_way(struct cc_answers *answers,
					       const struct cc_azure *azure)
{
	answers->way = (struct cc_secret_outside){ azure, find, answers };
	return &answers->way;
}

int cc_answers_add(struct cc_answers *answers, const struct cc_outside_answer *answer,
		   struct cc_err *err)
{
	struct cc_answer *made = NULL;

	if (!answers->is_lacking)
		return cc_fail(err, CC_E_BUG, "an answer without a question");
	if (answers->count == CC_ANSWERS_MAX)
		return cc_fail(err, CC_E_LIMIT,
			       "a start rests on more than %d answers of services "
			       "outside",
			       CC_ANSWERS_MAX);
	made = calloc(1, sizeof(*made));
	if (made == NULL)
		return cc_fail(err, CC_E_SYSTEM, "out of memory for an answer");
	if (cc_buf_add(&made->body, answer->body, err) != 0) {
		free(made);
		return -1;
	}
	made->id = answers->lacking.id;
	made->status = answer->status;
	made->next = answers->first;
	answers->first = made;
	answers->count++;
	return 0;
}
