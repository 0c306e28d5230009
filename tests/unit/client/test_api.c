/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/client/fake.h"

#define REQUEST_PATH "/v1/policies/sh1/input-x"

static struct cc_json *a_body(void)
{
	struct cc_json *body = NULL;
	struct cc_err err = { 0 };

	ok(cc_json_object(&body, &err), &err);
	ok(cc_json_set_str(body, "hash", "secret word", &err), &err);
	return body;
}

static void what_was_asked_arrives_sealed_and_signed_by_the_identity(void **state)
{
	AUTO_FAKE struct fake fake = { 0 };
	AUTO_CLIENT_SIDE struct client client = { .fake = &fake,
						  .method = "GET",
						  .path = REQUEST_PATH };
	CC_AUTO_JSON struct cc_json *body = a_body();
	CC_AUTO_KEY struct cc_key *identity = NULL;
	struct cc_digest hash = { 0 };
	struct cc_err err = { 0 };
	uint64_t number = 0;

	(void)state;
	fake_start(&fake);
	client.body = body;
	err = client_go(&client);
	assert_string_equal(err.text, "");
	assert_true(cc_span_eq_str(cc_buf_span(&fake.plain), "{\"hash\":\"secret word\"}"));
	ok(cc_home_identity(&fake.home, &identity, &err), &err);
	ok(cc_pubkey_hash(cc_key_public(identity), &hash, &err), &err);
	assert_true(cc_digest_eq(&hash, &fake.signer));
	ok(cc_json_get_u64(client.answer, "number", 9, &number, &err), &err);
	assert_int_equal(number, 1);
	/* The same session again, without a body: that is zero bytes, sealed. */
	client.body = NULL;
	assert_int_equal(client_go(&client).code, CC_OK);
	assert_int_equal(fake.plain.len, 0);
}

static void a_change_whose_answer_is_lost_is_asked_once_more_under_the_same_key(void **state)
{
	AUTO_FAKE struct fake fake = { 0 };
	AUTO_CLIENT_SIDE struct client client = { .fake = &fake, .method = "PUT" };
	CC_AUTO_JSON struct cc_json *body = a_body();

	(void)state;
	fake_start(&fake);
	client.path = REQUEST_PATH;
	client.body = body;
	fake.lie = ANSWER_LOST;
	assert_string_equal(client_go(&client).text, "");
	assert_int_equal(fake.asked, 2);
	assert_int_not_equal(fake.keys[0][0], '\0');
	assert_string_equal(fake.keys[0], fake.keys[1]);
	/* The next change is another one; a reading has no key. */
	assert_string_equal(client_go(&client).text, "");
	assert_string_not_equal(fake.keys[0], fake.keys[1]);
	client.method = "GET";
	assert_string_equal(client_go(&client).text, "");
	assert_string_equal(fake.keys[0], "");
}

static void what_a_cas_says_of_itself_is_there_with_its_checkpoint(void **state)
{
	AUTO_FAKE struct fake fake = { 0 };
	AUTO_CLIENT_SIDE struct client client = { .fake = &fake };
	const struct cc_json *checkpoint = NULL;
	struct cc_err err = { 0 };
	const char *name = NULL;
	uint64_t number = 0;

	(void)state;
	fake_start(&fake);
	assert_string_equal(client_go(&client).text, "");
	ok(cc_json_get_str(cc_api_cas(client.api), "name", &name, &err), &err);
	assert_string_equal(name, "cas.example");
	ok(cc_json_get_object(cc_api_cas(client.api), "checkpoint", &checkpoint, &err), &err);
	ok(cc_json_get_u64(checkpoint, "size", 1000, &number, &err), &err);
	assert_int_equal(number, 300);
	ok(cc_json_get_u64(checkpoint, "cosigned", 1000, &number, &err), &err);
	assert_int_equal(number, 2);
}

static void lies_of_a_cas_about_itself_are_refused(void **state)
{
	static const struct {
		enum lie lie;
		enum cc_code code;
		const char *reason;
	} rows[] = {
		{ DOCUMENT_FORGED, CC_E_EVIDENCE, "the signature of the CAS key" },
		{ DOCUMENT_OF_ANOTHER_KEY, CC_E_EVIDENCE, "pinned is" },
		{ POLICY_NOT_OF_ITS_HASH, CC_E_EVIDENCE, "not what its hash says" },
		{ CHECKPOINT_FORGED, CC_E_EVIDENCE, "the checkpoint of the CAS" },
		{ BELOW_QUORUM, CC_E_EVIDENCE, "w1.example" },
		{ SAYS_UNAVAILABLE, CC_E_UNAVAILABLE, "unsigned: limit" },
	};
	AUTO_FAKE struct fake fake = { 0 };

	(void)state;
	fake_start(&fake);
	for (size_t i = 0; i < CC_COUNT(rows); i++) {
		struct cc_err err = { 0 };

		fake.lie = rows[i].lie;
		err = open_once(&fake);
		if (err.code != rows[i].code || strstr(err.text, rows[i].reason) == NULL)
			fail_msg("row %zu: %d '%s'", i, err.code, err.text);
	}
}

