/* SPDX-License-Identifier: Apache-2.0 */
/* Signed requests, their sealed bodies and their replies. */
#include "tests/unit/test.h"

#include "base/fd.h"
#include "base/str.h"
#include "codec/text.h"
#include "proto/sealed.h"

#define CREATED 1763692200
static const uint8_t nonce[CC_NONCE_LEN] = { 1, 2, 3 };

struct request {
	struct cc_key *key;
	struct cc_hpke_key *reply;
	struct cc_signed what;
	struct cc_signature_headers headers;
	struct cc_span values[CC_HEADER_COUNT];
};

static void request_clear(struct request *r)
{
	cc_key_free(r->key);
	cc_hpke_key_free(r->reply);
	cc_signature_headers_clear(&r->headers);
}

static struct request request(enum cc_key_kind kind)
{
	struct request r = {
		.what = { "PUT", "/v1/policies/a/b", cc_span_str("sealed body"), { 0 } }
	};
	struct cc_signature_plan plan = { .nonce = nonce, .created = CREATED };
	struct cc_err err = { 0 };

	assert_int_equal(cc_key_generate(kind, &r.key, &err), 0);
	assert_int_equal(cc_hpke_key_generate(&r.reply, &err), 0);
	plan.key = r.key;
	plan.reply_key = cc_hpke_key_public(r.reply);
	assert_int_equal(cc_signature_make(&r.what, &plan, &r.headers, &err), 0);
	for (size_t i = 0; i < CC_HEADER_COUNT; i++)
		r.values[i] = cc_buf_span(&r.headers.values[i]);
	return r;
}

static void a_signed_request_verifies_for_each_kind_of_key(void **state)
{
	static const enum cc_key_kind kinds[] = { CC_KEY_ED25519, CC_KEY_P256, CC_KEY_P384 };

	(void)state;
	for (size_t i = 0; i < CC_COUNT(kinds); i++) {
		CC_CLEANUP(request_clear) struct request r = request(kinds[i]);
		CC_AUTO_SIGNER struct cc_request_signer signer = { 0 };
		struct cc_digest hash = { 0 };
		struct cc_err err = { 0 };

		if (cc_signature_verify(&r.what, r.values, &signer, &err) != 0)
			fail_msg("%s", err.text);
		assert_int_equal(cc_pubkey_hash(cc_key_public(r.key), &hash, &err), 0);
		assert_true(cc_digest_eq(&hash, &signer.key_hash));
		assert_memory_equal(signer.nonce, nonce, sizeof(nonce));
		assert_int_equal(signer.created, CREATED);
		assert_memory_equal(signer.reply_key.b, cc_hpke_key_public(r.reply)->b, 32);
	}
}

