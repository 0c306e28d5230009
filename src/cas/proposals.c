/* SPDX-License-Identifier: Apache-2.0 */
/* Proposals: made, voted on, withdrawn, and brought as far as votes and time allow. */
#include "cas/proposals.h"

#include "base/str.h"
#include "cas/policies.h"
#include "codec/text.h"

#define VOTES_MAX \
	((size_t)2 * CC_BOARD_MEMBERS_MAX) /* members, and whom access_policy.update names */
#define KEY_MAX 256                        /* bytes of a SubjectPublicKeyInfo */

static void clear_row(struct cc_rec_proposal *row)
{
	cc_record_clear(&cc_rec_proposal, row);
}

/* What web alone vouches for must not stop a service or take back a proposal. */
static int require_signed(const struct cc_caller *caller, struct cc_err *err)
{
	CC_TRY(cc_caller_require(caller, err));
	if (!caller->transport)
		return 0;
	cc_err_set(err, CC_E_DENIED, "a TLS certificate alone does not propose");
	return cc_hint(err, "sign the request, as concordat does");
}

/* A proposed version is no version yet: its hash comes with the entry that makes it one. */
int cc_proposal_entry(const struct cc_ballot *ballot, struct cc_json **out, struct cc_err *err)
{
	const struct cc_rec_proposal *row = &ballot->row;
	CC_AUTO_JSON struct cc_json *fields = NULL;
	char id[CC_ID_TEXT];

	cc_id_print(row->id, id);
	CC_TRY(cc_json_object(&fields, err));
	CC_TRY(cc_json_set_str(fields, "proposal", id, err));
	CC_TRY(cc_json_set_str(fields, "policy", row->policy, err));
	CC_TRY(cc_json_set_str(fields, "kind", row->kind, err));
	CC_TRY(cc_json_set_str(fields, "result", row->state, err));
	CC_TRY(cc_policy_publish(ballot->state, row->policy, row->new_hash, "hash", fields, err));
	CC_TRY(cc_json_set_hex(fields, "effects", CC_SPAN(row->effect_hash), err));
	*out = CC_TAKE(fields);
	return 0;
}

static int record(const struct cc_operation_call *call, const struct cc_ballot *ballot,
		  const char *type, struct cc_result *result, struct cc_err *err)
{
	char id[CC_ID_TEXT];

	result->type = type;
	cc_id_print(ballot->row.id, id);
	CC_TRY(cc_text_set(&result->subject, id, err));
	CC_TRY(cc_proposal_entry(ballot, &result->fields, err));
	return cc_caller_fields(&call->caller, result->fields, err);
}

const char *cc_proposal_entry_type(const struct cc_ballot *ballot, const char *otherwise)
{
	if (!ballot->has_changed)
		return otherwise;
	if (cc_str_eq(ballot->row.state, "applied"))
		return "proposal.apply";
	return cc_str_eq(ballot->row.state, "lapsed") ? "proposal.lapse" : "proposal.enforce";
}

/* Stored, answered, recorded. */
static int finish(const struct cc_operation_call *call, struct cc_ballot *ballot, const char *type,
		  struct cc_result *result, struct cc_err *err)
{
	CC_TRY(cc_ballot_store(ballot, err));
	CC_TRY(cc_proposal_answer(ballot, &result->answer, err));
	return record(call, ballot, type, result, err);
}

/* Creating. */

static int parse_create(const struct cc_operation_call *call, struct cc_rec_proposal *row,
			const char **name, struct cc_err *err)
{
	static const char *const known[] = { "kind", "name", "policy", "predecessor", "reason" };
	const char *kind = cc_proposal_kind_name(CC_PROPOSAL_CHANGE), *reason = "", *text = NULL;

	if (call->body == NULL)
		return cc_fail(err, CC_E_ARG, "the request has no body");
	CC_TRY(cc_json_closed(call->body, known, CC_COUNT(known), err));
	CC_TRY(cc_json_get_str(call->body, "name", name, err));
	if (cc_json_has(call->body, "kind"))
		CC_TRY(cc_json_get_str(call->body, "kind", &kind, err));
	if (cc_json_has(call->body, "reason"))
		CC_TRY(cc_json_get_str(call->body, "reason", &reason, err));
	if (strlen(reason) > CC_REASON_MAX)
		return cc_fail(err, CC_E_TOOBIG, "a reason has at most %d bytes", CC_REASON_MAX);
	CC_TRY(cc_text_set(&row->kind, kind, err));
	CC_TRY(cc_text_set(&row->reason, reason, err));
	if (!cc_json_has(call->body, "policy"))
		return 0;
	CC_TRY(cc_json_get_str(call->body, "policy", &text, err));
	return cc_text_set(&row->text, text, err);
}

