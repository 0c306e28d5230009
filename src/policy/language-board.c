/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The board: who votes on changes of a policy, and which votes a change needs.
 *
 * What no vote could ever meet is refused here, and so is what looks like more votes
 * than it is: one key under two names, one member twice under a threshold.
 */
#include "base/str.h"
#include "crypto/sign.h"
#include "policy/board.h"
#include "policy/effects.h"
#include "policy/schema-internal.h"

#define WEIGHT_MAX 1000000
#define DEADLINE_STANDARD ((uint64_t)7 * 24 * 3600)
#define LAPSES_STANDARD ((uint64_t)24 * 3600)
#define RULE_DEPTH_MAX 8

static const struct cc_word class_words[] = {
	{ "anything", 1U << CC_EFFECT_ANYTHING },
	{ "override", 1U << CC_EFFECT_OVERRIDE },
	{ "board", 1U << CC_EFFECT_BOARD },
	{ "access", 1U << CC_EFFECT_ACCESS },
	{ "code", 1U << CC_EFFECT_CODE },
	{ "data", 1U << CC_EFFECT_DATA },
	{ "limits", 1U << CC_EFFECT_LIMITS },
	{ "network", 1U << CC_EFFECT_NETWORK },
	{ "secrets", 1U << CC_EFFECT_SECRETS },
	{ "workflow", 1U << CC_EFFECT_WORKFLOW },
	{ "tolerance", 1U << CC_EFFECT_TOLERANCE },
	{ "configuration", 1U << CC_EFFECT_CONFIGURATION },
	{ NULL, 0 },
};
_Static_assert(CC_COUNT(class_words) == CC_EFFECT_CLASS_COUNT + 1, "a word for each class");

/* A member's key in any spelling; only its hash counts, so that two spellings are one key. */
static int member_key(const char *text, struct cc_digest *out, struct cc_err *err)
{
	CC_AUTO_PUBKEY struct cc_pubkey *key = NULL;
	struct cc_err no_signer = { 0 };

	if (cc_signer_from_text(text, &key, &no_signer) == 0)
		return cc_pubkey_hash(key, out, err);
	if (cc_text_is_pem(text)) {
		*err = no_signer;
		return cc_failed();
	}
	if (cc_key_hash_from_text(text, out, err) == 0)
		return 0;
	return cc_hint(err, "expected is what `concordat self show` prints, a signer or a PEM "
			    "public key");
}

static int parse_key(struct cc_parse *parse, const struct cc_yaml *node, void *at,
		     struct cc_err *err)
{
	struct cc_maybe_digest key = { .is_set = true };
	char *text = NULL;

	CC_TRY(cc_parse_text(parse, node, &text, err));
	CC_TRY(member_key(text, &key.digest, err));
	memcpy(at, &key, sizeof(key));
	return 0;
}

static const struct cc_own own_key = { parse_key, cc_print_key_hash };

static const struct cc_member member_members[] = {
	{ ROW("name", "own", TEXT, struct cc_board_member, name), NEEDED, .check = cc_check_name },
	{ ROW("key", "own", OWN, struct cc_board_member, key), .own = &own_key },
	{ ROW("service", "own", TEXT, struct cc_board_member, service),
	  .check = cc_check_path_name },
	{ ROW("session_hash", "own", DIGEST, struct cc_board_member, session_hash) },
	{ ROW("policy_hash", "own", DIGEST, struct cc_board_member, session_hash), ALIAS },
	{ ROW("weight", "own", NUMBER, struct cc_board_member, weight), .standard = 1,
	  .max = WEIGHT_MAX },
};

