/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Who votes, what each class of change needs, and who can change everything alone.
 *
 * No sentence here forbids but what only takes time or votes away from nobody: what
 * makes a board harder to convince for one side makes it easier to block for the other.
 */
#include "base/str.h"
#include "policy/board.h"
#include "policy/effects-internal.h"

/* "'ann'", "all of ('ann', 'bob')", "at least 2 of ('ann', 'bob')" */
static int describe_rule(struct cc_making *making, const struct cc_node *rule, const char **out,
			 struct cc_err *err)
{
	const struct cc_node *all = cc_node_list(rule, "all"), *of = cc_node_list(rule, "of");
	const struct cc_node *list = all != NULL ? all : of;
	CC_AUTO_BUF struct cc_buf members = { 0 };
	const char *one = NULL;

	if (rule == NULL || list == NULL || cc_node_get(rule, "weight") != NULL)
		return cc_quoted_node(making, rule, out, err);
	for (size_t i = 0; i < list->count; i++) {
		CC_TRY(describe_rule(making, &list->at[i], &one, err));
		CC_TRY(cc_buf_addf(&members, err, "%s%s", i == 0 ? "" : ", ", one));
	}
	CC_TRY(cc_buf_str(&members, &one, err));
	if (all != NULL)
		return cc_phrase(making, out, err, "all of (%s)", one);
	return cc_phrase(making, out, err, "at least %s of (%s)",
			 cc_node_text(rule, "at_least", ""), one);
}

/* Members */

static int describe_member(struct cc_making *making, const struct cc_node *member, const char **out,
			   struct cc_err *err)
{
	const struct cc_node *key = cc_node_get(member, "key");
	const struct cc_node *pin = cc_node_get(member, "session_hash");
	const char *what = NULL, *version = "";

	CC_TRY(cc_quoted_node(making, key != NULL ? key : cc_node_get(member, "service"), &what,
			      err));
	if (pin != NULL)
		CC_TRY(cc_version(making, member, &version, err));
	else if (key == NULL)
		version = " in any version of its policy, so that whoever changes that chooses the "
			  "vote,";
	return cc_phrase(making, out, err, "%s %s%s with the weight %s",
			 key != NULL ? "the key" : "the service", what, version,
			 cc_node_text(member, "weight", "1"));
}

static int compare_member(struct cc_making *making, const struct cc_node *old,
			  const struct cc_node *new, struct cc_err *err)
{
	const char *who = NULL, *what = NULL, *before = NULL;
	enum cc_text text = CC_TEXT_MEMBER_CHANGED;

	if (old == new || cc_node_eq(old, new))
		return 0;
	if (old == NULL)
		text = CC_TEXT_MEMBER_NEW;
	else if (new == NULL)
		text = CC_TEXT_MEMBER_GONE;
	CC_TRY(cc_quoted(making, cc_node_text(new != NULL ? new : old, "name", ""), &who, err));
	CC_TRY(describe_member(making, new != NULL ? new : old, &what, err));
	CC_TRY(describe_member(making, old != NULL ? old : new, &before, err));
	return CC_SAY(making, text, err, { "who", who }, { "what", what }, { "before", before });
}

/* Rules */

/* ", which any of … can veto" */
static int describe_veto(struct cc_making *making, const struct cc_node *veto, const char **out,
			 struct cc_err *err)
{
	const char *who = NULL;

	*out = "";
	if (cc_node_count(veto) == 0)
		return 0;
	CC_TRY(cc_quoted_node(making, veto, &who, err));
	return cc_phrase(making, out, err, ", if none of %s vetoes it", who);
}

/* What a line asks for, whatever its classes are. */
static int describe_line(struct cc_making *making, const struct cc_node *line, const char **out,
			 struct cc_err *err)
{
	const char *rule = NULL, *veto = NULL, *delay = "", *quoted = NULL;

	CC_TRY(describe_rule(making, cc_node_get(line, "rule"), &rule, err));
	CC_TRY(describe_veto(making, cc_node_list(line, "veto"), &veto, err));
	if (cc_node_get(line, "delay") != NULL) {
		CC_TRY(cc_quoted_node(making, cc_node_get(line, "delay"), &quoted, err));
		CC_TRY(cc_phrase(making, &delay, err, ", %s later", quoted));
	}
	return cc_phrase(making, out, err, "%s%s%s", rule, veto, delay);
}

/* What could undo all other rules needs them all while no line names it (policy/board.h). */
static bool needs_all(const char *class)
{
	enum cc_effect_class named = cc_effect_class_named(class);

	return named == CC_EFFECT_ANYTHING || named == CC_EFFECT_OVERRIDE ||
	       named == CC_EFFECT_BOARD;
}

