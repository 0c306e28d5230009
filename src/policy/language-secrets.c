/* SPDX-License-Identifier: Apache-2.0 */
/* secrets: what is generated, given, or shared between policies (scone.md 1.8 to 1.10). */
#include "base/str.h"
#include "policy/schema-internal.h"

static const struct cc_word kind_words[] = {
	{ "ascii", CC_SECRET_ASCII },
	{ "binary", CC_SECRET_BINARY },
	{ "private-key", CC_SECRET_PRIVATE_KEY },
	{ "public-key", CC_SECRET_PUBLIC_KEY },
	{ "x509", CC_SECRET_X509 },
	{ "x509-ca", CC_SECRET_X509_CA },
	{ "session-ca", CC_SECRET_SESSION_CA },
	{ "aad-token", CC_SECRET_AAD_TOKEN },
	{ "config-fragment", CC_SECRET_CONFIG_FRAGMENT },
	{ "pgp-key", CC_SECRET_PGP_KEY },
	{ "jwt", CC_SECRET_JWT },
	{ NULL, 0 },
};
static const struct cc_word key_type_words[] = {
	{ "P-256", CC_KEY_TYPE_P256 },       { "P-384", CC_KEY_TYPE_P384 },
	{ "Ed25519", CC_KEY_TYPE_ED25519 },  { "RSA-2048", CC_KEY_TYPE_RSA2048 },
	{ "RSA-3072", CC_KEY_TYPE_RSA3072 }, { NULL, 0 },
};
static const struct cc_word endpoint_words[] = {
	{ "server", CC_ENDPOINT_SERVER },
	{ "client", CC_ENDPOINT_CLIENT },
	{ NULL, 0 },
};

static const struct cc_word alg_words[] = {
	{ "ES384", CC_JWT_ES384 },
	{ NULL, 0 },
};

static const struct cc_member export_members[] = {
	{ ROW("session", "0.2", SESSION, struct cc_secret_export, session),
	  .check = cc_check_policy_name },
	{ ROW("session_hash", "0.3", DIGEST, struct cc_secret_export, session_hash) },
	{ ROW("policy_hash", "own", DIGEST, struct cc_secret_export, session_hash), ALIAS },
	{ ROW("namespace", "0.3.5", SESSION, struct cc_secret_export, namespace),
	  .check = cc_check_policy_name },
	{ CAS_URL(struct cc_secret_export, cas) },
	{ CAS_KEY(struct cc_secret_export, cas) },
	{ CAS_SOFTWARE_KEY(struct cc_secret_export, cas) },
};

static int export_from_text(struct cc_parse *parse, char *text, void *at, struct cc_err *err)
{
	struct cc_secret_export *export = at;
	struct cc_share share = { 0 };

	CC_TRY(cc_share_from_text(parse, text, &share, err));
	if (share.secret != NULL)
		return cc_fail(err, CC_E_ARG, "an export is of the secret in which it stands");
	export->session = share.session;
	export->session_hash = share.session_hash;
	export->namespace = share.namespace;
	export->cas = share.cas;
	return 0;
}

static int finish_export(struct cc_parse *parse, void *at, struct cc_err *err)
{
	const struct cc_secret_export *export = at;

	(void)parse;
	if ((export->session == NULL) == (export->namespace == NULL))
		return cc_fail(err, CC_E_ARG, "names %s",
			       export->session == NULL ? "neither 'session' nor 'namespace'"
						       : "both 'session' and 'namespace'");
	if (export->namespace != NULL && export->session_hash.is_set)
		return cc_fail(err, CC_E_ARG, "'session_hash' has no meaning for a 'namespace'");
	return cc_check_cas(&export->cas, err);
}

static const struct cc_shape shape_export = {
	.noun = "export",
	.size = sizeof(struct cc_secret_export),
	TABLE(export_members),
	.from_text = export_from_text,
	.finish = finish_export,
};

