/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/proposal-check.h"

#include "base/str.h"
#include "codec/text.h"

#define KEY_MAX 256 /* bytes of a SubjectPublicKeyInfo */

void cc_shown_clear(struct cc_shown *shown)
{
	cc_policy_free(shown->old);
	cc_policy_free(shown->new);
	cc_effects_free(shown->effects);
	free(shown->grant_list);
	free(shown->rest_list);
	*shown = (struct cc_shown){ 0 };
}

static int differs(const char *what, struct cc_err *err)
{
	cc_err_set(err, CC_E_EVIDENCE, "the CAS shows another %s than what follows from the texts",
		   what);
	return cc_hint(err,
		       "do not vote on it: the CAS, or this command, is not what it should be");
}

static int check_digest(const struct cc_json *json, const char *name, const struct cc_digest *ours,
			const char *what, struct cc_err *err)
{
	struct cc_digest said = { 0 };

	CC_TRY(cc_json_get_digest(json, name, &said, err));
	return cc_digest_eq(&said, ours) ? 0 : differs(what, err);
}

static int read_version(const struct cc_json *json, const char *text_name, const char *hash_name,
			struct cc_policy **out, struct cc_digest *hash, struct cc_err *err)
{
	const char *text = NULL;

	CC_TRY(cc_json_get_str(json, text_name, &text, err));
	CC_TRY(cc_policy_parse(cc_span_str(text), out, err));
	CC_TRY(cc_policy_hash(*out, hash, err));
	return check_digest(json, hash_name, hash, "hash of a version", err);
}

static int read_versions(const struct cc_json *json, const char *name,
			 struct cc_closure_version **room, struct cc_closure_versions *out,
			 struct cc_err *err)
{
	const struct cc_json *list = NULL;
	size_t count = 0;

	CC_TRY(cc_json_get_array(json, name, &list, err));
	count = cc_json_count(list);
	*room = calloc(count + 1, sizeof(**room));
	if (*room == NULL)
		return cc_fail(err, CC_E_SYSTEM, "out of memory for %zu versions", count);
	*out = (struct cc_closure_versions){ *room, count };
	for (size_t i = 0; i < count; i++) {
		const struct cc_json *one = cc_json_at(list, i);

		CC_TRY(cc_json_get_str(one, "policy", &(*room)[i].policy, err));
		CC_TRY(cc_json_get_digest(one, "hash", &(*room)[i].hash, err));
	}
	return 0;
}

static int check_effects(struct cc_shown *out, struct cc_err *err)
{
	CC_AUTO_EFFECTS struct cc_effects *standing = NULL;
	CC_AUTO_BUF struct cc_buf text = { 0 };
	struct cc_board_change change = { out->old, out->new, NULL, NULL };
	const char *said = NULL;

	CC_TRY(cc_effects_make(out->old, out->new, &out->effects, err));
	CC_TRY(cc_effects_make(out->old, out->old, &standing, err));
	CC_TRY(cc_effects_hash(out->effects, &out->vote.effects, err));
	CC_TRY(check_digest(out->json, "effect_hash", &out->vote.effects, "effect", err));
	CC_TRY(cc_json_get_str(out->json, "effects", &said, err));
	CC_TRY(cc_effects_print(out->effects, &text, err));
	if (!cc_span_eq_str(cc_buf_span(&text), said))
		return differs("effect", err);
	change.effects = out->effects;
	change.standing = standing;
	return cc_board_needs(&change, &out->needs, err);
}

/* A stop is about the version as it is. */
static int check_stop(struct cc_shown *out, struct cc_err *err)
{
	cc_board_needs_base(out->old->board, &out->needs);
	if (out->vote.kind == CC_PROPOSAL_RESUME)
		out->needs.delay = out->old->board->delay;
	out->vote.new_hash = out->vote.old_hash;
	CC_TRY(check_digest(out->json, "new_hash", &out->vote.new_hash, "hash of a version", err));
	return check_digest(out->json, "effect_hash", &out->vote.effects, "effect", err);
}

