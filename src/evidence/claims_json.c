/* SPDX-License-Identifier: Apache-2.0 */
/* Claims as canonical JSON, by one table. Numbers of 64 bits are hexadecimal: JSON holds 53. */
#include "base/str.h"
#include "base/time.h"
#include "evidence/claims.h"

enum kind {
	FLAG,
	NUMBER, /* uint16_t or uint32_t */
	WIDE,   /* uint64_t */
	BYTES,
	TIME,
	DATE,  /* a time that not every vendor states; not there when it is 0 */
	WORD,  /* an enumeration, by its words */
	TEXT,  /* char[], terminated */
	SIZED, /* bytes of a length that stands beside them; not there when it is 0 */
};

/* The words of an enumeration without gaps. */
struct words {
	const char *(*word)(unsigned int value);
	unsigned int count;
};

struct field {
	const char *name;
	uint32_t platforms; /* 1u << of each that has it */
	enum kind kind;
	size_t at, size;
	const struct words *words;
	size_t len_at; /* SIZED */
};

static const char *status_word(unsigned int value)
{
	return cc_tcb_name((enum cc_tcb_status)value);
}

static const char *product_word(unsigned int value)
{
	return cc_snp_product_name((enum cc_snp_product)value);
}

static const char *signer_word(unsigned int value)
{
	return cc_snp_signer_name((enum cc_snp_signer)value);
}

static const char *hash_word(unsigned int value)
{
	return cc_hash_name((enum cc_hash)value);
}

_Static_assert(sizeof(enum cc_tcb_status) == sizeof(unsigned int), "words are read as int");
static const struct words statuses = { status_word, CC_TCB_STATUS_COUNT };
static const struct words products = { product_word, CC_SNP_PRODUCT_COUNT };
static const struct words hashes = { hash_word, CC_HASH_COUNT };
static const struct words signers = { signer_word, CC_SNP_SIGNER_COUNT };

#define ON(platform) (1u << CC_PLATFORM_##platform)
#define ALL UINT32_MAX
#define INTEL (ON(SGX) | ON(TDX))
#define PLACE(member) offsetof(struct cc_claims, member), sizeof(((struct cc_claims *)0)->member)
#define FIELD(name, platforms, kind, member)                  \
	{                                                     \
		name, platforms, kind, PLACE(member), NULL, 0 \
	}
#define WORDS(name, platforms, words, member)                     \
	{                                                         \
		name, platforms, WORD, PLACE(member), &(words), 0 \
	}