static const struct cc_member import_members[] = {
	{ ROW("session", "0.2", SESSION, struct cc_secret_import, session),
	  .check = cc_check_policy_name },
	{ ROW("session_hash", "0.3", DIGEST, struct cc_secret_import, session_hash) },
	{ ROW("policy_hash", "own", DIGEST, struct cc_secret_import, session_hash), ALIAS },
	{ ROW("secret", "0.3", TEXT, struct cc_secret_import, secret), .check = cc_check_name },
	{ CAS_URL(struct cc_secret_import, cas) },
	{ CAS_KEY(struct cc_secret_import, cas) },
	{ CAS_SOFTWARE_KEY(struct cc_secret_import, cas) },
};

static int import_from_text(struct cc_parse *parse, char *text, void *at, struct cc_err *err)
{
	struct cc_secret_import *import = at;
	struct cc_share share = { 0 };

	CC_TRY(cc_share_from_text(parse, text, &share, err));
	if (share.namespace != NULL)
		return cc_fail(err, CC_E_ARG, "an import is from one 'session'");
	import->session = share.session;
	import->session_hash = share.session_hash;
	import->secret = share.secret;
	import->cas = share.cas;
	return 0;
}

static int finish_import(struct cc_parse *parse, void *at, struct cc_err *err)
{
	const struct cc_secret_import *import = at;

	(void)parse;
	if (import->session == NULL)
		return cc_fail(err, CC_E_ARG, "'session' is missing in this import");
	return cc_check_cas(&import->cas, err);
}

static const struct cc_shape shape_import = {
	.noun = "import",
	.size = sizeof(struct cc_secret_import),
	TABLE(import_members),
	.from_text = import_from_text,
	.finish = finish_import,
};

static const struct cc_member akv_members[] = {
	{ ROW("vault", "0.3.7", TEXT, struct cc_akv_import, vault), NEEDED,
	  .check = cc_check_label },
	{ ROW("secret_name", "0.3.7", TEXT, struct cc_akv_import, secret_name),
	  .check = cc_check_label },
	{ ROW("token", "0.3.7", TEXT, struct cc_akv_import, token) },
	{ ROW("decryption_key", "0.3.11", TEXT, struct cc_akv_import, decryption_key),
	  .check = cc_check_key },
};
static const struct cc_shape shape_akv = {
	.noun = "import_akv",
	.size = sizeof(struct cc_akv_import),
	TABLE(akv_members),
};

static const struct cc_member validity_members[] = {
	{ ROW("for", "0.3.12", OWN, struct cc_validity, seconds), NEEDED, .own = &cc_own_duration },
};
static const struct cc_shape shape_validity = {
	.noun = "validity",
	.size = sizeof(struct cc_validity),
	TABLE(validity_members),
};

