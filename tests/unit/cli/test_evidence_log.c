/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/crypto/vectors.h"

#include "cli/evidence-log.h"
#include "crypto/hash.h"

#define SHA256 0x000b
#define SM3 0x0012

static void u16(struct cc_buf *to, uint16_t value)
{
	const uint8_t bytes[] = { (uint8_t)value, (uint8_t)(value >> 8) };
	struct cc_err err;

	assert_int_equal(cc_buf_add(to, CC_SPAN(bytes), &err), 0);
}

static void u32(struct cc_buf *to, uint32_t value)
{
	u16(to, (uint16_t)value);
	u16(to, (uint16_t)(value >> 16));
}

static void text(struct cc_buf *to, const char *value, size_t len)
{
	struct cc_err err;

	assert_int_equal(cc_buf_add(to, cc_span(value, len), &err), 0);
}

/* A header that says: SHA-256, and another bank of 32 bytes that nobody here computes. */
static void header(struct cc_buf *to)
{
	static const char zeroes[20];

	u32(to, 0);
	u32(to, 3);
	text(to, zeroes, sizeof(zeroes));
	u32(to, 16 + 8 + 4 + 8 + 1);
	text(to, "Spec ID Event03", 16);
	text(to, zeroes, 8);
	u32(to, 2);
	u16(to, SHA256);
	u16(to, 32);
	u16(to, SM3);
	u16(to, 32);
	text(to, zeroes, 1);
}

static struct cc_hashed sha256(const char *one, size_t one_len, const char *two, size_t two_len)
{
	const struct cc_span parts[] = { cc_span(one, one_len), cc_span(two, two_len) };
	struct cc_hashed out = { 0 };
	struct cc_err err;

	assert_int_equal(cc_hash_of(CC_HASH_SHA256, parts, 2, &out, &err), 0);
	return out;
}

/* What it measures is `measured`, what it says is `said`. */
static void event(struct cc_buf *to, uint32_t index, uint32_t type, const char *measured,
		  const char *said, size_t said_len)
{
	struct cc_hashed digest = sha256(measured, strlen(measured), "", 0);

	u32(to, index);
	u32(to, type);
	u32(to, 2);
	u16(to, SHA256);
	text(to, (const char *)digest.b, digest.len);
	u16(to, SM3);
	text(to, (const char *)digest.b, digest.len);
	u32(to, (uint32_t)said_len);
	text(to, said, said_len);
}

static const char *member(const struct cc_json *json, const char *name)
{
	const char *out = NULL;
	struct cc_err err;

	if (cc_json_has(json, name))
		assert_int_equal(cc_json_get_str(json, name, &out, &err), 0);
	return out;
}

static void describe(struct cc_buf *log, bool with_data, struct cc_json **out,
		     const struct cc_json **events)
{
	struct cc_err err = { 0 };

	header(log);
	event(log, 4, 0x80000007, "Calling it", "Calling it", 10);
	event(log, 4, 0x0000000d, "kernel", "another kernel", 14);
	event(log, 9, 0x12345678, "a\tb", "a\tb", 3);
	assert_int_equal(cc_json_object(out, &err), 0);
	if (cc_evidence_log_describe(cc_buf_span(log), with_data, *out, &err) != 0)
		fail_msg("%s", err.text);
	assert_int_equal(cc_json_get_array(*out, "events", events, &err), 0);
	assert_int_equal(cc_json_count(*events), 3);
}

static void events_have_their_names_and_all_their_digests(void **state)
{
	CC_AUTO_BUF struct cc_buf log = { 0 };
	CC_AUTO_JSON struct cc_json *json = NULL;
	const struct cc_json *events = NULL;
	struct cc_hashed digest = sha256("kernel", 6, "", 0);

	(void)state;
	describe(&log, true, &json, &events);
	assert_string_equal(member(cc_json_at(events, 0), "type"), "EV_EFI_ACTION");
	assert_string_equal(member(cc_json_at(events, 1), "type"), "EV_IPL");
	assert_string_equal(member(cc_json_at(events, 2), "type"), "0x12345678");
	assert_hex(cc_hashed_span(&digest), member(cc_json_at(events, 1), "sha256"));
	assert_hex(cc_hashed_span(&digest), member(cc_json_at(events, 1), "0x0012"));
	assert_string_equal(member(cc_json_at(events, 2), "data"), "YQli");
}

static void only_words_that_were_measured_are_told(void **state)
{
	CC_AUTO_BUF struct cc_buf log = { 0 };
	CC_AUTO_JSON struct cc_json *json = NULL;
	const struct cc_json *events = NULL;

	(void)state;
	describe(&log, false, &json, &events);
	assert_string_equal(member(cc_json_at(events, 0), "text"), "Calling it");
	assert_null(member(cc_json_at(events, 1), "text")); /* says what it has not measured */
	assert_null(member(cc_json_at(events, 2), "text")); /* no text */
	assert_null(member(cc_json_at(events, 0), "data"));
}

static void registers_are_those_that_events_extended(void **state)
{
	CC_AUTO_BUF struct cc_buf log = { 0 };
	CC_AUTO_JSON struct cc_json *json = NULL;
	const struct cc_json *events = NULL, *banks = NULL, *bank = NULL;
	static const char zeroes[32];
	struct cc_hashed digest = sha256("a\tb", 3, "", 0);
	struct cc_hashed nine = sha256(zeroes, 32, (const char *)digest.b, digest.len);
	struct cc_err err;

	(void)state;
	describe(&log, false, &json, &events);
	assert_int_equal(cc_json_get_object(json, "registers", &banks, &err), 0);
	assert_int_equal(cc_json_count(banks), 1); /* of the bank that is computed here */
	assert_int_equal(cc_json_get_object(banks, "sha256", &bank, &err), 0);
	assert_int_equal(cc_json_count(bank), 2);
	assert_hex(cc_hashed_span(&nine), member(bank, "9"));
	assert_non_null(member(bank, "4"));
}

static void a_log_that_is_cut_is_refused(void **state)
{
	CC_AUTO_BUF struct cc_buf log = { 0 };

	(void)state;
	header(&log);
	assert_true(cc_evidence_is_log(cc_buf_span(&log)));
	assert_false(cc_evidence_is_log(cc_span(log.at, log.len - 1)));
	event(&log, 4, 0x80000007, "Calling it", "Calling it", 10);
	for (size_t cut = 1; cut < 40; cut++) {
		CC_AUTO_JSON struct cc_json *json = NULL;
		struct cc_err err = { 0 };

		assert_int_equal(cc_json_object(&json, &err), 0);
		assert_int_equal(
			cc_evidence_log_describe(cc_span(log.at, log.len - cut), true, json, &err),
			-1);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(events_have_their_names_and_all_their_digests),
		cmocka_unit_test(only_words_that_were_measured_are_told),
		cmocka_unit_test(registers_are_those_that_events_extended),
		cmocka_unit_test(a_log_that_is_cut_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
