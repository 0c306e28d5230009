/* SPDX-License-Identifier: Apache-2.0 */
#include "evidence/claims.h"

#include "base/str.h"
#include "evidence/snp.h"
#include "evidence/tdx.h"

static const char *const platform_names[CC_PLATFORM_COUNT] = {
	[CC_PLATFORM_NONE] = "none", [CC_PLATFORM_SGX] = "sgx", [CC_PLATFORM_TDX] = "tdx",
	[CC_PLATFORM_SNP] = "snp",   [CC_PLATFORM_TPM] = "tpm", [CC_PLATFORM_NITRO] = "nitro",
	[CC_PLATFORM_CCA] = "cca",
};

static const char *const class_names[CC_CLASS_COUNT] = {
	[CC_CLASS_NONE] = "none",
	[CC_CLASS_SIMULATED] = "simulated",
	[CC_CLASS_MEASURED_ONLY] = "measured-only",
	[CC_CLASS_CONFIDENTIAL] = "confidential",
};

static const char *const class_texts[CC_CLASS_COUNT] = {
	[CC_CLASS_NONE] = "NOT ATTESTED",
	[CC_CLASS_SIMULATED] = "SIMULATION",
	[CC_CLASS_MEASURED_ONLY] = "measured only: no memory encryption",
	[CC_CLASS_CONFIDENTIAL] = "confidential",
};

static const char *const tcb_names[CC_TCB_STATUS_COUNT] = {
	[CC_TCB_NOT_SUPPORTED] = "NotSupported",
	[CC_TCB_NOT_STATED] = "NotStated",
	[CC_TCB_REVOKED] = "Revoked",
	[CC_TCB_OUT_OF_DATE_CONFIGURATION_NEEDED] = "OutOfDateConfigurationNeeded",
	[CC_TCB_OUT_OF_DATE] = "OutOfDate",
	[CC_TCB_CONFIGURATION_AND_SW_HARDENING_NEEDED] = "ConfigurationAndSWHardeningNeeded",
	[CC_TCB_CONFIGURATION_NEEDED] = "ConfigurationNeeded",
	[CC_TCB_SW_HARDENING_NEEDED] = "SWHardeningNeeded",
	[CC_TCB_TD_RELAUNCH_ADVISED_CONFIGURATION_NEEDED] = "TDRelaunchAdvisedConfigurationNeeded",
	[CC_TCB_TD_RELAUNCH_ADVISED] = "TDRelaunchAdvised",
	[CC_TCB_UP_TO_DATE] = "UpToDate",
};

static const char *const product_names[CC_SNP_PRODUCT_COUNT] = {
	[CC_SNP_UNKNOWN] = "unknown",
	[CC_SNP_MILAN] = "Milan",
	[CC_SNP_GENOA] = "Genoa",
	[CC_SNP_TURIN] = "Turin",
};

static const char *const signer_names[CC_SNP_SIGNER_COUNT] = {
	[CC_SNP_SIGNER_NONE] = "none",
	[CC_SNP_VCEK] = "VCEK",
	[CC_SNP_VLEK] = "VLEK",
};

const char *cc_snp_product_name(enum cc_snp_product product)
{
	return product < CC_SNP_PRODUCT_COUNT ? product_names[product] : product_names[0];
}

enum cc_snp_product cc_snp_product_named(const char *name)
{
	for (unsigned int i = CC_SNP_MILAN; i < CC_SNP_PRODUCT_COUNT; i++)
		if (cc_str_eq(name, product_names[i]))
			return (enum cc_snp_product)i;
	return CC_SNP_UNKNOWN;
}

const char *cc_snp_signer_name(enum cc_snp_signer signer)
{
	return signer < CC_SNP_SIGNER_COUNT ? signer_names[signer] : signer_names[0];
}

const char *cc_platform_name(enum cc_platform_kind platform)
{
	return platform < CC_PLATFORM_COUNT ? platform_names[platform] : platform_names[0];
}

const char *cc_class_name(enum cc_class class)
{
	return class < CC_CLASS_COUNT ? class_names[class] : class_names[0];
}

const char *cc_class_text(enum cc_class class)
{
	return class < CC_CLASS_COUNT ? class_texts[class] : class_texts[0];
}

