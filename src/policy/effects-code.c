/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Which programs are accepted as a service, who chooses them, and what they then see.
 *
 * A policy accepts a program when one line does: an enclave, the enclaves of a signer,
 * both together, a bare measurement, or parts from which it is computed. What a line
 * says newly is permitted unless an older line says as much.
 */
#include "base/str.h"
#include "policy/effects-internal.h"

#define SVN_MAX 65535

/* One way to be accepted. */
struct accepted {
	const char *enclave;          /* NULL: any that the signer signs */
	const struct cc_node *signer; /* NULL: whoever signed it */
	const struct cc_node *entry;  /* of `measurements`: the two above are NULL */
};

/* Sorted by enclave: first those that name none. */
struct accepted_list {
	struct accepted *at;
	size_t count;
};

static int by_enclave(const void *left, const void *right)
{
	const struct accepted *a = left, *b = right;

	if (a->enclave == NULL || b->enclave == NULL)
		return (a->enclave != NULL) - (b->enclave != NULL);
	return strcmp(a->enclave, b->enclave);
}

static size_t most(const struct cc_node *service)
{
	const struct cc_node *variants = cc_node_list(service, "attestation");
	size_t count = cc_node_count(cc_node_list(service, "mrenclaves")) +
		       cc_node_count(cc_node_list(service, "measurements"));

	for (size_t i = 0; i < cc_node_count(variants); i++)
		count += 1 + cc_node_count(cc_node_list(&variants->at[i], "mrenclave"));
	return count;
}

/* Texts of `enclaves`; nothing when there are none. */
static void add_enclaves(struct accepted_list *out, const struct cc_node *enclaves,
			 const struct cc_node *signer)
{
	for (size_t i = 0; i < cc_node_count(enclaves); i++)
		if (enclaves->at[i].text != NULL)
			out->at[out->count++] =
				(struct accepted){ enclaves->at[i].text, signer, NULL };
}

static int load(struct cc_making *making, const struct cc_node *service, struct accepted_list *out,
		struct cc_err *err)
{
	const struct cc_node *variants = cc_node_list(service, "attestation"),
			     *entries = cc_node_list(service, "measurements");
	void *at = NULL;

	CC_TRY(cc_arena_take(making->scratch, most(service), sizeof(*out->at), &at, err));
	*out = (struct accepted_list){ at, 0 };
	add_enclaves(out, cc_node_list(service, "mrenclaves"), NULL);
	for (size_t i = 0; i < cc_node_count(variants); i++) {
		const struct cc_node *enclaves = cc_node_list(&variants->at[i], "mrenclave");
		const struct cc_node *signer = cc_node_get(&variants->at[i], "signer");

		add_enclaves(out, enclaves, signer);
		if (cc_node_count(enclaves) == 0 && signer != NULL)
			out->at[out->count++] = (struct accepted){ NULL, signer, NULL };
	}
	for (size_t i = 0; i < cc_node_count(entries); i++)
		out->at[out->count++] = (struct accepted){ NULL, NULL, &entries->at[i] };
	if (out->count > 1)
		qsort(out->at, out->count, sizeof(*out->at), by_enclave);
	return 0;
}

/* The versions that a signer's line accepts, inclusive. */
static void versions(const struct cc_node *signer, uint64_t *least, uint64_t *most)
{
	uint64_t one = cc_node_number(signer, "isvsvn", CC_SVN_ANY);

	*least = one != CC_SVN_ANY ? one : cc_node_number(signer, "isvsvn_min", 0);
	*most = one != CC_SVN_ANY ? one : cc_node_number(signer, "isvsvn_max", SVN_MAX);
}

static bool signer_covers(const struct cc_node *wide, const struct cc_node *narrow)
{
	uint64_t wide_least = 0, wide_most = 0, least = 0, most = 0;

	if (wide == NULL || narrow == NULL)
		return wide == NULL;
	if (wide->kind != CC_NODE_MAP || narrow->kind != CC_NODE_MAP ||
	    !cc_node_eq(cc_node_get(wide, "mrsigner"), cc_node_get(narrow, "mrsigner")) ||
	    !cc_node_eq(cc_node_get(wide, "isvprodid"), cc_node_get(narrow, "isvprodid")))
		return cc_node_eq(wide, narrow);
	versions(wide, &wide_least, &wide_most);
	versions(narrow, &least, &most);
	return wide_least <= least && most <= wide_most;
}

/* Whether every element of `list` is in `other`. */
static bool is_within(const struct cc_node *list, const struct cc_node *other)
{
	for (size_t i = 0; i < cc_node_count(list); i++)
		if (!cc_node_has(other, &list->at[i]))
			return false;
	return true;
}

