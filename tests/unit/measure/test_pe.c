/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/measure/executable.h"

#include "measure/pe.h"

static const struct executable_section two[] = { { ".text", "code", 300, 1200 },
						 { ".data", "data", 100, 300 } };

static void hash(const struct cc_buf *file, struct cc_hashed *out)
{
	struct cc_pe pe = { 0 };
	struct cc_err err = { 0 };

	assert_int_equal(cc_pe_parse(cc_buf_span(file), &pe, &err), 0);
	assert_int_equal(cc_pe_authenticode(&pe, CC_HASH_SHA384, out, &err), 0);
}

/* Computed by tests/e2e/measured.py. */
static void an_executable_has_its_hash(void **state)
{
	CC_AUTO_BUF struct cc_buf file = { 0 };
	struct cc_hashed hashed = { 0 };

	(void)state;
	executable_kernel(0x20f, 2, &file);
	hash(&file, &hashed);
	assert_digest_is(cc_hashed_span(&hashed),
			 "a9950eb589b8bbe616a73748b77f6b531d0ba7d14ed2b0ca1865fe43c60ea34b"
			 "fe6abc2401c76a35c605b5ead7f90439");
}

/* A signature does not change what is signed. */
static void checksum_and_certificates_are_not_hashed(void **state)
{
	CC_AUTO_BUF struct cc_buf file = { 0 };
	struct cc_hashed before = { 0 }, after = { 0 };
	struct cc_err err = { 0 };

	(void)state;
	executable_make(two, CC_COUNT(two), &file);
	hash(&file, &before);
	executable_put(&file, EXECUTABLE_OPTIONAL + 64, 4, 0x55667788);
	executable_put(&file, EXECUTABLE_CERTIFICATES, 4, file.len);
	executable_put(&file, EXECUTABLE_CERTIFICATES + 4, 4, 11);
	assert_int_equal(cc_buf_add_str(&file, "certificate", &err), 0);
	hash(&file, &after);
	assert_memory_equal(before.b, after.b, before.len);
}

/* Every other byte is in the hash, what lies behind the sections too. */
static void all_other_bytes_are_hashed(void **state)
{
	static const size_t at[] = { 2,
				     0x1f1,
				     EXECUTABLE_COFF,
				     EXECUTABLE_OPTIONAL + 59,
				     EXECUTABLE_OPTIONAL + 68,
				     EXECUTABLE_CERTIFICATES + 8,
				     EXECUTABLE_HEADERS - 1,
				     EXECUTABLE_HEADERS,
				     0xb00,
				     0xe00 };
	CC_AUTO_BUF struct cc_buf file = { 0 };
	struct cc_hashed before = { 0 }, after = { 0 };
	struct cc_err err = { 0 };

	(void)state;
	executable_make(two, CC_COUNT(two), &file);
	assert_int_equal(file.len, 0xe00);
	assert_int_equal(cc_buf_add_str(&file, "tail", &err), 0);
	hash(&file, &before);
	for (size_t i = 0; i < CC_COUNT(at); i++) {
		file.at[at[i]] ^= 1;
		hash(&file, &after);
		assert_memory_not_equal(before.b, after.b, before.len);
		file.at[at[i]] ^= 1;
	}
}

static void sections_are_hashed_in_the_order_of_the_file(void **state)
{
	CC_AUTO_BUF struct cc_buf file = { 0 };
	struct cc_pe pe = { 0 };
	struct cc_err err = { 0 };
	uint8_t first[40];

	(void)state;
	executable_make(two, CC_COUNT(two), &file);
	memcpy(first, file.at + EXECUTABLE_SECTIONS, sizeof(first));
	memmove(file.at + EXECUTABLE_SECTIONS, file.at + EXECUTABLE_SECTIONS + 40, 40);
	memcpy(file.at + EXECUTABLE_SECTIONS + 40, first, sizeof(first));
	assert_int_equal(cc_pe_parse(cc_buf_span(&file), &pe, &err), 0);
	assert_string_equal(pe.sections[0].name, ".text");
	assert_string_equal(pe.sections[1].name, ".data");
}

static void a_section_is_found_by_its_name(void **state)
{
	CC_AUTO_BUF struct cc_buf file = { 0 };
	const struct cc_pe_section *section = NULL;
	struct cc_pe pe = { 0 };
	struct cc_err err = { 0 };

	(void)state;
	executable_make(two, CC_COUNT(two), &file);
	assert_int_equal(cc_pe_parse(cc_buf_span(&file), &pe, &err), 0);
	assert_int_equal(cc_pe_find(&pe, ".data", &section, &err), 0);
	assert_int_equal(section->size, 300);
	assert_int_equal(section->data.len, 512);
	assert_int_equal(cc_pe_find(&pe, ".none", &section, &err), 0);
	assert_null(section);
	memcpy(pe.sections[0].name, ".data", 6);
	assert_int_equal(cc_pe_find(&pe, ".data", &section, &err), -1);
	assert_int_equal(err.code, CC_E_UNSUPPORTED);
}

static void a_wrong_number_is_refused(void **state)
{
	static const struct {
		size_t at, len;
		uint64_t value;
		const char *said;
	} wrong[] = {
		{ 0, 1, 'X', "does not begin with 'MZ'" },
		{ 60, 4, 0x281, "no PE header at 0x281" },
		{ 60, 4, 0xffffffff, "signature" },
		{ EXECUTABLE_COFF + 2, 2, 0, "0 sections" },
		{ EXECUTABLE_COFF + 2, 2, 97, "97 sections" },
		{ EXECUTABLE_COFF + 16, 2, 0xffff, "optional header" },
		{ EXECUTABLE_COFF + 16, 2, 66, "executable" },
		{ EXECUTABLE_OPTIONAL, 2, 0x107, "no PE32" },
		{ EXECUTABLE_OPTIONAL + 60, 4, 0x3d0, "0x3d0 bytes of headers do not hold 2" },
		{ EXECUTABLE_OPTIONAL + 60, 4, 0xe01, "0xe01 bytes of headers do not hold 2" },
		{ EXECUTABLE_CERTIFICATES + 4, 4, 8, "do not end with the file" },
		{ EXECUTABLE_SECTIONS + 56, 4, 0x201, "section at 0x3b0: 0x201 bytes at 0xc00" },
		{ EXECUTABLE_SECTIONS + 20, 4, 0x5ff, "0x600 bytes at 0x5ff are no part" },
		{ EXECUTABLE_SECTIONS + 60, 4, 0xbff, "two sections share the byte at 0xbff" },
	};

	(void)state;
	for (size_t i = 0; i < CC_COUNT(wrong); i++) {
		CC_AUTO_BUF struct cc_buf file = { 0 };
		struct cc_pe pe = { 0 };
		struct cc_err err = { 0 };

		executable_make(two, CC_COUNT(two), &file);
		executable_put(&file, wrong[i].at, wrong[i].len, wrong[i].value);
		if (cc_pe_parse(cc_buf_span(&file), &pe, &err) == 0 ||
		    strstr(err.text, wrong[i].said) == NULL)
			fail_msg("%zu: %s", i, err.text);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_executable_has_its_hash),
		cmocka_unit_test(checksum_and_certificates_are_not_hashed),
		cmocka_unit_test(all_other_bytes_are_hashed),
		cmocka_unit_test(sections_are_hashed_in_the_order_of_the_file),
		cmocka_unit_test(a_section_is_found_by_its_name),
		cmocka_unit_test(a_wrong_number_is_refused),
	};

	return cmocka_run_group_tests_name("measure/pe", tests, NULL, NULL);
}