/* The text is the policy's, fits this CAS, and is a change of the version that was looked at. */
static int check_version(const struct cc_operation_call *call, const struct cc_ballot *ballot,
			 const char *name, struct cc_err *err)
{
	const struct cc_policy *proposed = ballot->proposed;
	struct cc_digest said = { 0 };

	if (cc_json_has(call->body, "predecessor")) {
		CC_TRY(cc_json_get_digest(call->body, "predecessor", &said, err));
		if (!cc_digest_eq(&said, &ballot->active.hash))
			return cc_fail(err, CC_E_CONFLICT,
				       "another version has become active since you read it");
	}
	if (proposed == NULL)
		return 0;
	if (!cc_str_eq(proposed->name, name))
		return cc_fail(err, CC_E_ARG, "the text is policy '%s', the proposal about '%s'",
			       proposed->name, name);
	if (proposed->predecessor.is_set)
		CC_TRY(cc_policy_follows(proposed, &ballot->active.hash, err));
	return cc_decide_cas(proposed, call->cas->witness_count != 0, err);
}

static int may_propose(const struct cc_ballot *ballot, const struct cc_caller *caller,
		       struct cc_err *err)
{
	const struct cc_board *board = ballot->active.policy->board;

	if (cc_board_keyed(board, &caller->key) != 0)
		return 0;
	/* Else who may not approve the own proposal would make it with another key. */
	if (board->self_approval && ballot->kind == CC_PROPOSAL_CHANGE &&
	    cc_ballot_access_names(ballot, &caller->key))
		return 0;
	cc_err_set(err, CC_E_DENIED, "only members of the board of '%s' propose this",
		   ballot->row.policy);
	return cc_hint(err, "use the home whose key 'board' names: CONCORDAT_HOME");
}

static int check_room(const struct cc_ballot *ballot, struct cc_err *err)
{
	size_t open = 0;

	for (size_t i = 0; i < ballot->board.proposals.count; i++)
		open += !CC_LIST_AT(ballot->board.proposals, struct cc_rec_ref, i)->ended;
	if (open < CC_PROPOSALS_OPEN_MAX)
		return 0;
	cc_err_set(err, CC_E_TOOBIG, "policy '%s' has %d open proposals", ballot->row.policy,
		   CC_PROPOSALS_OPEN_MAX);
	return cc_hint(err, "end some: concordat proposal status, withdraw or reject");
}

/* A second emergency would make the first one last. */
static int check_no_emergency(struct cc_ballot *ballot, struct cc_err *err)
{
	for (size_t i = 0; i < ballot->board.proposals.count; i++) {
		const struct cc_rec_ref *ref =
			CC_LIST_AT(ballot->board.proposals, struct cc_rec_ref, i);
		CC_CLEANUP(clear_row) struct cc_rec_proposal other = { 0 };
		char id[CC_ID_TEXT];

		if (ref->ended)
			continue;
		cc_id_print(ref->id, id);
		CC_TRY(cc_state_get(ballot->state, &cc_rec_proposal, id, &other, err));
		if (!cc_str_eq(other.state, "in-force") ||
		    !cc_str_eq(other.kind, cc_proposal_kind_name(CC_PROPOSAL_EMERGENCY)))
			continue;
		cc_err_set(err, CC_E_CONFLICT, "an emergency change of '%s' is in force",
			   ballot->row.policy);
		return cc_hint(err, "see whether it is over: concordat proposal status %s", id);
	}
	return 0;
}

static int check_may_stop(struct cc_ballot *ballot, const struct cc_caller *caller,
			  struct cc_err *err)
{
	struct cc_list *lapsed = &ballot->board.lapsed;

