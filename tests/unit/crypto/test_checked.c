/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Signatures that were verified before: each case once with a leaf that is read as plain, once with
 * one that OpenSSL has decoded. That a signature was not verified again shows in a false one that
 * is remembered as good.
 */
#include "crypto/plain-internal.h"
#include "tests/unit/crypto/pki.h"

struct world {
	struct party root, ca, leaf, forged; /* the last in the name of the CA, by somebody else */
	struct cc_chain chain;               /* CA and root */
	struct cc_chain plain;               /* the leaf, decoded anew, and the forged one */
	struct cc_digest pin;
	struct cc_checked checked;
};

static struct cc_cert_plan plan_of(const char *name, int64_t days)
{
	return (struct cc_cert_plan){ .common_name = name,
				      .from = NOW - DAY,
				      .until = NOW + days * DAY,
				      .is_ca = days > 2,
				      .path_len = -1 };
}

static struct world world(void)
{
	struct world w = { 0 };

	w.root = issue(plan_of("root", 10), CC_KEY_P256, NULL);
	w.ca = issue(plan_of("ca", 5), CC_KEY_P256, &w.root);
	w.leaf = issue(plan_of("leaf", 2), CC_KEY_P256, &w.ca);
	CC_AUTO_KEY struct cc_key *attacker = new_key(CC_KEY_P256);
	w.forged = issue(plan_of("leaf", 2), CC_KEY_P256, &(struct party){ attacker, w.ca.cert });
	chain_push(&w.chain, w.ca.cert);
	chain_push(&w.chain, w.root.cert);
	chain_push(&w.plain, w.leaf.cert);
	chain_push(&w.plain, w.forged.cert);
	w.pin = key_hash(w.root.cert);
	return w;
}

static void world_clear(struct world *w)
{
	party_clear(&w->root);
	party_clear(&w->ca);
	party_clear(&w->leaf);
	party_clear(&w->forged);
	cc_chain_clear(&w->chain);
	cc_chain_clear(&w->plain);
}

/* By `form`: 0 plain, 1 OpenSSL's. */
static struct cc_path path_to(struct world *w, int form)
{
	return (struct cc_path){ .leaf = form == 0 ? w->plain.certs[0] : w->leaf.cert,
				 .chain = &w->chain,
				 .root = &w->pin,
				 .at = NOW,
				 .memory = { &w->checked, NULL } };
}

static struct cc_path path_to_forged(struct world *w, int form)
{
	struct cc_path path = path_to(w, form);

	path.leaf = form == 0 ? w->plain.certs[1] : w->forged.cert;
	return path;
}

static void assert_verifies(const struct cc_path *path)
{
	struct cc_err err = { 0 };

	if (cc_path_verify(path, &err) != 0)
		fail_msg("%s", err.text);
}

static void assert_refused(const struct cc_path *path, enum cc_code code, const char *text)
{
	struct cc_err err = { 0 };

	assert_int_equal(cc_path_verify(path, &err), -1);
	assert_int_equal(err.code, code);
	if (strstr(err.text, text) == NULL)
		fail_msg("'%s' is not in '%s'", text, err.text);
}

/* All signatures of the path to the leaf. */
static void learn(struct world *w, int form)
{
	struct cc_path path = path_to(w, form);

	path.memory = (struct cc_memory){ NULL, &w->checked };
	assert_verifies(&path);
}

/* As if this certificate had been verified with that one's key, in both forms. */
static void remember(struct world *w, const struct cc_cert *cert, const struct cc_cert *issuer)
{
	const struct cc_memory memory = { NULL, &w->checked };
	CC_AUTO_BUF struct cc_buf der = { 0 }, key = { 0 };
	struct cc_plain_cert plain = { 0 };
	struct cc_signed_bytes signature = { 0 };
	struct cc_err err = { 0 };

	assert_int_equal(cc_cert_to_der(cert, &der, &err), 0);
	assert_int_equal(cc_cert_spki(issuer, &key, &err), 0);
	assert_int_equal(cc_plain_cert_read(cc_buf_span(&der), &plain, &err), 0);
	signature =
		(struct cc_signed_bytes){ .key = cc_buf_span(&key), .bytes = cc_buf_span(&der) };
	cc_memory_keep(&memory, &signature);
	signature.signature = plain.by.signature;
	signature.bytes = plain.by.bytes;
	cc_memory_keep(&memory, &signature);
}

