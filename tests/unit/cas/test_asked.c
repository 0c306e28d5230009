/* SPDX-License-Identifier: Apache-2.0 */
/* What a hostile web can make of a stakeholder's signed request: nothing. */
#include "tests/unit/cas/world.h"

#include "base/time.h"
#include "cas/asked.h"
#include "crypto/x509.h"
#include "proto/messages.h"
#include "proto/sealed.h"

#define PLAIN "{\"policy\":\"name: sh1/s1\\n\"}"

/* A keeper's part that reads requests, and one request on its way through web. */
struct scene {
	struct world world;
	struct cc_keeper *keeper;
	struct cc_key *key;
	struct cc_hpke_key *reply;
	struct cc_digest nonce;
	struct cc_signature_headers headers;
	struct cc_buf body, values;
	enum cc_operation operation;
	const char *argument;
};
#define AUTO_SCENE CC_CLEANUP(scene_clear)

static void scene_clear(struct scene *scene)
{
	cc_nonces_free(scene->keeper->nonces);
	free(scene->keeper);
	cc_key_free(scene->key);
	cc_hpke_key_free(scene->reply);
	cc_signature_headers_clear(&scene->headers);
	cc_buf_clear(&scene->body);
	cc_buf_clear(&scene->values);
	world_clear(&scene->world);
}

/* SH1 updates sh1/s1: as its client sends it. */
static void set(struct scene *scene)
{
	struct cc_signed request = { .method = "PUT", .path = "/v1/policies/sh1/s1" };
	struct cc_signature_plan plan = { .created = WORLD_NOW };

	world_make(&scene->world, 1, 1);
	scene->keeper = calloc(1, sizeof(*scene->keeper));
	assert_non_null(scene->keeper);
	scene->keeper->cas.keys = scene->world.keys;
	ok(cc_nonces_new(&scene->keeper->nonces, &oops));
	ok(cc_nonces_draw(scene->keeper->nonces, cc_time_monotonic_ms(), &scene->nonce, &oops));
	scene->key = key_from(77);
	ok(cc_hpke_key_generate(&scene->reply, &oops));
	scene->operation = CC_OP_POLICY_UPDATE;
	scene->argument = "sh1/s1";
	assert_string_equal(cc_route_of(scene->operation)->method, request.method);
	assert_string_equal(cc_route_of(scene->operation)->path, "/v1/policies/*");
	ok(cc_request_seal(cc_hpke_key_public(scene->world.keys.hpke), &request, cc_span_str(PLAIN),
			   &scene->body, &oops));
	request.body = cc_buf_span(&scene->body);
	plan.key = scene->key;
	plan.nonce = scene->nonce.b;
	plan.reply_key = cc_hpke_key_public(scene->reply);
	ok(cc_signature_make(&request, &plan, &scene->headers, &oops));
}

/* Web hands it on; what the keeper makes of it is in `asked`. */
static int hand_on(struct scene *scene, struct cc_asked **asked, struct cc_err *err)
{
	const uint8_t operation = (uint8_t)scene->operation, exporter[32] = { 1 };
	struct cc_message message = { .type = CC_REQUEST, .id = 1 };
	struct cc_span values[CC_HEADER_COUNT] = { 0 };

	for (size_t i = 0; i < CC_HEADER_COUNT; i++)
		values[i] = cc_buf_span(&scene->headers.values[i]);
	cc_buf_reset(&scene->values);
	ok(cc_values_add(values, CC_COUNT(values), &scene->values, &oops));
	message.fields[CC_REQUEST_OPERATION] = cc_span(&operation, 1);
	message.fields[CC_REQUEST_ARGUMENT] = cc_span_str(scene->argument);
	message.fields[CC_REQUEST_SIGNATURE] = cc_buf_span(&scene->values);
	message.fields[CC_REQUEST_EXPORTER] = CC_SPAN(exporter);
	message.fields[CC_REQUEST_BODY] = cc_buf_span(&scene->body);
	/* Only kept: where an answer would go. */
	return cc_asked_new(scene->keeper, (struct cc_wire *)(void *)scene, &message, asked, err);
}

