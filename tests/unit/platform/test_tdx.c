/* SPDX-License-Identifier: Apache-2.0 */
/* Quotes of a simulated TDX machine before the verifier, with every verdict that its vendor has. */
#include "tests/unit/platform/world.h"

#include "crypto/init.h"
#include "platform/tdx.h"

static void plan_tdx(struct world *w, struct cc_td_report *report)
{
	struct cc_err err = { 0 };

	assert_int_equal(cc_sim_tdx_plan_good(NOW, &w->plan, &err), 0);
	cc_sim_td_report_good(report);
	memset(report->mrtd.b, 0x11, sizeof(report->mrtd.b));
	memset(report->rtmr[2].b, 0x22, sizeof(report->rtmr[2].b));
	memset(report->report_data, 0x33, sizeof(report->report_data));
}

static void make_tdx(struct world *w, uint16_t version, const struct cc_td_report *report)
{
	struct cc_root root = { 0 };
	struct cc_err err = { 0 };

	if (cc_sim_pki_make(&w->plan, &w->pki, &err) != 0)
		fail_msg("%s", err.text);
	assert_int_equal(cc_sim_tdx_root(&w->pki, &root, &err), 0);
	cc_roots_vendors(&w->roots);
	assert_int_equal(cc_roots_add(&w->roots, &root, &err), 0);
	assert_int_equal(cc_sim_td_quote(&w->pki, version, report, &w->quote, &err), 0);
}

static struct cc_evidence tdx_evidence(const struct world *w)
{
	struct cc_evidence evidence = evidence_of(w);

	evidence.platform = CC_PLATFORM_TDX;
	return evidence;
}

static void prove(const struct world *w, struct cc_claims *claims)
{
	const struct cc_evidence evidence = tdx_evidence(w);
	struct cc_err err = { 0 };

	if (prove_both_ways(&evidence, claims, &err) != 0)
		fail_msg("%s", err.text);
}

static void all_its_quotes_are_authentic(void **state)
{
	static const struct {
		uint16_t version;
		bool has_current;
	} all[] = { { 4, false }, { 5, false }, { 5, true } };

	(void)state;
	for (size_t i = 0; i < CC_COUNT(all); i++) {
		AUTO_WORLD struct world w = { 0 };
		const struct cc_tolerance none = { 0 };
		struct cc_td_report report = { 0 };
		struct cc_claims claims = { 0 };
		struct cc_err err = { 0 };

		plan_tdx(&w, &report);
		report.has_current = all[i].has_current;
		make_tdx(&w, all[i].version, &report);
		prove(&w, &claims);
		assert_int_equal(claims.platform, CC_PLATFORM_TDX);
		assert_int_equal(claims.class, CC_CLASS_SIMULATED);
		assert_int_equal(claims.tcb, CC_TCB_UP_TO_DATE);
		assert_int_equal(claims.version, all[i].version);
		assert_int_equal(claims.measurement_len, 48);
		assert_memory_equal(claims.measurement, report.mrtd.b, 48);
		assert_memory_equal(claims.report_data, report.report_data, 64);
		assert_int_equal(claims.registers.count, CC_RTMRS);
		assert_int_equal(claims.registers.at[2].value[0], 0x22);
		assert_int_equal(cc_claims_platform(&claims, &none, &err), 0);
		assert_int_equal(cc_evidence_kind(cc_buf_span(&w.quote)), CC_PLATFORM_TDX);
	}
}

struct verdict {
	const char *name;
	enum cc_tcb_status machine, module, qe;
	uint8_t launched, runs; /* SVN of the module */
	enum cc_tcb_status expected;
};

#define GOOD CC_TCB_UP_TO_DATE
#define NEWEST CC_SIM_MODULE_SVN, CC_SIM_MODULE_SVN

/* What policies demand of a TD beside its measurement: one lie each, and none. */
static void lie_of(struct cc_claims *claims, size_t which)
{
	uint8_t *const bytes[] = {
		claims->tdx.module.b,          claims->tdx.module_signer.b,
		claims->tdx.config.b,          claims->tdx.owner.b,
		claims->tdx.owner_config.b,    claims->tdx.service_td.b,
		claims->registers.at[0].value, claims->registers.at[3].value,
	};

	if (which < CC_COUNT(bytes))
		bytes[which][47] ^= 1;
	if (which == CC_COUNT(bytes))
		claims->registers.count--;
	if (which == CC_COUNT(bytes) + 1)
		claims->registers.at[1].index = 2;
	if (which == CC_COUNT(bytes) + 2)
		claims->tpm.quoted = true;
}

