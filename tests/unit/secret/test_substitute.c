/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/secret/secrets.h"

static const char list[] = "  - {name: text, kind: ascii, value: abc}\n"
			   "  - {name: quoted, kind: ascii, value: 'a\"b\\\\c'}\n"
			   "  - {name: dotted.crt, kind: ascii, value: dots}\n"
			   "  - {name: empty, kind: ascii, value: ''}\n"
			   "  - {name: half, kind: ascii, value: '$$SCO'}\n"
			   "  - {name: nested, kind: ascii, value: 'x'}\n"
			   "  - {name: long, kind: ascii, size: 60000}\n";

static struct secrets all;

static int make(void **state)
{
	(void)state;
	secrets_new(&all, "0.3.12", list);
	return 0;
}

static int clear(void **state)
{
	(void)state;
	secrets_clear(&all);
	return 0;
}

static void rule_1_8_3_references_stand_alone_in_texts_and_side_by_side(void **state)
{
	static const char *const cases[][2] = {
		{ "", "" },
		{ "no reference", "no reference" },
		{ "$$SCONE::text$$", "abc" },
		{ "<$$SCONE::text$$>", "<abc>" },
		{ "$$SCONE::text$$$$SCONE::text$$", "abcabc" },
		{ "$$SCONE::text$$$$", "abc$$" },
		{ "$$$SCONE::text$$", "$abc" },
		{ "$$SCONE::empty$$", "" },
		{ "$$scone::text$$ $$SCONE", "$$scone::text$$ $$SCONE" },
		/* Escaped by a shell: no part of the language (scone.md 1.8.3). */
		{ "\\$\\$SCONE::text\\$\\$", "\\$\\$SCONE::text\\$\\$" },
	};
	CC_AUTO_BUF struct cc_buf out = { 0 };

	(void)state;
	for (size_t i = 0; i < CC_COUNT(cases); i++)
		assert_string_equal(filled(&all, cases[i][0], &out), cases[i][1]);
}

static void rule_1_8_3_escape_json_escapes_and_adds_no_quotes(void **state)
{
	CC_AUTO_BUF struct cc_buf out = { 0 };

	(void)state;
	assert_string_equal(filled(&all, "\"$$SCONE::quoted|escape(json)$$\"", &out),
			    "\"a\\\"b\\\\\\\\c\"");
	assert_refused(&all, "$$SCONE::text|escape(xml)$$", CC_E_ARG, "reference");
}

static void the_slip_with_one_colon_is_refused_with_the_right_spelling(void **state)
{
	(void)state;
	assert_refused(&all, "$$SCONE:text|escape(json)$$", CC_E_ARG, "$$SCONE::name$$");
	assert_refused(&all, "$$SCONE:", CC_E_ARG, "$$SCONE::name$$");
}

static void rule_1_8_3_an_unknown_secret_is_named(void **state)
{
	(void)state;
	assert_refused(&all, "a $$SCONE::missing$$", CC_E_NOTFOUND, "missing");
	assert_refused(&all, "a $$SCONE::missing.key$$", CC_E_NOTFOUND, "missing");
}

static void malformed_references_are_refused(void **state)
{
	char endless[2048] = "$$SCONE::";

	(void)state;
	memset(endless + 9, 'a', sizeof(endless) - 12);
	memcpy(endless + sizeof(endless) - 3, "$$", 3);
	assert_refused(&all, endless, CC_E_ARG, "does not end");
	assert_refused(&all, "$$SCONE::text", CC_E_ARG, "does not end");
	assert_refused(&all, "$$SCONE::text$", CC_E_ARG, "does not end");
	assert_refused(&all, "$$SCONE::$$", CC_E_ARG, "reference");
	assert_refused(&all, "$$SCONE::a b$$", CC_E_ARG, "reference");
	assert_refused(&all, "$$SCONE::a/b$$", CC_E_ARG, "reference");
}

static void a_name_with_a_dot_goes_before_an_old_suffix(void **state)
{
	CC_AUTO_BUF struct cc_buf out = { 0 };

	(void)state;
	assert_string_equal(filled(&all, "$$SCONE::dotted.crt$$", &out), "dots");
}

/* Whoever chooses a value must not name other secrets by it. */
static void rule_1_8_3_a_value_is_never_looked_through_again(void **state)
{
	CC_AUTO_BUF struct cc_buf out = { 0 };

	(void)state;
	assert_string_equal(filled(&all, "$$SCONE::half$$NE::text$$", &out), "$$SCONE::text$$");
	cc_secret_free(all.values[5].bytes);
	all.values[5].bytes = NULL;
	assert_int_equal(cc_secret_from(cc_span_str("$$SCONE::text$$"), &all.values[5].bytes,
					&(struct cc_err){ 0 }),
			 0);
	assert_string_equal(filled(&all, "$$SCONE::nested$$", &out), "$$SCONE::text$$");
}

static void output_has_a_maximum(void **state)
{
	CC_AUTO_BUF struct cc_buf out = { .max = 100 * 1000 };
	struct cc_err err = { 0 };

	(void)state;
	assert_int_equal(cc_substitute(cc_span_str("$$SCONE::long$$"), &all.lookup, &out, &err), 0);
	assert_int_equal(out.len, 60000);
	assert_int_equal(cc_substitute(cc_span_str("$$SCONE::long$$"), &all.lookup, &out, &err),
			 -1);
	assert_int_equal(err.code, CC_E_TOOBIG);
}

static void a_whole_reference_is_told_from_a_text_with_one(void **state)
{
	struct cc_span found = { 0 };

	(void)state;
	assert_true(cc_reference_whole(cc_span_str("$$SCONE::a:b$$"), &found));
	assert_true(cc_span_eq_str(found, "a:b"));
	assert_false(cc_reference_whole(cc_span_str("$$SCONE::a$$ "), &found));
	assert_false(cc_reference_whole(cc_span_str(" $$SCONE::a$$"), &found));
	assert_false(cc_reference_whole(cc_span_str("$$SCONE::a$$$$SCONE::a$$"), &found));
	assert_false(cc_reference_whole(cc_span_str("$$SCONE:a$$"), &found));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(rule_1_8_3_references_stand_alone_in_texts_and_side_by_side),
		cmocka_unit_test(rule_1_8_3_escape_json_escapes_and_adds_no_quotes),
		cmocka_unit_test(the_slip_with_one_colon_is_refused_with_the_right_spelling),
		cmocka_unit_test(rule_1_8_3_an_unknown_secret_is_named),
		cmocka_unit_test(malformed_references_are_refused),
		cmocka_unit_test(a_name_with_a_dot_goes_before_an_old_suffix),
		cmocka_unit_test(rule_1_8_3_a_value_is_never_looked_through_again),
		cmocka_unit_test(output_has_a_maximum),
		cmocka_unit_test(a_whole_reference_is_told_from_a_text_with_one),
	};

	return cmocka_run_group_tests(tests, make, clear);
}
