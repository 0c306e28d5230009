/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Fragments into the places of variables: the canonical form is rebuilt, as the tables
 * say where a variable may stand, and read again.
 *
 * One variable gives one value; values are never looked through again, so that whoever
 * writes a fragment cannot name secrets of the policy that imports it.
 */
#include "base/str.h"
#include "policy/policy.h"
#include "policy/schema-internal.h"

struct resolving {
	const struct cc_lookup *lookup;
	size_t used; /* bytes of fragments so far */
};

/* "$$SCONE::name$$" without its marks. */
static int find(struct resolving *resolving, const char *variable, struct cc_json **out,
		struct cc_err *err)
{
	CC_AUTO_BUF struct cc_buf text = { .max = CC_POLICY_TEXT_MAX };
	CC_AUTO_FREE char *name = NULL;
	const struct cc_lookup *lookup = resolving->lookup;
	size_t marks = strlen("$$SCONE::");

	CC_TRY(cc_strf(&name, err, "%.*s", (int)(strlen(variable) - marks - 2), variable + marks));
	CC_TRY(lookup->find(lookup->context, name, &text, err));
	if (text.len > CC_POLICY_TEXT_MAX - resolving->used)
		return cc_fail(err, CC_E_TOOBIG, "fragments of more than %zu bytes",
			       CC_POLICY_TEXT_MAX);
	resolving->used += text.len;
	return cc_json_parse(cc_buf_span(&text), CC_POLICY_TEXT_MAX, out, err);
}

static const char *variable_of(const struct cc_json *json)
{
	const char *text = cc_json_str(json);

	return text != NULL && cc_text_is_variable(text) ? text : NULL;
}

/* Add a value to a list; the elements of a list one by one. */
static int merge(struct cc_json *list, const struct cc_json *value, struct cc_err *err)
{
	bool is_list = cc_json_is_array(value);
	size_t count = is_list ? cc_json_count(value) : 1;

	for (size_t i = 0; i < count; i++) {
		struct cc_json *copy = NULL;

		CC_TRY(cc_json_copy(is_list ? cc_json_at(value, i) : value, &copy, err));
		CC_TRY(cc_json_add(list, copy, err));
	}
	return 0;
}

static int merge_variable(struct resolving *resolving, struct cc_json *list, const char *variable,
			  struct cc_err *err)
{
	CC_AUTO_JSON struct cc_json *found = NULL;

	CC_TRY(find(resolving, variable, &found, err));
	return merge(list, found, err);
}

static int resolve_object(struct resolving *resolving, const struct cc_shape *shape,
			  const struct cc_json *json, struct cc_json **out, struct cc_err *err);

static int resolve_list(struct resolving *resolving, const struct cc_member *member,
			const struct cc_json *json, struct cc_json **out, struct cc_err *err)
{
	CC_AUTO_JSON struct cc_json *list = NULL;

	CC_TRY(cc_json_array(&list, err));
	for (size_t i = 0; i < cc_json_count(json); i++) {
		const struct cc_json *item = cc_json_at(json, i);
		struct cc_json *done = NULL;

		if ((member->flags & CC_MEMBER_FRAGMENT) != 0 && variable_of(item) != NULL) {
			CC_TRY(merge_variable(resolving, list, variable_of(item), err));
			continue;
		}
		CC_TRY(member->shape != NULL
			       ? resolve_object(resolving, member->shape, item, &done, err)
			       : cc_json_copy(item, &done, err));
		CC_TRY(cc_json_add(list, done, err));
	}
	*out = CC_TAKE(list);
	return 0;
}

static int resolve_value(struct resolving *resolving, const struct cc_member *member,
			 const struct cc_json *json, struct cc_json **out, struct cc_err *err)
{
	if (member != NULL && (member->flags & CC_MEMBER_FRAGMENT) != 0 &&
	    variable_of(json) != NULL)
		return find(resolving, variable_of(json), out, err);
	if (member != NULL && cc_json_is_array(json))
		return resolve_list(resolving, member, json, out, err);
	if (member != NULL && member->shape != NULL && cc_json_is_object(json))
		return resolve_object(resolving, member->shape, json, out, err);
	return cc_json_copy(json, out, err);
}

