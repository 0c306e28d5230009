/* SPDX-License-Identifier: Apache-2.0 */
/* Claims against a policy: what is accepted, and that everything else is refused. */
#include "tests/unit/policy/given.h"

#include "base/str.h"
#include "evidence/snp.h"
#include "evidence/tdx.h"
#include "measure/measure.h"
#include "policy/decide.h"

#define NOW 1793491200 /* 2026-11-01T00:00:00Z */
#define QE "85858585858585858585858585858585"

/* An up-to-date production enclave whose MRENCLAVE is 32 times 0xaa. */
static struct cc_claims claims(void)
{
	struct cc_claims c = { .platform = CC_PLATFORM_SGX,
			       .class = CC_CLASS_CONFIDENTIAL,
			       .measurement_len = 32,
			       .sgx.initialized = true,
			       .sgx.mode64 = true,
			       .tcb = CC_TCB_UP_TO_DATE,
			       .intel.qe_tcb = CC_TCB_UP_TO_DATE,
			       .sgx.product = 6,
			       .sgx.svn = 3 };

	memset(c.measurement, 0xaa, 32);
	memset(c.sgx.signer.b, 0xcc, 32);
	return c;
}

static struct cc_policy *policy_with(const char *service, const char *security)
{
	CC_AUTO_FREE char *text = NULL;
	struct cc_err err = { 0 };

	assert_int_equal(cc_strf(&text, &err,
				 "name: p\nservices: [{name: s, command: [x], %s}]\n"
				 "security: {attestation: {%s}}\n",
				 service, security),
			 0);
	return given(text);
}

static enum cc_code decide(const struct cc_policy *policy, const struct cc_claims *c,
			   struct cc_program *program)
{
	struct cc_err err = { 0 };

	if (cc_decide_service(policy, &policy->services.at[0], c, NOW, program, &err) != 0)
		return err.code;
	return CC_OK;
}

static void rule_1_7_1_of_variants_one_and_of_its_parts_all_must_hold(void **state)
{
	static const struct {
		const char *service;
		bool may;
	} rows[] = {
		{ "mrenclaves: [" HEX_A "]", true },
		{ "mrenclaves: [" HEX_B ", " HEX_A "]", true },
		{ "mrenclaves: [" HEX_B "]", false },
		{ "attestation: {mrenclave: " HEX_A "}", true },
		{ "attestation: [{mrenclave: " HEX_B "}, {mrenclave: [" HEX_A "]}]", true },
		{ "attestation: {mrenclave: " HEX_B "}", false },
		{ "attestation: {signer: {mrsigner: " HEX_C ", isvprodid: 6}}", true },
		{ "attestation: {signer: {mrsigner: " HEX_B ", isvprodid: 6}}", false },
		{ "attestation: {signer: {mrsigner: " HEX_C ", isvprodid: 7}}", false },
		{ "attestation: {signer: {mrsigner: " HEX_C ", isvprodid: 6, isvsvn: 3}}", true },
		{ "attestation: {signer: {mrsigner: " HEX_C ", isvprodid: 6, isvsvn: 2}}", false },
		{ "attestation: {signer: {mrsigner: " HEX_C ", isvprodid: 6, isvsvn_min: 3}}",
		  true },
		{ "attestation: {signer: {mrsigner: " HEX_C ", isvprodid: 6, isvsvn_min: 4}}",
		  false },
		{ "attestation: {signer: {mrsigner: " HEX_C ", isvprodid: 6, isvsvn_max: 3}}",
		  true },
		{ "attestation: {signer: {mrsigner: " HEX_C ", isvprodid: 6, isvsvn_max: 2}}",
		  false },
		{ "attestation: {mrenclave: " HEX_B ", signer: {mrsigner: " HEX_C
		  ", isvprodid: 6}}",
		  false },
		{ "attestation: {mrenclave: " HEX_A ", signer: {mrsigner: " HEX_B
		  ", isvprodid: 6}}",
		  false },
		{ "measurements: ['sgx:" HEX_A "']", true },
		{ "measurements: ['sgx:" HEX_B "']", false },
		{ "measurements: ['snp:" HEX_A "']", false },
		{ "measurements: ['sgx:aaaa']", false },
		{ "measurements: [{platform: sgx, runtime: " HEX_A ", content: " HEX_A "}]",
		  false },
	};
	struct cc_claims c = claims();

	(void)state;
	for (size_t i = 0; i < CC_COUNT(rows); i++) {
		CC_AUTO_POLICY struct cc_policy *policy = policy_with(rows[i].service, "");
		struct cc_program program = { 0 };
		enum cc_code code = decide(policy, &c, &program);

		if (code != (rows[i].may ? CC_OK : CC_E_DENIED))
			fail_msg("row %zu: %s: %d", i, rows[i].service, code);
		assert_int_equal(program.is_authenticated, rows[i].may);
		assert_false(program.is_computed);
	}
}

