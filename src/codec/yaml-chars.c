/* SPDX-License-Identifier: Apache-2.0 */
/*
 * libyaml takes a NUL for the end, guesses UTF-16 and splits lines at U+2028:
 * three ways to show one text to a reviewer and another to the parser.
 */
#include "codec/utf8-internal.h"
#include "codec/yaml-internal.h"

static const char *refusal(uint32_t c, bool first)
{
	if (c == CC_NOT_UTF8)
		return "not UTF-8";
	if (c == 0)
		return "a NUL character";
	if ((c < ' ' && c != '\t' && c != '\n' && c != '\r') ||
	    (c >= 0x7f && c < 0xa0 && c != 0x85))
		return "a control character";
	if (c == 0x85 || c == 0x2028 || c == 0x2029)
		return "a line break that YAML 1.1 and 1.2 read differently";
	if ((c == 0xfeff && !first) || c == 0xfffe || c == 0xffff)
		return "a character that YAML does not allow";
	return NULL;
}

/* The place of the character at byte `at`; all before it are ones that may stand there. */
static int refuse(struct cc_span text, size_t at, const char *reason, struct cc_err *err)
{
	unsigned int line = 1, column = 1;

	for (size_t i = 0; i < at; i++) {
		bool is_end = text.at[i] == '\n' ||
			      (text.at[i] == '\r' && (i + 1 == text.len || text.at[i + 1] != '\n'));

		line += is_end;
		if (is_end)
			column = 1;
		else
			column += (text.at[i] & 0xc0) != 0x80;
	}
	return cc_fail(err, CC_E_ARG, "yaml line %u column %u: %s", line, column, reason);
}

int cc_yaml_check_characters(struct cc_span text, struct cc_err *err)
{
	size_t len = 1;

	for (size_t i = cc_ascii_len(text); i < text.len;
	     i += len, i += cc_ascii_len(cc_span_sub(text, i, text.len))) {
		uint32_t c = cc_utf8_front(cc_span_sub(text, i, text.len), &len);
		const char *reason = refusal(c, i == 0);

		if (reason != NULL)
			return refuse(text, i, reason, err);
	}
	return 0;
}
