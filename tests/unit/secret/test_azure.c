/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/secret/secrets.h"

#include "codec/json.h"
#include "codec/text.h"
#include "crypto/aead.h"
#include "crypto/pair.h"
#include "crypto/pem.h"
#include "crypto/rsa.h"
#include "secret/azure.h"

static const struct cc_azure azure = { "login.example", "vault.example" };

static void assert_err(const struct cc_err *err, enum cc_code code, const char *word)
{
	assert_int_equal(err->code, code);
	if (strstr(err->text, word) == NULL && strstr(err->hint, word) == NULL)
		fail_msg("no '%s' in '%s' (%s)", word, err->text, err->hint);
}

static void a_token_is_asked_for_as_oauth_has_it(void **state)
{
	const struct cc_azure_buyer buyer = { .tenant = "11-22",
					      .client = "my client",
					      .secret = cc_span_str("a&b=ä~") };
	CC_AUTO_OUTSIDE_ASK struct cc_outside_ask ask = { 0 };
	struct cc_err err = { 0 };

	(void)state;
	assert_int_equal(cc_azure_ask_token(&azure, &buyer, &ask, &err), 0);
	assert_string_equal(ask.host, "login.example");
	assert_true(cc_span_eq_str(
		cc_buf_span(&ask.request),
		"POST /11-22/oauth2/v2.0/token HTTP/1.1\r\nHost: login.example\r\n"
		"Accept: application/json\r\nConnection: close\r\n"
		"Content-Type: application/x-www-form-urlencoded\r\nContent-Length: 126\r\n\r\n"
		"grant_type=client_credentials&client_id=my%20client&scope=https%3A%2F%2F"
		"vault.example%2F.default&client_secret=a%26b%3D%C3%A4~"));
}

static void a_tenant_is_no_way_to_another_path(void **state)
{
	static const char *const tenants[] = { "", "a/b", "..", "a?b", "a b", "a\r\nb", "a%2fb" };

	(void)state;
	for (size_t i = 0; i < CC_COUNT(tenants); i++) {
		const struct cc_azure_buyer buyer = { .tenant = tenants[i],
						      .client = "c",
						      .secret = cc_span_str("s") };
		CC_AUTO_OUTSIDE_ASK struct cc_outside_ask ask = { 0 };
		struct cc_err err = { 0 };

		assert_int_equal(cc_azure_ask_token(&azure, &buyer, &ask, &err), -1);
		assert_err(&err, CC_E_ARG, "tenant_id");
	}
}

static void the_same_question_has_the_same_id_and_another_another(void **state)
{
	const struct cc_azure_buyer buyers[] = {
		{ .tenant = "t", .client = "c", .secret = cc_span_str("s") },
		{ .tenant = "t", .client = "c", .secret = cc_span_str("s") },
		{ .tenant = "t2", .client = "c", .secret = cc_span_str("s") },
		{ .tenant = "t", .client = "c", .secret = cc_span_str("s2") }
	};
	struct cc_digest ids[CC_COUNT(buyers)];
	struct cc_err err = { 0 };

	(void)state;
	for (size_t i = 0; i < CC_COUNT(buyers); i++) {
		CC_AUTO_OUTSIDE_ASK struct cc_outside_ask ask = { 0 };

		assert_int_equal(cc_azure_ask_token(&azure, &buyers[i], &ask, &err), 0);
		ids[i] = ask.id;
	}
	assert_true(cc_digest_eq(&ids[0], &ids[1]));
	assert_false(cc_digest_eq(&ids[0], &ids[2]));
	assert_false(cc_digest_eq(&ids[0], &ids[3]));
}

/* The part of a token in its compact form, decoded. */
static struct cc_span decoded(struct cc_span text, size_t number, struct cc_buf *out)
{
	struct cc_err err = { 0 };

	for (; number > 0; number--) {
		const uint8_t *dot = memchr(text.at, '.', text.len);

		assert_non_null(dot);
		text = cc_span_sub(text, (size_t)(dot - text.at) + 1, text.len);
	}
	if (memchr(text.at, '.', text.len) != NULL)
		text.len = (size_t)((const uint8_t *)memchr(text.at, '.', text.len) - text.at);
	cc_buf_reset(out);
	assert_int_equal(cc_base64url_parse(text, out, &err), 0);
	return cc_buf_span(out);
}

