/* SPDX-License-Identifier: Apache-2.0 */
/* The rules of a board: which of them a change needs, and which members suffice. */
#include "tests/unit/policy/given.h"

#include "codec/text.h"
#include "policy/board.h"

#define A 1
#define B 2
#define C 4
#define D 8

/* A key hash that no key has. */
static void key_text(uint8_t number, char out[static 64])
{
	const struct cc_digest hash = { { number } };
	CC_AUTO_BUF struct cc_buf text = { 0 };
	struct cc_err err = { 0 };

	assert_int_equal(cc_base58check_add(&text, CC_BASE58_KEY_HASH, CC_DIGEST_SPAN(hash), &err),
			 0);
	(void)snprintf(out, 64, "%.*s", (int)text.len, (const char *)text.at);
}

/* Members a to d, d of weight 3, then `more`. Who they are does not matter to a rule. */
static const char *board(const char *more)
{
	static char text[4096];
	char keys[4][64];

	for (size_t i = 0; i < CC_COUNT(keys); i++)
		key_text((uint8_t)i, keys[i]);
	(void)snprintf(text, sizeof(text),
		       "name: p\nboard:\n  members: [{name: a, key: %s}, {name: b, key: %s}, "
		       "{name: c, key: %s}, {name: d, key: %s, weight: 3}]\n%s",
		       keys[0], keys[1], keys[2], keys[3], more);
	return text;
}

/* Rules and sets of members (a is bit 0) and whether they suffice. */
static void nested_and_weighted_rules_are_met_by_exactly_the_right_members(void **state)
{
	static const struct {
		const char *rule;
		uint64_t agree;
		bool is_met;
	} cases[] = {
		{ "a", 1, true },
		{ "a", 2 | 4 | 8, false },
		{ "{all: [a, b]}", 3, true },
		{ "{all: [a, b]}", 1, false },
		{ "{all: [a, b]}", 2 | 4 | 8, false },
		{ "{at_least: 2, of: [a, b, c]}", 1, false },
		{ "{at_least: 2, of: [a, b, c]}", 1 | 4, true },
		{ "{at_least: 2, of: [a, b, c]}", 8 | 1, false }, /* d weighs 3, elsewhere */
		{ "{at_least: 3, of: [a, b, d]}", 8, true },
		{ "{at_least: 3, of: [a, b, d]}", 3, false },
		{ "{at_least: 2, of: [a, {at_least: 1, of: [b, c]}]}", 2 | 4, false },
		{ "{at_least: 2, of: [a, {at_least: 1, of: [b, c]}]}", 1 | 4, true },
		{ "{at_least: 2, of: [a, {all: [b, c], weight: 2}]}", 2 | 4, true },
		{ "{at_least: 2, of: [a, {all: [b, c], weight: 2}]}", 1 | 2, false },
		{ "{all: [a, {at_least: 2, of: [a, b, c]}]}", 1 | 2, true },
		{ "{all: [a, {at_least: 2, of: [a, b, c]}]}", 2 | 4, false },
		{ "{all: [a, b]}", 0, false },
	};

	(void)state;
	for (size_t i = 0; i < CC_COUNT(cases); i++) {
		CC_AUTO_POLICY struct cc_policy *policy = NULL;
		char more[256];

		(void)snprintf(more, sizeof(more), "  rule: %s\n  self_approval: true\n",
			       cases[i].rule);
		policy = given(board(more));
		if (cc_board_rule_met(policy->board, &policy->board->rule, cases[i].agree) !=
		    cases[i].is_met)
			fail_msg("%s with %llx", cases[i].rule, (unsigned long long)cases[i].agree);
	}
}

static void a_rule_that_says_nothing_is_never_met(void **state)
{
	const struct cc_board none = { 0 };
	const struct cc_board_rule rule = { 0 };

	(void)state;
	assert_false(cc_board_rule_met(&none, &rule, UINT64_MAX));
}

