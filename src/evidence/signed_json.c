/* SPDX-License-Identifier: Apache-2.0 */
#include "codec/text.h"
#include "evidence/collateral.h"

#define DEPTH_MAX 64

static void skip_space(struct cc_reader *r)
{
	static const char space[] = { ' ', '\t', '\r', '\n' };

	while (r->rest.len > 0 && memchr(space, r->rest.at[0], sizeof(space)) != NULL)
		r->rest = cc_span(r->rest.at + 1, r->rest.len - 1);
}

static int malformed(const char *what, struct cc_err *err)
{
	return cc_fail(err, CC_E_EVIDENCE,
		       "%s is not a signed JSON object: {\"name\": {…}, \"signature\": \"…\"}",
		       what);
}

static int take(struct cc_reader *r, char expected, const char *what, struct cc_err *err)
{
	skip_space(r);
	if (r->rest.len == 0 || r->rest.at[0] != (uint8_t)expected)
		return malformed(what, err);
	r->rest = cc_span(r->rest.at + 1, r->rest.len - 1);
	return 0;
}

/* The length of the string at the start of `text`, with its quotes; 0: it does not end. */
static size_t string_len(struct cc_span text)
{
	for (size_t i = 1; i < text.len; i++) {
		if (text.at[i] == '"')
			return i + 1;
		if (text.at[i] == '\\')
			i++;
	}
	return 0;
}

/*
 * The length of the object at the start of `text`; 0: it does not end. Brackets of
 * both kinds count alike: whether they match is for the parser to say, which gets
 * exactly this range.
 */
static size_t object_len(struct cc_span text)
{
	size_t depth = 0;

	for (size_t i = 0; i < text.len; i++) {
		if (text.at[i] == '"') {
			size_t len = string_len(cc_span_sub(text, i, text.len));

			if (len == 0)
				return 0;
			i += len - 1;
		} else if (text.at[i] == '{' || text.at[i] == '[') {
			if (++depth > DEPTH_MAX)
				return 0;
		} else if ((text.at[i] == '}' || text.at[i] == ']') && --depth == 0) {
			return i + 1;
		}
	}
	return 0;
}

/* A string without escapes: names and signatures have none. */
static int take_string(struct cc_reader *r, const char *what, struct cc_span *out,
		       struct cc_err *err)
{
	size_t len = 0;

	skip_space(r);
	if (r->rest.len > 0 && r->rest.at[0] == '"')
		len = string_len(r->rest);
	if (len == 0)
		return malformed(what, err);
	*out = cc_span_sub(r->rest, 1, len - 2);
	r->rest = cc_span_sub(r->rest, len, r->rest.len);
	return 0;
}

/* Names that Intel's documents go by: one in the place of another is the likeliest mistake. */
static bool is_document(struct cc_span name)
{
	return cc_span_eq_str(name, "tcbInfo") || cc_span_eq_str(name, "enclaveIdentity");
}

static int take_member(struct cc_reader *r, const char *member, struct cc_signed_json *out,
		       bool *has_signature, struct cc_err *err)
{
	struct cc_span name = { 0 }, text = { 0 };
	size_t len = 0;

	CC_TRY(take_string(r, member, &name, err));
	CC_TRY(take(r, ':', member, err));
	skip_space(r);
	if (cc_span_eq_str(name, "signature") && !*has_signature) {
		*has_signature = true;
		CC_TRY(take_string(r, member, &text, err));
		if (cc_hex_parse_fixed(text, "signature", CC_MUT(out->signature), err) != 0)
			return cc_fail(err, CC_E_EVIDENCE,
				       "signature of %s is not 128 hexadecimal digits", member);
		return 0;
	}
	if (is_document(name) && !cc_span_eq_str(name, member))
		return cc_fail(err, CC_E_EVIDENCE, "this is %.*s, not %s", (int)name.len, name.at,
			       member);
	if (!cc_span_eq_str(name, member) || out->value.len > 0)
		return malformed(member, err);
	if (r->rest.len > 0 && r->rest.at[0] == '{')
		len = object_len(r->rest);
	if (len == 0)
		return malformed(member, err);
	out->value = cc_span_sub(r->rest, 0, len);
	r->rest = cc_span_sub(r->rest, len, r->rest.len);
	return 0;
}

int cc_signed_json_split(struct cc_span text, const char *member, struct cc_signed_json *out,
			 struct cc_err *err)
{
	struct cc_signed_json found = { 0 };
	struct cc_reader r = cc_reader(text);
	bool has_signature = false;

	if (text.len > CC_COLLATERAL_ITEM_MAX)
		return cc_fail(err, CC_E_TOOBIG, "%s has %zu bytes, at most %zu are read", member,
			       text.len, CC_COLLATERAL_ITEM_MAX);
	CC_TRY(take(&r, '{', member, err));
	CC_TRY(take_member(&r, member, &found, &has_signature, err));
	CC_TRY(take(&r, ',', member, err));
	CC_TRY(take_member(&r, member, &found, &has_signature, err));
	CC_TRY(take(&r, '}', member, err));
	skip_space(&r);
	/* Files of some caches end in a NUL. */
	if (!cc_span_is_zero(r.rest))
		return malformed(member, err);
	*out = found;
	return 0;
}
