/* SPDX-License-Identifier: Apache-2.0 */
/* Signed policies at a CAS: who their signers are, and what cannot be sent again. */
#include "tests/unit/cas/story.h"

#include "cas/upload.h"
#include "policy/signed.h"

#define COURIER 7
#define KEYS 3

static struct cc_key *keys[KEYS];
static char pem[KEYS][256]; /* one line in double quotes, for YAML */

static int make_keys(void **state)
{
	static const enum cc_key_kind kinds[KEYS] = { CC_KEY_ED25519, CC_KEY_P384, CC_KEY_ED25519 };

	(void)state;
	for (size_t i = 0; i < KEYS; i++) {
		CC_AUTO_BUF struct cc_buf text = { 0 };
		CC_AUTO_JSON struct cc_json *json = NULL;
		CC_AUTO_BUF struct cc_buf quoted = { 0 };

		ok(cc_key_generate(kinds[i], &keys[i], &oops));
		ok(cc_pubkey_to_pem(cc_key_public(keys[i]), &text, &oops));
		ok(cc_json_string(cc_buf_span(&text), &json, &oops));
		ok(cc_json_print(json, &quoted, &oops));
		(void)snprintf(pem[i], sizeof(pem[i]), "%.*s", (int)quoted.len,
			       (const char *)quoted.at);
	}
	return 0;
}

static int free_keys(void **state)
{
	(void)state;
	for (size_t i = 0; i < KEYS; i++)
		cc_key_free(keys[i]);
	return 0;
}

static struct cc_digest hash_of_key(size_t key)
{
	struct cc_digest hash = { 0 };

	ok(cc_pubkey_hash(cc_key_public(keys[key]), &hash, &oops));
	return hash;
}

/* Who makes a request with the key. */
static struct cc_caller owner_of(size_t key)
{
	return (struct cc_caller){ .known = true, .key = hash_of_key(key) };
}

/* Bits of `who`: keys[0], keys[1], … have signed. */
static struct cc_json *signed_by(unsigned int who, const char *text)
{
	CC_AUTO_SIGNED_POLICY struct cc_signed_policy document = { 0 };
	CC_AUTO_POLICY struct cc_policy *policy = NULL;
	CC_AUTO_BUF struct cc_buf message = { 0 };
	struct cc_json *json = NULL;

	ok(cc_policy_parse(cc_span_str(text), &policy, &oops));
	ok(cc_buf_add_str(&document.text, text, &oops));
	ok(cc_signed_policy_message(policy, cc_span_str(text), &message, &oops));
	for (size_t i = 0; i < KEYS; i++) {
		struct cc_signature made = { 0 };

		if ((who & (1U << i)) == 0)
			continue;
		ok(cc_sign(keys[i], cc_buf_span(&message), &made, &oops));
		ok(cc_signed_policy_add(&document, policy, cc_key_public(keys[i]),
					cc_span(made.b, made.len), &oops));
	}
	ok(cc_signed_policy_print(&document, &json, &oops));
	return json;
}

static int bring(struct world *world, const struct cc_json *body, struct cc_err *err)
{
	const struct asking_for ask = { cc_policy_create, person(COURIER), NULL, NULL, body };
	struct cc_result result = { 0 };
	int done = ask_cas(world, &ask, &result, err);

	cc_result_clear(&result);
	return done;
}

static int bring_signed(struct world *world, unsigned int who, const char *text, struct cc_err *err)
{
	CC_AUTO_JSON struct cc_json *body = signed_by(who, text);

	return bring(world, body, err);
}

static int may_read(struct world *world, struct cc_caller caller, const char *name,
		    struct cc_json **answer)
{
	const struct asking_for ask = { cc_policy_read, caller, name, NULL, NULL };
	struct cc_result result = { 0 };
	struct cc_err err = { 0 };
	int done = ask_cas(world, &ask, &result, &err);

	if (answer != NULL)
		*answer = CC_TAKE(result.answer);
	cc_result_clear(&result);
	return done;
}

