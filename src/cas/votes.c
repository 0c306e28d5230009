/* SPDX-License-Identifier: Apache-2.0 */
#include "cas/votes.h"

#include "base/str.h"
#include "codec/json.h"

#define VOTES_MAX \
	((size_t)2 * CC_BOARD_MEMBERS_MAX) /* members, and whom access_policy.update names */
#define KEY_MAX 256                        /* bytes of a SubjectPublicKeyInfo */

void cc_paper_clear(struct cc_paper *paper)
{
	cc_pubkey_free(paper->key);
	cc_buf_clear(&paper->signature);
	*paper = (struct cc_paper){ 0 };
}

int cc_paper_parse(const struct cc_json *body, struct cc_paper *out, struct cc_err *err)
{
	static const char *const known[] = { "choice",     "expires", "number",
					     "public_key", "reason",  "signature" };
	CC_AUTO_BUF struct cc_buf der = { 0 };
	const char *choice = NULL;

	if (body == NULL)
		return cc_fail(err, CC_E_ARG, "the request has no body");
	CC_TRY(cc_json_closed(body, known, CC_COUNT(known), err));
	CC_TRY(cc_json_get_str(body, "choice", &choice, err));
	CC_TRY(cc_vote_choice_parse(choice, &out->vote.choice, err));
	if (cc_json_has(body, "reason"))
		CC_TRY(cc_json_get_str(body, "reason", &out->vote.reason, err));
	CC_TRY(cc_json_get_u64(body, "number", CC_JSON_INTEGER_MAX, &out->vote.number, err));
	CC_TRY(cc_json_get_u64(body, "expires", CC_JSON_INTEGER_MAX, &out->expires, err));
	out->vote.expires = (int64_t)out->expires;
	CC_TRY(cc_json_get_str(body, "public_key", &out->public_key, err));
	CC_TRY(cc_json_get_str(body, "signature", &out->signature_text, err));
	CC_TRY(cc_json_get_base64(body, "public_key", KEY_MAX, &der, err));
	CC_TRY(cc_json_get_base64(body, "signature", CC_SIGNATURE_MAX, &out->signature, err));
	CC_TRY(cc_pubkey_from_der(cc_buf_span(&der), &out->key, err));
	return cc_pubkey_hash(out->key, &out->key_hash, err);
}

int cc_ballot_require_open(const struct cc_ballot *ballot, struct cc_err *err)
{
	if (!cc_ballot_is_over(ballot))
		return 0;
	cc_err_set(err,
		   cc_str_eq(ballot->row.state, "expired")    ? CC_E_EXPIRED
		   : cc_str_eq(ballot->row.state, "conflict") ? CC_E_CONFLICT
							      : CC_E_STALE,
		   "the proposal is over: it is %s%s%s", ballot->row.state,
		   ballot->row.why[0] == '\0' ? "" : ", ", ballot->row.why);
	return cc_hint(err, "make a new one: concordat proposal create FILE");
}

/* A service is one voter, whichever of its instances speaks. */
static bool is_same(const struct cc_rec_vote *vote, const struct cc_paper *paper)
{
	if (paper->seat == NULL || vote->service == NULL)
		return paper->seat == NULL && vote->service == NULL &&
		       memcmp(vote->key, paper->key_hash.b, sizeof(vote->key)) == 0;
	return cc_str_eq(vote->policy, paper->seat->policy) &&
	       cc_str_eq(vote->service, paper->seat->service);
}

struct cc_rec_vote *cc_paper_before(const struct cc_ballot *ballot, const struct cc_paper *paper)
{
	for (size_t i = 0; i < ballot->row.votes.count; i++) {
		struct cc_rec_vote *vote = CC_LIST_AT(ballot->row.votes, struct cc_rec_vote, i);

		if (is_same(vote, paper))
			return vote;
	}
	return NULL;
}

static int check_paper(const struct cc_ballot *ballot, const struct cc_paper *paper,
		       struct cc_err *err)
{
	const struct cc_rec_vote *before = cc_paper_before(ballot, paper);

