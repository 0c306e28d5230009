/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/test.h"

#include <sys/stat.h>

#include "base/dir.h"
#include "base/str.h"
#include "platform/collateral.h"
#include "platform/quote.h"
#include "platform/snp.h"
#include "platform/tdx.h"

#define NOW 1800000000
#define YEAR ((int64_t)365 * 24 * 3600)

static int make_dir(void **state)
{
	char *path = strdup("/tmp/concordat-dir-XXXXXX");

	*state = mkdtemp(path);
	return *state == NULL ? -1 : 0;
}

static int remove_dir(void **state)
{
	CC_AUTO_DIR struct cc_dir tmp = CC_DIR_NONE;
	char *path = *state;
	struct cc_err err = { 0 };
	int result = cc_dir_open("/tmp", CC_DIR_OWN, &tmp, &err);

	if (result == 0)
		result = cc_dir_remove_tree(&tmp, path + strlen("/tmp/"), &err);
	free(path);
	return result;
}

/* Prove a quote of the loaded platform with the collateral that lies in the directory. */
static int prove(const char *path, const struct cc_sim_pki *pki, int64_t at,
		 struct cc_claims *claims, struct cc_err *err)
{
	CC_AUTO_COLLATERAL_DIR struct cc_collateral_dir dir = { 0 };
	struct cc_evidence evidence = { .platform = CC_PLATFORM_SGX, .at = at };
	struct cc_sim_enclave enclave = { .attributes = CC_SGX_INIT | CC_SGX_MODE64 };
	CC_AUTO_BUF struct cc_buf quote = { 0 };
	CC_AUTO_FREE char *public = NULL;
	struct cc_roots roots = { 0 };

	CC_TRY(cc_strf(&public, err, "%s/collateral", path));
	CC_TRY(cc_collateral_dir_load(public, &dir, &evidence.collateral, err));
	CC_TRY(cc_collateral_dir_roots(public, &roots, err));
	CC_TRY(cc_sim_quote(pki, &enclave, &quote, err));
	evidence.bytes = cc_buf_span(&quote);
	evidence.roots = &roots;
	return cc_evidence_prove(&evidence, claims, err);
}

/* What is published for TDX proves a TD of the same machine, and none of it an enclave. */
static void a_platform_publishes_for_tdx_too(void **state)
{
	CC_AUTO_COLLATERAL_DIR struct cc_collateral_dir dir = { 0 };
	CC_AUTO_SIM_PKI struct cc_sim_pki pki = { 0 };
	struct cc_evidence evidence = { .platform = CC_PLATFORM_TDX, .at = NOW };
	CC_AUTO_FREE char *public = NULL, *tdx = NULL;
	CC_AUTO_BUF struct cc_buf quote = { 0 };
	struct cc_td_report report = { 0 };
	struct cc_claims claims = { 0 };
	struct cc_roots roots = { 0 };
	struct cc_err err = { 0 };

	assert_int_equal(cc_sim_dir_init(*state, NOW, &err), 0);
	/* it publishes anew when it is loaded late enough */
	assert_int_equal(cc_sim_dir_load(*state, NOW + YEAR * 3 / 4, &pki, &err), 0);
	evidence.at = NOW + YEAR * 3 / 4;
	assert_int_equal(cc_strf(&public, &err, "%s/collateral", (const char *)*state), 0);
	assert_int_equal(cc_strf(&tdx, &err, "%s/tdx", public), 0);
	assert_int_equal(cc_collateral_dir_load(tdx, &dir, &evidence.collateral, &err), 0);
	assert_int_equal(cc_collateral_dir_roots(public, &roots, &err), 0);
	cc_sim_td_report_good(&report);
	assert_int_equal(cc_sim_td_quote(&pki, 5, &report, &quote, &err), 0);
	evidence.bytes = cc_buf_span(&quote);
	evidence.roots = &roots;
	if (cc_evidence_prove(&evidence, &claims, &err) != 0)
		fail_msg("%s", err.text);
	assert_int_equal(claims.tcb, CC_TCB_UP_TO_DATE);
	assert_int_equal(prove(*state, &pki, evidence.at, &claims, &err), 0);
}

static void a_platform_is_the_same_after_it_is_loaded_again(void **state)
{
	CC_AUTO_SIM_PKI struct cc_sim_pki first = { 0 }, second = { 0 };
	struct cc_claims a = { 0 }, b = { 0 };
	struct cc_err err = { 0 };

	assert_int_equal(cc_sim_dir_init(*state, NOW, &err), 0);
	assert_int_equal(cc_sim_dir_load(*state, NOW + 1, &first, &err), 0);
	assert_int_equal(cc_sim_dir_load(*state, NOW + 2, &second, &err), 0);
	if (prove(*state, &first, NOW + 3, &a, &err) != 0)
		fail_msg("%s", err.text);
	assert_int_equal(prove(*state, &second, NOW + 3, &b, &err), 0);
	assert_true(cc_digest_eq(&a.root, &b.root));
	assert_true(cc_secret_equal(first.sealing, second.sealing));
	assert_int_equal(a.class, CC_CLASS_SIMULATED);
}

