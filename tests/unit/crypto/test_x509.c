/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/crypto/pki.h"

#include "base/dir.h"
#include "base/fd.h"
#include "base/str.h"

#define OID "1.3.6.1.4.1.58270.1.1"

struct world {
	struct party root, authority, leaf;
	struct cc_chain chain; /* authority and root */
	struct cc_digest pin;
	struct cc_crl *crls[2]; /* of root and authority */
};

static struct world world(enum cc_key_kind kind)
{
	static const char *const names[] = { "dns:service.example" };
	const struct cc_cert_extension own = { OID, cc_span_str("content") };
	struct world w = { 0 };

	w.root = issue((struct cc_cert_plan){ .common_name = "root",
					      .from = NOW - DAY,
					      .until = NOW + 10 * DAY,
					      .is_ca = true,
					      .path_len = -1 },
		       kind, NULL);
	w.authority = issue((struct cc_cert_plan){ .common_name = "authority",
						   .from = NOW - DAY,
						   .until = NOW + 5 * DAY,
						   .is_ca = true },
			    kind, &w.root);
	w.leaf = issue((struct cc_cert_plan){ .common_name = "leaf",
					      .organization = "owner",
					      .from = NOW - DAY,
					      .until = NOW + 2 * DAY,
					      .names = names,
					      .name_count = CC_COUNT(names),
					      .extensions = &own,
					      .extension_count = 1,
					      .crl_url = "https://cas.example/crl" },
		       kind, &w.authority);
	chain_push(&w.chain, w.authority.cert);
	chain_push(&w.chain, w.root.cert);
	w.pin = key_hash(w.root.cert);
	w.crls[0] = crl_of(&w.root, NULL, NOW + DAY);
	w.crls[1] = crl_of(&w.authority, NULL, NOW + DAY);
	return w;
}

static void world_clear(struct world *w)
{
	party_clear(&w->root);
	party_clear(&w->authority);
	party_clear(&w->leaf);
	cc_chain_clear(&w->chain);
	cc_crl_free(w->crls[0]);
	cc_crl_free(w->crls[1]);
}

static struct cc_path path_of(const struct world *w)
{
	return (struct cc_path){
		.leaf = w->leaf.cert, .chain = &w->chain, .root = &w->pin, .at = NOW, .strict = true
	};
}

static void assert_refused(const struct cc_path *path, enum cc_code code, const char *text)
{
	struct cc_err err = { 0 };

	assert_int_equal(cc_path_verify(path, &err), -1);
	assert_int_equal(err.code, code);
	if (strstr(err.text, text) == NULL)
		fail_msg("'%s' is not in '%s'", text, err.text);
}

static void a_chain_to_the_pinned_root_verifies_for_each_kind_of_key(void **state)
{
	static const enum cc_key_kind kinds[] = { CC_KEY_ED25519, CC_KEY_P256, CC_KEY_P384 };

	(void)state;
	for (size_t i = 0; i < CC_COUNT(kinds); i++) {
		CC_CLEANUP(world_clear) struct world w = world(kinds[i]);
		const struct cc_crl *const crls[] = { w.crls[0], w.crls[1] };
		struct cc_path path = path_of(&w);
		struct cc_err err = { 0 };

		assert_int_equal(cc_path_verify(&path, &err), 0);
		path.crls = crls;
		path.crl_count = 2;
		if (cc_path_verify(&path, &err) != 0)
			fail_msg("%s", err.text);
	}
}

static void a_root_that_is_not_the_pinned_one_is_refused(void **state)
{
	CC_CLEANUP(world_clear) struct world w = world(CC_KEY_P256), other = world(CC_KEY_P256);
	struct cc_path path = path_of(&w);

	(void)state;
	path.root = &other.pin;
	assert_refused(&path, CC_E_EVIDENCE, "pinned");
	/* The pinned root is there, but signed none of it. */
	chain_push(&w.chain, other.root.cert);
	assert_refused(&path, CC_E_EVIDENCE, "self-signed certificate in certificate chain");
}

static void a_pinned_authority_that_is_no_root_is_refused(void **state)
{
	CC_CLEANUP(world_clear) struct world w = world(CC_KEY_P256);
	struct cc_digest authority = key_hash(w.authority.cert);
	struct cc_path path = path_of(&w);

	(void)state;
	path.root = &authority;
	assert_refused(&path, CC_E_EVIDENCE, "pinned");
}

