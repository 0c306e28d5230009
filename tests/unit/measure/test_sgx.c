/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/measure/vectors.h"

#include "measure/sgx.h"

/* As LAYOUT of tests/e2e/measured.py, with `areas` in place of its areas. */
static int read_layout(const char *areas, struct cc_json **json, struct cc_sgx_layout *out,
		       struct cc_err *err)
{
	CC_AUTO_FREE char *text = NULL;

	assert_int_equal(cc_strf(&text, err,
				 "{\"enclave_size\": 65536, \"ssa_frame_pages\": 2, "
				 "\"areas\": [%s]}",
				 areas),
			 0);
	assert_int_equal(cc_json_parse(cc_span_str(text), CC_SGX_LAYOUT_MAX, json, err), 0);
	return cc_sgx_layout_read(*json, out, err);
}

#define CODE "{\"at\": 0, \"pages\": 2, \"permissions\": \"rx\", \"file\": \"code\"}"
#define THREAD "{\"at\": 8192, \"pages\": 1, \"kind\": \"tcs\"}"
#define HEAP "{\"at\": 32768, \"pages\": 2, \"permissions\": \"rw\", \"measured\": false}"

static void a_layout_measures_as_its_steps(void **state)
{
	CC_AUTO_BUF struct cc_buf code = { 0 };
	CC_AUTO_JSON struct cc_json *json = NULL;
	struct cc_sgx_layout layout = { 0 };
	struct cc_digest digest = { 0 };
	struct cc_err err = { 0 };

	(void)state;
	assert_int_equal(read_layout(CODE "," THREAD "," HEAP, &json, &layout, &err), 0);
	assert_string_equal(layout.areas[0].file, "code");
	for (size_t i = 0; i < 1500; i++)
		assert_int_equal(cc_buf_add_str(&code, "code", &err), 0);
	layout.areas[0].data = cc_buf_span(&code);
	assert_int_equal(cc_sgx_measure(&layout, &digest, &err), 0);
	/* Computed by tests/e2e/measured.py. */
	assert_digest_is(CC_DIGEST_SPAN(digest),
			 "c2292856bb350118fa891aa770238713f01dbd8d4291dbb073a2c339b60cb4e1");
}

static void what_no_layout_says_is_refused(void **state)
{
	static const struct {
		const char *areas, *said;
	} wrong[] = {
		{ "{\"pages\": 1, \"permissions\": \"r\"}", "area 0: 'at' is missing" },
		{ "{\"at\": 0, \"permissions\": \"r\"}", "'pages' is missing" },
		{ "{\"at\": 0, \"pages\": 1}", "'permissions' is missing" },
		{ "{\"at\": 0, \"pages\": 1, \"permissions\": \"wr\"}", "in this order" },
		{ "{\"at\": 0, \"pages\": 1, \"permissions\": \"rr\"}", "in this order" },
		{ "{\"at\": 0, \"pages\": 1, \"permissions\": \"q\"}", "in this order" },
		{ "{\"at\": 0, \"pages\": 1, \"kind\": \"heap\"}", "regular or tcs" },
		{ "{\"at\": 0, \"pages\": 1, \"kind\": \"tcs\", \"permissions\": \"r\"}",
		  "no 'permissions'" },
		{ "{\"at\": 0, \"pages\": 16777217, \"permissions\": \"r\"}", "'pages'" },
		{ CODE ",{\"at\": 0, \"pages\": 1, \"permissions\": \"r\", \"size\": 1}",
		  "layout: area 1" },
	};

	(void)state;
	for (size_t i = 0; i < CC_COUNT(wrong); i++) {
		CC_AUTO_JSON struct cc_json *json = NULL;
		struct cc_sgx_layout layout = { 0 };
		struct cc_err err = { 0 };

		assert_int_equal(read_layout(wrong[i].areas, &json, &layout, &err), -1);
		if (strstr(err.text, wrong[i].said) == NULL)
			fail_msg("%zu: %s", i, err.text);
	}
}

static void assert_refused(const struct cc_sgx_layout *layout, const char *said)
{
	struct cc_digest digest = { 0 };
	struct cc_err err = { 0 };

	assert_int_equal(cc_sgx_measure(layout, &digest, &err), -1);
	if (strstr(err.text, said) == NULL)
		fail_msg("%s", err.text);
}

