/* SPDX-License-Identifier: Apache-2.0 */
/* Signatures of a policy, collected offline. */
#include "tests/unit/crypto/openssl.h"
#include "tests/unit/policy/given.h"

#include "codec/text.h"
#include "policy/decide.h"
#include "policy/signed.h"

#define TEXT "name: p # for all of us\npredecessor: " HEX_A "\n"

static struct cc_err oops;

static void ok(int result)
{
	if (result != 0)
		fail_msg("%s", oops.text);
}

static struct cc_key *new_key(enum cc_key_kind kind)
{
	struct cc_key *key = NULL;

	ok(cc_key_generate(kind, &key, &oops));
	return key;
}

static void fresh(const char *text, struct cc_signed_policy *out)
{
	ok(cc_buf_add_str(&out->text, text, &oops));
}

/* Sign what the document and the policy say and put the signature there. */
static int sign(struct cc_signed_policy *document, const struct cc_policy *policy,
		const struct cc_key *key, struct cc_err *err)
{
	CC_AUTO_BUF struct cc_buf message = { 0 };
	struct cc_signature made = { 0 };

	ok(cc_signed_policy_message(policy, cc_buf_span(&document->text), &message, &oops));
	ok(cc_sign(key, cc_buf_span(&message), &made, &oops));
	return cc_signed_policy_add(document, policy, cc_key_public(key), cc_span(made.b, made.len),
				    err);
}

static void print(const struct cc_signed_policy *document, struct cc_buf *out)
{
	CC_AUTO_JSON struct cc_json *json = NULL;

	ok(cc_signed_policy_print(document, &json, &oops));
	ok(cc_json_print(json, out, &oops));
}

static int parse(struct cc_span text, struct cc_signed_policy *out, struct cc_err *err)
{
	CC_AUTO_JSON struct cc_json *json = NULL;

	if (cc_policy_form(text, &json) != CC_POLICY_SIGNED)
		return cc_fail(err, CC_E_BUG, "not taken for a signed policy");
	return cc_signed_policy_parse(json, out, err);
}

static void signatures_are_collected_one_after_another(void **state)
{
	static const enum cc_key_kind kinds[] = { CC_KEY_ED25519, CC_KEY_P384, CC_KEY_ED25519 };
	CC_AUTO_POLICY struct cc_policy *policy = given(TEXT);
	CC_AUTO_SIGNED_POLICY struct cc_signed_policy document = { 0 };

	(void)state;
	fresh(TEXT, &document);
	for (size_t i = 0; i < CC_COUNT(kinds); i++) {
		CC_AUTO_KEY struct cc_key *key = new_key(kinds[i]);
		CC_AUTO_BUF struct cc_buf text = { 0 };
		struct cc_digest hash = { 0 };

		ok(sign(&document, policy, key, &oops));
		print(&document, &text);
		cc_signed_policy_clear(&document);
		ok(parse(cc_buf_span(&text), &document, &oops));
		assert_int_equal(document.count, i + 1);
		assert_true(cc_span_eq_str(cc_buf_span(&document.text), TEXT));
		ok(cc_signed_policy_verify(&document, policy, &oops));
		ok(cc_pubkey_hash(cc_key_public(key), &hash, &oops));
		assert_true(cc_digest_eq(&document.at[i].signer, &hash));
	}
}

static void what_is_signed_is_label_hash_of_the_meaning_and_hash_of_the_text(void **state)
{
	CC_AUTO_POLICY struct cc_policy *policy = given(TEXT);
	CC_AUTO_BUF struct cc_buf message = { 0 };
	struct cc_digest meaning = hash_of(TEXT), text = { 0 };

	(void)state;
	ok(cc_sha256(cc_span_str(TEXT), &text, &oops));
	ok(cc_signed_policy_message(policy, cc_span_str(TEXT), &message, &oops));
	assert_int_equal(message.len, 26 + 32 + 32);
	assert_memory_equal(message.at, "concordat signed policy 1\n", 26);
	assert_memory_equal(message.at + 26, meaning.b, 32);
	assert_memory_equal(message.at + 58, text.b, 32);
}