static void active_hash(struct world *world, const char *name, char out[static CC_HEX_DIGEST])
{
	struct cc_rec_policy row = { 0 };
	struct cc_digest hash = { 0 };

	ok(cc_state_get(world->state, &cc_rec_policy, name, &row, &oops));
	memcpy(hash.b, row.hash, sizeof(hash.b));
	cc_record_clear(&cc_rec_policy, &row);
	cc_hex_digest(&hash, out);
}

/* Whatever vouches for the courier, the signers have spoken. */
static void a_signed_text_takes_no_certificate_afterwards(void **state)
{
	CC_AUTO_JSON struct cc_json *body = signed_by(1, "name: p\n");
	struct asking_for ask = { cc_policy_create, certificate(COURIER), NULL, NULL, body };
	struct cc_caller owner = owner_of(0);
	struct cc_result result = { 0 };
	AUTO_WORLD struct world world = { 0 };

	(void)state;
	world_make(&world, 1, 1);
	ok(ask_cas(&world, &ask, &result, &oops));
	cc_result_clear(&result);
	assert_int_equal(may_read(&world, owner, "p", NULL), 0);
	owner.transport = true;
	assert_int_equal(may_read(&world, owner, "p", NULL), -1);
}

static void a_signed_policy_is_its_signers_and_not_who_brings_it(void **state)
{
	AUTO_WORLD struct world world = { 0 };

	(void)state;
	world_make(&world, 1, 1);
	for (unsigned int i = 0; i < 2; i++) {
		CC_AUTO_FREE char *text = NULL;
		char name[8];

		(void)snprintf(name, sizeof(name), "p%u", i);
		ok(cc_strf(&text, &oops, "name: %s\n", name));
		ok(bring_signed(&world, 1U << i, text, &oops));
		assert_int_equal(may_read(&world, owner_of(i), name, NULL), 0);
		assert_int_equal(may_read(&world, owner_of(2), name, NULL), -1);
		assert_int_equal(may_read(&world, person(COURIER), name, NULL), -1);
	}
}

static void several_signers_say_whose_policy_it_is(void **state)
{
	AUTO_WORLD struct world world = { 0 };
	CC_AUTO_FREE char *theirs = NULL, *others = NULL;
	struct cc_err err = { 0 };

	(void)state;
	world_make(&world, 1, 1);
	assert_int_equal(bring_signed(&world, 3, "name: p\n", &err), -1);
	assert_code(err, CC_E_ARG);
	assert_non_null(strstr(err.hint, "creator: {signer:"));

	ok(cc_strf(&others, &oops, "name: p\ncreator: {signer: %s}\n", pem[2]));
	err = (struct cc_err){ 0 };
	assert_int_equal(bring_signed(&world, 3, others, &err), -1);
	assert_code(err, CC_E_DENIED);

	ok(cc_strf(&theirs, &oops, "name: p\ncreator: {signer: %s}\n", pem[1]));
	ok(bring_signed(&world, 3, theirs, &oops));
	assert_int_equal(may_read(&world, owner_of(1), "p", NULL), 0);
	assert_int_equal(may_read(&world, owner_of(0), "p", NULL), -1);
}

static void the_rule_of_an_update_counts_signers(void **state)
{
	AUTO_WORLD struct world world = { 0 };
	CC_AUTO_FREE char *first = NULL, *second = NULL;
	char hash[CC_HEX_DIGEST];
	struct cc_err err = { 0 };

	(void)state;
	world_make(&world, 1, 1);
	ok(cc_strf(&first, &oops,
		   "name: p\naccess_policy: {update: {require-at-least-2: [{signer: %s}, "
		   "{signer: %s}, {signer: %s}]}}\n",
		   pem[0], pem[1], pem[2]));
	ok(bring_signed(&world, 1, first, &oops));
	active_hash(&world, "p", hash);
	ok(cc_strf(&second, &oops, "name: p\npredecessor: %s\n", hash));

	assert_int_equal(bring_signed(&world, 2, second, &err), -1);
	assert_code(err, CC_E_DENIED);
	ok(bring_signed(&world, 2 | 4, second, &oops));
	active_hash(&world, "p", hash);
	assert_null(strstr(second, hash));
}

