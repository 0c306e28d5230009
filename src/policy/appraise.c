/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Claims against a policy: the questions 3 and 4 of claims.h.
 *
 * A measurement that the policy gives by its parts says what the program is; one
 * that is given as a number says only that its owner chose it. The former is
 * looked for first, so that a policy with both forms is taken at its best.
 */
#include "base/str.h"
#include "base/time.h"
#include "codec/text.h"
#include "evidence/snp.h"
#include "measure/measure.h"
#include "policy/decide.h"
#include "policy/machine.h"
#include "policy/registers.h"

int cc_decide_usable(const struct cc_policy *policy, const struct cc_service *service,
		     struct cc_err *err)
{
	for (size_t i = 0; i < policy->findings.count; i++) {
		const struct cc_finding *finding = &policy->findings.at[i];

		if (finding->level != CC_FINDING_UNUSABLE ||
		    (finding->service != NULL && !cc_str_eq(finding->service, service->name)))
			continue;
		cc_err_set(err, CC_E_UNSUPPORTED, "line %u: %s", finding->place.line,
			   finding->text);
		if (finding->place.line == 0) /* it came with a fragment */
			cc_err_set(err, CC_E_UNSUPPORTED, "%s", finding->text);
		if (finding->hint != NULL)
			cc_err_hint(err, "%s", finding->hint);
		return cc_wrap(err, "start service '%s' of policy '%s'", service->name,
			       policy->name);
	}
	return 0;
}

/* What a word of `tolerate` admits of the vendor's words, and of advisories by name. */
struct toleration {
	uint32_t all; /* these bits of cc_tolerate together … */
	uint32_t tcb; /* … admit these statuses */
	const char *advisory;
};

static const struct toleration tolerations[] = {
	{ CC_TOLERATE_SOFTWARE_HARDENING, 1U << CC_TCB_SW_HARDENING_NEEDED, NULL },
	{ CC_TOLERATE_INSECURE_CONFIGURATION, 1U << CC_TCB_CONFIGURATION_NEEDED, NULL },
	{ CC_TOLERATE_HYPERTHREADING, 1U << CC_TCB_CONFIGURATION_NEEDED, NULL },
	{ CC_TOLERATE_INSECURE_CONFIGURATION | CC_TOLERATE_SOFTWARE_HARDENING,
	  1U << CC_TCB_CONFIGURATION_AND_SW_HARDENING_NEEDED, NULL },
	{ CC_TOLERATE_HYPERTHREADING | CC_TOLERATE_SOFTWARE_HARDENING,
	  1U << CC_TCB_CONFIGURATION_AND_SW_HARDENING_NEEDED, NULL },
	{ CC_TOLERATE_OUTDATED_TCB, 1U << CC_TCB_OUT_OF_DATE, NULL },
	{ CC_TOLERATE_OUTDATED_TCB | CC_TOLERATE_INSECURE_CONFIGURATION,
	  1U << CC_TCB_OUT_OF_DATE_CONFIGURATION_NEEDED, NULL },
	{ CC_TOLERATE_INSECURE_IGPU, 0, "INTEL-SA-00219" },
	{ CC_TOLERATE_AEPIC_LEAK, 0, "INTEL-SA-00657" },
};

static void least_components(const struct cc_snp_minimum *minimum, struct cc_tolerance *out)
{
	const uint64_t least[CC_SNP_COMPONENT_COUNT] = {
		[CC_SNP_BOOTLOADER] = minimum->bootloader,
		[CC_SNP_TEE] = minimum->tee,
		[CC_SNP_FIRMWARE] = minimum->snp,
		[CC_SNP_MICROCODE] = minimum->microcode,
		[CC_SNP_FMC] = minimum->fmc,
	};

	for (unsigned int i = 0; i < CC_SNP_COMPONENT_COUNT; i++) {
		int at = cc_snp_component_at(minimum->product, (enum cc_snp_component)i);

		if (at >= 0)
			out->least_snp_tcb[at] = (uint8_t)least[i];
	}
}