static void another_key_than_the_pinned_one_ends_it_before_anything_is_said(void **state)
{
	AUTO_FAKE struct fake fake = { 0 };
	struct cc_err err = { 0 };

	(void)state;
	fake_start(&fake);
	fake.known.key.b[0] ^= 1;
	err = open_once(&fake);
	assert_int_equal(err.code, CC_E_EVIDENCE);
	assert_non_null(strstr(err.text, "pinned"));
}

static void a_cas_without_witnesses_needs_no_cosignature(void **state)
{
	AUTO_FAKE struct fake fake = { .unwitnessed = true };

	(void)state;
	fake_start(&fake);
	assert_string_equal(open_once(&fake).text, "");
}

static void what_was_attested_must_still_be_so(void **state)
{
	AUTO_FAKE struct fake fake = { 0 };
	struct cc_err err = { 0 };

	(void)state;
	fake_start(&fake);
	fake.known.has_policy = true;
	fake.known.policy = fake_policy_hash(&fake);
	assert_string_equal(open_once(&fake).text, "");
	fake.simulation = true;
	err = open_once(&fake);
	assert_int_equal(err.code, CC_E_DENIED);
	assert_non_null(strstr(err.text, "SIMULATION"));
	fake.simulation = false;
	fake.known.policy.b[0] ^= 1;
	err = open_once(&fake);
	assert_int_equal(err.code, CC_E_DENIED);
	assert_non_null(strstr(err.text, "another policy"));
}

/* What the home remembers now. */
static void remembered(struct fake *fake)
{
	struct cc_err err = { 0 };

	ok(cc_home_cas_load(&fake->home, "default", &fake->known, &err), &err);
}

static void the_greatest_checkpoint_is_remembered_and_each_must_continue_it(void **state)
{
	/* Sizes on both sides of a tile's edge, and one that leaves whole tiles between. */
	static const uint64_t sizes[] = { 1, 255, 256, 257, 300, 512, 513, 700 };
	AUTO_FAKE struct fake fake = { 0 };

	(void)state;
	fake_start(&fake);
	for (size_t i = 0; i < CC_COUNT(sizes); i++) {
		fake.size = sizes[i];
		assert_string_equal(open_once(&fake).text, "");
		remembered(&fake);
		assert_int_equal(fake.known.size, sizes[i]);
	}
	assert_true(fake.tiles > 0);
	fake.tiles = 0;
	assert_string_equal(open_once(&fake).text, ""); /* the same again: nothing to prove */
	assert_int_equal(fake.tiles, 0);
}

static void an_older_checkpoint_is_stale(void **state)
{
	AUTO_FAKE struct fake fake = { 0 };
	struct cc_err err = { 0 };

	(void)state;
	fake_start(&fake);
	assert_string_equal(open_once(&fake).text, "");
	remembered(&fake);
	fake.size = 299;
	err = open_once(&fake);
	assert_int_equal(err.code, CC_E_STALE);
	assert_non_null(strstr(err.text, "older state"));
	remembered(&fake);
	assert_int_equal(fake.known.size, 300);
}

static void another_ledger_of_the_same_size_is_stale(void **state)
{
	AUTO_FAKE struct fake fake = { 0 };
	struct cc_err err = { 0 };

	(void)state;
	fake_start(&fake);
	assert_string_equal(open_once(&fake).text, "");
	remembered(&fake);
	fake.leaves[7].b[0] ^= 1;
	err = open_once(&fake);
	assert_int_equal(err.code, CC_E_STALE);
	assert_non_null(strstr(err.text, "another state"));
}

static void a_ledger_that_does_not_continue_what_was_seen_is_stale(void **state)
{
	AUTO_FAKE struct fake fake = { 0 };
	struct cc_err err = { 0 };

	(void)state;
	fake_start(&fake);
	assert_string_equal(open_once(&fake).text, "");
	remembered(&fake);
	fake.size = 600;
	fake.leaves[7].b[0] ^= 1; /* its history is another, tiles and head agree */
	err = open_once(&fake);
	assert_int_equal(err.code, CC_E_STALE);
	assert_non_null(strstr(err.text, "does not continue"));
	fake.leaves[7].b[0] ^= 1;
	fake.lie = OTHER_TILES; /* the head is good, what proves it is not */
	assert_int_equal(open_once(&fake).code, CC_E_STALE);
	fake.lie = HONEST;
	assert_string_equal(open_once(&fake).text, "");
}