/* RFC 9421 2.5, written out by hand. */
static void the_signature_base_is_that_of_the_rfc(void **state)
{
	CC_CLEANUP(request_clear) struct request r = request(CC_KEY_ED25519);
	CC_AUTO_BUF struct cc_buf key64 = { 0 }, digest64 = { 0 }, id = { 0 }, base = { 0 };
	CC_AUTO_BUF struct cc_buf signature = { 0 }, params = { 0 };
	const char *a = NULL, *b = NULL, *c = NULL, *d = NULL;
	struct cc_digest digest = { 0 }, hash = { 0 };
	struct cc_span sig = r.values[CC_HEADER_SIGNATURE];
	struct cc_err err = { 0 };

	(void)state;
	assert_int_equal(cc_sha256(r.what.body, &digest, &err), 0);
	assert_int_equal(cc_pubkey_hash(cc_key_public(r.key), &hash, &err), 0);
	assert_int_equal(cc_base64_add(&digest64, CC_DIGEST_SPAN(digest), &err), 0);
	assert_int_equal(cc_base64_add(&key64, CC_SPAN(cc_hpke_key_public(r.reply)->b), &err), 0);
	assert_int_equal(cc_base58check_add(&id, CC_BASE58_KEY_HASH, CC_DIGEST_SPAN(hash), &err),
			 0);
	assert_int_equal(cc_buf_str(&digest64, &a, &err), 0);
	assert_int_equal(cc_buf_str(&key64, &b, &err), 0);
	assert_int_equal(cc_buf_str(&id, &c, &err), 0);
	assert_int_equal(
		cc_buf_addf(&params, &err,
			    "(\"@method\" \"@path\" \"content-digest\" \"concordat-reply-key\");"
			    "created=1763692200;"
			    "nonce=\"AQIDAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\";"
			    "keyid=\"%s\";alg=\"ed25519\"",
			    c),
		0);
	assert_int_equal(cc_buf_str(&params, &d, &err), 0);
	assert_int_equal(cc_buf_addf(&base, &err,
				     "\"@method\": PUT\n\"@path\": /v1/policies/a/b\n"
				     "\"content-digest\": sha-256=:%s:\n"
				     "\"concordat-reply-key\": :%s:\n"
				     "\"@signature-params\": %s",
				     a, b, d),
			 0);
	assert_true(cc_span_eq_str(cc_span_sub(r.values[CC_HEADER_INPUT], 5, 1024), d));
	assert_true(cc_span_eq_str(cc_span_sub(sig, 0, 6), "sig1=:"));
	assert_int_equal(cc_base64_parse(cc_span_sub(sig, 6, sig.len - 7), &signature, &err), 0);
	assert_int_equal(
		cc_verify(cc_key_public(r.key), cc_buf_span(&base), cc_buf_span(&signature), &err),
		0);
}

static int verify(const struct request *r, struct cc_err *err)
{
	CC_AUTO_SIGNER struct cc_request_signer signer = { 0 };

	return cc_signature_verify(&r->what, r->values, &signer, err);
}

/* Web must neither take the key of a change away nor put one there. */
static void an_idempotency_key_is_signed_where_it_is_and_nowhere_else(void **state)
{
	CC_CLEANUP(request_clear) struct request with = request(CC_KEY_ED25519);
	CC_CLEANUP(request_clear) struct request without = request(CC_KEY_ED25519);
	struct cc_signature_plan plan = { .nonce = nonce, .created = CREATED };
	struct cc_err err = { 0 };

	(void)state;
	cc_signature_headers_clear(&with.headers);
	plan.key = with.key;
	plan.reply_key = cc_hpke_key_public(with.reply);
	with.what.idempotency = cc_span_str("once");
	assert_int_equal(cc_signature_make(&with.what, &plan, &with.headers, &err), 0);
	for (size_t i = 0; i < CC_HEADER_COUNT; i++)
		with.values[i] = cc_buf_span(&with.headers.values[i]);
	if (verify(&with, &err) != 0)
		fail_msg("%s", err.text);
	with.what.idempotency = cc_span_str("twice");
	assert_int_equal(verify(&with, &err), -1);
	assert_int_equal(err.code, CC_E_EVIDENCE);
	with.what.idempotency = cc_span(NULL, 0);
	assert_int_equal(verify(&with, &err), -1);
	assert_int_equal(err.code, CC_E_EVIDENCE);
	without.what.idempotency = cc_span_str("once");
	assert_int_equal(verify(&without, &err), -1);
	assert_int_equal(err.code, CC_E_EVIDENCE);
}

static void an_idempotency_key_has_no_line_end_and_a_maximum(void **state)
{
	char longest[CC_IDEMPOTENCY_MAX + 2] = "";
	struct cc_err err = { 0 };

	(void)state;
	memset(longest, 'k', CC_IDEMPOTENCY_MAX + 1);
	assert_int_equal(cc_idempotency_check(cc_span_str(longest), &err), -1);
	assert_int_equal(err.code, CC_E_TOOBIG);
	longest[CC_IDEMPOTENCY_MAX] = '\0';
	assert_int_equal(cc_idempotency_check(cc_span_str(longest), &err), 0);
	for (const char *bad = "\n\r \x7f"; *bad != '\0'; bad++) {
		longest[3] = *bad;
		assert_int_equal(cc_idempotency_check(cc_span_str(longest), &err), -1);
		assert_int_equal(err.code, CC_E_ARG);
	}
	assert_int_equal(cc_idempotency_check(cc_span_str(""), &err), -1);
}

