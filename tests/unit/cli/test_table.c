/* SPDX-License-Identifier: Apache-2.0 */
/* Data as tables, for people who want columns. */
#include "tests/unit/test.h"

#include "cli/output.h"

static void assert_table(const char *text, const char *expected)
{
	CC_AUTO_JSON struct cc_json *json = NULL;
	CC_AUTO_BUF struct cc_buf out = { 0 };
	struct cc_err err = { 0 };

	assert_int_equal(cc_json_parse(cc_span_str(text), 4096, &json, &err), 0);
	assert_int_equal(cc_table_print(json, &out, &err), 0);
	if (!cc_span_eq_str(cc_buf_span(&out), expected))
		fail_msg("%.*s", (int)out.len, (const char *)out.at);
}

static void members_are_lines_with_their_names(void **state)
{
	(void)state;
	assert_table("{\"name\":\"x\",\"size\":7,\"is_new\":true,\"end\":null,\"none\":\"\"}",
		     "name    x\nsize    7\nis_new  true\nend     null\nnone    -\n");
	assert_table("{\"a\":{\"b\":{\"c\":1}},\"d\":[1,\"two\"],\"e\":[]}",
		     "a.b.c  1\nd      1, two\ne      -\n");
}

static void lists_of_objects_are_rows_under_heads(void **state)
{
	(void)state;
	assert_table(
		"{\"count\":2,\"all\":[{\"name\":\"a\",\"n\":100},{\"n\":2,\"more\":[\"x\"]}]}",
		"count  2\n\nall:\nNAME  N    MORE\na     100  -\n-     2    x\n");
	assert_table("[{\"a\":1},{\"a\":2}]", "A\n1\n2\n");
}

static void columns_are_as_wide_as_their_characters(void **state)
{
	(void)state;
	assert_table("[{\"a\":\"äö\",\"b\":1},{\"a\":\"xyz\",\"b\":2}]",
		     "A    B\näö   1\nxyz  2\n");
}

static void texts_of_several_lines_stand_behind_the_rest(void **state)
{
	(void)state;
	assert_table("{\"text\":\"one\\n  two\\n\",\"z\":1}",
		     "z  1\n\ntext:\n    one\n      two\n");
	assert_table("[{\"a\":\"one\\ntwo\",\"b\":1}]", "A      B\none …  1\n");
}

/* Whoever chose a text must not move the cursor of whoever reads it. */
static void no_text_is_obeyed_by_a_terminal(void **state)
{
	(void)state;
	assert_table("{\"a\":\"x\\u001b[2Jy\\r\"}", "a  x\\x1b[2Jy\\x0d\n");
	assert_table("{\"a\":\"one\\n\\u001b]0;t\\u0007\"}", "a:\n    one\n    \\x1b]0;t\\x07\n");
	assert_table("[{\"a\":\"\\u009b1m\"}]", "A\n\\xc2\\x9b1m\n");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(members_are_lines_with_their_names),
		cmocka_unit_test(lists_of_objects_are_rows_under_heads),
		cmocka_unit_test(columns_are_as_wide_as_their_characters),
		cmocka_unit_test(texts_of_several_lines_stand_behind_the_rest),
		cmocka_unit_test(no_text_is_obeyed_by_a_terminal),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
