/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Collateral that is validly signed under the very root of the evidence, in its window, and for
 * something else. Recorded collateral has few such pairs; here each is made by the same keys.
 */
#include "tests/unit/platform/world.h"

#include "platform/snp.h"
#include "platform/tdx.h"

enum { TCB_INFO, TCB_CHAIN, QE_IDENTITY, QE_CHAIN, ROOT_CRL, PCK_CRL, PCK_CRL_CHAIN };

/* One vendor with quotes of both TEEs, and what it has published for each and for another family.
 */
struct vendor {
	struct world w;
	struct cc_buf td_quote;
	struct cc_buf sgx[CC_COLLATERAL_FILES], tdx[CC_COLLATERAL_FILES];
	struct cc_buf other[CC_COLLATERAL_FILES];
};

static void vendor_clear(struct vendor *v)
{
	world_clear(&v->w);
	cc_buf_clear(&v->td_quote);
	for (size_t i = 0; i < CC_COLLATERAL_FILES; i++) {
		cc_buf_clear(&v->sgx[i]);
		cc_buf_clear(&v->tdx[i]);
		cc_buf_clear(&v->other[i]);
	}
}
#define AUTO_VENDOR CC_CLEANUP(vendor_clear)

static void publish(struct vendor *v, const struct cc_sim_plan *plan, struct cc_buf *out)
{
	struct cc_err err = { 0 };

	assert_int_equal(cc_sim_pki_publish(&v->w.pki, plan, &err), 0);
	for (size_t i = 0; i < CC_COLLATERAL_FILES; i++)
		assert_int_equal(cc_buf_add(&out[i], cc_buf_span(&v->w.pki.files[i]), &err), 0);
}

static void make_vendor(struct vendor *v)
{
	struct cc_sim_enclave e = enclave();
	struct cc_td_report report = { 0 };
	struct cc_sim_plan tdx = { 0 }, other = { 0 };
	struct cc_root root = { 0 };
	struct cc_err err = { 0 };

	plan_good(&v->w);
	make(&v->w, &e);
	assert_int_equal(cc_sim_tdx_root(&v->w.pki, &root, &err), 0);
	assert_int_equal(cc_roots_add(&v->w.roots, &root, &err), 0);
	assert_int_equal(cc_sim_tdx_plan_good(NOW, &tdx, &err), 0);
	cc_sim_td_report_good(&report);
	assert_int_equal(cc_sim_td_quote(&v->w.pki, 5, &report, &v->td_quote, &err), 0);
	other = tdx;
	other.fmspc[5] ^= 1;
	publish(v, &v->w.plan, v->sgx);
	publish(v, &tdx, v->tdx);
	publish(v, &other, v->other);
}

static struct cc_evidence evidence(const struct vendor *v, enum cc_platform_kind platform)
{
	const struct cc_buf *files = platform == CC_PLATFORM_TDX ? v->tdx : v->sgx;
	struct cc_evidence e = { .platform = platform,
				 .bytes = cc_buf_span(platform == CC_PLATFORM_TDX ? &v->td_quote
										  : &v->w.quote),
				 .roots = &v->w.roots,
				 .at = NOW };

	for (size_t i = 0; i < CC_COLLATERAL_FILES; i++) {
		struct cc_span range = cc_buf_span(&files[i]);

		memcpy((char *)&e.collateral + cc_collateral_files[i].at, &range, sizeof(range));
	}
	return e;
}

static void assert_refused(const struct cc_evidence *e, const char *word)
{
	struct cc_claims claims = { 0 };
	struct cc_err err = { 0 };

	if (prove_both_ways(e, &claims, &err) == 0)
		fail_msg("what should be refused for '%s' was accepted", word);
	assert_int_equal(err.code, CC_E_EVIDENCE);
	if (strstr(err.text, word) == NULL)
		fail_msg("'%s' is not about '%s'", err.text, word);
	assert_int_equal(claims.class, CC_CLASS_NONE);
}

