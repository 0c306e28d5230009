/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Keys with a form of their own that few policies have: what CAS instances of SCONE's
 * version 0.1 printed, tagged stores of secrets, lists whose emptiness says something.
 */
#include "base/str.h"
#include "policy/policy.h"
#include "policy/schema-internal.h"

static int print_nothing(const void *at, const char *name, struct cc_json *json, struct cc_err *err)
{
	(void)at;
	(void)name;
	(void)json;
	(void)err;
	return 0;
}

/* 0.1: "create" when there is no predecessor, else what the CAS printed: `predecessor` counts. */
static int parse_create(struct cc_parse *parse, const struct cc_yaml *node, void *at,
			struct cc_err *err)
{
	char *text = NULL;

	(void)at;
	CC_TRY(cc_parse_text(parse, node, &text, err));
	if (cc_str_eq(text, "create"))
		return 0;
	return cc_parse_note(parse, node, CC_FINDING_WARNING,
			     "is ignored: 'predecessor' says what this version follows", err);
}
const struct cc_own cc_own_create = { parse_create, print_nothing };

static int refuse_old_board(struct cc_err *err)
{
	cc_err_set(err, CC_E_UNSUPPORTED, "a board of version 0.1, whose form was never published");
	return cc_hint(err, "write it as 'board'");
}

/* `[]`: nobody votes. */
static int parse_old_members(struct cc_parse *parse, const struct cc_yaml *node, void *at,
			     struct cc_err *err)
{
	(void)parse;
	(void)at;
	return node->kind == CC_YAML_SEQUENCE && node->count == 0 ? 0 : refuse_old_board(err);
}
const struct cc_own cc_own_old_members = { parse_old_members, print_nothing };

/* `{minimum: 0, timeout: 30}`: no vote is needed, so that there is nothing to wait for. */
static int parse_old_policy(struct cc_parse *parse, const struct cc_yaml *node, void *at,
			    struct cc_err *err)
{
	const struct cc_yaml *minimum = cc_yaml_get(node, "minimum");
	static const char *const known[] = { "minimum", "timeout" };
	size_t count = 0;

	(void)at;
	for (size_t i = 0; i < CC_COUNT(known); i++)
		count += cc_yaml_get(node, known[i]) != NULL;
	if (node->kind != CC_YAML_MAPPING || count != node->count)
		return cc_fail(err, CC_E_ARG, "'minimum' and 'timeout' are expected");
	parse->node = minimum == NULL ? node : minimum;
	if (minimum != NULL && minimum->kind == CC_YAML_SCALAR && cc_str_eq(minimum->text, "0"))
		return 0;
	return refuse_old_board(err);
}
const struct cc_own cc_own_old_policy = { parse_old_policy, print_nothing };

/* Names of secrets. The empty list is "none" and not "not said". */
static int parse_provided(struct cc_parse *parse, const struct cc_yaml *node, void *at,
			  struct cc_err *err)
{
	struct cc_provided provided = { .is_set = node->kind == CC_YAML_SEQUENCE };
	void *names = NULL;

	if (node->kind == CC_YAML_NULL)
		return 0;
	if (!provided.is_set)
		return cc_fail(err, CC_E_ARG, "a list of names of secrets is expected");
	CC_TRY(cc_arena_take(parse->arena, node->count, sizeof(char *), &names, err));
	provided.names = (struct cc_texts){ names, node->count };
	for (size_t i = 0; i < node->count; i++) {
		char *text = NULL;

		parse->node = &node->values[i];
		CC_TRY(cc_parse_text(parse, &node->values[i], &text, err));
		CC_TRY(cc_check_name(text, err));
		provided.names.at[i] = text;
	}
	memcpy(at, &provided, sizeof(provided));
	return 0;
}

static int print_provided(const void *at, const char *name, struct cc_json *json,
			  struct cc_err *err)
{
	const struct cc_provided *provided = at;
	CC_AUTO_JSON struct cc_json *list = NULL;

	if (!provided->is_set)
		return 0;
	CC_TRY(cc_json_array(&list, err));
	for (size_t i = 0; i < provided->names.count; i++)
		CC_TRY(cc_json_add_str(list, provided->names.at[i], err));
	CC_TRY(cc_json_sort(list, err));
	return cc_json_set(json, name, CC_TAKE(list), err);
}
const struct cc_own cc_own_provided = { parse_provided, print_provided };

static const struct cc_member akv_members[] = {
	{ ROW("token", "0.3.10", TEXT, struct cc_secret_config, token) },
	{ ROW("vault", "0.3.10", TEXT, struct cc_secret_config, vault), NEEDED,
	  .check = cc_check_label },
};
static const struct cc_shape shape_akv = {
	.noun = "store",
	.size = sizeof(struct cc_secret_config),
	TABLE(akv_members),
};

/*
 * `!cas`, or `!akv {token, vault}`. The canonical form is JSON and has no tags: there it is
 * `{akv: {…}}`, which is read too.
 */
static int parse_store(struct cc_parse *parse, const struct cc_yaml *node, void *at,
		       struct cc_err *err)
{
	struct cc_secret_config *config = at;
	struct cc_place place = config->place;
	const struct cc_yaml *akv = cc_yaml_get(node, "akv");

	if (node->tag != NULL && cc_str_eq(node->tag, "!cas")) {
		if (node->kind != CC_YAML_NULL)
			return cc_fail(err, CC_E_ARG, "'!cas' has no value");
		return 0;
	}
	if (node->tag == NULL && (akv == NULL || node->count != 1)) {
		if (node->kind == CC_YAML_NULL)
			return 0;
		cc_err_set(err, CC_E_ARG, "a store of secrets is '!cas' or '!akv'");
		return cc_hint(err, "write 'store_in: !akv {vault: …, token: …}'");
	}
	config->is_akv = true;
	CC_TRY(cc_schema_parse(parse, &shape_akv, node->tag != NULL ? node : akv, config, err));
	config->place = place;
	return 0;
}

static int print_store(const void *at, const char *name, struct cc_json *json, struct cc_err *err)
{
	const struct cc_secret_config *config = at;
	CC_AUTO_JSON struct cc_json *store = NULL;
	struct cc_json *akv = NULL;

	if (!config->is_akv)
		return 0;
	CC_TRY(cc_json_object(&store, err));
	CC_TRY(cc_schema_print(&shape_akv, config, &akv, err));
	CC_TRY(cc_json_set(store, "akv", akv, err));
	return cc_json_set(json, name, CC_TAKE(store), err);
}
const struct cc_own cc_own_store = { parse_store, print_store };
