/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/secret/secrets.h"

static const char list[] =
	"  - {name: text, kind: ascii, value: \"a \\\"b\\\"\"}\n"
	"  - {name: raw, kind: binary, value: DEADBEEF}\n"
	"  - {name: key, kind: private-key}\n"
	"  - {name: edwards, kind: private-key, key_type: Ed25519}\n"
	"  - {name: public, kind: public-key, private_key: key}\n"
	"  - {name: root-key, kind: private-key}\n"
	"  - {name: root, kind: x509-ca, private_key: root-key, common_name: the root}\n"
	"  - {name: middle-key, kind: private-key, key_type: RSA-2048}\n"
	"  - {name: middle, kind: x509-ca, private_key: middle-key, issuer: root}\n"
	"  - {name: leaf, kind: x509, private_key: key, issuer: middle, endpoint: server,"
	" valid_for: 59d, san: [\"dns:*.example.com\", \"ip:::1\"]}\n"
	"  - {name: pgp, kind: pgp-key}\n"
	"  - {name: scalar, kind: config-fragment, value: 12}\n"
	"  - {name: map, kind: config-fragment, value: {a: [1, 2]}}\n";

static struct secrets all;

static int make(void **state)
{
	(void)state;
	secrets_new(&all, "0.3.12", list);
	return 0;
}

static int clear(void **state)
{
	(void)state;
	secrets_clear(&all);
	return 0;
}

static void assert_form(const char *reference, const char *expected)
{
	CC_AUTO_BUF struct cc_buf out = { 0 };

	assert_string_equal(filled(&all, reference, &out), expected);
}

static void rule_1_8_2_binary_secrets_have_every_form(void **state)
{
	CC_AUTO_BUF struct cc_buf out = { 0 };

	(void)state;
	assert_form("$$SCONE::raw:hex$$", "deadbeef");
	assert_form("$$SCONE::raw.hex$$", "deadbeef");
	assert_form("$$SCONE::raw:base64$$", "3q2+7w==");
	assert_form("$$SCONE::raw:base64url$$", "3q2-7w");
	assert_form("$$SCONE::raw:base32$$", "32W353Y=");
	assert_form("$$SCONE::raw:base32nopad$$", "32W353Y");
	(void)filled(&all, "$$SCONE::raw$$", &out);
	assert_memory_equal(out.at, "\xde\xad\xbe\xef", 4);
	(void)filled(&all, "$$SCONE::raw:bin$$", &out);
	assert_memory_equal(out.at, "\xde\xad\xbe\xef", 4);
	(void)filled(&all, "$$SCONE::raw.bin$$", &out);
	assert_memory_equal(out.at, "\xde\xad\xbe\xef", 4);
}

static void both_forms_are(const char *pem, const char *der, const char *command)
{
	CC_AUTO_BUF struct cc_buf text = { 0 }, bytes = { 0 }, converted = { 0 };

	(void)filled(&all, pem, &text);
	(void)filled(&all, der, &bytes);
	assert_int_equal(said(command, cc_buf_span(&text), &converted), 0);
	assert_true(cc_span_eq(cc_buf_span(&bytes), cc_buf_span(&converted)));
}

static void rule_1_8_2_keys_have_pem_and_der(void **state)
{
	static const char *const pem[] = { "$$SCONE::key$$", "$$SCONE::key:pem$$",
					   "$$SCONE::key:pkcs8:pem$$",
					   "$$SCONE::key:privatekey$$" };
	static const char *const der[] = { "$$SCONE::key:der$$", "$$SCONE::key:pkcs8:der$$" };

	(void)state;
	for (size_t i = 0; i < CC_COUNT(pem); i++)
		for (size_t k = 0; k < CC_COUNT(der); k++)
			both_forms_are(pem[i], der[k],
				       "openssl pkcs8 -topk8 -nocrypt -outform DER -in %s");
	both_forms_are("$$SCONE::public$$", "$$SCONE::public:spki:der$$",
		       "openssl pkey -pubin -pubout -outform DER -in %s");
	both_forms_are("$$SCONE::public:spki:pem$$", "$$SCONE::public:spki:der$$",
		       "openssl pkey -pubin -pubout -outform DER -in %s");
	/* The public half is that of the key. */
	both_forms_are("$$SCONE::key$$", "$$SCONE::public:spki:der$$",
		       "openssl pkey -pubout -outform DER -in %s");
}

