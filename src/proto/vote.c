/* SPDX-License-Identifier: Apache-2.0 */
#include "proto/vote.h"

#include "base/str.h"
#include "codec/text.h"

static const char *const kinds[] = {
	[CC_PROPOSAL_CHANGE] = "change",
	[CC_PROPOSAL_EMERGENCY] = "emergency",
	[CC_PROPOSAL_STOP] = "stop",
	[CC_PROPOSAL_RESUME] = "resume",
};
static const char *const choices[] = {
	[CC_VOTE_REJECT] = "reject",
	[CC_VOTE_APPROVE] = "approve",
};

static int find(const char *const *words, size_t count, const char *word, size_t *out,
		struct cc_err *err)
{
	const char *near = cc_str_nearest(word, words, count);

	for (*out = 0; *out < count; (*out)++)
		if (cc_str_eq(words[*out], word))
			return 0;
	cc_err_set(err, CC_E_ARG, "'%.32s' is not known here", word);
	return cc_hint(err, "did you mean '%s'?", near == NULL ? words[0] : near);
}

const char *cc_proposal_kind_name(enum cc_proposal_kind kind)
{
	return kind < CC_COUNT(kinds) ? kinds[kind] : NULL;
}

int cc_proposal_kind_parse(const char *name, enum cc_proposal_kind *out, struct cc_err *err)
{
	size_t at = 0;

	CC_TRY(find(kinds, CC_COUNT(kinds), name, &at, err));
	*out = (enum cc_proposal_kind)at;
	return 0;
}

const char *cc_vote_choice_name(enum cc_vote_choice choice)
{
	return choice < CC_COUNT(choices) ? choices[choice] : NULL;
}

int cc_vote_choice_parse(const char *name, enum cc_vote_choice *out, struct cc_err *err)
{
	size_t at = 0;

	CC_TRY(find(choices, CC_COUNT(choices), name, &at, err));
	*out = (enum cc_vote_choice)at;
	return 0;
}

static int add_number(struct cc_buf *out, uint64_t number, struct cc_err *err)
{
	CC_TRY(cc_buf_add_u32be(out, sizeof(number), err));
	return cc_buf_add_u64be(out, number, err);
}

/* In the order of docs/protocol/board.md, each field with its length. */
int cc_vote_message(const struct cc_vote *vote, struct cc_buf *out, struct cc_err *err)
{
	struct cc_digest reason = { 0 };

	if (vote->kind >= CC_PROPOSAL_KINDS || vote->choice >= CC_COUNT(choices))
		return cc_fail(err, CC_E_BUG, "a vote of no kind");
	CC_TRY(cc_sha256(cc_span_str(vote->reason), &reason, err));
	CC_TRY(cc_buf_add_sized(out, cc_span_str("concordat vote 1"), err));
	CC_TRY(cc_buf_add_sized(out, CC_DIGEST_SPAN(vote->cas_key), err));
	CC_TRY(cc_buf_add_sized(out, cc_span_str(vote->policy), err));
	CC_TRY(cc_buf_add_sized(out, cc_span_str(kinds[vote->kind]), err));
	CC_TRY(cc_buf_add_sized(out, CC_DIGEST_SPAN(vote->old_hash), err));
	CC_TRY(cc_buf_add_sized(out, CC_DIGEST_SPAN(vote->new_hash), err));
	CC_TRY(cc_buf_add_sized(out, CC_DIGEST_SPAN(vote->effects), err));
	CC_TRY(cc_buf_add_sized(out, CC_DIGEST_SPAN(vote->closure), err));
	CC_TRY(add_number(out, vote->epoch, err));
	CC_TRY(cc_buf_add_sized(out, CC_SPAN(vote->proposal), err));
	CC_TRY(add_number(out, vote->number, err));
	CC_TRY(cc_buf_add_sized(out, cc_span_str(choices[vote->choice]), err));
	CC_TRY(cc_buf_add_sized(out, CC_DIGEST_SPAN(reason), err));
	return add_number(out, (uint64_t)vote->expires, err);
}

static bool may_vote(enum cc_key_kind kind)
{
	return kind == CC_KEY_ED25519 || kind == CC_KEY_P384;
}

int cc_vote_sign(const struct cc_vote *vote, const struct cc_key *key, struct cc_signature *out,
		 struct cc_err *err)
{
	CC_AUTO_BUF struct cc_buf message = { 0 };

	if (!may_vote(cc_key_kind(key)))
		return cc_fail(err, CC_E_ARG, "votes are signed with an Ed25519 or P-384 key");
	CC_TRY(cc_vote_message(vote, &message, err));
	return cc_sign(key, cc_buf_span(&message), out, err);
}

int cc_vote_verify(const struct cc_vote *vote, const struct cc_pubkey *key,
		   struct cc_span signature, struct cc_err *err)
{
	CC_AUTO_BUF struct cc_buf message = { 0 };

	if (!may_vote(cc_pubkey_kind(key)))
		return cc_fail(err, CC_E_ARG, "votes are signed with an Ed25519 or P-384 key");
	CC_TRY(cc_vote_message(vote, &message, err));
	return cc_verify(key, cc_buf_span(&message), signature, err);
}

/* Verdicts. */

static int refuse_verdict(struct cc_err *err)
{
	cc_err_set(err, CC_E_ARG, "it is neither 'approve' nor 'reject: REASON'");
	return cc_hint(err, "the program writes one of the two, in one line");
}

int cc_verdict_parse(struct cc_span text, struct cc_verdict *out, struct cc_err *err)
{
	struct cc_span line = text, reject = cc_span_str("reject: ");

	*out = (struct cc_verdict){ 0 };
	if (line.len != 0 && line.at[line.len - 1] == '\n')
		line.len--;
	if (cc_span_eq(line, cc_span_str("approve"))) {
		out->choice = CC_VOTE_APPROVE;
		return 0;
	}
	if (line.len <= reject.len || memcmp(line.at, reject.at, reject.len) != 0)
		return refuse_verdict(err);
	line = cc_span(line.at + reject.len, line.len - reject.len);
	if (line.len > CC_REASON_MAX)
		return cc_fail(err, CC_E_TOOBIG, "a reason has at most %d bytes", CC_REASON_MAX);
	if (!cc_utf8_is_valid(line) || memchr(line.at, '\n', line.len) != NULL ||
	    memchr(line.at, '\0', line.len) != NULL)
		return refuse_verdict(err);
	memcpy(out->reason, line.at, line.len);
	return 0;
}
