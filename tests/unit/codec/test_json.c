/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/test.h"

#include "codec/json.h"

#define MAX ((size_t)4 * 1024 * 1024)

static struct cc_json *parsed(const char *text)
{
	struct cc_json *json = NULL;
	struct cc_err err = { 0 };

	if (cc_json_parse(cc_span_str(text), MAX, &json, &err) != 0)
		fail_msg("'%s': %s", text, err.text);
	return json;
}

static void expect_refused(struct cc_span text, enum cc_code code, const char *reason)
{
	CC_AUTO_JSON struct cc_json *json = NULL;
	struct cc_err err = { 0 };

	if (cc_json_parse(text, MAX, &json, &err) == 0)
		fail_msg("'%.*s' is accepted", (int)text.len, (const char *)text.at);
	assert_int_equal(err.code, code);
	if (strstr(err.text, reason) == NULL)
		fail_msg("'%s' does not say '%s'", err.text, reason);
	assert_null(json);
}

static void what_is_not_strict_json_is_refused_with_its_place(void **state)
{
	static const struct {
		const char *text, *reason;
	} rows[] = {
		{ "", "line 1 column 1" },
		{ "{\"a\":1,\n  \"a\":2}", "line 2 column 5: a second member of the same name" },
		{ "{} {}", "something follows the value" },
		{ "[1,]", "invalid syntax" },
		{ "{\"a\":1", "ends too early" },
		{ "[1]]", "something follows" },
		{ "\"\\u0000\"", "a NUL character" },
		{ "{\"\\u0000\":1}", "a NUL character" },
		{ "\"\xff\"", "not UTF-8" },
		{ "\"\xc0\x80\"", "not UTF-8" },
		{ "\"\xed\xa0\x80\"", "not UTF-8" },
		{ "\"\\ud800\"", "invalid syntax" },
		{ "9223372036854775808", "too large" },
		{ "1e999", "too large" },
		{ "01", "line 1" },
		{ "+1", "invalid syntax" },
		{ "NaN", "invalid syntax" },
		{ "'a'", "invalid syntax" },
		{ "// c\n1", "invalid syntax" },
		{ "\"\n\"", "invalid syntax" },
		{ "}", "invalid syntax" },
	};

	(void)state;
	for (size_t i = 0; i < CC_COUNT(rows); i++)
		expect_refused(cc_span_str(rows[i].text), CC_E_ARG, rows[i].reason);
	expect_refused(cc_span("[1,\0]", 5), CC_E_ARG, "line 1");
}

static void an_error_does_not_quote_the_text(void **state)
{
	struct cc_json *json = NULL;
	struct cc_err err = { 0 };

	(void)state;
	assert_int_equal(cc_json_parse(cc_span_str("{\"key\": \"hunter2\" x}"), MAX, &json, &err),
			 -1);
	assert_null(strstr(err.text, "hunter2"));
}

static void repeat(struct cc_buf *out, const char *text, size_t count)
{
	struct cc_err err = { 0 };

	for (size_t i = 0; i < count; i++)
		assert_int_equal(cc_buf_add_str(out, text, &err), 0);
}

