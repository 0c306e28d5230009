/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Proposals against a model of them: random votes, waits and settlings, from fixed seeds. The
 * model is a second reading of docs/protocol/board.md, in numbers and without the code's parts.
 */
#include "tests/unit/cas/boardroom.h"

#define SEQUENCES 20
#define STEPS 9
#define DEADLINE 1000
#define MEMBERS 3

/* The same numbers in each run. */
struct dice {
	uint64_t at;
};

static unsigned int roll(struct dice *dice, unsigned int sides)
{
	dice->at ^= dice->at << 13;
	dice->at ^= dice->at >> 7;
	dice->at ^= dice->at << 17;
	return (unsigned int)(dice->at % sides);
}

/* A board of two out of three, ANN the policy's creator. */
struct rules {
	const char *text;
	bool self, veto; /* of CAT */
	int64_t delay;
};

struct model {
	const struct rules *rules;
	enum person proposer;
	int votes[MEMBERS]; /* 1 approves, -1 rejects */
	int64_t created, effective;
	const char *state;
};

static bool is_over(const struct model *model)
{
	return !cc_str_eq(model->state, "open") && !cc_str_eq(model->state, "accepted");
}

static bool counts(const struct model *model, int member)
{
	return model->rules->self || member != (int)model->proposer;
}

static bool is_met(const struct model *model)
{
	bool creator = model->proposer == ANN || model->votes[ANN] == 1;
	int approvals = 0;

	for (int i = 0; i < MEMBERS; i++)
		approvals += counts(model, i) && model->votes[i] == 1;
	return approvals >= 2 && creator;
}

static bool is_lost(const struct model *model)
{
	int possible = 0;

	for (int i = 0; i < MEMBERS; i++)
		possible += counts(model, i) && model->votes[i] != -1;
	return possible < 2 || (model->rules->veto && model->votes[CAT] == -1);
}

/* One look at the time and the votes; again until nothing moves. */
static bool move(struct model *model, int64_t now)
{
	const char *before = model->state;

	if (is_over(model))
		return false;
	if (cc_str_eq(model->state, "open") && now > model->created + DEADLINE)
		model->state = "expired";
	else if (is_lost(model))
		model->state = "rejected";
	else if (cc_str_eq(model->state, "open") && is_met(model))
		model->state = "accepted", model->effective = now + model->rules->delay;
	else if (cc_str_eq(model->state, "accepted") && !is_met(model))
		model->state = "open";
	else if (cc_str_eq(model->state, "accepted") && now >= model->effective)
		model->state = "applied";
	return before != model->state;
}

static void settle_model(struct model *model, int64_t now)
{
	while (move(model, now))
		;
}

/* A vote that the model takes must be taken, and one that it does not must be refused. */
static void cast(struct boardroom *room, struct proposal *proposal, struct model *model,
		 struct dice *dice, uint64_t number)
{
	enum person who = (enum person)roll(dice, MEMBERS);
	bool yes = roll(dice, 3) != 0, may = false;
	struct cc_vote vote = vote_on(room, proposal);
	struct cc_err err = { 0 };
	int done = 0;

	vote.choice = yes ? CC_VOTE_APPROVE : CC_VOTE_REJECT;
	vote.reason = yes ? "" : "no";
	vote.number = number;
	done = send_vote(room, who, proposal, &vote, &err);
	settle_model(model, room->world.now);
	may = !is_over(model) && (!yes || counts(model, (int)who));
	if ((done == 0) != may)
		fail_msg("%s by %d, %s in the model: %s", yes ? "yes" : "no", (int)who,
			 model->state, err.text);
	if (may)
		model->votes[who] = yes ? 1 : -1;
	settle_model(model, room->world.now);
}

static void step(struct boardroom *room, struct proposal *proposal, struct model *model,
		 struct dice *dice, uint64_t number)
{
	if (roll(dice, 4) == 0)
		room->world.now += roll(dice, 500);
	if (roll(dice, 3) != 0) {
		cast(room, proposal, model, dice, number);
	} else {
		ok(settle(room, proposal, &oops));
		settle_model(model, room->world.now);
	}
}

/* What a refusal leaves is settled by the next request, so ask before comparing. */
static void compare(struct boardroom *room, struct proposal *proposal, struct model *model)
{
	ok(settle(room, proposal, &oops));
	settle_model(model, room->world.now);
	assert_state(proposal, model->state);
}

static void play(struct boardroom *room, const struct rules *rules, struct dice *dice,
		 unsigned int *maximum)
{
	struct model model = { .rules = rules, .state = "open" };
	AUTO_PROPOSAL struct proposal proposal = { 0 };
	unsigned int next = *maximum + 1;

	model.proposer = (enum person)roll(dice, MEMBERS);
	model.created = room->world.now;
	ok(propose(room, model.proposer, "change", with_board(room, rules->text, runs(next)),
		   &proposal, &oops));
	for (uint64_t number = 1; number <= STEPS; number++) {
		step(room, &proposal, &model, dice, number);
		compare(room, &proposal, &model);
		assert_int_equal(maximum_of(room),
				 cc_str_eq(model.state, "applied") ? next : *maximum);
	}
	if (cc_str_eq(model.state, "applied"))
		*maximum = next;
	else if (!is_over(&model))
		ok(withdraw(room, model.proposer, &proposal, &oops));
}

#define TWO "  rule: {at_least: 2, of: [ann, bob, cat]}\n  deadline: 1000 seconds\n"

static void proposals_move_as_the_protocol_says(void **state)
{
	static const struct rules boards[] = {
		{ TWO, false, false, 0 },
		{ TWO "  self_approval: true\n", true, false, 0 },
		{ TWO "  self_approval: true\n  veto: cat\n", true, true, 0 },
		{ TWO "  delay: 300 seconds\n", false, false, 300 },
		{ TWO "  delay: 300 seconds\n  self_approval: true\n  veto: cat\n", true, true,
		  300 },
	};

	(void)state;
	for (size_t i = 0; i < CC_COUNT(boards); i++) {
		AUTO_BOARDROOM struct boardroom room = { 0 };
		struct dice dice = { 0x9e3779b97f4a7c15 + i };
		unsigned int maximum = 3, before = 3;

		boardroom_make(&room);
		ok(write_policy(&room, ANN, with_board(&room, boards[i].text, runs(maximum)),
				&oops));
		for (int round = 0; round < SEQUENCES; round++)
			play(&room, &boards[i], &dice, &maximum);
		/* The dice must have let some through, and not all. */
		assert_in_range(maximum, before + 1, before + SEQUENCES - 1);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(proposals_move_as_the_protocol_says),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