static const struct assertion {
	const char *thumbprint, *header;
	struct cc_rsa_way way;
} assertions[] = {
	{ "0101010101010101010101010101010101010101",
	  "{\"alg\":\"RS256\",\"typ\":\"JWT\",\"x5t\":\"AQEBAQEBAQEBAQEBAQEBAQEBAQE\"}",
	  { CC_RSA_PKCS1, CC_HASH_SHA256 } },
	{ "0101010101010101010101010101010101010101010101010101010101010101",
	  "{\"alg\":\"PS256\",\"typ\":\"JWT\",\"x5t#S256\":"
	  "\"AQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQE\"}",
	  { CC_RSA_PSS, CC_HASH_SHA256 } },
};

static void check_assertion(struct cc_span token, const struct assertion *row, struct cc_span key)
{
	const uint8_t *end = memrchr(token.at, '.', token.len);
	CC_AUTO_BUF struct cc_buf part = { 0 };
	CC_AUTO_RSA struct cc_rsa *rsa = NULL;
	CC_AUTO_JSON struct cc_json *claims = NULL;
	struct cc_err err = { 0 };
	const char *text = NULL;
	uint64_t until = 0;

	assert_true(cc_span_eq_str(decoded(token, 0, &part), row->header));
	assert_int_equal(cc_json_parse(decoded(token, 1, &part), 4096, &claims, &err), 0);
	assert_int_equal(cc_json_get_str(claims, "aud", &text, &err), 0);
	assert_string_equal(text, "https://login.example/11-22/oauth2/v2.0/token");
	assert_int_equal(cc_json_get_str(claims, "sub", &text, &err), 0);
	assert_string_equal(text, "c");
	assert_int_equal(cc_json_get_u64(claims, "exp", CC_JSON_INTEGER_MAX, &until, &err), 0);
	assert_int_equal(until, NOW + 300);
	assert_int_equal(cc_rsa_from_pkcs8(key, &rsa, &err), 0);
	assert_int_equal(cc_rsa_verify(rsa, &row->way, cc_span(token.at, (size_t)(end - token.at)),
				       decoded(token, 2, &part), &err),
			 0);
}

static void a_token_is_bought_with_the_key_of_a_certificate(void **state)
{
	CC_AUTO_KEYPAIR struct cc_keypair *pair = NULL;
	CC_AUTO_SECRET struct cc_secret *key = NULL;
	struct cc_err err = { 0 };

	(void)state;
	assert_int_equal(cc_keypair_generate(CC_KEYPAIR_RSA2048, &pair, &err), 0);
	assert_int_equal(cc_keypair_to_pkcs8(pair, &key, &err), 0);
	for (size_t i = 0; i < CC_COUNT(assertions); i++) {
		static const char mark[] = "jwt-bearer&client_assertion=";
		const struct cc_azure_buyer buyer = { .tenant = "11-22",
						      .client = "c",
						      .key = cc_secret_span(key),
						      .thumbprint = assertions[i].thumbprint,
						      .now = NOW };
		CC_AUTO_OUTSIDE_ASK struct cc_outside_ask ask = { 0 }, again = { 0 };
		const uint8_t *at = NULL;
		size_t skip = 0;

		assert_int_equal(cc_azure_ask_token(&azure, &buyer, &ask, &err), 0);
		at = memmem(ask.request.at, ask.request.len, mark, strlen(mark));
		assert_non_null(at);
		skip = (size_t)(at - ask.request.at) + strlen(mark);
		check_assertion(cc_span_sub(cc_buf_span(&ask.request), skip, ask.request.len),
				&assertions[i], buyer.key);
		/* Another assertion, and the same question. */
		assert_int_equal(cc_azure_ask_token(&azure, &buyer, &again, &err), 0);
		assert_false(cc_span_eq(cc_buf_span(&ask.request), cc_buf_span(&again.request)));
		assert_true(cc_digest_eq(&ask.id, &again.id));
	}
}

