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

static bool names(const struct cc_node *exception, const char *key, const struct cc_node *item)
{
	return cc_node_has(cc_node_list(exception, key), item);
}

/* When the last exception for this ends, "" when there is none: later texts are later times. */
static const char *end_of(const struct cc_node *exceptions, const char *key,
			  const struct cc_node *item)
{
	const char *end = "";

	for (size_t i = 0; i < cc_node_count(exceptions); i++) {
		const char *until = cc_node_text(&exceptions->at[i], "until", "");

		if (names(&exceptions->at[i], key, item) && strcmp(until, end) > 0)
			end = until;
	}
	return end;
}

static int say_exception(struct cc_making *making, enum cc_text text, const struct cc_node *item,
			 const char *until, struct cc_err *err)
{
	const char *means = cc_row_word(item->text == NULL ? "" : item->text), *after = "",
		   *quoted = NULL;

	if (means == NULL) {
		CC_TRY(cc_quoted_node(making, item, &quoted, err));
		CC_TRY(cc_phrase(making, &means, err, "the weakness %s", quoted));
	}
	if (until[0] != '\0') {
		CC_TRY(cc_quoted(making, until, &quoted, err));
		CC_TRY(cc_phrase(making, &after, err, " after %s", quoted));
	}
	return CC_SAY(making, text, err, { "item", means }, { "until", until }, { "after", after });
}

/* Exceptions of `list` that end later than those of `other` for the same thing. */
static int say_later(struct cc_making *making, enum cc_text text, const struct cc_node *list,
		     const struct cc_node *other, const char *key, struct cc_err *err)
{
	for (size_t i = 0; i < cc_node_count(list); i++) {
		const struct cc_node *exception = &list->at[i],
				     *items = cc_node_list(exception, key);

		for (size_t j = 0; j < cc_node_count(items); j++) {
			const char *end = end_of(list, key, &items->at[j]),
				   *others = end_of(other, key, &items->at[j]);

			/* Several for one thing: the last one to end says it. */
			if (!cc_str_eq(end, cc_node_text(exception, "until", "")) ||
			    strcmp(end, others) <= 0)
				continue;
			CC_TRY(say_exception(making, text, &items->at[j],
					     text == CC_TEXT_EXCEPTION_GAINED ? end : others, err));
		}
	}
	return 0;
}

static int say_exceptions(struct cc_making *making, const struct cc_node *was,
			  const struct cc_node *is, struct cc_err *err)
{
	static const char *const keys[] = { "tolerate", "ignore_advisories" };
	const struct cc_node *old = cc_node_list(was, "exceptions"),
			     *new = cc_node_list(is, "exceptions");

	for (size_t i = 0; i < CC_COUNT(keys); i++) {
		CC_TRY(say_later(making, CC_TEXT_EXCEPTION_GAINED, new, old, keys[i], err));
		CC_TRY(say_later(making, CC_TEXT_EXCEPTION_LOST, old, new, keys[i], err));
	}
	return 0;
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

/* Elements of `list` that `other` lacks. */
static int say_machines(struct cc_making *making, enum cc_text text, const char *service,
			const struct cc_node *list, const struct cc_node *other, struct cc_err *err)
{
	for (size_t i = 0; i < cc_node_count(list); i++) {
		const char *item = NULL;

		if (cc_node_has(other, &list->at[i]))
			continue;
		CC_TRY(cc_quoted_node(making, &list->at[i], &item, err));
		CC_TRY(CC_SAY(making, text, err, { "service", service }, { "item", item }));
	}
	return 0;
}

/* No list is any machine, so that the first machine forbids and the last one to go permits. */
static int compare_machines(struct cc_making *making, const struct cc_node *was,
			    const struct cc_node *service, struct cc_err *err)
{
	const char *name = cc_node_text(service, "name", ""), *text = NULL;
	const struct cc_node *old = cc_node_list(was, "platforms"),
			     *new = cc_node_list(service, "platforms");
	bool was_any = cc_node_count(old) == 0, is_any = cc_node_count(new) == 0;

	if (was_any && is_any)
		return 0;
	if (was_any || is_any) {
		CC_TRY(cc_quoted_node(making, was_any ? new : old, &text, err));
		return CC_SAY(making, was_any ? CC_TEXT_MACHINES : CC_TEXT_MACHINES_ANY, err,
			      { "service", name }, { was_any ? "new" : "old", text });
	}
	CC_TRY(say_machines(making, CC_TEXT_MACHINE_GAINED, name, new, old, err));
	return say_machines(making, CC_TEXT_MACHINE_LOST, name, old, new, err);
}

static int say(struct cc_making *making, struct cc_err *err)
{
	const struct cc_node *old = attestation_of(making->old), *new = attestation_of(making->new);

	CC_TRY(cc_compare_kept(making, "services", compare_machines, err));
	making->origin.from = NULL;
	CC_TRY(say_exceptions(making, old, new, err));
	CC_TRY(say_tcb(making, old, new, err));
	return say_vmpl(making, old, new, err);
}

static const char *const claims[] = {
	"services[].platforms[]",
	"security.attestation.exceptions[].tolerate[]",
	"security.attestation.exceptions[].ignore_advisories[]",
	"security.attestation.exceptions[].until",
	"security.attestation.minimum_tcb*",
	"security.attestation.maximum_vmpl",
	NULL,
};

const struct cc_comparator cc_compare_platform = { say, claims };