static void a_child_is_created_as_its_namespace_says(void **state)
{
	AUTO_WORLD struct world world = { 0 };
	CC_AUTO_FREE char *parent = NULL, *child = NULL;
	struct cc_err err = { 0 };

	(void)state;
	world_make(&world, 1, 1);
	ok(cc_strf(&parent, &oops,
		   "name: n\naccess_policy: {create_sessions: {require-all: [{signer: %s}, "
		   "{signer: %s}]}}\n",
		   pem[0], pem[1]));
	ok(bring_signed(&world, 1, parent, &oops));
	ok(cc_strf(&child, &oops, "name: n/p\ncreator: {signer: %s}\n", pem[1]));
	assert_int_equal(bring_signed(&world, 2, child, &err), -1);
	assert_code(err, CC_E_DENIED);
	ok(bring_signed(&world, 1 | 2, child, &oops));
}

/* Three versions by one signer: the second, sent again, is refused whatever the request says. */
static void an_old_version_cannot_be_sent_again(void **state)
{
	AUTO_WORLD struct world world = { 0 };
	CC_AUTO_FREE char *second = NULL, *third = NULL;
	CC_AUTO_JSON struct cc_json *again = NULL;
	char hash[CC_HEX_DIGEST];
	struct cc_err err = { 0 };

	(void)state;
	world_make(&world, 1, 1);
	ok(bring_signed(&world, 1, "name: p\n", &oops));
	active_hash(&world, "p", hash);
	ok(cc_strf(&second, &oops,
		   "name: p\nsalt: 00112233445566778899aabbccddeeff\n"
		   "predecessor: %s\n",
		   hash));
	ok(bring_signed(&world, 1, second, &oops));
	active_hash(&world, "p", hash);
	ok(cc_strf(&third, &oops, "name: p\npredecessor: %s\n", hash));
	ok(bring_signed(&world, 1, third, &oops));
	active_hash(&world, "p", hash);

	again = signed_by(1, second);
	assert_int_equal(bring(&world, again, &err), -1);
	assert_code(err, CC_E_CONFLICT);
	ok(cc_json_set_str(again, "predecessor", hash, &oops));
	err = (struct cc_err){ 0 };
	assert_int_equal(bring(&world, again, &err), -1);
	assert_code(err, CC_E_CONFLICT);
}

/* The request's word is nobody's signature, also where the text says nothing. */
static void a_signed_update_names_its_predecessor_itself(void **state)
{
	AUTO_WORLD struct world world = { 0 };
	CC_AUTO_JSON struct cc_json *body = signed_by(1, "name: p\nsalt: "
							 "00112233445566778899aabbccddeeff\n");
	char hash[CC_HEX_DIGEST];
	struct cc_err err = { 0 };

	(void)state;
	world_make(&world, 1, 1);
	ok(bring_signed(&world, 1, "name: p\n", &oops));
	active_hash(&world, "p", hash);
	ok(cc_json_set_str(body, "predecessor", hash, &oops));
	{
		const struct asking_for ask = { cc_policy_update, person(COURIER), "p", NULL,
						body };
		struct cc_result result = { 0 };

		assert_int_equal(ask_cas(&world, &ask, &result, &err), -1);
	}
	assert_code(err, CC_E_CONFLICT);
}

static void a_signature_that_does_not_hold_refuses_the_policy(void **state)
{
	AUTO_WORLD struct world world = { 0 };
	CC_AUTO_JSON struct cc_json *body = signed_by(1, "name: p # one\n");
	struct cc_err err = { 0 };

	(void)state;
	world_make(&world, 1, 1);
	ok(cc_json_set_str(body, "policy", "name: p # two\n", &oops));
	assert_int_equal(bring(&world, body, &err), -1);
	assert_code(err, CC_E_EVIDENCE);
}

static void the_same_document_again_is_answered_and_not_stored(void **state)
{
	AUTO_WORLD struct world world = { 0 };
	CC_AUTO_JSON struct cc_json *body = signed_by(1, "name: p\n");
	uint64_t size = 0;

	(void)state;
	world_make(&world, 1, 1);
	ok(bring(&world, body, &oops));
	size = cc_state_frontier(world.state)->size;
	ok(bring(&world, body, &oops));
	assert_int_equal(cc_state_frontier(world.state)->size, size);
}