static void a_number_of_sgx_means_nothing_on_another_platform(void **state)
{
	CC_AUTO_POLICY struct cc_policy *policy =
		policy_with("mrenclaves: [" HEX_A "], attestation: {mrenclave: " HEX_A "}", "");
	struct cc_program program = { 0 };
	struct cc_claims c = claims();

	(void)state;
	/* A TD that is well in itself. */
	c.platform = CC_PLATFORM_TDX;
	c.tdx.attributes = CC_TD_SEPT_VE_DISABLE;
	c.tdx.xfam = CC_TD_XFAM_FIXED;
	assert_int_equal(decide(policy, &c, &program), CC_E_DENIED);
}

static void claims_without_a_measurement_of_a_known_length_are_refused(void **state)
{
	static const size_t lengths[] = { 0, CC_MEASUREMENT_MAX + 1, SIZE_MAX };
	CC_AUTO_POLICY struct cc_policy *policy = policy_with("mrenclaves: [" HEX_A "]", "");

	(void)state;
	for (size_t i = 0; i < CC_COUNT(lengths); i++) {
		struct cc_program program = { 0 };
		struct cc_claims c = claims();
		struct cc_err err = { 0 };

		c.measurement_len = lengths[i];
		assert_int_equal(
			cc_decide_service(policy, &policy->services.at[0], &c, NOW, &program, &err),
			-1);
		assert_string_equal(err.text, "the claims have no measurement");
	}
}

static void a_measurement_by_its_parts_says_what_the_program_is(void **state)
{
	CC_AUTO_POLICY struct cc_policy *policy = NULL;
	CC_AUTO_FREE char *service = NULL;
	CC_AUTO_POLICY struct cc_policy *other = policy_with(
		"measurements: [{platform: sgx, runtime: " HEX_A ", content: " HEX_C "}]", "");
	struct cc_measured record = { 0 };
	struct cc_program program = { 0 };
	struct cc_claims c = claims();
	struct cc_digest mrenclave = { 0 };
	struct cc_err err = { 0 };
	char hex[65] = "";

	(void)state;
	memset(record.runtime.b, 0xaa, 32);
	memset(record.content.b, 0xbb, 32);
	assert_int_equal(cc_measure_options(NULL, &record.options, &err), 0);
	assert_int_equal(cc_measure_sgx(&record, &mrenclave, &err), 0);
	memcpy(c.measurement, mrenclave.b, 32);
	for (size_t i = 0; i < 32; i++)
		(void)snprintf(hex + 2 * i, 3, "%02x", mrenclave.b[i]);
	/* As a sealed image writes it: the number for SCONE, the parts for us. */
	assert_int_equal(cc_strf(&service, &err,
				 "mrenclaves: [%s], measurements: [{platform: sgx, runtime: " HEX_A
				 ", content: " HEX_B "}]",
				 hex),
			 0);
	policy = policy_with(service, "");
	assert_int_equal(decide(policy, &c, &program), CC_OK);
	assert_true(program.is_authenticated);
	assert_true(program.is_computed);
	assert_memory_equal(program.runtime.b, record.runtime.b, 32);
	assert_memory_equal(program.content.b, record.content.b, 32);
	assert_int_equal(decide(other, &c, &program), CC_E_DENIED);
}

