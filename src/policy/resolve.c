/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Fragments into the places of variables: the canonical form is rebuilt, as the tables
 * say where a variable may stand, and read again. A variable whose fragment is not to be had
 * stays where it is, and why it does is told by a finding.
 *
 * One variable gives one value; values are never looked through again, so that whoever
 * writes a fragment cannot name secrets of the policy that imports it.
 */
#include "base/str.h"
#include "policy/policy.h"
#include "policy/schema-internal.h"

#define STAYED_MAX 16 /* variables whose reason is told */

struct resolving {
	const struct cc_lookup *lookup;
	size_t used;         /* bytes of fragments so far */
	bool is_access_only; /* everything else stays, for this reason: */
	struct cc_err unfit;
	size_t kept; /* variables that stay outside of access rules */
	struct {
		const char *variable; /* in the JSON of the policy as it is written */
		struct cc_err why;
	} stayed[STAYED_MAX];
	size_t stayed_count;
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

static const struct cc_err *reason(const struct resolving *resolving, const char *variable)
{
	for (size_t i = 0; i < resolving->stayed_count; i++)
		if (cc_str_eq(resolving->stayed[i].variable, variable))
			return &resolving->stayed[i].why;
	return resolving->is_access_only ? &resolving->unfit : NULL;
}

static bool is_ours(enum cc_code code)
{
	return code == CC_E_SYSTEM || code == CC_E_TAMPERED || code == CC_E_BUG;
}

/* The fragment, or the variable itself when there is none to be had. */
static int put(struct resolving *resolving, const char *variable, struct cc_json **out,
	       struct cc_err *err)
{
	struct cc_err why = { 0 };

	if (find(resolving, variable, out, &why) == 0)
		return 0;
	if (is_ours(why.code)) {
		*err = why;
		return -1;
	}
	if (resolving->stayed_count < STAYED_MAX && reason(resolving, variable) == NULL) {
		resolving->stayed[resolving->stayed_count].variable = variable;
		resolving->stayed[resolving->stayed_count++].why = why;
	}
	return cc_json_string(cc_span_str(variable), out, err);
}

/* The same outside of access rules. */
static int put_outside(struct resolving *resolving, const char *variable, struct cc_json **out,
		       struct cc_err *err)
{
	if (resolving->is_access_only)
		CC_TRY(cc_json_string(cc_span_str(variable), out, err));
	else
		CC_TRY(put(resolving, variable, out, err));
	if (cc_json_str(*out) != NULL && cc_str_eq(cc_json_str(*out), variable))
		resolving->kept++;
	return 0;
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

	CC_TRY(put_outside(resolving, variable, &found, err));
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
		return put_outside(resolving, variable_of(json), out, err);
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

		CC_TRY(variable_of(item) == NULL ? resolve_entries(resolving, item, &value, err)
						 : put(resolving, variable_of(item), &value, err));
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
	bool is_good = true;

	CC_TRY(put(resolving, variable, &found, err));
	if (!cc_json_is_object(found))
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

/* In access rules: whose word is nobody's, and why. */
static int remark_nobody(const struct resolving *resolving, struct cc_policy *policy,
			 const char *variable, struct cc_err *err)
{
	const struct cc_err *why = reason(resolving, variable);
	struct cc_finding finding = { .level = CC_FINDING_WARNING, .variable = variable };
	char text[sizeof(why->text) + CC_POLICY_NAME_MAX];

	(void)snprintf(text, sizeof(text), "access_policy: '%.128s' is nobody: %s", variable,
		       why != NULL ? why->text : "what it stands for is no rule that can be read");
	finding.text = text;
	CC_TRY(cc_finding_add(policy, &finding, err));
	return 0;
}

static int remark_rule(const struct resolving *resolving, struct cc_policy *policy,
		       const struct cc_access_rule *rule, struct cc_err *err)
{
	for (size_t i = 0; i < rule->count; i++) {
		const struct cc_access_entry *entry = &rule->at[i];

		CC_TRY(remark_rule(resolving, policy, &entry->of, err));
		if (entry->kind == CC_ENTRY_VARIABLE)
			CC_TRY(remark_nobody(resolving, policy, entry->variable, err));
	}
	return 0;
}

static int remark_access(const struct resolving *resolving, struct cc_policy *policy,
			 struct cc_err *err)
{
	const struct cc_access_policy *access = &policy->access_policy;

	for (const struct cc_variable *one = policy->place.variables; one != NULL; one = one->next)
		if (cc_str_eq(one->key, "access_policy"))
			return remark_nobody(resolving, policy, one->text, err);
	CC_TRY(remark_rule(resolving, policy, &access->read, err));
	CC_TRY(remark_rule(resolving, policy, &access->update, err));
	CC_TRY(remark_rule(resolving, policy, &access->create_sessions, err));
	return remark_rule(resolving, policy, &access->list_sessions, err);
}

static bool same_text(const char *a, const char *b)
{
	return a == b || (a != NULL && b != NULL && cc_str_eq(a, b));
}

/* The effective policy is read from our own text: its places mean nothing to anyone. */
static void find_place(const struct cc_policy *written, struct cc_finding *finding)
{
	finding->place = (struct cc_place){ 0 };
	for (size_t i = 0; i < written->findings.count; i++) {
		const struct cc_finding *was = &written->findings.at[i];

		if (!same_text(was->service, finding->service) ||
		    !same_text(was->variable, finding->variable) ||
		    (was->variable == NULL && !cc_str_eq(was->text, finding->text)))
			continue;
		finding->place = was->place;
		return;
	}
}

static int tell_why(const struct resolving *resolving, struct cc_policy *policy,
		    struct cc_finding *finding, struct cc_err *err)
{
	const struct cc_err *why =
		finding->variable == NULL ? NULL : reason(resolving, finding->variable);
	char *text = NULL, *hint = NULL;

