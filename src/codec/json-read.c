/* SPDX-License-Identifier: Apache-2.0 */
#include "base/str.h"
#include "codec/json-internal.h"
#include "codec/quote-internal.h"
#include "codec/text.h"

static const char *const kinds[] = {
	[JSON_OBJECT] = "an object",    [JSON_ARRAY] = "an array", [JSON_STRING] = "a string",
	[JSON_INTEGER] = "an integer",  [JSON_REAL] = "a number",  [JSON_TRUE] = "true or false",
	[JSON_FALSE] = "true or false", [JSON_NULL] = "null",
};

static int find(const struct cc_json *json, const char *name, const json_t **out,
		struct cc_err *err)
{
	const json_t *value = NULL;

	if (!json_is_object(cc_json_in(json)))
		return cc_fail(err, CC_E_ARG, "'%s' is asked of %s instead of an object", name,
			       kinds[json_typeof(cc_json_in(json))]);
	value = json_object_get(cc_json_in(json), name);
	if (value == NULL)
		return cc_fail(err, CC_E_ARG, "'%s' is missing", name);
	*out = value;
	return 0;
}

static int get(const struct cc_json *json, const char *name, json_type kind, const json_t **out,
	       struct cc_err *err)
{
	const json_t *value = NULL;

	CC_TRY(find(json, name, &value, err));
	if (json_typeof(value) != kind)
		return cc_fail(err, CC_E_ARG, "'%s' is %s instead of %s", name,
			       kinds[json_typeof(value)], kinds[kind]);
	*out = value;
	return 0;
}

int cc_json_get_object(const struct cc_json *json, const char *name, const struct cc_json **out,
		       struct cc_err *err)
{
	const json_t *value = NULL;

	CC_TRY(get(json, name, JSON_OBJECT, &value, err));
	*out = cc_json_out_const(value);
	return 0;
}

int cc_json_get_array(const struct cc_json *json, const char *name, const struct cc_json **out,
		      struct cc_err *err)
{
	const json_t *value = NULL;

	CC_TRY(get(json, name, JSON_ARRAY, &value, err));
	*out = cc_json_out_const(value);
	return 0;
}

int cc_json_get_str(const struct cc_json *json, const char *name, const char **out,
		    struct cc_err *err)
{
	const json_t *value = NULL;

	CC_TRY(get(json, name, JSON_STRING, &value, err));
	*out = json_string_value(value);
	return 0;
}

int cc_json_u64(const struct cc_json *json, const char *what, uint64_t max, uint64_t *out,
		struct cc_err *err)
{
	const json_t *value = cc_json_in(json);
	json_int_t number = json_integer_value(value);

	if (!json_is_integer(value))
		return cc_fail(err, CC_E_ARG, "'%s' is %s instead of an integer", what,
			       kinds[json_typeof(value)]);
	if (number < 0)
		return cc_fail(err, CC_E_ARG, "'%s' is below zero", what);
	if ((uint64_t)number > max || (uint64_t)number > CC_JSON_INTEGER_MAX)
		return cc_fail(err, CC_E_TOOBIG, "'%s' is %llu, over the maximum of %llu", what,
			       (unsigned long long)number,
			       (unsigned long long)(max < CC_JSON_INTEGER_MAX
							    ? max
							    : CC_JSON_INTEGER_MAX));
	*out = (uint64_t)number;
	return 0;
}

int cc_json_get_u64(const struct cc_json *json, const char *name, uint64_t max, uint64_t *out,
		    struct cc_err *err)
{
	const json_t *value = NULL;

	CC_TRY(find(json, name, &value, err));
	return cc_json_u64(cc_json_out_const(value), name, max, out, err);
}

int cc_json_get_bool(const struct cc_json *json, const char *name, bool *out, struct cc_err *err)
{
	const json_t *value = NULL;

	CC_TRY(find(json, name, &value, err));
	if (!json_is_boolean(value))
		return cc_fail(err, CC_E_ARG, "'%s' is %s instead of true or false", name,
			       kinds[json_typeof(value)]);
	*out = json_is_true(value);
	return 0;
}

static int get_text(const struct cc_json *json, const char *name, struct cc_span *out,
		    struct cc_err *err)
{
	const json_t *value = NULL;

	CC_TRY(get(json, name, JSON_STRING, &value, err));
	*out = cc_span(json_string_value(value), json_string_length(value));
	return 0;
}

int cc_json_get_hex(const struct cc_json *json, const char *name, struct cc_mut out,
		    struct cc_err *err)
{
	struct cc_span text = { 0 };

	CC_TRY(get_text(json, name, &text, err));
	return cc_hex_parse_fixed(text, name, out, err);
}

