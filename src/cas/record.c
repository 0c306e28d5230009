/* SPDX-License-Identifier: Apache-2.0 */
#include "cas/record.h"

#include "base/secret.h"
#include "base/str.h"

#define FIELDS_MAX 64

static void *element(const struct cc_list *list, const struct cc_record_type *of, size_t at)
{
	return (char *)list->at + at * of->size;
}

static void clear_list(struct cc_list *list, const struct cc_record_type *of)
{
	for (size_t i = 0; i < list->count; i++)
		cc_record_clear(of, element(list, of, i));
	free(list->at);
	*list = (struct cc_list){ 0 };
}

/* Texts of policies hold secrets that their owners wrote there. */
static void clear_text(char *text)
{
	if (text != NULL)
		cc_wipe(text, strlen(text));
	free(text);
}

static void clear_field(const struct cc_field *field, void *at)
{
	switch (field->kind) {
	case CC_FIELD_TEXT:
		clear_text(*(char **)at);
		break;
	case CC_FIELD_SECRET:
		cc_secret_free(*(struct cc_secret **)at);
		break;
	case CC_FIELD_LIST:
		clear_list(at, field->of);
		break;
	case CC_FIELD_NUMBER:
	case CC_FIELD_FLAG:
	case CC_FIELD_BYTES:
		break;
	}
}

void cc_record_clear(const struct cc_record_type *type, void *record)
{
	for (size_t i = 0; i < type->count; i++)
		clear_field(&type->fields[i], (char *)record + type->fields[i].at);
	memset(record, 0, type->size);
}

int cc_list_add(struct cc_list *list, const struct cc_record_type *of, void **out,
		struct cc_err *err)
{
	void *at = NULL;

	if (list->count == CC_LIST_MAX)
		return cc_fail(err, CC_E_TOOBIG, "a list has more than %d elements", CC_LIST_MAX);
	/* Elements hold pointers and plain numbers, never the bytes of a secret. */
	at = realloc(list->at, (list->count + 1) * of->size);
	if (at == NULL)
		return cc_fail(err, CC_E_SYSTEM, "out of memory for a list");
	list->at = at;
	*out = element(list, of, list->count++);
	memset(*out, 0, of->size);
	return 0;
}

void cc_list_drop(struct cc_list *list, const struct cc_record_type *of, size_t at)
{
	cc_record_clear(of, element(list, of, at));
	memmove(element(list, of, at), element(list, of, at + 1),
		(list->count - at - 1) * of->size);
	list->count--;
}

static int to_json(const struct cc_record_type *type, const void *record, struct cc_json **out,
		   struct cc_err *err);

static int save_list(struct cc_json *json, const struct cc_field *field, const struct cc_list *list,
		     struct cc_err *err)
{
	CC_AUTO_JSON struct cc_json *array = NULL;

	CC_TRY(cc_json_array(&array, err));
	for (size_t i = 0; i < list->count; i++) {
		CC_AUTO_JSON struct cc_json *one = NULL;

		CC_TRY(to_json(field->of, element(list, field->of, i), &one, err));
		CC_TRY(cc_json_add(array, CC_TAKE(one), err));
	}
	return cc_json_set(json, field->name, CC_TAKE(array), err);
}

static int save_field(struct cc_json *json, const struct cc_field *field, const void *at,
		      struct cc_err *err)
{
	const char *text = NULL;
	const struct cc_secret *secret = NULL;

	switch (field->kind) {
	case CC_FIELD_TEXT:
		text = *(char *const *)at;
		return text != NULL ? cc_json_set_str(json, field->name, text, err) : 0;
	case CC_FIELD_NUMBER:
		return cc_json_set_u64(json, field->name, *(const uint64_t *)at, err);
	case CC_FIELD_FLAG:
		return cc_json_set_bool(json, field->name, *(const bool *)at, err);
	case CC_FIELD_BYTES:
		return cc_json_set_hex(json, field->name, cc_span(at, field->len), err);
	case CC_FIELD_SECRET:
		secret = *(struct cc_secret *const *)at;
		return secret != NULL
			       ? cc_json_set_base64(json, field->name, cc_secret_span(secret), err)
			       : 0;
	case CC_FIELD_LIST:
		return save_list(json, field, at, err);
	}
	return cc_fail(err, CC_E_BUG, "field '%s' has no kind", field->name);
}