static void keys_and_thumbprints_that_are_none_buy_nothing(void **state)
{
	CC_AUTO_KEYPAIR struct cc_keypair *pair = NULL;
	CC_AUTO_SECRET struct cc_secret *key = NULL;
	struct cc_azure_buyer buyer = { .tenant = "t", .client = "c", .thumbprint = "00" };
	CC_AUTO_OUTSIDE_ASK struct cc_outside_ask ask = { 0 };
	struct cc_err err = { 0 };

	(void)state;
	assert_int_equal(cc_azure_ask_token(&azure, &buyer, &ask, &err), -1);
	assert_err(&err, CC_E_ARG, "certificate_thumbprint");
	assert_int_equal(cc_keypair_generate(CC_KEYPAIR_P256, &pair, &err), 0);
	assert_int_equal(cc_keypair_to_pkcs8(pair, &key, &err), 0);
	buyer.thumbprint = assertions[0].thumbprint;
	buyer.key = cc_secret_span(key);
	assert_int_equal(cc_azure_ask_token(&azure, &buyer, &ask, &err), -1);
	assert_err(&err, CC_E_ARG, "private_key: no RSA key");
}

static int read_token(unsigned int status, const char *body, int64_t *until, struct cc_err *err)
{
	const struct cc_outside_answer answer = { status, cc_span_str(body) };
	CC_AUTO_SECRET struct cc_secret *token = NULL;

	CC_TRY(cc_azure_read_token(&answer, NOW, &token, until, err));
	return cc_span_eq_str(cc_secret_span(token), "eyJ.a-b_c") ? 0 : 1;
}

static void a_token_is_read_with_its_end(void **state)
{
	int64_t until = 0;
	struct cc_err err = { 0 };

	(void)state;
	assert_int_equal(read_token(200,
				    "{\"token_type\":\"bearer\",\"expires_in\":3599,\"ext\":1,"
				    "\"access_token\":\"eyJ.a-b_c\"}",
				    &until, &err),
			 0);
	assert_int_equal(until, NOW + 3599);
}

static void what_is_no_good_token_is_refused_with_the_reason(void **state)
{
	static const struct {
		unsigned int status;
		const char *body;
		enum cc_code code;
		const char *word;
	} rows[] = {
		{ 401, "{\"error\":\"invalid_client\",\"error_description\":\"canary\"}",
		  CC_E_DENIED, "401, invalid_client" },
		{ 400, "no JSON", CC_E_DENIED, "400, no reason" },
		{ 400, "{\"error\":\"a\\nb\"}", CC_E_DENIED, "no reason" },
		{ 302, "", CC_E_DENIED, "redirects" },
		{ 404, "{}", CC_E_NOTFOUND, "tenant" },
		{ 429, "", CC_E_UNAVAILABLE, "429" },
		{ 503, "", CC_E_UNAVAILABLE, "503" },
		{ 200, "", CC_E_ARG, "" },
		{ 200, "{\"token_type\":\"Bearer\",\"expires_in\":1}", CC_E_ARG, "access_token" },
		{ 200, "{\"token_type\":\"mac\",\"expires_in\":1,\"access_token\":\"a\"}", CC_E_ARG,
		  "no bearer token" },
		{ 200, "{\"token_type\":\"Bearer\",\"expires_in\":1,\"access_token\":\"a b\"}",
		  CC_E_ARG, "no bearer token" },
		{ 200,
		  "{\"token_type\":\"Bearer\",\"expires_in\":1,\"access_token\":\"a\\r\\nX: y\"}",
		  CC_E_ARG, "no bearer token" },
		{ 200, "{\"token_type\":\"Bearer\",\"expires_in\":1,\"access_token\":\"\"}",
		  CC_E_ARG, "no bearer token" },
		{ 200, "{\"token_type\":\"Bearer\",\"expires_in\":0,\"access_token\":\"a\"}",
		  CC_E_EXPIRED, "expired" },
	};

	(void)state;
	for (size_t i = 0; i < CC_COUNT(rows); i++) {
		struct cc_err err = { 0 };
		int64_t until = 0;

		assert_int_equal(read_token(rows[i].status, rows[i].body, &until, &err), -1);
		assert_err(&err, rows[i].code, rows[i].word);
		assert_null(strstr(err.text, "canary"));
	}
}

static int ask_secret(const char *vault, const char *name, const char *token,
		      struct cc_outside_ask *ask, struct cc_err *err)
{
	const struct cc_azure_want want = { vault, name, cc_span_str(token) };

