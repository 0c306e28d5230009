/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/crypto/openssl.h"
#include "tests/unit/crypto/vectors.h"

#include "crypto/pair.h"
#include "crypto/pem.h"

#define NOW INT64_C(1800000000)
#define YEAR (INT64_C(365) * 24 * 3600)

static const struct {
	enum cc_keypair_kind kind;
	const char *named; /* by `openssl pkey -text` */
} kinds[] = {
	{ CC_KEYPAIR_P256, "prime256v1" },   { CC_KEYPAIR_P384, "secp384r1" },
	{ CC_KEYPAIR_ED25519, "ED25519" },   { CC_KEYPAIR_RSA2048, "(2048 bit" },
	{ CC_KEYPAIR_RSA3072, "(3072 bit" },
};

static struct cc_keypair *generated(enum cc_keypair_kind kind)
{
	struct cc_keypair *pair = NULL;
	struct cc_err err = { 0 };

	assert_int_equal(cc_keypair_generate(kind, &pair, &err), 0);
	return pair;
}

static void add_pem(struct cc_buf *out, const char *label, struct cc_span der)
{
	struct cc_err err = { 0 };

	assert_int_equal(cc_pem_add(out, label, der, &err), 0);
}

/* RFC 8410 section 10.3: version 1, then version 2 with attributes and the public key. */
static const char rfc8410_v1[] = "302e020100300506032b657004220420"
				 "d4ee72dbf913584ad5b6d8f1f769f8ad3afe7c28cbf1d4fbe097a88f44755842";
static const char rfc8410_v2[] =
	"3072020101300506032b657004220420"
	"d4ee72dbf913584ad5b6d8f1f769f8ad3afe7c28cbf1d4fbe097a88f44755842"
	"a01f301d060a2a864886f70d01090914310f0c0d437572646c6520436861697273"
	"81210019bf44096984cdfe8541bac167dc3b96c85086aa30b6b6cb0c5c38ad7031"
	"66e1";
static const char rfc8410_public[] = "302a300506032b6570032100"
				     "19bf44096984cdfe8541bac167dc3b96c85086aa30b6b6cb0c5c38ad7031"
				     "66e1";

static void keys_of_rfc_8410_are_read_in_both_versions(void **state)
{
	const char *const texts[] = { rfc8410_v1, rfc8410_v2 };

	(void)state;
	for (size_t i = 0; i < CC_COUNT(texts); i++) {
		struct bytes der = hex(texts[i]);
		CC_AUTO_KEYPAIR struct cc_keypair *pair = NULL;
		CC_AUTO_SECRET struct cc_secret *written = NULL;
		CC_AUTO_BUF struct cc_buf spki = { 0 };
		struct cc_err err = { 0 };

		assert_int_equal(cc_keypair_from_pkcs8(HEX_SPAN(der), &pair, &err), 0);
		assert_int_equal(cc_keypair_kind(pair), CC_KEYPAIR_ED25519);
		assert_int_equal(cc_keypair_public(pair, &spki, &err), 0);
		assert_hex(cc_buf_span(&spki), rfc8410_public);
		/* Written in version 2, without attributes: RFC 5958 has the public key as [1]. */
		assert_int_equal(cc_keypair_to_pkcs8(pair, &written, &err), 0);
		assert_hex(
			cc_secret_span(written),
			"3051020101300506032b657004220420"
			"d4ee72dbf913584ad5b6d8f1f769f8ad3afe7c28cbf1d4fbe097a88f44755842"
			"81210019bf44096984cdfe8541bac167dc3b96c85086aa30b6b6cb0c5c38ad703166e1");
	}
}

static void halves_that_do_not_fit_are_refused(void **state)
{
	struct bytes der = hex(rfc8410_v2);
	struct cc_keypair *pair = NULL;
	struct cc_err err = { 0 };

	(void)state;
	der.b[der.len - 1] ^= 1;
	assert_int_equal(cc_keypair_from_pkcs8(HEX_SPAN(der), &pair, &err), -1);
	assert_int_equal(err.code, CC_E_ARG);
}