/* More members who agree never undo a rule: whatever the rule, whatever the set. */
static void more_votes_never_undo_a_rule(void **state)
{
	static const char *const rules[] = {
		"{at_least: 3, of: [a, {at_least: 1, of: [b, c]}, d]}",
		"{all: [a, {at_least: 2, of: [b, c, {all: [a, d]}]}]}",
		"{at_least: 4, of: [{all: [a, b], weight: 3}, c, {at_least: 1, of: [d]}]}",
	};

	(void)state;
	for (size_t i = 0; i < CC_COUNT(rules); i++) {
		CC_AUTO_POLICY struct cc_policy *policy = NULL;
		const struct cc_board_rule *rule = NULL;
		char more[256];

		(void)snprintf(more, sizeof(more), "  rule: %s\n  self_approval: true\n", rules[i]);
		policy = given(board(more));
		rule = &policy->board->rule;
		for (uint64_t set = 0; set < 16; set++)
			for (uint64_t bit = 1; bit < 16; bit <<= 1)
				if (cc_board_rule_met(policy->board, rule, set))
					assert_true(
						cc_board_rule_met(policy->board, rule, set | bit));
		assert_true(cc_board_rule_met(policy->board, rule, 15));
		assert_false(cc_board_rule_met(policy->board, rule, 0));
	}
}

/* A change with effects of these classes; a negative one forbids. */
struct change {
	struct cc_effect at[8];
	struct cc_effects effects, standing;
};

static void make_change(struct change *out, const int *classes, size_t count)
{
	for (size_t i = 0; i < count; i++)
		out->at[i] = (struct cc_effect){ .class = (enum cc_effect_class)abs(classes[i]),
						 .kind = classes[i] < 0 ? CC_EFFECT_FORBIDS
									: CC_EFFECT_PERMITS,
						 .sentence = "a sentence" };
	out->effects.list.at = out->at;
	out->effects.list.count = count;
}

static struct cc_board_needs needs_of(const char *more, const int *classes, size_t count)
{
	CC_AUTO_POLICY struct cc_policy *policy = given(board(more));
	struct cc_board_needs needs = { 0 };
	struct change change = { 0 };
	const struct cc_board_change ask = { policy, policy, &change.effects, &change.standing };
	struct cc_err err = { 0 };

	make_change(&change, classes, count);
	assert_int_equal(cc_board_needs(&ask, &needs, &err), 0);
	return needs;
}
#define NEEDS(more, ...) \
	needs_of(more, (const int[]){ __VA_ARGS__ }, CC_COUNT(((const int[]){ __VA_ARGS__ })))

#define LINES                                                      \
	"  rule: a\n  delay: 1m\n  veto: d\n  classes:\n"          \
	"  - {class: [code, data], rule: b, delay: 1h, veto: c}\n" \
	"  - {class: limits, rule: c, delay: 1s}\n"

static void a_class_has_its_rule_and_others_the_boards_own(void **state)
{
	struct cc_board_needs needs = NEEDS(LINES, CC_EFFECT_DATA);

	(void)state;
	assert_false(needs.base);
	assert_int_equal(needs.lines, 1);
	assert_int_equal(needs.veto, C | D);
	assert_int_equal(needs.delay, 3600);
	needs = NEEDS(LINES, CC_EFFECT_NETWORK);
	assert_true(needs.base);
	assert_int_equal(needs.lines, 0);
	assert_int_equal(needs.veto, D);
	assert_int_equal(needs.delay, 60);
	needs = NEEDS(LINES, CC_EFFECT_LIMITS);
	assert_int_equal(needs.delay, 60); /* a line makes it longer, never shorter */
}

static void a_change_of_several_classes_needs_all_their_rules(void **state)
{
	struct cc_board_needs needs = NEEDS(LINES, CC_EFFECT_DATA, CC_EFFECT_LIMITS);

	(void)state;
	assert_false(needs.base);
	assert_int_equal(needs.lines, 3);
	needs = NEEDS(LINES, CC_EFFECT_NETWORK, CC_EFFECT_LIMITS);
	assert_true(needs.base);
	assert_int_equal(needs.lines, 2);
}

static void what_nobody_understands_needs_all_rules(void **state)
{
	static const int classes[] = { CC_EFFECT_ANYTHING, CC_EFFECT_OVERRIDE, CC_EFFECT_BOARD };

	(void)state;
	for (size_t i = 0; i < CC_COUNT(classes); i++) {
		struct cc_board_needs needs = NEEDS(LINES, classes[i]);

		assert_true(needs.base);
		assert_int_equal(needs.lines, 3);
	}
}

static void a_line_for_anything_is_one_more_rule_and_no_way_out(void **state)
{
	struct cc_board_needs needs =
		NEEDS(LINES "  - {class: anything, rule: b}\n", CC_EFFECT_ANYTHING);

	(void)state;
	assert_true(needs.base);
	assert_int_equal(needs.lines, 7);
}