static void another_method_path_or_body_is_refused(void **state)
{
	static const struct cc_signed others[] = {
		{ "POST", "/v1/policies/a/b", { (const uint8_t *)"sealed body", 11 }, { 0 } },
		{ "PUT", "/v1/policies/a/c", { (const uint8_t *)"sealed body", 11 }, { 0 } },
		{ "PUT", "/v1/policies/a/b", { (const uint8_t *)"sealed b0dy", 11 }, { 0 } },
		{ "PUT", "/v1/policies/a/b", { NULL, 0 }, { 0 } },
	};

	(void)state;
	for (size_t i = 0; i < CC_COUNT(others); i++) {
		CC_CLEANUP(request_clear) struct request r = request(CC_KEY_ED25519);
		struct cc_err err = { 0 };

		r.what = others[i];
		assert_int_equal(verify(&r, &err), -1);
		assert_int_equal(err.code, CC_E_EVIDENCE);
	}
}

static void headers_of_another_request_do_not_fit(void **state)
{
	(void)state;
	for (enum cc_signature_header h = CC_HEADER_DIGEST; h < CC_HEADER_COUNT; h++) {
		CC_CLEANUP(request_clear) struct request r = request(CC_KEY_P256);
		CC_CLEANUP(request_clear) struct request other = request(CC_KEY_P256);
		struct cc_err err = { 0 };

		if (h == CC_HEADER_DIGEST)
			continue; /* the same body has the same digest */
		r.values[h] = other.values[h];
		assert_int_equal(verify(&r, &err), -1);
		assert_int_equal(err.code, CC_E_EVIDENCE);
	}
}

static void paths_and_methods_cannot_add_lines(void **state)
{
	static const struct cc_signed refused[] = {
		{ "PUT", "/x\n\"@path\": /y", { NULL, 0 }, { 0 } },
		{ "PUT\n", "/x", { NULL, 0 }, { 0 } },
		{ "put", "/x", { NULL, 0 }, { 0 } },
		{ "", "/x", { NULL, 0 }, { 0 } },
		{ "PUT", "x", { NULL, 0 }, { 0 } },
		{ "PUT", "", { NULL, 0 }, { 0 } },
		{ "PUT", "/x?y", { NULL, 0 }, { 0 } },
		{ "PUT", "/\xc3\xa4", { NULL, 0 }, { 0 } },
	};

	(void)state;
	for (size_t i = 0; i < CC_COUNT(refused); i++) {
		CC_CLEANUP(request_clear) struct request r = request(CC_KEY_ED25519);
		struct cc_err err = { 0 };

		r.what = refused[i];
		assert_int_equal(verify(&r, &err), -1);
		assert_int_equal(err.code, CC_E_ARG);
	}
}

#define OPEN "sig1=(\"@method\" \"@path\" \"content-digest\" \"concordat-reply-key\")"
#define NONCE ";nonce=\"AQIDAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\""
#define CREATED_IS ";created=1763692200"

