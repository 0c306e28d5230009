/* SPDX-License-Identifier: Apache-2.0 */
/* policy check, create, read, update, executions. */
#include "base/str.h"
#include "cli/ask.h"
#include "cli/policy-file.h"
#include "codec/text.h"

struct values {
	const char *what; /* FILE or NAME */
	const char *cas, *hash, *output;
	bool fail_on_warning;
	struct cc_policy_variables variables;
};

static const struct cc_opt check_opts[] = {
	CC_OPT_VARIABLES(struct values, variables),
	{ "fail-on-warning", 0, CC_OPT_FLAG, offsetof(struct values, fail_on_warning), NULL,
	  "fail when there is a warning", false, NULL },
	CC_OPT_OUTPUT(struct values),
};
static const struct cc_opt send_opts[] = {
	CC_OPT_CAS(struct values),
	CC_OPT_VARIABLES(struct values, variables),
	CC_OPT_OUTPUT(struct values),
};
static const struct cc_opt ask_opts[] = {
	CC_OPT_CAS(struct values),
	CC_OPT_OUTPUT(struct values),
};
static const struct cc_opt read_opts[] = {
	CC_OPT_CAS(struct values),
	{ "hash", 0, CC_OPT_STRING, offsetof(struct values, hash), "HEX",
	  "the version with this hash, not the active one", false, NULL },
	CC_OPT_OUTPUT(struct values),
};
static const struct cc_opt_arg file_args[] = {
	{ "FILE", offsetof(struct values, what), "a policy; - is standard input", false, false },
};
static const struct cc_opt_arg name_args[] = {
	{ "NAME", offsetof(struct values, what), "the name of a policy", false, false },
};

/* policy check */

static int print_checked(const struct cc_policy_file *file, const struct values *values,
			 struct cc_err *err)
{
	CC_AUTO_JSON struct cc_json *json = NULL;
	struct cc_digest hash = { 0 };
	char text[CC_HEX_DIGEST];

	CC_TRY(cc_policy_hash(file->policy, &hash, err));
	cc_hex_digest(&hash, text);
	if (!cc_wants_data(values->output)) {
		(void)printf("%s is well formed, hash %s\n", file->policy->name, text);
		return 0;
	}
	CC_TRY(cc_json_object(&json, err));
	CC_TRY(cc_json_set_str(json, "name", file->policy->name, err));
	CC_TRY(cc_json_set_str(json, "hash", text, err));
	CC_TRY(cc_policy_file_add_findings(file, json, err));
	return cc_print_data(values->output, json, err);
}

static int check(const void *at, struct cc_err *err)
{
	const struct values *values = at;
	CC_AUTO_POLICY_FILE struct cc_policy_file file = { 0 };
	size_t count = 0;

	CC_TRY(cc_policy_file_read(values->what, &values->variables, &file, err));
	count = cc_policy_file_say_findings(&file);
	CC_TRY(print_checked(&file, values, err));
	if (!values->fail_on_warning || count == 0)
		return 0;
	return cc_fail(err, CC_E_ARG, "'%s' has %zu warning%s", values->what, count,
		       count == 1 ? "" : "s");
}

/* policy create, policy update: what was signed goes out as it is, with its own predecessor */

static int make_body(const struct cc_policy_file *file, const char *predecessor,
		     struct cc_json **out, struct cc_err *err)
{
	CC_AUTO_JSON struct cc_json *body = NULL;

	if (file->document != NULL)
		return cc_json_copy(file->document, out, err);
	CC_TRY(cc_json_object(&body, err));
	CC_TRY(cc_json_set_text(body, "policy", cc_buf_span(&file->text), err));
	if (predecessor != NULL)
		CC_TRY(cc_json_set_str(body, "predecessor", predecessor, err));
	*out = CC_TAKE(body);
	return 0;
}

