/* SPDX-License-Identifier: Apache-2.0 */
#include "policy/board.h"

#include "base/str.h"

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
