/* SPDX-License-Identifier: Apache-2.0 */
/* What a path may leave out because a path before it has proven it, and what it may not. */
#include "tests/unit/crypto/pki.h"

struct world {
	struct party root, leaf, other; /* both below the root */
	struct cc_chain chain;          /* the root */
	struct cc_digest pin;
	struct cc_crl *list;
	struct cc_proven proven; /* by the path to `leaf`, under `list` */
};

static struct party below(const struct party *root, const char *name)
{
	return issue((struct cc_cert_plan){ .common_name = name,
					    .from = NOW - DAY,
					    .until = NOW + 5 * DAY,
					    .is_ca = true },
		     CC_KEY_P256, root);
}

static struct cc_path path_to(const struct world *w, const struct party *leaf,
			      const struct cc_crl *const *list)
{
	return (struct cc_path){ .leaf = leaf->cert,
				 .chain = &w->chain,
				 .root = &w->pin,
				 .crls = list,
				 .crl_count = list == NULL ? 0 : 1,
				 .at = NOW,
				 .strict = true,
				 .proven = &w->proven };
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

static struct world world(const char *revoked)
{
	struct world w = { 0 };
	struct cc_path path = { 0 };
	const struct cc_crl *lists[1] = { NULL };

	w.root = issue((struct cc_cert_plan){ .common_name = "root",
					      .from = NOW - DAY,
					      .until = NOW + 10 * DAY,
					      .is_ca = true,
					      .path_len = -1 },
		       CC_KEY_P256, NULL);
	w.leaf = below(&w.root, "leaf");
	w.other = below(&w.root, "other");
	chain_push(&w.chain, w.root.cert);
	w.pin = key_hash(w.root.cert);
	w.list = crl_of(&w.root, revoked == NULL ? NULL : w.other.cert, NOW + DAY);
	lists[0] = w.list;
	path = path_to(&w, &w.leaf, lists);
	path.proven = NULL;
	path.learned = &w.proven;
	assert_verifies(&path);
	return w;
}

static void world_clear(struct world *w)
{
	party_clear(&w->root);
	party_clear(&w->leaf);
	party_clear(&w->other);
	cc_chain_clear(&w->chain);
	cc_crl_free(w->list);
	cc_proven_clear(&w->proven);
}

static void a_path_proves_its_root_and_the_root_s_list(void **state)
{
	CC_CLEANUP(world_clear) struct world w = world(NULL);
	const struct cc_crl *const lists[] = { w.list };
	struct cc_path path = path_to(&w, &w.other, lists);

	(void)state;
	assert_non_null(w.proven.root);
	assert_ptr_equal(w.proven.list, w.list);
	assert_verifies(&path);
}

static void who_is_on_a_proven_list_is_refused(void **state)
{
	CC_CLEANUP(world_clear) struct world w = world("other");
	const struct cc_crl *const lists[] = { w.list };
	struct cc_path path = path_to(&w, &w.other, lists);

	(void)state;
	assert_refused(&path, CC_E_EVIDENCE, "'other': certificate revoked");
}

static void a_proven_list_ends(void **state)
{
	CC_CLEANUP(world_clear) struct world w = world(NULL);
	const struct cc_crl *const lists[] = { w.list };
	struct cc_path path = path_to(&w, &w.other, lists);

	(void)state;
	path.at = NOW + DAY;
	assert_verifies(&path);
	path.at = NOW + DAY + 1;
	assert_refused(&path, CC_E_EXPIRED, "CRL has expired");
	path.at = NOW - DAY - 1;
	assert_refused(&path, CC_E_EXPIRED, "not yet valid");
}

/* In the root's name and naming its key, after the root's own list was proven. */
static void a_forged_list_is_not_proven_by_the_real_one(void **state)
{
	CC_CLEANUP(world_clear) struct world w = world("other");
	CC_AUTO_KEY struct cc_key *attacker = new_key(CC_KEY_P256);
	CC_AUTO_CRL struct cc_crl *forged =
		crl_of(&(struct party){ attacker, w.root.cert }, NULL, NOW + DAY);
	const struct cc_crl *const lists[] = { forged };
	struct cc_path path = path_to(&w, &w.other, lists);

	(void)state;
	assert_refused(&path, CC_E_EVIDENCE, "CRL signature failure");
}

/* A list that is proven under one root, used below another of the same name. */
static void a_list_is_proven_for_its_root_alone(void **state)
{
	CC_CLEANUP(world_clear) struct world w = world(NULL), theirs = world(NULL);
	const struct cc_crl *const lists[] = { w.list };
	struct cc_path path = path_to(&theirs, &theirs.other, lists);

	(void)state;
	path.proven = &w.proven;
	assert_refused(&path, CC_E_EVIDENCE, "");
}

/* The pinned key in a certificate that it has not signed, after the real one was proven. */
static void a_forged_root_is_not_proven_by_the_real_one(void **state)
{
	CC_CLEANUP(world_clear) struct world w = world(NULL);
	CC_AUTO_CHAIN struct cc_chain forged = { 0 };
	CC_AUTO_CERT struct cc_cert *fake = NULL;
	CC_AUTO_KEY struct cc_key *attacker = new_key(CC_KEY_P256);
	const struct cc_cert_plan plan = { .common_name = "root",
					   .key = cc_key_public(w.root.key),
					   .issuer_key = attacker,
					   .from = NOW - DAY,
					   .until = NOW + 1000 * DAY,
					   .is_ca = true,
					   .path_len = -1 };
	struct cc_path path = path_to(&w, &w.other, NULL);
	struct cc_err err = { 0 };

	(void)state;
	assert_int_equal(cc_cert_make(&plan, &fake, &err), 0);
	chain_push(&forged, fake);
	path.chain = &forged;
	assert_refused(&path, CC_E_EVIDENCE, "pinned");
}

static void nothing_is_learned_of_a_list_that_no_certificate_needed(void **state)
{
	CC_CLEANUP(world_clear) struct world w = world(NULL);
	struct cc_proven proven = { 0 };
	struct cc_path path = path_to(&w, &w.leaf, NULL);

	(void)state;
	path.learned = &proven;
	assert_verifies(&path);
	assert_non_null(proven.root);
	assert_null(proven.list);
	cc_proven_clear(&proven);
}

static void a_leaf_without_a_list_leaves_those_above_it_theirs(void **state)
{
	CC_CLEANUP(world_clear) struct world w = world("other");
	CC_CLEANUP(party_clear)
	struct party chip = issue((struct cc_cert_plan){ .common_name = "chip",
							 .from = NOW - DAY,
							 .until = NOW + DAY / 2 },
				  CC_KEY_P256, &w.leaf);
	CC_CLEANUP(party_clear)
	struct party revoked = issue((struct cc_cert_plan){ .common_name = "chip",
							    .from = NOW - DAY,
							    .until = NOW + DAY },
				     CC_KEY_P256, &w.other);
	CC_AUTO_CRL struct cc_crl *of_chips = crl_of(&w.leaf, NULL, NOW + DAY);
	const struct cc_crl *const lists[] = { w.list }, *const wrong[] = { of_chips };
	struct cc_path path = path_to(&w, &chip, lists);

	(void)state;
	chain_push(&w.chain, w.leaf.cert);
	chain_push(&w.chain, w.other.cert);
	assert_refused(&path, CC_E_EVIDENCE, "'chip': unable to get certificate CRL");
	path.leaf_unlisted = true;
	assert_verifies(&path);
	path.at = NOW + DAY / 2 + 1;
	assert_refused(&path, CC_E_EXPIRED, "'chip': certificate has expired");
	path.at = NOW;
	path.crls = wrong;
	assert_refused(&path, CC_E_EVIDENCE, "'leaf': unable to get certificate CRL");
	path.crls = lists;
	path.leaf = revoked.cert;
	assert_refused(&path, CC_E_EVIDENCE, "'other': certificate revoked");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_path_proves_its_root_and_the_root_s_list),
		cmocka_unit_test(who_is_on_a_proven_list_is_refused),
		cmocka_unit_test(a_proven_list_ends),
		cmocka_unit_test(a_forged_list_is_not_proven_by_the_real_one),
		cmocka_unit_test(a_list_is_proven_for_its_root_alone),
		cmocka_unit_test(a_forged_root_is_not_proven_by_the_real_one),
		cmocka_unit_test(nothing_is_learned_of_a_list_that_no_certificate_needed),
		cmocka_unit_test(a_leaf_without_a_list_leaves_those_above_it_theirs),
	};

	return cmocka_run_group_tests_name("crypto/proven", tests, NULL, NULL);
}