#define BOUNDED(name, platforms, member)                         \
	{                                                        \
		name, platforms, SIZED, PLACE(member), NULL,     \
			offsetof(struct cc_claims, member##_len) \
	}

static const struct field fields[] = {
	FIELD("debug", ALL, FLAG, debug),
	BOUNDED("machine", ALL, machine),
	FIELD("report_data", ALL, BYTES, report_data),
	FIELD("root", ALL, BYTES, root),
	WORDS("tcb", ALL, statuses, tcb),
	FIELD("tcb_date", ALL, DATE, tcb_date),
	FIELD("valid_from", ALL, TIME, valid_from),
	FIELD("valid_until", ALL, TIME, valid_until),
	FIELD("version", ALL, NUMBER, version),
	FIELD("without_revocation", ALL, FLAG, without_revocation),

	FIELD("eval", INTEL, NUMBER, intel.evaluation_number),
	FIELD("fmspc", INTEL, BYTES, intel.fmspc),
	WORDS("machine_tcb", INTEL, statuses, intel.machine_tcb),
	FIELD("qe_id", INTEL, BYTES, intel.qe_id),
	WORDS("qe_tcb", INTEL, statuses, intel.qe_tcb),

	FIELD("attributes", ON(SGX), WIDE, sgx.attributes),
	FIELD("config_id", ON(SGX), BYTES, sgx.config_id),
	FIELD("config_svn", ON(SGX), NUMBER, sgx.config_svn),
	FIELD("extended_product", ON(SGX), BYTES, sgx.extended_product),
	FIELD("family_id", ON(SGX), BYTES, sgx.family_id),
	FIELD("initialized", ON(SGX), FLAG, sgx.initialized),
	FIELD("miscselect", ON(SGX), NUMBER, sgx.miscselect),
	FIELD("mode64", ON(SGX), FLAG, sgx.mode64),
	FIELD("privileged_keys", ON(SGX), FLAG, sgx.privileged_keys),
	FIELD("product", ON(SGX), NUMBER, sgx.product),
	FIELD("signer", ON(SGX), BYTES, sgx.signer),
	FIELD("signer_is_published", ON(SGX), FLAG, sgx.signer_is_published),
	FIELD("svn", ON(SGX), NUMBER, sgx.svn),
	FIELD("xfrm", ON(SGX), WIDE, sgx.xfrm),

	FIELD("attributes", ON(TDX), WIDE, tdx.attributes),
	FIELD("config", ON(TDX), BYTES, tdx.config),
	FIELD("current_tcb_svn", ON(TDX), BYTES, tdx.current_tcb_svn),
	FIELD("module", ON(TDX), BYTES, tdx.module),
	FIELD("module_attributes", ON(TDX), WIDE, tdx.module_attributes),
	FIELD("module_signer", ON(TDX), BYTES, tdx.module_signer),
	WORDS("module_tcb", ON(TDX), statuses, tdx.module_tcb),
	FIELD("owner", ON(TDX), BYTES, tdx.owner),
	FIELD("owner_config", ON(TDX), BYTES, tdx.owner_config),
	FIELD("service_td", ON(TDX), BYTES, tdx.service_td),
	FIELD("tcb_svn", ON(TDX), BYTES, tdx.tcb_svn),
	FIELD("xfam", ON(TDX), WIDE, tdx.xfam),

	FIELD("implementation", ON(CCA), BYTES, cca.implementation),
	FIELD("lifecycle", ON(CCA), NUMBER, cca.lifecycle),
	FIELD("personalization", ON(CCA), BYTES, cca.personalization),

	FIELD("key", ON(NITRO), BYTES, nitro.key),
	BOUNDED("nonce", ON(NITRO), nitro.nonce),
	FIELD("timestamp", ON(NITRO), TIME, nitro.timestamp),

	WORDS("bank", ON(TPM), hashes, tpm.bank),
	FIELD("clock", ON(TPM), WIDE, tpm.clock),
	FIELD("clock_is_safe", ON(TPM), FLAG, tpm.clock_is_safe),
	FIELD("events_omitted", ON(TPM), FLAG, tpm.events.omitted),
	FIELD("firmware", ON(TPM), WIDE, tpm.firmware),
	BOUNDED("launch", ON(TPM), tpm.launch),
	FIELD("launch_is_all", ON(TPM), FLAG, tpm.launch_is_all),
	FIELD("log_pcrs", ON(TPM), NUMBER, tpm.log_pcrs),
	BOUNDED("pcr_digest", ON(TPM), tpm.pcr_digest),
	FIELD("pcrs", ON(TPM), NUMBER, tpm.pcrs),
	BOUNDED("qualifying", ON(TPM), tpm.qualifying),
	FIELD("quote_key", ON(TPM), BYTES, tpm.key),
	FIELD("resets", ON(TPM), NUMBER, tpm.resets),
	FIELD("restarts", ON(TPM), NUMBER, tpm.restarts),

	FIELD("author_key", ON(SNP), BYTES, snp.author_key),
	FIELD("committed_build", ON(SNP), BYTES, snp.committed_build),
	FIELD("committed_tcb", ON(SNP), BYTES, snp.committed_tcb),
	FIELD("cpuid", ON(SNP), BYTES, snp.cpuid),
	FIELD("csp", ON(SNP), TEXT, snp.csp),
	FIELD("current_build", ON(SNP), BYTES, snp.current_build),
	FIELD("current_mitigations", ON(SNP), WIDE, snp.current_mitigations),
	FIELD("current_tcb", ON(SNP), BYTES, snp.current_tcb),
	FIELD("family_id", ON(SNP), BYTES, snp.family_id),
	FIELD("guest_svn", ON(SNP), NUMBER, snp.guest_svn),
	FIELD("has_author_key", ON(SNP), FLAG, snp.has_author_key),
	FIELD("host_data", ON(SNP), BYTES, snp.host_data),
	FIELD("id_key", ON(SNP), BYTES, snp.id_key),
	FIELD("image_id", ON(SNP), BYTES, snp.image_id),
	FIELD("key", ON(SNP), BYTES, snp.key),
	FIELD("launch_mitigations", ON(SNP), WIDE, snp.launch_mitigations),
	FIELD("launch_tcb", ON(SNP), BYTES, snp.launch_tcb),
	FIELD("masks_chip", ON(SNP), FLAG, snp.masks_chip),
	FIELD("migration_agent", ON(SNP), BYTES, snp.migration_agent),
	FIELD("platform_info", ON(SNP), WIDE, snp.platform_info),
	FIELD("policy", ON(SNP), WIDE, snp.policy),
	WORDS("product", ON(SNP), products, snp.product),
	FIELD("report_id", ON(SNP), BYTES, snp.report_id),
	FIELD("reported_tcb", ON(SNP), BYTES, snp.reported_tcb),
	WORDS("signed_by", ON(SNP), signers, snp.signer),
	FIELD("vmpl", ON(SNP), NUMBER, snp.vmpl),
};

/* Those that are no plain value. */
static const char *const others[] = { "advisories", "class",     "measurement",
				      "platform",   "registers", "simulation" };

/* Whose fields there are: the platform's, and a TPM's of a guest that has a virtual one. */
static uint32_t parts_of(const struct cc_claims *claims)
{
	return (claims->platform < CC_PLATFORM_COUNT ? 1U << claims->platform : 0) |
	       (claims->tpm.quoted ? ON(TPM) : 0);
}

static bool has(const struct field *field, uint32_t parts)
{
	return (field->platforms & parts) != 0;
}

static size_t len_of(const struct cc_claims *claims, const struct field *field)
{
	size_t len = 0;

	memcpy(&len, (const uint8_t *)claims + field->len_at, sizeof(len));
	return len;
}

static int set_number(struct cc_json *json, const struct field *field, const uint8_t *from,
		      struct cc_err *err)
{
	uint32_t value = 0;
	uint16_t narrow = 0;

	if (field->size == sizeof(value))
		memcpy(&value, from, sizeof(value));
	else
		memcpy(&narrow, from, sizeof(narrow));
	return cc_json_set_u64(json, field->name, value + narrow, err);
}

static int set_wide(struct cc_json *json, const char *name, uint64_t value, struct cc_err *err)
{
	uint8_t big[8] = { 0 };

	for (size_t b = 0; b < sizeof(big); b++)
		big[b] = (uint8_t)(value >> (56 - 8 * b));
	return cc_json_set_hex(json, name, CC_SPAN(big), err);
}

static int set_time(struct cc_json *json, const char *name, int64_t value, struct cc_err *err)
{
	char text[CC_TIME_TEXT];

	cc_time_print(value, text);
	return cc_json_set_str(json, name, text, err);
}

static int set_field(struct cc_json *json, const struct field *field,
		     const struct cc_claims *claims, struct cc_err *err)
{
	const uint8_t *from = (const uint8_t *)claims + field->at;
	union {
		bool flag;
		uint64_t wide;
		int64_t time;
		unsigned int word;
	} value = { 0 };

	if (field->size <= sizeof(value) && field->kind != BYTES)
		memcpy(&value, from, field->size);
	switch (field->kind) {
	case SIZED:
		return len_of(claims, field) == 0
			       ? 0
			       : cc_json_set_hex(json, field->name,
						 cc_span(from, len_of(claims, field)), err);
	case NUMBER:
		return set_number(json, field, from, err);
	case BYTES:
		return cc_json_set_hex(json, field->name, cc_span(from, field->size), err);
	case TEXT:
		return cc_json_set_str(json, field->name, (const char *)from, err);
	case FLAG:
		return cc_json_set_bool(json, field->name, value.flag, err);
	case WIDE:
		return set_wide(json, field->name, value.wide, err);
	case DATE:
		return value.time == 0 ? 0 : set_time(json, field->name, value.time, err);
	case TIME:
		return set_time(json, field->name, value.time, err);
	case WORD:
		break;
	}
	return cc_json_set_str(json, field->name, field->words->word(value.word), err);
}

static int set_words(struct cc_json *json, const struct cc_claims *claims, struct cc_err *err)
{
	CC_TRY(cc_json_set_str(json, "platform", cc_platform_name(claims->platform), err));
	CC_TRY(cc_json_set_str(json, "class", cc_class_name(claims->class), err));
	CC_TRY(cc_json_set_bool(json, "simulation", claims->class == CC_CLASS_SIMULATED, err));
	return cc_json_set_hex(json, "measurement",
			       cc_span(claims->measurement, claims->measurement_len), err);
}

static int set_advisories(struct cc_json *json, const struct cc_advisories *list,
			  struct cc_err *err)
{
	CC_AUTO_JSON struct cc_json *array = NULL;

	CC_TRY(cc_json_array(&array, err));
	for (size_t i = 0; i < list->count; i++)
		CC_TRY(cc_json_add_str(array, list->at[i], err));
	return cc_json_set(json, "advisories", CC_TAKE(array), err);
}

static int set_register(struct cc_json *array, const struct cc_register *r, struct cc_err *err)
{
	CC_AUTO_JSON struct cc_json *json = NULL;

	CC_TRY(cc_json_object(&json, err));
	CC_TRY(cc_json_set_u64(json, "index", r->index, err));
	CC_TRY(cc_json_set_hex(json, "value", cc_span(r->value, r->len), err));
	return cc_json_add(array, CC_TAKE(json), err);
}

static int set_list(struct cc_json *json, const char *name, const struct cc_register *list,
		    size_t count, struct cc_err *err)
{
	CC_AUTO_JSON struct cc_json *array = NULL;

	CC_TRY(cc_json_array(&array, err));
	for (size_t i = 0; i < count; i++)
		CC_TRY(set_register(array, &list[i], err));
	return cc_json_set(json, name, CC_TAKE(array), err);
}

static int set_registers(struct cc_json *json, const struct cc_claims *claims, struct cc_err *err)
{
	const struct cc_events *events = &claims->tpm.events;

	CC_TRY(set_list(json, "registers", claims->registers.at, claims->registers.count, err));
	return claims->tpm.quoted ? set_list(json, "events", events->at, events->count, err) : 0;
}

int cc_claims_to_json(const struct cc_claims *claims, struct cc_json **out, struct cc_err *err)
{
	CC_AUTO_JSON struct cc_json *json = NULL;

	CC_TRY(cc_json_object(&json, err));
	CC_TRY(set_words(json, claims, err));
	for (size_t i = 0; i < CC_COUNT(fields); i++)
		if (has(&fields[i], parts_of(claims)))
			CC_TRY(set_field(json, &fields[i], claims, err));
	CC_TRY(set_advisories(json, &claims->advisories, err));
	CC_TRY(set_registers(json, claims, err));
	*out = CC_TAKE(json);
	return 0;
}

static int get_number(const struct cc_json *json, const struct field *field, uint8_t *to,
		      struct cc_err *err)
{
	bool is_wide = field->size == sizeof(uint32_t);
	uint64_t value = 0;
	uint32_t wide = 0;
	uint16_t narrow = 0;

	CC_TRY(cc_json_get_u64(json, field->name, is_wide ? UINT32_MAX : UINT16_MAX, &value, err));
	wide = (uint32_t)value;
	narrow = (uint16_t)value;
	if (is_wide)
		memcpy(to, &wide, sizeof(wide));
	else
		memcpy(to, &narrow, sizeof(narrow));
	return 0;
}

static int get_wide(const struct cc_json *json, const char *name, uint8_t *to, struct cc_err *err)
{
	uint8_t big[8] = { 0 };
	uint64_t value = 0;

	CC_TRY(cc_json_get_hex(json, name, CC_MUT(big), err));
	for (size_t b = 0; b < sizeof(big); b++)
		value = value << 8 | big[b];
	memcpy(to, &value, sizeof(value));
	return 0;
}

static int get_time(const struct cc_json *json, const char *name, uint8_t *to, struct cc_err *err)
{
	const char *word = NULL;
	int64_t value = 0;

	CC_TRY(cc_json_get_str(json, name, &word, err));
	CC_TRY(cc_time_parse(cc_span_str(word), &value, err));
	memcpy(to, &value, sizeof(value));
	return 0;
}

static int get_word(const struct cc_json *json, const struct field *field, uint8_t *to,
		    struct cc_err *err)
{
	const char *word = NULL;
	unsigned int value = 0;

	CC_TRY(cc_json_get_str(json, field->name, &word, err));
	while (value < field->words->count && !cc_str_eq(field->words->word(value), word))
		value++;
	if (value == field->words->count)
		return cc_fail(err, CC_E_ARG, "'%s' is none of its words", field->name);
	memcpy(to, &value, sizeof(value));
	return 0;
}

static int get_text(const struct cc_json *json, const struct field *field, uint8_t *to,
		    struct cc_err *err)
{
	const char *text = NULL;

	CC_TRY(cc_json_get_str(json, field->name, &text, err));
	if (strlen(text) >= field->size)
		return cc_fail(err, CC_E_TOOBIG, "'%s' is longer than %zu bytes", field->name,
			       field->size - 1);
	memcpy(to, text, strlen(text) + 1);
	return 0;
}

static int get_flag(const struct cc_json *json, const char *name, uint8_t *to, struct cc_err *err)
{
	bool flag = false;

	CC_TRY(cc_json_get_bool(json, name, &flag, err));
	memcpy(to, &flag, sizeof(flag));
	return 0;
}

/* Hexadecimal of a length that only the platform knows: at most what fits. */
static int get_sized(const struct cc_json *json, const char *name, struct cc_mut to, size_t *len,
		     struct cc_err *err)
{
	const char *text = NULL;

	CC_TRY(cc_json_get_str(json, name, &text, err));
	if (strlen(text) > 2 * to.len)
		return cc_fail(err, CC_E_TOOBIG, "'%s' is longer than %zu bytes", name, to.len);
	*len = strlen(text) / 2;
	return cc_json_get_hex(json, name, (struct cc_mut){ to.at, *len }, err);
}

static int get_bounded(const struct cc_json *json, const struct field *field,
		       struct cc_claims *claims, struct cc_err *err)
{
	const struct cc_mut to = { (uint8_t *)claims + field->at, field->size };
	size_t len = 0;

	if (!cc_json_has(json, field->name))
		return 0;
	CC_TRY(get_sized(json, field->name, to, &len, err));
	memcpy((uint8_t *)claims + field->len_at, &len, sizeof(len));
	return 0;
}

static int get_field(const struct cc_json *json, const struct field *field,
		     struct cc_claims *claims, struct cc_err *err)
{
	uint8_t *to = (uint8_t *)claims + field->at;

	switch (field->kind) {
	case SIZED:
		return get_bounded(json, field, claims, err);
	case NUMBER:
		return get_number(json, field, to, err);
	case WIDE:
		return get_wide(json, field->name, to, err);
	case BYTES:
		return cc_json_get_hex(json, field->name, (struct cc_mut){ to, field->size }, err);
	case DATE:
		return cc_json_has(json, field->name) ? get_time(json, field->name, to, err) : 0;
	case TIME:
		return get_time(json, field->name, to, err);
	case WORD:
		return get_word(json, field, to, err);
	case TEXT:
		return get_text(json, field, to, err);
	case FLAG:
		break;
	}
	return get_flag(json, field->name, to, err);
}

static int get_words(const struct cc_json *json, struct cc_claims *claims, struct cc_err *err)
{
	const char *word = NULL;
	bool simulation = false;

	CC_TRY(cc_json_get_str(json, "platform", &word, err));
	claims->platform = cc_platform_named(word);
	if (!cc_str_eq(word, cc_platform_name(claims->platform)))
		return cc_fail(err, CC_E_ARG, "'platform' is not a known platform");
	CC_TRY(cc_json_get_str(json, "class", &word, err));
	claims->class = cc_class_named(word);
	if (!cc_str_eq(word, cc_class_name(claims->class)))
		return cc_fail(err, CC_E_ARG, "'class' is not a known class");
	CC_TRY(cc_json_get_bool(json, "simulation", &simulation, err));
	if (simulation != (claims->class == CC_CLASS_SIMULATED))
		return cc_fail(err, CC_E_ARG, "'simulation' and 'class' contradict each other");
	return get_sized(json, "measurement", CC_MUT(claims->measurement), &claims->measurement_len,
			 err);
}

static int get_advisories(const struct cc_json *json, struct cc_advisories *list,
			  struct cc_err *err)
{
	const struct cc_json *array = NULL;

	CC_TRY(cc_json_get_array(json, "advisories", &array, err));
	for (size_t i = 0; i < cc_json_count(array); i++) {
		const char *name = cc_json_str(cc_json_at(array, i));

		if (name == NULL)
			return cc_fail(err, CC_E_ARG, "advisories[%zu] is not a string", i);
		CC_TRY(cc_advisories_add(list, name, err));
	}
	return 0;
}

static int get_register(const struct cc_json *json, struct cc_register *out, struct cc_err *err)
{
	static const char *const known[] = { "index", "value" };
	uint64_t index = 0;
	size_t len = 0;

	CC_TRY(cc_json_closed(json, known, CC_COUNT(known), err));
	CC_TRY(cc_json_get_u64(json, "index", UINT16_MAX, &index, err));
	CC_TRY(get_sized(json, "value", CC_MUT(out->value), &len, err));
	out->index = (uint16_t)index;
	out->len = (uint16_t)len;
	return 0;
}

static int get_list(const struct cc_json *json, const char *name, struct cc_register *list,
		    size_t max, size_t *count, struct cc_err *err)
{
	const struct cc_json *array = NULL;

	CC_TRY(cc_json_get_array(json, name, &array, err));
	if (cc_json_count(array) > max)
		return cc_fail(err, CC_E_TOOBIG, "more than %zu %s", max, name);
	for (size_t i = 0; i < cc_json_count(array); i++)
		if (get_register(cc_json_at(array, i), &list[i], err) != 0)
			return cc_wrap(err, "%s[%zu]", name, i);
	*count = cc_json_count(array);
	return 0;
}

static int get_registers(const struct cc_json *json, struct cc_claims *out, struct cc_err *err)
{
	struct cc_events *events = &out->tpm.events;

	CC_TRY(get_list(json, "registers", out->registers.at, CC_REGISTERS_MAX,
			&out->registers.count, err));
	if (!out->tpm.quoted)
		return 0;
	return get_list(json, "events", events->at, CC_EVENTS_MAX, &events->count, err);
}

static int check_closed(const struct cc_json *json, uint32_t parts, struct cc_err *err)
{
	const char *known[CC_COUNT(fields) + CC_COUNT(others) + 1] = { NULL };
	size_t count = CC_COUNT(others);

	memcpy(known, others, sizeof(others));
	for (size_t i = 0; i < CC_COUNT(fields); i++)
		if (has(&fields[i], parts))
			known[count++] = fields[i].name;
	if ((parts & ON(TPM)) != 0)
		known[count++] = "events";
	return cc_json_closed(json, known, count, err);
}

/* One member of a TPM's stands for all: then they must all be there. */
static bool is_quoted(const struct cc_json *json, enum cc_platform_kind platform)
{
	return platform == CC_PLATFORM_TPM ||
	       ((platform == CC_PLATFORM_SNP || platform == CC_PLATFORM_TDX) &&
		cc_json_has(json, "bank"));
}

int cc_claims_from_json(const struct cc_json *json, struct cc_claims *out, struct cc_err *err)
{
	struct cc_claims claims = { 0 };

	if (!cc_json_is_object(json))
		return cc_fail(err, CC_E_ARG, "claims are not an object");
	CC_TRY(get_words(json, &claims, err));
	claims.tpm.quoted = is_quoted(json, claims.platform);
	CC_TRY(check_closed(json, parts_of(&claims), err));
	for (size_t i = 0; i < CC_COUNT(fields); i++)
		if (has(&fields[i], parts_of(&claims)))
			CC_TRY(get_field(json, &fields[i], &claims, err));
	CC_TRY(get_advisories(json, &claims.advisories, err));
	CC_TRY(get_registers(json, &claims, err));
	*out = claims;
	return 0;
}
