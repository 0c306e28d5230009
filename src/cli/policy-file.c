/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/policy-file.h"

#include "base/dir.h"
#include "base/str.h"
#include "policy/template.h"

static const char *value_of(void *context, const char *name)
{
	const struct cc_policy_variables *variables = context;
	size_t len = strlen(name);

	for (size_t i = 0; i < variables->set.count; i++) {
		const char *one = variables->set.at[i];

		if (strncmp(one, name, len) == 0 && one[len] == '=')
			return one + len + 1;
	}
	return variables->use_env ? getenv(name) : NULL;
}

/* A word without '=' would silently be no variable at all. */
static int check_variables(const struct cc_policy_variables *variables, struct cc_err *err)
{
	for (size_t i = 0; i < variables->set.count; i++)
		if (strchr(variables->set.at[i], '=') == NULL)
			return cc_fail(err, CC_E_ARG, "'-e %.100s' is not NAME=VALUE",
				       variables->set.at[i]);
	return 0;
}

/* Whoever writes a policy mends more than one slip at a time; `err` has the first. */
static int say_all(const char *path, struct cc_span text, struct cc_err *err)
{
	CC_AUTO_FREE struct cc_mistakes *all = calloc(1, sizeof(*all));

	if (all == NULL)
		return cc_failed();
	cc_policy_mistakes(text, all);
	if (all->count < 2)
		return cc_failed();
	for (size_t i = 0; i < all->count; i++)
		(void)fprintf(stderr, "%s: %s%s%s\n", path, all->at[i].text,
			      all->at[i].hint[0] == '\0' ? "" : "\n  next: ", all->at[i].hint);
	return cc_fail(err, all->at[0].code, "%zu mistakes", all->count);
}

static int read_template(struct cc_span template, const struct cc_policy_variables *variables,
			 struct cc_policy_file *out, struct cc_err *err)
{
	struct cc_policy_variables mine = *variables;

	CC_TRY(cc_template_expand(template, value_of, &mine, &out->text, err));
	if (cc_policy_parse(cc_buf_span(&out->text), &out->policy, err) == 0)
		return 0;
	return say_all(out->path, cc_buf_span(&out->text), err);
}

/* The text is what was signed: nothing is filled in any more. */
static int read_signed(const struct cc_json *json, struct cc_policy_file *out, struct cc_err *err)
{
	CC_AUTO_SIGNED_POLICY struct cc_signed_policy document = { 0 };

	CC_TRY(cc_signed_policy_parse(json, &document, err));
	CC_TRY(cc_policy_parse(cc_buf_span(&document.text), &out->policy, err));
	CC_TRY(cc_signed_policy_verify(&document, out->policy, err));
	out->text = document.text;
	document.text = (struct cc_buf){ 0 };
	return 0;
}

/* The same in a file: whatever else stands there, nobody has signed it. */
static int read_document(const struct cc_policy_variables *variables, struct cc_policy_file *out,
			 struct cc_err *err)
{
	static const char *const known[] = { "policy", "signatures" };

	CC_TRY(cc_json_closed(out->document, known, CC_COUNT(known), err));
	if (variables->set.count != 0)
		return cc_fail(err, CC_E_ARG,
			       "'-e %.100s': a signed policy has no variables to fill in",
			       variables->set.at[0]);
	return read_signed(out->document, out, err);
}

static int read_form(struct cc_span bytes, const struct cc_policy_variables *variables,
		     struct cc_policy_file *out, struct cc_err *err)
{
	switch (cc_policy_form(bytes, &out->document)) {
	case CC_POLICY_SIGNED:
		return read_document(variables, out, err);
	case CC_POLICY_ENCRYPTED:
		return 0;
	case CC_POLICY_TEXT:
		break;
	}
	return read_template(bytes, variables, out, err);
}

int cc_policy_file_read_upload(const char *path, const struct cc_policy_variables *variables,
			       struct cc_policy_file *out, struct cc_err *err)
{
	CC_AUTO_BUF struct cc_buf bytes = { 0 };

	out->path = path;
	CC_TRY(check_variables(variables, err));
	CC_TRY(cc_file_read(path, CC_DOCUMENT_MAX, &bytes, err));
	if (read_form(cc_buf_span(&bytes), variables, out, err) != 0)
		return cc_wrap(err, "'%s'", path);
	return 0;
}

