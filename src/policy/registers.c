/* SPDX-License-Identifier: Apache-2.0 */
#include "policy/registers.h"

#include "base/str.h"
#include "codec/text.h"
#include "policy/events.h"
#include "policy/parse-internal.h"

#define NAME_MAX_LEN 24
#define VALUES_MAX 64 /* of one register */

/* Registers alone mean nothing where what wrote them is not known. */
static struct cc_span register_of(const struct cc_claims *claims, uint16_t index)
{
	for (size_t i = 0; i < claims->registers.count; i++)
		if (claims->registers.at[i].index == index)
			return cc_span(claims->registers.at[i].value, claims->registers.at[i].len);
	return cc_span(NULL, 0);
}

/*
 * The registers of claims are PCRs when a TPM quoted them, else the hardware's: PCR 0 to 3 of a
 * SHA-384 bank are as long as RTMRs, and whoever starts the guest chooses them.
 */
static struct cc_span pcr_of(const struct cc_claims *claims, uint16_t index)
{
	return claims->tpm.quoted ? register_of(claims, index) : cc_span(NULL, 0);
}

static struct cc_span hardware_of(const struct cc_claims *claims, uint16_t index)
{
	return claims->tpm.quoted ? cc_span(NULL, 0) : register_of(claims, index);
}

/* With a register that says more of what runs below, the measurement alone names all of it. */
static struct cc_span launch_of(const struct cc_claims *claims, uint16_t index)
{
	(void)index;
	return cc_span(claims->tpm.launch, claims->tpm.launch_is_all ? claims->tpm.launch_len : 0);
}

#define ON(platform) (1U << CC_PLATFORM_##platform)
#define VALUE(word, platform, member)                                                       \
	{                                                                                   \
		(word), 0, ON(platform), { sizeof(((struct cc_claims *)0)->member) }, NULL, \
			offsetof(struct cc_claims, member)                                  \
	}

static const struct kind {
	const char *name;
	unsigned int count; /* numbers 0 to count - 1 stand behind it; 0: none does */
	uint32_t platforms;
	uint8_t lens[3];
	struct cc_span (*of)(const struct cc_claims *claims, uint16_t index); /* NULL: at `at` */
	size_t at;
} kinds[] = {
	{ "pcr", 24, ON(TPM) | ON(SNP) | ON(TDX), { 32, 48, 64 }, pcr_of, 0 },
	{ "pcr", 16, ON(NITRO), { 48 }, hardware_of, 0 },
	{ "launch", 0, ON(SNP) | ON(TDX), { 48 }, launch_of, 0 },
	{ "rtmr", 4, ON(TDX), { 48 }, hardware_of, 0 },
	VALUE("mrseam", TDX, tdx.module),
	VALUE("mrsignerseam", TDX, tdx.module_signer),
	VALUE("mrconfigid", TDX, tdx.config),
	VALUE("mrowner", TDX, tdx.owner),
	VALUE("mrownerconfig", TDX, tdx.owner_config),
	VALUE("mrservicetd", TDX, tdx.service_td),
	VALUE("host_data", SNP, snp.host_data),
	VALUE("id_key", SNP, snp.id_key),
	VALUE("author_key", SNP, snp.author_key),
	VALUE("family_id", SNP, snp.family_id),
	VALUE("image_id", SNP, snp.image_id),
	{ "rem", 4, ON(CCA), { 32, 64 }, hardware_of, 0 },
	VALUE("personalization", CCA, cca.personalization),
};

/* "pcr11" is 11 of the kind "pcr"; numbers have one form. */
static bool is_of(const char *name, const struct kind *kind, uint16_t *index)
{
	char text[NAME_MAX_LEN];

	for (unsigned int i = 0; i < kind->count; i++) {
		(void)snprintf(text, sizeof(text), "%s%u", kind->name, i);
		if (!cc_str_eq(text, name))
			continue;
		*index = (uint16_t)i;
		return true;
	}
	*index = 0;
	return kind->count == 0 && cc_str_eq(kind->name, name);
}

static const struct kind *find(const char *name, uint32_t platforms, uint16_t *index)
{
	for (size_t i = 0; i < CC_COUNT(kinds); i++)
		if ((kinds[i].platforms & platforms) != 0 && is_of(name, &kinds[i], index))
			return &kinds[i];
	return NULL;
}