/* The CAS must have understood what we did: the hash is over the meaning. */
static int check_answer(const struct cc_policy_file *file, const struct cc_json *answer,
			struct cc_err *err)
{
	struct cc_digest ours = { 0 }, theirs = { 0 };

	CC_TRY(cc_policy_hash(file->policy, &ours, err));
	CC_TRY(cc_json_get_digest(answer, "hash", &theirs, err));
	if (cc_digest_eq(&ours, &theirs))
		return 0;
	cc_err_set(err, CC_E_CONFLICT, "the CAS stored '%s' with another hash than it has here",
		   file->policy->name);
	return cc_hint(err,
		       "it may read the language of another version: look at 'policy read %.100s'",
		       file->policy->name);
}

static int print_stored(const struct values *values, const char *verb, const struct cc_json *answer,
			struct cc_err *err)
{
	if (cc_wants_data(values->output))
		return cc_print_data(values->output, answer, err);
	(void)printf("%s %s, hash %s, ledger entry %llu\n", verb, cc_text_of(answer, "name"),
		     cc_text_of(answer, "hash"), (unsigned long long)cc_number_of(answer, "index"));
	return 0;
}

static int create(const void *at, struct cc_err *err)
{
	const struct values *values = at;
	CC_AUTO_POLICY_FILE struct cc_policy_file file = { 0 };
	CC_AUTO_JSON struct cc_json *body = NULL, *answer = NULL;

	CC_TRY(cc_policy_file_read_upload(values->what, &values->variables, &file, err));
	if (file.policy != NULL)
		cc_policy_file_say_findings(&file);
	CC_TRY(make_body(&file, NULL, &body, err));
	CC_TRY(cc_ask_call(values->cas, "POST", body, &answer, err, "/v1/policies"));
	if (file.policy != NULL)
		CC_TRY(check_answer(&file, answer, err));
	return print_stored(values, "created", answer, err);
}

static int update(const void *at, struct cc_err *err)
{
	const struct values *values = at;
	CC_AUTO_POLICY_FILE struct cc_policy_file file = { 0 };
	CC_AUTO_JSON struct cc_json *body = NULL, *active = NULL, *answer = NULL;
	CC_AUTO_ASK struct cc_ask ask = CC_ASK_NONE;
	CC_AUTO_FREE char *path = NULL;
	const char *hash = NULL;

	CC_TRY(cc_policy_file_read(values->what, &values->variables, &file, err));
	cc_policy_file_say_findings(&file);
	CC_TRY(cc_strf(&path, err, "/v1/policies/%s", file.policy->name));
	CC_TRY(cc_ask_open(values->cas, &ask, err));
	/* Who brings what others have signed may not be one who can read it. */
	if (file.document == NULL) {
		CC_TRY(cc_api_call(ask.api, "GET", path, NULL, &active, err));
		CC_TRY(cc_json_get_str(active, "hash", &hash, err));
	}
	CC_TRY(make_body(&file, hash, &body, err));
	CC_TRY(cc_api_call(ask.api, "PUT", path, body, &answer, err));
	CC_TRY(check_answer(&file, answer, err));
	return print_stored(values, "updated", answer, err);
}

/* policy read */

/* The version that was asked for, and what its hash says. */
static int check_read(const struct values *values, const struct cc_json *answer, struct cc_err *err)
{
	CC_AUTO_POLICY_FILE struct cc_policy_file file = { 0 };
	struct cc_digest said = { 0 }, wanted = { 0 };

	CC_TRY(cc_policy_file_from_answer(answer, values->what, &file, err));
	if (values->hash == NULL)
		return 0;
	CC_TRY(cc_json_get_digest(answer, "hash", &said, err));
	CC_TRY(cc_hex_parse_fixed(cc_span_str(values->hash), "--hash", CC_MUT(wanted.b), err));
	return cc_digest_eq(&said, &wanted)
		       ? 0
		       : cc_fail(err, CC_E_EVIDENCE, "the policy that came is another version");
}