static int check_versions(struct cc_shown *out, struct cc_err *err)
{
	const char *name = NULL;

	CC_TRY(read_version(out->json, "old_text", "old_hash", &out->old, &out->vote.old_hash,
			    err));
	CC_TRY(cc_json_get_str(out->json, "policy", &name, err));
	if (!cc_str_eq(out->old->name, name))
		return differs("policy", err);
	out->vote.policy = out->old->name;
	if (out->old->board == NULL)
		return cc_fail(err, CC_E_EVIDENCE,
			       "the CAS shows a proposal about policy '%s', "
			       "which has no board",
			       name);
	if (out->vote.kind != CC_PROPOSAL_CHANGE && out->vote.kind != CC_PROPOSAL_EMERGENCY)
		return check_stop(out, err);
	CC_TRY(read_version(out->json, "new_text", "new_hash", &out->new, &out->vote.new_hash,
			    err));
	if (!cc_str_eq(out->new->name, name))
		return differs("policy", err);
	CC_TRY(check_effects(out, err));
	if (out->vote.kind == CC_PROPOSAL_EMERGENCY && !out->needs.is_forbidding)
		return cc_fail(err, CC_E_EVIDENCE,
			       "the CAS shows an emergency change that does not only forbid");
	return 0;
}

static int check_closure(struct cc_shown *out, struct cc_err *err)
{
	const struct cc_policy *policy = out->new != NULL ? out->new : out->old;

	CC_TRY(read_versions(out->json, "grants", &out->grant_list, &out->grants, err));
	CC_TRY(read_versions(out->json, "rests_on", &out->rest_list, &out->rests_on, err));
	CC_TRY(cc_closure_hash(policy, &out->grants, &out->rests_on, &out->vote.closure, err));
	return check_digest(out->json, "closure", &out->vote.closure, "closure", err);
}

/* Whose vote it is. Which program has a key is the CAS's word, which its evidence convinced. */
static int find_voter(const struct cc_shown *shown, const struct cc_json *one,
		      const struct cc_digest *key, uint64_t *bit, struct cc_err *err)
{
	const struct cc_board *board = shown->old->board;
	const struct cc_board_member *member = NULL;
	const char *policy = NULL, *service = NULL;
	struct cc_digest hash = { 0 };

	if (!cc_json_has(one, "service")) {
		*bit = cc_board_keyed(board, key);
		return 0;
	}
	CC_TRY(cc_json_get_str(one, "policy", &policy, err));
	CC_TRY(cc_json_get_str(one, "service", &service, err));
	CC_TRY(cc_json_get_digest(one, "policy_hash", &hash, err));
	member = cc_board_served(board, policy, service);
	if (member == NULL)
		return cc_fail(err, CC_E_EVIDENCE, "'%s/%s' is no member of the board", policy,
			       service);
	if (member->session_hash.is_set && !cc_digest_eq(&member->session_hash.digest, &hash))
		return cc_fail(err, CC_E_EVIDENCE,
			       "member '%s' is another version of the policy of its program",
			       member->name);
	*bit = cc_board_named(board, member->name);
	return 0;
}

/* One vote: signed by the key that it shows, over what we computed. */
static int check_vote(struct cc_shown *out, const struct cc_json *one, struct cc_err *err)
{
	CC_AUTO_BUF struct cc_buf der = { 0 }, signature = { 0 };
	CC_AUTO_PUBKEY struct cc_pubkey *key = NULL;
	struct cc_vote vote = out->vote;
	struct cc_digest hash = { 0 };
	const char *choice = NULL;
	uint64_t expires = 0, bit = 0;

	CC_TRY(cc_json_get_base64(one, "public_key", KEY_MAX, &der, err));
	CC_TRY(cc_json_get_base64(one, "signature", CC_SIGNATURE_MAX, &signature, err));
	CC_TRY(cc_pubkey_from_der(cc_buf_span(&der), &key, err));
	CC_TRY(cc_pubkey_hash(key, &hash, err));
	CC_TRY(cc_json_get_str(one, "choice", &choice, err));
	CC_TRY(cc_vote_choice_parse(choice, &vote.choice, err));
	CC_TRY(cc_json_get_str(one, "reason", &vote.reason, err));
	CC_TRY(cc_json_get_u64(one, "number", CC_JSON_INTEGER_MAX, &vote.number, err));
	CC_TRY(cc_json_get_u64(one, "expires", CC_JSON_INTEGER_MAX, &expires, err));
	vote.expires = (int64_t)expires;
	CC_TRY(check_digest(one, "key", &hash, "voter", err));
	CC_TRY(cc_vote_verify(&vote, key, cc_buf_span(&signature), err));
	CC_TRY(find_voter(out, one, &hash, &bit, err));
	*(vote.choice == CC_VOTE_APPROVE ? &out->votes.approve : &out->votes.reject) |= bit;
	return 0;
}