static int finish_member(struct cc_parse *parse, void *at, struct cc_err *err)
{
	const struct cc_board_member *member = at;

	(void)parse;
	if (member->weight == 0)
		return cc_fail(err, CC_E_ARG, "'weight' must be at least 1");
	if (member->key.is_set == (member->service != NULL))
		return cc_fail(err, CC_E_ARG, "a member has a 'key' or is a 'service'");
	if (member->service != NULL && strchr(member->service, '/') == NULL)
		return cc_fail(err, CC_E_ARG, "'service' is '<policy>/<service>'");
	if (member->session_hash.is_set && member->service == NULL)
		return cc_fail(err, CC_E_ARG, "'session_hash' is of the policy of a 'service'");
	return 0;
}

static const struct cc_shape shape_member = {
	.noun = "member of the board",
	.size = sizeof(struct cc_board_member),
	TABLE(member_members),
	.finish = finish_member,
};

/* Rules nest, so that the table of their keys ends in codecs that come back to it. */
static const struct cc_shape shape_rule;

static int parse_rules(struct cc_parse *parse, const struct cc_yaml *node, void *at,
		       struct cc_err *err)
{
	struct cc_items list = { .count = node->count };
	uint8_t *item = NULL;

	if (node->kind != CC_YAML_SEQUENCE)
		return cc_fail(err, CC_E_ARG, "a list of rules is expected");
	CC_TRY(cc_arena_take(parse->arena, list.count, sizeof(struct cc_board_rule), &list.at,
			     err));
	item = list.at;
	for (size_t i = 0; i < list.count; i++, item += sizeof(struct cc_board_rule)) {
		cc_schema_defaults(&shape_rule, item);
		CC_TRY(cc_schema_parse(parse, &shape_rule, &node->values[i], item, err));
	}
	memcpy(at, &list, sizeof(list));
	return 0;
}

static int print_rules(const void *at, const char *name, struct cc_json *json, struct cc_err *err)
{
	CC_AUTO_JSON struct cc_json *array = NULL;
	const struct cc_board_rule *rules = NULL;
	struct cc_items list = { 0 };

	memcpy(&list, at, sizeof(list));
	if (list.count == 0)
		return 0;
	rules = list.at;
	CC_TRY(cc_json_array(&array, err));
	for (size_t i = 0; i < list.count; i++) {
		struct cc_json *one = NULL;

		if (rules[i].member != NULL) {
			CC_TRY(cc_json_add_str(array, rules[i].member, err));
			continue;
		}
		CC_TRY(cc_schema_print(&shape_rule, &rules[i], &one, err));
		CC_TRY(cc_json_add(array, one, err));
	}
	CC_TRY(cc_json_sort(array, err));
	return cc_json_set(json, name, CC_TAKE(array), err);
}

static const struct cc_own own_rules = { parse_rules, print_rules };

static int parse_rule(struct cc_parse *parse, const struct cc_yaml *node, void *at,
		      struct cc_err *err)
{
	cc_schema_defaults(&shape_rule, at);
	return cc_schema_parse(parse, &shape_rule, node, at, err);
}

static int print_rule(const void *at, const char *name, struct cc_json *json, struct cc_err *err)
{
	const struct cc_board_rule *rule = at;
	struct cc_json *one = NULL;

	if (rule->member != NULL)
		return cc_json_set_str(json, name, rule->member, err);
	CC_TRY(cc_schema_print(&shape_rule, rule, &one, err));
	return cc_json_set(json, name, one, err);
}

static const struct cc_own own_rule = { parse_rule, print_rule };

static const struct cc_member rule_members[] = {
	{ ROW("all", "own", OWN, struct cc_board_rule, all), .own = &own_rules },
	{ ROW("of", "own", OWN, struct cc_board_rule, of), .own = &own_rules },
	{ ROW("at_least", "own", NUMBER, struct cc_board_rule, at_least), .max = UINT32_MAX },
	{ ROW("weight", "own", NUMBER, struct cc_board_rule, weight), .standard = 1,
	  .max = WEIGHT_MAX },
};

static int rule_from_text(struct cc_parse *parse, char *text, void *at, struct cc_err *err)
{
	struct cc_board_rule *rule = at;

	(void)parse;
	CC_TRY(cc_check_name(text, err));
	rule->member = text;
	return 0;
}

