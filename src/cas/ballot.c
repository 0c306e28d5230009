/* SPDX-License-Identifier: Apache-2.0 */
#include "cas/ballot-internal.h"

#include "base/str.h"
#include "cas/policies.h"
#include "cas/runs.h"
#include "secret/value.h"

#define STOP_LAPSES ((uint64_t)24 * 3600) /* of a board without `emergency` */

bool cc_ballot_is_over(const struct cc_ballot *ballot)
{
	return ballot->row.ended != 0;
}

void cc_ballot_clear(struct cc_ballot *ballot)
{
	cc_effects_free(ballot->effects);
	cc_policy_free(ballot->proposed);
	cc_bindings_clear(&ballot->bindings);
	cc_policy_free(ballot->replaced);
	cc_cas_view_clear(&ballot->view);
	cc_record_clear(&cc_rec_proposal, &ballot->row);
	cc_record_clear(&cc_rec_board, &ballot->board);
	*ballot = (struct cc_ballot){ 0 };
}

/* Loading: the active version, the one whose board decides, and the proposed one. */

static int load_active(struct cc_ballot *ballot, const char *policy, struct cc_err *err)
{
	const struct cc_rec_policy *row = NULL;
	bool found = false;

	cc_cas_view_init(&ballot->view, ballot->state);
	CC_TRY(cc_cas_view_policy(&ballot->view, policy, &ballot->active, &row, err));
	ballot->version = row->version;
	ballot->old = ballot->active;
	return cc_state_find(ballot->state, &cc_rec_board, policy, &ballot->board, &found, err);
}

/* An emergency in force has replaced the version whose board and access rules go on deciding. */
static int load_replaced(struct cc_ballot *ballot, struct cc_err *err)
{
	CC_AUTO_FREE char *text = NULL;

	if (memcmp(ballot->active.hash.b, ballot->row.old_hash, 32) == 0)
		return 0;
	CC_TRY(cc_policy_version_text(ballot->state, ballot->row.policy, ballot->row.old_hash,
				      &text, err));
	CC_TRY(cc_policy_parse(cc_span_str(text), &ballot->replaced, err));
	ballot->old.policy = ballot->replaced;
	memcpy(ballot->old.hash.b, ballot->row.old_hash, sizeof(ballot->old.hash.b));
	return 0;
}

static int find_needs(struct cc_ballot *ballot, struct cc_err *err)
{
	CC_AUTO_EFFECTS struct cc_effects *standing = NULL;
	struct cc_board_change change = { ballot->old.policy, ballot->proposed, NULL, NULL };

	if (!is_about_version(ballot)) {
		cc_board_needs_base(ballot->old.policy->board, &ballot->needs);
		if (ballot->kind == CC_PROPOSAL_RESUME)
			ballot->needs.delay = ballot->old.policy->board->delay;
		return 0;
	}
	CC_TRY(cc_bindings_find(&ballot->view, change.old, change.new, &ballot->bindings, err));
	CC_TRY(cc_effects_make(change.old, change.new, &ballot->effects, err));
	CC_TRY(cc_effects_make(change.old, change.old, &standing, err));
	change.effects = ballot->effects;
	change.standing = standing;
	return cc_board_needs(&change, &ballot->needs, err);
}

int cc_ballot_load(struct cc_state *state, const uint8_t id[static CC_ID_LEN],
		   struct cc_ballot *out, struct cc_err *err)
{
	char key[CC_ID_TEXT];

	out->state = state;
	cc_id_print(id, key);
	CC_TRY(cc_state_get(state, &cc_rec_proposal, key, &out->row, err));
	CC_TRY(cc_proposal_kind_parse(out->row.kind, &out->kind, err));
	CC_TRY(load_active(out, out->row.policy, err));
	CC_TRY(load_replaced(out, err));
	if (out->old.policy->board == NULL)
		return cc_fail(err, CC_E_BUG, "a proposal about a policy without a board");
	if (out->row.text != NULL)
		CC_TRY(cc_policy_parse(cc_span_str(out->row.text), &out->proposed, err));
	CC_TRY(cc_ballot_look_around(out, err));
	return find_needs(out, err);
}

/* A new one. */