/* Key hashes look as in `self show`, so that people can compare them. */
static int name_creator(struct cc_json *answer, struct cc_err *err)
{
	char text[CC_IDENTITY_TEXT];
	struct cc_digest creator = { 0 };

	CC_TRY(cc_json_get_digest(answer, "creator", &creator, err));
	CC_TRY(cc_key_hash_print(&creator, text, err));
	return cc_json_set_str(answer, "creator", text, err);
}

static int read_policy(const void *at, struct cc_err *err)
{
	const struct values *values = at;
	CC_AUTO_JSON struct cc_json *body = NULL, *answer = NULL;
	const char *text = NULL;

	if (values->hash != NULL) {
		struct cc_digest ignored = { 0 };

		CC_TRY(cc_hex_parse_fixed(cc_span_str(values->hash), "--hash", CC_MUT(ignored.b),
					  err));
		CC_TRY(cc_json_object(&body, err));
		CC_TRY(cc_json_set_str(body, "hash", values->hash, err));
	}
	CC_TRY(cc_ask_call(values->cas, "GET", body, &answer, err, "/v1/policies/%s",
			   values->what));
	CC_TRY(check_read(values, answer, err));
	CC_TRY(name_creator(answer, err));
	if (cc_wants_data(values->output))
		return cc_print_data(values->output, answer, err);
	CC_TRY(cc_json_get_str(answer, "policy", &text, err));
	return cc_print(cc_span_str(text), err);
}

/* policy executions */

static int executions(const void *at, struct cc_err *err)
{
	const struct values *values = at;
	CC_AUTO_JSON struct cc_json *answer = NULL;
	CC_AUTO_BUF struct cc_buf text = { 0 };
	const struct cc_json *grants = NULL;

	CC_TRY(cc_ask_call(values->cas, "GET", NULL, &answer, err, "/v1/executions/%s",
			   values->what));
	if (cc_wants_data(values->output))
		return cc_print_data(values->output, answer, err);
	CC_TRY(cc_json_get_array(answer, "grants", &grants, err));
	if (cc_json_count(grants) == 0)
		CC_TRY(cc_buf_add_str(&text, "nothing limits how often its services run\n", err));
	for (size_t i = 0; i < cc_json_count(grants); i++) {
		const struct cc_json *one = cc_json_at(grants, i);

		CC_TRY(cc_buf_addf(&text, err,
				   "service %s, grant %s to %s: %llu of %llu used, %llu reserved\n",
				   cc_text_of(one, "service"), cc_text_of(one, "id"),
				   cc_text_of(one, "consumer"),
				   (unsigned long long)cc_number_of(one, "used"),
				   (unsigned long long)cc_number_of(one, "maximum"),
				   (unsigned long long)cc_number_of(one, "open")));
	}
	return cc_print(cc_buf_span(&text), err);
}

#define COMMAND(name, summary, opts, args, arg_count, run)                                         \
	{                                                                                          \
		name, summary, opts, CC_COUNT(opts), args, arg_count, sizeof(struct values), NULL, \
			run                                                                        \
	}

const struct cc_command cc_command_policy_check = COMMAND(
	"policy check", "Check a policy here, without a CAS.", check_opts, file_args, 1, check);
const struct cc_command cc_command_policy_create =
	COMMAND("policy create", "Give a CAS a new policy, which is yours from then on.", send_opts,
		file_args, 1, create);
const struct cc_command cc_command_policy_read =
	COMMAND("policy read", "Print a policy, the active version or an older one.", read_opts,
		name_args, 1, read_policy);
const struct cc_command cc_command_policy_update =
	COMMAND("policy update", "Replace the active version of a policy.", send_opts, file_args, 1,
		update);
const struct cc_command cc_command_policy_executions =
	COMMAND("policy executions", "Show how often services may run and have run.", ask_opts,
		name_args, 1, executions);
