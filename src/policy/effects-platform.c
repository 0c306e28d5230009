/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What evidence a policy accepts, where it is a matter of more or less: whoever accepts
 * less than before forbids, whoever accepts anything more permits.
 */
#include "base/str.h"
#include "evidence/claims.h"
#include "policy/effects-internal.h"

static const struct cc_node *attestation_of(const struct cc_node *policy)
{
	return cc_node_get(cc_node_get(policy, "security"), "attestation");
}

static int say_vmpl(struct cc_making *making, const struct cc_node *old, const struct cc_node *new,
		    struct cc_err *err)
{
	uint64_t was = cc_node_number(old, "maximum_vmpl", 0),
		 is = cc_node_number(new, "maximum_vmpl", 0);
	const char *now = NULL, *before = NULL;

	if (was == is)
		return 0;
	CC_TRY(cc_phrase(making, &now, err, "%llu", (unsigned long long)is));
	CC_TRY(cc_phrase(making, &before, err, ", before %llu", (unsigned long long)was));
	return CC_SAY(making, is > was ? CC_TEXT_VMPL_MORE : CC_TEXT_VMPL_LESS, err, { "new", now },
		      { "before", before });
}

/* Members of a minimum; all are numbers but the date, whose text sorts as its time does. */
static const char *const numbers[] = { "evaluation_number", "bootloader", "tee", "snp",
				       "microcode",         "fmc" };

/* Whether minima of one platform, NULL: it is refused, let in what they did not. */
static bool accepts_more(const struct cc_node *old, const struct cc_node *new)
{
	if (old == NULL || new == NULL)
		return new != NULL;
	if (strcmp(cc_node_text(new, "date", ""), cc_node_text(old, "date", "")) < 0)
		return true;
	for (size_t i = 0; i < CC_COUNT(numbers); i++)
		if (cc_node_number(new, numbers[i], 0) < cc_node_number(old, numbers[i], 0))
			return true;
	return false;
}

static bool is_lower(const struct cc_node *old, const struct cc_node *new)
{
	const struct cc_node *was = cc_node_list(old, "snp"), *is = cc_node_list(new, "snp");

	if (accepts_more(cc_node_get(old, "intel"), cc_node_get(new, "intel")))
		return true;
	for (unsigned int i = CC_SNP_UNKNOWN + 1; i < CC_SNP_PRODUCT_COUNT; i++) {
		const char *product = cc_snp_product_name((enum cc_snp_product)i);

		if (accepts_more(cc_node_find(was, "product", product),
				 cc_node_find(is, "product", product)))
			return true;
	}
	return false;
}

static int say_tcb(struct cc_making *making, const struct cc_node *old, const struct cc_node *new,
		   struct cc_err *err)
{
	const struct cc_node *was = cc_node_get(old, "minimum_tcb"),
			     *is = cc_node_get(new, "minimum_tcb");
	enum cc_text text = CC_TEXT_TCB_HIGHER;
	const char *now = NULL, *before = NULL;

	if (cc_node_eq(was, is))
		return 0;
	if (is == NULL)
		text = CC_TEXT_TCB_ANY;
	else if (was != NULL && is_lower(was, is))
		text = CC_TEXT_TCB_LOWER;
	CC_TRY(cc_quoted_node(making, is, &now, err));
	CC_TRY(cc_before(making, was, &before, err));
	return CC_SAY(making, text, err, { "new", now }, { "before", before });
}

static int say(struct cc_making *making, struct cc_err *err)
{
	const struct cc_node *old = attestation_of(making->old), *new = attestation_of(making->new);

	CC_TRY(say_tcb(making, old, new, err));
	return say_vmpl(making, old, new, err);
}

static const char *const claims[] = {
	"security.attestation.minimum_tcb*",
	"security.attestation.maximum_vmpl",
	NULL,
};

const struct cc_comparator cc_compare_platform = { say, claims };