static int describe_change(struct cc_ballot *ballot, struct cc_err *err)
{
	struct cc_rec_proposal *row = &ballot->row;
	CC_AUTO_BUF struct cc_buf text = { 0 };
	struct cc_digest hash = { 0 };

	CC_TRY(cc_policy_hash(ballot->proposed, &hash, err));
	memcpy(row->new_hash, hash.b, sizeof(row->new_hash));
	if (memcmp(row->new_hash, row->old_hash, sizeof(row->new_hash)) == 0)
		return cc_fail(err, CC_E_CONFLICT, "this version of '%s' is active already",
			       row->policy);
	CC_TRY(cc_effects_hash(ballot->effects, &hash, err));
	memcpy(row->effect_hash, hash.b, sizeof(row->effect_hash));
	CC_TRY(cc_effects_print(ballot->effects, &text, err));
	free(row->effects);
	row->effects = NULL;
	CC_TRY(cc_buf_take_str(&text, &row->effects, err));
	return cc_ballot_close(ballot, err);
}

static int describe_stop(struct cc_ballot *ballot, struct cc_err *err)
{
	struct cc_rec_proposal *row = &ballot->row;

	memcpy(row->new_hash, row->old_hash, sizeof(row->new_hash));
	return cc_ballot_close(ballot, err);
}

static uint64_t lapses_after(const struct cc_board *board)
{
	return board->emergency != NULL ? board->emergency->lapses : STOP_LAPSES;
}

static void set_times(struct cc_ballot *ballot)
{
	struct cc_rec_proposal *row = &ballot->row;
	const struct cc_board *board = ballot->old.policy->board;

	row->version = ballot->version;
	row->epoch = ballot->board.epoch;
	row->index = cc_state_index(ballot->state);
	row->created = now_of(ballot);
	row->deadline = row->created + board->deadline;
	if (ballot->kind == CC_PROPOSAL_STOP)
		row->lapses = row->created + lapses_after(board);
}

/* A value that the CAS made and stores: when it goes, nobody can bring it back. */
static bool is_stored(const struct cc_secret_entry *secret)
{
	static const bool kinds[CC_SECRET_KIND_COUNT] = {
		[CC_SECRET_ASCII] = true,      [CC_SECRET_BINARY] = true,
		[CC_SECRET_PGP_KEY] = true,    [CC_SECRET_PRIVATE_KEY] = true,
		[CC_SECRET_SESSION_CA] = true,
	};

	return kinds[secret->kind] && secret->value == NULL && secret->import == NULL &&
	       secret->import_akv == NULL;
}

/* The version before comes back when an emergency lapses; a value that went with it does not. */
static int check_values(const struct cc_policy *old, const struct cc_policy *new,
			struct cc_err *err)
{
	for (size_t i = 0; i < old->secrets.count; i++) {
		const struct cc_secret_entry *was = &old->secrets.at[i];
		const struct cc_secret_entry *is = cc_policy_secret(new, was->name);

		if (!is_stored(was) || (is != NULL && cc_secret_migrates(was, is)))
			continue;
		cc_err_set(err, CC_E_DENIED,
			   "an emergency change of '%s' would destroy the value of secret '%s' for "
			   "good",
			   old->name, was->name);
		return cc_hint(err,
			       "stop the policy's services instead, or propose it as a change");
	}
	return 0;
}

/* Only what forbids, and can be undone, may go past the delay. */
static int check_emergency(const struct cc_ballot *ballot, struct cc_err *err)
{
	const struct cc_board *board = ballot->old.policy->board;

	if (board->emergency == NULL) {
		cc_err_set(err, CC_E_DENIED, "the board of '%s' knows no emergency",
			   ballot->old.policy->name);
		return cc_hint(err, "propose it as a change, or stop the policy's services");
	}
	if (ballot->needs.is_forbidding)
		return check_values(ballot->old.policy, ballot->proposed, err);
	cc_err_set(err, CC_E_DENIED, "an emergency change of '%s' may only forbid",
		   ballot->old.policy->name);
	return cc_hint(err,
		       "propose it as a change: 'concordat policy diff' shows what it permits");
}

int cc_ballot_start(struct cc_state *state, const char *policy, struct cc_ballot *ballot,
		    struct cc_err *err)
{
	struct cc_rec_proposal *row = &ballot->row;

