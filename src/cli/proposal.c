/* SPDX-License-Identifier: Apache-2.0 */
/* proposal create, stop, resume, list, show, approve, reject, withdraw, status. */
#include "base/str.h"
#include "base/time.h"
#include "cli/ask.h"
#include "cli/key-file.h"
#include "cli/policy-file.h"
#include "cli/proposal-check.h"
#include "codec/text.h"
#include "policy/duration.h"

struct values {
	const char *what; /* FILE, POLICY or ID */
	const char *cas, *output, *reason, *digest, *key, *expires;
	bool emergency;
	struct cc_policy_variables variables;
};

#define REASON(is_required)                                                          \
	{                                                                            \
		"reason", 0, CC_OPT_STRING, offsetof(struct values, reason), "TEXT", \
			"why, for the other members", is_required, NULL              \
	}
#define KEY                                                                                     \
	{                                                                                       \
		"key", 0, CC_OPT_STRING, offsetof(struct values, key), "FILE",                  \
			"the member's key (PEM; Ed25519 or P-384), when it is not this home's", \
			false, NULL                                                             \
	}
#define EXPIRES                                                                                   \
	{                                                                                         \
		"expires", 0, CC_OPT_STRING, offsetof(struct values, expires), "SPAN",            \
			"how long the vote counts, like '2 days' (default: 30 days)", false, NULL \
	}

static const struct cc_opt create_opts[] = {
	CC_OPT_CAS(struct values),
	REASON(false),
	{ "emergency", 0, CC_OPT_FLAG, offsetof(struct values, emergency), NULL,
	  "at once, as it only forbids; it lapses unless it is confirmed", false, NULL },
	CC_OPT_VARIABLES(struct values, variables),
	CC_OPT_OUTPUT(struct values),
};
static const struct cc_opt stop_opts[] = {
	CC_OPT_CAS(struct values),
	REASON(true),
	CC_OPT_OUTPUT(struct values),
};
static const struct cc_opt ask_opts[] = {
	CC_OPT_CAS(struct values),
	CC_OPT_OUTPUT(struct values),
};
static const struct cc_opt approve_opts[] = {
	CC_OPT_CAS(struct values),
	{ "digest", 0, CC_OPT_STRING, offsetof(struct values, digest), "HEX",
	  "what 'proposal show' printed last: nothing else is approved", true, NULL },
	KEY,
	EXPIRES,
	REASON(false),
	CC_OPT_OUTPUT(struct values),
};
static const struct cc_opt reject_opts[] = {
	CC_OPT_CAS(struct values), REASON(true), KEY, EXPIRES, CC_OPT_OUTPUT(struct values),
};
static const struct cc_opt_arg file_args[] = {
	{ "FILE", offsetof(struct values, what), "the new version; - is standard input", false,
	  false },
};
static const struct cc_opt_arg policy_args[] = {
	{ "POLICY", offsetof(struct values, what), "the name of a policy with a board", false,
	  false },
};
static const struct cc_opt_arg id_args[] = {
	{ "ID", offsetof(struct values, what), "a proposal, as 'proposal list' names it", false,
	  false },
};

/* What came is checked before anything of it is printed. */
static int print_proposal(const struct values *values, const struct cc_ask *ask, const char *id,
			  const struct cc_json *answer, struct cc_err *err)
{
	CC_AUTO_SHOWN struct cc_shown shown = { 0 };
	CC_AUTO_BUF struct cc_buf text = { 0 };
	CC_AUTO_JSON struct cc_json *json = NULL;

	CC_TRY(cc_proposal_check(answer, id, &ask->cas.key, &shown, err));
	if (cc_wants_data(values->output)) {
		CC_TRY(cc_json_copy(answer, &json, err));
		CC_TRY(cc_json_set_hex(json, "digest", CC_DIGEST_SPAN(shown.digest), err));
		return cc_print_data(values->output, json, err);
	}
	CC_TRY(cc_shown_print(&shown, &text, err));
	return cc_print(cc_buf_span(&text), err);
}