/* The owner's word for the image alone: to others it stays a bare measurement. */
static void a_measurement_by_its_value_can_name_the_image(void **state)
{
	CC_AUTO_POLICY struct cc_policy *policy = policy_with(
		"measurements: ['sgx:" HEX_A "', {platform: sgx, value: " HEX_A ", content: " HEX_B
		"}, {platform: sgx, value: " HEX_A ", content: " HEX_C "}]",
		"");
	CC_AUTO_POLICY struct cc_policy *bare = policy_with("measurements: ['sgx:" HEX_A "']", "");
	struct cc_program program = { 0 }, without = { 0 };
	struct cc_claims c = claims();

	(void)state;
	assert_int_equal(decide(policy, &c, &program), CC_OK);
	assert_true(program.has_content);
	assert_int_equal(program.content.b[0], 0xbb);
	assert_false(program.is_computed);
	assert_int_equal(decide(bare, &c, &without), CC_OK);
	assert_false(without.has_content);
}

static void a_class_must_be_tolerated_by_name(void **state)
{
	static const struct {
		enum cc_class class;
		const char *security;
		bool may;
	} rows[] = {
		{ CC_CLASS_CONFIDENTIAL, "", true },
		{ CC_CLASS_SIMULATED, "", false },
		{ CC_CLASS_SIMULATED, "tolerate: [simulation]", true },
		{ CC_CLASS_SIMULATED, "tolerate: [measured-only, debug-mode, outdated-tcb]",
		  false },
		{ CC_CLASS_SIMULATED, "mode: none", false },
		{ CC_CLASS_SIMULATED, "mode: none, tolerate: [simulation]", true },
		{ CC_CLASS_MEASURED_ONLY, "", false },
		{ CC_CLASS_MEASURED_ONLY, "tolerate: [simulation]", false },
		{ CC_CLASS_MEASURED_ONLY, "tolerate: [measured-only]", true },
		{ CC_CLASS_NONE, "tolerate: [simulation, measured-only]", false },
		{ CC_CLASS_COUNT, "tolerate: [simulation, measured-only]", false },
	};

	(void)state;
	for (size_t i = 0; i < CC_COUNT(rows); i++) {
		CC_AUTO_POLICY struct cc_policy *policy =
			policy_with("mrenclaves: [" HEX_A "]", rows[i].security);
		struct cc_program program = { 0 };
		struct cc_claims c = claims();

		c.class = rows[i].class;
		if (decide(policy, &c, &program) != (rows[i].may ? CC_OK : CC_E_DENIED))
			fail_msg("row %zu: class %u with '%s'", i, rows[i].class, rows[i].security);
	}
}

