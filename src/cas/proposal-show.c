/* SPDX-License-Identifier: Apache-2.0 */
/* Proposals and boards as answers. */
#include "base/str.h"
#include "base/time.h"
#include "cas/policies.h"
#include "cas/proposals.h"
#include "codec/text.h"
#include "policy/duration.h"

int cc_proposal_id(const struct cc_operation_call *call, uint8_t out[static CC_ID_LEN],
		   struct cc_err *err)
{
	return cc_hex_parse_fixed(cc_span_str(call->argument), "proposal",
				  (struct cc_mut){ out, CC_ID_LEN }, err);
}

static bool may_see(const struct cc_known *known, const struct cc_caller *caller)
{
	const struct cc_board *board = known->policy->board;
	struct cc_err ignored = { 0 };

	if (board != NULL && caller->known && cc_board_keyed(board, &caller->key) != 0)
		return true;
	return cc_caller_may(caller, known, CC_RIGHT_READ, &ignored) == 0;
}

int cc_proposal_may_see(const struct cc_ballot *ballot, const struct cc_caller *caller,
			struct cc_err *err)
{
	char id[CC_ID_TEXT];

	if (may_see(&ballot->active, caller) ||
	    (caller->known && memcmp(caller->key.b, ballot->row.proposer, 32) == 0))
		return 0;
	cc_id_print(ballot->row.id, id);
	return cc_fail(err, CC_E_NOTFOUND, "there is no proposal '%s'", id);
}

static int set_time(struct cc_json *json, const char *name, uint64_t at, struct cc_err *err)
{
	char text[CC_TIME_TEXT];

	if (at == 0)
		return 0;
	cc_time_print((int64_t)at, text);
	return cc_json_set_str(json, name, text, err);
}

static int set_text(struct cc_json *json, const char *name, const char *text, struct cc_err *err)
{
	return text == NULL ? 0 : cc_json_set_str(json, name, text, err);
}

static int set_versions(struct cc_json *json, const char *name, const struct cc_list *versions,
			struct cc_err *err)
{
	CC_AUTO_JSON struct cc_json *list = NULL;

	CC_TRY(cc_json_array(&list, err));
	for (size_t i = 0; i < versions->count; i++) {
		const struct cc_rec_consent *version =
			CC_LIST_AT(*versions, struct cc_rec_consent, i);
		CC_AUTO_JSON struct cc_json *one = NULL;

		CC_TRY(cc_json_object(&one, err));
		CC_TRY(cc_json_set_str(one, "policy", version->policy, err));
		CC_TRY(cc_json_set_hex(one, "hash", CC_SPAN(version->hash), err));
		CC_TRY(cc_json_add(list, CC_TAKE(one), err));
	}
	return cc_json_set(json, name, CC_TAKE(list), err);
}

static int set_program(struct cc_json *json, const struct cc_rec_vote *vote, struct cc_err *err)
{
	if (vote->service == NULL)
		return 0;
	CC_TRY(cc_json_set_str(json, "policy", vote->policy, err));
	CC_TRY(cc_json_set_str(json, "service", vote->service, err));
	return cc_json_set_hex(json, "policy_hash", CC_SPAN(vote->hash), err);
}

static int add_vote(const struct cc_rec_vote *vote, struct cc_json *list, struct cc_err *err)
{
	CC_AUTO_JSON struct cc_json *one = NULL;

	CC_TRY(cc_json_object(&one, err));
	CC_TRY(set_text(one, "member", vote->member, err));
	CC_TRY(set_program(one, vote, err));
	CC_TRY(cc_json_set_hex(one, "key", CC_SPAN(vote->key), err));
	CC_TRY(set_text(one, "public_key", vote->public_key, err));
	CC_TRY(set_text(one, "choice", vote->choice, err));
	CC_TRY(set_text(one, "reason", vote->reason, err));
	CC_TRY(set_text(one, "signature", vote->signature, err));
	CC_TRY(cc_json_set_u64(one, "number", vote->number, err));
	CC_TRY(cc_json_set_u64(one, "expires", vote->expires, err));
	CC_TRY(cc_json_set_u64(one, "index", vote->index, err));
	CC_TRY(set_time(one, "at", vote->at, err));
	return cc_json_add(list, CC_TAKE(one), err);
}

static int set_votes(struct cc_json *json, const struct cc_list *votes, struct cc_err *err)
{
	CC_AUTO_JSON struct cc_json *list = NULL;

	CC_TRY(cc_json_array(&list, err));
	for (size_t i = 0; i < votes->count; i++)
		CC_TRY(add_vote(CC_LIST_AT(*votes, struct cc_rec_vote, i), list, err));
	return cc_json_set(json, "votes", CC_TAKE(list), err);
}

