/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/test.h"

#include "ledger/entry.h"

#define STATE "0102030000000000000000000000000000000000000000000000000000000000"
#define TEXT                                                          \
	"{\"index\":7,\"policy\":\"sh3/pipeline\",\"state\":\"" STATE \
	"\",\"time\":\"2026-11-21T02:30:00Z\",\"type\":\"run.open\"}"

static const struct cc_entry sample = {
	.index = 7,
	.time = 1795228200,
	.type = "run.open",
	.state = { { 1, 2, 3 } },
};

static void an_entry_is_written_in_canonical_form_and_read_back(void **state)
{
	CC_AUTO_JSON struct cc_json *fields = NULL;
	CC_AUTO_ENTRY struct cc_entry again = { 0 };
	CC_AUTO_BUF struct cc_buf out = { 0 };
	const char *policy = NULL;
	struct cc_err err;

	(void)state;
	assert_int_equal(cc_json_object(&fields, &err), 0);
	assert_int_equal(cc_json_set_str(fields, "policy", "sh3/pipeline", &err), 0);
	assert_int_equal(cc_entry_make(&sample, fields, &out, &err), 0);
	assert_true(cc_span_eq_str(cc_buf_span(&out), TEXT));
	assert_int_equal(cc_entry_parse(cc_buf_span(&out), &again, &err), 0);
	assert_int_equal(again.index, 7);
	assert_int_equal(again.time, sample.time);
	assert_string_equal(again.type, "run.open");
	assert_true(cc_digest_eq(&again.state, &sample.state));
	assert_int_equal(cc_json_get_str(again.fields, "policy", &policy, &err), 0);
	assert_string_equal(policy, "sh3/pipeline");
}

static void an_entry_without_fields_is_one(void **state)
{
	CC_AUTO_ENTRY struct cc_entry again = { 0 };
	CC_AUTO_BUF struct cc_buf out = { 0 };
	struct cc_err err;

	(void)state;
	assert_int_equal(cc_entry_make(&sample, NULL, &out, &err), 0);
	assert_int_equal(cc_entry_parse(cc_buf_span(&out), &again, &err), 0);
}

static void fields_cannot_take_the_place_of_the_entrys_own(void **state)
{
	static const char *const own[] = { "index", "state", "time", "type" };

	(void)state;
	for (size_t i = 0; i < CC_COUNT(own); i++) {
		CC_AUTO_JSON struct cc_json *fields = NULL;
		CC_AUTO_BUF struct cc_buf out = { 0 };
		struct cc_err err;

		assert_int_equal(cc_json_object(&fields, &err), 0);
		assert_int_equal(cc_json_set_str(fields, own[i], "x", &err), 0);
		assert_int_equal(cc_entry_make(&sample, fields, &out, &err), -1);
		assert_int_equal(err.code, CC_E_ARG);
		assert_int_equal(out.len, 0);
	}
}

static void an_entry_that_no_bundle_holds_is_refused(void **state)
{
	CC_AUTO_JSON struct cc_json *fields = NULL;
	CC_AUTO_BUF struct cc_buf out = { 0 };
	static char text[CC_ENTRY_MAX];
	struct cc_err err;

	(void)state;
	memset(text, 'a', sizeof(text) - 1);
	assert_int_equal(cc_json_object(&fields, &err), 0);
	assert_int_equal(cc_json_set_str(fields, "reason", text, &err), 0);
	assert_int_equal(cc_entry_make(&sample, fields, &out, &err), -1);
	assert_int_equal(err.code, CC_E_TOOBIG);
	assert_int_equal(out.len, 0);
}

static void types_are_words_joined_by_dots(void **state)
{
	static const char *const refused[] = { "", "Run", "run open", "a1" };

	(void)state;
	for (size_t i = 0; i < CC_COUNT(refused); i++) {
		struct cc_entry entry = sample;
		CC_AUTO_BUF struct cc_buf out = { 0 };
		struct cc_err err;

		(void)snprintf(entry.type, sizeof(entry.type), "%s", refused[i]);
		assert_int_equal(cc_entry_make(&entry, NULL, &out, &err), -1);
		assert_int_equal(err.code, CC_E_ARG);
	}
}

static void only_the_canonical_form_is_an_entry(void **state)
{
	static const char *const refused[] = {
		"",
		"[]",
		"{}",
		TEXT " ",
		" " TEXT,
		/* members in another order, a missing one, upper-case digits, a float, a long type
		 */
		"{\"state\":\"" STATE
		"\",\"index\":7,\"time\":\"2026-11-21T02:30:00Z\",\"type\":\"run.open\"}",
		"{\"index\":7,\"time\":\"2026-11-21T02:30:00Z\",\"type\":\"run.open\"}",
		"{\"index\":7,\"state\":\"0A02030000000000000000000000000000000000000000000000000000"
		"000000\",\"time\":\"2026-11-21T02:30:00Z\",\"type\":\"run.open\"}",
		"{\"index\":7.0,\"state\":\"" STATE
		"\",\"time\":\"2026-11-21T02:30:00Z\",\"type\":\"run.open\"}",
		"{\"index\":7,\"state\":\"" STATE "\",\"time\":\"2026-11-21T02:30:00Z\","
		"\"type\":\"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\"}",
		"{\"index\":7,\"state\":\"" STATE
		"\",\"time\":\"2026-11-21 02:30:00Z\",\"type\":\"run.open\"}",
	};

	(void)state;
	for (size_t i = 0; i < CC_COUNT(refused); i++) {
		CC_AUTO_ENTRY struct cc_entry entry = { 0 };
		struct cc_err err;

		assert_int_equal(cc_entry_parse(cc_span_str(refused[i]), &entry, &err), -1);
		assert_null(entry.fields);
	}
}

static void a_commitment_binds_what_it_is_about_salt_and_value(void **state)
{
	struct cc_salt salt = { { 1 } }, other = { { 2 } }, fresh[2];
	struct cc_digest one, two;
	struct cc_err err;

	(void)state;
	assert_int_equal(cc_commit("consumer", &salt, cc_span_str("sh3"), &one, &err), 0);
	assert_int_equal(cc_commit("consumer", &salt, cc_span_str("sh3"), &two, &err), 0);
	assert_true(cc_digest_eq(&one, &two));
	assert_int_equal(cc_commit("provider", &salt, cc_span_str("sh3"), &two, &err), 0);
	assert_false(cc_digest_eq(&one, &two));
	assert_int_equal(cc_commit("consumer", &other, cc_span_str("sh3"), &two, &err), 0);
	assert_false(cc_digest_eq(&one, &two));
	assert_int_equal(cc_commit("consumer", &salt, cc_span_str("sh4"), &two, &err), 0);
	assert_false(cc_digest_eq(&one, &two));
	assert_int_equal(cc_salt_new(&fresh[0], &err), 0);
	assert_int_equal(cc_salt_new(&fresh[1], &err), 0);
	assert_memory_not_equal(fresh[0].b, fresh[1].b, sizeof(fresh[0].b));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_entry_is_written_in_canonical_form_and_read_back),
		cmocka_unit_test(an_entry_without_fields_is_one),
		cmocka_unit_test(fields_cannot_take_the_place_of_the_entrys_own),
		cmocka_unit_test(an_entry_that_no_bundle_holds_is_refused),
		cmocka_unit_test(types_are_words_joined_by_dots),
		cmocka_unit_test(only_the_canonical_form_is_an_entry),
		cmocka_unit_test(a_commitment_binds_what_it_is_about_salt_and_value),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
