/* SPDX-License-Identifier: Apache-2.0 */
/* Policies that one CAS can read. */
#include "tests/unit/test.h"

#include "policy/encrypted.h"

#define INSIDE "{\"policy\": \"name: p\", \"signatures\": []}"

static struct cc_err oops;

static void ok(int result)
{
	if (result != 0)
		fail_msg("%s", oops.text);
}

static struct cc_hpke_key *new_key(void)
{
	struct cc_hpke_key *key = NULL;

	ok(cc_hpke_key_generate(&key, &oops));
	return key;
}

static struct cc_json *encrypted_to(const struct cc_hpke_key *key)
{
	struct cc_json *json = NULL;

	ok(cc_encrypted_policy_make(cc_hpke_key_public(key), cc_span_str(INSIDE), &json, &oops));
	return json;
}

static void what_was_encrypted_opens_at_its_cas_alone(void **state)
{
	CC_AUTO_HPKE_KEY struct cc_hpke_key *key = new_key(), *other = new_key();
	CC_AUTO_JSON struct cc_json *json = encrypted_to(key);
	CC_AUTO_BUF struct cc_buf out = { 0 };
	struct cc_err err = { 0 };

	(void)state;
	ok(cc_encrypted_policy_open(key, json, &out, &oops));
	assert_true(cc_span_eq_str(cc_buf_span(&out), INSIDE));
	assert_int_equal(cc_encrypted_policy_open(other, json, &out, &err), -1);
	assert_int_equal(err.code, CC_E_DENIED);
	assert_non_null(strstr(err.text, "another CAS"));
}

/* Whom it says to be for is no more than a word, so that the error can be a good one. */
static void another_name_on_it_does_not_open_it(void **state)
{
	CC_AUTO_HPKE_KEY struct cc_hpke_key *key = new_key(), *other = new_key();
	CC_AUTO_JSON struct cc_json *json = encrypted_to(key);
	CC_AUTO_BUF struct cc_buf out = { 0 };
	struct cc_err err = { 0 };

	(void)state;
	ok(cc_json_set_hex(json, "to", CC_SPAN(cc_hpke_key_public(other)->b), &oops));
	assert_int_equal(cc_encrypted_policy_open(other, json, &out, &err), -1);
	assert_int_equal(err.code, CC_E_TAMPERED);
	assert_int_equal(cc_encrypted_policy_open(key, json, &out, &err), -1);
	assert_int_equal(out.len, 0);
}

static void the_text_is_not_in_the_document(void **state)
{
	CC_AUTO_HPKE_KEY struct cc_hpke_key *key = new_key();
	CC_AUTO_JSON struct cc_json *json = encrypted_to(key);
	CC_AUTO_BUF struct cc_buf text = { 0 };
	CC_AUTO_JSON struct cc_json *again = NULL;

	(void)state;
	ok(cc_json_print(json, &text, &oops));
	assert_null(memmem(text.at, text.len, "name: p", 7));
	assert_int_equal(cc_policy_form(cc_buf_span(&text), &again), CC_POLICY_ENCRYPTED);
}

static void any_changed_byte_is_noticed(void **state)
{
	CC_AUTO_HPKE_KEY struct cc_hpke_key *key = new_key();
	CC_AUTO_JSON struct cc_json *json = encrypted_to(key);
	CC_AUTO_BUF struct cc_buf sealed = { 0 };

	(void)state;
	ok(cc_json_get_base64(json, "encrypted", 4096, &sealed, &oops));
	for (size_t i = 0; i < sealed.len; i++) {
		CC_AUTO_BUF struct cc_buf out = { 0 };
		struct cc_err err = { 0 };

		sealed.at[i] ^= 1;
		ok(cc_json_set_base64(json, "encrypted", cc_buf_span(&sealed), &oops));
		assert_int_equal(cc_encrypted_policy_open(key, json, &out, &err), -1);
		assert_int_equal(out.len, 0);
		sealed.at[i] ^= 1;
	}
}

static void other_documents_are_refused(void **state)
{
	static const char *const texts[] = {
		"{\"encrypted\": \"\"}",
		"{\"encrypted\": 1, \"to\": \"00\"}",
		"{\"encrypted\": \"\", \"to\": \"00\"}",
		"{\"encrypted\": \"\", \"to\": "
		"\"0000000000000000000000000000000000000000000000000000000000000000\"}",
		"{\"encrypted\": \"\", \"to\": "
		"\"0000000000000000000000000000000000000000000000000000000000000000\", \"x\": 1}",
	};
	CC_AUTO_HPKE_KEY struct cc_hpke_key *key = new_key();

	(void)state;
	for (size_t i = 0; i < CC_COUNT(texts); i++) {
		CC_AUTO_JSON struct cc_json *json = NULL;
		CC_AUTO_BUF struct cc_buf out = { 0 };
		struct cc_err err = { 0 };

		ok(cc_json_parse(cc_span_str(texts[i]), 4096, &json, &oops));
		assert_int_equal(cc_encrypted_policy_open(key, json, &out, &err), -1);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_was_encrypted_opens_at_its_cas_alone),
		cmocka_unit_test(another_name_on_it_does_not_open_it),
		cmocka_unit_test(the_text_is_not_in_the_document),
		cmocka_unit_test(any_changed_byte_is_noticed),
		cmocka_unit_test(other_documents_are_refused),
	};

	return cmocka_run_group_tests_name("policy/encrypted", tests, NULL, NULL);
}
