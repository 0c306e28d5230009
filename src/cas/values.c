/* SPDX-License-Identifier: Apache-2.0 */
#include "cas/values.h"

#include "base/str.h"
#include "base/time.h"
#include "cas/sessions.h"
#include "cas/vault.h"
#include "crypto/x509.h"
#include "secret/format.h"

const struct cc_session_words cc_values_reading = { NULL, NULL };

/* Tokens of other parties stay with the programs that they are for. */
static const struct public_form {
	enum cc_secret_kind kind;
	const char *word;   /* SCONE's */
	const char *format; /* cc_secret_format; NULL: the value is JSON as it is */
} public_forms[] = {
	{ CC_SECRET_ASCII, "string", "" },
	{ CC_SECRET_BINARY, "binary", ":hex" },
	{ CC_SECRET_PRIVATE_KEY, "private-key", ":pem" },
	{ CC_SECRET_PUBLIC_KEY, "public-key", ":spki:pem" },
	{ CC_SECRET_X509, "x509", ":crt:pem" },
	{ CC_SECRET_X509_CA, "x509-ca", ":crt:pem" },
	{ CC_SECRET_SESSION_CA, "session-ca", ".crt" },
	{ CC_SECRET_PGP_KEY, "pgp-key", ":publickey:asciiarmored" },
	{ CC_SECRET_JWT, "jwt", "" },
	{ CC_SECRET_CONFIG_FRAGMENT, "config-fragment", NULL },
};

static int no_value(struct cc_err *err)
{
	return cc_fail(err, CC_E_NOTFOUND,
		       "Secret does not exist or is not visible for a public client");
}

static int make_value(const struct cc_secret_found *found, const struct public_form *form,
		      struct cc_json **out, struct cc_err *err)
{
	CC_AUTO_BUF struct cc_buf text = { 0 };

	if (form->format == NULL)
		return cc_json_parse(cc_secret_value_span(found->value), CC_SECRET_RECORD_MAX, out,
				     err);
	CC_TRY(cc_secret_format(found, form->format, &text, err));
	return cc_json_string(cc_buf_span(&text), out, err);
}

/* Only certificates have others above them. */
static int add_chain(const struct cc_secret_value *value, struct cc_json *json, struct cc_err *err)
{
	if (value->kind != CC_SECRET_X509 && value->kind != CC_SECRET_X509_CA)
		return 0;
	return cc_json_set_text(json, "chain", cc_buf_span(&value->chain), err);
}

static int add_times(const struct cc_secret_value *value, struct cc_json *json, struct cc_err *err)
{
	char expires[CC_TIME_TEXT];

	CC_TRY(cc_json_set_null(json, "renew", err));
	if (value->until == 0 || value->until == CC_CERT_NO_END)
		return cc_json_set_null(json, "expires", err);
	cc_time_print(value->until, expires);
	return cc_json_set_str(json, "expires", expires, err);
}

static int print_value(const struct cc_secret_found *found, const struct public_form *form,
		       struct cc_json **out, struct cc_err *err)
{
	CC_AUTO_JSON struct cc_json *json = NULL, *value = NULL;

	CC_TRY(cc_json_object(&json, err));
	CC_TRY(cc_json_set_str(json, "kind", form->word, err));
	CC_TRY(make_value(found, form, &value, err));
	CC_TRY(cc_json_set(json, "value", CC_TAKE(value), err));
	CC_TRY(add_chain(found->value, json, err));
	CC_TRY(add_times(found->value, json, err));
	*out = CC_TAKE(json);
	return 0;
}

int cc_value_public(struct cc_vault *vault, const struct cc_policy *policy,
		    const struct cc_secret_entry *entry, struct cc_json **out, struct cc_err *err)
{
	struct cc_secret_found found = { 0 };

	if (!entry->export_public)
		return no_value(err);
	CC_TRY(cc_vault_find(vault, policy->name, entry->name, &found, err));
	for (size_t i = 0; i < CC_COUNT(public_forms); i++)
		if (public_forms[i].kind == found.value->kind)
			return print_value(&found, &public_forms[i], out, err);
	return no_value(err);
}

