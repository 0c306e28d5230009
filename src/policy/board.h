/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The rules of a board: members who agree in, yes or no out. Pure.
 *
 * A set of members is a uint64_t: bit i is board->members.at[i]. Who is in such a set
 * has proved it by a signature over the very change (proto/vote.h); one member is one bit,
 * however often and with whatever spelling of its key it signed.
 */
#ifndef CC_POLICY_BOARD_H
#define CC_POLICY_BOARD_H

#include "policy/policy.h"

/* All members. */
uint64_t cc_board_members(const struct cc_board *board) CC_NONNULL;
/* The member of this name, or whom this key belongs to; 0 when there is none. */
uint64_t cc_board_named(const struct cc_board *board, const char *name) CC_NONNULL;
uint64_t cc_board_keyed(const struct cc_board *board, const struct cc_digest *key) CC_NONNULL;
/* The members in a list of names. */
uint64_t cc_board_listed(const struct cc_board *board, const struct cc_texts *names) CC_NONNULL;

/* Does it suffice that these members agree? A rule that says nothing is never met. */
bool cc_board_rule_met(const struct cc_board *board, const struct cc_board_rule *rule,
		       uint64_t agree) CC_NONNULL;
/* The members that a rule names, at any depth. */
uint64_t cc_board_rule_members(const struct cc_board *board,
			       const struct cc_board_rule *rule) CC_NONNULL;
/* What a rule weighs among those of an `of`. */
uint64_t cc_board_rule_weight(const struct cc_board *board,
			      const struct cc_board_rule *rule) CC_NONNULL;

#endif