const char *cc_tcb_name(enum cc_tcb_status status)
{
	return status < CC_TCB_STATUS_COUNT ? tcb_names[status] : tcb_names[0];
}

/* The index of `name`, or `count`. */
static unsigned int named(const char *const *names, unsigned int count, const char *name)
{
	unsigned int i = 0;

	while (i < count && !cc_str_eq(names[i], name))
		i++;
	return i;
}

enum cc_platform_kind cc_platform_named(const char *name)
{
	unsigned int i = named(platform_names, CC_PLATFORM_COUNT, name);

	return i < CC_PLATFORM_COUNT ? (enum cc_platform_kind)i : CC_PLATFORM_NONE;
}

enum cc_class cc_class_named(const char *name)
{
	unsigned int i = named(class_names, CC_CLASS_COUNT, name);

	return i < CC_CLASS_COUNT ? (enum cc_class)i : CC_CLASS_NONE;
}

bool cc_tcb_named(const char *name, enum cc_tcb_status *out)
{
	unsigned int i = named(tcb_names, CC_TCB_STATUS_COUNT, name);

	if (i == CC_TCB_STATUS_COUNT)
		return false;
	*out = (enum cc_tcb_status)i;
	return true;
}

/* Letters, digits and dashes: an advisory ends up in logs and on screens. */
static bool is_advisory(const char *name)
{
	size_t len = strlen(name);

	return len > 0 && len < CC_ADVISORY_LEN &&
	       strspn(name, "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-") == len;
}

int cc_advisories_add(struct cc_advisories *list, const char *name, struct cc_err *err)
{
	size_t i = 0;

	if (!is_advisory(name))
		return cc_fail(err, CC_E_ARG, "advisory is not of the form 'INTEL-SA-00000'");
	while (i < list->count && strcmp(list->at[i], name) < 0)
		i++;
	if (i < list->count && cc_str_eq(list->at[i], name))
		return 0;
	if (list->count == CC_ADVISORIES_MAX)
		return cc_fail(err, CC_E_TOOBIG, "more than %d advisories", CC_ADVISORIES_MAX);
	memmove(list->at[i + 1], list->at[i], (list->count - i) * CC_ADVISORY_LEN);
	memset(list->at[i], 0, CC_ADVISORY_LEN);
	memcpy(list->at[i], name, strlen(name));
	list->count++;
	return 0;
}

bool cc_advisories_have(const struct cc_advisories *list, const char *name)
{
	for (size_t i = 0; i < list->count; i++)
		if (cc_str_eq(list->at[i], name))
			return true;
	return false;
}

bool cc_events_equal(const struct cc_events *a, const struct cc_events *b)
{
	return a->count == b->count && a->omitted == b->omitted &&
	       cc_bytes_equal(a->at, b->at, sizeof(a->at));
}

bool cc_registers_equal(const struct cc_registers *a, const struct cc_registers *b)
{
	return a->count == b->count && cc_bytes_equal(a->at, b->at, sizeof(a->at));
}

int cc_claims_bound(const struct cc_claims *claims, const struct cc_digest64 *expected,
		    struct cc_err *err)
{
	if (!cc_bytes_equal(claims->report_data, expected->b, CC_REPORT_DATA_LEN))
		return cc_fail(err, CC_E_EVIDENCE,
			       "the evidence is for another connection, nonce or request: its "
			       "report data is not what we expect");
	return 0;
}

int cc_claims_class(const struct cc_claims *claims, enum cc_class least, struct cc_err *err)
{
	if (!cc_class_not_weaker(claims->class, least)) {
		cc_err_set(err, CC_E_DENIED, "the evidence is of class '%s', '%s' is needed (%s)",
			   cc_class_name(claims->class), cc_class_name(least),
			   cc_class_text(claims->class));
		return cc_hint(err,
			       "run it on such a platform, or tolerate the class in the policy");
	}
	return 0;
}

/* What nobody can tolerate. */
static int check_enclave(const struct cc_claims *claims, struct cc_err *err)
{
	if (!claims->sgx.initialized || !claims->sgx.mode64)
		return cc_fail(err, CC_E_DENIED,
			       "the enclave is not an initialised 64-bit enclave");
	if (claims->sgx.signer_is_published)
		return cc_fail(err, CC_E_DENIED,
			       "the enclave is signed by a key that is published in an SDK");
	return 0;
}

