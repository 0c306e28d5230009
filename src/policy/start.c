/* SPDX-License-Identifier: Apache-2.0 */
/* What one start shows, of one platform or of two, against a policy. */
#include "base/str.h"
#include "policy/decide.h"

#define SHOWN_MAX 2

/*
 * The CAS's own table says what a root is: claims come from the verifier, and a class that is not
 * the root's would be its invention.
 */
static int find_root(const struct cc_presented *presented, size_t at, const struct cc_root **out,
		     struct cc_err *err)
{
	const struct cc_claims *claims = &presented->claims[at];

	*out = cc_roots_find(presented->roots, claims->platform, &claims->root);
	if (*out != NULL && (*out)->class == claims->class)
		return 0;
	return cc_fail(err, CC_E_DENIED, "the evidence of %s ends in no root that this CAS names",
		       cc_platform_name(claims->platform));
}

static int want_second(const struct cc_policy *policy, const struct cc_root *root,
		       struct cc_err *err)
{
	cc_err_set(err, CC_E_DENIED,
		   "policy '%s' asks for 2 independent roots, and this start shows one: of %s, "
		   "under '%s'",
		   policy->name, cc_platform_name(root->platform), root->label);
	return cc_hint(err, "run it with a second --platform, whose root another party holds");
}

static int check_roots(const struct cc_policy *policy, const struct cc_presented *presented,
		       struct cc_err *err)
{
	const struct cc_root *first = NULL, *second = NULL;

	if (policy->security.attestation.independent_roots < 2)
		return 0;
	CC_TRY(find_root(presented, 0, &first, err));
	if (presented->count < 2)
		return want_second(policy, first, err);
	CC_TRY(find_root(presented, 1, &second, err));
	if (cc_roots_independent(first, second))
		return 0;
	cc_err_set(err, CC_E_DENIED,
		   "policy '%s' asks for 2 independent roots, and '%s' (%s) and '%s' "
		   "(%s) are not known to be held by different parties",
		   policy->name, first->label, cc_platform_name(first->platform), second->label,
		   cc_platform_name(second->platform));
	return cc_hint(err, "run it with another --platform, such as a TPM of another maker beside "
			    "the processor");
}

/*
 * Where both name the TPM that quoted for them (a guest whose hardware report vouches for its
 * virtual one, and that TPM itself), it must be one.
 */
static int check_pair(const struct cc_claims *a, const struct cc_program *of_a,
		      const struct cc_claims *b, const struct cc_program *of_b, struct cc_err *err)
{
	bool same_content = !of_a->has_content || !of_b->has_content ||
			    cc_digest_eq(&of_a->content, &of_b->content);
	bool same_runtime = !of_a->is_computed || !of_b->is_computed ||
			    cc_digest_eq(&of_a->runtime, &of_b->runtime);

	if (a->tpm.quoted && b->tpm.quoted && !cc_digest_eq(&a->tpm.key, &b->tpm.key))
		return cc_fail(err, CC_E_DENIED,
			       "the evidence of %s and of %s is of two different TPMs",
			       cc_platform_name(a->platform), cc_platform_name(b->platform));
	if (same_content && same_runtime)
		return 0;
	return cc_fail(err, CC_E_DENIED, "the evidence of %s and of %s is of different programs",
		       cc_platform_name(a->platform), cc_platform_name(b->platform));
}

/* Who says more: the first in which they differ decides. */
static bool says_more(const struct cc_program *a, const struct cc_program *b)
{
	if (a->is_computed != b->is_computed)
		return a->is_computed;
	if (a->has_content != b->has_content)
		return a->has_content;
	if (a->class != b->class)
		return cc_class_not_weaker(a->class, b->class);
	return a->platform < b->platform;
}

int cc_decide_start(const struct cc_policy *policy, const struct cc_service *service,
		    const struct cc_presented *presented, int64_t now, struct cc_program *out,
		    const struct cc_claims **main, struct cc_err *err)
{
	struct cc_program programs[SHOWN_MAX] = { 0 }, program = { 0 };
	size_t at = 0;

	if (presented->count == 0 || presented->count > SHOWN_MAX)
		return cc_fail(err, CC_E_BUG, "a start with %zu pieces of evidence",
			       presented->count);
	for (size_t i = 0; i < presented->count; i++)
		CC_TRY(cc_decide_service(policy, service, &presented->claims[i], now, &programs[i],
					 err));
	CC_TRY(check_roots(policy, presented, err));
	program = programs[0];
	if (presented->count == SHOWN_MAX) {
		CC_TRY(check_pair(&presented->claims[0], &programs[0], &presented->claims[1],
				  &programs[1], err));
		at = says_more(&programs[1], &programs[0]);
		program = programs[at];
		if (cc_class_not_weaker(program.class, programs[1 - at].class))
			program.class = programs[1 - at].class;
	}
	*out = program;
	*main = &presented->claims[at];
	return 0;
}
