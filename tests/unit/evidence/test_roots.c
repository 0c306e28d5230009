/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/test.h"

#include "codec/text.h"
#include "evidence/roots.h"

static struct cc_root own_root(enum cc_class class)
{
	struct cc_root root = { .platform = CC_PLATFORM_SGX, .class = class, .label = "ours" };

	memset(root.key.b, 0x42, sizeof(root.key.b));
	return root;
}

static void only_a_vendors_root_is_confidential(void **state)
{
	struct cc_root own = own_root(CC_CLASS_CONFIDENTIAL);
	struct cc_root intel = { 0 };
	struct cc_roots roots = { 0 };
	struct cc_err err = { 0 };

	(void)state;
	cc_roots_vendors(&roots);
	assert_int_equal(roots.at[0].class, CC_CLASS_CONFIDENTIAL);
	intel = roots.at[0];
	memset(&roots, 0, sizeof(roots));
	assert_int_equal(cc_roots_add(&roots, &own, &err), -1);
	assert_int_equal(err.code, CC_E_DENIED);
	assert_int_equal(roots.count, 0);
	assert_int_equal(cc_roots_add(&roots, &intel, &err), 0);
	intel.class = CC_CLASS_SIMULATED;
	assert_int_equal(cc_roots_add(&roots, &intel, &err), -1);
	own.class = CC_CLASS_SIMULATED;
	assert_int_equal(cc_roots_add(&roots, &own, &err), 0);
	assert_int_equal(cc_roots_add(&roots, &own, &err), 0);
	assert_int_equal(roots.count, 2);
	own.class = CC_CLASS_MEASURED_ONLY;
	assert_int_equal(cc_roots_add(&roots, &own, &err), -1);
	assert_int_equal(err.code, CC_E_CONFLICT);
}

static void a_root_needs_platform_class_and_key(void **state)
{
	struct cc_root root = own_root(CC_CLASS_NONE);
	struct cc_roots roots = { 0 };
	struct cc_err err = { 0 };

	(void)state;
	assert_int_equal(cc_roots_add(&roots, &root, &err), -1);
	root = own_root(CC_CLASS_SIMULATED);
	root.platform = CC_PLATFORM_NONE;
	assert_int_equal(cc_roots_add(&roots, &root, &err), -1);
	root = own_root(CC_CLASS_SIMULATED);
	memset(&root.key, 0, sizeof(root.key));
	assert_int_equal(cc_roots_add(&roots, &root, &err), -1);
	assert_int_equal(err.code, CC_E_ARG);
}

static void a_root_is_found_for_its_platform_alone(void **state)
{
	struct cc_root root = own_root(CC_CLASS_SIMULATED);
	struct cc_roots roots = { 0 };
	struct cc_err err = { 0 };

	(void)state;
	assert_int_equal(cc_roots_add(&roots, &root, &err), 0);
	assert_non_null(cc_roots_find(&roots, CC_PLATFORM_SGX, &root.key));
	assert_null(cc_roots_find(&roots, CC_PLATFORM_TDX, &root.key));
	root.key.b[31] ^= 1;
	assert_null(cc_roots_find(&roots, CC_PLATFORM_SGX, &root.key));
}

static void a_list_of_roots_survives_json_and_cannot_be_lifted_there(void **state)
{
	CC_AUTO_JSON struct cc_json *json = NULL, *lifted = NULL;
	struct cc_root root = own_root(CC_CLASS_SIMULATED);
	CC_AUTO_BUF struct cc_buf text = { 0 };
	struct cc_roots roots = { 0 }, again = { 0 };
	struct cc_err err = { 0 };

	(void)state;
	cc_roots_vendors(&roots);
	assert_int_equal(cc_roots_add(&roots, &root, &err), 0);
	assert_int_equal(cc_roots_to_json(&roots, &json, &err), 0);
	assert_int_equal(cc_roots_from_json(json, &again, &err), 0);
	assert_int_equal(again.count, roots.count);
	assert_memory_equal(&again, &roots, sizeof(roots));
	assert_int_equal(
		cc_buf_addf(&text, &err,
			    "[{\"class\":\"confidential\",\"key\":\"%064d\",\"label\":\"x\","
			    "\"platform\":\"sgx\"}]",
			    7),
		0);
	assert_int_equal(cc_json_parse(cc_buf_span(&text), 1000, &lifted, &err), 0);
	assert_int_equal(cc_roots_from_json(lifted, &again, &err), -1);
	assert_int_equal(err.code, CC_E_DENIED);
}

static struct cc_root root_of(enum cc_platform_kind platform, enum cc_class class, uint8_t key,
			      const char *label)
{
	struct cc_root root = { .platform = platform, .class = class };

	memset(root.key.b, key, sizeof(root.key.b));
	(void)snprintf(root.label, sizeof(root.label), "%s", label);
	return root;
}