/* A minimum that says nothing of a platform is none for it: then the platform is refused. */
static int least_tcb(const struct cc_minimum_tcb *minimum, const struct cc_claims *claims,
		     struct cc_tolerance *out, struct cc_err *err)
{
	bool is_intel = claims->platform == CC_PLATFORM_SGX || claims->platform == CC_PLATFORM_TDX;
	bool is_snp = claims->platform == CC_PLATFORM_SNP;

	if (minimum == NULL)
		return 0;
	if (is_intel && minimum->intel != NULL) {
		out->least_tcb_date = minimum->intel->date;
		out->least_evaluation_number = (uint32_t)minimum->intel->evaluation_number;
		return 0;
	}
	for (size_t i = 0; is_snp && i < minimum->snp.count; i++) {
		if (minimum->snp.at[i].product != claims->snp.product)
			continue;
		least_components(&minimum->snp.at[i], out);
		return 0;
	}
	cc_err_set(err, CC_E_DENIED, "'minimum_tcb' of the policy says nothing of %s%s%s",
		   cc_platform_name(claims->platform), is_snp ? " on " : "",
		   is_snp ? cc_snp_product_name(claims->snp.product) : "");
	return cc_hint(err, "start it on a platform that the policy names, or its owner adds this "
			    "one");
}

static int ignore_advisories(const struct cc_texts *list, struct cc_tolerance *out,
			     struct cc_err *err)
{
	for (size_t i = 0; i < list->count; i++) {
		if (cc_str_eq(list->at[i], "*"))
			out->any_advisory = true;
		else
			CC_TRY(cc_advisories_add(&out->advisories, list->at[i], err));
	}
	return 0;
}

static int tolerate(uint32_t words, struct cc_tolerance *out, struct cc_err *err)
{
	out->debug = (words & CC_TOLERATE_DEBUG) != 0;
	out->migratable = (words & CC_TOLERATE_MIGRATION) != 0;
	out->sept_ve = (words & CC_TOLERATE_VE) != 0;
	out->milan = (words & CC_TOLERATE_MILAN) != 0;
	for (size_t i = 0; i < CC_COUNT(tolerations); i++) {
		const struct toleration *row = &tolerations[i];

		if ((words & row->all) != row->all)
			continue;
		out->tcb |= row->tcb;
		if (row->advisory != NULL)
			CC_TRY(cc_advisories_add(&out->advisories, row->advisory, err));
	}
	return 0;
}

static int tolerance_of(const struct cc_attestation *attestation, const struct cc_claims *claims,
			int64_t now, struct cc_tolerance *out, struct cc_err *err)
{
	uint32_t words = attestation->tolerate;

	CC_TRY(least_tcb(attestation->minimum_tcb, claims, out, err));
	out->greatest_vmpl = (uint32_t)attestation->maximum_vmpl;
	CC_TRY(ignore_advisories(&attestation->ignore_advisories, out, err));
	for (size_t i = 0; i < attestation->exceptions.count; i++) {
		const struct cc_exception *exception = &attestation->exceptions.at[i];

		if (now >= exception->until)
			continue;
		words |= exception->tolerate;
		CC_TRY(ignore_advisories(&exception->ignore_advisories, out, err));
	}
	return tolerate(words, out, err);
}

/* A refusal that an exception averted until lately is told with it. */
static int refuse_platform(const struct cc_attestation *attestation, int64_t now,
			   struct cc_err *err)
{
	int64_t ended = 0;
	char text[CC_TIME_TEXT];

	for (size_t i = 0; i < attestation->exceptions.count; i++) {
		int64_t until = attestation->exceptions.at[i].until;

		if (now >= until && until > ended)
			ended = until;
	}
	if (ended == 0)
		return -1;
	cc_time_print(ended, text);
	return cc_hint(err, "an exception of the policy ended at %s", text);
}