static int check_votes(struct cc_shown *out, struct cc_err *err)
{
	const struct cc_json *list = NULL;
	struct cc_digest proposer = { 0 };

	CC_TRY(cc_json_get_digest(out->json, "proposer", &proposer, err));
	out->votes.proposer = cc_board_keyed(out->old->board, &proposer);
	CC_TRY(cc_json_get_array(out->json, "votes", &list, err));
	for (size_t i = 0; i < cc_json_count(list); i++)
		if (check_vote(out, cc_json_at(list, i), err) != 0)
			return cc_wrap(err, "vote %zu that the CAS shows", i + 1);
	return 0;
}

/* Over the very bytes of a vote, with nothing of any voter in them. */
static int make_digest(struct cc_shown *out, struct cc_err *err)
{
	CC_AUTO_BUF struct cc_buf message = { 0 };
	struct cc_vote vote = out->vote;

	vote.choice = CC_VOTE_APPROVE;
	vote.reason = "";
	vote.number = 0;
	vote.expires = 0;
	CC_TRY(cc_vote_message(&vote, &message, err));
	return cc_sha256(cc_buf_span(&message), &out->digest, err);
}

static int check_id(const struct cc_json *json, const char *id, struct cc_shown *out,
		    struct cc_err *err)
{
	const char *said = NULL;

	CC_TRY(cc_json_get_str(json, "proposal", &said, err));
	if (!cc_str_eq(said, id))
		return cc_fail(err, CC_E_EVIDENCE, "the CAS shows proposal '%.40s'", said);
	CC_TRY(cc_hex_parse_fixed(cc_span_str(id), "proposal", CC_MUT(out->vote.proposal), err));
	(void)snprintf(out->id, sizeof(out->id), "%s", id);
	return 0;
}

int cc_proposal_check(const struct cc_json *json, const char *id, const struct cc_digest *cas_key,
		      struct cc_shown *out, struct cc_err *err)
{
	const char *kind = NULL;

	out->json = json;
	out->vote.cas_key = *cas_key;
	out->vote.reason = "";
	CC_TRY(check_id(json, id, out, err));
	CC_TRY(cc_json_get_str(json, "kind", &kind, err));
	CC_TRY(cc_proposal_kind_parse(kind, &out->vote.kind, err));
	CC_TRY(cc_json_get_u64(json, "epoch", CC_JSON_INTEGER_MAX, &out->vote.epoch, err));
	CC_TRY(check_versions(out, err));
	CC_TRY(check_closure(out, err));
	CC_TRY(check_votes(out, err));
	return make_digest(out, err);
}

uint64_t cc_shown_next_number(const struct cc_shown *shown, const struct cc_digest *key)
{
	const struct cc_json *list = NULL;
	struct cc_err ignored = { 0 };
	uint64_t next = 1;

	if (cc_json_get_array(shown->json, "votes", &list, &ignored) != 0)
		return next;
	for (size_t i = 0; i < cc_json_count(list); i++) {
		const struct cc_json *one = cc_json_at(list, i);
		struct cc_digest hash = { 0 };
		uint64_t number = 0;

		if (cc_json_get_digest(one, "key", &hash, &ignored) == 0 &&
		    cc_json_get_u64(one, "number", CC_JSON_INTEGER_MAX - 1, &number, &ignored) ==
			    0 &&
		    cc_digest_eq(&hash, key) && number >= next)
			next = number + 1;
	}
	return next;
}