/* Whoever has a key may sign, but not under another name or for another algorithm. */
static void sign_as(struct request *r, const struct cc_key *named, const char *algorithm)
{
	CC_AUTO_BUF struct cc_buf id = { 0 }, base = { 0 };
	struct cc_buf *input = &r->headers.values[CC_HEADER_INPUT];
	struct cc_buf *value = &r->headers.values[CC_HEADER_SIGNATURE];
	struct cc_digest hash = { 0 };
	struct cc_signature signature = { 0 };
	struct cc_err err = { 0 };
	const char *text = NULL, *digest = NULL, *reply = NULL, *params = NULL;

	assert_int_equal(cc_pubkey_hash(cc_key_public(named), &hash, &err), 0);
	assert_int_equal(cc_base58check_add(&id, CC_BASE58_KEY_HASH, CC_DIGEST_SPAN(hash), &err),
			 0);
	assert_int_equal(cc_buf_str(&id, &text, &err), 0);
	cc_buf_reset(input);
	assert_int_equal(cc_buf_addf(input, &err, OPEN CREATED_IS NONCE ";keyid=\"%s\";alg=\"%s\"",
				     text, algorithm),
			 0);
	assert_int_equal(cc_buf_str(input, &params, &err), 0);
	assert_int_equal(cc_buf_str(&r->headers.values[CC_HEADER_DIGEST], &digest, &err), 0);
	assert_int_equal(cc_buf_str(&r->headers.values[CC_HEADER_REPLY_KEY], &reply, &err), 0);
	assert_int_equal(cc_buf_addf(&base, &err,
				     "\"@method\": %s\n\"@path\": %s\n\"content-digest\": %s\n"
				     "\"concordat-reply-key\": %s\n\"@signature-params\": %s",
				     r->what.method, r->what.path, digest, reply, params + 5),
			 0);
	assert_int_equal(cc_sign(r->key, cc_buf_span(&base), &signature, &err), 0);
	cc_buf_reset(value);
	assert_int_equal(cc_buf_add_str(value, "sig1=:", &err), 0);
	assert_int_equal(cc_base64_add(value, cc_span(signature.b, signature.len), &err), 0);
	assert_int_equal(cc_buf_add_str(value, ":", &err), 0);
	for (size_t i = 0; i < CC_HEADER_COUNT; i++)
		r->values[i] = cc_buf_span(&r->headers.values[i]);
}

static void a_good_signature_under_another_name_is_refused(void **state)
{
	CC_CLEANUP(request_clear) struct request r = request(CC_KEY_ED25519);
	CC_CLEANUP(request_clear) struct request victim = request(CC_KEY_ED25519);
	struct cc_err err = { 0 };

	(void)state;
	sign_as(&r, r.key, "ed25519");
	assert_int_equal(verify(&r, &err), 0);
	sign_as(&r, victim.key, "ed25519");
	assert_int_equal(verify(&r, &err), -1);
	assert_int_equal(err.code, CC_E_EVIDENCE);
	sign_as(&r, r.key, "ecdsa-p256-sha256");
	assert_int_equal(verify(&r, &err), -1);
	assert_int_equal(err.code, CC_E_EVIDENCE);
}

/* Each with the key id of the request put for %s. */
static const struct {
	const char *why, *form;
} refused_inputs[] = {
	{ "another label", "sig2=" },
	{ "nothing", "" },
	{ "fewer components", "sig1=(\"@method\" \"@path\" \"content-digest\")" CREATED_IS NONCE
			      ";keyid=\"%s\";alg=\"ed25519\"" },
	{ "another order",
	  "sig1=(\"@path\" \"@method\" \"content-digest\" \"concordat-reply-key\")" CREATED_IS NONCE
	  ";keyid=\"%s\";alg=\"ed25519\"" },
	{ "a parameter on a component",
	  "sig1=(\"@method\" \"@path\";req \"content-digest\" \"concordat-reply-key\")" CREATED_IS
		  NONCE ";keyid=\"%s\";alg=\"ed25519\"" },
	{ "no time", OPEN NONCE ";keyid=\"%s\";alg=\"ed25519\"" },
	{ "a time with a sign", OPEN ";created=-1" NONCE ";keyid=\"%s\";alg=\"ed25519\"" },
	{ "a time too far", OPEN ";created=253402300800" NONCE ";keyid=\"%s\";alg=\"ed25519\"" },
	{ "no nonce", OPEN CREATED_IS ";keyid=\"%s\";alg=\"ed25519\"" },
	{ "a short nonce", OPEN CREATED_IS ";nonce=\"AQID\";keyid=\"%s\";alg=\"ed25519\"" },
	{ "no key", OPEN CREATED_IS NONCE ";alg=\"ed25519\"" },
	{ "no algorithm", OPEN CREATED_IS NONCE ";keyid=\"%s\"" },
	{ "another algorithm", OPEN CREATED_IS NONCE ";keyid=\"%s\";alg=\"hmac-sha256\"" },
	{ "a parameter more",
	  OPEN CREATED_IS NONCE ";keyid=\"%s\";alg=\"ed25519\";expires=1863692200" },
	{ "a second signature", OPEN CREATED_IS NONCE ";keyid=\"%s\";alg=\"ed25519\", sig2=()" },
	{ "white space", OPEN CREATED_IS NONCE ";keyid=\"%s\"; alg=\"ed25519\"" },
};