static void the_keeper_compares_registers_itself(void **state)
{
	static const struct {
		uint16_t version;
		bool has_current;
	} all[] = { { 4, false }, { 5, true } };

	(void)state;
	for (size_t i = 0; i < CC_COUNT(all); i++) {
		AUTO_WORLD struct world w = { 0 };
		struct cc_td_report report = { 0 };
		struct cc_digest64 expected = { 0 };
		struct cc_claims claims = { 0 };
		struct cc_err err = { 0 };

		plan_tdx(&w, &report);
		report.has_current = all[i].has_current;
		memset(report.config.b, 0x55, sizeof(report.config.b));
		if (report.has_current)
			memset(report.service_td.b, 0x66, sizeof(report.service_td.b));
		make_tdx(&w, all[i].version, &report);
		prove(&w, &claims);
		memcpy(expected.b, report.report_data, sizeof(expected.b));
		for (size_t lie = 0; lie <= 11; lie++) {
			struct cc_claims said = claims;

			lie_of(&said, lie);
			if (cc_evidence_recheck(cc_buf_span(&w.quote), &said, &expected, &err) !=
			    (lie == 11 ? 0 : -1))
				fail_msg("version %u, lie %zu: %s", all[i].version, lie, err.text);
		}
	}
}

static void every_verdict_of_its_vendor_comes_out(void **state)
{
	static const struct verdict all[] = {
		{ "good", GOOD, GOOD, GOOD, NEWEST, CC_TCB_UP_TO_DATE },
		{ "hardening", CC_TCB_SW_HARDENING_NEEDED, GOOD, GOOD, NEWEST,
		  CC_TCB_SW_HARDENING_NEEDED },
		{ "configuration", CC_TCB_CONFIGURATION_NEEDED, GOOD, GOOD, NEWEST,
		  CC_TCB_CONFIGURATION_NEEDED },
		{ "both", CC_TCB_CONFIGURATION_AND_SW_HARDENING_NEEDED, GOOD, GOOD, NEWEST,
		  CC_TCB_CONFIGURATION_AND_SW_HARDENING_NEEDED },
		{ "old", CC_TCB_OUT_OF_DATE, GOOD, GOOD, NEWEST, CC_TCB_OUT_OF_DATE },
		{ "old, configuration", CC_TCB_OUT_OF_DATE_CONFIGURATION_NEEDED, GOOD, GOOD, NEWEST,
		  CC_TCB_OUT_OF_DATE_CONFIGURATION_NEEDED },
		{ "revoked", CC_TCB_REVOKED, GOOD, GOOD, NEWEST, CC_TCB_REVOKED },
		{ "old module", GOOD, CC_TCB_OUT_OF_DATE, GOOD, NEWEST,
		  CC_TCB_TD_RELAUNCH_ADVISED },
		{ "revoked module", GOOD, CC_TCB_REVOKED, GOOD, NEWEST, CC_TCB_REVOKED },
		{ "old QE", GOOD, GOOD, CC_TCB_OUT_OF_DATE, NEWEST, CC_TCB_OUT_OF_DATE },
		{ "revoked QE", GOOD, GOOD, CC_TCB_REVOKED, NEWEST, CC_TCB_REVOKED },
		{ "not relaunched", GOOD, GOOD, GOOD, 4, 5, CC_TCB_TD_RELAUNCH_ADVISED },
		{ "not relaunched, configuration", CC_TCB_CONFIGURATION_NEEDED, GOOD, GOOD, 4, 5,
		  CC_TCB_TD_RELAUNCH_ADVISED_CONFIGURATION_NEEDED },
		{ "not updated", GOOD, GOOD, GOOD, 4, 4, CC_TCB_OUT_OF_DATE },
	};

	(void)state;
	for (size_t i = 0; i < CC_COUNT(all); i++) {
		AUTO_WORLD struct world w = { 0 };
		struct cc_td_report report = { 0 };
		struct cc_claims claims = { 0 };

		plan_tdx(&w, &report);
		w.plan.status = all[i].machine;
		w.plan.tdx.module_status = all[i].module;
		w.plan.qe_status = all[i].qe;
		report.tcb_svn[0] = all[i].launched;
		report.current_tcb_svn[0] = all[i].runs;
		make_tdx(&w, 5, &report);
		prove(&w, &claims);
		if (claims.tcb != all[i].expected)
			fail_msg("%s: %s", all[i].name, cc_tcb_name(claims.tcb));
	}
}

/* Without module identities the module's SVN is a component like others. */
static void a_module_of_old_counts_among_the_components(void **state)
{
	AUTO_WORLD struct world w = { 0 };
	struct cc_td_report report = { 0 };
	struct cc_claims claims = { 0 };

	(void)state;
	plan_tdx(&w, &report);
	w.plan.tdx.module = 0;
	w.plan.tdx.components[1] = 0;
	report.tcb_svn[1] = report.current_tcb_svn[1] = 0;
	report.tcb_svn[0] = CC_SIM_MODULE_SVN - 1;
	make_tdx(&w, 5, &report);
	prove(&w, &claims);
	assert_int_equal(claims.tcb, CC_TCB_NOT_SUPPORTED);
}

static void debug(struct cc_td_report *report)
{
	report->attributes |= 1;
}

static void migratable(struct cc_td_report *report)
{
	report->attributes |= CC_TD_MIGRATABLE;
}

static void sept_ve(struct cc_td_report *report)
{
	report->attributes &= ~CC_TD_SEPT_VE_DISABLE;
}