	if (why == NULL)
		return 0;
	if (finding->level == CC_FINDING_UNUSABLE) {
		CC_TRY(cc_arena_printf(policy->arena, &text, err, "it rests on '%.128s': %s",
				       finding->variable, why->text));
		finding->text = text;
	}
	if (why->hint[0] == '\0')
		return 0;
	CC_TRY(cc_arena_printf(policy->arena, &hint, err, "%s", why->hint));
	finding->hint = hint;
	return 0;
}

static int explain(const struct resolving *resolving, const struct cc_policy *written,
		   struct cc_policy *effective, struct cc_err *err)
{
	CC_TRY(remark_access(resolving, effective, err));
	for (size_t i = 0; i < effective->findings.count; i++) {
		find_place(written, &effective->findings.at[i]);
		CC_TRY(tell_why(resolving, effective, &effective->findings.at[i], err));
	}
	return 0;
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

static int make(struct resolving *resolving, const struct cc_json *json, struct cc_policy **out,
		struct cc_err *err)
{
	CC_AUTO_JSON struct cc_json *made = NULL;
	CC_AUTO_POLICY struct cc_policy *effective = NULL;
	CC_AUTO_BUF struct cc_buf text = { 0 };

	resolving->kept = 0;
	CC_TRY(resolve_object(resolving, &cc_shape_policy, json, &made, err));
	CC_TRY(resolve_access(resolving, json, made, err));
	CC_TRY(cc_json_print(made, &text, err));
	CC_TRY(cc_policy_parse(cc_buf_span(&text), &effective, err));
	if (effective->variable_count >
	    resolving->kept + (cc_has_variable(effective, "access_policy") ? 1 : 0))
		return cc_fail(err, CC_E_ARG, "a fragment holds a variable: they do not nest");
	*out = CC_TAKE(effective);
	return 0;
}

/* The error of the text may quote the fragment, which is not everyone's to read: its path may. */
static void tell_unfit(const struct cc_err *why, struct cc_err *out)
{
	const char *text = why->text;
	const char *rest = cc_str_starts(text, "line ") ? strstr(text, ": ") : NULL;
	size_t path = 0;

	if (rest != NULL) /* its line and column are of our own text */
		text = rest + strlen(": ");
	path = strcspn(text, " ");
	if (rest != NULL && path > 0 && text[path - 1] == ':')
		cc_err_set(out, CC_E_ARG, "the fragment at '%.*s' does not fit there",
			   (int)path - 1, text);
	else
		cc_err_set(out, CC_E_ARG, "with its fragments, %s", text);
	cc_err_hint(out,
		    "whoever wrote the fragment mends it; policy(5) says what may stand there");
}

int cc_policy_resolve(const struct cc_policy *policy, const struct cc_lookup *lookup,
		      struct cc_policy **out, struct cc_err *err)
{
	struct resolving resolving = { .lookup = lookup };
	CC_AUTO_JSON struct cc_json *json = NULL;
	CC_AUTO_POLICY struct cc_policy *effective = NULL;
	struct cc_err why = { 0 };

	CC_TRY(cc_schema_print(&cc_shape_policy, policy, &json, err));
	if (make(&resolving, json, &effective, &why) != 0) {
		if (is_ours(why.code)) {
			*err = why;
			return -1;
		}
		resolving.is_access_only = true;
		resolving.used = resolving.stayed_count = 0;
		tell_unfit(&why, &resolving.unfit);
		CC_TRY(make(&resolving, json, &effective, err));
	}
	CC_TRY(explain(&resolving, policy, effective, err));
	*out = CC_TAKE(effective);
	return 0;
}

/* What the policy says itself; everything else is the CAS's to know. */
static int find_alone(void *context, const char *name, struct cc_buf *json, struct cc_err *err)
{
	const struct cc_policy *policy = context;
	const struct cc_secret_entry *entry = cc_policy_secret(policy, name);
	CC_AUTO_JSON struct cc_json *text = NULL;

	if (entry == NULL && strpbrk(name, ":.|") == NULL) {
		cc_err_set(err, CC_E_NOTFOUND, "'secrets' lacks '%.128s'", name);
		return cc_hint(err, "describe it in 'secrets', or import it there");
	}
	if (entry != NULL && entry->import != NULL)
		return cc_fail(err, CC_E_UNAVAILABLE,
			       "it is imported from policy '%.128s', where the CAS looks it up",
			       entry->import->session);
	if (entry == NULL || entry->value == NULL || strstr(entry->value, "$$SCONE:") != NULL)
		return cc_fail(err, CC_E_UNAVAILABLE, "only the CAS knows it");
	if (entry->kind == CC_SECRET_CONFIG_FRAGMENT)
		return cc_buf_add_str(json, entry->value, err);
	CC_TRY(cc_json_string(cc_span_str(entry->value), &text, err));
	return cc_json_print(text, json, err);
}

int cc_policy_resolve_alone(const struct cc_policy *policy, struct cc_policy **out,
			    struct cc_err *err)
{
	const struct cc_lookup lookup = { find_alone, (void *)(uintptr_t)policy };

	return cc_policy_resolve(policy, &lookup, out, err);
}