static struct cc_span value_of(const struct kind *kind, const struct cc_claims *claims,
			       uint16_t index)
{
	if (kind->of != NULL)
		return kind->of(claims, index);
	return cc_span((const uint8_t *)claims + kind->at, kind->lens[0]);
}

static bool is_len(const struct kind *kind, size_t len)
{
	for (size_t i = 0; i < CC_COUNT(kind->lens) && kind->lens[i] != 0; i++)
		if (kind->lens[i] == len)
			return true;
	return false;
}

static int check_value(const struct kind *kind, const struct cc_wanted *wanted, const char *value,
		       size_t *bank, struct cc_err *err)
{
	size_t len = strlen(value) / 2;

	if (!is_len(kind, len))
		return cc_fail(err, CC_E_ARG, "a value of %zu bytes, which '%s' never has", len,
			       wanted->name);
	if (kind->of != pcr_of)
		return 0;
	if (*bank != 0 && *bank != len)
		return cc_fail(err, CC_E_ARG,
			       "PCRs of two banks, of %zu and of %zu bytes: a quote is of one",
			       *bank, len);
	*bank = len;
	return 0;
}

static int check_one(const struct cc_measurement_entry *entry, const struct cc_wanted *wanted,
		     size_t *bank, struct cc_err *err)
{
	uint16_t index = 0;
	const struct kind *kind =
		find(wanted->name, 1U << cc_platform_named(entry->platform), &index);

	if (kind == NULL)
		return cc_fail(err, CC_E_ARG, "evidence of platform '%s' has no '%s'",
			       entry->platform, wanted->name);
	for (size_t i = 0; i < wanted->values.count; i++)
		CC_TRY(check_value(kind, wanted, wanted->values.at[i], bank, err));
	return 0;
}

static bool names(const struct cc_measurement_entry *entry, const char *start)
{
	for (size_t i = 0; i < entry->registers.count; i++)
		if (cc_str_starts(entry->registers.at[i].name, start))
			return true;
	return false;
}

static bool is_closed(const struct cc_measurement_entry *entry)
{
	for (size_t i = 0; i < entry->events.count; i++)
		if (entry->events.at[i].rule == CC_BOOT_ONLY)
			return true;
	return false;
}

/*
 * Without a measurement: PCRs are written by hardware or firmware that nobody swaps, on a TPM and
 * on Nitro. A virtual TPM is as good as what runs it, which `launch` names. Whatever else extends
 * a register is itself the measurement.
 */
static int check_identity(const struct cc_measurement_entry *entry, struct cc_err *err)
{
	enum cc_platform_kind platform = cc_platform_named(entry->platform);

	if (entry->value != NULL || cc_measurement_is_computed(entry))
		return 0;
	if (platform == CC_PLATFORM_TPM && is_closed(entry))
		return 0;
	if (names(entry, "pcr") && (platform == CC_PLATFORM_TPM || platform == CC_PLATFORM_NITRO))
		return 0;
	if (names(entry, "pcr") && names(entry, "launch"))
		return 0;
	cc_err_set(err, CC_E_ARG, "needs 'runtime' and 'content', or 'value'");
	return cc_hint(err,
		       "PCRs stand for a value on tpm and nitro; on snp and tdx with 'launch'");
}

int cc_registers_check(const struct cc_measurement_entry *entry, const char **bad,
		       struct cc_err *err)
{
	size_t bank = 0;

	for (size_t i = 0; i < entry->registers.count; i++) {
		*bad = entry->registers.at[i].name;
		CC_TRY(check_one(entry, &entry->registers.at[i], &bank, err));
	}
	*bad = NULL;
	CC_TRY(cc_events_check(entry, err));
	return check_identity(entry, err);
}

static bool is_value(const char *digits, struct cc_span value)
{
	uint8_t wanted[CC_MEASUREMENT_MAX];
	const struct cc_mut to = { wanted, value.len };
	struct cc_err ignored = { 0 };

	return value.len <= sizeof(wanted) &&
	       cc_hex_parse_fixed(cc_span_str(digits), "value", to, &ignored) == 0 &&
	       cc_span_eq(cc_span(wanted, value.len), value);
}

static bool matches(const struct cc_wanted *wanted, const struct cc_claims *claims)
{
	uint16_t index = 0;
	const struct kind *kind = find(wanted->name, 1U << claims->platform, &index);
	struct cc_span value = { 0 };

	if (kind == NULL)
		return false;
	value = value_of(kind, claims, index);
	for (size_t i = 0; i < wanted->values.count && is_len(kind, value.len); i++)
		if (is_value(wanted->values.at[i], value))
			return true;
	return false;
}