int cc_json_get_digest(const struct cc_json *json, const char *name, struct cc_digest *out,
		       struct cc_err *err)
{
	return cc_json_get_hex(json, name, CC_MUT(out->b), err);
}

int cc_json_get_base64(const struct cc_json *json, const char *name, size_t max, struct cc_buf *out,
		       struct cc_err *err)
{
	size_t before = out->len;
	struct cc_span text = { 0 };

	CC_TRY(get_text(json, name, &text, err));
	/* Padding can make the text up to two bytes longer than the bytes need. */
	if (text.len / 4 * 3 > max && text.len / 4 * 3 - max > 2)
		return cc_fail(err, CC_E_TOOBIG, "'%s' has more than %zu bytes", name, max);
	if (cc_base64_parse(text, out, err) != 0)
		return cc_wrap(err, "'%s'", name);
	if (out->len - before <= max)
		return 0;
	cc_wipe(out->at + before, out->len - before);
	out->len = before;
	return cc_fail(err, CC_E_TOOBIG, "'%s' has more than %zu bytes", name, max);
}

int cc_json_get_base64_fixed(const struct cc_json *json, const char *name, struct cc_mut out,
			     struct cc_err *err)
{
	CC_AUTO_BUF struct cc_buf bytes = { 0 };

	CC_TRY(cc_json_get_base64(json, name, out.len, &bytes, err));
	if (bytes.len != out.len)
		return cc_fail(err, CC_E_ARG, "'%s' has %zu bytes, not %zu", name, bytes.len,
			       out.len);
	memcpy(out.at, bytes.at, out.len);
	return 0;
}

int cc_json_get_name(const struct cc_json *json, const char *name, size_t most, char **out,
		     struct cc_err *err)
{
	const char *text = NULL;

	CC_TRY(cc_json_get_str(json, name, &text, err));
	if (text[0] == '\0' || strlen(text) > most)
		return cc_fail(err, CC_E_ARG, "'%s' has 1 to %zu bytes", name, most);
	return cc_str_dup(text, out, err);
}

int cc_json_get_secret(const struct cc_json *json, const char *name, size_t max,
		       struct cc_secret **out, struct cc_err *err)
{
	CC_AUTO_BUF struct cc_buf bytes = { 0 };

	CC_TRY(cc_json_get_base64(json, name, max, &bytes, err));
	if (bytes.len == 0)
		return cc_fail(err, CC_E_ARG, "'%s' is empty", name);
	return cc_secret_from(cc_buf_span(&bytes), out, err);
}

bool cc_json_has(const struct cc_json *json, const char *name)
{
	const json_t *value = json_object_get(cc_json_in(json), name);

	return value != NULL && !json_is_null(value);
}

static bool is_among(const char *name, const char *const *known, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (cc_str_eq(name, known[i]))
			return true;
	return false;
}

int cc_json_closed(const struct cc_json *json, const char *const *known, size_t count,
		   struct cc_err *err)
{
	json_t *object = cc_json_unconst(json);

	if (!json_is_object(object))
		return cc_fail(err, CC_E_ARG, "%s instead of an object",
			       kinds[json_typeof(object)]);
	for (void *at = json_object_iter(object); at != NULL;
	     at = json_object_iter_next(object, at)) {
		const char *name = json_object_iter_key(at), *nearest = NULL;

		if (is_among(name, known, count))
			continue;
		nearest = cc_str_nearest(name, known, count);
		cc_err_set(err, CC_E_ARG, "'%.*s' is not known here", cc_quote_len(name), name);
		if (nearest != NULL)
			cc_err_hint(err, "did you mean '%s'?", nearest);
		return -1;
	}
	return 0;
}

bool cc_json_is_object(const struct cc_json *json)
{
	return json_is_object(cc_json_in(json));
}

bool cc_json_is_array(const struct cc_json *json)
{
	return json_is_array(cc_json_in(json));
}

const char *cc_json_str(const struct cc_json *json)
{
	return json_string_value(cc_json_in(json));
}

size_t cc_json_count(const struct cc_json *json)
{
	if (json_is_array(cc_json_in(json)))
		return json_array_size(cc_json_in(json));
	return json_object_size(cc_json_in(json));
}

static void *member_at(const struct cc_json *json, size_t at)
{
	json_t *object = cc_json_unconst(json);
	void *member = json_object_iter(object);

	while (member != NULL && at-- > 0)
		member = json_object_iter_next(object, member);
	return member;
}

const struct cc_json *cc_json_at(const struct cc_json *json, size_t at)
{
	if (json_is_array(cc_json_in(json)))
		return cc_json_out_const(json_array_get(cc_json_in(json), at));
	return cc_json_out_const(json_object_iter_value(member_at(json, at)));
}

const char *cc_json_name_at(const struct cc_json *json, size_t at)
{
	return json_object_iter_key(member_at(json, at));
}