int cc_decide_platform(const struct cc_policy *policy, const struct cc_claims *claims, int64_t now,
		       struct cc_err *err)
{
	const struct cc_attestation *attestation = &policy->security.attestation;
	struct cc_tolerance tolerance = { 0 };

	CC_TRY(tolerance_of(attestation, claims, now, &tolerance, err));
	if (cc_claims_platform(claims, &tolerance, err) != 0)
		return refuse_platform(attestation, now, err);
	return 0;
}

/* The one place that says which class needs which word: also of a giver (share.c). */
int cc_decide_class(const struct cc_policy *policy, enum cc_class class, struct cc_err *err)
{
	uint32_t tolerate = policy->security.attestation.tolerate;
	const char *word = NULL;

	if (class == CC_CLASS_SIMULATED && (tolerate & CC_TOLERATE_SIMULATION) == 0)
		word = "simulation";
	else if (class == CC_CLASS_MEASURED_ONLY && (tolerate & CC_TOLERATE_MEASURED_ONLY) == 0)
		word = "measured-only";
	else if (class != CC_CLASS_SIMULATED && class != CC_CLASS_MEASURED_ONLY &&
		 class != CC_CLASS_CONFIDENTIAL)
		return cc_fail(err, CC_E_DENIED, "the evidence is of no class");
	if (word == NULL)
		return 0;
	cc_err_set(err, CC_E_DENIED, "policy '%s' does not tolerate the class %s", policy->name,
		   cc_class_text(class));
	return cc_hint(err, "run on hardware that attests, or its owner adds tolerate: [%s]", word);
}

static bool in_list(const struct cc_texts *list, const char *text)
{
	for (size_t i = 0; i < list->count; i++)
		if (cc_str_eq(list->at[i], text))
			return true;
	return false;
}

static bool signer_matches(const struct cc_signer *signer, const struct cc_claims *claims)
{
	char hex[CC_HEX_DIGEST];

	cc_hex_digest(&claims->sgx.signer, hex);
	if (!cc_str_eq(signer->mrsigner, hex) || claims->sgx.product != signer->isvprodid)
		return false;
	if (signer->isvsvn != CC_SVN_ANY)
		return claims->sgx.svn == signer->isvsvn;
	return claims->sgx.svn >= signer->isvsvn_min && claims->sgx.svn <= signer->isvsvn_max;
}

/* MRENCLAVE and signer exist on SGX alone: elsewhere the same number would mean another thing. */
static bool sgx_matches(const struct cc_service *service, const struct cc_claims *claims,
			const char *hex)
{
	if (claims->platform != CC_PLATFORM_SGX)
		return false;
	if (in_list(&service->mrenclaves, hex))
		return true;
	for (size_t i = 0; i < service->attestation.count; i++) {
		const struct cc_variant *variant = &service->attestation.at[i];
		bool is_enclave =
			variant->mrenclave.count == 0 || in_list(&variant->mrenclave, hex);

		if (is_enclave &&
		    (variant->signer == NULL || signer_matches(variant->signer, claims)))
			return true;
	}
	return false;
}

static int entry_value(const struct cc_measurement_entry *entry, struct cc_buf *out,
		       struct cc_err *err)
{
	struct cc_measured record = { .runtime = entry->runtime.digest,
				      .content = entry->content.digest,
				      .options = entry->options.digest };
	struct cc_measurement measurement = { 0 };

	if (!entry->options.is_set)
		CC_TRY(cc_measure_options(NULL, &record.options, err));
	CC_TRY(cc_measure(entry->platform, &record, &measurement, err));
	return cc_hex_add(out, cc_span(measurement.b, measurement.len), err);
}

/* The measurement of an entry; one that is of registers alone leaves it open. */
static int is_measured(const struct cc_measurement_entry *entry, const char *hex, bool *out,
		       struct cc_err *err)
{
	CC_AUTO_BUF struct cc_buf value = { 0 };