/* The root's key in a certificate that somebody else made: the anchor's window must be its own. */
static void a_forged_root_with_the_pinned_key_is_refused(void **state)
{
	CC_CLEANUP(world_clear) struct world w = world(CC_KEY_P256);
	CC_AUTO_CHAIN struct cc_chain forged = { 0 };
	CC_AUTO_CERT struct cc_cert *fake = NULL;
	CC_AUTO_KEY struct cc_key *attacker = new_key(CC_KEY_P256);
	struct cc_cert_plan plan = { .common_name = "root",
				     .key = cc_key_public(w.root.key),
				     .issuer_key = attacker,
				     .from = NOW - DAY,
				     .until = NOW + 1000 * DAY,
				     .is_ca = true,
				     .path_len = -1 };
	struct cc_path path = path_of(&w);
	struct cc_err err = { 0 };

	(void)state;
	assert_int_equal(cc_cert_make(&plan, &fake, &err), 0);
	chain_push(&forged, w.authority.cert);
	chain_push(&forged, fake);
	path.chain = &forged;
	assert_refused(&path, CC_E_EVIDENCE, "pinned");
}

static void time_is_an_argument_and_each_window_counts(void **state)
{
	CC_CLEANUP(world_clear) struct world w = world(CC_KEY_P256);
	const struct cc_crl *const crls[] = { w.crls[0], w.crls[1] };
	struct cc_path path = path_of(&w);

	(void)state;
	path.at = NOW + 3 * DAY;
	assert_refused(&path, CC_E_EXPIRED, "'leaf': certificate has expired");
	path.at = NOW + 6 * DAY;
	assert_refused(&path, CC_E_EXPIRED, "expired");
	path.at = NOW - 2 * DAY;
	assert_refused(&path, CC_E_EXPIRED, "not yet valid");
	path.at = NOW + DAY + 1;
	path.crls = crls;
	path.crl_count = 2;
	assert_refused(&path, CC_E_EXPIRED, "CRL has expired");
}

static void every_certificate_but_the_root_needs_a_crl(void **state)
{
	CC_CLEANUP(world_clear) struct world w = world(CC_KEY_P256);
	struct cc_path path = path_of(&w);

	(void)state;
	for (size_t i = 0; i < 2; i++) {
		const struct cc_crl *const one[] = { w.crls[i] };

		path.crls = one;
		path.crl_count = 1;
		assert_refused(&path, CC_E_EVIDENCE, "unable to get certificate CRL");
	}
}

static void a_revoked_leaf_or_authority_is_refused(void **state)
{
	CC_CLEANUP(world_clear) struct world w = world(CC_KEY_P256);
	CC_AUTO_CRL struct cc_crl *leaf = crl_of(&w.authority, w.leaf.cert, NOW + DAY);
	CC_AUTO_CRL struct cc_crl *authority = crl_of(&w.root, w.authority.cert, NOW + DAY);
	const struct cc_crl *const of_leaf[] = { w.crls[0], leaf };
	const struct cc_crl *const of_authority[] = { authority, w.crls[1] };
	struct cc_path path = path_of(&w);

	(void)state;
	path.crl_count = 2;
	path.crls = of_leaf;
	assert_refused(&path, CC_E_EVIDENCE, "'leaf': certificate revoked");
	path.crls = of_authority;
	assert_refused(&path, CC_E_EVIDENCE, "'authority': certificate revoked");
}

static void a_crl_that_another_authority_signed_is_refused(void **state)
{
	CC_CLEANUP(world_clear) struct world w = world(CC_KEY_P256), other = world(CC_KEY_P256);
	const struct cc_crl *const crls[] = { w.crls[0], other.crls[1] };
	struct cc_path path = path_of(&w);

	(void)state;
	path.crls = crls;
	path.crl_count = 2;
	assert_refused(&path, CC_E_EVIDENCE, "");
}