static void every_cut_of_a_key_is_refused(void **state)
{
	const char *const texts[] = { rfc8410_v1, rfc8410_v2 };

	(void)state;
	for (size_t i = 0; i < CC_COUNT(texts); i++) {
		struct bytes der = hex(texts[i]);

		for (size_t len = 0; len < der.len; len++) {
			struct cc_keypair *pair = NULL;
			struct cc_err err = { 0 };

			assert_int_equal(cc_keypair_from_pkcs8(cc_span(der.b, len), &pair, &err),
					 -1);
		}
	}
}

static void each_kind_comes_back_as_it_was_written(void **state)
{
	(void)state;
	for (size_t i = 0; i < CC_COUNT(kinds); i++) {
		CC_AUTO_KEYPAIR struct cc_keypair *pair = generated(kinds[i].kind), *back = NULL;
		CC_AUTO_SECRET struct cc_secret *der = NULL, *again = NULL;
		CC_AUTO_BUF struct cc_buf spki = { 0 }, spki_back = { 0 };
		struct cc_err err = { 0 };

		assert_int_equal(cc_keypair_to_pkcs8(pair, &der, &err), 0);
		assert_int_equal(cc_keypair_from_pkcs8(cc_secret_span(der), &back, &err), 0);
		assert_int_equal(cc_keypair_kind(back), kinds[i].kind);
		assert_int_equal(cc_keypair_to_pkcs8(back, &again, &err), 0);
		assert_true(cc_secret_equal(der, again));
		assert_int_equal(cc_keypair_public(pair, &spki, &err), 0);
		assert_int_equal(cc_keypair_public(back, &spki_back, &err), 0);
		assert_true(cc_span_eq(cc_buf_span(&spki), cc_buf_span(&spki_back)));
		assert_int_equal(cc_spki_check(cc_buf_span(&spki), &err), 0);
	}
}

/* The openssl of Debian 12 reads no PKCS#8 version 2, so of Ed25519 the public half alone. */
static void openssl_reads_each_kind(void **state)
{
	(void)state;
	for (size_t i = 0; i < CC_COUNT(kinds); i++) {
		CC_AUTO_KEYPAIR struct cc_keypair *pair = generated(kinds[i].kind);
		CC_AUTO_SECRET struct cc_secret *der = NULL;
		CC_AUTO_BUF struct cc_buf spki = { 0 }, public = { 0 }, private = { 0 };
		struct cc_err err = { 0 };

		assert_int_equal(cc_keypair_public(pair, &spki, &err), 0);
		add_pem(&public, CC_PEM_PUBLIC_KEY, cc_buf_span(&spki));
		assert_said("openssl pkey -pubin -noout -text -in %s", cc_buf_span(&public),
			    kinds[i].named);
		if (kinds[i].kind == CC_KEYPAIR_ED25519)
			continue;
		assert_int_equal(cc_keypair_to_pkcs8(pair, &der, &err), 0);
		add_pem(&private, CC_PEM_PRIVATE_KEY, cc_secret_span(der));
		assert_said("openssl pkey -check -noout -text -in %s", cc_buf_span(&private),
			    "Key is valid", kinds[i].named);
	}
}

static void a_weak_rsa_key_is_refused(void **state)
{
	CC_AUTO_BUF struct cc_buf pem = { 0 };
	CC_AUTO_SECRET struct cc_secret *der = NULL;
	struct cc_keypair *pair = NULL;
	struct cc_err err = { 0 };

	(void)state;
	assert_int_equal(said("openssl genpkey -algorithm RSA -pkeyopt rsa_keygen_bits:1024 "
			      "2>/dev/null; : %s",
			      cc_span("x", 1), &pem),
			 0);
	assert_int_equal(cc_pem_read(cc_buf_span(&pem), CC_PEM_PRIVATE_KEY, &der, &err), 0);
	assert_int_equal(cc_keypair_from_pkcs8(cc_secret_span(der), &pair, &err), -1);
	assert_int_equal(err.code, CC_E_UNSUPPORTED);
}