static int add_rule(const struct cc_board *board, const struct cc_board_rule *rule,
		    const struct cc_ballot *ballot, struct cc_json *list, struct cc_err *err)
{
	struct cc_board_votes votes = cc_ballot_votes(ballot);
	CC_AUTO_JSON struct cc_json *one = NULL;
	CC_AUTO_BUF struct cc_buf text = { 0 };
	uint64_t agree = votes.approve & ~votes.reject;

	if (!board->self_approval)
		agree &= ~votes.proposer;
	CC_TRY(cc_json_object(&one, err));
	CC_TRY(cc_board_rule_print(rule, &text, err));
	CC_TRY(cc_json_set_text(one, "rule", cc_buf_span(&text), err));
	CC_TRY(cc_json_set_bool(one, "met", cc_board_rule_met(board, rule, agree), err));
	return cc_json_add(list, CC_TAKE(one), err);
}

static int set_needs(struct cc_json *json, const struct cc_ballot *ballot, struct cc_err *err)
{
	const struct cc_board *board = ballot->old.policy->board;
	CC_AUTO_JSON struct cc_json *needs = NULL, *rules = NULL, *veto = NULL;
	char delay[CC_DURATION_TEXT];

	CC_TRY(cc_json_object(&needs, err));
	CC_TRY(cc_json_array(&rules, err));
	CC_TRY(cc_json_array(&veto, err));
	if (ballot->needs.base)
		CC_TRY(add_rule(board, &board->rule, ballot, rules, err));
	for (size_t i = 0; i < board->classes.count; i++)
		if ((ballot->needs.lines >> i & 1) != 0)
			CC_TRY(add_rule(board, &board->classes.at[i].rule, ballot, rules, err));
	for (size_t i = 0; i < board->members.count; i++)
		if ((ballot->needs.veto >> i & 1) != 0)
			CC_TRY(cc_json_add_str(veto, board->members.at[i].name, err));
	cc_duration_print(ballot->needs.delay, delay);
	CC_TRY(cc_json_set(needs, "rules", CC_TAKE(rules), err));
	CC_TRY(cc_json_set(needs, "veto", CC_TAKE(veto), err));
	CC_TRY(cc_json_set_str(needs, "delay", delay, err));
	CC_TRY(cc_json_set_bool(needs, "access", cc_ballot_access_agrees(ballot), err));
	return cc_json_set(json, "needs", CC_TAKE(needs), err);
}

static int set_hashes(struct cc_json *json, const struct cc_rec_proposal *row, struct cc_err *err)
{
	CC_TRY(cc_json_set_hex(json, "old_hash", CC_SPAN(row->old_hash), err));
	CC_TRY(cc_json_set_hex(json, "new_hash", CC_SPAN(row->new_hash), err));
	CC_TRY(cc_json_set_hex(json, "effect_hash", CC_SPAN(row->effect_hash), err));
	CC_TRY(cc_json_set_hex(json, "closure", CC_SPAN(row->closure), err));
	return cc_json_set_hex(json, "proposer", CC_SPAN(row->proposer), err);
}

/* What a list has of each; `due` says that settling it would change something. */
static int set_summary(struct cc_json *json, const struct cc_rec_proposal *row, bool due,
		       struct cc_err *err)
{
	CC_TRY(cc_json_set_hex(json, "proposal", CC_SPAN(row->id), err));
	CC_TRY(cc_json_set_str(json, "policy", row->policy, err));
	CC_TRY(cc_json_set_str(json, "kind", row->kind, err));
	CC_TRY(cc_json_set_str(json, "state", row->state, err));
	CC_TRY(cc_json_set_bool(json, "due", due, err));
	CC_TRY(set_text(json, "why", row->why, err));
	CC_TRY(set_text(json, "reason", row->reason, err));
	CC_TRY(set_time(json, "created", row->created, err));
	CC_TRY(set_time(json, "deadline", row->deadline, err));
	CC_TRY(set_time(json, "effective", row->effective, err));
	CC_TRY(set_time(json, "lapses", row->lapses, err));
	CC_TRY(set_time(json, "ended", row->ended, err));
	return cc_json_set_u64(json, "index", row->index, err);
}

/* Members compute the effects from the very texts, which they may not be able to read otherwise. */
static int set_texts(struct cc_json *json, const struct cc_ballot *ballot, struct cc_err *err)
{
	CC_AUTO_FREE char *old = NULL;

	CC_TRY(cc_policy_version_text(ballot->state, ballot->row.policy, ballot->row.old_hash, &old,
				      err));
	CC_TRY(cc_json_set_str(json, "old_text", old, err));
	CC_TRY(set_text(json, "new_text", ballot->row.text, err));
	return set_text(json, "effects", ballot->row.effects, err);
}

