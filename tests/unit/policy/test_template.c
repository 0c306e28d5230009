/* SPDX-License-Identifier: Apache-2.0 */
/* $NAME and ${NAME} in the text of a policy. */
#include "tests/unit/test.h"

#include <stdlib.h>

#include "base/str.h"
#include "policy/policy.h"
#include "policy/template.h"

static const char *value(void *context, const char *name)
{
	(void)context;
	if (cc_str_eq(name, "NAME"))
		return "sh1/s1";
	if (cc_str_eq(name, "_a1"))
		return "$NAME";
	if (cc_str_eq(name, "NOTHING"))
		return "";
	return cc_str_eq(name, "LINES") ? "a\nupdate: ANY" : NULL;
}

static int expand(const char *text, struct cc_buf *out, struct cc_err *err)
{
	cc_buf_reset(out);
	return cc_template_expand(cc_span_str(text), value, NULL, out, err);
}

static void variables_are_filled_in_and_everything_else_stays(void **state)
{
	static const struct {
		const char *text, *expanded;
	} rows[] = {
		{ "", "" },
		{ "name: $NAME", "name: sh1/s1" },
		{ "name: ${NAME}x", "name: sh1/s1x" },
		{ "$NAME$NAME", "sh1/s1sh1/s1" },
		{ "$NAME-", "sh1/s1-" },
		{ "[$NOTHING]", "[]" },
		{ "$_a1", "$NAME" }, /* values are not looked into again */
		{ "$$SCONE::x$$", "$$SCONE::x$$" },
		{ "$$SCONE::a$$$$SCONE::b$$", "$$SCONE::a$$$$SCONE::b$$" },
		{ "$$SCONE::${NAME}_key:pem$$", "$$SCONE::sh1/s1_key:pem$$" },
		{ "$$SCONE::$NAME$$", "$$SCONE::sh1/s1$$" },
		{ "\\$NAME", "$NAME" },
		{ "\\$\\$SCONE::x\\$\\$", "$$SCONE::x$$" }, /* out of a shell's heredoc */
		{ "\\@\\@NAME: 1", "\\@\\@NAME: 1" },
		{ "cost: 5$ or $5 or $", "cost: 5$ or $5 or $" },
		{ "a \\ b \\", "a \\ b \\" },
		{ "@@1", "@@1" },
	};
	CC_AUTO_BUF struct cc_buf out = { 0 };
	struct cc_err err = { 0 };

	(void)state;
	for (size_t i = 0; i < CC_COUNT(rows); i++) {
		assert_int_equal(expand(rows[i].text, &out, &err), 0);
		if (!cc_span_eq_str(cc_buf_span(&out), rows[i].expanded))
			fail_msg("'%s' became '%.*s'", rows[i].text, (int)out.len,
				 (const char *)out.at);
	}
}

static void refused(const char *text, const char *says)
{
	CC_AUTO_BUF struct cc_buf out = { 0 };
	struct cc_err err = { 0 };

	assert_int_equal(expand(text, &out, &err), -1);
	assert_int_equal(err.code, CC_E_ARG);
	if (strstr(err.text, says) == NULL)
		fail_msg("'%s' does not say '%s'", err.text, says);
}

static void a_missing_value_is_named_with_line_and_column(void **state)
{
	(void)state;
	refused("version: 1\n\nname: $SESSION/x",
		"variable $SESSION is missing at line 3 column 7");
	refused("${NO}", "variable $NO is missing at line 1 column 1");
	refused("$NAME $NO", "variable $NO is missing at line 1 column 7");
}

static void what_is_no_variable_is_refused_where_one_was_begun(void **state)
{
	(void)state;
	refused("a: ${", "line 1 column 4");
	refused("${}", "line 1 column 1");
	refused("${NAME", "line 1 column 1");
	refused("${NA-ME}", "line 1 column 1");
	refused("${1}", "line 1 column 1");
}

/* A value must not add keys that the template's reader does not see. */
static void a_value_with_a_line_break_is_refused(void **state)
{
	(void)state;
	refused("x: $LINES", "has a line break");
}

static void a_name_has_a_greatest_length(void **state)
{
	char text[CC_TEMPLATE_NAME_MAX + 3];

	(void)state;
	memset(text, 'A', sizeof(text));
	text[0] = '$';
	text[sizeof(text) - 1] = '\0';
	refused(text, "no variable");
	text[sizeof(text) - 2] = '\0';
	refused(text, "is missing");
}

static const char *long_value(void *context, const char *name)
{
	(void)name;
	return context;
}

static void the_expansion_has_the_maximum_of_a_policy(void **state)
{
	char *big = calloc(1, CC_POLICY_TEXT_MAX + 1);
	CC_AUTO_BUF struct cc_buf out = { 0 };
	struct cc_err err = { 0 };

	(void)state;
	assert_non_null(big);
	memset(big, 'x', CC_POLICY_TEXT_MAX);
	assert_int_equal(cc_template_expand(cc_span_str("$A"), long_value, big, &out, &err), 0);
	assert_int_equal(out.len, CC_POLICY_TEXT_MAX);
	cc_buf_reset(&out);
	assert_int_equal(cc_template_expand(cc_span_str("$A "), long_value, big, &out, &err), -1);
	assert_int_equal(err.code, CC_E_TOOBIG);
	cc_buf_reset(&out);
	assert_int_equal(cc_template_expand(cc_span(big, CC_POLICY_TEXT_MAX + 1), long_value, big,
					    &out, &err),
			 -1);
	assert_int_equal(err.code, CC_E_TOOBIG);
	free(big);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(variables_are_filled_in_and_everything_else_stays),
		cmocka_unit_test(a_missing_value_is_named_with_line_and_column),
		cmocka_unit_test(what_is_no_variable_is_refused_where_one_was_begun),
		cmocka_unit_test(a_value_with_a_line_break_is_refused),
		cmocka_unit_test(a_name_has_a_greatest_length),
		cmocka_unit_test(the_expansion_has_the_maximum_of_a_policy),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
