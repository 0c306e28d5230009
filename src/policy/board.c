/* SPDX-License-Identifier: Apache-2.0 */
#include "policy/board.h"

#include "base/str.h"
#include "policy/schema-internal.h"

uint64_t cc_board_members(const struct cc_board *board)
{
	return board->members.count >= CC_BOARD_MEMBERS_MAX
		       ? UINT64_MAX
		       : ((uint64_t)1 << board->members.count) - 1;
}

static const struct cc_board_member *find(const struct cc_board *board, const char *name,
					  uint64_t *bit)
{
	for (size_t i = 0; i < board->members.count; i++) {
		if (!cc_str_eq(board->members.at[i].name, name))
			continue;
		*bit = (uint64_t)1 << i;
		return &board->members.at[i];
	}
	*bit = 0;
	return NULL;
}

uint64_t cc_board_named(const struct cc_board *board, const char *name)
{
	uint64_t bit = 0;

	(void)find(board, name, &bit);
	return bit;
}

uint64_t cc_board_keyed(const struct cc_board *board, const struct cc_digest *key)
{
	for (size_t i = 0; i < board->members.count; i++)
		if (board->members.at[i].key.is_set &&
		    cc_digest_eq(&board->members.at[i].key.digest, key))
			return (uint64_t)1 << i;
	return 0;
}

const struct cc_board_member *cc_board_served(const struct cc_board *board, const char *policy,
					      const char *service)
{
	size_t len = strlen(policy);

	for (size_t i = 0; i < board->members.count; i++) {
		const char *name = board->members.at[i].service;

		if (name != NULL && strncmp(name, policy, len) == 0 && name[len] == '/' &&
		    cc_str_eq(name + len + 1, service))
			return &board->members.at[i];
	}
	return NULL;
}

uint64_t cc_board_listed(const struct cc_board *board, const struct cc_texts *names)
{
	uint64_t members = 0;

	for (size_t i = 0; i < names->count; i++)
		members |= cc_board_named(board, names->at[i]);
	return members;
}

uint64_t cc_board_rule_weight(const struct cc_board *board, const struct cc_board_rule *rule)
{
	const struct cc_board_member *member = NULL;
	uint64_t bit = 0;

	if (rule->member == NULL)
		return rule->weight;
	member = find(board, rule->member, &bit);
	return member == NULL ? 0 : member->weight;
}

uint64_t cc_board_rule_members(const struct cc_board *board, const struct cc_board_rule *rule)
{
	uint64_t members = rule->member == NULL ? 0 : cc_board_named(board, rule->member);

	for (size_t i = 0; i < rule->all.count; i++)
		members |= cc_board_rule_members(board, &rule->all.at[i]);
	for (size_t i = 0; i < rule->of.count; i++)
		members |= cc_board_rule_members(board, &rule->of.at[i]);
	return members;
}

static bool all_met(const struct cc_board *board, const struct cc_board_rule *rule, uint64_t agree)
{
	for (size_t i = 0; i < rule->all.count; i++)
		if (!cc_board_rule_met(board, &rule->all.at[i], agree))
			return false;
	return true;
}

/* Weights are bounded by the language, so that the sum is: at most 10,000 of 1,000,000. */
static bool weight_met(const struct cc_board *board, const struct cc_board_rule *rule,
		       uint64_t agree)
{
	uint64_t weight = 0;

	for (size_t i = 0; i < rule->of.count; i++)
		if (cc_board_rule_met(board, &rule->of.at[i], agree))
			weight += cc_board_rule_weight(board, &rule->of.at[i]);
	return weight >= rule->at_least;
}

bool cc_board_rule_met(const struct cc_board *board, const struct cc_board_rule *rule,
		       uint64_t agree)
{
	if (rule->member != NULL)
		return (cc_board_named(board, rule->member) & agree) != 0;
	if (rule->all.count != 0)
		return all_met(board, rule, agree);
	return rule->of.count != 0 && rule->at_least != 0 && weight_met(board, rule, agree);
}

static int print_list(const struct cc_board_rule *rules, size_t count, struct cc_buf *out,
		      struct cc_err *err)
{
	for (size_t i = 0; i < count; i++) {
		CC_TRY(cc_buf_add_str(out, i == 0 ? "(" : ", ", err));
		CC_TRY(cc_board_rule_print(&rules[i], out, err));
	}
	return cc_buf_add_str(out, ")", err);
}

int cc_board_rule_print(const struct cc_board_rule *rule, struct cc_buf *out, struct cc_err *err)
{
	if (rule->member != NULL)
		return cc_buf_add_str(out, rule->member, err);
	if (rule->all.count != 0) {
		CC_TRY(cc_buf_add_str(out, "all of ", err));
		return print_list(rule->all.at, rule->all.count, out, err);
	}
	CC_TRY(cc_buf_addf(out, err, "%llu of ", (unsigned long long)rule->at_least));
	return print_list(rule->of.at, rule->of.count, out, err);
}