static void the_platform_must_be_well_or_tolerated(void **state)
{
	static const struct {
		bool debug;
		enum cc_tcb_status tcb;
		const char *advisory, *security;
		bool may;
	} rows[] = {
		{ false, CC_TCB_UP_TO_DATE, NULL, "", true },
		{ true, CC_TCB_UP_TO_DATE, NULL, "", false },
		{ true, CC_TCB_UP_TO_DATE, NULL, "tolerate: [debug-mode]", true },
		{ true, CC_TCB_UP_TO_DATE, NULL, "tolerate: [outdated-tcb, simulation]", false },
		{ false, CC_TCB_OUT_OF_DATE, NULL, "", false },
		{ false, CC_TCB_OUT_OF_DATE, NULL, "tolerate: [outdated-tcb]", true },
		{ false, CC_TCB_OUT_OF_DATE, NULL, "tolerate: [insecure-configuration]", false },
		{ false, CC_TCB_OUT_OF_DATE, "INTEL-SA-00615", "tolerate: [outdated-tcb]", false },
		{ false, CC_TCB_OUT_OF_DATE, "INTEL-SA-00615",
		  "tolerate: [outdated-tcb], ignore_advisories: [INTEL-SA-00615]", true },
		{ false, CC_TCB_OUT_OF_DATE, "INTEL-SA-00615",
		  "tolerate: [outdated-tcb], ignore_advisories: [INTEL-SA-00614]", false },
		{ false, CC_TCB_OUT_OF_DATE, "INTEL-SA-00615",
		  "tolerate: [outdated-tcb], ignore_advisories: '*'", true },
		{ false, CC_TCB_OUT_OF_DATE, NULL, "ignore_advisories: '*'", false },
		{ false, CC_TCB_SW_HARDENING_NEEDED, NULL, "", false },
		{ false, CC_TCB_SW_HARDENING_NEEDED, NULL, "tolerate: [software-hardening-needed]",
		  true },
		{ false, CC_TCB_SW_HARDENING_NEEDED, "INTEL-SA-00657",
		  "tolerate: [software-hardening-needed]", false },
		{ false, CC_TCB_SW_HARDENING_NEEDED, "INTEL-SA-00657",
		  "tolerate: [software-hardening-needed, aepic-leak]", true },
		{ false, CC_TCB_CONFIGURATION_NEEDED, NULL, "tolerate: [hyperthreading]", true },
		{ false, CC_TCB_CONFIGURATION_NEEDED, NULL, "tolerate: [insecure-configuration]",
		  true },
		{ false, CC_TCB_CONFIGURATION_NEEDED, NULL, "tolerate: [software-hardening-needed]",
		  false },
		{ false, CC_TCB_CONFIGURATION_AND_SW_HARDENING_NEEDED, NULL,
		  "tolerate: [hyperthreading]", false },
		{ false, CC_TCB_CONFIGURATION_AND_SW_HARDENING_NEEDED, NULL,
		  "tolerate: [hyperthreading, software-hardening-needed]", true },
		{ false, CC_TCB_OUT_OF_DATE_CONFIGURATION_NEEDED, NULL, "tolerate: [outdated-tcb]",
		  false },
		{ false, CC_TCB_OUT_OF_DATE_CONFIGURATION_NEEDED, NULL,
		  "tolerate: [outdated-tcb, insecure-configuration]", true },
		{ false, CC_TCB_REVOKED, NULL,
		  "tolerate: [outdated-tcb, insecure-configuration, debug-mode]", false },
	};

	(void)state;
	for (size_t i = 0; i < CC_COUNT(rows); i++) {
		CC_AUTO_POLICY struct cc_policy *policy =
			policy_with("mrenclaves: [" HEX_A "]", rows[i].security);
		struct cc_program program = { 0 };
		struct cc_claims c = claims();
		struct cc_err err = { 0 };

		c.debug = rows[i].debug;
		c.tcb = rows[i].tcb;
		if (rows[i].advisory != NULL)
			assert_int_equal(cc_advisories_add(&c.advisories, rows[i].advisory, &err),
					 0);
		if (decide(policy, &c, &program) != (rows[i].may ? CC_OK : CC_E_DENIED))
			fail_msg("row %zu: '%s'", i, rows[i].security);
	}
}

/* Claims of a TD and of a guest of SNP that are well in themselves. */
static struct cc_claims td_claims(void)
{
	struct cc_claims c = claims();

	c.platform = CC_PLATFORM_TDX;
	c.tdx.attributes = CC_TD_SEPT_VE_DISABLE;
	c.tdx.xfam = CC_TD_XFAM_FIXED;
	return c;
}

static struct cc_claims guest_claims(void)
{
	struct cc_claims c = claims();

	c.platform = CC_PLATFORM_SNP;
	c.tcb = CC_TCB_NOT_STATED;
	c.snp.product = CC_SNP_GENOA;
	c.snp.signer = CC_SNP_VCEK;
	c.snp.policy = CC_SNP_POLICY_ONE;
	return c;
}