	for (size_t i = lapsed->count; i > 0; i--) {
		const struct cc_rec_lapsed *one = CC_LIST_AT(*lapsed, struct cc_rec_lapsed, i - 1);

		if (memcmp(one->hash, ballot->active.hash.b, sizeof(one->hash)) != 0)
			cc_list_drop(lapsed, &cc_rec_lapsed, i - 1);
		else if (memcmp(one->member, caller->key.b, sizeof(one->member)) == 0)
			return cc_fail(err, CC_E_LIMIT,
				       "this member has stopped this version of '%s' already",
				       ballot->row.policy);
	}
	return cc_board_require_running(ballot->state, ballot->row.policy, err);
}

static int check_kind(struct cc_ballot *ballot, const struct cc_caller *caller, struct cc_err *err)
{
	if (ballot->kind == CC_PROPOSAL_EMERGENCY)
		return check_no_emergency(ballot, err);
	if (ballot->kind == CC_PROPOSAL_STOP)
		return check_may_stop(ballot, caller, err);
	if (ballot->kind == CC_PROPOSAL_RESUME && !ballot->board.stop_confirmed)
		return cc_fail(err, CC_E_CONFLICT, "no stop of '%s' was confirmed: one lapses",
			       ballot->row.policy);
	return 0;
}

static int begin(struct cc_ballot *ballot, const struct cc_caller *caller, struct cc_err *err)
{
	memcpy(ballot->row.proposer, caller->key.b, sizeof(ballot->row.proposer));
	CC_TRY(cc_random(CC_MUT(ballot->row.id), err));
	if (ballot->kind != CC_PROPOSAL_STOP)
		return 0;
	ballot->board.stopped = true;
	ballot->board.stop_until = ballot->row.lapses;
	memcpy(ballot->board.stop, ballot->row.id, sizeof(ballot->board.stop));
	return 0;
}

int cc_proposal_create(struct cc_state *state, const struct cc_operation_call *call,
		       struct cc_result *result, struct cc_err *err)
{
	CC_AUTO_BALLOT struct cc_ballot ballot = { 0 };
	const char *name = NULL;

	CC_TRY(require_signed(&call->caller, err));
	CC_TRY(parse_create(call, &ballot.row, &name, err));
	CC_TRY(cc_ballot_start(state, name, &ballot, err));
	CC_TRY(may_propose(&ballot, &call->caller, err));
	CC_TRY(check_version(call, &ballot, name, err));
	CC_TRY(check_room(&ballot, err));
	CC_TRY(check_kind(&ballot, &call->caller, err));
	CC_TRY(begin(&ballot, &call->caller, err));
	result->status = 201;
	return finish(call, &ballot, "proposal.create", result, err);
}

/* Voting. */

struct ballot_paper {
	struct cc_vote vote;
	struct cc_pubkey *key;
	struct cc_digest key_hash;
	struct cc_buf signature;
	const char *public_key, *signature_text; /* of the body */
	uint64_t expires;
	uint64_t bit; /* of the member; 0: whom access_policy.update names */
};

static void clear_paper(struct ballot_paper *paper)
{
	cc_pubkey_free(paper->key);
	cc_buf_clear(&paper->signature);
}

static int parse_vote(const struct cc_operation_call *call, struct ballot_paper *out,
		      struct cc_err *err)
{
	static const char *const known[] = { "choice",     "expires", "number",
					     "public_key", "reason",  "signature" };
	CC_AUTO_BUF struct cc_buf der = { 0 };
	const char *choice = NULL;

	if (call->body == NULL)
		return cc_fail(err, CC_E_ARG, "the request has no body");
	CC_TRY(cc_json_closed(call->body, known, CC_COUNT(known), err));
	CC_TRY(cc_json_get_str(call->body, "choice", &choice, err));
	CC_TRY(cc_vote_choice_parse(choice, &out->vote.choice, err));
	if (cc_json_has(call->body, "reason"))
		CC_TRY(cc_json_get_str(call->body, "reason", &out->vote.reason, err));
	CC_TRY(cc_json_get_u64(call->body, "number", CC_JSON_INTEGER_MAX, &out->vote.number, err));
	CC_TRY(cc_json_get_u64(call->body, "expires", CC_JSON_INTEGER_MAX, &out->expires, err));
	out->vote.expires = (int64_t)out->expires;
	CC_TRY(cc_json_get_str(call->body, "public_key", &out->public_key, err));
	CC_TRY(cc_json_get_str(call->body, "signature", &out->signature_text, err));
	CC_TRY(cc_json_get_base64(call->body, "public_key", KEY_MAX, &der, err));
	CC_TRY(cc_json_get_base64(call->body, "signature", CC_SIGNATURE_MAX, &out->signature, err));
	CC_TRY(cc_pubkey_from_der(cc_buf_span(&der), &out->key, err));
	return cc_pubkey_hash(out->key, &out->key_hash, err);
}