/* All that the lines of a class ask for. */
static int describe_class(struct cc_making *making, const struct cc_node *board, const char *class,
			  const char **out, struct cc_err *err)
{
	const struct cc_node word = { .kind = CC_NODE_TEXT, .text = class };
	const struct cc_node *lines = cc_node_list(board, "classes");
	CC_AUTO_BUF struct cc_buf all = { 0 };
	const char *one = NULL;

	for (size_t i = 0; i < cc_node_count(lines); i++) {
		if (!cc_node_has(cc_node_list(&lines->at[i], "class"), &word))
			continue;
		CC_TRY(describe_line(making, &lines->at[i], &one, err));
		CC_TRY(cc_buf_addf(&all, err, "%s%s", all.len == 0 ? "" : "; and ", one));
	}
	if (all.len == 0)
		CC_TRY(cc_buf_add_str(&all,
				      needs_all(class)
					      ? "all rules of the board together"
					      : "what changes without a rule of their own need",
				      err));
	CC_TRY(cc_buf_str(&all, &one, err));
	return cc_phrase(making, out, err, "%s", one);
}

static int compare_classes(struct cc_making *making, const struct cc_node *old,
			   const struct cc_node *new, struct cc_err *err)
{
	for (unsigned int i = 0; i < CC_EFFECT_CLASS_COUNT; i++) {
		const char *class = cc_effect_class_name((enum cc_effect_class)i);
		const char *now = NULL, *before = NULL;

		CC_TRY(describe_class(making, old, class, &before, err));
		CC_TRY(describe_class(making, new, class, &now, err));
		if (!cc_str_eq(now, before))
			CC_TRY(CC_SAY(making, CC_TEXT_BOARD_CLASS, err, { "class", class },
				      { "what", now }, { "before", before }));
	}
	return 0;
}

static int compare_rule(struct cc_making *making, enum cc_text text, const struct cc_node *old,
			const struct cc_node *new, struct cc_err *err)
{
	const char *now = NULL, *before = NULL;

	if (cc_node_eq(cc_node_get(old, "rule"), cc_node_get(new, "rule")))
		return 0;
	CC_TRY(describe_rule(making, cc_node_get(new, "rule"), &now, err));
	CC_TRY(describe_rule(making, cc_node_get(old, "rule"), &before, err));
	return CC_SAY(making, text, err, { "what", now }, { "before", before });
}

static int say(struct cc_making *making, struct cc_err *err)
{
	const struct cc_node *old = cc_node_get(making->old, "board"),
			     *new = cc_node_get(making->new, "board");

	if (new == NULL) /* the walk says that it is gone */
		return 0;
	CC_TRY(compare_rule(making, CC_TEXT_BOARD_RULE, old, new, err));
	CC_TRY(compare_rule(making, CC_TEXT_BOARD_EMERGENCY, cc_node_get(old, "emergency"),
			    cc_node_get(new, "emergency"), err));
	CC_TRY(compare_classes(making, old, new, err));
	return cc_compare_named(making, cc_node_list(old, "members"), cc_node_list(new, "members"),
				compare_member, err);
}

static const char *const claims[] = {
	"board.members[].name",         "board.members[].key",     "board.members[].service",
	"board.members[].session_hash", "board.members[].weight",  "board.rule*",
	"board.emergency.rule*",        "board.classes[].class[]", "board.classes[].rule*",
	"board.classes[].veto[]",       "board.classes[].delay",   NULL,
};

const struct cc_comparator cc_compare_board = { say, claims };

/* Overrides */

static bool can_veto(const struct cc_board *board, const struct cc_texts *veto, size_t but)
{
	for (size_t i = 0; i < veto->count; i++)
		if (!cc_str_eq(veto->at[i], board->members.at[but].name))
			return true;
	return false;
}

/* Does the vote of this member meet all rules at once, with nobody to veto it? */
static bool decides_alone(const struct cc_board *board, size_t member)
{
	uint64_t vote = (uint64_t)1 << member;

	if (!cc_board_rule_met(board, &board->rule, vote) || can_veto(board, &board->veto, member))
		return false;
	for (size_t i = 0; i < board->classes.count; i++)
		if (!cc_board_rule_met(board, &board->classes.at[i].rule, vote) ||
		    can_veto(board, &board->classes.at[i].veto, member))
			return false;
	return true;
}

int cc_say_overrides(struct cc_making *making, const struct cc_board *board, struct cc_err *err)
{
	for (size_t i = 0; board != NULL && i < board->members.count; i++) {
		const char *who = NULL;

		if (!decides_alone(board, i))
			continue;
		CC_TRY(cc_quoted(making, board->members.at[i].name, &who, err));
		CC_TRY(CC_SAY(making, CC_TEXT_OVERRIDE, err, { "who", who }));
	}
	return 0;
}
