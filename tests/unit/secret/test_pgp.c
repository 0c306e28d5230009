/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/crypto/openssl.h"

#include "secret/pgp.h"

#define NOW INT64_C(1700000000)

/* A home of its own, with the key imported; then `what`. */
#define GPG(what)                                                                            \
	"h=$(mktemp -d) && chmod 700 $h && gpg --homedir $h --batch -q --import %s && " what \
	"; r=$?; gpgconf --homedir $h --kill all; rm -rf $h; exit $r"

static struct cc_secret *generated(void)
{
	struct cc_secret *key = NULL;
	struct cc_err err = { 0 };

	assert_int_equal(cc_pgp_generate("a-secret", NOW, &key, &err), 0);
	return key;
}

static void exported(const struct cc_secret *key, enum cc_pgp_half half, enum cc_pgp_form form,
		     struct cc_buf *out)
{
	struct cc_err err = { 0 };

	assert_int_equal(cc_pgp_export(cc_secret_span(key), half, form, out, &err), 0);
}

static void needs_gpg(void)
{
	CC_AUTO_BUF struct cc_buf out = { 0 };

	if (said("command -v gpg; : %s", cc_span("x", 1), &out) == 0 && out.len != 0)
		return;
	print_message("skipped: gpg is not installed\n");
	skip();
}

static void gpg_signs_and_decrypts_with_the_key(void **state)
{
	/* Several: numbers with zeroes before them are rare. */
	(void)state;
	needs_gpg();
	for (size_t i = 0; i < 4; i++) {
		CC_AUTO_SECRET struct cc_secret *key = generated();
		CC_AUTO_BUF struct cc_buf armored = { 0 };

		exported(key, CC_PGP_PRIVATE, CC_PGP_ARMORED, &armored);
		assert_said(
			GPG("echo plain text | gpg --homedir $h --batch -q --trust-model always "
			    "-r a-secret --encrypt --sign | gpg --homedir $h --batch --decrypt"),
			cc_buf_span(&armored), "plain text", "Good signature from \"a-secret\"",
			"encrypted with 255-bit ECDH key");
	}
}

static void gpg_reads_the_preferences_and_the_public_half(void **state)
{
	CC_AUTO_SECRET struct cc_secret *key = generated();
	CC_AUTO_BUF struct cc_buf public = { 0 };

	(void)state;
	needs_gpg();
	exported(key, CC_PGP_PUBLIC, CC_PGP_BINARY, &public);
	assert_said(GPG("gpg --homedir $h --batch --with-colons --list-keys && "
			"gpg --homedir $h --batch -K && gpg --list-packets %s"),
		    cc_buf_span(&public),
		    "pub:-:255:22:", "sub:-:255:18:", ":ed25519:", ":cv25519:", "pref-sym-algos: 9",
		    "pref-hash-algos: 8", "pref-zip-algos: 2", "uid:-::::1700000000:");
	for (size_t i = 0; i + 32 <= public.len; i++)
		assert_memory_not_equal(public.at + i, cc_secret_span(key).at + 54, 32);
}

static void base64_is_that_of_the_binary_form(void **state)
{
	CC_AUTO_SECRET struct cc_secret *key = generated();
	CC_AUTO_BUF struct cc_buf text = { 0 }, binary = { 0 }, back = { 0 };

	(void)state;
	exported(key, CC_PGP_PRIVATE, CC_PGP_BASE64, &text);
	exported(key, CC_PGP_PRIVATE, CC_PGP_BINARY, &binary);
	assert_int_equal(said("openssl base64 -d -A -in %s", cc_buf_span(&text), &back), 0);
	assert_true(cc_span_eq(cc_buf_span(&back), cc_buf_span(&binary)));
	assert_true(cc_span_eq(cc_buf_span(&binary), cc_secret_span(key)));
}

static void what_is_no_key_of_ours_has_no_public_half(void **state)
{
	CC_AUTO_SECRET struct cc_secret *key = generated();
	struct cc_span whole = cc_secret_span(key);

	(void)state;
	for (size_t len = 1; len < 60; len++) {
		CC_AUTO_BUF struct cc_buf out = { 0 };
		struct cc_err err = { 0 };

		assert_int_equal(cc_pgp_export(cc_span_sub(whole, 0, len), CC_PGP_PUBLIC,
					       CC_PGP_BINARY, &out, &err),
				 -1);
		assert_int_equal(err.code, CC_E_ARG);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(gpg_signs_and_decrypts_with_the_key),
		cmocka_unit_test(gpg_reads_the_preferences_and_the_public_half),
		cmocka_unit_test(base64_is_that_of_the_binary_form),
		cmocka_unit_test(what_is_no_key_of_ours_has_no_public_half),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
