/* SPDX-License-Identifier: Apache-2.0 */
#include "secret/azure.h"

#include <ctype.h>
#include <strings.h>

#include "base/str.h"
#include "codec/json.h"
#include "codec/text.h"
#include "crypto/aead.h"
#include "secret/azure-internal.h"

#define API_VERSION "7.4"
#define TENANT_MAX 128
#define WORD_MAX 64 /* of what Azure calls a failure */
#define LOWER "abcdefghijklmnopqrstuvwxyz"
#define DIGITS "0123456789"
#define LETTERS LOWER "ABCDEFGHIJKLMNOPQRSTUVWXYZ" DIGITS
#define VERSION_LEN 32
#define SEALED_VERSION 0x00a1
#define SEALED_KEY_TYPE 2
#define SEALED_HEAD ((size_t)6)

static bool is_made_of(const char *text, size_t len, const char *letters)
{
	return strspn(text, letters) >= len;
}

int cc_host_check(const char *host, struct cc_err *err)
{
	size_t len = strlen(host);

	if (cc_str_eq(host, "localhost"))
		return 0;
	if (len > CC_HOST_MAX || !is_made_of(host, len, LOWER DIGITS "-.") ||
	    strchr(host, '.') == NULL || host[0] == '.' || host[0] == '-' || host[len - 1] == '.' ||
	    strstr(host, "..") != NULL)
		return cc_fail(err, CC_E_ARG, "'%.100s' is no DNS name in lower case", host);
	return 0;
}

void cc_outside_ask_clear(struct cc_outside_ask *ask)
{
	cc_buf_clear(&ask->request);
	*ask = (struct cc_outside_ask){ 0 };
}

static int identify(struct cc_outside_ask *ask, struct cc_span question, struct cc_err *err)
{
	const struct cc_span parts[] = { cc_span(ask->host, sizeof(ask->host)), question };

	return cc_sha256v(parts, CC_COUNT(parts), &ask->id, err);
}

/* As application/x-www-form-urlencoded wants it: what is not unreserved (RFC 3986 2.3) by code. */
static int add_encoded(struct cc_buf *out, struct cc_span text, struct cc_err *err)
{
	for (size_t i = 0; i < text.len; i++) {
		uint8_t c = text.at[i];

		if (c != 0 && strchr(LETTERS "-._~", c) != NULL)
			CC_TRY(cc_buf_add_u8(out, c, err));
		else
			CC_TRY(cc_buf_addf(out, err, "%%%02X", c));
	}
	return 0;
}

/* Tokens. */

static int check_buyer(const struct cc_azure_buyer *buyer, struct cc_err *err)
{
	size_t len = strlen(buyer->tenant);

	/* It becomes a part of a path. */
	if (len == 0 || len > TENANT_MAX || !is_made_of(buyer->tenant, len, LETTERS "-.") ||
	    buyer->tenant[0] == '.')
		return cc_fail(err, CC_E_ARG, "tenant_id '%.100s' is no id or domain of a tenant",
			       buyer->tenant);
	if (buyer->secret.len == 0 && buyer->thumbprint == NULL)
		return cc_fail(err, CC_E_ARG, "application_secret is empty");
	return 0;
}

static int make_form(const struct cc_azure *azure, const struct cc_azure_buyer *buyer,
		     struct cc_buf *out, struct cc_err *err)
{
	CC_TRY(cc_buf_add_str(out, "grant_type=client_credentials&client_id=", err));
	CC_TRY(add_encoded(out, cc_span_str(buyer->client), err));
	return cc_buf_addf(out, err, "&scope=https%%3A%%2F%%2F%s%%2F.default", azure->vaults);
}

/*
 * What the buyer proves itself with. Behind the rest, because an assertion is another one each
 * time and the question is the same: it has the key in the place of what was signed with it.
 */
static int add_proof(const struct cc_azure *azure, const struct cc_azure_buyer *buyer,
		     struct cc_buf *form, struct cc_buf *same, struct cc_err *err)
{
	CC_AUTO_BUF struct cc_buf assertion = { 0 };