static int check_domain(const struct cc_claims *claims, struct cc_err *err)
{
	if ((claims->tdx.attributes & ~CC_TD_KNOWN_BITS) != 0)
		return cc_fail(err, CC_E_DENIED, "the TD has reserved attributes");
	if ((claims->tdx.xfam & CC_TD_XFAM_FIXED) != CC_TD_XFAM_FIXED)
		return cc_fail(err, CC_E_DENIED, "XFAM of the TD lacks a bit that is fixed to one");
	return 0;
}

/* A TCB that was installed is none that goes back: reported ≤ committed ≤ current. */
static bool tcb_not_above(const uint8_t a[CC_SNP_TCB_LEN], const uint8_t b[CC_SNP_TCB_LEN])
{
	for (size_t i = 0; i < CC_SNP_TCB_LEN; i++)
		if (a[i] > b[i])
			return false;
	return true;
}

static int check_guest(const struct cc_claims *claims, struct cc_err *err)
{
	const struct cc_snp_claims *snp = &claims->snp;

	if (snp->vmpl > 3)
		return cc_fail(err, CC_E_DENIED, "the host asked for the SNP report, no guest did");
	if ((snp->policy & CC_SNP_POLICY_ONE) == 0 || (snp->policy & CC_SNP_POLICY_RESERVED) != 0)
		return cc_fail(err, CC_E_DENIED, "reserved bits of the guest's policy are wrong");
	if (!tcb_not_above(snp->reported_tcb, snp->committed_tcb) ||
	    !tcb_not_above(snp->committed_tcb, snp->current_tcb) ||
	    !tcb_not_above(snp->launch_tcb, snp->current_tcb))
		return cc_fail(err, CC_E_DENIED, "the TCBs of the report contradict each other");
	return 0;
}

/* What speaks neither of TCB levels nor of what a guest may be allowed. */
static bool has_no_levels(enum cc_platform_kind platform)
{
	return platform == CC_PLATFORM_NITRO || platform == CC_PLATFORM_CCA ||
	       platform == CC_PLATFORM_TPM;
}

static int check_hopeless(const struct cc_claims *claims, struct cc_err *err)
{
	if (claims->platform == CC_PLATFORM_SNP)
		return check_guest(claims, err);
	if (has_no_levels(claims->platform))
		return 0;
	if (claims->tcb == CC_TCB_NOT_SUPPORTED || claims->tcb == CC_TCB_NOT_STATED ||
	    claims->tcb == CC_TCB_REVOKED)
		return cc_fail(err, CC_E_DENIED, "the TCB status of the platform is '%s'",
			       cc_tcb_name(claims->tcb));
	if (claims->platform == CC_PLATFORM_SGX)
		return check_enclave(claims, err);
	if (claims->platform == CC_PLATFORM_TDX)
		return check_domain(claims, err);
	return cc_fail(err, CC_E_UNSUPPORTED, "platform '%s' has no rules here",
		       cc_platform_name(claims->platform));
}

/* What Intel's word asks for; of the others new firmware or microcode. */
static const char *const remedies[CC_TCB_STATUS_COUNT] = {
	[CC_TCB_SW_HARDENING_NEEDED] = "see in the advisories what the program must do itself",
	[CC_TCB_CONFIGURATION_NEEDED] = "configure the machine as the advisories say",
	[CC_TCB_CONFIGURATION_AND_SW_HARDENING_NEEDED] =
		("configure the machine as the advisories say, which also tell what the program "
		 "must do itself"),
	[CC_TCB_TD_RELAUNCH_ADVISED] =
		"start the TD again: its machine was updated after it had started",
	[CC_TCB_TD_RELAUNCH_ADVISED_CONFIGURATION_NEEDED] =
		("start the TD again: its machine was updated after it had started, and needs "
		 "another configuration"),
};