/* Every register that `wide` names is named in `narrow`, with no value more. */
static bool registers_cover(const struct cc_node *wide, const struct cc_node *narrow)
{
	if (wide != NULL && wide->kind != CC_NODE_MAP)
		return cc_node_eq(wide, narrow);
	for (size_t i = 0; i < cc_node_count(wide); i++) {
		const struct cc_node *values = cc_node_get(narrow, wide->at[i].name);

		if (values == NULL || !is_within(values, &wide->at[i]))
			return false;
	}
	return true;
}

static bool has_closed(const struct cc_node *events)
{
	for (size_t i = 0; i < cc_node_count(events); i++)
		if (cc_str_eq(cc_node_text(&events->at[i], "rule", ""), "only"))
			return true;
	return false;
}

/* A line more asks for more, but where a register is closed: there it is one event more. */
static bool events_cover(const struct cc_node *wide, const struct cc_node *narrow)
{
	if (wide == NULL || cc_node_eq(wide, narrow))
		return true;
	return wide->kind == CC_NODE_LIST && !has_closed(wide) && is_within(wide, narrow);
}

/* Members in which two lines are the same or have nothing to do with each other. */
static bool entry_covers(const struct cc_node *wide, const struct cc_node *narrow)
{
	static const char *const same[] = { "platform", "value", "runtime", "content", "options" };

	if (wide->kind != CC_NODE_MAP || narrow->kind != CC_NODE_MAP)
		return cc_node_eq(wide, narrow);
	for (size_t i = 0; i < CC_COUNT(same); i++)
		if (!cc_node_eq(cc_node_get(wide, same[i]), cc_node_get(narrow, same[i])))
			return false;
	return registers_cover(cc_node_get(wide, "registers"), cc_node_get(narrow, "registers")) &&
	       events_cover(cc_node_get(wide, "events"), cc_node_get(narrow, "events")) &&
	       is_within(cc_node_list(wide, "log_pcrs"), cc_node_list(narrow, "log_pcrs"));
}

static bool covers(const struct accepted *wide, const struct accepted *narrow)
{
	if (wide->entry != NULL || narrow->entry != NULL)
		return wide->entry != NULL && narrow->entry != NULL &&
		       entry_covers(wide->entry, narrow->entry);
	if (wide->enclave != NULL &&
	    (narrow->enclave == NULL || !cc_str_eq(wide->enclave, narrow->enclave)))
		return false;
	return signer_covers(wide->signer, narrow->signer);
}

static bool is_same(const struct accepted *a, const struct accepted *b)
{
	return covers(a, b) && covers(b, a);
}