	CC_TRY(cc_buf_add(same, cc_buf_span(form), err));
	if (buyer->secret.len != 0) {
		CC_TRY(cc_buf_add_str(form, "&client_secret=", err));
		CC_TRY(cc_buf_add_sized(same, buyer->secret, err));
		return add_encoded(form, buyer->secret, err);
	}
	CC_TRY(cc_azure_assert(azure, buyer, &assertion, err));
	CC_TRY(cc_buf_add_str(form,
			      "&client_assertion_type=urn%3Aietf%3Aparams%3Aoauth%3A"
			      "client-assertion-type%3Ajwt-bearer&client_assertion=",
			      err));
	CC_TRY(cc_buf_add_str(same, buyer->thumbprint, err));
	CC_TRY(cc_buf_add_sized(same, buyer->key, err));
	return cc_buf_add(form, cc_buf_span(&assertion), err);
}

int cc_azure_ask_token(const struct cc_azure *azure, const struct cc_azure_buyer *buyer,
		       struct cc_outside_ask *out, struct cc_err *err)
{
	CC_AUTO_BUF struct cc_buf form = { 0 }, same = { 0 };

	CC_TRY(check_buyer(buyer, err));
	CC_TRY(make_form(azure, buyer, &form, err));
	(void)snprintf(out->host, sizeof(out->host), "%s", azure->authority);
	CC_TRY(cc_buf_addf(&same, err, "%s\n", buyer->tenant));
	CC_TRY(add_proof(azure, buyer, &form, &same, err));
	CC_TRY(cc_buf_addf(&out->request, err,
			   "POST /%s/oauth2/v2.0/token HTTP/1.1\r\nHost: %s\r\n"
			   "Accept: application/json\r\nConnection: close\r\n"
			   "Content-Type: application/x-www-form-urlencoded\r\n"
			   "Content-Length: %zu\r\n\r\n",
			   buyer->tenant, out->host, form.len));
	CC_TRY(cc_buf_add(&out->request, cc_buf_span(&form), err));
	return identify(out, cc_buf_span(&same), err);
}

/* What may go into a header (RFC 6750 2.1, b64token). */
static bool is_token(const char *text)
{
	size_t len = strlen(text);

	return len != 0 && len <= CC_AZURE_TOKEN_MAX && is_made_of(text, len, LETTERS "-._~+/=");
}

/* Words of Azure for a failure; others' text is not repeated, for it may quote what was sent. */
static void read_word(const struct cc_json *json, char out[static WORD_MAX + 1])
{
	const struct cc_json *inner = NULL;
	const char *word = NULL;
	struct cc_err ignored = { 0 };

	(void)snprintf(out, WORD_MAX + 1, "no reason");
	if (cc_json_get_object(json, "error", &inner, &ignored) == 0) {
		if (cc_json_get_str(inner, "code", &word, &ignored) != 0)
			return;
	} else if (cc_json_get_str(json, "error", &word, &ignored) != 0) {
		return;
	}
	if (strlen(word) <= WORD_MAX && is_made_of(word, strlen(word), LETTERS "_-."))
		(void)snprintf(out, WORD_MAX + 1, "%s", word);
}

/* By the status (RFC 9110 15); the first row is that of the token, the rest the vault's. */
static const struct refusal {
	unsigned int from, to;
	enum cc_code code;
	const char *text, *hint;
} token_refusals[] = {
	{ 300, 399, CC_E_DENIED, "redirects, which is not followed",
	  "name the host itself in 'cas init --azure-authority'" },
	{ 400, 403, CC_E_DENIED, "gives no token",
	  "compare tenant_id, client_id and application_secret with the registration of the "
	  "application; its secrets end" },
	{ 404, 404, CC_E_NOTFOUND, "does not know the tenant", "compare tenant_id" },
}, vault_refusals[] = {
	{ 300, 399, CC_E_DENIED, "redirects, which is not followed",
	  "name the vault itself in 'import_akv'" },
	{ 401, 401, CC_E_DENIED, "does not take the token",
	  "the application must be of the tenant of the vault" },
	{ 403, 403, CC_E_DENIED, "does not let the application read it",
	  "give it the role 'Key Vault Secrets User', or look whether the secret is enabled" },
	{ 404, 404, CC_E_NOTFOUND, "has no such secret", "compare vault and secret_name" },
};

static int refuse(const struct cc_outside_answer *answer, const struct refusal *rows, size_t count,
		  struct cc_err *err)
{
	CC_AUTO_JSON struct cc_json *json = NULL;
	char word[WORD_MAX + 1] = "no reason";
	struct cc_err ignored = { 0 };