/* Under a policy that accepts this measurement on whatever platform these claims are of. */
static bool is_accepted(const struct cc_claims *c, const char *service, const char *security)
{
	CC_AUTO_FREE char *all = NULL;
	CC_AUTO_POLICY struct cc_policy *policy = NULL;
	struct cc_program program = { 0 };
	struct cc_err err = { 0 };
	enum cc_code code = CC_OK;

	assert_int_equal(cc_strf(&all, &err, "%smeasurements: ['%s:%s']", service,
				 cc_platform_name(c->platform), HEX_A),
			 0);
	policy = policy_with(all, security);
	code = decide(policy, c, &program);
	assert_true(code == CC_OK || code == CC_E_DENIED);
	return code == CC_OK;
}

static void what_a_host_can_do_to_a_guest_is_tolerated_by_name(void **state)
{
	struct cc_claims moved = guest_claims(), old = guest_claims(), low = guest_claims(),
			 td = td_claims(), moved_td = td_claims();

	(void)state;
	moved.snp.policy |= CC_SNP_POLICY_MIGRATE;
	old.snp.product = CC_SNP_MILAN;
	low.snp.vmpl = 2;
	td.tdx.attributes = 0;
	moved_td.tdx.attributes |= CC_TD_MIGRATABLE;
	const struct {
		const struct cc_claims *claims;
		const char *needs, *others;
	} rows[] = {
		{ &moved, "tolerate: [migration]", "tolerate: [milan], maximum_vmpl: 3" },
		{ &old, "tolerate: [milan]", "tolerate: [migration], maximum_vmpl: 3" },
		{ &low, "maximum_vmpl: 2", "tolerate: [milan, migration], maximum_vmpl: 1" },
		{ &low, "maximum_vmpl: 3", "" },
		{ &td, "tolerate: [ve-on-private-memory]", "tolerate: [migration]" },
		{ &moved_td, "tolerate: [migration]", "tolerate: [ve-on-private-memory]" },
	};
	for (size_t i = 0; i < CC_COUNT(rows); i++) {
		if (!is_accepted(rows[i].claims, "", rows[i].needs))
			fail_msg("row %zu: %s is not enough", i, rows[i].needs);
		if (is_accepted(rows[i].claims, "", rows[i].others))
			fail_msg("row %zu: %s is enough", i, rows[i].others);
		assert_false(is_accepted(rows[i].claims, "", ""));
	}
}

static void an_exception_ends(void **state)
{
	struct cc_claims outdated = claims(), old = guest_claims(), td = td_claims();
	struct cc_err err = { 0 };

	(void)state;
	outdated.tcb = CC_TCB_OUT_OF_DATE;
	assert_int_equal(cc_advisories_add(&outdated.advisories, "INTEL-SA-00615", &err), 0);
	old.snp.product = CC_SNP_MILAN;
	td.tdx.attributes = 0;
#define ENDS ", until: 2026-11-01T00:00:00Z}"
#define LASTS ", until: 2026-11-01T00:00:01Z}"
	static const char tolerated[] = "tolerate: outdated-tcb, exceptions: ",
			  ignored[] = "ignore_advisories: INTEL-SA-00615, exceptions: ";
	const struct {
		const struct cc_claims *claims;
		const char *before, *exceptions;
		bool may;
	} rows[] = {
		{ &outdated, tolerated, "[{ignore_advisories: INTEL-SA-00615" LASTS "]", true },
		{ &outdated, tolerated, "[{ignore_advisories: INTEL-SA-00615" ENDS "]", false },
		{ &outdated, tolerated, "[{ignore_advisories: INTEL-SA-00614" LASTS "]", false },
		{ &outdated, ignored, "[{tolerate: outdated-tcb" LASTS "]", true },
		{ &outdated, ignored, "[{tolerate: outdated-tcb" ENDS "]", false },
		{ &outdated, "exceptions: ",
		  "[{tolerate: outdated-tcb" LASTS ", {ignore_advisories: INTEL-SA-00615" LASTS "]",
		  true },
		{ &outdated, "exceptions: ",
		  "[{tolerate: outdated-tcb" ENDS ", {ignore_advisories: INTEL-SA-00615" LASTS "]",
		  false },
		{ &old, "exceptions: ", "[{tolerate: milan" LASTS "]", true },
		{ &old, "exceptions: ", "[{tolerate: milan" ENDS "]", false },
		{ &td, "exceptions: ", "[{tolerate: ve-on-private-memory" LASTS "]", true },
		{ &td, "exceptions: ", "[{tolerate: migration" LASTS "]", false },
	};
#undef LASTS
#undef ENDS
	for (size_t i = 0; i < CC_COUNT(rows); i++) {
		CC_AUTO_FREE char *security = NULL;

		assert_int_equal(
			cc_strf(&security, &err, "%s%s", rows[i].before, rows[i].exceptions), 0);
		if (is_accepted(rows[i].claims, "", security) != rows[i].may)
			fail_msg("row %zu: %s", i, security);
	}
}