bool cc_registers_match(const struct cc_measurement_entry *entry, const struct cc_claims *claims,
			const char **failing)
{
	for (size_t i = 0; i < entry->registers.count; i++) {
		*failing = entry->registers.at[i].name;
		if (!matches(&entry->registers.at[i], claims))
			return false;
	}
	*failing = entry->events.count > 0 ? "events" : "log_pcrs";
	return cc_events_match(entry, claims);
}

/* The mapping of the language: a name, and one value or several. */

static int read_value(struct cc_parse *parse, const struct cc_yaml *node, const char **out,
		      struct cc_err *err)
{
	char *text = NULL;

	parse->node = node;
	CC_TRY(cc_parse_text(parse, node, &text, err));
	CC_TRY(cc_check_hex_any(text, err));
	*out = text;
	return 0;
}

static int read_values(struct cc_parse *parse, const struct cc_yaml *node, struct cc_texts *out,
		       struct cc_err *err)
{
	bool is_list = node->kind == CC_YAML_SEQUENCE;
	size_t count = is_list ? node->count : 1;
	void *at = NULL;

	if (count == 0 || count > VALUES_MAX)
		return cc_fail(err, CC_E_ARG, "%zu values, and not 1 to %d", count, VALUES_MAX);
	CC_TRY(cc_arena_take(parse->arena, count, sizeof(char *), &at, err));
	*out = (struct cc_texts){ at, count };
	for (size_t i = 0; i < count; i++)
		CC_TRY(read_value(parse, is_list ? &node->values[i] : node, &out->at[i], err));
	return 0;
}

static int read_wanted(struct cc_parse *parse, const struct cc_yaml *key,
		       const struct cc_yaml *value, struct cc_wanted *out, struct cc_err *err)
{
	uint16_t index = 0;
	char *name = NULL;

	parse->node = key;
	CC_TRY(cc_parse_text(parse, key, &name, err));
	(void)cc_path_key(parse, name);
	if (find(name, UINT32_MAX, &index) == NULL) {
		cc_err_set(err, CC_E_ARG, "'%.32s' is no register", name);
		return cc_hint(err, "policy(5) lists them: 'pcr0' to 'pcr23', 'rtmr0', …");
	}
	out->place.line = key->line;
	out->place.column = key->column;
	out->name = name;
	parse->node = value;
	return read_values(parse, value, &out->values, err);
}

static int parse_registers(struct cc_parse *parse, const struct cc_yaml *node, void *to,
			   struct cc_err *err)
{
	struct cc_items list = { .count = node->count };
	const size_t before = parse->path_len;

	if (node->kind != CC_YAML_MAPPING || node->count == 0)
		return cc_fail(err, CC_E_ARG, "a mapping of registers to their values is expected");
	CC_TRY(cc_arena_take(parse->arena, list.count, sizeof(struct cc_wanted), &list.at, err));
	for (size_t i = 0; i < list.count; i++) {
		CC_TRY(read_wanted(parse, &node->keys[i], &node->values[i],
				   (struct cc_wanted *)list.at + i, err));
		cc_path_leave(parse, before);
	}
	memcpy(to, &list, sizeof(list));
	return 0;
}

static int print_wanted(const struct cc_wanted *wanted, struct cc_json *map, struct cc_err *err)
{
	CC_AUTO_JSON struct cc_json *values = NULL;

	CC_TRY(cc_json_array(&values, err));
	for (size_t i = 0; i < wanted->values.count; i++)
		CC_TRY(cc_json_add_str(values, wanted->values.at[i], err));
	CC_TRY(cc_json_sort(values, err));
	return cc_json_set(map, wanted->name, CC_TAKE(values), err);
}

static int print_registers(const void *at, const char *name, struct cc_json *json,
			   struct cc_err *err)
{
	CC_AUTO_JSON struct cc_json *map = NULL;
	struct cc_items list = { 0 };

	memcpy(&list, at, sizeof(list));
	if (list.count == 0)
		return 0;
	CC_TRY(cc_json_object(&map, err));
	for (size_t i = 0; i < list.count; i++)
		CC_TRY(print_wanted((const struct cc_wanted *)list.at + i, map, err));
	return cc_json_set(json, name, CC_TAKE(map), err);
}

const struct cc_own cc_own_registers = { parse_registers, print_registers };