	if (cc_json_parse(answer->body, CC_AZURE_BODY_MAX, &json, &ignored) == 0)
		read_word(json, word);
	for (size_t i = 0; i < count; i++) {
		if (answer->status < rows[i].from || answer->status > rows[i].to)
			continue;
		cc_err_set(err, rows[i].code, "it %s: status %u, %s", rows[i].text, answer->status,
			   word);
		return cc_hint(err, "%s", rows[i].hint);
	}
	cc_err_set(err, CC_E_UNAVAILABLE, "it fails: status %u, %s", answer->status, word);
	return cc_hint(err, "try again later");
}

int cc_azure_read_token(const struct cc_outside_answer *answer, int64_t now,
			struct cc_secret **token, int64_t *until, struct cc_err *err)
{
	CC_AUTO_JSON struct cc_json *json = NULL;
	const char *type = NULL, *text = NULL;
	uint64_t seconds = 0;

	if (answer->status != 200)
		return refuse(answer, token_refusals, CC_COUNT(token_refusals), err);
	CC_TRY(cc_json_parse(answer->body, CC_AZURE_BODY_MAX, &json, err));
	CC_TRY(cc_json_get_str(json, "token_type", &type, err));
	CC_TRY(cc_json_get_str(json, "access_token", &text, err));
	CC_TRY(cc_json_get_u64(json, "expires_in", UINT32_MAX, &seconds, err));
	if (strcasecmp(type, "Bearer") != 0 || !is_token(text))
		return cc_fail(err, CC_E_ARG, "what it gives is no bearer token");
	if (seconds == 0)
		return cc_fail(err, CC_E_EXPIRED, "the token that it gives has expired");
	CC_TRY(cc_secret_from(cc_span_str(text), token, err));
	*until = now + (int64_t)seconds;
	return 0;
}

/* Secrets. */

/* "name", "name.vault.azure.net" or "https://name.vault.azure.net/". */
static int make_host(const struct cc_azure *azure, const char *vault, struct cc_outside_ask *out,
		     struct cc_err *err)
{
	static const char scheme[] = "https://";
	const char *name = cc_str_starts(vault, scheme) ? vault + strlen(scheme) : vault;
	size_t len = strcspn(name, "./"), rest = strlen(azure->vaults);
	const char *behind = name + len;

	if (behind[0] == '.' && strncmp(behind + 1, azure->vaults, rest) == 0)
		behind += 1 + rest;
	if (behind[0] == '/' && name != vault)
		behind++;
	if (len == 0 || len > 63 || !is_made_of(name, len, LETTERS "-") || name[0] == '-' ||
	    behind[0] != '\0') {
		cc_err_set(err, CC_E_ARG, "'%.100s' is no vault below '%s'", vault, azure->vaults);
		return cc_hint(err, "this CAS was made for vaults of that name alone: 'cas init "
				    "--azure-vaults'");
	}
	if (len + 1 + rest > CC_HOST_MAX)
		return cc_fail(err, CC_E_TOOBIG, "the name of a vault is too long");
	(void)snprintf(out->host, sizeof(out->host), "%.*s.%s", (int)len, name, azure->vaults);
	for (char *c = out->host; *c != '\0'; c++)
		*c = (char)tolower((unsigned char)*c);
	return 0;
}

static int check_name(const char *name, struct cc_err *err)
{
	size_t len = strcspn(name, "/");
	const char *version = name[len] == '/' ? name + len + 1 : NULL;

	if (len == 0 || len > 127 || !is_made_of(name, len, LETTERS "-")) {
		cc_err_set(err, CC_E_ARG, "'%.100s' is no name that a key vault has", name);
		return cc_hint(err, "letters, digits and '-': say 'secret_name' when it is not "
				    "called as it is here");
	}
	if (version != NULL &&
	    (strlen(version) != VERSION_LEN || !is_made_of(version, VERSION_LEN, DIGITS "abcdef")))
		return cc_fail(err, CC_E_ARG, "'%.100s' is no version of a secret", version);
	return 0;
}

int cc_azure_ask_secret(const struct cc_azure *azure, const struct cc_azure_want *want,
			struct cc_outside_ask *out, struct cc_err *err)
{
	CC_AUTO_BUF struct cc_buf token = { 0 };
	const char *text = NULL;

	CC_TRY(make_host(azure, want->vault, out, err));
	CC_TRY(check_name(want->name, err));
	CC_TRY(cc_buf_add(&token, want->token, err));
	CC_TRY(cc_buf_str(&token, &text, err));
	if (strlen(text) != want->token.len || !is_token(text))
		return cc_fail(err, CC_E_ARG, "'token' of import_akv is no bearer token");
	CC_TRY(cc_buf_addf(&out->request, err,
			   "GET /secrets/%s?api-version=" API_VERSION " HTTP/1.1\r\nHost: %s\r\n"
			   "Accept: application/json\r\nConnection: close\r\n"
			   "Authorization: Bearer %s\r\n\r\n",
			   want->name, out->host, text));
	return identify(out, cc_buf_span(&out->request), err);
}