static void a_leaf_is_no_authority(void **state)
{
	CC_CLEANUP(world_clear) struct world w = world(CC_KEY_P256);
	CC_CLEANUP(party_clear)
	struct party below = issue((struct cc_cert_plan){ .common_name = "below",
							  .from = NOW - DAY,
							  .until = NOW + DAY },
				   CC_KEY_P256, &w.leaf);
	struct cc_path path = path_of(&w);

	(void)state;
	chain_push(&w.chain, w.leaf.cert);
	path.leaf = below.cert;
	assert_refused(&path, CC_E_EVIDENCE, "invalid CA certificate");
}

static void the_path_length_holds(void **state)
{
	CC_CLEANUP(world_clear) struct world w = world(CC_KEY_P256);
	CC_CLEANUP(party_clear)
	struct party second = issue((struct cc_cert_plan){ .common_name = "second",
							   .from = NOW - DAY,
							   .until = NOW + DAY,
							   .is_ca = true },
				    CC_KEY_P256, &w.authority);
	CC_CLEANUP(party_clear)
	struct party below = issue((struct cc_cert_plan){ .common_name = "below",
							  .from = NOW - DAY,
							  .until = NOW + DAY },
				   CC_KEY_P256, &second);
	struct cc_path path = path_of(&w);

	(void)state;
	chain_push(&w.chain, second.cert);
	path.leaf = below.cert;
	assert_refused(&path, CC_E_EVIDENCE, "path length");
}

static void what_we_put_in_is_read_back(void **state)
{
	CC_CLEANUP(world_clear) struct world w = world(CC_KEY_ED25519);
	CC_AUTO_PUBKEY struct cc_pubkey *key = NULL;
	CC_AUTO_FREE char *name = NULL, *issuer = NULL;
	struct cc_span content = { 0 };
	struct cc_digest hash = { 0 }, expected = { 0 };
	struct cc_err err = { 0 };
	int64_t from = 0, until = 0;

	(void)state;
	assert_int_equal(cc_cert_common_name(w.leaf.cert, &name, &err), 0);
	assert_int_equal(cc_cert_issuer_common_name(w.leaf.cert, &issuer, &err), 0);
	assert_string_equal(name, "leaf");
	assert_string_equal(issuer, "authority");
	cc_cert_window(w.leaf.cert, &from, &until);
	assert_true(from == NOW - DAY && until == NOW + 2 * DAY);
	assert_int_equal(cc_cert_extension(w.leaf.cert, OID, &content, &err), 0);
	assert_true(cc_span_eq_str(content, "content"));
	assert_int_equal(cc_cert_extension(w.root.cert, OID, &content, &err), -1);
	assert_int_equal(err.code, CC_E_NOTFOUND);
	assert_int_equal(cc_cert_public(w.leaf.cert, &key, &err), 0);
	assert_int_equal(cc_pubkey_hash(key, &hash, &err), 0);
	expected = key_hash(w.leaf.cert);
	assert_true(cc_digest_eq(&hash, &expected));
	cc_crl_window(w.crls[0], &from, &until);
	assert_true(from == NOW - DAY && until == NOW + DAY);
	assert_int_equal(cc_crl_number(w.crls[0]), 7);
}

static void serial_numbers_differ(void **state)
{
	CC_CLEANUP(world_clear) struct world w = world(CC_KEY_P256);
	CC_AUTO_CRL struct cc_crl *crl = NULL;
	CC_CLEANUP(party_clear)
	struct party twin = issue((struct cc_cert_plan){ .common_name = "twin",
							 .from = NOW - DAY,
							 .until = NOW + DAY },
				  CC_KEY_P256, &w.authority);
	const struct cc_crl *crls[2] = { w.crls[0], NULL };
	struct cc_path path = path_of(&w);
	struct cc_err err = { 0 };

	(void)state;
	/* Revoking one does not revoke the other. */
	crl = crl_of(&w.authority, twin.cert, NOW + DAY);
	crls[1] = crl;
	path.crls = crls;
	path.crl_count = 2;
	assert_int_equal(cc_path_verify(&path, &err), 0);
}