static int finish_rule(struct cc_parse *parse, void *at, struct cc_err *err)
{
	const struct cc_board_rule *rule = at;
	int forms = (rule->member != NULL) + (rule->all.count != 0) + (rule->of.count != 0);

	(void)parse;
	if (forms != 1) {
		cc_err_set(err, CC_E_ARG, "a rule says who must agree in one way");
		return cc_hint(err, "write a member's name, {all: […]} or {at_least: 2, of: […]}");
	}
	if ((rule->at_least != 0) != (rule->of.count != 0))
		return cc_fail(err, CC_E_ARG, "'at_least', from 1, and 'of' belong together");
	if (rule->weight == 0)
		return cc_fail(err, CC_E_ARG, "'weight' must be at least 1");
	return 0;
}

static const struct cc_shape shape_rule = {
	.noun = "rule of the board",
	.size = sizeof(struct cc_board_rule),
	TABLE(rule_members),
	.from_text = rule_from_text,
	.finish = finish_rule,
};

static const struct cc_member line_members[] = {
	{ ROW("class", "own", BITS, struct cc_board_line, classes),
	  .flags = CC_MEMBER_ONE | CC_MEMBER_REQUIRED, .words = class_words },
	{ ROW("rule", "own", OWN, struct cc_board_line, rule), NEEDED, .own = &own_rule },
	{ ROW("veto", "own", TEXTS, struct cc_board_line, veto), .flags = CC_MEMBER_ONE,
	  .check = cc_check_name },
	{ ROW("delay", "own", OWN, struct cc_board_line, delay), .own = &cc_own_duration },
};
static const struct cc_shape shape_line = {
	.noun = "class of changes",
	.size = sizeof(struct cc_board_line),
	TABLE(line_members),
};

static const struct cc_member emergency_members[] = {
	{ ROW("rule", "own", OWN, struct cc_board_emergency, rule), NEEDED, .own = &own_rule },
	{ ROW("lapses", "own", OWN, struct cc_board_emergency, lapses), .own = &cc_own_duration,
	  .standard = LAPSES_STANDARD },
};

static int finish_emergency(struct cc_parse *parse, void *at, struct cc_err *err)
{
	const struct cc_board_emergency *emergency = at;

	(void)parse;
	if (emergency->lapses == 0)
		return cc_fail(err, CC_E_ARG, "'lapses' must be at least a second");
	return 0;
}

static const struct cc_shape shape_emergency = {
	.noun = "emergency",
	.size = sizeof(struct cc_board_emergency),
	TABLE(emergency_members),
	.finish = finish_emergency,
};

static const struct cc_member board_members[] = {
	{ ROW("members", "own", LIST, struct cc_board, members), NEEDED, .shape = &shape_member },
	{ ROW("rule", "own", OWN, struct cc_board, rule), NEEDED, .own = &own_rule },
	{ ROW("veto", "own", TEXTS, struct cc_board, veto), .flags = CC_MEMBER_ONE,
	  .check = cc_check_name },
	{ ROW("deadline", "own", OWN, struct cc_board, deadline), .own = &cc_own_duration,
	  .standard = DEADLINE_STANDARD },
	{ ROW("delay", "own", OWN, struct cc_board, delay), .own = &cc_own_duration },
	{ ROW("self_approval", "own", FLAG, struct cc_board, self_approval) },
	{ ROW("emergency", "own", STRUCT, struct cc_board, emergency), .shape = &shape_emergency },
	{ ROW("classes", "own", LIST, struct cc_board, classes), .shape = &shape_line },
};