static int require_open(const struct cc_ballot *ballot, struct cc_err *err)
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

/* A member, or somebody whose agreement access_policy.update or a binding line asks for. */
static int check_voter(const struct cc_ballot *ballot, struct ballot_paper *paper,
		       struct cc_err *err)
{
	const struct cc_board *board = ballot->old.policy->board;
	const struct cc_board_votes votes = cc_ballot_votes(ballot);

	paper->bit = cc_board_keyed(board, &paper->key_hash);
	if (paper->bit == 0 && !cc_ballot_access_names(ballot, &paper->key_hash) &&
	    !cc_bindings_ask(&ballot->bindings, &paper->key_hash))
		return cc_fail(err, CC_E_DENIED, "the key is no member's of the board of '%s'",
			       ballot->row.policy);
	if (paper->vote.choice == CC_VOTE_APPROVE && !board->self_approval && paper->bit != 0 &&
	    paper->bit == votes.proposer && ballot->kind != CC_PROPOSAL_EMERGENCY) {
		cc_err_set(err, CC_E_DENIED,
			   "this member made the proposal, and the board of '%s' "
			   "does not let it approve its own",
			   ballot->row.policy);
		return cc_hint(err, "others approve; the rule is the board's 'self_approval'");
	}
	return 0;
}

static struct cc_rec_vote *find_vote(const struct cc_ballot *ballot, const struct cc_digest *key)
{
	for (size_t i = 0; i < ballot->row.votes.count; i++) {
		struct cc_rec_vote *vote = CC_LIST_AT(ballot->row.votes, struct cc_rec_vote, i);

		if (memcmp(vote->key, key->b, sizeof(vote->key)) == 0)
			return vote;
	}
	return NULL;
}

static int check_paper(const struct cc_ballot *ballot, const struct ballot_paper *paper,
		       struct cc_err *err)
{
	const struct cc_rec_vote *before = find_vote(ballot, &paper->key_hash);

	if (strlen(paper->vote.reason) > CC_REASON_MAX)
		return cc_fail(err, CC_E_TOOBIG, "a reason has at most %d bytes", CC_REASON_MAX);
	if (paper->vote.choice == CC_VOTE_REJECT && paper->vote.reason[0] == '\0')
		return cc_fail(err, CC_E_ARG, "a rejection says why: its 'reason' is empty");
	if (paper->vote.expires < cc_state_time(ballot->state))
		return cc_fail(err, CC_E_EXPIRED, "the vote has expired");
	if (before != NULL && paper->vote.number <= before->number)
		return cc_fail(err, CC_E_STALE,
			       "the vote is not newer than the one of this key that counts");
	return 0;
}

/* The keeper's own fields, then the vote's: another effect or version does not verify. */
static int verify(const struct cc_ballot *ballot, const struct ballot_paper *paper,
		  struct cc_err *err)
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

static int keep_vote(struct cc_ballot *ballot, const struct ballot_paper *paper, struct cc_err *err)
{
	struct cc_rec_vote *vote = find_vote(ballot, &paper->key_hash);
	const char *member = name_of(ballot->old.policy->board, paper->bit);
	void *at = NULL;

	if (vote == NULL) {
		if (ballot->row.votes.count == VOTES_MAX)
			return cc_fail(err, CC_E_TOOBIG, "a proposal has at most %zu votes",
				       VOTES_MAX);
		CC_TRY(cc_list_add(&ballot->row.votes, &cc_rec_vote, &at, err));
		vote = at;
		memcpy(vote->key, paper->key_hash.b, sizeof(vote->key));
	}
	vote->number = paper->vote.number;
	vote->expires = paper->expires;
	vote->at = (uint64_t)cc_state_time(ballot->state);
	vote->index = cc_state_index(ballot->state);
	if (member != NULL)
		CC_TRY(cc_text_set(&vote->member, member, err));
	CC_TRY(cc_text_set(&vote->public_key, paper->public_key, err));
	CC_TRY(cc_text_set(&vote->choice, cc_vote_choice_name(paper->vote.choice), err));
	CC_TRY(cc_text_set(&vote->reason, paper->vote.reason, err));
	return cc_text_set(&vote->signature, paper->signature_text, err);
}