/* The first that names an enclave not before this one's; NULL is before all. */
static size_t find_enclave(const struct accepted_list *list, const struct accepted *one)
{
	size_t low = 0, high = list->count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (by_enclave(&list->at[middle], one) < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

typedef bool accepted_test(const struct accepted *a, const struct accepted *b);

/* Of a long list of enclaves only those are looked at that can be meant. */
static bool any_is(const struct accepted_list *list, const struct accepted *one,
		   accepted_test *test)
{
	for (size_t i = 0; i < list->count && list->at[i].enclave == NULL; i++)
		if (test(&list->at[i], one))
			return true;
	if (one->enclave == NULL)
		return false;
	for (size_t i = find_enclave(list, one);
	     i < list->count && by_enclave(&list->at[i], one) == 0; i++)
		if (test(&list->at[i], one))
			return true;
	return false;
}

static int describe_signed(struct cc_making *making, const struct accepted *one, const char **out,
			   struct cc_err *err)
{
	const char *signer = NULL, *product = NULL, *enclave = NULL;
	uint64_t least = 0, most = 0;

	if (one->signer->kind != CC_NODE_MAP) {
		CC_TRY(cc_quoted_node(making, one->signer, &signer, err));
		return cc_phrase(making, out, err, "a program that the signer in %s chooses",
				 signer);
	}
	versions(one->signer, &least, &most);
	CC_TRY(cc_quoted(making, cc_node_text(one->signer, "mrsigner", ""), &signer, err));
	CC_TRY(cc_quoted(making, cc_node_text(one->signer, "isvprodid", ""), &product, err));
	CC_TRY(cc_phrase(making, &product, err, "%s in versions from %llu to %llu", product,
			 (unsigned long long)least, (unsigned long long)most));
	if (one->enclave == NULL)
		return cc_phrase(making, out, err,
				 "any program that the holder of the signing key %s signs as "
				 "product %s",
				 signer, product);
	CC_TRY(cc_quoted(making, one->enclave, &enclave, err));
	return cc_phrase(making, out, err,
			 "the program with MRENCLAVE %s, if %s signed it as product %s", enclave,
			 signer, product);
}

/* "'a' or 'b'" */
static int describe_values(struct cc_making *making, const struct cc_node *values,
			   const char *between, const char **out, struct cc_err *err)
{
	*out = "";
	for (size_t i = 0; i < cc_node_count(values); i++) {
		const char *value = NULL;

		CC_TRY(cc_quoted_node(making, &values->at[i], &value, err));
		CC_TRY(cc_phrase(making, out, err, "%s%s%s", *out, i == 0 ? "" : between, value));
	}
	return 0;
}

/* `phrase` with what the line demands of single registers behind it. */
static int add_registers(struct cc_making *making, const struct cc_node *entry, const char **phrase,
			 struct cc_err *err)
{
	const struct cc_node *registers = cc_node_get(entry, "registers"),
			     *events = cc_node_get(entry, "events"),
			     *log = cc_node_list(entry, "log_pcrs");
	const char *values = NULL;

	for (size_t i = 0; i < cc_node_count(registers); i++) {
		const char *name = NULL;

		CC_TRY(cc_quoted(making, registers->at[i].name, &name, err));
		CC_TRY(describe_values(making, &registers->at[i], " or ", &values, err));
		CC_TRY(cc_phrase(making, phrase, err, "%s, with %s of %s", *phrase, name, values));
	}
	if (events != NULL) {
		CC_TRY(cc_quoted_node(making, events, &values, err));
		CC_TRY(cc_phrase(making, phrase, err, "%s, with the events %s", *phrase, values));
	}
	if (cc_node_count(log) == 0)
		return 0;
	CC_TRY(describe_values(making, log, " and ", &values, err));
	return cc_phrase(making, phrase, err, "%s, with an event log that leads to %s", *phrase,
			 values);
}

/* By its number, or with any: then by registers. */
static int describe_number(struct cc_making *making, const struct cc_node *entry, const char **out,
			   struct cc_err *err)
{
	const char *platform = cc_node_text(entry, "platform", ""), *content = "", *number = NULL;
	const char *value = cc_node_text(entry, "value", NULL);

	if (cc_node_get(entry, "content") != NULL) {
		CC_TRY(cc_quoted(making, cc_node_text(entry, "content", ""), &content, err));
		CC_TRY(cc_phrase(making, &content, err, " and content %s", content));
	}
	if (value == NULL)
		return cc_phrase(making, out, err, "a program with any %s measurement%s", platform,
				 content);
	CC_TRY(cc_quoted(making, value, &number, err));
	return cc_phrase(making, out, err, "the program with the %s measurement %s%s", platform,
			 number, content);
}

static int describe_entry(struct cc_making *making, const struct cc_node *entry, const char **out,
			  struct cc_err *err)
{
	const char *platform = cc_node_text(entry, "platform", ""), *options = "";
	const char *parts[3] = { NULL, NULL, NULL };

	if (cc_node_get(entry, "runtime") == NULL)
		return describe_number(making, entry, out, err);
	CC_TRY(cc_quoted(making, cc_node_text(entry, "runtime", ""), &parts[0], err));
	CC_TRY(cc_quoted(making, cc_node_text(entry, "content", ""), &parts[1], err));
	if (cc_node_get(entry, "options") != NULL) {
		CC_TRY(cc_quoted(making, cc_node_text(entry, "options", ""), &parts[2], err));
		CC_TRY(cc_phrase(making, &options, err, " and options %s", parts[2]));
	}
	return cc_phrase(making, out, err, "the %s program of runtime %s and content %s%s",
			 platform, parts[0], parts[1], options);
}

static int describe(struct cc_making *making, const struct accepted *one, const char **out,
		    struct cc_err *err)
{
	const char *enclave = NULL;

	if (one->entry != NULL) {
		CC_TRY(describe_entry(making, one->entry, out, err));
		return add_registers(making, one->entry, out, err);
	}
	if (one->signer != NULL)
		return describe_signed(making, one, out, err);
	CC_TRY(cc_quoted(making, one->enclave == NULL ? "" : one->enclave, &enclave, err));
	return cc_phrase(making, out, err, "the program with MRENCLAVE %s", enclave);
}

/* Who says what the program is: a signer, anyone who computes it, else the owner alone. */
static int describe_chooser(struct cc_making *making, const struct accepted *one, const char **who,
			    const char **chosen, struct cc_err *err)
{
	const char *owner = NULL;

	if (one->entry != NULL && cc_node_get(one->entry, "runtime") != NULL) {
		*who = CC_EFFECT_ANYONE;
		*chosen = "; anyone can compute that it is what was agreed";
		return 0;
	}
	if (one->entry == NULL && one->enclave == NULL) {
		*who = "the holder of the signing key";
	} else {
		CC_TRY(cc_quoted(making, making->policy, &owner, err));
		CC_TRY(cc_phrase(making, who, err, "the owner of policy %s", owner));
	}
	return cc_phrase(making, chosen, err, "; %s alone says what it is", *who);
}

/* A service, by its name and what its programs see. */
struct subject {
	const char *name, *sees;
};

static int say_one(struct cc_making *making, enum cc_text text, const struct subject *service,
		   const struct accepted *one, struct cc_err *err)
{
	const char *program = NULL, *who = NULL, *chosen = NULL;

	CC_TRY(describe(making, one, &program, err));
	CC_TRY(describe_chooser(making, one, &who, &chosen, err));
	return CC_SAY(making, text, err, { "service", service->name }, { "program", program },
		      { "who", who }, { "chosen", chosen }, { "sees", service->sees });
}

static int compare_service(struct cc_making *making, const struct cc_node *was,
			   const struct cc_node *service, struct cc_err *err)
{
	struct accepted_list old = { 0 }, new = { 0 };
	struct subject subject = { cc_node_text(service, "name", ""), NULL };
	bool is_less = false;

	CC_TRY(cc_sees(making, service, &subject.sees, err));
	CC_TRY(load(making, was, &old, err));
	CC_TRY(load(making, service, &new, err));
	for (size_t i = 0; i < old.count; i++) {
		if (any_is(&new, &old.at[i], covers))
			continue;
		is_less = true;
		CC_TRY(say_one(making, CC_TEXT_PROGRAM_LOST, &subject, &old.at[i], err));
	}
	for (size_t i = 0; i < new.count; i++) {
		enum cc_text text = is_less ? CC_TEXT_PROGRAM_KEPT : CC_TEXT_PROGRAM_SAME;

		if (any_is(&old, &new.at[i], is_same))
			continue;
		if (!any_is(&old, &new.at[i], covers))
			text = CC_TEXT_PROGRAM_GAINED;
		CC_TRY(say_one(making, text, &subject, &new.at[i], err));
	}
	return 0;
}

static int say(struct cc_making *making, struct cc_err *err)
{
	return cc_compare_kept(making, "services", compare_service, err);
}

static const char *const claims[] = {
	"services[].mrenclaves[]",
	"services[].attestation[].mrenclave[]",
	"services[].attestation[].signer.mrsigner",
	"services[].attestation[].signer.isvprodid",
	"services[].attestation[].signer.isvsvn",
	"services[].attestation[].signer.isvsvn_min",
	"services[].attestation[].signer.isvsvn_max",
	"services[].measurements[].platform",
	"services[].measurements[].value",
	"services[].measurements[].runtime",
	"services[].measurements[].content",
	"services[].measurements[].options",
	"services[].measurements[].registers*",
	"services[].measurements[].events*",
	"services[].measurements[].log_pcrs[]",
	NULL,
};

const struct cc_comparator cc_compare_code = { say, claims };

/* Nothing but the measurement is known of a service in `mode: none`: that anyone may be it. */
static bool is_unattested(const struct cc_node *mode)
{
	return mode != NULL && mode->text != NULL && cc_str_eq(mode->text, "none");
}

static const struct cc_node *mode_of(const struct cc_node *policy)
{
	return cc_node_get(cc_node_get(cc_node_get(policy, "security"), "attestation"), "mode");
}

static int say_mode(struct cc_making *making, struct cc_err *err)
{
	const struct cc_node *old = mode_of(making->old), *new = mode_of(making->new);
	const char *now = NULL, *before = NULL;

	if (cc_node_eq(old, new))
		return 0;
	if (is_unattested(new))
		return CC_SAY(making, CC_TEXT_MODE_NONE, err, { "who", CC_EFFECT_ANYONE });
	if (!is_unattested(old) || new != NULL) {
		CC_TRY(cc_quoted_node(making, new, &now, err));
		CC_TRY(cc_before(making, old, &before, err));
		return CC_SAY(making, CC_TEXT_MODE_CHANGED, err, { "new", now },
			      { "before", before });
	}
	CC_TRY(CC_SAY(making, CC_TEXT_MODE_HARDWARE, err, { "who", CC_EFFECT_ANYONE }));
	/* Nobody's data went to what was not attested: now it may. */
	return CC_SAY(making, CC_TEXT_MODE_GRANTS, err, { "who", CC_EFFECT_ANYONE });
}

static const char *const mode_claims[] = { "security.attestation.mode", NULL };

const struct cc_comparator cc_compare_mode = { say_mode, mode_claims };