static void a_chain_survives_pem(void **state)
{
	CC_CLEANUP(world_clear) struct world w = world(CC_KEY_P256);
	CC_AUTO_CHAIN struct cc_chain chain = { 0 };
	CC_AUTO_BUF struct cc_buf pem = { 0 };
	CC_AUTO_FREE char *name = NULL;
	struct cc_err err = { 0 };

	(void)state;
	assert_int_equal(cc_cert_to_pem(w.leaf.cert, &pem, &err), 0);
	assert_int_equal(cc_cert_to_pem(w.root.cert, &pem, &err), 0);
	assert_int_equal(cc_buf_add(&pem, cc_span("\r\n \0\0", 5), &err), 0);
	assert_int_equal(cc_chain_from_pem(cc_buf_span(&pem), &chain, &err), 0);
	assert_int_equal(chain.count, 2);
	assert_int_equal(cc_cert_common_name(chain.certs[1], &name, &err), 0);
	assert_string_equal(name, "root");
}

/* What is shared is the same certificate, and each chain is freed alone. */
static void a_known_certificate_is_shared_and_another_is_not(void **state)
{
	CC_CLEANUP(world_clear) struct world w = world(CC_KEY_P256);
	CC_AUTO_CHAIN struct cc_chain known = { 0 }, chain = { 0 };
	CC_AUTO_BUF struct cc_buf root = { 0 }, both = { 0 }, a = { 0 }, b = { 0 };
	struct cc_err err = { 0 };

	(void)state;
	assert_int_equal(cc_cert_to_pem(w.root.cert, &root, &err), 0);
	assert_int_equal(cc_cert_to_pem(w.leaf.cert, &both, &err), 0);
	assert_int_equal(cc_buf_add(&both, cc_buf_span(&root), &err), 0);
	assert_int_equal(cc_chain_from_pem(cc_buf_span(&root), &known, &err), 0);
	assert_int_equal(cc_chain_from_pem_known(cc_buf_span(&both), &known, &chain, &err), 0);
	assert_int_equal(chain.count, 2);
	assert_int_equal(cc_cert_to_der(chain.certs[1], &a, &err), 0);
	assert_int_equal(cc_cert_to_der(known.certs[0], &b, &err), 0);
	assert_true(cc_span_eq(cc_buf_span(&a), cc_buf_span(&b)));
	cc_chain_clear(&known);
	cc_buf_reset(&a);
	cc_buf_reset(&b);
	assert_int_equal(cc_cert_to_der(chain.certs[0], &a, &err), 0);
	assert_int_equal(cc_cert_to_der(w.leaf.cert, &b, &err), 0);
	assert_true(cc_span_eq(cc_buf_span(&a), cc_buf_span(&b)));
}

static void broken_chains_are_refused(void **state)
{
	CC_CLEANUP(world_clear) struct world w = world(CC_KEY_P256);
	static const struct {
		const char *before, *after;
		size_t copies, cut;
		enum cc_code code;
	} cases[] = {
		{ "", "", 0, 0, CC_E_ARG },
		{ "text\n", "", 1, 0, CC_E_ARG },
		{ "", "x", 1, 0, CC_E_ARG },
		{ "", "", 9, 0, CC_E_TOOBIG },
		{ "", "", 1, 20, CC_E_ARG },
		{ "", "-----BEGIN CERTIFICATE-----", 1, 0, CC_E_ARG },
		{ "", "-----BEGIN CERTIFICATE-----\n-----END CERTIFICATE-----\n", 1, 0, CC_E_ARG },
		{ "", "-----BEGIN CERTIFICATE-----\n!!!!\n-----END CERTIFICATE-----\n", 1, 0,
		  CC_E_ARG },
	};

	(void)state;
	for (size_t i = 0; i < CC_COUNT(cases); i++) {
		CC_AUTO_CHAIN struct cc_chain chain = { 0 };
		CC_AUTO_BUF struct cc_buf pem = { 0 };
		struct cc_err err = { 0 };

		assert_int_equal(cc_buf_add_str(&pem, cases[i].before, &err), 0);
		for (size_t n = 0; n < cases[i].copies; n++)
			assert_int_equal(cc_cert_to_pem(w.leaf.cert, &pem, &err), 0);
		assert_int_equal(cc_buf_add_str(&pem, cases[i].after, &err), 0);
		pem.len -= cases[i].cut;
		assert_int_equal(cc_chain_from_pem(cc_buf_span(&pem), &chain, &err), -1);
		assert_int_equal(err.code, cases[i].code);
		assert_int_equal(chain.count, 0);
	}
}