static void whoever_reads_the_policy_gets_its_signatures(void **state)
{
	AUTO_WORLD struct world world = { 0 };
	CC_AUTO_FREE char *text = NULL;
	CC_AUTO_SIGNED_POLICY struct cc_signed_policy document = { 0 };
	CC_AUTO_POLICY struct cc_policy *policy = NULL;
	CC_AUTO_JSON struct cc_json *answer = NULL;

	(void)state;
	world_make(&world, 1, 1);
	ok(cc_strf(&text, &oops, "name: p # as signed\ncreator: {signer: %s}\n", pem[0]));
	ok(bring_signed(&world, 3, text, &oops));
	assert_int_equal(may_read(&world, owner_of(0), "p", &answer), 0);
	ok(cc_signed_policy_parse(answer, &document, &oops));
	assert_true(cc_span_eq_str(cc_buf_span(&document.text), text));
	assert_int_equal(document.count, 2);
	ok(cc_policy_parse(cc_buf_span(&document.text), &policy, &oops));
	ok(cc_signed_policy_verify(&document, policy, &oops));
}

static void the_history_says_who_signed(void **state)
{
	AUTO_WORLD struct world world = { 0 };
	const struct asking_for ask = { cc_policy_versions, owner_of(0), "p", NULL, NULL };
	const struct cc_json *list = NULL, *signers = NULL;
	struct cc_digest signer = hash_of_key(0);
	struct cc_result result = { 0 };
	char hex[CC_HEX_DIGEST];

	(void)state;
	cc_hex_digest(&signer, hex);
	world_make(&world, 1, 1);
	ok(bring_signed(&world, 1, "name: p\n", &oops));
	ok(ask_cas(&world, &ask, &result, &oops));
	ok(cc_json_get_array(result.answer, "versions", &list, &oops));
	ok(cc_json_get_array(cc_json_at(list, 0), "signers", &signers, &oops));
	assert_int_equal(cc_json_count(signers), 1);
	assert_string_equal(cc_json_str(cc_json_at(signers, 0)), hex);
	cc_result_clear(&result);
}

/* A text that is not signed any more must not go on with the signatures of the one before. */
static void signatures_end_with_their_version(void **state)
{
	AUTO_WORLD struct world world = { 0 };
	CC_AUTO_JSON struct cc_json *answer = NULL, *body = NULL;
	CC_AUTO_FREE char *text = NULL;
	struct asking_for ask = { cc_policy_update, owner_of(0), "p", NULL, NULL };
	struct cc_result result = { 0 };
	char hash[CC_HEX_DIGEST];

	(void)state;
	world_make(&world, 1, 1);
	ok(bring_signed(&world, 1, "name: p\n", &oops));
	active_hash(&world, "p", hash);
	ok(cc_strf(&text, &oops, "name: p\npredecessor: %s\n", hash));
	ok(cc_json_object(&body, &oops));
	ok(cc_json_set_str(body, "policy", text, &oops));
	ask.body = body;
	ok(ask_cas(&world, &ask, &result, &oops));
	cc_result_clear(&result);
	assert_int_equal(may_read(&world, owner_of(0), "p", &answer), 0);
	assert_false(cc_json_has(answer, "signatures"));
}

static void write_unsigned(struct world *world, const char *text)
{
	CC_AUTO_JSON struct cc_json *body = NULL;
	const struct asking_for ask = { cc_policy_update, owner_of(0), "p", NULL, NULL };
	struct asking_for with = ask;
	struct cc_result result = { 0 };
	char hash[CC_HEX_DIGEST];

	active_hash(world, "p", hash);
	ok(cc_json_object(&body, &oops));
	ok(cc_json_set_str(body, "policy", text, &oops));
	ok(cc_json_set_str(body, "predecessor", hash, &oops));
	with.body = body;
	ok(ask_cas(world, &with, &result, &oops));
	cc_result_clear(&result);
}

static bool is_signed_now(struct world *world)
{
	CC_AUTO_JSON struct cc_json *answer = NULL;

	assert_int_equal(may_read(world, owner_of(0), "p", &answer), 0);
	return cc_json_has(answer, "signatures");
}

