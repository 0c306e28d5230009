/* SPDX-License-Identifier: Apache-2.0 */
/* The secrets of one policy, made in order and kept in memory. */
#ifndef CC_TESTS_UNIT_SECRET_SECRETS_H
#define CC_TESTS_UNIT_SECRET_SECRETS_H

#include "tests/unit/crypto/openssl.h"

#include "base/str.h"
#include "secret/format.h"
#include "secret/substitute.h"

#define NOW INT64_C(1800000000)
#define DAY (INT64_C(24) * 3600)
#define SECRETS_MAX 16

struct secrets {
	struct cc_policy *policy;
	struct cc_secret_value values[SECRETS_MAX];
	struct cc_secret_lookup lookup;
	const char *hidden; /* a private key that is not exported to whoever asks */
};

static inline int find_secret(void *context, const char *name, struct cc_secret_found *out,
			      struct cc_err *err)
{
	struct secrets *secrets = context;
	const struct cc_policy *policy = secrets->policy;

	for (size_t i = 0; i < policy->secrets.count; i++) {
		const char *key = policy->secrets.at[i].private_key;

		if (!cc_str_eq(policy->secrets.at[i].name, name))
			continue;
		*out = (struct cc_secret_found){ .value = &secrets->values[i] };
		for (size_t k = 0; key != NULL && k < policy->secrets.count; k++)
			if (cc_str_eq(policy->secrets.at[k].name, key) &&
			    (secrets->hidden == NULL || !cc_str_eq(secrets->hidden, key)))
				out->key = &secrets->values[k];
		return 0;
	}
	return cc_fail(err, CC_E_NOTFOUND, "there is no secret '%s'", name);
}

static inline struct cc_secret_making making_of(const struct secrets *secrets, size_t at)
{
	return (struct cc_secret_making){ .entry = &secrets->policy->secrets.at[at],
					  .others = &secrets->lookup,
					  .identity = "a measured program",
					  .now = NOW };
}

/* `list` is the text under `secrets:`; all are made. */
static inline void secrets_new(struct secrets *out, const char *version, const char *list)
{
	CC_AUTO_FREE char *text = NULL;
	struct cc_err err = { 0 };

	*out = (struct secrets){ .lookup = { find_secret, out } };
	assert_int_equal(
		cc_strf(&text, &err, "name: p\nversion: \"%s\"\nsecrets:\n%s", version, list), 0);
	if (cc_policy_parse(cc_span_str(text), &out->policy, &err) != 0)
		fail_msg("%s", err.text);
	assert_true(out->policy->secrets.count <= SECRETS_MAX);
	for (size_t i = 0; i < out->policy->secrets.count; i++) {
		struct cc_secret_making making = making_of(out, i);

		if (cc_secret_make(&making, &out->values[i], &err) != 0)
			fail_msg("%s", err.text);
	}
}

static inline void secrets_clear(struct secrets *secrets)
{
	for (size_t i = 0; i < SECRETS_MAX; i++)
		cc_secret_value_clear(&secrets->values[i]);
	cc_policy_free(secrets->policy);
}
#define AUTO_SECRETS CC_CLEANUP(secrets_clear)

/* The text with its references filled in, terminated; valid until `out` changes. */
static inline const char *filled(const struct secrets *secrets, const char *text,
				 struct cc_buf *out)
{
	const char *plain = NULL;
	struct cc_err err = { 0 };

	cc_buf_clear(out);
	if (cc_substitute(cc_span_str(text), &secrets->lookup, out, &err) != 0)
		fail_msg("%s", err.text);
	assert_int_equal(cc_buf_str(out, &plain, &err), 0);
	return plain;
}

static inline void assert_refused(const struct secrets *secrets, const char *text,
				  enum cc_code code, const char *word)
{
	CC_AUTO_BUF struct cc_buf out = { 0 };
	struct cc_err err = { 0 };

	assert_int_equal(cc_substitute(cc_span_str(text), &secrets->lookup, &out, &err), -1);
	assert_int_equal(err.code, code);
	if (strstr(err.text, word) == NULL && strstr(err.hint, word) == NULL)
		fail_msg("no '%s' in '%s' (%s)", word, err.text, err.hint);
}

#endif
