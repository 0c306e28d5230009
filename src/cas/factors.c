/* SPDX-License-Identifier: Apache-2.0 */
#include "cas/factors.h"

#include "base/str.h"
#include "secret/otp.h"

#define TOKEN_MAX ((size_t)4096)

static int lookup(const struct cc_factors *factors, struct cc_span text, struct cc_buf *out,
		  struct cc_err *err)
{
	struct cc_vault_policy secrets = { 0 };

	cc_vault_policy(factors->vault, factors->policy->name, &secrets);
	return cc_substitute(text, &secrets.lookup, out, err);
}

/* A binary secret that is named without a format is the shared secret itself. */
static int raw_secret(const struct cc_factors *factors, struct cc_span reference,
		      struct cc_secret **out, struct cc_err *err)
{
	struct cc_secret_found found = { 0 };
	CC_AUTO_FREE char *name = NULL;
	struct cc_span bytes = { 0 };

	if (memchr(reference.at, ':', reference.len) != NULL)
		return 0;
	CC_TRY(cc_str_from(reference, &name, err));
	CC_TRY(cc_vault_find(factors->vault, factors->policy->name, name, &found, err));
	bytes = cc_secret_value_span(found.value);
	if (found.value->kind != CC_SECRET_BINARY)
		return 0;
	if (bytes.len < CC_OTP_SECRET_LEAST)
		return cc_fail(err, CC_E_ARG,
			       "secret '%.128s' has %zu bytes: one-time passwords need %d", name,
			       bytes.len, CC_OTP_SECRET_LEAST);
	return cc_secret_from(bytes, out, err);
}

static int shared_secret(const struct cc_factors *factors, const char *text, struct cc_secret **out,
			 struct cc_err *err)
{
	CC_AUTO_BUF struct cc_buf plain = { .max = TOKEN_MAX };
	struct cc_span reference = { 0 };

	if (cc_reference_whole(cc_span_str(text), &reference))
		CC_TRY(raw_secret(factors, reference, out, err));
	if (*out != NULL)
		return 0;
	CC_TRY(lookup(factors, cc_span_str(text), &plain, err));
	return cc_otp_secret_from_text(cc_buf_span(&plain), out, err);
}

/* RFC 6238 5.2: once, and none that is older than one that was taken. */
static int take_step(const struct cc_factors *factors, const char *owner, uint64_t step,
		     struct cc_err *err)
{
	struct cc_rec_password row = { 0 };
	CC_AUTO_FREE char *key = NULL;
	bool found = false;

	CC_TRY(cc_strf(&key, err, "%s\n%s", factors->policy->name, owner));
	CC_TRY(cc_state_find(factors->state, &cc_rec_password, key, &row, &found, err));
	if (found && step <= row.step) {
		cc_err_set(err, CC_E_DENIED,
			   "The given One-time Password has been used already, or is older than "
			   "one that was.");
		return cc_hint(err, "wait for the next one: they change every %d seconds",
			       CC_OTP_STEP);
	}
	row.step = step;
	return cc_state_put(factors->state, &cc_rec_password, key, &row, err);
}

int cc_factors_password(const struct cc_factors *factors, struct cc_err *err)
{
	const char *own = factors->service->one_time_password_shared_secret;
	const char *text =
		own != NULL ? own
			    : factors->policy->security.attestation.one_time_password_shared_secret;
	CC_AUTO_SECRET struct cc_secret *secret = NULL;
	uint64_t step = 0;

	if (text == NULL)
		return 0;
	if (factors->attest->password == NULL) {
		cc_err_set(err, CC_E_DENIED, "service '%s' needs a one-time password",
			   factors->service->name);
		return cc_hint(err, "give it: --password STAGE=DIGITS of 'workflow run'");
	}
	CC_TRY(shared_secret(factors, text, &secret, err));
	CC_TRY(cc_otp_check(secret, cc_span_str(factors->attest->password),
			    cc_state_time(factors->state), &step, err));
	return take_step(factors, own != NULL ? factors->service->name : "", step, err);
}

int cc_factors_access(const struct cc_factors *factors, struct cc_digest *out, bool *is_set,
		      struct cc_err *err)
{
	const char *text = factors->policy->security.service_access_token;
	CC_AUTO_BUF struct cc_buf token = { .max = TOKEN_MAX };
	struct cc_digest expected = { 0 };

	*is_set = text != NULL;
	if (text == NULL)
		return 0;
	CC_TRY(lookup(factors, cc_span_str(text), &token, err));
	CC_TRY(cc_access_proof(cc_buf_span(&token), CC_ROLE_RUNTIME, factors->report_data,
			       &expected, err));
	if (!factors->attest->has_access || !cc_digest_eq(&expected, &factors->attest->access)) {
		cc_err_set(err, CC_E_DENIED, "service '%s' was started %s its access token",
			   factors->service->name,
			   factors->attest->has_access ? "with another token than" : "without");
		return cc_hint(err,
			       "set SCONE_SERVICE_ACCESS_TOKEN in the container's environment");
	}
	return cc_access_proof(cc_buf_span(&token), CC_ROLE_CAS, factors->report_data, out, err);
}