/* Byte for byte: another text of the same meaning was not signed. */
static void a_text_that_comes_back_has_its_signatures_again(void **state)
{
	AUTO_WORLD struct world world = { 0 };

	(void)state;
	world_make(&world, 1, 1);
	ok(bring_signed(&world, 1, "name: p\n", &oops));
	write_unsigned(&world, "name: p\nsalt: 00112233445566778899aabbccddeeff\n");
	assert_false(is_signed_now(&world));
	write_unsigned(&world, "name: p\n");
	assert_true(is_signed_now(&world));
	write_unsigned(&world, "name: p\nsalt: 00112233445566778899aabbccddeeff\n");
	write_unsigned(&world, "name: p # not signed\n");
	assert_false(is_signed_now(&world));
}

/* A body that came encrypted, as who brings it is answered. */
static int bring_encrypted(struct world *world, const struct cc_json *body,
			   struct cc_result *result, struct cc_err *err)
{
	const struct cc_operation_call call = { .caller = person(COURIER),
						.argument = "",
						.query = "",
						.body = body,
						.encrypted = true,
						.cas = &world->cas };
	int done = 0;

	cc_state_begin(world->state, world->now);
	done = cc_policy_create(world->state, &call, result, err);
	cc_state_undo(world->state);
	return done;
}

/* It would belong to whoever brings it, who would then read it. */
static void an_encrypted_policy_must_be_signed(void **state)
{
	AUTO_WORLD struct world world = { 0 };
	CC_AUTO_JSON struct cc_json *body = NULL;
	struct cc_result result = { 0 };
	struct cc_err err = { 0 };

	(void)state;
	world_make(&world, 1, 1);
	ok(cc_json_object(&body, &oops));
	ok(cc_json_set_str(body, "policy", "name: p\n", &oops));
	assert_int_equal(bring_encrypted(&world, body, &result, &err), -1);
	assert_code(err, CC_E_DENIED);
	assert_says(err, "without a signature");
	cc_result_clear(&result);
}

static void who_brings_an_encrypted_policy_is_told_no_error_in_it(void **state)
{
	AUTO_WORLD struct world world = { 0 };
	CC_AUTO_JSON struct cc_json *body = signed_by(1, "name: p\n");
	struct cc_result result = { 0 };
	struct cc_err err = { 0 };

	(void)state;
	world_make(&world, 1, 1);
	ok(cc_json_set_str(body, "policy", "name: p\ntop-secret: 1\n", &oops));
	assert_int_equal(bring_encrypted(&world, body, &result, &err), -1);
	assert_code(err, CC_E_ARG);
	assert_null(strstr(err.text, "top-secret"));
	assert_null(strstr(err.hint, "top-secret"));
	cc_result_clear(&result);
}

static size_t warnings_of(const struct cc_result *result)
{
	const struct cc_json *list = NULL;

	ok(cc_json_get_array(result->answer, "warnings", &list, &oops));
	return cc_json_count(list);
}

static void who_brings_an_encrypted_policy_is_told_no_warning(void **state)
{
	AUTO_WORLD struct world world = { 0 };
	CC_AUTO_JSON struct cc_json *body = signed_by(1, "name: p\n"); /* no version */
	const struct asking_for plain = { cc_policy_create, person(COURIER), NULL, NULL, body };
	struct cc_result result = { 0 };

	(void)state;
	world_make(&world, 1, 1);
	ok(bring_encrypted(&world, body, &result, &oops));
	assert_int_equal(warnings_of(&result), 0);
	cc_result_clear(&result);
	ok(ask_cas(&world, &plain, &result, &oops));
	assert_int_equal(warnings_of(&result), 1);
	cc_result_clear(&result);
}

/*
 * The command line and the CAS read the same text alike, or refuse it alike: what the one shows to
 * whoever signs is what the other does.
 */