/* The same for the processor of the other maker that lies beside it. */
static void its_snp_processor_is_the_same_too(void **state)
{
	CC_AUTO_COLLATERAL_DIR struct cc_collateral_dir dir = { 0 };
	CC_AUTO_SIM_SNP struct cc_sim_snp first = { 0 }, second = { 0 };
	struct cc_evidence evidence = { .platform = CC_PLATFORM_SNP, .at = NOW + 3 };
	struct cc_sim_snp_plan a = { 0 }, b = { 0 };
	CC_AUTO_FREE char *public = NULL;
	CC_AUTO_BUF struct cc_buf bytes = { 0 };
	struct cc_snp_report report = { 0 };
	struct cc_roots roots = { 0 };
	struct cc_claims claims = { 0 };
	struct cc_err err = { 0 };

	assert_int_equal(cc_sim_dir_init(*state, NOW, &err), 0);
	assert_int_equal(cc_sim_snp_load(*state, NOW + 1, &a, &first, &err), 0);
	assert_int_equal(cc_sim_snp_load(*state, NOW + 2, &b, &second, &err), 0);
	assert_memory_equal(a.chip, b.chip, sizeof(a.chip));
	cc_sim_snp_report_good(&a, &report);
	assert_int_equal(cc_sim_snp_sign(&first, &report, &bytes, &err), 0);
	assert_int_equal(cc_strf(&public, &err, "%s/collateral", (const char *)*state), 0);
	assert_int_equal(cc_collateral_dir_load(public, &dir, &evidence.collateral, &err), 0);
	assert_int_equal(cc_collateral_dir_roots(public, &roots, &err), 0);
	evidence.bytes = cc_buf_span(&bytes);
	evidence.roots = &roots;
	if (cc_evidence_prove(&evidence, &claims, &err) != 0)
		fail_msg("%s", err.text);
	assert_int_equal(claims.class, CC_CLASS_SIMULATED);
	assert_memory_equal(claims.machine, a.chip, sizeof(a.chip));
}

static void a_platform_is_never_made_over_another(void **state)
{
	CC_AUTO_SIM_PKI struct cc_sim_pki before = { 0 }, after = { 0 };
	struct cc_err err = { 0 };

	assert_int_equal(cc_sim_dir_init(*state, NOW, &err), 0);
	assert_int_equal(cc_sim_dir_load(*state, NOW, &before, &err), 0);
	assert_int_equal(cc_sim_dir_init(*state, NOW, &err), -1);
	assert_int_equal(err.code, CC_E_CONFLICT);
	assert_int_equal(cc_sim_dir_load(*state, NOW, &after, &err), 0);
	assert_true(cc_secret_equal(before.sealing, after.sealing));
}

static void keys_are_for_their_owner_alone_and_the_readme_warns(void **state)
{
	static const char *const secrets[] = {
		"root.key",    "pck-ca.key",  "pck.key",     "tcb-signing.key", "attestation.key",
		"sealing.key", "snp-ark.key", "snp-ask.key", "snp-vcek.key"
	};
	CC_AUTO_DIR struct cc_dir dir = CC_DIR_NONE;
	CC_AUTO_BUF struct cc_buf readme = { 0 };
	const char *text = NULL;
	struct cc_err err = { 0 };
	struct stat st = { 0 };

	assert_int_equal(cc_sim_dir_init(*state, NOW, &err), 0);
	assert_int_equal(cc_dir_open(*state, CC_DIR_OWN, &dir, &err), 0);
	assert_int_equal(fstatat(dir.fd, "secret", &st, 0), 0);
	assert_int_equal(st.st_mode & 0777, 0700);
	for (size_t i = 0; i < CC_COUNT(secrets); i++) {
		CC_AUTO_FREE char *name = NULL;

		assert_int_equal(cc_strf(&name, &err, "secret/%s", secrets[i]), 0);
		assert_int_equal(fstatat(dir.fd, name, &st, 0), 0);
		assert_int_equal(st.st_mode & 0777, 0600);
	}
	assert_int_equal(cc_dir_read(&dir, "README", 10000, &readme, &err), 0);
	assert_int_equal(cc_buf_str(&readme, &text, &err), 0);
	assert_non_null(strstr(text, "SIMULATED"));
	assert_non_null(strstr(text, "forge every statement"));
}

static void collateral_is_renewed_in_the_second_half_of_its_window(void **state)
{
	CC_AUTO_SIM_PKI struct cc_sim_pki a = { 0 }, b = { 0 };
	struct cc_claims claims = { 0 };
	struct cc_err err = { 0 };

	assert_int_equal(cc_sim_dir_init(*state, NOW, &err), 0);
	assert_int_equal(cc_sim_dir_load(*state, NOW + YEAR / 3, &a, &err), 0);
	assert_int_equal(prove(*state, &a, NOW + YEAR / 3, &claims, &err), 0);
	assert_int_equal(claims.valid_until, NOW + YEAR);
	assert_int_equal(cc_sim_dir_load(*state, NOW + 2 * YEAR, &b, &err), 0);
	assert_int_equal(prove(*state, &b, NOW + 2 * YEAR, &claims, &err), 0);
	assert_int_equal(claims.valid_until, NOW + 3 * YEAR);
}

static void a_directory_without_a_platform_says_how_to_make_one(void **state)
{
	CC_AUTO_SIM_PKI struct cc_sim_pki pki = { 0 };
	struct cc_err err = { 0 };

	assert_int_equal(cc_sim_dir_load(*state, NOW, &pki, &err), -1);
	assert_int_equal(err.code, CC_E_NOTFOUND);
	assert_non_null(strstr(err.hint, "--init"));
}

#define IN_A_DIR(test) cmocka_unit_test_setup_teardown(test, make_dir, remove_dir)

int main(void)
{
	const struct CMUnitTest tests[] = {
		IN_A_DIR(a_platform_publishes_for_tdx_too),
		IN_A_DIR(a_platform_is_the_same_after_it_is_loaded_again),
		IN_A_DIR(its_snp_processor_is_the_same_too),
		IN_A_DIR(a_platform_is_never_made_over_another),
		IN_A_DIR(keys_are_for_their_owner_alone_and_the_readme_warns),
		IN_A_DIR(collateral_is_renewed_in_the_second_half_of_its_window),
		IN_A_DIR(a_directory_without_a_platform_says_how_to_make_one),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