static struct cc_cert *certified(const struct cc_cert_plan *plan, const struct cc_keypair *subject,
				 const struct cc_keypair *issuer)
{
	struct cc_cert *cert = NULL;
	struct cc_err err = { 0 };

	if (cc_keypair_certify(plan, subject, issuer, &cert, &err) != 0)
		fail_msg("%s", err.text);
	return cert;
}

static const char *const names[] = { "dns:www.example.com", "dns:*.example.org", "ip:192.0.2.1",
				     "ip:2001:db8::1" };
static const struct cc_cert_plan ca_plan = { .common_name = "authority",
					     .from = NOW,
					     .until = CC_CERT_NO_END,
					     .is_ca = true,
					     .path_len = -1 };
static const struct cc_cert_plan leaf_plan = { .common_name = "leaf",
					       .from = NOW,
					       .until = NOW + YEAR,
					       .use = CC_CERT_USE_SERVER,
					       .names = names,
					       .name_count = CC_COUNT(names) };

static void openssl_reads_and_verifies_certificates_of_each_kind(void **state)
{
	(void)state;
	for (size_t i = 0; i < CC_COUNT(kinds); i++) {
		CC_AUTO_KEYPAIR struct cc_keypair *key = generated(kinds[i].kind);
		CC_AUTO_KEYPAIR struct cc_keypair *root = generated(kinds[i].kind);
		CC_AUTO_CERT struct cc_cert *ca = certified(&ca_plan, root, root), *leaf = NULL;
		CC_AUTO_BUF struct cc_buf pem = { 0 };
		struct cc_cert_plan plan = leaf_plan;
		struct cc_err err = { 0 };

		plan.issuer = ca;
		leaf = certified(&plan, key, root);
		assert_int_equal(cc_cert_to_pem(leaf, &pem, &err), 0);
		assert_said("openssl x509 -noout -text -in %s", cc_buf_span(&pem),
			    "DNS:www.example.com, DNS:*.example.org, IP Address:192.0.2.1, "
			    "IP Address:2001:DB8:0:0:0:0:0:1",
			    "TLS Web Server Authentication", "CA:FALSE", "Digital Signature",
			    "Issuer: CN = authority", "Subject: CN = leaf");
		assert_int_equal(cc_cert_to_pem(ca, &pem, &err), 0);
		assert_said("openssl verify -purpose sslserver -attime 1800000001 -CAfile %s %s",
			    cc_buf_span(&pem), ": OK");
		assert_true(cc_keypair_fits(key, leaf));
		assert_false(cc_keypair_fits(root, leaf));
	}
}

/* RFC 5280 4.1.2.5. */
static void a_certificate_without_an_end_ends_in_9999(void **state)
{
	CC_AUTO_KEYPAIR struct cc_keypair *root = generated(CC_KEYPAIR_P256);
	CC_AUTO_CERT struct cc_cert *ca = certified(&ca_plan, root, root);
	CC_AUTO_BUF struct cc_buf pem = { 0 };
	struct cc_err err = { 0 };
	int64_t from = 0, until = 0;

	(void)state;
	assert_int_equal(cc_cert_to_pem(ca, &pem, &err), 0);
	assert_said("openssl asn1parse -in %s", cc_buf_span(&pem), "99991231235959Z");
	cc_cert_window(ca, &from, &until);
	assert_int_equal(until, CC_CERT_NO_END);
}

static void a_certificate_without_an_endpoint_has_no_extended_key_usage(void **state)
{
	CC_AUTO_KEYPAIR struct cc_keypair *key = generated(CC_KEYPAIR_P256);
	struct cc_cert_plan plan = leaf_plan;
	CC_AUTO_CERT struct cc_cert *cert = NULL, *client = NULL;
	CC_AUTO_BUF struct cc_buf pem = { 0 };
	struct cc_span found = { 0 };
	struct cc_err err = { 0 };

	(void)state;
	plan.use = CC_CERT_USE_ANY;
	cert = certified(&plan, key, key);
	assert_int_equal(cc_cert_extension(cert, "2.5.29.37", &found, &err), -1);
	assert_int_equal(err.code, CC_E_NOTFOUND);
	plan.use = CC_CERT_USE_CLIENT;
	client = certified(&plan, key, key);
	assert_int_equal(cc_cert_to_pem(client, &pem, &err), 0);
	assert_said("openssl x509 -noout -text -in %s", cc_buf_span(&pem),
		    "TLS Web Client Authentication");
}

