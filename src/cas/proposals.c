/* SPDX-License-Identifier: Apache-2.0 */
/* Proposals: made, voted on, withdrawn, and brought as far as votes and time allow. */
#include "cas/proposals.h"

#include "base/str.h"
#include "cas/policies.h"
#include "cas/votes.h"
#include "codec/text.h"

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
int cc_proposal_fields(const struct cc_ballot *ballot, struct cc_json *fields, struct cc_err *err)
{
	const struct cc_rec_proposal *row = &ballot->row;
	char id[CC_ID_TEXT];

	cc_id_print(row->id, id);
	CC_TRY(cc_json_set_str(fields, "proposal", id, err));
	CC_TRY(cc_json_set_str(fields, "policy", row->policy, err));
	CC_TRY(cc_json_set_str(fields, "kind", row->kind, err));
	CC_TRY(cc_json_set_str(fields, "result", row->state, err));
	CC_TRY(cc_policy_publish(ballot->state, row->policy, row->new_hash, "hash", fields, err));
	return cc_json_set_hex(fields, "effects", CC_SPAN(row->effect_hash), err);
}

int cc_proposal_entry(const struct cc_ballot *ballot, struct cc_json **out, struct cc_err *err)
{
	CC_AUTO_JSON struct cc_json *fields = NULL;

	CC_TRY(cc_json_object(&fields, err));
	CC_TRY(cc_proposal_fields(ballot, fields, err));
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

/* A member, or somebody whose agreement access_policy.update or a binding line asks for. */
static int check_voter(const struct cc_ballot *ballot, struct cc_paper *paper, struct cc_err *err)
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

int cc_proposal_vote(struct cc_state *state, const struct cc_operation_call *call,
		     struct cc_result *result, struct cc_err *err)
{
	CC_AUTO_PAPER struct cc_paper paper = { .vote = { .reason = "" } };
	CC_AUTO_BALLOT struct cc_ballot ballot = { 0 };
	uint8_t id[CC_ID_LEN];

	CC_TRY(cc_caller_require(&call->caller, err));
	CC_TRY(cc_proposal_id(call, id, err));
	CC_TRY(cc_paper_parse(call->body, &paper, err));
	CC_TRY(cc_ballot_load(state, id, &ballot, err));
	CC_TRY(cc_proposal_may_see(&ballot, &call->caller, err));
	CC_TRY(cc_ballot_settle(&ballot, err));
	CC_TRY(cc_ballot_require_open(&ballot, err));
	CC_TRY(check_voter(&ballot, &paper, err));
	CC_TRY(cc_paper_cast(&ballot, &paper, err));
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
	CC_TRY(cc_ballot_require_open(&ballot, err));
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
