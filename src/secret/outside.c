/* SPDX-License-Identifier: Apache-2.0 */
/* Values that services outside give: tokens of Azure's directory, secrets of its key vaults. */
#include "base/str.h"
#include "codec/text.h"
#include "crypto/aead.h"
#include "crypto/pem.h"
#include "secret/substitute.h"
#include "secret/value-internal.h"

#define TOKEN_FILLED_MAX ((size_t)64 * 1024)

static int find_azure(const struct cc_secret_making *making, const char *what,
		      const struct cc_azure **out, struct cc_err *err)
{
	if (making->outside == NULL) {
		cc_err_set(err, CC_E_UNSUPPORTED, "%s is not asked for here", what);
		return cc_hint(err, "it is given to the programs of its own policy alone");
	}
	if (making->outside->azure == NULL) {
		cc_err_set(err, CC_E_UNSUPPORTED, "%s: this CAS was made without Azure", what);
		return cc_hint(err, "use a CAS that was made with 'cas init --azure-roots FILE'");
	}
	*out = making->outside->azure;
	return 0;
}

static int put(const struct cc_secret_making *making, const struct cc_outside_ask *ask,
	       struct cc_outside_answer *out, struct cc_err *err)
{
	return making->outside->ask(making->outside->context, ask, out, err);
}

int cc_secret_fetch_token(const struct cc_secret_making *making, struct cc_secret_value *out,
			  struct cc_err *err)
{
	const struct cc_secret_entry *entry = making->entry;
	struct cc_azure_buyer buyer = { .tenant = entry->tenant_id,
					.client = entry->client_id,
					.now = making->now };
	CC_AUTO_OUTSIDE_ASK struct cc_outside_ask ask = { 0 };
	CC_AUTO_SECRET struct cc_secret *key = NULL;
	CC_AUTO_BUF struct cc_buf secret = { .max = TOKEN_FILLED_MAX };
	struct cc_outside_answer answer = { 0 };
	const struct cc_azure *azure = NULL;

	CC_TRY(find_azure(making, "a token of Azure Active Directory", &azure, err));
	if (entry->application_secret != NULL) {
		CC_TRY(cc_substitute(cc_span_str(entry->application_secret), making->others,
				     &secret, err));
		buyer.secret = cc_buf_span(&secret);
	} else {
		CC_TRY(cc_pem_read(cc_span_str(entry->private_key), CC_PEM_PRIVATE_KEY, &key, err));
		buyer.key = cc_secret_span(key);
		buyer.thumbprint = entry->certificate_thumbprint;
	}
	CC_TRY(cc_azure_ask_token(azure, &buyer, &ask, err));
	CC_TRY(put(making, &ask, &answer, err));
	out->from = making->now;
	if (cc_azure_read_token(&answer, making->now, &out->bytes, &out->until, err) != 0)
		return cc_wrap(err, "tenant '%.80s' at '%.80s'", buyer.tenant, ask.host);
	return 0;
}

/* The token as the policy names it, or the policy's only one. */
static int find_token(const struct cc_secret_making *making, struct cc_buf *out, struct cc_err *err)
{
	const char *text = making->entry->import_akv->token;
	struct cc_secret_found found = { 0 };

	if (text != NULL)
		return cc_substitute(cc_span_str(text), making->others, out, err);
	if (making->aad_token == NULL) {
		cc_err_set(err, CC_E_ARG,
			   "the policy has none or several secrets of kind "
			   "'aad-token'");
		return cc_hint(err, "name the one that opens the vault: 'token' of import_akv");
	}
	CC_TRY(making->others->find(making->others->context, making->aad_token, &found, err));
	return cc_buf_add(out, cc_secret_value_span(found.value), err);
}

/* 64 digits, or a reference to 32 bytes or to 64 digits. */
static int find_key(const struct cc_secret_making *making, struct cc_secret **out,
		    struct cc_err *err)
{
	CC_AUTO_BUF struct cc_buf filled = { .max = TOKEN_FILLED_MAX }, bytes = { 0 };
	struct cc_span key = { 0 };

