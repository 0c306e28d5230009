/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What evidence a policy accepts, where it is a matter of more or less: whoever accepts
 * less than before forbids, whoever accepts anything more permits.
 */
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

static int say(struct cc_making *making, struct cc_err *err)
{
	const struct cc_node *old = attestation_of(making->old), *new = attestation_of(making->new);

	return say_vmpl(making, old, new, err);
}

static const char *const claims[] = {
	"security.attestation.maximum_vmpl",
	NULL,
};

const struct cc_comparator cc_compare_platform = { say, claims };