int cc_proposal_vote(struct cc_state *state, const struct cc_operation_call *call,
		     struct cc_result *result, struct cc_err *err)
{
	CC_CLEANUP(clear_paper) struct ballot_paper paper = { .vote = { .reason = "" } };
	CC_AUTO_BALLOT struct cc_ballot ballot = { 0 };
	uint8_t id[CC_ID_LEN];

	CC_TRY(cc_caller_require(&call->caller, err));
	CC_TRY(cc_proposal_id(call, id, err));
	CC_TRY(parse_vote(call, &paper, err));
	CC_TRY(cc_ballot_load(state, id, &ballot, err));
	CC_TRY(cc_proposal_may_see(&ballot, &call->caller, err));
	CC_TRY(cc_ballot_settle(&ballot, err));
	CC_TRY(require_open(&ballot, err));
	CC_TRY(check_voter(&ballot, &paper, err));
	CC_TRY(check_paper(&ballot, &paper, err));
	CC_TRY(verify(&ballot, &paper, err));
	CC_TRY(keep_vote(&ballot, &paper, err));
	CC_TRY(cc_ballot_settle(&ballot, err));
	CC_TRY(finish(call, &ballot, cc_proposal_entry_type(&ballot, "proposal.vote"), result,
		      err));
	CC_TRY(cc_json_set_hex(result->fields, "voter", CC_DIGEST_SPAN(paper.key_hash), err));
	return cc_json_set_str(result->fields, "choice", cc_vote_choice_name(paper.vote.choice),
			       err);
}

/* Ending and settling. */

int cc_proposal_withdraw(struct cc_state *state, const struct cc_operation_call *call,
			 struct cc_result *result, struct cc_err *err)
{
	CC_AUTO_BALLOT struct cc_ballot ballot = { 0 };
	uint8_t id[CC_ID_LEN];

	CC_TRY(require_signed(&call->caller, err));
	CC_TRY(cc_proposal_id(call, id, err));
	CC_TRY(cc_ballot_load(state, id, &ballot, err));
	CC_TRY(cc_proposal_may_see(&ballot, &call->caller, err));
	if (memcmp(ballot.row.proposer, call->caller.key.b, sizeof(ballot.row.proposer)) != 0)
		return cc_fail(err, CC_E_DENIED, "only who made a proposal withdraws it");
	CC_TRY(cc_ballot_settle(&ballot, err));
	CC_TRY(require_open(&ballot, err));
	CC_TRY(cc_ballot_withdraw(&ballot, err));
	return finish(call, &ballot, cc_proposal_entry_type(&ballot, "proposal.withdraw"), result,
		      err);
}

int cc_proposal_settle(struct cc_state *state, const struct cc_operation_call *call,
		       struct cc_result *result, struct cc_err *err)
{
	CC_AUTO_BALLOT struct cc_ballot ballot = { 0 };
	uint8_t id[CC_ID_LEN];

	CC_TRY(cc_caller_require(&call->caller, err));
	CC_TRY(cc_proposal_id(call, id, err));
	CC_TRY(cc_ballot_load(state, id, &ballot, err));
	CC_TRY(cc_proposal_may_see(&ballot, &call->caller, err));
	if (cc_ballot_next(&ballot) == CC_STEP_NONE)
		return cc_proposal_answer(&ballot, &result->answer, err);
	CC_TRY(cc_ballot_settle(&ballot, err));
	return finish(call, &ballot, cc_proposal_entry_type(&ballot, "proposal.settle"), result,
		      err);
}

int cc_proposal_repeated(struct cc_state *state, const struct cc_operation_call *call,
			 const char *subject, uint64_t index, struct cc_result *result,
			 struct cc_err *err)
{
	CC_AUTO_BALLOT struct cc_ballot ballot = { 0 };
	uint8_t id[CC_ID_LEN];

	CC_TRY(cc_hex_parse_fixed(cc_span_str(subject), "proposal", CC_MUT(id), err));
	CC_TRY(cc_ballot_load(state, id, &ballot, err));
	CC_TRY(cc_proposal_may_see(&ballot, &call->caller, err));
	if (index == ballot.row.index)
		result->status = 201;
	return cc_proposal_answer(&ballot, &result->answer, err);
}