static void a_path_leaves_the_signatures_in_it(void **state)
{
	(void)state;
	for (int form = 0; form < 2; form++) {
		CC_CLEANUP(world_clear) struct world w = world();
		struct cc_path path = path_to(&w, form);

		learn(&w, form);
		assert_int_equal(w.checked.count, 3);
		path.memory.learned = &w.checked;
		assert_verifies(&path);
		assert_int_equal(w.checked.count, 3);
	}
}

static void a_signature_that_is_remembered_is_not_verified_again(void **state)
{
	(void)state;
	for (int form = 0; form < 2; form++) {
		CC_CLEANUP(world_clear) struct world w = world();
		struct cc_path path = path_to_forged(&w, form);

		learn(&w, form);
		assert_refused(&path, CC_E_EVIDENCE, "signature failure");
		remember(&w, w.forged.cert, w.ca.cert);
		assert_verifies(&path);
	}
}

static void a_signature_is_remembered_for_its_key_alone(void **state)
{
	(void)state;
	for (int form = 0; form < 2; form++) {
		CC_CLEANUP(world_clear) struct world w = world();
		struct cc_path path = path_to_forged(&w, form);

		learn(&w, form);
		remember(&w, w.forged.cert, w.root.cert);
		assert_refused(&path, CC_E_EVIDENCE, "signature failure");
	}
}

/* The leaf is known; one that says the same by another signature is not. */
static void a_signature_is_remembered_with_every_byte_of_it(void **state)
{
	(void)state;
	CC_CLEANUP(world_clear) struct world w = world();
	struct cc_path path = path_to(&w, 0);
	CC_AUTO_BUF struct cc_buf der = { 0 };
	struct cc_err err = { 0 };

	learn(&w, 0);
	assert_int_equal(cc_cert_to_der(w.leaf.cert, &der, &err), 0);
	for (size_t i = 1; i <= 16; i++) {
		CC_AUTO_CERT struct cc_cert *changed = NULL;

		der.at[der.len - i] ^= 1;
		assert_int_equal(cc_cert_from_der(cc_buf_span(&der), &changed, &err), 0);
		path.leaf = changed;
		assert_refused(&path, CC_E_EVIDENCE, "signature failure");
		der.at[der.len - i] ^= 1;
	}
}

static void a_remembered_path_has_its_windows(void **state)
{
	(void)state;
	for (int form = 0; form < 2; form++) {
		CC_CLEANUP(world_clear) struct world w = world();
		struct cc_path path = path_to(&w, form);

		learn(&w, form);
		path.at = NOW + 2 * DAY;
		assert_verifies(&path);
		path.at++;
		assert_refused(&path, CC_E_EXPIRED, "'leaf': certificate has expired");
		path.at = NOW + 5 * DAY + 1;
		assert_refused(&path, CC_E_EXPIRED, "has expired");
		path.at = NOW - DAY;
		assert_verifies(&path);
		path.at--;
		assert_refused(&path, CC_E_EXPIRED, "not yet valid");
	}
}

static void who_is_revoked_later_is_refused_though_remembered(void **state)
{
	(void)state;
	for (int form = 0; form < 2; form++) {
		CC_CLEANUP(world_clear) struct world w = world();
		CC_AUTO_CRL struct cc_crl *of_root = crl_of(&w.root, NULL, NOW + DAY);
		CC_AUTO_CRL struct cc_crl *of_ca = crl_of(&w.ca, NULL, NOW + DAY);
		CC_AUTO_CRL struct cc_crl *later = crl_of(&w.ca, w.leaf.cert, NOW + DAY);
		const struct cc_crl *lists[] = { of_root, of_ca };
		struct cc_path path = path_to(&w, form);

		path.crls = lists;
		path.crl_count = 2;
		path.memory.learned = &w.checked;
		assert_verifies(&path);
		assert_verifies(&path);
		lists[1] = later;
		assert_refused(&path, CC_E_EVIDENCE, "'leaf': certificate revoked");
		path.at = NOW + DAY + 1;
		assert_refused(&path, CC_E_EXPIRED, "CRL has expired");
	}
}