static const struct cc_member secret_members[] = {
	{ ROW("name", "0.2", TEXT, struct cc_secret_entry, name), NEEDED, .check = cc_check_name },
	{ ROW("kind", "0.2", CHOICE, struct cc_secret_entry, kind), .words = kind_words },
	{ ROW("size", "0.2", NUMBER, struct cc_secret_entry, size),
	  .standard = CC_SECRET_SIZE_STANDARD, .max = 65536 },
	{ ROW("value", "0.2", OWN, struct cc_secret_entry, place), .own = &cc_own_value },
	{ ROW("key_type", "0.3.4", CHOICE, struct cc_secret_entry, key_type),
	  .words = key_type_words },
	{ ROW("migrate", "0.3.7", FLAG, struct cc_secret_entry, migrate) },
	{ ROW("private_key", "0.3", TEXT, struct cc_secret_entry, private_key) },
	{ ROW("issuer", "0.3", TEXT, struct cc_secret_entry, issuer), .check = cc_check_name },
	{ ROW("common_name", "0.3", TEXT, struct cc_secret_entry, common_name),
	  .check = cc_check_common_name },
	{ ROW("endpoint", "0.3", CHOICE, struct cc_secret_entry, endpoint),
	  .words = endpoint_words },
	{ ROW("dns", "0.3", TEXTS, struct cc_secret_entry, dns), .flags = CC_MEMBER_ONE,
	  .check = cc_check_dns },
	{ ROW("san", "0.3.10", TEXTS, struct cc_secret_entry, san), .flags = CC_MEMBER_ONE,
	  .check = cc_check_san },
	{ ROW("valid_for", "0.3", OWN, struct cc_secret_entry, valid_for),
	  .own = &cc_own_duration },
	{ ROW("tenant_id", "0.3.7", TEXT, struct cc_secret_entry, tenant_id) },
	{ ROW("client_id", "0.3.7", TEXT, struct cc_secret_entry, client_id) },
	{ ROW("application_secret", "0.3.7", TEXT, struct cc_secret_entry, application_secret) },
	{ ROW("certificate_thumbprint", "0.3.7", TEXT, struct cc_secret_entry,
	      certificate_thumbprint) },
	{ ROW("signer", "0.3.12", TEXT, struct cc_secret_entry, signer), .check = cc_check_name },
	{ ROW("alg", "0.3.12", CHOICE, struct cc_secret_entry, alg), .words = alg_words },
	{ ROW("validity", "0.3.12", PART, struct cc_secret_entry, validity),
	  .shape = &shape_validity },
	{ ROW("payload", "0.3.12", PAIRS, struct cc_secret_entry, payload),
	  .check = cc_check_claim },
	{ ROW("export", "0.2", LIST, struct cc_secret_entry, export), .flags = CC_MEMBER_ONE,
	  .shape = &shape_export },
	{ ROW("export_public", "0.2", FLAG, struct cc_secret_entry, export_public) },
	{ ROW("import", "0.2", STRUCT, struct cc_secret_entry, import), .shape = &shape_import },
	{ ROW("import_akv", "0.3.7", STRUCT, struct cc_secret_entry, import_akv),
	  .shape = &shape_akv },
};

#define BIT(kind) (1U << CC_SECRET_##kind)
#define CERTIFICATES (BIT(X509) | BIT(X509_CA))
#define KEYS (BIT(PRIVATE_KEY) | BIT(PUBLIC_KEY))

/* Which key says something about which kinds; of an import also those of NONE. */
static const struct kind_key {
	const char *key;
	unsigned int kinds;
	const char *needed_by; /* the one kind that cannot be made without it, in words */
} kind_keys[] = {
	{ "size", BIT(ASCII) | BIT(BINARY) | BIT(NONE), NULL },
	{ "value", BIT(ASCII) | BIT(BINARY) | KEYS | CERTIFICATES | BIT(CONFIG_FRAGMENT),
	  "config-fragment" },
	{ "key_type", BIT(PRIVATE_KEY), NULL },
	{ "migrate", BIT(PRIVATE_KEY) | BIT(NONE), NULL },
	{ "private_key", BIT(PUBLIC_KEY) | CERTIFICATES | BIT(AAD_TOKEN), "public-key" },
	{ "issuer", CERTIFICATES, NULL },
	{ "common_name", CERTIFICATES, NULL },
	{ "endpoint", BIT(X509), NULL },
	{ "dns", BIT(X509), NULL },
	{ "san", BIT(X509), NULL },
	{ "valid_for", CERTIFICATES, NULL },
	{ "tenant_id", BIT(AAD_TOKEN), "aad-token" },
	{ "client_id", BIT(AAD_TOKEN), "aad-token" },
	{ "application_secret", BIT(AAD_TOKEN), NULL },
	{ "certificate_thumbprint", BIT(AAD_TOKEN), NULL },
	{ "signer", BIT(JWT), "jwt" },
	{ "alg", BIT(JWT), NULL },
	{ "validity", BIT(JWT), NULL },
	{ "payload", BIT(JWT), NULL },
};