static void areas_lie_in_the_enclave_each_at_its_place(void **state)
{
	static const uint8_t bytes[4097];
	static const struct {
		struct cc_sgx_area area;
		const char *said;
	} wrong[] = {
		{ { .at = 0x2001, .pages = 1 }, "area 1: 1 pages at 8193 are not in" },
		{ { .at = 0x2000, .pages = 0 }, "are not in" },
		{ { .at = 0x2000, .pages = 15 }, "are not in" },
		{ { .at = 0x11000, .pages = 1 }, "are not in" },
		{ { .at = 0x1000, .pages = 1 }, "it shares a page with area 0" },
		{ { .at = 0x2000, .pages = 1, .data = { bytes, sizeof(bytes) } },
		  "do not fit 1 pages" },
	};

	(void)state;
	for (size_t i = 0; i < CC_COUNT(wrong); i++) {
		struct cc_sgx_layout layout = { 0x10000, 1, { { .pages = 2 }, wrong[i].area }, 2 };

		assert_refused(&layout, wrong[i].said);
	}
}

static void an_enclave_has_a_size_and_frames(void **state)
{
	static const uint64_t sizes[] = { 0, 0x1000, 0x3000, 0x10001 };
	struct cc_sgx_layout layout = { .enclave_size = 0x2000 };

	(void)state;
	assert_refused(&layout, "power of two");
	layout.ssa_frame_pages = 1;
	for (size_t i = 0; i < CC_COUNT(sizes); i++) {
		layout.enclave_size = sizes[i];
		assert_refused(&layout, "power of two");
	}
	layout.enclave_size = (uint64_t)1 << 40;
	layout.areas[layout.count++] =
		(struct cc_sgx_area){ .pages = ((uint64_t)1 << 18) + 1, .is_measured = true };
	assert_refused(&layout, "1 GiB of measured ones");
	layout.areas[0] = (struct cc_sgx_area){ .pages = ((uint64_t)1 << 24) + 1 };
	assert_refused(&layout, "64 GiB of pages");
}

/* Streams: ECREATE of two pages, EADD of the first, EEXTEND of its first chunk. */

#define STREAM_LEN (3 * 64 + 256)

struct stream {
	uint8_t b[STREAM_LEN];
};

static struct stream stream_make(void)
{
	struct stream made = { { 0 } };

	memcpy(made.b, "ECREATE\0\1\0\0\0\0\x20", 14);
	memcpy(made.b + 64, "EADD\0\0\0\0", 8);
	memcpy(made.b + 128, "EEXTEND\0", 8);
	return made;
}

static void a_stream_is_hashed_whole(void **state)
{
	struct stream stream = stream_make();
	struct cc_digest digest = { 0 };
	struct cc_sgxs sgxs = { 0 };
	struct cc_err err = { 0 };

	(void)state;
	assert_int_equal(cc_sgxs_measure(CC_SPAN(stream.b), &sgxs, &err), 0);
	assert_int_equal(cc_sha256(CC_SPAN(stream.b), &digest, &err), 0);
	assert_true(cc_digest_eq(&sgxs.mrenclave, &digest));
	assert_int_equal(sgxs.enclave_size, 0x2000);
	assert_int_equal(sgxs.pages, 1);
}

static void steps_of_a_stream_are_those_of_a_processor(void **state)
{
	static const struct {
		size_t at;
		uint8_t value;
		const char *said;
	} wrong[] = {
		{ 0, 'e', "does not begin with ECREATE" },
		{ 8, 0, "step at 0x0: no enclave has 8192 bytes and frames of 0" },
		{ 13, 0x30, "no enclave has" },
		{ 64, 'X', "step at 0x40: no ECREATE" },
		{ 72, 1, "EADD of a page at 1" },
		{ 73, 0x20, "EADD of a page at 8192" },
		{ 136, 1, "step at 0x80: EEXTEND at 1 is not" },
		{ 137, 1, "EEXTEND at 256 is not" },
		{ 128, 'e', "no ECREATE" },
	};

	(void)state;
	for (size_t i = 0; i < CC_COUNT(wrong); i++) {
		struct stream stream = stream_make();
		struct cc_sgxs sgxs = { 0 };
		struct cc_err err = { 0 };

		stream.b[wrong[i].at] = wrong[i].value;
		assert_int_equal(cc_sgxs_measure(CC_SPAN(stream.b), &sgxs, &err), -1);
		if (strstr(err.text, wrong[i].said) == NULL)
			fail_msg("%zu: %s", i, err.text);
	}
}

static void a_stream_that_is_cut_is_refused(void **state)
{
	static const size_t lens[] = { 63, 65, 127, 191, STREAM_LEN - 1 };
	struct stream stream = stream_make();
	struct cc_sgxs sgxs = { 0 };
	struct cc_err err = { 0 };

	(void)state;
	for (size_t i = 0; i < CC_COUNT(lens); i++)
		assert_int_equal(cc_sgxs_measure(cc_span(stream.b, lens[i]), &sgxs, &err), -1);
}

