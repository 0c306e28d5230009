/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/measure/executable.h"

#include "measure/uki.h"

static void parse(const struct cc_buf *file, struct cc_uki *out)
{
	struct cc_pe pe = { 0 };
	struct cc_err err = { 0 };

	assert_int_equal(cc_pe_parse(cc_buf_span(file), &pe, &err), 0);
	assert_int_equal(cc_uki_parse(&pe, out, &err), 0);
}

/* Computed by tests/e2e/measured.py, as all that follows but what was published. */
static void sections_are_measured_in_the_order_of_systemd(void **state)
{
	static const struct executable_section sections[] = {
		{ ".osrel", "ID=x", 1, 4 },  { ".cmdline", "quiet", 1, 5 },
		{ ".pcrsig", "{}", 1, 2 },   { ".linux", "kernel", 1, 6 },
		{ ".initrd", "init", 1, 4 },
	};
	CC_AUTO_BUF struct cc_buf file = { 0 };
	struct cc_hashed pcr = { 0 };
	struct cc_uki uki = { 0 };
	struct cc_err err = { 0 };

	(void)state;
	executable_make(sections, CC_COUNT(sections), &file);
	parse(&file, &uki);
	assert_int_equal(cc_uki_pcr11(&uki, CC_HASH_SHA256, "enter-initrd:ready", &pcr, &err), 0);
	assert_digest_is(cc_hashed_span(&pcr),
			 "7b1e127e4bd9423b57d023ae911fe5827159577f7fb9b1077a5cef1d11f65090");
}

static void an_image_has_its_sections_whole_and_once(void **state)
{
	static const struct {
		struct executable_section sections[2];
		enum cc_code code;
		const char *said;
	} wrong[] = {
		{ { { ".osrel", "x", 1, 1 }, { ".initrd", "x", 1, 1 } }, CC_E_ARG, "no section" },
		{ { { ".linux", "x", 1, 1 }, { ".initrd", "x", 1, 513 } },
		  CC_E_UNSUPPORTED,
		  "'.initrd' has 513 bytes in memory and 512 in the file" },
		{ { { ".linux", "x", 1, 1 }, { ".initrd", "x", 1, 0 } },
		  CC_E_UNSUPPORTED,
		  "'.initrd' has 0 bytes" },
		{ { { ".linux", "x", 1, 1 }, { ".linux", "y", 1, 1 } },
		  CC_E_UNSUPPORTED,
		  "two sections" },
	};

	(void)state;
	for (size_t i = 0; i < CC_COUNT(wrong); i++) {
		CC_AUTO_BUF struct cc_buf file = { 0 };
		struct cc_uki uki = { 0 };
		struct cc_pe pe = { 0 };
		struct cc_err err = { 0 };

		executable_make(wrong[i].sections, 2, &file);
		assert_int_equal(cc_pe_parse(cc_buf_span(&file), &pe, &err), 0);
		assert_int_equal(cc_uki_parse(&pe, &uki, &err), -1);
		assert_int_equal(err.code, wrong[i].code);
		if (strstr(err.text, wrong[i].said) == NULL)
			fail_msg("%s", err.text);
	}
}

static void phases_are_words(void **state)
{
	static const char *const wrong[] = { ":", "a:", ":a", "a::b" };
	struct cc_hashed none = { 0 }, one = { 0 };
	struct cc_uki uki = { 0 };
	struct cc_err err = { 0 };

	(void)state;
	assert_int_equal(cc_uki_pcr11(&uki, CC_HASH_SHA256, "", &none, &err), 0);
	assert_true(cc_span_is_zero(cc_hashed_span(&none)));
	assert_int_equal(none.len, 32);
	assert_int_equal(cc_uki_pcr11(&uki, CC_HASH_SHA256, "a", &one, &err), 0);
	assert_memory_not_equal(none.b, one.b, one.len);
	for (size_t i = 0; i < CC_COUNT(wrong); i++) {
		assert_int_equal(cc_uki_pcr11(&uki, CC_HASH_SHA256, wrong[i], &one, &err), -1);
		assert_int_equal(err.code, CC_E_ARG);
	}
}