static void what_belongs_together_proves(void **state)
{
	AUTO_VENDOR struct vendor v = { 0 };
	struct cc_claims claims = { 0 };
	struct cc_evidence e = { 0 };
	struct cc_err err = { 0 };

	(void)state;
	make_vendor(&v);
	e = evidence(&v, CC_PLATFORM_SGX);
	if (prove_both_ways(&e, &claims, &err) != 0)
		fail_msg("sgx: %s", err.text);
	e = evidence(&v, CC_PLATFORM_TDX);
	if (prove_both_ways(&e, &claims, &err) != 0)
		fail_msg("tdx: %s", err.text);
}

static void tcb_info_of_sgx_is_none_of_tdx(void **state)
{
	AUTO_VENDOR struct vendor v = { 0 };
	struct cc_evidence e = { 0 };

	(void)state;
	make_vendor(&v);
	e = evidence(&v, CC_PLATFORM_TDX);
	e.collateral.tcb_info = cc_buf_span(&v.sgx[TCB_INFO]);
	assert_refused(&e, "TCB info is for another TEE than the quote: sgx, not tdx");
	e = evidence(&v, CC_PLATFORM_SGX);
	e.collateral.tcb_info = cc_buf_span(&v.tdx[TCB_INFO]);
	assert_refused(&e, "TCB info is for another TEE than the quote: tdx, not sgx");
}

static void the_identity_of_a_qe_is_not_that_of_a_td_qe(void **state)
{
	AUTO_VENDOR struct vendor v = { 0 };
	struct cc_evidence e = { 0 };

	(void)state;
	make_vendor(&v);
	e = evidence(&v, CC_PLATFORM_TDX);
	e.collateral.qe_identity = cc_buf_span(&v.sgx[QE_IDENTITY]);
	assert_refused(&e, "QE identity is for another TEE than the quote: sgx, not tdx");
	e = evidence(&v, CC_PLATFORM_SGX);
	e.collateral.qe_identity = cc_buf_span(&v.tdx[QE_IDENTITY]);
	assert_refused(&e, "QE identity is for another TEE than the quote: tdx, not sgx");
}

static void tcb_info_of_another_family_is_refused(void **state)
{
	AUTO_VENDOR struct vendor v = { 0 };
	struct cc_evidence e = { 0 };

	(void)state;
	make_vendor(&v);
	e = evidence(&v, CC_PLATFORM_TDX);
	e.collateral.tcb_info = cc_buf_span(&v.other[TCB_INFO]);
	assert_refused(&e, "FMSPC");
}

/* Intel has two CAs below one root; the list of one says nothing of the other's machines. */
static void the_list_of_the_other_ca_is_refused(void **state)
{
	AUTO_VENDOR struct vendor v = { 0 };
	CC_AUTO_BUF struct cc_buf crl = { 0 }, chain = { 0 };
	CC_AUTO_KEY struct cc_key *key = NULL;
	CC_AUTO_CERT struct cc_cert *ca = NULL;
	struct cc_cert_plan cert = { .common_name = "Intel SGX PCK Processor CA",
				     .from = NOW - 1000,
				     .until = NOW + 1000,
				     .is_ca = true };
	struct cc_crl_plan list = { .from = NOW, .until = NOW + 1000, .number = 1 };
	struct cc_evidence e = { 0 };
	struct cc_err err = { 0 };

	(void)state;
	make_vendor(&v);
	assert_int_equal(cc_key_generate(CC_KEY_P256, &key, &err), 0);
	cert.key = cc_key_public(key);
	cert.issuer = v.w.pki.pck_chain.certs[2];
	cert.issuer_key = v.w.pki.root_key;
	assert_int_equal(cc_cert_make(&cert, &ca, &err), 0);
	list.issuer = ca;
	list.issuer_key = key;
	assert_int_equal(cc_crl_make(&list, &crl, &err), 0);
	assert_int_equal(cc_cert_to_pem(ca, &chain, &err), 0);
	assert_int_equal(cc_cert_to_pem(v.w.pki.pck_chain.certs[2], &chain, &err), 0);
	for (int i = 0; i < 2; i++) {
		e = evidence(&v, i == 0 ? CC_PLATFORM_SGX : CC_PLATFORM_TDX);
		e.collateral.pck_crl = cc_buf_span(&crl);
		assert_refused(&e, "the PCK CRL is of another CA");
		e.collateral.pck_crl_chain = cc_buf_span(&chain);
		assert_refused(&e, "another CA");
	}
}