/* Keys that cannot stand side by side. */
static const char *const exclusions[][2] = {
	{ "import", "import_akv" },
	{ "import", "value" },
	{ "import_akv", "value" },
	{ "import", "key_type" },
	{ "import", "private_key" },
	{ "import", "issuer" },
	{ "import", "payload" },
	{ "application_secret", "private_key" },
	{ "application_secret", "certificate_thumbprint" },
};

static const char *kind_name(enum cc_secret_kind kind)
{
	for (const struct cc_word *word = kind_words; word->word != NULL; word++)
		if (word->value == kind)
			return word->word;
	return "imported";
}

/* By the CAS itself. */
static bool is_made(const struct cc_secret_entry *secret)
{
	return secret->value == NULL && secret->import == NULL && secret->import_akv == NULL;
}

/* Before any value is looked at: what is no value of this kind has no form to complain of. */
static int check_meaning(struct cc_parse *parse, const struct cc_secret_entry *secret,
			 struct cc_err *err)
{
	/* Without kind and source there is another mistake to name: check_kind. */
	if (secret->kind == CC_SECRET_NONE && is_made(secret))
		return 0;
	for (size_t i = 0; i < CC_COUNT(kind_keys); i++) {
		const struct kind_key *row = &kind_keys[i];

		if (!cc_parse_has(parse, row->key) || (row->kinds & (1U << secret->kind)) != 0)
			continue;
		cc_parse_blame(parse, row->key);
		return cc_fail(err, CC_E_ARG, "'%s' has no meaning for a secret of kind '%s'",
			       row->key, kind_name(secret->kind));
	}
	return 0;
}

static int check_missing(const struct cc_parse *parse, const struct cc_secret_entry *secret,
			 struct cc_err *err)
{
	const char *kind = kind_name(secret->kind);

	for (size_t i = 0; is_made(secret) && i < CC_COUNT(kind_keys); i++) {
		const struct kind_key *row = &kind_keys[i];

		if (row->needed_by != NULL && cc_str_eq(row->needed_by, kind) &&
		    !cc_parse_has(parse, row->key))
			return cc_fail(err, CC_E_ARG, "'%s' is missing in this secret of kind '%s'",
				       row->key, kind);
	}
	return 0;
}

/* A claim is filled in as a whole (scone.md 1.8.2): a text with a reference in it would not be. */
static int check_payload(struct cc_parse *parse, const struct cc_secret_entry *secret,
			 struct cc_err *err)
{
	for (size_t i = 0; i < secret->payload.count; i++) {
		const struct cc_pair *claim = &secret->payload.at[i];

		if (!cc_text_has_reference(claim->value) || cc_text_is_variable(claim->value))
			continue;
		cc_parse_blame(parse, "payload");
		cc_err_set(err, CC_E_ARG, "claim '%.64s' has a reference and other text",
			   claim->name);
		return cc_hint(err, "a claim is one reference, '$$SCONE::name$$', or has none");
	}
	return 0;
}

static int check_exclusions(struct cc_parse *parse, struct cc_err *err)
{
	for (size_t i = 0; i < CC_COUNT(exclusions); i++) {
		const char *one = exclusions[i][0], *other = exclusions[i][1];

		if (!cc_parse_has(parse, one) || !cc_parse_has(parse, other))
			continue;
		cc_parse_blame(parse, other);
		return cc_fail(err, CC_E_ARG, "'%s' and '%s' exclude each other", one, other);
	}
	return 0;
}