/* The id goes into a path: nothing but an id may. */
static int check_id(const char *id, struct cc_err *err)
{
	uint8_t bytes[CC_PROPOSAL_ID_LEN];

	return cc_hex_parse_fixed(cc_span_str(id), "proposal", CC_MUT(bytes), err);
}

/* Making one. */

/* The version that it is about, as members see it, so that it is not about another one. */
static int set_predecessor(const struct cc_ask *ask, const char *name, struct cc_json *body,
			   struct cc_err *err)
{
	CC_AUTO_JSON struct cc_json *board = NULL;
	CC_AUTO_FREE char *path = NULL;
	const char *hash = NULL;

	CC_TRY(cc_strf(&path, err, "/v1/boards/%s", name));
	CC_TRY(cc_api_call(ask->api, "GET", path, NULL, &board, err));
	CC_TRY(cc_json_get_str(board, "hash", &hash, err));
	return cc_json_set_str(body, "predecessor", hash, err);
}

static int send(const struct values *values, const char *name, enum cc_proposal_kind kind,
		const struct cc_policy_file *file, struct cc_err *err)
{
	CC_AUTO_JSON struct cc_json *body = NULL, *answer = NULL;
	CC_AUTO_ASK struct cc_ask ask = CC_ASK_NONE;
	const char *id = NULL;

	CC_TRY(cc_json_object(&body, err));
	CC_TRY(cc_json_set_str(body, "kind", cc_proposal_kind_name(kind), err));
	CC_TRY(cc_json_set_str(body, "name", name, err));
	if (file != NULL)
		CC_TRY(cc_json_set_text(body, "policy", cc_buf_span(&file->text), err));
	if (values->reason != NULL)
		CC_TRY(cc_json_set_str(body, "reason", values->reason, err));
	CC_TRY(cc_ask_open(values->cas, &ask, err));
	CC_TRY(set_predecessor(&ask, name, body, err));
	CC_TRY(cc_api_call(ask.api, "POST", "/v1/proposals", body, &answer, err));
	CC_TRY(cc_json_get_str(answer, "proposal", &id, err));
	return print_proposal(values, &ask, id, answer, err);
}

static int create(const void *at, struct cc_err *err)
{
	const struct values *values = at;
	CC_AUTO_POLICY_FILE struct cc_policy_file file = { 0 };

	CC_TRY(cc_policy_file_read(values->what, &values->variables, &file, err));
	cc_policy_file_say_findings(&file);
	return send(values, file.policy->name,
		    values->emergency ? CC_PROPOSAL_EMERGENCY : CC_PROPOSAL_CHANGE, &file, err);
}

static int stop(const void *at, struct cc_err *err)
{
	const struct values *values = at;

	return send(values, values->what, CC_PROPOSAL_STOP, NULL, err);
}

static int resume(const void *at, struct cc_err *err)
{
	const struct values *values = at;

	return send(values, values->what, CC_PROPOSAL_RESUME, NULL, err);
}

/* Looking. */

static int list(const void *at, struct cc_err *err)
{
	const struct values *values = at;
	CC_AUTO_JSON struct cc_json *answer = NULL;
	CC_AUTO_BUF struct cc_buf text = { 0 };
	const struct cc_json *proposals = NULL;
	bool stopped = false;

	CC_TRY(cc_ask_call(values->cas, "GET", NULL, &answer, err, "/v1/boards/%s", values->what));
	if (cc_wants_data(values->output))
		return cc_print_data(values->output, answer, err);
	CC_TRY(cc_json_get_bool(answer, "stopped", &stopped, err));
	if (stopped)
		CC_TRY(cc_buf_addf(&text, err, "policy '%s' is stopped\n", values->what));
	CC_TRY(cc_json_get_array(answer, "proposals", &proposals, err));
	for (size_t i = 0; i < cc_json_count(proposals); i++) {
		const struct cc_json *one = cc_json_at(proposals, i);
		bool due = false;

		CC_TRY(cc_json_get_bool(one, "due", &due, err));
		CC_TRY(cc_buf_addf(&text, err, "%s  %-9s %-9s %s%s\n", cc_text_of(one, "proposal"),
				   cc_text_of(one, "kind"), cc_text_of(one, "state"),
				   cc_text_of(one, "created"), due ? "  a step is due" : ""));
	}
	return cc_print(cc_buf_span(&text), err);
}