	cc_outside_ask_clear(ask);
	return cc_azure_ask_secret(&azure, &want, ask, err);
}

static void a_secret_is_asked_for_at_its_vault(void **state)
{
	static const char *const vaults[] = { "my-vault", "my-vault.vault.example",
					      "https://My-Vault.vault.example/" };
	CC_AUTO_OUTSIDE_ASK struct cc_outside_ask ask = { 0 };
	struct cc_err err = { 0 };

	(void)state;
	for (size_t i = 0; i < CC_COUNT(vaults); i++) {
		if (ask_secret(vaults[i], "db-key", "tok", &ask, &err) != 0)
			fail_msg("%s", err.text);
		assert_string_equal(ask.host, "my-vault.vault.example");
		assert_true(cc_span_eq_str(cc_buf_span(&ask.request),
					   "GET /secrets/db-key?api-version=7.4 HTTP/1.1\r\n"
					   "Host: my-vault.vault.example\r\n"
					   "Accept: application/json\r\nConnection: close\r\n"
					   "Authorization: Bearer tok\r\n\r\n"));
	}
	assert_int_equal(ask_secret("v", "k/0123456789abcdef0123456789abcdef", "t", &ask, &err), 0);
}

static void a_token_goes_to_vaults_of_this_cas_alone(void **state)
{
	static const char *const vaults[] = { "evil.example",
					      "v.vault.example.evil",
					      "v.vault.exampleevil",
					      "a.v.vault.example",
					      "v.vault.example:444",
					      "v/x",
					      "https://",
					      "",
					      "http://v",
					      "-v",
					      "v@evil" };
	CC_AUTO_OUTSIDE_ASK struct cc_outside_ask ask = { 0 };

	(void)state;
	for (size_t i = 0; i < CC_COUNT(vaults); i++) {
		struct cc_err err = { 0 };

		assert_int_equal(ask_secret(vaults[i], "n", "t", &ask, &err), -1);
		assert_err(&err, CC_E_ARG, "no vault below");
	}
}

static void names_and_tokens_are_no_way_into_the_request(void **state)
{
	static const char *const names[] = {
		"", "a_b", "a?b", "a/b", "a b", "../keys/k", "a/0123456789abcdef0123456789abcdeg"
	};
	CC_AUTO_OUTSIDE_ASK struct cc_outside_ask ask = { 0 };
	struct cc_err err = { 0 };

	(void)state;
	for (size_t i = 0; i < CC_COUNT(names); i++)
		assert_int_equal(ask_secret("v", names[i], "t", &ask, &err), -1);
	assert_int_equal(ask_secret("v", "n", "t\r\nX: y", &ask, &err), -1);
	assert_err(&err, CC_E_ARG, "no bearer token");
	assert_int_equal(ask_secret("v", "n", "", &ask, &err), -1);
}

static int read_secret(unsigned int status, const char *body, struct cc_err *err)
{
	const struct cc_outside_answer answer = { status, cc_span_str(body) };
	CC_AUTO_SECRET struct cc_secret *text = NULL;

	CC_TRY(cc_azure_read_secret(&answer, NOW, &text, err));
	return cc_span_eq_str(cc_secret_span(text), "val") ? 0 : 1;
}

static void a_secret_is_read_within_its_own_window(void **state)
{
	static const struct {
		unsigned int status;
		const char *body;
		enum cc_code code;
		const char *word;
	} rows[] = {
		{ 200, "{\"value\":\"val\",\"id\":\"x\"}", CC_OK, "" },
		{ 200, "{\"value\":\"val\",\"attributes\":{\"nbf\":1700000000,\"exp\":1900000000}}",
		  CC_OK, "" },
		{ 200, "{\"value\":\"val\",\"attributes\":{\"exp\":1800000000}}", CC_E_EXPIRED,
		  "no longer" },
		{ 200, "{\"value\":\"val\",\"attributes\":{\"nbf\":1800000001}}", CC_E_EXPIRED,
		  "not valid yet" },
		{ 200, "{\"value\":\"\"}", CC_E_ARG, "empty" },
		{ 200, "{}", CC_E_ARG, "value" },
		{ 401, "{\"error\":{\"code\":\"Unauthorized\"}}", CC_E_DENIED,
		  "401, Unauthorized" },
		{ 403, "{\"error\":{\"code\":\"Forbidden\"}}", CC_E_DENIED, "Forbidden" },
		{ 404, "{\"error\":{\"code\":\"SecretNotFound\"}}", CC_E_NOTFOUND,
		  "SecretNotFound" },
		{ 301, "", CC_E_DENIED, "not followed" },
		{ 500, "", CC_E_UNAVAILABLE, "500" },
	};

	(void)state;
	for (size_t i = 0; i < CC_COUNT(rows); i++) {
		struct cc_err err = { 0 };
		int done = read_secret(rows[i].status, rows[i].body, &err);

		assert_int_equal(done, rows[i].code == CC_OK ? 0 : -1);
		assert_err(&err, rows[i].code, rows[i].word);
	}
}