/* All seven parts are there, two of them in each other's place. */
static void exchanged_parts_are_named(void **state)
{
	AUTO_VENDOR struct vendor v = { 0 };
	struct cc_evidence e = { 0 };

	(void)state;
	make_vendor(&v);
	e = evidence(&v, CC_PLATFORM_SGX);
	e.collateral.root_crl = cc_buf_span(&v.sgx[PCK_CRL]);
	assert_refused(&e, "the root CA CRL is not of the root CA");
	e = evidence(&v, CC_PLATFORM_SGX);
	e.collateral.pck_crl = cc_buf_span(&v.sgx[ROOT_CRL]);
	assert_refused(&e, "the PCK CRL is of another CA");
	e = evidence(&v, CC_PLATFORM_SGX);
	e.collateral.tcb_info = cc_buf_span(&v.sgx[QE_IDENTITY]);
	assert_refused(&e, "TCB info: this is enclaveIdentity, not tcbInfo");
	e = evidence(&v, CC_PLATFORM_SGX);
	e.collateral.qe_identity = cc_buf_span(&v.sgx[TCB_INFO]);
	assert_refused(&e, "QE identity: this is tcbInfo, not enclaveIdentity");
}

/* Both products are AMD's, and both roots are listed. */
static void the_list_of_another_product_is_refused(void **state)
{
	struct cc_sim_snp_plan plan = { 0 }, other_plan = { 0 };
	CC_AUTO_SIM_SNP struct cc_sim_snp genoa = { 0 }, milan = { 0 };
	CC_AUTO_BUF struct cc_buf report = { 0 };
	struct cc_snp_report said = { 0 };
	struct cc_roots roots = { 0 };
	struct cc_root root = { 0 };
	struct cc_evidence e = { .platform = CC_PLATFORM_SNP, .roots = &roots, .at = NOW };
	struct cc_claims claims = { 0 };
	struct cc_err err = { 0 };

	(void)state;
	assert_int_equal(cc_sim_snp_plan_good(NOW, &plan, &err), 0);
	cc_sim_snp_report_good(&plan, &said);
	other_plan = plan;
	other_plan.root_name = "ARK-Milan";
	assert_int_equal(cc_sim_snp_make(&plan, &genoa, &err), 0);
	assert_int_equal(cc_sim_snp_make(&other_plan, &milan, &err), 0);
	assert_int_equal(cc_sim_snp_root(&genoa, &root, &err), 0);
	assert_int_equal(cc_roots_add(&roots, &root, &err), 0);
	assert_int_equal(cc_sim_snp_root(&milan, &root, &err), 0);
	assert_int_equal(cc_roots_add(&roots, &root, &err), 0);
	assert_int_equal(cc_sim_snp_sign(&genoa, &said, &report, &err), 0);
	e.bytes = cc_buf_span(&report);
	e.collateral.certs = cc_buf_span(&genoa.certs);
	e.collateral.crls = cc_buf_span(&genoa.crls);
	assert_int_equal(cc_evidence_prove(&e, &claims, &err), 0);
	e.collateral.crls = cc_buf_span(&milan.crls);
	assert_int_equal(cc_evidence_prove(&e, &claims, &err), -1);
	assert_int_equal(err.code, CC_E_EVIDENCE);
	assert_non_null(strstr(err.text, "revocation list"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_belongs_together_proves),
		cmocka_unit_test(tcb_info_of_sgx_is_none_of_tdx),
		cmocka_unit_test(the_identity_of_a_qe_is_not_that_of_a_td_qe),
		cmocka_unit_test(tcb_info_of_another_family_is_refused),
		cmocka_unit_test(the_list_of_the_other_ca_is_refused),
		cmocka_unit_test(exchanged_parts_are_named),
		cmocka_unit_test(the_list_of_another_product_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
