/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/test.h"

#include "codec/text.h"
#include "measure/measure.h"

static struct cc_measured record_of(uint8_t runtime, uint8_t content)
{
	struct cc_measured record = { 0 };
	struct cc_err err = { 0 };

	memset(record.runtime.b, runtime, 32);
	memset(record.content.b, content, 32);
	assert_int_equal(cc_measure_options(NULL, &record.options, &err), 0);
	return record;
}

static void assert_hex(const struct cc_digest *digest, const char *expected)
{
	char hex[CC_HEX_DIGEST];

	cc_hex_digest(digest, hex);
	assert_string_equal(hex, expected);
}

/*
 * Computed apart from this code, in Python from the text of docs/format/measurement.md:
 *
 *     page = record.ljust(4096, b"\0"); h = hashlib.sha256()
 *     h.update(b"ECREATE\0" + struct.pack("<IQ", 1, 65536) + bytes(44))
 *     h.update(b"EADD\0\0\0\0" + struct.pack("<QQ", 0, 0x201) + bytes(40))
 *     for o in range(0, 4096, 256):
 *         h.update(b"EEXTEND\0" + struct.pack("<Q", o) + bytes(48) + page[o:o+256])
 */
static void rule_1_7_3_a_measurement_is_what_others_compute(void **state)
{
	static const struct {
		uint8_t runtime, content;
		const char *mrenclave;
	} cases[] = {
		{ 0x11, 0x22, "c2197fc314a4e44f8601cd7a8a11abc7b0a0b4e1b312d29e7ae83c99dded2b36" },
		{ 0xab, 0x00, "65c7a1214d6ce9aacd07de03ba47d7a04154f1d7862f9bff474ed37a3676c213" },
	};
	struct cc_err err = { 0 };

	(void)state;
	for (size_t i = 0; i < CC_COUNT(cases); i++) {
		struct cc_measured record = record_of(cases[i].runtime, cases[i].content);
		struct cc_digest out = { 0 };

		assert_int_equal(cc_measure_sgx(&record, &out, &err), 0);
		assert_hex(&out, cases[i].mrenclave);
	}
}

static void no_options_are_the_empty_object(void **state)
{
	CC_AUTO_JSON struct cc_json *empty = NULL;
	struct cc_digest none = { 0 }, object = { 0 };
	struct cc_err err = { 0 };

	(void)state;
	assert_int_equal(cc_json_parse(cc_span_str(" { } "), 100, &empty, &err), 0);
	assert_int_equal(cc_measure_options(NULL, &none, &err), 0);
	assert_int_equal(cc_measure_options(empty, &object, &err), 0);
	assert_true(cc_digest_eq(&none, &object));
	/* printf '{}' | sha256sum */
	assert_hex(&none, "44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a");
}

static void options_count_by_value_and_not_by_spelling(void **state)
{
	CC_AUTO_JSON struct cc_json *a = NULL, *b = NULL, *c = NULL, *list = NULL;
	struct cc_digest x = { 0 }, y = { 0 }, z = { 0 };
	struct cc_err err = { 0 };

	(void)state;
	assert_int_equal(cc_json_parse(cc_span_str("{\"b\":1, \"a\":2}"), 100, &a, &err), 0);
	assert_int_equal(cc_json_parse(cc_span_str("{\"a\":2,\"b\":1}"), 100, &b, &err), 0);
	assert_int_equal(cc_json_parse(cc_span_str("{\"a\":2,\"b\":3}"), 100, &c, &err), 0);
	assert_int_equal(cc_json_parse(cc_span_str("[]"), 100, &list, &err), 0);
	assert_int_equal(cc_measure_options(a, &x, &err), 0);
	assert_int_equal(cc_measure_options(b, &y, &err), 0);
	assert_int_equal(cc_measure_options(c, &z, &err), 0);
	assert_true(cc_digest_eq(&x, &y));
	assert_false(cc_digest_eq(&x, &z));
	assert_int_equal(cc_measure_options(list, &z, &err), -1);
	assert_int_equal(err.code, CC_E_ARG);
}

static void a_record_is_read_as_it_was_printed(void **state)
{
	struct cc_measured record = record_of(0x5a, 0xc3), again = { 0 };
	CC_AUTO_BUF struct cc_buf text = { 0 };
	struct cc_err err = { 0 };

	(void)state;
	assert_int_equal(cc_measured_print(&record, &text, &err), 0);
	assert_int_equal(cc_measured_parse(cc_buf_span(&text), &again, &err), 0);
	assert_memory_equal(&record, &again, sizeof(record));
}

/* Every byte counts: there is no position where a changed record still reads as a record. */
static void a_record_with_another_form_is_refused(void **state)
{
	struct cc_measured record = record_of(0xaa, 0xbb), again = { 0 };
	CC_AUTO_BUF struct cc_buf text = { 0 };
	struct cc_err err = { 0 };

	(void)state;
	assert_int_equal(cc_measured_print(&record, &text, &err), 0);
	for (size_t i = 0; i < text.len; i++) {
		text.at[i] ^= 0x80;
		assert_int_equal(cc_measured_parse(cc_buf_span(&text), &again, &err), -1);
		text.at[i] ^= 0x80;
		assert_int_equal(
			cc_measured_parse(cc_span_sub(cc_buf_span(&text), 0, i), &again, &err), -1);
	}
	text.at[32] = 'A'; /* the first digit of the runtime line, in upper case */
	assert_int_equal(cc_measured_parse(cc_buf_span(&text), &again, &err), -1);
	text.at[32] = 'a';
	assert_int_equal(cc_measured_parse(cc_buf_span(&text), &again, &err), 0);
	assert_int_equal(cc_buf_add_str(&text, "\n", &err), 0);
	assert_int_equal(cc_measured_parse(cc_buf_span(&text), &again, &err), -1);
}

static void a_platform_that_cannot_be_predicted_is_refused(void **state)
{
	struct cc_measured record = record_of(1, 2);
	struct cc_measurement out = { 0 };
	struct cc_digest mrenclave = { 0 };
	struct cc_err err = { 0 };

	(void)state;
	assert_int_equal(cc_measure("snp", &record, &out, &err), -1);
	assert_int_equal(err.code, CC_E_UNSUPPORTED);
	assert_int_equal(out.len, 0);
	assert_int_equal(cc_measure("sgx", &record, &out, &err), 0);
	assert_int_equal(cc_measure_sgx(&record, &mrenclave, &err), 0);
	assert_true(cc_span_eq(cc_span(out.b, out.len), CC_DIGEST_SPAN(mrenclave)));
}

static void a_cas_measures_as_its_keeper_without_content(void **state)
{
	struct cc_measured expected = record_of(0x77, 0), cas = { 0 };
	struct cc_err err = { 0 };

	(void)state;
	assert_int_equal(cc_measured_of_cas(&expected.runtime, &cas, &err), 0);
	assert_memory_equal(&cas, &expected, sizeof(cas));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(rule_1_7_3_a_measurement_is_what_others_compute),
		cmocka_unit_test(no_options_are_the_empty_object),
		cmocka_unit_test(options_count_by_value_and_not_by_spelling),
		cmocka_unit_test(a_record_is_read_as_it_was_printed),
		cmocka_unit_test(a_record_with_another_form_is_refused),
		cmocka_unit_test(a_platform_that_cannot_be_predicted_is_refused),
		cmocka_unit_test(a_cas_measures_as_its_keeper_without_content),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