	*out = entry->value == NULL || cc_str_eq(entry->value, hex);
	if (!cc_measurement_is_computed(entry))
		return 0;
	CC_TRY(entry_value(entry, &value, err));
	*out = cc_span_eq_str(cc_buf_span(&value), hex);
	return 0;
}

/* An entry of `measurements`: `*matches`; `*failing` is the register that it fails by. */
static int entry_matches(const struct cc_measurement_entry *entry, const struct cc_claims *claims,
			 const char *hex, bool *matches, const char **failing, struct cc_err *err)
{
	*matches = false;
	if (cc_platform_named(entry->platform) != claims->platform)
		return 0;
	CC_TRY(is_measured(entry, hex, matches, err));
	if (*matches)
		*matches = cc_registers_match(entry, claims, failing);
	return 0;
}

static int refuse_program(const struct cc_service *service, const struct cc_claims *claims,
			  const char *hex, const char *failing, struct cc_err *err)
{
	if (failing != NULL) {
		cc_err_set(err, CC_E_DENIED,
			   "the %s measurement %s is none that service '%s' accepts: '%s' is not "
			   "as its line has it",
			   cc_platform_name(claims->platform), hex, service->name, failing);
		return cc_hint(err, "'concordat evidence verify' prints registers and events");
	}
	cc_err_set(err, CC_E_DENIED, "the %s measurement %s is none that service '%s' accepts",
		   cc_platform_name(claims->platform), hex, service->name);
	return cc_hint(err,
		       "'concordat image measure' shows what an image will measure; the policy "
		       "names it in 'measurements'");
}

static int match(const struct cc_service *service, const struct cc_claims *claims, const char *hex,
		 struct cc_program *out, struct cc_err *err)
{
	bool is_bare = sgx_matches(service, claims, hex);
	const char *failing = NULL;

	for (size_t i = 0; i < service->measurements.count; i++) {
		const struct cc_measurement_entry *entry = &service->measurements.at[i];
		bool matches = false;

		CC_TRY(entry_matches(entry, claims, hex, &matches, &failing, err));
		if (matches && cc_measurement_is_computed(entry)) {
			out->is_authenticated = out->is_computed = out->has_content = true;
			out->runtime = entry->runtime.digest;
			out->content = entry->content.digest;
			return 0;
		}
		is_bare = is_bare || matches;
		if (matches && entry->content.is_set && !out->has_content) {
			out->has_content = true;
			out->content = entry->content.digest;
		}
	}
	out->is_authenticated = is_bare;
	return is_bare ? 0 : refuse_program(service, claims, hex, failing, err);
}

int cc_decide_service(const struct cc_policy *policy, const struct cc_service *service,
		      const struct cc_claims *claims, int64_t now, struct cc_program *out,
		      struct cc_err *err)
{
	const struct cc_attestation *attestation = &policy->security.attestation;
	struct cc_program program = { .class = claims->class, .platform = claims->platform };
	CC_AUTO_BUF struct cc_buf text = { 0 };
	const char *hex = NULL;

	CC_TRY(cc_decide_usable(policy, service, err));
	CC_TRY(cc_decide_class(policy, claims->class, err));
	if (attestation->mode != CC_MODE_NONE) {
		if (claims->measurement_len == 0 || claims->measurement_len > CC_MEASUREMENT_MAX)
			return cc_fail(err, CC_E_DENIED, "the claims have no measurement");
		CC_TRY(cc_decide_platform(policy, claims, now, err));
		CC_TRY(cc_decide_machine(service, claims, err));
		CC_TRY(cc_hex_add(&text, cc_span(claims->measurement, claims->measurement_len),
				  err));
		CC_TRY(cc_buf_str(&text, &hex, err));
		CC_TRY(match(service, claims, hex, &program, err));
	}
	*out = program;
	return 0;
}
