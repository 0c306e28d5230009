/* SPDX-License-Identifier: Apache-2.0 */
/* Secrets that name other secrets: keys of certificates, their issuers, signers of tokens. */
#include "base/str.h"
#include "policy/policy.h"
#include "policy/schema-internal.h"

#define BIT(kind) (1U << CC_SECRET_##kind)

/* Which member names a secret of which kinds. An import without a kind may be any. */
static const struct link {
	const char *key;
	size_t at;
	unsigned int kinds;
	const char *expected;
} links[] = {
	{ "private_key", offsetof(struct cc_secret_entry, private_key), BIT(PRIVATE_KEY),
	  "private-key" },
	{ "issuer", offsetof(struct cc_secret_entry, issuer), BIT(X509_CA) | BIT(SESSION_CA),
	  "x509-ca" },
	{ "signer", offsetof(struct cc_secret_entry, signer), BIT(PRIVATE_KEY), "private-key" },
};

static const char *link_name(const struct cc_secret_entry *secret, const struct link *link)
{
	const char *name = NULL;

	memcpy(&name, (const uint8_t *)secret + link->at, sizeof(name));
	return name;
}

static int check_link(const struct cc_policy *policy, const struct cc_secret_entry *secret,
		      const struct link *link, struct cc_err *err)
{
	const char *name = link_name(secret, link);
	const struct cc_secret_entry *other = NULL;

	if (name == NULL || cc_text_is_pem(name))
		return 0;
	other = cc_policy_secret(policy, name);
	if (other == NULL)
		return cc_fail(
			err, CC_E_ARG,
			"line %u, column %u: secret '%s' has '%s: %s', which 'secrets' lacks",
			secret->place.line, secret->place.column, secret->name, link->key, name);
	if (other->kind == CC_SECRET_NONE || ((1U << other->kind) & link->kinds) != 0)
		return 0;
	return cc_fail(err, CC_E_ARG,
		       "line %u, column %u: secret '%s' has '%s: %s', which is no secret of kind "
		       "'%s'",
		       secret->place.line, secret->place.column, secret->name, link->key, name,
		       link->expected);
}

/* ES384 is ECDSA on P-384 (RFC 7518 3.4); of an import the kind of key is not known here. */
static int check_token(const struct cc_policy *policy, const struct cc_secret_entry *secret,
		       struct cc_err *err)
{
	const struct cc_secret_entry *key = NULL;

	if (secret->kind != CC_SECRET_JWT || secret->signer == NULL)
		return 0;
	key = cc_policy_secret(policy, secret->signer);
	if (key == NULL || key->kind != CC_SECRET_PRIVATE_KEY || key->value != NULL ||
	    key->import != NULL || key->import_akv != NULL || key->key_type == CC_KEY_TYPE_P384)
		return 0;
	return cc_fail(err, CC_E_ARG,
		       "line %u, column %u: token '%s' needs a signer with 'key_type: P-384'",
		       secret->place.line, secret->place.column, secret->name);
}

/* Whoever issues must be made before; more steps than secrets are a circle. */
static int check_circle(const struct cc_policy *policy, const struct cc_secret_entry *secret,
			struct cc_err *err)
{
	const struct cc_secret_entry *at = secret;

	for (size_t steps = 0; at != NULL && at->issuer != NULL; steps++) {
		if (steps == CC_ISSUERS_MAX)
			return cc_fail(
				err, CC_E_ARG,
				"line %u, column %u: the issuers of secret '%s' are a circle, "
				"or more than %d",
				secret->place.line, secret->place.column, secret->name,
				CC_ISSUERS_MAX);
		at = cc_policy_secret(policy, at->issuer);
	}
	return 0;
}

int cc_policy_check_secrets(const struct cc_policy *policy, struct cc_err *err)
{
	for (size_t i = 0; i < policy->secrets.count; i++) {
		const struct cc_secret_entry *secret = &policy->secrets.at[i];

		if (secret->import != NULL && secret->import->cas.url == NULL &&
		    cc_str_eq(secret->import->session, policy->name))
			return cc_fail(err, CC_E_ARG,
				       "line %u, column %u: secret '%s' is imported from its own "
				       "policy",
				       secret->place.line, secret->place.column, secret->name);
		for (size_t k = 0; k < CC_COUNT(links); k++)
			CC_TRY(check_link(policy, secret, &links[k], err));
		CC_TRY(check_token(policy, secret, err));
		CC_TRY(check_circle(policy, secret, err));
	}
	return 0;
}