/* It is refused, and nothing of it is believed. */
static void assert_refused(struct scene *scene, enum cc_code code)
{
	struct cc_asked *asked = NULL;
	struct cc_err err = { 0 };

	if (hand_on(scene, &asked, &err) == 0)
		fail_msg("web's request was taken for the caller's");
	assert_code(err, code);
	assert_non_null(asked);
	assert_false(asked->proven);
	assert_false(asked->caller.known);
	assert_int_equal(asked->body.len, 0);
	cc_asked_free(asked);
}

static void a_signed_request_is_its_signer_s(void **state)
{
	AUTO_SCENE struct scene scene = { 0 };
	struct cc_asked *asked = NULL;
	struct cc_digest hash = { 0 };

	(void)state;
	set(&scene);
	ok(hand_on(&scene, &asked, &oops));
	ok(cc_pubkey_hash(cc_key_public(scene.key), &hash, &oops));
	assert_true(asked->caller.known);
	assert_false(asked->caller.transport);
	assert_true(cc_digest_eq(&asked->caller.key, &hash));
	assert_true(cc_span_eq_str(cc_buf_span(&asked->body), PLAIN));
	cc_asked_free(asked);
}

static void the_same_request_does_not_work_twice(void **state)
{
	AUTO_SCENE struct scene scene = { 0 };
	struct cc_asked *asked = NULL;

	(void)state;
	set(&scene);
	ok(hand_on(&scene, &asked, &oops));
	cc_asked_free(asked);
	assert_refused(&scene, CC_E_STALE);
}

static void a_nonce_of_another_keeper_is_none(void **state)
{
	AUTO_SCENE struct scene scene = { 0 };

	(void)state;
	set(&scene);
	cc_nonces_free(scene.keeper->nonces);
	scene.keeper->nonces = NULL;
	ok(cc_nonces_new(&scene.keeper->nonces, &oops));
	assert_refused(&scene, CC_E_STALE);
}

static void another_argument_or_operation_is_not_what_was_signed(void **state)
{
	AUTO_SCENE struct scene scene = { 0 };

	(void)state;
	set(&scene);
	scene.argument = "sh1/other";
	assert_refused(&scene, CC_E_EVIDENCE);
	scene.argument = "sh1/s1";
	scene.operation = CC_OP_POLICY_READ;
	assert_refused(&scene, CC_E_EVIDENCE);
	scene.operation = CC_OP_POLICY_UPDATE;
	/* A refusal of web's forgeries spends nothing: the true one still works. */
	{
		struct cc_asked *asked = NULL;

		ok(hand_on(&scene, &asked, &oops));
		cc_asked_free(asked);
	}
}

static void a_changed_body_is_not_what_was_signed(void **state)
{
	AUTO_SCENE struct scene scene = { 0 };

	(void)state;
	set(&scene);
	for (size_t i = 0; i < scene.body.len; i += 11) {
		scene.body.at[i] ^= 1;
		assert_refused(&scene, CC_E_EVIDENCE);
		scene.body.at[i] ^= 1;
	}
	scene.body.len--;
	assert_refused(&scene, CC_E_EVIDENCE);
}

static void headers_that_web_changed_are_refused(void **state)
{
	AUTO_SCENE struct scene scene = { 0 };

	(void)state;
	set(&scene);
	for (size_t h = 0; h < CC_HEADER_COUNT; h++) {
		struct cc_buf *value = &scene.headers.values[h];
		struct cc_asked *asked = NULL;
		struct cc_err err = { 0 };

		value->at[value->len / 2] ^= 1;
		if (hand_on(&scene, &asked, &err) == 0)
			fail_msg("header %zu is not looked at", h);
		assert_false(asked->caller.known);
		cc_asked_free(asked);
		value->at[value->len / 2] ^= 1;
	}
}

/* What web says of the certificate of a TLS client, which signs nothing. */
static void certificate(int64_t from, int64_t until, struct cc_buf *der)
{
	CC_AUTO_KEY struct cc_key *key = key_from(78);
	CC_AUTO_CERT struct cc_cert *cert = NULL;
	const struct cc_cert_plan plan = { .common_name = "sh1",
					   .key = cc_key_public(key),
					   .issuer_key = key,
					   .from = from,
					   .until = until,
					   .path_len = -1 };

	cc_buf_reset(der);
	ok(cc_cert_make(&plan, &cert, &oops));
	ok(cc_cert_to_der(cert, der, &oops));
}