static int check_member(const struct cc_board *board, size_t at, struct cc_err *err)
{
	const struct cc_board_member *one = &board->members.at[at];

	for (size_t i = 0; i < at; i++) {
		const struct cc_board_member *other = &board->members.at[i];

		if (cc_str_eq(one->name, other->name))
			return cc_fail(err, CC_E_ARG, "member '%s' is there twice", one->name);
		if (one->key.is_set && other->key.is_set &&
		    cc_digest_eq(&one->key.digest, &other->key.digest))
			return cc_fail(err, CC_E_ARG,
				       "'%s' and '%s' have the same key: it would "
				       "count twice",
				       other->name, one->name);
		if (one->service != NULL && other->service != NULL &&
		    cc_str_eq(one->service, other->service))
			return cc_fail(err, CC_E_ARG, "'%s' and '%s' are the same service",
				       other->name, one->name);
	}
	return 0;
}

static int check_veto(const struct cc_board *board, const struct cc_texts *veto, struct cc_err *err)
{
	for (size_t i = 0; i < veto->count; i++)
		if (cc_board_named(board, veto->at[i]) == 0)
			return cc_fail(err, CC_E_ARG, "'veto' names '%s', who is no member",
				       veto->at[i]);
	return 0;
}

static int check_rule(const struct cc_board *board, const struct cc_board_rule *rule, int depth,
		      struct cc_err *err);

/* Under a threshold each member stands in one place: it has one vote. */
static int check_threshold(const struct cc_board *board, const struct cc_board_rule *rule,
			   int depth, struct cc_err *err)
{
	uint64_t weight = 0, seen = 0;

	for (size_t i = 0; i < rule->of.count; i++) {
		const struct cc_board_rule *one = &rule->of.at[i];
		uint64_t members = cc_board_rule_members(board, one);

		CC_TRY(check_rule(board, one, depth + 1, err));
		if ((members & seen) != 0) {
			cc_err_set(err, CC_E_ARG, "a member counts twice for 'at_least: %llu'",
				   (unsigned long long)rule->at_least);
			return cc_hint(err, "name each member once inside 'of', or use 'all'");
		}
		seen |= members;
		weight += cc_board_rule_weight(board, one);
	}
	if (weight < rule->at_least)
		return cc_fail(err, CC_E_ARG,
			       "'at_least: %llu' can never be met: all of 'of' weigh %llu",
			       (unsigned long long)rule->at_least, (unsigned long long)weight);
	return 0;
}

static int check_rule(const struct cc_board *board, const struct cc_board_rule *rule, int depth,
		      struct cc_err *err)
{
	if (depth > RULE_DEPTH_MAX)
		return cc_fail(err, CC_E_TOOBIG, "rules of the board nest more than %d deep",
			       RULE_DEPTH_MAX);
	if (rule->member != NULL && cc_board_named(board, rule->member) == 0)
		return cc_fail(err, CC_E_ARG, "a rule names '%s', who is no member", rule->member);
	for (size_t i = 0; i < rule->all.count; i++) {
		CC_TRY(check_rule(board, &rule->all.at[i], depth + 1, err));
		if (rule->all.at[i].weight != 1)
			return cc_fail(err, CC_E_ARG, "'weight' counts inside 'of' only");
	}
	return rule->of.count == 0 ? 0 : check_threshold(board, rule, depth, err);
}

/* The strictest change needs all rules at once: somebody must be able to propose it. */
static bool can_be_met(const struct cc_board *board, uint64_t agree)
{
	bool is_met = cc_board_rule_met(board, &board->rule, agree);

	for (size_t i = 0; i < board->classes.count; i++)
		is_met = is_met && cc_board_rule_met(board, &board->classes.at[i].rule, agree);
	return is_met;
}

static int check_reachable(const struct cc_board *board, struct cc_err *err)
{
	uint64_t all = cc_board_members(board);

	if (board->self_approval && can_be_met(board, all))
		return 0;
	/* Programs vote, but make no proposals. */
	for (size_t i = 0; i < board->members.count; i++)
		if (board->members.at[i].service == NULL &&
		    can_be_met(board, all & ~((uint64_t)1 << i)))
			return 0;
	cc_err_set(err, CC_E_ARG,
		   "no member could propose a change that the rules accept: nobody approves an own "
		   "one");
	return cc_hint(err, "ask for fewer votes, or allow 'self_approval: true'");
}