	CC_TRY(cc_substitute(cc_span_str(making->entry->import_akv->decryption_key), making->others,
			     &filled, err));
	key = cc_buf_span(&filled);
	if (key.len == (size_t)2 * CC_AEAD_KEY_LEN) {
		CC_TRY(cc_hex_parse(key, &bytes, err));
		key = cc_buf_span(&bytes);
	}
	if (key.len != CC_AEAD_KEY_LEN)
		return cc_fail(err, CC_E_ARG, "'decryption_key' has %zu bytes, not %d", key.len,
			       CC_AEAD_KEY_LEN);
	return cc_secret_from(key, out, err);
}

/* A certificate of a vault is a text in PEM with its key before or behind it. */
static int read_certificate(struct cc_span pem, struct cc_secret_value *out, struct cc_err *err)
{
	static const char begin[] = "-----BEGIN CERTIFICATE-----";
	static const char key_begin[] = "-----BEGIN PRIVATE KEY-----";
	CC_AUTO_SECRET_VALUE struct cc_secret_value key = { 0 };
	size_t at = cc_span_find(pem, begin), key_at = cc_span_find(pem, key_begin);
	struct cc_span certificates = at == pem.len ? pem : cc_span_sub(pem, at, pem.len);

	if (key_at != pem.len) {
		CC_TRY(cc_secret_read(CC_SECRET_PRIVATE_KEY, pem, &key, err));
		if (key_at > at)
			certificates = cc_span_sub(pem, at, key_at - at);
	}
	CC_TRY(cc_secret_read(CC_SECRET_X509, certificates, out, err));
	out->key = CC_TAKE(key.bytes);
	return 0;
}

/* References in it are text like any other: a vault does not read the policy's secrets. */
static int read_value(const struct cc_akv_import *import, struct cc_span text,
		      struct cc_secret_value *out, struct cc_err *err)
{
	if (out->kind == CC_SECRET_NONE)
		out->kind = import->decryption_key != NULL ? CC_SECRET_BINARY : CC_SECRET_ASCII;
	if (out->kind == CC_SECRET_BINARY && import->decryption_key != NULL)
		return cc_secret_from(text, &out->bytes, err);
	if (out->kind == CC_SECRET_X509 || out->kind == CC_SECRET_X509_CA)
		return read_certificate(text, out, err);
	return cc_secret_read(out->kind, text, out, err);
}

int cc_secret_fetch_vault(const struct cc_secret_making *making, struct cc_secret_value *out,
			  struct cc_err *err)
{
	const struct cc_akv_import *import = making->entry->import_akv;
	struct cc_azure_want want = { .vault = import->vault, .name = import->secret_name };
	CC_AUTO_SECRET struct cc_secret *text = NULL, *key = NULL, *plain = NULL;
	CC_AUTO_BUF struct cc_buf token = { .max = TOKEN_FILLED_MAX };
	CC_AUTO_OUTSIDE_ASK struct cc_outside_ask ask = { 0 };
	struct cc_outside_answer answer = { 0 };
	const struct cc_azure *azure = NULL;

	CC_TRY(find_azure(making, "a secret of an Azure Key Vault", &azure, err));
	CC_TRY(find_token(making, &token, err));
	want.token = cc_buf_span(&token);
	CC_TRY(cc_azure_ask_secret(azure, &want, &ask, err));
	CC_TRY(put(making, &ask, &answer, err));
	out->from = making->now;
	if (cc_azure_read_secret(&answer, making->now, &text, err) != 0)
		return cc_wrap(err, "'%.127s' in vault '%.80s'", want.name, ask.host);
	if (import->decryption_key == NULL)
		return read_value(import, cc_secret_span(text), out, err);
	CC_TRY(find_key(making, &key, err));
	CC_TRY(cc_azure_open(cc_secret_span(text), key, &plain, err));
	return read_value(import, cc_secret_span(plain), out, err);
}