/* RFC 5958: the version says that the public key is there. */
static void rule_1_8_2_ed25519_keys_are_pkcs8_version_2(void **state)
{
	CC_AUTO_BUF struct cc_buf der = { 0 };

	(void)state;
	(void)filled(&all, "$$SCONE::edwards:der$$", &der);
	assert_int_equal(der.len, 83);
	assert_memory_equal(der.at, "\x30\x51\x02\x01\x01", 5);
}

static void rule_1_8_2_certificates_have_every_form(void **state)
{
	static const char *const crt[] = { "$$SCONE::leaf$$", "$$SCONE::leaf:crt$$",
					   "$$SCONE::leaf:crt:pem$$", "$$SCONE::leaf.crt$$" };
	static const char *const key[] = { "$$SCONE::leaf:privatekey$$",
					   "$$SCONE::leaf:privatekey:pem$$",
					   "$$SCONE::leaf:privatekey:pkcs8:pem$$",
					   "$$SCONE::leaf.key$$" };
	static const char *const key_der[] = { "$$SCONE::leaf:privatekey:der$$",
					       "$$SCONE::leaf:privatekey:pkcs8:der$$" };
	CC_AUTO_BUF struct cc_buf file = { 0 };

	(void)state;
	for (size_t i = 0; i < CC_COUNT(crt); i++)
		both_forms_are(crt[i], "$$SCONE::leaf:crt:der$$",
			       "openssl x509 -outform DER -in %s");
	for (size_t i = 0; i < CC_COUNT(key); i++)
		for (size_t k = 0; k < CC_COUNT(key_der); k++)
			both_forms_are(key[i], key_der[k],
				       "openssl pkcs8 -topk8 -nocrypt -outform DER -in %s");
	(void)filled(&all, "$$SCONE::leaf:pkcs12-with-private-key$$", &file);
	assert_said("openssl pkcs12 -nodes -passin pass: -in %s", cc_buf_span(&file),
		    "subject=CN = leaf", "subject=CN = middle", "subject=CN = the root",
		    "BEGIN PRIVATE KEY");
}

/* ":chain": the first intermediate to the root; ".chain": the root to the certificate itself. */
static void rule_1_8_2_the_old_and_the_new_chain_differ(void **state)
{
	CC_AUTO_BUF struct cc_buf out = { 0 }, leaf = { 0 }, middle = { 0 }, root = { 0 },
				  want = { 0 };
	struct cc_err err = { 0 };

	(void)state;
	(void)filled(&all, "$$SCONE::leaf$$", &leaf);
	(void)filled(&all, "$$SCONE::middle$$", &middle);
	(void)filled(&all, "$$SCONE::root$$", &root);
	assert_int_equal(cc_buf_add(&want, cc_buf_span(&middle), &err), 0);
	assert_int_equal(cc_buf_add(&want, cc_buf_span(&root), &err), 0);
	(void)filled(&all, "$$SCONE::leaf:chain$$", &out);
	assert_true(cc_span_eq(cc_buf_span(&out), cc_buf_span(&want)));

	cc_buf_clear(&want);
	assert_int_equal(cc_buf_add(&want, cc_buf_span(&root), &err), 0);
	assert_int_equal(cc_buf_add(&want, cc_buf_span(&middle), &err), 0);
	assert_int_equal(cc_buf_add(&want, cc_buf_span(&leaf), &err), 0);
	(void)filled(&all, "$$SCONE::leaf.chain$$", &out);
	assert_true(cc_span_eq(cc_buf_span(&out), cc_buf_span(&want)));

	assert_form("$$SCONE::root:chain$$", ""); /* nothing is above it */
}

static void the_chain_verifies_up_to_the_root(void **state)
{
	CC_AUTO_BUF struct cc_buf out = { 0 };

	(void)state;
	(void)filled(&all, "$$SCONE::leaf$$$$SCONE::leaf:chain$$", &out);
	assert_said(
		"f=%s; csplit -s -f $f- $f '/BEGIN/' '{*}' && openssl verify -attime 1800000001 "
		"-purpose sslserver -CAfile $f-03 -untrusted $f-02 $f-01; r=$?; rm -f $f-*; "
		"exit $r",
		cc_buf_span(&out), ": OK");
}