static void a_minimum_tcb_refuses_what_is_below_it(void **state)
{
	struct cc_claims enclave = claims(), td = td_claims(), genoa = guest_claims(),
			 turin = guest_claims(), nitro = claims();

	(void)state;
	enclave.tcb_date = td.tcb_date = 1777593600; /* 2026-05-01T00:00:00Z */
	enclave.intel.evaluation_number = td.intel.evaluation_number = 17;
	turin.snp.product = CC_SNP_TURIN;
	nitro.platform = CC_PLATFORM_NITRO;
	for (uint8_t i = 0; i < CC_SNP_TCB_LEN; i++) {
		genoa.snp.reported_tcb[i] = genoa.snp.committed_tcb[i] = 10 + i;
		genoa.snp.launch_tcb[i] = genoa.snp.current_tcb[i] = 10 + i;
		turin.snp.reported_tcb[i] = turin.snp.committed_tcb[i] = 20 + i;
		turin.snp.launch_tcb[i] = turin.snp.current_tcb[i] = 20 + i;
	}
	const struct {
		const struct cc_claims *claims;
		const char *minimum;
		bool may;
	} rows[] = {
		{ &enclave, "intel: {date: 2026-05-01T00:00:00Z}", true },
		{ &enclave, "intel: {date: 2026-05-01T00:00:01Z}", false },
		{ &enclave, "intel: {evaluation_number: 17}", true },
		{ &enclave, "intel: {evaluation_number: 18}", false },
		{ &td, "intel: {date: 2026-05-01T00:00:00Z, evaluation_number: 17}", true },
		{ &td, "intel: {date: 2026-05-01T00:00:00Z, evaluation_number: 18}", false },
		{ &td, "intel: {date: 2026-05-02T00:00:00Z, evaluation_number: 17}", false },
		/* boot loader 0, TEE 1, SNP 6, microcode 7 */
		{ &genoa,
		  "snp: [{product: Genoa, bootloader: 10, tee: 11, snp: 16, microcode: 17}]",
		  true },
		{ &genoa, "snp: [{product: Genoa, bootloader: 11}]", false },
		{ &genoa, "snp: [{product: Genoa, tee: 12}]", false },
		{ &genoa, "snp: [{product: Genoa, snp: 17}]", false },
		{ &genoa, "snp: [{product: Genoa, microcode: 18}]", false },
		/* FMC 0, boot loader 1, TEE 2, SNP 3, microcode 7 */
		{ &turin,
		  "snp: [{product: Genoa, snp: 250}, {product: Turin, fmc: 20, bootloader: 21, "
		  "tee: 22, snp: 23, microcode: 27}]",
		  true },
		{ &turin, "snp: [{product: Turin, fmc: 21}]", false },
		{ &turin, "snp: [{product: Turin, bootloader: 22}]", false },
		{ &turin, "snp: [{product: Turin, tee: 23}]", false },
		{ &turin, "snp: [{product: Turin, snp: 24}]", false },
		{ &turin, "snp: [{product: Turin, microcode: 28}]", false },
		/* What it says nothing of is refused. */
		{ &turin, "snp: [{product: Genoa}]", false },
		{ &turin, "intel: {evaluation_number: 1}", false },
		{ &enclave, "snp: [{product: Genoa}]", false },
		{ &nitro, "intel: {evaluation_number: 1}, snp: [{product: Genoa}]", false },
	};
	for (size_t i = 0; i < CC_COUNT(rows); i++) {
		CC_AUTO_FREE char *security = NULL;
		struct cc_err err = { 0 };

		assert_int_equal(cc_strf(&security, &err, "minimum_tcb: {%s}", rows[i].minimum), 0);
		if (is_accepted(rows[i].claims, "", security) != rows[i].may)
			fail_msg("row %zu: %s", i, security);
		assert_true(is_accepted(rows[i].claims, "", ""));
	}
}