static int ask_about(const struct values *values, const char *method, const char *what,
		     struct cc_err *err)
{
	CC_AUTO_JSON struct cc_json *answer = NULL;
	CC_AUTO_ASK struct cc_ask ask = CC_ASK_NONE;
	CC_AUTO_FREE char *path = NULL;

	CC_TRY(check_id(values->what, err));
	CC_TRY(cc_strf(&path, err, "/v1/proposals/%s%s", values->what, what));
	CC_TRY(cc_ask_open(values->cas, &ask, err));
	CC_TRY(cc_api_call(ask.api, method, path, NULL, &answer, err));
	return print_proposal(values, &ask, values->what, answer, err);
}

static int show(const void *at, struct cc_err *err)
{
	return ask_about(at, "GET", "", err);
}

static int withdraw(const void *at, struct cc_err *err)
{
	return ask_about(at, "POST", "/withdraw", err);
}

static int status(const void *at, struct cc_err *err)
{
	return ask_about(at, "POST", "/settle", err);
}

/* Voting. */

static int load_key(const struct values *values, const struct cc_ask *ask, struct cc_key **out,
		    struct cc_err *err)
{
	if (values->key == NULL)
		return cc_home_identity(&ask->home, out, err);
	return cc_key_file_read(values->key, out, err);
}

/* Nothing but what was shown: another version, effect, grantee or epoch is another digest. */
static int check_shown(const struct values *values, const struct cc_shown *shown,
		       struct cc_err *err)
{
	struct cc_digest seen = { 0 };

	if (values->digest == NULL) /* of a rejection */
		return 0;
	CC_TRY(cc_hex_parse_fixed(cc_span_str(values->digest), "--digest", CC_MUT(seen.b), err));
	if (cc_digest_eq(&seen, &shown->digest))
		return 0;
	cc_err_set(err, CC_E_EVIDENCE, "the proposal is not what 'proposal show' showed");
	return cc_hint(err, "look at it again: concordat proposal show %s", shown->id);
}

static int fill_vote(const struct values *values, enum cc_vote_choice choice,
		     const struct cc_shown *shown, const struct cc_key *key, struct cc_vote *out,
		     struct cc_err *err)
{
	struct cc_digest hash = { 0 };
	uint64_t span = 0;

	*out = shown->vote;
	CC_TRY(cc_duration_parse(cc_span_str(values->expires), &span, err));
	CC_TRY(cc_pubkey_hash(cc_key_public(key), &hash, err));
	out->choice = choice;
	out->reason = values->reason != NULL ? values->reason : "";
	out->number = cc_shown_next_number(shown, &hash);
	out->expires = cc_time_now() + (int64_t)span;
	return 0;
}

static int make_body(const struct cc_vote *vote, const struct cc_key *key, struct cc_json **out,
		     struct cc_err *err)
{
	CC_AUTO_JSON struct cc_json *body = NULL;
	CC_AUTO_BUF struct cc_buf der = { 0 };
	struct cc_signature signature = { 0 };

