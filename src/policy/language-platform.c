/* SPDX-License-Identifier: Apache-2.0 */
/* security.attestation: what a platform must have to be accepted. */
#include "policy/schema-internal.h"

static const struct cc_word product_words[] = {
	{ "Milan", CC_SNP_MILAN },
	{ "Genoa", CC_SNP_GENOA },
	{ "Turin", CC_SNP_TURIN },
	{ NULL, 0 },
};

static const struct cc_member intel_members[] = {
	{ ROW("date", "own", TIME, struct cc_intel_minimum, date) },
	{ ROW("evaluation_number", "own", NUMBER, struct cc_intel_minimum, evaluation_number),
	  .max = UINT32_MAX },
};

static int finish_intel(struct cc_parse *parse, void *at, struct cc_err *err)
{
	const struct cc_intel_minimum *minimum = at;

	(void)parse;
	if (minimum->date == 0 && minimum->evaluation_number == 0)
		return cc_fail(err, CC_E_ARG, "names neither 'date' nor 'evaluation_number'");
	return 0;
}

static const struct cc_shape shape_intel = {
	.noun = "minimum of Intel",
	.size = sizeof(struct cc_intel_minimum),
	TABLE(intel_members),
	.finish = finish_intel,
};

#define COMPONENT(name)                                                                    \
	{                                                                                  \
		ROW((#name), "own", NUMBER, struct cc_snp_minimum, name), .max = UINT8_MAX \
	}

static const struct cc_member snp_members[] = {
	{ ROW("product", "own", CHOICE, struct cc_snp_minimum, product), NEEDED,
	  .words = product_words },
	COMPONENT(bootloader),
	COMPONENT(tee),
	COMPONENT(snp),
	COMPONENT(microcode),
	COMPONENT(fmc),
};

static int finish_snp(struct cc_parse *parse, void *at, struct cc_err *err)
{
	const struct cc_snp_minimum *minimum = at;

	if (minimum->fmc == 0 || minimum->product == CC_SNP_TURIN)
		return 0;
	cc_parse_blame(parse, "fmc");
	return cc_fail(err, CC_E_ARG, "the product '%s' has no 'fmc'",
		       cc_snp_product_name(minimum->product));
}

static const struct cc_shape shape_snp = {
	.noun = "minimum of SEV-SNP",
	.size = sizeof(struct cc_snp_minimum),
	TABLE(snp_members),
	.finish = finish_snp,
};

static const struct cc_member minimum_members[] = {
	{ ROW("intel", "own", STRUCT, struct cc_minimum_tcb, intel), .shape = &shape_intel },
	{ ROW("snp", "own", LIST, struct cc_minimum_tcb, snp), .shape = &shape_snp },
};

static int finish_minimum(struct cc_parse *parse, void *at, struct cc_err *err)
{
	const struct cc_minimum_tcb *minimum = at;
	bool is_there[CC_SNP_PRODUCT_COUNT] = { 0 };

	if (minimum->intel == NULL && minimum->snp.count == 0)
		return cc_fail(err, CC_E_ARG, "names neither 'intel' nor 'snp'");
	for (size_t i = 0; i < minimum->snp.count; i++) {
		enum cc_snp_product product = minimum->snp.at[i].product;

		if (is_there[product]) {
			cc_parse_blame(parse, "snp");
			return cc_fail(err, CC_E_ARG, "two minima for the product '%s'",
				       cc_snp_product_name(product));
		}
		is_there[product] = true;
	}
	return 0;
}

const struct cc_shape cc_shape_minimum_tcb = {
	.noun = "minimum TCB",
	.size = sizeof(struct cc_minimum_tcb),
	TABLE(minimum_members),
	.finish = finish_minimum,
};

/* Weaknesses of a platform: what nobody but hardware can be is no matter of a while. */
static const struct cc_word excepted_words[] = {
	{ "hyperthreading", CC_TOLERATE_HYPERTHREADING },
	{ "insecure-igpu", CC_TOLERATE_INSECURE_IGPU },
	{ "software-hardening-needed", CC_TOLERATE_SOFTWARE_HARDENING },
	{ "aepic-leak", CC_TOLERATE_AEPIC_LEAK },
	{ "insecure-configuration", CC_TOLERATE_INSECURE_CONFIGURATION },
	{ "outdated-tcb", CC_TOLERATE_OUTDATED_TCB },
	{ "migration", CC_TOLERATE_MIGRATION },
	{ "ve-on-private-memory", CC_TOLERATE_VE },
	{ "milan", CC_TOLERATE_MILAN },
	{ NULL, 0 },
};
static const struct cc_member exception_members[] = {
	{ ROW("tolerate", "own", BITS, struct cc_exception, tolerate), .flags = CC_MEMBER_ONE,
	  .words = excepted_words },
	{ ROW("ignore_advisories", "own", TEXTS, struct cc_exception, ignore_advisories),
	  .flags = CC_MEMBER_ONE, .check = cc_check_advisory },
	{ ROW("until", "own", TIME, struct cc_exception, until), NEEDED },
};

static int finish_exception(struct cc_parse *parse, void *at, struct cc_err *err)
{
	const struct cc_exception *exception = at;

	if (exception->tolerate == 0 && exception->ignore_advisories.count == 0)
		return cc_fail(err, CC_E_ARG, "names neither 'tolerate' nor 'ignore_advisories'");
	if (exception->until > 0)
		return 0;
	cc_parse_blame(parse, "until");
	return cc_fail(err, CC_E_ARG, "an exception that ended before there were any");
}

const struct cc_shape cc_shape_exception = {
	.noun = "exception",
	.size = sizeof(struct cc_exception),
	TABLE(exception_members),
	.finish = finish_exception,
};
