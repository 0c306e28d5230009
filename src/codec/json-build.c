/* SPDX-License-Identifier: Apache-2.0 */
#include "codec/json-internal.h"
#include "codec/text.h"

static int made(json_t *json, struct cc_json **out, struct cc_err *err)
{
	if (json == NULL)
		return cc_fail(err, CC_E_SYSTEM, "out of memory for a json value");
	*out = cc_json_out(json);
	return 0;
}

int cc_json_object(struct cc_json **out, struct cc_err *err)
{
	return made(json_object(), out, err);
}

int cc_json_array(struct cc_json **out, struct cc_err *err)
{
	return made(json_array(), out, err);
}

int cc_json_set(struct cc_json *json, const char *name, struct cc_json *value, struct cc_err *err)
{
	if (json_object_set_new(cc_json_in_mut(json), name, cc_json_in_mut(value)) != 0)
		return cc_fail(err, CC_E_BUG, "set '%s' of a json object", name);
	return 0;
}

void cc_json_drop(struct cc_json *json, const char *name)
{
	(void)json_object_del(cc_json_in_mut(json), name);
}

static int text_new(struct cc_span value, json_t **out, struct cc_err *err)
{
	json_t *text = NULL;

	if (value.len != 0 && memchr(value.at, '\0', value.len) != NULL)
		return cc_fail(err, CC_E_ARG, "a json string with a NUL character");
	text = json_stringn(value.len == 0 ? "" : (const char *)value.at, value.len);
	if (text == NULL)
		return cc_fail(err, CC_E_ARG, "a json string that is not UTF-8");
	*out = text;
	return 0;
}

int cc_json_string(struct cc_span value, struct cc_json **out, struct cc_err *err)
{
	json_t *text = NULL;

	CC_TRY(text_new(value, &text, err));
	*out = cc_json_out(text);
	return 0;
}

int cc_json_set_text(struct cc_json *json, const char *name, struct cc_span value,
		     struct cc_err *err)
{
	json_t *text = NULL;

	if (text_new(value, &text, err) != 0)
		return cc_wrap(err, "set '%s'", name);
	return cc_json_set(json, name, cc_json_out(text), err);
}

int cc_json_set_str(struct cc_json *json, const char *name, const char *value, struct cc_err *err)
{
	return cc_json_set_text(json, name, cc_span_str(value), err);
}

int cc_json_set_u64(struct cc_json *json, const char *name, uint64_t value, struct cc_err *err)
{
	struct cc_json *number = NULL;

	if (value > CC_JSON_INTEGER_MAX)
		return cc_fail(err, CC_E_TOOBIG, "set '%s': %llu is over the maximum of %llu", name,
			       (unsigned long long)value, (unsigned long long)CC_JSON_INTEGER_MAX);
	CC_TRY(made(json_integer((json_int_t)value), &number, err));
	return cc_json_set(json, name, number, err);
}

int cc_json_set_bool(struct cc_json *json, const char *name, bool value, struct cc_err *err)
{
	return cc_json_set(json, name, cc_json_out(json_boolean(value)), err);
}

int cc_json_set_null(struct cc_json *json, const char *name, struct cc_err *err)
{
	return cc_json_set(json, name, cc_json_out(json_null()), err);
}

int cc_json_set_hex(struct cc_json *json, const char *name, struct cc_span value,
		    struct cc_err *err)
{
	CC_AUTO_BUF struct cc_buf text = { 0 };

	CC_TRY(cc_hex_add(&text, value, err));
	return cc_json_set_text(json, name, cc_buf_span(&text), err);
}

int cc_json_set_base64(struct cc_json *json, const char *name, struct cc_span value,
		       struct cc_err *err)
{
	CC_AUTO_BUF struct cc_buf text = { 0 };

	CC_TRY(cc_base64_add(&text, value, err));
	return cc_json_set_text(json, name, cc_buf_span(&text), err);
}

int cc_json_add(struct cc_json *array, struct cc_json *value, struct cc_err *err)
{
	if (json_array_append_new(cc_json_in_mut(array), cc_json_in_mut(value)) != 0)
		return cc_fail(err, CC_E_BUG, "add to a json array");
	return 0;
}

int cc_json_add_str(struct cc_json *array, const char *value, struct cc_err *err)
{
	json_t *text = NULL;

	CC_TRY(text_new(cc_span_str(value), &text, err));
	return cc_json_add(array, cc_json_out(text), err);
}

int cc_json_copy(const struct cc_json *json, struct cc_json **out, struct cc_err *err)
{
	return made(json_deep_copy(cc_json_in(json)), out, err);
}
