/* SPDX-License-Identifier: Apache-2.0 */
#include "cas/values.h"

#include "base/str.h"
#include "base/time.h"
#include "cas/sessions.h"
#include "cas/vault.h"
#include "crypto/x509.h"
#include "secret/format.h"

const struct cc_session_words cc_values_reading = { NULL, NULL };

static const struct public_form {
	enum cc_secret_kind kind;
	const char *word;   /* SCONE's */
	const char *format; /* cc_secret_format */
} public_forms[] = {
	{ CC_SECRET_ASCII, "string", "" },
	{ CC_SECRET_BINARY, "binary", ":hex" },
	{ CC_SECRET_PRIVATE_KEY, "private-key", ":pem" },
	{ CC_SECRET_PUBLIC_KEY, "public-key", ":spki:pem" },
	{ CC_SECRET_X509, "x509", ":crt:pem" },
	{ CC_SECRET_X509_CA, "x509-ca", ":crt:pem" },
	{ CC_SECRET_SESSION_CA, "session-ca", ".crt" },
	{ CC_SECRET_PGP_KEY, "pgp-key", ":publickey:asciiarmored" },
};

static int no_value(struct cc_err *err)
{
	return cc_fail(err, CC_E_NOTFOUND,
		       "Secret does not exist or is not visible for a public client");
}

static int write_value(const struct cc_secret_found *found, struct cc_public_value *out,
		       struct cc_err *err)
{
	const struct cc_secret_value *value = found->value;
	CC_AUTO_BUF struct cc_buf text = { 0 };

	for (size_t i = 0; i < CC_COUNT(public_forms); i++) {
		const struct public_form *form = &public_forms[i];

		if (form->kind != value->kind)
			continue;
		CC_TRY(cc_secret_format(found, form->format, &text, err));
		CC_TRY(cc_str_from(cc_buf_span(&text), &out->text, err));
		out->kind = form->word;
		out->expires = value->until == CC_CERT_NO_END ? 0 : value->until;
		return 0;
	}
	return no_value(err);
}

/* What is imported is its exporter's to publish. */
int cc_value_public(struct cc_state *state, const struct cc_known *known,
		    const struct cc_secret_entry *entry, struct cc_public_value *out,
		    struct cc_err *err)
{
	CC_AUTO_CAS_VIEW struct cc_cas_view view = { 0 };
	const struct cc_vault_start start = { .view = &view, .is_reading = true };
	CC_AUTO_VAULT struct cc_vault *vault = NULL;
	struct cc_secret_found found = { 0 };

	if (!entry->export_public || entry->import != NULL)
		return no_value(err);
	cc_cas_view_init(&view, state);
	CC_TRY(cc_vault_new(&start, &vault, err));
	CC_TRY(cc_vault_find(vault, known->policy->name, entry->name, &found, err));
	return write_value(&found, out, err);
}

static int print_value(struct cc_state *state, const struct cc_known *known,
		       const struct cc_secret_entry *entry, struct cc_json **out,
		       struct cc_err *err)
{
	CC_AUTO_JSON struct cc_json *json = NULL;
	struct cc_public_value value = { 0 };
	CC_AUTO_FREE char *text = NULL;
	char expires[CC_TIME_TEXT];

	CC_TRY(cc_value_public(state, known, entry, &value, err));
	text = value.text;
	CC_TRY(cc_json_object(&json, err));
	CC_TRY(cc_json_set_str(json, "kind", value.kind, err));
	CC_TRY(cc_json_set_str(json, "value", text, err));
	cc_time_print(value.expires, expires);
	CC_TRY(value.expires != 0 ? cc_json_set_str(json, "expires", expires, err)
				  : cc_json_set_null(json, "expires", err));
	CC_TRY(cc_json_set_null(json, "renew", err));
	*out = CC_TAKE(json);
	return 0;
}

/* One value, or CC_E_NOTFOUND in the same words for what is hidden and what is not there. */
static int read_one(struct cc_state *state, const struct cc_known *known, const char *secret,
		    struct cc_result *result, struct cc_err *err)
{
	const struct cc_policy *policy = known->policy;

	for (size_t i = 0; i < policy->secrets.count; i++)
		if (cc_str_eq(policy->secrets.at[i].name, secret))
			return print_value(state, known, &policy->secrets.at[i], &result->answer,
					   err);
	return no_value(err);
}

static int read_all(struct cc_state *state, const struct cc_known *known, struct cc_result *result,
		    struct cc_err *err)
{
	const struct cc_policy *policy = known->policy;
	CC_AUTO_JSON struct cc_json *values = NULL;

	CC_TRY(cc_json_object(&values, err));
	for (size_t i = 0; i < policy->secrets.count; i++) {
		CC_AUTO_JSON struct cc_json *one = NULL;
		struct cc_err hidden = { 0 };
		int done = print_value(state, known, &policy->secrets.at[i], &one, &hidden);

		if (done != 0 && hidden.code == CC_E_NOTFOUND)
			continue;
		if (done != 0) {
			*err = hidden;
			return -1;
		}
		CC_TRY(cc_json_set(values, policy->secrets.at[i].name, CC_TAKE(one), err));
	}
	CC_TRY(cc_json_object(&result->answer, err));
	return cc_json_set(result->answer, "values", CC_TAKE(values), err);
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
		       struct cc_result *result, struct cc_err *err)
{
	CC_AUTO_CAS_VIEW struct cc_cas_view view = { 0 };
	struct cc_known known = { 0 };

	cc_cas_view_init(&view, state);
	if (cc_cas_view_policy(&view, session, &known, NULL, err) != 0)
		return err->code != CC_E_NOTFOUND
			       ? -1
			       : cc_fail(err, CC_E_NOTFOUND, "Session not found");
	return secret != NULL ? read_one(state, &known, secret, result, err)
			      : read_all(state, &known, result, err);
}

int cc_values_read(struct cc_state *state, const struct cc_operation_call *call,
		   struct cc_result *result, struct cc_err *err)
{
	CC_AUTO_FREE char *session = NULL, *secret = NULL;

	CC_TRY(read_argument(call->argument, &session, &secret, err));
	if (read_values(state, session, secret, result, err) == 0)
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
