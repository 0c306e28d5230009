/* SPDX-License-Identifier: Apache-2.0 */
/* Claims as canonical JSON. Numbers of 64 bits are hexadecimal: JSON holds 53. */
#include "base/str.h"
#include "base/time.h"
#include "evidence/claims.h"

static const char *const members[] = {
	"advisories",
	"attributes",
	"class",
	"config_id",
	"config_svn",
	"debug",
	"eval",
	"extended_product",
	"family_id",
	"fmspc",
	"initialized",
	"instance",
	"measurement",
	"miscselect",
	"mode64",
	"platform",
	"privileged_keys",
	"product",
	"qe_tcb",
	"report_data",
	"root",
	"signer",
	"signer_is_published",
	"simulation",
	"svn",
	"tcb",
	"tcb_date",
	"valid_from",
	"valid_until",
	"xfrm",
};

struct flag {
	const char *name;
	size_t at;
};

static const struct flag flags[] = {
	{ "debug", offsetof(struct cc_claims, debug) },
	{ "initialized", offsetof(struct cc_claims, initialized) },
	{ "mode64", offsetof(struct cc_claims, mode64) },
	{ "privileged_keys", offsetof(struct cc_claims, privileged_keys) },
	{ "signer_is_published", offsetof(struct cc_claims, signer_is_published) },
};

static const struct flag numbers[] = {
	{ "config_svn", offsetof(struct cc_claims, config_svn) },
	{ "product", offsetof(struct cc_claims, product) },
	{ "svn", offsetof(struct cc_claims, svn) },
};

static const struct flag wide[] = {
	{ "attributes", offsetof(struct cc_claims, attributes) },
	{ "xfrm", offsetof(struct cc_claims, xfrm) },
};

static const struct flag times[] = {
	{ "tcb_date", offsetof(struct cc_claims, tcb_date) },
	{ "valid_from", offsetof(struct cc_claims, valid_from) },
	{ "valid_until", offsetof(struct cc_claims, valid_until) },
};

struct bytes {
	const char *name;
	size_t at, len;
};

#define BYTES(name, member)                                                                       \
	{                                                                                         \
		name, offsetof(struct cc_claims, member), sizeof(((struct cc_claims *)0)->member) \
	}
static const struct bytes ranges[] = {
	BYTES("config_id", config_id),     BYTES("extended_product", extended_product),
	BYTES("family_id", family_id),     BYTES("fmspc", fmspc),
	BYTES("report_data", report_data), BYTES("root", root),
	BYTES("signer", signer),
};

static int set_numbers(struct cc_json *json, const struct cc_claims *claims, struct cc_err *err)
{
	const char *base = (const char *)claims;

	for (size_t i = 0; i < CC_COUNT(flags); i++) {
		bool value = false;

		memcpy(&value, base + flags[i].at, sizeof(value));
		CC_TRY(cc_json_set_bool(json, flags[i].name, value, err));
	}
	for (size_t i = 0; i < CC_COUNT(numbers); i++) {
		uint16_t value = 0;

		memcpy(&value, base + numbers[i].at, sizeof(value));
		CC_TRY(cc_json_set_u64(json, numbers[i].name, value, err));
	}
	CC_TRY(cc_json_set_u64(json, "eval", claims->evaluation_number, err));
	return cc_json_set_u64(json, "miscselect", claims->miscselect, err);
}

static int set_bytes(struct cc_json *json, const struct cc_claims *claims, struct cc_err *err)
{
	const char *base = (const char *)claims;

	for (size_t i = 0; i < CC_COUNT(ranges); i++)
		CC_TRY(cc_json_set_hex(json, ranges[i].name,
				       cc_span(base + ranges[i].at, ranges[i].len), err));
	for (size_t i = 0; i < CC_COUNT(wide); i++) {
		uint8_t big[8] = { 0 };
		uint64_t value = 0;

		memcpy(&value, base + wide[i].at, sizeof(value));
		for (size_t b = 0; b < sizeof(big); b++)
			big[b] = (uint8_t)(value >> (56 - 8 * b));
		CC_TRY(cc_json_set_hex(json, wide[i].name, CC_SPAN(big), err));
	}
	CC_TRY(cc_json_set_hex(json, "measurement",
			       cc_span(claims->measurement, claims->measurement_len), err));
	if (!claims->has_instance)
		return 0;
	return cc_json_set_hex(json, "instance", CC_SPAN(claims->instance), err);
}