static void openssl_opens_pkcs12_with_the_empty_password(void **state)
{
	CC_AUTO_KEYPAIR struct cc_keypair *key = generated(CC_KEYPAIR_P384);
	CC_AUTO_KEYPAIR struct cc_keypair *root = generated(CC_KEYPAIR_P256);
	CC_AUTO_CERT struct cc_cert *ca = certified(&ca_plan, root, root), *leaf = NULL;
	CC_AUTO_SECRET struct cc_secret *file = NULL;
	struct cc_chain above = { .certs = { ca }, .count = 1 };
	struct cc_cert_plan plan = leaf_plan;
	struct cc_err err = { 0 };

	(void)state;
	plan.issuer = ca;
	leaf = certified(&plan, key, root);
	assert_int_equal(cc_keypair_pkcs12(key, leaf, &above, &file, &err), 0);
	assert_said("openssl pkcs12 -nodes -passin pass: -in %s", cc_secret_span(file),
		    "BEGIN PRIVATE KEY", "subject=CN = leaf", "subject=CN = authority");
}

/* RFC 7748 6.1. */
static void x25519_gives_the_published_public_key(void **state)
{
	struct bytes raw = hex("5dab087e624a8a4b79e17f8b83800ee66f3bb1292618b6fd1c2f8b27ff88e0eb");
	CC_AUTO_SECRET struct cc_secret *private = NULL;
	uint8_t public[32] = { 0 };
	struct cc_err err = { 0 };

	(void)state;
	assert_int_equal(cc_secret_from(HEX_SPAN(raw), &private, &err), 0);
	assert_int_equal(cc_x25519_public(private, public, &err), 0);
	assert_hex(CC_SPAN(public),
		   "de9edb7d7b7dc1b4d35b61c2ece435373f8343c85b78674dadfc7e146f882b4f");
}

static void pem_of_another_label_or_under_a_pass_phrase_is_no_key(void **state)
{
	static const char *const texts[] = {
		"",
		"-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----\n",
		"-----BEGIN ENCRYPTED PRIVATE KEY-----\nAAAA\n-----END ENCRYPTED PRIVATE KEY-----\n",
		"-----BEGIN PRIVATE KEY-----\nAAAA\n",
	};

	(void)state;
	for (size_t i = 0; i < CC_COUNT(texts); i++) {
		struct cc_secret *der = NULL;
		struct cc_err err = { 0 };

		assert_int_equal(cc_pem_read(cc_span_str(texts[i]), CC_PEM_PRIVATE_KEY, &der, &err),
				 -1);
		assert_int_equal(err.code, CC_E_ARG);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(keys_of_rfc_8410_are_read_in_both_versions),
		cmocka_unit_test(halves_that_do_not_fit_are_refused),
		cmocka_unit_test(every_cut_of_a_key_is_refused),
		cmocka_unit_test(each_kind_comes_back_as_it_was_written),
		cmocka_unit_test(openssl_reads_each_kind),
		cmocka_unit_test(a_weak_rsa_key_is_refused),
		cmocka_unit_test(openssl_reads_and_verifies_certificates_of_each_kind),
		cmocka_unit_test(a_certificate_without_an_end_ends_in_9999),
		cmocka_unit_test(a_certificate_without_an_endpoint_has_no_extended_key_usage),
		cmocka_unit_test(openssl_opens_pkcs12_with_the_empty_password),
		cmocka_unit_test(x25519_gives_the_published_public_key),
		cmocka_unit_test(pem_of_another_label_or_under_a_pass_phrase_is_no_key),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