static void a_text_means_the_same_on_both_sides(void **state)
{
	static const char *const texts[] = {
		"name: t0\n",
		"\xef\xbb\xbfname: t1\nsalt: 00112233445566778899aabbccddeeff\n",
		"name: t2\r\nsalt: 00112233445566778899aabbccddeeff\r\n",
		"name: t3\rsalt: 00112233445566778899aabbccddeeff\r",
		"name: t4\xc2\x85salt: 00112233445566778899aabbccddeeff\n",
		"name: t5\xe2\x80\xa8salt: 00112233445566778899aabbccddeeff\n",
		"{\"name\": \"t6\", \"salt\": \"00112233445566778899AABBCCDDEEFF\"}",
		"name: t7\nname: t8\n",
		"name: &a t9\n",
		"name: t10\nsecrets: [{name: s, kind: ascii, value: \"\\u0000\"}]\n",
		"name: t11\nsecrets: [{name: s, kind: ascii, value: \"\\ud83d\\ude00\"}]\n",
		"name: t12\nsecrets: [{name: s, kind: ascii, value: \"\\ud83d\"}]\n",
		"name: t13\nsecrets: [{name: s, kind: ascii, value: \"\xf0\x9f\x98\x80\"}]\n",
		"name: t14\nsecrets: [{name: s, kind: ascii, value: yes}]\n",
		"name: t15\nsecrets: [{name: s, kind: ascii, value: 0x10}]\n",
		"name: t16\nsecrets: [{name: s, kind: ascii, value: 1e3}]\n",
		"name: t17\n---\nname: t18\n",
		"--- {name: t19}\n...\n",
		"%YAML 1.1\n---\nname: t20\n",
		"name: !!str t21\n",
		"? name\n: t22\n",
		"name: t23\t\n",
		"name: \"t\\\n  24\"\n",
	};

	(void)state;
	for (size_t i = 0; i < CC_COUNT(texts); i++) {
		AUTO_WORLD struct world world = { 0 };
		CC_AUTO_POLICY struct cc_policy *here = NULL;
		CC_AUTO_JSON struct cc_json *body = NULL;
		struct asking_for ask = { cc_policy_create, person(1), NULL, NULL, NULL };
		struct cc_digest ours = { 0 }, theirs = { 0 };
		struct cc_result result = { 0 };
		struct cc_err local = { 0 }, remote = { 0 };
		int read_here = cc_policy_parse(cc_span_str(texts[i]), &here, &local);

		world_make(&world, 1, 1);
		ok(cc_json_object(&body, &oops));
		ok(cc_json_set_str(body, "policy", texts[i], &oops));
		ask.body = body;
		if (ask_cas(&world, &ask, &result, &remote) != read_here)
			fail_msg("%s\nhere: %s\nat the CAS: %s", texts[i], local.text, remote.text);
		if (read_here != 0) {
			assert_string_equal(local.text, remote.text);
			continue;
		}
		ok(cc_policy_hash(here, &ours, &oops));
		ok(cc_json_get_digest(result.answer, "hash", &theirs, &oops));
		assert_true(cc_digest_eq(&ours, &theirs));
		cc_result_clear(&result);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_signed_policy_is_its_signers_and_not_who_brings_it),
		cmocka_unit_test(a_signed_text_takes_no_certificate_afterwards),
		cmocka_unit_test(several_signers_say_whose_policy_it_is),
		cmocka_unit_test(the_rule_of_an_update_counts_signers),
		cmocka_unit_test(a_child_is_created_as_its_namespace_says),
		cmocka_unit_test(an_old_version_cannot_be_sent_again),
		cmocka_unit_test(a_signed_update_names_its_predecessor_itself),
		cmocka_unit_test(a_signature_that_does_not_hold_refuses_the_policy),
		cmocka_unit_test(the_same_document_again_is_answered_and_not_stored),
		cmocka_unit_test(whoever_reads_the_policy_gets_its_signatures),
		cmocka_unit_test(the_history_says_who_signed),
		cmocka_unit_test(signatures_end_with_their_version),
		cmocka_unit_test(a_text_that_comes_back_has_its_signatures_again),
		cmocka_unit_test(an_encrypted_policy_must_be_signed),
		cmocka_unit_test(who_brings_an_encrypted_policy_is_told_no_error_in_it),
		cmocka_unit_test(who_brings_an_encrypted_policy_is_told_no_warning),
		cmocka_unit_test(a_text_means_the_same_on_both_sides),
	};

	return cmocka_run_group_tests_name("cas/upload", tests, make_keys, free_keys);
}