/* `%s` of `command` is the message; the key is made beside it. */
static void openssl_signs(const char *command)
{
	CC_AUTO_POLICY struct cc_policy *policy = given(TEXT);
	CC_AUTO_SIGNED_POLICY struct cc_signed_policy document = { 0 };
	CC_AUTO_BUF struct cc_buf message = { 0 }, made = { 0 }, bytes = { 0 };
	CC_AUTO_PUBKEY struct cc_pubkey *key = NULL;
	const char *end = "-----END PUBLIC KEY-----\n", *text = NULL, *hex = NULL;

	fresh(TEXT, &document);
	ok(cc_signed_policy_message(policy, cc_span_str(TEXT), &message, &oops));
	assert_int_equal(said(command, cc_buf_span(&message), &made), 0);
	ok(cc_buf_str(&made, &text, &oops));
	hex = strstr(text, end);
	assert_non_null(hex);
	hex += strlen(end);
	ok(cc_pubkey_from_pem(cc_span(made.at, (size_t)(hex - text)), &key, &oops));
	ok(cc_hex_parse(cc_span(hex, strcspn(hex, "\n")), &bytes, &oops));
	ok(cc_signed_policy_add(&document, policy, key, cc_buf_span(&bytes), &oops));
	ok(cc_signed_policy_verify(&document, policy, &oops));
}

static void openssl_makes_the_signatures(void **state)
{
	(void)state;
	openssl_signs("k=$(mktemp) && openssl genpkey -algorithm ED25519 -out $k && "
		      "openssl pkey -in $k -pubout && "
		      "openssl pkeyutl -sign -rawin -inkey $k -in %s | od -An -v -tx1 | "
		      "tr -d ' \\n'; rm -f $k");
	openssl_signs("k=$(mktemp) && openssl genpkey -algorithm EC -pkeyopt "
		      "ec_paramgen_curve:P-384 -out $k && openssl pkey -in $k -pubout && "
		      "openssl dgst -sha384 -sign $k %s | od -An -v -tx1 | tr -d ' \\n'; rm -f $k");
}

/* Another text, the same meaning or not: whoever signed has not seen it. */
static void a_signature_holds_for_one_text_and_one_meaning(void **state)
{
	static const char *const others[] = {
		"name: p # for one of us\npredecessor: " HEX_A "\n",
		"name: p\npredecessor: " HEX_A "\n",
		"name: q # for all of us\npredecessor: " HEX_A "\n",
		"name: p # for all of us\npredecessor: " HEX_B "\n",
		"name: p # for all of us\n",
	};
	CC_AUTO_POLICY struct cc_policy *policy = given(TEXT);
	CC_AUTO_SIGNED_POLICY struct cc_signed_policy document = { 0 };
	CC_AUTO_KEY struct cc_key *key = new_key(CC_KEY_ED25519);

	(void)state;
	fresh(TEXT, &document);
	ok(sign(&document, policy, key, &oops));
	for (size_t i = 0; i < CC_COUNT(others); i++) {
		CC_AUTO_POLICY struct cc_policy *other = given(others[i]);
		struct cc_err err = { 0 };

		cc_buf_reset(&document.text);
		fresh(others[i], &document);
		assert_int_equal(cc_signed_policy_verify(&document, other, &err), -1);
		assert_int_equal(err.code, CC_E_EVIDENCE);
	}
}

/* The text is as it was signed, but the reader takes it for something else. */
static void a_reader_who_reads_another_policy_refuses(void **state)
{
	CC_AUTO_POLICY struct cc_policy *policy = given(TEXT), *other = given("name: p\n");
	CC_AUTO_SIGNED_POLICY struct cc_signed_policy document = { 0 };
	CC_AUTO_KEY struct cc_key *key = new_key(CC_KEY_P384);
	struct cc_err err = { 0 };

	(void)state;
	fresh(TEXT, &document);
	ok(sign(&document, policy, key, &oops));
	assert_int_equal(cc_signed_policy_verify(&document, other, &err), -1);
	assert_int_equal(err.code, CC_E_EVIDENCE);
}