/* A text as somebody seals it for a vault, under a key of 32 bytes 0x07. */
static void seal_text(struct cc_span plain, struct cc_buf *out)
{
	static const uint8_t head[] = { 0x00, 0xa1, 0x00, 0x02 };
	CC_AUTO_SECRET struct cc_secret *key = NULL;
	CC_AUTO_AEAD struct cc_aead *aead = NULL;
	CC_AUTO_BUF struct cc_buf bytes = { 0 };
	const struct cc_aead_nonce nonce = { { 9 } };
	struct cc_aead_tag tag = { 0 };
	struct cc_mut room = { 0 };
	struct cc_err err = { 0 };

	assert_int_equal(cc_secret_new(32, &key, &err), 0);
	memset(cc_secret_bytes(key), 7, 32);
	assert_int_equal(cc_aead_new(key, &aead, &err), 0);
	assert_int_equal(cc_buf_add(&bytes, CC_SPAN(head), &err), 0);
	assert_int_equal(cc_buf_add_u16be(&bytes, (uint16_t)plain.len, &err), 0);
	assert_int_equal(cc_buf_add(&bytes, CC_SPAN(nonce.b), &err), 0);
	assert_int_equal(cc_buf_extend(&bytes, plain.len, &room, &err), 0);
	assert_int_equal(cc_aead_seal(aead, &nonce, cc_span(NULL, 0), plain, room, &tag, &err), 0);
	assert_int_equal(cc_buf_add(&bytes, CC_SPAN(tag.b), &err), 0);
	assert_int_equal(cc_base64_add(out, cc_buf_span(&bytes), &err), 0);
}

static void what_was_sealed_for_a_vault_is_opened_by_its_key_alone(void **state)
{
	CC_AUTO_SECRET struct cc_secret *key = NULL, *other = NULL, *plain = NULL;
	CC_AUTO_BUF struct cc_buf text = { 0 };
	struct cc_err err = { 0 };

	(void)state;
	seal_text(cc_span_str("payload"), &text);
	assert_int_equal(cc_secret_new(32, &key, &err), 0);
	assert_int_equal(cc_secret_new(32, &other, &err), 0);
	memset(cc_secret_bytes(key), 7, 32);
	assert_int_equal(cc_azure_open(cc_buf_span(&text), key, &plain, &err), 0);
	assert_true(cc_span_eq_str(cc_secret_span(plain), "payload"));
	cc_secret_free(CC_TAKE(plain));
	assert_int_equal(cc_azure_open(cc_buf_span(&text), other, &plain, &err), -1);
	assert_err(&err, CC_E_TAMPERED, "decryption_key");
	/* Cut anywhere it is not in its form. */
	for (size_t len = 0; len < text.len; len += 4)
		assert_int_equal(cc_azure_open(cc_span(text.at, len), key, &plain, &err), -1);
}

/* What a service outside said, and how often it was asked. */
struct outside {
	struct cc_outside_answer token, secret;
	const char *waits_for; /* host that has not answered yet */
	size_t asked;
	char last[CC_HOST_MAX + 1];
};

static int answer_ask(void *context, const struct cc_outside_ask *ask,
		      struct cc_outside_answer *out, struct cc_err *err)
{
	struct outside *outside = context;