/* What one kind needs beyond the table. */
static int check_kind(struct cc_parse *parse, const struct cc_secret_entry *secret,
		      struct cc_err *err)
{
	if (secret->size == 0) {
		cc_parse_blame(parse, "size");
		return cc_fail(err, CC_E_ARG, "'size' must be at least 1");
	}
	if (cc_parse_has(parse, "valid_for") && secret->valid_for == 0) {
		cc_parse_blame(parse, "valid_for");
		return cc_fail(err, CC_E_ARG, "'valid_for' must be longer than nothing");
	}
	if (secret->kind == CC_SECRET_NONE && is_made(secret))
		return cc_fail(err, CC_E_ARG, "'kind' is missing in this secret");
	if (secret->kind == CC_SECRET_AAD_TOKEN && is_made(secret) &&
	    secret->application_secret == NULL &&
	    (secret->private_key == NULL || secret->certificate_thumbprint == NULL))
		return cc_fail(err, CC_E_ARG,
			       "an aad-token needs 'application_secret', or 'private_key' with "
			       "'certificate_thumbprint'");
	if (secret->endpoint == CC_ENDPOINT_CLIENT && secret->dns.count != 0) {
		cc_parse_blame(parse, "dns");
		return cc_fail(err, CC_E_ARG, "'dns' has no meaning for 'endpoint: client'");
	}
	return 0;
}

/* The other secret, or in the one kind that talks to others the key itself. */
static int check_private_key(struct cc_parse *parse, const struct cc_secret_entry *secret,
			     struct cc_err *err)
{
	bool is_certificate = secret->kind == CC_SECRET_X509 || secret->kind == CC_SECRET_X509_CA;
	bool is_pem = secret->private_key != NULL && cc_text_is_pem(secret->private_key);

	if (secret->private_key != NULL && is_pem != (secret->kind == CC_SECRET_AAD_TOKEN)) {
		cc_parse_blame(parse, "private_key");
		return cc_fail(err, CC_E_ARG,
			       is_pem ? "a key where the name of a secret of kind 'private-key' is "
					"expected"
				      : "the name of a secret where a key is expected");
	}
	/* Since 0.3 a certificate has no key of its own (scone.md 1.2). */
	if (!is_certificate || !is_made(secret) || secret->private_key != NULL || !parse->is_03)
		return 0;
	cc_err_set(err, CC_E_ARG, "'private_key' is missing in this secret of kind '%s'",
		   kind_name(secret->kind));
	return cc_hint(err, "add a secret of kind 'private-key' and name it here");
}

/* Only here the kind is known, whatever the order of the keys: a fragment is any value. */
static int read_value(struct cc_parse *parse, struct cc_secret_entry *secret, struct cc_err *err)
{
	const struct cc_yaml *node = cc_yaml_get(parse->node, "value");
	char *text = NULL;

	if (node == NULL || node->kind == CC_YAML_NULL)
		return 0;
	if (secret->kind == CC_SECRET_CONFIG_FRAGMENT) {
		CC_TRY(cc_fragment_from_yaml(parse, node, &secret->value, err));
		return 0;
	}
	if (cc_parse_text(parse, node, &text, err) != 0 || cc_check_value(secret, text, err) != 0) {
		cc_parse_blame(parse, "value");
		return cc_failed();
	}
	secret->value = text;
	return 0;
}

static int finish_secret(struct cc_parse *parse, void *at, struct cc_err *err)
{
	struct cc_secret_entry *secret = at;

	CC_TRY(check_exclusions(parse, err));
	CC_TRY(check_meaning(parse, secret, err));
	CC_TRY(read_value(parse, secret, err));
	CC_TRY(check_missing(parse, secret, err));
	CC_TRY(check_kind(parse, secret, err));
	CC_TRY(check_payload(parse, secret, err));
	CC_TRY(check_private_key(parse, secret, err));
	if (secret->import != NULL && secret->import->secret == NULL)
		secret->import->secret = secret->name;
	if (secret->import_akv != NULL && secret->import_akv->secret_name == NULL)
		secret->import_akv->secret_name = secret->name;
	return 0;
}

const struct cc_shape cc_shape_secret = {
	.noun = "secret",
	.size = sizeof(struct cc_secret_entry),
	TABLE(secret_members),
	.finish = finish_secret,
};