static void a_certificate_ends_where_its_bytes_end(void **state)
{
	CC_CLEANUP(world_clear) struct world w = world(CC_KEY_P256);
	CC_AUTO_BUF struct cc_buf der = { 0 };
	struct cc_cert *cert = NULL;
	struct cc_err err = { 0 };

	(void)state;
	assert_int_equal(cc_cert_to_der(w.leaf.cert, &der, &err), 0);
	assert_int_equal(cc_cert_from_der(cc_span(der.at, der.len - 1), &cert, &err), -1);
	assert_int_equal(err.code, CC_E_ARG);
	assert_int_equal(cc_buf_add_u8(&der, 0, &err), 0);
	assert_int_equal(cc_cert_from_der(cc_buf_span(&der), &cert, &err), -1);
	assert_int_equal(err.code, CC_E_ARG);
}

static void a_crl_is_read_as_der_pem_and_hex(void **state)
{
	CC_CLEANUP(world_clear) struct world w = world(CC_KEY_P256);
	struct cc_crl_plan plan = { .issuer = w.root.cert,
				    .issuer_key = w.root.key,
				    .from = NOW,
				    .until = NOW + DAY,
				    .number = 3 };
	CC_AUTO_BUF struct cc_buf der = { 0 }, hex = { 0 };
	CC_AUTO_CRL struct cc_crl *a = NULL, *b = NULL;
	struct cc_crl *none = NULL;
	struct cc_err err = { 0 };

	(void)state;
	assert_int_equal(cc_crl_make(&plan, &der, &err), 0);
	for (size_t i = 0; i < der.len; i++)
		assert_int_equal(cc_buf_addf(&hex, &err, "%02X", der.at[i]), 0);
	assert_int_equal(cc_crl_parse(cc_buf_span(&der), &a, &err), 0);
	assert_int_equal(cc_crl_parse(cc_buf_span(&hex), &b, &err), 0);
	assert_true(cc_crl_number(a) == 3 && cc_crl_number(b) == 3);
	assert_int_equal(cc_buf_add_str(&hex, "g0", &err), 0);
	assert_int_equal(cc_crl_parse(cc_buf_span(&hex), &none, &err), -1);
	assert_int_equal(err.code, CC_E_ARG);
	assert_int_equal(cc_buf_add_u8(&der, 0, &err), 0);
	assert_int_equal(cc_crl_parse(cc_buf_span(&der), &none, &err), -1);
	assert_int_equal(err.code, CC_E_ARG);
	assert_int_equal(cc_crl_parse(cc_span_str(""), &none, &err), -1);
}

static void plans_that_make_no_sense_are_refused(void **state)
{
	CC_AUTO_KEY struct cc_key *key = new_key(CC_KEY_P256);
	const struct cc_cert_plan good = { .common_name = "x",
					   .key = cc_key_public(key),
					   .issuer_key = key,
					   .from = NOW,
					   .until = NOW + DAY };
	static const char *const spaced[] = { "dns:two words" }, *const unknown[] = { "mail:x" };
	struct cc_cert_plan plans[] = { good, good, good, good, good };
	struct cc_cert *cert = NULL;
	struct cc_err err = { 0 };

	(void)state;
	plans[0].until = NOW;
	plans[1].common_name = "";
	plans[2].common_name = "a name of more than sixty-four bytes is too long for a common name";
	plans[3].names = spaced;
	plans[3].name_count = 1;
	plans[4].names = unknown;
	plans[4].name_count = 1;
	for (size_t i = 0; i < CC_COUNT(plans); i++) {
		assert_int_equal(cc_cert_make(&plans[i], &cert, &err), -1);
		assert_int_equal(err.code, CC_E_ARG);
	}
}

/* Recorded evidence: present on our machines, in nobody's repository. */
static int load(const char *name, struct cc_buf *out)
{
	const char *root = getenv("MESON_SOURCE_ROOT");
	CC_AUTO_FREE char *path = NULL;
	struct cc_err err = { 0 };

	if (root == NULL ||
	    cc_strf(&path, &err, "%s/../shared/data/evidence/%s", root, name) != 0 ||
	    cc_file_read(path, CC_CRL_MAX, out, &err) != 0) {
		print_message("skipped: no recorded evidence '%s'\n", name);
		skip();
	}
	return 0;
}