static void what_the_host_may_do_to_a_td_is_denied(void **state)
{
	static void (*const all[])(struct cc_td_report *) = { debug, migratable, sept_ve };
	const struct cc_tolerance everything = { .debug = true,
						 .migratable = true,
						 .sept_ve = true };

	(void)state;
	for (size_t i = 0; i < CC_COUNT(all); i++) {
		AUTO_WORLD struct world w = { 0 };
		const struct cc_tolerance none = { 0 };
		struct cc_td_report report = { 0 };
		struct cc_claims claims = { 0 };
		struct cc_err err = { 0 };

		plan_tdx(&w, &report);
		all[i](&report);
		make_tdx(&w, 5, &report);
		prove(&w, &claims);
		assert_int_equal(cc_claims_platform(&claims, &none, &err), -1);
		assert_int_equal(err.code, CC_E_DENIED);
		assert_int_equal(cc_claims_platform(&claims, &everything, &err), 0);
	}
}

/* Each spoils one thing that the verifier has to notice. */
static void signed_by_others(struct world *w, struct cc_td_report *report)
{
	(void)w;
	report->module_signer.b[0] = 1;
}

static void another_module(struct world *w, struct cc_td_report *report)
{
	(void)w;
	report->tcb_svn[1] = 7;
}

static void module_in_debug(struct world *w, struct cc_td_report *report)
{
	(void)w;
	report->module_attributes = 1;
}

static void collateral_of_sgx(struct world *w, struct cc_td_report *report)
{
	(void)report;
	w->plan.platform = CC_PLATFORM_SGX;
}

static void revoked_machine(struct world *w, struct cc_td_report *report)
{
	(void)report;
	w->plan.revoked = CC_SIM_REVOKED_PCK;
}

static void foreign_qe(struct world *w, struct cc_td_report *report)
{
	(void)report;
	w->plan.qe_signer.b[0] ^= 1;
}

static void what_is_wrong_with_it_is_noticed(void **state)
{
	static const struct {
		void (*spoil)(struct world *w, struct cc_td_report *report);
		const char *text;
	} all[] = {
		{ signed_by_others, "signed by somebody else" },
		{ another_module, "module 7 is none" },
		{ module_in_debug, "attributes of the TDX module" },
		{ collateral_of_sgx, "another TEE" },
		{ revoked_machine, "revoked" },
		{ foreign_qe, "QE is signed by somebody else" },
	};

	(void)state;
	for (size_t i = 0; i < CC_COUNT(all); i++) {
		AUTO_WORLD struct world w = { 0 };
		struct cc_evidence evidence = { 0 };
		struct cc_td_report report = { 0 };
		struct cc_claims claims = { 0 };
		struct cc_err err = { 0 };

		plan_tdx(&w, &report);
		all[i].spoil(&w, &report);
		make_tdx(&w, 5, &report);
		evidence = tdx_evidence(&w);
		assert_int_equal(prove_both_ways(&evidence, &claims, &err), -1);
		assert_int_equal(err.code, CC_E_EVIDENCE);
		if (strstr(err.text, all[i].text) == NULL)
			fail_msg("%zu: %s", i, err.text);
	}
}

static void its_root_serves_no_other_platform(void **state)
{
	AUTO_WORLD struct world w = { 0 };
	struct cc_evidence evidence = { 0 };
	struct cc_td_report report = { 0 };
	struct cc_claims claims = { 0 };
	struct cc_root root = { 0 };
	struct cc_err err = { 0 };

	(void)state;
	plan_tdx(&w, &report);
	make_tdx(&w, 5, &report);
	cc_roots_vendors(&w.roots);
	assert_int_equal(cc_sim_pki_root(&w.pki, &root, &err), 0);
	assert_int_equal(cc_roots_add(&w.roots, &root, &err), 0);
	evidence = tdx_evidence(&w);
	assert_int_equal(cc_evidence_prove(&evidence, &claims, &err), -1);
	assert_int_equal(err.code, CC_E_EVIDENCE);
}

static void version_4_has_no_report_of_version_15(void **state)
{
	AUTO_WORLD struct world w = { 0 };
	CC_AUTO_BUF struct cc_buf quote = { 0 };
	struct cc_td_report report = { 0 };
	struct cc_err err = { 0 };

	(void)state;
	plan_tdx(&w, &report);
	make_tdx(&w, 5, &report);
	assert_int_equal(cc_sim_td_quote(&w.pki, 4, &report, &quote, &err), -1);
	assert_int_equal(err.code, CC_E_ARG);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(all_its_quotes_are_authentic),
		cmocka_unit_test(the_keeper_compares_registers_itself),
		cmocka_unit_test(every_verdict_of_its_vendor_comes_out),
		cmocka_unit_test(a_module_of_old_counts_among_the_components),
		cmocka_unit_test(what_the_host_may_do_to_a_td_is_denied),
		cmocka_unit_test(what_is_wrong_with_it_is_noticed),
		cmocka_unit_test(its_root_serves_no_other_platform),
		cmocka_unit_test(version_4_has_no_report_of_version_15),
	};
	struct cc_err err = { 0 };

	if (cc_crypto_init(&err) != 0)
		return 1;
	return cmocka_run_group_tests(tests, NULL, NULL);
}