static int print_board(const struct cc_board *board, struct cc_buf *out, struct cc_err *err)
{
	CC_AUTO_JSON struct cc_json *json = NULL;

	if (board == NULL)
		return 0;
	CC_TRY(cc_schema_print(&cc_shape_board, board, &json, err));
	return cc_json_print(json, out, err);
}

int cc_board_differs(const struct cc_board *one, const struct cc_board *other, bool *out,
		     struct cc_err *err)
{
	CC_AUTO_BUF struct cc_buf a = { 0 }, b = { 0 };

	CC_TRY(print_board(one, &a, err));
	CC_TRY(print_board(other, &b, err));
	*out = !cc_span_eq(cc_buf_span(&a), cc_buf_span(&b));
	return 0;
}

static bool is_standing(const struct cc_effects *standing, const struct cc_effect *effect)
{
	for (size_t i = 0; i < standing->list.count; i++)
		if (standing->list.at[i].class == effect->class &&
		    cc_str_eq(standing->list.at[i].sentence, effect->sentence))
			return true;
	return false;
}

/* What those who would loosen the rules must not be able to do by one of them alone. */
static const uint32_t strictest =
	1U << CC_EFFECT_ANYTHING | 1U << CC_EFFECT_OVERRIDE | 1U << CC_EFFECT_BOARD;

static void need_line(const struct cc_board *board, size_t at, struct cc_board_needs *needs)
{
	const struct cc_board_line *line = &board->classes.at[at];

	needs->lines |= (uint64_t)1 << at;
	needs->veto |= cc_board_listed(board, &line->veto);
	if (line->delay > needs->delay)
		needs->delay = line->delay;
}

static void need_class(const struct cc_board *board, uint32_t class, struct cc_board_needs *needs)
{
	bool is_named = false;

	for (size_t i = 0; i < board->classes.count; i++) {
		if ((board->classes.at[i].classes & class) == 0)
			continue;
		need_line(board, i, needs);
		is_named = true;
	}
	/* A line for 'anything' is one more rule for what nobody understands, not a way out. */
	if (is_named && class != 1U << CC_EFFECT_ANYTHING)
		return;
	needs->base = true;
	for (size_t i = 0; (class & strictest) != 0 && i < board->classes.count; i++)
		need_line(board, i, needs);
}

void cc_board_needs_base(const struct cc_board *board, struct cc_board_needs *out)
{
	*out = (struct cc_board_needs){ .base = true,
					.veto = cc_board_listed(board, &board->veto) };
}

int cc_board_needs(const struct cc_board_change *change, struct cc_board_needs *out,
		   struct cc_err *err)
{
	const struct cc_board *board = change->old->board;
	struct cc_board_needs needs = { .is_forbidding = true };
	bool differs = false;

	CC_TRY(cc_board_differs(board, change->new->board, &differs, err));
	for (size_t i = 0; i < change->effects->list.count; i++) {
		const struct cc_effect *effect = &change->effects->list.at[i];

		if (is_standing(change->standing, effect))
			continue;
		needs.classes |= 1U << (effect->class < CC_EFFECT_CLASS_COUNT ? effect->class
									      : CC_EFFECT_ANYTHING);
		needs.is_forbidding = needs.is_forbidding && effect->kind == CC_EFFECT_FORBIDS;
	}
	if (differs) {
		needs.classes |= 1U << CC_EFFECT_BOARD;
		needs.is_forbidding = false;
	}
	needs.veto = cc_board_listed(board, &board->veto);
	needs.delay = board->delay;
	needs.base = needs.classes == 0;
	for (uint32_t class = 1; class < 1U << CC_EFFECT_CLASS_COUNT; class <<= 1)
		if ((needs.classes & class) != 0)
			need_class(board, class, &needs);
	*out = needs;
	return 0;
}

static bool needs_met(const struct cc_board *board, const struct cc_board_needs *needs,
		      uint64_t agree)
{
	if (needs->base && !cc_board_rule_met(board, &board->rule, agree))
		return false;
	for (size_t i = 0; i < board->classes.count; i++)
		if ((needs->lines >> i & 1) != 0 &&
		    !cc_board_rule_met(board, &board->classes.at[i].rule, agree))
			return false;
	return needs->base || needs->lines != 0;
}

enum cc_board_verdict cc_board_judge(const struct cc_board *board,
				     const struct cc_board_needs *needs,
				     const struct cc_board_votes *votes)
{
	uint64_t may = cc_board_members(board) & ~votes->reject;

	if (!board->self_approval)
		may &= ~votes->proposer;
	if ((votes->reject & needs->veto) != 0)
		return CC_BOARD_REJECTED;
	if (needs_met(board, needs, votes->approve & may))
		return CC_BOARD_ACCEPTED;
	return needs_met(board, needs, may) ? CC_BOARD_OPEN : CC_BOARD_REJECTED;
}

bool cc_board_emergency_met(const struct cc_board *board, const struct cc_board_votes *votes)
{
	return board->emergency != NULL &&
	       cc_board_rule_met(board, &board->emergency->rule, votes->approve & ~votes->reject);
}
