/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The rules of a board: members who agree in, yes or no out. Pure.
 *
 * A set of members is a uint64_t: bit i is board->members.at[i]. Who is in such a set
 * has proved it by a signature over the very change (proto/vote.h), a program by its evidence as
 * well; one member is one bit, however often and with whatever spelling of its key it signed.
 */
#ifndef CC_POLICY_BOARD_H
#define CC_POLICY_BOARD_H

#include "policy/effects.h"

/* All members. */
uint64_t cc_board_members(const struct cc_board *board) CC_NONNULL;
/* The member of this name, or whom this key belongs to; 0 when there is none. */
uint64_t cc_board_named(const struct cc_board *board, const char *name) CC_NONNULL;
uint64_t cc_board_keyed(const struct cc_board *board, const struct cc_digest *key) CC_NONNULL;
/* The member that is this service, "<policy>/<service>" in parts; NULL when there is none. */
const struct cc_board_member *cc_board_served(const struct cc_board *board, const char *policy,
					      const char *service) CC_NONNULL;
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
/* Add a rule as people say it: "2 of (a, b, c)". */
int cc_board_rule_print(const struct cc_board_rule *rule, struct cc_buf *out,
			struct cc_err *err) CC_MUST CC_NONNULL;

/* Do the two say anything different? NULL is no board. */
int cc_board_differs(const struct cc_board *one, const struct cc_board *other, bool *out,
		     struct cc_err *err) CC_MUST __attribute__((nonnull(3, 4)));

/*
 * A change of a policy that has a board. `standing` are the effects of the old version on
 * itself: the overrides that were there before, which the change does not bring.
 */
struct cc_board_change {
	const struct cc_policy *old, *new;
	const struct cc_effects *effects; /* of old to new */
	const struct cc_effects *standing;
};

/* Which rules of the old board decide, and what else it asks for. */
struct cc_board_needs {
	bool base;          /* board->rule */
	uint64_t lines;     /* bit i: board->classes.at[i].rule */
	uint64_t veto;      /* members */
	uint64_t delay;     /* seconds */
	bool is_forbidding; /* nothing is newly permitted: it may be an emergency */
	uint32_t classes;   /* of the effects; bits 1 << enum cc_effect_class */
};

/*
 * The rules of all classes that the change has. A class that no line names falls under the
 * board's own rule, but for those that could undo the others: what no sentence is written
 * for, an override, and the board itself ask for all rules together. That the
 * board changes is found out here, whatever the effects say.
 */
int cc_board_needs(const struct cc_board_change *change, struct cc_board_needs *out,
		   struct cc_err *err) CC_MUST CC_NONNULL;
/* Of a stop that shall stay, and of its end: the board's own rule, at once. */
void cc_board_needs_base(const struct cc_board *board, struct cc_board_needs *out) CC_NONNULL;

struct cc_board_votes {
	uint64_t approve, reject; /* a member in both rejects */
	uint64_t proposer;        /* its bit, 0 when no member proposes */
};

enum cc_board_verdict {
	CC_BOARD_OPEN = 0, /* votes are missing */
	CC_BOARD_REJECTED, /* vetoed, or whatever votes come, the rules cannot be met */
	CC_BOARD_ACCEPTED,
};
enum cc_board_verdict cc_board_judge(const struct cc_board *board,
				     const struct cc_board_needs *needs,
				     const struct cc_board_votes *votes) CC_NONNULL;
/* For an emergency: its rule alone, and the proposer's own vote counts. */
bool cc_board_emergency_met(const struct cc_board *board,
			    const struct cc_board_votes *votes) CC_NONNULL;

#endif