#define INTEL "sgx/dcap-qvl/sgx_quote/"
#define INTEL_AT 1751624924 /* 2025-07-04T10:28:44Z */

static void intel_s_recorded_chain_verifies_strictly(void **state)
{
	CC_AUTO_BUF struct cc_buf pem = { 0 }, root_crl = { 0 };
	CC_AUTO_CHAIN struct cc_chain chain = { 0 };
	CC_AUTO_CRL struct cc_crl *crl = NULL;
	const struct cc_crl *crls[1] = { 0 };
	struct cc_digest pin = { 0 };
	struct cc_path path = { .chain = &chain, .root = &pin, .crls = crls, .at = INTEL_AT };
	struct cc_err err = { 0 };

	(void)state;
	(void)load(INTEL "tcb_info_issuer_chain.pem", &pem);
	(void)load(INTEL "root_ca_crl.der", &root_crl);
	assert_int_equal(cc_chain_from_pem(cc_buf_span(&pem), &chain, &err), 0);
	assert_int_equal(cc_crl_parse(cc_buf_span(&root_crl), &crl, &err), 0);
	crls[0] = crl;
	path.crl_count = 1;
	path.strict = true;
	path.leaf = chain.certs[0];
	pin = key_hash(chain.certs[1]);
	if (cc_path_verify(&path, &err) != 0)
		fail_msg("%s", err.text);
	path.at = INTEL_AT + 365 * DAY;
	assert_refused(&path, CC_E_EXPIRED, "CRL has expired");
}

static void amd_s_recorded_chain_verifies_without_strictness(void **state)
{
	CC_AUTO_BUF struct cc_buf pem = { 0 };
	CC_AUTO_CHAIN struct cc_chain chain = { 0 };
	struct cc_digest pin = { 0 };
	struct cc_path path = { .chain = &chain, .root = &pin, .at = INTEL_AT };
	CC_AUTO_PUBKEY struct cc_pubkey *key = NULL;
	struct cc_err err = { 0 };

	(void)state;
	(void)load("snp/amd-roots/go-sev-guest/ask_ark_genoa.pem", &pem);
	assert_int_equal(cc_chain_from_pem(cc_buf_span(&pem), &chain, &err), 0);
	path.leaf = chain.certs[0];
	pin = key_hash(chain.certs[1]);
	if (cc_path_verify(&path, &err) != 0)
		fail_msg("%s", err.text);
	/* RSA: a root may have it, a key of ours not. */
	assert_int_equal(cc_cert_public(chain.certs[1], &key, &err), -1);
	assert_int_equal(err.code, CC_E_UNSUPPORTED);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_chain_to_the_pinned_root_verifies_for_each_kind_of_key),
		cmocka_unit_test(a_root_that_is_not_the_pinned_one_is_refused),
		cmocka_unit_test(a_pinned_authority_that_is_no_root_is_refused),
		cmocka_unit_test(a_forged_root_with_the_pinned_key_is_refused),
		cmocka_unit_test(time_is_an_argument_and_each_window_counts),
		cmocka_unit_test(every_certificate_but_the_root_needs_a_crl),
		cmocka_unit_test(a_revoked_leaf_or_authority_is_refused),
		cmocka_unit_test(a_crl_that_another_authority_signed_is_refused),
		cmocka_unit_test(a_leaf_is_no_authority),
		cmocka_unit_test(the_path_length_holds),
		cmocka_unit_test(what_we_put_in_is_read_back),
		cmocka_unit_test(serial_numbers_differ),
		cmocka_unit_test(a_chain_survives_pem),
		cmocka_unit_test(a_known_certificate_is_shared_and_another_is_not),
		cmocka_unit_test(broken_chains_are_refused),
		cmocka_unit_test(a_certificate_ends_where_its_bytes_end),
		cmocka_unit_test(a_crl_is_read_as_der_pem_and_hex),
		cmocka_unit_test(plans_that_make_no_sense_are_refused),
		cmocka_unit_test(intel_s_recorded_chain_verifies_strictly),
		cmocka_unit_test(amd_s_recorded_chain_verifies_without_strictness),
	};

	return cmocka_run_group_tests_name("crypto/x509", tests, NULL, NULL);
}
