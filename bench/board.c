/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a board adds to the signatures of its members. For each number of signers named on the
 * command line, in turn `--repeat` times: the bare checks of so many signatures over as many bytes
 * as a vote has; and the votes verified, counted and judged by the rules that the change needs.
 * Then, once a change and not a vote, its effects. Prints a JSON array of {"signers", "bare",
 * "board", "effects"}, processor microseconds.
 */
#include <time.h>

#include "base/opt.h"
#include "base/str.h"
#include "codec/text.h"
#include "crypto/init.h"
#include "policy/board.h"
#include "proto/vote.h"

#define SIGNERS_MAX CC_BOARD_MEMBERS_MAX

struct values {
	uint64_t repeat;
	struct cc_strings counts;
};

struct room {
	size_t count;
	struct cc_key *keys[SIGNERS_MAX];
	struct cc_signature signatures[SIGNERS_MAX];
	struct cc_vote vote;
	struct cc_buf message;
	struct cc_policy *old, *new;
	struct cc_effects *effects, *standing;
};
#define AUTO_ROOM CC_CLEANUP(room_clear)

static void room_clear(struct room *room)
{
	for (size_t i = 0; i < room->count; i++)
		cc_key_free(room->keys[i]);
	cc_buf_clear(&room->message);
	cc_policy_free(room->old);
	cc_policy_free(room->new);
	cc_effects_free(room->effects);
	cc_effects_free(room->standing);
}

static int add_member(struct room *room, size_t at, struct cc_buf *out, struct cc_err *err)
{
	struct cc_digest hash = { 0 };

	CC_TRY(cc_key_generate(CC_KEY_ED25519, &room->keys[at], err));
	room->count++;
	CC_TRY(cc_pubkey_hash(cc_key_public(room->keys[at]), &hash, err));
	CC_TRY(cc_buf_addf(out, err, "  - {name: m%zu, key: ", at));
	CC_TRY(cc_base58check_add(out, CC_BASE58_KEY_HASH, CC_DIGEST_SPAN(hash), err));
	return cc_buf_add_str(out, "}\n", err);
}

/* All of them must agree, to every class of change. */
static int make_board(struct room *room, size_t count, struct cc_buf *out, struct cc_err *err)
{
	CC_TRY(cc_buf_add_str(out,
			      "name: bench\nversion: 0.3.12\nboard:\n  self_approval: true\n"
			      "  members:\n",
			      err));
	for (size_t i = 0; i < count; i++)
		CC_TRY(add_member(room, i, out, err));
	CC_TRY(cc_buf_addf(out, err, "  rule: {at_least: %zu, of: [", count));
	for (size_t i = 0; i < count; i++)
		CC_TRY(cc_buf_addf(out, err, "%sm%zu", i == 0 ? "" : ", ", i));
	return cc_buf_add_str(out, "]}\n  classes: [{class: limits, rule: m0}]\n", err);
}

static int make_policy(const struct cc_buf *board, unsigned int maximum, struct cc_policy **out,
		       struct cc_err *err)
{
	CC_AUTO_BUF struct cc_buf text = { 0 };

	CC_TRY(cc_buf_add(&text, cc_buf_span(board), err));
	CC_TRY(cc_buf_addf(&text, err,
			   "services: [{name: s, mrenclaves: [%064d], executions: [{id: paid, "
			   "consumer: guest, maximum: %u}]}]\n",
			   0, maximum));
	return cc_policy_parse(cc_buf_span(&text), out, err);
}

static int room_make(struct room *room, size_t count, struct cc_err *err)
{
	CC_AUTO_BUF struct cc_buf board = { 0 };

	CC_TRY(make_board(room, count, &board, err));
	CC_TRY(make_policy(&board, 3, &room->old, err));
	CC_TRY(make_policy(&board, 5, &room->new, err));
	CC_TRY(cc_effects_make(room->old, room->new, &room->effects, err));
	CC_TRY(cc_effects_make(room->old, room->old, &room->standing, err));
	room->vote = (struct cc_vote){ .policy = "bench", .choice = CC_VOTE_APPROVE, .reason = "" };
	CC_TRY(cc_vote_message(&room->vote, &room->message, err));
	for (size_t i = 0; i < count; i++)
		CC_TRY(cc_vote_sign(&room->vote, room->keys[i], &room->signatures[i], err));
	return 0;
}