static void a_class_that_a_newer_language_may_bring_needs_all_rules(void **state)
{
	struct cc_board_needs needs = NEEDS(LINES, CC_EFFECT_CLASS_COUNT + 40);

	(void)state;
	assert_true(needs.base);
	assert_int_equal(needs.lines, 3);
}

/* The effects may say what they want: that the board changes is seen here. */
/* The clause that protects the board protects itself: without it, weaker, or with no board at all.
 */
static void the_clause_that_protects_the_board_protects_itself(void **state)
{
	static const char line[] = LINES "  - {class: board, rule: {all: [a, b]}}\n";
	static const char *const after[] = {
		LINES "  - {class: board, rule: a}\n",
		LINES,
		"  rule: a\n",
	};
	struct change none = { 0 };
	struct cc_err err = { 0 };

	(void)state;
	for (size_t i = 0; i <= CC_COUNT(after); i++) {
		CC_AUTO_POLICY struct cc_policy *old = given(board(line));
		CC_AUTO_POLICY struct cc_policy *new =
			given(i < CC_COUNT(after) ? board(after[i]) : "name: p\n");
		const struct cc_board_change change = { old, new, &none.effects, &none.standing };
		struct cc_board_needs needs = { 0 };

		assert_int_equal(cc_board_needs(&change, &needs, &err), 0);
		assert_int_equal(needs.classes, 1U << CC_EFFECT_BOARD);
		assert_int_equal(needs.lines, 4);
		assert_false(needs.base);
		assert_false(needs.is_forbidding);
	}
}

static void an_override_that_was_there_before_is_not_the_changes(void **state)
{
	CC_AUTO_POLICY struct cc_policy *policy = given(board(LINES));
	struct change change = { 0 }, before = { 0 };
	const struct cc_board_change ask = { policy, policy, &change.effects, &before.effects };
	struct cc_board_needs needs = { 0 };
	struct cc_err err = { 0 };

	(void)state;
	make_change(&change, (const int[]){ CC_EFFECT_OVERRIDE, -CC_EFFECT_LIMITS }, 2);
	make_change(&before, (const int[]){ CC_EFFECT_OVERRIDE }, 1);
	assert_int_equal(cc_board_needs(&ask, &needs, &err), 0);
	assert_int_equal(needs.classes, 1U << CC_EFFECT_LIMITS);
	assert_true(needs.is_forbidding);
	before.at[0].sentence = "another one alone can change everything";
	assert_int_equal(cc_board_needs(&ask, &needs, &err), 0);
	assert_true(needs.classes & 1U << CC_EFFECT_OVERRIDE);
	assert_false(needs.is_forbidding);
}

static void only_what_forbids_and_nothing_else_is_forbidding(void **state)
{
	(void)state;
	assert_true(NEEDS(LINES, -CC_EFFECT_LIMITS, -CC_EFFECT_DATA).is_forbidding);
	assert_false(NEEDS(LINES, -CC_EFFECT_LIMITS, CC_EFFECT_DATA).is_forbidding);
}

static void a_change_without_effects_needs_the_boards_own_rule(void **state)
{
	struct cc_board_needs needs = needs_of(LINES, (const int[]){ 0 }, 0);

	(void)state;
	assert_true(needs.base);
	assert_int_equal(needs.lines, 0);
}

/* Votes on a change that needs rule a (the board's) and rule b (of code), d may veto. */
static enum cc_board_verdict judge(const char *more, struct cc_board_votes votes)
{
	CC_AUTO_POLICY struct cc_policy *policy = given(board(more));
	const struct cc_board_needs needs = { .base = true, .lines = 1, .veto = D };

	return cc_board_judge(policy->board, &needs, &votes);
}

#define TWO "  rule: {at_least: 2, of: [a, b, c]}\n  classes: [{class: code, rule: b}]\n"
#define TWO_SELF TWO "  self_approval: true\n"