static int hand_on_bare(struct scene *scene, struct cc_span der, struct cc_asked **asked,
			struct cc_err *err)
{
	const uint8_t operation = CC_OP_POLICY_READ, exporter[32] = { 1 };
	struct cc_message message = { .type = CC_REQUEST, .id = 1 };

	message.fields[CC_REQUEST_OPERATION] = cc_span(&operation, 1);
	message.fields[CC_REQUEST_ARGUMENT] = cc_span_str("sh1/s1");
	message.fields[CC_REQUEST_EXPORTER] = CC_SPAN(exporter);
	message.fields[CC_REQUEST_PEER] = der;
	return cc_asked_new(scene->keeper, (struct cc_wire *)(void *)scene, &message, asked, err);
}

static void a_certificate_is_an_identity_of_the_transport_in_its_time(void **state)
{
	const int64_t now = cc_time_now();
	const struct {
		int64_t from, until;
		bool good;
	} rows[] = { { now - 60, now + 60, true },
		     { now - 120, now - 60, false },
		     { now + 60, now + 120, false } };
	AUTO_SCENE struct scene scene = { 0 };
	CC_AUTO_BUF struct cc_buf der = { 0 };

	(void)state;
	set(&scene);
	for (size_t i = 0; i < CC_COUNT(rows); i++) {
		struct cc_asked *asked = NULL;
		struct cc_err err = { 0 };

		certificate(rows[i].from, rows[i].until, &der);
		assert_int_equal(hand_on_bare(&scene, cc_buf_span(&der), &asked, &err),
				 rows[i].good ? 0 : -1);
		assert_code(err, rows[i].good ? CC_OK : CC_E_EXPIRED);
		assert_int_equal(asked->caller.known, rows[i].good);
		assert_int_equal(asked->caller.transport, rows[i].good);
		cc_asked_free(asked);
	}
}

/* The answer of one request, under its caller's key, is not that of another. */
static void an_answer_is_bound_to_its_request_and_status(void **state)
{
	AUTO_SCENE struct scene scene = { 0 };
	CC_AUTO_BUF struct cc_buf body = { 0 }, signature = { 0 }, plain = { 0 };
	struct cc_sealed_reply reply = { .status = 200 };
	struct cc_asked *asked = NULL;
	struct cc_err err = { 0 };

	(void)state;
	set(&scene);
	ok(hand_on(&scene, &asked, &oops));
	{
		const struct cc_reply_plan plan = { .to = &asked->signer,
						    .cas = scene.world.keys.cas,
						    .status = 200,
						    .plain = cc_span_str("{}") };

		ok(cc_reply_seal(&plan, &body, &signature, &oops));
	}
	reply.body = cc_buf_span(&body);
	reply.signature = cc_buf_span(&signature);
	ok(cc_sha256(cc_buf_span(&scene.headers.values[CC_HEADER_SIGNATURE]), &reply.request,
		     &oops));
	ok(cc_reply_open(&reply, scene.reply, cc_key_public(scene.world.keys.cas),
			 &scene.world.keys.cas_hash, &plain, &oops));
	assert_true(cc_span_eq_str(cc_buf_span(&plain), "{}"));
	reply.status = 403;
	assert_int_equal(cc_reply_open(&reply, scene.reply, cc_key_public(scene.world.keys.cas),
				       &scene.world.keys.cas_hash, &plain, &err),
			 -1);
	assert_code(err, CC_E_EVIDENCE);
	reply.status = 200;
	reply.request.b[0] ^= 1;
	assert_int_equal(cc_reply_open(&reply, scene.reply, cc_key_public(scene.world.keys.cas),
				       &scene.world.keys.cas_hash, &plain, &err),
			 -1);
	assert_code(err, CC_E_EVIDENCE);
	cc_asked_free(asked);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_signed_request_is_its_signer_s),
		cmocka_unit_test(the_same_request_does_not_work_twice),
		cmocka_unit_test(a_nonce_of_another_keeper_is_none),
		cmocka_unit_test(another_argument_or_operation_is_not_what_was_signed),
		cmocka_unit_test(a_changed_body_is_not_what_was_signed),
		cmocka_unit_test(headers_that_web_changed_are_refused),
		cmocka_unit_test(a_certificate_is_an_identity_of_the_transport_in_its_time),
		cmocka_unit_test(an_answer_is_bound_to_its_request_and_status),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