int cc_policy_file_read(const char *path, const struct cc_policy_variables *variables,
			struct cc_policy_file *out, struct cc_err *err)
{
	CC_TRY(cc_policy_file_read_upload(path, variables, out, err));
	if (out->policy != NULL)
		return cc_policy_has_variables(out->policy)
			       ? cc_policy_resolve_alone(out->policy, &out->effective, err)
			       : 0;
	cc_err_set(err, CC_E_ARG, "'%s' is encrypted: only its CAS can read it", path);
	return cc_hint(err, "give it to that CAS: concordat policy create FILE");
}

static int read_answer(const struct cc_json *answer, struct cc_policy_file *out, struct cc_err *err)
{
	const char *text = NULL;

	if (cc_json_has(answer, "signatures"))
		return read_signed(answer, out, err);
	CC_TRY(cc_json_get_str(answer, "policy", &text, err));
	CC_TRY(cc_buf_add_str(&out->text, text, err));
	return cc_policy_parse(cc_buf_span(&out->text), &out->policy, err);
}

int cc_policy_file_from_answer(const struct cc_json *answer, const char *name,
			       struct cc_policy_file *out, struct cc_err *err)
{
	struct cc_digest said = { 0 }, real = { 0 };

	out->path = name;
	CC_TRY(cc_json_get_digest(answer, "hash", &said, err));
	if (read_answer(answer, out, err) != 0 || cc_policy_hash(out->policy, &real, err) != 0)
		return cc_wrap(err, "the policy that came");
	if (!cc_digest_eq(&said, &real))
		return cc_fail(err, CC_E_EVIDENCE,
			       "the policy that came is not what its hash says");
	if (!cc_str_eq(out->policy->name, name))
		return cc_fail(err, CC_E_EVIDENCE, "the policy that came is '%s'",
			       out->policy->name);
	return 0;
}

void cc_policy_file_clear(struct cc_policy_file *file)
{
	cc_policy_free(file->policy);
	cc_policy_free(file->effective);
	cc_json_free(file->document);
	cc_buf_clear(&file->text);
	*file = (struct cc_policy_file){ 0 };
}

/* What is about the whole policy has no place. */
static void say(const char *path, const struct cc_finding *finding)
{
	if (finding->place.line != 0)
		(void)fprintf(stderr, "%s:%u:%u: warning: ", path, finding->place.line,
			      finding->place.column);
	else
		(void)fprintf(stderr, "%s: warning: ", path);
	if (finding->service != NULL)
		(void)fprintf(stderr, "service '%s': ", finding->service);
	(void)fprintf(stderr, "%s\n", finding->text);
	if (finding->hint != NULL)
		(void)fprintf(stderr, "  next: %s\n", finding->hint);
}

/* Those of the effective policy say more: which fragments it has, and which it lacks. */
static const struct cc_policy *told_of(const struct cc_policy_file *file)
{
	return file->effective != NULL ? file->effective : file->policy;
}

size_t cc_policy_file_say_findings(const struct cc_policy_file *file)
{
	const struct cc_policy *policy = told_of(file);

	for (size_t i = 0; i < policy->findings.count; i++)
		say(file->path, &policy->findings.at[i]);
	return policy->findings.count;
}

void cc_policy_file_say_unresolved(const struct cc_policy_file *file)
{
	const struct cc_policy *policy = told_of(file);

	for (size_t i = 0; i < policy->findings.count; i++)
		if (policy->findings.at[i].variable != NULL)
			say(file->path, &policy->findings.at[i]);
}

static int add_finding(const struct cc_finding *finding, struct cc_json *list, struct cc_err *err)
{
	CC_AUTO_JSON struct cc_json *one = NULL;

	CC_TRY(cc_json_object(&one, err));
	CC_TRY(cc_json_set_u64(one, "line", finding->place.line, err));
	CC_TRY(cc_json_set_u64(one, "column", finding->place.column, err));
	if (finding->service != NULL)
		CC_TRY(cc_json_set_str(one, "service", finding->service, err));
	CC_TRY(cc_json_set_str(one, "text", finding->text, err));
	if (finding->hint != NULL)
		CC_TRY(cc_json_set_str(one, "hint", finding->hint, err));
	return cc_json_add(list, CC_TAKE(one), err);
}

int cc_policy_file_add_findings(const struct cc_policy_file *file, struct cc_json *json,
				struct cc_err *err)
{
	CC_AUTO_JSON struct cc_json *list = NULL;

	CC_TRY(cc_json_array(&list, err));
	for (size_t i = 0; i < told_of(file)->findings.count; i++)
		CC_TRY(add_finding(&told_of(file)->findings.at[i], list, err));
	return cc_json_set(json, "findings", CC_TAKE(list), err);
}