/* A host that keeps older firmware, commits to none, or launched the guest before the update. */
static void each_tcb_of_a_report_must_reach_the_minimum(void **state)
{
	static const char minimum[] = "minimum_tcb: {snp: [{product: Genoa, snp: 22}]}";
	struct cc_claims c = guest_claims();

	(void)state;
	c.snp.reported_tcb[6] = c.snp.committed_tcb[6] = 22;
	c.snp.launch_tcb[6] = c.snp.current_tcb[6] = 22;
	assert_true(is_accepted(&c, "", minimum));
	c.snp.launch_tcb[6] = 21;
	assert_false(is_accepted(&c, "", minimum));
	c.snp.launch_tcb[6] = 22;
	c.snp.reported_tcb[6] = 21;
	assert_false(is_accepted(&c, "", minimum));
}

static void a_machine_must_be_one_of_the_platforms(void **state)
{
	static const struct {
		const char *service;
		enum cc_platform_kind platform;
		bool may;
	} rows[] = {
		{ "platforms: ['INTEL_QE_ID:" QE "']", CC_PLATFORM_SGX, true },
		{ "platforms: [" HEX_B ", 'INTEL_QE_ID:" QE "']", CC_PLATFORM_SGX, true },
		{ "platforms: ['INTEL_QE_ID:" QE "']", CC_PLATFORM_TDX, true },
		{ "platforms: ['INTEL_QE_ID:00000000000000000000000000000000']", CC_PLATFORM_SGX,
		  false },
	};

	(void)state;
	for (size_t i = 0; i < CC_COUNT(rows); i++) {
		CC_AUTO_FREE char *service = NULL;
		CC_AUTO_POLICY struct cc_policy *policy = NULL;
		struct cc_program program = { 0 };
		struct cc_claims c = claims();
		struct cc_err err = { 0 };

		c.platform = rows[i].platform;
		c.tdx.attributes = CC_TD_SEPT_VE_DISABLE;
		c.tdx.xfam = CC_TD_XFAM_FIXED;
		memset(c.intel.qe_id, 0x85, sizeof(c.intel.qe_id));
		assert_int_equal(cc_strf(&service, &err, "%s, measurements: ['%s:%s']",
					 rows[i].service, cc_platform_name(c.platform), HEX_A),
				 0);
		policy = policy_with(service, "");
		if (decide(policy, &c, &program) != (rows[i].may ? CC_OK : CC_E_DENIED))
			fail_msg("row %zu: '%s'", i, rows[i].service);
	}
}

#define HEX_32 "00112233445566778899aabbccddeeff"
#define HEX_64 HEX_32 HEX_32