/* The vendor's with this label, for this platform. */
static struct cc_root vendors_root(enum cc_platform_kind platform, const char *label)
{
	struct cc_roots roots = { 0 };

	cc_roots_vendors(&roots);
	for (size_t i = 0; i < roots.count; i++)
		if (roots.at[i].platform == platform && strcmp(roots.at[i].label, label) == 0)
			return roots.at[i];
	fail_msg("no root '%s'", label);
	return roots.at[0];
}

static void roots_are_independent_when_different_parties_hold_them(void **state)
{
	const struct cc_root sgx = vendors_root(CC_PLATFORM_SGX, "Intel SGX Root CA"),
			     tdx = vendors_root(CC_PLATFORM_TDX, "Intel SGX Root CA"),
			     milan = vendors_root(CC_PLATFORM_SNP, "ARK-Milan"),
			     genoa = vendors_root(CC_PLATFORM_SNP, "ARK-Genoa"),
			     nitro = vendors_root(CC_PLATFORM_NITRO, "AWS Nitro Enclaves Root-G1"),
			     google = vendors_root(CC_PLATFORM_TPM, "Google EK/AK CA Root"),
			     old_google = vendors_root(CC_PLATFORM_TPM,
						       "Google tpm_ek_v1_cloud_host_root");
#define TPM(key, label) root_of(CC_PLATFORM_TPM, CC_CLASS_MEASURED_ONLY, key, label)
	const struct {
		struct cc_root a, b;
		bool are;
	} rows[] = {
		{ sgx, milan, true },
		{ milan, google, true },
		{ nitro, TPM(1, "Infineon OPTIGA(TM) ECC Root CA"), true },
		{ tdx, TPM(1, "our own TPMs"), true },
		{ sgx, sgx, false },
		{ sgx, tdx, false },
		{ milan, genoa, false },
		{ google, old_google, false },
		/* makers of processors make TPMs, too */
		{ milan, TPM(1, "Advanced Micro Devices: AMDTPM ECC"), false },
		{ tdx, TPM(1, "intel corporation: OnDie CA Root"), false },
		{ TPM(1, "Infineon OPTIGA(TM) RSA Root CA"),
		  TPM(2, "Infineon OPTIGA(TM) ECC Root CA 2"), false },
		{ TPM(1, "Infineon OPTIGA(TM) RSA Root CA"), TPM(2, "Nuvoton TPM Root CA 1110"),
		  true },
		{ TPM(1, "old ones"), TPM(2, "new ones"), false },
	};

	(void)state;
	for (size_t i = 0; i < CC_COUNT(rows); i++)
		if (cc_roots_independent(&rows[i].a, &rows[i].b) != rows[i].are ||
		    cc_roots_independent(&rows[i].b, &rows[i].a) != rows[i].are)
			fail_msg("row %zu: '%s' and '%s'", i, rows[i].a.label, rows[i].b.label);
}

/* A list says what it likes of a vendor's key: it stays the vendor's. */
static void a_vendors_key_is_its_vendors_under_every_label(void **state)
{
	struct cc_root genoa = vendors_root(CC_PLATFORM_SNP, "ARK-Genoa"),
		       milan = vendors_root(CC_PLATFORM_SNP, "ARK-Milan");

	(void)state;
	(void)snprintf(genoa.label, sizeof(genoa.label), "Google");
	assert_false(cc_roots_independent(&genoa, &milan));
}

static void roots_of_the_simulation_are_each_their_own(void **state)
{
	const struct cc_root snp = root_of(CC_PLATFORM_SNP, CC_CLASS_SIMULATED, 1, "SIMULATION"),
			     tdx = root_of(CC_PLATFORM_TDX, CC_CLASS_SIMULATED, 2, "SIMULATION"),
			     same = root_of(CC_PLATFORM_TDX, CC_CLASS_SIMULATED, 1, "SIMULATION");

	(void)state;
	assert_true(cc_roots_independent(&snp, &tdx));
	assert_false(cc_roots_independent(&snp, &same));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(only_a_vendors_root_is_confidential),
		cmocka_unit_test(a_root_needs_platform_class_and_key),
		cmocka_unit_test(a_root_is_found_for_its_platform_alone),
		cmocka_unit_test(a_list_of_roots_survives_json_and_cannot_be_lifted_there),
		cmocka_unit_test(roots_are_independent_when_different_parties_hold_them),
		cmocka_unit_test(a_vendors_key_is_its_vendors_under_every_label),
		cmocka_unit_test(roots_of_the_simulation_are_each_their_own),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