static void each_maximum_holds_and_is_reached(void **state)
{
	CC_AUTO_JSON struct cc_json *json = NULL;
	CC_AUTO_BUF struct cc_buf deep = { 0 }, wide = { 0 }, members = { 0 }, values = { 0 };
	struct cc_err err = { 0 };

	(void)state;
	assert_int_equal(cc_json_parse(cc_span_str("[1]"), 3, &json, &err), 0);
	assert_int_equal(cc_json_parse(cc_span_str("[1]"), 2, &json, &err), -1);
	assert_int_equal(err.code, CC_E_TOOBIG);

	repeat(&deep, "[", CC_JSON_DEPTH_MAX);
	repeat(&deep, "]", CC_JSON_DEPTH_MAX);
	cc_json_free(json);
	json = NULL;
	assert_int_equal(cc_json_parse(cc_buf_span(&deep), MAX, &json, &err), 0);
	deep.len = 0;
	repeat(&deep, "[", CC_JSON_DEPTH_MAX + 1);
	repeat(&deep, "]", CC_JSON_DEPTH_MAX + 1);
	expect_refused(cc_buf_span(&deep), CC_E_TOOBIG, "deeper than 64");

	repeat(&wide, "[", 1);
	repeat(&wide, "1,", CC_JSON_ELEMENTS_MAX - 1);
	repeat(&wide, "1]", 1);
	cc_json_free(json);
	json = NULL;
	assert_int_equal(cc_json_parse(cc_buf_span(&wide), MAX, &json, &err), 0);
	assert_int_equal(cc_json_count(json), CC_JSON_ELEMENTS_MAX);
	wide.at[wide.len - 1] = ',';
	repeat(&wide, "1]", 1);
	expect_refused(cc_buf_span(&wide), CC_E_TOOBIG, "array has more than 200000 elements");

	repeat(&members, "{", 1);
	for (int i = 0; i <= CC_JSON_MEMBERS_MAX; i++)
		assert_int_equal(cc_buf_addf(&members, &err, "\"%d\":1%s", i,
					     i == CC_JSON_MEMBERS_MAX ? "}" : ","),
				 0);
	expect_refused(cc_buf_span(&members), CC_E_TOOBIG, "object has more than 16384 members");

	repeat(&values, "[", 1);
	for (int i = 0; i < 6; i++) {
		repeat(&values, i == 0 ? "[" : ",[", 1);
		repeat(&values, "1,", 99999);
		repeat(&values, "1]", 1);
	}
	repeat(&values, "]", 1);
	expect_refused(cc_buf_span(&values), CC_E_TOOBIG, "more than 500000 values");
}

static void brackets_and_commas_in_strings_do_not_count(void **state)
{
	CC_AUTO_BUF struct cc_buf text = { 0 };
	CC_AUTO_JSON struct cc_json *json = NULL;
	struct cc_err err = { 0 };

	(void)state;
	repeat(&text, "\"\\\"", 1);
	repeat(&text, "[{,", CC_JSON_VALUES_MAX + 1);
	repeat(&text, "\\\\\"", 1);
	assert_int_equal(cc_json_parse(cc_buf_span(&text), MAX, &json, &err), 0);
}

static void the_canonical_form_is_that_of_rfc_8785(void **state)
{
	static const struct {
		const char *text, *canonical;
	} rows[] = {
		{ " { \"b\" : [ 1 , -2 , true , false , null ] , \"a\" : \"x\" } ",
		  "{\"a\":\"x\",\"b\":[1,-2,true,false,null]}" },
		/* RFC 8785, 3.2.2.2 and 3.2.3. */
		{ "\"\\u20ac$\\u000F\\u000aA'\\u0042\\u0022\\u005c\\\\\\\"\\/\"",
		  "\"\xe2\x82\xac$\\u000f\\nA'B\\\"\\\\\\\\\\\"/\"" },
		{ "{\"\\u20ac\":\"Euro Sign\",\"\\r\":\"Carriage Return\","
		  "\"\\ufb33\":\"Hebrew Letter Dalet With Dagesh\",\"1\":\"One\","
		  "\"\\ud83d\\ude00\":\"Emoji: Grinning Face\",\"\\u0080\":\"Control\","
		  "\"\\u00f6\":\"Latin Small Letter O With Diaeresis\"}",
		  "{\"\\r\":\"Carriage Return\",\"1\":\"One\",\"\xc2\x80\":\"Control\","
		  "\"\xc3\xb6\":\"Latin Small Letter O With Diaeresis\","
		  "\"\xe2\x82\xac\":\"Euro Sign\",\"\xf0\x9f\x98\x80\":\"Emoji: Grinning Face\","
		  "\"\xef\xac\xb3\":\"Hebrew Letter Dalet With Dagesh\"}" },
		{ "\"\\u0008\\u0009\\u000a\\u000c\\u000d\\u001f\\u007f\"",
		  "\"\\b\\t\\n\\f\\r\\u001f\x7f\"" },
		{ "{\"aa\":1,\"a\":2,\"\":3}", "{\"\":3,\"a\":2,\"aa\":1}" },
		{ "{}", "{}" },
		{ "[]", "[]" },
		{ "-0", "0" },
		{ "9007199254740991", "9007199254740991" },
		{ "-9007199254740991", "-9007199254740991" },
	};

	(void)state;
	for (size_t i = 0; i < CC_COUNT(rows); i++) {
		CC_AUTO_JSON struct cc_json *json = parsed(rows[i].text);
		CC_AUTO_BUF struct cc_buf out = { 0 };
		struct cc_err err = { 0 };

		assert_int_equal(cc_json_print(json, &out, &err), 0);
		if (!cc_span_eq_str(cc_buf_span(&out), rows[i].canonical))
			fail_msg("row %zu: %.*s", i, (int)out.len, (const char *)out.at);
	}
}