static struct cc_span signature_of(const struct room *room, size_t at)
{
	return cc_span(room->signatures[at].b, room->signatures[at].len);
}

static int check_bare(const struct room *room, struct cc_err *err)
{
	for (size_t i = 0; i < room->count; i++)
		CC_TRY(cc_verify(cc_key_public(room->keys[i]), cc_buf_span(&room->message),
				 signature_of(room, i), err));
	return 0;
}

static int check_board(const struct room *room, struct cc_err *err)
{
	const struct cc_board_change change = { room->old, room->new, room->effects,
						room->standing };
	struct cc_board_needs needs = { 0 };
	struct cc_board_votes votes = { 0 };

	for (size_t i = 0; i < room->count; i++) {
		struct cc_digest hash = { 0 };

		CC_TRY(cc_vote_verify(&room->vote, cc_key_public(room->keys[i]),
				      signature_of(room, i), err));
		CC_TRY(cc_pubkey_hash(cc_key_public(room->keys[i]), &hash, err));
		votes.approve |= cc_board_keyed(room->old->board, &hash);
	}
	CC_TRY(cc_board_needs(&change, &needs, err));
	if (cc_board_judge(room->old->board, &needs, &votes) != CC_BOARD_ACCEPTED)
		return cc_fail(err, CC_E_BUG, "%zu votes do not suffice", room->count);
	return 0;
}

static int make_effects(const struct room *room, struct cc_err *err)
{
	CC_AUTO_EFFECTS struct cc_effects *effects = NULL;

	return cc_effects_make(room->old, room->new, &effects, err);
}

static double now_us(void)
{
	struct timespec now = { 0 };

	(void)clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
	return (double)now.tv_sec * 1e6 + (double)now.tv_nsec / 1e3;
}

typedef int work_fn(const struct room *room, struct cc_err *err);

/* The least of all rounds: what others do on the machine can only add. */
static int time_least(work_fn *work, const struct room *room, double *least, struct cc_err *err)
{
	double since = now_us(), took = 0;

	CC_TRY(work(room, err));
	took = now_us() - since;
	if (*least == 0 || took < *least)
		*least = took;
	return 0;
}

static int measure(const struct values *values, size_t count, struct cc_err *err)
{
	AUTO_ROOM struct room room = { 0 };
	double bare = 0, board = 0, effects = 0;

	CC_TRY(room_make(&room, count, err));
	for (uint64_t i = 0; i < values->repeat; i++) {
		CC_TRY(time_least(check_bare, &room, &bare, err));
		CC_TRY(time_least(check_board, &room, &board, err));
		CC_TRY(time_least(make_effects, &room, &effects, err));
	}
	(void)printf("{\"signers\": %zu, \"bare\": %.2f, \"board\": %.2f, \"effects\": %.2f}",
		     count, bare, board, effects);
	return 0;
}

static int bench(const void *at, struct cc_err *err)
{
	const struct values *values = at;

	CC_TRY(cc_crypto_init(err));
	if (values->repeat == 0)
		return cc_fail(err, CC_E_ARG, "--repeat: at least 1");
	(void)printf("[");
	for (size_t i = 0; i < values->counts.count; i++) {
		uint64_t count = 0;

		CC_TRY(cc_parse_u64(cc_span_str(values->counts.at[i]), SIGNERS_MAX, "signers",
				    &count, err));
		if (count == 0)
			return cc_fail(err, CC_E_ARG, "signers: at least 1");
		(void)printf("%s", i == 0 ? "" : ",\n");
		CC_TRY(measure(values, count, err));
	}
	(void)printf("]\n");
	return 0;
}

static const struct cc_opt opts[] = {
	{ "repeat", 0, CC_OPT_NUMBER, offsetof(struct values, repeat), "N", "rounds (100)", false,
	  NULL },
};
static const struct cc_opt_arg args[] = {
	{ "SIGNERS", offsetof(struct values, counts), "how many members sign", false, true },
};
static const struct values defaults = { .repeat = 100 };

int main(int argc, char *const *argv)
{
	const struct cc_command command = { "bench-board",
					    "Measure a board beside bare signature checks.",
					    opts,
					    CC_COUNT(opts),
					    args,
					    CC_COUNT(args),
					    sizeof(struct values),
					    &defaults,
					    bench };

	return cc_opt_main(&command, argc, argv);
}