static void one_false_signature_refuses_all(void **state)
{
	CC_AUTO_POLICY struct cc_policy *policy = given(TEXT);
	CC_AUTO_SIGNED_POLICY struct cc_signed_policy document = { 0 };
	CC_AUTO_KEY struct cc_key *one = new_key(CC_KEY_ED25519), *other = new_key(CC_KEY_P384);
	struct cc_err err = { 0 };

	(void)state;
	fresh(TEXT, &document);
	ok(sign(&document, policy, one, &oops));
	ok(sign(&document, policy, other, &oops));
	document.at[1].signature.b[20] ^= 1;
	assert_int_equal(cc_signed_policy_verify(&document, policy, &err), -1);
	assert_int_equal(err.code, CC_E_EVIDENCE);
	assert_non_null(strstr(err.text, "signatures[1]"));
}

static void a_signature_that_does_not_hold_is_not_added(void **state)
{
	CC_AUTO_POLICY struct cc_policy *policy = given(TEXT);
	CC_AUTO_SIGNED_POLICY struct cc_signed_policy document = { 0 };
	CC_AUTO_KEY struct cc_key *key = new_key(CC_KEY_ED25519);
	struct cc_signature made = { 0 };
	struct cc_err err = { 0 };

	(void)state;
	fresh(TEXT, &document);
	ok(cc_sign(key, cc_span_str(TEXT), &made, &oops));
	assert_int_equal(cc_signed_policy_add(&document, policy, cc_key_public(key),
					      cc_span(made.b, made.len), &err),
			 -1);
	assert_int_equal(err.code, CC_E_EVIDENCE);
	assert_int_equal(document.count, 0);
}

static void one_key_signs_once(void **state)
{
	CC_AUTO_POLICY struct cc_policy *policy = given(TEXT);
	CC_AUTO_SIGNED_POLICY struct cc_signed_policy document = { 0 }, again = { 0 };
	CC_AUTO_KEY struct cc_key *key = new_key(CC_KEY_P384);
	CC_AUTO_JSON struct cc_json *json = NULL, *twice = NULL;
	const struct cc_json *list = NULL;
	struct cc_json *copy = NULL;
	struct cc_err err = { 0 };

	(void)state;
	fresh(TEXT, &document);
	ok(sign(&document, policy, key, &oops));
	assert_int_equal(sign(&document, policy, key, &err), -1);
	assert_int_equal(err.code, CC_E_CONFLICT);
	assert_int_equal(document.count, 1);

	ok(cc_signed_policy_print(&document, &json, &oops));
	ok(cc_json_get_array(json, "signatures", &list, &oops));
	ok(cc_json_copy(list, &twice, &oops));
	ok(cc_json_copy(cc_json_at(list, 0), &copy, &oops));
	ok(cc_json_add(twice, copy, &oops));
	ok(cc_json_set(json, "signatures", CC_TAKE(twice), &oops));
	assert_int_equal(cc_signed_policy_parse(json, &again, &err), -1);
	assert_int_equal(err.code, CC_E_CONFLICT);
}

static void a_key_of_another_kind_signs_nothing(void **state)
{
	CC_AUTO_POLICY struct cc_policy *policy = given(TEXT);
	CC_AUTO_SIGNED_POLICY struct cc_signed_policy document = { 0 };
	CC_AUTO_KEY struct cc_key *key = new_key(CC_KEY_P256);
	struct cc_err err = { 0 };

	(void)state;
	fresh(TEXT, &document);
	assert_int_equal(sign(&document, policy, key, &err), -1);
	assert_int_equal(err.code, CC_E_ARG);
}

static void there_are_only_so_many_signatures(void **state)
{
	CC_AUTO_POLICY struct cc_policy *policy = given(TEXT);
	CC_AUTO_SIGNED_POLICY struct cc_signed_policy document = { 0 };
	struct cc_err err = { 0 };

	(void)state;
	fresh(TEXT, &document);
	for (size_t i = 0; i <= CC_SIGNERS_MAX; i++) {
		CC_AUTO_KEY struct cc_key *key = new_key(CC_KEY_ED25519);
		int done = sign(&document, policy, key, &err);

		assert_int_equal(done, i < CC_SIGNERS_MAX ? 0 : -1);
	}
	assert_int_equal(err.code, CC_E_TOOBIG);
	assert_int_equal(document.count, CC_SIGNERS_MAX);
}