static void numbers_without_an_exact_form_are_not_printed(void **state)
{
	static const char *const refused[] = { "[1.0]", "[1,1e2]", "9007199254740992",
					       "[-9007199254740992]" };

	(void)state;
	for (size_t i = 0; i < CC_COUNT(refused); i++) {
		CC_AUTO_JSON struct cc_json *json = parsed(refused[i]);
		CC_AUTO_BUF struct cc_buf out = { 0 };
		struct cc_err err = { 0 };

		assert_int_equal(cc_json_print(json, &out, &err), -1);
		assert_int_equal(err.code, CC_E_ARG);
		assert_int_equal(out.len, 0);
		assert_int_equal(cc_json_print_pretty(json, &out, &err), 0);
	}
}

static void a_set_is_sorted_by_canonical_bytes_with_each_element_once(void **state)
{
	static const struct {
		const char *before, *after;
	} rows[] = {
		{ "[]", "[]" },
		{ "[\"b\"]", "[\"b\"]" },
		{ "[\"b\",\"a\",\"b\"]", "[\"a\",\"b\"]" },
		{ "[12,\"12\",1,{},[2],true]", "[\"12\",1,12,[2],true,{}]" },
		{ "[{\"b\":1,\"a\":2},{\"a\":2,\"b\":1},{\"a\":1}]",
		  "[{\"a\":1},{\"a\":2,\"b\":1}]" },
		{ "[\"a\",\"\xc3\xa9\",\"aa\"]", "[\"a\",\"aa\",\"\xc3\xa9\"]" },
	};

	(void)state;
	for (size_t i = 0; i < CC_COUNT(rows); i++) {
		CC_AUTO_JSON struct cc_json *json = NULL;
		CC_AUTO_BUF struct cc_buf text = { 0 };
		const char *printed = NULL;
		struct cc_err err = { 0 };

		assert_int_equal(cc_json_parse(cc_span_str(rows[i].before), 100, &json, &err), 0);
		assert_int_equal(cc_json_sort(json, &err), 0);
		assert_int_equal(cc_json_print(json, &text, &err), 0);
		assert_int_equal(cc_buf_str(&text, &printed, &err), 0);
		assert_string_equal(printed, rows[i].after);
	}
}

/* Eight bytes are looked at in one step: no place of a step may differ. */
static void each_character_is_escaped_wherever_it_stands(void **state)
{
	static const struct {
		char plain;
		const char *escaped;
	} rows[] = { { '"', "\\\"" },       { '\\', "\\\\" }, { '\n', "\\n" },
		     { '\x1f', "\\u001f" }, { ' ', " " },     { '\x01', "\\u0001" },
		     { '\x7f', "\x7f" },    { '!', "!" } };

	(void)state;
	for (size_t i = 0; i < CC_COUNT(rows); i++)
		for (int at = 0; at < 19; at++) {
			CC_AUTO_JSON struct cc_json *json = NULL;
			CC_AUTO_BUF struct cc_buf text = { 0 };
			const char *printed = NULL;
			char before[64], after[128];
			struct cc_err err = { 0 };

			(void)snprintf(before, sizeof(before), "%.*s%c%.*s", at,
				       "0123456789abcdefghij", rows[i].plain, 20 - at,
				       "\xc3\xa9zzzzzzzzzzzzzzzzzz");
			(void)snprintf(after, sizeof(after), "\"%.*s%s%.*s\"", at,
				       "0123456789abcdefghij", rows[i].escaped, 20 - at,
				       "\xc3\xa9zzzzzzzzzzzzzzzzzz");
			assert_int_equal(cc_json_string(cc_span_str(before), &json, &err), 0);
			assert_int_equal(cc_json_print(json, &text, &err), 0);
			assert_int_equal(cc_buf_str(&text, &printed, &err), 0);
			assert_string_equal(printed, after);
		}
}