static int check_classes(const struct cc_board *board, struct cc_err *err)
{
	uint32_t seen = 0;

	for (size_t i = 0; i < board->classes.count; i++) {
		const struct cc_board_line *line = &board->classes.at[i];

		if (line->classes == 0)
			return cc_fail(err, CC_E_ARG, "a line of 'classes' names no class");
		if ((line->classes & seen) != 0)
			return cc_fail(err, CC_E_ARG, "two lines of 'classes' name the same class");
		seen |= line->classes;
		CC_TRY(check_veto(board, &line->veto, err));
		CC_TRY(check_rule(board, &line->rule, 0, err));
	}
	return 0;
}

static int finish_board(struct cc_parse *parse, void *at, struct cc_err *err)
{
	const struct cc_board *board = at;

	(void)parse;
	if (board->members.count == 0)
		return cc_fail(err, CC_E_ARG, "a board without members");
	if (board->members.count > CC_BOARD_MEMBERS_MAX)
		return cc_fail(err, CC_E_TOOBIG, "a board has at most %d members, not %zu",
			       CC_BOARD_MEMBERS_MAX, board->members.count);
	for (size_t i = 0; i < board->members.count; i++)
		CC_TRY(check_member(board, i, err));
	if (board->deadline == 0)
		return cc_fail(err, CC_E_ARG, "'deadline' must be at least a second");
	CC_TRY(check_rule(board, &board->rule, 0, err));
	CC_TRY(check_veto(board, &board->veto, err));
	CC_TRY(check_classes(board, err));
	if (board->emergency != NULL)
		CC_TRY(check_rule(board, &board->emergency->rule, 0, err));
	return check_reachable(board, err);
}

const struct cc_shape cc_shape_board = {
	.noun = "board",
	.size = sizeof(struct cc_board),
	TABLE(board_members),
	.finish = finish_board,
};

/* An import by name alone would let its owner change what the board agreed to. */
static int by_name(const char *what, const char *name, const char *session,
		   const struct cc_place *place, struct cc_err *err)
{
	cc_err_set(err, CC_E_ARG,
		   "line %u, column %u: %s '%s' is imported by name: under a board, imports are by "
		   "hash",
		   place->line, place->column, what, name);
	return cc_hint(err, "add session_hash: what 'policy read %.80s' shows", session);
}

/* Who may change the policy of a member's program chooses what that program says. */
static int remark_programs(struct cc_policy *policy, struct cc_err *err)
{
	for (size_t i = 0; i < policy->board->members.count; i++) {
		const struct cc_board_member *member = &policy->board->members.at[i];
		const struct cc_finding finding = {
			.place = member->place,
			.level = CC_FINDING_WARNING,
			.text = "whoever may change the policy of this member's program chooses its "
				"votes",
			.hint = "add session_hash: then only this version of that policy votes",
		};

		if (member->service != NULL && !member->session_hash.is_set)
			CC_TRY(cc_finding_add(policy, &finding, err));
	}
	return 0;
}

int cc_board_check(struct cc_policy *policy, struct cc_err *err)
{
	if (policy->board == NULL)
		return 0;
	CC_TRY(remark_programs(policy, err));
	for (size_t i = 0; i < policy->volumes.count; i++) {
		const struct cc_volume_entry *volume = &policy->volumes.at[i];

		if (volume->import != NULL && !volume->import->session_hash.is_set)
			return by_name("volume", volume->name, volume->import->session,
				       &volume->import->place, err);
	}
	for (size_t i = 0; i < policy->secrets.count; i++) {
		const struct cc_secret_entry *secret = &policy->secrets.at[i];

		if (secret->import != NULL && !secret->import->session_hash.is_set)
			return by_name("secret", secret->name, secret->import->session,
				       &secret->import->place, err);
	}
	return 0;
}