static int check_status(const struct cc_claims *claims, const struct cc_tolerance *tolerance,
			struct cc_err *err)
{
	if (claims->tcb == CC_TCB_UP_TO_DATE)
		return 0;
	if ((tolerance->tcb & 1u << claims->tcb) == 0) {
		cc_err_set(err, CC_E_DENIED, "the TCB status of the platform is '%s'",
			   cc_tcb_name(claims->tcb));
		return cc_hint(err, "%s, or tolerate the status",
			       remedies[claims->tcb] != NULL ? remedies[claims->tcb]
							     : "update firmware and microcode");
	}
	for (size_t i = 0; i < claims->advisories.count && !tolerance->any_advisory; i++)
		if (!cc_advisories_have(&tolerance->advisories, claims->advisories.at[i]))
			return cc_fail(err, CC_E_DENIED, "advisory '%s' is not tolerated",
				       claims->advisories.at[i]);
	return 0;
}

/* What a guest of SNP, its processor and its firmware must be beside authentic. */
static int check_chip(const struct cc_claims *claims, const struct cc_tolerance *tolerance,
		      struct cc_err *err)
{
	const struct cc_snp_claims *snp = &claims->snp;

	if (snp->product == CC_SNP_MILAN && !tolerance->milan) {
		cc_err_set(err, CC_E_DENIED,
			   "the processor is a Milan, whose root keys were read out in software");
		return cc_hint(err,
			       "tolerate it only for machines that you know, by their numbers");
	}
	if (snp->vmpl > tolerance->greatest_vmpl)
		return cc_fail(err, CC_E_DENIED,
			       "the report was asked for at VMPL %u, at most %u is accepted",
			       snp->vmpl, tolerance->greatest_vmpl);
	if ((snp->policy & CC_SNP_POLICY_MIGRATE) != 0 && !tolerance->migratable)
		return cc_fail(err, CC_E_DENIED, "the guest can be migrated to another machine");
	if (!tcb_not_above(tolerance->least_snp_tcb, snp->reported_tcb) ||
	    !tcb_not_above(tolerance->least_snp_tcb, snp->launch_tcb) ||
	    !tcb_not_above(tolerance->least_snp_tcb, snp->committed_tcb))
		return cc_fail(err, CC_E_DENIED,
			       "the TCB of the platform is lower than what is accepted");
	return 0;
}

/* What an enclave or a TD may do that takes from its protection. */
static int check_keys(const struct cc_claims *claims, const struct cc_tolerance *tolerance,
		      struct cc_err *err)
{
	const struct cc_tdx_claims *tdx = &claims->tdx;

	if (claims->platform == CC_PLATFORM_SGX) {
		if (claims->sgx.privileged_keys && !tolerance->privileged_keys)
			return cc_fail(err, CC_E_DENIED,
				       "the enclave may use the provisioning or the launch key");
		return 0;
	}
	/* Without SEPT_VE_DISABLE the host injects #VE where the guest expects none. */
	if ((tdx->attributes & CC_TD_SEPT_VE_DISABLE) == 0 && !tolerance->sept_ve)
		return cc_fail(err, CC_E_DENIED,
			       "the TD lets its host inject exceptions on private memory "
			       "(SEPT_VE_DISABLE is not set)");
	if ((tdx->attributes & CC_TD_MIGRATABLE) != 0 && !tolerance->migratable)
		return cc_fail(err, CC_E_DENIED, "the TD can be migrated to another machine");
	return 0;
}

int cc_claims_platform(const struct cc_claims *claims, const struct cc_tolerance *tolerance,
		       struct cc_err *err)
{
	CC_TRY(check_hopeless(claims, err));
	if (claims->debug && !tolerance->debug)
		return cc_fail(err, CC_E_DENIED,
			       "it runs in debug mode: who runs the machine can read its memory");
	if (claims->without_revocation && !tolerance->without_revocation)
		return cc_fail(err, CC_E_DENIED,
			       "nobody looked whether its certificates are revoked");
	if (claims->platform == CC_PLATFORM_SNP)
		return check_chip(claims, tolerance, err);
	if (has_no_levels(claims->platform))
		return 0;
	CC_TRY(check_keys(claims, tolerance, err));
	CC_TRY(check_status(claims, tolerance, err));
	if (claims->intel.evaluation_number < tolerance->least_evaluation_number)
		return cc_fail(
			err, CC_E_DENIED,
			"the collateral has evaluation data number %u, at least %u is needed",
			claims->intel.evaluation_number, tolerance->least_evaluation_number);
	if (claims->tcb_date < tolerance->least_tcb_date)
		return cc_fail(err, CC_E_DENIED,
			       "the TCB level of the platform is older than the policy accepts");
	return 0;
}