static void people_get_indented_members_in_the_order_set(void **state)
{
	CC_AUTO_JSON struct cc_json *json = parsed("{\"b\":[1,{}],\"a\":{\"c\":[]}}");
	CC_AUTO_BUF struct cc_buf out = { 0 };
	const char *text = NULL;
	struct cc_err err = { 0 };

	(void)state;
	assert_int_equal(cc_json_print_pretty(json, &out, &err), 0);
	assert_int_equal(cc_buf_str(&out, &text, &err), 0);
	assert_string_equal(text, "{\n  \"b\": [\n    1,\n    {}\n  ],\n"
				  "  \"a\": {\n    \"c\": []\n  }\n}\n");
}

static void members_are_read_by_name_and_kind(void **state)
{
	CC_AUTO_JSON struct cc_json *json =
		parsed("{\"o\":{\"x\":1},\"a\":[1,\"two\"],\"s\":\"text\",\"n\":7,\"t\":true,"
		       "\"h\":\"0AfF\",\"b\":\"Zm9v\",\"null\":null}");
	const struct cc_json *inner = NULL;
	CC_AUTO_SECRET struct cc_secret *secret = NULL;
	CC_AUTO_BUF struct cc_buf bytes = { 0 };
	struct cc_err err = { 0 };
	const char *text = NULL;
	uint8_t two[2] = { 0 };
	uint64_t number = 0;
	bool yes = false;

	(void)state;
	assert_int_equal(cc_json_get_object(json, "o", &inner, &err), 0);
	assert_int_equal(cc_json_get_u64(inner, "x", 1, &number, &err), 0);
	assert_int_equal(number, 1);
	assert_int_equal(cc_json_get_array(json, "a", &inner, &err), 0);
	assert_int_equal(cc_json_count(inner), 2);
	assert_int_equal(cc_json_u64(cc_json_at(inner, 0), "a[0]", 9, &number, &err), 0);
	assert_string_equal(cc_json_str(cc_json_at(inner, 1)), "two");
	assert_null(cc_json_str(cc_json_at(inner, 0)));
	assert_null(cc_json_at(inner, 2));
	assert_int_equal(cc_json_get_str(json, "s", &text, &err), 0);
	assert_string_equal(text, "text");
	assert_int_equal(cc_json_get_u64(json, "n", 7, &number, &err), 0);
	assert_int_equal(number, 7);
	assert_int_equal(cc_json_get_bool(json, "t", &yes, &err), 0);
	assert_true(yes);
	assert_int_equal(cc_json_get_hex(json, "h", CC_MUT(two), &err), 0);
	assert_memory_equal(two, "\x0a\xff", 2);
	assert_int_equal(cc_json_get_base64(json, "b", 3, &bytes, &err), 0);
	assert_true(cc_span_eq_str(cc_buf_span(&bytes), "foo"));
	assert_int_equal(cc_json_get_secret(json, "b", 3, &secret, &err), 0);
	assert_true(cc_span_eq_str(cc_secret_span(secret), "foo"));
	assert_true(cc_json_has(json, "s"));
	assert_false(cc_json_has(json, "null"));
	assert_false(cc_json_has(json, "absent"));
	assert_int_equal(cc_json_count(json), 8);
	assert_string_equal(cc_json_name_at(json, 0), "o");
	assert_true(cc_json_is_array(cc_json_at(json, 1)));
	assert_true(cc_json_is_object(cc_json_at(json, 0)));
	assert_null(cc_json_name_at(json, 8));
}

#define DIGEST_63 "000000000000000000000000000000000000000000000000000000000000000"

