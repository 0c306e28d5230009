/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A board in a world: members with real keys, who look at a proposal as the CAS shows it, compute
 * nothing (that is the command line's part) and sign.
 */
#ifndef CC_TESTS_UNIT_CAS_BOARDROOM_H
#define CC_TESTS_UNIT_CAS_BOARDROOM_H

#include "tests/unit/cas/world.h"

#include "cas/view.h"
#include "codec/text.h"
#include "proto/vote.h"

enum person {
	ANN = 0, /* made the policy, and is a member */
	BOB,
	CAT,
	OWNER, /* makes the policy in some tests, and is no member */
	STRANGER,
	PERSONS,
};

struct boardroom {
	struct world world;
	struct cc_key *keys[PERSONS];
	struct cc_caller callers[PERSONS];
	char names[PERSONS][96]; /* key hashes as policies have them */
};
#define AUTO_BOARDROOM CC_CLEANUP(boardroom_clear)

static inline void boardroom_clear(struct boardroom *room)
{
	for (size_t i = 0; i < PERSONS; i++)
		cc_key_free(room->keys[i]);
	world_clear(&room->world);
}

static inline void boardroom_make(struct boardroom *room)
{
	world_make(&room->world, 1, 1);
	for (size_t i = 0; i < PERSONS; i++) {
		CC_AUTO_BUF struct cc_buf text = { 0 };

		room->keys[i] = key_from((uint8_t)(100 + i));
		room->callers[i].known = true;
		ok(cc_pubkey_hash(cc_key_public(room->keys[i]), &room->callers[i].key, &oops));
		ok(cc_base58check_add(&text, CC_BASE58_KEY_HASH,
				      CC_DIGEST_SPAN(room->callers[i].key), &oops));
		(void)snprintf(room->names[i], sizeof(room->names[i]), "%.*s", (int)text.len,
			       (const char *)text.at);
	}
}

/* A board of the three, then `board` (indented by two) and `more` behind it. */
static inline const char *with_board(const struct boardroom *room, const char *board,
				     const char *more)
{
	static char texts[4][4096];
	static size_t next;
	char *text = texts[next++ % CC_COUNT(texts)];

	(void)snprintf(text, sizeof(texts[0]),
		       "name: trial\ntolerate: [simulation]\nboard:\n  members: [{name: ann, key: "
		       "%s}, {name: bob, key: %s}, {name: cat, key: %s}]\n%s%s",
		       room->names[ANN], room->names[BOB], room->names[CAT], board, more);
	return text;
}

/* A service that may run so often. */
static inline const char *runs(unsigned int maximum)
{
	static char texts[4][512];
	static size_t next;
	char *text = texts[next++ % CC_COUNT(texts)];

	(void)snprintf(text, sizeof(texts[0]),
		       "services: [{name: s, mrenclaves: ["
		       "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa], "
		       "executions: [{id: paid, consumer: guest, maximum: %u}]}]\n",
		       maximum);
	return text;
}

struct said {
	const char *name, *value;
};

static inline struct cc_json *body_of(const struct said *said, size_t count)
{
	struct cc_json *body = NULL;

	ok(cc_json_object(&body, &oops));
	for (size_t i = 0; i < count; i++)
		ok(cc_json_set_str(body, said[i].name, said[i].value, &oops));
	return body;
}
#define BODY(...)                                     \
	body_of((const struct said[]){ __VA_ARGS__ }, \
		sizeof((const struct said[]){ __VA_ARGS__ }) / sizeof(struct said))

static inline int ask_room(struct boardroom *room, const struct asking_for *ask,
			   struct cc_json **answer, struct cc_err *err)
{
	struct cc_result result = { 0 };

	CC_TRY(ask_cas(&room->world, ask, &result, err));
	if (answer != NULL) {
		cc_json_free(*answer);
		*answer = CC_TAKE(result.answer);
	}
	cc_result_clear(&result);
	return 0;
}

static inline int write_policy(struct boardroom *room, enum person who, const char *text,
			       struct cc_err *err)
{
	CC_AUTO_JSON struct cc_json *body = BODY({ "policy", text });
	const struct asking_for ask = { cc_policy_create, room->callers[who], "", "", body };

	return ask_room(room, &ask, NULL, err);
}

struct proposal {
	char id[CC_ID_TEXT];
	struct cc_json *shown; /* as its members see it */
};
#define AUTO_PROPOSAL CC_CLEANUP(proposal_clear)

static inline void proposal_clear(struct proposal *proposal)
{
	cc_json_free(proposal->shown);
}

static inline int propose(struct boardroom *room, enum person who, const char *kind,
			  const char *text, struct proposal *out, struct cc_err *err)
{
	CC_AUTO_JSON struct cc_json *body = BODY({ "kind", kind }, { "name", "trial" });
	const struct asking_for ask = { cc_proposal_create, room->callers[who], "", "", body };
	const char *id = NULL;

	if (text != NULL)
		ok(cc_json_set_str(body, "policy", text, &oops));
	ok(cc_json_set_str(body, "reason", "because", &oops));
	CC_TRY(ask_room(room, &ask, &out->shown, err));
	ok(cc_json_get_str(out->shown, "proposal", &id, &oops));
	(void)snprintf(out->id, sizeof(out->id), "%s", id);
	return 0;
}

static inline int look(struct boardroom *room, enum person who, struct proposal *proposal,
		       struct cc_err *err)
{
	const struct asking_for ask = { cc_proposal_read, room->callers[who], proposal->id, "",
					NULL };

	return ask_room(room, &ask, &proposal->shown, err);
}

static inline int settle(struct boardroom *room, struct proposal *proposal, struct cc_err *err)
{
	const struct asking_for ask = { cc_proposal_settle, room->callers[BOB], proposal->id, "",
					NULL };

	return ask_room(room, &ask, &proposal->shown, err);
}

static inline int withdraw(struct boardroom *room, enum person who, struct proposal *proposal,
			   struct cc_err *err)
{
	const struct asking_for ask = { cc_proposal_withdraw, room->callers[who], proposal->id, "",
					NULL };

	return ask_room(room, &ask, &proposal->shown, err);
}

/* What is signed about the proposal, from what is shown. */
static inline struct cc_vote vote_on(const struct boardroom *room, const struct proposal *proposal)
{
	struct cc_vote vote = { .cas_key = room->world.keys.cas_hash,
				.policy = "trial",
				.number = 1,
				.choice = CC_VOTE_APPROVE,
				.reason = "",
				.expires = room->world.now + 1000000 };
	const char *kind = NULL;

	ok(cc_json_get_str(proposal->shown, "kind", &kind, &oops));
	ok(cc_proposal_kind_parse(kind, &vote.kind, &oops));
	ok(cc_json_get_digest(proposal->shown, "old_hash", &vote.old_hash, &oops));
	ok(cc_json_get_digest(proposal->shown, "new_hash", &vote.new_hash, &oops));
	ok(cc_json_get_digest(proposal->shown, "effect_hash", &vote.effects, &oops));
	ok(cc_json_get_digest(proposal->shown, "closure", &vote.closure, &oops));
	ok(cc_json_get_u64(proposal->shown, "epoch", UINT32_MAX, &vote.epoch, &oops));
	ok(cc_hex_parse_fixed(cc_span_str(proposal->id), "id", CC_MUT(vote.proposal), &oops));
	return vote;
}

static inline struct cc_json *paper_of(const struct cc_key *key, const struct cc_vote *vote)
{
	CC_AUTO_BUF struct cc_buf der = { 0 };
	struct cc_signature signature = { 0 };
	struct cc_json *body =
		BODY({ "choice", cc_vote_choice_name(vote->choice) }, { "reason", vote->reason });

	ok(cc_vote_sign(vote, key, &signature, &oops));
	ok(cc_pubkey_to_der(cc_key_public(key), &der, &oops));
	ok(cc_json_set_u64(body, "number", vote->number, &oops));
	ok(cc_json_set_u64(body, "expires", (uint64_t)vote->expires, &oops));
	ok(cc_json_set_base64(body, "public_key", cc_buf_span(&der), &oops));
	ok(cc_json_set_base64(body, "signature", cc_span(signature.b, signature.len), &oops));
	return body;
}

static inline struct cc_json *ballot_paper(const struct boardroom *room, enum person who,
					   const struct cc_vote *vote)
{
	return paper_of(room->keys[who], vote);
}

/* A vote is carried by whoever may see the proposal: here by CAT, whosever it is. */
static inline int send_vote(struct boardroom *room, enum person who, struct proposal *proposal,
			    const struct cc_vote *vote, struct cc_err *err)
{
	CC_AUTO_JSON struct cc_json *body = ballot_paper(room, who, vote);
	const struct asking_for ask = { cc_proposal_vote, room->callers[CAT], proposal->id, "",
					body };

	return ask_room(room, &ask, &proposal->shown, err);
}

static inline int approve(struct boardroom *room, enum person who, struct proposal *proposal,
			  struct cc_err *err)
{
	struct cc_vote vote = vote_on(room, proposal);

	return send_vote(room, who, proposal, &vote, err);
}

static inline int reject(struct boardroom *room, enum person who, struct proposal *proposal,
			 const char *reason, struct cc_err *err)
{
	struct cc_vote vote = vote_on(room, proposal);

	vote.choice = CC_VOTE_REJECT;
	vote.reason = reason;
	vote.number = 2;
	return send_vote(room, who, proposal, &vote, err);
}

/* How often the service may run, as the active version says. */
static inline uint64_t maximum_of(struct boardroom *room)
{
	CC_AUTO_CAS_VIEW struct cc_cas_view view = { 0 };
	struct cc_known known = { 0 };

	cc_cas_view_init(&view, room->world.state);
	ok(cc_cas_view_policy(&view, "trial", &known, NULL, &oops));
	assert_int_equal(known.policy->services.count, 1);
	return known.policy->services.at[0].executions.at[0].maximum;
}

static inline void assert_state(const struct proposal *proposal, const char *expected)
{
	const char *said = NULL, *why = "";
	struct cc_err ignored = { 0 };

	ok(cc_json_get_str(proposal->shown, "state", &said, &oops));
	cc_ignore(cc_json_get_str(proposal->shown, "why", &why, &ignored));
	if (!cc_str_eq(said, expected))
		fail_msg("the proposal is %s (%s) and not %s", said, why, expected);
}

/* The policy of ANN with this board and a limit of 3. */
static inline void found(struct boardroom *room, const char *board)
{
	boardroom_make(room);
	ok(write_policy(room, ANN, with_board(room, board, runs(3)), &oops));
}

/* A proposal of BOB to raise the limit to 5. */
static inline void propose_five(struct boardroom *room, const char *board, struct proposal *out)
{
	ok(propose(room, BOB, "change", with_board(room, board, runs(5)), out, &oops));
}

#endif