static int resolve_object(struct resolving *resolving, const struct cc_shape *shape,
			  const struct cc_json *json, struct cc_json **out, struct cc_err *err)
{
	CC_AUTO_JSON struct cc_json *made = NULL;

	CC_TRY(cc_json_object(&made, err));
	for (size_t i = 0; i < cc_json_count(json); i++) {
		const char *name = cc_json_name_at(json, i);
		struct cc_json *value = NULL;

		/* Access rules have rules of their own: below. */
		if (resolve_value(resolving,
				  cc_str_eq(name, "access_policy") ? NULL
								   : cc_schema_find(shape, name),
				  cc_json_at(json, i), &value, err) != 0)
			return cc_wrap(err, "%s", name);
		CC_TRY(cc_json_set(made, name, value, err));
	}
	*out = CC_TAKE(made);
	return 0;
}

/* An entry of a rule, or a rule below it; what is not found stays as it is. */
static int resolve_entries(struct resolving *resolving, const struct cc_json *json,
			   struct cc_json **out, struct cc_err *err)
{
	CC_AUTO_JSON struct cc_json *made = NULL;

	if (!cc_json_is_array(json) && !cc_json_is_object(json))
		return cc_json_copy(json, out, err);
	CC_TRY(cc_json_is_array(json) ? cc_json_array(&made, err) : cc_json_object(&made, err));
	for (size_t i = 0; i < cc_json_count(json); i++) {
		const struct cc_json *item = cc_json_at(json, i);
		CC_AUTO_JSON struct cc_json *value = NULL;
		struct cc_err why = { 0 };

		if (variable_of(item) == NULL)
			CC_TRY(resolve_entries(resolving, item, &value, err));
		else if (find(resolving, variable_of(item), &value, &why) != 0)
			CC_TRY(cc_json_copy(item, &value, err));
		CC_TRY(cc_json_is_array(json)
			       ? merge(made, value, err)
			       : cc_json_set(made, cc_json_name_at(json, i), CC_TAKE(value), err));
	}
	*out = CC_TAKE(made);
	return 0;
}

/* Is it a rule, on its own? Else one bad fragment would take the whole policy with it. */
static int is_readable(const char *key, const struct cc_json *value, bool *out, struct cc_err *err)
{
	CC_AUTO_JSON struct cc_json *policy = NULL, *access = NULL;
	CC_AUTO_POLICY struct cc_policy *read = NULL;
	CC_AUTO_BUF struct cc_buf text = { 0 };
	struct cc_json *copy = NULL;
	struct cc_err why = { 0 };

	CC_TRY(cc_json_object(&policy, err));
	CC_TRY(cc_json_object(&access, err));
	CC_TRY(cc_json_copy(value, &copy, err));
	CC_TRY(cc_json_set(access, key, copy, err));
	CC_TRY(cc_json_set_str(policy, "name", "p", err));
	CC_TRY(cc_json_set(policy, "access_policy", CC_TAKE(access), err));
	CC_TRY(cc_json_print(policy, &text, err));
	*out = cc_policy_parse(cc_buf_span(&text), &read, &why) == 0;
	return 0;
}

static int resolve_rules(struct resolving *resolving, const struct cc_json *access,
			 struct cc_json **out, struct cc_err *err)
{
	CC_AUTO_JSON struct cc_json *made = NULL;

	CC_TRY(cc_json_object(&made, err));
	for (size_t i = 0; i < cc_json_count(access); i++) {
		const char *key = cc_json_name_at(access, i);
		CC_AUTO_JSON struct cc_json *rule = NULL;
		bool is_good = false;

		CC_TRY(resolve_entries(resolving, cc_json_at(access, i), &rule, err));
		CC_TRY(is_readable(key, rule, &is_good, err));
		if (!is_good) {
			cc_json_free(CC_TAKE(rule));
			CC_TRY(cc_json_copy(cc_json_at(access, i), &rule, err));
		}
		CC_TRY(cc_json_set(made, key, CC_TAKE(rule), err));
	}
	*out = CC_TAKE(made);
	return 0;
}

/* A fragment for the whole of it; its own variables stay, and are nobody. */
static int find_access(struct resolving *resolving, const char *variable, struct cc_json **out,
		       struct cc_err *err)
{
	CC_AUTO_JSON struct cc_json *found = NULL;
	struct cc_err why = { 0 };
	bool is_good = true;