	outside->asked++;
	(void)snprintf(outside->last, sizeof(outside->last), "%s", ask->host);
	if (outside->waits_for != NULL && cc_str_eq(outside->waits_for, ask->host))
		return cc_fail(err, CC_E_UNAVAILABLE, "not yet");
	*out = cc_str_eq(ask->host, azure.authority) ? outside->token : outside->secret;
	return 0;
}

static struct outside good(const char *value)
{
	return (struct outside){
		.token = { 200, cc_span_str("{\"token_type\":\"Bearer\",\"expires_in\":60,"
					    "\"access_token\":\"tok\"}") },
		.secret = { 200, cc_span_str(value) },
	};
}

#define TOKEN                                                         \
	"  - {name: t, kind: aad-token, tenant_id: t, client_id: c, " \
	"application_secret: $$SCONE::bought$$}\n"                    \
	"  - {name: bought, kind: ascii, value: with this}\n"

/* The secrets behind TOKEN: the token is made first. */
static int make(const char *entry, struct outside *outside, const struct cc_azure *where,
		struct cc_secret_value *out, struct cc_err *err)
{
	const struct cc_secret_outside way = { where, answer_ask, outside };
	AUTO_SECRETS struct secrets all = { 0 };
	CC_AUTO_FREE char *text = NULL;

	all.lookup = (struct cc_secret_lookup){ find_secret, &all };
	assert_int_equal(cc_strf(&text, err,
				 "name: p\nversion: \"0.3.12\"\nsecrets:\n" TOKEN
				 "  - {name: k, kind: binary, size: 32, value: "
				 "0707070707070707070707070707070707070707070707070707070707070707}"
				 "\n%s",
				 entry),
			 0);
	if (cc_policy_parse(cc_span_str(text), &all.policy, err) != 0)
		fail_msg("%s", err->text);
	for (size_t step = 0; step < 4; step++) {
		const size_t order[] = { 1, 0, 2, 3 };
		struct cc_secret_making making = making_of(&all, order[step]);

		making.outside = &way;
		making.aad_token = "t";
		CC_TRY(cc_secret_make(&making, &all.values[order[step]], err));
	}
	*out = all.values[3];
	all.values[3] = (struct cc_secret_value){ 0 };
	return 0;
}

static void a_value_of_a_vault_is_of_its_kind_and_no_reference_in_it_is_filled(void **state)
{
	static const struct {
		const char *entry, *answer;
		enum cc_secret_kind kind;
		const char *value;
	} rows[] = {
		{ "  - {name: s, import_akv: {vault: v}}\n", "{\"value\":\"$$SCONE::bought$$\"}",
		  CC_SECRET_ASCII, "$$SCONE::bought$$" },
		{ "  - {name: s, kind: binary, import_akv: {vault: v, token: $$SCONE::t$$}}\n",
		  "{\"value\":\"616263\"}", CC_SECRET_BINARY, "abc" },
		{ "  - {name: s, kind: config-fragment, import_akv: {vault: v}}\n",
		  "{\"value\":\"{\\\"b\\\": 1, \\\"a\\\": 2}\"}", CC_SECRET_CONFIG_FRAGMENT,
		  "{\"a\":2,\"b\":1}" },
	};

	(void)state;
	for (size_t i = 0; i < CC_COUNT(rows); i++) {
		CC_AUTO_SECRET_VALUE struct cc_secret_value value = { 0 };
		struct outside outside = good(rows[i].answer);
		struct cc_err err = { 0 };

		if (make(rows[i].entry, &outside, &azure, &value, &err) != 0)
			fail_msg("%s", err.text);
		assert_int_equal(value.kind, rows[i].kind);
		assert_true(cc_span_eq_str(cc_secret_value_span(&value), rows[i].value));
		assert_string_equal(outside.last, "v.vault.example");
	}
}