static void other_documents_are_refused(void **state)
{
	static const struct {
		const char *text, *why;
	} rows[] = {
		{ "{\"signatures\": []}", "'policy' is missing" },
		{ "{\"policy\": \"name: p\", \"signatures\": []}", "is empty" },
		{ "{\"policy\": \"name: p\", \"signatures\": {}}", "signatures" },
		{ "{\"policy\": 1, \"signatures\": [1]}", "policy" },
		{ "{\"policy\": \"\", \"signatures\": [{\"signature\": \"00\"}]}", "'signer'" },
		{ "{\"policy\": \"\", \"signatures\": [{\"signature\": \"00\", \"signer\": \"x\"}]}",
		  "is no signer" },
		{ "{\"policy\": \"\", \"signatures\": [{\"signature\": \"00\", \"signer\": "
		  "\"LtLcbPVddnCkH36ZcRdgYsw4H8xDbYaFZfuefkDc25uq2qdjmM\", \"more\": 1}]}",
		  "more" },
		{ "{\"policy\": \"\", \"signatures\": [{\"signature\": \"zz\", \"signer\": "
		  "\"LtLcbPVddnCkH36ZcRdgYsw4H8xDbYaFZfuefkDc25uq2qdjmM\"}]}",
		  "hexadecimal" },
	};

	(void)state;
	for (size_t i = 0; i < CC_COUNT(rows); i++) {
		CC_AUTO_SIGNED_POLICY struct cc_signed_policy document = { 0 };
		struct cc_err err = { 0 };

		assert_int_equal(parse(cc_span_str(rows[i].text), &document, &err), -1);
		if (strstr(err.text, rows[i].why) == NULL)
			fail_msg("%s\nrefused with '%s'", rows[i].text, err.text);
		assert_int_equal(document.count, 0);
	}
}

static void a_text_is_no_document_even_when_it_is_json(void **state)
{
	static const struct {
		const char *text;
		enum cc_policy_form form;
	} rows[] = {
		{ "name: p", CC_POLICY_TEXT },
		{ "", CC_POLICY_TEXT },
		{ "{\"name\":\"p\"}", CC_POLICY_TEXT },
		{ "{policy: p, signatures: []}", CC_POLICY_TEXT },
		{ "[{\"signatures\": []}]", CC_POLICY_TEXT },
		{ "{\"policy\": \"name: p\", \"signatures\": []}", CC_POLICY_SIGNED },
		{ " {\"encrypted\": \"\"}", CC_POLICY_ENCRYPTED },
	};

	(void)state;
	for (size_t i = 0; i < CC_COUNT(rows); i++) {
		CC_AUTO_JSON struct cc_json *json = NULL;

		assert_int_equal(cc_policy_form(cc_span_str(rows[i].text), &json), rows[i].form);
		assert_int_equal(json != NULL, rows[i].form != CC_POLICY_TEXT);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(signatures_are_collected_one_after_another),
		cmocka_unit_test(what_is_signed_is_label_hash_of_the_meaning_and_hash_of_the_text),
		cmocka_unit_test(openssl_makes_the_signatures),
		cmocka_unit_test(a_signature_holds_for_one_text_and_one_meaning),
		cmocka_unit_test(a_reader_who_reads_another_policy_refuses),
		cmocka_unit_test(one_false_signature_refuses_all),
		cmocka_unit_test(a_signature_that_does_not_hold_is_not_added),
		cmocka_unit_test(one_key_signs_once),
		cmocka_unit_test(a_key_of_another_kind_signs_nothing),
		cmocka_unit_test(there_are_only_so_many_signatures),
		cmocka_unit_test(other_documents_are_refused),
		cmocka_unit_test(a_text_is_no_document_even_when_it_is_json),
	};

	return cmocka_run_group_tests_name("policy/signed", tests, NULL, NULL);
}