	ballot->state = state;
	CC_TRY(cc_proposal_kind_parse(row->kind, &ballot->kind, err));
	CC_TRY(load_active(ballot, policy, err));
	if (ballot->active.policy->board == NULL) {
		cc_err_set(err, CC_E_DENIED, "policy '%s' has no board", policy);
		return cc_hint(err, "change it by: concordat policy update FILE");
	}
	memcpy(row->old_hash, ballot->active.hash.b, sizeof(row->old_hash));
	CC_TRY(cc_text_set(&row->policy, policy, err));
	if (row->text != NULL)
		CC_TRY(cc_policy_parse(cc_span_str(row->text), &ballot->proposed, err));
	if (is_about_version(ballot) != (ballot->proposed != NULL))
		return cc_fail(err, CC_E_ARG, "a %s has %s", row->kind,
			       ballot->proposed != NULL ? "no text" : "the text of a version");
	CC_TRY(find_needs(ballot, err));
	if (ballot->kind == CC_PROPOSAL_EMERGENCY)
		CC_TRY(check_emergency(ballot, err));
	CC_TRY(is_about_version(ballot) ? describe_change(ballot, err)
					: describe_stop(ballot, err));
	set_times(ballot);
	return cc_text_set(&row->state, ballot->kind == CC_PROPOSAL_STOP ? "in-force" : "open",
			   err);
}

/* Votes. */

void cc_ballot_vote(const struct cc_ballot *ballot, struct cc_vote *out)
{
	const struct cc_rec_proposal *row = &ballot->row;

	*out = (struct cc_vote){ .cas_key = cc_state_keys(ballot->state)->cas_hash,
				 .policy = row->policy,
				 .kind = ballot->kind,
				 .epoch = row->epoch,
				 .reason = "" };
	memcpy(out->old_hash.b, row->old_hash, sizeof(out->old_hash.b));
	memcpy(out->new_hash.b, row->new_hash, sizeof(out->new_hash.b));
	memcpy(out->effects.b, row->effect_hash, sizeof(out->effects.b));
	memcpy(out->closure.b, row->closure, sizeof(out->closure.b));
	memcpy(out->proposal, row->id, sizeof(out->proposal));
}

static struct cc_digest key_of(const uint8_t bytes[static 32])
{
	struct cc_digest key = { 0 };

	memcpy(key.b, bytes, sizeof(key.b));
	return key;
}

struct cc_board_votes cc_ballot_votes(const struct cc_ballot *ballot)
{
	const struct cc_board *board = ballot->old.policy->board;
	const struct cc_digest proposer = key_of(ballot->row.proposer);
	struct cc_board_votes votes = { .proposer = cc_board_keyed(board, &proposer) };

	for (size_t i = 0; i < ballot->row.votes.count; i++) {
		const struct cc_rec_vote *vote =
			CC_LIST_AT(ballot->row.votes, struct cc_rec_vote, i);
		const struct cc_digest key = key_of(vote->key);

		if (!counts(ballot, vote))
			continue;
		*(approves(vote) ? &votes.approve : &votes.reject) |=
			vote->service == NULL ? cc_board_keyed(board, &key)
					      : cc_board_named(board, vote->member);
	}
	return votes;
}

static bool rule_names(const struct cc_access_rule *rule, const struct cc_digest *creator,
		       const struct cc_digest *key)
{
	for (size_t i = 0; i < rule->count; i++) {
		const struct cc_access_entry *entry = &rule->at[i];
		bool is_key = entry->kind == CC_ENTRY_KEY || entry->kind == CC_ENTRY_SIGNER;

		if ((is_key && cc_digest_eq(&entry->key, key)) ||
		    (entry->kind == CC_ENTRY_CREATOR && cc_digest_eq(creator, key)) ||
		    rule_names(&entry->of, creator, key))
			return true;
	}
	return false;
}

bool cc_ballot_access_names(const struct cc_ballot *ballot, const struct cc_digest *key)
{
	return rule_names(&ballot->old.policy->access_policy.update, &ballot->old.creator, key);
}

/* The proposer and all who approve: each of them has signed this very version. */
static size_t find_signers(const struct cc_ballot *ballot,
			   struct cc_digest out[static CC_SIGNERS_MAX])
{
	size_t count = 0;

	out[count++] = key_of(ballot->row.proposer);
	for (size_t i = 0; i < ballot->row.votes.count && count < CC_SIGNERS_MAX; i++) {
		const struct cc_rec_vote *vote =
			CC_LIST_AT(ballot->row.votes, struct cc_rec_vote, i);

		/* An instance's key is nobody's. */
		if (approves(vote) && counts(ballot, vote) && vote->service == NULL)
			out[count++] = key_of(vote->key);
	}
	return count;
}

