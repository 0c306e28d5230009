/* SPDX-License-Identifier: Apache-2.0 */
#include "secret/substitute.h"

#include "base/str.h"
#include "codec/json.h"
#include "secret/format.h"

#define BEGIN "$$SCONE:"
#define MARK "$$"

struct reference {
	char name[CC_REFERENCE_MAX + 1]; /* with its format, until it was found */
	bool escape;
};

static bool is_reference_char(uint8_t c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
	       (c != '\0' && strchr("_-.~:", c) != NULL);
}

/* "name:format|escape(json)" in three parts; the text is copied into `out->name` and cut there. */
static int split(struct cc_span text, struct reference *out, struct cc_err *err)
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

/*
 * The secret that is meant. A name may have dots, and the suffixes of 0.2 begin with one: the
 * whole name goes before the name without its suffix.
 */
static int find(const struct cc_secret_lookup *secrets, struct reference *reference,
		struct cc_secret_found *out, char format[static CC_REFERENCE_MAX + 1],
		struct cc_err *err)
{
	char *name = reference->name, *colon = strchr(name, ':'), *dot = strrchr(name, '.');
	struct cc_err why = { 0 };

	(void)snprintf(format, CC_REFERENCE_MAX + 1, "%s", colon == NULL ? "" : colon);
	if (colon != NULL)
		*colon = '\0';
	if (colon != NULL || dot == NULL || !cc_secret_format_is_old(dot))
		return secrets->find(secrets->context, name, out, err);
	if (secrets->find(secrets->context, name, out, &why) == 0)
		return 0;
	if (why.code != CC_E_NOTFOUND) {
		*err = why;
		return cc_failed();
	}
	(void)snprintf(format, CC_REFERENCE_MAX + 1, "%s", dot);
	*dot = '\0';
	return secrets->find(secrets->context, name, out, err);
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

static int add_reference(struct cc_span text, const struct cc_secret_lookup *secrets,
			 struct cc_buf *out, struct cc_err *err)
{
	struct reference reference = { 0 };
	struct cc_secret_found found = { 0 };
	char format[CC_REFERENCE_MAX + 1];
	CC_AUTO_BUF struct cc_buf plain = { .max = out->max };

	CC_TRY(split(text, &reference, err));
	CC_TRY(find(secrets, &reference, &found, format, err));
	if (!reference.escape) {
		if (cc_secret_format(&found, format, out, err) == 0)
			return 0;
		return cc_wrap(err, "secret '%.128s'", reference.name);
	}
	if (cc_secret_format(&found, format, &plain, err) != 0 ||
	    add_escaped(cc_buf_span(&plain), out, err) != 0)
		return cc_wrap(err, "secret '%.128s'", reference.name);
	return 0;
}

/* The text between the marks that begin at `rest`, and how long all of it is. */
static int read_marks(struct cc_span rest, struct cc_span *reference, size_t *len,
		      struct cc_err *err)
{
	size_t from = strlen(BEGIN);
	struct cc_span inner = { 0 };
	const uint8_t *end = NULL;

	if (rest.len <= from || rest.at[from] != ':') {
		cc_err_set(err, CC_E_ARG, "a reference with one colon ('$$SCONE:')");
		return cc_hint(err, "write two: $$SCONE::name$$");
	}
	/* The end is looked for where one may be, and no further. */
	inner = cc_span_sub(rest, from + 1, CC_REFERENCE_MAX + strlen("|escape(json)$$"));
	end = inner.len == 0 ? NULL : memmem(inner.at, inner.len, MARK, strlen(MARK));
	if (end == NULL)
		return cc_fail(err, CC_E_ARG,
			       "a reference ('$$SCONE::') that does not end in '$$'");
	*reference = cc_span(inner.at, (size_t)(end - inner.at));
	*len = from + 1 + reference->len + strlen(MARK);
	return 0;
}

int cc_substitute(struct cc_span text, const struct cc_secret_lookup *secrets, struct cc_buf *out,
		  struct cc_err *err)
{
	while (text.len != 0) {
		const uint8_t *at = memmem(text.at, text.len, BEGIN, strlen(BEGIN));
		size_t plain = at == NULL ? text.len : (size_t)(at - text.at), len = 0;
		struct cc_span reference = { 0 };

		CC_TRY(cc_buf_add(out, cc_span(text.at, plain), err));
		text = cc_span_sub(text, plain, text.len);
		if (text.len == 0)
			break;
		CC_TRY(read_marks(text, &reference, &len, err));
		CC_TRY(add_reference(reference, secrets, out, err));
		text = cc_span_sub(text, len, text.len);
	}
	return 0;
}

int cc_reference_value(struct cc_span reference, const struct cc_secret_lookup *secrets,
		       struct cc_buf *out, struct cc_err *err)
{
	return add_reference(reference, secrets, out, err);
}

int cc_reference_json(struct cc_span reference, const struct cc_secret_lookup *secrets,
		      struct cc_buf *out, struct cc_err *err)
{
	CC_AUTO_BUF struct cc_buf plain = { .max = out->max };
	CC_AUTO_JSON struct cc_json *json = NULL;
	struct reference parts = { 0 };
	struct cc_secret_found found = { 0 };
	char format[CC_REFERENCE_MAX + 1];

	CC_TRY(split(reference, &parts, err));
	CC_TRY(find(secrets, &parts, &found, format, err));
	if (found.value->kind == CC_SECRET_CONFIG_FRAGMENT && format[0] == '\0')
		return cc_buf_add(out, cc_secret_value_span(found.value), err);
	if (cc_secret_format(&found, format, &plain, err) != 0)
		return cc_wrap(err, "secret '%.128s'", parts.name);
	CC_TRY(cc_json_string(cc_buf_span(&plain), &json, err));
	return cc_json_print(json, out, err);
}

bool cc_reference_whole(struct cc_span text, struct cc_span *reference)
{
	struct cc_err unused = { 0 };
	size_t len = 0;

	return text.len > strlen(BEGIN) && memcmp(text.at, BEGIN, strlen(BEGIN)) == 0 &&
	       read_marks(text, reference, &len, &unused) == 0 && len == text.len;
}