int cc_proposal_answer(const struct cc_ballot *ballot, struct cc_json **out, struct cc_err *err)
{
	CC_AUTO_JSON struct cc_json *json = NULL;

	CC_TRY(cc_json_object(&json, err));
	CC_TRY(set_summary(json, &ballot->row, cc_ballot_next(ballot) != CC_STEP_NONE, err));
	CC_TRY(set_hashes(json, &ballot->row, err));
	CC_TRY(cc_json_set_u64(json, "epoch", ballot->row.epoch, err));
	CC_TRY(cc_json_set_u64(json, "deadline_time", ballot->row.deadline, err));
	CC_TRY(set_texts(json, ballot, err));
	CC_TRY(set_versions(json, "grants", &ballot->row.grants, err));
	CC_TRY(set_versions(json, "rests_on", &ballot->row.further, err));
	CC_TRY(set_votes(json, &ballot->row.votes, err));
	CC_TRY(set_needs(json, ballot, err));
	*out = CC_TAKE(json);
	return 0;
}

int cc_proposal_read(struct cc_state *state, const struct cc_operation_call *call,
		     struct cc_result *result, struct cc_err *err)
{
	CC_AUTO_BALLOT struct cc_ballot ballot = { 0 };
	uint8_t id[CC_ID_LEN];

	CC_TRY(cc_proposal_id(call, id, err));
	CC_TRY(cc_ballot_load(state, id, &ballot, err));
	CC_TRY(cc_proposal_may_see(&ballot, &call->caller, err));
	return cc_proposal_answer(&ballot, &result->answer, err);
}

/* What is over needs no look at its texts: a long list must not be long work. */
static int load_summary(struct cc_state *state, const struct cc_rec_ref *ref,
			struct cc_ballot *ballot, struct cc_err *err)
{
	char key[CC_ID_TEXT];

	if (!ref->ended)
		return cc_ballot_load(state, ref->id, ballot, err);
	cc_id_print(ref->id, key);
	return cc_state_get(state, &cc_rec_proposal, key, &ballot->row, err);
}

static int add_summary(struct cc_state *state, const struct cc_rec_ref *ref, struct cc_json *list,
		       struct cc_err *err)
{
	CC_AUTO_BALLOT struct cc_ballot ballot = { 0 };
	CC_AUTO_JSON struct cc_json *one = NULL;

	CC_TRY(load_summary(state, ref, &ballot, err));
	CC_TRY(cc_json_object(&one, err));
	CC_TRY(set_summary(one, &ballot.row, cc_ballot_next(&ballot) != CC_STEP_NONE, err));
	return cc_json_add(list, CC_TAKE(one), err);
}

static int answer_board(struct cc_state *state, const struct cc_known *known,
			const struct cc_rec_board *board, struct cc_json *out, struct cc_err *err)
{
	CC_AUTO_JSON struct cc_json *list = NULL;
	struct cc_err running = { 0 };

	CC_TRY(cc_json_set_str(out, "policy", known->policy->name, err));
	CC_TRY(cc_json_set_hex(out, "hash", CC_DIGEST_SPAN(known->hash), err));
	CC_TRY(cc_json_set_bool(out, "board", known->policy->board != NULL, err));
	CC_TRY(cc_json_set_u64(out, "epoch", board->epoch, err));
	CC_TRY(cc_json_set_bool(out, "stopped",
				cc_board_require_running(state, known->policy->name, &running) != 0,
				err));
	CC_TRY(cc_json_array(&list, err));
	for (size_t i = board->proposals.count; i > 0; i--)
		CC_TRY(add_summary(state, CC_LIST_AT(board->proposals, struct cc_rec_ref, i - 1),
				   list, err));
	return cc_json_set(out, "proposals", CC_TAKE(list), err);
}

int cc_proposal_list(struct cc_state *state, const struct cc_operation_call *call,
		     struct cc_result *result, struct cc_err *err)
{
	CC_AUTO_CAS_VIEW struct cc_cas_view view = { 0 };
	struct cc_rec_board board = { 0 };
	struct cc_known known = { 0 };
	bool found = false;
	int done = 0;

	cc_cas_view_init(&view, state);
	CC_TRY(cc_cas_view_policy(&view, call->argument, &known, NULL, err));
	if (!may_see(&known, &call->caller))
		return cc_fail(err, CC_E_DENIED,
			       "the proposals of policy '%s' are for its readers and its board",
			       call->argument);
	CC_TRY(cc_json_object(&result->answer, err));
	CC_TRY(cc_state_find(state, &cc_rec_board, call->argument, &board, &found, err));
	done = answer_board(state, &known, &board, result->answer, err);
	cc_record_clear(&cc_rec_board, &board);
	return done;
}