/* Each of them may be the one whose request it is, with the others' signatures beside it. */
bool cc_ballot_access_agrees(const struct cc_ballot *ballot)
{
	struct cc_digest signers[CC_SIGNERS_MAX];
	size_t count = find_signers(ballot, signers);

	if (!is_about_version(ballot)) /* stops and their end change no policy */
		return true;
	for (size_t i = 0; i < count; i++) {
		const struct cc_identity who = { &signers[i], signers, count };
		struct cc_err ignored = { 0 };

		if (cc_decide_access(&ballot->old, CC_RIGHT_UPDATE, &who, &ignored) == 0)
			return true;
	}
	return false;
}

bool cc_ballot_consumers_agree(const struct cc_ballot *ballot)
{
	struct cc_digest keys[CC_SIGNERS_MAX];
	size_t count = find_signers(ballot, keys);

	return cc_bindings_missing(&ballot->bindings, keys, count) == NULL;
}

/* The next step. */

static enum cc_board_verdict judge(const struct cc_ballot *ballot)
{
	const struct cc_board_votes votes = cc_ballot_votes(ballot);
	enum cc_board_verdict verdict =
		cc_board_judge(ballot->old.policy->board, &ballot->needs, &votes);

	/* All of them must agree. */
	if (verdict == CC_BOARD_ACCEPTED &&
	    (!cc_ballot_access_agrees(ballot) || !cc_ballot_consumers_agree(ballot)))
		return CC_BOARD_OPEN;
	return verdict;
}

/* A stop goes on under an emergency's version; a change that is applied ends it. */
static bool is_moot(const struct cc_ballot *ballot)
{
	if (ballot->board.epoch != ballot->row.epoch ||
	    (is_about_version(ballot) && ballot->version != ballot->row.version) ||
	    ballot->has_moved)
		return true;
	if (ballot->kind == CC_PROPOSAL_STOP)
		return !ballot->board.stopped ||
		       memcmp(ballot->board.stop, ballot->row.id, CC_ID_LEN) != 0;
	return ballot->kind == CC_PROPOSAL_RESUME &&
	       !(ballot->board.stopped && ballot->board.stop_confirmed);
}

static enum cc_ballot_step next_in_force(const struct cc_ballot *ballot)
{
	enum cc_board_verdict verdict = CC_BOARD_OPEN;

	/* Time goes first: who comes after it confirms nothing. */
	if (now_of(ballot) >= ballot->row.lapses)
		return CC_STEP_LAPSE;
	verdict = judge(ballot);
	return verdict == CC_BOARD_ACCEPTED   ? CC_STEP_APPLY
	       : verdict == CC_BOARD_REJECTED ? CC_STEP_LAPSE
					      : CC_STEP_NONE;
}

static enum cc_ballot_step next_open(const struct cc_ballot *ballot)
{
	const struct cc_board_votes votes = cc_ballot_votes(ballot);
	enum cc_board_verdict verdict = judge(ballot);

	if (now_of(ballot) > ballot->row.deadline)
		return CC_STEP_EXPIRE;
	if (verdict == CC_BOARD_REJECTED)
		return CC_STEP_REJECT;
	if (verdict == CC_BOARD_ACCEPTED)
		return CC_STEP_ACCEPT;
	/* A contract is not the board's alone, in no emergency. */
	if (ballot->kind == CC_PROPOSAL_EMERGENCY && cc_ballot_consumers_agree(ballot) &&
	    cc_board_emergency_met(ballot->old.policy->board, &votes))
		return CC_STEP_ENFORCE;
	return CC_STEP_NONE;
}

static enum cc_ballot_step next_accepted(const struct cc_ballot *ballot)
{
	enum cc_board_verdict verdict = judge(ballot);

	if (verdict == CC_BOARD_REJECTED)
		return CC_STEP_REJECT;
	if (verdict != CC_BOARD_ACCEPTED)
		return CC_STEP_REOPEN;
	return now_of(ballot) >= ballot->row.effective ? CC_STEP_APPLY : CC_STEP_NONE;
}

enum cc_ballot_step cc_ballot_next(const struct cc_ballot *ballot)
{
	if (cc_ballot_is_over(ballot))
		return CC_STEP_NONE;
	if (is_moot(ballot))
		return CC_STEP_CONFLICT;
	if (is_in(ballot, "in-force"))
		return next_in_force(ballot);
	return is_in(ballot, "accepted") ? next_accepted(ballot) : next_open(ballot);
}
