/* SPDX-License-Identifier: Apache-2.0 */
/* Roots of makers of TPMs, as their files name them: whose they are is read from there. */
#include "tests/unit/crypto/pki.h"

#include <unistd.h>

#include "base/fd.h"
#include "cli/tpm-roots.h"

/* The label that a CAS remembers of a root with these names. */
static struct cc_root named(const char *organization, const char *common_name)
{
	struct party maker = issue((struct cc_cert_plan){ .common_name = common_name,
							  .organization = organization,
							  .from = NOW - DAY,
							  .until = NOW + DAY,
							  .is_ca = true,
							  .path_len = -1 },
				   CC_KEY_P256, NULL);
	char path[] = "/tmp/concordat-root-XXXXXX";
	CC_AUTO_CLOSE int fd = mkstemp(path);
	const struct cc_tpm_options options = { .roots = { { path }, 1 } };
	CC_AUTO_BUF struct cc_buf pem = { 0 };
	struct cc_roots roots = { 0 };
	struct cc_err err = { 0 };

	assert_true(fd >= 0);
	assert_int_equal(cc_cert_to_pem(maker.cert, &pem, &err), 0);
	assert_int_equal(cc_write_all(fd, cc_buf_span(&pem), &err), 0);
	assert_int_equal(cc_tpms_chosen(&options, &roots, &err), 0);
	assert_int_equal(roots.count, 1);
	assert_int_equal(roots.at[0].class, CC_CLASS_MEASURED_ONLY);
	(void)unlink(path);
	party_clear(&maker);
	return roots.at[0];
}

static void a_root_is_labelled_with_who_holds_it(void **state)
{
	(void)state;
	assert_string_equal(named("Infineon Technologies AG", "ECC Root CA").label,
			    "Infineon Technologies AG: ECC Root CA");
	assert_string_equal(named(NULL, "our own TPMs").label, "our own TPMs");
}

/* Intel and AMD make TPMs whose roots have names that do not say so. */
static void a_processors_maker_is_known_by_its_organization(void **state)
{
	const struct cc_root tpm = named("Intel Corporation", "OnDie CA Root Cert Signing"),
			     other = named(NULL, "OnDie CA Root Cert Signing");
	struct cc_roots vendors = { 0 };

	(void)state;
	cc_roots_vendors(&vendors);
	assert_string_equal(vendors.at[0].label, "Intel SGX Root CA");
	assert_false(cc_roots_independent(&vendors.at[0], &tpm));
	assert_true(cc_roots_independent(&vendors.at[0], &other));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_root_is_labelled_with_who_holds_it),
		cmocka_unit_test(a_processors_maker_is_known_by_its_organization),
	};

	return cmocka_run_group_tests_name("cli/tpm-roots", tests, NULL, NULL);
}