/* Why a value is not to be had is for its owner: others must not learn on whom it rests. */
static bool is_hidden(enum cc_code code)
{
	return code == CC_E_NOTFOUND || code == CC_E_DENIED || code == CC_E_ARG ||
	       code == CC_E_UNSUPPORTED;
}

/* One value, or CC_E_NOTFOUND in the same words for what is hidden and what is not there. */
static int read_one(struct cc_vault *vault, const struct cc_policy *policy, const char *secret,
		    struct cc_json **out, struct cc_err *err)
{
	const struct cc_secret_entry *entry = cc_policy_secret(policy, secret);

	if (entry == NULL)
		return no_value(err);
	if (cc_value_public(vault, policy, entry, out, err) == 0)
		return 0;
	return is_hidden(err->code) ? no_value(err) : cc_failed();
}

/* What is hidden is left out. */
static int add_value(struct cc_vault *vault, const struct cc_policy *policy,
		     const struct cc_secret_entry *entry, struct cc_json *list, struct cc_err *err)
{
	struct cc_json *one = NULL;
	struct cc_err why = { 0 };

	if (cc_value_public(vault, policy, entry, &one, &why) == 0)
		return cc_json_set(list, entry->name, one, err);
	if (is_hidden(why.code))
		return 0;
	*err = why;
	return -1;
}

static int read_all(struct cc_vault *vault, const struct cc_policy *policy, struct cc_json **out,
		    struct cc_err *err)
{
	CC_AUTO_JSON struct cc_json *json = NULL, *values = NULL;

	CC_TRY(cc_json_object(&json, err));
	CC_TRY(cc_json_object(&values, err));
	for (size_t i = 0; i < policy->secrets.count; i++)
		CC_TRY(add_value(vault, policy, &policy->secrets.at[i], values, err));
	CC_TRY(cc_json_set(json, "values", CC_TAKE(values), err));
	*out = CC_TAKE(json);
	return 0;
}

/* "session=<name>[,secret=<name>]" */
static int read_argument(const char *argument, char **session, char **secret, struct cc_err *err)
{
	static const char first[] = "session=", second[] = ",secret=";
	const char *name = argument + strlen(first), *end = NULL;

	if (!cc_str_starts(argument, first)) {
		cc_err_set(err, CC_E_ARG, "the path does not say whose values");
		return cc_hint(err,
			       "/v1/values/session=NAME or /v1/values/session=NAME,secret=NAME");
	}
	end = strstr(name, second);
	if (end != NULL)
		CC_TRY(cc_str_dup(end + strlen(second), secret, err));
	return cc_strf(session, err, "%.*s",
		       (int)(end == NULL ? strlen(name) : (size_t)(end - name)), name);
}

static int read_values(struct cc_state *state, const char *session, const char *secret,
		       struct cc_json **out, struct cc_err *err)
{
	CC_AUTO_CAS_VIEW struct cc_cas_view view = { 0 };
	const struct cc_vault_start start = { .view = &view, .is_public = true };
	CC_AUTO_VAULT struct cc_vault *vault = NULL;
	struct cc_known known = { 0 };

	cc_cas_view_init(&view, state);
	if (cc_cas_view_raw(&view, session, &known, err) != 0)
		return err->code != CC_E_NOTFOUND
			       ? -1
			       : cc_fail(err, CC_E_NOTFOUND, "Session not found");
	CC_TRY(cc_vault_new(&start, &vault, err));
	return secret != NULL ? read_one(vault, known.policy, secret, out, err)
			      : read_all(vault, known.policy, out, err);
}

int cc_values_read(struct cc_state *state, const struct cc_operation_call *call,
		   struct cc_result *result, struct cc_err *err)
{
	CC_AUTO_FREE char *session = NULL, *secret = NULL;

	CC_TRY(read_argument(call->argument, &session, &secret, err));
	if (read_values(state, session, secret, &result->answer, err) == 0)
		return 0;
	return secret != NULL
		       ? cc_wrap(err,
				 "Failed to read value '%.120s' of '/session=%.200s' requested by "
				 "a public client",
				 secret, session)
		       : cc_wrap(err,
				 "Failed to read values of '/session=%.200s' requested by a public "
				 "client",
				 session);
}