static void only_one_form_of_signature_input_is_read(void **state)
{
	CC_CLEANUP(request_clear) struct request r = request(CC_KEY_ED25519);
	CC_AUTO_BUF struct cc_buf id = { 0 };
	struct cc_digest hash = { 0 };
	const char *text = NULL;
	struct cc_err err = { 0 };

	(void)state;
	assert_int_equal(cc_pubkey_hash(cc_key_public(r.key), &hash, &err), 0);
	assert_int_equal(cc_base58check_add(&id, CC_BASE58_KEY_HASH, CC_DIGEST_SPAN(hash), &err),
			 0);
	assert_int_equal(cc_buf_str(&id, &text, &err), 0);
	for (size_t i = 0; i < CC_COUNT(refused_inputs); i++) {
		CC_AUTO_BUF struct cc_buf value = { 0 };
		const char *form = refused_inputs[i].form, *at = strstr(form, "%s");
		struct cc_signature_input input = { 0 };

		assert_int_equal(
			cc_buf_add(&value,
				   cc_span(form, at == NULL ? strlen(form) : (size_t)(at - form)),
				   &err),
			0);
		if (at != NULL)
			assert_int_equal(cc_buf_addf(&value, &err, "%s%s", text, at + 2), 0);
		assert_int_equal(cc_signature_input_parse(cc_buf_span(&value), &input, &err), -1);
		if (err.code != CC_E_ARG && err.code != CC_E_TOOBIG)
			fail_msg("%s: %s", refused_inputs[i].why, err.text);
	}
	{
		uint8_t big[CC_HEADER_MAX + 1] = { 0 };
		struct cc_signature_input input = { 0 };

		assert_int_equal(cc_signature_input_parse(CC_SPAN(big), &input, &err), -1);
		assert_int_equal(err.code, CC_E_TOOBIG);
	}
}

/* Sealed bodies and replies. */

struct exchange {
	struct request request;
	struct cc_hpke_key *keeper;
	struct cc_key *cas;
	struct cc_digest pin;
	struct cc_request_signer signer;
	struct cc_buf body, signature;
	struct cc_sealed_reply reply;
};

static void exchange_clear(struct exchange *x)
{
	request_clear(&x->request);
	cc_hpke_key_free(x->keeper);
	cc_key_free(x->cas);
	cc_signer_clear(&x->signer);
	cc_buf_clear(&x->body);
	cc_buf_clear(&x->signature);
}

static struct exchange exchange(void)
{
	struct exchange x = { .request = request(CC_KEY_ED25519) };
	struct cc_reply_plan plan = { .status = 201, .plain = cc_span_str("answer") };
	struct cc_err err = { 0 };

	assert_int_equal(cc_hpke_key_generate(&x.keeper, &err), 0);
	assert_int_equal(cc_key_generate(CC_KEY_ED25519, &x.cas, &err), 0);
	assert_int_equal(cc_pubkey_hash(cc_key_public(x.cas), &x.pin, &err), 0);
	assert_int_equal(cc_signature_verify(&x.request.what, x.request.values, &x.signer, &err),
			 0);
	plan.to = &x.signer;
	plan.cas = x.cas;
	assert_int_equal(cc_reply_seal(&plan, &x.body, &x.signature, &err), 0);
	x.reply = (struct cc_sealed_reply){ .request = x.signer.request,
					    .status = 201,
					    .body = cc_buf_span(&x.body),
					    .signature = cc_buf_span(&x.signature) };
	return x;
}

static int open_reply(struct exchange *x, struct cc_buf *out, struct cc_err *err)
{
	return cc_reply_open(&x->reply, x->request.reply, cc_key_public(x->cas), &x->pin, out, err);
}

