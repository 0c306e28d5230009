/* SPDX-License-Identifier: Apache-2.0 */
/* A proposal for people. Reasons are other people's words: only what is printable gets out. */
#include "base/str.h"
#include "cli/ask.h"
#include "cli/proposal-check.h"
#include "codec/text.h"
#include "policy/duration.h"

static int add_words(const char *before, const char *words, struct cc_buf *out, struct cc_err *err)
{
	if (words[0] == '\0')
		return 0;
	CC_TRY(cc_buf_add_str(out, before, err));
	CC_TRY(cc_name_escape(cc_span_str(words), out, err));
	return cc_buf_add_str(out, "\n", err);
}

static int add_digest(const char *what, const struct cc_digest *digest, struct cc_buf *out,
		      struct cc_err *err)
{
	char hex[CC_HEX_DIGEST];

	cc_hex_digest(digest, hex);
	return cc_buf_addf(out, err, "%-9s %s\n", what, hex);
}

static int print_head(const struct cc_shown *shown, struct cc_buf *out, struct cc_err *err)
{
	const struct cc_json *json = shown->json;
	const char *until = cc_text_of(json, "lapses");
	bool due = false;

	CC_TRY(cc_json_get_bool(json, "due", &due, err));
	CC_TRY(cc_buf_addf(out, err, "proposal  %s: %s of policy '%s', %s%s\n", shown->id,
			   cc_proposal_kind_name(shown->vote.kind), shown->vote.policy,
			   cc_text_of(json, "state"),
			   due ? ", with a step that is due: concordat proposal status" : ""));
	CC_TRY(add_words("why       ", cc_text_of(json, "why"), out, err));
	CC_TRY(add_words("reason    ", cc_text_of(json, "reason"), out, err));
	CC_TRY(cc_buf_addf(out, err, "made      %s, votes until %s\n", cc_text_of(json, "created"),
			   cc_text_of(json, "deadline")));
	if (cc_text_of(json, "effective")[0] != '\0')
		CC_TRY(cc_buf_addf(out, err, "effective %s\n", cc_text_of(json, "effective")));
	if (until[0] != '\0' && cc_text_of(json, "ended")[0] == '\0')
		CC_TRY(cc_buf_addf(out, err, "lapses    %s, unless it is confirmed\n", until));
	return 0;
}

static int print_effects(const struct cc_shown *shown, struct cc_buf *out, struct cc_err *err)
{
	if (shown->effects != NULL) {
		CC_TRY(cc_buf_add_str(out, "effects, computed here:\n", err));
		if (shown->effects->list.count == 0)
			CC_TRY(cc_buf_add_str(out, "none: both versions mean the same\n", err));
		return cc_effects_print(shown->effects, out, err);
	}
	return cc_buf_addf(out, err, "effects:\n%s services of policy '%s'\n",
			   shown->vote.kind == CC_PROPOSAL_STOP ? "forbids starting the"
								: "permits starting the",
			   shown->vote.policy);
}

static int print_rule(const struct cc_shown *shown, const struct cc_board_rule *rule,
		      struct cc_buf *out, struct cc_err *err)
{
	const struct cc_board *board = shown->old->board;
	uint64_t agree = shown->votes.approve & ~shown->votes.reject;

	if (!board->self_approval)
		agree &= ~shown->votes.proposer;
	CC_TRY(cc_buf_add_str(out, "needs     ", err));
	CC_TRY(cc_board_rule_print(rule, out, err));
	return cc_buf_addf(out, err, ": %s\n",
			   cc_board_rule_met(board, rule, agree) ? "met" : "not met");
}

static int print_needs(const struct cc_shown *shown, struct cc_buf *out, struct cc_err *err)
{
	const struct cc_board *board = shown->old->board;
	const struct cc_json *needs = NULL;
	char delay[CC_DURATION_TEXT];
	bool agrees = false;

	if (shown->needs.base)
		CC_TRY(print_rule(shown, &board->rule, out, err));
	for (size_t i = 0; i < board->classes.count; i++)
		if ((shown->needs.lines >> i & 1) != 0)
			CC_TRY(print_rule(shown, &board->classes.at[i].rule, out, err));
	for (size_t i = 0; i < board->members.count; i++)
		if ((shown->needs.veto >> i & 1) != 0)
			CC_TRY(cc_buf_addf(out, err, "veto      %s\n", board->members.at[i].name));
	cc_duration_print(shown->needs.delay, delay);
	if (shown->needs.delay != 0)
		CC_TRY(cc_buf_addf(out, err, "delay     %s\n", delay));
	CC_TRY(cc_json_get_object(shown->json, "needs", &needs, err));
	CC_TRY(cc_json_get_bool(needs, "access", &agrees, err));
	return agrees ? 0
		      : cc_buf_add_str(out, "needs     whom access_policy.update names: not met\n",
				       err);
}

/* ", by service check of gate@…" */
static int print_program(const struct cc_json *vote, struct cc_buf *out, struct cc_err *err)
{
	if (!cc_json_has(vote, "service"))
		return 0;
	return cc_buf_addf(out, err, ", by service %s of %s@%s", cc_text_of(vote, "service"),
			   cc_text_of(vote, "policy"), cc_text_of(vote, "policy_hash"));
}

static int print_votes(const struct cc_shown *shown, struct cc_buf *out, struct cc_err *err)
{
	const struct cc_json *list = NULL;

	CC_TRY(cc_json_get_array(shown->json, "votes", &list, err));
	for (size_t i = 0; i < cc_json_count(list); i++) {
		const struct cc_json *one = cc_json_at(list, i);
		const char *member = cc_text_of(one, "member"), *reason = cc_text_of(one, "reason");

		CC_TRY(cc_buf_addf(out, err, "vote      %s: %s",
				   member[0] != '\0' ? member : "no member",
				   cc_text_of(one, "choice")));
		CC_TRY(print_program(one, out, err));
		CC_TRY(cc_buf_add_str(out, reason[0] != '\0' ? ", " : "", err));
		CC_TRY(cc_name_escape(cc_span_str(reason), out, err));
		CC_TRY(cc_buf_add_str(out, "\n", err));
	}
	return 0;
}

/* The CAS's word; a vote agrees to these and no others. */
static int print_versions(const char *what, const struct cc_closure_versions *versions,
			  struct cc_buf *out, struct cc_err *err)
{
	for (size_t i = 0; i < versions->count; i++) {
		char hex[CC_HEX_DIGEST];

		cc_hex_digest(&versions->at[i].hash, hex);
		CC_TRY(cc_buf_addf(out, err, "%s  %s as it was: %s\n", what, versions->at[i].policy,
				   hex));
	}
	return 0;
}

int cc_shown_print(const struct cc_shown *shown, struct cc_buf *out, struct cc_err *err)
{
	CC_TRY(print_head(shown, out, err));
	CC_TRY(print_effects(shown, out, err));
	CC_TRY(print_needs(shown, out, err));
	CC_TRY(print_votes(shown, out, err));
	CC_TRY(print_versions("grantee ", &shown->grants, out, err));
	CC_TRY(print_versions("rests on", &shown->rests_on, out, err));
	CC_TRY(add_digest("old", &shown->vote.old_hash, out, err));
	CC_TRY(add_digest("new", &shown->vote.new_hash, out, err));
	return add_digest("digest", &shown->digest, out, err);
}