static int to_json(const struct cc_record_type *type, const void *record, struct cc_json **out,
		   struct cc_err *err)
{
	CC_AUTO_JSON struct cc_json *json = NULL;

	CC_TRY(cc_json_object(&json, err));
	for (size_t i = 0; i < type->count; i++)
		CC_TRY(save_field(json, &type->fields[i], (const char *)record + type->fields[i].at,
				  err));
	*out = CC_TAKE(json);
	return 0;
}

int cc_record_save(const struct cc_record_type *type, const void *record, struct cc_buf *out,
		   struct cc_err *err)
{
	CC_AUTO_JSON struct cc_json *json = NULL;

	CC_TRY(to_json(type, record, &json, err));
	return cc_json_print(json, out, err);
}

static int from_json(const struct cc_record_type *type, const struct cc_json *json, void *record,
		     struct cc_err *err);

static int load_list(const struct cc_json *json, const struct cc_field *field, struct cc_list *list,
		     struct cc_err *err)
{
	const struct cc_json *array = NULL;
	void *one = NULL;

	CC_TRY(cc_json_get_array(json, field->name, &array, err));
	for (size_t i = 0; i < cc_json_count(array); i++) {
		CC_TRY(cc_list_add(list, field->of, &one, err));
		CC_TRY(from_json(field->of, cc_json_at(array, i), one, err));
	}
	return 0;
}

static int load_field(const struct cc_json *json, const struct cc_field *field, void *at,
		      struct cc_err *err)
{
	const char *text = NULL;

	switch (field->kind) {
	case CC_FIELD_TEXT:
		if (!cc_json_has(json, field->name))
			return 0;
		CC_TRY(cc_json_get_str(json, field->name, &text, err));
		return cc_str_dup(text, at, err);
	case CC_FIELD_NUMBER:
		return cc_json_get_u64(json, field->name, UINT64_MAX, at, err);
	case CC_FIELD_FLAG:
		return cc_json_get_bool(json, field->name, at, err);
	case CC_FIELD_BYTES:
		return cc_json_get_hex(json, field->name, (struct cc_mut){ at, field->len }, err);
	case CC_FIELD_SECRET:
		if (!cc_json_has(json, field->name))
			return 0;
		return cc_json_get_secret(json, field->name, CC_SECRET_MAX, at, err);
	case CC_FIELD_LIST:
		return load_list(json, field, at, err);
	}
	return cc_fail(err, CC_E_BUG, "field '%s' has no kind", field->name);
}

static int from_json(const struct cc_record_type *type, const struct cc_json *json, void *record,
		     struct cc_err *err)
{
	const char *names[FIELDS_MAX];

	for (size_t i = 0; i < type->count; i++)
		names[i] = type->fields[i].name;
	CC_TRY(cc_json_closed(json, names, type->count, err));
	for (size_t i = 0; i < type->count; i++)
		CC_TRY(load_field(json, &type->fields[i], (char *)record + type->fields[i].at,
				  err));
	return 0;
}

int cc_record_load(const struct cc_record_type *type, struct cc_span json, void *record,
		   struct cc_err *err)
{
	CC_AUTO_JSON struct cc_json *parsed = NULL;

	CC_TRY(cc_json_parse(json, CC_RECORD_MAX, &parsed, err));
	if (from_json(type, parsed, record, err) == 0)
		return 0;
	cc_record_clear(type, record);
	return cc_wrap(err, "record of '%s'", type->table != NULL ? type->table : "a list");
}