static void executables_are_measured_in_their_order(void **state)
{
	const struct cc_span texts[] = { cc_span_str("a"), cc_span_str("b") };
	struct cc_hashed images[2] = { 0 }, pcr = { 0 };
	struct cc_err err = { 0 };

	(void)state;
	for (size_t i = 0; i < CC_COUNT(images); i++)
		assert_int_equal(cc_hash_of(CC_HASH_SHA256, &texts[i], 1, &images[i], &err), 0);
	assert_int_equal(cc_boot_pcr4(images, 2, CC_HASH_SHA256, &pcr, &err), 0);
	assert_digest_is(cc_hashed_span(&pcr),
			 "b2ee7a50b24f3b75ccb248fe4bf984af49cba981299bf8e20ce9ad210a58ee20");
}

static void a_quote_measures_which_pcrs_it_has(void **state)
{
	struct cc_pcrs pcrs = { .bank = CC_HASH_SHA256 };
	struct cc_digest digest = { 0 }, other = { 0 };
	struct cc_err err = { 0 };

	(void)state;
	pcrs.values[4].len = pcrs.values[11].len = 32;
	memset(pcrs.values[4].b, 4, 32);
	memset(pcrs.values[11].b, 11, 32);
	assert_int_equal(cc_pcrs_measure(&pcrs, &digest, &err), 0);
	assert_digest_is(CC_DIGEST_SPAN(digest),
			 "027dcd9532928f290063c646412cef4b1ca4ecbe219e4b9e8cf7a4a7963bf8a3");
	pcrs.values[12] = pcrs.values[11];
	pcrs.values[11].len = 0;
	assert_int_equal(cc_pcrs_measure(&pcrs, &other, &err), 0);
	assert_false(cc_digest_eq(&digest, &other));
}

/* What the tests of systemd-measure expect. */

static enum cc_hash bank_named(const char *name)
{
	enum cc_hash bank = CC_HASH_SHA1;

	while (bank < CC_HASH_SHA512 && !cc_str_eq(cc_hash_name(bank), name))
		bank++;
	return bank;
}

struct lines {
	char at[CC_UKI_SECTIONS][16];
};

/* The texts are written as a shell has them: what stands before \n, and a new line. */
static void read_sections(const struct cc_json *vector, struct lines *lines, struct cc_uki *out)
{
	const struct cc_json *list = NULL;
	struct cc_err err = { 0 };

	assert_int_equal(cc_json_get_array(vector, "sections", &list, &err), 0);
	for (size_t i = 0; i < cc_json_count(list); i++) {
		const struct cc_json *pair = cc_json_at(list, i);
		const char *name = cc_json_str(cc_json_at(pair, 0));
		const char *text = cc_json_str(cc_json_at(pair, 1));

		(void)snprintf(lines->at[i], sizeof(lines->at[i]), "%.*s\n",
			       (int)strcspn(text, "\\"), text);
		for (size_t s = 0; s < CC_UKI_SECTIONS; s++)
			if (cc_str_eq(cc_uki_section_names[s], name))
				out->sections[s] = cc_span_str(lines->at[i]);
	}
}

static void published_pcrs_come_out(void **state)
{
	CC_AUTO_JSON struct cc_json *vectors = vectors_read("tpm/systemd_measure_vectors.json");

	(void)state;
	assert_int_equal(cc_json_count(vectors), 9);
	for (size_t i = 0; i < cc_json_count(vectors); i++) {
		const struct cc_json *vector = cc_json_at(vectors, i);
		const char *phases = vectors_str(vector, "phase");
		struct cc_hashed pcr = { 0 };
		struct cc_uki uki = { 0 };
		struct lines lines = { 0 };
		struct cc_err err = { 0 };

		read_sections(vector, &lines, &uki);
		assert_int_equal(cc_uki_pcr11(&uki, bank_named(vectors_str(vector, "bank")),
					      cc_str_eq(phases, ":") ? "" : phases, &pcr, &err),
				 0);
		assert_digest_is(cc_hashed_span(&pcr), vectors_str(vector, "value"));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(sections_are_measured_in_the_order_of_systemd),
		cmocka_unit_test(an_image_has_its_sections_whole_and_once),
		cmocka_unit_test(phases_are_words),
		cmocka_unit_test(executables_are_measured_in_their_order),
		cmocka_unit_test(a_quote_measures_which_pcrs_it_has),
		cmocka_unit_test(published_pcrs_come_out),
	};

	return cmocka_run_group_tests_name("measure/uki", tests, NULL, NULL);
}
