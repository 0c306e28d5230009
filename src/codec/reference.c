/* SPDX-License-Identifier: Apache-2.0 */
#include "codec/reference.h"

#include "codec/json.h"

#define BEGIN "$$SCONE:"
#define MARK "$$"

static bool is_reference_char(uint8_t c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
	       (c != '\0' && strchr("_-.~:", c) != NULL);
}

int cc_reference_split(struct cc_span text, struct cc_reference *out, struct cc_err *err)
{
	static const char escape[] = "|escape(json)";
	const size_t len = sizeof(escape) - 1;

	out->escape = text.len > len && memcmp(text.at + text.len - len, escape, len) == 0;
	if (out->escape)
		text.len -= len;
	if (text.len == 0 || text.len > CC_REFERENCE_MAX)
		return cc_fail(err, CC_E_ARG, "a reference of %zu bytes", text.len);
	for (size_t i = 0; i < text.len; i++)
		if (!is_reference_char(text.at[i]))
			return cc_fail(err, CC_E_ARG,
				       "a reference ('$$SCONE::') that is not followed by a name");
	memcpy(out->name, text.at, text.len);
	out->name[text.len] = '\0';
	return 0;
}

/* RFC 8259 section 7, without the quotes. */
static int add_escaped(struct cc_span bytes, struct cc_buf *out, struct cc_err *err)
{
	CC_AUTO_JSON struct cc_json *json = NULL;
	CC_AUTO_BUF struct cc_buf quoted = { 0 };

	CC_TRY(cc_json_string(bytes, &json, err));
	CC_TRY(cc_json_print(json, &quoted, err));
	return cc_buf_add(out, cc_span(quoted.at + 1, quoted.len - 2), err);
}

int cc_reference_add(struct cc_span text, const struct cc_reference_values *values,
		     struct cc_buf *out, struct cc_err *err)
{
	CC_AUTO_BUF struct cc_buf plain = { .max = out->max };
	struct cc_reference reference = { 0 };

	CC_TRY(cc_reference_split(text, &reference, err));
	if (!reference.escape)
		return values->add(values->context, reference.name, out, err);
	CC_TRY(values->add(values->context, reference.name, &plain, err));
	if (add_escaped(cc_buf_span(&plain), out, err) == 0)
		return 0;
	return cc_wrap(err, "secret '%.128s'", reference.name);
}

/* The text between the marks that begin at `rest`, and how long all of it is. */
static int read_marks(struct cc_span rest, struct cc_span *reference, size_t *len,
		      struct cc_err *err)
{
	size_t from = strlen(BEGIN);
	struct cc_span inner = { 0 };
	size_t end = 0;

	if (rest.len <= from || rest.at[from] != ':') {
		cc_err_set(err, CC_E_ARG, "a reference with one colon ('$$SCONE:')");
		return cc_hint(err, "write two: $$SCONE::name$$");
	}
	/* The end is looked for where one may be, and no further. */
	inner = cc_span_sub(rest, from + 1, CC_REFERENCE_MAX + strlen("|escape(json)$$"));
	end = cc_span_find(inner, MARK);
	if (end == inner.len)
		return cc_fail(err, CC_E_ARG,
			       "a reference ('$$SCONE::') that does not end in '$$'");
	*reference = cc_span_sub(inner, 0, end);
	*len = from + 1 + reference->len + strlen(MARK);
	return 0;
}

int cc_reference_fill(struct cc_span text, const struct cc_reference_values *values,
		      struct cc_buf *out, struct cc_err *err)
{
	while (text.len != 0) {
		size_t plain = cc_span_find(text, BEGIN), len = 0;
		struct cc_span reference = { 0 };

		CC_TRY(cc_buf_add(out, cc_span_sub(text, 0, plain), err));
		text = cc_span_sub(text, plain, text.len);
		if (text.len == 0)
			break;
		CC_TRY(read_marks(text, &reference, &len, err));
		CC_TRY(cc_reference_add(reference, values, out, err));
		text = cc_span_sub(text, len, text.len);
	}
	return 0;
}

bool cc_reference_whole(struct cc_span text, struct cc_span *reference)
{
	struct cc_err unused = { 0 };
	size_t len = 0;

	return text.len > strlen(BEGIN) && memcmp(text.at, BEGIN, strlen(BEGIN)) == 0 &&
	       read_marks(text, reference, &len, &unused) == 0 && len == text.len;
}