static void votes_decide_as_the_rules_say(void **state)
{
	static const struct {
		const char *board;
		struct cc_board_votes votes;
		enum cc_board_verdict verdict;
	} cases[] = {
		{ TWO_SELF, { 0, 0, 0 }, CC_BOARD_OPEN },
		{ TWO_SELF, { B, 0, 0 }, CC_BOARD_OPEN },
		{ TWO_SELF, { A | C, 0, 0 }, CC_BOARD_OPEN }, /* the class asks for b */
		{ TWO_SELF, { A | B, 0, 0 }, CC_BOARD_ACCEPTED },
		{ TWO_SELF, { A | B, 0, A }, CC_BOARD_ACCEPTED },
		/* Nobody approves an own proposal where the rule does not say so. */
		{ TWO, { A | B, 0, A }, CC_BOARD_OPEN },
		{ TWO, { A | B | C, 0, A }, CC_BOARD_ACCEPTED },
		{ TWO, { A | B, 0, B }, CC_BOARD_REJECTED }, /* b cannot, and must */
		/* A veto goes before whatever was approved. */
		{ TWO_SELF, { A | B | C, D, 0 }, CC_BOARD_REJECTED },
		/* Those who said no are not asked again: one less may do, two less not. */
		{ TWO_SELF, { B, A, 0 }, CC_BOARD_OPEN },
		{ TWO_SELF, { B | C, A, 0 }, CC_BOARD_ACCEPTED },
		{ TWO_SELF, { B, A | C, 0 }, CC_BOARD_REJECTED },
		/* In both sets: rejected. */
		{ TWO_SELF, { A | B, A, 0 }, CC_BOARD_OPEN },
	};

	(void)state;
	for (size_t i = 0; i < CC_COUNT(cases); i++)
		if (judge(cases[i].board, cases[i].votes) != cases[i].verdict)
			fail_msg("case %zu", i);
}

static void needs_that_name_no_rule_are_never_met(void **state)
{
	CC_AUTO_POLICY struct cc_policy *policy = given(board(TWO_SELF));
	const struct cc_board_needs none = { 0 };
	const struct cc_board_votes all = { A | B | C | D, 0, 0 };

	(void)state;
	assert_int_equal(cc_board_judge(policy->board, &none, &all), CC_BOARD_REJECTED);
}

static void an_emergency_has_a_rule_of_its_own_or_none(void **state)
{
	CC_AUTO_POLICY struct cc_policy *with =
		given(board(TWO "  emergency: {rule: {at_least: 1, of: [a, b]}}\n"));
	CC_AUTO_POLICY struct cc_policy *without = given(board(TWO));

	(void)state;
	/* Also the proposer's own: it can only forbid, and lapses. */
	assert_true(cc_board_emergency_met(with->board, &(struct cc_board_votes){ A, 0, A }));
	assert_false(cc_board_emergency_met(with->board, &(struct cc_board_votes){ C, 0, 0 }));
	assert_false(cc_board_emergency_met(with->board, &(struct cc_board_votes){ A, A, 0 }));
	assert_false(cc_board_emergency_met(without->board,
					    &(struct cc_board_votes){ A | B | C | D, 0, 0 }));
}

static void a_rule_is_printed_as_people_say_it(void **state)
{
	CC_AUTO_POLICY struct cc_policy *policy =
		given(board("  rule: {at_least: 2, of: [a, b, {all: [c, d]}]}\n"));
	CC_AUTO_BUF struct cc_buf text = { 0 };
	const char *printed = NULL;
	struct cc_err err = { 0 };

	(void)state;
	assert_int_equal(cc_board_rule_print(&policy->board->rule, &text, &err), 0);
	assert_int_equal(cc_buf_str(&text, &printed, &err), 0);
	assert_string_equal(printed, "2 of (a, b, all of (c, d))");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(nested_and_weighted_rules_are_met_by_exactly_the_right_members),
		cmocka_unit_test(a_rule_that_says_nothing_is_never_met),
		cmocka_unit_test(more_votes_never_undo_a_rule),
		cmocka_unit_test(a_class_has_its_rule_and_others_the_boards_own),
		cmocka_unit_test(a_change_of_several_classes_needs_all_their_rules),
		cmocka_unit_test(what_nobody_understands_needs_all_rules),
		cmocka_unit_test(a_line_for_anything_is_one_more_rule_and_no_way_out),
		cmocka_unit_test(a_class_that_a_newer_language_may_bring_needs_all_rules),
		cmocka_unit_test(the_clause_that_protects_the_board_protects_itself),
		cmocka_unit_test(an_override_that_was_there_before_is_not_the_changes),
		cmocka_unit_test(only_what_forbids_and_nothing_else_is_forbidding),
		cmocka_unit_test(a_change_without_effects_needs_the_boards_own_rule),
		cmocka_unit_test(votes_decide_as_the_rules_say),
		cmocka_unit_test(needs_that_name_no_rule_are_never_met),
		cmocka_unit_test(an_emergency_has_a_rule_of_its_own_or_none),
		cmocka_unit_test(a_rule_is_printed_as_people_say_it),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
