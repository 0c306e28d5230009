/* SPDX-License-Identifier: Apache-2.0 */
#include "policy/machine.h"

#include "base/str.h"
#include "codec/text.h"
#include "policy/schema-internal.h"

static struct cc_span qe_of(const struct cc_claims *claims)
{
	return CC_SPAN(claims->intel.qe_id);
}

static struct cc_span number_of(const struct cc_claims *claims)
{
	return cc_span(claims->machine, claims->machine_len);
}

static struct cc_span chip_of(const struct cc_claims *claims)
{
	bool is_certified = claims->snp.signer == CC_SNP_VCEK && !claims->snp.masks_chip;

	return is_certified ? number_of(claims) : cc_span(NULL, 0);
}

#define ON(platform) (1U << CC_PLATFORM_##platform)

static const struct number {
	const char *prefix;
	size_t digits;
	uint32_t platforms;
	struct cc_span (*of)(const struct cc_claims *claims); /* empty: it has none */
} numbers[] = {
	{ "INTEL_QE_ID:", 32, ON(SGX) | ON(TDX), qe_of },
	{ "INTEL_PLATFORM_INSTANCE_ID:", 32, ON(SGX) | ON(TDX), number_of },
	{ "AMD_CHIP_ID:", 128, ON(SNP), chip_of },
	{ "ARM_CCA_INSTANCE_ID:", 66, ON(CCA), number_of },
};

int cc_check_machine(char *text, struct cc_err *err)
{
	for (size_t i = 0; i < CC_COUNT(numbers); i++)
		if (cc_str_starts(text, numbers[i].prefix))
			return cc_check_hex(text + strlen(numbers[i].prefix), numbers[i].digits,
					    err);
	return cc_check_hex32(text, err);
}

static bool is_listed(const struct cc_texts *list, const char *text)
{
	for (size_t i = 0; i < list->count; i++)
		if (cc_str_eq(list->at[i], text))
			return true;
	return false;
}

/*
 * Entries of 64 digits are keys of SCONE's own quoting enclave, which SCONE 7.0 removed and
 * which signs nothing that is read here: they name no machine.
 */
int cc_decide_machine(const struct cc_service *service, const struct cc_claims *claims,
		      struct cc_err *err)
{
	CC_AUTO_BUF struct cc_buf known = { 0 };
	const char *text = "";

	if (service->platforms.count == 0)
		return 0;
	for (size_t i = 0; i < CC_COUNT(numbers); i++) {
		struct cc_span value = numbers[i].of(claims);
		CC_AUTO_BUF struct cc_buf name = { 0 };

		if ((1U << claims->platform & numbers[i].platforms) == 0 || value.len == 0)
			continue;
		CC_TRY(cc_buf_add_str(&name, numbers[i].prefix, err));
		CC_TRY(cc_hex_add(&name, value, err));
		CC_TRY(cc_buf_str(&name, &text, err));
		if (is_listed(&service->platforms, text))
			return 0;
		CC_TRY(cc_buf_addf(&known, err, " '%s'", text));
	}
	CC_TRY(cc_buf_str(&known, &text, err));
	cc_err_set(err, CC_E_DENIED, "the %s machine%s is none of the 'platforms' of service '%s'",
		   cc_platform_name(claims->platform),
		   text[0] == '\0' ? ", which has no certified number," : text, service->name);
	return cc_hint(err, "start it on one that the policy names, or its owner adds this one");
}