	CC_TRY(cc_vote_sign(vote, key, &signature, err));
	CC_TRY(cc_pubkey_to_der(cc_key_public(key), &der, err));
	CC_TRY(cc_json_object(&body, err));
	CC_TRY(cc_json_set_str(body, "choice", cc_vote_choice_name(vote->choice), err));
	CC_TRY(cc_json_set_str(body, "reason", vote->reason, err));
	CC_TRY(cc_json_set_u64(body, "number", vote->number, err));
	CC_TRY(cc_json_set_u64(body, "expires", (uint64_t)vote->expires, err));
	CC_TRY(cc_json_set_base64(body, "public_key", cc_buf_span(&der), err));
	CC_TRY(cc_json_set_base64(body, "signature", cc_span(signature.b, signature.len), err));
	*out = CC_TAKE(body);
	return 0;
}

static int vote(const struct values *values, enum cc_vote_choice choice, struct cc_err *err)
{
	CC_AUTO_JSON struct cc_json *before = NULL, *body = NULL, *answer = NULL;
	CC_AUTO_ASK struct cc_ask ask = CC_ASK_NONE;
	CC_AUTO_SHOWN struct cc_shown shown = { 0 };
	CC_AUTO_KEY struct cc_key *key = NULL;
	CC_AUTO_FREE char *path = NULL, *votes = NULL;
	struct cc_vote made = { 0 };

	CC_TRY(check_id(values->what, err));
	CC_TRY(cc_strf(&path, err, "/v1/proposals/%s", values->what));
	CC_TRY(cc_strf(&votes, err, "%s/votes", path));
	CC_TRY(cc_ask_open(values->cas, &ask, err));
	CC_TRY(cc_api_call(ask.api, "GET", path, NULL, &before, err));
	CC_TRY(cc_proposal_check(before, values->what, &ask.cas.key, &shown, err));
	CC_TRY(check_shown(values, &shown, err));
	CC_TRY(load_key(values, &ask, &key, err));
	CC_TRY(fill_vote(values, choice, &shown, key, &made, err));
	CC_TRY(make_body(&made, key, &body, err));
	CC_TRY(cc_api_call(ask.api, "POST", votes, body, &answer, err));
	return print_proposal(values, &ask, values->what, answer, err);
}

static int approve(const void *at, struct cc_err *err)
{
	return vote(at, CC_VOTE_APPROVE, err);
}

static int reject(const void *at, struct cc_err *err)
{
	return vote(at, CC_VOTE_REJECT, err);
}

static const struct values defaults = { .expires = "30 days" };

#define COMMAND(name, summary, opts, args, run)                                                 \
	{                                                                                       \
		name, summary, opts, CC_COUNT(opts), args, 1, sizeof(struct values), &defaults, \
			run                                                                     \
	}

const struct cc_command cc_command_proposal_create =
	COMMAND("proposal create", "Propose a new version of a policy to its board.", create_opts,
		file_args, create);
const struct cc_command cc_command_proposal_list =
	COMMAND("proposal list", "List the proposals about a policy, newest first.", ask_opts,
		policy_args, list);
const struct cc_command cc_command_proposal_show =
	COMMAND("proposal show", "Show a proposal and its effects, computed here.", ask_opts,
		id_args, show);
const struct cc_command cc_command_proposal_approve = COMMAND(
	"proposal approve", "Approve what 'proposal show' showed.", approve_opts, id_args, approve);
const struct cc_command cc_command_proposal_reject = COMMAND(
	"proposal reject", "Reject a proposal; with a veto, end it.", reject_opts, id_args, reject);
const struct cc_command cc_command_proposal_withdraw = COMMAND(
	"proposal withdraw", "Take back a proposal of your own.", ask_opts, id_args, withdraw);
const struct cc_command cc_command_proposal_status =
	COMMAND("proposal status", "Bring a proposal as far as votes and time lead, and show it.",
		ask_opts, id_args, status);
const struct cc_command cc_command_proposal_stop =
	COMMAND("proposal stop", "Stop the services of a policy until the board decides.",
		stop_opts, policy_args, stop);
const struct cc_command cc_command_proposal_resume =
	COMMAND("proposal resume", "Propose to end a stop that was confirmed.", stop_opts,
		policy_args, resume);