	if (strlen(paper->vote.reason) > CC_REASON_MAX)
		return cc_fail(err, CC_E_TOOBIG, "a reason has at most %d bytes", CC_REASON_MAX);
	if (paper->vote.choice == CC_VOTE_REJECT && paper->vote.reason[0] == '\0')
		return cc_fail(err, CC_E_ARG, "a rejection says why: its 'reason' is empty");
	if (paper->vote.expires < cc_state_time(ballot->state))
		return cc_fail(err, CC_E_EXPIRED, "the vote has expired");
	/* Instances know nothing of each other's numbers: seats.c says which of them counts. */
	if (before != NULL && paper->seat == NULL && paper->vote.number <= before->number)
		return cc_fail(err, CC_E_STALE,
			       "the vote is not newer than the one of this key that counts");
	return 0;
}

/* The keeper's own fields, then the vote's: another effect or version does not verify. */
static int verify(const struct cc_ballot *ballot, const struct cc_paper *paper, struct cc_err *err)
{
	struct cc_vote vote = { 0 };

	cc_ballot_vote(ballot, &vote);
	vote.number = paper->vote.number;
	vote.choice = paper->vote.choice;
	vote.reason = paper->vote.reason;
	vote.expires = paper->vote.expires;
	if (cc_vote_verify(&vote, paper->key, cc_buf_span(&paper->signature), err) == 0)
		return 0;
	cc_ignore(cc_wrap(err, "it is no vote on this proposal"));
	return cc_hint(err, "what was signed is about other texts, effects, imports, or another "
			    "CAS: look again by 'concordat proposal show'");
}

static const char *name_of(const struct cc_board *board, uint64_t bit)
{
	for (size_t i = 0; i < board->members.count; i++)
		if ((bit >> i & 1) != 0)
			return board->members.at[i].name;
	return NULL;
}

static int name_program(const struct cc_seat *seat, struct cc_rec_vote *vote, struct cc_err *err)
{
	memcpy(vote->hash, seat->hash.b, sizeof(vote->hash));
	CC_TRY(cc_text_set(&vote->policy, seat->policy, err));
	return cc_text_set(&vote->service, seat->service, err);
}

static int keep(struct cc_ballot *ballot, const struct cc_paper *paper, struct cc_err *err)
{
	struct cc_rec_vote *vote = cc_paper_before(ballot, paper);
	const char *member = name_of(ballot->old.policy->board, paper->bit);
	void *at = NULL;

	if (vote == NULL) {
		if (ballot->row.votes.count == VOTES_MAX)
			return cc_fail(err, CC_E_TOOBIG, "a proposal has at most %zu votes",
				       VOTES_MAX);
		CC_TRY(cc_list_add(&ballot->row.votes, &cc_rec_vote, &at, err));
		vote = at;
	}
	memcpy(vote->key, paper->key_hash.b, sizeof(vote->key));
	vote->number = paper->vote.number;
	vote->expires = paper->expires;
	vote->at = (uint64_t)cc_state_time(ballot->state);
	vote->index = cc_state_index(ballot->state);
	if (member != NULL)
		CC_TRY(cc_text_set(&vote->member, member, err));
	if (paper->seat != NULL)
		CC_TRY(name_program(paper->seat, vote, err));
	CC_TRY(cc_text_set(&vote->public_key, paper->public_key, err));
	CC_TRY(cc_text_set(&vote->choice, cc_vote_choice_name(paper->vote.choice), err));
	CC_TRY(cc_text_set(&vote->reason, paper->vote.reason, err));
	return cc_text_set(&vote->signature, paper->signature_text, err);
}

int cc_paper_cast(struct cc_ballot *ballot, const struct cc_paper *paper, struct cc_err *err)
{
	CC_TRY(check_paper(ballot, paper, err));
	CC_TRY(verify(ballot, paper, err));
	return keep(ballot, paper, err);
}