static void a_certificate_whose_key_is_not_exported_comes_without_it(void **state)
{
	CC_AUTO_BUF struct cc_buf out = { 0 };

	(void)state;
	all.hidden = "key";
	(void)filled(&all, "$$SCONE::leaf$$", &out);
	assert_refused(&all, "$$SCONE::leaf:privatekey$$", CC_E_DENIED, "exports");
	assert_refused(&all, "$$SCONE::leaf.key$$", CC_E_DENIED, "exports");
	assert_refused(&all, "$$SCONE::leaf:pkcs12-with-private-key$$", CC_E_DENIED, "exports");
	all.hidden = NULL;
}

static void a_form_that_a_kind_has_not_is_refused_with_those_it_has(void **state)
{
	(void)state;
	assert_refused(&all, "$$SCONE::text:hex$$", CC_E_ARG, "no form ':hex'");
	assert_refused(&all, "$$SCONE::raw:hexx$$", CC_E_ARG, "':base32nopad'");
	assert_refused(&all, "$$SCONE::key:crt$$", CC_E_ARG, "':pkcs8:pem'");
	assert_refused(&all, "$$SCONE::leaf:pem$$", CC_E_ARG, "':crt:pem'");
	assert_refused(&all, "$$SCONE::pgp$$", CC_E_ARG, "':publickey:asciiarmored'");
	assert_refused(&all, "$$SCONE::text:$$", CC_E_ARG, "no form ':'");
}

static void rule_1_8_2_pgp_keys_have_every_form(void **state)
{
	static const char *const halves[] = { "privatekey", "publickey" };
	static const char *const begins[] = { "-----BEGIN PGP PRIVATE KEY BLOCK-----\n\n",
					      "-----BEGIN PGP PUBLIC KEY BLOCK-----\n\n" };

	(void)state;
	for (size_t i = 0; i < CC_COUNT(halves); i++) {
		CC_AUTO_BUF struct cc_buf armored = { 0 }, binary = { 0 }, text = { 0 },
					  back = { 0 };
		char reference[64];

		(void)snprintf(reference, sizeof(reference), "$$SCONE::pgp:%s:asciiarmored$$",
			       halves[i]);
		assert_true(cc_str_starts(filled(&all, reference, &armored), begins[i]));
		(void)snprintf(reference, sizeof(reference), "$$SCONE::pgp:%s:binary$$", halves[i]);
		(void)filled(&all, reference, &binary);
		(void)snprintf(reference, sizeof(reference), "$$SCONE::pgp:%s:base64$$", halves[i]);
		(void)filled(&all, reference, &text);
		assert_int_equal(said("openssl base64 -d -A -in %s", cc_buf_span(&text), &back), 0);
		assert_true(cc_span_eq(cc_buf_span(&back), cc_buf_span(&binary)));
	}
}

static void a_fragment_in_a_text_is_a_single_value(void **state)
{
	(void)state;
	assert_form("$$SCONE::scalar$$", "12");
	assert_refused(&all, "$$SCONE::map$$", CC_E_ARG, "single value");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(rule_1_8_2_binary_secrets_have_every_form),
		cmocka_unit_test(rule_1_8_2_keys_have_pem_and_der),
		cmocka_unit_test(rule_1_8_2_ed25519_keys_are_pkcs8_version_2),
		cmocka_unit_test(rule_1_8_2_certificates_have_every_form),
		cmocka_unit_test(rule_1_8_2_the_old_and_the_new_chain_differ),
		cmocka_unit_test(the_chain_verifies_up_to_the_root),
		cmocka_unit_test(a_certificate_whose_key_is_not_exported_comes_without_it),
		cmocka_unit_test(a_form_that_a_kind_has_not_is_refused_with_those_it_has),
		cmocka_unit_test(rule_1_8_2_pgp_keys_have_every_form),
		cmocka_unit_test(a_fragment_in_a_text_is_a_single_value),
	};

	return cmocka_run_group_tests(tests, make, clear);
}