	if (find(resolving, variable, &found, &why) != 0 || !cc_json_is_object(found))
		return 0;
	for (size_t i = 0; i < cc_json_count(found) && is_good; i++)
		CC_TRY(is_readable(cc_json_name_at(found, i), cc_json_at(found, i), &is_good, err));
	if (is_good)
		*out = CC_TAKE(found);
	return 0;
}

/* `access_policy`: a variable for all of it, or rules with variables in them. */
static int resolve_access(struct resolving *resolving, const struct cc_json *policy,
			  struct cc_json *made, struct cc_err *err)
{
	const struct cc_json *access = NULL;
	struct cc_json *done = NULL;
	const char *variable = NULL;
	struct cc_err why = { 0 };

	if (cc_json_get_str(policy, "access_policy", &variable, &why) == 0) {
		CC_TRY(find_access(resolving, variable, &done, err));
		if (done == NULL) /* the variable stays: nobody */
			return 0;
	} else {
		CC_TRY(cc_json_get_object(policy, "access_policy", &access, err));
		CC_TRY(resolve_rules(resolving, access, &done, err));
	}
	return cc_json_set(made, "access_policy", done, err);
}

static int remark_rule(struct cc_policy *policy, const struct cc_access_rule *rule,
		       struct cc_err *err)
{
	for (size_t i = 0; i < rule->count; i++) {
		const struct cc_access_entry *entry = &rule->at[i];
		struct cc_finding finding = { .place = entry->place, .level = CC_FINDING_WARNING };
		char text[CC_POLICY_NAME_MAX];

		CC_TRY(remark_rule(policy, &entry->of, err));
		if (entry->kind != CC_ENTRY_VARIABLE)
			continue;
		(void)snprintf(text, sizeof(text),
			       "access_policy: '%.128s' is no entry that can be read: nobody",
			       entry->variable);
		finding.text = text;
		CC_TRY(cc_finding_add(policy, &finding, err));
	}
	return 0;
}

/* What stayed in access rules is said; anywhere else nothing may stay. */
static int check_effective(struct cc_policy *policy, struct cc_err *err)
{
	struct cc_finding whole = { .level = CC_FINDING_WARNING,
				    .text = "access_policy: its variable is no rule that can be "
					    "read: nobody" };
	bool has_whole = cc_has_variable(policy, "access_policy");

	if (policy->variable_count > (has_whole ? 1 : 0))
		return cc_fail(err, CC_E_ARG, "a fragment holds a variable: they do not nest");
	if (has_whole)
		CC_TRY(cc_finding_add(policy, &whole, err));
	CC_TRY(remark_rule(policy, &policy->access_policy.read, err));
	CC_TRY(remark_rule(policy, &policy->access_policy.update, err));
	CC_TRY(remark_rule(policy, &policy->access_policy.create_sessions, err));
	return remark_rule(policy, &policy->access_policy.list_sessions, err);
}

static bool rule_has_variable(const struct cc_access_rule *rule)
{
	for (size_t i = 0; i < rule->count; i++)
		if (rule->at[i].kind == CC_ENTRY_VARIABLE || rule_has_variable(&rule->at[i].of))
			return true;
	return false;
}

bool cc_policy_has_variables(const struct cc_policy *policy)
{
	const struct cc_access_policy *access = &policy->access_policy;

	return policy->variable_count != 0 || rule_has_variable(&access->read) ||
	       rule_has_variable(&access->update) || rule_has_variable(&access->create_sessions) ||
	       rule_has_variable(&access->list_sessions);
}

int cc_policy_resolve(const struct cc_policy *policy, const struct cc_lookup *lookup,
		      struct cc_policy **out, struct cc_err *err)
{
	struct resolving resolving = { .lookup = lookup };
	CC_AUTO_JSON struct cc_json *json = NULL, *made = NULL;
	CC_AUTO_POLICY struct cc_policy *effective = NULL;
	CC_AUTO_BUF struct cc_buf text = { 0 };

	CC_TRY(cc_schema_print(&cc_shape_policy, policy, &json, err));
	CC_TRY(resolve_object(&resolving, &cc_shape_policy, json, &made, err));
	CC_TRY(resolve_access(&resolving, json, made, err));
	CC_TRY(cc_json_print(made, &text, err));
	if (cc_policy_parse(cc_buf_span(&text), &effective, err) != 0 ||
	    check_effective(effective, err) != 0)
		return cc_wrap(err, "policy '%s' with its fragments", policy->name);
	*out = CC_TAKE(effective);
	return 0;
}