static void a_sealed_value_of_a_vault_is_opened(void **state)
{
	static const char entry[] = "  - {name: s, import_akv: {vault: v, decryption_key: "
				    "$$SCONE::k$$}}\n";
	CC_AUTO_SECRET_VALUE struct cc_secret_value value = { 0 };
	CC_AUTO_BUF struct cc_buf sealed = { 0 };
	CC_AUTO_FREE char *answer = NULL;
	const char *text = NULL;
	struct outside outside = { 0 };
	struct cc_err err = { 0 };

	(void)state;
	seal_text(cc_span_str("\001bytes"), &sealed);
	assert_int_equal(cc_buf_str(&sealed, &text, &err), 0);
	assert_int_equal(cc_strf(&answer, &err, "{\"value\":\"%s\"}", text), 0);
	outside = good(answer);
	if (make(entry, &outside, &azure, &value, &err) != 0)
		fail_msg("%s", err.text);
	assert_int_equal(value.kind, CC_SECRET_BINARY);
	assert_true(cc_span_eq_str(cc_secret_value_span(&value), "\001bytes"));
}

static void what_has_not_answered_yet_is_waited_for(void **state)
{
	static const char entry[] = "  - {name: s, import_akv: {vault: v}}\n";
	CC_AUTO_SECRET_VALUE struct cc_secret_value value = { 0 };
	struct outside outside = good("{\"value\":\"x\"}");
	struct cc_err err = { 0 };

	(void)state;
	outside.waits_for = "v.vault.example";
	assert_int_equal(make(entry, &outside, &azure, &value, &err), -1);
	assert_int_equal(err.code, CC_E_UNAVAILABLE);
	assert_int_equal(outside.asked, 2);
	outside.waits_for = "login.example";
	assert_int_equal(make(entry, &outside, &azure, &value, &err), -1);
	assert_string_equal(outside.last, "login.example");
}

static void a_cas_without_azure_says_what_it_lacks(void **state)
{
	CC_AUTO_SECRET_VALUE struct cc_secret_value value = { 0 };
	struct outside outside = good("{\"value\":\"x\"}");
	struct cc_err err = { 0 };

	(void)state;
	assert_int_equal(
		make("  - {name: s, import_akv: {vault: v}}\n", &outside, NULL, &value, &err), -1);
	assert_err(&err, CC_E_UNSUPPORTED, "made without Azure");
	assert_int_equal(outside.asked, 0);
}

static void a_certificate_of_a_vault_comes_with_its_key(void **state)
{
	AUTO_SECRETS struct secrets made;
	CC_AUTO_BUF struct cc_buf key = { 0 }, cert = { 0 }, quoted = { 0 };
	CC_AUTO_FREE char *pem = NULL, *answer = NULL;
	CC_AUTO_JSON struct cc_json *json = NULL;
	const char *text = NULL;
	struct cc_err err = { 0 };

	(void)state;
	secrets_new(&made, "0.3",
		    "  - {name: key, kind: private-key}\n"
		    "  - {name: leaf, kind: x509, private_key: key}\n");
	(void)filled(&made, "$$SCONE::key$$", &key);
	(void)filled(&made, "$$SCONE::leaf$$", &cert);
	for (int order = 0; order < 2; order++) {
		CC_AUTO_SECRET_VALUE struct cc_secret_value value = { 0 };
		struct outside outside = { 0 };

		free(pem);
		free(answer);
		cc_json_free(json);
		cc_buf_clear(&quoted);
		assert_int_equal(cc_strf(&pem, &err, "%.*s%.*s", (int)(order == 0 ? key : cert).len,
					 (const char *)(order == 0 ? key : cert).at,
					 (int)(order == 0 ? cert : key).len,
					 (const char *)(order == 0 ? cert : key).at),
				 0);
		assert_int_equal(cc_json_string(cc_span_str(pem), &json, &err), 0);
		assert_int_equal(cc_json_print(json, &quoted, &err), 0);
		assert_int_equal(cc_buf_str(&quoted, &text, &err), 0);
		assert_int_equal(cc_strf(&answer, &err, "{\"value\":%s}", text), 0);
		outside = good(answer);
		if (make("  - {name: s, kind: x509, import_akv: {vault: v}}\n", &outside, &azure,
			 &value, &err) != 0)
			fail_msg("%s", err.text);
		assert_true(cc_secret_equal(value.bytes, made.values[1].bytes));
		assert_true(cc_secret_equal(value.key, made.values[0].bytes));
	}
}

