/* SPDX-License-Identifier: Apache-2.0 */
/* Statements in JSON, for the CAS's processes and its answers. */
#include "base/str.h"
#include "base/time.h"
#include "codec/text.h"
#include "evidence/statement.h"

static int set_time(struct cc_json *json, const char *name, int64_t at, struct cc_err *err)
{
	char text[CC_TIME_TEXT];

	cc_time_print(at, text);
	return cc_json_set_str(json, name, text, err);
}

static int get_time(const struct cc_json *json, const char *name, int64_t *out, struct cc_err *err)
{
	const char *text = NULL;

	CC_TRY(cc_json_get_str(json, name, &text, err));
	return cc_time_parse(cc_span_str(text), out, err);
}

int cc_statement_summary(const struct cc_statement *statement, struct cc_json **out,
			 struct cc_err *err)
{
	CC_AUTO_JSON struct cc_json *json = NULL;

	CC_TRY(cc_json_object(&json, err));
	CC_TRY(cc_json_set_str(json, "kind", cc_statement_name(statement->kind), err));
	CC_TRY(cc_json_set_str(json, "platform", cc_platform_name(statement->platform), err));
	CC_TRY(cc_json_set_str(json, "subject", statement->subject, err));
	CC_TRY(cc_json_set_u64(json, "number", statement->number, err));
	CC_TRY(set_time(json, "from", statement->from, err));
	CC_TRY(set_time(json, "until", statement->until, err));
	CC_TRY(cc_json_set_str(json, "class", cc_class_name(statement->class), err));
	CC_TRY(cc_json_set_hex(json, "hash", CC_DIGEST_SPAN(statement->hash), err));
	CC_TRY(cc_json_set_hex(json, "root", CC_DIGEST_SPAN(statement->root), err));
	CC_TRY(cc_json_set_hex(json, "issuer", CC_DIGEST_SPAN(statement->issuer), err));
	*out = CC_TAKE(json);
	return 0;
}

int cc_statements_to_json(const struct cc_statements *statements, struct cc_json **out,
			  struct cc_err *err)
{
	CC_AUTO_JSON struct cc_json *list = NULL;

	CC_TRY(cc_json_array(&list, err));
	for (size_t i = 0; i < statements->count; i++) {
		const struct cc_statement *statement = &statements->at[i];
		CC_AUTO_JSON struct cc_json *json = NULL;

		CC_TRY(cc_statement_summary(statement, &json, err));
		CC_TRY(cc_json_set_base64(json, "bytes", statement->bytes, err));
		CC_TRY(cc_json_set_base64(json, "chain", statement->chain, err));
		CC_TRY(cc_json_add(list, CC_TAKE(json), err));
	}
	*out = CC_TAKE(list);
	return 0;
}

static int read_kind(const struct cc_json *json, enum cc_statement_kind *out, struct cc_err *err)
{
	const char *name = NULL;

	CC_TRY(cc_json_get_str(json, "kind", &name, err));
	for (unsigned int i = CC_STATEMENT_TCB_INFO; i < CC_STATEMENT_KINDS; i++)
		if (cc_str_eq(name, cc_statement_name((enum cc_statement_kind)i))) {
			*out = (enum cc_statement_kind)i;
			return 0;
		}
	return cc_fail(err, CC_E_ARG, "there is no statement of kind '%s'", name);
}

static int read_names(const struct cc_json *json, struct cc_statement *out, struct cc_err *err)
{
	const char *text = NULL;

	CC_TRY(read_kind(json, &out->kind, err));
	CC_TRY(cc_json_get_str(json, "platform", &text, err));
	out->platform = cc_platform_named(text);
	CC_TRY(cc_json_get_str(json, "class", &text, err));
	out->class = cc_class_named(text);
	CC_TRY(cc_json_get_str(json, "subject", &text, err));
	if (out->platform == CC_PLATFORM_NONE || out->class == CC_CLASS_NONE ||
	    strlen(text) >= sizeof(out->subject))
		return cc_fail(err, CC_E_ARG, "platform, class or subject of a statement");
	(void)snprintf(out->subject, sizeof(out->subject), "%s", text);
	return 0;
}

static int read_summary(const struct cc_json *json, struct cc_statement *out, struct cc_err *err)
{
	static const char *const known[] = { "bytes",    "chain",  "class",   "from",
					     "hash",     "issuer", "kind",    "number",
					     "platform", "root",   "subject", "until" };

	CC_TRY(cc_json_closed(json, known, CC_COUNT(known), err));
	CC_TRY(read_names(json, out, err));
	CC_TRY(cc_json_get_u64(json, "number", CC_JSON_INTEGER_MAX, &out->number, err));
	CC_TRY(get_time(json, "from", &out->from, err));
	CC_TRY(get_time(json, "until", &out->until, err));
	CC_TRY(cc_json_get_digest(json, "hash", &out->hash, err));
	CC_TRY(cc_json_get_digest(json, "root", &out->root, err));
	return cc_json_get_digest(json, "issuer", &out->issuer, err);
}

/* The ranges as places in `text`, which may still move. */
static int read_one(const struct cc_json *json, struct cc_statements *out, struct cc_err *err)
{
	struct cc_statement *statement = &out->at[out->count];
	size_t before = out->text.len;
	struct cc_digest hash = { 0 };

	CC_TRY(read_summary(json, statement, err));
	CC_TRY(cc_json_get_base64(json, "bytes", CC_COLLATERAL_ITEM_MAX, &out->text, err));
	statement->bytes.len = out->text.len - before;
	CC_TRY(cc_sha256(cc_span_sub(cc_buf_span(&out->text), before, statement->bytes.len), &hash,
			 err));
	if (!cc_digest_eq(&hash, &statement->hash))
		return cc_fail(err, CC_E_TAMPERED, "the bytes of %s '%s' are not those of its hash",
			       cc_statement_name(statement->kind), statement->subject);
	before = out->text.len;
	CC_TRY(cc_json_get_base64(json, "chain", CC_COLLATERAL_ITEM_MAX, &out->text, err));
	statement->chain.len = out->text.len - before;
	out->count++;
	return 0;
}

void cc_statements_place(struct cc_statements *statements)
{
	struct cc_span text = cc_buf_span(&statements->text);
	size_t at = 0;

	for (size_t i = 0; i < statements->count; i++) {
		struct cc_statement *statement = &statements->at[i];

		statement->bytes = cc_span_sub(text, at, statement->bytes.len);
		at += statement->bytes.len;
		statement->chain = cc_span_sub(text, at, statement->chain.len);
		at += statement->chain.len;
	}
}

int cc_statements_from_json(const struct cc_json *json, struct cc_statements *out,
			    struct cc_err *err)
{
	size_t count = cc_json_count(json);

	if (!cc_json_is_array(json) || count > CC_STATEMENTS_MAX)
		return cc_fail(err, CC_E_ARG, "no list of at most %d statements",
			       CC_STATEMENTS_MAX);
	for (size_t i = 0; i < count; i++)
		CC_TRY(read_one(cc_json_at(json, i), out, err));
	cc_statements_place(out);
	return 0;
}