static void the_smaller_of_two_heads_learned_at_once_is_not_kept(void **state)
{
	AUTO_FAKE struct fake fake = { 0 };
	struct cc_tree_head head = { 0 };
	struct cc_known_cas before = { 0 };
	struct cc_err err = { 0 };

	(void)state;
	fake_start(&fake);
	before = fake.known;
	fake.size = 500;
	assert_string_equal(open_once(&fake).text, "");
	/* Another process, which had looked at the home before us and saw less. */
	head = fake_head(&fake, 400);
	ok(cc_head_remember(&fake.home, &before, &head, &err), &err);
	remembered(&fake);
	assert_int_equal(fake.known.size, 500);
}

static void replies_that_are_not_the_keepers_to_this_request_are_refused(void **state)
{
	static const struct {
		enum lie lie;
		enum cc_code code;
		const char *reason;
	} rows[] = {
		{ REPLY_UNSIGNED, CC_E_EVIDENCE, "not signed" },
		{ REPLY_FORGED, CC_E_EVIDENCE, "the answer of the CAS" },
		{ REPLY_REPLAYED, CC_E_EVIDENCE, "the answer of the CAS" },
		{ REPLY_STATUS_CHANGED, CC_E_EVIDENCE, "the answer of the CAS" },
		/* Whatever is claimed without a signature has one code. */
		{ PROBLEM_UNSIGNED, CC_E_UNAVAILABLE, "unsigned: limit: all of it is used" },
		{ GARBAGE_UNSIGNED, CC_E_UNAVAILABLE, "unsigned: status 429" },
	};
	AUTO_FAKE struct fake fake = { 0 };
	AUTO_CLIENT_SIDE struct client client = { .fake = &fake,
						  .method = "GET",
						  .path = REQUEST_PATH };

	(void)state;
	fake_start(&fake);
	assert_string_equal(client_go(&client).text, "");
	for (size_t i = 0; i < CC_COUNT(rows); i++) {
		struct cc_err err = { 0 };

		fake.lie = rows[i].lie;
		err = client_go(&client);
		if (err.code != rows[i].code || strstr(err.text, rows[i].reason) == NULL)
			fail_msg("row %zu: %d '%s'", i, err.code, err.text);
		assert_null(client.answer);
	}
}

static void a_refusal_of_the_keeper_is_an_error_with_its_code_words_and_hint(void **state)
{
	AUTO_FAKE struct fake fake = { .lie = PROBLEM };
	AUTO_CLIENT_SIDE struct client client = { .fake = &fake,
						  .method = "GET",
						  .path = REQUEST_PATH };
	struct cc_err err = { 0 };

	(void)state;
	fake_start(&fake);
	err = client_go(&client);
	assert_int_equal(err.code, CC_E_LIMIT);
	assert_string_equal(err.text, "all of it is used");
	assert_string_equal(err.hint, "ask its owner");
}

static void a_name_that_no_path_carries_is_refused_before_it_is_sent(void **state)
{
	static const char *const paths[] = { "/v1/policies/a?hash=b", "/v1/policies/a b",
					     "/v1/policies/../cas", "/v1/nothing" };
	AUTO_FAKE struct fake fake = { 0 };
	AUTO_CLIENT_SIDE struct client client = { .fake = &fake, .method = "GET" };

	(void)state;
	fake_start(&fake);
	for (size_t i = 0; i < CC_COUNT(paths); i++) {
		client.path = paths[i];
		assert_int_not_equal(client_go(&client).code, CC_OK);
		assert_int_equal(fake.asked, 0);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_was_asked_arrives_sealed_and_signed_by_the_identity),
		cmocka_unit_test(
			a_change_whose_answer_is_lost_is_asked_once_more_under_the_same_key),
		cmocka_unit_test(what_a_cas_says_of_itself_is_there_with_its_checkpoint),
		cmocka_unit_test(lies_of_a_cas_about_itself_are_refused),
		cmocka_unit_test(another_key_than_the_pinned_one_ends_it_before_anything_is_said),
		cmocka_unit_test(a_cas_without_witnesses_needs_no_cosignature),
		cmocka_unit_test(what_was_attested_must_still_be_so),
		cmocka_unit_test(the_greatest_checkpoint_is_remembered_and_each_must_continue_it),
		cmocka_unit_test(an_older_checkpoint_is_stale),
		cmocka_unit_test(another_ledger_of_the_same_size_is_stale),
		cmocka_unit_test(a_ledger_that_does_not_continue_what_was_seen_is_stale),
		cmocka_unit_test(the_smaller_of_two_heads_learned_at_once_is_not_kept),
		cmocka_unit_test(replies_that_are_not_the_keepers_to_this_request_are_refused),
		cmocka_unit_test(a_refusal_of_the_keeper_is_an_error_with_its_code_words_and_hint),
		cmocka_unit_test(a_name_that_no_path_carries_is_refused_before_it_is_sent),
	};

	return cmocka_run_group_tests_name("client-api", tests, NULL, NULL);
}