static void a_member_of_another_kind_or_size_is_refused_by_name(void **state)
{
	static const struct {
		const char *value, *reason;
		enum cc_code code;
	} rows[] = {
		{ "{}", "'m' is missing", CC_E_ARG },
		{ "[]", "'m' is asked of an array instead of an object", CC_E_ARG },
		{ "{\"m\":7.0}", "'m' is a number instead of an integer", CC_E_ARG },
		{ "{\"m\":\"7\"}", "'m' is a string instead of an integer", CC_E_ARG },
		{ "{\"m\":null}", "'m' is null instead of an integer", CC_E_ARG },
		{ "{\"m\":-1}", "'m' is below zero", CC_E_ARG },
		{ "{\"m\":11}", "'m' is 11, over the maximum of 10", CC_E_TOOBIG },
	};

	(void)state;
	for (size_t i = 0; i < CC_COUNT(rows); i++) {
		CC_AUTO_JSON struct cc_json *json = parsed(rows[i].value);
		struct cc_err err = { 0 };
		uint64_t number = 99;

		assert_int_equal(cc_json_get_u64(json, "m", 10, &number, &err), -1);
		assert_string_equal(err.text, rows[i].reason);
		assert_int_equal(err.code, rows[i].code);
		assert_int_equal(number, 99);
	}
}

static void each_reader_refuses_another_kind(void **state)
{
	CC_AUTO_JSON struct cc_json *json =
		parsed("{\"n\":1,\"s\":\"x\",\"big\":9007199254740992,"
		       "\"h\":\"" DIGEST_63 "\",\"b\":\"Zm9vYmFy\",\"empty\":\"\"}");
	CC_AUTO_BUF struct cc_buf bytes = { 0 };
	const struct cc_json *inner = NULL;
	struct cc_secret *secret = NULL;
	struct cc_digest digest = { 0 };
	struct cc_err err = { 0 };
	const char *text = NULL;
	uint64_t number = 0;
	bool yes = false;

	(void)state;
	assert_int_equal(cc_json_get_object(json, "n", &inner, &err), -1);
	assert_int_equal(cc_json_get_array(json, "n", &inner, &err), -1);
	assert_int_equal(cc_json_get_str(json, "n", &text, &err), -1);
	assert_int_equal(cc_json_get_bool(json, "n", &yes, &err), -1);
	assert_int_equal(cc_json_get_u64(json, "big", UINT64_MAX, &number, &err), -1);
	assert_int_equal(err.code, CC_E_TOOBIG);
	assert_int_equal(cc_json_get_digest(json, "h", &digest, &err), -1);
	assert_int_equal(cc_json_get_base64(json, "s", 9, &bytes, &err), -1);
	assert_int_equal(cc_json_get_base64(json, "n", 9, &bytes, &err), -1);
	assert_int_equal(cc_json_get_base64(json, "b", 5, &bytes, &err), -1);
	assert_int_equal(err.code, CC_E_TOOBIG);
	assert_int_equal(cc_json_get_base64(json, "b", 1, &bytes, &err), -1);
	assert_int_equal(err.code, CC_E_TOOBIG);
	assert_int_equal(bytes.len, 0);
	assert_int_equal(cc_json_get_base64(json, "b", 6, &bytes, &err), 0);
	assert_int_equal(cc_json_get_secret(json, "empty", 9, &secret, &err), -1);
	assert_null(secret);
}

static void an_unknown_member_is_refused_with_the_nearest_known_one(void **state)
{
	static const char *const known[] = { "name", "command" };
	CC_AUTO_JSON struct cc_json *good = parsed("{\"name\":1}"), *array = parsed("[]");
	CC_AUTO_JSON struct cc_json *typo = parsed("{\"name\":1,\"comand\":2}");
	struct cc_err err = { 0 };

	(void)state;
	assert_int_equal(cc_json_closed(good, known, CC_COUNT(known), &err), 0);
	assert_int_equal(cc_json_closed(typo, known, CC_COUNT(known), &err), -1);
	assert_int_equal(err.code, CC_E_ARG);
	assert_string_equal(err.text, "'comand' is not known here");
	assert_string_equal(err.hint, "did you mean 'command'?");
	assert_int_equal(cc_json_closed(array, known, CC_COUNT(known), &err), -1);
}

