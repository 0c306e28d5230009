/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One case of each kind of evidence, every byte changed. Nothing of it may be another but, where
 * certificates are PEM, what means nothing there. SGX, whose collateral is changed too, has
 * test_flips.c.
 */
#include "tests/unit/platform/world.h"

#include "platform/cca.h"
#include "platform/nitro.h"
#include "platform/snp.h"
#include "platform/tdx.h"

struct kind {
	struct cc_evidence evidence;
	struct cc_buf bytes;
	struct cc_roots roots;
};

static bool is_slack(const struct kind *kind, size_t at)
{
	struct cc_span bytes = cc_buf_span(&kind->bytes);
	const uint8_t *pem = memmem(bytes.at, bytes.len, "-----BEGIN", 10);

	return pem != NULL && at > (size_t)(pem - bytes.at) && is_slack_of_pem(bytes, at);
}

/* What the whole evidence brings is verified before, and does not stand for what is changed. */
static void change_each_byte(struct kind *kind)
{
	CC_AUTO_PREPARED struct cc_prepared *before = NULL;
	struct cc_claims good = { 0 };
	struct cc_err err = { 0 };

	assert_int_equal(cc_evidence_prepare(&kind->evidence, &before, &err), 0);
	if (cc_evidence_prove(&kind->evidence, &good, &err) != 0)
		fail_msg("%s", err.text);
	for (size_t i = 0; i < kind->bytes.len; i++) {
		bool slack = is_slack(kind, i);
		uint8_t was = kind->bytes.at[i];
		struct cc_claims claims = { 0 };

		kind->bytes.at[i] ^= 1;
		kind->evidence.prepared = i % 16 == 0 ? NULL : before;
		if (cc_evidence_prove(&kind->evidence, &claims, &err) == 0) {
			if (!slack)
				fail_msg("byte %zu (0x%02x) does not matter", i, was);
			assert_memory_equal(&claims, &good, sizeof(good));
		}
		kind->bytes.at[i] = was;
	}
}

static void add_root(struct kind *kind, const struct cc_root *root)
{
	struct cc_err err = { 0 };

	cc_roots_vendors(&kind->roots);
	assert_int_equal(cc_roots_add(&kind->roots, root, &err), 0);
	kind->evidence.bytes = cc_buf_span(&kind->bytes);
	kind->evidence.roots = &kind->roots;
	kind->evidence.at = NOW;
}

static void every_changed_byte_of_a_td_quote_is_refused(void **state)
{
	AUTO_WORLD struct world w = { 0 };
	struct kind kind = { 0 };
	struct cc_td_report report = { 0 };
	struct cc_root root = { 0 };
	struct cc_err err = { 0 };

	(void)state;
	assert_int_equal(cc_sim_tdx_plan_good(NOW, &w.plan, &err), 0);
	cc_sim_td_report_good(&report);
	assert_int_equal(cc_sim_pki_make(&w.plan, &w.pki, &err), 0);
	assert_int_equal(cc_sim_tdx_root(&w.pki, &root, &err), 0);
	assert_int_equal(cc_sim_td_quote(&w.pki, 5, &report, &w.quote, &err), 0);
	kind.evidence = evidence_of(&w);
	kind.evidence.platform = CC_PLATFORM_TDX;
	kind.bytes = w.quote;
	add_root(&kind, &root);
	change_each_byte(&kind);
}

static void every_changed_byte_of_an_snp_report_is_refused(void **state)
{
	CC_AUTO_SIM_SNP struct cc_sim_snp snp = { 0 };
	CC_AUTO_BUF struct cc_buf bytes = { 0 };
	struct kind kind = { .evidence.platform = CC_PLATFORM_SNP };
	struct cc_sim_snp_plan plan = { 0 };
	struct cc_snp_report report = { 0 };
	struct cc_root root = { 0 };
	struct cc_err err = { 0 };

	(void)state;
	assert_int_equal(cc_sim_snp_plan_good(NOW, &plan, &err), 0);
	cc_sim_snp_report_good(&plan, &report);
	assert_int_equal(cc_sim_snp_make(&plan, &snp, &err), 0);
	assert_int_equal(cc_sim_snp_root(&snp, &root, &err), 0);
	assert_int_equal(cc_sim_snp_sign(&snp, &report, &bytes, &err), 0);
	kind.bytes = bytes;
	kind.evidence.collateral.certs = cc_buf_span(&snp.certs);
	kind.evidence.collateral.crls = cc_buf_span(&snp.crls);
	add_root(&kind, &root);
	change_each_byte(&kind);
}

static void every_changed_byte_of_a_nitro_document_is_refused(void **state)
{
	CC_AUTO_SIM_NITRO struct cc_sim_nitro nitro = { 0 };
	CC_AUTO_BUF struct cc_buf bytes = { 0 };
	struct kind kind = { .evidence.platform = CC_PLATFORM_NITRO };
	struct cc_sim_nitro_plan plan = { 0 };
	struct cc_root root = { 0 };
	struct cc_err err = { 0 };

	(void)state;
	cc_sim_nitro_plan_good(NOW, &plan);
	assert_int_equal(cc_sim_nitro_make(&plan, &nitro, &err), 0);
	assert_int_equal(cc_sim_nitro_root(&nitro, &root, &err), 0);
	assert_int_equal(cc_sim_nitro_document(&nitro, &plan, &bytes, &err), 0);
	kind.bytes = bytes;
	add_root(&kind, &root);
	change_each_byte(&kind);
}

static void every_changed_byte_of_a_cca_token_is_refused(void **state)
{
	CC_AUTO_SIM_CCA struct cc_sim_cca cca = { 0 };
	CC_AUTO_BUF struct cc_buf bytes = { 0 };
	struct kind kind = { .evidence.platform = CC_PLATFORM_CCA };
	struct cc_sim_cca_plan plan = { 0 };
	struct cc_root root = { 0 };
	struct cc_err err = { 0 };

	(void)state;
	cc_sim_cca_plan_good(&plan);
	assert_int_equal(cc_sim_cca_make(&cca, &err), 0);
	assert_int_equal(cc_sim_cca_root(&cca, &root, &err), 0);
	assert_int_equal(cc_sim_cca_token(&cca, &plan, &bytes, &err), 0);
	kind.bytes = bytes;
	kind.evidence.collateral.keys = cc_buf_span(&cca.keys);
	add_root(&kind, &root);
	change_each_byte(&kind);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_changed_byte_of_a_td_quote_is_refused),
		cmocka_unit_test(every_changed_byte_of_an_snp_report_is_refused),
		cmocka_unit_test(every_changed_byte_of_a_nitro_document_is_refused),
		cmocka_unit_test(every_changed_byte_of_a_cca_token_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