static void a_machine_is_what_its_vendor_certifies(void **state)
{
	struct cc_claims enclave = claims(), guest = guest_claims(), vlek = guest_claims(),
			 masked = guest_claims(), realm = claims(), nitro = claims();
	struct cc_claims *all[] = { &enclave, &guest, &vlek, &masked, &realm, &nitro };

	(void)state;
	for (size_t i = 0; i < CC_COUNT(all); i++) {
		for (uint8_t n = 0; n < 64; n++)
			all[i]->machine[n] = (uint8_t)(n % 16 * 0x11);
		all[i]->machine_len = 64;
	}
	enclave.machine_len = 16;
	vlek.snp.signer = CC_SNP_VLEK;
	masked.snp.masks_chip = true;
	realm.platform = CC_PLATFORM_CCA;
	realm.machine_len = 33;
	nitro.platform = CC_PLATFORM_NITRO;
	nitro.machine_len = 33;
	const struct {
		const struct cc_claims *claims;
		const char *machine;
		bool may;
	} rows[] = {
		{ &enclave, "INTEL_PLATFORM_INSTANCE_ID:" HEX_32, true },
		{ &enclave, "INTEL_QE_ID:" HEX_32, false },
		{ &guest, "AMD_CHIP_ID:" HEX_64 HEX_64, true },
		{ &guest, "AMD_CHIP_ID:" HEX_A HEX_A, false },
		{ &guest, "INTEL_PLATFORM_INSTANCE_ID:" HEX_32, false },
		{ &vlek, "AMD_CHIP_ID:" HEX_64 HEX_64, false },
		{ &masked, "AMD_CHIP_ID:" HEX_64 HEX_64, false },
		{ &realm, "ARM_CCA_INSTANCE_ID:" HEX_64 "00", true },
		{ &realm, "ARM_CCA_INSTANCE_ID:" HEX_64 "01", false },
		{ &nitro, "ARM_CCA_INSTANCE_ID:" HEX_64 "00", false },
	};
	for (size_t i = 0; i < CC_COUNT(rows); i++) {
		CC_AUTO_FREE char *service = NULL;
		struct cc_err err = { 0 };

		assert_int_equal(cc_strf(&service, &err, "platforms: ['%s'], ", rows[i].machine),
				 0);
		if (is_accepted(rows[i].claims, service, "") != rows[i].may)
			fail_msg("row %zu: '%s'", i, service);
	}
}

static void a_service_under_mode_none_is_nobody(void **state)
{
	CC_AUTO_POLICY struct cc_policy *policy = policy_with("pwd: /", "mode: none");
	struct cc_program program = { .is_authenticated = true, .is_computed = true };
	struct cc_claims c = claims();

	(void)state;
	assert_int_equal(decide(policy, &c, &program), CC_OK);
	assert_false(program.is_authenticated);
	assert_false(program.is_computed);
}

static void a_service_that_needs_what_we_lack_is_not_started(void **state)
{
	CC_AUTO_POLICY struct cc_policy *policy =
		policy_with("mrenclaves: [" HEX_A "], environment: {A: $$SCONE::x$$}", "");
	CC_AUTO_POLICY struct cc_policy *tag = policy_with(
		"mrenclaves: [" HEX_A "], fspf_tag: 00112233445566778899aabbccddeeff", "");
	struct cc_program program = { 0 };
	struct cc_claims c = claims();

	(void)state;
	assert_int_equal(decide(policy, &c, &program), CC_E_UNSUPPORTED);
	assert_int_equal(decide(tag, &c, &program), CC_E_UNSUPPORTED);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(rule_1_7_1_of_variants_one_and_of_its_parts_all_must_hold),
		cmocka_unit_test(a_number_of_sgx_means_nothing_on_another_platform),
		cmocka_unit_test(claims_without_a_measurement_of_a_known_length_are_refused),
		cmocka_unit_test(a_measurement_by_its_parts_says_what_the_program_is),
		cmocka_unit_test(a_measurement_by_its_value_can_name_the_image),
		cmocka_unit_test(a_class_must_be_tolerated_by_name),
		cmocka_unit_test(the_platform_must_be_well_or_tolerated),
		cmocka_unit_test(what_a_host_can_do_to_a_guest_is_tolerated_by_name),
		cmocka_unit_test(an_exception_ends),
		cmocka_unit_test(a_minimum_tcb_refuses_what_is_below_it),
		cmocka_unit_test(each_tcb_of_a_report_must_reach_the_minimum),
		cmocka_unit_test(a_machine_must_be_one_of_the_platforms),
		cmocka_unit_test(a_machine_is_what_its_vendor_certifies),
		cmocka_unit_test(a_service_under_mode_none_is_nobody),
		cmocka_unit_test(a_service_that_needs_what_we_lack_is_not_started),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