static int set_words(struct cc_json *json, const struct cc_claims *claims, struct cc_err *err)
{
	const char *base = (const char *)claims;

	CC_TRY(cc_json_set_str(json, "platform", cc_platform_name(claims->platform), err));
	CC_TRY(cc_json_set_str(json, "class", cc_class_name(claims->class), err));
	CC_TRY(cc_json_set_bool(json, "simulation", claims->class == CC_CLASS_SIMULATED, err));
	CC_TRY(cc_json_set_str(json, "tcb", cc_tcb_name(claims->tcb), err));
	CC_TRY(cc_json_set_str(json, "qe_tcb", cc_tcb_name(claims->qe_tcb), err));
	for (size_t i = 0; i < CC_COUNT(times); i++) {
		char text[CC_TIME_TEXT];
		int64_t value = 0;

		memcpy(&value, base + times[i].at, sizeof(value));
		cc_time_print(value, text);
		CC_TRY(cc_json_set_str(json, times[i].name, text, err));
	}
	return 0;
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

int cc_claims_to_json(const struct cc_claims *claims, struct cc_json **out, struct cc_err *err)
{
	CC_AUTO_JSON struct cc_json *json = NULL;

	CC_TRY(cc_json_object(&json, err));
	CC_TRY(set_words(json, claims, err));
	CC_TRY(set_numbers(json, claims, err));
	CC_TRY(set_bytes(json, claims, err));
	CC_TRY(set_advisories(json, &claims->advisories, err));
	*out = CC_TAKE(json);
	return 0;
}

static int get_numbers(const struct cc_json *json, struct cc_claims *claims, struct cc_err *err)
{
	char *base = (char *)claims;
	uint64_t value = 0;

	for (size_t i = 0; i < CC_COUNT(flags); i++) {
		bool flag = false;

		CC_TRY(cc_json_get_bool(json, flags[i].name, &flag, err));
		memcpy(base + flags[i].at, &flag, sizeof(flag));
	}
	for (size_t i = 0; i < CC_COUNT(numbers); i++) {
		uint16_t narrow = 0;

		CC_TRY(cc_json_get_u64(json, numbers[i].name, UINT16_MAX, &value, err));
		narrow = (uint16_t)value;
		memcpy(base + numbers[i].at, &narrow, sizeof(narrow));
	}
	CC_TRY(cc_json_get_u64(json, "eval", UINT32_MAX, &value, err));
	claims->evaluation_number = (uint32_t)value;
	CC_TRY(cc_json_get_u64(json, "miscselect", UINT32_MAX, &value, err));
	claims->miscselect = (uint32_t)value;
	return 0;
}

/* Hexadecimal of a length that only the platform knows: at most what fits. */
static int get_measurement(const struct cc_json *json, struct cc_claims *claims, struct cc_err *err)
{
	const char *text = NULL;

	CC_TRY(cc_json_get_str(json, "measurement", &text, err));
	if (strlen(text) > 2 * (size_t)CC_MEASUREMENT_MAX)
		return cc_fail(err, CC_E_TOOBIG, "measurement is longer than %d bytes",
			       CC_MEASUREMENT_MAX);
	claims->measurement_len = strlen(text) / 2;
	return cc_json_get_hex(json, "measurement",
			       (struct cc_mut){ claims->measurement, claims->measurement_len },
			       err);
}

static int get_bytes(const struct cc_json *json, struct cc_claims *claims, struct cc_err *err)
{
	char *base = (char *)claims;

	for (size_t i = 0; i < CC_COUNT(ranges); i++) {
		struct cc_mut to = { (uint8_t *)base + ranges[i].at, ranges[i].len };

		CC_TRY(cc_json_get_hex(json, ranges[i].name, to, err));
	}
	for (size_t i = 0; i < CC_COUNT(wide); i++) {
		uint8_t big[8] = { 0 };
		uint64_t value = 0;

		CC_TRY(cc_json_get_hex(json, wide[i].name, CC_MUT(big), err));
		for (size_t b = 0; b < sizeof(big); b++)
			value = value << 8 | big[b];
		memcpy(base + wide[i].at, &value, sizeof(value));
	}
	claims->has_instance = cc_json_has(json, "instance");
	if (claims->has_instance)
		CC_TRY(cc_json_get_hex(json, "instance", CC_MUT(claims->instance), err));
	return get_measurement(json, claims, err);
}

static int get_tcb(const struct cc_json *json, const char *name, enum cc_tcb_status *out,
		   struct cc_err *err)
{
	const char *word = NULL;

	CC_TRY(cc_json_get_str(json, name, &word, err));
	if (!cc_tcb_named(word, out))
		return cc_fail(err, CC_E_ARG, "'%s' is not a known TCB status", name);
	return 0;
}

static int get_words(const struct cc_json *json, struct cc_claims *claims, struct cc_err *err)
{
	char *base = (char *)claims;
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
	CC_TRY(get_tcb(json, "tcb", &claims->tcb, err));
	CC_TRY(get_tcb(json, "qe_tcb", &claims->qe_tcb, err));
	for (size_t i = 0; i < CC_COUNT(times); i++) {
		int64_t value = 0;

		CC_TRY(cc_json_get_str(json, times[i].name, &word, err));
		CC_TRY(cc_time_parse(cc_span_str(word), &value, err));
		memcpy(base + times[i].at, &value, sizeof(value));
	}
	return 0;
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

int cc_claims_from_json(const struct cc_json *json, struct cc_claims *out, struct cc_err *err)
{
	struct cc_claims claims = { 0 };

	if (!cc_json_is_object(json))
		return cc_fail(err, CC_E_ARG, "claims are not an object");
	CC_TRY(cc_json_closed(json, members, CC_COUNT(members), err));
	CC_TRY(get_words(json, &claims, err));
	CC_TRY(get_numbers(json, &claims, err));
	CC_TRY(get_bytes(json, &claims, err));
	CC_TRY(get_advisories(json, &claims.advisories, err));
	*out = claims;
	return 0;
}