static void a_remembered_path_ends_in_the_pinned_root(void **state)
{
	(void)state;
	for (int form = 0; form < 2; form++) {
		CC_CLEANUP(world_clear) struct world w = world();
		struct cc_path path = path_to(&w, form);

		learn(&w, form);
		w.pin.b[0] ^= 1;
		assert_refused(&path, CC_E_EVIDENCE, "no root with the pinned key");
	}
}

/* The CA's key is right, and its certificate is not there: nothing leads to the root. */
static void a_remembered_path_has_all_of_its_certificates(void **state)
{
	(void)state;
	for (int form = 0; form < 2; form++) {
		CC_CLEANUP(world_clear) struct world w = world();
		CC_AUTO_CHAIN struct cc_chain root = { 0 };
		struct cc_path path = path_to(&w, form);

		learn(&w, form);
		chain_push(&root, w.root.cert);
		path.chain = &root;
		assert_refused(&path, CC_E_EVIDENCE, "unable to get local issuer");
	}
}

static void a_wrong_signature_is_not_remembered(void **state)
{
	(void)state;
	for (int form = 0; form < 2; form++) {
		CC_CLEANUP(world_clear) struct world w = world();
		struct cc_path path = path_to_forged(&w, form);

		path.memory.learned = &w.checked;
		assert_refused(&path, CC_E_EVIDENCE, "signature failure");
		assert_refused(&path, CC_E_EVIDENCE, "signature failure");
	}
}

/* Of a list, by who looks at it alone. */
static void a_list_is_remembered_when_it_verifies(void **state)
{
	CC_CLEANUP(world_clear) struct world w = world();
	const struct cc_memory memory = { NULL, &w.checked };
	CC_AUTO_KEY struct cc_key *attacker = new_key(CC_KEY_P256);
	CC_AUTO_CRL struct cc_crl *list = crl_of(&w.ca, NULL, NOW + DAY);
	CC_AUTO_CRL struct cc_crl *forged =
		crl_of(&(struct party){ attacker, w.ca.cert }, NULL, NOW + DAY);
	struct cc_err err = { 0 };

	(void)state;
	assert_int_equal(cc_crl_verify(forged, w.chain.certs[0], &memory, &err), -1);
	assert_int_equal(w.checked.count, 0);
	assert_int_equal(cc_crl_verify(list, w.chain.certs[0], &memory, &err), 0);
	assert_int_equal(w.checked.count, 1);
}

static void a_full_memory_takes_no_more_and_proves_the_same(void **state)
{
	(void)state;
	CC_CLEANUP(world_clear) struct world w = world();
	struct cc_path path = path_to(&w, 0), forged = path_to_forged(&w, 0);

	w.checked.count = CC_CHECKED_MAX;
	path.memory.learned = &w.checked;
	assert_verifies(&path);
	assert_int_equal(w.checked.count, CC_CHECKED_MAX);
	assert_refused(&forged, CC_E_EVIDENCE, "signature failure");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_path_leaves_the_signatures_in_it),
		cmocka_unit_test(a_signature_that_is_remembered_is_not_verified_again),
		cmocka_unit_test(a_signature_is_remembered_for_its_key_alone),
		cmocka_unit_test(a_signature_is_remembered_with_every_byte_of_it),
		cmocka_unit_test(a_remembered_path_has_its_windows),
		cmocka_unit_test(who_is_revoked_later_is_refused_though_remembered),
		cmocka_unit_test(a_remembered_path_ends_in_the_pinned_root),
		cmocka_unit_test(a_remembered_path_has_all_of_its_certificates),
		cmocka_unit_test(a_wrong_signature_is_not_remembered),
		cmocka_unit_test(a_list_is_remembered_when_it_verifies),
		cmocka_unit_test(a_full_memory_takes_no_more_and_proves_the_same),
	};

	return cmocka_run_group_tests_name("crypto/checked", tests, NULL, NULL);
}