static void what_is_built_reads_back(void **state)
{
	CC_AUTO_JSON struct cc_json *json = NULL, *copy = NULL;
	struct cc_json *array = NULL;
	CC_AUTO_BUF struct cc_buf out = { 0 };
	struct cc_err err = { 0 };

	(void)state;
	assert_int_equal(cc_json_object(&json, &err), 0);
	assert_int_equal(cc_json_array(&array, &err), 0);
	assert_int_equal(cc_json_add_str(array, "x", &err), 0);
	assert_int_equal(cc_json_set(json, "array", array, &err), 0);
	assert_int_equal(cc_json_set_str(json, "str", "a\"b", &err), 0);
	assert_int_equal(cc_json_set_text(json, "text", cc_span("abc", 2), &err), 0);
	assert_int_equal(cc_json_set_u64(json, "u64", CC_JSON_INTEGER_MAX, &err), 0);
	assert_int_equal(cc_json_set_bool(json, "bool", true, &err), 0);
	assert_int_equal(cc_json_set_hex(json, "hex", cc_span("\x01\xff", 2), &err), 0);
	assert_int_equal(cc_json_set_base64(json, "base64", cc_span_str("foob"), &err), 0);
	assert_int_equal(cc_json_copy(json, &copy, &err), 0);
	assert_int_equal(cc_json_set_str(json, "str", "changed", &err), 0);
	assert_int_equal(cc_json_print(copy, &out, &err), 0);
	assert_true(cc_span_eq_str(cc_buf_span(&out),
				   "{\"array\":[\"x\"],\"base64\":\"Zm9vYg==\",\"bool\":true,"
				   "\"hex\":\"01ff\",\"str\":\"a\\\"b\",\"text\":\"ab\","
				   "\"u64\":9007199254740991}"));
}

static void what_could_not_be_read_back_is_not_built(void **state)
{
	CC_AUTO_JSON struct cc_json *json = NULL;
	CC_AUTO_BUF struct cc_buf out = { 0 };
	struct cc_err err = { 0 };

	(void)state;
	assert_int_equal(cc_json_object(&json, &err), 0);
	assert_int_equal(cc_json_set_text(json, "m", cc_span("a\0b", 3), &err), -1);
	assert_int_equal(err.code, CC_E_ARG);
	assert_int_equal(cc_json_set_str(json, "m", "\xff", &err), -1);
	assert_int_equal(err.code, CC_E_ARG);
	assert_int_equal(cc_json_set_u64(json, "m", CC_JSON_INTEGER_MAX + 1, &err), -1);
	assert_int_equal(err.code, CC_E_TOOBIG);
	assert_int_equal(cc_json_count(json), 0);
	for (size_t i = 0; i <= CC_JSON_DEPTH_MAX; i++) {
		struct cc_json *outer = NULL;

		assert_int_equal(cc_json_object(&outer, &err), 0);
		assert_int_equal(cc_json_set(outer, "in", json, &err), 0);
		json = outer;
	}
	assert_int_equal(cc_json_print(json, &out, &err), -1);
	assert_int_equal(err.code, CC_E_TOOBIG);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_not_strict_json_is_refused_with_its_place),
		cmocka_unit_test(an_error_does_not_quote_the_text),
		cmocka_unit_test(each_maximum_holds_and_is_reached),
		cmocka_unit_test(brackets_and_commas_in_strings_do_not_count),
		cmocka_unit_test(the_canonical_form_is_that_of_rfc_8785),
		cmocka_unit_test(numbers_without_an_exact_form_are_not_printed),
		cmocka_unit_test(a_set_is_sorted_by_canonical_bytes_with_each_element_once),
		cmocka_unit_test(each_character_is_escaped_wherever_it_stands),
		cmocka_unit_test(people_get_indented_members_in_the_order_set),
		cmocka_unit_test(members_are_read_by_name_and_kind),
		cmocka_unit_test(a_member_of_another_kind_or_size_is_refused_by_name),
		cmocka_unit_test(each_reader_refuses_another_kind),
		cmocka_unit_test(an_unknown_member_is_refused_with_the_nearest_known_one),
		cmocka_unit_test(what_is_built_reads_back),
		cmocka_unit_test(what_could_not_be_read_back_is_not_built),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