/* exp and nbf are the owner's; the vault itself only reports them. */
static int check_window(const struct cc_json *json, int64_t now, struct cc_err *err)
{
	const struct cc_json *attributes = NULL;
	uint64_t from = 0, until = 0;

	if (!cc_json_has(json, "attributes"))
		return 0;
	CC_TRY(cc_json_get_object(json, "attributes", &attributes, err));
	if (cc_json_has(attributes, "nbf"))
		CC_TRY(cc_json_get_u64(attributes, "nbf", CC_JSON_INTEGER_MAX, &from, err));
	if (cc_json_has(attributes, "exp"))
		CC_TRY(cc_json_get_u64(attributes, "exp", CC_JSON_INTEGER_MAX, &until, err));
	if ((from == 0 || now >= (int64_t)from) && (until == 0 || now < (int64_t)until))
		return 0;
	cc_err_set(err, CC_E_EXPIRED, "the secret in the vault is %s",
		   until != 0 && now >= (int64_t)until ? "no longer valid" : "not valid yet");
	return cc_hint(err, "its owner gives it a new version, or another date");
}

int cc_azure_read_secret(const struct cc_outside_answer *answer, int64_t now,
			 struct cc_secret **text, struct cc_err *err)
{
	CC_AUTO_JSON struct cc_json *json = NULL;
	const char *value = NULL;

	if (answer->status != 200)
		return refuse(answer, vault_refusals, CC_COUNT(vault_refusals), err);
	CC_TRY(cc_json_parse(answer->body, CC_AZURE_BODY_MAX, &json, err));
	CC_TRY(cc_json_get_str(json, "value", &value, err));
	CC_TRY(check_window(json, now, err));
	if (value[0] == '\0')
		return cc_fail(err, CC_E_ARG, "the secret in the vault is empty");
	return cc_secret_from(cc_span_str(value), text, err);
}

static int read_sealed(struct cc_span bytes, struct cc_aead_nonce *nonce, struct cc_span *sealed,
		       struct cc_aead_tag *tag, struct cc_err *err)
{
	struct cc_reader r = cc_reader(bytes);
	uint16_t version = 0, type = 0, len = 0;

	CC_TRY(cc_read_u16be(&r, "version", &version, err));
	CC_TRY(cc_read_u16be(&r, "key type", &type, err));
	CC_TRY(cc_read_u16be(&r, "length", &len, err));
	if (version != SEALED_VERSION || type != SEALED_KEY_TYPE || len == 0 ||
	    bytes.len != SEALED_HEAD + sizeof(nonce->b) + len + sizeof(tag->b))
		return cc_fail(
			err, CC_E_ARG,
			"the secret in the vault is not sealed as 'decryption_key' wants it");
	bytes = cc_span_sub(bytes, SEALED_HEAD, bytes.len);
	memcpy(nonce->b, bytes.at, sizeof(nonce->b));
	*sealed = cc_span_sub(bytes, sizeof(nonce->b), len);
	memcpy(tag->b, sealed->at + len, sizeof(tag->b));
	return 0;
}

int cc_azure_open(struct cc_span text, const struct cc_secret *key, struct cc_secret **plain,
		  struct cc_err *err)
{
	CC_AUTO_BUF struct cc_buf bytes = { 0 };
	CC_AUTO_SECRET struct cc_secret *opened = NULL;
	CC_AUTO_AEAD struct cc_aead *aead = NULL;
	struct cc_aead_nonce nonce = { 0 };
	struct cc_aead_tag tag = { 0 };
	struct cc_span sealed = { 0 };

	CC_TRY(cc_base64_parse(text, &bytes, err));
	CC_TRY(read_sealed(cc_buf_span(&bytes), &nonce, &sealed, &tag, err));
	CC_TRY(cc_aead_new(key, &aead, err));
	CC_TRY(cc_secret_new(sealed.len, &opened, err));
	if (cc_aead_open(aead, &nonce, cc_span(NULL, 0), sealed, &tag,
			 (struct cc_mut){ cc_secret_bytes(opened), sealed.len }, err) != 0)
		return cc_hint(err, "'decryption_key' is not the key that it was sealed with");
	*plain = CC_TAKE(opened);
	return 0;
}