static void a_reply_opens_for_its_request(void **state)
{
	CC_CLEANUP(exchange_clear) struct exchange x = exchange();
	CC_AUTO_BUF struct cc_buf out = { 0 };
	struct cc_err err = { 0 };

	(void)state;
	assert_int_equal(open_reply(&x, &out, &err), 0);
	assert_true(cc_span_eq_str(cc_buf_span(&out), "answer"));
}

enum forgery {
	STATUS,
	BODY,
	REQUEST,
	SIGNATURE,
	NO_SIGNATURE,
	PIN,
	OTHER_CAS,
	FORGERIES,
};

static void a_forged_or_exchanged_reply_is_refused(void **state)
{
	(void)state;
	for (enum forgery f = STATUS; f < FORGERIES; f++) {
		CC_CLEANUP(exchange_clear) struct exchange x = exchange(), other = exchange();
		CC_AUTO_BUF struct cc_buf out = { 0 };
		struct cc_err err = { 0 };

		x.reply.status = f == STATUS ? 200 : x.reply.status;
		x.body.at[40] ^= f == BODY;
		x.reply.request.b[0] ^= f == REQUEST;
		x.pin.b[0] ^= f == PIN;
		if (f == SIGNATURE)
			x.reply.signature = other.reply.signature;
		if (f == NO_SIGNATURE)
			x.reply.signature = cc_span_str("");
		if (f == OTHER_CAS)
			x.pin = other.pin;
		assert_int_equal(open_reply(&x, &out, &err), -1);
		assert_int_equal(err.code, CC_E_EVIDENCE);
		assert_int_equal(out.len, 0);
	}
}

static void a_request_body_opens_only_where_it_belongs(void **state)
{
	static const struct {
		const char *method, *path;
		size_t flip;
		int result;
	} cases[] = {
		{ "POST", "/v1/runs", 0, 0 },
		{ "PUT", "/v1/runs", 0, -1 },
		{ "POST", "/v1/run", 0, -1 },
		{ "POST", "/v1/runs", 34, -1 },
	};

	(void)state;
	for (size_t i = 0; i < CC_COUNT(cases); i++) {
		const struct cc_signed to = { .method = "POST", .path = "/v1/runs" };
		struct cc_signed got = { .method = cases[i].method, .path = cases[i].path };
		CC_AUTO_HPKE_KEY struct cc_hpke_key *keeper = NULL;
		CC_AUTO_BUF struct cc_buf body = { 0 }, out = { 0 };
		struct cc_err err = { 0 };

		assert_int_equal(cc_hpke_key_generate(&keeper, &err), 0);
		assert_int_equal(cc_request_seal(cc_hpke_key_public(keeper), &to,
						 cc_span_str("secret"), &body, &err),
				 0);
		body.at[cases[i].flip] ^= cases[i].flip > 0;
		got.body = cc_buf_span(&body);
		assert_int_equal(cc_request_open(keeper, &got, &out, &err), cases[i].result);
		if (cases[i].result == 0)
			assert_true(cc_span_eq_str(cc_buf_span(&out), "secret"));
		else
			assert_int_equal(err.code, CC_E_TAMPERED);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_signed_request_verifies_for_each_kind_of_key),
		cmocka_unit_test(the_signature_base_is_that_of_the_rfc),
		cmocka_unit_test(an_idempotency_key_is_signed_where_it_is_and_nowhere_else),
		cmocka_unit_test(an_idempotency_key_has_no_line_end_and_a_maximum),
		cmocka_unit_test(another_method_path_or_body_is_refused),
		cmocka_unit_test(headers_of_another_request_do_not_fit),
		cmocka_unit_test(paths_and_methods_cannot_add_lines),
		cmocka_unit_test(a_good_signature_under_another_name_is_refused),
		cmocka_unit_test(only_one_form_of_signature_input_is_read),
		cmocka_unit_test(a_reply_opens_for_its_request),
		cmocka_unit_test(a_forged_or_exchanged_reply_is_refused),
		cmocka_unit_test(a_request_body_opens_only_where_it_belongs),
	};

	return cmocka_run_group_tests_name("proto/signature", tests, NULL, NULL);
}