static void a_policy_spells_out_the_key_of_its_certificate(void **state)
{
	CC_AUTO_KEYPAIR struct cc_keypair *pair = NULL;
	CC_AUTO_SECRET struct cc_secret *key = NULL;
	CC_AUTO_BUF struct cc_buf pem = { 0 }, quoted = { 0 };
	CC_AUTO_JSON struct cc_json *json = NULL;
	CC_AUTO_FREE char *text = NULL;
	struct outside outside = good("{}");
	const struct cc_secret_outside way = { &azure, answer_ask, &outside };
	AUTO_SECRETS struct secrets all = { 0 };
	struct cc_secret_making making = { 0 };
	struct cc_err err = { 0 };

	(void)state;
	all.lookup = (struct cc_secret_lookup){ find_secret, &all };
	assert_int_equal(cc_keypair_generate(CC_KEYPAIR_RSA2048, &pair, &err), 0);
	assert_int_equal(cc_keypair_to_pkcs8(pair, &key, &err), 0);
	assert_int_equal(cc_pem_add(&pem, CC_PEM_PRIVATE_KEY, cc_secret_span(key), &err), 0);
	assert_int_equal(cc_json_string(cc_buf_span(&pem), &json, &err), 0);
	assert_int_equal(cc_json_print(json, &quoted, &err), 0);
	assert_int_equal(cc_strf(&text, &err,
				 "name: p\nversion: \"0.3.12\"\nsecrets:\n  - {name: t, kind: "
				 "aad-token, tenant_id: t, client_id: c, certificate_thumbprint: "
				 "\"%s\", private_key: %.*s}\n",
				 assertions[0].thumbprint, (int)quoted.len,
				 (const char *)quoted.at),
			 0);
	if (cc_policy_parse(cc_span_str(text), &all.policy, &err) != 0)
		fail_msg("%s", err.text);
	making = making_of(&all, 0);
	making.outside = &way;
	if (cc_secret_make(&making, &all.values[0], &err) != 0)
		fail_msg("%s", err.text);
	assert_true(cc_span_eq_str(cc_secret_value_span(&all.values[0]), "tok"));
	assert_int_equal(all.values[0].until, NOW + 60);
}

static void hosts_are_names_in_lower_case(void **state)
{
	static const char *const good_hosts[] = { "localhost", "login.microsoftonline.com" };
	static const char *const bad_hosts[] = { "",     "a",     "A.b",    "a..b",
						 ".a.b", "a.b.",  "a.b:1",  "a.b/c",
						 "-a.b", "a b.c", "a.b\r\n" };
	struct cc_err err = { 0 };

	(void)state;
	for (size_t i = 0; i < CC_COUNT(good_hosts); i++)
		assert_int_equal(cc_host_check(good_hosts[i], &err), 0);
	for (size_t i = 0; i < CC_COUNT(bad_hosts); i++)
		assert_int_equal(cc_host_check(bad_hosts[i], &err), -1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_token_is_asked_for_as_oauth_has_it),
		cmocka_unit_test(a_tenant_is_no_way_to_another_path),
		cmocka_unit_test(the_same_question_has_the_same_id_and_another_another),
		cmocka_unit_test(a_token_is_bought_with_the_key_of_a_certificate),
		cmocka_unit_test(keys_and_thumbprints_that_are_none_buy_nothing),
		cmocka_unit_test(a_token_is_read_with_its_end),
		cmocka_unit_test(what_is_no_good_token_is_refused_with_the_reason),
		cmocka_unit_test(a_secret_is_asked_for_at_its_vault),
		cmocka_unit_test(a_token_goes_to_vaults_of_this_cas_alone),
		cmocka_unit_test(names_and_tokens_are_no_way_into_the_request),
		cmocka_unit_test(a_secret_is_read_within_its_own_window),
		cmocka_unit_test(what_was_sealed_for_a_vault_is_opened_by_its_key_alone),
		cmocka_unit_test(
			a_value_of_a_vault_is_of_its_kind_and_no_reference_in_it_is_filled),
		cmocka_unit_test(a_sealed_value_of_a_vault_is_opened),
		cmocka_unit_test(what_has_not_answered_yet_is_waited_for),
		cmocka_unit_test(a_cas_without_azure_says_what_it_lacks),
		cmocka_unit_test(a_certificate_of_a_vault_comes_with_its_key),
		cmocka_unit_test(a_policy_spells_out_the_key_of_its_certificate),
		cmocka_unit_test(hosts_are_names_in_lower_case),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