static void what_is_no_sigstruct_is_refused(void **state)
{
	static const uint8_t zeroes[1808];
	struct cc_sigstruct parsed = { 0 };
	struct cc_err err = { 0 };

	(void)state;
	assert_int_equal(cc_sigstruct_parse(CC_SPAN(zeroes), &parsed, &err), -1);
	assert_int_equal(err.code, CC_E_ARG);
	assert_int_equal(cc_sigstruct_parse(cc_span(zeroes, 16), &parsed, &err), -1);
}

static void published_enclaves_measure_as_published(void **state)
{
	static const char *const files[] = { "sig1.sigstruct.bin", "gramine-test.sig" };
	CC_AUTO_JSON struct cc_json *expected = vectors_read("sgx/expected.json");
	CC_AUTO_BUF struct cc_buf stream = { 0 };
	const struct cc_json *vector = NULL;
	struct cc_sgxs sgxs = { 0 };
	struct cc_err err = { 0 };

	(void)state;
	vectors_file("sgx/report.sgxs", &stream);
	assert_int_equal(cc_sgxs_measure(cc_buf_span(&stream), &sgxs, &err), 0);
	assert_int_equal(cc_json_get_object(expected, "report.sgxs", &vector, &err), 0);
	assert_digest_is(CC_DIGEST_SPAN(sgxs.mrenclave), vectors_str(vector, "mrenclave"));
	for (size_t i = 0; i < CC_COUNT(files); i++) {
		CC_AUTO_BUF struct cc_buf bytes = { 0 };
		CC_AUTO_FREE char *name = NULL;
		struct cc_sigstruct parsed = { 0 };

		assert_int_equal(cc_strf(&name, &err, "sgx/%s", files[i]), 0);
		vectors_file(name, &bytes);
		assert_int_equal(cc_json_get_object(expected, files[i], &vector, &err), 0);
		assert_int_equal(cc_sigstruct_parse(cc_buf_span(&bytes), &parsed, &err), 0);
		assert_digest_is(CC_DIGEST_SPAN(parsed.mrenclave),
				 vectors_str(vector, "mrenclave"));
		assert_digest_is(CC_DIGEST_SPAN(parsed.mrsigner), vectors_str(vector, "mrsigner"));
		assert_int_equal(parsed.isvprodid, vectors_u64(vector, "isvprodid"));
		assert_int_equal(parsed.isvsvn, vectors_u64(vector, "isvsvn"));
		assert_false(parsed.is_debug);
	}
}

/* Header, body, numbers of the signature and the key: all but what is reserved or anybody's. */
static void published_enclaves_are_signed(void **state)
{
	static const char *const files[] = { "sgx/sig1.sigstruct.bin", "sgx/gramine-test.sig" };

	(void)state;
	for (size_t i = 0; i < CC_COUNT(files); i++) {
		CC_AUTO_BUF struct cc_buf bytes = { 0 };
		struct cc_err err = { 0 };

		vectors_file(files[i], &bytes);
		if (cc_sigstruct_verify(cc_buf_span(&bytes), &err) != 0)
			fail_msg("%s: %s", files[i], err.text);
		for (size_t at = 0; at < bytes.len; at++) {
			bytes.at[at] ^= 1;
			if (cc_sigstruct_verify(cc_buf_span(&bytes), &err) == 0 &&
			    !(at >= 1028 && at < 1040))
				fail_msg("%s: byte %zu", files[i], at);
			bytes.at[at] ^= 1;
		}
		memset(bytes.at + 516, 0, 384);
		assert_int_equal(cc_sigstruct_verify(cc_buf_span(&bytes), &err), -1);
		assert_int_equal(err.code, CC_E_NOTFOUND);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_layout_measures_as_its_steps),
		cmocka_unit_test(what_no_layout_says_is_refused),
		cmocka_unit_test(areas_lie_in_the_enclave_each_at_its_place),
		cmocka_unit_test(an_enclave_has_a_size_and_frames),
		cmocka_unit_test(a_stream_is_hashed_whole),
		cmocka_unit_test(steps_of_a_stream_are_those_of_a_processor),
		cmocka_unit_test(a_stream_that_is_cut_is_refused),
		cmocka_unit_test(what_is_no_sigstruct_is_refused),
		cmocka_unit_test(published_enclaves_measure_as_published),
		cmocka_unit_test(published_enclaves_are_signed),
	};

	return cmocka_run_group_tests_name("measure/sgx", tests, NULL, NULL);
}
