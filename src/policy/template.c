/* SPDX-License-Identifier: Apache-2.0 */
#include "policy/template.h"

#include "policy/policy.h"

struct expansion {
	struct cc_span text;
	size_t at;
	cc_template_value_fn *value;
	void *context;
	struct cc_buf *out;
};

struct position {
	unsigned int line, column;
};

static struct position where(const struct expansion *x)
{
	struct position p = { 1, 1 };

	for (size_t i = 0; i < x->at; i++) {
		p.column++;
		if (x->text.at[i] == '\n')
			p = (struct position){ p.line + 1, 1 };
	}
	return p;
}

static bool is_first(uint8_t c)
{
	return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || c == '_';
}

static bool is_further(uint8_t c)
{
	return is_first(c) || (c >= '0' && c <= '9');
}

/* The byte `ahead` of the current one; 0 behind the end. */
static uint8_t peek(const struct expansion *x, size_t ahead)
{
	return ahead < x->text.len - x->at ? x->text.at[x->at + ahead] : 0;
}

static int add(struct expansion *x, struct cc_span bytes, struct cc_err *err)
{
	if (bytes.len > CC_POLICY_TEXT_MAX - x->out->len)
		return cc_fail(err, CC_E_TOOBIG, "the expanded policy has more than %zu bytes",
			       CC_POLICY_TEXT_MAX);
	return cc_buf_add(x->out, bytes, err);
}

static int add_value(struct expansion *x, const char *name, struct cc_err *err)
{
	const char *value = x->value(x->context, name);

	if (value == NULL) {
		const struct position p = where(x);

		cc_err_set(err, CC_E_ARG,
			   "value for variable $%.100s is missing at line %u column %u", name,
			   p.line, p.column);
		return cc_hint(err, "give it with -e %.100s=VALUE, or write \\$ for a plain '$'",
			       name);
	}
	if (strpbrk(value, "\r\n") != NULL) {
		const struct position p = where(x);

		cc_err_set(err, CC_E_ARG,
			   "the value for variable $%.100s at line %u column %u has a line break",
			   name, p.line, p.column);
		return cc_hint(err, "write a text of several lines into the policy itself");
	}
	return add(x, cc_span_str(value), err);
}

/* `from` bytes behind the '$' a name begins; `closing`: one more byte behind it belongs to it. */
static int variable(struct expansion *x, size_t from, bool closing, struct cc_err *err)
{
	char name[CC_TEMPLATE_NAME_MAX + 1] = "";
	size_t len = 0;

	while (is_further(peek(x, from + len)))
		len++;
	if (len == 0 || len > CC_TEMPLATE_NAME_MAX || !is_first(peek(x, from)) ||
	    (closing && peek(x, from + len) != '}')) {
		const struct position p = where(x);

		cc_err_set(err, CC_E_ARG, "no variable like ${NAME} at line %u column %u", p.line,
			   p.column);
		return cc_hint(err,
			       "names have letters, digits and '_'; write \\$ for a plain '$'");
	}
	memcpy(name, x->text.at + x->at + from, len);
	CC_TRY(add_value(x, name, err));
	x->at += from + len + (closing ? 1 : 0);
	return 0;
}

/* So many bytes as they stand. */
static int keep(struct expansion *x, size_t skip, size_t count, struct cc_err *err)
{
	CC_TRY(add(x, cc_span(x->text.at + x->at + skip, count), err));
	x->at += skip + count;
	return 0;
}

static int step(struct expansion *x, struct cc_err *err)
{
	uint8_t c = peek(x, 0), next = peek(x, 1);
	size_t plain = 1;

	if (c == '\\' && next == '$')
		return keep(x, 1, 1, err);
	if (c == '$' && next == '$')
		return keep(x, 0, 2, err);
	if (c == '$' && next == '{')
		return variable(x, 2, true, err);
	if (c == '$' && is_first(next))
		return variable(x, 1, false, err);
	while (plain < x->text.len - x->at && peek(x, plain) != '$' && peek(x, plain) != '\\')
		plain++;
	return keep(x, 0, plain, err);
}

int cc_template_expand(struct cc_span text, cc_template_value_fn *value, void *context,
		       struct cc_buf *out, struct cc_err *err)
{
	struct expansion x = { text, 0, value, context, out };

	if (text.len > CC_POLICY_TEXT_MAX)
		return cc_fail(err, CC_E_TOOBIG, "the policy has %zu bytes, more than %zu",
			       text.len, CC_POLICY_TEXT_MAX);
	while (x.at < text.len)
		CC_TRY(step(&x, err));
	return 0;
}
